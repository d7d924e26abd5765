"""The tables that publish how many batches were tested, failed and were not judged publish the same batches,
also where an objection is undecided (definitions.md#counts): the rate, the ledger, the bulletin, the life of
each sample, the batches of hotspots. They take them from `outcomes()`, and no other module changes these."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from datetime import date

import pandas as pd
import pytest
from procedures import INPUTS, procedure_of, reference
from sampling_frames import CONTRACTS, LEDGER_INPUTS, RATE_INPUTS, country, frames

from jobs.environment import REPOSITORY
from jobs.marts.sampling import bulletin, detection_rate, sampling_ledger
from jobs.marts.sampling.objection_windows import UNDECIDED
from jobs.marts.sampling.outcomes import COUNTS
from jobs.marts.tracing import source_hotspot
from jobs.period import Period

AS_OF = date(2026, 6, 30)
ISSUED = date(2026, 3, 6)
OF_BULLETIN = tuple(t.split(".")[1] for t in CONTRACTS["gold.bulletin"].inputs if t.startswith("silver."))
OF_HOTSPOT = ("counterfeit_report",)
VERDICTS = {"n_conforming": "conforming", "n_nonconforming": "nonconforming", "n_not_judged": "not_judged"}
# What became of the objection to a batch; None: it is undecided.
DECISIONS = (None, "upheld", "rejected", "overturned")
PLACE = REPOSITORY / "jobs" / "marts" / "sampling" / "outcomes.py"


@pytest.fixture(scope="module")
def silver() -> dict[str, pd.DataFrame]:
    """A country in which there is an objection to every other batch, of every kind and decision."""
    rows = country(seed=5, size=160)
    concluded = [r | {"issued_on": ISSUED} for r in rows.pop("standing_conclusion")]
    tested = sorted({r["sample_id"] for r in concluded})[::2]
    contested = [
        {
            "objection_id": f"o-{sample}",
            "sample_id": sample,
            "filed_on": date(2026, 3, 12),
            "kind": ("procedure", "result", "authenticity")[n % 3],
            "party": "producer",
            "decision": DECISIONS[n % 4],
            "decided_on": date(2026, 3, 20) if DECISIONS[n % 4] else None,
        }
        for n, sample in enumerate(tested)
    ]
    rows |= {
        "conclusion": concluded,
        "objection": contested,
        "sampling_event_type": reference("sampling_event_type"),
        "statutory_timer": reference("statutory_timer"),
    }
    return frames(rows, tuple({*INPUTS, *RATE_INPUTS, *LEDGER_INPUTS, *OF_BULLETIN, *OF_HOTSPOT}))


@pytest.fixture(scope="module")
def gold(silver: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    return procedure_of(silver, AS_OF)


@pytest.fixture(scope="module")
def of_periods(silver: dict[str, pd.DataFrame], gold: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """The rows of all designs."""
    given = {name: silver.get(name) for name in RATE_INPUTS} | {
        "standing_conclusion": gold["standing_conclusion"]
    }
    rows = detection_rate.build(**given, period=Period(AS_OF))
    return rows.query("design == 'all'")


@pytest.fixture(scope="module")
def rate(of_periods: pd.DataFrame) -> pd.DataFrame:
    """Those of all time."""
    return of_periods.query("period_type == 'all'")


@pytest.fixture(scope="module")
def nation(rate: pd.DataFrame) -> dict[str, int]:
    one = rate.query("dimension_type == 'nation'")
    found = {name: int(one[name].item()) for name in COUNTS}
    assert min(found[name] for name in ("n_tested", *VERDICTS)) > 5  # there is something to compare
    return found


@pytest.fixture(scope="module")
def ledger(silver: dict[str, pd.DataFrame], gold: dict[str, pd.DataFrame]) -> pd.DataFrame:
    given = {name: silver.get(name) for name in LEDGER_INPUTS} | {
        "standing_conclusion": gold["standing_conclusion"]
    }
    return sampling_ledger.build(**given, period=Period(AS_OF))


def test_the_ledger_counts_the_batches_of_the_rate(ledger, rate, nation):
    assert ledger["balanced"].all()
    own = ledger.query("period_type == 'all' and dimension_type == 'plan'").set_index("dimension_code")
    names = [name for name in COUNTS if name in own]
    assert {"n_tested", "n_not_judged", "n_nonconforming"} <= {*names}
    assert {name: int(own[name].sum()) for name in names} == {name: nation[name] for name in names}
    plans = rate.query("dimension_type == 'plan'").set_index("dimension_code")
    pd.testing.assert_frame_equal(
        own[names].sort_index(), plans[names].sort_index(), check_names=False, check_dtype=False
    )


def test_the_ledger_counts_a_batch_in_the_periods_of_the_rate(ledger, of_periods):
    key = ["period_type", "period_start", "dimension_type", "dimension_code"]
    names = [name for name in COUNTS if name in ledger]
    whole = of_periods.query("dimension2_type == '' and dimension_type in ['platform', 'category']")
    both = ledger.merge(whole, on=key, suffixes=("", "_of_rate"), validate="1:1")
    assert set(both["period_type"]) >= {"month", "quarter", "year"} and len(both) > 50
    for name in names:
        assert both[name].eq(both[f"{name}_of_rate"]).all(), name


def test_an_objection_that_is_not_decided_keeps_the_rate_provisional(silver, rate):
    """No matter what such a batch counts as until then."""
    assert (silver["objection"]["filed_on"].notna() & silver["objection"]["decided_on"].isna()).any()
    assert rate.query("dimension_type == 'nation'")["provisional_until"].item() == UNDECIDED


def test_the_bulletin_lists_the_batches_of_the_rate(silver, gold, nation):
    given = {name: silver[name] for name in OF_BULLETIN}
    found = bulletin.build(**gold, **given, period=Period(AS_OF))["final_outcome"]
    assert int(found.notna().sum()) == nation["n_tested"]
    assert {name: int((found == verdict).sum()) for name, verdict in VERDICTS.items()} == {
        name: nation[name] for name in VERDICTS
    }


def test_the_lives_of_samples_end_as_the_rate_counts_them(gold, nation):
    found = gold["sampling_lifecycle"]["outcome"]
    assert int(found.notna().sum()) == nation["n_tested"]
    assert {name: int((found == verdict).sum()) for name, verdict in VERDICTS.items()} == {
        name: nation[name] for name in VERDICTS
    }


def test_hotspots_are_of_the_batches_with_a_verdict_in_the_rate(silver, gold, nation):
    found = source_hotspot.judged(
        silver["sample"],
        gold["standing_conclusion"],
        silver["sampling_plan"],
        silver["counterfeit_report"],
        silver["objection"],
    )
    assert int(found["failed"].sum()) == nation["n_nonconforming"]
    assert int((~found["failed"]).sum()) == nation["n_conforming"]


def changed(source: str) -> list[int]:
    """Lines in which a module changes what `outcomes()` returned: it gives the name another value, or assigns
    to one of its counts. n_serious is none of them: `serious` computes it, and its column is added."""
    found = []
    for function in ast.walk(ast.parse(source)):
        if isinstance(function, ast.FunctionDef):
            names = {name for name, value, _ in bound(function) if calls_outcomes(value)}
            found += [
                line for name, value, line in bound(function) if name in names and not calls_outcomes(value)
            ]
            found += [node.lineno for node in ast.walk(function) if sets_a_count(node, names)]
    return sorted({*found})


def bound(function: ast.AST) -> Iterator[tuple[str, ast.expr, int]]:
    """Each value that a variable is given, in order; of `a, b = x, y` both."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                pairs = [(target, node.value)]
                if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                    pairs = list(zip(target.elts, node.value.elts, strict=False))  # of `a, *b` the first
                yield from ((t.id, value, node.lineno) for t, value in pairs if isinstance(t, ast.Name))


def calls_outcomes(value: ast.expr) -> bool:
    return isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "outcomes"


def sets_a_count(node: ast.AST, names: set[str]) -> bool:
    """`outcome["n_tested"] = …`, `outcome.loc[…, "n_tested"] = …`, `outcome.assign(n_tested=…)`."""
    counts = {*COUNTS} - {"n_serious"}
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "assign":
        of = {part.id for part in ast.walk(node.func.value) if isinstance(part, ast.Name)}
        return bool(of & names) and any(word.arg in counts for word in node.keywords)
    targets = (
        node.targets
        if isinstance(node, ast.Assign)
        else [node.target]
        if isinstance(node, ast.AugAssign)
        else []
    )
    return any(
        isinstance(target, ast.Subscript)
        and any(isinstance(p, ast.Name) and p.id in names for p in ast.walk(target.value))
        and any(isinstance(p, ast.Constant) and p.value in counts for p in ast.walk(target.slice))
        for target in targets
    )


def test_no_module_changes_the_counts_that_outcomes_returned():
    paths = [path for path in sorted((REPOSITORY / "jobs").rglob("*.py")) if path != PLACE]
    texts = {path: path.read_text(encoding="utf-8") for path in paths}
    callers = {path: text for path, text in texts.items() if "outcomes(" in text}
    assert len(callers) > 10
    assert [f"{p.name}:{line}" for p, text in callers.items() for line in changed(text)] == []


@pytest.mark.parametrize(
    "line",
    [
        "o = suspended(o, contested)",
        "o = o.assign(n_not_judged=1)",
        "x = o.loc[rows].assign(n_tested=0)",
        'o["n_not_judged"] = 1',
        'o.loc[contested, ["n_conforming", "n_nonconforming"]] = 0',
        'o["n_tested"] -= 1',
    ],
)
def test_a_module_that_changes_them_is_seen(line: str):
    assert changed(f"def f(sample, stands):\n    o, w = outcomes(sample, stands), 1\n    {line}\n") == [3]


@pytest.mark.parametrize("line", ['o["n_serious"] = 1', 'x = o["n_tested"] - 1', "o = outcomes(b, c)"])
def test_what_leaves_them_as_they_are_is_not(line: str):
    assert changed(f"def f(sample, stands):\n    o = outcomes(sample, stands)\n    {line}\n") == []
