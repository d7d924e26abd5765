"""Complaints, reports and enquiries of consumers, which the complaint centre (channel 12365) and the hotline
(12345) file: there are more where more goods fail. A matter is what one consumer complains of; it may come
through both channels."""

from __future__ import annotations

import numpy as np
import pandas as pd

from jobs.arrays import NOTHING
from jobs.simulate.country.authorities.days import NEVER, after, working_days_after
from jobs.simulate.country.authorities.goods import Market, goods
from jobs.simulate.country.authorities.people import identity_numbers, telephones
from jobs.simulate.country.authorities.words import CONTACTS, ENQUIRIES, OTHER_COMPLAINTS
from jobs.simulate.country.hazard_words import COMPLAINTS, COMPLAINTS_ELSE, hazards_of
from jobs.simulate.country.streams import stream
from jobs.simulate.country.texts import digits, joined, picked
from jobs.simulate.country.trade import n_lines, outbreak_hazards

# Matters of an order line if nothing fails more than usual: 6 of 10,000 orders, 4 of them for quality, from
# 1 to 8 by category. China's market regulators received 24.1 million complaints and reports in 2024 (SAMR,
# analysis of consumers' complaints and reports of 2024), when 175 billion parcels were sent (State Post
# Bureau): 1.4 of 10,000 parcels; what platforms settle themselves comes on top.
MATTERS = 4.7e-4
LEAST = 3  # matters of a month at least, by expectation, in a country of any size
ANYWAY = 0.25  # share of the matters that does not depend on how many goods fail
TWICE = 0.1  # share of the matters that come through both channels
TWO_IN_ONE = 0.02  # share of the letters that hold a second complaint
CONTACT = 0.15  # share of the texts with a telephone number, identity number or e-mail address
# Share of the complaints on which a decision is late. Offices publish from 74.7 % of complaints closed in
# time (Guangyuan, first quarter of 2022) to 99.8 % looked into in time (mean of the nation in May 2024, as
# the market regulator of Ulanqab states it). Other steps of authorities and platforms are late as often.
LATE = 0.07


def usual(market: Market) -> float:
    """Return the average share (0–1) of failing units among the goods sold in the first month of the
    history: the level by which `complaints` measures whether goods are worse than usual."""
    first = np.datetime64(market.world.start, "M")
    units = market.units(first)
    return float(np.average(market.failing(first), weights=units))


def complaints(market: Market, month: np.datetime64, level: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return two frames of a month: silver.complaint, one row per complaint of either channel, sorted by
    day, and the personal data in their texts, one row per value (complaint_id, kind, value).

    ``month``: datetime64[M]; ``level``: the result of `usual`. Hidden columns of complaints: `_channel`
    (centre or hotline), `_known`, `_listing` (row of World.listings), `_opened_on` (day on which a case is
    opened, NaT: none).
    """
    world, rng = market.world, stream(market.world.seed, "complaints", str(month))
    units, fails = market.units(month), market.failing(month)
    per_unit = ANYWAY + (1 - ANYWAY) * fails / level
    expected = (
        MATTERS
        * n_lines(world, month.astype("datetime64[D]").astype(object)).sum()
        * float(np.average(per_unit, weights=units))
    )
    size = int(rng.poisson(max(LEAST, expected)))
    edges = np.cumsum(units * per_unit)
    listing = np.searchsorted(edges, rng.random(size) * edges[-1], side="right").clip(max=len(edges) - 1)
    about_failure = rng.random(size) < 1 - ANYWAY / per_unit[listing]
    day = after(month.astype("datetime64[D]"), rng.integers(0, 28, size) + rng.integers(0, 12, size))
    rows = _matters(rng, month, listing, about_failure, day)
    return _handled(market, rng, rows, month)


def _matters(
    rng: np.random.Generator,
    month: np.datetime64,
    listing: np.ndarray,
    about_failure: np.ndarray,
    day: np.ndarray,
) -> pd.DataFrame:
    """One row a complaint: a letter with two gives two, a matter that comes through two channels gives two
    with one matter_id."""
    size, stamp = len(listing), str(month).replace("-", "")
    rows = pd.DataFrame(
        {
            "listing": listing,
            "quality": about_failure,
            "received_on": day,
            "letter": np.arange(size),
            "part": 1,
        }
    )
    rows["who"], rows["_channel"] = np.arange(size), np.where(rng.random(size) < 0.55, "centre", "hotline")
    second = rows[rng.random(size) < TWO_IN_ONE].assign(part=2)
    second["listing"] = rng.permutation(second.listing.to_numpy())
    rows = pd.concat([rows, second], ignore_index=True)
    rows["matter_id"] = joined(f"SX-{stamp}-", digits(np.arange(len(rows)) + 1, 6)).to_pylist()
    again = rows[rng.random(len(rows)) < TWICE].copy()
    again["_channel"] = np.where(again["_channel"] == "centre", "hotline", "centre")
    again["received_on"] = after(again.received_on.to_numpy("datetime64[D]"), rng.integers(0, 6, len(again)))
    rows = pd.concat([rows, again], ignore_index=True).sort_values(
        ["received_on", "matter_id", "_channel"], ignore_index=True
    )
    prefix = rows["_channel"].map({"centre": "TS", "hotline": "RX"})
    rows["complaint_id"] = joined(
        prefix,
        f"-{stamp}-",
        digits(rows.letter.to_numpy() + 1, 6),
        "-",
        digits(rows.part.to_numpy(), 1),
    ).to_pylist()
    return rows


def _handled(
    market: Market, rng: np.random.Generator, rows: pd.DataFrame, month: np.datetime64
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return two tables of a month: silver.complaint, whose rows are handled as their kind asks, some too
    late; and the personal data in their texts. ``rows``: as `_matters` returns them."""
    size, described = len(rows), goods(market.world, rows.listing.to_numpy())

    def days(late: np.ndarray | float, usual: tuple[int, int], too_many: tuple[int, int]) -> np.ndarray:
        return np.where(rng.random(size) < late, rng.integers(*too_many, size), rng.integers(*usual, size))

    kind = np.where(
        rng.random(size) < 0.07, "enquiry", np.where(rng.random(size) < 0.2, "report", "complaint")
    ).astype(object)
    received, late = rows.received_on.to_numpy("datetime64[D]"), rng.random(size) < LATE
    complaint, report = kind == "complaint", kind == "report"
    decided = working_days_after(received, days(late, (1, 5), (16, 30)))
    decided = np.where(complaint & (rng.random(size) < 0.97), decided, NEVER)
    takes = ~np.isnat(decided) & (rng.random(size) < 0.85)
    accepted = np.where(np.isnat(decided), None, takes)
    mediated = np.where(takes, working_days_after(decided, days(0.05, (3, 38), (60, 75))), NEVER)
    told_on = working_days_after(mediated, days(0.05, (1, 5), (16, 25)))
    extended = report & (rng.random(size) < 0.15)
    verified = np.where(extended & ~late, rng.integers(16, 22, size), days(late, (3, 11), (45, 60)))
    verified = np.where(report, working_days_after(received, verified), NEVER)
    named, opens = report & (rng.random(size) < 0.7), report & (rng.random(size) < 0.5)
    case = np.where(report, after(verified, rng.integers(1, 8, size)), NEVER)
    reporter = np.where(named, working_days_after(case, days(0.06, (1, 3), (15, 25))), NEVER)
    text, contacts = _texts(market, rng, rows, described, kind, month)
    people = complainants(market, month, int(rows.who.max()) + 1 if size else 0)
    online = rng.random(size) >= 0.05
    table = pd.DataFrame(
        {
            "complaint_id": rows.complaint_id,
            "received_on": received,
            "kind": kind,
            "channel": rows["_channel"].map({"centre": "12365", "hotline": "12345"}),
            "matter_id": rows.matter_id,
            "platform_code": described.platform_code,
            "shop_id": np.where(online, described.shop_id, None),
            "listing_id": np.where(online, described.listing_id, None),
            "category_code": described.category_code,
            "region_code": described.seller_region_code,
            "text": text,
            "quality": rows.quality,
            "complainant_ref": people[rows.who.to_numpy()] if size else [],
            "accepted": accepted,
            "decided_on": decided,
            "mediation_ended_on": mediated,
            "mediation_result": np.where(
                np.isnat(mediated), NOTHING, picked(rng, ["agreed", "failed", "withdrawn"], size, [60, 32, 8])
            ),
            "parties_told_on": told_on,
            "extended": np.where(report, extended, None),
            "verified_on": verified,
            "named": np.where(report, named, None),
            "case_decided_on": case,
            "reporter_told_on": reporter,
            "_channel": rows["_channel"],
            "_known": received,
            "_listing": rows.listing,
            "_opened_on": np.where(opens, after(case, rng.integers(1, 5, size)), NEVER),
        }
    )
    return table, contacts


def complainants(market: Market, month: np.datetime64, size: int) -> np.ndarray:
    """Return the identity numbers of ``size`` complainants of a month, an object array; a fifth of them are
    from a small group that complains again and again."""
    world = market.world
    often = identity_numbers(world, max(20, world.records // 2000), "complainants")
    rng, new = (
        stream(world.seed, "complainants", str(month)),
        identity_numbers(world, size, "complainants", month),
    )
    return np.where(rng.random(size) < 0.2, often[rng.integers(0, len(often), size)], new)


def _quality(
    market: Market, rng: np.random.Generator, described: pd.DataFrame, month: np.datetime64
) -> np.ndarray:
    """What a complaint of quality says of each of the goods: half name a hazard that such goods have, of
    those of an outbreak nine in ten the outbreak's."""
    struck = outbreak_hazards(
        market.world, month.astype("datetime64[D]").astype(object), described.listing.to_numpy()
    )
    luck = rng.random((len(described), 3))
    words = np.array([COMPLAINTS_ELSE[int(u * len(COMPLAINTS_ELSE))] for u in luck[:, 2]], object)
    for row in np.flatnonzero(luck[:, 0] < np.where(pd.isna(struck), 0.5, 0.9)):
        usual = hazards_of(described.category_code.iloc[row][:2])
        hazard = struck[row] or usual[int(luck[row, 1] * len(usual))]
        words[row] = COMPLAINTS[hazard][int(luck[row, 2] * len(COMPLAINTS[hazard]))]
    return words


def _texts(
    market: Market,
    rng: np.random.Generator,
    rows: pd.DataFrame,
    described: pd.DataFrame,
    kind: np.ndarray,
    month: np.datetime64,
) -> tuple[np.ndarray, pd.DataFrame]:
    """The words of each complaint, some with a telephone or identity number or an e-mail address."""
    size = len(rows)
    words = np.where(
        kind == "enquiry",
        picked(rng, ENQUIRIES, size),
        np.where(rows.quality, _quality(market, rng, described, month), picked(rng, OTHER_COMPLAINTS, size)),
    )
    text = np.array([w.format(p) for w, p in zip(words, described["product"], strict=True)], object)
    contact = np.where(rng.random(size) < CONTACT, picked(rng, list(CONTACTS), size, [70, 10, 20]), NOTHING)
    base = (month.astype(int) % 600) * 40_000
    values = {
        "phone": lambda at: telephones(base + at),
        "email": lambda at: np.array(
            joined("hecheng", digits(base + at, 1), "@example.com").to_pylist(), object
        ),
        "id": lambda at: identity_numbers(market.world, len(at), "texts", month),
    }
    found = []
    for what, make in values.items():
        at = np.flatnonzero(contact == what)
        if not len(at):
            continue
        value = make(at)
        text[at] = text[at] + np.array([CONTACTS[what].format(v) for v in value], object)
        found.append(
            pd.DataFrame(
                {"complaint_id": rows.complaint_id.to_numpy(object)[at], "kind": what, "value": value}
            )
        )
    return text, pd.concat(found, ignore_index=True) if found else pd.DataFrame()
