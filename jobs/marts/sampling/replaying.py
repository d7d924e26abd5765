"""Replays the events of all samples in order through the procedure: accepted events change the state of a
sample, the others are refused. Units, kinds, and implied and reported events are explained in
jobs.marts.sampling.procedure. Pure."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from jobs.marts.sampling.procedure import (
    BRANCHES,
    CANCELLED,
    CLOCK,
    EXITED,
    FINAL,
    NOTICES,
    REASONS,
    RECHECK_FAILED,
    SECOND_RECHECK,
    Batch,
    Bounds,
    Courses,
    Facts,
    Kind,
    refusals,
)  # fmt: skip

REFUSED = ["row", "reason", "state"]


def replay(
    rows: pd.DataFrame, size: int, kinds: Mapping[str, Kind], facts: Facts, bounds: Bounds
) -> tuple[Courses, pd.DataFrame]:
    """Return the courses of ``size`` units after all events, and the refused events: a frame with REFUSED,
    one row per refused event: its number, the reason (of procedure.REASONS), and the state in which the unit
    stayed. Every unit begins in the state `planned`.

    ``rows``: one row per event, with the index 0, 1, …, the numbers of the events: ``unit`` (number) and ``id
    event day at lab_id implied``, as `happenings.happened` returns them. ``kinds``: Kind by the name of the
    event. ``facts``, ``bounds``: as in procedure.

    An implied event is used only where no reported event of its kind is accepted. Of several accepted events
    of a kind (two parties notified, a takedown reported twice) the first counts; only the window to object
    runs from the last notice, and a recheck that failed once more after the second one was organised is the
    failure of that. An implied event is not listed as refused beside a reported one of its kind
    that is refused for the same reason."""
    days = rows["day"].to_numpy().astype("datetime64[D]")
    courses, other = (Courses(size, kinds, facts, bounds, rows["unit"].to_numpy(), days) for _ in range(2))
    events = rows[["unit", "id", "event", "day", "at", "lab_id", "implied"]].assign(row=np.arange(len(rows)))
    events["kind"] = events["event"].map({name: kind.number for name, kind in kinds.items()}).astype(int)
    events["pair"] = events["unit"] * len(kinds) + events["kind"]
    implied = events["implied"].to_numpy(bool)
    spare = implied & np.isin(events["pair"], events.loc[~implied, "pair"])
    refused = _run(events[~spare], courses)
    lacking = spare & (courses.first[events["kind"], events["unit"]] < 0)
    again = events["unit"].isin(events.loc[lacking, "unit"]).to_numpy()
    if again.any():
        later = _run(events[again & (~spare | lacking)], other)
        _replace_units(courses, other, np.unique(events.loc[again, "unit"]))
        refused = pd.concat([refused[~again[refused["row"]]], later], ignore_index=True)
    return courses, _reported_once(refused, events)


def _run(events: pd.DataFrame, courses: Courses) -> pd.DataFrame:
    """Applies ``events`` to ``courses``, which it changes; returns the refused ones with REFUSED. The k-th
    events of all units are one turn; those of one kind are checked together."""
    events = in_order(events, courses.kinds)
    unit, kind = events["unit"].to_numpy(), events["kind"].to_numpy()
    courses.reported[kind, unit] = True
    turn = events.groupby("unit").cumcount().to_numpy()
    order = np.lexsort((kind, turn))
    new = (np.diff(turn[order]) != 0) | (np.diff(kind[order]) != 0)
    lab = events["lab_id"].astype(object)
    lab, day = lab.where(lab.notna(), None).to_numpy(), events["day"].to_numpy().astype("datetime64[D]")
    implied, row = events["implied"].to_numpy(bool), events["row"].to_numpy()
    by_number = {found.number: found for found in courses.kinds.values()}
    parts = []
    for at in np.split(order, np.flatnonzero(new) + 1) if len(order) else []:
        batch = Batch(by_number[kind[at[0]]], courses, unit[at], day[at], implied[at], lab[at])
        reasons = refusals(batch)
        allowed = np.array([reason is None for reason in reasons])
        parts.append((row[at][~allowed], reasons[~allowed], courses.state[unit[at][~allowed]]))
        courses.late[batch.kind.number, batch.units[reasons == "too_late"]] = True
        _accept(batch, allowed, row[at])
    columns = zip(*parts, strict=True) if parts else ([row], [lab], [lab])  # of no events
    return pd.DataFrame({name: np.concatenate(found) for name, found in zip(REFUSED, columns, strict=True)})


def in_order(events: pd.DataFrame, kinds: Mapping[str, Kind]) -> pd.DataFrame:
    """Return ``events`` sorted by unit, day and time. Times are not used for a day on which one of the unit's
    events has none. Where times are equal or not used, the order is that of the procedure
    (``Kind.position``), then of the ids.

    ``events``: unit, day, at, event and id. ``kinds``: Kind by the name of the event."""
    missing = events["at"].isna()
    vague = missing.groupby([events["unit"], events["day"]]).transform("any") if len(events) else missing
    time = events["at"].astype("int64").mask(vague, 0)
    position = events["event"].map({name: kind.position for name, kind in kinds.items()})
    keys = events[["unit", "day"]].assign(time=time, position=position, id=0.0)
    tied = keys.duplicated(keep=False)
    if tied.any():
        keys.loc[tied, "id"] = events.loc[tied, "id"].astype(object).rank(method="dense")
    return events.iloc[np.lexsort([keys[name] for name in reversed(keys.columns)])]


def _accept(batch: Batch, allowed: np.ndarray, row: np.ndarray) -> None:
    """Applies the allowed events of a batch to its courses. ``allowed``: one bool per event; ``row``: the
    number of each event."""
    kind, courses = batch.kind, batch.courses
    units, day, row = batch.units[allowed], batch.day[allowed], row[allowed]
    if kind.branch == CLOCK:
        for unit, on in zip(units.tolist(), day.astype(object), strict=True):
            courses.clock.setdefault(unit, []).append((kind.event, on))
        return
    repeated = courses.first[kind.number][units] >= 0
    courses.first[kind.number][units[~repeated]] = row[~repeated]
    if kind.event in NOTICES:
        courses.noticed_on[units] = day
    if kind.event == RECHECK_FAILED:
        again = courses.has(SECOND_RECHECK, of=units) & np.isnat(courses.failed_again_on[units])
        courses.failed_again_on[units[again]] = day[again]
    if kind.branch in BRANCHES:
        courses.branches[kind.branch][units] = kind.state
        return
    state = courses.state[units]
    ahead = kind.position > courses.position[units]
    if kind.branch == "objection":
        ahead |= state != FINAL
    # What follows an exit or a cancelled order does not bring the sample back.
    moves = ahead & ~repeated & (state != EXITED) & (state != CANCELLED)
    courses.state[units[moves]], courses.position[units[moves]] = kind.state, kind.position
    courses.since[units[moves]] = day[moves]


def _replace_units(courses: Courses, other: Courses, units: np.ndarray) -> None:
    """Replaces the courses of ``units`` in ``courses`` by those in ``other``."""
    arrays = ("first", "reported", "late", "state", "position", "since", "noticed_on", "failed_again_on")
    for name in arrays:
        getattr(courses, name)[..., units] = getattr(other, name)[..., units]
    for branch in BRANCHES:
        courses.branches[branch][units] = other.branches[branch][units]
    for unit in courses.clock.keys() & set(units.tolist()):
        del courses.clock[unit]
    courses.clock |= other.clock


def _reported_once(refused: pd.DataFrame, events: pd.DataFrame) -> pd.DataFrame:
    """``refused`` (REFUSED) without the implied events for which a reported event of the same unit and kind
    is refused for the same reason."""
    reason = refused["reason"].map(REASONS.index).astype(int)
    same = events["pair"].to_numpy()[refused["row"]] * len(REASONS) + reason
    implied = events["implied"].to_numpy(bool)[refused["row"]]
    return refused[~(implied & np.isin(same, same[~implied]))]
