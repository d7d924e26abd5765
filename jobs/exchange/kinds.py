"""What a file of the outbox is: its columns, what each of them means, and what identifies a row. Pure.

Words of this folder: a recipient is a party that gets data, such as a platform or a province's authorities;
it has a folder in the outbox. A package is all that a recipient gets at one time, as a folder of files. A
kind is a type of file, such as `takedown_notices`. A parcel is the rows of one kind for one recipient. A key
is the values of the columns that identify a row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd


@dataclass(frozen=True)
class Kind:
    """A kind of file that recipients get.

    ``name``: also the file's name, followed by the subject if there is one. ``version``: semantic version;
    removing a column or changing its meaning needs a new major one. ``source``: the lake's table that the
    rows come from. ``columns``: name → the table whose contract describes the column, '' where ``own`` does;
    in the order of the file. ``whole``: each file holds all rows that are valid, so an empty file says that
    there are none; otherwise the rows of one ``subject`` (a sampling plan), or urgent items, are sent once,
    and again to who refused them. ``key``: the columns that identify a row, by which recipients replace and
    remove rows. ``about``: what the file holds, as `Chinese | English`. ``own``: name → `type | Chinese |
    English` of columns that no table has.
    """

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
    """The rows of one kind for one recipient. ``recipient``: its name, which is that of its folder; ``rows``:
    with the columns of the kind, sorted; ``subject``: the sampling plan, for kinds that are sent once per
    plan, else ''."""

    recipient: str
    kind: Kind
    rows: pd.DataFrame
    subject: str = ""


def of(table: str, columns: str) -> dict[str, str]:
    """Return column → ``table`` for the names in ``columns`` (separated by spaces), as :class:`Kind` takes
    them."""
    return dict.fromkeys(columns.split(), table)


def only(rows: pd.DataFrame, kind: Kind) -> pd.DataFrame:
    """Return ``rows`` with the columns of the kind alone, in its order, and a new index from 0. Raises
    KeyError where they lack one."""
    return rows[list(kind.columns)].reset_index(drop=True)


def as_text(lists: pd.Series) -> pd.Series:
    """Return lists as texts, one per row, their entries joined by ；. None stays None, an empty list gives
    ''. The index is kept."""
    texts = [None if value is None else "；".join(map(str, value)) for value in lists]
    return pd.Series(texts, lists.index, dtype=object)


def as_days(times: pd.Series) -> pd.Series:
    """Return timestamps as dates (datetime.date), one per row; missing ones are None. The index is kept."""
    days = [None if pd.isna(time) else time.date() for time in times]
    return pd.Series(days, times.index, dtype=object)


def recipient_of_platform(code: str) -> str:
    """Return the recipient's name for a platform's code, as `platform_P1`."""
    return f"platform_{code}"


def recipient_of_region(code: str) -> str:
    """Return the recipient's name for the authorities of a province, as `region_` and its code, or for the
    nation's authority if ``code`` is the nation's."""
    return f"region_{code}"
