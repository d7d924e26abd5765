"""The whole country as frames: one seed gives one country. The frames hold what is true; the files that
sources deliver are made from them, with mistakes and in each source's format
(`jobs.simulate.country.dialects`).

A row of a frame is identified by its number (0, 1, …) in all of the simulator, and "a listing (row)" means
that number.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from jobs.environment import SCHEMAS
from jobs.simulate.country import market, words
from jobs.simulate.country.counterfeits import relisted
from jobs.simulate.country.enterprises import enterprises, region_weights
from jobs.simulate.country.filing import filed
from jobs.simulate.country.outbreaks import outbreaks
from jobs.simulate.country.references import References, read_references

# How many there are of each, as a share of the records of the history.
ORDER_LINES, REVIEWS, LISTINGS, SHOPS = 0.58, 0.17, 0.085, 0.0115
TRADERS, PRODUCERS, BRANDS = 0.0055, 0.0028, 0.0022
NEW = 0.25  # share of the history's listings that are new in it
AHEAD = timedelta(days=15)  # what begins within so many days may already be known, such as a plan
MONTHS = 24  # length of a history, so that twelve months can be compared with the twelve before
Days = tuple[np.datetime64, np.datetime64]


@dataclass(frozen=True, eq=False)
class World:
    """All frames of a country: a history from ``start``, the first day of a quarter, to ``end``, and
    ``n_nights`` single nights after it. ``seed``: that of all random numbers (`streams.stream`);
    ``records``: about how many records the files of the history have, over all feeds.

    The columns shop, platform, enterprise, producer, brand and owner hold numbers of rows of the frame
    concerned. Rows of the history come first, then those of each further month (`months_made`), some of
    which are in no file yet: so neither the number of nights nor another table changes a row.

    - enterprises, one row per company, individual business or person: uscc (credit code, None for persons)
      name type region_code city address phone representative person_id role (producer, trader or both)
      cluster_code ('' for none) category_code ring (number of a group of counterfeiters, -1: none)
      defect_rate (0–1) dishonest_from (day, NaT: never) registered_on
    - platforms, one row per platform, the largest first: platform_code name_zh name_en kind family (how it
      writes its files) share (of all sales, 0–1) defect_factor (how many times as bad its goods are)
      operator_uscc
    - shops, one row per shop: shop_id platform enterprise name opened_on closed_on pull (weight of its
      listings), and what the shop filed with its platform (columns of `filing.filed`)
    - listings, one row per listing: listing_id shop platform producer (the true one) claimed (the producer
      that the page names, -1: none) category_code brand (-1: none) title model price (yuan) barcode
      standard_no certificate_no listed_on delisted_on popularity (weight of its sales within its platform)
      defect_rate (0–1, without outbreaks) counterfeit relists (listing that was taken down and whose goods
      these are, -1: none) likeness (what the two have in common)
    - brands, one row per brand: brand_id name_zh name_en owner (enterprise) category_code
    - labs, one row per laboratory: lab_id name_zh region_code bias (added to the failing share that it
      finds) value_bias (relative) speed_days
    - outbreaks, one row per outbreak, each of another category: outbreak_id category_code cluster_code
      first_month last_month factor (how many times as many of these goods are defective) pair_factor (how
      many times as many reviews of the nation name the category's hazard in a week, by expectation) hazard

    ``references``: the regions, categories and clusters it is built on; ``n_history_shops``: how many of the
    shops belong to the history.
    """

    seed: int
    records: int
    start: date
    end: date
    n_nights: int
    references: References
    enterprises: pd.DataFrame
    platforms: pd.DataFrame
    shops: pd.DataFrame
    listings: pd.DataFrame
    brands: pd.DataFrame
    labs: pd.DataFrame
    outbreaks: pd.DataFrame
    n_history_shops: int
    _clusters: dict[str, np.ndarray] = field(default_factory=dict)

    @cached_property
    def n_months(self) -> int:
        """Number of months that the history touches; the last one may not be over on its last day."""
        return months_between(self.start, self.end) + 1

    @cached_property
    def months(self) -> tuple[date, ...]:
        """First days of the months of the history, in order."""
        return tuple(month_after(self.start, i) for i in range(self.n_months))

    @cached_property
    def nights(self) -> tuple[date, ...]:
        """The days of the single nights that follow the history, in order."""
        return tuple(self.end + timedelta(days=i + 1) for i in range(self.n_nights))

    @cached_property
    def all_months(self) -> tuple[date, ...]:
        """First days of the months of the history and of those that the nights touch, in order."""
        return (
            *self.months,
            *(
                month_after(self.start, self.n_months + i)
                for i in range(months_between(self.end, self.end + timedelta(days=self.n_nights)))
            ),
        )

    def of_cluster(self, code: str) -> np.ndarray:
        """Return a bool array over the enterprises, in their order: whether each sits in the industrial
        cluster of this ``code``."""
        if code not in self._clusters:
            self._clusters[code] = (self.enterprises.cluster_code == code).to_numpy()
        return self._clusters[code]

    @cached_property
    def on_offer(self) -> tuple[np.ndarray, np.ndarray]:
        """Two arrays of days over the listings: the day from which each is on sale, and the day on which it
        is taken down (NaT: it is not)."""
        listed, taken = (self.listings[c].to_numpy("datetime64[D]") for c in ("listed_on", "delisted_on"))
        return listed, taken

    @cached_property
    def popularity(self) -> np.ndarray:
        """Float array over the listings: how much is ordered of each, in proportion to others of its
        platform."""
        return self.listings.popularity.to_numpy(float)

    @cached_property
    def buyers(self) -> np.ndarray:
        """Array over references.regions: the share of all buyers who live in each region; the sum is 1."""
        return region_weights(self.references.regions, words.BUYER_PROVINCES)

    @cached_property
    def by_platform(self) -> tuple[np.ndarray, ...]:
        """For each platform an array of its listings (rows), in order of their shops."""
        order = np.lexsort((self.listings.shop.to_numpy(), self.listings.platform.to_numpy()))
        ends = np.cumsum(np.bincount(self.listings.platform.to_numpy(), minlength=len(self.platforms)))
        return tuple(np.split(order, ends[:-1]))


def month_after(start: date, months: int) -> date:
    """Return the first day of the month that is ``months`` months after that of ``start`` (before it, where
    negative)."""
    number = start.year * 12 + start.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)


def last_day(month: date) -> date:
    """Return the last day of the month that the day ``month`` lies in."""
    return month.replace(day=calendar.monthrange(month.year, month.month)[1])


def months_between(first: date, last: date) -> int:
    """Return by how many months the month of ``last`` is after that of ``first``."""
    return (last.year - first.year) * 12 + last.month - first.month


def started(until: date, months: int) -> date:
    """Return the first day of a history that ends on ``until``: the first day of the quarter in which the
    last ``months`` months (that of ``until`` included) begin. So its quarters are those of the calendar."""
    first = month_after(until, 1 - months)
    return first.replace(month=(first.month - 1) // 3 * 3 + 1)


def months_made(start: date, end: date, nights: int) -> int:
    """Return how many months from ``start`` on have shops and listings: whole quarters, up to the one that
    anything known by the last of ``nights`` nights after ``end`` is about. A quarter is always made whole,
    so what is drawn for it is the same for any number of nights."""
    return -(-(months_between(start, end + timedelta(days=nights) + AHEAD) + 1) // 3) * 3


def world(seed: int, records: int, until: date, months: int = MONTHS, nights: int = 0) -> World:
    """Return the country of a seed.

    ``records``: about how many records the history has, over all feeds; ``until``: its last day; ``months``:
    it reaches back at least so many months (`started`); ``nights``: number of single nights after it. Raises
    UsageError where reference files are absent.
    """
    start = started(until, months)
    months = months_between(start, until) + 1
    references = read_references(SCHEMAS / "reference")
    n_producers, n_traders = max(180, round(PRODUCERS * records)), max(100, round(TRADERS * records))
    n_rings = min(24, 2 + records // 250_000)
    everyone = enterprises(seed, references, n_producers, n_traders, n_rings, start, months)
    platforms = market.platforms(seed)
    frames = {
        "references": references,
        "enterprises": everyone,
        "platforms": platforms,
        "brands": market.brands(seed, everyone, max(120, round(BRANDS * records))),
    }
    _grow(seed, records, start, until, nights, frames)
    every = tuple(month_after(start, number) for number in range(months))
    weight = np.array([words.MONTHS[month.month] for month in every])
    return World(
        seed,
        records,
        start,
        until,
        nights,
        references,
        everyone,
        platforms,
        frames["shops"],
        frames["listings"],
        frames["brands"],
        market.labs(seed, references),
        outbreaks(
            seed, every, until, frames, weight / weight.sum() * ORDER_LINES * records, REVIEWS / ORDER_LINES
        ),
        _history_size(SHOPS * records, 2),
    )


def _history_size(wanted: float, least: int) -> int:
    return max(least * market.N_PLATFORMS, round(wanted))


def _grow(seed: int, records: int, start: date, end: date, nights: int, frames: dict[str, Any]) -> None:
    """Add shops and listings to ``frames``: those of the history, then those of the rest of its last month
    and of each month after it."""
    first, last = np.datetime64(start, "D"), np.datetime64(end, "D")
    months = months_between(start, end) + 1
    n_shops, n_listings = _history_size(SHOPS * records, 2), _history_size(LISTINGS * records, 3)
    codes = frames["platforms"].platform_code.to_numpy()
    old = first - int((last - first).astype(int) / NEW * (1 - NEW))
    blocks: list[tuple[str, Days, Days, float]] = [("history", (first - 2200, last - 100), (old, last), 1.0)]
    for number in range(months - 1, months_made(start, end, nights)):
        month = month_after(start, number)
        days = max(np.datetime64(month, "D"), last + 1), np.datetime64(last_day(month), "D")
        part = float((days[1] - days[0]).astype(int) + 1) / last_day(month).day
        if part > 0:
            blocks.append((f"{month:%Y%m}", days, days, NEW / months * part))
    shops, listings = [], []
    for block, opening, listing, share in blocks:
        mine = market.shops(
            seed, block, round(n_shops * share), frames["enterprises"], frames["platforms"], opening
        )
        shops.append(pd.concat([mine, filed(seed, block, mine, frames["enterprises"])], axis=1))
        frames["shops"] = pd.concat(shops, ignore_index=True)
        listings.append(market.listings(seed, block, round(n_listings * share), frames, listing))
    frames["shops"].insert(0, "shop_id", market.numbered(frames["shops"].platform.to_numpy(), codes, "S", 5))
    made = market.finished(
        seed, pd.concat(listings, ignore_index=True), frames["references"], frames["brands"], codes
    )
    names = ("shops", "enterprises", "platforms")
    frames["listings"] = relisted(seed, made, first, **{name: frames[name] for name in names})
