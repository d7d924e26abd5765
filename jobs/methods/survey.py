"""Estimates from probability samples with strata, clusters, weights and finite populations: checked calls to
svy.

Terms: units of the first stage are what was drawn first (clusters, such as shops), those of a second stage
are drawn within them; without clusters, rows are drawn directly. fpc is the size of the finite population
that units were drawn from. A domain is a part of the population, such as one category.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import polars as pl
import svy
from scipy import stats

from jobs.methods import intervals
from jobs.methods.checked import floats, level_of, one_of
from jobs.plurals import plural

KINDS = ("mean", "total", "ratio", "proportion")  # what is estimated
INTERVALS = ("logit", "beta", "t")  # confidence intervals of a proportion


@dataclass(frozen=True)
class Estimate:
    """An estimate: ``value`` with its standard error ``se`` and limits ``low`` and ``high``, in the unit of y
    (of y per x for a ratio; a share, 0-1, for a proportion).

    ``df``: degrees of freedom, the units of the first stage with rows of the domain less the strata with such
    rows. ``n``: rows of the domain with known y (and x).
    """

    value: float
    se: float
    low: float
    high: float
    df: int
    n: int


def estimate(
    data: pd.DataFrame,
    y: str,
    *,
    kind: str = "mean",
    x: str | None = None,
    weights: str | None = None,
    strata: str | None = None,
    clusters: str | Sequence[str] | None = None,
    fpc: str | Sequence[str] | None = None,
    domain: str | None = None,
    interval: str = "logit",
    level: float = 0.95,
) -> Estimate:
    """Estimate a mean, total, ratio or proportion from a sample, with the standard error and limits that
    follow from its design, by Taylor linearisation, with replacement or with finite populations at one or two
    stages.

    ``data``: one row per observed unit, all rows of the sample; the other arguments name its columns.
    ``kind``: mean, total, ratio (sum of y over sum of x) or proportion (y is 0 or 1, or boolean).
    ``weights``: positive; without them they follow from ``fpc`` as the product over the stages of population
    / drawn units, and without both each row weighs 1. ``clusters``: the units of the first stage, or a list
    with one column per stage; rows are the units of the last stage. ``fpc``: population units at a stage,
    constant within what they are drawn from; one column or a list, one per stage of ``clusters``, and one
    more if rows are drawn within the last of them. Without ``fpc`` only the first stage counts (as if drawn
    with replacement).

    ``domain``: a boolean column. Rows outside it, and rows with a missing y or x, contribute nothing but
    still belong to the design. ``interval`` of a proportion: ``logit``; ``beta``, the exact one at the
    effective size (Korn & Graubard, Survey Methodology 24, 1998, 193-201; no or only events: effective size
    n); ``t``. Other kinds have the t interval. All use ``df``. Limits are NaN without degrees of freedom, and
    for ``logit`` with no or only events; everything is NaN in an empty domain.

    Raises ValueError where one unit alone was drawn from a stratum or from a unit of the first stage, which
    gives no variance, unless it is the whole of it (fpc 1); the caller may join strata first. Raises it as
    well for ``data`` without rows, absent columns, missing values of the design or of ``domain``,
    non-positive weights, fpc below the units drawn or not constant, more than two stages with fpc, a y or x
    that is not numeric, a y other than 0 and 1 of a proportion, a ratio without x or whose x adds up to 0, x
    of another kind, and ``interval="beta"`` of another kind than proportion.

    Source: svy 0.35, which equals R's survey 4.1 on its data sets; C.-E. Sarndal et al., Model Assisted
    Survey Sampling, 1992.
    """
    frame, stages = _prepared(data, y, kind, x, weights, strata, clusters, fpc, domain, interval, level)
    if not frame.inside.any():
        return Estimate(np.nan, np.nan, np.nan, np.nan, 0, 0)
    return _estimates(frame.assign(by=0), kind, stages, interval, level)[0]


def estimate_by(
    data: pd.DataFrame,
    y: str,
    *,
    by: str,
    kind: str = "mean",
    x: str | None = None,
    weights: str | None = None,
    strata: str | None = None,
    clusters: str | Sequence[str] | None = None,
    fpc: str | Sequence[str] | None = None,
    domain: str | None = None,
    interval: str = "logit",
    level: float = 0.95,
) -> pd.DataFrame:
    """Compute :func:`estimate` for every value of the column ``by`` as a domain, at once: hundreds cost
    little more than one.

    Returns one row per value that has rows in ``domain`` (index: the values, sorted), columns value, se, low,
    high, df, n as in :class:`Estimate`. A row of ``data`` without a value of ``by`` is in no domain but
    belongs to the design. Other arguments and errors as in :func:`estimate`.
    """
    frame, stages = _prepared(data, y, kind, x, weights, strata, clusters, fpc, domain, interval, level)
    _check_columns(data, [by])
    codes, names = pd.factorize(data[by], sort=True)
    frame["by"], frame["inside"] = codes, frame.inside & (codes >= 0)
    found = _estimates(frame, kind, stages, interval, level) if frame.inside.any() else {}
    fields = ["value", "se", "low", "high", "df", "n"]
    rows = [[getattr(found[code], field) for field in fields] for code in sorted(found)]
    table = pd.DataFrame(rows, columns=fields, index=pd.Index(names[sorted(found)], name=by))
    return table.astype({"df": int, "n": int})


def _prepared(
    data: pd.DataFrame,
    y: str,
    kind: str,
    x: str | None,
    weights: str | None,
    strata: str | None,
    clusters: str | Sequence[str] | None,
    fpc: str | Sequence[str] | None,
    domain: str | None,
    interval: str,
    level: float,
) -> tuple[pd.DataFrame, int]:
    """The checked design with y, x and whether a row is inside the domain; the number of stages with finite
    populations."""
    one_of("kind", kind, KINDS)
    one_of("interval", interval, INTERVALS)
    level_of(level)
    if (kind == "ratio") != (x is not None):
        raise ValueError("x is given for a ratio, and for nothing else")
    if interval == "beta" and kind != "proportion":
        raise ValueError("interval beta is for proportions")
    stages, sizes = _listed(clusters), _listed(fpc)
    _check_columns(data, [y, x, weights, strata, domain, *stages, *sizes])
    frame = _design(data, strata, stages, sizes, weights)
    frame["y"] = floats(y, data[y])
    frame["x"] = 1.0 if x is None else floats(x, data[x])
    if kind == "proportion" and not frame.y.dropna().isin([0, 1]).all():
        raise ValueError(f"{y} of a proportion must be 0 or 1")
    frame["inside"] = (
        frame.y.notna() & frame.x.notna() & (True if domain is None else _flags(domain, data[domain]))
    )
    if kind == "ratio" and frame.inside.any() and not (frame.w * frame.x.fillna(0) * frame.inside).sum():
        raise ValueError(f"the sum of {x} is 0")
    return frame, len(sizes)


def _estimates(
    frame: pd.DataFrame, kind: str, stages: int, interval: str, level: float
) -> dict[int, Estimate]:
    """Estimates by svy, for every value of ``by`` that has rows inside."""
    known = frame.assign(y=frame.y.fillna(0.0), x=frame.x.fillna(0.0))
    population = {0: None, 1: "N1", 2: svy.PopSize(psu="N1", ssu="N2")}[stages]
    design = svy.Design(
        wgt="w",
        stratum="stratum",
        psu="unit1",
        ssu="unit2" if stages == 2 else None,
        pop_size=population,
        singleton="skip",
    )
    sample = svy.Sample(pl.DataFrame({name: known[name].to_numpy() for name in known}), design).estimation
    where = pl.col("inside")
    if kind == "ratio":
        estimate = sample.ratio("y", "x", by="by", where=where)
    else:
        estimate = (sample.total if kind == "total" else sample.mean)("y", by="by", where=where)
    assert not isinstance(estimate, list), "one column gives one estimate"
    inside = frame.by[frame.inside].value_counts()
    shown = interval if kind == "proportion" else "t"
    found = {}
    for code, value, se, df in estimate.to_polars().select("by", "est", "se", "df").iter_rows():
        n = int(inside[int(code)])
        found[int(code)] = Estimate(value, se, *_limits(value, se, int(df), n, shown, level), int(df), n)
    return found


def _limits(value: float, se: float, df: int, n: int, interval: str, level: float) -> tuple[float, float]:
    """Limits of one estimate; NaN where there are no degrees of freedom. ``n``: rows behind it; ``interval``:
    of INTERVALS."""
    if df <= 0:
        return np.nan, np.nan
    t = stats.t.ppf((1 + level) / 2, df)
    if interval == "t":
        return float(value - t * se), float(value + t * se)
    certain = value * (1 - value) < 1e-12
    if interval == "logit":
        if certain:
            return np.nan, np.nan
        centre, half = np.log(value / (1 - value)), t * se / (value * (1 - value))
        return float(1 / (1 + np.exp(half - centre))), float(1 / (1 + np.exp(-half - centre)))
    if not certain and se == 0:
        return value, value
    size = n if certain else value * (1 - value) / se**2
    if n > 1:
        size *= (stats.t.ppf((1 + level) / 2, n - 1) / t) ** 2
    share = round(value) if certain else value
    return intervals.binomial(size * share, size, method="clopper_pearson", level=level)


def _design(
    data: pd.DataFrame, strata: str | None, stages: list[str], sizes: list[str], weights: str | None
) -> pd.DataFrame:
    """Return stratum, unit1, unit2 as codes, N1, N2 and weight w of every row. Raises ValueError where one
    unit alone was drawn from a group that has more: its variance cannot be estimated."""
    if len(sizes) > 2:
        raise ValueError("fpc is known for more than two stages; the variance of two can be estimated")
    if sizes and len(sizes) not in {len(stages), len(stages) + 1}:
        raise ValueError(f"fpc has {plural(len(sizes), 'stage')}, clusters {len(stages)}")
    frame = pd.DataFrame(index=pd.RangeIndex(len(data)))
    frame["stratum"] = _codes(strata, data, [])
    rows = np.arange(len(data))
    frame["unit1"] = _codes(stages[0], data, [frame.stratum]) if stages else rows
    frame["unit2"] = _codes(stages[1], data, [frame.unit1]) if len(stages) > 1 else rows
    weight = np.ones(len(data))
    for stage, size in enumerate(sizes, start=1):
        within, unit = ("stratum", "unit1") if stage == 1 else ("unit1", "unit2")
        weight *= _drawn(frame, within, unit, size, floats(size, data[size]), stage)
    frame["w"] = weight if weights is None else floats(weights, data[weights])
    if not (frame.w > 0).all():
        raise ValueError(f"{weights or 'weight'} must be positive everywhere")
    alone = frame.groupby("stratum").unit1.transform("nunique").eq(1) & (frame.N1.gt(1) if sizes else True)
    if alone.any():
        name = f"stratum {data[strata].iloc[int(np.argmax(alone))]}" if strata else "the population"
        raise ValueError(f"one unit only was drawn from {name}: its variance cannot be estimated")
    return frame


def _drawn(
    frame: pd.DataFrame, within: str, unit: str, name: str, population: np.ndarray, stage: int
) -> np.ndarray:
    """Add the column N<stage> to ``frame`` and return for each row its group's population divided by the
    number of different units drawn from it.

    ``within``, ``unit``: columns of the group and of the units; ``name``: the caller's column, for messages.
    Raises ValueError where the population is missing, differs within a group or is below the units drawn, and
    at stage 2 where one unit was drawn of several.
    """
    frame[f"N{stage}"] = population
    groups = frame.groupby(within)
    if np.isnan(population).any() or (groups[f"N{stage}"].nunique() > 1).any():
        raise ValueError(
            f"{name} must be known and constant within the "
            f"{'stratum' if stage == 1 else 'unit of the first stage'}"
        )
    drawn = groups[unit].transform("nunique").to_numpy()
    if (population < drawn).any():
        raise ValueError(f"{name} is below the number of units drawn")
    if stage == 2 and ((drawn == 1) & (population > 1)).any():
        raise ValueError(
            f"one unit only was drawn within a cluster although {name} is larger: its variance cannot "
            f"be estimated"
        )
    return population / drawn


def _codes(name: str | None, data: pd.DataFrame, within: list[pd.Series]) -> np.ndarray:
    """Whole numbers that identify the values of a column, within others where they nest."""
    if name is None:
        return np.zeros(len(data), dtype=int)
    if data[name].isna().any():
        raise ValueError(f"{name} has missing values")
    keys = [series.to_numpy() for series in within] + [pd.factorize(data[name])[0]]
    return pd.MultiIndex.from_arrays(keys).factorize()[0] if within else keys[0]


def _flags(name: str, column: pd.Series) -> np.ndarray:
    flags = floats(name, column)
    if not np.isin(flags, [0, 1]).all():
        raise ValueError(f"{name} must be true or false everywhere")
    return flags == 1


def _listed(names: str | Sequence[str] | None) -> list[str]:
    return [] if names is None else [names] if isinstance(names, str) else list(names)


def _check_columns(data: pd.DataFrame, names: Sequence[str | None]) -> None:
    for name in names:
        if name is not None and name not in data.columns:
            raise ValueError(f"data has no column {name!r}")
    if data.empty:
        raise ValueError("data has no rows")
