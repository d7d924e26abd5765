"""Plans of spot checks: how many purchases each has, which office orders them, what they are about. There
are four types: probability, targeted, complaint_led, follow_up."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from jobs.simulate.country.authorities.days import DAY, quarters
from jobs.simulate.country.authorities.goods import Market
from jobs.simulate.country.authorities.words import PROBABILITY_PROVINCES, QUARTERS, THEMES, TITLES
from jobs.simulate.country.streams import shared_out
from jobs.simulate.country.words import SYNTHETIC
from jobs.simulate.country.world import month_after

BATCHES = 0.006  # of a year, as a share of the history's records: 12,000 with two million of them
LEAST_BATCHES = 90  # of a quarter, in however small a country
LEAST_OF_PLAN = {"probability": 12, "targeted": 6, "complaint_led": 6, "follow_up": 6}
NATION = "CN"
# Share of all batches by type of plan and level, and over how many plans a quarter they are spread at most.
SHARES = {
    ("probability", "national"): (0.25, 1),
    ("probability", "provincial"): (0.25, 31),
    ("targeted", "national"): (0.12, 2),
    ("targeted", "provincial"): (0.16, 8),
    ("complaint_led", "provincial"): (0.12, 6),
    ("follow_up", "provincial"): (0.10, 4),
}
LETTERS = {"probability": "P", "targeted": "T", "complaint_led": "C", "follow_up": "F"}
# Purchases go by this power of what is sold: provinces of unlike size all get a rate of their own, and the
# nation's stays good (M. D. Bankier, Power allocations, The American Statistician 42, 1988, 174-177).
POWER = 0.5


def plans(market: Market) -> pd.DataFrame:
    """Return all plans, one row each, by quarter.

    Columns: plan_id type level (national or provincial) office (CN or province) name_zh name_en starts_on
    ends_on quarter (its first month) purchases theme (level-1 categories, () for all) proportional (bool)
    filed (bool). A probability plan draws from what was sold in the first month of its quarter, and buys in
    the two months after. From the quarter in which the last twelve months of the history begin its draws are
    ``proportional`` to units sold; before that every listing of a stratum has the same chance. Of one
    targeted plan only the samples are known: the plan is never filed.
    """
    rows = []
    for number, quarter in enumerate(quarters(market.world)):
        for (kind, level), (share, most) in SHARES.items():
            size = round(share * max(LEAST_BATCHES, BATCHES / 4 * market.world.records))
            count = max(1, min(most, size // LEAST_OF_PLAN[kind]))
            offices = [_office(market, number, kind, level, place, count) for place in range(count)]
            sizes = _sizes(market, quarter, kind, offices, size)
            rows += [
                _plan(market, quarter, number, kind, level, place, office, int(many))
                for place, (office, many) in enumerate(zip(offices, sizes, strict=True))
            ]
    frame = pd.DataFrame(rows)
    frame["filed"] = (
        frame.plan_id != frame.plan_id[(frame.type == "targeted") & (frame.level == "provincial")].iloc[1]
    )
    return frame


def _office(market: Market, number: int, kind: str, level: str, place: int, count: int) -> str:
    """Who orders the plan at a place among ``count`` of a kind in the quarter of that number."""
    if level == "national":
        return NATION
    every = [*PROBABILITY_PROVINCES, *sorted(set(market.provinces) - set(PROBABILITY_PROVINCES))]
    turn = number * count + place
    if kind == "probability":
        return str(every[turn % len(every)])
    turn += 7 * list(SHARES).index((kind, level))
    among = PROBABILITY_PROVINCES if place % 2 == 0 else sorted(every)
    return str(among[turn % len(among)])


def _sizes(market: Market, quarter: np.datetime64, kind: str, offices: list[str], size: int) -> np.ndarray:
    """Purchases of each of the plans of one kind, ``size`` in all: alike, but of probability plans by a power
    of what the sellers of their provinces sold in the frame month."""
    if kind != "probability" or len(offices) == 1:
        return shared_out(size, np.ones(len(offices)))
    sold = np.bincount(market.province, market.units(quarter), len(market.provinces)) ** POWER
    place = {name: row for row, name in enumerate(market.provinces)}
    return shared_out(size, np.array([sold[place[o]] for o in offices]), LEAST_OF_PLAN[kind])


def _plan(
    market: Market,
    quarter: np.datetime64,
    number: int,
    kind: str,
    level: str,
    place: int,
    office: str,
    size: int,
) -> dict[str, Any]:
    """One row of plans. ``quarter``: its first month; ``number``: of the quarter, from 0; ``place``: of the
    plan among those of its kind, level and quarter, from 0; ``size``: purchases. A probability plan begins in
    the second month."""
    first = quarter.astype("datetime64[D]")
    starts = (quarter + 1).astype("datetime64[D]") + 4 * DAY if kind == "probability" else first
    theme = THEMES[(number * 6 + place + (level == "national")) % len(THEMES)]
    year, part = str(quarter)[:4], (int(str(quarter)[5:]) - 1) // 3 + 1
    where = ("", "") if office == NATION else market.world.references.names[office]
    zh, en = (title.format(about) for title, about in zip(TITLES[kind, level], theme, strict=False))
    return {
        "plan_id": f"PLAN-{office}-{year}Q{part}-{LETTERS[kind]}{place + 1}",
        "type": kind,
        "level": level,
        "office": office,
        "name_zh": f"{year}年{QUARTERS[part - 1]}{where[0]}{zh}{SYNTHETIC}",
        "name_en": f"{f'{where[1]}: {en}' if where[1] else en.capitalize()}, {year} Q{part} (synthetic)",
        "starts_on": starts,
        "ends_on": (quarter + 3).astype("datetime64[D]") - 11 * DAY,
        "quarter": quarter,
        "purchases": size,
        "theme": theme[2] if kind == "targeted" else (),
        "proportional": quarter + 2 >= np.datetime64(month_after(market.world.end, -11), "M"),
    }
