"""gold.lab_performance: for each laboratory the days that tests take, tests done in time, work compared with
capacity, findings compared with those of its peers, and results that were overturned
(definitions.md#laboratories).

KEY identifies a row: period_type, period_start, design, lab_id. COLUMNS: the table's columns, which
schemas/gold/lab_performance.odcs.yaml explains."""

from __future__ import annotations

import numpy as np
import pandas as pd

from jobs.marts.labs.found import FUNNEL, TOO_FEW, findings, first_tests, overturned
from jobs.marts.labs.periods import calendar
from jobs.marts.labs.work import ALL, FIGURES, KEY, commissions, load, punctuality, turnaround
from jobs.period import Period

COUNTS = (
    "n_commissions n_outside n_tests n_open n_due n_on_time n_concluded n_judged n_failing "
    "n_compared n_compared_failing n_reinspected n_overturned"
).split()
COLUMNS = [
    *KEY,
    *"n_commissions n_outside months_covered capacity_per_month load_share".split(),
    *["n_tests", "n_open", *FIGURES],
    *"n_due n_on_time on_time_share on_time_low on_time_high".split(),
    *"n_concluded n_judged n_failing found_share found_low found_high".split(),
    *FUNNEL,
    *"n_reinspected n_overturned overturned_share overturned_low overturned_high".split(),
]
# Input of build → the columns of it that build reads; an input that is not listed comes with all its columns.
READS = {
    "lab": "lab_id capabilities capacity_per_month accredited_from accredited_to".split(),
    "lab_commission": "sample_id lab_id plan_id kind commissioned_on received_on due_on".split(),
    "sample": "sample_id plan_id category_code lab_id exited_on".split(),
    "sampling_plan": ["plan_id", "type"],
    "product_category": ["category_code", "parent_code"],
    "conclusion": ["sample_id", "stage", "issued_on"],
    "standing_conclusion": "sample_id stage outcome issued_on lab_id".split(),
}


def build(
    *,
    lab: pd.DataFrame,
    lab_commission: pd.DataFrame,
    sample: pd.DataFrame,
    sampling_plan: pd.DataFrame,
    product_category: pd.DataFrame,
    conclusion: pd.DataFrame,
    standing_conclusion: pd.DataFrame,
    period: Period,
) -> pd.DataFrame:
    """Return the figures of laboratories: one row per period (quarter, year, the last twelve whole months,
    all), design (`probability`, `targeted`, `all`) and laboratory of which any figure counts in it, such as a
    laboratory for which a test only fell due, sorted by KEY, with COLUMNS. Arguments are the silver and gold
    tables of these names.

    Each figure counts in the period of its day: `load` and `turnaround` in that of the receipt, `punctuality`
    in that of the agreed last day, `findings` in that of the first conclusion, `overturned` in that of the
    re-inspection; these functions define the columns. Counts are 0 where nothing is counted; n_commissions
    and n_outside are null for a single design. Days after ``period.as_of`` do not count."""
    plans = sampling_plan.drop_duplicates("plan_id").set_index("plan_id")["type"].astype(object)
    above = _above(product_category)
    tops = {code: path[-1] for code, path in above.items()}
    work = commissions(lab_commission, sample, plans, conclusion)
    tests = first_tests(standing_conclusion, sample, plans, tops)
    known = calendar([work["received"], tests["day"]], period.as_of)
    parts = [
        load(work, lab, above, known),
        turnaround(work, known),
        punctuality(work, known),
        findings(tests, known),
        overturned(tests, known),
    ]
    parts = [part for part in parts if len(part)]
    if not parts:
        return pd.DataFrame(columns=COLUMNS)
    table = pd.concat(parts, axis=1).reindex(columns=[c for c in COLUMNS if c not in KEY]).reset_index()
    table[COUNTS] = table[COUNTS].astype(float).fillna(0.0).astype(np.int64)
    whole = table["design"] == ALL
    for name in ("n_commissions", "n_outside"):
        table[name] = table[name].astype("Int64").where(whole)
    table["state"] = table["state"].astype(object).where(table["state"].notna(), TOO_FEW)
    starts = table["period_start"].to_numpy().astype("datetime64[D]").astype(object)
    return table.assign(period_start=starts)[COLUMNS].sort_values(KEY, ignore_index=True)


def _above(product_category: pd.DataFrame) -> dict[str, tuple[str, ...]]:
    """category_code → itself and the categories above it, lowest first."""
    parent = {
        c: p if isinstance(p, str) else None
        for c, p in zip(product_category["category_code"], product_category["parent_code"], strict=True)
    }
    found = {}
    for code in parent:
        path: list[str] = []
        at: str | None = code
        while at is not None and at not in path:
            path.append(at)
            at = parent.get(at)
        found[code] = tuple(path)
    return found
