"""How regions and platforms act on what the exchange sends them: cases that follow reports of counterfeits,
and acknowledgements of leads, takedown orders and notices of joint restriction. Most act in time, some
never.

A lead is a notification of a finding to the region of its seller or producer. Of a confirmed counterfeit the
seller's region opens a case; no one is sent a lead about its producer, as its label is no evidence. What
depends on an item is drawn by its identifier, so items that later nights add change nothing.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from jobs.arrays import NOTHING
from jobs.simulate.country.authorities.days import DAY, NEVER, after
from jobs.simulate.country.authorities.enforcement import BASIS, offices, province
from jobs.simulate.country.authorities.goods import Market, goods, objects
from jobs.simulate.country.texts import joined

D = "datetime64[D]"
OPENS, IN_TIME = 0.9, 0.9  # share of confirmed counterfeits that become a case; of these within two weeks
CLOSES = 0.85  # share of the cases that are closed
VERIFIES, SWIFT = 0.88, 0.88  # share of leads that their region looks into; of these within two weeks
# Shares of notices to platforms that are answered, of these within three days, and of all that are refused.
ANSWERS, PROMPT, REFUSES = 0.93, 0.92, 0.02
RESULTS = {"penalised": 0.7, "warned": 0.85, "no_violation": 0.93, "transferred": 1.0}  # cumulated shares


def chance(seed: int, names: np.ndarray, what: str) -> np.ndarray:
    """Return a pseudo-random number in [0, 1) for each identifier in ``names``, the same in every run of a
    seed. ``what``: name of the draw, so that two draws about one identifier are independent."""
    keys = np.asarray(names, object).astype(str) + f"/{what}"
    return pd.util.hash_array(keys.astype(object), hash_key=f"{seed:016d}"[-16:]) / 2.0**64


def _between(luck: np.ndarray, low: int, high: int) -> np.ndarray:
    """Whole days from ``low`` to before ``high``."""
    return low + (luck * (high - low)).astype(int)


def confirmed(market: Market, reports: pd.DataFrame) -> pd.DataFrame:
    """Return the reports that were verified as counterfeit, one row each, in their order: report_id,
    verified_on, and the columns of `goods` for the listing. ``reports``: of `registers.counterfeit_reports`.
    """
    true = reports[(reports["finding"] == "counterfeit") & reports["verified_on"].notna()]
    true = true.reset_index(drop=True)
    about = goods(market.world, true["_listing"].to_numpy(int))
    return pd.concat([true[["report_id", "verified_on"]], about], axis=1)


def counterfeit_cases(market: Market, reports: pd.DataFrame) -> pd.DataFrame:
    """Return the cases against the sellers of confirmed counterfeits, one row per case, with the columns of
    `enforcement.cases`. Nine in ten reports become a case. ``reports``: of `registers.counterfeit_reports`.
    """
    rows = confirmed(market, reports)
    seed, names = market.world.seed, rows["report_id"].to_numpy(object)
    rows = rows[chance(seed, names, "opens") < OPENS].reset_index(drop=True)
    names = rows["report_id"].to_numpy(object)
    in_time, days = chance(seed, names, "in time") < IN_TIME, chance(seed, names, "opened")
    opened = after(
        rows["verified_on"].to_numpy(D), np.where(in_time, _between(days, 2, 15), _between(days, 25, 60))
    )
    closed = np.where(
        chance(seed, names, "closes") < CLOSES,
        after(opened, _between(chance(seed, names, "closed"), 20, 85)),
        NEVER,
    )
    luck = chance(seed, names, "result")
    place = np.searchsorted(list(RESULTS.values()), luck).clip(max=len(RESULTS) - 1)
    result = np.array(list(RESULTS), object)[place]
    region = rows["seller_region_code"].to_numpy(object)
    return pd.DataFrame(
        {
            "case_id": joined("AJ-", rows["report_id"]).to_pylist(),
            "opened_on": opened,
            "closed_on": closed,
            "_basis": "counterfeit",
            "sample_id": None,
            "complaint_id": None,
            "region_code": region,
            "operator_uscc": rows["seller_uscc"].to_numpy(object),
            "_name": np.where(rows["seller_person"], rows["seller_person_name"], rows["seller_name"]),
            "_type": rows["seller_type"].to_numpy(object),
            "_producer": rows["producer_region_code"].to_numpy(object),
            "_listing": rows["listing_id"].to_numpy(object),
            "shop_id": rows["shop_id"].to_numpy(object),
            "_platform": rows["platform_code"].to_numpy(object),
            "office": offices(market.world, region),
            "cause": "销售假冒产品",
            "legal_basis": BASIS["counterfeit"],
            "result": np.where(np.isnat(closed), NOTHING, result),
            "_office": province(region),
            "_known": after(opened, 1),
        }
    )


def sample_leads(market: Market, samples: pd.DataFrame, conclusions: pd.DataFrame) -> pd.DataFrame:
    """Return the acknowledgements of leads about failing samples and samples referred before the test, by
    the provinces of seller and producer: rows of silver.acknowledgement, two (received, done) per lead that
    is looked into. The producer of a sample that names none is the one that the page of its listing names;
    that of a suspected counterfeit is sent no lead.

    ``samples``, ``conclusions``: all rows of silver.sample and silver.conclusion.
    """
    failed = conclusions[(conclusions["stage"] == "first") & (conclusions["outcome"] == "nonconforming")]
    issued = samples["sample_id"].map(failed.set_index("sample_id")["issued_on"])
    left = samples["exited_on"].where(samples["exit_kind"] == "violation")
    region = samples["producer_region_code"].fillna(_named_by_page(market, samples["listing_id"]))
    region = region.mask(samples["exit_reason"] == "suspected_counterfeit")
    rows = samples.assign(found=issued.fillna(left), producer_region_code=region)
    parts = []
    for letter, column in (("J", "seller_region_code"), ("S", "producer_region_code")):
        known = rows[rows["found"].notna() & rows[column].notna()]
        item = np.array(joined(f"XS-{letter}-", known["sample_id"]).to_pylist(), object)
        parts.append(_verified(market, item, objects(known[column]), known["found"].to_numpy(D)))
    return pd.concat(parts, ignore_index=True)


def _named_by_page(market: Market, listing_id: pd.Series) -> pd.Series:
    """The region of the producer that the page of each listing names; None for none, and without a
    listing."""
    listings, enterprises = market.world.listings, market.world.enterprises
    claimed = pd.Series(listings["claimed"].to_numpy(), objects(listings["listing_id"]))
    producer = listing_id.map(claimed).fillna(-1).to_numpy(int)
    regions = np.append(objects(enterprises["region_code"]), NOTHING)
    return pd.Series(regions[producer], listing_id.index, dtype=object)


def _verified(market: Market, item: np.ndarray, region: np.ndarray, found: np.ndarray) -> pd.DataFrame:
    """That the province of each ``region`` has the lead, and that it was looked into: columns of
    silver.acknowledgement. Some never look into theirs."""
    sent, seed = after(found, 1), market.world.seed
    takes, swift = chance(seed, item, "verifies") < VERIFIES, chance(seed, item, "swift") < SWIFT
    day = chance(seed, item, "days")
    done = after(sent, np.where(swift, _between(day, 5, 16), _between(day, 28, 70)))
    received = after(sent, _between(chance(seed, item, "received"), 0, 4))
    above = province(region)
    who = offices(market.world, above)
    code = np.array([None if c is None else f"region_{c}" for c in above], object)
    parts = [
        _rows(item[takes], "lead", who[takes], code[takes], days[takes], status)
        for days, status in ((received, "received"), (done, "done"))
    ]
    return pd.concat(parts, ignore_index=True)


def notices(market: Market, items: pd.DataFrame) -> pd.DataFrame:
    """Return what platforms acknowledge of the items that the exchange sent them: rows of
    silver.acknowledgement, at most one per item (status received, done or refused). ``items``: one row per
    item: item_id, item_kind, recipient (platform code), sent_on."""
    item, seed = items["item_id"].to_numpy(object), market.world.seed
    luck, day = chance(seed, item, "answers"), chance(seed, item, "day")
    prompt = chance(seed, item, "prompt") < PROMPT
    when = after(items["sent_on"].to_numpy(D), np.where(prompt, _between(day, 0, 4), _between(day, 8, 25)))
    status = np.select([luck < REFUSES, luck < 0.5], ["refused", "received"], "done").astype(object)
    kept = luck < ANSWERS
    kinds, platforms = items["item_kind"].to_numpy(object), market.world.platforms
    code = items["recipient"].map(lambda c: f"platform_{c}").to_numpy(object)
    names = dict(zip(platforms["platform_code"], platforms["name_zh"], strict=True))
    who = items["recipient"].map(names).to_numpy(object)
    return _rows(item[kept], kinds[kept], who[kept], code[kept], when[kept], status[kept])


def restrictions(market: Market, entries: pd.DataFrame, penalties: pd.DataFrame) -> pd.DataFrame:
    """Return the notices of joint restriction to the platforms of each restricted operator's shops, one row
    per ground and shop: item_id, item_kind, recipient (platform code), sent_on.

    ``entries``, ``penalties``: all rows of silver.dishonesty_entry and silver.penalty, which are the
    grounds; operators without a credit code get no notice.
    """
    world = market.world
    codes = objects(world.platforms["platform_code"])
    shops = pd.DataFrame(
        {
            "uscc": objects(world.enterprises["uscc"])[world.shops["enterprise"].to_numpy()],
            "shop_id": objects(world.shops["shop_id"]),
            "recipient": codes[world.shops["platform"].to_numpy()],
        }
    ).dropna(subset=["uscc"])
    names = ["basis_id", "uscc", "since"]
    listed = entries[["entry_id", "operator_uscc", "listed_on"]].set_axis(names, axis=1)
    fined = penalties[["penalty_id", "operator_uscc", "final_on"]].set_axis(names, axis=1)
    grounds = pd.concat([listed.assign(basis="LC-SX-"), fined.assign(basis="LC-CF-")]).dropna()
    met = grounds.merge(shops, on="uscc").sort_values(["since", "basis_id", "shop_id"], ignore_index=True)
    return pd.DataFrame(
        {
            "item_id": joined(met["basis"], met["basis_id"], "-", met["shop_id"]).to_pylist(),
            "item_kind": "restriction",
            "recipient": met["recipient"].to_numpy(object),
            "sent_on": met["since"].to_numpy(D) + 2 * DAY,
        }
    )


def _rows(
    item: np.ndarray, kind: object, who: np.ndarray, code: np.ndarray, day: np.ndarray, status: object
) -> pd.DataFrame:
    """``who``: the names of the recipients; ``code``: those of their outboxes."""
    table = pd.DataFrame(
        {
            "acknowledged_on": np.asarray(day, D),
            "recipient": who,
            "recipient_code": code,
            "item_id": item,
            "item_kind": kind,
            "status": status,
            "_known": np.asarray(day, D),
        }
    )
    mark = table["status"].map({"received": "HZ-", "done": "HB-", "refused": "HT-"})
    note = np.where(table["status"] == "refused", "【合成】非本单位事项，退回。", NOTHING)
    return table.assign(acknowledgement_id=joined(mark, table["item_id"]).to_pylist(), note=note)
