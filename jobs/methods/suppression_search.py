"""Find by linear programming how the cells of a table can change while all of its sums stay. Each such change
is a table that, by its sums, could be the real one. Used by `jobs.methods.suppression`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import optimize, sparse

PASSES = 12  # random choices of up or down per cell that `certified` tries
ENOUGH = 1 - 1e-6  # the share of a cell's size that counts as the whole: rounding of the solver


@dataclass(frozen=True)
class Component:
    """Cells that are connected by sums, in one measure.

    ``relations``: matrix sums x cells (1 for a part, -1 for the total); ``values``: one per cell, not
    negative; ``sizes``: the amount by which each cell must be able to change to be safe, in the unit of the
    values; ``both``: true where no cell may change by more than its value, so that the opposite of each
    change is possible as well; false where cells may grow without limit and fall to 0.
    """

    relations: sparse.csc_matrix
    values: np.ndarray
    sizes: np.ndarray
    both: bool

    def most(self, cells: np.ndarray) -> np.ndarray:
        """The largest increase that is allowed for each of ``cells`` (positions): its value if ``both``, else
        inf."""
        return self.values[cells] if self.both else np.full(len(cells), np.inf)


def certified(part: Component, hidden: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """Find hidden cells that are safe: a change exists that keeps every sum, changes only hidden cells and
    moves the cell by its size at least. Returns one boolean per cell, true where such a change was found.

    ``hidden``, ``asked``: one boolean per cell: whether it is withheld, and which of the withheld are of
    interest. At most PASSES changes are tried, each for many cells together, so false does not mean that
    there is none. A hidden cell above 0 in no sum is safe. The result is the same each time (fixed seed).
    """
    found = np.zeros(len(hidden), dtype=bool)
    cells = np.flatnonzero(hidden & (part.values > 0))
    relations = part.relations[:, cells]
    relations = relations[np.flatnonzero(np.diff(relations.tocsr().indptr))]
    free = np.flatnonzero(part.relations[:, cells].getnnz(axis=0) == 0)
    found[cells[free]] = True
    draw = np.random.default_rng(0)  # the same ways each time: the same tables, the same answer
    for _ in range(PASSES):
        left = np.flatnonzero((asked & ~found)[cells])
        if not len(left):
            break
        change = _together(part, cells, relations, left, draw.choice((-1.0, 1.0), len(cells)))
        moved = np.abs(change) >= part.sizes[cells] * ENOUGH
        if not moved[left].any():
            break
        found[cells[moved]] = True
    return found


def _together(
    part: Component, cells: np.ndarray, relations: sparse.csr_matrix, left: np.ndarray, signs: np.ndarray
) -> np.ndarray:
    """A change of ``cells`` that moves as many of ``left`` as it can by their sizes, to the side of
    ``signs``."""
    n, m = len(cells), len(left)
    scale = part.sizes[cells][left]
    # Columns: changes, then the share of its size by which each of ``left`` moves, at most 1.
    pick = sparse.csr_matrix((-signs[left] / scale, (np.arange(m), left)), shape=(m, n))
    answer = optimize.linprog(
        np.concatenate([np.zeros(n), -np.ones(m)]),
        A_ub=sparse.hstack([pick, sparse.eye(m)]),
        b_ub=np.zeros(m),
        A_eq=sparse.hstack([relations, sparse.csr_matrix((relations.shape[0], m))]),
        b_eq=np.zeros(relations.shape[0]),
        bounds=np.column_stack(
            [np.append(-part.values[cells], np.zeros(m)), np.append(part.most(cells), np.ones(m))]
        ),
        method="highs",
    )
    return answer.x[:n] if answer.status == 0 else np.zeros(n)


def cheapest(part: Component, hidden: np.ndarray, target: int, price: np.ndarray) -> np.ndarray:
    """Find the cheapest change that keeps every sum and moves the cell ``target`` (a position) by its size,
    downwards where its value allows it, else upwards. Returns the absolute change of each cell; changes below
    1e-9 of the size are 0.

    ``hidden``: one boolean per cell, whether it is withheld already: changing it costs nothing. ``price``:
    one per cell, the cost of changing one that is not hidden. Raises RuntimeError where the solver finds no
    change, which is unexpected, as changing all cells in proportion always is one.
    """
    size = part.sizes[target]
    cells = np.flatnonzero(part.values)
    amount = part.values[cells]
    # By the share of what could be asked of a cell: who must move counts, not how far.
    cost = np.where(hidden[cells], 0.0, price[cells]) / np.minimum(amount, size)
    at = int(np.searchsorted(cells, target))
    low, high = np.zeros(2 * len(cells)), np.append(part.most(cells), amount)
    asked, other = (len(cells) + at, at) if size <= part.values[target] else (at, len(cells) + at)
    low[asked] = high[asked] = size
    high[other] = 0.0
    relations = part.relations[:, cells]
    answer = optimize.linprog(
        np.tile(cost, 2),
        A_eq=sparse.hstack([relations, -relations]),
        b_eq=np.zeros(relations.shape[0]),
        bounds=np.stack([low, high], axis=1),
        method="highs",
    )
    if answer.status != 0:  # all values in proportion are such a change: there is always one
        raise RuntimeError(f"linear programme of a suppression: {answer.message}")
    moved = np.zeros(len(part.values))
    moved[cells] = np.abs(answer.x[: len(cells)] - answer.x[len(cells) :])
    return np.where(moved > 1e-9 * size, moved, 0.0)
