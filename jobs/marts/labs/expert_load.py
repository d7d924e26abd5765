"""gold.expert_load: how many experts there are by field of expertise and category of goods, and how many
objections and failing tests they may have to judge (definitions.md#laboratories). Counts only: no expert is
named.

KEY identifies a row: field, category_code. COLUMNS: field, category_code, n_experts, n_provinces, n_ending,
n_objections, n_open, n_failing, load, uncovered."""

from __future__ import annotations

import numpy as np
import pandas as pd

from jobs.marts.dimensions import UNKNOWN
from jobs.marts.sampling.outcomes import Stage, Verdict, days
from jobs.period import Period

ALL = "all"  # value of field or category_code for every field or category together
KEY = ["field", "category_code"]
COLUMNS = [*KEY, *"n_experts n_provinces n_ending n_objections n_open n_failing load uncovered".split()]
# Input of build → the columns of it that build reads; an input that is not listed comes with all its columns.
READS = {
    "expert": "expert_id field category_codes region_code valid_from valid_to".split(),
    "product_category": ["category_code", "parent_code"],
    "region": ["region_code", "parent_code", "level"],
    "sample": ["sample_id", "category_code"],
    "objection": "objection_id sample_id filed_on decided_on".split(),
    "standing_conclusion": "sample_id stage outcome issued_on".split(),
}
SOON = np.timedelta64(90, "D")  # appointments that end within these days
D, M = "datetime64[D]", "datetime64[M]"


def build(
    *,
    expert: pd.DataFrame,
    product_category: pd.DataFrame,
    region: pd.DataFrame,
    sample: pd.DataFrame,
    objection: pd.DataFrame,
    standing_conclusion: pd.DataFrame,
    period: Period,
) -> pd.DataFrame:
    """Return the numbers of experts and their work: one row per field and level-1 category (`all`: every
    one), sorted by KEY, with COLUMNS. Arguments are the silver and gold tables of these names.

    n_experts: appointed on ``period.as_of``; n_provinces: from which they come; n_ending: whose appointment
    ends within 90 days. Work is that of the twelve months up to ``period.as_of``: n_objections filed, n_open
    of them not decided, n_failing first tests. It is null for a single field, as an objection belongs to a
    category and to no field.

    No feed says which expert worked on which case, so an objection is divided evenly among the appointed
    experts who know the category; ``load``: what an expert of the row has on average, in objections, NaN
    without experts. Experts know several categories, so rows of categories do not add up to `all`.
    ``uncovered``: there were objections and no expert."""
    today = np.datetime64(period.as_of, "D")
    top = _top(dict(zip(product_category["category_code"], product_category["parent_code"], strict=True)))
    known = _experts(expert, region, top, today)
    code = sample.drop_duplicates("sample_id").set_index("sample_id")["category_code"]
    work = _work(objection, standing_conclusion, code.map(lambda c: top.get(c, UNKNOWN)), today)
    experts = known.groupby("category_code")["expert_id"].nunique()
    shares = work["n_objections"] / experts.reindex(work.index)
    own = known.assign(share=known["category_code"].map(shares).astype(float).fillna(0.0))
    rows = []
    for field in [ALL, *sorted(set(known["field"]))]:
        mine = own if field == ALL else own[own["field"] == field]
        codes = (
            sorted(set(mine["category_code"]) | set(work.index))
            if field == ALL
            else sorted(set(mine["category_code"]))
        )
        for category in [ALL, *codes]:
            chosen = mine if category == ALL else mine[mine["category_code"] == category]
            rows.append([field, category, *_row(chosen, _work_on(work, field, category))])
    table = pd.DataFrame(rows, columns=COLUMNS)
    for name in ("n_objections", "n_open", "n_failing"):
        table[name] = table[name].astype("Int64")
    return table.sort_values(KEY, ignore_index=True)


def _top(parent: dict[str, object]) -> dict[str, str]:
    """category_code → the level-1 category above it."""
    found = {}
    for code in parent:
        at, seen = code, {code}
        while isinstance(up := parent.get(at), str) and up in parent and up not in seen:
            at = up
            seen.add(at)
        found[code] = at
    return found


def _experts(
    expert: pd.DataFrame, region: pd.DataFrame, top: dict[str, str], today: np.datetime64
) -> pd.DataFrame:
    """Each expert in office once for each level-1 category: expert_id, field, category_code, province,
    ends."""
    since, until = days(expert["valid_from"]), days(expert["valid_to"])
    rows = expert[~(since > today) & ~(until < today)]
    ends = days(rows["valid_to"]) <= today + SOON
    above = dict(zip(region["region_code"], region["parent_code"], strict=True))
    provinces = frozenset(region.loc[region["level"] == "province", "region_code"])
    table = pd.DataFrame(
        {
            "expert_id": rows["expert_id"],
            "field": rows["field"].astype(object).where(rows["field"].notna(), UNKNOWN),
            "province": [_province(code, above, provinces) for code in rows["region_code"]],
            "ends": ends,
            "category_code": [
                sorted({top.get(c, c) for c in codes}) if codes is not None and len(codes) else [UNKNOWN]
                for codes in rows["category_codes"]
            ],
        }
    )
    return table.explode("category_code", ignore_index=True)


def _province(code: object, above: dict[str, object], provinces: frozenset[str]) -> object:
    seen: set[object] = set()
    while code is not None and code not in provinces and code in above and code not in seen:
        seen.add(code)
        code = above[code]
    return code if code in provinces else None


def _work(
    objection: pd.DataFrame, standing: pd.DataFrame, category: pd.Series, today: np.datetime64
) -> pd.DataFrame:
    """By level-1 category of the last twelve months: n_objections, n_open of them, n_failing."""
    since = (today.astype(M) - 12).astype(D) + (today - today.astype(M).astype(D))
    filed = days(objection["filed_on"])
    recent = objection[(filed > since) & (filed <= today)]
    waits = ~(days(recent["decided_on"]) <= today)
    of = recent["sample_id"].map(category).astype(object).fillna(UNKNOWN)
    issued = days(standing["issued_on"])
    failed = standing[
        (standing["stage"] == Stage.FIRST)
        & (standing["outcome"] == Verdict.NONCONFORMING)
        & (issued > since)
        & (issued <= today)
    ]
    failing = failed["sample_id"].map(category).astype(object).fillna(UNKNOWN)
    work = pd.DataFrame(
        {
            "n_objections": of.value_counts(),
            "n_open": of[waits].value_counts(),
            "n_failing": failing.value_counts(),
        }
    )
    return work.reindex(columns=["n_objections", "n_open", "n_failing"]).fillna(0).astype(np.int64)


def _work_on(work: pd.DataFrame, field: str, category: str) -> list[int | None]:
    """Work on a category; it belongs to no field."""
    if field != ALL:
        return [None, None, None]
    if category == ALL:
        return [int(work[c].sum()) for c in work]
    return [int(work[c].get(category, 0)) for c in work]


def _row(mine: pd.DataFrame, work: list[int | None]) -> list[object]:
    n = int(mine["expert_id"].nunique())
    each = mine.drop_duplicates("expert_id")
    load = float(mine["share"].sum()) / n if n else np.nan
    return [n, int(each["province"].nunique()), int(each["ends"].sum()), *work, load, not n and bool(work[0])]
