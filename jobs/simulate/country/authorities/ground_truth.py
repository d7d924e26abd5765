"""What is true of the authorities' work and is in none of their files: tests compare the system's results
with it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from jobs.simulate.country.authorities.days import DAY, first_day, horizon, last_day
from jobs.simulate.country.authorities.dossier import Dossier
from jobs.simulate.country.authorities.goods import Market, objects, unlawful_chances
from jobs.simulate.country.counterfeits import courses
from jobs.simulate.country.truth import Truth
from jobs.simulate.country.world import World

D = "datetime64[D]"


def true_rates(market: Market, month: np.datetime64) -> pd.DataFrame:
    """Return the true rates of the goods sold in a month, one row per level-2 category and platform.

    Columns: month, category_code, platform_code, n_listings, units_sold, the true share (0–1) of failing
    goods by listings (listing_rate) and by units (exposure_rate), and both among goods that are not referred
    before the test (tested_listing_rate, tested_exposure_rate: what a probability sample without a biased
    laboratory finds), with the expected numbers of listings and units of these (tested_listings,
    tested_units). ``month``: datetime64[M].
    """
    units, fails = market.units(month), market.failing(month)
    rows = np.flatnonzero(units > 0)
    stays: np.ndarray = 1.0 - sum(unlawful_chances(market.world).values(), np.zeros(len(units)))
    u, p, s = units[rows].astype(float), fails[rows], stays[rows]
    frame = pd.DataFrame(
        {
            "category": market.category[rows],
            "platform": market.platform[rows],
            "n_listings": 1,
            "units_sold": u,
            "f": p,
            "uf": u * p,
            "s": s,
            "sf": s * p,
            "us": u * s,
            "usf": u * s * p,
        }
    )
    sums = frame.groupby(["category", "platform"], as_index=False).sum()
    return pd.DataFrame(
        {
            "month": str(month),
            "category_code": market.categories[sums.category],
            "platform_code": objects(market.world.platforms["platform_code"])[sums.platform],
            "n_listings": sums.n_listings,
            "units_sold": sums.units_sold.astype(np.int64),
            "listing_rate": sums.f / sums.n_listings,
            "exposure_rate": sums.uf / sums.units_sold,
            "tested_listing_rate": sums.sf / sums.s,
            "tested_exposure_rate": sums.usf / sums.us,
            "tested_listings": sums.s,
            "tested_units": sums.us,
        }
    )


def relistings(world: World) -> pd.DataFrame:
    """Return one row per pair of listings with the same counterfeit goods, of which the first was taken down
    and the second was listed by the last night.

    Columns: listing_id, relisted_as (the second listing), taken_down_on, relisted_on, direct (bool: there is
    no listing in between), likeness (barcode, brand_model or title), same_operator (bool), enterprise and
    relisted_by (rows of the two sellers). Goods that came back twice have a pair for each earlier listing.
    """
    listings, names = world.listings, objects(world.listings["listing_id"])
    course = courses(world.seed, listings, first_day(world))
    taken = pd.Series(course["taken"].to_numpy(D), course["row"])
    seller = world.shops["enterprise"].to_numpy()[listings["shop"].to_numpy()]
    listed, before = listings["listed_on"].to_numpy(D), listings["relists"].to_numpy()
    pairs = []
    for later in np.flatnonzero((before >= 0) & (listed <= horizon(world))):
        earlier = before[later]
        while earlier >= 0:
            pairs.append((earlier, later))
            earlier = before[earlier]
    old, new = np.array(pairs, np.int64).reshape(-1, 2).T
    return pd.DataFrame(
        {
            "listing_id": names[old],
            "relisted_as": names[new],
            "taken_down_on": taken.reindex(old).to_numpy(D),
            "relisted_on": listed[new],
            "direct": before[new] == old,
            "likeness": listings["likeness"].to_numpy(object)[new],
            "same_operator": seller[old] == seller[new],
            "enterprise": seller[old],
            "relisted_by": seller[new],
        }
    )


def rings(world: World) -> pd.DataFrame:
    """Return one row per seller with at least one counterfeit on offer; such a seller belongs to a ring.

    Columns: enterprise (row), uscc, ring, n_false (its listings of counterfeits), n_confirmed (those of
    which a report was confirmed by the last night), n_shops and n_platforms (of the confirmed ones).
    """
    listings, everyone = world.listings, world.enterprises
    course = courses(world.seed, listings, first_day(world))
    found = (course["finding"] == "counterfeit") & (course["verified"].to_numpy(D) <= horizon(world))
    confirmed = np.zeros(len(listings), bool)
    confirmed[course["row"].to_numpy()[found.to_numpy()]] = True
    frame = pd.DataFrame(
        {
            "enterprise": world.shops["enterprise"].to_numpy()[listings["shop"].to_numpy()],
            "shop": np.where(confirmed, listings["shop"], -1),
            "platform": np.where(confirmed, listings["platform"], -1),
            "confirmed": confirmed,
        }
    )[listings["counterfeit"].to_numpy(bool)]
    counts = frame.groupby("enterprise", as_index=False).agg(
        n_false=("confirmed", "size"), n_confirmed=("confirmed", "sum"),
        n_shops=("shop", lambda s: s[s >= 0].nunique()),
        n_platforms=("platform", lambda s: s[s >= 0].nunique()),
    )  # fmt: skip
    sellers = everyone.iloc[counts["enterprise"].to_numpy()]
    return counts.assign(uscc=objects(sellers["uscc"]), ring=sellers["ring"].to_numpy())


def write_ground_truth(book: Dossier, truth: Truth) -> None:
    """Add what is true of the authorities' work to ``truth``: the tables true_rates (of the months that the
    history holds whole), sample_truth, plan_truth, reinspection_truth, illegal_history, counterfeit_truth,
    relisting_truth, ring_truth, recall_truth."""
    market, world = book.market, book.market.world
    for month in np.arange(np.datetime64(world.start, "M"), (last_day(world) + DAY).astype("datetime64[M]")):
        _add(truth, "true_rates", true_rates(market, month))
    for name, table in (
        ("samples", "sample_truth"),
        ("reinspections", "reinspection_truth"),
        ("illegal", "illegal_history"),
    ):
        if name in book.truth:
            _add(truth, table, pd.concat(book.truth[name], ignore_index=True))
    drawn = (
        truth.frame("sample_truth")
        .groupby(["plan_id", "type"])
        .agg(n=("true_rate", "size"), mean_true_rate=("true_rate", "mean"))
    )
    filed = set(book.table("sampling_plan").plan_id) if "sampling_plan" in book.tables else set()
    _add(truth, "plan_truth", drawn.reset_index().assign(filed=lambda p: p.plan_id.isin(filed)))
    if "counterfeit_report" in book.tables:
        reports = book.table("counterfeit_report")
        truth.add(
            "counterfeit_truth",
            report_id=reports.report_id,
            counterfeit=world.listings["counterfeit"].to_numpy(bool)[reports["_listing"].to_numpy()],
            relisted_as=reports.relisted_as,
        )
        _add(truth, "relisting_truth", relistings(world))
        _add(truth, "ring_truth", rings(world))
    if "recall" in book.tables:
        recalls = book.table("recall")
        matched = recalls[recalls["_listing"] >= 0]
        truth.add(
            "recall_truth",
            recall_id=matched.recall_id,
            listing_id=objects(world.listings["listing_id"])[matched["_listing"].to_numpy()],
            by_barcode=matched.barcode.notna(),
        )


def _add(truth: Truth, name: str, frame: pd.DataFrame) -> None:
    truth.add(name, **{column: frame[column] for column in frame})
