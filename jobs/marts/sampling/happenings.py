"""Collects the events of every sample: those that silver.sampling_event reports, and those that the dates of
other records imply. Pure.

A row of COLUMNS is an event: `unit` (the sample, or the order where it has no sample), `id`, `event` (its
kind), `day` (midnight of the day in the nation's time zone), `at` and `learned_at` (times when it happened
and became known), `lab_id`, `implied`. An implied event has a day, but no times; its id is ``<table>:<key of
the row>``."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from jobs.deployment import deployment
from jobs.marts.sampling.deadlines import Deadlines
from jobs.marts.sampling.outcomes import IN_PERSON, Stage, Verdict
from jobs.marts.sampling.procedure import Courses, Facts, Kind
from jobs.marts.sampling.replaying import replay

DISPOSALS = {
    "takedown": "takedown_ordered", "stop_sale": "stop_sale", "rectification": "rectification_ordered",
}  # fmt: skip
# Input of sampling_lifecycle → the columns of it that the histories of samples are made of; inputs that are
# not listed come with all their columns.
READS = {
    "sampling_event": [
        "event_id", "event", "happened_at", "learned_at", "sample_id", "sampling_order_id", "lab_id",
    ],
    "sampling_order": ["sampling_order_id", "ordered_on", "received_on"],
    "sample": [
        "sample_id", "sampling_order_id", "category_code", "channel", "purchased_on", "lab_id", "exit_kind",
        "exited_on",
    ],
    "test_result": ["sample_id", "tested_on"],
    "conclusion": ["sample_id", "stage", "outcome", "issued_on", "lab_id"],
    "objection": ["objection_id", "sample_id", "filed_on", "decision", "decided_on"],
    "reinspection": ["reinspection_id", "sample_id", "requested_on", "issued_on", "lab_id"],
    "disposal": ["disposal_id", "sample_id", "kind", "happened_on"],
    "platform_control": ["control_id", "sample_id", "kind", "happened_on"],
}  # fmt: skip
COLUMNS = ["unit", "id", "event", "day", "at", "learned_at", "lab_id", "implied"]


def happened(tables: Mapping[str, pd.DataFrame], as_of: date) -> pd.DataFrame:
    """Return one row per event, with COLUMNS: reported and implied events whose kind
    silver.sampling_event_type holds and whose day is not after ``as_of``. Events without a day are left out.
    The index is 0, 1, …: the numbers by which `replay` names events.

    ``tables``: the silver tables that gold.sampling_lifecycle reads, by name."""
    rows = pd.concat(
        [reported(tables["sampling_event"], tables["sample"]), implied(tables)], ignore_index=True
    )
    kinds = tables["sampling_event_type"]["event"]
    return rows[rows["event"].isin(kinds) & (rows["day"] <= pd.Timestamp(as_of))].reset_index(drop=True)


def histories(
    tables: Mapping[str, pd.DataFrame], rows: pd.DataFrame, deadlines: Deadlines
) -> tuple[pd.Index, Courses, pd.DataFrame]:
    """Replay the events through the procedure. Return three things: the units, an index of their ids by
    number (every sample in the order of silver.sample, then the other units of ``rows``: orders without a
    sample, ids that are not on file, and the event's own id where it names neither a sample nor an order);
    their courses; and the refused events, as `replay` returns them (`row`: the event's number, its index in
    ``rows``).

    ``tables``: as in `happened`. ``rows``: as `happened` returns them. ``deadlines``: the deadlines by which
    events come too late or too early. For a unit that is neither in silver.sample nor in
    silver.sampling_order every event is refused."""
    named = np.concatenate([tables["sample"]["sample_id"].to_numpy(object), rows["unit"].to_numpy(object)])
    number, units = pd.factorize(named)
    types = tables["sampling_event_type"]
    columns = (plain(types[c]) for c in ("event", "position", "branch", "state"))
    kinds = {
        event: Kind(event, i, int(position), branch, state)
        for i, (event, position, branch, state) in enumerate(zip(*columns, strict=True))
    }
    numbered = rows.assign(unit=number[len(tables["sample"]) :])
    return pd.Index(units), *replay(numbered, len(units), kinds, facts(tables, units), deadlines)


def plain(values: pd.Series | pd.Index | np.ndarray) -> list[Any]:
    """Return the values as a list of Python objects (int, not numpy.int64; days stay pd.Timestamp), None
    where missing."""
    series = pd.Series(values).astype(object)
    return series.where(series.notna(), None).tolist()


def dates(days: pd.Series | np.ndarray) -> np.ndarray:
    """Return days (datetime64, any unit) as an object array of `datetime.date`, None where missing."""
    return np.asarray(days).astype("datetime64[D]").astype(object)


def reported(sampling_event: pd.DataFrame, sample: pd.DataFrame) -> pd.DataFrame:
    """Return the events that silver.sampling_event reports, with COLUMNS, in its order. An event that names
    only an order belongs to each sample bought with that order, one row per sample, or to the order where
    there is no such sample. An event that names neither gets its own id as unit, so that it is refused and
    listed."""
    alone = sampling_event["sample_id"].isna()
    place, bought = _bought_with(sampling_event["sampling_order_id"].where(alone), sample)
    sampling_event = sampling_event.iloc[place].reset_index(drop=True)
    # An event that names nothing belongs to no sample; it still has to be refused by name.
    unit = first_known(
        sampling_event["sample_id"], bought, sampling_event["sampling_order_id"], sampling_event["event_id"]
    )
    at, learned_at = (pd.to_datetime(sampling_event[c], utc=True) for c in ("happened_at", "learned_at"))
    day = at.dt.tz_convert(deployment().zone).dt.tz_localize(None).dt.normalize()
    return pd.DataFrame({
        "unit": unit, "id": sampling_event["event_id"], "event": sampling_event["event"],
        "day": day.astype("datetime64[s]"), "at": at, "learned_at": learned_at,
        "lab_id": sampling_event["lab_id"], "implied": False,
    })  # fmt: skip


def _bought_with(order: pd.Series, sample: pd.DataFrame) -> tuple[np.ndarray, pd.Series]:
    """For each of ``order`` the samples that were bought with it: the places in ``order``, each as often as
    there are such samples and at least once, and the sample of each, missing where there is none."""
    samples = sample.loc[sample["sampling_order_id"].notna(), ["sampling_order_id", "sample_id"]]
    rows = pd.DataFrame({"sampling_order_id": order.to_numpy(object), "place": np.arange(len(order))})
    found = rows.merge(samples.astype(object), on="sampling_order_id", how="left")
    return found["place"].to_numpy(), found["sample_id"]


def implied(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return the events that dates of other records imply, one row per event: COLUMNS without `at` and
    `learned_at`; numbers of the index repeat. Of several events of one kind and unit only the earliest is
    returned. ``tables``: as in `happened`. An order implies `ordered` and `received` of each sample bought
    with it, a conclusion `result_issued`, an objection `objected`, and so on."""
    sample, order = tables["sample"], tables["sampling_order"]
    place, bought = _bought_with(order["sampling_order_id"], sample)
    order = order.iloc[place].reset_index(drop=True)
    order = order.assign(unit=first_known(bought, order["sampling_order_id"]))
    without = sample[~sample["sampling_order_id"].isin(order["sampling_order_id"])]
    taken = without[without["channel"].isin(IN_PERSON)]  # in person: received on that day
    conclusion, again = tables["conclusion"], tables["reinspection"]
    result = tables["test_result"]
    tested = _days(result["tested_on"]).groupby(result["sample_id"]).max().rename("tested_on").reset_index()
    objection = tables["objection"]
    decision = "objection_" + objection["decision"].astype(object)
    control = tables["platform_control"]
    control = control[control["sample_id"].notna() & (control["kind"] == "takedown")]
    disposal = tables["disposal"][tables["disposal"]["sample_id"].notna()]
    first, second = (conclusion[conclusion["stage"] == stage] for stage in (Stage.FIRST, Stage.REINSPECTION))
    parts = [
        _dated(order, "sampling_order", "ordered", "ordered_on", key="sampling_order_id", unit="unit"),
        _dated(order, "sampling_order", "received", "received_on", key="sampling_order_id", unit="unit"),
        _dated(without, "sample", "ordered", "purchased_on"),
        _dated(taken, "sample", "received", "purchased_on"),
        _dated(sample, "sample", "exited", "exited_on"),
        _dated(tested, "test_result", "tested", "tested_on"),
        _dated(first, "conclusion", "result_issued", "issued_on", lab="lab_id"),
        _dated(second, "conclusion", "reinspection_issued", "issued_on", lab="lab_id"),
        _dated(again, "reinspection", "reinspection_requested", "requested_on", key="reinspection_id"),
        _dated(
            again, "reinspection", "reinspection_issued", "issued_on", key="reinspection_id", lab="lab_id"
        ),
        _dated(objection, "objection", "objected", "filed_on", key="objection_id"),
        _dated(objection, "objection", decision, "decided_on", key="objection_id"),
        _dated(disposal, "disposal", disposal["kind"].map(DISPOSALS), "happened_on", key="disposal_id"),
        _dated(control, "platform_control", "taken_down", "happened_on", key="control_id"),
    ]
    rows = pd.concat(parts, ignore_index=True)
    several = rows.duplicated(["unit", "event"], keep=False)
    earliest = rows[several].sort_values(["day", "id"]).drop_duplicates(["unit", "event"])
    return pd.concat([rows[~several], earliest])


def _dated(
    rows: pd.DataFrame, table: str, event: str | pd.Series, day: str, *, key: str = "sample_id",
    unit: str = "sample_id", lab: str | None = None,
) -> pd.DataFrame:  # fmt: skip
    """Return the events that the rows of a table imply: one per row that has a day and an event. ``event``:
    the kind, or a column of kinds; ``day``, ``key``, ``unit``, ``lab``: names of columns of ``rows``. The id
    is `<table>:<key>`, so two kinds of event that one row implies share it."""
    found = pd.DataFrame({
        "unit": rows[unit], "id": f"{table}:" + rows[key].astype(object), "event": event,
        "day": _days(rows[day]), "lab_id": rows[lab] if lab else None, "implied": True,
    })  # fmt: skip
    return found[found["day"].notna() & found["event"].notna()]


def _days(values: pd.Series) -> pd.Series:
    """Dates as midnights; in seconds, which hold any year."""
    if pd.api.types.is_datetime64_any_dtype(values):
        return values.astype("datetime64[s]")
    number, distinct = pd.factorize(values)
    days = np.array([*distinct, None], dtype="datetime64[D]").astype("datetime64[s]")
    return pd.Series(days[number], values.index)  # -1, the last, is missing


def facts(tables: Mapping[str, pd.DataFrame], units: np.ndarray) -> Facts:
    """Return what the procedure has to know of each unit besides its events (`procedure.Facts`). ``tables``:
    as in `happened`; ``units``: ids as in `histories`, samples first. The first laboratory is that of the
    first conclusion, else of an event that reports the test or its result, else of the sample."""
    sample, orders = tables["sample"], tables["sampling_order"]["sampling_order_id"]
    first = tables["conclusion"][tables["conclusion"]["stage"] == Stage.FIRST].set_index("sample_id")
    issued = tables["sampling_event"][tables["sampling_event"]["event"].isin(["tested", "result_issued"])]
    said = issued.dropna(subset=["lab_id", "sample_id"]).drop_duplicates("sample_id")
    said = said.set_index("sample_id")["lab_id"]
    ids = sample["sample_id"]
    labs = first_known(ids.map(first["lab_id"]), ids.map(said), sample["lab_id"])
    others = np.full(len(units) - len(sample), None, dtype=object)

    def of_all(values: pd.Series) -> np.ndarray:
        return np.concatenate([np.array(plain(values), dtype=object), others])

    failed = (ids.map(first["outcome"]) == Verdict.NONCONFORMING).to_numpy()
    category = of_all(sample["category_code"])
    qualified = Qualified(tables["lab"], tables["product_category"])
    ordered = np.isin(units[len(sample) :], orders.to_numpy(object))
    return Facts(
        planned=np.concatenate([np.ones(len(sample), dtype=bool), ordered]),
        has_order=np.concatenate([sample["sampling_order_id"].isin(orders).to_numpy(), ordered]),
        exit_kind=of_all(sample["exit_kind"]),
        nonconforming=np.concatenate([failed, np.ones(len(others), dtype=bool)]),
        first_lab=of_all(labs),
        sole_lab=lambda unit, lab, day: qualified.on(category[unit], day) == {lab},
    )


def first_known(*columns: pd.Series) -> pd.Series:
    """Return row by row the first value that is not missing: an object series with the index of the first of
    ``columns``. The columns must have the same index."""
    found = columns[0].astype(object)
    for column in columns[1:]:
        found = found.where(found.notna(), column.astype(object))
    return found


class Qualified:
    """Finds the laboratories that may test goods of a category on a day. ``lab``: silver.lab (lab_id,
    capabilities, accredited_from, accredited_to); ``product_category``: silver.product_category."""

    def __init__(self, lab: pd.DataFrame, product_category: pd.DataFrame) -> None:
        self._labs = list(lab.itertuples(index=False))
        codes, parents = product_category["category_code"], product_category["parent_code"]
        self._parent = dict(zip(codes, parents, strict=True))

    def on(self, category: str | None, day: date) -> set[str]:
        """Return the ids of the laboratories that are accredited on ``day`` and whose capabilities hold
        ``category`` or a category above it. A missing first or last day of an accreditation sets no bound;
        without a category the set is empty."""
        path: set[str] = set()
        while category is not None and not pd.isna(category) and category not in path:
            path.add(category)
            category = self._parent.get(category)
        return {r.lab_id for r in self._labs if _accredited(r, day) and path & set(_list(r.capabilities))}


def _list(value: Any) -> list[str]:
    return [] if value is None or value is pd.NA or isinstance(value, float) else list(value)


def _accredited(row: Any, day: date) -> bool:
    begun = pd.isna(row.accredited_from) or row.accredited_from <= day
    return begun and (pd.isna(row.accredited_to) or row.accredited_to >= day)
