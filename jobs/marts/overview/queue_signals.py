"""Finds the open tasks on risk signals, and which office has each. Pure (definitions.md#signal). The frames
of tasks are described in `queue_tasks`."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd

from jobs.conform.linkage.uscc import checked
from jobs.marts.answered_by import STATES, gives_by_code
from jobs.marts.calendars import house_due
from jobs.marts.dimensions import NATION
from jobs.marts.overview.queue_tasks import CALENDAR_UNKNOWN, dated, joined, task
from jobs.marts.risk.evidence import brand_key
from jobs.marts.risk.life import CONFIRMED, DAYS, OPEN
from jobs.marts.risk.news import USUAL
from jobs.marts.tracing.places import Places

LOOK, OWN = "look_into_signal", "look_into_own_signal"  # tasks of an authority and of a platform
SUBJECT = "signal"  # subject_type of these tasks
HOUSE_RULE = "house_rule"  # rule_status of a deadline that is the deployment's and no law's


def signal_ids(signals: pd.DataFrame) -> pd.Series:
    """Return the identifier of each signal: key_type/key_code/day on which it opened (YYYY-MM-DD).
    ``signals``: rows of gold.risk_signal; the series has their index."""
    opened = pd.to_datetime(signals["opened_on"]).dt.strftime("%Y-%m-%d")
    return signals["key_type"] + "/" + signals["key_code"] + "/" + opened


def of_signals(
    risk_signal: pd.DataFrame,
    platform: pd.DataFrame,
    brand: pd.DataFrame,
    region: pd.DataFrame,
    acknowledgement: pd.DataFrame,
    calendar: pd.DataFrame,
    as_of: date,
) -> pd.DataFrame:
    """Return the open tasks about risk signals: one row per task, with COLUMNS of `queue_tasks`.

    ``risk_signal``: gold; the other frames are silver; ``as_of``: day of the run. An open signal that is news
    is a task of the authority of the region in which the platform or the brand's owner has its seat, as the
    credit code states it; of the nation's authority for a category and hazard, and where the seat is not
    known. A usual signal is no task: the sampling plan covers what is known.

    A platform is asked to look into a signal about itself for 90 days once it is confirmed; not before, as
    samples are still to be bought because of it. A task that its office acknowledged as done is left out.
    Tasks are due within the working days that the deployment states as `signal`."""
    places = Places(region)
    rows = risk_signal.assign(id=signal_ids(risk_signal))
    seat = _seats(rows, platform, brand, places).astype(object)
    open_ = rows[rows["state"].eq(OPEN) & rows["news"].ne(USUAL)]
    offices = seat[open_.index].where(seat[open_.index].notna(), NATION)
    since = pd.to_datetime(rows["closed_on"])
    recent = since.ge(pd.Timestamp(as_of - timedelta(days=DAYS))).to_numpy(bool)
    known = rows["platform_code"].isin(platform["platform_code"])
    own = rows[rows["state"].eq(CONFIRMED) & rows["key_type"].eq("platform_category") & known & recent]
    tasks = joined(
        [
            _task(LOOK, open_.assign(region_code=seat[open_.index]), offices, "news_on", calendar),
            _task(OWN, own.assign(region_code=seat[own.index]), own["platform_code"], "closed_on", calendar),
        ]
    )
    return tasks[~_done(tasks, acknowledgement, places)]


def _task(
    name: str, rows: pd.DataFrame, office: pd.Series, since: str, calendar: pd.DataFrame
) -> pd.DataFrame:
    """The tasks ``name`` for the signals in ``rows``. ``office``: of each; ``since``: their column with the
    day from which the office's own time runs (`house_due`)."""
    due = house_due("signal", rows[since], calendar)
    return task(
        name,
        rows,
        office=office,
        subject=SUBJECT,
        since=dated(rows, since),
        due=due,
        undated=pd.Series(CALENDAR_UNKNOWN, rows.index, dtype=object),
        rule_status=pd.Series(HOUSE_RULE, rows.index, dtype=object).where(due.notna(), None),
    )


def _seats(rows: pd.DataFrame, platform: pd.DataFrame, brand: pd.DataFrame, places: Places) -> pd.Series:
    """Region of the registering authority in the credit code of the platform's operator or the brand's owner;
    null where none is stated, or where brands of one name do not all have the same seat: one whose seat is
    not known counts as different."""
    of_platform = dict(zip(platform["platform_code"], _seat(platform["operator_uscc"], places), strict=True))
    named = [(brand_key(brand[name]), brand["owner_uscc"]) for name in ("name_zh", "name_en")]
    owners = pd.concat([pd.DataFrame({"name": name, "code": code}) for name, code in named])
    owners = owners[owners["name"].notna() & owners["name"].isin(rows["brand"])]
    seats = owners.assign(seat=_seat(owners["code"], places)).drop_duplicates(["name", "seat"])
    seats = seats.drop_duplicates("name", keep=False).set_index("name")["seat"]
    found = np.where(
        rows["key_type"].eq("platform_category"),
        rows["platform_code"].map(of_platform),
        np.where(rows["key_type"].eq("brand"), rows["brand"].map(seats), None),
    )
    return pd.Series(found, rows.index, dtype=object).where(lambda s: s.notna(), None)


def _seat(codes: pd.Series, places: Places) -> pd.Series:
    right = checked(codes)["uscc"].astype(object)
    return right.map(lambda code: places.of(str(code)[2:8]).region, na_action="ignore").astype(object)


def _done(tasks: pd.DataFrame, acknowledgement: pd.DataFrame, places: Places) -> np.ndarray:
    """Which tasks their office has acknowledged as done."""
    said = acknowledgement.reindex(columns=["item_id", "status", *STATES])
    said = said[said["status"].eq("done") & said["item_id"].isin(tasks["subject_id"])]
    answers = said.groupby("item_id")[STATES].apply(lambda rows: rows.to_numpy(object).tolist()).to_dict()
    done = []
    for kind, office, subject in zip(
        tasks["office_type"], tasks["office_code"], tasks["subject_id"], strict=True
    ):
        if kind == "platform":
            outbox = f"platform_{office}"
        else:
            outbox = f"region_{NATION if office == NATION else places.of(office).province}"
        given = answers.get(subject, [])
        done.append(any(gives_by_code(code, name, outbox, places) for name, code in given))
    return np.array(done, dtype=bool)
