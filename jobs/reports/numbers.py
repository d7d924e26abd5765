"""Numbers as a reader sees them: per cent rounded half up to one decimal, intervals, counts (definitions.md 2)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pandas as pd

from jobs.reports.wording import NO_JUDGED, TOO_FEW, Text, same

DASH = "–"
SMALLEST_BASE = 30  # definitions.md 2, Unreliable


def missing(value: Any) -> bool:
    """True for None, NaN and pandas' NA/NaT."""
    return bool(pd.api.types.is_scalar(value) and pd.isna(value))


def rounded(rate: float) -> Decimal:
    """A rate in 0–1 as per cent with one decimal, half up. What is rounded is the double's shortest decimal: 0.1225 is 12.3."""
    return (Decimal(repr(float(rate))) * 100).quantize(Decimal("0.1"), ROUND_HALF_UP)


def percent(rate: Any) -> str:
    """A rate in 0–1 as text ("12.3%"); a missing one is a dash."""
    return DASH if missing(rate) else f"{rounded(rate)}%"


def count(value: Any) -> str:
    """A count with thousands separated; a missing one is a dash."""
    return DASH if missing(value) else f"{int(value):,}"


def file_size(octets: Any) -> str:
    """A file's size in B, KB, MB or GB (1,000 each); a missing one is a dash."""
    if missing(octets):
        return DASH
    size, unit = float(octets), "B"
    for unit in ("B", "KB", "MB", "GB"):
        if size < 1000 or unit == "GB":
            break
        size /= 1000
    return f"{size:,.0f} {unit}" if unit == "B" or size >= 100 else f"{size:.1f} {unit}"


def judged(row: Mapping[str, Any]) -> int:
    """The denominator of the rate: tested less not judged."""
    return int(row["n_tested"]) - int(row["n_not_judged"])


def below(limit: Any) -> Text:
    """No failure was seen: the upper limit is all that is known. A limit that rounds to nothing is shown as 0.1."""
    shown = max(rounded(limit), Decimal("0.1"))
    return Text(f"低于 {shown}%", f"below {shown}%")


def rate_text(row: Mapping[str, Any]) -> Text:
    """The rate of one row of gold.detection_rate in words: a value, "below x %", "too few" or "none judged"."""
    if judged(row) == 0:
        return NO_JUDGED
    if missing(row["rate"]):
        return TOO_FEW
    if row["n_nonconforming"] == 0 and not missing(row["ci_high"]):
        return below(row["ci_high"])
    return same(percent(row["rate"]))


def violation_text(row: Mapping[str, Any]) -> Text:
    """The violation rate in words; "too few" below 30 batches judged or left for a violation, as two of two are no 100 %."""
    base = judged(row) + int(row["n_exited_violation"])
    if base == 0:
        return NO_JUDGED
    return same(percent(row["violation_rate"])) if base >= SMALLEST_BASE else TOO_FEW


def interval_text(row: Mapping[str, Any]) -> str:
    """The Wilson 95 % limits of a row ("8.1–18.0%"); a dash where there are none or only an upper one."""
    if missing(row["ci_low"]) or missing(row["ci_high"]):
        return DASH
    return f"{rounded(row['ci_low'])}–{rounded(row['ci_high'])}%"


def ranked(values: list[float]) -> list[int]:
    """Ranks, 1 = highest, of rates rounded as shown; equal ones share a rank."""
    shown = [rounded(v) for v in values]
    return [1 + sum(other > value for other in shown) for value in shown]


def whole(value: Any) -> int:
    """A count where missing means none (ops tables leave a count null that does not apply)."""
    return 0 if missing(value) else int(value)
