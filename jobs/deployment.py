"""The nation that an installation serves: its code, currency, time zone, calendar, day counts and names.

`schemas/deployment.yaml` says it, or the file that QUALITY_DEPLOYMENT names. It is read strictly, and its
content is part of what every table is made by (`jobs.night.identity`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from jobs.contracts.document import Document, suggestion
from jobs.environment import deployment_file
from jobs.errors import UsageError
from jobs.iso_codes import countries, currencies
from jobs.strict_yaml import KeyPath, YamlError, load_typed

CALENDARS = ("chinesecalendar", "none")
DEADLINES = ("takedown", "filing", "report_extension")
UNITS = {"takedown": ("working_day",), "filing": ("calendar_day",), "report_extension": ("working_day",)}
_TOP = (
    "code",
    "name_zh",
    "name_en",
    "currency",
    "currency_zh",
    "timezone",
    "calendar",
    "deadlines",
    "names",
)
_LISTS = ("organisation", "organisation_latin", "legal_forms")
_NAMES = (*_LISTS, "longest_han_person")


@dataclass(frozen=True)
class NameRules:
    """Words by which names of organisations are known; ``longest_han_person``: characters that a person's
    name in Han script has at most."""

    organisation: tuple[str, ...]
    organisation_latin: tuple[str, ...]
    legal_forms: tuple[str, ...]
    longest_han_person: int


@dataclass(frozen=True)
class Deployment:
    """What one file says. ``deadlines``: amounts of those of DEADLINES that the nation has, in UNITS."""

    code: str
    name_zh: str
    name_en: str
    currency: str
    currency_zh: str
    timezone: str
    calendar: str
    deadlines: Mapping[str, int]
    names: NameRules

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    def deadline(self, name: str) -> int | None:
        """The amount of one of DEADLINES, None where the nation has none."""
        return self.deadlines.get(name)


def deployment() -> Deployment:
    """The installation's own. UsageError: every problem of the file as `file:line: field: what`."""
    return read_deployment(deployment_file())


def today() -> date:
    """Today's date in the nation's time zone: the only clock that a date in the lake comes from."""
    return datetime.now(deployment().zone).date()


@lru_cache(maxsize=16)
def read_deployment(path: Path) -> Deployment:
    """What the file says; UsageError as above."""
    try:
        data, lines = load_typed(path)
    except YamlError as error:
        raise UsageError("\n".join(error.problems)) from error
    doc = Document(lines)
    found = _read(doc, doc.mapping(data, (), "", _TOP, _TOP))
    if doc.problems:
        raise UsageError("\n".join(doc.problems))
    return found


def country(doc: Document, value: Any, path: KeyPath, field: str) -> str:
    """The value if it is a code of ISO 3166-1, else '' and a problem."""
    return _code(doc, value, path, field, countries(), "country (ISO 3166-1, two letters)")


def currency(doc: Document, value: Any, path: KeyPath, field: str) -> str:
    """The value if it is a code of ISO 4217, else '' and a problem."""
    return _code(doc, value, path, field, currencies(), "currency (ISO 4217, three letters)")


def _code(doc: Document, value: Any, path: KeyPath, field: str, known: frozenset[str], what: str) -> str:
    if isinstance(value, str) and value in known:
        return value
    other = str(value).upper()
    hint = f"; did you mean {other}?" if other in known else suggestion(other, sorted(known))
    doc.wrong(path, field, f"{value!r} is no code of a {what}{hint}")
    return ""


def _read(doc: Document, data: Mapping[str, Any]) -> Deployment:
    return Deployment(
        code=country(doc, data.get("code"), ("code",), "code"),
        name_zh=doc.text(data.get("name_zh"), ("name_zh",), "name_zh"),
        name_en=doc.text(data.get("name_en"), ("name_en",), "name_en"),
        currency=currency(doc, data.get("currency"), ("currency",), "currency"),
        currency_zh=doc.text(data.get("currency_zh"), ("currency_zh",), "currency_zh"),
        timezone=_timezone(doc, data.get("timezone")),
        calendar=doc.one_of(data.get("calendar"), ("calendar",), "calendar", CALENDARS, "none"),
        deadlines=_deadlines(doc, data.get("deadlines")),
        names=_names(doc, data.get("names")),
    )


def _timezone(doc: Document, value: Any) -> str:
    name = doc.text(value, ("timezone",), "timezone")
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        doc.wrong(("timezone",), "timezone", f"{name!r} is not a time zone of the IANA database")
    return name


def _deadlines(doc: Document, value: Any) -> dict[str, int]:
    found = {}
    for name, said in doc.mapping(value, ("deadlines",), "deadlines", DEADLINES).items():
        if name not in DEADLINES:
            continue
        at, field, keys = ("deadlines", name), f"deadlines.{name}", ("amount", "unit")
        given = doc.mapping(said, at, field, keys, keys)
        doc.one_of(given.get("unit"), (*at, "unit"), f"{field}.unit", UNITS[name], "")
        found[name] = _whole(doc, given.get("amount"), (*at, "amount"), f"{field}.amount")
    return found


def _names(doc: Document, value: Any) -> NameRules:
    given = doc.mapping(value, ("names",), "names", _NAMES, _NAMES)
    lists = {}
    for key in _LISTS:
        at, field = ("names", key), f"names.{key}"
        words = [
            doc.text(w, (*at, i), field) for i, w in enumerate(doc.sequence(given.get(key, []), at, field))
        ]
        lists[key] = tuple(words)
    field = "names.longest_han_person"
    longest = _whole(doc, given.get("longest_han_person", 0), ("names", "longest_han_person"), field)
    return NameRules(**lists, longest_han_person=longest)


def _whole(doc: Document, value: Any, path: KeyPath, field: str) -> int:
    if type(value) is int and value >= 0:
        return value
    doc.wrong(path, field, f"{value!r} is not a whole number of 0 or more")
    return 0
