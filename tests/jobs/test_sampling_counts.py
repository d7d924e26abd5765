"""Counts of samples: equal to a recount in plain loops, additive, independent of the order of rows."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from recount import KEY, frame, recount
from sampling_frames import LEDGER_INPUTS, RATE_INPUTS, country, frames

from jobs.marts.sampling import detection_rate, sampling_ledger
from jobs.marts.sampling.outcomes import COUNTS
from jobs.period import Period

PERIOD = Period(date(2026, 6, 30))
UNIT = [name for name in KEY if name not in ("period_type", "period_start")]


def rates_of(rows: dict) -> pd.DataFrame:
    return detection_rate.build(**frames(rows), period=PERIOD)


def ledger_of(rows: dict) -> pd.DataFrame:
    return sampling_ledger.build(**frames(rows, LEDGER_INPUTS), period=PERIOD)


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return rates_of(country(seed=5))


@pytest.mark.parametrize(("seed", "size"), [(1, 150), (2, 150), (3, 8), (4, 1)])
def test_every_cell_of_the_rate_equals_a_recount_sample_by_sample(seed: int, size: int):
    rows = country(seed, size)
    wanted, got = frame(recount(**rows)), rates_of(rows)
    pd.testing.assert_frame_equal(got[[*KEY, *COUNTS]], wanted[[*KEY, *COUNTS]], check_dtype=False)
    for name in ("rate", "ci_low", "ci_high", "violation_rate"):
        np.testing.assert_allclose(got[name], wanted[name].astype(float), rtol=0, atol=1e-12, err_msg=name)
    assert got["unreliable"].astype(object).where(got["unreliable"].notna(), None).tolist() == wanted["unreliable"].tolist()


def test_every_cell_of_the_ledger_equals_that_of_the_rate_for_all_designs():
    rows = country(seed=6)
    all_of = rates_of(rows).query("design == 'all' and region_role in ('', 'seller') and dimension2_type == ''")
    wanted = all_of[all_of["dimension_type"].isin(["plan", "platform", "region", "category"])].reset_index(drop=True)
    pd.testing.assert_frame_equal(
        ledger_of(rows)[[*sampling_ledger.KEY, *sampling_ledger.FROM_SAMPLES]],
        wanted[[*sampling_ledger.KEY, *sampling_ledger.FROM_SAMPLES]],
    )


def test_the_order_of_input_rows_does_not_matter(table: pd.DataFrame):
    rows = country(seed=5)
    shuffled = {name: [listed[i] for i in np.random.default_rng(9).permutation(len(listed))] for name, listed in rows.items()}
    pd.testing.assert_frame_equal(rates_of(shuffled), table)
    pd.testing.assert_frame_equal(ledger_of(shuffled), ledger_of(rows))


def test_rows_are_unique_in_the_key_sorted_by_it_and_hold_at_least_one_sample(table: pd.DataFrame):
    assert not table.duplicated(KEY).any()
    pd.testing.assert_frame_equal(table, table.sort_values(KEY, ignore_index=True))
    assert (table["n_sampled"] + table["n_open"] > 0).all()


@pytest.mark.parametrize("dimension", ["plan", "platform", "channel", "brand"])
def test_the_units_of_a_dimension_without_levels_sum_to_the_nation(table: pd.DataFrame, dimension: str):
    by = ["period_type", "period_start", "design"]
    units = table[(table["dimension_type"] == dimension) & (table["dimension2_type"] == "")].groupby(by)[list(COUNTS)].sum()
    nation = table[table["dimension_type"] == "nation"].set_index(by)[list(COUNTS)]
    pd.testing.assert_frame_equal(units, nation.sort_index())


def test_probability_and_targeted_samples_sum_to_all(table: pd.DataFrame):
    by = [name for name in KEY if name != "design"]
    own = table[table["design"] != "all"].groupby(by)[list(COUNTS)].sum()
    pd.testing.assert_frame_equal(own, table[table["design"] == "all"].set_index(by)[list(COUNTS)].sort_index())


@pytest.mark.parametrize(("kind", "months"), [("quarter", 3), ("year", 12)])
def test_months_sum_to_their_quarter_and_year(table: pd.DataFrame, kind: str, months: int):
    month = table[table["period_type"] == "month"].copy()
    month["period_start"] = [date(d.year, (d.month - 1) // months * months + 1, 1) for d in month["period_start"]]
    summed = month.groupby(["period_start", *UNIT])[list(COUNTS)].sum()
    wanted = table[table["period_type"] == kind].set_index(["period_start", *UNIT])[list(COUNTS)]
    pd.testing.assert_frame_equal(summed, wanted.sort_index())


def test_a_rolling_window_is_the_sum_of_its_twelve_months_and_ends_in_every_month_of_the_table(table: pd.DataFrame):
    nation = table.query("dimension_type == 'nation' and design == 'all'")
    month = nation[nation["period_type"] == "month"].set_index("period_start")[list(COUNTS)]
    window = nation[nation["period_type"] == "rolling12"].set_index("period_start")[list(COUNTS)]
    with_outcome = sorted(month.index[month["n_sampled"] > 0])
    wanted = pd.date_range(with_outcome[0], with_outcome[-1], freq="MS") - pd.DateOffset(months=11)
    assert list(window.index) == [stamp.date() for stamp in wanted]
    for start in window.index:
        inside = [stamp.date() for stamp in pd.date_range(start, periods=12, freq="MS")]
        assert window.loc[start].tolist() == month[month.index.isin(inside)].sum().tolist()


def test_samples_without_any_date_count_in_all_and_nowhere_else():
    conclusion = {"sample_id": "s", "stage": "first", "outcome": "conforming"}
    rows = {"sample": [{"sample_id": "s", "plan_id": "p"}], "conclusion": [conclusion]}
    assert set(rates_of(rows)["period_type"]) == {"all"}
    assert set(ledger_of(rows)["period_type"]) == {"all"}


def test_without_samples_there_are_no_rows_but_the_same_columns_and_types(table: pd.DataFrame):
    empty = rates_of({})
    assert len(empty) == 0 and empty.dtypes.equals(table.dtypes)
    assert ledger_of({}).dtypes.equals(ledger_of(country(seed=5)).dtypes)


def test_the_arguments_are_left_as_they_were():
    given = frames(country(seed=7), tuple({*RATE_INPUTS, *LEDGER_INPUTS}))
    before = {name: one.copy(deep=True) for name, one in given.items()}
    detection_rate.build(**{name: given[name] for name in RATE_INPUTS}, period=PERIOD)
    sampling_ledger.build(**{name: given[name] for name in LEDGER_INPUTS}, period=PERIOD)
    for name, one in before.items():
        pd.testing.assert_frame_equal(given[name], one)
