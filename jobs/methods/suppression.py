"""Secondary cell suppression: which further cells of published tables must be withheld so that confidential
cells cannot be worked out from sums.

A cell is one number of a table, such as the batches of one province in one month. A sum says that one cell is
the total of other cells. A cell that is confidential by itself is primary; withheld alone, it would follow
from its sum and the published parts, so other (secondary) cells are withheld with it. Tables that share cells
or sums are one problem: any set of sums over one list of cells. A measure is one kind of number of all cells
(orders, complaints); what is withheld is withheld in all measures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph

from jobs.methods.checked import matrix
from jobs.methods.suppression_search import Component, certified, cheapest

# One element per sum: the position of the cell that is the total, and the positions of the cells that add up
# to it.
Sums = Sequence[tuple[int, np.ndarray]]


@dataclass(frozen=True)
class _Problem:
    """``values``: measures x (cells, then what no cell shows of an incomplete sum); ``relations``: one row a
    sum; ``sizes``: how far each value must be able to move, either way; ``tied``: cells by tie."""

    values: np.ndarray
    relations: sparse.csr_matrix
    sizes: np.ndarray
    tied: list[np.ndarray]
    tie_of: np.ndarray
    price: np.ndarray


def complementary(
    values: np.ndarray,
    primary: np.ndarray,
    sums: Sums,
    *,
    tied: np.ndarray | None = None,
    worth: np.ndarray | None = None,
    width: float = 0.15,
    least: float = 1.0,
) -> np.ndarray:
    """Choose the cells to withhold: an array with one boolean per cell, true for the primary cells and for
    those withheld to protect them.

    ``values``: measures x cells, not negative (a vector is not accepted). ``primary``: one boolean per cell,
    true where the cell is confidential by itself; a cell that is 0 in every measure is not withheld for it.
    ``sums``: see `Sums`; where the parts are less than the total, the rest is taken as a further cell that no
    table shows. ``tied``: one number per cell; cells of one number are published or withheld together, so
    that sums among them alone (the months of a unit into its quarters and years) need not be listed in
    ``sums``. ``worth``: one factor per cell for how much a reader would miss it for its size (its value in
    the first measure); default 1.

    Afterwards the sums and the published cells leave possible for each primary cell, in each measure, every
    value from v - p to v + p, where v is its value and p = max(``width`` v, ``least``), or v where that is
    less; ``width`` is a share (0.15: 15%), ``least`` has the unit of the values. For each other withheld cell
    they leave possible a value 2 p away, on one side at least. A value of 0 is not protected.

    Method: linear programmes over the withheld cells move many of them at once; a cell that is moved far
    enough while all sums stay is safe. For a cell that is not, the greatest first, the cheapest change of any
    cells that moves it far enough and keeps every sum is looked for, and the cells that change are withheld.
    For primary cells no cell may change by more than its value, so that the opposite change is possible too.
    Sums that share no cell are solved separately. M. Fischetti & J. J. Salazar, Journal of the American
    Statistical Association 95, 2000, 916-928 (the heuristic of their relaxation); A. Hundepool et al.,
    Statistical Disclosure Control, 2012, 4.

    It protects against a reader of the tables, not against the one seller of a cell, who can subtract its
    known figure. Raises ValueError where a value is negative or the parts of a sum are more than its total.
    """
    problem = _problem(values, sums, tied, worth, width, least)
    n = np.asarray(values).shape[-1]
    some = problem.values.max(axis=0) > 0
    first = np.zeros(len(some), dtype=bool)
    first[:n] = np.asarray(primary, dtype=bool) & some[:n]
    withheld = np.zeros(len(some), dtype=bool)
    withheld[n:] = True
    _withhold(problem, withheld, np.flatnonzero(first))
    safe = problem.sizes == 0
    components = _components(problem)
    open_ones = list(range(len(components)))
    while open_ones:
        touched: set[int] = set()
        for number in open_ones:
            touched |= _protect(problem, *components[number], first, withheld, safe)
        # A tie may have withheld cells of components that were looked at before.
        open_ones = [
            number
            for number, (cells, _) in enumerate(components)
            if not touched.isdisjoint(cells.tolist()) and (withheld[cells] & ~safe[:, cells]).any()
        ]
    return withheld[:n]


def _protect(
    problem: _Problem,
    cells: np.ndarray,
    relations: np.ndarray,
    first: np.ndarray,
    withheld: np.ndarray,
    safe: np.ndarray,
) -> set[int]:
    """Make the withheld cells of one component safe in every measure; returns the cells withheld besides.
    ``first``: primary ones."""
    added: set[int] = set()
    for measure, values in enumerate(problem.values):
        by_sums = problem.relations[relations][:, cells].tocsc()
        sizes = problem.sizes[measure, cells]
        # Primary cells both ways, then the others either way, whom changes of the first kind have not moved.
        for both in (True, False):
            part = Component(by_sums, values[cells], sizes if both else 2 * sizes, both)
            shown_by = np.ones(len(cells), dtype=bool) if both else ~first[cells]
            mine = first[cells] if both else ~first[cells]
            while True:
                hidden = withheld[cells]
                asked = hidden & ~safe[measure, cells]
                safe[measure, cells] |= certified(part, hidden, asked) & shown_by
                asked &= ~safe[measure, cells] & mine
                if not asked.any():
                    break
                target = int(np.flatnonzero(asked)[np.argmax(values[cells][asked])])
                change = cheapest(part, hidden, target, problem.price[cells])
                safe[measure, cells] |= (change >= part.sizes * (1 - 1e-9)) & shown_by
                added.update(_withhold(problem, withheld, cells[(change > 0) & ~hidden]))
    return added


def _withhold(problem: _Problem, withheld: np.ndarray, cells: np.ndarray) -> list[int]:
    """Withhold cells with those tied to them; returns them all."""
    ties = np.unique(problem.tie_of[cells])
    found = [int(cell) for tie in ties.tolist() for cell in problem.tied[tie]]
    withheld[found] = True
    return found


def _problem(
    values: np.ndarray,
    sums: Sums,
    tied: np.ndarray | None,
    worth: np.ndarray | None,
    width: float,
    least: float,
) -> _Problem:
    """Check the arguments and put the problem into matrices. ``tied``: cells with equal numbers are withheld
    together; ``worth``: how much it costs to withhold each cell, besides its share of the total (None: the
    same for all)."""
    checked = matrix("values", values)
    if (checked < 0).any():
        raise ValueError("values must not be negative")
    relations, whole = relations_of(checked, sums)
    n, size = checked.shape[1], whole.shape[1]
    sizes = np.where(whole > 0, np.minimum(np.maximum(width * whole, least), whole), 0.0)
    sizes[:, n:] = 0.0  # no cell: nothing to protect
    numbers = np.arange(n) if tied is None else np.unique(tied, return_inverse=True)[1].ravel()
    tie_of = np.concatenate([numbers, numbers.max(initial=-1) + 1 + np.arange(size - n)])
    order = np.argsort(tie_of, kind="stable")
    together = np.split(order, np.cumsum(np.bincount(tie_of))[:-1]) if size else []
    share = whole[0] / max(1.0, whole[0].max(initial=0.0)) + 1e-3
    if worth is not None:
        share[:n] *= worth
    price = np.bincount(tie_of, weights=share)[tie_of]
    return _Problem(whole, relations, sizes, together, tie_of, price)


def relations_of(values: np.ndarray, sums: Sums) -> tuple[sparse.csr_matrix, np.ndarray]:
    """Write sums as linear equations. Returns ``(relations, whole)``.

    ``values``: measures x cells; ``sums``: see `Sums`. ``relations``: sparse matrix with one row per sum, in
    order, and one column per column of ``whole``: 1 at its parts, -1 at its total; ``relations @ whole[m]``
    is 0 for each measure m. ``whole``: ``values`` with one column more for each sum whose parts are less than
    its total, which holds the rest. Raises ValueError where the parts of a sum are more than its total
    (beyond a millionth, for rounding).
    """
    rows: list[int] = []
    columns: list[int] = []
    signs: list[float] = []
    rests: list[np.ndarray] = []
    n = values.shape[1]
    for number, (total, parts) in enumerate(sums):
        rest = values[:, total] - values[:, parts].sum(axis=1)
        slack = 1e-6 * np.maximum(1.0, values[:, total])
        if (rest < -slack).any():
            raise ValueError(f"the parts of sum {number} are more than its own cell")
        members = [total, *parts.tolist()]
        if (rest > slack).any():
            members.append(n + len(rests))
            rests.append(np.maximum(rest, 0.0))
        rows += [number] * len(members)
        columns += members
        signs += [-1.0] + [1.0] * (len(members) - 1)
    whole = np.column_stack([values, *rests]) if rests else values
    relations = sparse.csr_matrix((signs, (rows, columns)), shape=(len(sums), whole.shape[1]))
    return relations, whole


def _components(problem: _Problem) -> list[tuple[np.ndarray, np.ndarray]]:
    """(cells, sums) of each set of cells that sums join; cells that are 0 in all measures join nothing. A
    cell in no sum is nowhere: nothing bounds it."""
    some = problem.values.max(axis=0) > 0
    joined = problem.relations.multiply(some[None, :]).tocsr()
    joined.eliminate_zeros()
    graph = sparse.bmat([[None, joined], [joined.T, None]]) if joined.nnz else None
    if graph is None:
        return []
    _, label = csgraph.connected_components(graph, directed=False)
    rows = joined.shape[0]
    sums_by, cells_by = label[:rows], label[rows:]
    used = np.asarray((joined != 0).sum(axis=0)).ravel() > 0
    found = []
    for mark in np.unique(cells_by[used]).tolist():
        found.append((np.flatnonzero(used & (cells_by == mark)), np.flatnonzero(sums_by == mark)))
    return found
