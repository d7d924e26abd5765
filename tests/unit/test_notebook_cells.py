"""Cells of notebooks and what they import: drawings without a script, the year used, who is compared."""

from __future__ import annotations

import ast
import re
from datetime import date
from types import SimpleNamespace
from typing import Any

import nbformat
import pandas as pd
import pytest
from IPython.core.inputtransformer2 import TransformerManager

from jobs.environment import REPOSITORY
from jobs.notebooks import reading
from jobs.reports.pages.comparison import FEWEST_BATCHES, FEWEST_SPOTS
from jobs.reports.wording import Text, coded

NOTEBOOKS = sorted((REPOSITORY / "notebooks").glob("*/*.ipynb"))
# What cells may import: none of these draws with a script, which no page of the site may load.
IMPORTED = {
    "IPython",
    "datetime",
    "jobs",
    "json",
    "numpy",
    "pandas",
    "pathlib",
    "scipy",
    "statsmodels",
    "tempfile",
}


def source_of(name: str, cell: str) -> str:
    notebook = nbformat.read(REPOSITORY / "notebooks" / f"{name}.ipynb", as_version=4)
    return next(c.source for c in notebook.cells if c.id == cell)


def shown(source: str, space: dict[str, Any]) -> str:
    """Run a cell in ``space`` and return the HTML of its last expression."""
    *before, last = ast.parse(source).body
    assert isinstance(last, ast.Expr)
    exec(compile(ast.Module(before, []), "cell", "exec"), space)
    return str(eval(compile(ast.Expression(last.value), "cell", "eval"), space).data)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_a_notebook_draws_with_nothing_that_needs_a_script(path):
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type != "code":
            continue
        for node in ast.walk(ast.parse(TransformerManager().transform_cell(cell.source))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert {n.partition(".")[0] for n in names} <= IMPORTED, cell.source


def test_the_funnel_of_laboratories_is_drawn_with_those_beyond_its_limits_named():
    rows = pd.DataFrame(
        {
            "lab_id": ["LAB1", "LAB2", "LAB3"], "expected": [4.0, 9.0, 8.0], "ratio": [1.125, 3.0, 2.0],
            "score": [0.2, 4.0, 3.2], "state": ["within", "high", "within"],
            "low95": 0.5, "high95": 1.5, "low998": 0.1, "high998": 1.9,
        }
    )  # fmt: skip
    space = {"rows": rows, "there": True, "lab": "", "nothing": reading.nothing, "funnel": reading.funnel}
    space["OUTSIDE"] = 3.09
    html = shown(source_of("methods/a_laboratorys_funnel", "c9"), space)
    # LAB3 lies beyond its limits, but not once it is compared with all others: as on the page.
    assert html.count("<circle") == 2 and html.count("▲") == 1 and ">LAB2</text>" in html
    assert html.count("<path") == 4 and "LAB1: 4.0, 1.13" in html and "<script" not in html


def test_the_place_of_a_laboratory_in_the_funnel_is_said_in_words_not_by_its_code():
    one = {"high998": 1 + 0.9, "ratio": 1.1, "n_compared_failing": 4, "expected": 4.0, "z": 0.3}
    one |= {"score": 0.1 / (0.9 / 3.09), "p_adjusted": 1.0, "state": "within"}
    space = {
        "ready": True,
        "one": one,
        "chosen": "LAB1",
        "OUTSIDE": 3.09,
        "coded": coded,
    }
    exec("from jobs.notebooks.reading import at_least_some, nothing, number, said, with_p", space)
    html = shown(source_of("methods/a_laboratorys_funnel", "c10"), space)
    assert "校正 p = 1.000：在控制限内。" in html and "adjusted p = 1.000: within the limits." in html
    one |= {"expected": 4.25, "z": -0.25, "p_adjusted": 0.0002}  # rounded half up, as pages do
    html = shown(source_of("methods/a_laboratorys_funnel", "c10"), space)
    assert "4.3 expected; z is −0.3 without" in html and "adjusted p &lt; 0.001" in html
    space |= {"one": None, "chosen": "LAB9"}
    assert "LAB9 has no batches" in shown(source_of("methods/a_laboratorys_funnel", "c10"), space)


@pytest.mark.parametrize(
    ("to", "wanted"),
    [(date(2026, 12, 1), "Batches of 2026 (up to 1 December)."), (date(2026, 12, 31), "Batches of 2026.")],
)
def test_a_year_that_has_not_ended_is_not_called_whole(to, wanted):
    starts = pd.DataFrame(
        [("year", date(2026, 1, 1)), ("rolling12", date(2026, 1, 1)), ("year", date(2025, 1, 1))],
        columns=["period_type", "period_start"],
    )
    gold = object.__new__(reading.Reader)
    gold.data_to, gold.ask = to, lambda _: starts  # type: ignore[method-assign]
    assert gold.year == date(2026, 1, 1) and f"<p>{wanted}</p>" in gold.batches_of_year().data


def lost(source: str) -> list[str]:
    """The calls of `said` in a cell whose result no page shows: neither what the cell ends with, nor shown by
    `display`. An expression may choose between several, and a name may hold it until the end of the cell."""
    body = ast.parse(TransformerManager().transform_cell(source)).body
    calls = [n for part in body for n in ast.walk(part) if isinstance(n, ast.Call)]
    ends = [body[-1].value] if body and isinstance(body[-1], ast.Expr) else []
    ends = [] if source.rstrip().endswith(";") else ends
    ends += [a for call in calls if _name(call.func) == "display" for a in call.args]
    given: dict[str, list[ast.expr]] = {}
    for node in (n for part in body for n in ast.walk(part) if isinstance(n, ast.Assign)):
        for target in node.targets:
            given.setdefault(_name(target), []).append(node.value)
    shown_: list[ast.expr] = []
    while ends:
        end = ends.pop()
        shown_.append(end)
        if isinstance(end, ast.IfExp):
            ends += [end.body, end.orelse]
        ends += given.pop(_name(end), [])
    return [ast.unparse(c) for c in calls if _name(c.func) == "said" and not any(c is s for s in shown_)]


def _name(node: ast.AST) -> str:
    return node.id if isinstance(node, ast.Name) else ""


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_what_a_cell_says_is_what_it_shows(path):
    cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    assert [call for cell in cells for call in lost(cell.source)] == []


@pytest.mark.parametrize(
    ("cell", "n"),
    [
        ("said('甲', 'A')", 0),
        ("x = said('甲', 'A')\nx", 0),
        ("display(said('甲', 'A'))\nx = 1", 0),
        ("said('甲', 'A') if y else None", 0),
        ("said('甲', 'A')\nsaid('乙', 'B')", 1),
        ("if y:\n    said('甲', 'A')", 1),
        ("x = said('甲', 'A')", 1),
        ("said('甲', 'A');", 1),
    ],
)
def test_a_finding_that_no_page_shows_is_found(cell: str, n: int) -> None:
    assert len(lost(cell)) == n


def clusters_said(judged: list[int], failed: list[int]) -> str:
    codes = [f"C{n}" for n in range(len(judged))]
    names = {code: f"集群{code} | Cluster {code}" for code in codes}
    rows = pd.DataFrame({"code": codes, "judged": judged, "failed": failed})
    space: dict[str, Any] = {"clusters": rows, "names": names}
    exec("from jobs.notebooks.reading import in_both, plural, said", space)
    exec("from jobs.methods.funnel import funnel", space)
    space |= {"FEWEST_BATCHES": FEWEST_BATCHES, "FEWEST_SPOTS": FEWEST_SPOTS}
    return shown(source_of("analysts/cluster_study", "c05"), space)


def test_clusters_with_too_few_batches_for_the_sites_funnel_are_not_judged_in_the_notebook():
    html = clusters_said([200, 200, 200, 200, 200, 7], [10, 10, 9, 11, 10, 4])
    assert "Of 5 clusters with at least 10 batches judged, none lies above the 99.8% limit." in html
    html = clusters_said([300] * 21, [*range(20, 40), 200])
    english = re.findall("<p>(.*?)</p>", html)[1]
    assert english.endswith("1 lies above the 99.8% limit: Cluster C20.") and "集群" not in english
    assert "they are not compared" in clusters_said([200] * (FEWEST_SPOTS - 1) + [9], [5] * FEWEST_SPOTS)


def test_a_table_with_rows_of_other_units_is_not_said_to_have_none():
    said = reading.nothing("gold.x", Text("平台", "platforms by quarter")).data
    assert "gold.x has no rows for platforms by quarter: this table is left out." in said
    assert "what follows" not in said
    space = {"gold": SimpleNamespace(has=lambda _: True, ask=lambda _: None), "nothing": reading.nothing}
    space |= {"pd": pd, "Text": Text, "dimension": "platform", "period": "quarter"}
    empty = pd.DataFrame(columns=["level", "statistic", "item", "item2", "value"])
    space["gold"].ask = lambda _: empty
    html = shown(source_of("methods/sensitivity_of_ranks", "sobol-table"), space)
    assert "no rows for platforms by quarter" in html and "平台（按季）" in html


def index_of_unit(scores: list[float | None]) -> str:
    """The chart of the points that indicators lose, or the reason why there is none."""
    rows = pd.DataFrame({"indicator": ["a", "b"], "score": scores, "weight": 0.5}).astype({"score": float})
    gold = SimpleNamespace(ask=lambda _: rows, names=lambda of: {"a": "甲指标 | Measure A"})
    space: dict[str, Any] = {"gold": gold, "there": True, "unit": "P1"}
    space |= {"names": {"P1": "甲 | A"}, "dimension": "platform", "period": "quarter", "start": "2026-04-01"}
    exec("from jobs.notebooks.reading import Text, bars, in_both, nothing", space)
    return shown(source_of("analysts/index_explorer", "c09"), space)


def test_a_unit_whose_indicators_have_no_score_gets_the_reason_and_no_empty_chart():
    html = index_of_unit([60.0, 80.0])
    assert "<rect" in html and ">甲指标 | Measure A</text>" in html  # by its name, where there is one
    assert ">b</text>" in html and ">a</text>" not in html
    html = index_of_unit([None, None])
    assert "no rows for scores of A" in html and "甲各指标得分" in html and "<svg" not in html


def test_an_indicator_is_named_as_its_newest_goalpost_names_it():
    rows = pd.DataFrame({"code": ["a", "a"], "name_zh": ["旧", "新"], "name_en": ["old", "new"]})
    asked: list[str] = []
    gold = SimpleNamespace(has=lambda _: True, ask=lambda text: asked.append(text) or rows)
    assert reading.Reader.names(gold, "indicator") == {"a": "新 | new"}  # type: ignore[arg-type]
    assert "FROM silver.goalpost ORDER BY valid_from, version" in asked[0]


def test_the_notebooks_are_about_the_nation_that_the_deployment_serves():
    assert reading.Reader.names(SimpleNamespace(nation="NL"), "nation").keys() == {"NL"}  # type: ignore[arg-type]
    for path in NOTEBOOKS:
        cells = nbformat.read(path, as_version=4).cells
        assert not [c.source for c in cells if c.cell_type == "code" and '"CN"' in c.source], path


def test_a_province_without_probability_samples_ends_the_notebook_and_does_not_fail_it():
    rows = pd.DataFrame({"code": ["11", "12"], "design": ["probability", "targeted"], "zh": "省", "en": "P"})
    rows = rows.assign(rate=0.1)
    gold = SimpleNamespace(ask=lambda _: rows.copy(), night=date(2026, 7, 1), data_to=date(2026, 6, 30))
    space: dict[str, Any] = {"gold": gold, "needed": reading.needed, "said": reading.said, "region": ""}
    source = source_of("regulators/reading_a_table", "c03")
    assert "P (11): batches of all periods up to 2026-06-30" in shown(source, space)
    for other in ("12", "99"):
        with pytest.raises(reading.NothingToShow, match=other):
            shown(source, space | {"region": other})


def yields_said(**given: float) -> str:
    """What the notebook about a signal says of the signals of its kind."""
    row = dict.fromkeys("lead_days lift lift_low lift_high targeted_rate random_rate".split(), float("nan"))
    row |= {"n_signals": 1.0, "n_confirmed": 0.0} | given
    space: dict[str, Any] = {"outcomes": pd.DataFrame([row]), "yielded": True}
    exec("from jobs.notebooks.reading import number, percent, ranged, said", space)
    return shown(source_of("regulators/a_signals_life", "c22"), space)


def test_what_is_not_known_of_signals_is_left_out_with_its_reason():
    html = yields_said()
    assert "Too few samples to compare" in html and "样本不足" in html and "–" not in html
    html = yields_said(lead_days=12.5, targeted_rate=0.25, random_rate=0.1, lift=2.25, lift_low=1.25)
    assert "median days: 13. Targeted samples fail at 25.0%" in html
    assert "2.3 times as often (1.3–∞)." in html
