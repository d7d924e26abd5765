"""gold.quality_index_diagnostics: figures about how the quality index is composed, for each dimension and
period: weights that apply, sensitivity to its parts, correlations, and values beyond the goalposts.

KEY identifies a row: period_type, period_start, dimension_type, statistic, item, item2."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from jobs.marts.quality_index.panel import NATION, SCALE, Panel, panel
from jobs.methods.composite import in_last_places
from jobs.methods.shapley import STATES, evaluated
from jobs.period import Period

GROUP = ["period_type", "period_start", "dimension_type"]
KEY = [*GROUP, "statistic", "item", "item2"]
FEWEST = 10  # units; a correlation of fewer is chance
MOST_CLIPPED = 0.25  # share of units beyond a goalpost above which there is an alarm
FEWEST_CLIPPED = 4  # units; of fewer a single one is more than a quarter


def build(
    *,
    quality_index_indicator: pd.DataFrame,
    quality_index_base: pd.DataFrame,
    goalpost: pd.DataFrame,
    index_weight: pd.DataFrame,
    index_method: pd.DataFrame,
    product_category: pd.DataFrame,
    period: Period,
) -> pd.DataFrame:
    """Return figures about the published indices of each dimension and period: one row per figure with KEY
    and value, sorted by KEY. Arguments are the gold and silver tables of these names; ``period`` is not used.
    A figure that cannot be computed has no row.

    Statistics of each pillar and indicator (``item``): stated_weight and effective_weight, the units' mean
    share of the index (0-1) before and after weights of absent indicators are divided among the others;
    importance, the squared correlation with the index (P. Paruolo, M. Saisana & A. Saltelli, JRSS A 176,
    2013); removal_sensitivity, the mean absolute change of rank when it is left out (OECD & JRC handbook,
    step 7); correlation (Pearson) between ``item`` and ``item2``, two pillars or two indicators of one
    pillar.

    Of each indicator: clipped_share and not_filed_share (0-1), of the units that have a value (also one that
    was set aside, `scoring.set_aside`) or had to file one; clipped: beyond a goalpost, so that the score is 1
    or 100. clipping_alarm, only where the goalposts no longer distinguish units and must be revised: the
    clipped share of the units with a value where these are FEWEST_CLIPPED (4) or more and it is above
    MOST_CLIPPED (0.25); for the nation 1 where it scores 1 or 100.

    Without an item: n_published, the number of units; base_score, the nation's index of the base year, to
    which the bands refer. Importance and correlations need FEWEST (10) units."""
    units = panel(
        indicator=quality_index_indicator,
        goalpost=goalpost,
        index_weight=index_weight,
        index_method=index_method,
        product_category=product_category,
    )
    chosen = units.key[units.published]
    moved = _moved_ranks(units)
    rows = [
        (*name, statistic, item, item2, float(value))
        for name, group in chosen.groupby(GROUP)
        for statistic, item, item2, value in _figures(units, group.index.to_numpy(), moved, name[2])
        if not np.isnan(value)
    ]
    rows += [
        ("year", one.base_start, NATION, "base_score", "", "", float(one.base_score))
        for one in quality_index_base.itertuples()
    ]
    return pd.DataFrame(rows, columns=[*KEY, "value"]).sort_values(KEY, ignore_index=True)


def _figures(
    units: Panel, at: np.ndarray, moved: pd.DataFrame, dimension: str
) -> Iterator[tuple[str, str, str, float]]:
    """Yield (statistic, item, item2, value) of one group of units; value is NaN where it cannot be computed.

    ``at``: the group's rows in ``units``; ``moved``: see `_moved_ranks`, its columns pillars, then
    indicators.
    """
    yield "n_published", "", "", len(at)
    member = np.equal.outer(units.pillar, np.arange(len(units.pillars)))
    names = [*units.pillars, *units.indicators]
    stated, effective = (
        np.concatenate([share @ member, share], axis=1) for share in (units.stated[at], units.applied[at])
    )
    # The index is the last column.
    scores = np.column_stack([units.pillar_scores[at], units.scores[at], units.index[at]])
    related, sensitivity = _correlations(scores), moved.iloc[at].mean().to_numpy()
    for position, name in enumerate(names):
        yield "stated_weight", name, "", stated[:, position].mean()
        yield "effective_weight", name, "", effective[:, position].mean()
        yield "importance", name, "", related[position, -1] ** 2
        if dimension != NATION:
            yield "removal_sensitivity", name, "", sensitivity[position]
    pillar_of = [-1] * len(units.pillars) + units.pillar.tolist()
    for position, name in enumerate(names):
        for other in range(position + 1, len(names)):
            if pillar_of[position] == pillar_of[other]:
                yield "correlation", name, names[other], related[position, other]
    available = units.arrays["state"][at] == STATES.index("available")
    # What is set aside was measured too: without it only those that failed would be counted.
    measured = available | units.set_aside[at]
    clipped = available & np.isin(units.scores[at], SCALE) & ~_at_goalpost(units, at)
    silent = units.arrays["state"][at] == STATES.index("not_filed")
    for position, name in enumerate(units.indicators):
        due = measured[:, position].sum() + silent[:, position].sum()
        if due:
            yield "clipped_share", name, "", clipped[:, position].sum() / due
            yield "not_filed_share", name, "", silent[:, position].sum() / due
    ends = available & np.isin(units.scores[at], SCALE)
    for position, name in enumerate(units.indicators):
        size = measured[:, position].sum()
        if dimension == NATION:
            if ends[:, position].any():
                yield "clipping_alarm", name, "", 1.0
        elif size >= FEWEST_CLIPPED and clipped[:, position].sum() > MOST_CLIPPED * size:
            yield "clipping_alarm", name, "", clipped[:, position].sum() / size


def _correlations(scores: np.ndarray) -> np.ndarray:
    """Pearson's correlation of each two columns of ``scores`` (units x columns) over the units that have
    both, at least FEWEST; NaN for fewer, and for a column whose scores are all the same."""
    varied = np.flatnonzero(np.fmax.reduce(scores, axis=0) > np.fmin.reduce(scores, axis=0))
    found = np.full((scores.shape[1], scores.shape[1]), np.nan)
    found[np.ix_(varied, varied)] = pd.DataFrame(scores[:, varied]).corr(min_periods=FEWEST)
    return found


def _at_goalpost(units: Panel, at: np.ndarray) -> np.ndarray:
    """Whether each value (rows ``at`` x indicators) equals a goalpost, so that its score is 1 or 100 without
    being clipped."""
    value = units.arrays["value"][at]
    return (value == units.arrays["low"][at]) | (value == units.arrays["high"][at])


def _moved_ranks(units: Panel) -> pd.DataFrame:
    """By how many places the rank of each unit (`_ranks`) changes when a pillar or an indicator is left out,
    without sign: units x names. NaN for a unit that is not ranked, or has no other indicator. Indicators that
    the published index sets aside are left out too."""
    absent = STATES.index("not_applicable")
    before = _ranks(units, units.index)
    found = {}
    for position, name in enumerate([*units.pillars, *units.indicators]):
        size = len(units.pillars)
        out = (
            units.pillar == position
            if position < size
            else np.arange(len(units.indicators)) == position - size
        )
        without, _ = evaluated(
            {**units.arrays, "state": np.where(out, absent, units.arrays["state"])}, units.pillar, SCALE
        )
        found[name] = (_ranks(units, without) - before).abs()
    return pd.DataFrame(found)


def _ranks(units: Panel, index: np.ndarray) -> pd.Series:
    """Rank of each unit (1 is the highest ``index``) among the ranked units of its peers and period, NaN
    where it is not ranked. Scores are rounded half up first, and equal ones share the smallest rank."""
    decimals = units.method["decimals"].to_numpy(int)
    score = np.full(len(index), np.nan)
    for places in np.unique(decimals):
        score[decimals == places] = in_last_places(index[decimals == places], int(places))
    key = [units.key[name] for name in ("period_type", "period_start", "peers")]
    return pd.Series(np.where(units.ranked, score, np.nan)).groupby(key).rank(ascending=False, method="min")
