"""What a file of the outbox is: its columns, what each means, what identifies a row. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd


@dataclass(frozen=True)
class Kind:
    """A file that recipients get. ``columns``: name → the table whose contract says what it means, an empty
    text where ``own`` does; ``version``: a column that goes or changes its meaning needs a new major one.
    ``whole``: each file holds all that is open, so an empty one is news; otherwise a ``subject`` (a plan) is
    sent once. ``key``: the columns that identify a row, by which a recipient applies the file. ``about``:
    `Chinese | English`. ``own``: name → `type | Chinese | English` of columns that are no table's."""

    name: str
    version: str
    source: str
    columns: Mapping[str, str]
    whole: bool
    key: tuple[str, ...]
    about: str
    own: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Parcel:
    """Rows of one kind for one recipient, sorted; ``subject``: the plan, where a kind is sent once a plan."""

    recipient: str
    kind: Kind
    rows: pd.DataFrame
    subject: str = ""


def of(table: str, columns: str) -> dict[str, str]:
    """Columns (names parted by spaces) of one table."""
    return dict.fromkeys(columns.split(), table)


def only(rows: pd.DataFrame, kind: Kind) -> pd.DataFrame:
    """The columns of the kind, without the old index."""
    return rows[list(kind.columns)].reset_index(drop=True)


def as_text(lists: pd.Series) -> pd.Series:
    """Lists as one text each, parted by ；; missing ones stay missing."""
    texts = [None if value is None else "；".join(map(str, value)) for value in lists]
    return pd.Series(texts, lists.index, dtype=object)


def as_days(times: pd.Series) -> pd.Series:
    """Timestamps as days; missing ones are None."""
    days = [None if pd.isna(time) else time.date() for time in times]
    return pd.Series(days, times.index, dtype=object)


def recipient_of_platform(code: str) -> str:
    return f"platform_{code}"


def recipient_of_region(code: str) -> str:
    """A province, or `region_CN`, the nation's authority."""
    return f"region_{code}"
