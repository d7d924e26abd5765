"""Arranges the indicators of all units and periods as arrays, with the weights, goalposts and method valid
for each: the input of every table of the index. Pure.

A unit-period is one unit in one period (a row of the arrays), an indicator a column. Indicators belong to
pillars, such as conformity; a pillar's score is the mean of its indicators' scores by weight, the index the
mean of the pillars' scores.

KEY identifies a unit in a period: period_type, period_start, dimension_type, dimension_code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from jobs.arrays import NOTHING
from jobs.marts.quality_index.counted import GAMMA
from jobs.marts.quality_index.method import methods
from jobs.marts.quality_index.scoring import met_wholly
from jobs.methods.shapley import STATES, TRANSFORMS, evaluated, scored, unclipped

KEY = ["period_type", "period_start", "dimension_type", "dimension_code"]
SCALE = (1.0, 100.0)  # the lowest and the highest score
CONFORMITY, HEADLINE, SERIOUS = "conformity", "exposure_rate", "serious_rate"  # a pillar and two indicators
NATION = "nation"  # dimension_type of the nation
MONTHS = {"month": 1, "quarter": 3, "year": 12}  # period_type → its months
_STATE = {"used": "available", "not_applicable": "not_applicable", "not_filed": "not_filed"}
_STATE |= {"set_aside": "not_applicable"}  # but covered


@dataclass(frozen=True)
class Panel:
    """Unit-periods (rows) by indicators (columns).

    ``key``: KEY and ``peers`` (dimension, for categories with level: units of one ``peers`` and period are
    compared), sorted by KEY; ``indicators``, ``pillars``: names in the order of the reference; ``pillar``:
    position of each indicator's pillar in ``pillars``.

    ``arrays``: as :mod:`jobs.methods.shapley` takes them: value (the estimate that is scored), low, high,
    direction, transform, weight, state (units x indicators), pillar_weight (units x pillars), across (rule of
    the mean over pillars, per unit). ``estimates``: one row per law from which a value is redrawn: unit
    (row), column, mean, precision, gamma (bool; else beta).

    ``set_aside``: bool, units x indicators: measured, but not scored (`scoring.set_aside`), and not
    applicable in ``arrays``; ``met_wholly``: bool, what may be set aside; ``method``: one row of parameters
    per unit; ``judged``: batches judged behind the conformity pillar, NaN without any."""

    key: pd.DataFrame
    indicators: tuple[str, ...]
    pillars: tuple[str, ...]
    pillar: np.ndarray
    arrays: Mapping[str, np.ndarray]
    estimates: pd.DataFrame
    set_aside: np.ndarray
    met_wholly: np.ndarray
    method: pd.DataFrame
    judged: np.ndarray

    @cached_property
    def evaluated(self) -> tuple[np.ndarray, np.ndarray]:
        """Index (one per unit) and pillar scores (units x pillars), of published and unpublished units."""
        return evaluated(self.arrays, self.pillar, SCALE)

    @property
    def index(self) -> np.ndarray:
        """Index of each unit-period (row of ``key``), published or not, from 1 to 100; NaN where no pillar
        has a score."""
        return self.evaluated[0]

    @property
    def pillar_scores(self) -> np.ndarray:
        """Score of each pillar (1-100): units x pillars; NaN where none of its indicators is applicable."""
        return self.evaluated[1]

    @cached_property
    def scores(self) -> np.ndarray:
        """Score of each indicator (1-100): units x indicators; 1 where it was due and not filed, NaN where it
        is not applicable."""
        state = self.arrays["state"]
        score = np.where(state == STATES.index("not_filed"), SCALE[0], scored(self.arrays, SCALE))
        return np.where(state == STATES.index("not_applicable"), np.nan, score)

    @cached_property
    def positions(self) -> np.ndarray:
        """As ``scores``, but not clipped to 1-100, for draws in which goalposts move. An indicator that was
        due and not filed is placed so low that no moved goalpost gives it more than the least score."""
        state = self.arrays["state"]
        place = np.where(
            state == STATES.index("not_filed"),
            2 * SCALE[0] - SCALE[1],
            unclipped(self.arrays, SCALE),
        )
        return np.where(state == STATES.index("not_applicable"), np.nan, place)

    @cached_property
    def stated(self) -> np.ndarray:
        """Share of each indicator in the whole index by the stated weights, whether applicable or not: units
        x indicators; rows add up to 1."""
        member = np.equal.outer(self.pillar, np.arange(len(self.pillars)))
        total = (self.arrays["weight"] @ member)[:, self.pillar]
        within = np.divide(self.arrays["weight"], total, out=np.zeros_like(total), where=total > 0)
        pillar_weight = self.arrays["pillar_weight"]
        return within * (pillar_weight / pillar_weight.sum(axis=1, keepdims=True))[:, self.pillar]

    @cached_property
    def applied(self) -> np.ndarray:
        """Share of each indicator in the whole index after the weights of those that are not applicable were
        divided among the others: units x indicators, 0 where not applicable."""
        used = np.where(np.isnan(self.scores), 0.0, self.arrays["weight"])
        member = np.equal.outer(self.pillar, np.arange(len(self.pillars)))
        total = (used @ member)[:, self.pillar]
        return (
            np.divide(used, total, out=np.zeros_like(used), where=total > 0)
            * self.pillar_shares[:, self.pillar]
        )

    @cached_property
    def pillar_shares(self) -> np.ndarray:
        """Share of each pillar in the index after the weights of pillars without a score were divided among
        the others: units x pillars."""
        used = np.where(np.isnan(self.pillar_scores), 0.0, self.arrays["pillar_weight"])
        total = used.sum(axis=1, keepdims=True)
        return np.divide(used, total, out=np.zeros_like(used), where=total > 0)

    @cached_property
    def covered(self) -> np.ndarray:
        """The stated share of each indicator where it is covered, else 0: units x indicators. Covered is an
        indicator that is applicable; that was due and not filed, so that a missing filing does not hide a bad
        score; or that was measured and set aside, so that doing better hides no index."""
        return np.where(np.isnan(self.scores) & ~self.set_aside, 0.0, self.stated)

    @property
    def coverage(self) -> np.ndarray:
        """Share of the stated weight that is covered, 0-1, one per unit."""
        return self.covered.sum(axis=1)

    @cached_property
    def reason(self) -> np.ndarray:
        """Why the index of each unit is not published: `no_conformity` (no batch of a probability sample was
        judged), `few_effective` (some were, but too few in effect for an exposure rate), `coverage` (below
        `least_coverage` of the method); None where it is published."""
        drawn = np.zeros(len(self.key), dtype=bool)
        if HEADLINE in self.indicators:
            own = self.estimates["column"] == self.indicators.index(HEADLINE)
            drawn[self.estimates.loc[own, "unit"].to_numpy(int)] = True
        rules = [
            (~drawn & ~(self.judged > 0), "no_conformity"),
            (~drawn, "few_effective"),
            (self.coverage < self.method["least_coverage"].to_numpy() - 1e-12, "coverage"),
        ]
        return np.select([rule for rule, _ in rules], [word for _, word in rules], default=NOTHING)

    @property
    def published(self) -> np.ndarray:
        """Whether the index of each unit is published: one bool per row of ``key``."""
        return pd.isna(self.reason)

    @property
    def ranked(self) -> np.ndarray:
        """Whether each unit-period (row of ``key``) is ranked: it is published and has at least as many
        judged batches as `least_judged` of its method. With fewer the limits are wide, and a rank would be
        chance."""
        return self.published & (self.judged >= self.method["least_judged"].to_numpy(float))

    @property
    def method_version(self) -> np.ndarray:
        """Version of the method of each unit's period, as `quality_index/<version>`."""
        return ("quality_index/" + self.method["version"]).to_numpy(object)


def panel(
    *,
    indicator: pd.DataFrame,
    goalpost: pd.DataFrame,
    index_weight: pd.DataFrame,
    index_method: pd.DataFrame,
    product_category: pd.DataFrame,
) -> Panel:
    """Return the Panel of gold.quality_index_indicator (``indicator``: one row per unit, period and
    indicator) and the silver tables of the other arguments. An indicator without a row is not applicable.

    Raises ValueError for an indicator without a weight or with two pillars, a version of weights or goalposts
    that is not known, a period without a method, and a method that lacks one of its PARAMETERS."""
    unit, key = _units(indicator, product_category)
    names, pillars, pillar = _structure(index_weight)
    column = pd.Index(names).get_indexer(indicator["indicator"])
    if (column < 0).any():
        raise ValueError(f"indicator {indicator['indicator'][column < 0].iloc[0]!r} has no weight")
    shape = (len(key), len(names))

    def spread(values: object, absent: float) -> np.ndarray:
        table = np.full(shape, absent)
        table[unit, column] = values
        return table

    version = pd.Series(indicator["weight_version"].to_numpy(object)).groupby(unit).first().to_numpy(object)
    weight, pillar_weight = _weights(index_weight, version, names, pillars)
    posts = indicator[["goalpost_version", "indicator"]].merge(
        goalpost,
        how="left",
        left_on=["goalpost_version", "indicator"],
        right_on=["version", "indicator"],
        validate="many_to_one",
    )
    used = (indicator["status"] == "used").to_numpy()
    if posts.loc[used, "direction"].isna().any():
        raise ValueError("an indicator is measured by goalposts of an unknown version")
    sign = np.where(posts["direction"] == "higher_better", 1.0, -1.0)
    kind = posts["transform"].map({name: i for i, name in enumerate(TRANSFORMS)}).fillna(0).to_numpy(int)
    arrays = {
        "value": spread(indicator["estimate"].to_numpy(float), np.nan),
        "low": spread(indicator["goal_low"].to_numpy(float), np.nan),
        "high": spread(indicator["goal_high"].to_numpy(float), np.nan),
        "direction": spread(sign, 1.0),
        "transform": spread(kind, 0.0).astype(int),
        "weight": weight,
        "pillar_weight": pillar_weight,
        "state": spread(
            indicator["status"].map({k: STATES.index(v) for k, v in _STATE.items()}).to_numpy(int),
            STATES.index("not_applicable"),
        ).astype(int),
    }
    method = methods(index_method, key["period_start"])
    arrays["across"] = method["across"].to_numpy(int)
    estimates = _estimates(indicator, unit, column)
    judged = np.full(len(key), np.nan)
    if HEADLINE in names:
        judged = spread(indicator["denominator"].to_numpy(float), np.nan)[:, names.index(HEADLINE)]
    aside, whole = (
        spread(rows, 0.0).astype(bool) for rows in (indicator["status"] == "set_aside", met_wholly(indicator))
    )
    return Panel(key, names, pillars, pillar, arrays, estimates, aside, whole, method, judged)


def _estimates(indicator: pd.DataFrame, unit: np.ndarray, column: np.ndarray) -> pd.DataFrame:
    """unit, column, mean, precision, gamma of the used indicators that have a law."""
    numbers = indicator[["estimate_mean", "estimate_precision"]].astype(float)
    known = (indicator["status"] == "used").to_numpy() & numbers.notna().all(axis=1).to_numpy()
    return pd.DataFrame(
        {
            "unit": unit[known],
            "column": column[known],
            "mean": numbers["estimate_mean"].to_numpy()[known],
            "precision": numbers["estimate_precision"].to_numpy()[known],
            "gamma": (indicator["estimate_law"] == GAMMA).to_numpy()[known],
        }
    )


def _units(indicator: pd.DataFrame, product_category: pd.DataFrame) -> tuple[np.ndarray, pd.DataFrame]:
    """Number of each row's unit-period, and their keys."""
    key = indicator[KEY].drop_duplicates().sort_values(KEY, ignore_index=True)
    places = pd.MultiIndex.from_frame(key).get_indexer(pd.MultiIndex.from_frame(indicator[KEY]))
    levels = product_category.set_index("category_code")["level"]
    # A kept code that the reference lacks stands beside the categories of the first level, as in the rates.
    level = key["dimension_code"].map(levels).fillna(1).astype(int).astype(str)
    peers = key["dimension_type"] + np.where(key["dimension_type"] == "category", "/" + level, "")
    return places, key.assign(peers=peers)


def _structure(index_weight: pd.DataFrame) -> tuple[tuple[str, ...], tuple[str, ...], np.ndarray]:
    """Indicators, pillars, and the position of each indicator's pillar, over all versions."""
    rows = index_weight.sort_values("version", kind="stable").drop_duplicates(["item", "pillar"])
    pillars = tuple(rows.loc[rows["kind"] == "pillar", "item"])
    own = rows[rows["kind"] == "indicator"]
    if own["item"].duplicated().any():
        raise ValueError(f"indicator {own.loc[own['item'].duplicated(), 'item'].iloc[0]!r} has two pillars")
    return tuple(own["item"]), pillars, pd.Index(pillars).get_indexer(own["pillar"])


def _weights(
    index_weight: pd.DataFrame, version: np.ndarray, names: tuple[str, ...], pillars: tuple[str, ...]
) -> tuple[np.ndarray, np.ndarray]:
    """Weights within pillars (units x indicators) and of pillars (units x pillars) by each unit's version; 0
    where it has none."""
    table = index_weight.pivot(index="version", columns="item", values="weight").fillna(0.0)
    place = table.index.get_indexer(version)
    if (place < 0).any():
        raise ValueError(f"weights of version {version[place < 0][0]!r} are not known")
    return table[list(names)].to_numpy(float)[place], table[list(pillars)].to_numpy(float)[place]


def whole(key: pd.DataFrame) -> np.ndarray:
    """Return whether all months of each period are between the first and the last month of which any unit has
    a row: one bool per row of ``key`` (columns KEY). All are True where there is no row of a month. A quarter
    or year that is not whole has other seasons than the others and is not compared with them."""
    starts = pd.to_datetime(key["period_start"]).dt.to_period("M")
    start = starts.map(lambda month: month.ordinal).astype("int64")
    months = start[key["period_type"] == "month"]
    if months.empty:
        return np.ones(len(key), dtype=bool)
    end = start + key["period_type"].map(MONTHS) - 1
    return ((start >= months.min()) & (end <= months.max())).to_numpy()
