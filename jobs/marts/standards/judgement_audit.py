"""gold.judgement_audit: every tested item judged anew from its value, limits, claims and editions, beside the laboratory's
verdict."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pandas as pd

from jobs.marts.standards.editions import Register
from jobs.marts.standards.judgement import NO_REQUIREMENT, NONCONFORMING, Constraint, of_sample
from jobs.marts.standards.readings import SCALES, Bound
from jobs.marts.standards.recomputed import JUDGED, READ, Grounds, cause, grounds, recomputed
from jobs.period import Period

_AS_REPORTED = (
    "sample_id",
    "item_code",
    "plan_id",
    "category_code",
    "tested_on",
    "item_name",
    "item_class",
    "value_text",
    "unit",
)
WHOLE = ""  # item_code of the row of a sample as a whole
_RAISED = str.maketrans("-123456789", "⁻¹²³⁴⁵⁶⁷⁸⁹")
_NOT_CONCLUDED = {"outcome": None, "serious": None}
COLUMNS = [
    "sample_id", "item_code", "plan_id", "lab_id", "category_code", "tested_on", "edition_on", "item_name", "item_class",
    "value_text", "unit", "verdict", "lab_verdict", "agreement", "reason", "basis", "standard_no", "lab_standard_no", "limit_text",
    "limit_unit", "rounded", "serious", "lab_serious",
]  # fmt: skip


def build(
    *,
    test_result: pd.DataFrame,
    sample: pd.DataFrame,
    conclusion: pd.DataFrame,
    page_claim: pd.DataFrame,
    standard: pd.DataFrame,
    standard_requirement: pd.DataFrame,
    product_category: pd.DataFrame,
    period: Period,
) -> pd.DataFrame:
    """One row per sample and tested item, and one for the sample (item_code ''), sorted by key; arguments are the tables of these
    names.

    The laboratory's verdicts and conclusions stay what every rate counts; this table says where the system comes to something
    else.
    """
    register = Register(standard, standard_requirement, product_category)
    known: dict[tuple, Grounds] = {}
    samples: dict[str, list[dict[str, Any]]] = {}
    for row in _rows(test_result, sample, conclusion, page_claim):
        samples.setdefault(row["sample_id"], []).append(_item(row, register, known))
    first = conclusion[conclusion["stage"] == "first"]
    concluded = {one["sample_id"]: one for one in _records(first[["sample_id", "outcome", "serious"]])}
    wholes = [_whole(items, concluded.get(name, _NOT_CONCLUDED)) for name, items in samples.items()]
    rows = pd.DataFrame([row for items in samples.values() for row in items] + wholes, columns=COLUMNS)
    rows = rows.astype({"rounded": "boolean", "serious": "boolean", "lab_serious": "boolean"})
    return rows.sort_values(["sample_id", "item_code"], ignore_index=True)


def _rows(
    test_result: pd.DataFrame, sample: pd.DataFrame, conclusion: pd.DataFrame, page_claim: pd.DataFrame
) -> list[dict[str, Any]]:
    """Results with what their sample, its conclusion and its page say; nulls are None."""
    facts = sample[["sample_id", "plan_id", "category_code", "produced_on", "purchased_on", "lab_id"]]
    first = conclusion.loc[conclusion["stage"] == "first", ["sample_id", "lab_id"]].rename(columns={"lab_id": "_concluded_by"})
    pages = page_claim[["sample_id", "standard_no"]].rename(columns={"standard_no": "page_standard_no"})
    rows = test_result
    for other in (facts, first, pages):
        rows = rows.merge(other, on="sample_id", how="left", validate="many_to_one")
    return _records(rows)


def _records(rows: pd.DataFrame) -> list[dict[str, Any]]:
    return rows.astype(object).where(rows.notna(), None).to_dict("records")


def _item(row: Mapping[str, Any], register: Register, known: dict[tuple, Grounds]) -> dict[str, Any]:
    day = row["produced_on"] or row["purchased_on"]
    key = (register.epoch(day), *(row[name] for name in READ))
    given = known.get(key)
    if given is None:
        given = known[key] = grounds(row, register, day)
    found = recomputed(row, given)
    theirs = row["lab_verdict"]
    agreement = _agreement(found.verdict, theirs)
    reason = cause(row, given, found, register) if agreement == "contradicted" else found.reason
    return {
        **{name: row[name] for name in _AS_REPORTED},
        "lab_id": row["_concluded_by"] or row["lab_id"], "edition_on": day, "verdict": found.verdict, "lab_verdict": theirs,
        "agreement": agreement, "reason": reason, "lab_standard_no": row["standard_no"],
        **_shown(found.by), "serious": of_sample([(found.verdict, row["item_class"])])[1], "lab_serious": None,
    }  # fmt: skip


def _whole(items: list[dict[str, Any]], concluded: Mapping[str, Any]) -> dict[str, Any]:
    """The row of a sample: its items' judgements against the laboratory's first conclusion.

    An item that cannot be recomputed (unlike one that must not be judged) counts as the laboratory judged it. ``reason``: an item
    differs (items), or the laboratory's own items do not lead to its conclusion (summary), or the failure is serious to one of
    the two (serious).
    """
    verdict, serious = of_sample([(_counted(i), i["item_class"]) for i in items])
    theirs, grave = concluded["outcome"], concluded["serious"]
    agreement, reason = _agreement(verdict, theirs), None
    if agreement == "contradicted":
        reason = "summary" if of_sample([(i["lab_verdict"], i["item_class"]) for i in items])[0] == verdict else "items"
    elif verdict == theirs == NONCONFORMING and None not in (grave, serious) and grave != serious:
        agreement, reason = "contradicted", "serious"
    shared = {name: items[0][name] for name in ("sample_id", "plan_id", "lab_id", "category_code", "edition_on")}
    days = [i["tested_on"] for i in items if i["tested_on"] is not None]
    return shared | {
        "item_code": WHOLE, "tested_on": max(days, default=None), "verdict": verdict, "lab_verdict": theirs,
        "agreement": agreement, "reason": reason, "serious": serious, "lab_serious": grave if theirs == NONCONFORMING else None,
    }  # fmt: skip


def _counted(item: Mapping[str, Any]) -> str | None:
    known = item["verdict"] in JUDGED or item["reason"] == NO_REQUIREMENT
    return item["verdict"] if known else item["lab_verdict"]


def _agreement(verdict: str, theirs: str | None) -> str:
    if theirs not in JUDGED:
        return "lab_silent" if verdict in JUDGED else "both_silent"
    if verdict not in JUDGED:
        return "not_recomputed"
    return "agreed" if verdict == theirs else "contradicted"


def _shown(by: Constraint | None) -> dict[str, Any]:
    """The limit that decided, as people write it."""
    if by is None:
        return dict.fromkeys(("basis", "standard_no", "limit_text", "limit_unit", "rounded"))
    stated = by.limits
    sides = [_bound(b, upper) for b, upper in ((stated.low, False), (stated.high, True)) if b]
    if stated.least is not None:
        sides = [f"≥{SCALES[stated.least.scale][stated.least.place]}"]
    text = "，".join(sides) or ("不得检出" if stated.absent else "文字要求")
    unit = next((b.unit for b in (stated.low, stated.high) if b and b.unit), None)
    return {
        "basis": by.basis,
        "standard_no": by.standard_no,
        "limit_text": text,
        "limit_unit": unit and re.sub(r"\^(-?[0-9])", lambda m: m[1].translate(_RAISED), unit),
        "rounded": by.rounded,
    }


def _bound(bound: Bound, upper: bool) -> str:
    number, open_ = bound.point
    sign = ("<" if open_ else "≤") if upper else (">" if open_ else "≥")
    return f"{sign}{float(number):.{max(bound.decimals, 0)}f}"
