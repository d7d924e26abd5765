"""Order lines of one platform and month, and the reviews that they bring: the true rows, before they are
written in a platform's format.

An order is of one shop and has one or more lines, each of one listing. Orders are numbered within a platform
and month.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa

from jobs.simulate.country import words
from jobs.simulate.country.streams import shared_out, stream
from jobs.simulate.country.texts import digits, joined
from jobs.simulate.country.world import ORDER_LINES, REVIEWS, World, last_day

# Shares of lines that come back, of sound and of defective goods, and which part of these for their quality:
# 20 to 150 of 10,000 orders. Few defects show in use, and most returns have other reasons: 17.6 % of online
# sales came back in the United States in 2023 (NRF and Appriss Retail, Consumer Returns in the Retail
# Industry); one in five of 18.6 million complaints to China's market regulators in 2024 was of quality.
RETURNED, RETURNED_DEFECTIVE = 0.035, 0.075
FOR_QUALITY, FOR_QUALITY_DEFECTIVE = 0.04, 0.55
LATE = 0.03  # share of lines that a platform hands in days after the order


@dataclass(frozen=True)
class Trade:
    """The sales of one platform in one month (``month``: its first day).

    - ``lines``, one row per order line, sorted by order and line: listing (row), order (number within the
      month), line (number within the order), ordered_on, quantity, paid_fen (1 yuan = 100 fen), region (row
      of references.regions), defective (bool), returned_on (NaT: not returned), for_quality (bool: reason of
      a return), known_on (day from which the platform delivers it)
    - ``reviews``, one row per review: line (row of ``lines``), reviewed_on, rating (stars, 1–5), kind (0
      praise, 1 so-so, 2 a defect), text (0–5: which text of its kind)
    """

    month: date
    lines: pd.DataFrame
    reviews: pd.DataFrame


def month_weight(month: date) -> float:
    """Return the weight of a month in a year's sales (about 1). ``month``: a day in it."""
    return words.MONTHS[month.month]


def n_lines(world: World, month: date) -> np.ndarray:
    """Return the number of order lines of each platform in a whole month: int array over World.platforms, at
    least 1 each. Those up to the last day of the history are about the share ORDER_LINES of its records.
    ``month``: its first day."""
    of_history = sum(map(month_weight, world.months[:-1]))
    of_history += month_weight(world.months[-1]) * _part(world.months[-1], world.end)
    total = round(ORDER_LINES * world.records * month_weight(month) / of_history)
    return shared_out(total, world.platforms.share.to_numpy(), 1)


def on_sale(world: World, platform: int, month: date) -> np.ndarray:
    """Return the listings (int array of rows) of a platform that were listed before a month begins and are
    not taken down before it is over, in order of shops. ``platform``: row of World.platforms; ``month``: its
    first day."""
    mine = world.by_platform[platform]
    listed, taken = (days[mine] for days in world.on_offer)
    return mine[
        (listed < np.datetime64(month, "D"))
        & (np.isnat(taken) | (taken > np.datetime64(last_day(month), "D")))
    ]


def sold(world: World, platform: int, month: date) -> tuple[np.ndarray, np.ndarray]:
    """Return two arrays, one entry per order line of a platform in a month, in order of shops: its listing
    (row) and its quantity (1–10). ``platform``: row of World.platforms; ``month``: its first day."""
    rng = stream(world.seed, "lines", platform, f"{month:%Y%m}")
    many, offered = int(n_lines(world, month)[platform]), on_sale(world, platform, month)
    edges = np.cumsum(world.popularity[offered])
    listing = offered[
        np.sort(np.searchsorted(edges, rng.random(many) * edges[-1], side="right").clip(max=len(offered) - 1))
    ]
    return listing, 1 + np.minimum(rng.geometric(0.8, many) - 1, 9)


def units_sold(world: World, month: date) -> np.ndarray:
    """Return the units of each listing in the orders of a month: int array over World.listings. ``month``:
    its first day."""
    total = np.zeros(len(world.listings), np.int64)
    for platform in range(len(world.platforms)):
        listing, quantity = sold(world, platform, month)
        total += np.bincount(listing, quantity, len(total)).astype(np.int64)
    return total


def outbreak_factors(world: World, month: date, rows: np.ndarray | slice = slice(None)) -> np.ndarray:
    """Return how many times as often as usual the goods of listings are defective in a month: one number per
    listing of ``rows`` (all, where not given), 1 outside of outbreaks. ``month``: its first day."""
    producer, category = (
        world.listings.producer.to_numpy()[rows],
        world.listings.category_code.to_numpy()[rows],
    )
    factor = np.ones(len(producer))
    for outbreak in world.outbreaks.itertuples():
        if outbreak.first_month.date() <= month <= outbreak.last_month.date():
            factor[
                world.of_cluster(outbreak.cluster_code)[producer] & (category == outbreak.category_code)
            ] *= outbreak.factor
    return factor


def outbreak_hazards(world: World, month: date, rows: np.ndarray) -> np.ndarray:
    """Return the hazard (code) of the outbreak that the goods of each listing of ``rows`` are part of in a
    month, None outside of outbreaks. There is at most one, as each outbreak has another category. ``month``:
    its first day."""
    producer, category = (
        world.listings.producer.to_numpy()[rows],
        world.listings.category_code.to_numpy(object)[rows],
    )
    hazard = np.full(len(rows), None, object)
    for outbreak in world.outbreaks.itertuples():
        if outbreak.first_month.date() <= month <= outbreak.last_month.date():
            struck = world.of_cluster(outbreak.cluster_code)[producer] & (category == outbreak.category_code)
            hazard[struck] = outbreak.hazard
    return hazard


def defect_rates(world: World, month: date, rows: np.ndarray | slice = slice(None)) -> np.ndarray:
    """Return the true share (0–1) of defective units of each listing of ``rows`` (all, where not given) in a
    month, outbreaks included. ``month``: its first day."""
    return np.clip(
        world.listings.defect_rate.to_numpy()[rows] * outbreak_factors(world, month, rows), 0, words.ALL_BUT
    )


def trade(world: World, platform: int, month: date) -> Trade:
    """Return all order lines of a platform in a month and the reviews that they bring. The same call gives
    the same rows. ``platform``: row of World.platforms; ``month``: its first day."""
    listing, quantity = sold(world, platform, month)
    rng, size = stream(world.seed, "orders", platform, f"{month:%Y%m}"), len(listing)
    shop = world.listings.shop.to_numpy()[listing]
    # Lines of one order are of one shop: with one in four, the order goes on.
    goes_on = np.concatenate([[False], shop[1:] == shop[:-1]]) & (rng.random(size) < 0.25)
    head = np.flatnonzero(~goes_on)
    order = np.cumsum(~goes_on) - 1
    days, share = _days(month)
    day = rng.choice(len(days), len(head), p=share)
    place = np.empty(len(head), np.int64)
    by_day = np.argsort(day, kind="stable")
    place[by_day] = np.arange(1, len(head) + 1)  # orders are numbered as they come in
    region = rng.choice(len(world.references.regions), len(head), p=world.buyers)
    defective = rng.random(size) < defect_rates(world, month, listing)
    back = rng.random(size) < np.where(defective, RETURNED_DEFECTIVE, RETURNED)
    ordered = days[day][order]
    late = np.where(rng.random(len(head)) < LATE, rng.integers(1, 6, len(head)), 0)[order]
    lines = pd.DataFrame(
        {
            "listing": listing,
            "order": place[order],
            "line": np.arange(size) - head[order] + 1,
            "ordered_on": ordered,
            "quantity": quantity,
            "paid_fen": np.rint(
                world.listings.price.to_numpy()[listing] * quantity * rng.choice([100, 100, 95, 90, 80], size)
            ).astype(np.int64),
            "region": region[order],
            "defective": defective,
            "returned_on": np.where(back, ordered + rng.integers(2, 25, size), np.datetime64("NaT", "D")),
            "for_quality": rng.random(size) < np.where(defective, FOR_QUALITY_DEFECTIVE, FOR_QUALITY),
            "known_on": ordered + late,
        }
    )
    lines = lines.iloc[np.lexsort((lines.line, lines.order))].reset_index(drop=True)
    return Trade(month, lines, _reviews(world, platform, month, lines))


def _days(month: date) -> tuple[np.ndarray, np.ndarray]:
    """The days of a month and each one's share of its sales: week-ends are better, festivals much better."""
    days = np.arange(np.datetime64(month, "D"), np.datetime64(last_day(month), "D") + 1)
    weekday = (days.astype(np.int64) + 3) % 7
    weight = np.where(weekday >= 5, 1.15, 1.0)
    for (of_month, day), factor in words.FESTIVALS.items():
        if of_month == month.month:
            weight[day - 1] *= factor
    return days, weight / weight.sum()


def _part(month: date, last: date) -> float:
    """The share of a month's sales up to a day of it."""
    days, share = _days(month)
    return float(share[days <= np.datetime64(last, "D")].sum())


def _reviews(world: World, platform: int, month: date, lines: pd.DataFrame) -> pd.DataFrame:
    """Who bought defective goods of an outbreak writes sooner and more often than others, and worse."""
    names = platform, f"{month:%Y%m}"
    rng, size = stream(world.seed, "reviews", *names), len(lines)
    defective, hurt = lines.defective.to_numpy(), np.zeros(size, bool)
    hurt[defective] = ~pd.isna(outbreak_hazards(world, month, lines.listing.to_numpy()[defective]))
    written = np.flatnonzero(
        rng.random(size) < np.where(hurt, words.WRITE_HURT, REVIEWS / ORDER_LINES),
    )
    defective, hurt, many = defective[written], hurt[written], len(written)
    good, bad = (
        rng.choice([5, 4, 3, 2, 1], many, p=words.STARS),
        rng.choice([5, 4, 3, 2, 1], many, p=words.STARS_DEFECTIVE),
    )
    rating = np.where(defective, bad, good)
    worse = stream(world.seed, "reviews of outbreaks", *names)
    rating[hurt] = worse.choice([5, 4, 3, 2, 1], int(hurt.sum()), p=words.STARS_HURT)
    after = rng.integers(1, 20, many)
    return pd.DataFrame(
        {
            "line": written,
            "reviewed_on": lines.known_on.to_numpy("datetime64[D]")[written]
            + np.where(hurt, 1 + after // 3, after),
            "rating": rating,
            "kind": np.where(rating >= 4, 0, np.where(defective, 2, 1)),
            "text": rng.integers(0, 6, many),
        }
    )


def together(trades: Sequence[Trade]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return (lines, reviews) of several months of one platform as one frame each, in the order of
    ``trades``.

    Both have the columns of `Trade` and `month` (such as 202606); reviews also have `number`, which counts
    from 1 within the month. The column line of reviews is the row of the common frame of lines.
    """
    lines = pd.concat([t.lines for t in trades], ignore_index=True)
    reviews = pd.concat([t.reviews for t in trades], ignore_index=True)
    months = np.array([f"{t.month:%Y%m}" for t in trades], object)
    before = np.cumsum([0] + [len(t.lines) for t in trades[:-1]])
    reviews["line"] += np.repeat(before, [len(t.reviews) for t in trades])
    reviews["number"] = np.concatenate([np.arange(1, len(t.reviews) + 1) for t in trades])
    reviews["month"] = np.repeat(months, [len(t.reviews) for t in trades])
    lines["month"] = np.repeat(months, [len(t.lines) for t in trades])
    return lines, reviews


def order_ids(code: str, lines: pd.DataFrame) -> pa.Array:
    """Return order ids such as P07-O20250100000012, one per line: the platform's ``code``, the month, the
    order's number in it. ``lines``: first frame of `together`."""
    return joined(code, "-O", lines.month, digits(lines.order.to_numpy(), 8))
