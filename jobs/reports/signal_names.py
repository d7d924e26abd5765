"""Names risk signals (gold.risk_signal) in words: by what they are about, and for lists of tasks, in which
their number is an internal key, by the day on which they opened too."""

from __future__ import annotations

from typing import Any

import pandas as pd

from jobs.arrays import dicts
from jobs.marts.overview.queue_signals import signal_ids
from jobs.reports.gathered import Gathered
from jobs.reports.numbers import missing
from jobs.reports.wording import Text, same

SIGNALS = "gold.risk_signal"
_CODES = {
    "category_hazard": ("category_code", "hazard_code"),
    "platform_category": ("platform_code", "category_code"),
}  # kind of signal → what the two parts of its key_code are
_BRAND = "brand"


def key_name(known: Gathered, row: dict[str, Any]) -> Text:
    """Return what a signal is about, in words: "category · hazard", "platform · category", or the brand, in
    English as registered (`Gathered.brand`). ``row``: of gold.risk_signal; its ``key_type`` (category_hazard,
    platform_category or brand) says which."""
    if row["key_type"] == _BRAND:
        return known.brand(row["brand"])
    category = known.names.of("category", row["category_code"])
    if row["key_type"] == "platform_category":
        first, second = known.names.of("platform", row["platform_code"]), category
    else:
        first, second = category, hazards(known).get(row["hazard_code"], same(str(row["hazard_code"])))
    return Text(f"{first.zh} · {second.zh}", f"{first.en} · {second.en}")


def signal_name(known: Gathered, identifier: str) -> Text:
    """Return a signal by what it is about and the day on which it opened. ``identifier``: of the signal, as
    `signal_ids` makes it; one that the night's table lacks, as of a task that ended, is named by the codes in
    its identifier, and a text that is no such identifier by itself."""
    kind, _, rest = identifier.partition("/")
    code, _, day = rest.rpartition("/")
    row = by_id(known).get(identifier) or _of_codes(kind, code)
    if row is None:
        return same(identifier)
    name = key_name(known, row)
    return Text(f"{name.zh}（{day}起）", f"{name.en} (since {day})")


def by_id(known: Gathered) -> dict[str, dict[str, Any]]:
    """Return identifier of a signal, as tasks name it → its row of gold.risk_signal, with the identifier as
    ``id``; computed once for all pages."""
    kept: dict[str, dict[str, Any]] | None = known.__dict__.get("_signals_by_id")
    if kept is None:
        frame: pd.DataFrame = known.night.frame(SIGNALS)
        rows = dicts(frame.assign(id=signal_ids(frame))) if len(frame) else []
        kept = {row["id"]: row for row in rows}
        known.__dict__["_signals_by_id"] = kept
    return kept


def _of_codes(kind: str, code: str) -> dict[str, Any] | None:
    """What `key_name` reads of a signal; None where the kind or the form of its ``code`` is not known."""
    if kind == _BRAND and code:
        return {"key_type": kind, "brand": code}
    first, _, second = code.partition("/")
    if kind not in _CODES or not second:
        return None
    return {"key_type": kind, **dict(zip(_CODES[kind], (first, second), strict=True))}


def hazards(known: Gathered) -> dict[str, Text]:
    """Return hazard_code → name of silver.hazard."""
    frame = known.night.frame("silver.hazard")
    named = zip(frame["hazard_code"], frame["name_zh"], frame["name_en"], strict=True)
    return {code: Text(zh, zh if missing(en) else en) for code, zh, en in named}
