"""Which further cells of a published table must be withheld so that what is confidential cannot be worked out
from its sums."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from scipy import optimize, sparse

from jobs.methods.checked import matrix

TOTAL = -1  # the last row and the last column hold sums


def complementary(
    tables: list[np.ndarray], primary: np.ndarray, *, width: float = 0.15, least: float = 1.0
) -> np.ndarray:
    """Cells to withhold, primary ones among them: a boolean array of the shape of the tables.

    ``tables``: measures of one set of cells, each rows x columns, not negative, with the sums of rows in the
    last column and of columns in the last row. ``primary``: what is confidential by itself, sums among it.
    Afterwards the sums and the published cells leave for each primary cell, in each measure, every value from
    v - p to v + p possible, p = max(``width`` v,
    ``least``), or v where that is less; a cell that is 0 is not protected.

    For one primary cell at a time, greatest first, a linear programme looks for the cheapest change of cells
    that keeps every sum and moves that cell by p; whoever must change is withheld. A change is bounded by a
    cell's own value both ways, so that its opposite is as possible. Withholding costs the cell's share of the
    whole, and a little for each cell. M. Fischetti & J.
    J. Salazar, Journal of the American Statistical Association 95, 2000, 916-928 (the heuristic of their
    relaxation); A.
    Hundepool et al., Statistical Disclosure Control, 2012, 4.

    It guards against a reader, not against the one seller of a cell who takes its own figure off. Raises
    ValueError where sums do not hold.
    """
    values = [_summed(table, primary.shape) for table in tables]
    withheld = primary & (np.maximum.reduce(values) > 0)
    order = sorted(np.argwhere(withheld).tolist(), key=lambda at: (-values[0][at[0], at[1]], at))
    for table in values:
        sizes = np.where(withheld, np.minimum(np.maximum(width * table, least), table), 0.0)
        safe = sizes == 0
        for row, column in order:
            if not safe[row, column]:
                change = _change(table, withheld, (row, column), sizes[row, column])
                withheld |= change > 0
                safe |= change >= sizes  # what moves far enough along with it
    # What the last measure withheld only adds to what the first ones may move.
    return withheld


def bounds(table: np.ndarray, withheld: np.ndarray, at: tuple[int, int]) -> tuple[float, float]:
    """The least and the greatest value that a reader of the published cells can believe of the withheld cell
    ``at``: what an audit asks for.

    ``table`` and ``withheld`` as in :func:`complementary`; withheld cells are known not to be negative.
    ``inf`` where nothing bounds it.
    """
    unknown = np.flatnonzero(withheld)
    cost = (unknown == np.ravel_multi_index(at, table.shape)).astype(float)
    relations = _relations(table.shape)
    fixed = relations @ np.where(withheld, 0.0, table).ravel()
    ends = []
    for sign in (1.0, -1.0):
        found = optimize.linprog(
            sign * cost, A_eq=relations[:, unknown], b_eq=-fixed, bounds=(0, None), method="highs"
        )
        ends.append(float(sign * found.fun) if found.status == 0 else np.inf)
    return ends[0], ends[1]


def _change(table: np.ndarray, withheld: np.ndarray, at: tuple[int, int], size: float) -> np.ndarray:
    """By how much each cell moves in the cheapest change that moves ``at`` by ``size``; 0 below rounding."""
    cells = np.flatnonzero(table)
    amount = table.ravel()[cells]
    price = np.where(withheld.ravel()[cells], 0.0, amount / table[TOTAL, TOTAL] + 1e-3)
    target = int(np.searchsorted(cells, np.ravel_multi_index(at, table.shape)))
    low, high = np.zeros(2 * len(cells)), np.tile(amount, 2)
    low[target] = high[target] = size
    high[len(cells) + target] = 0.0
    relations = _relations(table.shape)[:, cells]
    # By the share of what could be asked of a cell: who must move counts, not how far.
    cost = np.tile(price / np.minimum(amount, size), 2)
    found = optimize.linprog(
        cost,
        A_eq=sparse.hstack([relations, -relations]),
        b_eq=np.zeros(relations.shape[0]),
        bounds=np.stack([low, high], axis=1),
        method="highs",
    )
    moved = np.zeros(table.size)
    moved[cells] = np.abs(found.x[: len(cells)] - found.x[len(cells) :])
    return np.where(moved > 1e-9 * size, moved, 0.0).reshape(table.shape)


@lru_cache(maxsize=8)
def _relations(shape: tuple[int, ...]) -> sparse.csc_matrix:
    """One row per sum: its parts 1, itself -1; a column per cell, row by row."""
    rows, columns = shape
    whole = sparse.csr_matrix(np.append(np.ones(rows - 1), -1.0)[None])
    across = sparse.kron(sparse.eye(rows), sparse.csr_matrix(np.append(np.ones(columns - 1), -1.0)[None]))
    down = sparse.kron(whole, sparse.eye(columns))
    return sparse.vstack([across, down]).tocsc()


def _summed(table: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    checked = matrix("table", table)
    wrong = checked.shape != shape or (checked < 0).any()
    if wrong or np.abs(_relations(shape) @ checked.ravel()).max() > 1e-6 * max(1.0, checked.max()):
        raise ValueError(
            "a table must have the shape of primary, no negative cell, and sums in its last row and column"
        )
    return checked


def linked(
    values: np.ndarray, primary: np.ndarray, sums: Sequence[tuple[int, np.ndarray]], *, width: float = 0.15
) -> np.ndarray:
    """Cells to withhold of tables that share cells (units within units, months within quarters within years),
    primary ones among them: a boolean array of the shape of ``values``.

    ``values``: one per cell, not negative; ``primary``: what is confidential by itself; ``sums``: of each sum
    its own cell and its parts, which may leave out a part that nobody sees. Afterwards no single sum bounds a
    withheld part: with the sum published, at least two parts are withheld, and all but the greatest of them
    hold at least ``width`` of it (and 1); a withheld sum has a withheld part. What is withheld besides is
    each time the smallest part that is enough, else the greatest ones, else the sum itself; and so on until
    nothing changes. A cell that is 0 is not protected, nor any help.

    It looks at one sum at a time, as offices do for hierarchies too large for one programme (Hundepool et
    al., Statistical Disclosure Control, 2012, 4.2), so sums put together may bound a cell closer than
    ``complementary`` would allow.
    """
    withheld = primary & (values > 0)
    of_cell: dict[int, list[int]] = {}
    for number, (total, parts) in enumerate(sums):
        for cell in (total, *parts.tolist()):
            of_cell.setdefault(cell, []).append(number)
    # A stack in order of cells: the same tables always give the same answer.
    open_sums = [n for cell in np.flatnonzero(withheld)[::-1].tolist() for n in of_cell.get(cell, ())]
    while open_sums:
        total, parts = sums[open_sums.pop()]
        for cell in _wanted(values, withheld, total, parts, width):
            withheld[cell] = True
            open_sums += of_cell[cell]
    return withheld


def _wanted(
    values: np.ndarray, withheld: np.ndarray, total: int, parts: np.ndarray, width: float
) -> list[int]:
    """Cells that one sum needs withheld besides."""
    hidden = values[parts[withheld[parts]]]
    free = parts[~withheld[parts] & (values[parts] > 0)]
    free = free[np.lexsort((free, values[free]))]
    if withheld[total]:
        return [] if len(hidden) or not len(free) else [int(free[0])]
    if not len(hidden):
        return []
    need = max(width * hidden.max(), 1.0) - (hidden.sum() - hidden.max())
    if len(hidden) > 1 and need <= 0:
        return []
    enough = free[values[free] >= need]
    if len(enough):
        return [int(enough[0])]
    if len(free) and values[free].sum() >= need:
        # The fewest: from the greatest down.
        greatest = free[::-1]
        return [int(cell) for cell in greatest[: 1 + int(np.searchsorted(np.cumsum(values[greatest]), need))]]
    return [total]
