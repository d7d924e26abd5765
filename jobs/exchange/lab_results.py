"""What a laboratory gets: its open commissions with their last days, its performance with the quartiles of
the other laboratories, and how far it agrees with all others together. It gets no other laboratory's rows.
Pure. Parcels and kinds of files: see `jobs.exchange.kinds`."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from jobs.exchange.kinds import Kind, Parcel, of, only
from jobs.marts.sampling.reliability import FEWEST

PERFORMANCE_TABLE, AGREEMENT_TABLE = "gold.lab_performance", "gold.lab_agreement"
QUEUE = "gold.work_queue"
LEAST_PEERS = 5  # other laboratories with the figure; of fewer, it would be easy to see whose a quartile is
OVERTURNED = "overturned_share"
RANGED = ("median_days", "p90_days", "on_time_share", "ratio", OVERTURNED)
KEY = ["period_type", "period_start", "design"]
OWN_COLUMNS = (
    "period_type period_start design n_commissions n_outside months_covered capacity_per_month load_share "
    "n_tests n_open median_days median_low median_high p90_days p90_low p90_high n_due n_on_time "
    "on_time_share on_time_low on_time_high n_judged n_failing found_share found_low found_high n_compared "
    "n_compared_failing expected ratio ratio_low ratio_high score p p_adjusted low95 high95 low998 high998 "
    "state n_reinspected n_overturned overturned_share overturned_low overturned_high"
).split()
PEERS = [f"peers_{name}_{end}" for name in RANGED for end in ("low", "high")]
PERFORMANCE = Kind(
    "lab_performance",
    "1.0.0",
    PERFORMANCE_TABLE,
    {
        "lab_id": PERFORMANCE_TABLE,
        **dict.fromkeys(OWN_COLUMNS, PERFORMANCE_TABLE),
        "n_peers": "",
        **dict.fromkeys(PEERS, ""),
    },
    whole=True,
    key=("period_type", "period_start", "design"),
    about="本机构的数据和同类机构的范围 | the laboratory's figures beside the range of its peers",
    own={
        "n_peers": (
            "bigint | 同期同抽样方式的其他机构数 | other laboratories with rows of the period and design"
        ),
        **{
            f"peers_{name}_{end}": (
                f"double | 其他机构{name}的{'下' if end == 'low' else '上'}四分位"
                f"{f'（只计被复检{FEWEST}批次及以上的）' if name == OVERTURNED else ''}，少于5家时为空 | "
                f"{'lower' if end == 'low' else 'upper'} quartile of {name} of the other laboratories"
                f"{f' with {FEWEST} or more re-inspected batches' if name == OVERTURNED else ''}; "
                "empty below five"
            )
            for name in RANGED
            for end in ("low", "high")
        },
    },
)
AGREEMENT = Kind(
    "lab_agreement",
    "1.0.1",
    AGREEMENT_TABLE,
    dict.fromkeys(
        "kind period_type period_start lab_id n_pairs agreement agreement_low agreement_high kappa kappa_low "
        "kappa_high n_values n_value_samples bias bias_low bias_high agree_low agree_high".split(),
        AGREEMENT_TABLE,
    ),
    whole=True,
    key=("kind", "period_type", "period_start"),
    about="本机构与其他机构的一致性 | agreement of the laboratory with the others together",
)
# Without platform and region, from which a laboratory could learn whose goods it tests.
OPEN = Kind(
    "open_commissions",
    "1.0.1",
    QUEUE,
    of(QUEUE, "task subject_type subject_id since status due days_left undated text_zh text_en"),
    whole=True,
    key=("task", "subject_type", "subject_id"),
    about="尚未出具报告的委托及期限 | commissions without a test report, and until when it is due",
)
KINDS = {kind.name: kind for kind in (PERFORMANCE, AGREEMENT, OPEN)}


def recipient_of_lab(code: str) -> str:
    """Return the recipient's name for a laboratory's code, as `lab_` and the code."""
    return f"lab_{code}"


def lab_results(performance: pd.DataFrame, agreement: pd.DataFrame, labs: set[str]) -> Iterator[Parcel]:
    """Yield up to two parcels per laboratory of ``labs`` (codes), first all PERFORMANCE, then all AGREEMENT,
    each in the order of the codes. PERFORMANCE: its rows of gold.lab_performance (``performance``), one per
    period and design, with the quartiles of the other laboratories (missing where fewer than LEAST_PEERS have
    the figure). AGREEMENT: its rows of gold.lab_agreement (``agreement``) about all others together, one per
    kind of agreement and period. A kind without rows yields no parcel."""
    own = performance[performance["lab_id"].isin(labs)]
    for code, mine in own.groupby("lab_id"):
        others = performance[performance["lab_id"] != code]
        rows = mine.merge(_ranges(others), on=KEY, how="left").sort_values(KEY, kind="stable")
        rows["n_peers"] = rows["n_peers"].fillna(0).astype(int)
        yield Parcel(recipient_of_lab(str(code)), PERFORMANCE, only(rows, PERFORMANCE))
    together = agreement[(agreement["other_lab_id"] == "all") & agreement["lab_id"].isin(labs)]
    for code, mine in together.groupby("lab_id"):
        rows = mine.sort_values(["kind", "period_type", "period_start"], kind="stable")
        yield Parcel(recipient_of_lab(str(code)), AGREEMENT, only(rows, AGREEMENT))


def open_commissions(queue: pd.DataFrame, labs: set[str]) -> Iterator[Parcel]:
    """Yield one parcel (OPEN) per laboratory of ``labs`` (codes) with a task: its tasks, one row each, in the
    order of the queue. ``queue``: gold.work_queue."""
    tasks = queue[(queue["office_type"] == "lab") & queue["office_code"].isin(labs)]
    for code, mine in tasks.sort_values(["position", "subject_id"]).groupby("office_code"):
        yield Parcel(recipient_of_lab(str(code)), OPEN, only(mine, OPEN))


def _ranges(others: pd.DataFrame) -> pd.DataFrame:
    """Return KEY, n_peers and the quartiles of each figure in RANGED, one row per period and design;
    quartiles are missing where fewer than LEAST_PEERS laboratories have the figure. The share overturned
    counts of laboratories of which FEWEST batches or more were re-inspected."""
    groups = others.groupby(KEY)
    found = groups["lab_id"].nunique().rename("n_peers").to_frame()
    for name in RANGED:
        values = others[name].astype(float)
        if name == OVERTURNED:  # shares of a batch or two are no range to be held against
            values = values.where(others["n_reinspected"].astype(float) >= FEWEST)
        by = values.groupby([others[k] for k in KEY])
        enough = by.count() >= LEAST_PEERS
        for end, share in (("low", 0.25), ("high", 0.75)):
            found[f"peers_{name}_{end}"] = by.quantile(share).where(enough)
    return found.reset_index()
