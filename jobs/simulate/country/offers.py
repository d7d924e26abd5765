"""The shops and listings that a platform delivers, with later versions of the same row. A delivery is named
by its place (0, 1, …) among the days of the feed's `calendars.calendar`."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jobs.simulate.country.citing import cited, restated_on
from jobs.simulate.country.rows import Rows, changed_later, days, in_deliveries, moments, put_together, yuan
from jobs.simulate.country.streams import shared_out, stream
from jobs.simulate.country.texts import arrow
from jobs.simulate.country.trade import on_sale
from jobs.simulate.country.world import World, last_day

CHANGES = 0.005  # price changes, as a share of the records of the history
# Seconds since midnight at which versions of rows are dated.
MORNING, TEN, NOON, EVENING = 8 * 3600, 10 * 3600, 12 * 3600, 20 * 3600


def shop_rows(world: World, platform: int, calendar: np.ndarray) -> Rows:
    """Return the rows of a platform's feed of shops: one per shop, and a second one in a later delivery for
    a shop that closes after its first delivery.

    ``platform``: row of World.platforms; ``calendar``: days of the deliveries, in order.
    """
    mine = np.flatnonzero(world.shops.platform.to_numpy() == platform)
    shops = world.shops.iloc[mine]
    operator = shops.enterprise.to_numpy()
    opened, closed = (shops[c].to_numpy("datetime64[D]") for c in ("opened_on", "closed_on"))
    changed = ~np.isnat(closed)
    first = moments(opened, np.full(len(mine), MORNING))
    rows = Rows(
        {
            "shop_id": arrow(shops.shop_id),
            "platform_code": pa.array(world.platforms.platform_code.to_numpy()[shops.platform], pa.string()),
            "name": arrow(shops.name),
            "operator_name": arrow(shops.filed_name),
            "operator_uscc": arrow(shops.filed_uscc),
            "operator_type": arrow(shops.filed_type),
            "operator_ref": arrow(shops.filed_person_id),
            "region_code": arrow(world.enterprises.region_code.to_numpy()[operator]),
            "address_text": arrow(shops.filed_address),
            "phone_ref": arrow(shops.filed_phone),
            "representative_ref": arrow(shops.filed_representative),
            "licence_verified": pa.array(shops.licence_verified.to_numpy()),
            "opened_on": days(opened),
            "closed_on": days(closed),
            "updated_at": moments(np.where(changed, closed, opened), np.where(changed, EVENING, MORNING)),
        },
        np.zeros(len(mine), np.int64),
    )
    rows, kept = in_deliveries(rows, opened, calendar)
    nothing = pa.nulls(len(kept), pa.date32())
    return changed_later(
        rows, closed[kept], calendar, {"closed_on": nothing, "updated_at": first.take(pa.array(kept))}
    )


def listing_rows(world: World, platform: int, calendar: np.ndarray, months: tuple[date, ...]) -> Rows:
    """Return the rows of a platform's feed of listings: one per version of a listing.

    Versions are: as it is listed, with each change of price in ``months`` (first days), as it names a new
    edition of its standard, and as it is taken down. Older versions are marked by `Rows.lost_at`.
    ``platform``: row of World.platforms; ``calendar``: days of the deliveries, in order.
    """
    mine = world.by_platform[platform]
    listed, taken = (world.listings[c].to_numpy("datetime64[D]")[mine] for c in ("listed_on", "delisted_on"))
    rows = _versions(
        world,
        mine,
        np.where(np.isnat(taken), listed, taken),
        np.where(np.isnat(taken), MORNING, EVENING),
        1.0,
    )
    rows, kept = in_deliveries(rows, listed, calendar)
    first = moments(listed[kept], np.full(len(kept), MORNING))
    parts = [
        changed_later(
            rows,
            taken[kept],
            calendar,
            {
                "delisted_on": pa.nulls(len(kept), pa.date32()),
                "updated_at": first,
                "standard_no": arrow(cited(world, mine[kept], listed[kept])),
            },
        )
    ]
    restated = restated_on(world, mine)
    later = np.flatnonzero(restated > listed)
    version = _versions(world, mine[later], restated[later], np.full(len(later), TEN), 1.0, down=False)
    parts.append(in_deliveries(version, restated[later], calendar)[0])
    changed, day, factor = _prices(world, platform, months)
    version = _versions(world, changed, day, np.full(len(changed), NOON), factor, down=False)
    parts.append(in_deliveries(version, day, calendar)[0])
    return _older_lost(put_together(parts))


def _prices(
    world: World, platform: int, months: tuple[date, ...]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Changes of price: the listing (row), the day, the factor."""
    found = []
    many = int(
        shared_out(
            round(CHANGES * world.records / world.n_months), np.array([len(p) for p in world.by_platform])
        )[platform]
    )
    for month in months:
        rng, offered = (
            stream(world.seed, "prices", platform, f"{month:%Y%m}"),
            on_sale(world, platform, month),
        )
        changed = np.sort(rng.choice(offered, min(many, len(offered)), replace=False))
        days_ = np.datetime64(month, "D") + rng.integers(0, last_day(month).day, len(changed))
        found.append(
            (changed, days_, 1 + rng.choice([-1, 1], len(changed)) * rng.uniform(0.05, 0.2, len(changed)))
        )  # no change that rounds to none
    return tuple(np.concatenate(parts) for parts in zip(*found, strict=True))  # type: ignore[return-value]


def _versions(
    world: World,
    which: np.ndarray,
    day: np.ndarray,
    seconds: np.ndarray,
    factor: np.ndarray | float,
    *,
    down: bool = True,
) -> Rows:
    """Rows of listings as of ``day``; ``factor``: of the price; ``down``: with the day on which they are
    taken down."""
    listings, enterprises = world.listings.iloc[which], world.enterprises
    claimed, brand = listings.claimed.to_numpy(), listings.brand.to_numpy()
    named = pa.array(claimed >= 0)

    def of_producer(column: str) -> pa.Array:
        return pc.if_else(named, arrow(enterprises[column].to_numpy()[claimed]), pa.scalar(None, pa.string()))

    brands = pc.if_else(
        pa.array(brand >= 0), arrow(world.brands.name_zh.to_numpy()[brand]), pa.scalar(None, pa.string())
    )
    taken = listings.delisted_on.to_numpy("datetime64[D]")
    return Rows(
        {
            "listing_id": arrow(listings.listing_id),
            "platform_code": pa.array(
                world.platforms.platform_code.to_numpy()[listings.platform], pa.string()
            ),
            "shop_id": arrow(world.shops.shop_id.iloc[listings.shop]),
            "title": arrow(listings.title),
            "category_code": arrow(listings.category_code),
            "brand": brands,
            "model": arrow(listings.model),
            "producer_name": of_producer("name"),
            "producer_uscc": of_producer("uscc"),
            "producer_region_code": of_producer("region_code"),
            "standard_no": arrow(cited(world, which, day)),
            "certificate_no": arrow(listings.certificate_no),
            "barcode": arrow(listings.barcode),
            "price": yuan(np.rint(listings.price.to_numpy() * factor * 100)),
            "listed_on": days(listings.listed_on.to_numpy("datetime64[D]")),
            "delisted_on": days(taken if down else np.full(len(which), "NaT", "datetime64[D]")),
            "updated_at": moments(day, seconds),
        },
        np.zeros(len(which), np.int64),
    )


def _older_lost(rows: Rows) -> Rows:
    """Mark each row that has a later version of its key as lost in the delivery that holds the next
    version."""
    key = rows.columns["listing_id"].dictionary_encode().indices.to_numpy()
    order = np.lexsort((rows.columns["updated_at"].to_numpy(), key))
    same = key[order][1:] == key[order][:-1]
    rows.lost_at = np.full(len(rows), -1)
    rows.lost_at[order[:-1][same]] = rows.delivery[order[1:][same]]
    return rows
