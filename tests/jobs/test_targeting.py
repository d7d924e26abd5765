"""gold.targeting_score and gold.targeting_report: what they learn from, when they refuse, how they order, and
that no score leaves the house."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from targeting_frames import DAY, deciles, features, inputs, predictions, proposal, report, scores, shops

from jobs.contracts.catalog import load_catalog
from jobs.environment import REPOSITORY
from jobs.marts.risk.targeting import MOST_WEIGHT, learnt_before, prepared
from jobs.marts.risk.targeting_prediction import REASONS

TABLES = ("targeting_feature", "targeting_prediction", "targeting_report", "targeting_score")


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return features()


@pytest.fixture(scope="module")
def predicted(frame: pd.DataFrame) -> pd.DataFrame:
    return predictions(frame)


@pytest.fixture(scope="module")
def tested(frame: pd.DataFrame, predicted: pd.DataFrame) -> pd.DataFrame:
    return report(frame, predicted)


@pytest.fixture(scope="module")
def scored(predicted: pd.DataFrame) -> pd.DataFrame:
    return scores(predicted)


def summary(table: pd.DataFrame) -> pd.Series:
    return table[table["part"] == "summary"].iloc[0]


def test_the_highest_tenth_fails_at_least_1_8_times_as_often_as_random_out_of_time(
    tested: pd.DataFrame,
) -> None:
    highest = tested[(tested["part"] == "decile") & (tested["code"] == "10")].iloc[0]
    assert highest["lift"] >= 1.8
    assert highest["lift_low"] < highest["lift"] < highest["lift_high"]
    assert summary(tested)["state"] == "scored" and summary(tested)["auc_low"] > 0.6


def test_listings_fail_as_often_as_their_tenth_says_within_3_points(
    frame: pd.DataFrame, predicted: pd.DataFrame, tested: pd.DataFrame
) -> None:
    """Held against the true chances of all listings, which no build reads: no luck of samples in it."""
    everyone = scores(predicted, proposal(n_targeted=10_000)).merge(frame[["listing_id", "chance"]])
    assert len(everyone) == (frame["role"] == "listing").sum()
    by = everyone.groupby("decile")[["score", "chance"]].mean()
    assert (by["score"] - by["chance"]).abs().max() <= 0.03
    assert by["chance"].iloc[-1] >= 1.8 * everyone["chance"].mean()
    tenths = tested[tested["part"] == "decile"].set_index("code")
    assert np.allclose(tenths["score"].to_numpy(float), by["score"].to_numpy())


@pytest.mark.slow
def test_rows_in_any_order_give_the_same_tables(
    frame: pd.DataFrame, predicted: pd.DataFrame, tested: pd.DataFrame, scored: pd.DataFrame
) -> None:
    turn, other = frame.sample(frac=1, random_state=1), predicted.sample(frac=1, random_state=2)
    pd.testing.assert_frame_equal(predictions(turn.reset_index(drop=True)), predicted, check_exact=True)
    other = other.reset_index(drop=True)
    pd.testing.assert_frame_equal(report(turn, other), tested, check_exact=True)
    pd.testing.assert_frame_equal(scores(other), scored, check_exact=True)


@pytest.fixture(scope="module")
def turned(frame: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The same and its predictions, but for outcomes that are known on the day of the listings or later: all
    turned around."""
    late = (frame["role"] == "sample") & (pd.to_datetime(frame["known_on"]) >= pd.Timestamp(DAY))
    assert late.sum() > 100
    other = frame.assign(fails=frame["fails"].mask(late, frame["fails"].eq(False)))
    return other, predictions(other)


def test_an_outcome_that_is_not_known_yet_changes_no_score(
    turned: tuple[pd.DataFrame, pd.DataFrame], scored: pd.DataFrame
) -> None:
    pd.testing.assert_frame_equal(scores(turned[1]), scored, check_exact=True)


def test_samples_of_the_test_are_judged_by_what_was_known_before_them(
    turned: tuple[pd.DataFrame, pd.DataFrame], tested: pd.DataFrame
) -> None:
    mine = report(*turned)
    assert summary(mine)["predicted"] == summary(tested)["predicted"]
    assert summary(mine)["n_failing"] != summary(tested)["n_failing"]


def test_a_price_beyond_four_and_a_half_times_the_middle_one_of_its_category_says_no_more() -> None:
    """A price with a misplaced point (x 100) weighs like one of e^1.5 times the usual."""
    frame = features(samples=30, listings=5).assign(category_code="C0", price=10.0)
    frame.loc[[0, 1, 2, 3], "price"] = [1000.0, 20.0, 0.1, 5.0]
    given = {name: value for name, value in inputs(frame).items() if name != "period"}
    page = prepared(**given).samples.set_index("unit_id").loc[[f"U{n:05}" for n in range(5)]]
    assert page["price_high"].tolist() == pytest.approx([1.5, np.log(2), 0, 0, 0])
    assert page["price_low"].tolist() == pytest.approx([0, 0, 1.5, np.log(2), 0])


def test_too_short_a_history_is_refused_with_a_reason_and_scores_nothing() -> None:
    short = features(samples=500)
    nothing = predictions(short)
    row = summary(report(short, nothing))
    assert row["state"] == "short_history" and "500" in row["reason_en"] and "500" in row["reason_zh"]
    assert nothing.empty and scores(nothing).empty


@pytest.mark.slow
def test_what_does_no_better_than_chance_is_refused() -> None:
    noise = features(seed=2, samples=3000, signal=0.0)
    luck = predictions(noise)
    row = summary(report(noise, luck))
    assert row["state"] == "no_better_than_chance" and row["auc_low"] <= 0.5
    assert set(luck["role"]) == {"sample"} and scores(luck).empty


def test_units_of_one_chance_fall_into_tenths_without_regard_to_their_identifiers() -> None:
    """Identifiers that run with the outcome, as those do that an office enters by district: tenths of equal
    chances in their order would show a lift that no model has."""
    unit = pd.Series([f"U{i:04}" for i in range(4000)])
    fails = pd.Series(np.arange(4000) >= 3600)
    tenth = deciles(pd.Series(0.1, index=unit.index), unit)
    assert (tenth.value_counts() == 400).all()
    assert fails.groupby(tenth).mean().between(0.05, 0.15).all()
    half = pd.Series(np.where(np.arange(4000) % 2, 0.3, 0.1))
    assert (deciles(half, unit) > 5).equals(half == 0.3), "chance goes first"
    turn = np.random.default_rng(1).permutation(4000)
    again = deciles(half[turn].reset_index(drop=True), unit[turn].reset_index(drop=True))
    assert (again.to_numpy() == deciles(half, unit)[turn].to_numpy()).all()


def test_places_and_tenths_agree_where_chances_are_equal(frame: pd.DataFrame) -> None:
    alike = frame.assign(**{name: frame[name].iloc[0] for name in ("price",)}).copy()
    listing = alike["role"] == "listing"
    for name in ("platform_code", "category_code", "producer", "shop_id", "n_low_producer"):
        alike.loc[listing, name] = alike.loc[listing, name].iloc[0]
    scored = scores(predictions(alike))
    assert scored["score"].nunique() == 1
    ordered = scored.sort_values("place")
    assert ordered["decile"].is_monotonic_decreasing
    assert ordered["listing_id"].is_monotonic_increasing is False


@pytest.mark.parametrize("spread", [0.4, 0.9])
def test_the_weight_of_a_keys_past_follows_how_far_keys_are_apart(spread: float) -> None:
    """Shops that differ little are known apart by many batches only, those that differ much by few: with one
    weight for all the highest tenth of one or the other was off by four points and more."""
    frame = shops(spread)
    known = prepared(**{name: value for name, value in inputs(frame).items() if name != "period"})
    learnt = learnt_before(known.samples, known.day)
    assert learnt is not None
    chance = 1 / (1 + np.exp(1.6 - spread * np.random.default_rng(0).normal(size=100_000)))
    wanted = chance.mean() ** 2 / chance.var()
    assert learnt.weights["operator"] == pytest.approx(wanted, rel=0.35)
    assert learnt.weights["brand"] == MOST_WEIGHT, "no brand is known"
    newest = known.samples[known.samples["bought"] >= known.samples["bought"].quantile(0.75)]
    score = pd.Series(learnt.predict(newest), index=newest.index)
    top = newest[deciles(score, newest["unit_id"]) == 10]
    true = frame.set_index("unit_id")["chance"][top["unit_id"]].mean()
    assert score[top.index].mean() == pytest.approx(true, abs=0.03)


def test_shares_of_the_highest_tenth_stand_beside_those_of_random_samples(tested: pd.DataFrame) -> None:
    shares = tested[tested["part"] == "platform"]
    assert shares["share_highest"].sum() == pytest.approx(1) and shares[
        "share_random"
    ].sum() == pytest.approx(1)
    assert (shares["share_random_low"] <= shares["share_random"]).all()
    assert summary(tested)["n"] == shares["n"].sum()


def test_kept_are_the_highest_tenth_and_what_the_strata_need(
    scored: pd.DataFrame, frame: pd.DataFrame
) -> None:
    n = int((frame["role"] == "listing").sum())
    assert (scored["n_considered"] == n).all()
    assert (scored["decile"] == 10).sum() == pytest.approx(n / 10, abs=1)
    assert len(scored) < n
    cells = scored.groupby(["platform_code", "category_code"]).size()
    whole = frame[frame["role"] == "listing"].groupby(["platform_code", "category_code"]).size()
    assert (cells >= np.minimum(whole, 20)).all()
    assert (scored.sort_values("place")["score"].diff().dropna() <= 0).all()


def test_a_listing_has_the_reasons_that_raise_its_score(frame: pd.DataFrame, scored: pd.DataFrame) -> None:
    known = pd.read_csv(REPOSITORY / "schemas/reference/risk_reason.csv")
    codes = known[known["reason_code"].str.startswith("targeting_")].set_index("reason_code")
    assert set(REASONS) == set(codes.index) and codes[["name_zh", "name_en"]].notna().all(axis=None)
    assert scored["reasons"].map(len).between(0, 3).all()
    top = scored.nsmallest(30, "place")
    assert (
        top["reasons"].map(lambda r: bool({"targeting_reviews", "targeting_producer"} & set(r))).mean() > 0.8
    )
    assert not scored["reasons"].explode().isin(["targeting_standard", "targeting_certificate"]).any()


def test_a_sample_of_the_test_is_scored_by_the_samples_that_were_known_before_its_quarter(
    frame: pd.DataFrame, predicted: pd.DataFrame
) -> None:
    sample = frame[frame["role"] == "sample"]
    known, bought = (pd.to_datetime(sample[column]) for column in ("known_on", "day"))
    tested = predicted[predicted["role"] == "sample"]
    assert set(tested["unit_id"]) == set(sample["unit_id"][bought >= pd.Timestamp(2025, 7, 1)])
    begins = pd.to_datetime(tested["day"]).dt.to_period("Q").dt.start_time
    assert tested["n_learnt"].tolist() == [int((known < day).sum()) for day in begins]
    listing = predicted[predicted["role"] == "listing"]
    assert set(listing["n_learnt"]) == {int((known < pd.Timestamp(DAY)).sum())}


def test_scores_do_not_depend_on_the_night(scored: pd.DataFrame) -> None:
    assert (scored["scored_on"] == date(2026, 6, 1)).all()


def test_no_score_leaves_the_house() -> None:
    """Only the purchases of the plan are made from scores, and show none; nothing that is sent or published
    reads them, nor do the pages that look up and bulletins."""
    contracts = load_catalog().contracts
    makes = {
        name: contract
        for name, contract in contracts.items()
        if {f"gold.{t}" for t in TABLES} & set(contract.inputs or ())
    }
    assert set(makes) == {*(f"gold.{t}" for t in TABLES[1:]), "gold.sampling_purchase"}
    assert not {"score", "decile", "place"} & set(makes["gold.sampling_purchase"].column_names)
    outward = [
        *(p for room in ("exchange", "publish") for p in (REPOSITORY / "jobs" / room).rglob("*.py")),
        *(REPOSITORY / "jobs/reports/pages" / f"{page}.py" for page in ("lookup", "bulletin")),
    ]
    assert len(outward) > 4
    assert [p.name for p in outward if "targeting" in p.read_text(encoding="utf-8")] == []
