"""Adds up samples by unit, design and month, and from these the sums of quarters, years, windows of twelve
months and all time. Used by the ledger and the rates. Pure.

For speed, rows are keyed by whole numbers until they are published (NUMBERS): `period`, position of the
PeriodType in PERIODS; `month`, months since 1970-01 of the first month of the period; `unit`, number of the
row in `Cut.units`; `design`, position of the Design in DESIGNS. `named` replaces them by names and dates."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pandas as pd

from jobs.marts.sampling.dimensions import UNIT_KEY, Cut
from jobs.marts.sampling.outcomes import UNDATED


class PeriodType(StrEnum):
    """The kinds of period, in alphabetical order, by which rows are sorted. `rolling12`: a window of twelve
    months that may begin in any month. `all`: all time."""

    ALL = "all"
    MONTH = "month"
    QUARTER = "quarter"
    ROLLING12 = "rolling12"
    YEAR = "year"


class Design(StrEnum):
    """How samples were chosen, in alphabetical order, by which rows are sorted. `probability`: drawn by
    chance. `targeted`: chosen because a failure was expected, or for a complaint or follow-up. `all`: both
    together, for bookkeeping only."""

    ALL = "all"
    PROBABILITY = "probability"
    TARGETED = "targeted"


# The key of a published row: period, unit and design.
KEY = ["period_type", "period_start", *UNIT_KEY, "design"]
# The same key in numbers: positions in PeriodType, of the unit and in Design, months since 1970-01.
NUMBERS = ["period", "month", "unit", "design"]
PERIODS, DESIGNS = list(PeriodType), list(Design)
_ALL_STARTS = (1900 - 1970) * 12
_WIDE = 1_000_000


# Months of each period type; `all` is as long as the data are.
LENGTHS = {PeriodType.MONTH: 1, PeriodType.QUARTER: 3, PeriodType.ROLLING12: 12, PeriodType.YEAR: 12}


@dataclass(frozen=True)
class Span:
    """The first and the last month in which samples have an outcome, as months since 1970-01; both None where
    none has."""

    first: int | None
    last: int | None


def spans(outcome: pd.DataFrame, design: np.ndarray) -> tuple[Span, ...]:
    """Return for each design, in the order of DESIGNS, the first and the last month in which its samples have
    an outcome, both None where none has; those of ``all`` are of every sample. With them `covered` counts how
    many months of a period lie within the data.

    ``outcome``: one row per sample, as `outcomes.outcomes` returns it; ``design``: the Design of each row."""
    return tuple(
        span(outcome if one is Design.ALL else outcome[np.asarray(design) == one]) for one in DESIGNS
    )


def covered(rows: pd.DataFrame, whole: tuple[Span, ...]) -> np.ndarray:
    """Return how many months of each row's period lie between the first and the last outcome of the row's
    design, those two months included: an int64 array. For the period type `all` it is the number of months
    from the one to the other, both counted. ``rows``: columns NUMBERS; ``whole``: the Span of each design
    (`spans`)."""
    first, last = _ends(rows, whole)
    sizes = np.array([LENGTHS.get(kind, 0) for kind in PERIODS])[rows["period"].to_numpy()]
    start = rows["month"].to_numpy(np.int64)
    inside = np.minimum(start + sizes - 1, last) - np.maximum(start, first) + 1
    every = last - first + 1
    return np.maximum(np.where(sizes == 0, every, inside), 0)


def span(outcome: pd.DataFrame) -> Span:
    """Return the months of the first and of the last outcome. ``outcome``: one row per sample, with n_sampled
    and month (months since 1970-01); samples without an outcome (n_sampled 0) or without a date are left out.
    """
    dated = outcome.loc[(outcome["n_sampled"] > 0) & (outcome["month"] != UNDATED), "month"]
    return Span(None, None) if dated.empty else Span(int(dated.min()), int(dated.max()))


def by_design(where: Cut, rows: pd.DataFrame, design: np.ndarray, names: list[str]) -> pd.DataFrame:
    """Return sums of the columns ``names`` by unit, design and month, one row each. A sample counts in its
    design and in the design ``all``.

    ``where``: which samples count in which units. ``rows``: one row per sample, in the order to which
    ``where`` refers, with month and the columns ``names``. ``design``: the Design of each row."""
    by = ["unit", "design", "month"]
    chosen = sums(where, rows.assign(design=numbered(design)), by, names)
    own_only = chosen[chosen["design"] != DESIGNS.index(Design.ALL)]
    pooled = _added(chosen.assign(design=DESIGNS.index(Design.ALL)), by)
    return pd.concat([pooled, own_only], ignore_index=True)


def numbered(design: np.ndarray) -> np.ndarray:
    """Return for each design its position in DESIGNS: an int64 array. A design that is not in DESIGNS gets
    the position of `all`, 0."""
    found = np.zeros(len(design), dtype=np.int64)
    for place, name in enumerate(DESIGNS):
        found[design == name] = place
    return found


def sums(where: Cut, rows: pd.DataFrame, by: list[str], names: list[str], how: str = "sum") -> pd.DataFrame:
    """Return the columns ``names`` added up by the columns ``by``, for the units of ``where``: one row per
    block of ``where`` and combination of ``by`` that has a sample, with these columns, sorted within a block.

    ``rows``: one row per sample, in the order to which ``where`` refers, with the columns ``names`` and, as
    whole numbers, those of ``by``; the column `unit` of ``by`` comes from ``where``. ``how``: `sum`, or
    another aggregation of pandas, such as `max`. Raises ValueError where ``by`` has 2^63 combinations or
    more."""
    keys, values = {name: rows[name].to_numpy(np.int64) for name in by if name != "unit"}, rows[names]
    parts = []
    for block in where.blocks:
        own = {name: block.unit if name == "unit" else keys[name][block.sample] for name in by}
        parts.append(_grouped(own, values, block.sample, how))
    return pd.concat(parts, ignore_index=True)


def over_periods(
    counts: pd.DataFrame,
    by: list[str],
    whole: Span | tuple[Span, ...],
    kept: np.ndarray | None = None,
    how: str = "sum",
) -> pd.DataFrame:
    """Return the sums of every period: one row per period type, period and combination of ``by`` that any row
    of ``counts`` is in, sorted by these. Columns: period and month (NUMBERS), ``by``, and the columns that
    are added up.

    ``counts``: the columns ``by`` (`unit` among them), `month` (months since 1970-01), and the columns to add
    up: all others. ``whole``: the Span of the data, one for all rows, or one for each design (then `design`
    is in ``by``). A window of twelve months exists wherever all twelve lie in the Span. Rows without a date
    count in `all` only. ``kept``: boolean array of units × PERIODS: the period types for which a unit has
    rows; None for all. ``how``: as in `sums`."""
    keys = {name: counts[name].to_numpy(np.int64) for name in ["month", *by]}
    values, month = counts.drop(columns=[*keys]), keys["month"]

    def of(kind: PeriodType) -> np.ndarray:
        inside = (month != UNDATED) | (kind is PeriodType.ALL)
        return np.flatnonzero(inside if kept is None else inside & kept[keys["unit"], PERIODS.index(kind)])

    def starting(kind: PeriodType) -> tuple[np.ndarray, np.ndarray]:
        at = of(kind)
        if kind is PeriodType.ROLLING12:
            return _windows(keys, at, *_ends(counts, whole))
        if kind is PeriodType.ALL:
            return at, np.full(len(at), _ALL_STARTS)
        return at, month[at] // LENGTHS[kind] * LENGTHS[kind]

    # One period type at a time in the order of the key: each part is sorted by the others, so the whole is
    # sorted.
    parts = []
    for i, kind in enumerate(PERIODS):
        at, first = starting(kind)
        parts.append(_grouped({"month": first} | {name: keys[name][at] for name in by}, values, at, how))
        parts[-1]["period"] = i
    return pd.concat(parts, ignore_index=True)


def named(rows: pd.DataFrame, units: pd.DataFrame) -> pd.DataFrame:
    """Return KEY for rows with the columns NUMBERS, in their order: positions replaced by names, months by
    the date of their first day (1900-01-01 for `all`). ``units``: columns UNIT_KEY; row i is the unit of
    number i."""
    months, starts = np.unique(rows["month"].to_numpy(), return_inverse=True)
    days = months.astype("datetime64[M]").astype("datetime64[D]").astype(object)
    return pd.DataFrame(
        {
            "period_type": np.array([str(p) for p in PERIODS], dtype=object)[
                rows["period"].to_numpy(np.int64)
            ],
            "period_start": days[starts],
            **{name: units[name].to_numpy(object)[rows["unit"].to_numpy(np.int64)] for name in UNIT_KEY},
            "design": np.array([str(d) for d in DESIGNS], dtype=object)[rows["design"].to_numpy(np.int64)],
        },
        columns=KEY,
    ).astype(object)


def _windows(
    keys: dict[str, np.ndarray], at: np.ndarray, first: np.ndarray, last: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The rows ``at``, with a month, once for every window that holds them: their positions, and the first
    month of the window. They are sorted by window and the other keys, so that no window has to be sorted; of
    equal ones later months come first. ``first``, ``last``: ends of the data, of all rows."""
    at = at[last[at] - first[at] >= 11]
    others = {name: numbers[at] for name, numbers in keys.items() if name != "month"}
    at = at[np.argsort(_packed(others | {"month": -keys["month"][at]})[0], kind="stable")]
    month, first, last = keys["month"][at], first[at], last[at]
    found = [(at[:0], at[:0])]
    for start in range(first.min(), last.max() - 10) if len(at) else ():
        inside = (month >= start) & (month <= start + 11) & (first <= start) & (last >= start + 11)
        found.append((at[inside], np.full(inside.sum(), start)))
    places, starts = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return places, starts


def _ends(rows: pd.DataFrame, whole: Span | tuple[Span, ...]) -> tuple[np.ndarray, np.ndarray]:
    """First and last month of the data for each row; the last before the first where there are none."""
    all_of = (whole,) if isinstance(whole, Span) else whole
    first = np.array([0 if one.first is None else one.first for one in all_of], dtype=np.int64)
    last = np.array([-1 if one.last is None else one.last for one in all_of], dtype=np.int64)
    place = np.zeros(len(rows), dtype=int) if isinstance(whole, Span) else rows["design"].to_numpy(int)
    return first[place], last[place]


def _added(cells: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Rows of ``cells`` with the same ``keys`` (whole numbers) as one, sorted by them."""
    numbers = {name: cells[name].to_numpy(np.int64) for name in keys}
    return _grouped(numbers, cells.drop(columns=keys), np.arange(len(cells)), "sum")


def _grouped(keys: dict[str, np.ndarray], values: pd.DataFrame, at: np.ndarray, how: str) -> pd.DataFrame:
    """``keys`` and sums by them of the rows ``at`` (positions) of ``values``, sorted by the keys. What is no
    whole number is summed in the order of ``at``.

    Rows are sorted by their keys first: pandas adds up rows that follow one another several times faster than
    rows that lie apart.
    """
    code, dense = _packed(keys)
    if (code[1:] < code[:-1]).any():
        order = np.argsort(code, kind="stable")
        code, at = code[order], at[order]
    found = values.take(at).groupby(code, sort=False).agg(how)
    rest, found.index = found.index.to_numpy(np.int64), pd.RangeIndex(len(found))
    for name, known in reversed(dense.items()):
        found.insert(0, name, np.asarray(known)[rest % len(known)])
        rest = rest // len(known)
    return found


def _packed(keys: dict[str, np.ndarray]) -> tuple[np.ndarray, dict[str, range | np.ndarray]]:
    """``keys`` as one number, in their order, and the values that each of them may have."""
    dense = {name: _dense(numbers) for name, numbers in keys.items()}
    if math.prod(len(known) for _, known in dense.values()) >= 2**63:
        raise ValueError(f"too many combinations of {', '.join(keys)}")
    code = np.zeros(len(next(iter(keys.values()))), dtype=np.int64)
    for numbers, known in dense.values():
        code = code * len(known) + numbers
    return code, {name: known for name, (_, known) in dense.items()}


def _dense(values: np.ndarray) -> tuple[np.ndarray, range | np.ndarray]:
    """Values as positions, in their order, in a range or, where it would be wide, in the distinct ones."""
    if not len(values):
        return values, range(1)
    low, high = int(values.min()), int(values.max())
    if high - low < _WIDE:
        return values - low, range(low, high + 1)
    numbers, known = pd.factorize(values, sort=True)
    return numbers.astype(np.int64), known
