"""gold.targeting_score and gold.targeting_report: what they learn from, when they refuse, how they order, and
that no score leaves the house."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from targeting_frames import DAY, features, proposal, report, scores

from jobs.contracts.catalog import load_catalog
from jobs.environment import REPOSITORY
from jobs.marts.risk.targeting_score import REASONS

TABLES = ("targeting_feature", "targeting_report", "targeting_score")


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return features()


@pytest.fixture(scope="module")
def tested(frame: pd.DataFrame) -> pd.DataFrame:
    return report(frame)


@pytest.fixture(scope="module")
def scored(frame: pd.DataFrame, tested: pd.DataFrame) -> pd.DataFrame:
    return scores(frame, tested)


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
    frame: pd.DataFrame, scored: pd.DataFrame, tested: pd.DataFrame
) -> None:
    """Held against the true chances of all listings, which no build reads: no luck of samples in it."""
    everyone = scores(frame, tested, proposal(n_targeted=10_000)).merge(frame[["listing_id", "chance"]])
    assert len(everyone) == (frame["role"] == "listing").sum()
    by = everyone.groupby("decile")[["score", "chance"]].mean()
    assert (by["score"] - by["chance"]).abs().max() <= 0.03
    assert by["chance"].iloc[-1] >= 1.8 * everyone["chance"].mean()
    tenths = tested[tested["part"] == "decile"].set_index("code")
    assert np.allclose(tenths["score"].to_numpy(float), by["score"].to_numpy())


def test_rows_in_any_order_give_the_same_tables(
    frame: pd.DataFrame, tested: pd.DataFrame, scored: pd.DataFrame
) -> None:
    shuffled = frame.sample(frac=1, random_state=1).reset_index(drop=True)
    again = report(shuffled)
    pd.testing.assert_frame_equal(again, tested, check_exact=True)
    pd.testing.assert_frame_equal(scores(shuffled, again), scored, check_exact=True)


@pytest.fixture(scope="module")
def turned(frame: pd.DataFrame) -> pd.DataFrame:
    """The same, but for outcomes that are known on the day of the listings or later: all turned around."""
    late = (frame["role"] == "sample") & (pd.to_datetime(frame["known_on"]) >= pd.Timestamp(DAY))
    assert late.sum() > 100
    return frame.assign(fails=frame["fails"].mask(late, frame["fails"].eq(False)))


def test_an_outcome_that_is_not_known_yet_changes_no_score(
    turned: pd.DataFrame, tested: pd.DataFrame, scored: pd.DataFrame
) -> None:
    pd.testing.assert_frame_equal(scores(turned, tested), scored, check_exact=True)


def test_samples_of_the_test_are_judged_by_what_was_known_before_them(
    turned: pd.DataFrame, tested: pd.DataFrame
) -> None:
    mine = report(turned)
    assert summary(mine)["predicted"] == summary(tested)["predicted"]
    assert summary(mine)["n_failing"] != summary(tested)["n_failing"]


def test_too_short_a_history_is_refused_with_a_reason_and_scores_nothing() -> None:
    short = features(samples=500)
    table = report(short)
    row = summary(table)
    assert row["state"] == "short_history" and "500" in row["reason_en"] and "500" in row["reason_zh"]
    assert scores(short, table).empty


def test_what_does_no_better_than_chance_is_refused() -> None:
    noise = features(seed=2, samples=3000, signal=0.0)
    table = report(noise)
    row = summary(table)
    assert row["state"] == "no_better_than_chance" and row["auc_low"] <= 0.5
    assert scores(noise, table).empty


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
    assert set(makes) == {"gold.targeting_report", "gold.targeting_score", "gold.sampling_purchase"}
    assert not {"score", "decile", "place"} & set(makes["gold.sampling_purchase"].column_names)
    outward = [
        *(p for room in ("exchange", "publish") for p in (REPOSITORY / "jobs" / room).rglob("*.py")),
        *(REPOSITORY / "jobs/reports/pages" / f"{page}.py" for page in ("lookup", "bulletin")),
    ]
    assert len(outward) > 4
    assert [p.name for p in outward if "targeting" in p.read_text(encoding="utf-8")] == []
