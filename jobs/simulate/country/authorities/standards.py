"""What goods must satisfy: standards with their successions, limits, and the items that are tested by them."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from jobs.simulate.country.authorities.days import DAY, last_day
from jobs.simulate.country.authorities.words import ITEMS
from jobs.simulate.country.words import STANDARDS
from jobs.simulate.country.world import World

RENEWED = ("HA", "CL", "TY", "FN", "VH")  # level-1 categories whose standard gets a new edition half-way through the history
STRICTER = 0.8  # of an upper limit, in the new edition
COLUMNS = ["standard_no", "name_zh", "name_en", "kind", "mandatory", "status", "published_on", "valid_from", "valid_to", "supersedes", "superseded_by"]


def renewed_on(world: World) -> np.datetime64:
    """The day on which the new editions come into force: the first of the month in the middle of the history."""
    return (np.datetime64(world.start, "M") + world.n_months // 2).astype("datetime64[D]")


def editions(world: World) -> dict[str, tuple[str, str]]:
    """Level-1 category → the standard that its goods claim, and its new edition ('' for none)."""
    year = str(renewed_on(world))[:4]
    return {c: (no, re.sub(r"[0-9]{4}$", year, no) if c in RENEWED else "") for c, no in STANDARDS.items()}


def voluntary(parent: str) -> str:
    """The group standard of a level-1 category, made up for the country: it binds nobody who does not claim it."""
    return f"T/SYN {100 + list(STANDARDS).index(parent)}-2020"


def standards(world: World) -> pd.DataFrame:
    """All editions: three generations of the mandatory or claimed standards and one group standard a level-1 category."""
    day, last = renewed_on(world), last_day(world)
    categories = world.references.categories
    rows = []
    for parent, (current, new) in editions(world).items():
        name = categories.name_zh.to_numpy()[(categories.parent_code == parent).to_numpy()][0]
        kind = "industry" if current.startswith("QB") else "national"
        mandatory = current.startswith("GB ")
        stem, year = current.rsplit("-", 1)
        old, since = f"{stem}-{int(year) - 9}", np.datetime64(f"{year}-06-01")
        told = {"name_zh": f"合成标准：{name}等产品安全（限值为合成）", "name_en": f"Synthetic standard {stem} (limits made up)", "kind": kind, "mandatory": mandatory}
        rows += [
            {**told, "standard_no": old, "status": "superseded", "valid_from": np.datetime64(f"{int(year) - 9}-06-01"), "valid_to": since - DAY, "superseded_by": (current,)},
            {**told, "standard_no": current, "status": "superseded" if new and day <= last else "in_force", "valid_from": since,
             "valid_to": day - DAY if new else None, "supersedes": (old,), "superseded_by": (new,) if new else ()},
            {"standard_no": voluntary(parent), "name_zh": f"合成团体标准：{name}等产品性能", "name_en": f"Synthetic group standard of {parent}", "kind": "group",
             "mandatory": False, "status": "in_force", "valid_from": np.datetime64("2020-07-01")},
        ]
        if new:
            rows.append({**told, "standard_no": new, "status": "in_force" if day <= last else "upcoming", "valid_from": day, "supersedes": (current,)})
    frame = pd.DataFrame(rows, columns=COLUMNS)
    for column in ("valid_from", "valid_to"):
        frame[column] = frame[column].to_numpy("datetime64[D]")
    frame["published_on"] = frame.valid_from.to_numpy("datetime64[D]") - 180 * DAY
    for column in ("supersedes", "superseded_by"):
        frame[column] = [list(v) if isinstance(v, tuple) else [] for v in frame[column]]
    return frame


def items(world: World) -> pd.DataFrame:
    """Items by level-1 category and place: parent, place, code, name, item_class, unit, low, high, new_high (of the new edition),
    passing and failing ends, detection, mandatory (else the group standard's), standard_no, new_no."""
    rows = []
    for parent, (current, new) in editions(world).items():
        for place, item in enumerate(ITEMS[parent]):
            mandatory = current.startswith("GB ") and item.item_class != "B"
            stricter = f"{float(item.high) * STRICTER:g}" if new and mandatory and item.high and item.passing[1] <= float(item.high) * STRICTER else item.high
            rows.append({
                "parent": parent, "place": place, **item._asdict(), "new_high": stricter, "mandatory": mandatory,
                "standard_no": current if mandatory else voluntary(parent), "new_no": (new or current) if mandatory else voluntary(parent),
                "passing_low": item.passing[0], "passing_high": item.passing[1], "failing_low": item.failing[0], "failing_high": item.failing[1],
            })
    return pd.DataFrame(rows).drop(columns=["passing", "failing"])


def requirements(world: World) -> pd.DataFrame:
    """One row for each level-2 category, item and edition."""
    categories = world.references.categories.merge(items(world), left_on="parent_code", right_on="parent")
    dated = standards(world).set_index("standard_no")
    parts = []
    for number, high in (("standard_no", "high"), ("new_no", "new_high")):
        part = categories if number == "standard_no" else categories[categories.new_no != categories.standard_no]
        parts.append(pd.DataFrame({
            "requirement_id": part[number] + "#" + part.category_code + "#" + part.code, "standard_no": part[number], "product_code": part.category_code,
            "product_name": part.name_zh, "item_code": part.code, "item_name": part["name"], "unit": part.unit, "limit_low": part.low, "limit_high": part[high],
            "low_excluded": False, "high_excluded": False, "limit_text": np.where((part.low == "") & (part.high == ""), "应符合要求", ""),
            "valid_from": dated.valid_from.reindex(part[number]).to_numpy(), "valid_to": dated.valid_to.reindex(part[number]).to_numpy(),
        }))
    return pd.concat(parts, ignore_index=True)
