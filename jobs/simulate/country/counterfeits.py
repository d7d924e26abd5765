"""Counterfeits: when each is reported, judged and taken down, and which goods their rings list again under
another listing. A ring is a group of sellers and makers of counterfeits (World.enterprises.ring).

What depends on a listing is drawn by its row, so listings that are added later change nothing.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from jobs.arrays import NOTHING
from jobs.simulate.country import words
from jobs.simulate.country.market import FAMOUS
from jobs.simulate.country.streams import stream
from jobs.simulate.country.texts import arrow, text

D, DAY = "datetime64[D]", np.timedelta64(1, "D")
NEVER = np.datetime64("NaT", "D")
REPORTED, WITHIN = (
    0.5,
    180,
)  # share of counterfeits that a brand owner finds; days within which a ring comes back
TAKEN, SLOW = 0.9, 0.05  # shares of confirmed counterfeits that are taken down, and that are so weeks late
AGAIN = 0.95  # share of taken down goods that come back where the ring lists anything in those days
LIKENESS = {
    "barcode": 0.4,
    "brand_model": 0.3,
    "title": 0.3,
}  # what the new listing has in common with the old
CHEAPER = 0.95  # what it costs of the old price
FRONT = ("新款", "正品", "热卖", "【特价】", "")
BEHIND = (" 包邮", " 现货", " 官方同款", " 厂家直销", "")


def courses(seed: int, listings: pd.DataFrame, since: np.datetime64) -> pd.DataFrame:
    """Return one row per report of a brand owner: half of the counterfeits are reported, and 1 % of the
    genuine goods of known brands.

    Columns: row (the listing), reported, verified, taken (days; NaT where it is never verified or taken
    down), finding (`counterfeit`, `genuine`, `unclear`; None where it is never verified) and ``luck`` (random
    number 0–1 that decides none of these, for further draws). ``listings``: with the columns counterfeit,
    brand and listed_on; ``since``: first day of the history, before which nothing is reported.
    """
    luck = stream(seed, "counterfeits").random((len(listings), 6))
    false, brand = listings["counterfeit"].to_numpy(bool), listings["brand"].to_numpy()
    rows = np.flatnonzero(
        np.where(false, luck[:, 0] < REPORTED, (brand >= 0) & (brand < FAMOUS) & (luck[:, 0] < 0.01))
    )
    luck = luck[rows]
    listed = np.maximum(listings["listed_on"].to_numpy(D)[rows], since)
    reported = listed + (10 + (luck[:, 1] * 190).astype(int)) * DAY
    verified = np.where(luck[:, 2] < 0.9, reported + (3 + (luck[:, 2] * 24).astype(int)) * DAY, NEVER)
    judged = np.where(luck[:, 3] < 0.06, "unclear", np.where(false[rows], "counterfeit", "genuine"))
    finding = np.where(np.isnat(verified), NOTHING, judged)
    slow = luck[:, 4] < SLOW
    days = np.where(slow, 20, 1) + (luck[:, 5] * np.where(slow, 40, 7)).astype(int)
    taken = np.where((finding == "counterfeit") & (luck[:, 4] < TAKEN), verified + days * DAY, NEVER)
    return pd.DataFrame(
        {"row": rows, "reported": reported, "verified": verified, "finding": finding, "taken": taken}
    ).assign(luck=stream(seed, "counterfeits", "further").random(len(listings))[rows])


def ring_of(listings: pd.DataFrame, shops: pd.DataFrame, enterprises: pd.DataFrame) -> np.ndarray:
    """Return the ring of each listing's seller, -1 for none: int array over ``listings``. ``listings``,
    ``shops``, ``enterprises``: frames of World."""
    return enterprises["ring"].to_numpy()[shops["enterprise"].to_numpy()[listings["shop"].to_numpy()]]


def relisted(
    seed: int,
    listings: pd.DataFrame,
    since: np.datetime64,
    *,
    shops: pd.DataFrame,
    enterprises: pd.DataFrame,
    platforms: pd.DataFrame,
) -> pd.DataFrame:
    """Return the listings, of which some counterfeits become the goods of one that was taken down, with the
    columns ``relists`` (that listing's row, -1 for none) and ``likeness`` (a key of LIKENESS: what the two
    have in common; '' for none) added.

    A counterfeit that was taken down comes back as the next counterfeit that its ring lists within 180 days,
    whoever of the ring sells it: often another shop, operator and platform. The new listing gets its
    category, brand, makers and defect rate, a slightly lower price, a certificate only where the old one has
    one, and a barcode, model or title that is alike. ``listings``: of `market.finished`; ``since``: first day
    of the history; the others are frames of World.
    """
    pairs = _pairs(seed, listings, since, ring_of(listings, shops, enterprises))
    luck = stream(seed, "relistings", "likeness").random((len(listings), 4))
    factor = platforms["defect_factor"].to_numpy()[listings["platform"].to_numpy()]
    names = "category_code brand producer claimed model barcode title standard_no".split()
    names += ["certificate_no", "price", "defect_rate"]
    goods = {name: listings[name].to_numpy(object).copy() for name in names}
    relists, likeness = np.full(len(listings), -1), np.full(len(listings), "", object)
    steps = np.cumsum(list(LIKENESS.values()))
    for old, new in pairs:  # in order of takedown: the old one's goods are settled when they come back
        relists[new] = old
        likeness[new] = list(LIKENESS)[min(int(np.searchsorted(steps, luck[new, 0])), len(steps) - 1)]
        for name in ("category_code", "brand", "producer", "claimed"):
            goods[name][new] = goods[name][old]
        if goods["standard_no"][new] is not None:
            goods["standard_no"][new] = words.standard_of(goods["category_code"][new])
        goods["price"][new] = round(float(goods["price"][old]) * CHEAPER, 2)
        if pd.isna(goods["certificate_no"][old]):
            goods["certificate_no"][new] = None
        goods["defect_rate"][new] = min(goods["defect_rate"][old] * factor[new] / factor[old], 0.95)
        if likeness[new] == "barcode":
            goods["barcode"][new] = goods["barcode"][old]
        elif pd.isna(goods["model"][old]):
            likeness[new] = "title"
        goods["model"][new] = None if likeness[new] == "title" else goods["model"][old]
        goods["title"][new] = _disguised(str(goods["title"][old]), luck[new, 1:], likeness[new] == "title")
    texts = {name: text(arrow(goods[name])) for name in ("model", "barcode", "title", "certificate_no")}
    numbers = ("brand", "producer", "claimed", "defect_rate", "price")
    plain = {name: goods[name].astype(listings[name].dtype) for name in numbers}
    other = {name: goods[name] for name in ("category_code", "standard_no")}
    return listings.assign(**texts, **plain, **other, relists=relists, likeness=likeness)


def _pairs(
    seed: int, listings: pd.DataFrame, since: np.datetime64, ring: np.ndarray
) -> list[tuple[int, int]]:
    """Return (old, new) rows of listings in order of takedown: the new one lists the goods of the old one
    again. A listing is the new one of one pair at most."""
    course = courses(seed, listings, since)
    luck = stream(seed, "relistings").random(len(listings))
    gone = course[course["taken"].notna() & (luck[course["row"]] < AGAIN)].sort_values(["taken", "row"])
    listed = listings["listed_on"].to_numpy(D)
    false = np.flatnonzero(listings["counterfeit"].to_numpy(bool))
    false = false[np.lexsort((false, listed[false]))]
    queues = {number: false[ring[false] == number] for number in np.unique(ring[false])}
    used: set[int] = set()
    found = []
    for old, taken in zip(gone["row"], gone["taken"].to_numpy(D), strict=True):
        queue = queues[ring[old]]
        first = int(np.searchsorted(listed[queue], taken, side="right"))
        last = int(np.searchsorted(listed[queue], taken + WITHIN * DAY, side="right"))
        new = next((int(row) for row in queue[first:last] if row not in used and row != old), None)
        if new is not None:
            used.add(new)
            found.append((int(old), new))
    return found


def _disguised(title: str, luck: np.ndarray, deep: bool) -> str:
    """A title as a seller changes it: words of advertising around it; ``deep``: also other separators,
    full-width characters, or without the model."""
    end = words.SYNTHETIC if title.endswith(words.SYNTHETIC) else ""
    core = title.removesuffix(end)
    for part in (*FRONT, *BEHIND):
        core = core.removeprefix(part).removesuffix(part) if part else core
    if deep:
        changed = (
            core.replace("-", ""),
            core.replace(" ", ""),
            core.translate({n: n + 0xFEE0 for n in range(0x30, 0x5B)}),
            core.replace(" ", "·") + " 同款",
            core.rpartition(" ")[0] or core,
        )
        core = changed[int(luck[2] * len(changed))]
    return FRONT[int(luck[0] * len(FRONT))] + core + BEHIND[int(luck[1] * len(BEHIND))] + end
