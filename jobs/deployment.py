"""The nation that an installation serves: its code, currency, time zone, calendar, telephones, day counts
and names.

They are read from `schemas/deployment.yaml`, or from the file that the environment variable
QUALITY_DEPLOYMENT names. Unknown and missing fields are errors. When the file's content changes, all silver
and gold tables are built anew (`jobs.night.identity`).
"""

from __future__ import annotations

import re
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import PlainValidator, model_validator

from jobs.contracts.document import Document, suggestion
from jobs.contracts.shapes import Filled, Shape, Texts, Whole, one_of, shaped
from jobs.environment import deployment_file
from jobs.errors import UsageError
from jobs.iso_codes import countries, currencies
from jobs.strict_yaml import YamlError, load_typed

# The nation whose laws and authorities the code names; pages of others do not show them.
CHINA = "CN"
# Where working days come from that silver.calendar does not state: a package, or nowhere.
CALENDARS = ("chinesecalendar", "none")
# The languages that pages can show.
LANGUAGES = ("zh", "en")
# Files beside those of the IANA names: the machine's zone, and folders with copies, one with leap seconds.
_NO_ZONES, _COPIES = ("localtime", "posixrules"), ("posix/", "right/")


def country(value: Any) -> str:
    """Return the value if it is a two-letter country code of ISO 3166-1, in capitals; else raise ValueError.
    It validates a field of the file."""
    return _code(value, countries(), "country code (ISO 3166-1, two letters)")


def currency(value: Any) -> str:
    """Return the value if it is a three-letter currency code of ISO 4217, in capitals, of money since 2000
    (`currencies`); else raise ValueError. It validates a field of the file."""
    return _code(value, currencies(), "currency code (ISO 4217, three letters)")


def timezone(value: Any) -> str:
    """Return the name if the value is that of a time zone of the IANA database (`Asia/Shanghai`), not of a
    copy of one (`localtime`, `posix/Asia/Shanghai`); else raise ValueError. It validates a field of the file,
    and of source YAMLs."""
    try:
        name = ZoneInfo(str(value)).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        name = ""
    if not name or name in _NO_ZONES or name.startswith(_COPIES):
        raise ValueError(f"{value!r} is not a time zone of the IANA database")
    return name


def country_code(value: Any) -> str:
    """Return the value if it is a text of the one to three digits of a telephone country code (ITU-T E.164),
    such as 86; else raise ValueError. It validates a field of the file."""
    return _digits(value, "[1-9][0-9]{0,2}", "a telephone country code, one to three digits")


def trunk_prefix(value: Any) -> str:
    """Return the value if it is a text of two digits or fewer, the trunk prefix; else raise ValueError. It
    validates a field of the file."""
    return _digits(value, "[0-9]{0,2}", "a trunk prefix, two digits or fewer")


def _digits(value: Any, form: str, what: str) -> str:
    if isinstance(value, str) and re.fullmatch(form, value):
        return value
    raise ValueError(f"{value!r} is not {what} in quotes")


def spoken(value: Any) -> tuple[str, ...]:
    """Return the languages of pages as a tuple if the value is a list of LANGUAGES, each at most once and at
    least one; else raise ValueError. It validates a field of the file."""
    if not isinstance(value, list) or not value or len(set(map(str, value))) < len(value):
        raise ValueError(f"{value!r} is not a list of languages, each at most once: {', '.join(LANGUAGES)}")
    for each in value:
        if each not in LANGUAGES:
            raise ValueError(f"{each!r} is not one of {', '.join(LANGUAGES)}")
    return tuple(value)


def _code(value: Any, known: frozenset[str], what: str) -> str:
    if isinstance(value, str) and value in known:
        return value
    other = str(value).upper()
    hint = f"; did you mean {other}?" if other in known else suggestion(other, sorted(known))
    raise ValueError(f"{value!r} is not a {what}{hint}")


class NameRules(Shape):
    """How names of organisations and persons are read. ``organisation``, ``organisation_latin``: words that
    only names of organisations and shops have, in Han and in Latin script; ``legal_forms``: endings of a name
    (`有限公司`, `ltd`) that linkage removes before it compares names; ``longest_han_person``: the most
    characters of a person's name in Han script."""

    organisation: Texts
    organisation_latin: Texts
    legal_forms: Texts
    longest_han_person: Whole


class Telephone(Shape):
    """How telephone numbers of the nation are written. ``country_code``: as in `+86`; ``trunk_prefix``: the
    digits before a number that are left out after the country code, '' where it is also written without
    them within the nation."""

    country_code: Annotated[str, PlainValidator(country_code)]
    trunk_prefix: Annotated[str, PlainValidator(trunk_prefix)]


class WorkingDays(Shape):
    """A number of working days, at least 0."""

    amount: Whole
    unit: Annotated[str, one_of("working_day")]


class CalendarDays(Shape):
    """A number of calendar days, at least 0."""

    amount: Whole
    unit: Annotated[str, one_of("calendar_day")]


class Deadlines(Shape):
    """Deadlines that silver.statutory_timer, the table of the laws' deadlines, does not have; None where the
    nation has no such deadline.

    ``takedown``: to remove a listing that was ordered to be removed; ``filing``: after the end of a month,
    for a platform to hand in its data; ``report_extension``: more time to verify a report of a citizen;
    ``signal``: to look into a risk signal; ``assignment``: to name the region responsible for a lead.
    """

    takedown: WorkingDays | None = None
    filing: CalendarDays | None = None
    report_extension: WorkingDays | None = None
    signal: WorkingDays | None = None
    assignment: WorkingDays | None = None


# The names of the deadlines, as fields of Deadlines: those in working days, and all.
WorkingDayDeadline = Literal["takedown", "report_extension", "signal", "assignment"]
DeadlineName = WorkingDayDeadline | Literal["filing"]


class OtherHotline(Shape):
    """A hotline that takes complaints about goods too and passes them on to the contact for complaints."""

    name_zh: Filled
    name_en: Filled
    telephone: Filled


class ComplaintContact(Shape):
    """Where buyers complain about goods: a hotline or a platform. Either way to reach it may be missing, and
    so may ``other``."""

    name_zh: Filled
    name_en: Filled
    telephone: Filled | None = None
    address: Filled | None = None
    other: OtherHotline | None = None


class DataContact(Shape):
    """Whom readers of the sites ask about the data, with at least one way to reach it; ``address``: postal,
    or of a page."""

    name_zh: Filled
    name_en: Filled
    telephone: Filled | None = None
    email: Filled | None = None
    address: Filled | None = None

    @model_validator(mode="after")
    def _reachable(self) -> DataContact:
        if not (self.telephone or self.email or self.address):
            raise ValueError("needs a telephone, an email or an address")
        return self


class Deployment(Shape):
    """The content of one deployment file, which explains each field.

    ``code``: country, ISO 3166-1; ``currency``: ISO 4217; ``timezone``: IANA name; ``calendar``: one of
    CALENDARS; ``languages``: of LANGUAGES, the first one is shown first; ``complaints``: None where no
    contact is named; ``data_contact``: None where no one is named.
    """

    code: Annotated[str, PlainValidator(country)]
    name_zh: Filled
    name_en: Filled
    currency: Annotated[str, PlainValidator(currency)]
    currency_zh: Filled
    timezone: Annotated[str, PlainValidator(timezone)]
    calendar: Annotated[str, one_of(*CALENDARS)]
    languages: Annotated[tuple[str, ...], PlainValidator(spoken)]
    telephone: Telephone
    deadlines: Deadlines
    complaints: ComplaintContact | None = None
    data_contact: DataContact | None = None
    names: NameRules

    @property
    def zone(self) -> ZoneInfo:
        """The nation's time zone."""
        return ZoneInfo(self.timezone)

    def deadline(self, name: DeadlineName) -> int | None:
        """Return the number of days of the deadline ``name``, in working or calendar days as the file states;
        None where the nation has no such deadline."""
        found: WorkingDays | CalendarDays | None = getattr(self.deadlines, name)
        return None if found is None else found.amount


def deployment() -> Deployment:
    """Return the deployment of this installation. Raises UsageError, which lists every problem of the file as
    `file:line: field: what`."""
    return read_deployment(deployment_file())


def today() -> date:
    """Return today's date in the nation's time zone. All dates in the lake that are taken from a clock come
    from here. Raises UsageError as `deployment`."""
    return datetime.now(deployment().zone).date()


@lru_cache(maxsize=16)
def read_deployment(path: Path) -> Deployment:
    """Return the deployment that the file at ``path`` describes. It is read once per process. Raises
    UsageError, which lists every problem of the file as `file:line: field: what`."""
    try:
        data, lines = load_typed(path)
    except YamlError as error:
        raise UsageError("\n".join(error.problems)) from error
    doc = Document(lines)
    found = shaped(doc, Deployment, data)
    if found is None:
        raise UsageError("\n".join(doc.problems))
    return found
