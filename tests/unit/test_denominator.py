"""The denominator of the rate is said in one place: no other module adds the counts of verdicts up by itself
(CONTRIBUTING.md, "Change a definition")."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from jobs.environment import REPOSITORY
from jobs.marts.sampling.outcomes import COUNTS, DENOMINATOR, all_judged, has_verdict, judged, judged_sql

JOBS = REPOSITORY / "jobs"
PLACE = JOBS / "marts" / "sampling" / "outcomes.py"
VERDICTS = {"n_conforming", "n_nonconforming"}
TESTED = {"n_tested", "n_not_judged"}


def terms(node: ast.expr) -> Iterator[ast.expr]:
    """The summands of a sum or difference, through calls on one, as `(a + b).gt(0)` and `a.add(b)` have."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
        yield from terms(node.left)
        yield from terms(node.right)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        yield from terms(node.func.value)
        if node.func.attr in ("add", "sub"):
            yield from (part for argument in node.args for part in terms(argument))
    else:
        yield node


def column(node: ast.expr) -> str | None:
    """The one column that a summand names: `rows["n"]`, `rows.n`."""
    found = {
        part.slice.value
        for part in ast.walk(node)
        if isinstance(part, ast.Subscript) and isinstance(part.slice, ast.Constant)
    } | {part.attr for part in ast.walk(node) if isinstance(part, ast.Attribute)}
    named = found & (VERDICTS | TESTED)
    return named.pop() if len(named) == 1 else None


def added(source: str) -> list[int]:
    """Lines in which the columns of VERDICTS, or of TESTED, are added or subtracted, by Python; a variable
    stands for the column that was last assigned to it."""
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
            if names >= VERDICTS or names >= TESTED:
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
    if not any(all(column in text for column in pair) for pair in (VERDICTS, TESTED)):
        return []
    if path.suffix == ".sql":
        return [name] if written(text) else []
    lines = [f"{name}:{line}" for line in added(text)]
    return lines + [name for own in strings(text) if written(own)]


def test_no_module_adds_up_the_batches_with_a_verdict_or_the_denominator_by_itself():
    paths = [p for p in sorted(JOBS.rglob("*")) if p.suffix in (".py", ".sql") and p != PLACE]
    assert len(paths) > 500
    assert [place for path in paths for place in offending(path)] == []


@pytest.mark.parametrize(
    "source",
    [
        'judged = rows["n_conforming"] + rows["n_nonconforming"]',
        'x = (outcome["n_nonconforming"] + outcome["n_conforming"]).gt(0)',
        'x = rows["n_nonconforming"].add(rows["n_conforming"])',
        'failed = o["n_nonconforming"].to_numpy(float)\nx = failed + o["n_conforming"].to_numpy() > 0',
        'n = row["n_tested"] - row["n_not_judged"]',
        "n = int(row.n_tested) - int(row.n_not_judged)",
    ],
)
def test_a_module_that_adds_them_is_seen(source: str):
    assert added(source)


@pytest.mark.parametrize(
    "source",
    [
        'x = rows["n_nonconforming"] + rows["n_exited_violation"]',
        'x = judged(rows) + rows["n_exited_violation"]',
        'x = rows["n_tested"] - rows["n_conforming"]',
    ],
)
def test_other_sums_are_not(source: str):
    assert added(source) == []


@pytest.mark.parametrize(
    "text", ["SELECT n_conforming + n_nonconforming", "r.n_tested - r.n_not_judged AS n"]
)
def test_so_is_a_text_of_sql(text: str):
    assert written(text) and not written("SELECT n_conforming, n_nonconforming")


def test_batches_that_were_all_judged_are_as_many_with_any_denominator():
    assert judged(all_judged(7)) == 7
    assert set(all_judged(7)) >= {*DENOMINATOR} and {*DENOMINATOR} <= {*COUNTS}
    assert all(name in judged_sql("r") for name in DENOMINATOR)


def test_a_verdict_is_a_finding_either_way():
    """One conforms, one does not, one was not judged, one left."""
    rows = pd.DataFrame({"n_conforming": [1, 0, 0, 0], "n_nonconforming": [0, 1, 0, 0]})
    assert has_verdict(rows).tolist() == [True, True, False, False]
