"""A country of real size as gold.targeting_feature reads it, made in memory from the simulation, and what
its listings would show if they were bought again many times. Its records are not filed, so nothing is lost
or late on the way: what the night does to them is tried by `test_targeting_proof` on smaller countries."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

import duckdb
import numpy as np
import pandas as pd
from targeting_frames import deciles

from jobs.arrays import NOTHING
from jobs.engine.dialect import to_duckdb
from jobs.environment import REPOSITORY, SCHEMAS
from jobs.marts.risk.targeting import learnt_before, prepared
from jobs.simulate.country.authorities import draws, plans, samples
from jobs.simulate.country.authorities.complaints import complaints, usual
from jobs.simulate.country.authorities.days import months, quarters
from jobs.simulate.country.authorities.goods import Market, goods, objects
from jobs.simulate.country.authorities.procedure import procedure
from jobs.simulate.country.country import Settings
from jobs.simulate.country.trade import trade

UNTIL = date(2026, 6, 29)
DAY = pd.Timestamp(UNTIL).to_datetime64().astype("datetime64[D]")
FRAME = np.datetime64("2026-05")  # the last whole month: listings are those that were sold in it
SQL = REPOSITORY / "jobs" / "marts" / "risk" / "targeting_feature.sql"
SIGNAL = ["key_type", "key_code", "opened_on", "closed_on", "category_code"]
TIMES = 20  # purchases of each listing of the highest tenth: its share has a standard error of 0.2 points


class Calibration(NamedTuple):
    """Of one country: random samples learnt from, mean score and true chance of the highest tenth, and by how
    many times this chance exceeds that of all listings."""

    samples: int
    score: float
    chance: float
    lift: float


def calibration(seed: int, records: int = 2_000_000) -> Calibration:
    """What targeting says of the country ``seed`` of two years with some 10,600 random samples, against what
    its listings would show in June 2026."""
    market = Market(Settings(seed=seed, records=records, until=UNTIL, months=24).world())
    known = prepared(
        feature(market),
        risk_signal=pd.DataFrame(columns=SIGNAL, dtype=object),
        **{
            name: pd.read_csv(SCHEMAS / "reference" / f"{name}.csv", dtype=str)
            for name in ("product_category", "region")
        },
    )
    learnt = learnt_before(known.samples, known.day)
    assert learnt is not None
    score = pd.Series(learnt.predict(known.listings))
    top = deciles(score, known.listings["unit_id"]) == 10
    place = pd.Index(market.world.listings["listing_id"]).get_indexer(known.listings["listing_id"])
    chance = fails_again(market, np.repeat(place[top], TIMES), "top")
    return Calibration(
        len(known.samples), score[top].mean(), chance, chance / fails_again(market, place, "all")
    )


def tested(market: Market, drawn: pd.DataFrame, quarter: str) -> pd.DataFrame:
    """The draws of a quarter's plans that were judged: `outcome` stands after re-inspection, and is known
    from `known_on` on."""
    bought = samples.with_tests(market, samples.purchases(market, drawn, quarter), quarter)
    steps = procedure(market, bought, quarter)[["sample_id", "overturned", "reinspection_issued"]]
    rows = bought[bought.outcome.isin(["conforming", "nonconforming"])].merge(steps, on="sample_id")
    again = rows.reinspection_issued.to_numpy("datetime64[D]")
    lifted = rows.overturned.to_numpy(bool) & (again <= DAY)
    issued = rows.issued_on.to_numpy("datetime64[D]")
    return rows.assign(
        outcome=np.where(lifted, "conforming", rows.outcome), known_on=np.where(lifted, again, issued)
    )


def fails_again(market: Market, rows: np.ndarray, name: str) -> float:
    """The share of listings (positions ``rows``) found not conforming by the standing conclusion, if each
    were bought in June 2026 and tested by any laboratory accredited for it: new luck, the same goods.
    Objections and re-inspections to come count."""
    drawn = pd.DataFrame({"listing": rows}).assign(
        plan_id="again", office="again", type="probability", stratum="", inclusion_probability=1.0,
        units_sold=1, planned_on=np.datetime64("2026-06-15"),
    )  # fmt: skip
    bought = samples.with_tests(market, samples.purchases(market, drawn, name), name)
    overturned = procedure(market, bought, name).set_index("sample_id")["overturned"]
    judged = bought[bought.outcome.isin(["conforming", "nonconforming"])]
    failed = (judged.outcome == "nonconforming") & ~judged.sample_id.map(overturned).astype(bool)
    return float(failed.mean())


def sampled(market: Market) -> pd.DataFrame:
    """All random samples of the country whose outcome is known by its last day."""
    every = plans.plans(market)
    every, rows = every[every.type == "probability"], []
    for quarter in quarters(market.world):
        drawn = []
        for plan in every[every.quarter == quarter].itertuples(index=False):
            rng = np.random.default_rng([market.world.seed, len(rows), len(drawn)])
            span = (plan.ends_on - plan.starts_on).days + 1
            one = draws.drawn_by_chance(market, plan, *draws.strata(market, plan))
            on = np.datetime64(plan.starts_on, "D") + rng.integers(0, span, len(one))
            drawn.append(one.assign(plan_id=plan.plan_id, office=plan.office, type=plan.type, planned_on=on))
        if drawn:
            rows.append(tested(market, pd.concat(drawn, ignore_index=True), str(quarter)))
    found = pd.concat(rows, ignore_index=True)
    return found[found.known_on.to_numpy("datetime64[D]") <= DAY].reset_index(drop=True)


def feature(market: Market) -> pd.DataFrame:
    """gold.targeting_feature by its SQL text on DuckDB."""
    con = duckdb.connect()
    for name, frame in (registers(market) | acts(market)).items():
        days = [c for c in frame if str(frame[c].dtype).startswith("datetime")]
        con.register("frame", frame)
        replaced = ", ".join(f"CAST({c} AS DATE) AS {c}" for c in days)
        con.execute(f"CREATE TABLE {name} AS SELECT * {f'REPLACE ({replaced})' if days else ''} FROM frame")
        con.unregister("frame")
    return con.execute(to_duckdb(SQL.read_text()), {"currency": "CNY"}).df()


def registers(market: Market) -> dict[str, pd.DataFrame]:
    """Listings, shops, operators, samples and their conclusions by the name of their table in the text."""
    world, bought = market.world, sampled(market)
    listings, shops = world.listings, world.shops
    stated = goods(world, np.arange(len(listings)))
    seller = world.enterprises.iloc[shops["enterprise"].to_numpy()]
    columns = "sample_id listing_id platform_code shop_id category_code brand seller_name seller_region_code"
    columns += " producer_uscc producer_name"
    page = ["listing_id", "platform_code", "shop_id", "category_code", "brand", "price", "standard_no"]
    return {
        "silver_listing": stated[[*page, "producer_uscc", "producer_name"]].assign(
            certificate_no=objects(listings["certificate_no"]),
            listed_on=pd.to_datetime(listings["listed_on"]).to_numpy(),
            delisted_on=pd.to_datetime(listings["delisted_on"]).to_numpy(),
            _currency="CNY",
        ),
        "silver_shop": pd.DataFrame(
            {
                "shop_id": objects(shops["shop_id"]),
                "platform_code": objects(world.platforms["platform_code"])[shops["platform"].to_numpy()],
                "opened_on": pd.to_datetime(shops["opened_on"]).to_numpy(),
                "region_code": objects(seller["region_code"]),
            }
        ),
        "silver_shop_operator": pd.DataFrame(
            {"shop_id": objects(shops["shop_id"]), "enterprise_id": objects(seller["uscc"])}
        ).dropna(),
        "silver_sample": bought[columns.split()].assign(
            plan_id="chance", purchased_on=pd.to_datetime(bought["ordered_on"]), channel="online"
        ),
        "gold_standing_conclusion": pd.DataFrame(
            {
                "sample_id": bought["sample_id"],
                "stage": "first",
                "outcome": bought["outcome"],
                "issued_on": pd.to_datetime(bought["known_on"]),
            }
        ),
        "silver_sampling_plan": pd.DataFrame({"plan_id": ["chance"], "type": "probability"}),
        "gold_sampling_proposal": pd.DataFrame({"frame_month": [pd.Timestamp(FRAME)]}),
    }


def acts(market: Market) -> dict[str, pd.DataFrame]:
    """Order lines, reviews and complaints up to the last day."""
    world, lines, reviews, matters = market.world, [], [], []
    ids, level = objects(world.listings["listing_id"]), usual(market)
    shops = objects(world.shops["shop_id"])[world.listings["shop"].to_numpy()]
    for month in world.months:
        for platform in range(len(world.platforms)):
            one = trade(world, platform, month)
            of = one.lines["listing"].to_numpy()
            lines.append(one.lines.assign(listing_id=ids[of], shop_id=shops[of]))
            reviews.append(one.reviews.assign(listing_id=ids[of[one.reviews["line"].to_numpy()]]))
    for month in months(world):
        matters.append(complaints(market, month, level)[0])
    order, review, matter = (pd.concat(rows, ignore_index=True) for rows in (lines, reviews, matters))
    order, review = (
        rows.assign(**{name: pd.to_datetime(rows[name]) for name in days})
        for rows, days in ((order, ("ordered_on", "returned_on")), (review, ("reviewed_on",)))
    )
    order["return_reason"] = np.where(order["for_quality"], "quality", NOTHING)
    matter = matter.assign(
        received_on=pd.to_datetime(matter["received_on"]), quality=matter["quality"].astype(bool)
    )
    return {
        "silver_transaction": order.loc[
            order["ordered_on"] <= DAY,
            ["listing_id", "shop_id", "ordered_on", "returned_on", "return_reason", "quantity"],
        ],
        "silver_review": review.loc[review["reviewed_on"] <= DAY, ["listing_id", "reviewed_on", "rating"]],
        "silver_complaint": matter[["received_on", "quality", "kind", "listing_id", "shop_id"]],
    }
