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


@pytest.mark.parametrize(
    ("seed", "size"),
    [*(pytest.param(n, 150, marks=pytest.mark.slow) for n in (1, 2)), (3, 8), (4, 1), (5, 40)],
)
def test_every_cell_of_the_rate_equals_a_recount_sample_by_sample(seed: int, size: int):
    rows = country(seed, size)
    wanted, got = frame(recount(**rows)), rates_of(rows)
    pd.testing.assert_frame_equal(got[[*KEY, *COUNTS]], wanted[[*KEY, *COUNTS]], check_dtype=False)
    for name in ("rate", "ci_low", "ci_high", "violation_rate", "violation_low", "violation_high"):
        np.testing.assert_allclose(got[name], wanted[name].astype(float), rtol=0, atol=1e-12, err_msg=name)
    assert got["reliability"].tolist() == wanted["reliability"].tolist()


def test_every_cell_that_rate_and_ledger_share_is_the_same_in_both():
    rows = country(seed=6)
    ledger, counts = ledger_of(rows), [*sampling_ledger.KEY, *sampling_ledger.FROM_SAMPLES]
    all_of = rates_of(rows).query(
        "design == 'all' and region_role in ('', 'seller') and dimension2_type == ''"
    )
    both = ledger[counts].merge(all_of[counts], on=sampling_ledger.KEY, suffixes=("", "_of_rate"))
    assert set(both["period_type"]) == {"month", "quarter", "year", "rolling12", "all"} and len(both) > 400
    ours = both[[f"{name}_of_rate" for name in sampling_ledger.FROM_SAMPLES]]
    assert (both[sampling_ledger.FROM_SAMPLES].to_numpy() == ours.to_numpy()).all()
    of_ledger = all_of["dimension_type"].isin(["plan", "platform", "region", "category"])
    assert len(both) == of_ledger.sum()  # the ledger has every one of them


def test_the_order_of_input_rows_does_not_matter(table: pd.DataFrame):
    rows = country(seed=5)
    shuffled = {
        name: [listed[i] for i in np.random.default_rng(9).permutation(len(listed))]
        for name, listed in rows.items()
    }
    pd.testing.assert_frame_equal(rates_of(shuffled), table)
    pd.testing.assert_frame_equal(ledger_of(shuffled), ledger_of(rows))


def test_rows_are_unique_in_the_key_sorted_by_it_and_hold_at_least_one_sample(table: pd.DataFrame):
    assert not table.duplicated(KEY).any()
    pd.testing.assert_frame_equal(table, table.sort_values(KEY, ignore_index=True))
    assert (table["n_sampled"] + table["n_open"] > 0).all()


@pytest.mark.parametrize(("dimension", "kinds"), [
    ("plan", ["all", "quarter", "year"]), ("platform", ["month", "quarter", "rolling12", "year"]),
    ("channel", ["month", "quarter", "rolling12", "year"]), ("brand", ["quarter", "year"]),
])  # fmt: skip
def test_the_units_of_a_dimension_without_levels_sum_to_the_nation(
    table: pd.DataFrame, dimension: str, kinds: list[str]
):
    by = ["period_type", "period_start", "design"]
    own = table[(table["dimension_type"] == dimension) & (table["dimension2_type"] == "")]
    assert sorted(own["period_type"].unique()) == kinds
    nation = table[(table["dimension_type"] == "nation") & table["period_type"].isin(kinds)].set_index(by)[
        list(COUNTS)
    ]
    pd.testing.assert_frame_equal(own.groupby(by)[list(COUNTS)].sum(), nation.sort_index())


def test_probability_and_targeted_samples_sum_to_all(table: pd.DataFrame):
    """Windows of twelve months apart: each design has those between its own outcomes."""
    table = table[table["period_type"] != "rolling12"]
    by = [name for name in KEY if name != "design"]
    own = table[table["design"] != "all"].groupby(by)[list(COUNTS)].sum()
    pd.testing.assert_frame_equal(
        own, table[table["design"] == "all"].set_index(by)[list(COUNTS)].sort_index()
    )


@pytest.mark.parametrize(
    ("finer", "kind", "months"), [("month", "quarter", 3), ("month", "year", 12), ("quarter", "year", 12)]
)
def test_months_and_quarters_sum_to_their_quarter_and_year(
    table: pd.DataFrame, finer: str, kind: str, months: int
):
    parts = table[table["period_type"] == finer].copy()
    parts["period_start"] = [
        date(d.year, (d.month - 1) // months * months + 1, 1) for d in parts["period_start"]
    ]
    summed = parts.groupby(["period_start", *UNIT])[list(COUNTS)].sum()
    wanted = table[table["period_type"] == kind].set_index(["period_start", *UNIT])[list(COUNTS)]
    pd.testing.assert_frame_equal(summed, wanted.loc[summed.index])
    assert finer == "month" or len(summed) == len(wanted)


def test_a_rolling_window_is_the_sum_of_twelve_months_that_all_lie_in_the_data(table: pd.DataFrame):
    nation = table.query("dimension_type == 'nation' and design == 'all'")
    month = nation[nation["period_type"] == "month"].set_index("period_start")[list(COUNTS)]
    window = nation[nation["period_type"] == "rolling12"].set_index("period_start")[list(COUNTS)]
    with_outcome = sorted(month.index[month["n_sampled"] > 0])
    wanted = pd.date_range(
        with_outcome[0], pd.Timestamp(with_outcome[-1]) - pd.DateOffset(months=11), freq="MS"
    )
    assert list(window.index) == [stamp.date() for stamp in wanted] and len(window) > 12
    for start in window.index:
        inside = [stamp.date() for stamp in pd.date_range(start, periods=12, freq="MS")]
        assert window.loc[start].tolist() == month[month.index.isin(inside)].sum().tolist()


@pytest.mark.parametrize(("months", "windows"), [(11, 0), (12, 1), (13, 2)])
def test_below_twelve_months_of_data_there_is_no_window_and_none_of_the_year_before(
    months: int, windows: int
):
    days = [date(2025 + m // 12, m % 12 + 1, 5) for m in range(months) for _ in range(40)]
    samples = [{"sample_id": f"s{i}", "plan_id": "p", "purchased_on": day} for i, day in enumerate(days)]
    conclusions = [
        {
            "sample_id": s["sample_id"],
            "stage": "first",
            "outcome": "conforming",
            "issued_on": s["purchased_on"],
        }
        for s in samples
    ]
    found = rates_of({"sample": samples, "standing_conclusion": conclusions}).query(
        "period_type == 'rolling12' and design == 'targeted'"
    )
    nation = found[found["dimension_type"] == "nation"]
    assert [str(day) for day in nation["period_start"]] == ["2025-01-01", "2025-02-01"][:windows]
    assert (nation["n_tested"] == 480).all() and nation["yoy_pp"].isna().all()
    ledger = ledger_of({"sample": samples, "standing_conclusion": conclusions}).query(
        "period_type == 'rolling12' and dimension_type == 'plan'"
    )
    assert len(ledger) == windows


EVERY_PERIOD = "month quarter rolling12 year"
KINDS = {
    **dict.fromkeys(("platform", "category", "cluster", "channel"), EVERY_PERIOD),
    "nation": f"all {EVERY_PERIOD}",
    "plan": "all quarter year",
    "brand": "quarter year",
}


def test_only_rows_that_somebody_reads_are_kept(table: pd.DataFrame):
    """Quarters and years of everything; the other periods as KINDS says, of regions of provinces only."""
    single, pairs = table[table["dimension2_type"] == ""], table[table["dimension2_type"] != ""]
    assert set(pairs["period_type"]) == {"quarter", "year"} and len(pairs)
    for dimension, kinds in KINDS.items():
        assert (
            sorted(set(single.loc[single["dimension_type"] == dimension, "period_type"])) == kinds.split()
        ), dimension
    regions = (
        single[single["dimension_type"] == "region"]
        .groupby(["region_role", "dimension_code"])["period_type"]
        .agg(lambda kind: sorted(set(kind)))
    )
    for role in ("seller", "producer", "consumer"):
        province = [*(["all"] if role == "seller" else []), "month", "quarter", "rolling12", "year"]
        assert regions[role, "330000"] == regions[role, "unknown"] == province and regions[
            role, "330100"
        ] == ["quarter", "year"]


def test_samples_without_any_date_count_in_all_and_nowhere_else():
    conclusion = {"sample_id": "s", "stage": "first", "outcome": "conforming"}
    rows = {"sample": [{"sample_id": "s", "plan_id": "p"}], "standing_conclusion": [conclusion]}
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
