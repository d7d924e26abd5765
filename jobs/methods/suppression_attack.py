"""Audit of a cell suppression (`jobs.methods.suppression`): what a reader of published tables can work out
about the cells that they withhold."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from scipy import optimize

from jobs.methods.suppression import Sums, relations_of


def bounds(
    values: np.ndarray, withheld: np.ndarray, sums: Sums, cells: Iterable[int]
) -> list[tuple[float, float]]:
    """Compute the least and the greatest value that a reader can deduce for each of ``cells``: a list of
    ``(low, high)``, in the order of ``cells``, in the unit of the values.

    ``values``: a vector, one per cell (one measure); ``withheld``: one boolean per cell, true for cells that
    the reader does not see but knows not to be negative; ``sums``: see `jobs.methods.suppression.Sums`;
    ``cells``: positions of withheld cells. ``high`` is inf where the sums do not limit a value. Two linear
    programmes per cell. Raises ValueError where the parts of a sum are more than its total.
    """
    relations, whole = relations_of(np.asarray(values, dtype=float)[None], sums)
    hidden = np.append(withheld, np.ones(whole.shape[1] - len(withheld), dtype=bool))
    unknown = np.flatnonzero(hidden)
    fixed = relations @ np.where(hidden, 0.0, whole[0])
    found = []
    for cell in cells:
        cost = (unknown == cell).astype(float)
        ends = []
        for sign in (1.0, -1.0):
            answer = optimize.linprog(
                sign * cost, A_eq=relations[:, unknown], b_eq=-fixed, bounds=(0, None), method="highs"
            )
            ends.append(float(sign * answer.fun) if answer.status == 0 else np.inf)
        found.append((ends[0], ends[1]))
    return found
