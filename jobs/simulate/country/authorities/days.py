"""Days of the country's calendar: the months covered, working days, hours of the day."""

from __future__ import annotations

import numpy as np

from jobs.simulate.country.world import World, months_made

DAY = np.timedelta64(1, "D")
NEVER = np.datetime64("NaT", "D")


def first_day(world: World) -> np.datetime64:
    return np.datetime64(world.start, "D")


def last_day(world: World) -> np.datetime64:
    """The last day of the history."""
    return np.datetime64(world.end, "D")


def horizon(world: World) -> np.datetime64:
    """The day of the last night: nothing that happens later is reported."""
    return last_day(world) + world.n_nights * DAY


def months(world: World) -> np.ndarray:
    """The months (datetime64[M]) of whole quarters, up to the one of which anything can be known by the last
    night."""
    return np.datetime64(world.start, "M") + np.arange(months_made(world.start, world.end, world.n_nights))


def quarters(world: World) -> np.ndarray:
    """Their first months."""
    return months(world)[::3]


def after(days: np.ndarray, count: np.ndarray | int) -> np.ndarray:
    """``count`` days later; NaT stays."""
    return days + np.asarray(count).astype("timedelta64[D]")


def working_days_after(days: np.ndarray, count: np.ndarray | int) -> np.ndarray:
    """``count`` Mondays to Fridays later. Holidays are not looked up: whoever must be in time or late keeps a
    margin."""
    days = np.asarray(days, "datetime64[D]")
    gone = np.isnat(days)
    moved = np.busday_offset(
        np.where(gone, np.datetime64("2000-01-03"), days), np.where(gone, 0, count), roll="backward"
    )
    return np.where(gone, NEVER, moved)


def at(rng: np.random.Generator, days: np.ndarray, hours: tuple[int, int] = (8, 18)) -> np.ndarray:
    """A moment (local, seconds) on each day, from the first hour to before the second."""
    seconds = rng.integers(hours[0] * 3600, hours[1] * 3600, len(days)).astype("timedelta64[s]")
    return np.asarray(days, "datetime64[D]").astype("datetime64[s]") + seconds
