"""Which risk signals risk.html lists, in which order, and where a task or a unit's page links to one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from jobs.marts.risk.life import OPEN
from jobs.marts.risk.news import USUAL
from jobs.reports.gathered import Gathered
from jobs.reports.numbers import missing
from jobs.reports.pages.bulletin import anchor
from jobs.reports.signal_names import by_id, key_name
from jobs.reports.wording import Text

PATH = "risk.html"
MOST = 60
# In which order signals are looked into; by when is said by their tasks in gold.work_queue.
FIRST, NEXT, THEN = Text("优先", "first"), Text("其次", "next"), Text("一般", "then")


@dataclass(frozen=True)
class Listed:
    """Rows of gold.risk_signal, each with its identifier as ``id``. ``news``: open and new or risen;
    ``usual``: open and usual; both by `order`, then by reports over expected, the most first. ``closed``: all
    others, the last closed first. The page shows the first MOST of each."""

    news: list[dict[str, Any]]
    usual: list[dict[str, Any]]
    closed: list[dict[str, Any]]


def listed(known: Gathered) -> Listed:
    """Return all signals of the night as risk.html lists them; computed once for all pages."""
    kept: Listed | None = known.__dict__.get("_signals_listed")
    if kept is None:
        rows = list(by_id(known).values())
        place = {row["id"]: _place(known, row) for row in rows}
        open_ = sorted((r for r in rows if r["state"] == OPEN), key=lambda r: place[r["id"]])
        closed = [r for r in rows if r["state"] != OPEN]
        closed.sort(key=lambda r: (r["key_type"], r["key_code"]))
        closed.sort(key=lambda r: date.min if missing(r["closed_on"]) else r["closed_on"], reverse=True)
        kept = Listed(
            [r for r in open_ if r["news"] != USUAL], [r for r in open_ if r["news"] == USUAL], closed
        )
        known.__dict__["_signals_listed"] = kept
    return kept


def order(row: dict[str, Any], day: date) -> Text:
    """Return when a signal is looked into: FIRST where it is serious or is news since less than a week, NEXT
    where several alarms agree, else THEN. ``row``: of gold.risk_signal; ``day``: of the run."""
    if bool(row["serious"]) or since(row) > day - timedelta(days=7):
        return FIRST
    return NEXT if row["n_alarms"] > 1 else THEN


def since(row: dict[str, Any]) -> date:
    """Return the day from which a signal is news: on which it rose, else on which it opened."""
    found: date = row["opened_on"] if missing(row["news_on"]) else row["news_on"]
    return found


def over_expected(row: dict[str, Any]) -> float:
    """Return a signal's reports ÷ the number that comparable pairs let expect; infinity where that is 0."""
    return float(row["n_reports"] / row["expected"]) if row["expected"] else float("inf")


def href(known: Gathered, signal: str) -> str:
    """Return the row of a signal on risk.html, as a path below site/; '' where the page does not list it.
    ``signal``: its identifier (`jobs.marts.overview.queue_signals.signal_ids`)."""
    shown: frozenset[str] | None = known.__dict__.get("_signals_shown")
    if shown is None:
        lists = listed(known)
        rows = [*lists.news[:MOST], *lists.usual[:MOST], *lists.closed[:MOST]]
        shown = known.__dict__["_signals_shown"] = frozenset(row["id"] for row in rows)
    return f"{PATH}#{anchor(signal)}" if signal in shown else ""


def _place(known: Gathered, row: dict[str, Any]) -> tuple[Any, ...]:
    ranked = (FIRST, NEXT, THEN).index(order(row, known.night.date))
    return ranked, not bool(row["serious"]), -over_expected(row), key_name(known, row).zh
