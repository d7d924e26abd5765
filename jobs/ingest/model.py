"""What a source YAML says, as values (definitions.md#feed). Made by jobs.ingest.language; nothing here reads
files.

A source is a provider of data; a feed says which of its files are read, how, and which silver table, the
target, they fill. A record is one row or object of a file. In nested formats (JSON, Parquet) the name of a
column is a path.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

FAMILIES = (
    "platform",
    "regulator",
    "complaint",
    "lab",
    "brand",
    "customs",
    "commerce",
    "standards",
    "overseas",
    "reference",
)
CADENCES = ("hourly", "daily", "weekly", "monthly", "quarterly", "yearly", "irregular")
# Days after which a feed of a cadence counts as late; one that is irregular never does.
LATE_AFTER = {"hourly": 1, "daily": 2, "weekly": 9, "monthly": 40, "quarterly": 110, "yearly": 400}
POLICIES = ("quarantine", "null_and_flag", "keep")
FORMATS = ("csv", "tsv", "jsonl", "json", "xlsx", "parquet", "sqlite")
NESTED = ("jsonl", "json", "parquet")  # formats in which a name with `.` or `[` is a path


class Reason(NamedTuple):
    """The reason for a refusal or a warning, in Chinese and English."""

    zh: str
    en: str

    def __str__(self) -> str:
        return f"{self.zh} | {self.en}"


class Refused(Exception):
    """Raised where a file is refused as a whole; others are still landed. ``zh``, ``en``: the reason, without
    the file's name."""

    def __init__(self, zh: str, en: str):
        self.reason = Reason(zh, en)
        super().__init__(en)


class Sibling(NamedTuple):
    """Another feed of the same source: its globs, the glob of archive members, and the sheet. They show
    whether it reads what this feed leaves unread in the same file, so that no warning is given."""

    files: tuple[str, ...]
    member: str | None
    sheet: str | None


def fits(name: str, glob: str) -> bool:
    """Whether a path, or its last part, matches a glob. Case counts; `*` also matches `/`."""
    return fnmatchcase(name, glob) or fnmatchcase(name.rsplit("/", 1)[-1], glob)


def fits_any(name: str, globs: Iterable[str]) -> bool:
    """Whether a path, or its last part, matches any of the globs, as in `fits`."""
    return any(fits(name, glob) for glob in globs)


@dataclass(frozen=True)
class Operation:
    """An operation on the cells of a column. ``kind``: map, lookup, scale, date, instant or split; each
    further field belongs to the kinds that stand beside it."""

    kind: str
    values: Mapping[str, str] = field(
        default_factory=dict
    )  # map and lookup: from → to, trimmed; '' stands for null
    lookup: str = ""  # name of the lookup file
    factor: str = ""  # scale
    patterns: tuple[str, ...] = ()  # date and instant
    separator: str = ""  # split


CHANGING = ("substr", "extract", "pad", "decimal")  # producers that may change a cell


@dataclass(frozen=True)
class Value:
    """How a text is made from a record: a column of the file, a literal, or a producer (``kind``) over other
    values (``parts``); then at most one operation."""

    kind: str  # const | from | concat | coalesce | substr | extract | record | file | hash | pad | decimal
    column: str | None = None  # from: the column of the file; None where it has a part
    text: str | None = None  # const
    parts: tuple[Value, ...] = ()  # what it is made of
    start: int = 1  # substr: 1-based first character
    length: int = 0  # substr: number of characters; pad: the least number; decimal: places
    expression: str = ""  # extract and file: a regular expression, group 1 is taken
    fill: str = ""  # pad: the character put in front
    operation: Operation | None = None

    def walk(self) -> Iterator[Value]:
        """Yield the value itself and all values that it is made from."""
        yield self
        for part in self.parts:
            yield from part.walk()

    @cached_property
    def inputs(self) -> tuple[str, ...]:
        """The columns of the file that the value reads."""
        return tuple(value.column for value in self.walk() if value.column is not None)

    def lacks(self, present: Collection[str]) -> bool:
        """Whether the value must be null in a file that has only the columns ``present``: a column that is
        not there; a `coalesce` or `hash` of which all parts lack, any other value of which one part does. A
        value that reads no column never lacks."""
        if self.column is not None:
            return self.column not in present
        absent = [part.lacks(present) for part in self.parts]
        return bool(absent) and (all(absent) if self.kind in ("coalesce", "hash") else any(absent))


class Join(NamedTuple):
    """Columns taken from other files of the same delivery, or from another sheet or table of the same file:
    those of the record there that has the same key."""

    file: str  # glob of the joined files, or of members of the same archive
    by: tuple[tuple[str, str], ...]  # column of the record, column of the joined file
    take: tuple[str, ...]
    missing: str  # null | reject
    sheet: str | None = None  # XLSX: the sheet with the joined records
    table: str | None = None  # SQLite: their table

    def of_same(self, file: str) -> bool:
        """Whether the join reads another sheet or table of the file that is landed, instead of another file.
        ``file``: that file's path below the source's folder."""
        return (self.sheet is not None or self.table is not None) and fits(file, self.file)


@dataclass(frozen=True)
class ColumnMap:
    """How one column of the target, ``name``, is made from the file."""

    name: str
    value: Value
    type: str  # as in the contract; string for a version column that the contract lacks
    required: bool  # required by the contract, or part of its key
    in_contract: bool = True
    on_unmapped: str | None = None  # as stated; None where the YAML says nothing
    personal: str | None = None  # kind of personal data, replaced by a keyed HMAC
    free_text: bool = False  # scrubbed of personal data (definitions.md#personal-data)
    code: bool = False  # not searched for personal data

    @property
    def operation(self) -> Operation | None:
        """The operation that is applied last; None where there is none."""
        return self.value.operation

    @cached_property
    def inputs(self) -> tuple[str, ...]:
        """The columns of the file that the column reads."""
        return self.value.inputs

    @cached_property
    def changes(self) -> bool:
        """Whether a landed cell may differ from what the file states, so that bronze keeps the original as
        well. False for personal, free-text and hashed columns, whose original may name a person."""
        changed = any(v.operation is not None or v.kind in CHANGING for v in self.value.walk())
        return changed and self.in_contract and not (self.personal or self.free_text or self.hashes)

    @cached_property
    def hashes(self) -> bool:
        """Whether the column is made with `hash`, for which the key of the pseudonyms is needed."""
        return any(value.kind == "hash" for value in self.value.walk())


@dataclass(frozen=True)
class Options:
    """How a file is laid out, as `options:` of a feed states it."""

    delimiter: str = ","
    quote: str = '"'  # '' where nothing is quoted
    header_row: int = 1  # 1-based line (CSV) or row (XLSX) of the column names
    sheet: str | None = None  # XLSX; the first sheet where not given
    table: str | None = None  # SQLite; the only table where not given
    record_path: str | None = (
        None  # JSON: where the list of records stands; the document itself where not given
    )
    header_rows: int = 1  # XLSX: rows of the header, header_row the lowest; the names in them are joined by /


@dataclass(frozen=True)
class Feed:
    """One feed of a source: which files, how they are read, which target they fill.

    ``delivered``: where the names of its files have a date, as `compile_delivery` takes it (None: nowhere);
    ``version``: the mapped column whose greatest value wins among rows of one key, within one delivery where
    the mode is not upsert (None: none is stated); ``mode``: upsert, append (the earliest delivery of a key
    wins) or snapshot (the newest wins, and ends the keys that it lacks); ``ignore``: names of columns that
    are left unread on purpose."""

    source: str
    name: str
    target: str  # name of a silver table without its tier
    files: tuple[str, ...]  # globs below <source>/
    format: str  # one of FORMATS
    columns: tuple[ColumnMap, ...]
    timezone: str
    encoding: str = "utf-8"
    options: Options = Options()
    member: str | None = None  # glob of the files in an archive; None: the archive's only one
    explode: str | None = (
        None  # path of a list whose elements become records; their record's fields are then `..name`
    )
    explode_by: str | None = None  # where `explode` names a text: what stands between two of its parts
    explode_with: tuple[str, ...] = ()  # further texts whose parts stand beside those of `explode`
    delivered: str | None = None
    version: str | None = None
    mode: str = "upsert"
    ignore: tuple[str, ...] = ()
    volume_min: int = 0
    volume_max: int | None = None
    shrink: Fraction = Fraction(1, 2)  # an edition with less than that of the earlier one's records is held
    key: tuple[str, ...] = ()  # the target's key columns
    event_date: str | None = None  # the target's event date, if it is mapped
    cadence: str | None = None  # one of CADENCES; None: the source's
    jurisdiction: str | None = None  # ISO 3166-1, as stated; None: the deployment's
    currency: str | None = None  # ISO 4217, as stated; None: the deployment's
    joins: tuple[Join, ...] = ()
    siblings: tuple[Sibling, ...] = ()
    mapping: str = ""  # SHA-256 of all that decides how a file lands

    def matches(self, file: str) -> bool:
        """Whether this feed takes a file, given its path below <source>/: whether the path or its last part
        matches a glob of ``files``."""
        return fits_any(file, self.files)

    @cached_property
    def inputs(self) -> tuple[str, ...]:
        """The columns of the file that any column or join reads, sorted; without those that joins take from
        other files."""
        keys = {name for join in self.joins for name, _ in join.by}
        taken = {name for join in self.joins for name in join.take}
        return tuple(sorted(({name for column in self.columns for name in column.inputs} | keys) - taken))

    @cached_property
    def keyed(self) -> bool:
        """Whether the feed needs the key of the pseudonyms, as it has personal or hashed columns."""
        return any(column.personal or column.hashes for column in self.columns)

    @cached_property
    def reads_name(self) -> bool:
        """Whether values are made from the file's name, so that one content under two names lands twice."""
        return any(value.kind == "file" for column in self.columns for value in column.value.walk())

    @cached_property
    def file_columns(self) -> tuple[str, ...]:
        """The header names that a file of rows must have for ``inputs``, sorted. With `explode` these are the
        exploded columns and those that ``inputs`` names as `..name`, without the points."""
        if self.explode is None:
            return self.inputs
        return tuple(
            sorted(
                {
                    self.explode,
                    *self.explode_with,
                    *(n.removeprefix("..") for n in self.inputs if n.startswith("..")),
                }
            )
        )

    @property
    def nested(self) -> bool:
        """Whether column names are paths into records, of which each may lack some; also true with
        `explode`."""
        return self.format in NESTED or self.explode is not None

    @property
    def nation(self) -> dict[str, str]:
        """`jurisdiction` (ISO 3166-1) and `currency` (ISO 4217) of the feed, each only where it is stated."""
        return {k: v for k, v in (("jurisdiction", self.jurisdiction), ("currency", self.currency)) if v}

    @property
    def policies(self) -> str:
        """The text that bronze keeps in `_policies`, in which the statements of silver look for
        `;name=value;`: `;column=policy;…;mode=append;jurisdiction=US;currency=USD;`. It has what the YAML
        states: the `on_unmapped` of columns of the contract, a mode other than upsert, jurisdiction and
        currency; '' where it states none of these."""
        stated = [f"{c.name}={c.on_unmapped}" for c in self.columns if c.on_unmapped and c.in_contract]
        if self.mode != "upsert":
            stated.append(f"mode={self.mode}")
        stated += [f"{name}={said}" for name, said in self.nation.items()]
        return f";{';'.join(stated)};" if stated else ""


@dataclass(frozen=True)
class Source:
    """One provider and its feeds. ``path``: its YAML; ``cadence``: how often it delivers, one of CADENCES;
    ``recipient``: the provider's folder of the outbox, '' where none is stated; ``settle_seconds``: a file is
    read only when it has not changed for so long; ``synthetic``: the data are made up."""

    name: str
    family: str  # '' for a YAML that lies flat in a further root and names none
    path: Path
    publisher_zh: str
    publisher_en: str
    cadence: str
    feeds: tuple[Feed, ...]
    recipient: str = ""
    settle_seconds: float = 0.0
    synthetic: bool = False

    def feed(self, name: str) -> Feed | None:
        """The feed of this name; None where the source has none."""
        return next((feed for feed in self.feeds if feed.name == name), None)
