"""The content of a contract, as values. A contract states what one silver or gold table holds and how it is
built. Read by jobs.contracts.read; independent of Spark, Great Expectations and files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

# A table that sees the last day of the month before the night's: it changes by itself once a month.
MONTHLY, MONTH_END = "month", "month_end"
SEVERITIES = ("critical", "warning", "info")


@dataclass(frozen=True)
class Rule:
    """One quality rule of a column. ``id``: `<table>.<column>.<kind>`, the table without its tier; ``kind``:
    a key of jobs.contracts.rules.KINDS; ``arguments``: name → value; ``severity``: critical (a silver row
    that breaks it is quarantined), warning (the row is flagged) or info (it is counted)."""

    id: str
    kind: str
    arguments: Mapping[str, Any]
    severity: str = "critical"


@dataclass(frozen=True)
class ForeignKey:
    """The key column of another table that a column's values are of: `relationships: [{type: foreignKey, to:
    region.region_code}]`."""

    table: str  # "silver.region"
    column: str  # "region_code"


@dataclass(frozen=True)
class Column:
    """One column of a table. ``required``: it is never null; ``personal``: the kind of personal data in it,
    which landing replaces by a pseudonym; ``free_text``: text from which landing removes personal data;
    ``code``: identifiers, bar codes, numbers of licences, in which landing looks for no personal data;
    ``credit_code``: unified social credit codes, which are codes and are read in one spelling
    (jobs.engine.typed); the descriptions state its meaning in Chinese and English."""

    name: str
    type: str  # string | date | timestamp | boolean | int | bigint | double | decimal(p,s) | array<string>
    required: bool
    key: bool  # part of the primary key
    name_zh: str
    description_zh: str
    description_en: str
    unit: str | None = None
    rules: tuple[Rule, ...] = ()
    foreign_key: ForeignKey | None = None
    personal: str | None = None  # name | phone | id | address | account
    free_text: bool = False
    code: bool = False
    credit_code: bool = False

    @property
    def keeps_original(self) -> bool:
        """Whether bronze keeps the original of a cell that landing changes: not for personal and free-text
        columns, where it could name a person."""
        return self.personal is None and not self.free_text


@dataclass(frozen=True)
class Contract:
    """The contract of one table. ``id``: its tier and name; ``room``: of a gold table the package of
    jobs/marts that builds it, of a silver one `facts` or `reference`; ``grain``: what one row stands for;
    ``engine``: it is built by SQL or by a function on pandas frames, unless it is a silver table without
    inputs, which is made from its contract alone; ``refresh``:
    `full` builds all rows anew, `months` only the months whose input changed, `years` all months of the
    calendar years in which input changed; ``lookback``: how many months before it a month also depends on;
    ``retention``: `none`, or for how long rows are kept (`90d`, `7y`); ``key``: the columns whose values
    together are different in each row."""

    id: str  # "gold.detection_rate"
    version: str
    room: str
    grain: str
    engine: str  # sql | pandas
    inputs: tuple[
        str, ...
    ]  # ids; "bronze.<name>" stands for a silver table's own conformed rows (silver with a module)
    refresh: str  # full | months | years
    # True: on the night's day; MONTHLY: on the last month before that of the day; MONTH_END: on the last
    # month that has ended when the day ends.
    depends_on_day: bool | str
    retention: str
    columns: tuple[Column, ...]
    path: Path
    # Inputs of which it is given the rows of all jurisdictions; of the others those of the deployment's only.
    every_jurisdiction: tuple[str, ...] = ()
    event_date: str | None = None  # the column that dates a row: delivery date, freshness, months
    lookback: int = 0
    partition_by: tuple[str, ...] = ()  # build() may be given these columns' groups part by part
    # Inputs that its text only adds up or matches; their rows do not decide on which engine it is built.
    streamed: tuple[str, ...] = ()
    shares: str | None = None  # from which batches its shares of failures are (jobs.contracts.shares)
    reference: bool = False  # a reference table: foreign keys to it are checked row by row
    tags: tuple[str, ...] = ()
    description_zh: str = ""
    description_en: str = ""
    name_zh: str = ""
    key: tuple[str, ...] = field(default=())

    @property
    def tier(self) -> str:
        """`silver` or `gold`."""
        return self.id.split(".", 1)[0]

    @property
    def name(self) -> str:
        """The table's name without its tier."""
        return self.id.split(".", 1)[1]

    @property
    def by_month(self) -> bool:
        """Whether it is kept by month (`refresh: months` or `years`), so that a build may replace some months
        only."""
        return self.refresh != "full"

    @property
    def conformed(self) -> bool:
        """Whether it is a silver table that sources deliver (not `derived`), whose rows state where they come
        from."""
        return self.tier == "silver" and "derived" not in self.tags

    def seen_on(self, day: date) -> date:
        """The day as of which the table is built in the night of ``day``: that day, or where the table
        changes once a month the last day of the month before (MONTHLY), or the newest last day of a month up
        to ``day`` (MONTH_END)."""
        if self.depends_on_day == MONTHLY:
            return day.replace(day=1) - timedelta(days=1)
        if self.depends_on_day == MONTH_END:
            return (day + timedelta(days=1)).replace(day=1) - timedelta(days=1)
        return day

    def column(self, name: str) -> Column:
        """Return the column of this name; KeyError where the contract has none."""
        found = next((c for c in self.columns if c.name == name), None)
        if found is None:
            raise KeyError(f"{self.id} has no column {name}")
        return found

    @property
    def column_names(self) -> tuple[str, ...]:
        """The names of all columns, in their order."""
        return tuple(c.name for c in self.columns)
