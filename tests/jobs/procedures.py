"""Histories of samples in few words, as the frames that the sampling procedure is built from."""

from __future__ import annotations

import csv
from datetime import date, datetime, timedelta, timezone
from typing import Any

import pandas as pd
from sampling_frames import frames

from jobs.environment import REPOSITORY
from jobs.marts.sampling import sampling_lifecycle, sampling_refusal, standing_conclusion
from jobs.period import Period

SHANGHAI = timezone(timedelta(hours=8))
INPUTS = (
    "sampling_event",
    "sampling_event_type",
    "sampling_order",
    "sample",
    "test_result",
    "conclusion",
    "objection",
    "reinspection",
    "disposal",
    "platform_control",
    "lab",
    "product_category",
    "statutory_timer",
    "calendar",
)
LATER = date(2026, 12, 1)


def reference(name: str) -> list[dict[str, Any]]:
    """A reference file's rows with its dates and numbers typed."""
    with (REPOSITORY / "schemas" / "reference" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    typed = {"valid_from": date.fromisoformat, "valid_to": date.fromisoformat, "amount": int, "position": int}
    return [{k: typed.get(k, str)(v) if v else None for k, v in row.items()} for row in rows]


def reported(history: str, sample: str | None = "s") -> list[dict[str, Any]]:
    """Events such as "ordered 2026-03-01, received 2026-03-04 lab=L2"; an event without an hour is reported
    at 10:00 Shanghai time.

    Ids are e1, e2, … in the order of writing.
    """
    rows = []
    for number, words in enumerate(history.split(","), start=1):
        event, when, *more = words.split()
        at = datetime.fromisoformat(when if "T" in when else f"{when}T10:00+08:00")
        rows.append(
            {
                "event_id": f"e{number}",
                "event": event,
                "happened_at": at,
                "learned_at": at + timedelta(hours=1),
                "sample_id": sample,
                **dict(word.split("=") for word in more if word.startswith("lab_id=")),
            }
        )
    return rows


def tables(history: str = "", **more: list[dict[str, Any]]) -> dict[str, pd.DataFrame]:
    """Inputs with one nonconforming sample ``s`` and its ``history``; ``more`` replaces tables."""
    rows = {
        "sample": [{"sample_id": "s", "plan_id": "p", "lab_id": "L1", "category_code": "HA01"}],
        "conclusion": [{"sample_id": "s", "stage": "first", "outcome": "nonconforming"}],
        "sampling_event": reported(history) if history else [],
        "sampling_event_type": reference("sampling_event_type"),
        "statutory_timer": reference("statutory_timer"),
        **more,
    }
    return frames(rows, INPUTS)


def refusals(
    history: str = "", as_of: date = LATER, **more: list[dict[str, Any]]
) -> list[tuple[str, str, str]]:
    """(event_id, reason, last_state) of what is refused."""
    found = sampling_refusal.build(**tables(history, **more), period=Period(as_of))
    return list(found[["event_id", "reason", "last_state"]].itertuples(index=False, name=None))


def life(history: str = "", as_of: date = LATER, **more: list[dict[str, Any]]) -> dict[str, Any]:
    """The row of the first sample."""
    return sampling_lifecycle.build(**tables(history, **more), period=Period(as_of)).iloc[0].to_dict()


def procedure_of(given: dict[str, pd.DataFrame], as_of: date) -> dict[str, pd.DataFrame]:
    """What the procedure says: lifecycle, refused events, and the conclusions that stand."""
    life, refused = (
        table.build(**{name: given[name] for name in INPUTS}, period=Period(as_of))
        for table in (sampling_lifecycle, sampling_refusal)
    )
    of_procedure = {"sampling_lifecycle": life, "sampling_refusal": refused}
    own = {name: given[name] for name in ("conclusion", "reinspection", "objection")}
    stands = standing_conclusion.build(**own, **of_procedure, period=Period(as_of))
    return of_procedure | {"standing_conclusion": stands}
