"""What a night plans and why, from the facts alone (jobs.night.plan)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from jobs.lake.night import Named
from jobs.night.facts import QUARANTINE
from jobs.night.identity import Fingerprint
from jobs.night.plan import BUILD, SKIP, Step, plan

MADE = Fingerprint("code", "contract", "expectations", "day", "inputs")
INPUTS = {
    "silver.sample": (),
    "gold.count": ("silver.sample",),
    "gold.rank": ("gold.count",),
    "gold.other": (),
    "gold.joined": ("silver.sample", "gold.other"),
}


def contract(table: str) -> Any:
    tier, name = table.split(".")
    return SimpleNamespace(
        id=table, name=name, conformed=tier == "silver", by_month=False, engine="sql", partition_by=(),
        inputs=(), streamed=("silver.sample",) if table == "gold.joined" else (),
    )  # fmt: skip


def named(table: str, *, version: int | None = 3, state: str = "fresh", made: str = str(MADE)) -> Named:
    read = dict.fromkeys(INPUTS[table], 3)
    return Named(table, version, state, "passed", made, inputs=json.dumps({"versions": read}))


def facts(
    *changed: Named,
    made_now: Mapping[str, Fingerprint] | None = None,
    versions: Mapping[str, int] | None = None,
    **more: Any,
) -> Any:
    """A night after which nothing has changed but what is given."""
    before = {t: named(t) for t in INPUTS} | {n.table: n for n in changed}
    stands = {"full_refresh": False, "quarantine_stale": False, "bronze_changed": lambda contract: False}
    return SimpleNamespace(
        contract=contract,
        inputs=lambda table: list(INPUTS[table]),
        previous=SimpleNamespace(named=before),
        versions=lambda contract, _: {i: (versions or {}).get(i, 3) for i in INPUTS[contract.id]},
        fingerprint=lambda contract, _: (made_now or {}).get(contract.id, MADE),
        built_before=lambda contract, _: {},
        units={"sample": SimpleNamespace(landed={"loaded": SimpleNamespace(sum=lambda: 7)})},
        **stands | more,
    )


def planned(facts: Any) -> dict[str, Step]:
    steps = plan(
        facts,
        [*INPUTS, QUARANTINE],
        rows_of=lambda table, version: 10 * version,
        chosen=lambda rows: f"{rows} rows",
    )
    assert [s.table for s in steps] == list(INPUTS), "the order of the graph, without the quarantine"
    return {s.table: s for s in steps}


def reasons(facts: Any) -> dict[str, str]:
    return {table: step.why for table, step in planned(facts).items() if step.action == BUILD}


def test_a_night_after_which_nothing_has_changed_builds_nothing():
    steps = planned(facts())
    assert {(s.action, s.engine, s.why, s.rows) for s in steps.values()} == {(SKIP, "", "unchanged", 0)}


OTHER = {
    part: replace(MADE, **{part: "other"}) for part in ("code", "contract", "expectations", "day", "inputs")
}


@pytest.mark.parametrize(("part", "why"), [
    ("code", "code changed"), ("contract", "contract changed"), ("expectations", "expectations changed"),
    ("day", "new day"),
])  # fmt: skip
def test_a_table_made_by_something_else_is_built_and_what_reads_it(part: str, why: str):
    assert reasons(facts(made_now={"gold.count": OTHER[part]})) == {
        "gold.count": why,
        "gold.rank": "built anew: gold.count",
    }


def test_an_input_with_another_version_is_named():
    now = facts(made_now={"gold.count": OTHER["inputs"]}, versions={"silver.sample": 4})
    assert reasons(now)["gold.count"] == "changed since: silver.sample"


def test_new_files_are_said_once_and_a_file_that_only_became_or_ceased_to_count_is_another_edition():
    edited = {"silver.sample": OTHER["inputs"]}
    assert (
        reasons(facts(made_now=edited, bronze_changed=lambda c: c.conformed))["silver.sample"] == "new files"
    )
    assert reasons(facts(made_now=edited))["silver.sample"] == "other editions of its files"


@pytest.mark.parametrize(("before", "why"), [
    (named("gold.other", version=None, state="absent"), "not built yet"),
    (named("gold.other", state="stale"), "stale since the last night"),
    (named("gold.other", made="of:another:kind"), "fingerprint of another kind"),
])  # fmt: skip
def test_what_the_last_night_left_undone_is_built(before: Named, why: str):
    found = reasons(facts(before))
    assert found == {"gold.other": why, "gold.joined": "built anew: gold.other"}


def test_a_lost_quarantine_has_all_of_silver_judged_again_and_a_full_refresh_builds_everything():
    assert reasons(facts(quarantine_stale=True))["silver.sample"] == f"{QUARANTINE} is stale"
    assert reasons(facts(full_refresh=True)) == dict.fromkeys(INPUTS, "full refresh")


def test_the_engine_is_chosen_by_the_rows_of_landed_files_and_of_the_largest_input_that_is_not_streamed():
    steps = planned(facts(full_refresh=True, versions={"gold.other": 2}))
    assert {t: (s.engine, s.rows) for t, s in steps.items()} == {
        "silver.sample": ("7 rows", 7),
        "gold.count": ("30 rows", 30),
        "gold.rank": ("30 rows", 30),
        "gold.other": ("0 rows", 0),
        "gold.joined": ("20 rows", 50),
    }
