"""What notebooks read, say and draw with: the tables of the newest night as pandas, without a JVM."""

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
    """The lake as a notebook sees it. ``lake``: its directory; empty: $QUALITY_HOME/lake."""

    nation = deployment().code  # the nation's code as a dimension_code: other nations have rows too

    def __init__(self, lake: str | Path = ""):
        show_frames()
        self.root = Path(lake) if lake else Environment.from_variables().lake
        snapshot = newest_snapshot(Lake(self.root), WHOLE)
        self.night, self._tables = snapshot.date, set(snapshot.tables)
        self._shown: dict[tuple[str | None, str], pd.DataFrame] = {}  # by run and table

    def ask(self, sql: str) -> pd.DataFrame:
        """One SQL statement (DuckDB) over `gold.…` and `silver.…`, the versions of the night, as readers of
        the site may see them. UsageError where it names a table of orders that may not be shown:
        `quality query` reads it."""
        learn(sql)
        instead = dict.fromkeys(WITHHELD, _refused) | {
            table: partial(self._once, table) for table in SHOWN_OF
        }
        return query(self.root, sql, instead=instead, kinds=WHOLE).to_pandas()

    def _once(self, table: str, snapshot: Snapshot) -> pd.DataFrame:
        """The table as shown: found once a run, though many cells ask for it."""
        key = (snapshot.run_id, table)
        if key not in self._shown:
            self._shown[key] = SHOWN_OF[table](snapshot)
        return self._shown[key]

    @cached_property
    def year(self) -> date:
        """First day of the calendar year by which rates of units and pairs are read: the newest whole one,
        without one the newest."""
        periods = self.ask(
            "SELECT DISTINCT period_type, period_start FROM gold.detection_rate "
            f"WHERE dimension_type = 'nation' AND dimension_code = '{self.nation}'"
        )
        _, newest = windows(periods)
        return date(1900, 1, 1) if newest is None else newest.start

    def has(self, *tables: str) -> bool:
        """Whether the night holds all of these tables, with rows."""
        return all(t in self._tables and len(self.ask(f"SELECT 1 FROM {t} LIMIT 1")) for t in tables)

    def names(self, dimension: str) -> dict[str, str]:
        """Code → "Chinese | English" of platforms, regions, categories or clusters."""
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
    """A finding in both languages. Names in it come from feeds: they are always text."""
    return HTML(Markup("<p><strong>{}</strong></p><p>{}</p>").format(zh, en))


def nothing(table: str) -> HTML:
    """What is shown where a table has not been published yet."""
    return said(
        f"今晚没有 {table} 的数据：以下各步从略。", f"{table} has no rows tonight: what follows is left out."
    )


class NothingToShow(Exception):
    """A lake lacks the rows that a notebook is about: it ends there, and has not failed."""


def needed(rows: pd.DataFrame, table: str, least: int = 1) -> pd.DataFrame:
    """``rows``, of which there must be so many for the notebook to go on. NothingToShow says what the lake
    lacks."""
    if len(rows) < least:
        raise NothingToShow(
            f"{table} 的行数不足，以下从略 | {table} has too few rows tonight: what follows is left out"
        )
    return rows


def percent(value: float, digits: int = 1) -> str:
    return "–" if pd.isna(value) else f"{value:.{digits}%}"


def named(name: str) -> str:
    """A term of the glossary in both languages: "加权不合格率（按销量） Exposure rate"."""
    known = term(name)
    return f"{known.zh} {known.en}"


def table(rows: pd.DataFrame, *shares: str) -> HTML:
    """Rows without their index; ``shares``: columns shown as per cent."""
    return HTML(frame_html(rows.reset_index(drop=True), shares))
