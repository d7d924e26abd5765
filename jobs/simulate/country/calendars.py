"""When a platform delivers: the history in one or a few files, all on its last day, then files of single
nights; some files arrive a night late, some are sent twice.

A platform is given by its row in World.platforms, the largest first; a feed by its name in `dialects.FEEDS`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from jobs.simulate.country.trade import n_lines
from jobs.simulate.country.world import World, last_day

# The first GIANTS platforms deliver the history in several files; the first DAILY ones deliver a file each
# night, the others one a week.
GIANTS, DAILY = 5, 10
MONTHLY = 250_000  # above so many order lines a giant delivers the history's orders in one file per month


@dataclass(frozen=True)
class Calendar:
    """The deliveries of one feed, in order. ``days``: the day in each file's name; ``arrives``: the day on
    which each arrives; ``n_history``: how many of them, the first ones, belong to the history."""

    days: tuple[date, ...]
    arrives: tuple[date, ...]
    n_history: int

    @property
    def array(self) -> np.ndarray:
        """The ``days`` as datetime64 array."""
        return np.array(self.days, "datetime64[D]")


def calendar(world: World, platform: int, feed: str) -> Calendar:
    """Return the deliveries of a platform's ``feed`` up to the last night; one that would arrive later is
    left out. ``platform``: row of World.platforms."""
    ends = [min(last_day(m), world.end) for m in world.months]
    history = [ends[-1]]
    if platform < GIANTS and feed == "orders":
        many = sum(int(n_lines(world, m)[platform]) for m in world.months)
        history = ends if many > MONTHLY else ends[::-3][::-1]
    elif platform < GIANTS and feed in ("shops", "listings", "reviews"):
        history = sorted({ends[len(ends) // 2], ends[-1]})
    nights = [n for n in world.nights if platform < DAILY or n.toordinal() % 7 == platform % 7]
    arrives = [n + timedelta(days=late(platform, n)) for n in nights]
    nights = [n for n, a in zip(nights, arrives, strict=True) if a <= (world.nights or (world.end,))[-1]]
    return Calendar(
        (*history, *nights),
        (*(world.end for _ in history), *(n + timedelta(days=late(platform, n)) for n in nights)),
        len(history),
    )


def late(platform: int, night: date) -> int:
    """Return how many days after the day ``night`` in its name a file of the ``platform`` (row) arrives: 0
    or 1."""
    return int(platform < DAILY and (platform * 7 + night.toordinal()) % 11 == 3)


def twice(platform: int, night: date) -> bool:
    """Return whether a ``platform`` (row) is to send its files of this ``night`` a second time, a day later
    and under another name. It does not send those that would arrive after the last night, and none where its
    family delivers the heads of orders in files beside the lines (`platform_files`)."""
    return platform < DAILY and (platform * 5 + night.toordinal()) % 13 == 1
