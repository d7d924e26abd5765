"""Computes what an index would be if one indicator had a different score, to find which improvement matters
most. Pure. A `Panel` has unit-periods as rows and indicators as columns."""

from __future__ import annotations

import numpy as np

from jobs.marts.quality_index.panel import SCALE, Panel
from jobs.marts.quality_index.scoring import aside
from jobs.methods.shapley import across_pillars, scored


def index_with(
    panel: Panel,
    unit: np.ndarray,
    column: np.ndarray,
    score: np.ndarray,
    met_wholly: np.ndarray | None = None,
) -> np.ndarray:
    """Return the index (1-100) that units would have if one indicator of each had ``score``. ``unit`` (row of
    the panel), ``column`` (column of the panel) and ``score`` (1-100) are arrays of one length, and so is the
    result.

    The indicator counts as applicable, and what is set aside is chosen again (`scoring.aside`).
    ``met_wholly``: for each whether the indicator would then be a duty met in every case; None: as it is now.
    """
    size, many = len(panel.pillars), len(unit)
    own = np.where(panel.set_aside, scored(panel.arrays, SCALE), panel.scores)[unit]
    own[np.arange(many), column] = score
    weight = np.where(np.isnan(own), 0.0, panel.arrays["weight"][unit])
    place = np.arange(many)[:, None] * size + panel.pillar
    pillar_weight = panel.arrays["pillar_weight"][unit]
    may = panel.met_wholly[unit]
    if met_wholly is not None:
        may[np.arange(many), column] = met_wholly
    out = aside(
        own.ravel(),
        weight.ravel(),
        may.ravel(),
        place.ravel(),
        np.repeat(np.arange(many), size),
        pillar_weight.ravel(),
        panel.arrays["across"][unit],
    ).reshape(own.shape)
    weight = np.where(out, 0.0, weight)
    member = np.equal.outer(panel.pillar, np.arange(size)).astype(float)
    total, summed = weight @ member, (weight * np.nan_to_num(own)) @ member
    pillars = np.divide(summed, total, out=np.full(total.shape, np.nan), where=total > 0)
    return across_pillars(pillars, pillar_weight, panel.arrays["across"][unit])


def score_with(panel: Panel, unit: np.ndarray, column: np.ndarray, value: np.ndarray) -> np.ndarray:
    """Return the score (1-100) that each ``value`` would have by the goalposts of the unit (row of the panel)
    and the indicator (column) at the same position. ``value`` is in the unit of the goalposts."""
    own = {name: panel.arrays[name][unit, column] for name in ("low", "high", "direction", "transform")}
    return scored(own | {"value": value}, SCALE)
