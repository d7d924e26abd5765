"""Runs every notebook over the newest night without a browser, and writes the results to the folder
`notebooks` of the site."""

from __future__ import annotations

import json
import os
import sysconfig
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jobs.code_identity import code_hash, made_from, notebook_imports
from jobs.contracts.glossary import GLOSSARY
from jobs.environment import REPOSITORY, Environment
from jobs.errors import UsageError
from jobs.lake.night import WHOLE, newest_snapshot
from jobs.lake.tables import Lake
from jobs.notebooks.kernels import loaded
from jobs.notebooks.reading import NothingToShow
from jobs.reports.framed import TEMPLATES, Notebook, described, index_page, page
from jobs.whole_folder import MadeFolder, is_current

NOTEBOOKS = REPOSITORY / "notebooks"
FOLDER = "notebooks"
KERNEL = "ipykernel.ipkernel"  # what each kernel loads besides
AT_ONCE = 3  # two cores: a kernel that starts or ends waits more than it works
FIRST = ("keeping_a_copy",)  # takes by far the longest, and would end alone
LONGEST = 300  # seconds a cell may take
# Cells that papermill adds: this run's parameters, and where an error is to be found.
_ADDED = {"injected-parameters", "papermill-error-cell-tag"}


@dataclass(frozen=True)
class Ran:
    """The result of `run_notebooks`.

    ``done``: number of notebooks on the site; ``failed``: "group/name" of a notebook → the error that ended
    it; ``skipped``: whether nothing was run, as nothing had changed; ``index``: path of the page that lists
    the notebooks.
    """

    done: int
    failed: dict[str, str]
    skipped: bool
    index: Path


def run_notebooks(
    env: Environment, *, say: Callable[[str], None], again: bool = False, folder: Path = NOTEBOOKS
) -> Ran:
    """Execute all notebooks below ``folder`` over the newest night and write each to the site, as an HTML
    page and as .ipynb with outputs, with a page that lists them.

    Nothing is run where night, notebooks and code are those of the last run without a failure, unless
    ``again``. ``folder``: has one folder per group of readers, which holds its notebooks. ``say``: is called
    with a line of text for each notebook. A notebook that fails is shown up to the cell that failed, does
    not affect the others, and is executed again by the next call. One that ends with NothingToShow has not
    failed. Raises UsageError where there is no night yet.
    """
    snapshot = newest_snapshot(Lake(env.lake), WHOLE)
    if snapshot.run_id is None:
        raise UsageError(f"{env.lake}: no night has been named yet; `quality run` names the first one")
    assert snapshot.date is not None, "notebooks read a night that is there"
    site = env.site / FOLDER
    sources = sorted(folder.glob("*/*.ipynb"))
    origin = made_from(notebook_code(sources), snapshot.content)
    if not again and is_current(site, origin):
        return Ran(len(sources), {}, True, site / "index.html")
    with (
        tempfile.TemporaryDirectory() as scratch,
        loaded({KERNEL, *_imports(sources)}) as parent,
        ThreadPoolExecutor(AT_ONCE) as pool,
    ):
        _keep_apart(Path(scratch))
        tasks = {
            s: (s, Path(scratch) / f"{s.parent.name}-{s.name}", {"lake": str(env.lake)}) for s in sources
        }
        begun = sorted(sources, key=lambda source: source.stem not in FIRST)
        running = {source: pool.submit(run_notebook, *tasks[source]) for source in begun}
        found: list[Notebook] = []
        pages: list[bytes] = []
        for source in sources:
            content, error = running[source].result()
            if error and parent.lost:  # its kernel may have ended with it; the next one starts without it
                content, error = run_notebook(*tasks[source])
            found.append(described(source, content, error))
            pages.append(page(found[-1], snapshot.date))  # while the next ones run
            say(f"notebook {source.parent.name}/{source.stem}: {error or 'done'}")
    written = MadeFolder(site)
    for notebook, html in zip(found, pages, strict=True):
        path = f"{notebook.group}/{notebook.name}"
        written.put(f"{path}.html", html)
        written.put(f"{path}.ipynb", json.dumps(notebook.content, ensure_ascii=False, indent=1).encode())
    written.put("index.html", index_page(found, snapshot.date))
    failed = {f"{n.group}/{n.name}": n.error for n in found if n.error}
    written.finish(None if failed else origin)  # one that failed is tried again
    return Ran(len(found), failed, False, site / "index.html")


def run_notebook(source: Path, target: Path, parameters: dict[str, str]) -> tuple[dict[str, Any], str | None]:
    """Execute one notebook with papermill and return (content, error).

    ``source``: the .ipynb file; ``target``: a scratch file for the executed notebook; ``parameters``: name →
    text of the variables that papermill sets, such as `lake`. ``content``: the notebook as a dictionary
    (nbformat) without times and paths (`without_times`), with all of its cells: those behind the one that
    failed or raised NothingToShow are not executed, and none is where papermill wrote no ``target``, as
    without a kernel: then it is ``source``. ``error``: "class: message" of what went wrong in a cell or with
    its kernel, None where nothing did or a cell raised NothingToShow. A cell may take LONGEST seconds.
    """
    import papermill  # pulls in the whole of Jupyter

    error = None
    try:
        papermill.execute_notebook(
            str(source),
            str(target),
            parameters=parameters,
            kernel_name="python3",
            # papermill's own ``cwd`` is one of this whole process, in which other threads work.
            resources={"metadata": {"path": str(REPOSITORY)}},
            progress_bar=False,
            execution_timeout=LONGEST,
            start_timeout=60,
            extra_arguments=[
                "--log-level=CRITICAL"
            ],  # it listens on the loopback with a key and warns of that each time
        )
    except papermill.PapermillExecutionError as stopped:
        error = None if stopped.ename == NothingToShow.__name__ else f"{stopped.ename}: {stopped.evalue}"
    except (
        RuntimeError,
        OSError,
        EOFError,
    ) as stopped:  # a kernel that does not start, dies or takes too long
        error = f"{type(stopped).__name__}: {stopped}"
    reached = target if target.exists() else source
    return without_times(json.loads(reached.read_text(encoding="utf-8"))), error and without_places(error)


def without_times(content: dict[str, Any]) -> dict[str, Any]:
    """Return the content of a notebook (a dictionary of nbformat) without times and without paths of this
    machine, so that the same results are the same bytes. The cells that papermill adds (the parameters, the
    mark of an error) are removed, and paths of code in errors and printed text are shortened
    (`without_places`). ``content`` is not changed."""
    cells = [
        {
            **cell,
            **(
                {"outputs": [_output_without_places(output) for output in cell["outputs"]]}
                if "outputs" in cell
                else {}
            ),
            "metadata": {k: v for k, v in cell["metadata"].items() if k not in ("papermill", "execution")},
        }
        for cell in content["cells"]
        if not _ADDED.intersection(cell["metadata"].get("tags", []))
    ]
    kept = {k: v for k, v in content["metadata"].items() if k in ("kernelspec", "language_info")}
    return {**content, "cells": cells, "metadata": kept}


def _output_without_places(output: dict[str, Any]) -> dict[str, Any]:
    """Return an output of a cell with `without_places` applied to its errors and warnings."""
    texts = {"error": ("evalue", "traceback"), "stream": ("text",)}.get(output["output_type"], ())
    changed = {
        name: without_places(said) if isinstance(said, str) else [without_places(line) for line in said]
        for name in texts
        for said in [output[name]]
    }
    return {**output, **changed}


def without_places(text: str) -> str:
    """Return ``text`` with paths of code cut to the part below the project, site-packages or Python's
    library: readers of the site need not know where this machine has them."""
    for place, instead in _code_places():
        text = text.replace(place, instead)
    return text


@cache
def _code_places() -> list[tuple[str, str]]:
    """Return (folder of code, what readers see in its place), the longest folder first. IPython writes a home
    directory as ~."""
    installed, home = sysconfig.get_paths(), os.path.expanduser("~")
    known = {str(REPOSITORY): "", installed["stdlib"]: "python/"}
    known |= {installed[name]: "site-packages/" for name in ("purelib", "platlib")}
    known |= {f"~{at.removeprefix(home)}": to for at, to in known.items() if at.startswith(f"{home}/")}
    return sorted(((f"{at}/", to) for at, to in known.items()), key=lambda pair: (-len(pair[0]), pair))


def notebook_code(sources: list[Path]) -> str:
    """Return a hash (hex) of the notebooks ``sources``, of the modules that they import, of the glossary, and
    of the code, templates and libraries that turn them into pages. Where neither it nor the night has
    changed, executing the notebooks again would give the same pages."""
    return code_hash(
        {__name__, *_imports(sources)}, (*sources, TEMPLATES, GLOSSARY), libraries=("nbconvert",)
    )


def _imports(sources: list[Path]) -> set[str]:
    """Return the names of the project's modules that the notebooks' cells import."""
    return {name for source in sources for name in notebook_imports(source)}


def _keep_apart(scratch: Path) -> None:
    """Make Jupyter and IPython write their files below ``scratch`` and not in a home directory."""
    for name in ("JUPYTER_RUNTIME_DIR", "JUPYTER_DATA_DIR", "JUPYTER_CONFIG_DIR", "IPYTHONDIR"):
        folder = scratch / name.lower()
        folder.mkdir()
        os.environ[name] = str(folder)
    os.environ["PYDEVD_DISABLE_FILE_VALIDATION"] = (
        "1"  # the kernel's debugger, which is not used here, would warn
    )
