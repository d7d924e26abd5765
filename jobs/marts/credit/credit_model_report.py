"""gold.credit_model_report: how well credit classes predict which enterprises fail a test in the six months
after, and whether they do so equally on each platform and in each province. Written to check the scorecard
before it is relied on (definitions.md#credit).

KEY identifies a row: cutoff, dimension_type, dimension_code. COLUMNS: the table's columns, which
schemas/gold/credit_model_report.odcs.yaml explains."""

from __future__ import annotations

from dataclasses import astuple
from datetime import timedelta

import numpy as np
import pandas as pd
from scipy import stats

from jobs.marts.credit.credit_facts import READS as OF_FACTS
from jobs.marts.credit.credit_facts import answerable, final_outcomes
from jobs.marts.credit.credit_score import UNRATED
from jobs.marts.dimensions import NATION, hierarchies
from jobs.marts.sampling.outcomes import Verdict
from jobs.methods.intervals import binomial
from jobs.methods.multiplicity import adjust
from jobs.methods.scorecard import Auc, auc, ks, psi, stratified
from jobs.period import Period

KEY = ["cutoff", "dimension_type", "dimension_code"]
AHEAD = 6  # months after a cut-off in which failures are looked for; also the months between cut-offs
FEWEST_EACH = 10  # enterprises with and without a failure, below which a unit has no AUC
FEWEST = 30  # enterprises below which a share is not judged
OUTSIDE = 0.05  # share of false discoveries that is accepted among the units of a dimension
GRADES = ("A", "B", "C", "D")
COUNTS = ["n_scored", "n_enterprises", "n_failed", "n_batches", "n_batches_failed"]
MEASURES = (
    "observed low high expected batch_rate batch_low batch_high auc auc_low auc_high auc_all auc_all_low "
    "auc_all_high ks psi p_value outside"
).split()
COLUMNS = [*KEY, *COUNTS, *MEASURES]
# Input of build → the columns of it that build reads; an input that is not listed comes with all its columns.
READS = {
    **{name: OF_FACTS[name] for name in ("sample", "standing_conclusion", "objection", "shop_operator")},
    "credit_score": ["month", "enterprise_id", "grade", "score"],
}


def build(
    *,
    credit_score: pd.DataFrame,
    sample: pd.DataFrame,
    standing_conclusion: pd.DataFrame,
    sampling_plan: pd.DataFrame,
    objection: pd.DataFrame,
    shop_operator: pd.DataFrame,
    region: pd.DataFrame,
    product_category: pd.DataFrame,
    period: Period,
) -> pd.DataFrame:
    """Return the measures of the classes: one row per cut-off and nation, class (`grade`), platform or
    province, sorted by KEY, with COLUMNS. Arguments are the silver and gold tables of these names.

    A cut-off is the end of a month (column ``cutoff``: its first day) after which six months have ended;
    cut-offs are six months apart, counted back from the newest, so that no outcome counts twice. Shares are
    0-1.

    n_scored: enterprises with a class (nation and class only). n_enterprises: those with a judged probability
    sample in the six months after; n_failed: those of which any such sample finally failed. ``observed``:
    n_failed / n_enterprises with Wilson's limits (low, high). ``expected``: the share that would fail if each
    class failed as after the cut-off before; null for the first. ``outside``: whether observed differs from
    it by more than chance explains (exact binomial test, Benjamini–Hochberg within a dimension), null below
    30 enterprises.

    auc, with DeLong's limits, and ks (not for a class) need 10 enterprises that failed and 10 that did not;
    auc_all compares enterprises of one cut-off, this or an earlier one. psi: stability of the scores against
    the cut-off before (nation)."""
    batches = _outcomes(sample, standing_conclusion, sampling_plan, objection, shop_operator)
    batches["province"] = _provinces(batches["region"], region, product_category)
    rated = credit_score[credit_score["grade"].ne(UNRATED)]
    rated = rated.assign(
        at=pd.to_datetime(rated["month"]).to_numpy("datetime64[M]").astype(np.int64),
        grade=rated["grade"].astype(str),
    )
    parts, before, scores_before = [], None, None
    for cutoff in _cutoffs(rated["at"], period):
        scored = rated[rated["at"].eq(cutoff)]
        after = batches[(batches["month"] > cutoff) & (batches["month"] <= cutoff + AHEAD)]
        rows = after.merge(scored[["enterprise_id", "grade", "score"]], on="enterprise_id")
        units = _units(rows, before)
        nation = units["dimension_type"].eq("nation")
        units.loc[nation, "n_scored"] = len(scored)
        by = units["dimension_type"].eq("grade")
        units.loc[by, "n_scored"] = units.loc[by, "dimension_code"].map(scored["grade"].value_counts())
        if scores_before is not None and len(scored):
            units.loc[nation, "psi"] = psi(scores_before, scored["score"].to_numpy(float))
        parts.append(units.assign(cutoff=cutoff))
        before = rows.groupby(["enterprise_id", "grade"])["failed"].max().groupby("grade").mean()
        scores_before = scored["score"].to_numpy(float) if len(scored) else None
    table = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=COLUMNS)
    table = _with_earlier(table)
    table[COUNTS] = table[COUNTS].astype("Int64")
    months = table["cutoff"].to_numpy(np.int64).astype("datetime64[M]").astype("datetime64[D]").astype(object)
    return table.assign(cutoff=months)[COLUMNS].sort_values(KEY, ignore_index=True)


def _cutoffs(months: pd.Series, period: Period) -> list[int]:
    """Months with scores and six ended ones behind them, six apart, the oldest first."""
    if months.empty:
        return []
    last = int(np.datetime64(period.as_of + timedelta(days=1), "M").astype(int)) - 1
    return list(range(last - AHEAD, int(months.min()) - 1, -AHEAD))[::-1]


def _with_earlier(table: pd.DataFrame) -> pd.DataFrame:
    """With auc_all and its limits, of units that have an AUC at the cut-off."""
    table = table.sort_values(KEY, ignore_index=True)
    known, found = table[table["auc"].notna()], {}
    for _, mine in known.groupby(["dimension_type", "dimension_code"], sort=False):
        areas = [Auc(*row) for row in mine[["auc", "auc_low", "auc_high"]].itertuples(index=False, name=None)]
        failed = mine["n_failed"].to_numpy(float)
        pairs = failed * (mine["n_enterprises"].to_numpy(float) - failed)
        for place, row in enumerate(mine.index, start=1):
            found[row] = astuple(stratified(areas[:place], pairs[:place]))
    columns = ["auc_all", "auc_all_low", "auc_all_high"]
    every = pd.DataFrame.from_dict(found, orient="index", columns=columns, dtype=float)
    return table.assign(**every.reindex(table.index))


def _outcomes(
    sample: pd.DataFrame,
    standing_conclusion: pd.DataFrame,
    sampling_plan: pd.DataFrame,
    objection: pd.DataFrame,
    shop_operator: pd.DataFrame,
) -> pd.DataFrame:
    """One row per judged probability sample and enterprise that answers for it: month, failed, platform,
    region."""
    chance = sampling_plan.loc[sampling_plan["type"].eq("probability"), "plan_id"]
    drawn = sample[sample["plan_id"].isin(chance)]
    final = final_outcomes(sample, standing_conclusion)
    final = final[final["outcome"].isin([Verdict.CONFORMING, Verdict.NONCONFORMING])].dropna(subset=["day"])
    rows = drawn[["sample_id", "platform_code", "seller_region_code"]].merge(final, on="sample_id")
    rows = rows.merge(answerable(drawn, objection, shop_operator), on="sample_id")
    return pd.DataFrame(
        {
            "enterprise_id": rows["enterprise_id"],
            "month": rows["day"].to_numpy("datetime64[M]").astype(np.int64),
            "failed": rows["outcome"].eq(Verdict.NONCONFORMING).to_numpy(bool),
            "platform": rows["platform_code"],
            "region": rows["seller_region_code"],
        }
    )


def _provinces(codes: pd.Series, region: pd.DataFrame, product_category: pd.DataFrame) -> pd.Series:
    provinces = set(region.loc[region["level"].eq("province"), "region_code"])
    tree = hierarchies(region=region, product_category=product_category)["region"]
    known = {
        code: next((u for u in tree.path(code) if u in provinces), None) for code in codes.dropna().unique()
    }
    return codes.map(known)


def _units(rows: pd.DataFrame, before: pd.Series | None) -> pd.DataFrame:
    """Rows of one cut-off: of the nation, each class, platform and province. An enterprise counts in each
    platform and province where it was sampled, by what failed there."""
    rows = rows.sort_values("enterprise_id", kind="stable")
    cuts = {
        "nation": rows.assign(code=NATION),
        "grade": rows.assign(code=rows["grade"]),
        "platform": rows.assign(code=rows["platform"]),
        "province": rows.assign(code=rows["province"]),
    }
    parts = [
        _measured(kind, str(code), mine, before)
        for kind, cut in cuts.items()
        for code, mine in cut.dropna(subset=["code"]).groupby("code")
    ]
    table = pd.DataFrame(parts, columns=COLUMNS[1:])
    table["outside"] = pd.array([None] * len(table), dtype="boolean")
    for _, mine in table[table["p_value"].notna()].groupby("dimension_type"):
        table.loc[mine.index, "outside"] = adjust(mine["p_value"].to_numpy(float)) <= OUTSIDE
    return table


def _measured(kind: str, code: str, rows: pd.DataFrame, before: pd.Series | None) -> dict[str, object]:
    """One row of the report: how the grades of the enterprises of a unit (``kind``, ``code``) fit their
    failures. ``rows``: one per batch, at least one, sorted by enterprise; ``before``: by grade the share of
    enterprises that failed after the cut-off before, None for the first cut-off."""
    failed = rows.groupby("enterprise_id")["failed"].max()
    each = rows.drop_duplicates("enterprise_id").assign(failed=failed.to_numpy())
    n, x = len(each), int(each["failed"].sum())
    found: dict[str, object] = dict.fromkeys(COLUMNS[1:], np.nan)
    found |= {"dimension_type": kind, "dimension_code": code, "n_enterprises": n, "n_failed": x}
    found |= {"n_batches": len(rows), "n_batches_failed": int(rows["failed"].sum())}
    found["observed"], found["low"], found["high"] = x / n, *(float(v) for v in binomial(x, n))
    if kind in ("nation", "grade"):
        found["batch_rate"] = rows["failed"].mean()
        found["batch_low"], found["batch_high"] = _batch_limits(rows)
    chance = each["grade"].map(before) if before is not None else pd.Series(np.nan, index=each.index)
    if chance.notna().all():
        found["expected"] = float(chance.mean())
        if n >= FEWEST:
            found["p_value"] = float(stats.binomtest(x, n, min(max(float(chance.mean()), 0), 1)).pvalue)
    if kind != "grade" and min(x, n - x) >= FEWEST_EACH:
        area = auc(each["failed"], -each["score"])
        found |= {"auc": area.value, "auc_low": area.low, "auc_high": area.high}
        found["ks"] = ks(each["failed"], -each["score"])
    return found


def _batch_limits(rows: pd.DataFrame) -> tuple[float, float]:
    """Wilson's limits of the share of batches that failed, on the effective number: batches of one enterprise
    are alike, so the linearised variance of the ratio over enterprises goes before the binomial one."""
    by = rows.groupby("enterprise_id")["failed"].agg(["sum", "size"]).astype(float)
    rate, n, m = by["sum"].sum() / by["size"].sum(), by["size"].sum(), len(by)
    plain = rate * (1 - rate) / n
    variance = ((by["sum"] - rate * by["size"]) ** 2).sum() / n**2 * m / max(m - 1, 1)
    effective = n / max(variance / plain, 1.0) if plain > 0 else float(m)
    low, high = binomial(rate * effective, effective)
    return float(low), float(high)
