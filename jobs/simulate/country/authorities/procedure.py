"""What follows a laboratory's result: notification, takedown, objection and re-inspection, rectification and
recheck, case, publication.

There is one row per sample with the day of each step (NaT: it never happens); events are made from that.
Parties are in time or late by a margin, so that no holiday decides it. ``quarter`` is the first month of a
quarter as text, such as 202601.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from jobs.arrays import NOTHING
from jobs.simulate.country.authorities.days import NEVER, after, at, working_days_after
from jobs.simulate.country.authorities.goods import Market, objects
from jobs.simulate.country.streams import stream
from jobs.simulate.country.texts import picked

OBJECTS, WRONGED, ACCEPTED = (
    0.14,
    0.7,
    0.92,
)  # who objects, if the goods really fail and if they do not; requests that are accepted
KINDS, SHARES = ["result", "authenticity", "procedure"], [70, 20, 10]
INFORMED = 0.6  # of samples without a failure: their notification is reported as an event
# The steps in the order of their numbers, with the hours of the day at which they happen.
STEPS = {
    "tested": (8, 11),
    "result_issued": (11, 13),
    "result_notified": (14, 17),
    "notified_by_announcement": (14, 17),
    "objected": (9, 11),
    "reinspection_requested": (11, 13),
    "reinspection_issued": (9, 12),
    "objection_rejected": (14, 16),
    "objection_upheld": (14, 16),
    "objection_overturned": (14, 16),
    "finalised": (16, 18),
    "takedown_ordered": (9, 11),
    "taken_down": (12, 20),
    "stop_sale": (9, 17),
    "rectification_ordered": (9, 11),
    "rectified": (9, 11),
    "recheck_organised": (13, 17),
    "recheck_passed": (9, 17),
    "recheck_failed": (9, 17),
    "recheck_failure_announced": (9, 17),
    "second_recheck_organised": (9, 17),
    "enforcement_opened": (9, 12),
    "enforcement_closed": (13, 17),
    "published": (9, 17),
}


def procedure(market: Market, bought: pd.DataFrame, quarter: str) -> pd.DataFrame:
    """Return the steps of all samples that were tested, one row per sample: the columns of ``bought``, a
    column of days for each of STEPS, `objection` (kind of KINDS, None: none), `overturned` (bool),
    `again_lab` and `recheck_lab` (rows of World.labs).

    ``bought``: of `samples.with_tests`, of which rows without an outcome are left out. ``quarter``: its first
    month as text, such as 202601."""
    rows = bought[bought.outcome.notna()].reset_index(drop=True)
    rng, size = stream(market.world.seed, "procedure", quarter), len(rows)
    draw = _Draw(rng, size)
    failing, online = (rows.outcome == "nonconforming").to_numpy(), ~rows.offline.to_numpy()
    issued = rows.issued_on.to_numpy("datetime64[D]")
    notified = working_days_after(issued, np.where(draw.some(0.05), draw.days(9, 16), draw.days(1, 4)))
    announced = failing & draw.some(0.04)
    informed = failing | draw.some(INFORMED)
    steps = {
        "tested": _if(failing, rows.tested_on.to_numpy("datetime64[D]")),
        "result_issued": _if(failing, issued),
    }
    steps["result_notified"], steps["notified_by_announcement"] = (
        _if(informed & ~announced, notified),
        _if(announced, notified),
    )
    final, overturned, objection = _objections(rows, failing, notified, draw, steps, market)
    # Goods of which an objection to the sampling was upheld are no evidence: nothing follows from the result.
    revoked = ~np.isnat(steps["objection_upheld"]) & (objection == "procedure")
    liable = failing & ~overturned & ~revoked
    began = np.where(pd.isna(objection), notified, final)
    ordered = _if(failing & online, after(notified, draw.days(1, 4)))
    steps["takedown_ordered"] = ordered
    steps["taken_down"] = _if(
        draw.some(0.94), after(ordered, np.where(draw.some(0.06), draw.days(12, 30), draw.days(1, 4)))
    )
    steps["stop_sale"] = _if(liable & draw.some(0.7), after(began, draw.days(1, 4)))
    _rectification(liable, began, draw, steps)
    opened = _if(liable & draw.some(0.5), after(began, draw.days(3, 10)))
    steps["enforcement_opened"], steps["enforcement_closed"] = (
        opened,
        _if(draw.some(0.85), after(opened, draw.days(20, 80))),
    )
    steps["published"] = _if(failing & draw.some(0.92) & ~revoked, after(final, draw.days(5, 25)))
    able = (rng.random((size, len(market.world.labs)))).argmax(axis=1)
    return rows.assign(
        **steps, objection=objection, overturned=overturned, again_lab=rows.second_lab, recheck_lab=able
    )


class _Draw:
    """Chances and numbers of days, one a row."""

    def __init__(self, rng: np.random.Generator, size: int):
        self.rng, self.size = rng, size

    def some(self, share: float | np.ndarray) -> np.ndarray:
        return self.rng.random(self.size) < share

    def days(self, low: int, high: int) -> np.ndarray:
        return self.rng.integers(low, high, self.size)


def _if(condition: np.ndarray, days: np.ndarray) -> np.ndarray:
    return np.where(condition, days, NEVER)


def _objections(
    rows: pd.DataFrame,
    failing: np.ndarray,
    notified: np.ndarray,
    draw: _Draw,
    steps: dict[str, np.ndarray],
    market: Market,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The day on which each result is final, whether it was overturned, the kind of its objection; adds to
    ``steps``."""
    wronged = ~rows.true_fail.to_numpy()
    kind = np.where(
        failing & draw.some(np.where(wronged, WRONGED, OBJECTS)),
        picked(draw.rng, KINDS, draw.size, SHARES),
        NOTHING,
    )
    objected = _if(~pd.isna(kind), after(notified, draw.days(2, 9)))
    requested = _if((kind == "result"), after(objected, draw.days(1, 4)))
    accepted = draw.some(ACCEPTED)
    speed = market.world.labs["speed_days"].to_numpy()[rows.second_lab.to_numpy()]
    again = _if(accepted, after(requested, speed + draw.days(4, 12)))
    decided = np.where(
        np.isnat(again),
        after(np.where(np.isnat(requested), objected, requested), draw.days(8, 25)),
        after(again, draw.days(1, 4)),
    )
    overturned = ~np.isnat(again) & ~rows.second_fails.to_numpy()
    upheld = ~overturned & (
        (kind == "authenticity") & draw.some(0.4) | (kind == "procedure") & draw.some(0.1)
    )
    steps["objected"], steps["reinspection_requested"], steps["reinspection_issued"] = (
        objected,
        requested,
        again,
    )
    steps["objection_overturned"], steps["objection_upheld"] = _if(overturned, decided), _if(upheld, decided)
    steps["objection_rejected"] = _if(~overturned & ~upheld, decided)
    final = np.where(pd.isna(kind), after(notified, draw.days(17, 20)), after(decided, draw.days(1, 3)))
    steps["finalised"] = _if(failing, final)
    return final, overturned, kind


def _rectification(liable: np.ndarray, began: np.ndarray, draw: _Draw, steps: dict[str, np.ndarray]) -> None:
    """Rectified within 60 days or not, rechecked within 75 or later, a failed recheck repeated 62 to 88 days
    after its announcement."""
    ordered = _if(liable & draw.some(0.9), after(began, draw.days(2, 6)))
    rectified = _if(
        draw.some(0.93), after(ordered, np.where(draw.some(0.08), draw.days(64, 100), draw.days(15, 55)))
    )
    organised = after(rectified, draw.days(2, 10))
    judged, fails = after(organised, draw.days(5, 12)), draw.some(0.15)
    announced = _if(fails, after(judged, draw.days(1, 4)))
    second = after(announced, draw.days(62, 88))
    steps["rectification_ordered"], steps["rectified"], steps["recheck_organised"] = (
        ordered,
        rectified,
        organised,
    )
    steps["recheck_passed"], steps["recheck_failed"] = (
        np.where(fails, after(second, draw.days(5, 12)), judged),
        _if(fails, judged),
    )
    steps["recheck_failure_announced"], steps["second_recheck_organised"] = announced, second


def events(market: Market, steps: pd.DataFrame, exits: pd.DataFrame, quarter: str) -> pd.DataFrame:
    """Return silver.sampling_event, one row per step that happened, and one per exit before the test for half
    of these.

    ``steps``: of `procedure`; ``exits``: the rows of purchases with an exit before the test. ``quarter``: as
    in `procedure`."""
    rng, labs = stream(market.world.seed, "events", quarter), objects(market.world.labs["lab_id"])
    parts = []
    for number, (event, hours) in enumerate(STEPS.items(), start=1):
        rows = steps[steps[event].notna()]
        parts.append(_event_rows(rng, rows, event, number, rows[event].to_numpy("datetime64[D]"), hours))
        if event in ("tested", "result_issued", "reinspection_issued"):
            parts[-1]["lab_id"] = labs[
                rows.again_lab.to_numpy(int) if event == "reinspection_issued" else rows.lab.to_numpy(int)
            ]
    left = exits[rng.random(len(exits)) < 0.5]
    parts.append(_event_rows(rng, left, "exited", 0, left.exited_on.to_numpy("datetime64[D]"), (17, 20)))
    return pd.concat(parts, ignore_index=True)


def _event_rows(
    rng: np.random.Generator,
    rows: pd.DataFrame,
    event: str,
    number: int,
    days: np.ndarray,
    hours: tuple[int, int],
) -> pd.DataFrame:
    """Rows of silver.sampling_event for one event of the samples ``rows``. ``number``: of the event within a
    sample, in its id; ``days``: on which it happened; ``hours``: between which; each becomes known up to 19
    days later."""
    happened = at(rng, days, hours)
    late = np.where(
        rng.random(len(rows)) < 0.06, rng.integers(5, 20, len(rows)), rng.integers(0, 3, len(rows))
    )
    learned = np.maximum(at(rng, after(days, late)), happened + np.timedelta64(600, "s"))
    return pd.DataFrame(
        {
            "event_id": (rows.sample_id + f"-E{number:02d}").to_numpy(object),
            "event": event,
            "happened_at": happened,
            "sample_id": rows.sample_id.to_numpy(object),
            "sampling_order_id": np.where(rows.offline, None, rows.sampling_order_id),
            "learned_at": learned,
            "actor": ACTORS.get(event, "regulator"),
            "lab_id": None,
            "_office": rows.office.to_numpy(object),
            "_known": learned.astype("datetime64[D]"),
        }
    )


ACTORS = {
    "tested": "laboratory",
    "result_issued": "laboratory",
    "reinspection_issued": "laboratory",
    "objected": "party",
    "reinspection_requested": "party",
    "taken_down": "platform",
    "rectified": "producer",
}
