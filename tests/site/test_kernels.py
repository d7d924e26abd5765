"""Kernels of notebooks: forked where that works, started as Jupyter starts them where it does not, and what
becomes of one harms no other notebook."""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from pathlib import Path

import country
import pytest
from notebook_files import put_notebook

from jobs.environment import REPOSITORY, Environment
from jobs.notebooks import kernels, provisioner
from jobs.notebooks.kernels import Kernel, Lost, Parent, loaded
from jobs.notebooks.running import NOTEBOOKS, run_notebook, run_notebooks

LOADED = "jobs.notebooks.reading"


@pytest.fixture
def env(site: Path) -> Environment:
    """The session's lake, with the site's country."""
    return country.environment(site.parent)


@pytest.fixture
def forked(monkeypatch) -> list[Kernel]:
    """The kernels that were forked since the test began."""
    kept: list[Kernel] = []

    def started(*about, **more) -> Kernel:
        kept.append(kernels.started(*about, **more))
        return kept[-1]

    monkeypatch.setattr(provisioner, "started", started)
    return kept


@pytest.fixture
def parent():
    with loaded({LOADED}) as parent:
        yield parent


def pages(env: Environment) -> set[str]:
    return {path.stem for path in (env.site / "notebooks" / "methods").glob("*.html")}


@pytest.mark.slow
def test_a_kernel_that_has_the_code_loaded_shows_what_one_that_loads_it_shows(env, tmp_path, forked):
    source, parameters = NOTEBOOKS / "analysts" / "first_look.ipynb", {"lake": str(env.lake)}
    with loaded({LOADED, "jobs.no_such_module"}):
        shown = run_notebook(source, tmp_path / "forked.ipynb", parameters)
    assert len(forked) == 1
    assert shown == run_notebook(source, tmp_path / "anew.ipynb", parameters) and shown[1] is None
    assert len(forked) == 1  # the second one was not


@pytest.mark.slow
def test_a_notebook_works_in_the_repository_and_leaves_this_process_where_it_is(
    parent: Parent, tmp_path, monkeypatch, forked
):
    """Other threads of a night write at the same time, and paths are looked up where a process works."""
    monkeypatch.chdir(tmp_path)
    moved: set[str] = set()
    monkeypatch.setattr(os, "chdir", moved.add)
    source = put_notebook(
        tmp_path / "where.ipynb", f"import os; assert os.getcwd() == {str(REPOSITORY)!r}, os.getcwd()"
    )
    assert run_notebook(source, tmp_path / "forked.ipynb", {})[1] is None and len(forked) == 1
    os.kill(parent._process.pid, signal.SIGKILL)  # the next kernel starts as Jupyter starts it
    assert run_notebook(source, tmp_path / "anew.ipynb", {})[1] is None and len(forked) == 1
    assert moved <= {str(tmp_path)}  # papermill goes where it is when it writes


def test_a_module_that_ends_the_process_that_loads_it_does_not_end_the_parent(tmp_path, monkeypatch, forked):
    (tmp_path / "module_that_leaves.py").write_text("raise SystemExit('no')", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    source = put_notebook(tmp_path / "fine.ipynb")
    with loaded({"module_that_leaves"}):
        assert run_notebook(source, tmp_path / "ran.ipynb", {})[1] is None
    assert len(forked) == 1


@pytest.mark.slow
def test_an_interrupt_of_the_terminal_leaves_the_parent_to_its_client(parent: Parent, tmp_path, forked):
    source = put_notebook(tmp_path / "fine.ipynb")
    run_notebook(source, tmp_path / "first.ipynb", {})  # all is loaded then
    os.kill(parent._process.pid, signal.SIGINT)
    assert run_notebook(source, tmp_path / "second.ipynb", {})[1] is None and len(forked) == 2


@pytest.mark.slow  # quick: a kernel that dies, a parent that does not answer
def test_where_the_parent_dies_with_its_kernels_all_notebooks_are_whole(env, tmp_path, forked):
    """The notebook that kills it does so once: it is run again."""
    killing = (
        "import os, pathlib, signal, time\n"
        f"done = pathlib.Path({str(tmp_path / 'done')!r})\n"
        "if not done.exists():\n"
        "    done.touch()\n"
        "    os.kill(os.getppid(), signal.SIGKILL)\n"
        "    time.sleep(60)\n"
    )
    put_notebook(tmp_path / "methods" / "a_killing.ipynb", killing)
    for name in ("b_beside", "c_after", "d_after"):
        put_notebook(tmp_path / "methods" / f"{name}.ipynb")
    other = replace(env, home=tmp_path)
    found = run_notebooks(other, say=print, folder=tmp_path)
    assert found.failed == {} and pages(other) == {"a_killing", "b_beside", "c_after", "d_after"}
    assert 1 <= len(forked) < 5


@pytest.mark.slow
def test_a_cell_may_start_processes_and_its_temporary_folders_go_with_the_kernel(
    parent: Parent, tmp_path, forked
):
    cell = (
        "import tempfile\n"
        "from concurrent.futures import ProcessPoolExecutor\n"
        f"folder = tempfile.TemporaryDirectory(dir={str(tmp_path)!r}, prefix='of_the_cell')\n"
        "with ProcessPoolExecutor(1) as pool:\n"
        "    assert pool.submit(abs, -1).result() == 1\n"
    )
    source = put_notebook(tmp_path / "starting.ipynb", cell)
    assert run_notebook(source, tmp_path / "ran.ipynb", {})[1] is None and len(forked) == 1
    assert list(tmp_path.glob("of_the_cell*")) == []


def test_a_kernel_that_dies_is_the_error_of_its_notebook_alone(env, tmp_path):
    put_notebook(tmp_path / "methods" / "fine.ipynb")
    put_notebook(tmp_path / "methods" / "dying.ipynb", "import os; os.kill(os.getpid(), 9)")
    other = replace(env, home=tmp_path)
    found = run_notebooks(other, say=print, folder=tmp_path)
    assert found.failed == {"methods/dying": "DeadKernelError: Kernel died"}
    assert pages(other) == {"fine", "dying"}


def test_a_parent_that_does_not_answer_is_lost_and_kernels_start_without_it(
    parent: Parent, tmp_path, monkeypatch, forked
):
    os.kill(parent._process.pid, signal.SIGSTOP)
    monkeypatch.setattr(kernels, "LONGEST_ANSWER", 0.1)
    assert run_notebook(put_notebook(tmp_path / "fine.ipynb"), tmp_path / "ran.ipynb", {})[1] is None
    assert parent.lost and forked == []
    with pytest.raises(Lost):
        parent.ask("poll", os.getpid())


def test_what_the_system_refuses_the_parent_is_an_answer_and_the_parent_stays():
    with loaded({"json"}) as parent:
        with pytest.raises(ChildProcessError):
            parent.ask("poll", os.getpid())  # which is no child of it
        with pytest.raises(ChildProcessError):
            parent.ask("poll", os.getpid())
        assert not parent.lost
