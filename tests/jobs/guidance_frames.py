"""Builds gold.shopping_guidance from a few samples, for tests."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
from sampling_frames import CONTRACTS, frames

from jobs.environment import SCHEMAS
from jobs.marts.overview import shopping_guidance
from jobs.period import Period

INPUTS = tuple(t.split(".")[1] for t in CONTRACTS["gold.shopping_guidance"].inputs)
GOODS = [
    {"category_code": "HA", "name_zh": "家用电器", "level": 1, "key_consumer_product": True},
    *(
        {"category_code": c, "name_zh": c, "level": 2, "parent_code": "HA", "key_consumer_product": True}
        for c in ("HA01", "HA02")
    ),
]
PLANS = [{"plan_id": "prob", "type": "probability"}, {"plan_id": "aim", "type": "complaint_led"}]


def guidance(
    samples: list[dict[str, Any]], as_of: date = date(2026, 7, 16), **more: list[dict[str, Any]]
) -> pd.DataFrame:
    """Return the guidance of the day on which June is published. ``samples``: plan_id, category_code, price,
    ``items`` {name: failed} and ``class_a``, the names of items of class A."""
    rows: dict[str, list[dict[str, Any]]] = {
        "product_category": GOODS,
        "sampling_plan": PLANS,
        "sample": [],
        "standing_conclusion": [],
        "test_result": [],
        **more,
    }
    for i, given in enumerate(samples):
        items = given.get("items", {"x": False})
        failed = any(items.values())
        rows["sample"].append(
            {
                "sample_id": f"s{i}",
                "plan_id": "prob",
                "category_code": "HA01",
                **{k: v for k, v in given.items() if k not in ("items", "class_a")},
            }
        )
        rows["standing_conclusion"].append(
            {
                "sample_id": f"s{i}",
                "stage": "first",
                "outcome": "nonconforming" if failed else "conforming",
                "issued_on": date(2026, 6, 1),
            }
        )
        rows["test_result"] += [
            {
                "sample_id": f"s{i}",
                "item_code": n,
                "item_name": n,
                "item_class": "A" if n in given.get("class_a", ()) else "B",
                "lab_verdict": "nonconforming" if bad else "conforming",
            }
            for n, bad in items.items()
        ]
    return shopping_guidance.build(**frames(rows, INPUTS), period=Period(as_of))


def part(found: pd.DataFrame, name: str, category: str = "HA01") -> pd.DataFrame:
    return found[found["part"].eq(name) & found["category_code"].eq(category)].sort_values(
        ["design", "position"]
    )


def own_advice() -> list[dict[str, Any]]:
    """Return the project's own advice as rows of silver.buying_advice."""
    advice = pd.read_csv(SCHEMAS / "reference" / "buying_advice.csv", dtype=str).to_dict("records")
    return [
        {
            **{k: a[k] for k in ("advice", "advice_zh", "advice_en", "reason_zh", "reason_en")},
            "match": a["match"].split(";"),
            "category_codes": None if pd.isna(a["category_codes"]) else a["category_codes"].split(";"),
            "valid_from": date(2000, 1, 1),
        }
        for a in advice
    ]


def own_categories() -> list[dict[str, Any]]:
    """Return the project's own categories of goods as rows of silver.product_category."""
    table = pd.read_csv(SCHEMAS / "reference" / "product_category.csv").astype(object)
    rows: list[dict[str, Any]] = table.where(table.notna(), None).to_dict("records")
    return rows


def own_rows(name: str, *lists: str) -> list[dict[str, Any]]:
    """Return the rows of the project's own reference ``name`` as they land. ``lists``: columns that hold
    several values."""
    table = pd.read_csv(SCHEMAS / "reference" / f"{name}.csv", dtype=str).astype(object)
    rows: list[dict[str, Any]] = table.where(table.notna(), None).to_dict("records")
    for row in rows:
        row.update({column: (row[column] or "").split(";") for column in lists})
        row.update({day: row[day] and date.fromisoformat(row[day]) for day in ("valid_from", "valid_to")})
        if "mandatory" in row:
            years = row["term_years"]
            row.update(mandatory=row["mandatory"] == "true", term_years=years and int(years))
    return rows
