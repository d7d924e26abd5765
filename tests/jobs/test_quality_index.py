"""The index: what it is made of, what it answers to and what it must never do; its limits, ranks and
bands."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from index_units import KEY, expected_index, indicators, reference, references, unit, with_base, with_counts

from jobs.marts.quality_index import quality_index, quality_index_diagnostics
from jobs.marts.quality_index.counted import shared
from jobs.marts.quality_index.limits import drawn
from jobs.marts.quality_index.panel import panel
from jobs.marts.quality_index.quality_index import RANKS
from jobs.period import Period

P = Period(date(2026, 6, 30))
POSTS = reference("goalpost").set_index("indicator")
# What a platform files or answers itself; the rest is found by others.
FILED = (
    "negative_reviews",
    "quality_returns",
    "self_inspection",
    "licences_verified",
    "data_filed",
    "standards_valid",
    "certificates_valid",
    "takedown_on_time",
    "complaints_on_time",
    "quality_complaints",
    "confirmed_counterfeits",
    "dishonest_operators",
)


def index(*units: list[dict], **changed: pd.DataFrame) -> pd.DataFrame:
    return with_base(
        quality_index.build, quality_index_indicator=indicators(*units), **(references() | changed), period=P
    )


def grid(name: str, steps: int) -> np.ndarray:
    """Values of an indicator from its best to its worst goalpost and beyond both."""
    low, high = POSTS.loc[name, "low"], POSTS.loc[name, "high"]
    values = np.linspace(max(low - 0.1 * (high - low), 0), high * 1.1, steps)
    return values if POSTS.loc[name, "direction"] == "lower_better" else np.minimum(values, 1)[::-1]


def many(count: int, seed: int = 3, **fixed: object) -> list[list[dict]]:
    """Units whose every indicator is drawn between its goalposts."""
    draw = np.random.default_rng(seed)
    names = [name for name in POSTS.index if name != "serious_signals"]
    return [
        unit(
            f"P{i:02d}",
            **(
                {name: draw.uniform(POSTS.loc[name, "low"], POSTS.loc[name, "high"]) for name in names}
                | fixed
            ),
        )
        for i in range(count)
    ]


def test_the_index_is_that_of_the_formula_written_out_anew():
    units = [
        *many(6),
        unit("S", silent=("data_filed", "self_inspection")),
        unit("N", absent=("serious_signals", "takedown_on_time", "certificates_valid")),
    ]
    got = index(*units).set_index("dimension_code")
    assert {
        code: expected_index(rows) for rows in units for code in [rows[0]["dimension_code"]]
    } == pytest.approx(got["score"].to_dict(), rel=1e-12)
    assert got.loc["N", "coverage"] == pytest.approx(1 - 0.15 * (0.3 + 0.2 + 0.4))
    assert got.loc["S", "coverage"] == got.loc["P00", "coverage"] == pytest.approx(0.955)


def test_scaling_all_weights_changes_nothing():
    units, weights = many(5), reference("index_weight")
    scaled = weights.assign(weight=weights["weight"] * np.where(weights["kind"] == "pillar", 7.0, 0.3))
    pd.testing.assert_frame_equal(index(*units), index(*units, index_weight=scaled), rtol=1e-12)


@pytest.mark.parametrize("name", [name for name in POSTS.index if name != "serious_signals"])
def test_a_worse_indicator_never_raises_a_score_and_silence_is_no_better(name):
    units = [unit(f"P{i:02d}", **{name: value}) for i, value in enumerate(grid(name, 12))] + [
        unit("P99", silent=(name,))
    ]
    if name == "exposure_rate":
        units = units[:-1]  # found by others: no one can withhold it
    scores = index(*units).sort_values("dimension_code")["score"].to_numpy()
    assert (np.diff(scores) <= 1e-12).all() and scores[0] > scores[-1] + 1


def test_a_platform_that_stops_filing_or_acknowledging_never_gains_whatever_else_it_does():
    draw, pairs = np.random.default_rng(5), []
    for trial, filing in enumerate(many(40)):
        silent = set(draw.choice(FILED, draw.integers(1, len(FILED)), replace=False))
        gone = {"status": "not_filed", "value": np.nan, "score": 1.0, "dimension_code": f"S{trial}"}
        still = [
            row | (gone if row["indicator"] in silent else {"dimension_code": f"S{trial}"}) for row in filing
        ]
        pairs += [[row | {"dimension_code": f"T{trial}"} for row in filing], still]
    got = index(*pairs).set_index("dimension_code")
    for trial in range(40):
        filed, kept = got.loc[f"T{trial}"], got.loc[f"S{trial}"]
        assert kept["published"] and kept["score"] <= filed["score"] and kept["tier"] >= filed["tier"]
        assert kept["coverage"] == filed["coverage"]  # nor is it spared an index for lack of coverage


def test_only_a_conformity_rate_from_samples_and_enough_coverage_make_an_index():
    drawn = {"estimate_mean": np.nan, "estimate_precision": np.nan}
    known = [row | drawn | {"denominator": np.nan} for row in unit("C")]
    thin = [row | drawn for row in unit("D")]
    bare = unit(
        "B",
        absent=tuple(
            n for n in POSTS.index if n not in ("exposure_rate", "serious_rate", "quality_complaints")
        ),
    )
    kept = {
        "exposure_rate",
        "serious_rate",
        "quality_complaints",
        "negative_reviews",
        "violation_exits",
        "takedown_on_time",
        "disposal_on_time",
    }
    enough = unit("A", absent=tuple(set(POSTS.index) - kept))
    got = index(known, bare, enough, thin).set_index("dimension_code")
    why = {"A": None, "B": "coverage", "C": "no_conformity", "D": "few_effective"}
    assert got["reason"].to_dict() == why
    assert (got["n_judged"] > 0).to_dict() == {"A": True, "B": True, "C": False, "D": True}
    assert got.loc["A", "coverage"] == pytest.approx(0.35 + 0.2 * 0.7 + 0.15 * 0.4 + 0.15 * 0.4)
    assert got.loc[["B", "C"], ["score", "low", "high", *RANKS, "band"]].isna().all(axis=None)


def test_two_deadlines_of_two_say_less_than_two_hundred_of_two_hundred():
    names = ("takedown_on_time", "disposal_on_time", "complaints_on_time")
    met = dict.fromkeys(names, 1.0)
    few, many_met, exact = (
        with_counts(unit(code, precision=1e9, **met), **counts)
        for code, counts in (
            ("A", dict.fromkeys(names, (2, 2))),
            ("B", dict.fromkeys(names, (200, 200))),
            ("C", {}),
        )
    )
    got = index(few, many_met, exact).set_index("dimension_code")
    width = got["high"] - got["low"]
    assert width["A"] > 3 and width["A"] > 5 * width["B"] and width["C"] < 0.05
    assert got.loc["A", "score"] < got.loc["B", "score"] < got.loc["C", "score"]
    assert (got["low"] < got["score"]).all() and (got["score"] < got["high"]).all()
    assert got.loc["A", "high"] < got.loc["C", "score"], "no one is better than all on time beyond doubt"


def test_rates_per_order_are_redrawn_by_the_number_of_orders():
    width = {
        orders: (lambda got: got["high"] - got["low"])(
            index(
                with_counts(
                    unit("A", precision=1e9, quality_complaints=3.0),
                    quality_complaints=(3.0 * orders / 10_000, orders),
                )
            )
        )[0]
        for orders in (3_000, 300_000)
    }
    assert 6 < width[3_000] / width[300_000] < 14, "about the root of a hundred"


def test_serious_failures_are_redrawn_with_the_failures_that_they_are_among():
    """Of rates 0.15 and 0.075 among the same batches, those half-way between the goalposts: the counts are
    correlated as of a multinomial."""
    table = indicators(unit("A", exposure_rate=0.15, serious_rate=0.075, precision=400.0))
    units = panel(indicator=table, **references())
    cube = drawn(units, np.array([0]), ["A"], {0: np.arange(len(units.estimates))})
    failing, serious = (
        cube[:, 0, units.indicators.index(name)] for name in ("exposure_rate", "serious_rate")
    )
    counts = np.random.default_rng(1).multinomial(400, [0.075, 0.075, 0.85], 4000)
    expected = np.corrcoef(counts[:, 0] + counts[:, 1], counts[:, 0])[0, 1]
    assert np.corrcoef(failing, serious)[0, 1] == pytest.approx(expected, abs=0.05)
    assert shared(0.0, 0.1) == 0 and shared(0.2, 0.1) == 1


@pytest.mark.parametrize("fewer", [{"serious_rate": 0.03}, {"exposure_rate": 0.08}])
def test_no_draw_falls_where_a_unit_has_fewer_failures_or_fewer_serious_ones(fewer):
    """So that no limit of the index does. A correlation by the unit's own rates lowered some."""
    before = {"exposure_rate": 0.1, "serious_rate": 0.04}
    cubes = []
    for values in (before, before | fewer):
        units = panel(indicator=indicators(unit("A", precision=60.0, **values)), **references())
        cubes.append(drawn(units, np.array([0]), ["A"], {0: np.arange(len(units.estimates))})[:, 0])
    assert (cubes[1] >= cubes[0] - 1e-9)[~np.isnan(cubes[0])].all()
    assert (cubes[1] > cubes[0] + 1e-3).any()


def test_what_cannot_be_told_apart_shares_a_tier_and_a_wide_rank_is_not_printed():
    """Three groups of units far apart; within a group rates differ by less than their limits show."""
    rates = [0.01, 0.012, 0.014, 0.10, 0.102, 0.104, 0.25, 0.252, 0.254]
    got = index(*(unit(f"P{i}", exposure_rate=rate, precision=400.0) for i, rate in enumerate(rates)))
    assert got["tier"].tolist() == [1, 1, 1, 2, 2, 2, 3, 3, 3]
    width = got["rank_high"] - got["rank_low"]
    assert (got["rank"].notna() == (width <= 3)).all()
    alike = index(*(unit(f"P{i}", exposure_rate=0.1 + i / 1000, precision=50.0) for i in range(9)))
    assert set(alike["tier"]) == {1} and alike["rank"].isna().all() and alike["rank_low"].notna().all()


def test_limits_redraw_the_sampled_rates_by_their_design():
    sharp, vague = (index(*many(4, precision=precision)) for precision in (1e9, 40.0))
    assert (sharp["high"] - sharp["low"]).max() < 0.05
    assert ((vague["high"] - vague["low"]) > 3).all()
    assert (vague["low"] <= vague["score"]).all() and (vague["score"] <= vague["high"]).all()
    assert (sharp["rank_high"] > sharp["rank_low"]).any()  # ranks answer to weights and rule too


def test_another_unit_changes_no_limit_and_the_same_input_gives_the_same_numbers():
    alone, crowded = index(*many(3)), index(*many(3), unit("ZZ"), *many(2, seed=8, start=date(2026, 2, 1)))
    same = crowded.merge(alone[KEY], on=KEY)
    pd.testing.assert_frame_equal(same[["score", "low", "high"]], alone[["score", "low", "high"]])
    pd.testing.assert_frame_equal(index(*many(3)), alone)
    twin = index(unit("A", exposure_rate=0.1), unit("B", exposure_rate=0.1))
    assert twin["low"][0] != twin["low"][1]  # each has its own stream


def test_ranks_are_of_rounded_scores_within_the_interval_and_the_nation_has_none():
    near = [
        unit("A", exposure_rate=0.1, precision=1e6),
        unit("B", exposure_rate=0.10002, precision=1e6),
        unit("C", exposure_rate=0.2, precision=1e6),
        unit("CN", dimension_type="nation"),
    ]
    got = index(*near).set_index("dimension_code")
    assert got.loc["A", "score"] > got.loc["B", "score"]
    assert got.loc[["A", "B", "C"], "rank"].tolist() == [1, 1, 3]
    assert (got["rank_low"].dropna() <= got["rank"].dropna()).all() and (
        got["rank"].dropna() <= got["rank_high"].dropna()
    ).all()
    assert got.loc["CN", RANKS].isna().all() and not np.isnan(got.loc["CN", "score"])


def test_bands_refer_to_the_first_year_with_a_national_index():
    def nation(year: int, rate: float, **more: object) -> list[dict]:
        return unit(
            "CN",
            period_type="year",
            dimension_type="nation",
            start=date(year, 1, 1),
            exposure_rate=rate,
            **more,
        )

    nothing = nation(2023, 0.1, absent=tuple(POSTS.index))
    units = [
        nothing,
        nation(2024, 0.1),
        nation(2025, 0.02),
        unit("A", exposure_rate=0.0),
        unit("B", exposure_rate=0.1),
        unit("C", exposure_rate=0.24),
    ]
    got = index(*units).set_index(["dimension_code", "period_start"])["band"]
    assert got.loc[["A", "B", "C"]].tolist() == ["above", "across", "below"]
    assert got["CN"].where(got["CN"].notna(), None).tolist() == [None, "across", "above"]
    assert index(unit("A"))["band"].isna().all()


@pytest.mark.parametrize("build", [quality_index.build, quality_index_diagnostics.build])
def test_without_a_method_no_units_give_no_rows_and_a_unit_says_what_is_missing(build):
    """An empty reference in a lake without indicators is an empty table, no KeyError 'across'."""
    none, method = references()["index_method"].iloc[:0], references()["index_method"]
    rows, other = indicators(unit("A")), references() | {"index_method": none}
    assert with_base(build, quality_index_indicator=rows.iloc[:0], **other, period=P).empty
    with pytest.raises(ValueError, match="no method is valid on 2026-01-01"):
        with_base(build, quality_index_indicator=rows, **other, period=P)
    other["index_method"] = method[method["item"] != "across"]
    with pytest.raises(ValueError, match="version '4' of index_method has no across"):
        with_base(build, quality_index_indicator=rows, **other, period=P)


def test_a_unit_whose_limits_hold_the_base_lies_across_it_whatever_its_score():
    rows = [("CN", "nation", 50.0, 49.0, 51.0), ("A", "platform", 60.0, 45.0, 70.0)]
    rows += [("B", "platform", 40.0, 30.0, 50.0), ("C", "platform", 60.0, 51.0, 70.0)]
    rows += [("D", "platform", 40.0, 30.0, 49.0), ("E", "platform", None, None, None)]
    table = pd.DataFrame(rows, columns=["dimension_code", "dimension_type", "score", "low", "high"])
    table = table.astype({"score": float, "low": float, "high": float})
    found = quality_index.bands(table, pd.Series([50.0])).tolist()
    assert found == ["across", "across", "across", "above", "below", None]
