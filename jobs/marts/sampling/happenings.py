"""The events of every sample: those that were told, and those that the dates of other records imply. Pure.

An implied event carries a day, no time and no word of when it was learned; its id is ``<table>:<key of the row>``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from zoneinfo import ZoneInfo

import pandas as pd

from jobs.marts.sampling.deadlines import Deadlines
from jobs.marts.sampling.outcomes import Stage, Verdict
from jobs.marts.sampling.procedure import Course, Event, Facts
from jobs.marts.sampling.replaying import replay

SHANGHAI = ZoneInfo("Asia/Shanghai")
DISPOSALS = {"takedown": "takedown_ordered", "stop_sale": "stop_sale", "rectification": "rectification_ordered"}
COLUMNS = ["unit", "id", "event", "day", "at", "learned_at", "lab_id", "implied"]


def courses(tables: Mapping[str, pd.DataFrame], as_of: date, deadlines: Deadlines) -> dict[str, Course]:
    """The course of every sample, and of every order without a sample, that has an event or is a sample, by its id.

    ``tables``: the silver tables of sampling_lifecycle's inputs by name. What happened after ``as_of`` has not happened yet. A sample that no
    table of samples or orders knows has a course in which every event is refused.
    """
    kinds = {row.event: (int(row.position), row.branch, row.state) for row in tables["sampling_event_type"].itertuples()}
    rows = pd.concat([told(tables["sampling_event"], tables["sample"]), implied(tables)], ignore_index=True)
    rows = rows[rows["event"].isin(kinds.keys()) & (rows["day"] <= as_of)]
    events: dict[str, list[Event]] = {unit: [] for unit in tables["sample"]["sample_id"]}
    plain = rows[COLUMNS].astype(object).where(rows[COLUMNS].notna(), None)
    for unit, key, event, day, at, learned_at, lab, is_implied in plain.itertuples(index=False, name=None):
        position, branch, state = kinds[event]
        events.setdefault(unit, []).append(Event(key, event, position, branch, state, day, at, learned_at, lab, is_implied))
    known = facts(tables)
    return {unit: replay(list_, known.get(unit, Facts(planned=False)), deadlines) for unit, list_ in events.items()}


def told(sampling_event: pd.DataFrame, sample: pd.DataFrame) -> pd.DataFrame:
    """COLUMNS of silver.sampling_event. An event that names an order only belongs to the sample that came of it, where one did."""
    of_order = sample.dropna(subset="sampling_order_id").drop_duplicates("sampling_order_id").set_index("sampling_order_id")["sample_id"]
    order = sampling_event["sampling_order_id"]
    # An event that names nothing is nobody's; it still has to be refused by name.
    unit = first_known(sampling_event["sample_id"], order.map(of_order), order, sampling_event["event_id"])
    at = pd.to_datetime(sampling_event["happened_at"], utc=True)
    return pd.DataFrame({
        "unit": unit, "id": sampling_event["event_id"], "event": sampling_event["event"],
        "day": at.dt.tz_convert(SHANGHAI).dt.date, "at": at,
        "learned_at": pd.to_datetime(sampling_event["learned_at"], utc=True), "lab_id": sampling_event["lab_id"], "implied": False,
    }).astype(object)


def implied(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """COLUMNS of what dates imply, the earliest of each event of a sample."""
    sample, order = tables["sample"], tables["sampling_order"]
    of_order = sample.dropna(subset="sampling_order_id").drop_duplicates("sampling_order_id").set_index("sampling_order_id")["sample_id"]
    order = order.assign(unit=first_known(order["sampling_order_id"].map(of_order), order["sampling_order_id"]))
    bought = sample[~sample["sampling_order_id"].isin(order["sampling_order_id"])]
    taken = bought[bought["channel"].isin(["shop", "production"])]  # off the shelf: in hand on the day
    conclusion, again = tables["conclusion"], tables["reinspection"]
    tested = tables["test_result"].dropna(subset="tested_on").sort_values("tested_on").drop_duplicates("sample_id", keep="last")
    objection = tables["objection"]
    decision = "objection_" + objection["decision"].astype(object)
    control = tables["platform_control"]
    control = control[control["sample_id"].notna() & (control["kind"] == "takedown")]
    disposal = tables["disposal"][tables["disposal"]["sample_id"].notna()]
    first, second = (conclusion[conclusion["stage"] == stage] for stage in (Stage.FIRST, Stage.REINSPECTION))
    parts = [
        _dated(order, "sampling_order", "ordered", "ordered_on", key="sampling_order_id", unit="unit"),
        _dated(order, "sampling_order", "received", "received_on", key="sampling_order_id", unit="unit"),
        _dated(bought, "sample", "ordered", "purchased_on"),
        _dated(taken, "sample", "received", "purchased_on"),
        _dated(sample, "sample", "exited", "exited_on"),
        _dated(tested, "test_result", "tested", "tested_on"),
        _dated(first, "conclusion", "result_issued", "issued_on", lab="lab_id"),
        _dated(second, "conclusion", "reinspection_issued", "issued_on", lab="lab_id"),
        _dated(again, "reinspection", "reinspection_requested", "requested_on", key="reinspection_id"),
        _dated(again, "reinspection", "reinspection_issued", "issued_on", key="reinspection_id", lab="lab_id"),
        _dated(objection, "objection", "objected", "filed_on", key="objection_id"),
        _dated(objection, "objection", decision, "decided_on", key="objection_id"),
        _dated(disposal, "disposal", disposal["kind"].map(DISPOSALS), "happened_on", key="disposal_id"),
        _dated(control, "platform_control", "taken_down", "happened_on", key="control_id"),
    ]
    rows = pd.concat(parts, ignore_index=True)
    return rows.sort_values(["unit", "event", "day", "id"]).drop_duplicates(["unit", "event"])


def _dated(
    rows: pd.DataFrame, table: str, event: str | pd.Series, day: str, *, key: str = "sample_id", unit: str = "sample_id",
    lab: str | None = None,
) -> pd.DataFrame:
    found = pd.DataFrame({
        "unit": rows[unit], "id": f"{table}:" + rows[key].astype(object), "event": event, "day": rows[day], "at": None,
        "learned_at": None, "lab_id": rows[lab] if lab else None, "implied": True,
    }, columns=COLUMNS).astype(object)
    return found[found["day"].notna() & found["event"].notna()]


def facts(tables: Mapping[str, pd.DataFrame]) -> dict[str, Facts]:
    """What is known of each sample and of each order, by its id."""
    sample, order = tables["sample"], tables["sampling_order"]
    orders = set(order["sampling_order_id"])
    first = tables["conclusion"][tables["conclusion"]["stage"] == Stage.FIRST].set_index("sample_id")
    issued = tables["sampling_event"][tables["sampling_event"]["event"].isin(["tested", "result_issued"])]
    said = issued.dropna(subset=["lab_id", "sample_id"]).drop_duplicates("sample_id").set_index("sample_id")["lab_id"]
    ids = sample["sample_id"]
    labs = first_known(ids.map(first["lab_id"]), ids.map(said), sample["lab_id"])
    failed = (ids.map(first["outcome"]) == Verdict.NONCONFORMING).to_numpy()
    sole = Qualified(tables["lab"], tables["product_category"])
    found = {unit: Facts(has_order=True) for unit in orders}
    for row, lab, failing in zip(sample.itertuples(index=False), labs, failed, strict=True):
        found[row.sample_id] = Facts(
            has_order=row.sampling_order_id in orders, exit_kind=None if pd.isna(row.exit_kind) else row.exit_kind,
            nonconforming=bool(failing), first_lab=None if pd.isna(lab) else lab, sole_lab=sole.of(row.category_code),
        )  # fmt: skip
    return found


def first_known(*columns: pd.Series) -> pd.Series:
    """The first of ``columns`` that is not missing, row by row."""
    found = columns[0].astype(object)
    for column in columns[1:]:
        found = found.where(found.notna(), column.astype(object))
    return found


class Qualified:
    """Which laboratories may test goods of a category on a day: those whose capabilities hold it or one above it."""

    def __init__(self, lab: pd.DataFrame, product_category: pd.DataFrame) -> None:
        self._labs = list(lab.itertuples(index=False))
        self._parent = dict(zip(product_category["category_code"], product_category["parent_code"], strict=True))

    def of(self, category: str | None):
        """Whether, on a day, this laboratory is the only one: never where the category or the laboratories are not known."""
        def sole(lab: str, day: date) -> bool:
            return self.on(category, day) == {lab}
        return sole

    def on(self, category: str | None, day: date) -> set[str]:
        path: set[str] = set()
        while category is not None and not pd.isna(category) and category not in path:
            path.add(category)
            category = self._parent.get(category)
        return {r.lab_id for r in self._labs if _accredited(r, day) and path & set(_list(r.capabilities))}


def _list(value) -> list[str]:
    return [] if value is None or value is pd.NA or isinstance(value, float) else list(value)


def _accredited(row, day: date) -> bool:
    begun = pd.isna(row.accredited_from) or row.accredited_from <= day
    return begun and (pd.isna(row.accredited_to) or row.accredited_to >= day)
