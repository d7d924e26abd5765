"""What notebooks import: reading tables of the newest night as DataFrames, without a JVM, and functions to
show findings, tables and charts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import cached_property, partial
from pathlib import Path

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
from jobs.notebooks.drawing import band, bars, intervals, weekly
from jobs.notebooks.frames import frame_html, show_frames
from jobs.notebooks.labels import learn
from jobs.reports.confidential import PARTLY, WITHHELD, flags_of, shown
from jobs.reports.rates import windows
from jobs.reports.sent_trade import without_withheld

__all__ = [
    "NothingToShow",
    "Reader",
    "band",
    "bars",
    "intervals",
    "judged",
    "judged_sql",
    "named",
    "needed",
    "nothing",
    "percent",
    "said",
    "table",
    "weekly",
]


def _refused(snapshot: Snapshot) -> pd.DataFrame:
    raise UsageError(f"notebooks are published and show no orders: {', '.join(WITHHELD)}")


def _as_shown(table: str) -> Callable[[Snapshot], pd.DataFrame]:
    return lambda snapshot: shown(table, snapshot.frame(table), flags_of(snapshot))


# An executed notebook lies in the site: it reads what the pages read.
SHOWN_OF = {table: _as_shown(table) for table in PARTLY} | {
    "gold.commerce_table": lambda s: without_withheld(s.frame("gold.commerce_table"), s.lake)
}


class Reader:
    """Reads the newest whole night of a lake. ``lake``: its directory; where empty, $QUALITY_HOME/lake."""

    nation = deployment().code  # the nation's code as a dimension_code: other nations have rows too

    def __init__(self, lake: str | Path = ""):
        show_frames()
        self.root = Path(lake) if lake else Environment.from_variables().lake
        snapshot = newest_snapshot(Lake(self.root), WHOLE)
        self.night, self._tables = snapshot.date, set(snapshot.tables)
        self._shown: dict[tuple[str | None, str], pd.DataFrame] = {}  # by run and table

    def ask(self, sql: str) -> pd.DataFrame:
        """Run one SQL statement (DuckDB) over `gold.…` and `silver.…` tables and return the result. Tables
        are of the night, without figures that readers of the site may not see. UsageError where it names a
        table of orders that may not be shown at all; `quality query` can read those."""
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

    @cached_property
    def year(self) -> date:
        """First day of the calendar year whose rates of units are shown: the newest with all of its months in
        the data, else the newest; 1900-01-01 where there is none."""
        periods = self.ask(
            "SELECT DISTINCT period_type, period_start FROM gold.detection_rate "
            f"WHERE dimension_type = 'nation' AND dimension_code = '{self.nation}'"
        )
        _, newest = windows(periods)
        return date(1900, 1, 1) if newest is None else newest.start

    def has(self, *tables: str) -> bool:
        """Return whether the night holds all of these tables, each with at least one row."""
        return all(t in self._tables and len(self.ask(f"SELECT 1 FROM {t} LIMIT 1")) for t in tables)

    def names(self, dimension: str) -> dict[str, str]:
        """Return code → name, "Chinese | English", of all units of a dimension: platform, region, category or
        cluster."""
        table, key = {
            "platform": ("platform", "platform_code"),
            "region": ("region", "region_code"),
            "category": ("product_category", "category_code"),
            "cluster": ("industrial_cluster", "cluster_code"),
        }[dimension]
        rows = (
            self.ask(f"SELECT {key} AS code, name_zh, name_en FROM silver.{table}")
            if self.has(f"silver.{table}")
            else pd.DataFrame()
        )
        return {
            r.code: r.name_zh
            if pd.isna(r.name_en) or r.name_en == r.name_zh
            else f"{r.name_zh} | {r.name_en}"
            for r in rows.itertuples()
        }


def said(zh: str, en: str) -> HTML:
    """Show a finding in both languages, each as a paragraph. All is escaped, as names in it come
    from feeds."""
    return HTML(Markup("<p><strong>{}</strong></p><p>{}</p>").format(zh, en))


def nothing(table: str) -> HTML:
    """Show that a table has no rows in this night and that the steps which follow are left out."""
    return said(
        f"今晚没有 {table} 的数据：以下各步从略。", f"{table} has no rows tonight: what follows is left out."
    )


class NothingToShow(Exception):
    """Raised where the lake lacks the rows that a notebook is about. The notebook ends there and does not
    count as failed."""


def needed(rows: pd.DataFrame, table: str, least: int = 1) -> pd.DataFrame:
    """Return ``rows``; raise NothingToShow, which names ``table``, where there are fewer than ``least``."""
    if len(rows) < least:
        raise NothingToShow(
            f"{table} 的行数不足，以下从略 | {table} has too few rows tonight: what follows is left out"
        )
    return rows


def percent(value: float, digits: int = 1) -> str:
    return "–" if pd.isna(value) else f"{value:.{digits}%}"


def named(name: str) -> str:
    """Return the name of a term of the glossary, Chinese and English, such as "质量指数 Quality index".
    KeyError where the glossary lacks it."""
    known = term(name)
    return f"{known.zh} {known.en}"


def table(rows: pd.DataFrame, *shares: str) -> HTML:
    """Show rows without their index. ``shares``: columns of shares (0–1), shown as per cent."""
    return HTML(frame_html(rows.reset_index(drop=True), shares))
