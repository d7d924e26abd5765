"""The made-up trade of the demonstration: orders with their lines, reviews of them, and complaints about some."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from math import exp
from random import Random

from jobs.simulate import demonstration_words as words
from jobs.simulate.demonstration_market import Listing, Market, References, pick_county

# Orders of two years; more in November (11·11) and June (6·18).
ORDERS = {"DEMO_A": 16_000, "DEMO_B": 14_000, "DEMO_C": 9_000}
BUSY_MONTHS = {6: 1.5, 11: 2.2}
COMPLAINT_SHARE = 0.02  # of orders, at the failing share of the category
LAST_FILED = date(2026, 6, 30)


@dataclass(frozen=True)
class Line:
    number: int
    listing: Listing
    quantity: int
    paid_fen: int
    returned_on: date | None
    for_quality: bool


@dataclass(frozen=True)
class Order:
    order_id: str
    platform: str
    placed_on: date
    consumer_region_code: str
    lines: list[Line]


@dataclass(frozen=True)
class Review:
    review_id: str
    order: Order
    line: Line
    written_on: date
    rating: int
    text: str


@dataclass(frozen=True)
class Complaint:
    """``kind``: 投诉, 举报 or 咨询; ``result``: of the mediation, '' where there was none."""

    complaint_id: str
    matter_id: str
    order: Order
    listing: Listing
    received_on: date
    kind: str
    channel: str
    quality: bool
    text: str
    complainant: str
    accepted: bool | None
    decided_on: date | None
    result: str
    ended_on: date | None


@dataclass(frozen=True)
class Trade:
    orders: list[Order]
    reviews: list[Review]
    complaints: list[Complaint]

    def of(self, platform: str) -> Trade:
        return Trade(
            [o for o in self.orders if o.platform == platform], [r for r in self.reviews if r.order.platform == platform],
            [c for c in self.complaints if c.order.platform == platform],
        )


def build_trade(market: Market, references: References, seed: int) -> Trade:
    """Orders of the three platforms from July 2024 to June 2026; the same seed gives the same trade."""
    random = Random(f"{seed}:trade")
    orders: list[Order] = []
    for platform in words.PLATFORMS:
        listings = [x for x in market.listings if x.platform == platform.code]
        weights = [x.units_sold for x in listings]
        days = _days(random, ORDERS[platform.code])
        chosen = iter(random.choices(listings, weights, k=3 * len(days)))
        orders += [_order(f"{n:06d}", platform.code, day, chosen, references, random) for n, day in enumerate(days, start=1)]
    reviews = [r for o in orders for r in _reviews(o, random)]
    complaints = [c for o in orders for c in _complaints(o, random)]
    return Trade(orders, reviews, _numbered(complaints))


def _days(random: Random, number: int) -> list[date]:
    """Days of orders in time order."""
    every = [words.FIRST_DAY + timedelta(days=n) for n in range((words.LAST_DAY - words.FIRST_DAY).days + 1)]
    return sorted(random.choices(every, [BUSY_MONTHS.get(day.month, 1.0) for day in every], k=number))


def _order(number: str, platform: str, day: date, chosen, references: References, random: Random) -> Order:
    lines = []
    for place in range(1, random.choices((1, 2, 3), (70, 22, 8))[0] + 1):
        listing = next(chosen)
        quantity = random.choices((1, 2, 3), (85, 12, 3))[0]
        bad = _badness(listing)
        returned = random.random() < 0.03 + 0.5 * bad * 0.2
        back = day + timedelta(days=random.randint(3, 20))
        on = back if returned and back <= LAST_FILED else None
        lines.append(Line(place, listing, quantity, listing.price_fen * quantity, on, on is not None and random.random() < 2.5 * bad))
    return Order(number, platform, day, pick_county({}, references, random), lines)


def _badness(listing: Listing) -> float:
    """Chance that the goods are faulty: the failing share of their category, moved by the platform's odds."""
    share = words.FAILING_SHARE[listing.category_code[:2]]
    odds = share / (1 - share) * exp(next(p.log_odds for p in words.PLATFORMS if p.code == listing.platform))
    return odds / (1 + odds)


def _reviews(order: Order, random: Random) -> list[Review]:
    found = []
    for line in order.lines:
        if random.random() < 0.12:
            faulty = random.random() < _badness(line.listing)
            rating = random.choices((1, 2, 3, 4, 5), (40, 30, 20, 7, 3) if faulty else (2, 3, 10, 30, 55))[0]
            written = order.placed_on + timedelta(days=random.randint(4, 25))
            text = random.choice(words.REVIEWS_BAD if rating <= 2 else words.REVIEWS_GOOD)
            if written <= LAST_FILED:
                found.append(Review(f"{order.order_id}-{line.number}", order, line, written, rating, text))
    return found


def _complaints(order: Order, random: Random) -> list[Complaint]:
    line = order.lines[0]
    if random.random() >= COMPLAINT_SHARE * _badness(line.listing) / 0.12:
        return []
    received = order.placed_on + timedelta(days=random.randint(2, 40))
    if received > LAST_FILED:
        return []
    quality = random.random() < 0.7
    kind = random.choices(("投诉", "举报", "咨询"), (82, 12, 6))[0]
    told = random.choice(words.COMPLAINTS_QUALITY if quality else words.COMPLAINTS_OTHER)
    decided = received + timedelta(days=random.randint(1, 9))
    ended = decided + timedelta(days=random.randint(5, 60))
    open_ = decided > LAST_FILED or kind == "咨询"
    accepted = None if open_ else random.random() < 0.9
    mediated = bool(accepted) and kind == "投诉" and ended <= LAST_FILED
    return [
        Complaint(
            "", "", order, line.listing, received, kind, random.choice(("12315平台", "电话", "来信")), quality,
            told.format(product=line.listing.product_name), f"演示投诉人{random.randint(1, 400):03d}", accepted, None if open_ else decided,
            random.choices(("达成一致", "调解不成", "撤回"), (60, 30, 10))[0] if mediated else "", ended if mediated else None,
        )
    ]


def _numbered(complaints: list[Complaint]) -> list[Complaint]:
    """In order of receipt, numbered; every twentieth matter came a second time by another way, on the same day."""
    found: list[Complaint] = []
    ordered = sorted(complaints, key=lambda c: (c.received_on, c.order.platform, c.order.order_id))
    for year, group in groupby(ordered, key=lambda c: c.received_on.year):
        number = 0
        for place, complaint in enumerate(group, start=1):
            matter = f"DEMO-M{year}{place:05d}"
            for channel in (complaint.channel, "平台转办") if place % 20 == 0 else (complaint.channel,):
                number += 1
                found.append(_renamed(complaint, f"DEMO-C{year}{number:05d}", matter, channel))
    return found


def _renamed(complaint: Complaint, complaint_id: str, matter_id: str, channel: str) -> Complaint:
    return Complaint(**{**complaint.__dict__, "complaint_id": complaint_id, "matter_id": matter_id, "channel": channel})
