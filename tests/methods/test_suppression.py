"""Cells withheld from a table with sums: what a reader can still work out, by linear programming written out
here."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import linprog

from jobs.methods.suppression import bounds, complementary


def summed(inner: np.ndarray) -> np.ndarray:
    across = np.column_stack([inner, inner.sum(axis=1)])
    return np.vstack([across, across.sum(axis=0)])


def believed(table: np.ndarray, withheld: np.ndarray, at: tuple[int, int]) -> tuple[float, float]:
    """Least and greatest value of a cell that fit the published ones, every sum an equation of its own."""
    rows, columns = table.shape
    unknown = [tuple(cell) for cell in np.argwhere(withheld)]
    equations, right = [], []
    sums = [[(i, j) for j in range(columns)] for i in range(rows)] + [
        [(i, j) for i in range(rows)] for j in range(columns)
    ]
    for line in sums:
        sign = dict.fromkeys(line[:-1], 1.0) | {line[-1]: -1.0}
        equations.append([sign.get(cell, 0.0) for cell in unknown])
        right.append(-sum(sign[cell] * table[cell] for cell in line if not withheld[cell]))
    cost = np.array([cell == at for cell in unknown], dtype=float)
    least, most = (
        linprog(s * cost, A_eq=equations, b_eq=right, bounds=(0, None), method="highs") for s in (1, -1)
    )
    return least.fun, -most.fun if most.status == 0 else np.inf


def country(seed: int, shape: tuple[int, int]) -> tuple[list[np.ndarray], np.ndarray]:
    """Orders and units of a table with many small cells and empty ones; which are confidential."""
    draw = np.random.default_rng(seed)
    sellers = draw.negative_binomial(0.5, 0.03, shape) * (draw.random(shape) < 0.8)
    orders = summed(np.round(sellers * draw.lognormal(1, 1, shape)))
    units = summed(np.round(orders[:-1, :-1] * draw.lognormal(0.3, 0.3, shape)))
    few = summed(sellers) < 5
    return [orders, units], few & (units > 0)


@pytest.mark.parametrize("seed", range(6))
def test_no_confidential_cell_can_be_bounded_within_15_per_cent_either_way(seed: int):
    tables, primary = country(seed, (7, 5))
    withheld = complementary(tables, primary)
    assert primary.any() and (withheld & ~primary).any() and not withheld.all()
    for table in tables:
        for at in map(tuple, np.argwhere(primary & (table > 0))):
            least, most = believed(table, withheld, at)
            size = min(max(0.15 * table[at], 1.0), table[at])
            assert least <= table[at] - size + 1e-6 and most >= table[at] + size - 1e-6
            np.testing.assert_allclose(bounds(table, withheld, at), (least, most), atol=1e-6)


def test_without_complementary_cells_a_reader_has_a_lone_confidential_cell_exactly():
    table = summed(np.array([[3.0, 50, 60], [70, 80, 90]]))
    primary = np.zeros(table.shape, dtype=bool)
    primary[0, 0] = True
    assert bounds(table, primary, (0, 0)) == pytest.approx((3, 3))
    withheld = complementary([table], primary)
    assert (
        withheld.sum() == 4 and withheld[:2].sum() == 4
    )  # the cheapest rectangle: no sum, the smallest neighbours
    assert withheld[0, 1] and withheld[1, 0] and withheld[1, 1]
    assert bounds(table, withheld, (0, 0)) == pytest.approx((0, 53))


def test_two_measures_are_protected_by_one_set_of_cells():
    """Withholding by orders alone picks cells whose units are too few to hide those of the confidential
    cell."""
    orders = summed(np.array([[10.0, 20, 400], [20, 30, 400], [400, 400, 400]]))
    units = summed(np.array([[900.0, 20, 400], [20, 30, 400], [400, 400, 400]]))
    primary = np.zeros(orders.shape, dtype=bool)
    primary[0, 0] = True
    one, both = complementary([orders], primary), complementary([orders, units], primary)
    assert bounds(units, one, (0, 0))[1] < 900 * 1.15
    assert bounds(units, both, (0, 0))[1] >= 900 * 1.15 - 1e-6


def test_a_table_without_confidential_cells_is_published_whole_and_an_empty_cell_is_no_secret():
    tables, primary = country(1, (4, 4))
    assert not complementary(tables, np.zeros_like(primary)).any()
    empty = summed(np.array([[0.0, 9], [8, 7]]))
    assert not complementary([empty], empty == 0).any()


@pytest.mark.parametrize("table", [np.ones((3, 3)), -summed(np.ones((2, 2))), summed(np.ones((3, 2)))])
def test_what_is_no_table_of_sums_is_refused(table: np.ndarray):
    with pytest.raises(ValueError):
        complementary([table], np.zeros((3, 3), dtype=bool))
