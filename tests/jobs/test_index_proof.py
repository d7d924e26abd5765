"""Proof by simulation: on 20 populations with known truth the index's limits hold the index of the true
rates, its rank limits the rank."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from index_units import KEY, reference, references, with_base
from sampling_frames import frames

from jobs.marts.quality_index import quality_index
from jobs.marts.quality_index.counted import with_laws
from jobs.marts.quality_index.sampled import TAILS, sampled
from jobs.marts.quality_index.scoring import scored, with_goalposts
from jobs.marts.quality_index.units import Units
from jobs.marts.sampling import detection_rate
from jobs.methods import composite
from jobs.period import Period
from jobs.simulate import populations

pytestmark = pytest.mark.proof
SEEDS = range(20)
MONTHS = [date(2026, month, 10) for month in (3, 4, 5)]
P = Period(date(2026, 9, 30))
PER_MONTH = 1500
SAMPLED = ["exposure_rate", "serious_rate", "violation_exits"]
POSTS = reference("goalpost").set_index("indicator")


def population(seed: int) -> populations.Population:
    """Listings that also say whether a failure is serious and whether the goods lack a maker's name;
    platforms differ in both."""
    made, draw = populations.population(seed), np.random.default_rng([seed, 11])
    listings = made.listings
    codes, platform = np.unique(listings["platform"], return_inverse=True)
    grave, nameless = draw.beta(5, 9, len(codes)), draw.beta(3, 60, len(codes))
    return populations.Population(
        listings.assign(
            serious=listings["defective"] & (draw.random(len(listings)) < grave[platform]),
            nameless=draw.random(len(listings)) < nameless[platform],
        )
    )


def true_rates(made: populations.Population) -> pd.DataFrame:
    """SAMPLED of every platform, counted in full; serious failures per batch that the plan draws, as strata
    that fail more are not drawn in proportion."""
    drawn = populations.stratified(made, PER_MONTH, 0).groupby("stratum")["pi"].first()
    listings = made.listings.assign(pi=made.listings["stratum"].map(drawn))
    tested = listings[~listings["nameless"]]
    by = tested["platform"]
    failing = tested["defective"].astype(float)
    return pd.DataFrame(
        {
            "exposure_rate": (failing * tested["units"]).groupby(by).sum()
            / tested["units"].groupby(by).sum(),
            "serious_rate": (failing * tested["serious"] * tested["pi"]).groupby(by).sum()
            / tested["pi"].groupby(by).sum(),
            "violation_exits": listings["nameless"].groupby(listings["platform"]).mean(),
        }
    )


def rates(made: populations.Population, seed: int) -> pd.DataFrame:
    """gold.detection_rate of a probability sample in each month."""
    tables: dict[str, list[dict]] = {
        "sample": [],
        "standing_conclusion": [],
        "sampling_plan": [],
        "sampling_stratum": [],
    }
    strata = (
        made.listings.groupby("stratum")
        .agg(population=("units", "size"), units_sold=("units", "sum"))
        .reset_index()
        .to_dict("records")
    )
    for number, day in enumerate(MONTHS):
        plan, drawn = f"m{number}", populations.stratified(made, PER_MONTH, 100 * seed + number)
        tables["sampling_plan"].append(
            {"plan_id": plan, "type": "probability", "starts_on": day - timedelta(days=9)}
        )
        tables["sampling_stratum"] += [{"plan_id": plan, **row} for row in strata]
        for at, row in enumerate(drawn.itertuples()):
            name = f"{plan}-{at}"
            away = (
                {"exit_kind": "violation", "exit_reason": "no_maker", "exited_on": day}
                if row.nameless
                else {}
            )
            tables["sample"].append(
                {
                    "sample_id": name,
                    "plan_id": plan,
                    "stratum": row.stratum,
                    "inclusion_probability": row.pi,
                    "units_sold": row.units,
                    "purchased_on": day,
                    "platform_code": row.platform,
                    **away,
                }
            )
            if not row.nameless:
                outcome = "nonconforming" if row.defective else "conforming"
                tables["standing_conclusion"].append(
                    {
                        "sample_id": name,
                        "stage": "first",
                        "outcome": outcome,
                        "serious": bool(row.serious),
                        "issued_on": day,
                    }
                )
    return detection_rate.build(**frames(tables), period=P)


def indicator_rows(found: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    """Rows of quality_index_indicator of platforms and months: sampled rates as found, the other indicators
    as ``known``."""
    platforms = pd.DataFrame({"platform_code": known.index})
    none = frames({}, ("region", "product_category", "industrial_cluster"))
    rows = sampled(
        found, Units.of(platform=platforms, months=pd.Series(MONTHS), due=pd.Series(MONTHS), **none)
    )
    rows = rows[(rows["period_type"] == "month") & (rows["dimension_type"] == "platform")]
    keys = rows[KEY].drop_duplicates()
    others = known.rename_axis("dimension_code").melt(ignore_index=False, var_name="indicator").reset_index()
    rows = pd.concat([rows, keys.merge(others, on="dimension_code")], ignore_index=True).assign(status="used")
    return scored(with_laws(with_goalposts(rows, reference("goalpost"), reference("index_weight")), TAILS))


def true_index(truth: pd.DataFrame, known: pd.DataFrame) -> pd.Series:
    """The formula written out anew on true rates, by platform."""
    values = truth.join(known)
    posts = POSTS.loc[values.columns]
    root = (posts["transform"] == "sqrt").to_numpy()
    turned, low, high = (
        np.where(root, np.sqrt(x), x)
        for x in (values.to_numpy(), posts["low"].to_numpy(float), posts["high"].to_numpy(float))
    )
    direction = np.where(posts["direction"] == "higher_better", 1, -1)
    score = pd.DataFrame(
        composite.scale(turned, low=low, high=high, direction=direction), values.index, values.columns
    ).clip(1, 100)
    weights = reference("index_weight").set_index("item")
    own = weights.loc[values.columns]
    pillars = {
        name: composite.aggregate(score[list(part.index)], part["weight"])
        for name, part in own.groupby("pillar")
    }
    return composite.aggregate(pd.DataFrame(pillars), weights.loc[list(pillars), "weight"], how="geometric")


def test_limits_hold_the_index_of_the_true_rates_and_rank_limits_the_true_rank():
    inside, ranked, where, widths = [], [], [], []
    for seed in SEEDS:
        made, draw = population(seed), np.random.default_rng([seed, 13])
        truth = true_rates(made)
        names = [name for name in POSTS.index if name not in [*SAMPLED, "serious_signals"]]
        known = pd.DataFrame(
            {n: draw.uniform(POSTS.loc[n, "low"], POSTS.loc[n, "high"], len(truth)) for n in names},
            index=truth.index,
        )
        got = with_base(
            quality_index.build,
            quality_index_indicator=indicator_rows(rates(made, seed), known),
            **references(),
            period=P,
        )
        got = got[got["published"]].set_index("dimension_code")
        index = true_index(truth, known)
        index = index.reindex(got.index)
        # The true rank is one among those that are ranked: a unit of too few batches is not.
        true = index.where(got["tier"].notna())
        rank = true.groupby(got["period_start"]).transform(lambda month: composite.rank(month, decimals=1))
        unclipped = ((truth > 0) & (truth < POSTS.loc[truth.columns, "high"])).all(axis=1).reindex(got.index)
        inside += ((got["low"] <= index) & (index <= got["high"]))[unclipped].tolist()
        ranked += ((got["rank_low"] <= rank) & (rank <= got["rank_high"]))[
            unclipped & got["tier"].notna()
        ].tolist()
        where += (got["score"] - index)[unclipped].tolist()
        widths += (got["high"] - got["low"])[unclipped].tolist()
    print(
        f"index {np.mean(inside):.3f}, of {len(inside)} unit-months, rank {np.mean(ranked):.3f} of "
        f"{len(ranked)}, width {np.mean(widths):.1f}"
    )
    print(f"mean error {np.mean(where):.2f}")
    assert len(inside) >= 1000
    assert 0.87 <= np.mean(inside) <= 0.93
    assert np.mean(ranked) >= 0.9
