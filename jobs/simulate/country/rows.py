"""Rows of a platform's feeds as columns, before any dialect: which delivery each goes into and how it will
end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_LEFT_OUT = np.empty(0, int)  # stands for a column that the constructor fills with -1


@dataclass
class Rows:
    """``columns``: logical name → Arrow column; ``delivery``: place in the platform's calendar; ``lost_at``:
    place of the delivery from which a later row of the same key replaces the row (-1: never); ``fault``:
    place in the list of faults (-1: none)."""

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
        at = pa.array(places)
        return Rows(
            {n: c.take(at) for n, c in self.columns.items()},
            self.delivery[places],
            self.lost_at[places],
            self.fault[places],
        )

    def slice(self, first: int, last: int) -> Rows:
        """Rows from ``first`` up to before ``last``, without copying."""
        columns = {n: c.slice(first, last - first) for n, c in self.columns.items()}
        return Rows(columns, self.delivery[first:last], self.lost_at[first:last], self.fault[first:last])

    def replaced(self, **columns: pa.Array) -> Rows:
        """The rows with other values in some columns."""
        return Rows(
            {n: columns.get(n, c) for n, c in self.columns.items()}, self.delivery, self.lost_at, self.fault
        )


def put_together(parts: Sequence[Rows]) -> Rows:
    """Rows of parts with equal columns, one behind the other."""
    columns = {n: pa.concat_arrays([p.columns[n] for p in parts]) for n in parts[0].columns}
    joined = (np.concatenate([getattr(p, n) for p in parts]) for n in ("delivery", "lost_at", "fault"))
    return Rows(columns, *joined)


def days(values: np.ndarray) -> pa.Array:
    """Days (datetime64, NaT for none) as date32."""
    return pa.array(np.asarray(values, "datetime64[D]"), from_pandas=True)


def yuan(fen: np.ndarray) -> pa.Array:
    """Whole fen as decimal(18,2) yuan."""
    cents = pa.array(np.asarray(fen, np.int64)).cast(pa.decimal128(19, 0))
    return pc.multiply(cents, pa.scalar("0.01").cast(pa.decimal128(3, 2))).cast(pa.decimal128(18, 2))


def moments(days_: np.ndarray, seconds: np.ndarray) -> pa.Array:
    """Local times as timestamp[s]."""
    return pa.array(
        np.asarray(days_, "datetime64[D]").astype("datetime64[s]") + np.asarray(seconds, "timedelta64[s]")
    )


def changed_later(
    rows: Rows, happened: np.ndarray, calendar: np.ndarray, before: Mapping[str, pa.Array]
) -> Rows:
    """Rows that change on the day ``happened`` (NaT: never) from ``before`` (some columns) to what they hold:
    a row that is delivered earlier says what was before, and comes once more in the first delivery
    (``calendar``: their days) on or after that day."""
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
    """Rows in the first delivery on or after the day that each is known; and which rows there is one for."""
    place = np.searchsorted(calendar, known_on)
    kept = np.flatnonzero(place < len(calendar))
    rows.delivery = place
    return rows.take(kept), kept
