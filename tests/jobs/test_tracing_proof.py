"""A proof of gold.source_hotspot on seeded nations, through the build that makes the table."""

from __future__ import annotations

import pytest
from tracing_frames import codes, hotspots, national

pytestmark = pytest.mark.proof
MAKERS, PLANTED = 20, range(20)


def named(seed: int, planted: float) -> set[str]:
    found = hotspots(**national(seed, makers=MAKERS, planted=planted))
    whole = found[(found["period_type"] == "all") & (found["unit_type"] == "producer")]
    return set(whole.loc[whole["named"].astype(bool), "unit_code"])


def test_a_producer_that_fails_six_times_as_often_is_mostly_named_and_no_other():
    first = codes(1)[0]
    found = [named(seed, planted=6.0) for seed in PLANTED]
    hits, names = sum(first in one for one in found), sum(map(len, found))
    assert hits >= 12 and hits / names >= 0.9, (hits, names)  # 14 of 14, each with twelve batches
