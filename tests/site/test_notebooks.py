"""Notebooks: every one runs headless over a lake, shows its results without script or network, and keeps what
it is said to."""

from __future__ import annotations

import json
import re
import shutil
import sysconfig
from collections.abc import Callable
from dataclasses import replace
from html import unescape
from pathlib import Path

import country
import nbformat
import pytest
from notebook_country import index_tables, put
from notebook_files import put_notebook
from playwright.sync_api import Browser

from jobs.contracts.glossary import term
from jobs.environment import REPOSITORY, Environment
from jobs.lake.night import newest_snapshot
from jobs.lake.tables import Lake
from jobs.notebooks import running
from jobs.notebooks.frames import TURNED
from jobs.notebooks.running import NOTEBOOKS, run_notebooks
from jobs.reports.data_date import data_date
from jobs.reports.framed import GROUPS

SOURCES = sorted(NOTEBOOKS.glob("*/*.ipynb"))
NAMES = {f"{s.parent.name}/{s.stem}" for s in SOURCES}
EXPECTED = {
    "analysts/first_look",
    "analysts/detection_rates",
    "analysts/index_explorer",
    "analysts/cluster_study",
    "analysts/two_platforms",
    "regulators/a_producers_trace",
    "regulators/a_signals_life",
    "regulators/keeping_a_copy",
    "regulators/reading_a_table",
    "regulators/why_an_index_moved",
    "methods/a_laboratorys_funnel",
    "methods/how_an_interval_is_made",
    "methods/sensitivity_of_ranks",
}


@pytest.fixture(scope="module")
def env(tmp_path_factory) -> Environment:
    """A lake with the site's country and an index of it."""
    home = tmp_path_factory.mktemp("notebooks")
    lake = country.lake_at(home)
    country.write(lake)
    put(lake, index_tables())
    return country.environment(home)


# Of the notebooks those that tests of `make test` look at.
SOME = {
    "analysts/detection_rates",
    "analysts/first_look",
    "analysts/index_explorer",
    "regulators/why_an_index_moved",
}


@pytest.fixture(scope="module", params=["some", pytest.param("all", marks=pytest.mark.slow)])
def ran(request, env, tmp_path_factory) -> tuple[Environment, list[str], Path]:
    """The home, the lines that were said, and the folder of the notebooks."""
    said: list[str] = []
    home = tmp_path_factory.mktemp(request.param)
    folder = NOTEBOOKS
    if request.param == "some":
        folder = home / "notebooks"
        for name in SOME:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(NOTEBOOKS / f"{name}.ipynb", (folder / name).parent)
    env = replace(env, home=home)
    found = run_notebooks(env, say=said.append, folder=folder)
    assert found.failed == {}, found.failed
    return env, said, folder


def test_the_notebooks_are_those_that_the_readers_were_promised():
    assert NAMES == EXPECTED and {s.parent.name for s in SOURCES} == set(GROUPS)


@pytest.mark.parametrize("source", SOURCES, ids=lambda s: s.stem)
def test_in_git_a_notebook_is_valid_has_its_parameters_first_and_no_outputs(source: Path):
    notebook = nbformat.read(source, as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert code[0].metadata.tags == ["parameters"] and "lake" in code[0].source
    assert all(not cell.outputs and cell.execution_count is None for cell in code)
    assert notebook.cells[0].cell_type == "markdown" and " | " in notebook.cells[0].source.splitlines()[0]


def test_every_notebook_runs_to_its_end_and_becomes_a_page(ran):
    env, said, folder = ran
    names = SOME if folder != NOTEBOOKS else EXPECTED
    pages = {
        p.relative_to(env.site / "notebooks").with_suffix("").as_posix()
        for p in (env.site / "notebooks").glob("*/*.html")
    }
    assert pages == names and len(said) == len(names)
    index = (env.site / "notebooks" / "index.html").read_text(encoding="utf-8")
    assert all(f'href="{name}.html"' in index for name in names)


def test_a_page_tells_nothing_of_the_machine_and_holds_no_script(ran):
    env, _, _ = ran
    for path in (env.site / "notebooks").rglob("*.*"):
        text = path.read_text(encoding="utf-8")
        assert (
            not any(str(place) in text for place in (env.home, env.lake)) and str(REPOSITORY) not in text
        ), path
        drawn = [text]
        if path.suffix == ".ipynb":  # its plain texts may hold a name like one
            outputs = [o for c in json.loads(text)["cells"] for o in c.get("outputs", [])]
            drawn = ["".join(o.get("data", {}).get("text/html", "")) for o in outputs]
        assert not any("<script" in each for each in drawn), path


def test_every_column_of_a_table_has_a_name_in_both_languages(ran):
    """Other heads are values: codes of units, names of methods."""
    env, _, _ = ran
    bare = {
        head
        for path in (env.site / "notebooks").glob("*/*.html")
        for table in re.findall(r'<table class="rows"><thead>(.*?)</thead>', path.read_text("utf-8"), re.S)
        for head in re.findall(r'<th scope="col">(.*?)</th>', table)
    }
    values = {"P01", "P02", "P03", "Wilson", "Clopper-Pearson", "p±1.96SE"}
    values.add(TURNED)
    assert bare <= values, bare - values


def test_the_english_of_a_finding_has_no_chinese_in_it_and_no_code_for_a_word(ran):
    env, _, _ = ran
    found = 0
    for path in (env.site / "notebooks").glob("*/*.html"):
        page = path.read_text(encoding="utf-8")
        for zh, en in re.findall(r"<p><strong>([^<]*)</strong></p><p>([^<]*)</p>", page):
            assert not re.search("[\u3400-\u9fff]", en), (path.stem, en)
            assert not re.search("：(within|high|low|too_few)。", zh), (path.stem, zh)
            found += 1
    assert found >= 3


def test_the_page_of_a_notebook_shows_each_finding_that_its_cells_return(ran):
    env, _, _ = ran
    n = 0
    for path in (env.site / "notebooks").glob("*/*.ipynb"):
        page = unescape(path.with_suffix(".html").read_text(encoding="utf-8"))
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type != "code" or not re.search(r"\bsaid\(", cell.source):
                continue
            shown = ["".join(o.get("data", {}).get("text/html", "")) for o in cell.outputs]
            said = [unescape(one) for one in shown if one.startswith("<p><strong>")]
            assert all(one in page for one in said), (path.stem, cell.source)
            n += len(said)
    assert n >= 3


def test_what_a_cell_says_stands_on_the_page_of_the_notebook_in_both_languages(env, tmp_path):
    """Also where it names markup, as names come from feeds."""
    cell = "from jobs.notebooks.reading import said\nsaid('甲<b>', 'A & B')"
    put_notebook(tmp_path / "notebooks" / "methods" / "one.ipynb", cell)
    here = replace(env, home=tmp_path)
    assert run_notebooks(here, say=print, folder=tmp_path / "notebooks").failed == {}
    page = (here.site / "notebooks" / "methods" / "one.html").read_text(encoding="utf-8")
    assert "<p><strong>甲&lt;b&gt;</strong></p><p>A &amp; B</p>" in page


def test_where_nothing_has_changed_nothing_is_run(ran):
    env, _, folder = ran
    before = {p: p.stat().st_mtime_ns for p in (env.site / "notebooks").rglob("*.*")}
    assert run_notebooks(env, say=print, folder=folder).skipped
    assert {p: p.stat().st_mtime_ns for p in (env.site / "notebooks").rglob("*.*")} == before


def test_what_a_notebook_says_is_what_the_tables_hold(ran):
    env, _, _ = ran
    change = newest_snapshot(Lake(env.lake)).frame("gold.quality_index_change")
    own = change[change["dimension_type"].eq("nation")]
    page = (env.site / "notebooks" / "regulators" / "why_an_index_moved.html").read_text(encoding="utf-8")
    assert f"the index moved by {own['change'].iloc[0]:+.1f} points" in page


def test_a_notebook_has_the_number_of_the_site_under_the_name_of_the_glossary(ran):
    env, _, _ = ran
    rates = newest_snapshot(Lake(env.lake)).frame("gold.detection_rate")
    own = rates[
        rates["dimension_type"].eq("nation")
        & rates["dimension2_type"].eq("")
        & rates["design"].eq("probability")
    ]
    texts = {
        path.stem: path.read_text(encoding="utf-8")
        for path in (env.site / "notebooks").glob("analysts/*.html")
    }
    said = re.search(rf"{term('exposure_rate').zh}为(\d+\.\d)%", texts["first_look"])
    assert (
        said is not None and float(said[1]) in own["exposure_rate"].mul(100).astype(float).round(1).tolist()
    )
    assert f"{term('exposure_rate').zh} {term('exposure_rate').en}" in texts["detection_rates"]


def test_a_notebook_calls_the_rate_of_targeted_samples_the_finding_rate_and_dates_its_figures(ran):
    env, _, folder = ran
    night = newest_snapshot(Lake(env.lake))
    to = data_date(night, night.date)
    assert to is not None and to < night.date
    for name in ("analysts/first_look", "regulators/reading_a_table"):
        if not (folder / f"{name}.ipynb").exists():
            continue
        page = (env.site / "notebooks" / f"{name}.html").read_text(encoding="utf-8")
        assert (
            term("finding_rate").en in page
            and f"all periods up to {to}" in page
            and "stand as they were filed" in page
        )
        assert term("detection_rate").en in page and ">Both<" not in page and "合计 Both" not in page


def test_the_explorer_opens_with_a_unit_whose_pillars_are_shown_and_names_estimate_and_value_apart(ran):
    env, _, _ = ran
    page = (env.site / "notebooks" / "analysts" / "index_explorer.html").read_text(encoding="utf-8")
    heads = [re.findall(r'title="(\w+)"', head) for head in re.findall(r"<thead>(.*?)</thead>", page, re.S)]
    pillars = next(at for at, head in enumerate(heads) if head[:2] == ["pillar", "score"])
    body = re.findall(r"<tbody>(.*?)</tbody>", page, re.S)[pillars]
    assert re.findall(r'data-label="[^"]*Score">[\d.]+</td>', body), body
    names = dict(re.findall(r'title="(value|estimate)">.*?<span lang="en">(.*?)</span>', page))
    assert names == {"value": "Value", "estimate": term("scored_estimate").en}


@pytest.mark.slow  # quick: test_kernels, of one that dies
def test_a_notebook_that_fails_is_shown_up_to_there_and_harms_no_other(env, tmp_path):
    put_notebook(tmp_path / "methods" / "fine.ipynb")
    put_notebook(tmp_path / "methods" / "broken.ipynb", "raise ValueError('of purpose')")
    put_notebook(tmp_path / "methods" / "deep.ipynb", "import numpy\nnumpy.linalg.inv(numpy.zeros((2, 2)))")
    other = replace(env, home=tmp_path)
    found = run_notebooks(other, say=print, folder=tmp_path)
    assert found.failed == {
        "methods/broken": "ValueError: of purpose",
        "methods/deep": "LinAlgError: Singular matrix",
    }
    assert "of purpose" in (other.site / "notebooks" / "methods" / "broken.html").read_text(encoding="utf-8")
    for file in ("deep.html", "deep.ipynb"):
        text = (other.site / "notebooks" / "methods" / file).read_text(encoding="utf-8")
        assert "site-packages/numpy/" in text and sysconfig.get_paths()["purelib"] not in text
    assert not run_notebooks(other, say=print, folder=tmp_path).skipped  # it is tried again


def test_what_a_cell_said_names_code_by_its_place_in_the_project_a_package_or_python():
    paths = sysconfig.get_paths()
    lines = [
        f"{REPOSITORY}/jobs/x.py:1",
        f"{paths['purelib']}/numpy/y.py:2",
        f"{paths['stdlib']}/json/z.py:3",
    ]
    said = [
        {"output_type": "error", "ename": "E", "evalue": lines[0], "traceback": lines},
        {"output_type": "stream", "name": "stderr", "text": f"{lines[1]}: UserWarning"},
        {"output_type": "execute_result", "data": {"text/plain": lines[0]}, "metadata": {}},
    ]
    cell = {"cell_type": "code", "metadata": {}, "outputs": said}
    (shown,) = running.without_times({"cells": [cell], "metadata": {}})["cells"]
    error, stream, result = shown["outputs"]
    assert error["traceback"] == ["jobs/x.py:1", "site-packages/numpy/y.py:2", "python/json/z.py:3"]
    assert (error["evalue"], stream["text"]) == ("jobs/x.py:1", "site-packages/numpy/y.py:2: UserWarning")
    assert result == said[2]  # a result is as it was computed


def test_pages_open_without_an_error_or_a_request(ran, browser: Browser):
    env, _, _ = ran
    page, wrong = browser.new_page(), []
    page.on("console", lambda message: wrong.append(message.text))
    page.on(
        "request",
        lambda request: wrong.append(request.url) if not request.url.startswith(("file:", "data:")) else None,
    )
    for name in ("analysts/detection_rates", "analysts/index_explorer"):
        page.goto((env.site / "notebooks" / f"{name}.html").as_uri())
        assert page.locator("svg").count() > 0
    page.close()
    assert wrong == []


@pytest.fixture
def small(env, tmp_path: Path, monkeypatch) -> Callable[[], list[str]]:
    """Run two notebooks that are not executed; returns those that would have been."""
    folder = tmp_path / "notebooks" / "methods"
    folder.mkdir(parents=True)
    for name in ("how_an_interval_is_made", "sensitivity_of_ranks"):
        shutil.copy(NOTEBOOKS / "methods" / f"{name}.ipynb", folder)
    executed: list[str] = []

    def execute(source: Path, *_) -> tuple[dict, None]:
        executed.append(source.stem)
        return json.loads(source.read_text(encoding="utf-8")), None

    monkeypatch.setattr(running, "run_notebook", execute)

    def run() -> list[str]:
        executed.clear()
        run_notebooks(replace(env, home=tmp_path), say=lambda line: None, folder=folder.parent)
        return sorted(executed)

    return run


@pytest.mark.slow
def test_the_longest_notebooks_begin_first_and_pages_and_lines_stay_in_the_order_of_the_names(
    env, tmp_path: Path, monkeypatch
):
    begun: list[str] = []
    lines: list[str] = []

    def execute(source: Path, *_) -> tuple[dict, None]:
        begun.append(source.stem)
        return json.loads(source.read_text(encoding="utf-8")), None

    monkeypatch.setattr(running, "run_notebook", execute)
    monkeypatch.setattr(running, "AT_ONCE", 1)
    run_notebooks(replace(env, home=tmp_path), say=lines.append)
    assert begun[: len(running.FIRST)] == [*running.FIRST]
    assert sorted(begun) == sorted(s.stem for s in SOURCES)
    assert lines == [f"notebook {s.parent.name}/{s.stem}: done" for s in SOURCES]


@pytest.mark.parametrize(
    ("file", "made"),
    [
        ("jobs/methods/composite.py", True),  # imported by a cell
        pytest.param("jobs/notebooks/reading.py", True, marks=pytest.mark.slow),
        pytest.param("jobs/lake/query.py", True, marks=pytest.mark.slow),
        pytest.param("jobs/reports/templates/framed/notebook.html", True, marks=pytest.mark.slow),
        ("jobs/methods/survival.py", False),
        ("jobs/reports/site.py", False),
    ],
)
def test_an_edit_has_the_notebooks_run_again_where_they_are_made_by_the_file(small, edit, file, made):
    assert len(small()) == 2 and small() == []
    edit(file)
    assert len(small()) == (2 if made else 0)


def test_an_edited_notebook_is_run_again_and_the_pages_of_one_that_is_gone_go(small, tmp_path: Path):
    small()
    gone, edited = sorted((tmp_path / "notebooks" / "methods").glob("*.ipynb"))
    gone.unlink()
    edited.write_text(edited.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert small() == [edited.stem]
    pages = {p.name for p in (tmp_path / "site" / "notebooks" / "methods").iterdir()}
    assert pages == {f"{edited.stem}.html", f"{edited.stem}.ipynb"}
