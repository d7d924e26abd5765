"""Outbreaks: times in which the goods of one category from one industrial cluster hurt people, so that the
reviews of their buyers stand out in the nation's weekly counts of category × hazard. Methods that look for
signals must find them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from jobs.simulate.country.hazard_words import NAMING_HURT, hazards_of, naming
from jobs.simulate.country.streams import stream
from jobs.simulate.country.texts import digits, joined
from jobs.simulate.country.words import ALL_BUT, STARS_DEFECTIVE, STARS_HURT, WRITE_HURT

LARGE = 500_000  # order lines of a history from which on there are twice as many outbreaks
FEWEST = 2  # outbreaks of a country
EARLIEST = 12  # months of a history before the first: by then it is known what is usual
SEEN = 28  # days from the beginning of the last to the end of the history: three whole weeks and more
# Reports that name the pair in an outbreak, a week: so many times the usual ones and so many besides. Of such
# Poisson counts EARS finds 95 in 100 within three weeks among some seventy tests.
TIMES, BESIDES = 3.0, 8.0
# One is drawn among so many pairs, those that add the fewest failing units: rates of the nation must hold.
QUIET = 12
FACTORS = np.arange(3.0, 12.1, 0.25)  # how many times as bad goods may be
WORST = 0.7  # no more of the units fail
WEEKS = 4.35  # of a month


@dataclass(frozen=True)
class _Pair:
    """Goods of a cluster that an outbreak may strike. ``usual``: reviews of the nation that name the pair of
    category and hazard in a week without an outbreak; ``factor``: the least number of times as many defects
    that makes ``reports`` of such reviews; ``more``: units that fail in a week in addition to the usual
    ones."""

    category: str
    cluster: str
    hazard: str
    usual: float
    factor: float
    reports: float
    more: float

    @property
    def enough(self) -> float:
        """The reports in relation to those that stand out: they do so from 1 on."""
        return self.reports / (TIMES * self.usual + BESIDES)


def outbreaks(
    seed: int, months: tuple[date, ...], end: date, world: dict[str, Any], lines: np.ndarray, reviewed: float
) -> pd.DataFrame:
    """Return one row per outbreak, in order of time, with the columns of World.outbreaks.

    ``months``: first days of the months of the history; ``end``: its last day; ``world``: the frames
    enterprises, platforms and listings; ``lines``: order lines in each of the months; ``reviewed``: share
    (0–1) of order lines that is usually reviewed.

    Each outbreak has another category and begins in another month: the last month of which three weeks can
    be seen, then months by lot, those that begin on a weekend last, as within three weeks of it only two
    whole weeks end. Small countries have months in which no pair of category and hazard would stand out, and
    so fewer outbreaks; where there would be fewer than FEWEST, those that come nearest are added.
    """
    rng, found, near = stream(seed, "outbreaks"), list[tuple[int, _Pair]](), list[tuple[int, _Pair]]()
    last = max((i for i, first in enumerate(months) if (end - first).days >= SEEN), default=0)
    early = min(EARLIEST, max(last + 1 - FEWEST, 0))
    size = max(FEWEST, len(months) // (3 if lines.sum() >= LARGE else 6))
    order = sorted((early + rng.permutation(last - early)).tolist(), key=lambda i: months[i].weekday() > 4)
    for number in (last, *order):
        if len(found) == size:
            break
        pairs = list(_pairs(world, months[number], float(lines[number]), reviewed))
        near += [(number, pair) for pair in pairs if pair.enough < 1]
        clear = [pair for pair in pairs if pair.enough >= 1 and _unlike(pair, found)]
        if quiet := sorted(clear, key=lambda pair: pair.more)[:QUIET]:
            found.append((number, quiet[int(rng.integers(len(quiet)))]))
    for number, pair in sorted(near, key=lambda one: -one[1].enough):
        if len(found) < FEWEST and _unlike(pair, found) and number not in {n for n, _ in found}:
            found.append((number, pair))
    return _frame(rng, months, sorted(found, key=lambda one: one[0]))


def _unlike(pair: _Pair, found: list[tuple[int, _Pair]]) -> bool:
    return all(other.category != pair.category for _, other in found)


def _frame(
    rng: np.random.Generator, months: tuple[date, ...], found: list[tuple[int, _Pair]]
) -> pd.DataFrame:
    """Columns of World.outbreaks; each lasts two or three months."""
    begins = np.array([months[number] for number, _ in found], "datetime64[M]")
    size, pairs = len(found), [pair for _, pair in found]
    return pd.DataFrame(
        {
            "outbreak_id": joined("OB", digits(np.arange(1, size + 1), 2)).to_pylist(),
            "category_code": [pair.category for pair in pairs],
            "cluster_code": [pair.cluster for pair in pairs],
            "first_month": begins.astype("datetime64[D]"),
            "last_month": (begins + rng.integers(1, 3, size)).astype("datetime64[D]"),
            "factor": [pair.factor for pair in pairs],
            "pair_factor": [round(pair.reports / pair.usual, 1) for pair in pairs],
            "hazard": [pair.hazard for pair in pairs],
        }
    )


def _pairs(world: dict[str, Any], month: date, lines: float, reviewed: float) -> Iterator[_Pair]:
    """The goods of each cluster by category and hazard, with the least factor by which they would stand out
    in a month, else the highest one that there may be."""
    listings, enterprises = world["listings"], world["enterprises"]
    sold = lines / WEEKS * _shares(listings, world["platforms"], month)
    rows = pd.DataFrame(
        {
            "category": listings.category_code.to_numpy(str),
            "cluster": enterprises.cluster_code.to_numpy(str)[listings.producer.to_numpy()],
            "rate": listings.defect_rate.to_numpy(float),
            "sold": sold,
        }
    )[sold > 0]
    failing = (rows.rate * rows.sold).groupby(rows.category).sum()
    hurt = WRITE_HURT * sum(STARS_HURT[2:]) * NAMING_HURT
    for (category, cluster), mine in rows[rows.cluster != ""].groupby(["category", "cluster"]):
        rate, units = mine.rate.to_numpy(), mine.sold.to_numpy()
        failed = np.minimum(FACTORS[:, None] * rate, ALL_BUT) @ units
        possible = np.flatnonzero(failed <= WORST * units.sum())
        for hazard in hazards_of(category[:2]) if len(possible) else ():
            names = reviewed * sum(STARS_DEFECTIVE[2:]) * naming(category[:2], hazard)
            usual = float(failing[category]) * names
            reports = usual - float(rate @ units) * names + failed * hurt
            enough = possible[reports[possible] >= TIMES * usual + BESIDES]
            best = enough[0] if len(enough) else possible[-1]
            more = float(failed[best] - rate @ units)
            yield _Pair(category, cluster, hazard, usual, float(FACTORS[best]), float(reports[best]), more)


def _shares(listings: pd.DataFrame, platforms: pd.DataFrame, month: date) -> np.ndarray:
    """Of each listing, its expected share of a month's sales."""
    first = np.datetime64(month, "D")
    last = (np.datetime64(month, "M") + 1).astype("datetime64[D]") - 1
    listed, taken = (listings[c].to_numpy("datetime64[D]") for c in ("listed_on", "delisted_on"))
    open_ = (listed < first) & (np.isnat(taken) | (taken > last))
    weight = np.where(open_, listings.popularity.to_numpy(float), 0.0)
    platform, share = listings.platform.to_numpy(), platforms.share.to_numpy(float)
    whole = np.bincount(platform, weight, len(platforms))
    return np.divide(weight * share[platform], whole[platform], out=np.zeros(len(weight)), where=weight > 0)
