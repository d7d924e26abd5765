"""Tiny frames for tracing: valid codes, a few divisions, batches of producers."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from sampling_frames import CONTRACTS, frames

from jobs.marts.tracing import enforcement_lead, source_hotspot, source_trace
from jobs.period import Period
from jobs.simulate.country.identities import usccs

AS_OF = date(2026, 6, 30)


def codes(number: int) -> list[str]:
    """Valid codes of companies in Hangzhou."""
    kinds, places = pa.array(["91"] * number), pa.array(["330106"] * number)
    return [str(code) for code in usccs(np.arange(number), kinds, places)]


def division(code: str, level: str, parent: str | None, **more: Any) -> dict[str, Any]:
    return {"region_code": code, "name_zh": f"区{code}", "level": level, "parent_code": parent} | more


REGION = [
    division("330000", "province", None),
    division("330100", "prefecture", "330000"),
    division("330106", "county", "330100"),
    division("330108", "county", "330100"),
    division("440000", "province", None),
    division("440100", "prefecture", "440000"),
    division("440106", "county", "440100"),
    division("330190", "county", "330100", valid_to=date(2020, 1, 1), succeeded_by=["330106"]),
    division("330191", "county", "330100", valid_to=date(2020, 1, 1), succeeded_by=["330106", "330108"]),
    division("330192", "county", "330100", valid_to=date(2020, 1, 1), succeeded_by=["330190"]),
    division("999900", "county", None, valid_to=date(2020, 1, 1), succeeded_by=["330106", "440106"]),
    division("330193", "county", "330100", valid_to=date(2020, 1, 1)),
]


def inputs_of(table: str, rows: dict[str, list[dict[str, Any]]]) -> dict[str, pd.DataFrame]:
    """What build() of a table is given: ``rows`` by name, with the places of silver rows where it reads
    them."""
    names = tuple(i.split(".")[1] for i in CONTRACTS[f"gold.{table}"].inputs)
    given = frames({"region": REGION, **rows}, names)
    return {
        name: frame if "_load_key" in frame else frame.assign(_source="s", _load_key=f"k-{name}", _record=1)
        for name, frame in given.items()
    }


def trace(**rows: list[dict[str, Any]]) -> pd.DataFrame:
    return source_trace.build(**inputs_of("source_trace", rows), period=Period(AS_OF))


def leads(found: pd.DataFrame, **rows: list[dict[str, Any]]) -> pd.DataFrame:
    given = inputs_of("enforcement_lead", rows) | {"source_trace": found}
    return enforcement_lead.build(**given, period=Period(AS_OF))


def hotspots(**rows: list[dict[str, Any]]) -> pd.DataFrame:
    return source_hotspot.build(**inputs_of("source_hotspot", rows), period=Period(AS_OF))


def batch(name: str, **more: Any) -> dict[str, Any]:
    return {
        "sample_id": name,
        "plan_id": "p",
        "purchased_on": date(2026, 3, 1),
        "platform_code": "P1",
        "category_code": "HA01",
        "channel": "online",
    } | more


def failing(name: str, *, outcome: str = "nonconforming") -> dict[str, Any]:
    return {"sample_id": name, "stage": "first", "outcome": outcome, "issued_on": date(2026, 3, 20)}


def national(seed: int, *, makers: int, planted: float = 1.0) -> dict[str, list[dict[str, Any]]]:
    """Batches of ``makers`` producers over three platforms, all failing by their category's rate alone but
    those of the first, whose rate is ``planted`` times as high."""
    rng, code = np.random.default_rng([seed, 23]), codes(makers)
    rate = {"HA01": 0.05, "TY01": 0.15}
    samples, conclusions = [], []
    for number in range(makers * 12):
        maker, category = number % makers, str(rng.choice(["HA01", "TY01"]))
        chance = rate[category] * (planted if maker == 0 else 1.0)
        samples.append(
            batch(
                f"s{number}",
                producer_uscc=code[maker],
                category_code=category,
                platform_code=f"P{rng.integers(1, 4)}",
                shop_id=f"S{number % 7}",
            )
        )
        conclusions.append(
            failing(f"s{number}", outcome="nonconforming" if rng.random() < chance else "conforming")
        )
    return {"sample": samples, "standing_conclusion": conclusions}
