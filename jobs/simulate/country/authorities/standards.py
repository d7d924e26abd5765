"""What goods must satisfy: standards with their editions, limits, and the items that are tested by them."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd

from jobs import made_up
from jobs.simulate.country.authorities.days import DAY, NEVER, first_day
from jobs.simulate.country.authorities.items import STEPS, items_of
from jobs.simulate.country.words import (
    STANDARDS,
    STANDARDS_OF_ITEMS,
    STANDARDS_OF_PRODUCTS,
    standard_of,
)
from jobs.simulate.country.world import World

# Standards that get a new edition half-way through the history.
RENEWED = ("GB 4706.1-2005", "GB 18401-2010", "GB 6675.1-2014", "GB 18584-2001", "GB 17761-2018")
# Standard that goods claim → the items of their list that the real one does not hold, such as lead by the
# standard on biscuits, of mandatory ones those of classes A and C alone. They are the group standard's, which
# is made up.
NOT_HELD = {
    "GB 7100-2015": "N02 N03 N06",
    "GB 16740-2014": "N03 N06",
    "GB 24906-2010": "E01 E02",
    "GB 20400-2006": "S01 S03 S06",
    "GB 18584-2001": "B03 B06",
    "GB 18580-2017": "B02 B03 B06",
    "GB 19865-2005": "C01 C02 C03",
    "GB 4806.9-2016": "I01",
    "GB 15066-2004": "PK2 PK3",
    "GB 28480-2012": "J06 JI6",
    "GB 15979-2002": "Y03",
    "GB 5763-2018": "P03",
    "GB 2626-2019": "X03",
    "GB/T 15107-2013": "S01 S03",
    "QB/T 2155-2018": "L01",
    "QB/T 1333-2018": "L01",
    "QB/T 1615-2018": "L01",
    "QB/T 1952.1-2012": "B05",
    "QB/T 1952.2-2011": "B02 B03 B04 B05",
    "GB/T 20810-2018": "Y03 Y04",
    "GB/T 26396-2011": "Y05",
    "GB/T 42825-2023": "R05",
    "GB/T 14456.1-2017": "N01 N02 N03 N06",
    "GB/T 1354-2018": "N01 N02 N03 N06",
    "QB/T 1977-2004": "M04",
}
STRICTER = 0.8  # a new edition lowers an upper limit to this part of it
KEPT = ("MG1",)  # but these: the flux index of a toy's magnet is below 50 kG²·mm² in all editions


def renewed_on(world: World) -> np.datetime64:
    """Return the day on which the new editions become valid: the first of the month in the middle of the
    history."""
    return (np.datetime64(world.start, "M") + world.n_months // 2).astype("datetime64[D]")


def editions(world: World) -> dict[str, str]:
    """Return a dictionary: standard that goods claim, or that holds an item → its new edition, '' where it
    gets none. No office issued such an edition, and its number says so."""
    year = str(renewed_on(world))[:4] + made_up.ZH
    claimed = [*STANDARDS.values(), *STANDARDS_OF_PRODUCTS.values(), *_of_items()]
    return {no: re.sub(r"[0-9]{4}$", year, no) if no in RENEWED else "" for no in dict.fromkeys(claimed)}


def _of_items() -> dict[str, str]:
    """Standard that holds items of goods that claim another one → what it is about."""
    return dict(STANDARDS_OF_ITEMS.values())


def voluntary(parent: str) -> str:
    """Return the number of the group standard of a level-1 category (``parent``: its code), which is made up
    for the country: it binds only those who claim it."""
    return f"T/SYN {100 + list(STANDARDS).index(parent)}-2020"


def standards(world: World) -> pd.DataFrame:
    """Return silver.standard, one row per standard, and a second one for each that changes when a new
    edition becomes valid, with that day as `_known`.

    These are, of each standard of `editions`, the earlier edition, the current one and the new one where
    there is one, and a group standard per level-1 category. A standard of goods of several categories has the
    name of the first.
    """
    rows = [row for each, new in editions(world).items() for row in _editions_of(world, each, new)]
    frame = pd.DataFrame([*rows, *(_group_standard(world, parent) for parent in STANDARDS)])
    frame["published_on"] = frame.valid_from.to_numpy("datetime64[D]") - 180 * DAY
    return frame


def _editions_of(world: World, current: str, new: str) -> list[dict[str, Any]]:
    """Rows of one standard: its earlier edition, the current one, and where there is one the new one, before
    and after it becomes valid."""
    day, categories = renewed_on(world), world.references.categories
    goods = (
        f"{name}等产品安全"
        for code, name in zip(categories.category_code, categories.name_zh, strict=True)
        if standard_of(code) == current
    )
    subject = _of_items().get(current) or next(goods)
    stem, year = current.rsplit("-", 1)
    since, old = np.datetime64(f"{year}-06-01"), f"{stem}-{int(year) - 9}{made_up.ZH}"
    common: dict[str, Any] = {
        "name_zh": f"合成标准：{subject}（限值为合成）",
        "name_en": f"Synthetic standard {stem} (limits made up)",
        "kind": "industry" if current.startswith("QB") else "national",
        "mandatory": current.startswith("GB "),
        "_known": first_day(world),
        "supersedes": [],
        "superseded_by": [],
        "valid_to": NEVER,
    }
    now = common | {"standard_no": current, "status": "valid", "valid_from": since, "supersedes": [old]}
    before = common | {
        "standard_no": old,
        "status": "superseded",
        "valid_from": np.datetime64(f"{int(year) - 9}-06-01"),
        "valid_to": since - DAY,
        "superseded_by": [current],
    }
    if not new:
        return [before, now]
    coming = common | {
        "standard_no": new,
        "status": "upcoming",
        "valid_from": day,
        "supersedes": [current],
    }
    return [
        before,
        now,
        coming,
        coming | {"status": "valid", "_known": day},
        now | {"status": "superseded", "valid_to": day - DAY, "superseded_by": [new], "_known": day},
    ]


def _group_standard(world: World, parent: str) -> dict[str, Any]:
    categories = world.references.categories
    name = categories.name_zh.to_numpy()[(categories.parent_code == parent).to_numpy()][0]
    return {
        "standard_no": voluntary(parent),
        "name_zh": f"合成团体标准：{name}等产品性能",
        "name_en": f"Synthetic group standard of {parent}",
        "kind": "group",
        "mandatory": False,
        "_known": first_day(world),
        "supersedes": [],
        "superseded_by": [],
        "status": "valid",
        "valid_from": np.datetime64("2020-07-01"),
        "valid_to": NEVER,
    }


def items(world: World) -> pd.DataFrame:
    """Return the items by category, one row per level-2 category and place (0–5) in its list.

    An item is judged by what the detailed rules of a plan would name: the mandatory standard that the goods
    must meet, of which items of class B are left to others; without one the recommended standard that the
    goods claim; what neither holds by the group standard, whose limits the goods claim.

    Columns: category_code, parent (level 1), place, code, name, item_class, unit, low, high (limits as
    written), step (of which results are whole multiples, 0 for none), new_high (of the new edition),
    passing_low, passing_high, failing_low, failing_high (ends of the values that pass or fail), detection,
    mandatory (bool; else the limits are those of a claim), standard_no, new_no (of the new edition).
    """
    rows = []
    named = editions(world)
    for category, parent in world.references.categories[["category_code", "parent_code"]].to_numpy(object):
        current = standard_of(category)
        for place, item in enumerate(items_of(category)):
            own, held = current, item.code not in NOT_HELD.get(current, "").split()
            if not held and item.code in STANDARDS_OF_ITEMS:
                (own, _), held = STANDARDS_OF_ITEMS[item.code], True
            binding = own.startswith("GB ")
            mandatory = binding and held and item.item_class != "B"
            judged_by = own if mandatory or (held and not binding) else voluntary(parent)
            new = named[own]
            lower = float(item.high) * STRICTER if item.high else 0.0
            stricter = (
                f"{lower:g}"
                if new and mandatory and item.high and item.passing[1] <= lower and item.code not in KEPT
                else item.high
            )
            rows.append(
                {
                    "category_code": category,
                    "parent": parent,
                    "place": place,
                    **item._asdict(),
                    "new_high": stricter,
                    "step": STEPS.get(item.unit, 0.0),
                    "mandatory": mandatory,
                    "standard_no": judged_by,
                    "new_no": (new or own) if mandatory else judged_by,
                    "passing_low": item.passing[0],
                    "passing_high": item.passing[1],
                    "failing_low": item.failing[0],
                    "failing_high": item.failing[1],
                }
            )
    return pd.DataFrame(rows).drop(columns=["passing", "failing"])


def requirements(world: World) -> pd.DataFrame:
    """Return silver.standard_requirement: one row per level-2 category, item and edition of its standard,
    with the item's limits as written ('' for none) and the days on which the edition is valid."""
    categories = world.references.categories.rename(columns={"name_zh": "product"}).merge(
        items(world), on="category_code"
    )
    dated = standards(world).drop_duplicates("standard_no", keep="last").set_index("standard_no")
    parts = []
    for number, high in (("standard_no", "high"), ("new_no", "new_high")):
        part = (
            categories if number == "standard_no" else categories[categories.new_no != categories.standard_no]
        )
        parts.append(
            pd.DataFrame(
                {
                    "requirement_id": part[number] + "#" + part.category_code + "#" + part.code,
                    "standard_no": part[number],
                    "product_code": part.category_code,
                    "product_name": part["product"],
                    "item_code": part.code,
                    "item_name": part["name"],
                    "unit": part.unit,
                    "limit_low": part.low,
                    "limit_high": part[high],
                    "low_excluded": False,
                    "high_excluded": False,
                    "limit_text": np.where((part.low == "") & (part.high == ""), "应符合要求", ""),
                    "valid_from": dated.valid_from.reindex(part[number]).to_numpy(),
                    "valid_to": dated.valid_to.reindex(part[number]).to_numpy(),
                    "_known": first_day(world),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)
