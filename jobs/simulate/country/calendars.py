"""When a platform delivers: the history in a few files, then nights; some files come a night late, some come
twice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from jobs.simulate.country.trade import n_lines
from jobs.simulate.country.world import World, last_day

# Platforms (rows) below these: several files of the history; a file each night (others one a week).
GIANTS, DAILY = 5, 10
MONTHLY = 250_000  # order lines of the history from which a giant's orders come month by month


@dataclass(frozen=True)
class Calendar:
    """Days of a feed's deliveries (as in file names), those of the history first; the night on which each
    arrives."""

    days: tuple[date, ...]
    arrives: tuple[date, ...]
    n_history: int

    @property
    def array(self) -> np.ndarray:
        return np.array(self.days, "datetime64[D]")


def calendar(world: World, platform: int, feed: str) -> Calendar:
    """The deliveries of a feed up to the last night; one that would arrive later is not among them."""
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
    """How many nights later than its name says a file arrives."""
    return int(platform < DAILY and (platform * 7 + night.toordinal()) % 11 == 3)


def twice(platform: int, night: date) -> bool:
    """Whether a night's files are sent again the night after, under another name."""
    return platform < DAILY and (platform * 5 + night.toordinal()) % 13 == 1
