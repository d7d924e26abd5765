"""Registers: businesses with their changes, decisions on who runs a shop, laboratories, brands and their
reports of counterfeits, certificates, the list of dishonest operators. Functions return a silver table with
hidden columns (see the package)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from jobs.arrays import NOTHING
from jobs.simulate.country.authorities.days import DAY, NEVER, after, first_day
from jobs.simulate.country.authorities.enforcement import offices, province
from jobs.simulate.country.authorities.goods import Market, goods, objects
from jobs.simulate.country.authorities.samples import capable
from jobs.simulate.country.counterfeits import courses
from jobs.simulate.country.identities import usccs
from jobs.simulate.country.streams import stream
from jobs.simulate.country.texts import digits, joined, picked
from jobs.simulate.country.words import CERTIFICATE_DUE, OTHER_KINDS, SYNTHETIC, standard_of
from jobs.simulate.country.world import World

MOVED, RENAMED, GONE = 0.05, 0.02, 0.03  # shares of enterprises in the history
NOTICED = 0.35  # share of relisted goods that the brand owner names in its report
D = "datetime64[D]"


def registration(world: World) -> pd.DataFrame:
    """Return silver.registration: one row per enterprise with a credit code as it was at first, and one
    more, with a later `_known`, for each that changed (moved, was renamed or ended)."""
    rows = world.enterprises[world.enterprises["uscc"].notna()].reset_index(drop=True)
    rng, size, since = stream(world.seed, "registration"), len(rows), first_day(world)
    seller = (rows.role == "trader").to_numpy()
    base = pd.DataFrame(
        {
            "uscc": objects(rows["uscc"]),
            "name": objects(rows["name"]),
            "former_names": [[]] * size,
            "enterprise_type": objects(rows["type"]),
            "region_code": objects(rows["region_code"]),
            "address_text": objects(rows["address"]),
            "phone_ref": objects(rows["phone"]),
            "representative_ref": objects(rows["representative"]),
            "status": "active",
            "registered_on": rows.registered_on.to_numpy(D),
            "cancelled_on": np.full(size, NEVER),
            "industry_code": np.where(seller, "52", "24"),
            "_known": since + rng.integers(0, 10, size) * DAY,
        }
    )
    span, versions = 31 * world.n_months + 20, [base]
    day = since + rng.integers(30, max(31, span), size) * DAY
    luck = rng.random(size)
    moved = base[luck < MOVED].assign(_known=day[luck < MOVED])
    moved["address_text"] = [a + "（新址）" for a in moved.address_text]
    named = (luck >= MOVED) & (luck < MOVED + RENAMED)
    renamed = base[named].assign(_known=day[named])
    renamed["former_names"] = [[n] for n in renamed.name]
    renamed["name"] = [
        n.removesuffix(SYNTHETIC)[:-2] + "新" + n.removesuffix(SYNTHETIC)[-2:] + SYNTHETIC
        for n in renamed.name
    ]
    bad = pd.notna(rows.dishonest_from).to_numpy()
    ended = (luck >= MOVED + RENAMED) & (luck < MOVED + RENAMED + np.where(bad, 0.3, GONE))
    gone = base[ended].assign(_known=day[ended] + DAY, cancelled_on=day[ended])
    gone["status"] = np.where(bad[ended], "revoked", "cancelled")
    versions += [moved, renamed, gone]
    table = pd.concat(versions, ignore_index=True)
    return table.assign(_office=province(table.region_code.to_numpy(object)))


def link_decisions(world: World, number: int) -> pd.DataFrame:
    """Return silver.link_decision, at most ``number`` rows: for shops that filed no credit code, an
    official's decision that an operator runs the shop, or that it does not."""
    rng, shops = stream(world.seed, "link decisions"), world.shops
    code = objects(world.enterprises["uscc"])
    true = code[shops["enterprise"].to_numpy()]
    unfiled = np.flatnonzero(
        pd.isna(shops["filed_uscc"].to_numpy(object))
        & pd.notna(true)
        & (shops.opened_on.to_numpy(D) < first_day(world)),
    )
    rows = np.sort(rng.permutation(unfiled)[:number])
    same = rng.random(len(rows)) < 0.75
    known = code[pd.notna(code)]
    other = known[rng.integers(0, len(known), len(rows))]
    same |= other == true[rows]
    region = objects(world.enterprises["region_code"])[shops["enterprise"].to_numpy()[rows]]
    decided = first_day(world) + rng.integers(20, max(21, 30 * world.n_months), len(rows)) * DAY
    return pd.DataFrame(
        {
            "decision_id": joined("RD-", digits(np.arange(len(rows)) + 1, 5)).to_pylist(),
            "shop_id": objects(shops["shop_id"])[rows],
            "uscc": np.where(same, true[rows], other),
            "same": same,
            "decided_on": decided,
            "office": offices(world, region),
            "_office": province(region),
            "_known": decided,
        }
    )


def labs(market: Market) -> pd.DataFrame:
    """Return silver.lab, one row per laboratory. LAB09 declares a capacity below the number of samples that
    it is given."""
    rows, able, rng = market.world.labs, capable(market), stream(market.world.seed, "lab register")
    size, since = len(rows), first_day(market.world)
    region = objects(rows["region_code"])
    capacity = rng.integers(1, 6, size) * max(20, market.world.records // 10_000)
    capacity[8] = max(1, market.world.records // 40_000)
    return pd.DataFrame(
        {
            "lab_id": objects(rows["lab_id"]),
            "name_zh": objects(rows["name_zh"]),
            "name_en": joined("Laboratory ", digits(np.arange(size) + 1, 2), " (synthetic)").to_pylist(),
            "uscc": usccs(8_000_000 + np.arange(size), np.full(size, "91", object), region),
            "region_code": region,
            "accredited_from": since - 900 * DAY,
            "accredited_to": np.where(np.arange(size) == 7, since + 400 * DAY, since + 1500 * DAY),
            "capabilities": [list(market.parents[able[:, lab]]) for lab in range(size)],
            "capacity_per_month": capacity,
            "_known": since,
        }
    )


def brands(world: World) -> pd.DataFrame:
    """Return silver.brand, one row per brand. `_brand` is the number (0 to 9) of the source that files it."""
    rows, size = world.brands, len(world.brands)
    owners = world.enterprises.iloc[rows["owner"].to_numpy()]
    return pd.DataFrame(
        {
            "brand_id": objects(rows["brand_id"]),
            "name_zh": objects(rows["name_zh"]),
            "name_en": objects(rows["name_en"]),
            "owner_name": objects(owners["name"]),
            "owner_uscc": objects(owners["uscc"]),
            "trademark_no": joined("HC", digits(np.arange(size) * 7919 % 10**8 + 10**7, 8)).to_pylist(),
            "category_codes": [[c] for c in rows["category_code"]],
            "registered_on": first_day(world) - (400 + np.arange(size) * 37 % 3000) * DAY,
            "_brand": np.arange(size) % 10,
            "_known": first_day(world),
        }
    )


def counterfeit_reports(market: Market) -> pd.DataFrame:
    """Return silver.counterfeit_report, one row per report (`counterfeits.courses`); some name the listing
    under which the goods came back (relisted_as, known from `_relisted_on`). `_listing` is the row in
    World.listings, `_brand` the number (0 to 9) of the source that files it."""
    world, listings = market.world, market.world.listings
    course = courses(world.seed, listings, first_day(world))
    rows, brand, luck = course["row"].to_numpy(), listings["brand"].to_numpy(), course["luck"].to_numpy()
    again, shown = _noticed(world, rows), goods(world, rows)
    listed = listings.listed_on.to_numpy(D)
    return pd.DataFrame(
        {
            "report_id": joined("JD-", shown.platform_code, "-", digits(rows + 1, 8)).to_pylist(),
            "reported_on": course["reported"].to_numpy(D),
            "brand_id": objects(world.brands["brand_id"])[brand[rows]],
            "platform_code": shown.platform_code,
            "shop_id": shown.shop_id,
            "listing_id": shown.listing_id,
            "evidence": np.array(["购买鉴定", "价格异常", "图片比对", "包装差异"], object)[
                (luck * 4).astype(int)
            ],
            "verified_on": course["verified"].to_numpy(D),
            "finding": course["finding"].to_numpy(object),
            "taken_down_on": course["taken"].to_numpy(D),
            "relisted_as": np.where(again >= 0, objects(listings["listing_id"])[again], None),
            "_relisted_on": np.where(again >= 0, after(listed[again], 5), NEVER),
            "_brand": brand[rows] % 10,
            "_known": course["reported"].to_numpy(D),
            "_listing": rows,
        }
    )


def _noticed(world: World, rows: np.ndarray) -> np.ndarray:
    """For each listing of ``rows`` the one (row) as which its goods came back, where the brand owner
    noticed it; -1 elsewhere."""
    old = world.listings["relists"].to_numpy()
    new = np.flatnonzero(old >= 0)
    seen = new[stream(world.seed, "relistings", "noticed").random(len(old))[new] < NOTICED]
    came = np.full(len(old), -1)
    came[old[seen]] = seen
    return came[rows]


def certificates(world: World) -> pd.DataFrame:
    """Return silver.certificate, one row per listing that names a certificate: most are valid, some are
    suspended, withdrawn or expired while goods still cite them."""
    listings = world.listings
    rows = np.flatnonzero(pd.notna(listings["certificate_no"].to_numpy(object)))
    luck, days = (
        stream(world.seed, "certificates", what).random(len(listings))[rows] for what in ("luck", "days")
    )
    listed = listings.listed_on.to_numpy(D)[rows]
    # Of goods listed long ago it was renewed: it is at most three years old when the history begins.
    issued = np.maximum(listed, first_day(world)) - (30 + (days * 1100).astype(int)) * DAY
    status = np.select([luck < 0.02, luck < 0.035], ["suspended", "withdrawn"], "valid").astype(object)
    changed = np.where(
        status == "valid", NEVER, np.maximum(listed, first_day(world)) + (20 + (days * 300).astype(int)) * DAY
    )
    makers = world.enterprises.iloc[listings["producer"].to_numpy()[rows]]
    return pd.DataFrame(
        {
            "certificate_no": objects(listings["certificate_no"])[rows],
            "certificate_type": [_kind_of(c) for c in objects(listings["category_code"])[rows]],
            "holder_name": objects(makers["name"]),
            "holder_uscc": objects(makers["uscc"]),
            "producer_uscc": objects(makers["uscc"]),
            "category_code": (code := objects(listings["category_code"])[rows]),
            "standard_no": [standard_of(c) for c in code],
            "issued_on": issued,
            "expires_on": issued + 1826 * DAY,
            "_status": status,
            "status_on": changed,
            "issuer": "合成认证中心",
            "_known": np.maximum(listed, first_day(world)),
        }
    )


def _kind_of(category: str) -> str:
    """Return the kind of certificate (of certificate_type) that goods of a level-2 category state: the one
    that they must have by law, else a voluntary one."""
    return "ccc" if category in CERTIFICATE_DUE else OTHER_KINDS.get(category, "voluntary")


def _courts(world: World, codes: np.ndarray) -> np.ndarray:
    """Return the name of the court of each of the region ``codes``: courts, not offices, list defaulters."""
    names = world.references.names
    return np.array([f"{names[c][0]}人民法院{SYNTHETIC}" for c in codes], object)


def dishonesty(world: World) -> pd.DataFrame:
    """Return silver.dishonesty_entry, one row per enterprise that is found dishonest. Persons are identified
    by their identity number (person_ref, clear here)."""
    rows = world.enterprises[pd.notna(world.enterprises.dishonest_from)]
    rng, size = stream(world.seed, "dishonesty"), len(rows)
    listed = rows.dishonest_from.to_numpy(D)
    person, company = ((rows["type"] == name).to_numpy() for name in ("natural_person", "company"))
    serious, abnormal, defaulter = "serious_violation", "abnormal_operation", "judgement_defaulter"
    # The list of abnormal operation is one of enterprises: individual businesses are only marked.
    kind = np.where(
        company,
        picked(rng, [serious, abnormal, defaulter], size, [4, 4, 2]),
        picked(rng, [serious, defaulter], size, [4, 2]),
    )
    kind = np.where(rows.ring.to_numpy() >= 0, serious, kind)
    repaired = np.where(
        (rng.random(size) < 0.15) & (kind != "serious_violation"),
        after(listed, rng.integers(60, 200, size)),
        NEVER,
    )
    region = objects(rows["region_code"])
    return pd.DataFrame(
        {
            "entry_id": joined("SX-", digits(np.arange(size) + 1, 6)).to_pylist(),
            "listed_on": listed,
            "operator_uscc": objects(rows["uscc"]),
            "operator_name": objects(rows["name"]),
            "operator_type": objects(rows["type"]),
            "person_ref": np.where(person, objects(rows["person_id"]), NOTHING),
            "list": kind,
            "authority": np.where(kind == defaulter, _courts(world, region), offices(world, region)),
            "region_code": region,
            "legal_basis": np.where(
                kind == "serious_violation",
                "市场监督管理严重违法失信名单管理办法",
                np.where(kind == "abnormal_operation", "企业信息公示暂行条例", "民事诉讼法第二百六十六条"),
            ),
            # A court names a judgement defaulter for two years, the other lists for three.
            "expires_on": (listed.astype("datetime64[M]") + np.where(kind == defaulter, 24, 36)).astype(D)
            + (listed - listed.astype("datetime64[M]").astype(D)),
            "repaired_on": repaired,
            "removed_on": after(repaired, 7),
            "_known": listed + DAY,
        }
    )
