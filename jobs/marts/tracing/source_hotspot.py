"""gold.source_hotspot: producers and industrial clusters with more failing batches, on several platforms,
than chance explains (definitions.md#tracing)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import numpy as np
import pandas as pd

from jobs.marts.dimensions import Hierarchy, hierarchies
from jobs.marts.sampling.dimensions import cluster_members
from jobs.marts.sampling.outcomes import UNDATED, has_verdict, outcomes
from jobs.marts.tracing.producers import NAMED, Register
from jobs.marts.tracing.source_trace import unmade
from jobs.methods import intervals, multiplicity, recurrence
from jobs.period import Period

METHOD_VERSION = "source_hotspot/1"
LEVEL = 0.05  # adjusted p up to which a unit is a hotspot
# A hotspot has at least so many failing batches, on so many platforms; a cluster also of so many producers.
FEWEST, PLATFORMS, PRODUCERS = 2, 2, 2
STRATUM = ["category", "design"]
ALL_START = date(1900, 1, 1)
KEY = ["period_type", "period_start", "unit_type", "unit_code"]
COUNTS = ["n_judged", "n_failing", "n_platforms", "n_shops", "n_producers"]
COLUMNS = [
    *KEY,
    "region_code",
    *COUNTS,
    *("expected ratio ratio_low ratio_high p_value p_adjusted n_tested named method_version").split(),
]
READS = {
    "sample": [
        *("sample_id plan_id purchased_on platform_code shop_id listing_id category_code").split(),
        *NAMED,
        *("exit_kind exit_reason exited_on").split(),
    ],
    "standing_conclusion": ["sample_id", "stage", "outcome", "issued_on", "serious"],
    "sampling_plan": ["plan_id", "type"],
    "counterfeit_report": ["listing_id", "finding"],
    "objection": ["sample_id", "kind", "party", "decision"],
    "registration": ["uscc", "region_code"],
}


def build(
    *,
    sample: pd.DataFrame,
    standing_conclusion: pd.DataFrame,
    sampling_plan: pd.DataFrame,
    counterfeit_report: pd.DataFrame,
    objection: pd.DataFrame,
    registration: pd.DataFrame,
    region: pd.DataFrame,
    product_category: pd.DataFrame,
    industrial_cluster: pd.DataFrame,
    period: Period,
) -> pd.DataFrame:
    """Return the rows of gold.source_hotspot: one row per period, kind of unit (producer or cluster) and unit
    with at least FEWEST failing batches, sorted by KEY. Columns: COLUMNS, each explained in
    schemas/gold/source_hotspot.odcs.yaml. standing_conclusion is a gold table, the others silver. ``period``
    is not used.

    Periods are the last twelve months with an outcome (`rolling12`) and all time (`all`). A judged batch
    counts for the producer whose valid code is on its label, and for that producer's clusters; batches whose
    label is no evidence (`unmade`) are left out. p_value: probability of at least as many failing batches if
    results were exchanged at random within level-1 category and kind of plan (`recurrence`). A cluster is
    tested without the batches of its producer with the most failing ones, so that one bad firm does not make
    its neighbours look bad. p_adjusted: Benjamini & Hochberg over all units of the kind and period with
    FEWEST judged batches or more. ``named``: p_adjusted is at most LEVEL and the batches failed on at least
    PLATFORMS platforms (for a cluster also of at least PRODUCERS producers)."""
    rows = judged(sample, standing_conclusion, sampling_plan, counterfeit_report, objection)
    trees = hierarchies(region=region, product_category=product_category)
    rows["category"] = _tops(rows["category_code"], trees["category"])
    label = Register(registration, region).coded(rows[NAMED])
    rows["producer"] = label["producer_id"].where(~rows["foreign"], None)
    rows["producer_region_code"] = label["region_code"].where(rows["producer"].notna(), None)
    which, codes = cluster_members(rows, industrial_cluster, trees)
    clusters = pd.DataFrame({"row": which, "cluster": codes})
    places = dict(zip(industrial_cluster["cluster_code"], industrial_cluster["region_code"], strict=True))
    parts = [
        _of_period(rows[inside].reset_index(drop=True), clusters, np.flatnonzero(inside), places).assign(
            period_type=kind, period_start=start
        )
        for kind, start, inside in periods(rows["month"].to_numpy(np.int64))
    ]
    filled = [p.astype(object) for p in parts if len(p)]
    table = pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=COLUMNS)
    table = table.assign(method_version=METHOD_VERSION).sort_values(KEY, ignore_index=True)[COLUMNS]
    return table.where(table.notna(), None)


def judged(
    sample: pd.DataFrame,
    standing_conclusion: pd.DataFrame,
    sampling_plan: pd.DataFrame,
    counterfeit_report: pd.DataFrame,
    objection: pd.DataFrame,
) -> pd.DataFrame:
    """Return the judged batches: the rows of ``sample`` whose final conclusion has a verdict, with a new
    index and with month (months since 1970-01, UNDATED where not known), failed (bool), design (type of the
    batch's plan, `targeted` where not known) and foreign (bool): whether the label is no evidence of who made
    the goods (`unmade`).

    ``standing_conclusion``: gold; the other arguments: silver."""
    outcome = outcomes(sample, standing_conclusion)
    rows = sample.reset_index(drop=True)
    kinds = dict(zip(sampling_plan["plan_id"], sampling_plan["type"], strict=True))
    fake, denied = unmade(rows, counterfeit_report, objection, "sample_id")
    rows = rows.assign(
        month=outcome["month"],
        failed=outcome["n_nonconforming"].gt(0),
        design=rows["plan_id"].map(kinds).fillna("targeted"),
        foreign=fake | denied,
    )
    return rows[has_verdict(outcome)].reset_index(drop=True)


def _tops(codes: pd.Series, tree: Hierarchy) -> pd.Series:
    """The level-1 category above each code; batches without one are a stratum of their own."""
    tops = {code: (tree.path(code) or (code,))[-1] for code in codes.dropna().unique()}
    return codes.map(tops).fillna("unknown").astype(object)


def periods(month: np.ndarray) -> Iterator[tuple[str, date, np.ndarray]]:
    """Yield the periods in which batches count, each as its type, its first day and one bool per batch,
    whether it counts in it: `rolling12`, the twelve months up to that of the newest outcome, and `all`
    (ALL_START), in which batches without a date count too. ``month``: of each batch, months since 1970-01 or
    UNDATED. Without batches nothing is yielded, without a dated one only `all`."""
    dated = month != UNDATED
    if dated.any():
        first = int(month[dated].max()) - 11
        yield "rolling12", date(1970 + first // 12, first % 12 + 1, 1), dated & (month >= first)
    if len(month):
        yield "all", ALL_START, np.ones(len(month), dtype=bool)


def _of_period(
    rows: pd.DataFrame, clusters: pd.DataFrame, kept: np.ndarray, places: dict[str, object]
) -> pd.DataFrame:
    """Units of one period; ``kept``: positions of its rows among all, to which ``clusters`` refer."""
    cell = rows.groupby(STRATUM, sort=True).ngroup().to_numpy()
    cells = (
        pd.DataFrame({"cell": cell, "failed": rows["failed"]}).groupby("cell")["failed"].agg(["size", "sum"])
    )
    size, failing = cells["size"].to_numpy(np.int64), cells["sum"].to_numpy(np.int64)
    rows = rows.assign(cell=cell)
    makers = rows[rows["producer"].notna()].assign(unit=lambda t: t["producer"])
    position = pd.Series(np.arange(len(kept)), kept)
    here = clusters[clusters["row"].isin(kept)]
    inside = rows.iloc[position.reindex(here["row"]).to_numpy(int)].assign(
        unit=here["cluster"].to_numpy(object)
    )
    found = []
    for kind, members in (("producer", makers), ("cluster", inside)):
        members = members[members.groupby("unit")["unit"].transform("size") >= FEWEST]
        if members.empty:
            continue
        tested = _units(kind, members, size, failing).assign(unit_type=kind)
        if kind == "cluster":
            tested["region_code"] = tested["unit_code"].map(places)
        adjusted = np.asarray(multiplicity.adjust(tested["p_value"].to_numpy(float)))
        tested = tested.assign(p_adjusted=adjusted, n_tested=len(tested))
        enough = tested["n_platforms"].ge(PLATFORMS)
        enough &= tested["n_producers"].ge(PRODUCERS if kind == "cluster" else 1)
        tested = tested.assign(named=tested["p_adjusted"].le(LEVEL) & enough & tested["n_failing"].ge(FEWEST))
        found.append(_with_ratio(tested[tested["n_failing"] >= FEWEST]))
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame()


def _units(kind: str, members: pd.DataFrame, size: np.ndarray, failing: np.ndarray) -> pd.DataFrame:
    """Count and test units of one ``kind`` (producer or cluster): one row per unit, sorted by unit_code.

    ``members``: one row per unit (column unit) and batch; at least one. ``size``, ``failing``: the number of
    all batches of the period in each stratum, and of those that failed; the column cell is the place of a
    batch's stratum in them. p_value leaves out the producer of a cluster with the most failing batches; the
    other columns do not."""
    number, codes = pd.factorize(members["unit"], sort=True)
    members = members.assign(number=number)
    bad = members[members["failed"]]
    rest = members
    if kind == "cluster":
        of_producer = bad.groupby(["number", "producer"]).size().reset_index(name="n")
        worst = of_producer.sort_values(["number", "n", "producer"], ascending=[True, False, True])
        worst = worst.drop_duplicates("number").set_index("number")["producer"]
        rest = members[members["producer"].ne(members["number"].map(worst))]

    def by_cell(rows: pd.DataFrame) -> np.ndarray:
        at = rows["number"] * len(size) + rows["cell"]
        return np.bincount(at, minlength=len(codes) * len(size)).reshape(len(codes), len(size))

    # Units with the same batches and failures have the same p value: computed once.
    observed = np.bincount(rest.loc[rest["failed"], "number"], minlength=len(codes))
    alike, which = np.unique(np.column_stack([by_cell(rest), observed]), axis=0, return_inverse=True)
    chance = np.array([recurrence.upper_tail(size, failing, own[:-1], int(own[-1])) for own in alike])
    distinct = bad.groupby("number")[["platform_code", "shop_id", "producer"]].nunique()
    distinct = distinct.reindex(range(len(codes)), fill_value=0).set_axis(COUNTS[2:], axis=1)
    # Labels of a producer that is in no register may name several regions: that of the newest batch is taken.
    newest = members.sort_values(["month", "sample_id"]).drop_duplicates("number", keep="last")
    newest = newest.set_index("number").sort_index()
    return pd.DataFrame(
        {
            "unit_code": codes,
            "region_code": newest["producer_region_code"],
            "n_judged": np.bincount(number, minlength=len(codes)),
            "n_failing": np.bincount(bad["number"], minlength=len(codes)),
            **distinct,
            "expected": recurrence.expected(size, failing, by_cell(members)),
            "p_value": chance[which.ravel()],
        }
    )


def _with_ratio(units: pd.DataFrame) -> pd.DataFrame:
    """With the failing batches by those expected, and its limits; none where none is expected."""
    n, usual = units["n_failing"].to_numpy(float), units["expected"].to_numpy(float)
    low, high = intervals.poisson(n, usual)
    ratio = np.divide(n, usual, out=np.full(len(n), np.nan), where=usual > 0)
    return units.assign(ratio=ratio, ratio_low=low, ratio_high=high)
