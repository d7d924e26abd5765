"""From a draw to a sample: the purchase, the parcel, an exit before the test, the laboratory, and whether
its goods fail. ``quarter`` is the first month of a quarter as text, such as 202601."""

from __future__ import annotations

import numpy as np
import pandas as pd

from jobs.arrays import NOTHING
from jobs.simulate.country.authorities.days import DAY, NEVER, after
from jobs.simulate.country.authorities.goods import Market, goods, objects, unlawful_chances
from jobs.simulate.country.authorities.words import VOID_EXITS
from jobs.simulate.country.streams import stream
from jobs.simulate.country.texts import digits, joined, picked
from jobs.simulate.country.words import SYNTHETIC

NEVER_BOUGHT = 0.006  # share of the planned purchases whose goods are no longer sold on the day
OFFLINE = 0.08  # share of targeted and follow-up samples that are not bought online
NOT_JUDGED = 0.015  # share of tested samples without a verdict
MISSED = 0.1  # share of failing backup samples whose failure a re-inspection does not find
OVERLOOKED = 0.004  # share of failing samples of which the laboratory's verdict contradicts its values


def purchases(market: Market, draws: pd.DataFrame, quarter: str) -> pd.DataFrame:
    """Return one row per planned purchase of a quarter, in order of their days, with all that happens to the
    goods up to the laboratory.

    ``draws``: one row per drawn listing: plan_id office type listing stratum inclusion_probability units_sold
    planned_on. Added are sampling_order_id, sample_id, bought (false: only planned), ordered_on, produced_on,
    received_on, exit_kind (`violation`: referred before the test; `void`: lost, or not fit for the test;
    None: none), exit_reason, exited_on, offline (bought in a shop or from the producer), lab (row of
    World.labs), rate (true failing rate, 0–1), luck (random number 0–1: the goods fail where it is below
    ``rate``), and the columns of `goods`. ``quarter``: its first month as text, such as 202601."""
    draws = draws.sort_values(["planned_on", "plan_id", "listing"], ignore_index=True)
    rng, size = stream(market.world.seed, "purchases", quarter), len(draws)
    ids = joined(draws.office, f"-{quarter}-", digits(np.arange(size) + 1, 6))
    draws["sampling_order_id"], draws["sample_id"] = (
        joined("DD-", ids).to_pylist(),
        joined("YP-", ids).to_pylist(),
    )
    draws["bought"] = rng.random(size) >= NEVER_BOUGHT
    draws["offline"] = (
        draws.type.isin(["targeted", "follow_up"]).to_numpy() & draws.bought & (rng.random(size) < OFFLINE)
    )
    ordered = np.where(draws.bought, draws.planned_on.to_numpy("datetime64[D]"), NEVER)
    kind, reason = _exits(market, draws, rng)
    received = after(ordered, np.where(draws.offline, 0, rng.integers(2, 7, size)))
    received = np.where(np.isin(reason, ["lost", "cancelled_by_seller"]), NEVER, received)
    gone = np.where(reason == "cancelled_by_seller", rng.integers(1, 4, size), rng.integers(8, 16, size))
    exited = np.where(np.isnat(received), after(ordered, gone), after(received, rng.integers(0, 4, size)))
    draws["ordered_on"], draws["received_on"], draws["exited_on"] = (
        ordered,
        received,
        np.where(pd.isna(kind), NEVER, exited),
    )
    draws["exit_kind"], draws["exit_reason"] = kind, reason
    draws["produced_on"] = after(ordered, -rng.integers(15, 320, size))
    month, rate = draws.planned_on.to_numpy("datetime64[M]"), np.empty(size)
    for one in np.unique(month):
        rate[month == one] = market.failing(one, draws.listing.to_numpy()[month == one])
    draws["rate"], draws["luck"] = rate, rng.random(size)
    able = capable(market)[market.parent[draws.listing.to_numpy()]]
    draws["lab"] = (rng.random(able.shape) * able).argmax(axis=1)
    return pd.concat([draws, goods(market.world, draws.listing.to_numpy()).drop(columns="listing")], axis=1)


def _exits(market: Market, draws: pd.DataFrame, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Kind and reason of each draw's exit before the test (exit_kind and exit_reason of `purchases`), None
    where it stays. A draw leaves at most once, for a reason of `unlawful_chances` (`violation`) or VOID_EXITS
    (`void`); one that was not bought never does."""
    luck, below = rng.random(len(draws)), np.zeros(len(draws))
    kind, reason = np.full(len(draws), None, object), np.full(len(draws), None, object)
    rows, bought, online = draws.listing.to_numpy(), draws.bought.to_numpy(), ~draws.offline.to_numpy()
    chances = [("violation", name, chance[rows]) for name, chance in unlawful_chances(market.world).items()]
    chances += [("void", name, np.full(len(draws), chance)) for name, chance in VOID_EXITS.items()]
    for what, name, chance in chances:
        here = (
            bought
            & (luck >= below)
            & (luck < below + chance)
            & (online | (name not in ("lost", "cancelled_by_seller", "wrong_item")))
        )
        kind[here], reason[here] = what, name
        below = below + chance
    return kind, reason


def capable(market: Market) -> np.ndarray:
    """Return a bool array, level-1 categories (Market.parents) × laboratories (World.labs): whether the
    laboratory is accredited for the category. Of any seven categories that follow each other a laboratory is
    accredited for five."""
    parent, lab = np.arange(len(market.parents))[:, None], np.arange(len(market.world.labs))[None, :]
    return (3 * parent + lab) % 7 > 1


def with_tests(market: Market, bought: pd.DataFrame, quarter: str) -> pd.DataFrame:
    """Return ``bought`` (rows of `purchases`) with what the first test finds of the samples that reach it.

    Added are tested_on, issued_on (NaT: not tested), true_fail (bool), fails (by the laboratory's values),
    outcome (its verdict: conforming, nonconforming or not_judged; None: not tested), second_lab (row) and
    second_fails (what a re-inspection finds: the same goods in another laboratory). ``quarter``: as in
    `purchases`."""
    rng, size = stream(market.world.seed, "tests", quarter), len(bought)
    labs = market.world.labs
    bias, speed, lab = labs["bias"].to_numpy(), labs["speed_days"].to_numpy(), bought.lab.to_numpy()
    luck, rate = bought.luck.to_numpy(), bought.rate.to_numpy()
    reaches = bought.bought.to_numpy() & bought.exit_kind.isna().to_numpy()
    days = np.maximum(3, np.round(speed[lab] * rng.lognormal(0, 0.25, size))).astype(int) + rng.integers(
        1, 4, size
    )
    tested_on = np.where(reaches, after(bought.received_on.to_numpy("datetime64[D]"), days), NEVER)
    judged = rng.random(size) >= NOT_JUDGED
    fails = judged & (luck < rate + bias[lab])
    overlooked = fails & (rng.random(size) < OVERLOOKED)
    able = capable(market)[market.parent[bought.listing.to_numpy()]]
    able = able & (np.arange(len(labs))[None, :] != lab[:, None])
    second = (rng.random(able.shape) * able).argmax(axis=1)
    again = (luck < rate + bias[second]) & (rng.random(size) >= MISSED)
    outcome = np.where(
        ~judged, "not_judged", np.where(fails & ~overlooked, "nonconforming", "conforming")
    ).astype(object)
    return bought.assign(
        tested_on=tested_on,
        issued_on=after(tested_on, rng.integers(1, 5, size)),
        true_fail=luck < rate,
        fails=fails & reaches,
        outcome=np.where(reaches, outcome, NOTHING),
        second_lab=second,
        second_fails=again,
    )


def sample_table(market: Market, bought: pd.DataFrame, quarter: str) -> pd.DataFrame:
    """Return silver.sample, one row per purchase that was made, with `_office` and `_known` (the day on which
    the regulator enters it). ``bought``: rows of `with_tests`. ``quarter``: as in `purchases`."""
    rng, rows = stream(market.world.seed, "samples", quarter), bought[bought.bought].reset_index(drop=True)
    size, online, reason = len(rows), ~rows.offline.to_numpy(), rows.exit_reason.to_numpy()
    lost = np.isin(reason, ["lost", "cancelled_by_seller"])
    channel = np.where(online, "online", picked(rng, ["shop", "production"], size, [7, 3]))
    production = channel == "production"
    counties = market.world.references.regions
    same = (
        "sample_id plan_id category_code brand stratum inclusion_probability exit_kind "
        "exit_reason exited_on produced_on"
    ).split()
    table = rows[same].copy()
    table["purchased_on"] = rows.ordered_on
    for column in ("sampling_order_id", "platform_code", "shop_id", "listing_id"):
        table[column] = np.where(online, rows[column], None)
    table["price"] = np.round(rows.price.to_numpy() * rng.uniform(0.85, 1.0, size), 2)
    table["product_name"] = rows["product"] + SYNTHETIC
    table["batch_no"] = joined(
        digits(rng.integers(1, 99, size), 2),
        picked(rng, list("ABCD"), size),
        digits(rng.integers(0, 1000, size), 3),
    ).to_pylist()
    table["seller_name"] = np.where(production, rows.producer_name, rows.seller_name)
    table["seller_region_code"] = np.where(production, rows.producer_region_code, rows.seller_region_code)
    for column in ("producer_name", "producer_uscc", "producer_region_code"):
        table[column] = np.where(reason == "no_maker", None, rows[column])
    table["consumer_region_code"] = counties.region_code.to_numpy(object)[
        rng.choice(len(counties), size, p=market.world.buyers)
    ]
    table["channel"], table["units_sold"] = channel, np.where(online, rows.units_sold, np.nan)
    for column in ("has_order_page", "has_unboxing_record", "has_seal_photo"):
        kept = rng.random(size) < np.where(reason == "invalid_evidence", 0.4, 0.985)
        table[column] = np.where(lost, column == "has_order_page", kept)
    table["seal_intact"] = np.where(lost, None, reason != "broken_seal")
    table["lab_id"] = np.where(lost, None, objects(market.world.labs["lab_id"])[rows.lab.to_numpy()])
    known = np.where(rows.received_on.isna(), rows.exited_on, rows.received_on).astype("datetime64[D]")
    return table.assign(_office=rows.office, _known=known + DAY)


def order_table(market: Market, bought: pd.DataFrame, buyers: pd.DataFrame, quarter: str) -> pd.DataFrame:
    """Return silver.sampling_order, one row per planned online purchase, with `_office`, `_known`, and how
    and when an order ended (`_end`, `_ended_on`).

    ``bought``: rows of `with_tests`; ``buyers``: of `people.buyers` (all clear): the same few buy for an
    office, the first ones most. ``quarter``: as in `purchases`."""
    rows = bought[~bought.offline].reset_index(drop=True)
    rng, size = stream(market.world.seed, "orders", quarter), len(rows)
    mine, luck, who = buyers.groupby("office").indices, rng.random(size), np.empty(size, np.int64)
    for office, places in rows.groupby("office").indices.items():
        who[places] = mine[office][(luck[places] ** 2 * len(mine[office])).astype(int)]
    table = rows[
        ("sampling_order_id plan_id stratum platform_code shop_id listing_id ordered_on received_on").split()
    ].copy()
    for column in ("buyer", "account", "address"):
        table[f"{column}_ref"] = objects(buyers[column])[who]
    table["amount"] = np.where(rows.bought, np.round(rows.price, 2), np.nan)
    end = np.where(
        rows.bought,
        rows.exit_reason.map({"lost": "lost", "cancelled_by_seller": "cancelled"}).to_numpy(object),
        "cancelled",
    )
    ended = np.where(~rows.bought, rows.planned_on, np.where(pd.isna(end), NEVER, rows.exited_on)).astype(
        "datetime64[D]"
    )
    return table.assign(
        _end=end,
        _ended_on=ended,
        _office=rows.office,
        _known=rows.planned_on.to_numpy("datetime64[D]") - 2 * DAY,
    )
