"""Java-style date and time patterns (java.time.format.DateTimeFormatter's letters, a subset:
definitions.md#feed), parsed a column at a time.

Parsing is strict: a value fits a pattern as a whole or not at all; years are 0001–9999; two-digit years are
2000–2099; English month names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
# letters → (field, expression)
_LETTERS = {
    "yyyy": ("year", "[0-9]{4}"),
    "yy": ("year2", "[0-9]{2}"),
    "MM": ("month", "[0-9]{2}"),
    "M": ("month", "[0-9]{1,2}"),
    "MMM": ("name3", "(?i:" + "|".join(m[:3] for m in MONTHS) + ")"),
    "MMMM": ("name", "(?i:" + "|".join(MONTHS) + ")"),
    "dd": ("day", "[0-9]{2}"),
    "d": ("day", "[0-9]{1,2}"),
    "HH": ("hour", "[0-9]{2}"),
    "H": ("hour", "[0-9]{1,2}"),
    "hh": ("hour12", "[0-9]{2}"),
    "h": ("hour12", "[0-9]{1,2}"),
    "mm": ("minute", "[0-9]{2}"),
    "ss": ("second", "[0-9]{2}"),
    "SSS": ("milli", "[0-9]{3}"),
    "SSSSSS": ("micro", "[0-9]{6}"),
    "a": ("half", "(?i:am|pm)"),
    "XXX": ("offset", "Z|[+-][0-9]{2}:[0-9]{2}"),
}
_TEXT = ("name3", "name", "half", "offset")
_SAME = {"year2": "year", "name3": "month", "name": "month", "hour12": "hour", "micro": "milli"}
# Days of all kinds for which two patterns may disagree; a day outside these years is no reading of a text.
_FIRST_PROBE, _BEYOND = np.datetime64("1980-01-01"), np.datetime64("2100-01-01")
_PROBES = [
    date(year, month, day) for year in (2001, 2012) for month in range(1, 13) for day in (1, 2, 11, 28)
]
_ISO = "yyyy-MM-dd'T'HH:mm:ss"
ISO_CELL = (
    "yyyy-MM-dd",
    _ISO,
    _ISO + ".SSSSSS",
    _ISO + "XXX",
    _ISO + ".SSSSSSXXX",
)  # typed dates of workbooks and Parquet


@dataclass(frozen=True)
class Pattern:
    """A compiled date and time pattern. ``text``: as it is written; ``expression``: a regular expression
    (RE2) with one named group per field; ``fields``: the names of the groups, in their order, such as `year`
    and `month`."""

    text: str
    expression: str
    fields: tuple[str, ...]


@lru_cache(maxsize=512)
def compile_pattern(text: str) -> Pattern:
    """The compiled pattern of a day, or of a day and a time. Raises ValueError, in plain words, for a letter
    outside the closed set, a field that occurs twice, no full day (year, month and day), a one-digit field
    beside another number, and `hh` without `a`."""
    parts: list[str] = []
    fields: list[str] = []
    previous = ""  # the letters of the field directly before
    for token in _tokens(text):
        if not re.match("[A-Za-z]", token):
            parts.append(re.escape(_literal(token, text)))
            previous = ""
            continue
        if token not in _LETTERS:
            raise ValueError(
                f"{token!r} in {text!r} is not one of {' '.join(_LETTERS)}; other text stands in single "
                f"quotes"
            )
        field, expression = _LETTERS[token]
        if (
            previous
            and field not in _TEXT
            and _LETTERS[previous][0] not in _TEXT
            and 1 in (len(token), len(previous))
        ):
            raise ValueError(
                f"{previous}{token} in {text!r} is ambiguous: two numbers touch and one has no fixed width"
            )
        parts.append(f"(?P<{field}>{expression})")
        fields.append(field)
        previous = token
    _whole(text, fields)
    return Pattern(text, "".join(parts), tuple(fields))


def _tokens(text: str) -> list[str]:
    return [m.group() for m in re.finditer(r"''|'(?:[^']|'')*'|([A-Za-z])\1*|[^A-Za-z]", text)]


def _literal(token: str, text: str) -> str:
    if token == "''":
        return "'"
    if token == "'":
        raise ValueError(f"a quote in {text!r} is not closed")
    return token[1:-1].replace("''", "'") if token[0] == "'" else token


def _whole(text: str, fields: list[str]) -> None:
    plain = [_SAME.get(f, f) for f in fields]
    for field in plain:
        if plain.count(field) > 1:
            raise ValueError(f"{text!r} holds the {field} twice")
    lacking = [f for f in ("year", "month", "day") if f not in plain]
    if lacking:
        raise ValueError(f"{text!r} holds no {', no '.join(lacking)}")
    if ("hour12" in fields) != ("half" in fields):
        raise ValueError(f"{text!r}: hh or h and a stand together or not at all")


def _numbers(column: pa.Array) -> np.ndarray:
    numbers: np.ndarray = pc.cast(column, pa.int64()).to_numpy(zero_copy_only=False)
    return numbers


def _local(values: pa.Array, pattern: Pattern) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """Positions of the values that fit, their local times (datetime64[us], NaT where out of range), their
    offsets in minutes if written."""
    found = pc.extract_regex(values, pattern=f"^(?:{pattern.expression})$")
    where = np.flatnonzero(pc.is_valid(found).to_numpy(zero_copy_only=False))
    if not len(where):
        return where, np.array([], dtype="datetime64[us]"), None
    hits = found.take(pa.array(where))
    got = {name: pc.struct_field(hits, name) for name in pattern.fields}
    zero = np.zeros(len(where), dtype=np.int64)
    number = {name: _numbers(column) for name, column in got.items() if name not in _TEXT}
    year = number["year"] if "year" in number else number["year2"] + 2000
    if "month" in number:
        month = number["month"]
    else:
        short = pc.utf8_slice_codeunits(pc.utf8_lower(got["name3"] if "name3" in got else got["name"]), 0, 3)
        month = _numbers(pc.index_in(short, value_set=pa.array([m[:3] for m in MONTHS]))) + 1
    day, minute, second = number["day"], number.get("minute", zero), number.get("second", zero)
    hour = number.get("hour", zero)
    good = (year >= 1) & (month >= 1) & (month <= 12) & (minute < 60) & (second < 60) & (hour < 24)
    if "hour12" in number:
        half = number["hour12"]
        good &= (half >= 1) & (half <= 12)
        hour = half % 12 + 12 * pc.equal(pc.utf8_lower(got["half"]), "pm").to_numpy(zero_copy_only=False)
    first = ((np.where(good, year, 1970) - 1970) * 12 + np.where(good, month, 1) - 1).astype("datetime64[M]")
    days = first.astype("datetime64[D]") + (day - 1)
    good &= days.astype("datetime64[M]") == first
    micros = (
        ((hour * 60 + minute) * 60 + second) * 1_000_000
        + number.get("milli", zero) * 1000
        + number.get("micro", zero)
    )
    local = np.where(
        good, days.astype("datetime64[us]") + micros.astype("timedelta64[us]"), np.datetime64("NaT")
    )
    return where, local, _offsets(got["offset"]) if "offset" in got else None


def _offsets(column: pa.Array) -> np.ndarray:
    """Offsets from UTC in minutes; an offset beyond 18 hours (java.time.ZoneOffset's bound) is marked by a
    huge value."""
    text = pc.if_else(pc.equal(column, "Z"), "+00:00", column)
    hours = _numbers(pc.utf8_slice_codeunits(text, 1, 3))
    minutes = _numbers(pc.utf8_slice_codeunits(text, 4, 6))
    sign = np.where(pc.equal(pc.utf8_slice_codeunits(text, 0, 1), "-").to_numpy(zero_copy_only=False), -1, 1)
    total = hours * 60 + minutes
    return np.where((minutes < 60) & (total <= 18 * 60), sign * total, np.iinfo(np.int64).max)


def local_days(values: pa.Array, patterns: Sequence[str]) -> np.ndarray:
    """The day of each value by the first pattern that fits it, as datetime64[D], NaT where none does; the
    offset of a pattern with a time is ignored. ``values``: an array of text without nulls. Raises ValueError
    as `compile_pattern` does."""
    days = np.full(len(values), np.datetime64("NaT"), dtype="datetime64[D]")
    for pattern in [compile_pattern(text) for text in patterns]:
        where, local, _ = _local(values, pattern)
        open_ = np.isnat(days[where])
        days[where[open_]] = local[open_].astype("datetime64[D]")
        if not np.isnat(days).any():
            break
    return days


def contradiction(patterns: Sequence[str]) -> tuple[str, str, str] | None:
    """Look for two of the patterns by which one text means two different days, as `dd/MM/yyyy` and
    `MM/dd/yyyy`. Returns the two, in their order, and such a text; None where there are none. Raises
    ValueError as `compile_pattern` does."""
    for at, one in enumerate(patterns):
        for other in patterns[:at]:
            text = _two_days(other, one)
            if text is not None:
                return other, one, text
    return None


@cache  # sources share their patterns
def _two_days(earlier: str, later: str) -> str | None:
    """A text of ``later`` that ``earlier`` reads as another day; None where there is none."""
    written = pa.array([day_written(later, day) for day in _PROBES])
    days = local_days(written, [earlier])
    wrong = ~np.isnat(days) & (days != np.array(_PROBES, "datetime64[D]"))
    wrong &= (days >= _FIRST_PROBE) & (days < _BEYOND)
    return str(written[int(wrong.argmax())]) if wrong.any() else None


def day_written(pattern: str, day: date) -> str:
    """The text of ten past nine (UTC) on ``day`` as ``pattern`` writes it; without a time in the pattern that
    of the day. ``pattern``: as `compile_pattern` takes it."""
    name = MONTHS[day.month - 1].title()
    texts = {
        "yyyy": f"{day.year}", "yy": f"{day.year % 100:02}", "MM": f"{day.month:02}", "M": f"{day.month}",
        "MMM": name[:3], "MMMM": name, "dd": f"{day.day:02}", "d": f"{day.day}", "HH": "09", "H": "9",
        "hh": "09", "h": "9", "mm": "10", "ss": "00", "SSS": "000", "SSSSSS": "000000", "a": "am", "XXX": "Z",
    }  # fmt: skip
    return "".join(
        texts[token] if re.match("[A-Za-z]", token) else _literal(token, pattern)
        for token in _tokens(pattern)
    )


def utc_instants(values: pa.Array, patterns: Sequence[str], timezone: str) -> np.ndarray:
    """The UTC instant of each value by the first pattern that fits it, as datetime64[us], NaT where none
    does. ``values``: an array of text without nulls.

    Without a written offset the local time is one of ``timezone``: in an hour that comes twice the earlier
    one is taken (as java.time.ZonedDateTime.ofLocal does); a time that the zone leaves out fits nothing.
    Raises ValueError as `compile_pattern` does, and ZoneInfoNotFoundError for an unknown time zone.
    """
    instants = np.full(len(values), np.datetime64("NaT"), dtype="datetime64[us]")
    for pattern in [compile_pattern(text) for text in patterns]:
        where, local, offsets = _local(values, pattern)
        if offsets is None:
            utc = _from_zone(local, timezone)
        else:
            legal = offsets != np.iinfo(np.int64).max
            shift = (np.where(legal, offsets, 0) * 60_000_000).astype("timedelta64[us]")
            utc = np.where(legal, local - shift, np.datetime64("NaT"))
        open_ = np.isnat(instants[where])
        instants[where[open_]] = utc[open_]
        if not np.isnat(instants).any():
            break
    first, last = (
        np.datetime64("0001-01-01T00:00:00", "us"),
        np.datetime64("9999-12-31T23:59:59.999999", "us"),
    )
    instants[(instants < first) | (instants > last)] = np.datetime64("NaT")
    return instants


_Seconds = Callable[[datetime, ZoneInfo], int | None]  # of a moment and a time zone


def _shift(moments: np.ndarray, zone: ZoneInfo, seconds: _Seconds) -> np.ndarray:
    """Each moment (datetime64[us]) plus the seconds that ``seconds`` returns for it in ``zone``, NaT
    where it returns None.

    For a day whose first and last second give the same shift, ``seconds`` is called for these two only; that
    is exact for every time zone whose offset changes at most once a day."""
    moved = np.full(len(moments), np.datetime64("NaT"), dtype="datetime64[us]")
    where = np.flatnonzero(~np.isnat(moments))
    if not len(where):
        return moved
    numbers = moments[where].astype("datetime64[D]").astype(np.int64)
    counts = np.bincount(
        numbers - numbers.min()
    )  # at most the days of 9,999 years; far faster than np.unique
    days = (np.flatnonzero(counts) + numbers.min()).astype("datetime64[D]")
    codes = (np.cumsum(counts > 0) - 1)[numbers - numbers.min()]
    of_days = [_of_day(day, zone, seconds) for day in days.astype(object)]
    shifts = np.array([shift or 0 for shift in of_days], dtype=np.int64)
    easy = np.array([shift is not None for shift in of_days])[codes]
    moved[where[easy]] = moments[where[easy]] + (shifts[codes[easy]] * 1_000_000).astype("timedelta64[us]")
    for i in where[~easy]:
        shift = seconds(moments[i].astype(object), zone)
        if shift is not None:
            moved[i] = moments[i] + np.timedelta64(shift * 1_000_000, "us")
    return moved


@lru_cache(maxsize=1 << 14)  # the files of a source hold the same days
def _of_day(day: date, zone: ZoneInfo, seconds: _Seconds) -> int | None:
    """The shift of all moments of a day; None where its first and its last second have none, or two."""
    first = seconds(datetime.combine(day, time()), zone)
    return first if first == seconds(datetime.combine(day, time(23, 59, 59)), zone) else None


def _from_zone(local: np.ndarray, timezone: str) -> np.ndarray:
    return _shift(local, ZoneInfo(timezone), _seconds_to_utc)


def _seconds_to_utc(moment: datetime, zone: ZoneInfo) -> int | None:
    """The seconds to add to a local time to get UTC, such as -28800 at +08:00; None where the zone leaves
    the time out or UTC lies outside the years 1-9999. Of an hour that comes twice the earlier one counts."""
    offset = _offset(moment.replace(tzinfo=zone))
    try:
        returned = (moment - offset).replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None, fold=0)
    except OverflowError:  # before year 1 or after 9999 in UTC
        return None
    # A time that the zone leaves out, when clocks go forward, comes back as another.
    return -round(offset.total_seconds()) if returned == moment else None


def _seconds_to_local(moment: datetime, zone: ZoneInfo) -> int | None:
    try:
        return round(_offset(moment.replace(tzinfo=UTC).astimezone(zone)).total_seconds())
    except OverflowError:
        return None


def _offset(moment: datetime) -> timedelta:
    offset = moment.utcoffset()
    assert offset is not None, "a moment in a zone has an offset"
    return offset


def local_times(instants: np.ndarray, timezone: str) -> np.ndarray:
    """Convert UTC instants to the local time in ``timezone``, both as vectors of datetime64[us].

    ``instants``: NaT or within the years 1–9999. NaT stays NaT, and so becomes an instant whose local time
    lies outside these years. Raises ZoneInfoNotFoundError for an unknown time zone.
    """
    return _shift(instants, ZoneInfo(timezone), _seconds_to_local)


def days_of_instants(instants: np.ndarray, timezone: str) -> np.ndarray:
    """The local day (datetime64[D]) in ``timezone`` of UTC instants, as of `local_times`."""
    return local_times(instants, timezone).astype("datetime64[D]")


def texts(moments: np.ndarray, otherwise: pa.Array) -> pa.Array:
    """Write moments as an array of text: days (datetime64[D]) as yyyy-MM-dd and instants (datetime64[us]) as
    yyyy-MM-ddTHH:mm:ss.ffffffZ. Where a moment is NaT, the text is that of ``otherwise`` at its position."""
    lost = np.isnat(moments)
    written = pa.array(np.datetime_as_string(moments), pa.string())
    if moments.dtype == np.dtype("datetime64[us]"):
        written = pc.binary_join_element_wise(written, "Z", "")
    return pc.if_else(pa.array(lost), otherwise, written) if lost.any() else written
