"""Customs inspections, alerts and recalls from abroad, activities about standards, and what platforms
inspect by themselves: tables of one month each, in the columns of the silver table with hidden ones (see the
package). ``month`` is a datetime64[M]; equal arguments give equal rows."""

from __future__ import annotations

import numpy as np
import pandas as pd

from jobs.arrays import NOTHING
from jobs.simulate.country.authorities.days import DAY
from jobs.simulate.country.authorities.goods import Market, goods, objects
from jobs.simulate.country.authorities.words import HAZARD_WORDS
from jobs.simulate.country.hazard_words import CODES, hazards_of
from jobs.simulate.country.streams import stream
from jobs.simulate.country.texts import digits, joined, picked
from jobs.simulate.country.words import STANDARDS, SYNTHETIC

ORIGINS = {
    "China": 50,
    "Turkey": 9,
    "Germany": 6,
    "India": 6,
    "Viet Nam": 5,
    "Italy": 4,
    "United States": 4,
    "unknown": 4,
    "China;Hong Kong": 3,
}
COUNTRIES = "Germany France Netherlands Italy Spain Poland Sweden Czechia Hungary Finland".split()
FOREIGN, FOREIGN_MODEL = "SYN Foreign", "SYN-"  # brand of goods that are not sold here; their models' start
D = "datetime64[D]"


def _month_days(rng: np.random.Generator, month: np.datetime64, size: int) -> np.ndarray:
    return np.sort(month.astype(D) + rng.integers(0, 28, size) * DAY)


def _hazards(rng: np.random.Generator, categories: np.ndarray) -> np.ndarray:
    """A hazard that the goods of each level-2 category have."""
    usual = [hazards_of(code[:2]) for code in categories]
    return np.array(
        [u[n % len(u)] for u, n in zip(usual, rng.integers(0, 12, len(usual)), strict=True)], object
    )


def customs(market: Market, month: np.datetime64) -> pd.DataFrame:
    """Return silver.customs_inspection of a month, one row per inspected parcel, sorted by day. The goods
    are of cross-border platforms (of all, where these sold nothing) and fail as often as goods sold inland.
    """
    world, rng = market.world, stream(market.world.seed, "customs", str(month))
    foreign = (world.platforms["kind"] == "cross_border").to_numpy()[market.platform] & (
        market.units(month) > 0
    )
    size = max(3, round(world.records * 0.0008 / world.n_months))
    rows = np.flatnonzero(foreign if foreign.any() else market.units(month) > 0)
    rows = rows[rng.integers(0, len(rows), size)]
    described, fails = goods(world, rows), rng.random(size) < market.failing(month, rows)
    importing = rng.random(size) < 0.7
    return pd.DataFrame(
        {
            "inspection_id": joined(
                f"CY-{month}-".replace("-", "")[:8], "-", digits(np.arange(size) + 1, 6)
            ).to_pylist(),
            "inspected_on": (days := _month_days(rng, month, size)),
            "declaration_no": joined(
                str(month).replace("-", ""), digits(rng.integers(0, 10**10, size), 12)
            ).to_pylist(),
            "direction": np.where(importing, "import", "export"),
            "product_text": described["product"] + SYNTHETIC,
            "category_code": described.category_code,
            "hs_code": digits(rng.integers(39_000_000, 96_000_000, size), 8).to_pylist(),
            "origin_country": np.where(
                importing, picked(rng, ["日本", "德国", "韩国", "美国", "法国"], size), "中国"
            ),
            "importer_name": np.where(described.seller_person, None, described.seller_name),
            "importer_uscc": described.seller_uscc,
            "platform_code": described.platform_code,
            "quantity": rng.integers(1, 500, size),
            "result": np.where(fails, "failed", "passed"),
            "hazard_code": np.where(
                fails,
                pd.Series(_hazards(rng, described.category_code)).replace(CODES),
                NOTHING,
            ),
            "disposal": np.where(fails, picked(rng, ["returned", "destroyed"], size, [7, 3]), "released"),
            "_known": days + DAY,
        }
    )


def alerts(market: Market, month: np.datetime64) -> pd.DataFrame:
    """Return silver.overseas_alert of a month, one row per alert, sorted by day. As far as there are alerts
    enough, one is about each outbreak of that month, with its category and hazard: goods with an outbreak
    are noticed abroad, too."""
    world, rng = market.world, stream(market.world.seed, "alerts", str(month))
    size = max(2, round(world.records * 0.0006 / world.n_months))
    categories = world.references.categories
    row = rng.integers(0, len(categories), size)
    hazard = _hazards(rng, categories.category_code.to_numpy(object)[row])
    current = [
        o
        for o in world.outbreaks.itertuples()
        if np.datetime64(o.first_month, "M") <= month <= np.datetime64(o.last_month, "M")
    ]
    for number, outbreak in enumerate(current[:size]):
        row[number], hazard[number] = (
            np.flatnonzero(categories.category_code.to_numpy() == outbreak.category_code)[0],
            outbreak.hazard,
        )
    days = _month_days(rng, month, size)
    english = categories.name_en.to_numpy(object)[row]
    return pd.DataFrame(
        {
            "system": "SYN-ALERT",
            "alert_id": joined(
                "SYN/", str(month).replace("-", "/"), "/", digits(np.arange(size) + 1, 4)
            ).to_pylist(),
            "published_on": days,
            "origin_countries": [
                o.split(";") for o in picked(rng, list(ORIGINS), size, list(ORIGINS.values()))
            ],
            "notifying_country": picked(rng, COUNTRIES, size),
            "product_text": [f"{e} (synthetic)" for e in english],
            "category_text": english,
            "category_code": categories.category_code.to_numpy(object)[row],
            "hazard_text": [_risk(h) for h in hazard],
            "hazard_category": [HAZARD_WORDS[h] for h in hazard],
            "severity": picked(rng, ["serious", "high", "medium", "low"], size, [6, 2, 1, 1]),
            "_known": days,
        }
    )


def _risk(hazard: str) -> str:
    """The hazard as a notice words it."""
    word = HAZARD_WORDS[hazard]
    return f"The product poses a risk of {'chemical harm' if word == 'chemical' else word} (synthetic)."


def recalls(market: Market, month: np.datetime64) -> pd.DataFrame:
    """Return silver.recall of a month, one row per recall, sorted by day. Two thirds concern a listing of
    the country: half of these name its barcode, the others only brand and model. The others are of goods
    that are not sold here. The column `_listing` is the row in World.listings, -1 for none. The text names
    the brand, where there is one, and the model."""
    world, rng = market.world, stream(market.world.seed, "recalls", str(month))
    size = max(2, round(world.records * 0.0003 / world.n_months))
    sold = np.flatnonzero(market.units(month) > 0)
    rows = sold[
        np.argsort(rng.exponential(size=len(sold)) / market.failing(month, sold), kind="stable")[:size]
    ]
    rng.shuffle(rows)
    size, described = len(rows), goods(world, rows)
    hazard = _hazards(rng, described.category_code)
    home, coded = rng.random(size) < 0.67, rng.random(size) < 0.5
    days = _month_days(rng, month, size)
    number = joined(str(month).replace("-", ""), digits(np.arange(size) + 1, 4)).to_pylist()
    models = [f"{FOREIGN_MODEL}{n}" for n in number]
    foreign = [f"{FOREIGN} {p} {m}{SYNTHETIC}" for p, m in zip(described["product"], models, strict=True)]
    return pd.DataFrame(
        {
            "authority": "SYN-RECALL",
            "recall_id": joined("R", number).to_pylist(),
            "recalled_on": days,
            "product_text": np.where(home, described.title, np.array(foreign, object)),
            "brand": np.where(home, described.brand, FOREIGN),
            "model": np.where(home, described.model, np.array(models, object)),
            "barcode": np.where(home & coded, described.barcode, None),
            "category_code": described.category_code,
            "hazards": [[HAZARD_WORDS[h]] for h in hazard],
            "hazard_text": [_risk(h) for h in hazard],
            "units": rng.integers(50, 50_000, size),
            "remedy": picked(rng, ["refund", "repair", "replacement"], size),
            "url": "https://recalls.example/synthetic",
            "_known": days,
            "_listing": np.where(home, rows, -1),
        }
    )


def activities(market: Market, month: np.datetime64) -> pd.DataFrame:
    """Return silver.standards_activity of a month, one row per activity (training, drafting, …), sorted by
    day."""
    world, rng = market.world, stream(market.world.seed, "activities", str(month))
    size = max(2, round(world.records * 0.0002 / world.n_months))
    parent = market.parents[rng.integers(0, len(market.parents), size)]
    kind = picked(rng, ["studio", "community", "drafting", "training", "consultation"], size, [3, 2, 2, 4, 3])
    region, days = (
        world.references.regions.region_code.to_numpy(object)[
            rng.integers(0, len(world.references.regions), size)
        ],
        _month_days(rng, month, size),
    )
    return pd.DataFrame(
        {
            "activity_id": joined(
                "HD", str(month).replace("-", ""), digits(np.arange(size) + 1, 4)
            ).to_pylist(),
            "kind": kind,
            "happened_on": days,
            "standard_no": [STANDARDS[p] for p in parent],
            "organisation": joined("合成标准化协会", digits(rng.integers(1, 20, size), 2)).to_pylist(),
            "region_code": region,
            "studio_name": np.where(
                kind == "studio", np.array([f"合成标准工作室{p}" for p in parent], object), NOTHING
            ),
            "category_code": parent,
            "subject": "合成：标准宣贯与应用",
            "participants": rng.integers(5, 200, size),
            "_known": days,
        }
    )


def self_inspections(market: Market, month: np.datetime64) -> pd.DataFrame:
    """Return rows of silver.platform_control (kind `self_inspection`) of a month, one per platform: how many
    listings it checked (n_checked) and removed (n_removed) by itself. The same one in seven platforms never
    reports any."""
    world, rng = market.world, stream(market.world.seed, "self inspections", str(month))
    codes, size = objects(world.platforms["platform_code"]), len(world.platforms)
    checked = np.bincount(market.platform, market.units(month) > 0, size).astype(int) // 4 + 1
    share = rng.beta(2, 60, size) * world.platforms.defect_factor.to_numpy()
    table = pd.DataFrame(
        {
            "control_id": joined("ZC-", codes, "-", str(month).replace("-", "")).to_pylist(),
            "kind": "self_inspection",
            "happened_on": (month + 1).astype(D) - DAY,
            "platform_code": codes,
            "n_checked": checked,
            "n_removed": np.minimum(checked, np.round(checked * share)).astype(int),
        }
    )
    return table[np.arange(size) % 7 != 3].reset_index(drop=True)
