"""The detection rate counted again in plain loops, sample by sample, from the words of the definition: a
check on build(). Which batches are judged is said by `judged()` alone; a golden case holds it."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from math import sqrt
from typing import Any

import pandas as pd
from scipy.optimize import brentq
from scipy.stats import binom

from jobs.marts.sampling.outcomes import judged, violation_base

Z = 1.959963984540054  # the normal 97.5 % point
Row = dict[str, Any]
KEY = (
    "period_type period_start dimension_type dimension_code dimension2_type dimension2_code "
    "region_role design"
).split()


def recount(
    *,
    sample: list[Row],
    standing_conclusion: list[Row],
    test_result: list[Row],
    sampling_plan: list[Row],
    region: list[Row],
    product_category: list[Row],
    industrial_cluster: list[Row],
) -> dict[tuple, dict[str, int]]:
    """KEY -> counts. Rows are dictionaries; an absent field is null."""
    types = {p["plan_id"]: p["type"] for p in sampling_plan}
    results = [(s, *_outcome(s, standing_conclusion, test_result)) for s in sample]
    months: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for s, d, counts in results:
        if d and not counts["n_open"]:
            for design in ("all", _design(s, types)):
                months[design].append((d.year, d.month))
    cells: dict[tuple, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for s, day, counts in results:
        for design in ("all", _design(s, types)):
            span = (min(months[design], default=None), max(months[design], default=None))
            for dimension in _dimensions(s, region, product_category, industrial_cluster):
                for kind, start in _periods(day, *span):
                    if not _kept(kind, dimension, region):
                        continue
                    cell = cells[kind, start, *dimension, design]
                    for name, one in counts.items():
                        cell[name] += one
    return {key: dict(cell) for key, cell in cells.items()}


def _design(sample: Row, types: dict[str, str]) -> str:
    return "probability" if types.get(sample["plan_id"]) == "probability" else "targeted"


def rates(counts: dict[str, int], design: str) -> dict[str, Any]:
    """Rates, limits (Wilson's by the formula written out, of violations the exact ones by their definition)
    and reliability; no sample has a weight."""
    x, n, v = counts["n_nonconforming"], judged(counts), counts["n_exited_violation"]
    every = violation_base(counts)
    (rate, low, high), (violation_rate, v_low, v_high) = _wilson(x, n), _exact(x + v, every)
    reliability = None
    if design != "all":
        classes = (("A", 0.03), ("B", 0.06), ("C", 0.10), ("D", 1.0))
        reliability = (
            next(c for c, most in classes if (high - low) / 2 <= most) if n >= 30 else "insufficient"
        )
    if reliability == "insufficient":
        rate = low = high = None
    if reliability is not None and every < 30:
        violation_rate = v_low = v_high = None
    return {
        "rate": rate,
        "ci_low": low if x else None,
        "ci_high": high,
        "violation_rate": violation_rate,
        "violation_low": v_low if x + v else None,
        "violation_high": v_high,
        "reliability": reliability,
    }


def _wilson(x: int, n: int) -> tuple[float | None, float | None, float | None]:
    if not n:
        return None, None, None
    middle = (x + Z * Z / 2) / (n + Z * Z)
    half = Z * sqrt(x * (n - x) / n + Z * Z / 4) / (n + Z * Z)
    return x / n, middle - half, middle + half


def _exact(x: int, n: int) -> tuple[float | None, float | None, float | None]:
    """The rates at which as many events or more, and as many or fewer, have a chance of 2.5 %."""
    if not n:
        return None, None, None
    low = brentq(lambda p: binom.sf(x - 1, n, p) - 0.025, 0, 1, xtol=1e-15) if x else 0.0
    high = brentq(lambda p: binom.cdf(x, n, p) - 0.025, 0, 1, xtol=1e-15) if x < n else 1.0
    return x / n, low, high


def frame(counts: dict[tuple, dict[str, int]]) -> pd.DataFrame:
    rows = [dict(zip(KEY, key, strict=True)) | c | rates(c, key[-1]) for key, c in counts.items()]
    return pd.DataFrame(rows).sort_values(KEY, ignore_index=True)


def _outcome(s: Row, conclusion: list[Row], test_result: list[Row]) -> tuple[date | None, dict[str, int]]:
    mine = {c["stage"]: c for c in conclusion if c["sample_id"] == s["sample_id"]}
    first, final = mine.get("first"), mine.get("reinspection") or mine.get("first")
    counts = dict.fromkeys(
        (
            "n_sampled",
            "n_exited_violation",
            "n_exited_void",
            "n_tested",
            "n_not_judged",
            "n_conforming",
            "n_nonconforming",
            "n_first_nonconforming",
            "n_overturned",
            "n_serious",
            "n_open",
        ),
        0,
    )
    if final:
        counts |= {"n_sampled": 1, "n_tested": 1, f"n_{final['outcome']}": 1}
        if first and first["outcome"] == "nonconforming":
            counts["n_first_nonconforming"] = 1
            counts["n_overturned"] = int(final["outcome"] == "conforming")
        if final["outcome"] == "nonconforming":
            said = [c["serious"] for c in (final, first) if c and c.get("serious") is not None]
            class_a = any(
                t["sample_id"] == s["sample_id"]
                and t["item_class"] == "A"
                and t["lab_verdict"] == "nonconforming"
                for t in test_result
            )
            counts["n_serious"] = int(said[0] if said else class_a)
        return (first or final).get("issued_on") or s.get("purchased_on"), counts
    if s.get("exit_kind"):
        counts |= {"n_sampled": 1, f"n_exited_{s['exit_kind']}": 1}
        return s.get("exited_on") or s.get("purchased_on"), counts
    counts["n_open"] = 1
    return s.get("purchased_on"), counts


def _dimensions(
    s: Row, region: list[Row], product_category: list[Row], industrial_cluster: list[Row]
) -> list[tuple[str, str, str, str, str]]:
    found = [("nation", "CN", "", "", "")]
    plain = (("platform", "platform_code"), ("channel", "channel"), ("brand", "brand"), ("plan", "plan_id"))
    found += [(d, s.get(c) or "unknown", "", "", "") for d, c in plain]
    for role in ("seller", "producer", "consumer"):
        units = _above(s.get(f"{role}_region_code"), region, "region_code", ("province", "prefecture"))
        found += [("region", c, "", "", role) for c in units]
    places = _path(s.get("producer_region_code"), region, "region_code")
    kinds = _path(s.get("category_code"), product_category, "category_code")
    for cluster in industrial_cluster:
        if cluster["region_code"] in places and set(cluster["category_codes"]) & set(kinds):
            found.append(("cluster", cluster["cluster_code"], "", "", ""))
    levels = tuple({c["level"] for c in product_category})
    goods = _above(s.get("category_code"), product_category, "category_code", levels)
    prefectures = {r["region_code"] for r in region if r["level"] == "prefecture" and r.get("parent_code")}
    pairs = [
        (d, c, "category", good, role)
        for d, c, _, _, role in found
        for good in goods
        if d in ("platform", "region", "cluster", "channel") and not (d == "region" and c in prefectures)
    ]
    return found + pairs + [("category", c, "", "", "") for c in goods]


def _path(code: str | None, reference: list[Row], key: str) -> list[str]:
    known, found, at = {r[key]: r for r in reference}, [], code
    while at:
        found.append(at)
        at = known.get(at, {}).get("parent_code")
    return found


def _above(code: str | None, reference: list[Row], key: str, levels: tuple) -> list[str]:
    known = {r[key]: r for r in reference}
    if code not in known:
        return [code or "unknown"]
    found, at = [], code
    while at:
        found += [at] if known[at]["level"] in levels else []
        at = known[at].get("parent_code")
    return found or [code]


def _periods(day: date | None, first: tuple | None, last: tuple | None) -> list[tuple[str, date]]:
    periods = [("all", date(1900, 1, 1))]
    if day is None:
        return periods
    quarter = date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
    periods += [("month", day.replace(day=1)), ("quarter", quarter), ("year", date(day.year, 1, 1))]
    for later in range(12):
        end = (day.year + (day.month - 1 + later) // 12, (day.month - 1 + later) % 12 + 1)
        start = (end[0] - 1, end[1] + 1) if end[1] < 12 else (end[0], 1)
        if first and first <= start and end <= last:
            periods.append(("rolling12", date(*start, 1)))
    return periods


def _kept(kind: str, dimension: tuple[str, str, str, str, str], region: list[Row]) -> bool:
    """Whether the table has such a row: quarters and years of everything; months and twelve months of what
    stands alone and is read by month; all time of the nation, of plans and of the sellers' provinces."""
    name, code, second, _, role = dimension
    province = (
        name == "region"
        and {r["region_code"]: r["level"] for r in region}.get(code, "province") == "province"
    )
    if kind in ("quarter", "year"):
        return True
    if second:
        return False
    if kind == "all":
        return name in ("nation", "plan") or (province and role == "seller")
    return province or name in ("nation", "platform", "category", "cluster", "channel")
