"""The fields of a source YAML (definitions.md#feed) as pydantic models: of the source, its feeds and their
joins. Here each value is checked by itself. Whether names and types fit the contract of the target table is
checked later, in jobs.ingest.feeds.

As the YAML is read by `load_text`, every scalar is text. A value that is not allowed raises ValueError in its
validator; `shaped` makes a problem of it.
"""

from __future__ import annotations

import codecs
import re
from fractions import Fraction
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainValidator,
    ValidationInfo,
    field_validator,
    model_validator,
)

from jobs.contracts.shapes import Filled, Shape, Texts, one_of
from jobs.deployment import country, currency, timezone
from jobs.ingest.delivery import compile_delivery
from jobs.ingest.model import CADENCES, FAMILIES, FORMATS
from jobs.ingest.paths import record_steps
from jobs.ingest.records import header_text

MISSING = ("null", "reject")  # what a join does with a record that it finds no partner for


def _number(value: Any) -> int:
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,12}", value):
        return int(value)
    raise ValueError(f"must be a whole number, not {value!r}")


def _share(value: Any) -> Fraction:
    if isinstance(value, str) and re.fullmatch(r"0(?:\.[0-9]{1,6})?|1(?:\.0{1,6})?", value):
        return Fraction(value)
    raise ValueError(f"must be from 0 to 1, not {value!r}")


def _source_name(value: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9_]*", value) or value == "corrections":
        what = "must be small letters, digits and _ (a folder's name), not `corrections`"
        raise ValueError(f"{value!r} {what}")
    return value


def _recipient(value: str) -> str:
    if not re.fullmatch(r"[a-z]+_[A-Za-z0-9_-]{1,40}|[a-z]+", value) or value == "buyers":
        what = "must be the name of a folder of the outbox, as platform_P07, lab_L01 or customs"
        raise ValueError(f"{value!r} {what}")
    return value


def _feeds(value: dict[str, Any]) -> dict[str, Any]:
    if not value:
        raise ValueError("must hold at least one feed")
    return value


def _delivered(value: str) -> str:
    compile_delivery(value)
    return value


def _encoding(value: Any) -> str:
    try:
        if codecs.lookup(str(value))._is_text_encoding:
            return str(value)
    except LookupError:
        pass
    raise ValueError(f"{value!r} is not a text encoding that Python knows")


def _delimiter(value: Any) -> str:
    value = "\t" if value == "\\t" else value
    if not isinstance(value, str) or len(value) != 1 or value.isalnum() or value in "\r\n":
        raise ValueError("must be one character, neither a letter, a digit nor a line end")
    return value


def _quote(value: Any) -> str:
    if not isinstance(value, str) or len(value) > 1 or value in ("\r", "\n") or value.isalnum():
        raise ValueError("must be one character, not the delimiter, or '' where nothing is quoted")
    return value


def _record_path(value: str) -> str:
    record_steps(value)
    return value


def _by(value: Any) -> tuple[tuple[str, str], ...]:
    pairs = value.items() if isinstance(value, dict) else ()
    if not pairs or not all(isinstance(v, str) and v.strip() and k.strip() for k, v in pairs):
        raise ValueError("must map columns of the record to columns of the joined file")
    return tuple((header_text(k), header_text(v)) for k, v in pairs)


def _taken(value: tuple[str, ...]) -> tuple[str, ...]:
    if not value:
        raise ValueError("must name at least one column of the joined file")
    return value


def _between(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("must be the text between two parts")
    return value


def _texts(value: tuple[str, ...]) -> tuple[str, ...]:
    if not value or len(set(value)) < len(value):
        raise ValueError("must name a column, or several different ones")
    return value


def _listed(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


def _globs(value: tuple[str, ...]) -> tuple[str, ...]:
    if not value:
        raise ValueError("must name at least one glob")
    if twice := [glob for i, glob in enumerate(value) if glob in value[:i]]:
        raise ValueError(f"{twice[0]!r} occurs twice")
    return value


Number = Annotated[int, PlainValidator(_number)]
"""A whole number written in digits."""
Header = Annotated[Filled, AfterValidator(header_text)]
"""The name of a column of a file."""
Headers = Annotated[tuple[Header, ...], Field(strict=False)]
Cadence = Annotated[str, one_of(*CADENCES)]
Country = Annotated[str, PlainValidator(country)]
Currency = Annotated[str, PlainValidator(currency)]
Timezone = Annotated[str, PlainValidator(timezone)]


class PublisherShape(Shape):
    """`publisher:` of a source, its name in Chinese and in English; each may be left out."""

    name_zh: Filled | None = None
    name_en: Filled | None = None


class SourceShape(Shape):
    """The top of a source YAML. ``source``: the name, also that of its folder in the inbox;
    ``recipient``: the folder of the outbox in which its provider learns what became of its files;
    ``settle_seconds``: a file is read only when it has not changed for so many seconds; ``synthetic``:
    whether the data are made up; ``feeds``: name → feed, each checked later as a FeedShape."""

    source: Annotated[Filled, AfterValidator(_source_name)]
    family: Annotated[str, one_of(*FAMILIES)] | None = None
    publisher: PublisherShape = PublisherShape()
    timezone: Timezone | None = None
    jurisdiction: Country | None = None
    currency: Currency | None = None
    cadence: Cadence = "irregular"
    recipient: Annotated[Filled, AfterValidator(_recipient)] | None = None
    settle_seconds: Number = 0
    synthetic: Annotated[str, one_of("true", "false")] = "false"
    feeds: Annotated[dict[str, Any], AfterValidator(_feeds)]


class VolumeShape(Shape):
    """`volume:` of a feed. ``min``, ``max``: the fewest and the most usable rows of one file (fewer: it is
    refused; more: a warning); ``shrink`` (0–1): the share of the earlier edition's records below which a
    later edition of the same file is held."""

    min: Number = 0
    max: Number | None = None
    shrink: Annotated[Fraction, PlainValidator(_share)] = Fraction(1, 2)

    @model_validator(mode="after")
    def _ordered(self) -> VolumeShape:
        if self.max is not None and self.min > self.max:
            raise ValueError("min is above max")
        return self


class OptionsShape(Shape):
    """`options:` of a feed, as in Options. A format uses those that it knows and ignores the others, as feeds
    of several formats may extend one YAML."""

    delimiter: Annotated[str, PlainValidator(_delimiter)] | None = None
    quote: Annotated[str, PlainValidator(_quote)] = '"'
    header_row: Number = 1
    header_rows: Number = 1
    sheet: Filled | None = None
    table: Filled | None = None
    record_path: Annotated[Filled, AfterValidator(_record_path)] | None = None

    @field_validator("header_row")
    @classmethod
    def _from_one(cls, value: int) -> int:
        if value < 1:
            raise ValueError("counts from 1")
        return value

    @field_validator("header_rows")
    @classmethod
    def _not_above(cls, value: int, info: ValidationInfo) -> int:
        if not 1 <= value <= info.data.get("header_row", value):
            raise ValueError("must be 1 or more, not above header_row")
        return value


class PartsShape(Shape):
    """`explode: {split: 列, by: "；"}` of a feed: the text of the column ``split`` is split at ``by``, and
    each part becomes a record. Of several columns, the first parts become the first record, the second parts
    the second one, and so on."""

    split: Annotated[Headers, BeforeValidator(_listed), AfterValidator(_texts)]
    by: Annotated[str, PlainValidator(_between)]


class JoinShape(Shape):
    """One element of `join:` of a feed, as in Join. ``file``: glob of the joined files; ``sheet``, ``table``:
    the sheet of a workbook or table of a database that holds the joined records, which may be another one of
    the feed's own file; ``by``: pairs (column of the record, column of the joined file)."""

    file: Filled
    sheet: Filled | None = None
    table: Filled | None = None
    by: Annotated[tuple[tuple[str, str], ...], PlainValidator(_by)]
    take: Annotated[Headers, AfterValidator(_taken)]
    missing: Annotated[str, one_of(*MISSING)] = "null"


class FeedShape(Shape):
    """One feed of a source YAML. ``target``, ``columns``, ``join`` and ``explode`` are taken as they are and
    checked later, as that needs the target's contract and the feed's format."""

    target: Any
    cadence: Cadence | None = None
    jurisdiction: Country | None = None
    currency: Currency | None = None
    files: Annotated[Texts, BeforeValidator(_listed), AfterValidator(_globs)]
    delivered: Annotated[Filled, AfterValidator(_delivered)] | None = None
    format: Annotated[str, one_of(*FORMATS)]
    encoding: Annotated[str, PlainValidator(_encoding)] = "utf-8"
    options: OptionsShape = OptionsShape()
    member: Filled | None = None
    explode: Any = None
    join: list[Any] = Field(default=[])
    key: list[Any]
    version: Filled | None = None
    mode: Annotated[str, one_of("upsert", "append", "snapshot")] = "upsert"
    columns: Any
    ignore: Headers = ()
    volume: VolumeShape = VolumeShape()
