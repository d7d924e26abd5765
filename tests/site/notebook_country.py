"""An index of the site's country, made up: nation and three platforms in two quarters, so that pages and
notebooks have one to show."""

from __future__ import annotations

from datetime import date
from itertools import product

import pandas as pd
import pyarrow as pa
from country_files import DAY, NOW

from jobs.lake import ops
from jobs.lake.tables import Lake

QUARTERS = (date(2026, 1, 1), date(2026, 4, 1))
UNITS = (("nation", "CN"), ("platform", "P01"), ("platform", "P02"), ("platform", "P03"))
PILLARS = {
    "conformity": 0.35,
    "consumer_experience": 0.2,
    "authenticity": 0.15,
    "governance": 0.15,
    "standards_risk": 0.15,
}
INDICATORS = {
    "exposure_rate": "conformity",
    "serious_rate": "conformity",
    "quality_complaints": "consumer_experience",
    "takedown_on_time": "governance",
}
KEY = ["period_type", "period_start", "dimension_type", "dimension_code"]


def _weak_points(keys: list[tuple]) -> list[tuple]:
    """Every indicator of every platform, weak."""
    return [
        (
            *k,
            name,
            pillar,
            i + 1,
            True,
            0.09,
            0.06,
            0.12,
            2.0,
            0.5,
            3.5,
            0.05,
            0.03,
            1.5,
            "platform",
            "做",
            "do it",
        )
        for k in keys
        if k[2] == "platform"
        for i, (name, pillar) in enumerate(INDICATORS.items())
    ]


INDEX_COLUMNS = {
    "gold.quality_index": [
        *KEY,
        *(
            "score band low high tier rank rank_low rank_high coverage n_judged published reason "
            "method_version"
        ).split(),
    ],
    "gold.quality_index_pillar": [*KEY, "pillar", "score", "weight", "contribution", "coverage"],
    "gold.quality_index_indicator": [
        *KEY,
        *(
            "indicator pillar value estimate value_low value_high goal_low goal_high score clipped status "
            "weight"
        ).split(),
    ],
    "gold.quality_index_change": [*KEY, "part", "previous_start", "points", "change"],
    "gold.quality_index_diagnostics": [*KEY[:3], "statistic", "item", "item2", "value"],
    "gold.quality_index_robustness": [*KEY[:3], "level", "statistic", "item", "item2", "value"],
    "gold.weak_point": [
        *KEY,
        *(
            "indicator pillar place weak value value_low value_high cost cost_low cost_high "
            "peer_median best_quarter gain actor action_zh action_en"
        ).split(),
    ],
}


def index_tables() -> dict[str, pd.DataFrame]:
    """Scores fall from P01 to P03 and rise by two points from quarter to quarter, half a point of it by a
    change of weights."""
    keys = [("quarter", start, *unit) for start, unit in product(QUARTERS, UNITS)]
    score = {key: 80.0 - 6 * UNITS.index(key[2:]) + 2 * QUARTERS.index(key[1]) for key in keys}
    place = {key: (None if key[2] == "nation" else UNITS.index(key[2:])) for key in keys}
    index = [
        (
            *k,
            score[k],
            "across",
            score[k] - 4,
            score[k] + 4,
            place[k] and min(place[k], 2),
            None if place[k] == 2 else place[k],
            place[k] and max(place[k] - 1, 1),
            place[k] and min(place[k] + 1, 3),
            0.9,
            300,
            True,
            None,
            "t",
        )
        for k in keys
    ]
    pillars = [
        (*k, p, score[k] - 10 + 5 * i, w, -w * (110 - score[k] - 5 * i), 0.9)
        for k in keys
        for i, (p, w) in enumerate(PILLARS.items())
    ]
    indicators = [
        (*k, name, p, *[0.05 + 0.02 * i] * 2, 0.03, 0.1, 0.0, 0.3, score[k] - 5 * i, False, "used", 0.5)
        for k in keys
        for i, (name, p) in enumerate(INDICATORS.items())
    ]
    parts = {
        "conformity": 1.0,
        "governance": 0.5,
        "weights": 0.5,
        "goalposts": 0.0,
        "availability": 0.0,
        "method": 0.0,
    }
    changes = [
        (*k, part, QUARTERS[0], points, 2.0)
        for k in keys
        if k[1] == QUARTERS[1]
        for part, points in parts.items()
    ]
    diagnostics = [
        ("quarter", start, "platform", "effective_weight", p, "", w)
        for start in QUARTERS
        for p, w in PILLARS.items()
    ]
    rows = {
        "gold.quality_index_robustness": _robustness(),
        "gold.quality_index": index,
        "gold.quality_index_pillar": pillars,
        "gold.quality_index_indicator": indicators,
        "gold.quality_index_change": changes,
        "gold.quality_index_diagnostics": diagnostics,
        "gold.weak_point": _weak_points(keys),
    }
    return {table: pd.DataFrame(found, columns=INDEX_COLUMNS[table]) for table, found in rows.items()}


def _robustness() -> list[tuple]:
    return [
        ("quarter", start, "platform", "", statistic, item, "", value)
        for start in QUARTERS
        for statistic, item, value in (
            ("sobol_first", "weights", 0.2),
            ("sobol_total", "weights", 0.3),
            *(("rank_geometric", code, 1.0 + place) for place, (_, code) in enumerate(UNITS[1:])),
        )
    ]


def put(lake: Lake, tables: dict[str, pd.DataFrame]) -> None:
    """Write tables into the lake and name them, in place of others of their names, in its night."""
    named = [
        {
            "table": table,
            "version": lake.overwrite(table, pa.Table.from_pandas(frame, preserve_index=False)),
            "state": "fresh",
            "verdict": "passed",
            "reason_zh": "",
            "reason_en": "",
            "run_id": "20260630-a",
            "kind": "nightly",
            "date": DAY,
            "committed_at": NOW,
        }
        for table, frame in tables.items()
    ]
    before = [row for row in lake.arrow("ops.night").to_pylist() if row["table"] not in tables]
    lake.overwrite("ops.night", ops.rows("ops.night", [*before, *named]))
