"""gold.lab_performance: what its figures must do."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from lab_frames import AS_OF, conclusions, drawn, of_year, performance

from jobs.marts.labs import expert_load, lab_agreement, lab_performance
from jobs.marts.labs.found import compared
from jobs.marts.labs.periods import calendar, in_periods
from jobs.methods.survival import median_lag
from jobs.period import Period


def commissions(days: list[tuple[str, str, str]], lab: str = "LAB01") -> pd.DataFrame:
    """First tests of S00000 onwards: received, due, and nothing else."""
    return pd.DataFrame(
        {
            "sample_id": [f"S{i:05}" for i in range(len(days))],
            "lab_id": lab,
            "plan_id": "P",
            "kind": "first",
            "commissioned_on": [date.fromisoformat(d[0]) for d in days],
            "received_on": [date.fromisoformat(d[1]) for d in days],
            "due_on": [date.fromisoformat(d[2]) for d in days],
        }
    )


def test_a_biased_laboratory_is_found_and_honest_ones_are_left_alone() -> None:
    """One population; the proof goes over many (test_lab_proof.py)."""
    table = of_year(performance(*drawn(3, 6000, bias={1: 0.1})))
    assert table["state"].to_dict() == dict.fromkeys(table.index, "within") | {"LAB02": "high"}


def test_a_laboratory_that_gets_worse_goods_is_no_outlier() -> None:
    """Laboratories with unlike goods, from 2 to 25 % failing: the raw shares differ, the adjusted ones do
    not."""
    table = performance(*drawn(4, 6000))
    raw = of_year(table, "probability")["found_share"]
    assert raw.max() > 1.6 * raw.min()
    assert (of_year(table)["state"] == "within").all()
    assert of_year(table)["tau"].max() < 0.1  # what is left between them is chance


def test_one_that_finds_too_much_does_not_make_the_others_look_lenient() -> None:
    sample, standing = drawn(5, 12_000, bias={1: 0.2}, mixed=False)
    table = of_year(performance(sample, standing))
    honest = table["ratio"].drop("LAB02")
    assert table.loc["LAB02", "state"] == "high"
    assert abs(honest.mean() - 1) < 0.03


def test_probability_and_targeted_batches_are_never_pooled_into_a_share() -> None:
    table = performance(*drawn(6, 3000))
    assert table.loc[table["design"] == "all", "found_share"].isna().all()
    counts = table[table["period_type"] == "year"].pivot(index="lab_id", columns="design", values="n_failing")
    assert (counts["all"] == counts["probability"] + counts["targeted"]).all()


def test_expected_failures_depend_on_the_peers_alone() -> None:
    """A laboratory that fails everything changes its own ratio, not its own expectation."""
    sample, standing = drawn(7, 4000)
    worse = standing.copy()
    worse.loc[worse["lab_id"] == "LAB04", "outcome"] = "nonconforming"
    before, after = (of_year(performance(sample, s)).loc["LAB04"] for s in (standing, worse))
    assert np.isclose(before["expected"], after["expected"]) and after["state"] == "high"


def test_open_tests_count_as_longer_than_their_age_and_late() -> None:
    days = [("2026-03-01", "2026-03-02", "2026-03-30")] * 12
    sample = pd.DataFrame({"sample_id": [f"S{i:05}" for i in range(12)], "plan_id": "P", "lab_id": "LAB01"})
    sample = sample.assign(category_code="C00", exited_on=None)
    done = conclusions([f"S{i:05}" for i in range(8)], "conforming", date(2026, 3, 22), "LAB01")
    table = performance(sample, done, lab_commission=commissions(days))
    row = table[(table["period_type"] == "year") & (table["design"] == "all")].iloc[0]
    lags = np.array([20] * 8 + [(AS_OF - date(2026, 3, 2)).days] * 4)
    assert row["median_days"] == median_lag(lags, lags == 20).median == 20
    assert np.isnan(row["p90_days"]) and row["n_open"] == 4
    assert (row["n_due"], row["n_on_time"]) == (12, 8)
    assert row["on_time_low"] < 8 / 12 < row["on_time_high"]


def test_goods_received_before_or_after_the_accreditation_are_outside_and_on_its_days_inside() -> None:
    days = ["2026-02-28", "2026-03-01", "2026-03-20", "2026-03-21"]
    sample = pd.DataFrame({"sample_id": [f"S{i:05}" for i in range(4)], "plan_id": "P", "lab_id": "LAB01"})
    sample = sample.assign(category_code="C00", exited_on=None)
    lab = pd.DataFrame({"lab_id": ["LAB01"], "capabilities": [None], "capacity_per_month": [10]})
    lab = lab.assign(accredited_from=date(2026, 3, 1), accredited_to=date(2026, 3, 20))
    work = commissions([(day, day, "2026-03-31") for day in days])
    none = conclusions([], "conforming", [], [])
    row = performance(sample, none, lab_commission=work, lab=lab).query("period_type == 'all'").iloc[0]
    assert (row["n_commissions"], row["n_outside"]) == (4, 2)


def test_the_last_twelve_months_are_whole_ones_up_to_the_month_before() -> None:
    days = np.array(["2024-01-01", "2025-10-31", "2025-11-01", "2026-10-31", "2026-11-01"], "datetime64[D]")
    known = calendar([pd.Series(days)], date(2026, 11, 26))
    table = in_periods(pd.DataFrame({"day": days}), days, known)
    rolling = table.loc[table["period_type"] == "rolling12", "day"]
    assert rolling.dt.date.tolist() == [date(2025, 11, 1), date(2026, 10, 31)]


@pytest.mark.parametrize(("labs", "state"), [(12, "high"), (60, "within")])
def test_the_more_laboratories_are_compared_the_further_out_an_outlier_lies(labs: int, state: str) -> None:
    """20 of 100 against 10 of all others: outside the 99.8% limits either way, and of sixty one is."""
    rows = [
        {"lab_id": f"L{lab:02}", "n": 100, "x": 20 if lab == 0 else 10, "goods": "g", "parent": "p"}
        for lab in range(labs)
    ]
    assert compared(pd.DataFrame(rows)).loc["L00", "state"] == state


def test_laboratories_that_all_differ_somewhat_are_not_flagged() -> None:
    """From 60 to 140 of 1,000 in even steps: both ends lie outside the 99.8% limits of chance alone."""
    rows = [
        {"lab_id": f"L{lab:02}", "n": 1000, "x": np.ceil(failing), "goods": "g", "parent": "p"}
        for lab, failing in enumerate(np.linspace(60, 140, 12))
    ]
    table = compared(pd.DataFrame(rows))
    assert table["z"].iloc[[0, -1]].abs().min() > 3.1
    assert (table["state"] == "within").all()


@pytest.mark.parametrize(("tests", "median"), [(9, None), (10, 20.0)])
def test_a_laboratory_has_a_median_of_ten_tests_and_more(tests: int, median: float | None) -> None:
    names = [f"S{i:05}" for i in range(tests)]
    sample = pd.DataFrame({"sample_id": names, "plan_id": "P", "lab_id": "LAB01"})
    sample = sample.assign(category_code="C00", exited_on=None)
    done = conclusions(names, "conforming", date(2026, 3, 22), "LAB01")
    work = commissions([("2026-03-01", "2026-03-02", "2026-03-30")] * tests)
    row = performance(sample, done, lab_commission=work).iloc[0]
    assert row["n_tests"] == tests
    assert row["median_days"] == median if median else np.isnan(row["median_days"])


@pytest.mark.parametrize(("day", "on_time"), [(date(2026, 3, 30), 2), (date(2026, 3, 31), 0)])
def test_the_last_day_agreed_is_still_on_time(day: date, on_time: int) -> None:
    sample = pd.DataFrame({"sample_id": ["S00000", "S00001"], "plan_id": "P", "lab_id": "LAB01"})
    sample = sample.assign(category_code="C00", exited_on=None)
    done = conclusions(["S00000", "S00001"], "conforming", day, "LAB01")
    work = commissions([("2026-03-01", "2026-03-02", "2026-03-30")] * 2)
    row = performance(sample, done, lab_commission=work).iloc[0]
    assert (row["n_due"], row["n_on_time"]) == (2, on_time)


def test_a_test_is_not_late_on_its_last_day() -> None:
    sample = pd.DataFrame({"sample_id": ["S00000", "S00001"], "plan_id": "P", "lab_id": "LAB01"})
    sample = sample.assign(category_code="C00", exited_on=None)
    none, days = conclusions([], "conforming", [], []), ("2026-03-01", "2026-03-02")
    work = commissions([(*days, f"{AS_OF}"), (*days, "2026-03-31")])
    row = performance(sample, none, lab_commission=work).iloc[0]
    assert (row["n_open"], row["n_due"], row["n_on_time"]) == (2, 1, 0)


def test_the_load_is_held_against_what_a_laboratory_can_take_in_the_months_covered() -> None:
    sample = pd.DataFrame({"sample_id": ["S00000", "S00001"], "plan_id": "P", "lab_id": "LAB01"})
    sample = sample.assign(category_code="C00", exited_on=None)
    none = conclusions([], "conforming", [], [])
    work = commissions(
        [("2026-01-05", "2026-01-06", "2026-03-30"), ("2026-03-01", "2026-03-02", "2026-03-30")]
    )
    register = dict.fromkeys(lab_performance.READS["lab"]) | {"lab_id": "LAB01", "capacity_per_month": 10}
    lab = pd.DataFrame([register], dtype=object)
    row = of_year(performance(sample, none, lab_commission=work, lab=lab)).iloc[0]
    assert row["months_covered"] == pytest.approx(3 + 1 / 30)
    assert row["load_share"] == pytest.approx(2 / 10 / (3 + 1 / 30))


def test_a_sample_that_left_before_its_test_is_neither_open_nor_late() -> None:
    days = [("2026-03-01", "2026-03-02", "2026-03-30")] * 2
    sample = pd.DataFrame({"sample_id": ["S00000", "S00001"], "plan_id": "P", "lab_id": "LAB01"})
    sample = sample.assign(category_code="C00", exited_on=[date(2026, 3, 5), None])
    none = conclusions([], "conforming", [], [])
    row = performance(sample, none, lab_commission=commissions(days)).iloc[0]
    assert (row["n_tests"], row["n_open"], row["n_due"], row["n_on_time"]) == (2, 1, 1, 0)


def test_the_last_twelve_months_are_whole_ones_within_the_data() -> None:
    dates = pd.Series([date(2025, 11, 3), date(2026, 11, 3)], dtype=object)
    assert calendar([dates], date(2026, 11, 26)).rolling == np.datetime64("2025-11")
    assert calendar([dates], date(2026, 10, 26)).rolling is None
    known = calendar([dates], date(2026, 11, 15))
    assert known.months("year", np.datetime64("2026-01")) == 10.5
    assert known.months("year", np.datetime64("2025-01")) == 2


def test_order_of_arrival_changes_nothing() -> None:
    sample, standing = drawn(8, 2000)
    turned = performance(sample.iloc[::-1].reset_index(drop=True), standing.sample(frac=1, random_state=1))
    pd.testing.assert_frame_equal(performance(sample, standing), turned)


def test_an_empty_lake_makes_empty_tables() -> None:
    period = Period(as_of=AS_OF, months=None)
    for module in (lab_performance, lab_agreement, expert_load):
        empty = {name: pd.DataFrame(columns=c, dtype=object) for name, c in module.READS.items()}
        table = module.build(**empty, period=period)
        assert list(table.columns) == module.COLUMNS
        assert len(table) == (1 if module is expert_load else 0)


def split(*rows: tuple[str, str, str, str, str | None, str]) -> pd.DataFrame:
    """Results on split samples: split_id, lab_id, value_text, unit, lab_verdict, tested_on of one item."""
    names = ["split_id", "lab_id", "value_text", "unit", "lab_verdict", "tested_on"]
    return pd.DataFrame(rows, columns=names, dtype=object).assign(item_code="lead")


def agreed(results: pd.DataFrame) -> pd.DataFrame:
    none = {
        name: pd.DataFrame(columns=lab_agreement.READS[name], dtype=object)
        for name in ("standing_conclusion", "sample")
    }
    table = lab_agreement.build(split_result=results, **none, period=Period(date(2026, 6, 30)))
    return table.set_index(["period_type", "period_start", "lab_id", "other_lab_id"])


def test_two_laboratories_are_compared_though_a_third_one_uses_another_unit() -> None:
    values = [("L1", "2.2", "mg/kg"), ("L2", "2.0", "mg/kg"), ("L3", "0.0002", "%")]
    found = agreed(split(*((f"B{i}", *v, "conforming", "2026-03-01") for i in range(3) for v in values)))
    found = found.loc[("all", date(1900, 1, 1))][["n_values", "n_not_compared"]]
    assert found.loc[("L1", "L2")].tolist() == found.loc[("L2", "L1")].tolist() == [3, 0]
    assert found.loc[("L1", "L3")].tolist() == found.loc[("L3", "all")].tolist() == [0, 3]
    assert found.loc[("L1", "all")].tolist() == [3, 0]


def test_laboratories_are_compared_by_values_also_where_they_state_no_verdicts() -> None:
    pairs = [(f"B{i:02}", lab, value) for i in range(20) for lab, value in (("L1", "2.2"), ("L2", "2.0"))]
    found = agreed(split(*((one, lab, value, "mg/kg", None, "2026-03-01") for one, lab, value in pairs)))
    row = found.loc[("year", date(2026, 1, 1), "L1", "L2")]
    assert row[["n_pairs", "n_values", "n_value_samples"]].tolist() == [0, 20, 20]
    assert row["bias"] == pytest.approx(0.1)
    assert row[["agreement", "agreement_low", "agreement_high", "kappa"]].isna().all()
