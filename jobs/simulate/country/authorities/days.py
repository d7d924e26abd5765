"""Days of the country's calendar: the months covered, working days, hours of the day. Days are
datetime64[D], NaT (NEVER) for what does not happen."""

from __future__ import annotations

import numpy as np

from jobs.simulate.country.world import World, months_made

DAY = np.timedelta64(1, "D")
NEVER = np.datetime64("NaT", "D")


def first_day(world: World) -> np.datetime64:
    """Return the first day of the history."""
    return np.datetime64(world.start, "D")


def last_day(world: World) -> np.datetime64:
    """Return the last day of the history."""
    return np.datetime64(world.end, "D")


def horizon(world: World) -> np.datetime64:
    """Return the day of the last single night (the last day of the history where there are none): nothing
    that happens later is reported."""
    return last_day(world) + world.n_nights * DAY


def months(world: World) -> np.ndarray:
    """Return the months (datetime64[M]) of whole quarters from the start of the history, up to the quarter
    about which anything can be known by the last night."""
    return np.datetime64(world.start, "M") + np.arange(months_made(world.start, world.end, world.n_nights))


def quarters(world: World) -> np.ndarray:
    """Return the first months (datetime64[M]) of the quarters that `months` returns."""
    return months(world)[::3]


def after(days: np.ndarray, count: np.ndarray | int) -> np.ndarray:
    """Return the days that are ``count`` days later, NaT for NaT. ``count``: one number, or one per day; it
    may be negative."""
    return days + np.asarray(count).astype("timedelta64[D]")


def working_days_after(days: np.ndarray, count: np.ndarray | int) -> np.ndarray:
    """Return the days that are ``count`` working days (Monday to Friday) later, NaT for NaT. ``count``: one
    number, or one per day.

    Holidays are not left out: the simulated parties are in time or late by a margin, so that no holiday
    decides it.
    """
    days = np.asarray(days, "datetime64[D]")
    gone = np.isnat(days)
    moved = np.busday_offset(
        np.where(gone, np.datetime64("2000-01-03"), days), np.where(gone, 0, count), roll="backward"
    )
    return np.where(gone, NEVER, moved)


def at(rng: np.random.Generator, days: np.ndarray, hours: tuple[int, int] = (8, 18)) -> np.ndarray:
    """Return a random moment (datetime64[s], local time) on each of ``days``, drawn with ``rng`` from the
    first of ``hours`` to before the second."""
    seconds = rng.integers(hours[0] * 3600, hours[1] * 3600, len(days)).astype("timedelta64[s]")
    return np.asarray(days, "datetime64[D]").astype("datetime64[s]") + seconds
