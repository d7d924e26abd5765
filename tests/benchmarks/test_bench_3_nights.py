"""Nights as a user has them, each command a process of its own: all new, one in a hundred new, nothing new, all again."""

from __future__ import annotations

import pytest
from meter import Meter
from pyspark.sql import SparkSession

pytestmark = pytest.mark.bench


def test_a_night_costs_what_is_new(market) -> None:
    active = SparkSession.getActiveSession()
    if active is not None:  # the session of the benchmarks before must not share the machine with these nights
        active.stop()
    meter = Meter("nights: land and run")
    market.put_lines("lines_1.csv", market.rows)
    with meter.measure("a night with all lines new", market.rows):
        market.night()
    market.put_lines("lines_2.csv", market.rows // 100, first=market.rows, last_days=30)
    with meter.measure("a night with 1 % new", market.rows // 100):
        market.night()
    with meter.measure("a night with nothing new", 0):
        market.night()
    with meter.measure("run --full-refresh", market.rows + market.rows // 100):
        market.night("--full-refresh")
    first, little, nothing, again = (m.seconds for m in meter.measured)
    meter.show(("full refresh to 1 % night", again / little), ("full refresh to a night with nothing new", again / nothing))
