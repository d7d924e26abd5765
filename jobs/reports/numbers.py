"""Numbers as a reader sees them: per cent rounded half up to one decimal, intervals, counts
(definitions.md#insufficient)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pandas as pd

from jobs.marts.sampling import outcomes
from jobs.reports.wording import NO_JUDGED, NOT_WEIGHTED, TOO_FEW, Text, same

DASH = "–"
SMALLEST_BASE = 30
INSUFFICIENT, LOW_PRECISION = "insufficient", "D"  # of gold.detection_rate's reliability


def missing(value: Any) -> bool:
    """True for None, NaN and pandas' NA/NaT."""
    if value is None or isinstance(value, str | int):  # millions of cells are: pandas is asked about the rest
        return value is None
    if isinstance(value, float):
        return bool(value != value)
    return bool(pd.api.types.is_scalar(value) and pd.isna(value))


def rounded(rate: float) -> Decimal:
    """A rate in 0–1 as per cent with one decimal, half up. What is rounded is the double's shortest decimal:
    0.1225 is 12.3."""
    return (Decimal(repr(float(rate))) * 100).quantize(Decimal("0.1"), ROUND_HALF_UP)


def noun(n: Any, zh: str, one: str, many: str | None = None) -> Text:
    """The noun that follows a count as a page shows it, a number or its text. ``many``: see
    `jobs.plurals.plural`."""
    return Text(zh, one if str(n) == "1" else many or one + "s")


def percent(rate: Any) -> str:
    """A rate in 0–1 as text ("12.3%"); a missing one is a dash."""
    return DASH if missing(rate) else f"{rounded(rate)}%"


def count(value: Any) -> str:
    """A count with thousands separated; a missing one is a dash."""
    return DASH if missing(value) else f"{int(value):,}"


def per_million(value: Any) -> str:
    """A small probability as so many in a million, with two significant digits; a missing one is a dash."""
    return DASH if missing(value) else f"{float(f'{float(value) * 1e6:.2g}'):,g}"


def chance(value: Any) -> str:
    """A probability with two decimals; only what is certain is 1.00 and only what is impossible 0.00;
    a missing one is a dash."""
    if missing(value):
        return DASH
    shown = f"{float(value):.2f}"
    if shown == "1.00" and value < 1:
        return "> 0.99"
    return "< 0.01" if shown == "0.00" and value > 0 else shown


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
    """The denominator of the rate of a row."""
    return int(outcomes.judged(row))


def below(limit: Any) -> Text:
    """No failure was seen: the upper limit is all that is known. A limit that rounds to nothing is shown as
    0.1."""
    shown = max(rounded(limit), Decimal("0.1"))
    return Text(f"低于{shown}%", f"below {shown}%")


@dataclass(frozen=True)
class Figure:
    """A rate as a reader sees it: in words, its limits, and the numbers behind them (None: may not be
    shown)."""

    text: Text
    interval: str
    value: float | None = None
    low: float | None = None
    high: float | None = None


# Columns of the figure that stands for a design: probability samples speak for the market by their exposure
# rate, targeted ones only of themselves by their finding rate (definitions.md#finding-rate).
HEADLINE = {"probability": ("exposure_rate", "exposure_low", "exposure_high")}
FOUND = ("rate", "ci_low", "ci_high")


def headline(row: Mapping[str, Any]) -> Figure:
    """The figure of one row of gold.detection_rate by which its design is read."""
    return figure(row, *HEADLINE.get(row["design"], FOUND))


def found(row: Mapping[str, Any]) -> Figure:
    """The share of the batches judged that failed, with Wilson's limits."""
    return figure(row, *FOUND)


def figure(row: Mapping[str, Any], value: str, low: str, high: str) -> Figure:
    """A rate with its limits in words: a value, "below x %", "too few", "none judged", or that it cannot be
    weighted."""
    if judged(row) == 0:
        return Figure(NO_JUDGED, DASH)
    if row["reliability"] == INSUFFICIENT:
        return Figure(TOO_FEW, DASH)
    if missing(row[value]):
        return Figure(TOO_FEW if value == FOUND[0] else NOT_WEIGHTED, DASH)
    upper = None if missing(row[high]) else float(row[high])
    if row["n_nonconforming"] == 0 and upper is not None:
        return Figure(below(upper), DASH, float(row[value]), None, upper)
    lower = None if missing(row[low]) else float(row[low])
    return Figure(same(percent(row[value])), span(lower, upper), float(row[value]), lower, upper)


def estimate(row: Mapping[str, Any]) -> Figure | None:
    """The exposure rate shrunk towards the units of its level; it stays where the unit's own samples are too
    few."""
    if missing(row["shrunk_rate"]):
        return None
    low, high = (None if missing(row[c]) else float(row[c]) for c in ("shrunk_low", "shrunk_high"))
    return Figure(same(percent(row["shrunk_rate"])), span(low, high), float(row["shrunk_rate"]), low, high)


def span(low: Any, high: Any) -> str:
    """Two limits as text ("8.1–18.0%"); a dash where there are none or only an upper one."""
    return DASH if missing(low) or missing(high) else f"{rounded(low)}–{rounded(high)}%"


def points(value: Any) -> str:
    """Percentage points with their sign ("+1.2", "−0.4"), half up away from zero as every figure here."""
    if missing(value):
        return DASH
    shown = Decimal(repr(float(value))).quantize(Decimal("0.1"), ROUND_HALF_UP)
    return f"{'−' if shown < 0 else '+' if shown > 0 else '±'}{abs(shown)}"


def violation(row: Mapping[str, Any]) -> Figure:
    """The violation rate with its limits; "too few" below 30 batches judged or left for a violation, also in
    bookkeeping rows, as two of two are no 100%.

    None found is said so, with its base and the upper limit: a bare 0% would read as proof that there is
    none.
    """
    base = int(outcomes.violation_base(row))
    if base == 0:
        return Figure(NO_JUDGED, DASH)
    if base < SMALLEST_BASE or missing(row["violation_rate"]):
        return Figure(TOO_FEW, DASH)
    value = float(row["violation_rate"])
    low, high = (None if missing(row[c]) else float(row[c]) for c in ("violation_low", "violation_high"))
    if not int(row["n_nonconforming"]) + int(row["n_exited_violation"]):
        upper = Text("", "") if high is None else Text(f"（{below(high).zh}）", f" ({below(high).en})")
        words = Text(f"{base:,}批次中未发现{upper.zh}", f"none in {base:,}{upper.en}")
        return Figure(words, DASH, value, None, high)
    return Figure(same(percent(value)), span(low, high), value, low, high)


def exposure_violation(row: Mapping[str, Any]) -> Figure | None:
    """The violation rate by chance of selection and units sold, with its limits; None where the mart has
    none: other designs, too few batches, chances not known."""
    if missing(row["exposure_violation_rate"]):
        return None
    value = float(row["exposure_violation_rate"])
    low, high = (
        None if missing(row[c]) else float(row[c])
        for c in ("exposure_violation_low", "exposure_violation_high")
    )
    if value == 0 and high is not None:
        return Figure(below(high), DASH, value, None, high)
    return Figure(same(percent(value)), span(low, high), value, low, high)


def ranked(values: list[float]) -> list[int]:
    """Ranks, 1 = lowest, that is best, of rates rounded as shown; equal ones share a rank."""
    shown = [rounded(v) for v in values]
    return [1 + sum(other < value for other in shown) for value in shown]


def whole(value: Any) -> int:
    """A count where missing means none (ops tables leave a count null that does not apply)."""
    return 0 if missing(value) else int(value)
