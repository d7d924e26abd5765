"""Rows of a platform's feeds as columns, before they are written in the platform's format, each with the
delivery that it goes into and how it must end in the system.

A delivery is given by its place (0, 1, …) among the days of the feed's `calendars.Calendar`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_LEFT_OUT = np.empty(0, int)  # default of an argument that is then filled with -1


@dataclass
class Rows:
    """Rows of one feed.

    ``columns``: name of the column in the system → Arrow column; ``delivery``: for each row the delivery
    that holds it; ``lost_at``: for each row the delivery from which a later row of the same key replaces it
    (-1: never); ``fault``: for each row the number of its fault in `faults.FAULTS` (-1: none).
    """

    columns: dict[str, pa.Array]
    delivery: np.ndarray
    lost_at: np.ndarray = field(default_factory=lambda: _LEFT_OUT)
    fault: np.ndarray = field(default_factory=lambda: _LEFT_OUT)

    def __post_init__(self) -> None:
        none = np.full(len(self.delivery), -1)
        self.lost_at = none if self.lost_at is _LEFT_OUT else self.lost_at
        self.fault = none.copy() if self.fault is _LEFT_OUT else self.fault

    def __len__(self) -> int:
        return len(self.delivery)

    def take(self, places: np.ndarray) -> Rows:
        """Return the rows whose numbers are in ``places``, in that order."""
        at = pa.array(places)
        return Rows(
            {n: c.take(at) for n, c in self.columns.items()},
            self.delivery[places],
            self.lost_at[places],
            self.fault[places],
        )

    def slice(self, first: int, last: int) -> Rows:
        """Return the rows from number ``first`` up to, but not including, ``last``, without copying the
        columns."""
        columns = {n: c.slice(first, last - first) for n, c in self.columns.items()}
        return Rows(columns, self.delivery[first:last], self.lost_at[first:last], self.fault[first:last])

    def replaced(self, **columns: pa.Array) -> Rows:
        """Return the rows with other values in the given columns; names that the rows lack are ignored."""
        return Rows(
            {n: columns.get(n, c) for n, c in self.columns.items()}, self.delivery, self.lost_at, self.fault
        )


def put_together(parts: Sequence[Rows]) -> Rows:
    """Return the rows of all parts, which have equal columns, one part after the other. At least one part
    must be given."""
    columns = {n: pa.concat_arrays([p.columns[n] for p in parts]) for n in parts[0].columns}
    joined = (np.concatenate([getattr(p, n) for p in parts]) for n in ("delivery", "lost_at", "fault"))
    return Rows(columns, *joined)


def days(values: np.ndarray) -> pa.Array:
    """Return the days ``values`` (datetime64, NaT for none) as an Arrow column of dates (null for none)."""
    return pa.array(np.asarray(values, "datetime64[D]"), from_pandas=True)


def yuan(fen: np.ndarray) -> pa.Array:
    """Return whole fen (1 yuan = 100 fen) as an Arrow column of yuan, decimal(18,2)."""
    cents = pa.array(np.asarray(fen, np.int64)).cast(pa.decimal128(19, 0))
    return pc.multiply(cents, pa.scalar("0.01").cast(pa.decimal128(3, 2))).cast(pa.decimal128(18, 2))


def moments(days_: np.ndarray, seconds: np.ndarray) -> pa.Array:
    """Return local times, each the day in ``days_`` and the ``seconds`` since its midnight, as an Arrow
    column timestamp[s]."""
    return pa.array(
        np.asarray(days_, "datetime64[D]").astype("datetime64[s]") + np.asarray(seconds, "timedelta64[s]")
    )


def changed_later(
    rows: Rows, happened: np.ndarray, calendar: np.ndarray, before: Mapping[str, pa.Array]
) -> Rows:
    """Return the rows with both versions of those that change.

    ``rows``: as they are after the change; ``happened``: for each row the day of its change (NaT: never);
    ``before``: some columns as they were before it; ``calendar``: days of the deliveries, in order. A row
    whose delivery is earlier than its change has the values of ``before``, and comes once more, after all
    others, with the new ones, in the first delivery on or after that day, where there is one. ``lost_at`` of
    the older version is that delivery, -1 in all other rows.
    """
    known = np.where(np.isnat(happened), -1, np.searchsorted(calendar, happened))
    later = known > rows.delivery
    first = rows.replaced(
        **{n: pc.if_else(pa.array(later), column, rows.columns[n]) for n, column in before.items()}
    )
    first.lost_at = np.where(later & (known < len(calendar)), known, -1)
    again = np.flatnonzero(later & (known < len(calendar)))
    second = rows.take(again)
    second.delivery = known[again]
    return put_together([first, second]) if len(again) else first


def in_deliveries(rows: Rows, known_on: np.ndarray, calendar: np.ndarray) -> tuple[Rows, np.ndarray]:
    """Return (rows that are delivered, numbers of these in ``rows``): each row gets the first delivery on or
    after the day on which it is known, and rows without such a delivery are left out. ``rows.delivery`` is
    changed.

    ``known_on``: for each row that day; ``calendar``: days of the deliveries, in order.
    """
    place = np.searchsorted(calendar, known_on)
    kept = np.flatnonzero(place < len(calendar))
    rows.delivery = place
    return rows.take(kept), kept
