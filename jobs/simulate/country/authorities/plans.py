"""Plans of a year's spot checks, and which listings they draw: by chance with a stated probability, or aimed
at bad goods."""

from __future__ import annotations

import numpy as np
import pandas as pd

from jobs.arrays import NOTHING
from jobs.simulate.country.authorities.days import DAY, quarters
from jobs.simulate.country.authorities.goods import Market, objects
from jobs.simulate.country.authorities.words import PROBABILITY_PROVINCES, THEMES
from jobs.simulate.country.streams import stream
from jobs.simulate.country.world import World

SAMPLES = 0.007  # share of the history's records
NATION = "CN"
# Share of all samples by type of plan and level, and how many plans a quarter they are spread over.
SHARES = {
    ("probability", "national"): (0.40, 1),
    ("probability", "provincial"): (0.15, 3),
    ("targeted", "national"): (0.10, 1),
    ("targeted", "provincial"): (0.15, 5),
    ("complaint_led", "provincial"): (0.12, 3),
    ("follow_up", "provincial"): (0.08, 2),
}
NAMES = {
    "probability": "网络商品质量概率抽查",
    "targeted": "专项抽查",
    "complaint_led": "投诉线索抽查",
    "follow_up": "跟踪抽查",
}
LETTERS = {"probability": "P", "targeted": "T", "complaint_led": "C", "follow_up": "F"}
AIM = 1.5  # power of the failing rate by which a targeted plan draws
LEAST = 2  # samples of a stratum


def plans(world: World) -> pd.DataFrame:
    """plan_id type level office (CN or province) name_zh starts_on ends_on quarter size theme (level-1
    categories, () for all) filed.

    A probability plan's frame are the sales of the first month of its quarter; it buys in the two months
    after. Of one targeted plan only its samples tell: it is never filed.
    """
    rows = []
    for number, quarter in enumerate(quarters(world)):
        for (kind, level), (share, count) in SHARES.items():
            size = max(6, round(SAMPLES * world.records * share / max(1, world.n_months / 3) / count))
            rows += [_plan(world, quarter, number, kind, level, place, size) for place in range(count)]
    frame = pd.DataFrame(rows)
    frame["filed"] = (
        frame.plan_id != frame.plan_id[(frame.type == "targeted") & (frame.level == "provincial")].iloc[1]
    )
    return frame


def _plan(
    world: World, quarter: np.datetime64, number: int, kind: str, level: str, place: int, size: int
) -> dict:
    first = quarter.astype("datetime64[D]")
    starts = (quarter + 1).astype("datetime64[D]") + 4 * DAY if kind == "probability" else first
    if level == "national":
        office = NATION
    elif kind == "probability":
        office = PROBABILITY_PROVINCES[(3 * number + place) % len(PROBABILITY_PROVINCES)]
    else:
        provinces = sorted(set(world.references.regions.province))
        turn = list(SHARES).index((kind, level)) * 7 + number * SHARES[kind, level][1] + place
        office = (
            PROBABILITY_PROVINCES[turn % len(PROBABILITY_PROVINCES)]
            if place % 2 == 0
            else provinces[turn % len(provinces)]
        )
    theme, categories = (
        THEMES[(number * 6 + place + (level == "national")) % len(THEMES)] if kind == "targeted" else ("", ())
    )
    year, part = str(quarter)[:4], (int(str(quarter)[5:]) - 1) // 3 + 1
    return {
        "plan_id": f"PLAN-{office}-{year}Q{part}-{LETTERS[kind]}{place + 1}",
        "type": kind,
        "level": level,
        "office": office,
        "name_zh": f"合成{year}年第{part}季度{theme}{NAMES[kind]}",
        "starts_on": starts,
        "ends_on": (quarter + 3).astype("datetime64[D]") - 11 * DAY,
        "quarter": quarter,
        "size": size,
        "theme": categories,
    }


def strata(market: Market, plan: pd.Series) -> tuple[pd.DataFrame, np.ndarray]:
    """The strata of a probability plan (stratum population units_sold planned platform_code category_code)
    and the stratum (row) of each listing, -1 outside the frame: the listings that were sold in the frame
    month (by sellers of the province of a provincial plan).

    Level-1 category × platform; cells too small for LEAST samples are put together, first over platforms,
    then over categories; in large cells the best sellers, which hold most of the exposure, are a stratum of
    their own.
    """
    units = market.units(plan.quarter)
    inside = units > 0
    if plan.office != NATION:
        inside &= market.provinces[market.province] == plan.office
    rows = np.flatnonzero(inside)
    if not len(rows):
        return pd.DataFrame(
            columns=["stratum", "population", "units_sold", "planned", "platform_code", "category_code"]
        ), np.full(len(units), -1)
    platforms = objects(market.world.platforms["platform_code"])
    frame = pd.DataFrame(
        {"parent": market.parent[rows], "platform": market.platform[rows], "units": units[rows]}
    )
    frame["weight"] = 0.5 / len(rows) + 0.5 * frame.units / frame.units.sum()
    expected = frame.groupby(["parent", "platform"]).weight.transform("sum") * plan["size"]
    frame.loc[expected < LEAST, "platform"] = -1
    expected = frame.groupby(["parent", "platform"]).weight.transform("sum") * plan["size"]
    frame.loc[expected < LEAST, ["parent", "platform"]] = -1
    cells = frame.groupby(["parent", "platform"])
    rank = cells.units.rank(method="first", ascending=False)
    frame["best"] = (cells.weight.transform("sum") * plan["size"] >= 4 * LEAST) & (
        rank <= 0.15 * cells.units.transform("size")
    )
    whole = frame.groupby(["parent", "platform", "best"], as_index=False).agg(
        population=("units", "size"),
        units_sold=("units", "sum"),
        weight=("weight", "sum"),
    )
    whole["planned"] = np.minimum(
        whole.population, np.maximum(LEAST, np.round(whole.weight * plan["size"]).astype(int))
    )
    parent = np.append(market.parents, NOTHING)[whole.parent]
    platform = np.append(platforms, NOTHING)[whole.platform]
    names = [
        f"{c or '其他'}/{p or '其他'}{'/畅销' if b else ''}"
        for c, p, b in zip(parent, platform, whole.best, strict=True)
    ]
    of = np.full(len(units), -1)
    of[rows] = frame.merge(whole.reset_index(), on=["parent", "platform", "best"], how="left")[
        "index"
    ].to_numpy()
    told = whole[["population", "units_sold", "planned"]].assign(
        stratum=names, platform_code=platform, category_code=parent
    )
    return told, of


def drawn_by_chance(market: Market, plan: pd.Series, told: pd.DataFrame, of: np.ndarray) -> pd.DataFrame:
    """A simple random sample without replacement of each stratum: listing, stratum, inclusion_probability,
    units_sold."""
    rows = np.flatnonzero(of >= 0)
    luck = stream(market.world.seed, "draw", plan.plan_id).random(len(rows))
    order = np.lexsort((luck, of[rows]))
    rows = rows[order]
    stratum = of[rows]
    place = np.arange(len(rows)) - np.searchsorted(stratum, stratum)
    rows, stratum = (
        rows[place < told.planned.to_numpy()[stratum]],
        stratum[place < told.planned.to_numpy()[stratum]],
    )
    probability = (told.planned / told.population).to_numpy(float)[stratum]
    return pd.DataFrame(
        {
            "listing": rows,
            "stratum": objects(told["stratum"])[stratum],
            "inclusion_probability": probability,
            "units_sold": market.units(plan.quarter)[rows],
        }
    )


def drawn_by_aim(market: Market, plan: pd.Series, weight: np.ndarray, size: int) -> pd.DataFrame:
    """``size`` listings (fewer where fewer have a weight) without replacement, by ``weight`` (one a
    listing)."""
    rows = np.flatnonzero(weight > 0)
    luck = stream(market.world.seed, "draw", plan.plan_id).exponential(size=len(rows)) / weight[rows]
    chosen = np.sort(rows[np.argsort(luck, kind="stable")[:size]])
    return pd.DataFrame(
        {
            "listing": chosen,
            "stratum": None,
            "inclusion_probability": np.nan,
            "units_sold": market.units(plan.quarter)[chosen],
        },
    )


def aim(market: Market, plan: pd.Series) -> np.ndarray:
    """How a targeted plan weighs each listing: by what is known to be bad, within its theme and province,
    among what is sold."""
    inside = market.units(plan.quarter) > 0
    if plan.office != NATION:
        inside &= market.provinces[market.province] == plan.office
    if plan.theme:
        inside &= np.isin(market.parents, plan.theme)[market.parent]
    return np.where(inside, market.failing(plan.quarter) ** AIM, 0.0)
