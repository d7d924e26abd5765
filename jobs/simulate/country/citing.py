"""Which edition of its standard a listing names on a day. Pages are corrected some time after a standard has
got a new edition, and many never are."""

from __future__ import annotations

import numpy as np

from jobs.simulate.country.authorities.standards import RENEWED, editions, renewed_on
from jobs.simulate.country.streams import stream
from jobs.simulate.country.world import World

NEW_GOODS = 0.92  # share of what is listed after the new edition became valid that names it
PUT_RIGHT, WITHIN = 0.55, 150  # share of the older pages that are corrected, and within how many days
D = "datetime64[D]"


def restated_on(world: World, rows: np.ndarray) -> np.ndarray:
    """Return the day (datetime64[D]) from which each of the listings ``rows`` (of World.listings) names the
    new edition of its standard; NaT where it never does, or where the standard gets none."""
    listings = world.listings.iloc[rows]
    day, luck = renewed_on(world), stream(world.seed, "restated").random((len(world.listings), 2))[rows]
    listed, taken = (listings[c].to_numpy(D) for c in ("listed_on", "delisted_on"))
    renewed = listings.standard_no.isin(RENEWED).to_numpy()
    new = listed >= day
    changed = np.where(new, listed, day + (luck[:, 1] * WITHIN).astype(int).astype("timedelta64[D]"))
    able = renewed & (luck[:, 0] < np.where(new, NEW_GOODS, PUT_RIGHT)) & ~(changed >= taken)
    return np.where(able, changed, np.datetime64("NaT", "D"))


def cited(world: World, rows: np.ndarray, day: np.ndarray) -> np.ndarray:
    """Return the number of the standard that each of the listings ``rows`` (of World.listings) names on its
    ``day``, an object array; None where it names none. ``day``: one day per listing."""
    listings = world.listings.iloc[rows]
    names = {old: new for old, new in editions(world).items() if new}
    standard = listings.standard_no.to_numpy(object)
    current = restated_on(world, rows) <= np.asarray(day, D)
    renewed = np.array([names.get(s, s) if s is not None else None for s in standard], object)
    return np.where(current, renewed, standard)
