"""Work out from ops.ingest_file, to which rows are only appended, in which periods which content of a file
counted. Pure pandas."""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple

import pandas as pd

from jobs.deployment import deployment
from jobs.ingest.ledger import HELD, STEP, TICK_NS

FILE = ["source", "feed", "file"]
EDITION_ORDER = ["changed_ns", "mtime_ns", "sha256"]
NOT_COUNTING = ("refused", "expired", HELD)


class Counting(NamedTuple):
    """One period in which a file held a content that counted.

    ``load_key``: the key of its rows in bronze; ``landed_at``: start of the landing from which it counted;
    ``begun_on``: the day of that landing; ``named_on``: the delivery date in the file's name, only where the
    content had been received before; ``until``: the day of the landing that took in another content of the
    file, None where it still counts.
    """

    load_key: str
    landed_at: datetime
    begun_on: date
    named_on: date | None
    until: date | None


def countings(ingest: pd.DataFrame) -> list[Counting]:
    """Every period in which a file held a content, in the order in which they began. Empty files give none.

    ``ingest``: ops.ingest_file as pandas, all rows in any order. A held content counts from the landing that
    let it through. A content that returns to the file after another one, or comes under another file name,
    starts a new period. One that is only touched, read again under an edited mapping or joined with other
    files continues its period, under its newest load key. A content does not count that another edition
    replaced within the same landing, nor one that came after a newer edition of its file (`EDITION_ORDER`).
    """
    rows = placed(ingest)[ingest["status"].ne("expired") & ingest["sha256"].ne("")]
    rows = rows.sort_values("recorded_at", kind="stable", ignore_index=True)
    if rows.empty:
        return []
    rows = rows.assign(landed_at=rows["recorded_at"].where(rows["recorded_at"].diff() != STEP).ffill())
    rows = rows.assign(begun_on=_day_of_landing(rows))
    rows = rows[~rows["status"].isin(NOT_COUNTING) & ~_before_it_was_read(rows)]
    rows = rows.assign(load_key=rows.groupby([*FILE, "sha256"])["load_key"].transform("last"))
    place = rows.groupby(EDITION_ORDER).ngroup()
    rows = rows[place == place.groupby([rows[c] for c in FILE]).cummax()]
    rows = rows[rows["sha256"] != rows.groupby(FILE)["sha256"].shift()]
    after = rows.groupby(FILE)[["landed_at", "begun_on"]].shift(-1)
    rows = rows.assign(until=after["begun_on"])[(after["landed_at"] != rows["landed_at"]).to_numpy(bool)]
    named = rows["delivered_on"].where(rows["status"].eq("repeated"))
    rows = rows.assign(named_on=named)[rows["status"].ne("empty")]
    return [
        Counting(r.load_key, r.landed_at.to_pydatetime(), r.begun_on, _day(r.named_on), _day(r.until))
        for r in rows.itertuples()
    ]


def placed(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of ops.ingest_file with the column ``changed_ns`` added (nanoseconds since 1970), by which
    editions of a file are ordered: the file's time of change, but no later than the start of the landing that
    first met it (`ledger.place_in_order`). ``rows``: all rows, as the first landing is looked for among them.
    """
    first = rows.groupby(["source", "file", "sha256", "mtime_ns"])["recorded_at"].transform("min")
    clock = pd.to_datetime(first, utc=True).astype("datetime64[ns, UTC]")
    begin = clock.astype("int64") - TICK_NS
    return rows.assign(changed_ns=rows["mtime_ns"].clip(upper=begin).astype("int64"))


def _before_it_was_read(rows: pd.DataFrame) -> pd.Series:
    """Whether a row repeats a content that every landing so far had refused: a bool series with the index of
    ``rows``. Such a row does not count. The content counts from the first landing that reads it, if any.
    ``rows``: of ops.ingest_file, with landed_at, the start of the row's landing."""
    read = rows["landed_at"].where(rows["status"].isin(["landed", "empty", HELD]))
    first = read.groupby([rows[c] for c in ("source", "feed", "sha256")]).transform("min")
    return rows["status"].eq("repeated") & ~(rows["landed_at"] >= first)


def _day_of_landing(rows: pd.DataFrame) -> pd.Series:
    """The day on which each row was written, as a date: the day of receipt; where a landing wrote again about
    what was received before, so many days later as the clock says."""
    clock = pd.to_datetime(rows["recorded_at"], utc=True).dt.tz_convert(deployment().timezone)
    nights = clock.dt.tz_localize(None).dt.normalize()
    received = pd.to_datetime(rows["received_on"])
    first = nights.groupby([*(rows[c] for c in (*FILE, "sha256")), received]).transform("min")
    return (received + (nights - first)).dt.date


def _day(value: object) -> date | None:
    return value if isinstance(value, date) and not pd.isna(value) else None  # NaT is a date, too
