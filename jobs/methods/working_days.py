"""Working days of mainland China as the State Council arranges them, with make-up days, from the package
chinesecalendar.

The arrangement of a year is announced in the autumn before. Beyond the last one that is known every function
raises :class:`CalendarUnknown`; none guesses. ``calendar``, the rows of silver.calendar, adds years or
overrides days without a new package.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Literal, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from chinese_calendar.constants import holidays, workdays

Days = TypeVar("Days", date, pd.Series)

SHANGHAI = ZoneInfo("Asia/Shanghai")
UNITS = ("calendar_day", "working_day", "month", "year")


class Known(NamedTuple):
    """The calendar as the functions of this module use it. ``busy``: numpy's business-day calendar, in which
    every rest day is a holiday and all seven weekdays may be working days; ``first``, ``last``: the first and
    last day for which it is known."""

    busy: np.busdaycalendar
    first: date
    last: date


_NOTHING = (date(2000, 1, 2), date(2000, 1, 1))  # no day lies between


class CalendarUnknown(ValueError):
    """Raised where a day lies outside the years whose holidays are known."""


def known(calendar: pd.DataFrame | Known | None = None) -> tuple[date, date]:
    """Return ``(first, last)``, the first and last day for which it is known whether they are working days.
    ``calendar`` as in :func:`add`. If no year is known, ``last`` is before ``first``."""
    _, first, last = prepared(calendar)
    return first, last


def add(day: Days, n: int | pd.Series, *, calendar: pd.DataFrame | Known | None = None) -> Days:
    """Compute the ``n``-th working day after ``day``; ``day`` itself is not counted, whether it is a working
    day or not.

    ``n = 0``: ``day`` itself, rolled forward to a working day. ``n < 0``: the ``-n``-th working day before.
    ``day``: a date, a datetime (one with a time zone is converted to Shanghai time, one without is Shanghai
    time), a text yyyy-mm-dd, or a Series of them, in which missing days stay missing; ``n``: a whole number
    or, for a Series of days, a Series with the same index. Returns a date, for a Series a Series of midnight
    timestamps with its index.

    ``calendar``: rows of silver.calendar (``day``, ``is_working_day``: days that differ from Monday to
    Friday), or what :func:`prepared` made of them; they override the package, and a year that any of them
    names counts as known where it continues the known years.

    Raises CalendarUnknown where ``day`` or the result lies outside the known years, ValueError for what is
    not a day or not whole, and for a Series ``n`` whose index is not that of ``day``.
    """
    busy, first, last = prepared(calendar)
    if isinstance(n, pd.Series) and not (isinstance(day, pd.Series) and day.index.equals(n.index)):
        raise ValueError("n is a Series, and day is none with the same index")
    days, steps = _days(day), _whole(n)
    missing = np.isnat(days)
    safe = np.where(missing, np.datetime64(first), days)
    _check_known(days[~missing], first, last)
    roll = np.where(steps > 0, "backward", "forward")
    ways: tuple[Literal["forward"], Literal["backward"]] = ("forward", "backward")
    try:
        forward, backward = (
            np.busday_offset(safe, np.where(roll == way, steps, 0), roll=way, busdaycal=busy) for way in ways
        )
    except ValueError as error:
        raise CalendarUnknown(str(error)) from None
    found = np.where(roll == "forward", forward, backward)
    _check_known(found[~missing], first, last)
    return _shaped(np.where(missing, np.datetime64("NaT"), found), day)


def between(start: Days, end: Days, *, calendar: pd.DataFrame | Known | None = None) -> int | pd.Series:
    """Count the working days after ``start`` up to and including ``end``, so that ``between(d, add(d, n))``
    is ``n`` for n from 1 on. Where ``end`` is earlier: minus the working days after ``end`` up to and
    including ``start``, so 0 where these are all rest days.

    ``start``, ``end``, ``calendar`` as in :func:`add`; two Series must have the same index. Returns an int;
    for Series a nullable Int64 Series with the first one's index, missing where a day is.

    Raises CalendarUnknown where a day lies outside the known years and the other one is not missing,
    ValueError for what is not a day, two scalars of which one is missing, or two Series with different
    indexes.
    """
    busy, first, last = prepared(calendar)
    if isinstance(start, pd.Series) and isinstance(end, pd.Series) and not start.index.equals(end.index):
        raise ValueError("start and end have different indexes")
    begins, ends = np.broadcast_arrays(_days(start), _days(end))
    missing = np.isnat(begins) | np.isnat(ends)
    _check_known(np.concatenate([begins[~missing], ends[~missing]]), first, last)
    begins, ends = (np.where(missing, np.datetime64(first), days) for days in (begins, ends))
    one = np.timedelta64(1, "D")
    earlier, later = np.minimum(begins, ends), np.maximum(begins, ends)
    counted = np.busday_count(earlier + one, later + one, busdaycal=busy) * np.where(ends < begins, -1, 1)
    series = next((days for days in (start, end) if isinstance(days, pd.Series)), None)
    if series is None:
        if missing:
            raise ValueError("start or end is missing")
        return int(counted)
    return pd.Series(pd.array(np.where(missing, 0, counted), dtype="Int64"), index=series.index).mask(missing)


def due(
    day: date, amount: int, unit: str, *, roll: bool = True, calendar: pd.DataFrame | Known | None = None
) -> date:  # fmt: skip
    """Compute the last day of a period of ``amount`` ``unit`` that begins with an event on ``day``, which is
    not counted itself. Returns a date.

    ``unit``: ``calendar_day``, ``working_day``, ``month`` or ``year``. A period of months or years ends on
    the corresponding day, or on the month's last day where there is none: three years from 29 February 2024
    end on 28 February 2027. ``roll``: a last day on a rest day moves to the next working day. ``calendar`` as
    in :func:`add`. Civil Code of the People's Republic of China, articles 201 to 203.

    Raises CalendarUnknown where a working day must be known and is not, ValueError for another unit or an
    amount that is negative or not whole.
    """
    if unit not in UNITS:
        raise ValueError(f"unit is {unit!r}; known are {', '.join(UNITS)}")
    if amount != int(amount) or amount < 0:
        raise ValueError(f"amount is {amount}; it must be a whole number and not negative")
    if unit == "working_day":
        return add(day, int(amount), calendar=calendar)
    begin: date = _days(day).item()
    if unit == "calendar_day":
        end = begin + timedelta(days=int(amount))
    else:
        months = int(amount) * (12 if unit == "year" else 1)
        year, month = divmod(begin.year * 12 + begin.month - 1 + months, 12)
        end = date(year, month + 1, min(begin.day, monthrange(year, month + 1)[1]))
    return add(end, 0, calendar=calendar) if roll else end


def prepared(calendar: pd.DataFrame | Known | None, *, package: bool = True) -> Known:
    """Convert ``calendar`` (as in :func:`add`) to the form that the functions of this module need, once for
    many calls; a :class:`Known` is returned as it is. ``package``: whether the years of the package
    chinesecalendar are included; False outside China, where only the years that ``calendar`` names are known,
    up to the first gap."""
    if isinstance(calendar, Known):
        return calendar
    if not package:
        return _named_only(calendar)
    busy, first, last = _package()
    if calendar is None:
        return Known(busy, first, last)
    days, works = _days(calendar["day"]), calendar["is_working_day"].to_numpy(dtype=bool)
    named, end = {day.year for day in days.astype(object)}, last
    while end.year + 1 in named:
        end = date(end.year + 1, 12, 31)
    later = np.arange(np.datetime64(last) + 1, np.datetime64(end) + 1)
    rest = np.concatenate([busy.holidays, later[~np.is_busday(later)]])
    rest = np.union1d(np.setdiff1d(rest, days[works]), days[~works])
    return Known(np.busdaycalendar(weekmask="1111111", holidays=rest), first, end)


def _named_only(calendar: pd.DataFrame | None) -> Known:
    """Monday to Friday but for the rows of ``calendar``; without any no year is known."""
    if calendar is None or calendar.empty:
        return Known(np.busdaycalendar(), *_NOTHING)
    days, works = _days(calendar["day"]), calendar["is_working_day"].to_numpy(dtype=bool)
    named = {day.year for day in days.astype(object)}
    end = min(named)
    while end + 1 in named:
        end += 1
    first, last = date(min(named), 1, 1), date(end, 12, 31)
    every = np.arange(np.datetime64(first), np.datetime64(last) + 1)
    rest = np.union1d(np.setdiff1d(every[~np.is_busday(every)], days[works]), days[~works])
    return Known(np.busdaycalendar(weekmask="1111111", holidays=rest), first, last)


@lru_cache(maxsize=1)
def _package() -> tuple[np.busdaycalendar, date, date]:
    first, last = date(min(holidays).year, 1, 1), date(max(holidays).year, 12, 31)
    days = np.arange(np.datetime64(first), np.datetime64(last) + 1)
    off, on = (np.array(list(named), dtype="datetime64[D]") for named in (holidays, workdays))
    works = np.isin(days, on) | (np.is_busday(days) & ~np.isin(days, off))
    return np.busdaycalendar(weekmask="1111111", holidays=days[~works]), first, last


def _check_known(days: np.ndarray, first: date, last: date) -> None:
    if first > last and np.size(days):
        raise CalendarUnknown("the holidays of no year are known")
    for day in np.ravel(days)[np.ravel((days < np.datetime64(first)) | (days > np.datetime64(last)))][:1]:
        raise CalendarUnknown(f"{day} lies outside {first} to {last}, the years whose holidays are known")


def _days(value: date | pd.Series) -> np.ndarray:
    """Shanghai days of a scalar or a Series as datetime64[D]."""
    if isinstance(value, pd.Series):
        items = value.astype(object).where(value.notna(), None).to_numpy()
        plain = set(map(type, items)) <= {date, type(None)}
        return (items if plain else np.array([_day(item) for item in items])).astype("datetime64[D]")
    return np.asarray(_day(value), dtype="datetime64[D]")


def _day(item: object) -> np.datetime64:
    if item is None or item is pd.NaT or item is pd.NA or (isinstance(item, float) and np.isnan(item)):
        return np.datetime64("NaT", "D")
    if isinstance(item, np.datetime64):
        item = pd.Timestamp(item)
    if isinstance(item, str):
        item = date.fromisoformat(item)
    if isinstance(item, datetime):
        item = (item.astimezone(SHANGHAI) if item.tzinfo else item).date()
    if not isinstance(item, date):
        raise ValueError(f"{item!r} is not a day")
    return np.datetime64(item, "D")


def _whole(n: int | pd.Series) -> np.ndarray:
    steps = np.asarray(n)
    if steps.dtype.kind not in "iu" and not (steps.dtype.kind == "f" and (steps == np.floor(steps)).all()):
        raise ValueError("n must be whole numbers")
    return steps.astype(int)


def _shaped(days: np.ndarray, like: date | pd.Series) -> date | pd.Series:
    if isinstance(like, pd.Series):
        return pd.Series(days.astype("datetime64[ns]"), index=like.index, name=like.name)
    if np.isnat(days):
        raise ValueError("the day is missing")
    return days.item()
