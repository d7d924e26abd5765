"""The order lines, reviews and measures that a platform delivers, as `Rows`. A measure is what a platform
did about a shop or listing: a takedown, a ban, a self-inspection, an acknowledgement."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from jobs.simulate.country import identities, words
from jobs.simulate.country.hazard_words import NAME_ONE, NAME_STRUCK, REVIEWS, REVIEWS_ELSE, hazards_of
from jobs.simulate.country.rows import Rows, changed_later, days, in_deliveries, put_together, yuan
from jobs.simulate.country.streams import stream
from jobs.simulate.country.texts import arrow, digits, joined
from jobs.simulate.country.trade import order_ids, outbreak_hazards
from jobs.simulate.country.world import World

PERSONAL = 0.004  # share of reviews that contain a telephone or identity number or an e-mail address
# Kind of personal value → the words before it in a review.
PERSONAL_LEADS = {"phone": "请回电", "id": "我的身份证号", "email": "联系邮箱"}
TEXT, DAY, COUNT = pa.string(), pa.date32(), pa.int64()
CONTROL = {
    "control_id": TEXT,
    "platform_code": TEXT,
    "kind": TEXT,
    "happened_on": DAY,
    "shop_id": TEXT,
    "listing_id": TEXT,
    "sample_id": TEXT,
    "operator_uscc": TEXT,
    "reason": TEXT,
    "learned_on": DAY,
    "ended_on": DAY,
    "n_checked": COUNT,
    "n_removed": COUNT,
}
NO_TEXT = pa.scalar(None, pa.string())


def order_rows(world: World, platform: int, calendar: np.ndarray, lines: pd.DataFrame) -> Rows:
    """Return the rows of a platform's feed of orders: one per order line, and a second one in a later
    delivery, with the return, for a line that is returned after its first delivery.

    ``platform``: row of World.platforms; ``calendar``: days of the deliveries, in order; ``lines``: first
    frame of `trade.together`.
    """
    code = world.platforms.platform_code[platform]
    listing = lines.listing.to_numpy()
    order = order_ids(code, lines)
    returned = lines.returned_on.to_numpy("datetime64[D]")
    reason = pa.array(np.where(lines.for_quality, "quality", "other").astype(object), pa.string())
    rows = Rows(
        {
            "order_line_id": joined(order, "-", digits(lines.line, 1)),
            "order_id": order,
            "platform_code": pa.repeat(pa.scalar(code), len(lines)),
            "listing_id": arrow(world.listings.listing_id.iloc[listing]),
            "shop_id": arrow(world.shops.shop_id.iloc[world.listings.shop.to_numpy()[listing]]),
            "ordered_on": days(lines.ordered_on.to_numpy()),
            "quantity": pa.array(lines.quantity.to_numpy()),
            "amount": yuan(lines.paid_fen.to_numpy()),
            "consumer_region_code": arrow(
                world.references.regions.region_code.to_numpy()[lines.region.to_numpy()]
            ),
            "returned_on": days(returned),
            "return_reason": pc.if_else(pa.array(np.isnat(returned)), NO_TEXT, reason),
        },
        np.zeros(len(lines), np.int64),
    )
    rows, kept = in_deliveries(rows, lines.known_on.to_numpy("datetime64[D]"), calendar)
    before = {
        "returned_on": pa.nulls(len(kept), pa.date32()),
        "return_reason": pa.nulls(len(kept), pa.string()),
    }
    return changed_later(rows, returned[kept], calendar, before)


def review_rows(
    world: World, platform: int, calendar: np.ndarray, every: pd.DataFrame, reviews: pd.DataFrame
) -> tuple[Rows, dict[str, list[str]]]:
    """Return (rows of a platform's feed of reviews, kind → personal values that their texts hold), one row
    per review.

    ``platform``: row of World.platforms; ``calendar``: days of the deliveries, in order; ``every``,
    ``reviews``: both frames of `trade.together`. Kinds of personal values: phone, id, email.
    """
    code = world.platforms.platform_code[platform]
    lines = every.iloc[reviews.line.to_numpy()]
    order, size = order_ids(code, lines), len(reviews)
    texts = _texts(world, lines.listing.to_numpy(), reviews)
    chosen, kinds, values = _personal(world, platform, reviews)
    texts[chosen] += np.array([PERSONAL_LEADS[k] for k in kinds], object) + values + "。"
    rows = Rows(
        {
            "review_id": joined(code, "-R", reviews.month, digits(reviews.number.to_numpy(), 8)),
            "platform_code": pa.repeat(pa.scalar(code), size),
            "listing_id": arrow(world.listings.listing_id.iloc[lines.listing.to_numpy()]),
            "order_line_id": joined(order, "-", digits(lines.line, 1)),
            "order_id": order,
            "reviewed_on": days(reviews.reviewed_on.to_numpy()),
            "rating": pa.array(reviews.rating.to_numpy()),
            "text": pa.array(texts, pa.string()),
        },
        np.zeros(size, np.int64),
    )
    rows, kept = in_deliveries(rows, reviews.reviewed_on.to_numpy("datetime64[D]"), calendar)
    written = np.isin(chosen, kept)
    return rows, {kind: list(values[written & (kinds == kind)]) for kind in PERSONAL_LEADS}


def _texts(world: World, listing: np.ndarray, reviews: pd.DataFrame) -> np.ndarray:
    """The text of each review. Of the reviews about a defect half name a hazard of such goods; in an outbreak
    five in six name that of the outbreak."""
    kind, number = reviews.kind.to_numpy(), reviews.text.to_numpy()
    texts = np.array(words.REVIEWS, object)[np.minimum(kind, 1), number]
    bad = np.flatnonzero(kind == 2)
    category = world.listings.category_code.to_numpy(object)[listing[bad]]
    month = reviews.month.to_numpy(object)[bad]
    hazard = np.full(len(bad), None, object)
    for one in np.unique(month.astype(str)):
        at = np.flatnonzero(month == one)
        hazard[at] = outbreak_hazards(world, date(int(one[:4]), int(one[4:]), 1), listing[bad[at]])
    for row, code, struck, text in zip(bad, category, hazard, number[bad], strict=True):
        usual = hazards_of(code[:2])
        if struck is not None and text < NAME_STRUCK:
            texts[row] = REVIEWS[struck][text % 2]
        else:
            texts[row] = (
                REVIEWS[usual[text % len(usual)]][text % 2]
                if text < NAME_ONE
                else REVIEWS_ELSE[text - NAME_ONE]
            )
    return texts


def _personal(
    world: World, platform: int, reviews: pd.DataFrame
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return three arrays of one length, drawn at random: the positions in ``reviews`` of those that hold a
    personal value, its kind (a key of PERSONAL_LEADS) and the value as text. Telephone numbers may repeat.

    ``reviews``: second frame of `trade.together`, its months ascending. What is drawn for a month does not
    depend on which other months are there."""
    months, sizes = np.unique(reviews.month.to_numpy().astype(str), return_counts=True)
    drawn = [
        stream(world.seed, "personal", platform, m).random((n, 5)) for m, n in zip(months, sizes, strict=True)
    ]
    luck = np.concatenate([np.empty((0, 5)), *drawn])
    chosen = np.flatnonzero(luck[:, 0] < PERSONAL)
    luck, codes = luck[chosen], world.references.regions.region_code.to_numpy()
    kinds = np.array(list(PERSONAL_LEADS), object)[(luck[:, 1] * len(PERSONAL_LEADS)).astype(np.int64)]
    month, number = arrow(reviews.month.to_numpy()[chosen]), reviews.number.to_numpy()[chosen]
    phones = identities.phones(
        number + 400_000 * (platform + 57 * (month.cast(pa.int64()).to_numpy() % 100)), 7
    )
    emails = np.array(
        joined(
            "buyer", digits(np.full(len(chosen), platform), 2), month, digits(number, 1), "@example.com"
        ).to_pylist(),
        object,
    )
    ids = identities.person_ids(luck[:, 3:], codes[(luck[:, 2] * len(codes)).astype(np.int64)])
    return chosen, kinds, np.where(kinds == "phone", phones, np.where(kinds == "id", ids, emails))


def control_rows(
    world: World, platform: int, calendar: np.ndarray, known_measures: pd.DataFrame | None
) -> Rows:
    """Return the rows of a platform's feed of measures: bans of sellers who were found dishonest, and those
    of ``known_measures`` that are the platform's.

    ``known_measures``: None, or one row per measure of any platform, as `authorities.controls.controls`
    returns it: columns of silver.platform_control, and `_known`, the day from which the platform reports it.
    ``platform``: row of World.platforms; ``calendar``: days of the deliveries, in order.
    """
    parts = [_bans(world, platform, calendar)]
    if known_measures is not None:
        mine = known_measures[known_measures.platform_code == world.platforms.platform_code[platform]]
        columns = {n: _typed(mine[n], CONTROL[n]) for n in CONTROL if n in mine}
        rows = controls(world.platforms.platform_code[platform], len(mine), **columns)
        parts.append(in_deliveries(rows, mine["_known"].to_numpy("datetime64[D]"), calendar)[0])
    return put_together(parts)


def _typed(column: pd.Series, kind: pa.DataType) -> pa.Array:
    return (
        days(column.to_numpy("datetime64[D]"))
        if kind == pa.date32()
        else pa.array(column, kind, from_pandas=True)
    )


def controls(code: str, size: int, **columns: pa.Array) -> Rows:
    """Return ``size`` rows of measures of the platform with this ``code``. ``columns``: Arrow columns by
    name of CONTROL; those that are not given are null."""
    given = {"platform_code": pa.repeat(pa.scalar(code), size), **columns}
    return Rows(
        {n: given[n] if n in given else pa.nulls(size, kind) for n, kind in CONTROL.items()},
        np.zeros(size, np.int64),
    )


def _bans(world: World, platform: int, calendar: np.ndarray) -> Rows:
    """Three in five of the shops whose operators are found dishonest are banned some weeks later; the others
    trade on."""
    rng, code = stream(world.seed, "bans", platform), world.platforms.platform_code[platform]
    mine = np.flatnonzero(world.shops.platform.to_numpy()[: world.n_history_shops] == platform)
    found = world.enterprises.dishonest_from.to_numpy("datetime64[D]")[
        world.shops.enterprise.to_numpy()[mine]
    ]
    draws, delay = rng.random(len(mine)), rng.integers(5, 60, len(mine))
    banned = np.flatnonzero(~np.isnat(found) & (draws < 0.6))
    shops, size = world.shops.iloc[mine[banned]], len(banned)
    happened = found[banned] + delay[banned]
    rows = controls(
        code,
        size,
        control_id=joined(code, "-B", digits(mine[banned], 6)),
        kind=pa.repeat(pa.scalar("ban"), size),
        happened_on=days(happened),
        shop_id=arrow(shops.shop_id),
        operator_uscc=arrow(shops.filed_uscc),
        reason=pa.repeat(pa.scalar("经营者被列入失信名单（合成）"), size),
        learned_on=days(happened - 3),
    )
    return in_deliveries(rows, happened, calendar)[0]
