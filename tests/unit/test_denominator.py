"""The denominator of the rate is said in one place: no other module adds the counts of verdicts up by itself
(CONTRIBUTING.md, "Change a definition")."""

from __future__ import annotations

import ast
import importlib.util
import itertools
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
import pytest

from jobs.contracts.catalog import load_catalog
from jobs.environment import REPOSITORY
from jobs.marts.sampling import failing_item, outcomes
from jobs.marts.sampling.outcomes import (
    COUNTS,
    DENOMINATOR,
    all_judged,
    has_verdict,
    judged,
    judged_sql,
    violation_base,
)
from jobs.reports import asked, failing, revised_rates, standards
from jobs.reports.numbers import violation
from jobs.reports.wording import TOO_FEW

JOBS = REPOSITORY / "jobs"
PLACE = JOBS / "marts" / "sampling" / "outcomes.py"
VERDICTS = {"n_conforming", "n_nonconforming"}
TESTED = {"n_tested", "n_not_judged"}
VIOLATIONS = {"judged", "n_exited_violation"}
PAIRS = (VERDICTS, TESTED, VIOLATIONS)
OTHERS = [
    {"n_sampled": 1, "n_exited_void": -1},
    {"n_conforming": 1, "n_nonconforming": 1},
    {"n_conforming": 1, "n_nonconforming": 1, "n_exited_violation": 1},
    {"n_tested": 1, "n_not_judged": -1, "n_overturned": -1},
    {"n_tested": 1, "n_not_judged": -1, "n_exited_void": 1},
]
# 40 samples: 8 left for a violation, 2 were void, 30 were tested; of these 3 were not judged, 6 failed.
BATCHES = dict.fromkeys(COUNTS, 0) | {
    "n_sampled": 40,
    "n_exited_violation": 8,
    "n_exited_void": 2,
    "n_tested": 30,
    "n_not_judged": 3,
    "n_conforming": 21,
    "n_nonconforming": 6,
}


# One batch of each kind: by these, two denominators are the same where they count alike.
KINDS = [
    dict.fromkeys(COUNTS, 0) | {"n_sampled": 1} | dict.fromkeys(names, 1)
    for names in (
        ("n_tested", "n_conforming"),
        ("n_tested", "n_nonconforming", "n_first_nonconforming"),
        ("n_tested", "n_conforming", "n_first_nonconforming", "n_overturned"),
        ("n_tested", "n_not_judged"),
        ("n_exited_violation",),
        ("n_exited_void",),
    )
]


# The golden cases with another denominator, set before a module reads it.
GOLDEN_WITH = """
import json, sys
from jobs.marts.sampling import outcomes
outcomes.DENOMINATOR = json.loads(sys.argv[1])
import pytest
sys.exit(pytest.main(sys.argv[2:]))
"""
SAYS_WHICH = re.compile("不进入不合格检出率分母|不在分母|(outside|not in) (the )?(rate's )?denominator")
TEXTS = (
    "schemas/**/*.yaml",
    "schemas/**/*.csv",
    "schemas/*.md",
    "notebooks/**/*.ipynb",
    "jobs/**/*.html",
    "jobs/**/*.md",
)


@pytest.fixture(params=[DENOMINATOR, *OTHERS], ids=lambda chosen: "+".join(chosen))
def denominator(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """Each denominator, as if `outcomes` said so."""
    monkeypatch.setattr(outcomes, "DENOMINATOR", request.param)
    return dict(request.param)


def anew(module: ModuleType) -> ModuleType:
    """The module as it would be imported now."""
    spec = importlib.util.find_spec(module.__name__)
    assert spec is not None and spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def terms(node: ast.expr) -> Iterator[ast.expr]:
    """The summands of a sum or difference, through calls on one, as `(a + b).gt(0)` and `a.add(b)` have; a
    call of `judged` is one."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
        yield from terms(node.left)
        yield from terms(node.right)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr != "judged":
        yield from terms(node.func.value)
        if node.func.attr in ("add", "sub"):
            yield from (part for argument in node.args for part in terms(argument))
    else:
        yield node


def column(node: ast.expr) -> str | None:
    """The one column that a summand names: `rows["n"]`, `rows.n`, or the sum `judged(rows)`."""
    found = {
        part.slice.value
        for part in ast.walk(node)
        if isinstance(part, ast.Subscript) and isinstance(part.slice, ast.Constant)
    } | {part.attr for part in ast.walk(node) if isinstance(part, ast.Attribute)}
    found |= {part.id for part in ast.walk(node) if isinstance(part, ast.Name) and part.id == "judged"}
    named = found & set().union(*PAIRS)
    return named.pop() if len(named) == 1 else None


def added(source: str) -> list[int]:
    """Lines in which both of a pair of PAIRS are added or subtracted, by Python; a variable stands for what
    was last assigned to it."""
    tree = ast.parse(source)
    known = {
        node.targets[0].id: name
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and not isinstance(node.value, ast.BinOp | ast.Compare)
        and (name := column(node.value))
    }
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.BinOp | ast.Call):
            parts = list(terms(node))
            names = {known.get(p.id) if isinstance(p, ast.Name) else column(p) for p in parts}
            if any(names >= pair for pair in PAIRS):
                found.add(node.lineno)
    return sorted(found)


def written(text: str) -> bool:
    """Whether SQL (a file, or a string of Python) adds them."""
    one = r"(?:\w+\.)?"
    pairs = [*itertools.permutations(sorted(VERDICTS)), *itertools.permutations(sorted(TESTED))]
    return any(re.search(rf"\b{a}\s*[-+]\s*{one}{b}\b", text) for a, b in pairs)


def strings(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def offending(path: Path) -> list[str]:
    name, text = path.relative_to(REPOSITORY).as_posix(), path.read_text(encoding="utf-8")
    if not any(all(column in text for column in pair) for pair in PAIRS):
        return []
    if path.suffix == ".sql":
        return [name] if written(text) else []
    lines = [f"{name}:{line}" for line in added(text)]
    return lines + [name for own in strings(text) if written(own)]


def test_no_module_adds_up_the_batches_with_a_verdict_or_the_denominator_by_itself():
    paths = [p for p in sorted(JOBS.rglob("*")) if p.suffix in (".py", ".sql") and p != PLACE]
    assert len(paths) > 500
    assert [place for path in paths for place in offending(path)] == []


def test_no_test_does_either():
    """Else a change of the denominator is a change of theirs: they call `judged`, and make rows by
    `all_judged`. Two tests are about such texts."""
    own = {"tests/unit/test_denominator.py", "tests/unit/test_definitions.py"}
    paths = sorted((REPOSITORY / "tests").rglob("*.py"))
    found = [place for path in paths for place in offending(path)]
    assert len(paths) > 500 and [place for place in found if place.partition(":")[0] not in own] == []


@pytest.mark.parametrize(
    "source",
    [
        'judged = rows["n_conforming"] + rows["n_nonconforming"]',
        'x = (outcome["n_nonconforming"] + outcome["n_conforming"]).gt(0)',
        'x = rows["n_nonconforming"].add(rows["n_conforming"])',
        'failed = o["n_nonconforming"].to_numpy(float)\nx = failed + o["n_conforming"].to_numpy() > 0',
        'n = row["n_tested"] - row["n_not_judged"]',
        "n = int(row.n_tested) - int(row.n_not_judged)",
        'x = judged(rows) + rows["n_exited_violation"]',
        'base = judged(row) + int(row["n_exited_violation"])',
        'n = outcomes.judged(rows)\nleft = rows["n_exited_violation"].to_numpy()\nbase = n + left',
    ],
)
def test_a_module_that_adds_them_is_seen(source: str):
    assert added(source)


@pytest.mark.parametrize(
    "source",
    [
        'x = rows["n_nonconforming"] + rows["n_exited_violation"]',
        'x = rows["n_tested"] - rows["n_conforming"]',
        'x = (judged(rows) > 0) | (rows["n_exited_violation"] > 0)',
    ],
)
def test_other_sums_are_not(source: str):
    assert added(source) == []


@pytest.mark.parametrize(
    "text", ["SELECT n_conforming + n_nonconforming", "r.n_tested - r.n_not_judged AS n"]
)
def test_so_is_a_text_of_sql(text: str):
    assert written(text) and not written("SELECT n_conforming, n_nonconforming")


def test_batches_that_were_all_judged_are_as_many_with_any_denominator(denominator: dict[str, int]):
    """Seven, of which two failed; their counts balance as those of any samples do."""
    found = all_judged(7, 2)
    assert judged(found) == violation_base(found) == 7
    assert tuple(found) == COUNTS and {*denominator} <= {*COUNTS}
    assert found["n_sampled"] == found["n_tested"] == found["n_conforming"] + found["n_nonconforming"] == 7
    assert found["n_nonconforming"] == 2 and all(name in judged_sql("r") for name in denominator)


def test_a_batch_that_left_for_a_violation_is_once_in_the_base_of_the_violation_rate(
    denominator: dict[str, int],
):
    """Eight that left raise the base by eight, whether the rate's own denominator holds them or not."""
    stayed = BATCHES | {"n_sampled": 32, "n_exited_violation": 0}
    assert violation_base(stayed) == judged(stayed)
    assert violation_base(BATCHES) == violation_base(stayed) + 8
    frame = pd.DataFrame([BATCHES, all_judged(7, 2)])
    assert violation_base(frame).tolist() == [violation_base(BATCHES), 7]


def test_a_page_hides_a_violation_rate_by_that_base(denominator: dict[str, int]):
    """Twenty judged and nine exits are 29, and would be 38 with exits counted twice."""
    one = all_judged(20, 2)
    one |= {"n_sampled": 29, "n_exited_violation": 9}
    assert violation(one | {"violation_rate": 11 / 29}).text == TOO_FEW


def test_lists_of_columns_name_each_once_with_any_denominator(denominator: dict[str, int]):
    lists: list[list[Any]] = [
        anew(failing_item)._ADDED,
        anew(asked).COMPARED["gold.detection_rate"],
        anew(revised_rates).FIGURES,
    ]
    for names in lists:
        assert {*denominator, "n_nonconforming"} <= {*names}
        twice = sorted(name for name in {*names} if names.count(name) > 1)
        assert not twice, f"{twice} stand beside *DENOMINATOR too: put them into its dict.fromkeys"


def test_failing_items_and_standards_show_their_rate_with_any_denominator(denominator: dict[str, int]):
    """40 batches were judged on each, two of which fail: 5%, not "none judged"; none fails: below a limit."""
    rate = {"rate": 0.05, "ci_low": 0.01, "ci_high": 0.17, "reliability": "C", "design": "targeted"}
    row = rate | {"n_judged": 40, "n_failed": 2, "rank": None, "edition": "A-1", "standard": "A"}
    items = pd.DataFrame([row | {"item_code": "i", "item_name": "铅"}])
    assert failing._figure(row).text.en == standards._failure(row, items)["text"].en == "5.0%"
    none = row | {"n_failed": 0, "rate": 0.0, "ci_low": None, "ci_high": 0.09}
    assert failing._figure(none).text.en == "below 9.0%"


def test_a_verdict_is_a_finding_either_way():
    """One conforms, one does not, one was not judged, one left."""
    rows = pd.DataFrame({"n_conforming": [1, 0, 0, 0], "n_nonconforming": [0, 1, 0, 0]})
    assert has_verdict(rows).tolist() == [True, True, False, False]


@pytest.mark.slow
@pytest.mark.parametrize("other", OTHERS, ids="+".join)
def test_another_denominator_changes_one_golden_case(other: dict[str, int]):
    """The case that shows it; none where the other says the same in other counts."""
    options = [
        "-n",
        "0",
        "-p",
        "no:cacheprovider",
        "--tb=no",
        "-rf",
        "-m",
        "not slow",
        "tests/golden",
        "-k",
        "gold.",
    ]
    run = subprocess.run(
        [sys.executable, "-c", GOLDEN_WITH, json.dumps(other), *options],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    # Where CI is set, pytest writes the whole message behind the name, and that holds brackets too.
    failed = re.findall(r"^(?:FAILED|ERROR) [^\[]*\[([^\]]*)\]", run.stdout, flags=re.MULTILINE)
    same = all(judged(kind) == sum(sign * kind[name] for name, sign in other.items()) for kind in KINDS)
    shown = "gold.detection_rate/batches_count_in_the_rate_as_the_definition_says"
    assert (run.returncode, failed) == ((0, []) if same else (1, [shown])), run.stdout[-2000:] + run.stderr


def test_the_meaning_of_the_rate_says_the_denominator_once():
    contract = load_catalog().contracts["gold.detection_rate"]
    in_chinese = judged_sql().replace("-", "−")
    for column in contract.columns:
        in_chinese = re.sub(rf"\b{column.name}\b", column.name_zh, in_chinese)
    said = [(c.name, c.description_zh, c.description_en) for c in contract.columns]
    said.append(("", contract.description_zh, contract.description_en))
    found = [(name, zh.count(in_chinese), en.count(judged_sql())) for name, zh, en in said]
    assert [f for f in found if any(f[1:])] == [("rate", 1, 1)], f"rate says {in_chinese} | {judged_sql()}"


def test_only_one_contract_says_which_batches_it_leaves_out():
    allowed = {"schemas/gold/detection_rate.odcs.yaml"}
    paths = {path for pattern in TEXTS for path in REPOSITORY.glob(pattern)}
    found = {
        path.relative_to(REPOSITORY).as_posix()
        for path in paths
        if SAYS_WHICH.search(path.read_text(encoding="utf-8"))
    }
    assert len(paths) > 400 and found <= allowed
    assert SAYS_WHICH.search("batches that left are not in the denominator")
