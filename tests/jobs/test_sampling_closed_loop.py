"""What became of findings: units add up, re-inspection takes a finding away, steps count for themselves."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace

import pandas as pd
from procedures import LATER, reported, tables
from sampling_frames import REGION, frames

from jobs.marts.overview.unit_items import of_loop
from jobs.marts.sampling import closed_loop, sampling_lifecycle
from jobs.period import Period
from jobs.reports.pages.loop import closed_loop as loop_of

NOTIFIED = (
    "ordered 2026-03-01, received 2026-03-02, result_issued 2026-03-04 lab_id=L1, result_notified 2026-03-05"
)


def loop(
    samples: list[dict], histories: dict[str, str], conclusions: list[dict] | None = None
) -> pd.DataFrame:
    failing = [{"sample_id": s["sample_id"], "stage": "first", "outcome": "nonconforming"} for s in samples]
    events = [
        e | {"event_id": f"{name}-{e['event_id']}"}
        for name, history in histories.items()
        for e in reported(history, name)
    ]
    given = tables(
        sample=[{"plan_id": "p"} | s for s in samples],
        sampling_event=events,
        conclusion=failing + (conclusions or []),
    )
    life = sampling_lifecycle.build(**given, period=Period(LATER))
    others = frames({"region": REGION}, ("region", "platform_control"))
    return closed_loop.build(sampling_lifecycle=life, **others, period=Period(LATER))


def cells(found: pd.DataFrame, dimension: str, second: str = "") -> pd.DataFrame:
    chosen = (
        (found["period_type"] == "all")
        & (found["dimension_type"] == dimension)
        & (found["dimension2_type"] == second)
    )
    return found[chosen]


def test_platforms_provinces_and_their_pairs_each_add_up_to_the_nation():
    places = [("P1", "330106"), ("P1", "330990"), ("P2", "330100"), ("P2", None), (None, "999901")]
    samples = [
        {"sample_id": f"s{i}", "platform_code": p, "seller_region_code": r} for i, (p, r) in enumerate(places)
    ]
    found = loop(
        samples, {f"s{i}": NOTIFIED + (", taken_down 2026-03-08" if i % 2 else "") for i in range(5)}
    )
    nation = cells(found, "nation")[closed_loop.COUNTS].sum()
    assert (nation["n_findings"], nation["n_taken_down"]) == (5, 2)
    for dimension, second in (("platform", ""), ("region", ""), ("platform", "region")):
        pd.testing.assert_series_equal(cells(found, dimension, second)[closed_loop.COUNTS].sum(), nation)
    assert cells(found, "platform", "region")[["dimension_code", "dimension2_code"]].to_numpy().tolist() == [
        ["P1", "330000"], ["P2", "330000"], ["P2", "unknown"], ["unknown", "999901"],
    ]  # fmt: skip


def test_a_failure_that_the_reinspection_overturned_is_no_finding():
    again = f"{NOTIFIED}, reinspection_requested 2026-03-10, reinspection_issued 2026-03-20 lab_id=L2"
    overturned = [{"sample_id": "s", "stage": "reinspection", "outcome": "conforming"}]
    assert len(loop([{"sample_id": "s"}], {"s": again})) > 0
    assert loop([{"sample_id": "s"}], {"s": again}, overturned).empty


def test_a_step_counts_though_one_before_it_is_not_told_of():
    found = cells(loop([{"sample_id": "s"}], {"s": f"{NOTIFIED}, taken_down 2026-03-08"}), "nation").iloc[0]
    assert (found["n_takedown_ordered"], found["n_taken_down"], found["n_closed"]) == (0, 1, 0)
    assert found["period_start"] == date(1900, 1, 1)


def test_a_batch_that_no_platform_sells_closes_without_a_takedown():
    done = (
        f"{NOTIFIED}, rectification_ordered 2026-03-06, rectified 2026-03-20, recheck_organised 2026-03-25, "
        "recheck_passed 2026-03-28, published 2026-04-01"
    )
    for channel, closed in (("online", 0), ("shop", 1), ("production", 1)):
        found = cells(loop([{"sample_id": "s", "channel": channel}], {"s": done}), "nation").iloc[0]
        assert (channel, found["n_taken_down"], found["n_closed"]) == (channel, 0, closed)
        assert (found["n_findings"], found["n_on_platforms"]) == (1, 1 - closed)


def test_the_share_taken_down_is_of_the_batches_that_a_platform_sells():
    """40 findings, 10 of which were bought in shops; of the others 15 were taken down."""
    samples = [{"sample_id": f"s{i}", "channel": "shop" if i < 10 else "online"} for i in range(40)]
    down = {f"s{i}": NOTIFIED + (", taken_down 2026-03-08" if i >= 25 else "") for i in range(40)}
    rows = loop(samples, down)
    found = of_loop(rows[rows["period_type"] == "year"], "nation").set_index("item")
    assert found.loc["taken_down_share", ["n", "n_events", "value"]].tolist() == [30, 15, 0.5]
    assert found.loc["closed_share", "n"] == 40
    known = SimpleNamespace(rows=lambda table, dimension, code: cells(rows, "nation"))
    steps = {step.code: step.share for step in loop_of(known, "nation", "CN").steps}
    assert (steps["n_taken_down"], steps["n_notified"]) == ("50.0%", "100.0%")


def found_on(day: date, **more: object) -> pd.Series:
    """The counts, as of a day, of a failure that its platform acknowledged on 8 March."""
    row = {"sample_id": "s", "outcome": "nonconforming", "closed": False, "n_overdue": 0} | more
    life = pd.DataFrame([row], columns=closed_loop.READS["sampling_lifecycle"])
    control = {"sample_id": "s", "kind": "acknowledgement", "happened_on": date(2026, 3, 8)}
    return closed_loop.findings(life, pd.DataFrame([control]), day).iloc[0]


def test_an_acknowledgement_counts_from_its_own_day_on():
    counted = [found_on(date(2026, 3, day))["n_acknowledged"] for day in (7, 8, 9)]
    assert counted == [0, 1, 1]


def test_one_deadline_that_is_overdue_makes_a_finding_overdue():
    assert [found_on(LATER, n_overdue=number)["n_overdue"] for number in (0, 1, 2)] == [0, 1, 1]
