"""What an index would be if one indicator had another score. Pure."""

from __future__ import annotations

import numpy as np

from jobs.marts.quality_index.panel import SCALE, Panel
from jobs.methods.shapley import ACROSS, scored


def index_with(panel: Panel, unit: np.ndarray, column: np.ndarray, score: np.ndarray) -> np.ndarray:
    """Index of each of the units numbered ``unit`` with ``score`` in place of that of the indicator
    ``column``, applicable there."""
    pillar = panel.pillar[column]
    share = panel.pillar_shares[unit, pillar]
    within = np.divide(panel.applied[unit, column], share, out=np.zeros(len(unit)), where=share > 0)
    before = panel.pillar_scores[unit, pillar]
    after = before + within * (score - panel.scores[unit, column])
    index = panel.index[unit]
    arithmetic = panel.arrays["across"][unit] == ACROSS.index("arithmetic")
    return np.where(arithmetic, index + share * (after - before), index * (after / before) ** share)


def score_with(panel: Panel, unit: np.ndarray, column: np.ndarray, value: np.ndarray) -> np.ndarray:
    """Score of ``value`` by the goalposts of the units and indicators."""
    own = {name: panel.arrays[name][unit, column] for name in ("low", "high", "direction", "transform")}
    return scored(own | {"value": value}, SCALE)
