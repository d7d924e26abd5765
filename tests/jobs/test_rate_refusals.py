"""A re-inspection that the procedure refuses decides neither the lifecycle nor the published rate, whichever
records name it (definitions.md#final)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from procedures import LATER, procedure_of, tables
from sampling_frames import RATE_INPUTS, frames

from jobs.marts.sampling import detection_rate
from jobs.period import Period

# The window to ask after a notice on 10 March 2026 ends on Wednesday the 25th.
NOTICE = (
    "ordered 2026-03-01, received 2026-03-03, tested 2026-03-05, result_issued 2026-03-06 lab_id=L1, "
    "result_notified 2026-03-10"
)
ASKED = f"{NOTICE}, objected 2026-03-11, reinspection_requested 2026-03-12"
FIRST = {"sample_id": "s", "stage": "first", "outcome": "nonconforming", "issued_on": date(2026, 3, 6)}


def paper(day: date, lab: str) -> dict[str, Any]:
    return {
        "sample_id": "s", "stage": "reinspection", "outcome": "conforming", "issued_on": day, "lab_id": lab
    }  # fmt: skip


def published(history: str, day: date, lab: str, *filed: dict[str, Any]) -> tuple[str, int]:
    """The outcome of the lifecycle and the failures of the nation's rate, of one sample that failed and whose
    re-inspection of ``day`` in ``lab`` found it conforming; ``filed``: rows of silver.reinspection."""
    conclusion = [FIRST | {"lab_id": "L1"}, paper(day, lab)]
    given = tables(history, conclusion=conclusion, reinspection=list(filed))
    of_procedure = procedure_of(given, LATER)
    sample = [{"sample_id": "s", "plan_id": "p", "platform_code": "P1"}]
    of_rate = frames({"conclusion": conclusion, "sample": sample}, RATE_INPUTS)
    stands = {"standing_conclusion": of_procedure["standing_conclusion"]}
    table = detection_rate.build(**of_rate | stands, period=Period(LATER))
    nation = table.query("dimension_type == 'nation' and period_type == 'all' and design == 'targeted'")
    return of_procedure["sampling_lifecycle"]["outcome"].item(), int(nation["n_nonconforming"].item())


def filed(asked: str, day: date, lab: str, outcome: str = "conforming") -> dict[str, Any]:
    return {
        "reinspection_id": f"r{day:%m%d}", "sample_id": "s", "requested_on": date.fromisoformat(asked),
        "lab_id": lab, "issued_on": day, "outcome": outcome,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("history", "day", "lab", "rows"),
    [
        # In the laboratory of the first test: by its event, and by the record alone.
        (f"{ASKED}, reinspection_issued 2026-03-20 lab_id=L1", date(2026, 3, 20), "L1", []),
        (ASKED, date(2026, 3, 20), "L1", [filed("2026-03-12", date(2026, 3, 20), "L1")]),
        # Asked for a day after the window: by both events, by the record's request, by an objection.
        (
            f"{NOTICE}, reinspection_requested 2026-03-26, reinspection_issued 2026-04-02 lab_id=L2",
            date(2026, 4, 2), "L2", [],
        ),
        (NOTICE, date(2026, 4, 2), "L2", [filed("2026-03-26", date(2026, 4, 2), "L2")]),
        (
            f"{NOTICE}, objected 2026-03-26, reinspection_issued 2026-04-02 lab_id=L2",
            date(2026, 4, 2), "L2", [],
        ),
        # A second one, after a first that upheld the failure, or whose outcome is not known.
        (
            f"{ASKED}, reinspection_issued 2026-03-20 lab_id=L2, reinspection_issued 2026-03-24 lab_id=L3",
            date(2026, 3, 24), "L3", [filed("2026-03-12", date(2026, 3, 20), "L2", "nonconforming")],
        ),
        (
            f"{ASKED}, reinspection_issued 2026-03-20 lab_id=L2, reinspection_issued 2026-03-24 lab_id=L3",
            date(2026, 3, 24), "L3", [],
        ),
        # After the result was called final.
        (
            f"{NOTICE}, finalised 2026-03-27, reinspection_issued 2026-04-04 lab_id=L3",
            date(2026, 4, 4), "L3", [],
        ),
    ],
)  # fmt: skip
def test_a_refused_reinspection_leaves_the_failure_in_lifecycle_and_rate(history, day, lab, rows):
    assert published(history, day, lab, *rows) == ("nonconforming", 1)


@pytest.mark.parametrize(
    ("history", "rows"),
    [
        (f"{ASKED}, reinspection_issued 2026-03-20 lab_id=L2", []),
        (NOTICE, [filed("2026-03-25", date(2026, 3, 20), "L2")]),  # on the last day
        (NOTICE, []),  # no record says when it was asked for
        # A second objection that comes too late takes nothing from a request in time.
        (f"{ASKED}, objected 2026-03-26, reinspection_issued 2026-03-28 lab_id=L2", []),
    ],
)
def test_an_allowed_reinspection_overturns_it_in_both(history, rows):
    day = date(2026, 3, 28) if "03-28" in history else date(2026, 3, 20)
    assert published(history, day, "L2", *rows) == ("conforming", 0)
