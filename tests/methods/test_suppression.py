"""Cells withheld from tables with sums: what a reader can still work out, by linear programming written out
here."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import linprog

from jobs.methods.suppression import complementary
from jobs.methods.suppression_attack import bounds

Sums = list[tuple[int, np.ndarray]]


def summed(inner: np.ndarray) -> np.ndarray:
    across = np.column_stack([inner, inner.sum(axis=1)])
    return np.vstack([across, across.sum(axis=0)])


def of_table(shape: tuple[int, int], first: int = 0) -> Sums:
    """The sums of a table whose last row and column hold them; cells are numbered from ``first`` row by
    row."""
    at = first + np.arange(shape[0] * shape[1]).reshape(shape)
    return [(int(line[-1]), line[:-1]) for line in (*at, *at.T)]


def believed(values: np.ndarray, withheld: np.ndarray, sums: Sums, cell: int) -> tuple[float, float]:
    """Least and greatest value of a cell that fit the published ones, each sum one equation; what
    an incomplete sum leaves is any value from zero."""
    unknown = [int(c) for c in np.flatnonzero(withheld)]
    rests = [k for k, (total, parts) in enumerate(sums) if values[total] > values[parts].sum() + 1e-9]
    equations, right = [], []
    for k, (total, parts) in enumerate(sums):
        sign = dict.fromkeys(parts.tolist(), 1.0) | {total: -1.0}
        equations.append([sign.get(c, 0.0) for c in unknown] + [float(k == rest) for rest in rests])
        right.append(-sum(s * values[c] for c, s in sign.items() if not withheld[c]))
    cost = np.array([c == cell for c in unknown] + [False] * len(rests), dtype=float)
    least, most = (
        linprog(s * cost, A_eq=equations, b_eq=right, bounds=(0, None), method="highs") for s in (1, -1)
    )
    return least.fun, -most.fun if most.status == 0 else np.inf


def recovered(values: np.ndarray, withheld: np.ndarray, sums: Sums, primary: np.ndarray) -> list[int]:
    """Withheld cells, not 0, of which a reader knows too much: of a primary one more than that it lies within
    15 % (or 1) either way, of another one more than twice that."""
    found = []
    for cell in np.flatnonzero(withheld & (values > 0)):
        least, most = believed(values, withheld, sums, cell)
        size = min(max(0.15 * values[cell], 1.0), values[cell])
        narrow = min(values[cell] - least, most - values[cell]) < size - 1e-6
        if most - least < 2 * size - 1e-6 or (primary[cell] and narrow):
            found.append(int(cell))
    return found


def country(seed: int, shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Orders and units of a table with many small cells and empty ones; which are confidential."""
    draw = np.random.default_rng(seed)
    sellers = draw.negative_binomial(0.5, 0.03, shape) * (draw.random(shape) < 0.8)
    orders = summed(np.round(sellers * draw.lognormal(1, 1, shape)))
    units = summed(np.round(orders[:-1, :-1] * draw.lognormal(0.3, 0.3, shape)))
    few = summed(sellers) < 5
    return np.array([orders.ravel(), units.ravel()]), (few & (units > 0)).ravel()


@pytest.mark.parametrize("seed", range(6))
def test_no_withheld_cell_can_be_bounded_within_15_per_cent_either_way(seed: int):
    values, primary = country(seed, (9, 12))
    sums = of_table((10, 13))
    withheld = complementary(values, primary, sums)
    assert primary.any() and (withheld >= primary).all() and not withheld.all()
    for measure in values:
        assert not recovered(measure, withheld, sums, primary)
        cells = np.flatnonzero(withheld)[::5]
        np.testing.assert_allclose(
            bounds(measure, withheld, sums, cells),
            [believed(measure, withheld, sums, cell) for cell in cells],
            atol=1e-6,
        )


def test_two_withheld_cycles_that_one_cell_joins_do_not_give_that_cell_back():
    """Every row and column of the cycles has two withheld cells or none, so no sum by itself gives one back;
    the rows of the first cycle less its columns are the cell that joins them."""
    table = summed(np.array([
        [410.0, 300, 900, 920, 910, 930, 940],
        [320.0, 400, 525, 930, 920, 910, 950],
        [900.0, 910, 420, 310, 930, 920, 960],
    ]))  # fmt: skip
    primary = np.zeros(table.shape, dtype=bool)
    primary[0, :2] = primary[1, :3] = primary[2, 2:4] = primary[3, 2:4] = True
    values, sums = table.ravel(), of_table(table.shape)
    joint = int(np.ravel_multi_index((1, 2), table.shape))
    primary = primary.ravel()
    assert table.shape == (4, 8) and believed(values, primary, sums, joint) == pytest.approx((525, 525))
    withheld = complementary(values[None], primary, sums)
    assert not recovered(values, withheld, sums, primary)


def test_tables_that_share_a_margin_are_protected_together():
    """The second table splits a row of the first: 21 and 10 of 55 are published in it, the third part is
    withheld, and only the first table can hide their sum."""
    first = summed(np.array([[55.0, 60, 70], [80, 90, 99], [75, 65, 85]]))
    values = np.append(first.ravel(), [21.0, 10, 24])
    sums = [*of_table(first.shape), (0, np.arange(16, 19))]
    primary = np.zeros(len(values), dtype=bool)
    primary[18] = True
    withheld = complementary(values[None], primary, sums)
    assert not recovered(values, withheld, sums, primary)
    primary[[0, 1, 4, 5]] = True  # the sum is withheld as well: a rectangle of the first table hides it
    withheld = complementary(values[None], primary, sums)
    assert not recovered(values, withheld, sums, primary)


def test_what_no_table_shows_of_an_incomplete_sum_hides_a_part_as_a_withheld_cell_does():
    sums = [(0, np.array([1, 2]))]
    primary = np.array([False, True, False])
    assert complementary(np.array([[100.0, 20, 80]]), primary, sums).tolist() == [False, True, True]
    assert complementary(np.array([[100.0, 20, 60]]), primary, sums).tolist() == [False, True, False]
    # 1 that no table shows is less than 15% of 20
    assert complementary(np.array([[100.0, 20, 79]]), primary, sums).tolist() == [False, True, True]


def test_tied_cells_are_withheld_together_so_sums_among_them_need_no_relation():
    """Two units by two months with the sums over months; the nation is published."""
    values = np.array([[10.0, 40, 90, 140, 20, 60, 80, 160, 30, 100, 170, 300]])
    months = [(3, np.arange(3)), (7, np.arange(4, 7))]
    tied = np.tile(np.arange(4), 3)
    primary = np.zeros(12, dtype=bool)
    primary[0] = True
    withheld = complementary(values, primary, months, tied=tied)
    assert withheld.reshape(3, 4).tolist() == [[True, True, False, False]] * 3
    over_time = [(8 + unit, np.array([unit, 4 + unit])) for unit in range(4)]
    assert not recovered(values[0], withheld, [*months, (11, np.arange(8, 11)), *over_time], primary)


def test_a_lone_confidential_cell_is_hidden_by_its_smallest_neighbours():
    table = summed(np.array([[3.0, 50, 60], [70, 80, 90]]))
    values, sums = table.ravel(), of_table(table.shape)
    primary = np.arange(len(values)) == 0
    assert bounds(values, primary, sums, [0]) == [pytest.approx((3, 3))]
    withheld = complementary(values[None], primary, sums).reshape(table.shape)
    assert withheld[0, 1] and withheld[1, 0] and withheld[1, 1] and not withheld[-1, -1]
    assert not recovered(values, withheld.ravel(), sums, primary)


def test_a_cell_of_great_worth_goes_last():
    """The sum is the one other cell that need be withheld for the first; two parts do as well."""
    values, sums = np.array([[100.0, 40, 30, 30]]), [(0, np.array([1, 2, 3]))]
    primary = np.array([False, True, False, False])
    cheap, dear = (np.array([worth, 1, 1, 1]) for worth in (0.1, 100))
    assert complementary(values, primary, sums, worth=cheap).tolist() == [True, True, False, False]
    assert not complementary(values, primary, sums, worth=dear)[0]


def test_two_measures_are_protected_by_one_set_of_cells():
    """Withholding by orders alone picks cells whose units are too few to hide those of the confidential
    cell."""
    orders = summed(np.array([[10.0, 20, 400], [20, 30, 400], [400, 400, 400]])).ravel()
    units = summed(np.array([[900.0, 20, 400], [20, 30, 400], [400, 400, 400]])).ravel()
    primary, sums = np.arange(16) == 0, of_table((4, 4))
    one, both = (complementary(np.array(v), primary, sums) for v in ([orders], [orders, units]))
    assert recovered(units, one, sums, primary) and not recovered(units, both, sums, primary)


def test_a_table_without_confidential_cells_is_published_whole_and_an_empty_cell_is_no_secret():
    values, primary = country(1, (4, 4))
    assert not complementary(values, np.zeros_like(primary), of_table((5, 5))).any()
    empty = summed(np.array([[0.0, 9], [8, 7]])).ravel()
    assert not complementary(empty[None], empty == 0, of_table((3, 3))).any()


@pytest.mark.parametrize("seed", [3, 5])
def test_the_same_tables_give_the_same_answer(seed: int):
    values, primary = country(seed, (9, 12))
    first, second = (complementary(values, primary, of_table((10, 13))) for _ in range(2))
    assert (first == second).all()


@pytest.mark.parametrize("table", [np.ones((3, 3)), -summed(np.ones((2, 2)))])
def test_what_is_no_table_of_sums_is_refused(table: np.ndarray):
    with pytest.raises(ValueError):
        complementary(table.ravel()[None], np.zeros(9, dtype=bool), of_table((3, 3)))
