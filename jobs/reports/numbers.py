"""Numbers as a reader sees them: per cent rounded half up to one decimal, intervals, counts
(definitions.md#insufficient)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from math import floor, log10
from typing import Any

import pandas as pd

from jobs.marts.sampling import outcomes
from jobs.methods.ranges import english, in_chinese
from jobs.methods.rounding import fixed, half_up
from jobs.reports.wording import NO_JUDGED, NOT_WEIGHTED, TOO_FEW, Text, same

DASH = "–"
SMALLEST_BASE = 30
INSUFFICIENT, LOW_PRECISION = "insufficient", "D"  # of gold.detection_rate's reliability


# A hyphen that is the sign of a number: not within a code, date or range (GB 1234-2020, 2026-06, 1-5).
_SIGN = re.compile(r"(?<![0-9A-Za-z_.)%-])-(?=\.?[0-9])")


def minus(text: str) -> str:
    """Return a number, or words with numbers, for a page: with the minus sign (U+2212) in place of each
    hyphen that is the sign of a number."""
    return _SIGN.sub("−", text) if "-" in text else text


def missing(value: Any) -> bool:
    """Return whether a value is None, NaN or pandas' NA or NaT; false for lists."""
    if value is None or isinstance(value, str | int):  # millions of cells are: pandas is asked about the rest
        return value is None
    if isinstance(value, float):
        return bool(value != value)
    return bool(pd.api.types.is_scalar(value) and pd.isna(value))


def rounded(rate: float) -> Decimal:
    """Return a rate (0–1) as per cent with one decimal, rounded half up from the float's shortest decimal
    form: 0.1225 gives 12.3."""
    return half_up(rate, 100)


def noun(n: Any, zh: str, one: str, many: str | None = None) -> Text:
    """Return the noun that goes with a count: the English singular ``one`` for 1, else ``many`` (by default
    ``one`` with an s). ``zh``: the Chinese noun; ``n``: the number, or its text. The number is not part of
    the result."""
    return Text(zh, one if str(n) == "1" else many or one + "s")


def percent(rate: Any) -> str:
    """Return a rate (0–1) as text, "12.3%"; a dash where missing."""
    return DASH if missing(rate) else minus(f"{rounded(rate)}%")


def count(value: Any) -> str:
    """Return a count as text with thousands separated, "16,182"; a dash where missing."""
    return DASH if missing(value) else minus(f"{int(value):,}")


def per_million(value: Any) -> str:
    """Return a small probability (0–1) as the number in a million, with two significant digits; a dash where
    missing."""
    return DASH if missing(value) else f"{float(f'{float(value) * 1e6:.2g}'):,g}"


def chance(value: Any) -> str:
    """Return a probability (0–1) with two decimals. Only 1 is "1.00" and only 0 is "0.00": others that would
    round to these are "> 0.99" and "< 0.01". A dash where missing."""
    if missing(value):
        return DASH
    shown = fixed(float(value), 2)
    if shown == "1.00" and value < 1:
        return "> 0.99"
    return "< 0.01" if shown == "0.00" and value > 0 else shown


def p_value(value: Any) -> str:
    """Return a p value (0–1) with three decimals, "< 0.001" where it is less; a dash where missing."""
    if missing(value):
        return DASH
    return fixed(value, 3) if value >= 0.001 else "< 0.001"


def with_p(value: Any) -> str:
    """Return a p value (`p_value`) as a sentence says it: "p = 0.012", "p < 0.001"."""
    shown = p_value(value)
    return f"p {shown}" if shown.startswith("<") else f"p = {shown}"


def significant(value: float, digits: int = 4) -> str:
    """Return a number of which nothing else is known with so many significant digits, rounded half up, as
    text without an exponent: 1,234.5 is "1,235", 12,345.6 "12,346", 0.05 "0.05". A number of 10^15 or more,
    or with more than nine zeros behind the point, has an exponent; "inf" stays. ``value``: not missing."""
    size = abs(float(value))
    if not 1e-9 <= size < 1e15:
        return minus(f"{value:.{digits}g}") if value else "0"
    places = max(0, digits - 1 - floor(log10(size)))
    text = f"{half_up(value, places=places):,f}"
    return minus(text.rstrip("0").rstrip(".") if "." in text else text)


def linked(value: Any) -> str:
    """Return the probability (0–1) of a link that is probable and not certain, as `chance` does, but never
    "1.00"; '' where missing."""
    return "" if missing(value) else chance(min(float(value), 0.9999))


def file_size(octets: Any) -> str:
    """Return a file's size in B, KB, MB or GB (steps of 1,000) as text, with one decimal below 100 of a unit
    other than B; a dash where missing. ``octets``: size in bytes."""
    if missing(octets):
        return DASH
    size, unit = float(octets), "B"
    for unit in ("B", "KB", "MB", "GB"):
        if size < 1000 or unit == "GB":
            break
        size /= 1000
    return f"{size:,.0f} {unit}" if unit == "B" or size >= 100 else f"{fixed(size)} {unit}"


def judged(row: Mapping[str, Any]) -> int:
    """Return how many batches of a row of gold.detection_rate were judged, the denominator of its rate."""
    return int(outcomes.judged(row))


def below(limit: Any) -> Text:
    """Return "below x%", for a rate without a failure, of which only the upper limit (0–1) is known; x is at
    least 0.1."""
    shown = max(rounded(limit), Decimal("0.1"))
    return Text(f"低于{shown}%", f"below {shown}%")


@dataclass(frozen=True)
class Figure:
    """A rate as pages show it. ``text``: in words; ``interval``: its limits, or a dash; ``value``, ``low``,
    ``high``: the numbers (0–1), None where they may not be shown or there is none."""

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
    """Return the main figure of a row of gold.detection_rate: the exposure rate (failing share of units sold)
    for probability samples, else the finding rate (failing share of the batches judged)."""
    return figure(row, *HEADLINE.get(row["design"], FOUND))


def found(row: Mapping[str, Any]) -> Figure:
    """Return the failing share of the batches judged (0-1), with the Wilson 95% limits of the row, as
    `figure` does: words alone where too few or no batches were judged, "below x%" with the upper limit alone
    where none failed. ``row``: of gold.detection_rate."""
    return figure(row, *FOUND)


def figure(row: Mapping[str, Any], value: str, low: str, high: str) -> Figure:
    """Return a rate of a row of gold.detection_rate with its limits. ``value``, ``low``, ``high``: names of
    its columns.

    The text is the rate as a percentage; "below x%" where no batch failed; or the reason why there is none:
    no batch was judged, too few were, or the rate cannot be weighted.
    """
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
    """Return the exposure rate of a row of gold.detection_rate shrunk towards the units of its level, which
    is shown even where the unit has too few samples for a rate; None where the row has none."""
    if missing(row["shrunk_rate"]):
        return None
    low, high = (None if missing(row[c]) else float(row[c]) for c in ("shrunk_low", "shrunk_high"))
    return Figure(same(percent(row["shrunk_rate"])), span(low, high), float(row["shrunk_rate"]), low, high)


def with_limits(text: Text, interval: str) -> Text:
    """Return a value with its limits behind it, 13.7%（8.3%～21.0%） / "13.7% (8.3–21.0%)"; the value alone
    where ``interval`` is a dash."""
    if interval == DASH:
        return text
    return Text(f"{text.zh}（{in_chinese(interval)}）", f"{text.en} ({interval})")


def span(low: Any, high: Any) -> str:
    """Return two limits (0–1) as text, "8.1–18.0%", of which a page makes the Chinese form
    (`jobs.reports.punctuation`); a dash where one of them is missing."""
    return DASH if missing(low) or missing(high) else english(percent(low), percent(high))


def points(value: Any) -> str:
    """Return percentage points as text with a sign, "+1.2", "−0.4", "0.0", rounded half away from zero; a
    dash where missing. ``value``: in points, not as a share."""
    if missing(value):
        return DASH
    shown = half_up(value)
    return minus(f"{shown:+}") if shown else str(abs(shown))


def by_as_shown(old: Figure, new: Figure) -> str:
    """Return by how many percentage points a rate moved, from the figures that a reader sees: 14.0% to 14.3%
    is "+0.3", although the rates themselves may differ by 0.4. Empty where one of the two is no
    percentage."""
    if any(f.value is None or f.text.en != percent(f.value) for f in (old, new)):
        return ""
    assert old.value is not None and new.value is not None, "looked at above"
    return points(rounded(new.value) - rounded(old.value))


def violation(row: Mapping[str, Any]) -> Figure:
    """Return the violation rate of a row of gold.detection_rate with its limits: the share that failed, or
    was referred for a violation before the test, of the batches judged or so referred. The text is "none
    judged" where there are none of these, "too few" below SMALLEST_BASE of them or where the row has no
    violation rate.

    Where none was found, the text says so with the number of batches and the upper limit, as a bare 0% would
    read as proof that there is none.
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
    """Return the violation rate (`violation`) of a row of gold.detection_rate weighted by units sold, with
    its 95% limits; "below x%" where none was found. None where the row has none: for targeted samples, too
    few batches or unknown chances of selection."""
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
    """Return the rank of each rate (0–1), in the order given: 1 for the lowest, which is the best. Rates that
    are equal as shown (per cent with one decimal) share a rank."""
    shown = [rounded(v) for v in values]
    return [1 + sum(other < value for other in shown) for value in shown]


def whole(value: Any) -> int:
    """Return a count as int, 0 where missing, as ops tables leave a count empty that does not apply."""
    return 0 if missing(value) else int(value)


def at_least_some(value: float) -> str:
    """Return a number with one decimal as text, such as one of cases expected; "<0.1" of one above 0 that
    would read 0.0, as none."""
    return "<0.1" if 0 < value < 0.05 else minus(fixed(value))
