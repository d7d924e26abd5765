"""What notebooks import: a `Reader` that returns tables of the newest night as DataFrames, without a JVM,
and functions that show sentences, tables and charts. A night is one run that built all tables; readers see
the versions that it named. Executed notebooks are published with the site, so orders that are confidential
cannot be read here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import pandas as pd
from IPython.display import HTML
from markupsafe import Markup

from jobs.contracts.glossary import term
from jobs.deployment import deployment
from jobs.environment import Environment
from jobs.errors import UsageError
from jobs.lake.night import WHOLE, Snapshot, newest_snapshot
from jobs.lake.query import query
from jobs.lake.tables import Lake
from jobs.marts.sampling.outcomes import judged, judged_sql
from jobs.marts.tracing.without_persons import public_leads, public_parties, public_traces
from jobs.methods.rounding import fixed
from jobs.notebooks.drawing import band, bars, funnel, intervals, weekly
from jobs.notebooks.frames import frame_html, percent, show_frames
from jobs.notebooks.labels import learn
from jobs.plurals import plural
from jobs.reports.confidential import PARTLY, WITHHELD, flags_of, shown
from jobs.reports.data_date import data_date
from jobs.reports.figures import window_text
from jobs.reports.names import english_of_brands
from jobs.reports.numbers import DASH, at_least_some, minus, missing, p_value, points, with_p
from jobs.reports.rates import Window, windows
from jobs.reports.sent_trade import without_withheld
from jobs.reports.wording import Text, ranged

__all__ = [
    "NothingToShow",
    "Reader",
    "Text",
    "at_least_some",
    "band",
    "bars",
    "funnel",
    "in_both",
    "intervals",
    "judged",
    "judged_sql",
    "named",
    "needed",
    "nothing",
    "number",
    "p_value",
    "percent",
    "plural",
    "points",
    "ranged",
    "said",
    "table",
    "weekly",
    "with_p",
]


def _refused(snapshot: Snapshot) -> pd.DataFrame:
    raise UsageError(f"notebooks are published and show no orders: {', '.join(WITHHELD)}")


def _as_shown(table: str) -> Callable[[Snapshot], pd.DataFrame]:
    return lambda snapshot: shown(table, snapshot.frame(table), flags_of(snapshot))


# An executed notebook lies in the site: it reads what the pages show, without identifiers of natural persons.
SHOWN_OF: dict[str, Callable[[Snapshot], pd.DataFrame]] = {table: _as_shown(table) for table in PARTLY} | {
    "gold.commerce_table": lambda s: without_withheld(s.frame("gold.commerce_table"), s.lake),
    "gold.enforcement_lead": lambda s: public_leads(s.frame("gold.enforcement_lead")),
    "gold.repeat_failure": lambda s: public_parties(s.frame("gold.repeat_failure")),
    "gold.source_trace": lambda s: public_traces(s.frame("gold.source_trace")),
}


class Reader:
    """Reads the tables of the newest whole night of a lake. ``lake``: its directory; where empty,
    $QUALITY_HOME/lake.

    ``root``: that directory; ``night``: the date of the night, None where there is none yet; ``data_to``: the
    day up to which it has data, as pages of the site state it, ``night`` where that is unknown; ``nation``:
    the code of the nation in the column dimension_code, as tables may hold rows of other nations too. Making
    a Reader also lets the kernel show DataFrames by `show_frames`.
    """

    nation = deployment().code  # the nation's code as a dimension_code: other nations have rows too

    def __init__(self, lake: str | Path = ""):
        show_frames()
        self.root = Path(lake) if lake else Environment.from_variables().lake
        snapshot = newest_snapshot(Lake(self.root), WHOLE)
        self.night, self._tables = snapshot.date, set(snapshot.tables)
        self.data_to = None if self.night is None else data_date(snapshot, self.night) or self.night
        self._shown: dict[tuple[str | None, str], pd.DataFrame] = {}  # by run and table

    def ask(self, sql: str) -> pd.DataFrame:
        """Run one SQL statement (DuckDB) over `gold.…` and `silver.…` tables and return its result as a
        DataFrame, with the columns and the order of rows that the statement gives.

        ``sql``: tables are read at the versions of the newest whole night; figures that readers of the site
        may not see, and identifiers of natural persons in traces and leads, are left out of them (SHOWN_OF).
        The names of columns are remembered for what is shown later (`learn`). Raises UsageError where the
        statement is wrong, names a table that the night does not have, or names one of WITHHELD, whose orders
        may not be shown at all; `quality query` can read those.
        """
        learn(sql)
        instead = dict.fromkeys(WITHHELD, _refused) | {
            table: partial(self._once, table) for table in SHOWN_OF
        }
        return query(self.root, sql, instead=instead, kinds=WHOLE).to_pandas()

    def _once(self, table: str, snapshot: Snapshot) -> pd.DataFrame:
        """Return the table without figures that may not be shown; computed once per run."""
        key = (snapshot.run_id, table)
        if key not in self._shown:
            self._shown[key] = SHOWN_OF[table](snapshot)
        return self._shown[key]

    def weekly_counts(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Return (gold.risk_count, gold.hazard_count), the first with its rows of orders, by which
        `jobs.notebooks.signals` judges a week and which must not be shown: `ask` leaves them out. Raises
        KeyError where the night has no version of one of them."""
        snapshot = newest_snapshot(Lake(self.root), WHOLE)
        return snapshot.frame("gold.risk_count"), snapshot.frame("gold.hazard_count")

    @cached_property
    def _year(self) -> Window | None:
        periods = self.ask(
            "SELECT DISTINCT period_type, period_start FROM gold.detection_rate "
            f"WHERE dimension_type = 'nation' AND dimension_code = '{self.nation}'"
        )
        return windows(periods, self.data_to)[1]

    @property
    def year(self) -> date:
        """The first day of the calendar year whose rates of units are shown: of the nation's years in
        gold.detection_rate the one that shares most months with the newest twelve months (rolling12), of two
        that share six the earlier if it is whole; without twelve months the newest year. It need not have all
        of its months in the data. 1900-01-01 where there is none, so that a query by it finds no row."""
        return date(1900, 1, 1) if self._year is None else self._year.start

    def batches_of_year(self) -> HTML:
        """Return a sentence to show: the batches of which year are used (`year`), and up to which day it has
        data where it has not ended, as pages of the site say it."""
        of = window_text(self._year)
        if of is None:
            return nothing("gold.detection_rate")
        return said(f"所用的是{of.zh}的批次。", f"Batches of {of.en}.")

    def has(self, *tables: str) -> bool:
        """Return whether the night holds all of ``tables`` (names such as `gold.detection_rate`), each with
        at least one row that may be shown. Raises UsageError as `ask` does."""
        return all(t in self._tables and len(self.ask(f"SELECT 1 FROM {t} LIMIT 1")) for t in tables)

    def names(self, dimension: str) -> dict[str, str]:
        """Return a dictionary code → name of all units of a dimension, or of all indicators of the index, as
        their newest goalposts name them. The name is "Chinese | English", or the Chinese alone where there is
        no other.

        ``dimension``: nation, platform, region, category, cluster or indicator; KeyError for another. Empty
        where the silver table of that dimension has no rows; of nations only the one of the deployment.
        """
        if dimension == "nation":
            own = deployment()
            return {self.nation: f"{own.name_zh} | {own.name_en}"}
        table, key = {
            "platform": ("platform", "platform_code"),
            "region": ("region", "region_code"),
            "category": ("product_category", "category_code"),
            "cluster": ("industrial_cluster", "cluster_code"),
            "indicator": ("goalpost", "indicator"),
        }[dimension]
        order = "valid_from, version" if dimension == "indicator" else key  # of one code the last row counts
        rows = (
            self.ask(f"SELECT {key} AS code, name_zh, name_en FROM silver.{table} ORDER BY {order}")
            if self.has(f"silver.{table}")
            else pd.DataFrame()
        )
        return {
            r.code: r.name_zh
            if pd.isna(r.name_en) or r.name_en == r.name_zh
            else f"{r.name_zh} | {r.name_en}"
            for r in rows.itertuples()
        }

    def key_name(self, signal: Mapping[str, Any] | pd.Series) -> Text:
        """Return what a signal is about in both languages, as pages of the site name it: the brand, "platform
        · category" or "category · hazard". ``signal``: a row of gold.risk_signal."""
        if signal["key_type"] == "brand":
            asked = "SELECT name_zh, name_en FROM silver.brand"
            english = english_of_brands(self.ask(asked)) if self.has("silver.brand") else {}
            return Text(signal["brand"], english.get(signal["brand"], signal["brand"]))
        category = signal["category_code"], self.names("category")
        if signal["key_type"] == "platform_category":
            named = [(signal["platform_code"], self.names("platform")), category]
        else:
            both = "name_zh || ' | ' || coalesce(name_en, name_zh) AS name"
            asked = f"SELECT hazard_code, {both} FROM silver.hazard"
            rows = self.ask(asked) if self.has("silver.hazard") else None
            hazards = {} if rows is None else dict(zip(rows["hazard_code"], rows["name"], strict=True))
            named = [category, (signal["hazard_code"], hazards)]
        parts = [in_both(names.get(code, code)) for code, names in named]
        return Text(" · ".join(part.zh for part in parts), " · ".join(part.en for part in parts))


def number(value: float, places: int = 1) -> str:
    """Return a number with so many decimals, rounded half up as pages round; a dash where it is missing."""
    return DASH if missing(value) else minus(fixed(value, places))


def said(zh: str, en: str) -> HTML:
    """Return a finding in two paragraphs to show: ``zh``, the Chinese text, in bold, and ``en``, the English
    one. Characters that mean something in HTML are escaped, as names in the text come from data feeds."""
    return HTML(Markup("<p><strong>{}</strong></p><p>{}</p>").format(zh, en))


def in_both(name: str) -> Text:
    """Return a name "Chinese | English", as `Reader.names` has it, in each language; one without a bar is the
    same in both."""
    zh, _, en = name.partition(" | ")
    return Text(zh, en or zh)


def nothing(table: str, of: Text | None = None) -> HTML:
    """Return a notice to show: the table of the name ``table`` has no rows in this night, so the steps that
    follow are left out. ``of``: what it has no rows for, where it has others: then the table that would stand
    here is left out alone."""
    if of is not None:
        return said(
            f"{table} 没有{of.zh}的数据：此处从略。",
            f"{table} has no rows for {of.en}: this table is left out.",
        )
    return said(
        f"本次运行没有 {table} 的数据：以下各步从略。",
        f"{table} has no rows tonight: what follows is left out.",
    )


class NothingToShow(Exception):
    """Raised where the lake lacks the rows that a notebook is about. The notebook ends there and does not
    count as failed."""


def needed(rows: pd.DataFrame, table: str, least: int = 1) -> pd.DataFrame:
    """Return ``rows`` unchanged where there are at least ``least`` of them. Raises NothingToShow otherwise,
    with the name ``table`` in its message. For rows without which a notebook cannot go on."""
    if len(rows) < least:
        raise NothingToShow(
            f"{table} 的行数不足，以下从略 | {table} has too few rows tonight: what follows is left out"
        )
    return rows


def named(name: str) -> str:
    """Return the name of a term of schemas/glossary.csv, Chinese and English with a blank between, such as
    "质量指数 Quality index". ``name``: the term's key, such as `quality_index`. Raises KeyError where the
    glossary lacks it."""
    known = term(name)
    return f"{known.zh} {known.en}"


def table(rows: pd.DataFrame, *shares: str) -> HTML:
    """Return ``rows`` as an HTML table to show, without their index (`frame_html`). ``shares``: names of
    columns of shares (0–1), shown as per cent."""
    return HTML(frame_html(rows.reset_index(drop=True), shares))
