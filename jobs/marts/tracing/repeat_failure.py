"""gold.repeat_failure: shops and producers with two or more non-conforming batches, by province and platform.
A count of findings, no rate: who has failed is sampled more often (definitions.md#tracing)."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from jobs.marts.dimensions import UNKNOWN, hierarchies
from jobs.marts.sampling.counts import Design
from jobs.marts.sampling.outcomes import days
from jobs.marts.tracing.producers import NAMED, Register
from jobs.marts.tracing.source_hotspot import READS as HOTSPOT
from jobs.marts.tracing.source_hotspot import judged, periods
from jobs.period import Period

FEWEST = 2  # non-conforming batches of a party in a period
METHOD_VERSION = "repeat_failure/1"
KEY = ["period_type", "period_start", "dimension_type", "dimension_code", "party", "party_id"]
UNIT = KEY[2:]
COUNTED = {
    "n_judged_probability": (Design.PROBABILITY, False),
    "n_failing_probability": (Design.PROBABILITY, True),
    "n_judged_targeted": (Design.TARGETED, False),
    "n_failing_targeted": (Design.TARGETED, True),
}
COLUMNS = [
    *KEY,
    *("region_code n_failing n_platforms").split(),
    *COUNTED,
    *("last_failed_on sample_ids method_version").split(),
]
# It judges the same batches as source_hotspot does, and reads also where their sellers are.
READS = HOTSPOT | {"sample": [*HOTSPOT["sample"], "seller_region_code"]}


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
    period: Period,
) -> pd.DataFrame:
    """Return the rows of gold.repeat_failure: one row per period, unit, kind of party (shop or producer) and
    party with at least FEWEST finally non-conforming batches in the unit, sorted by KEY. Columns: COLUMNS,
    each explained in schemas/gold/repeat_failure.odcs.yaml. standing_conclusion is a gold table, the others
    silver. ``period`` is not used.

    Periods are those of gold.source_hotspot: the last twelve months with an outcome, and all time. A unit is
    a platform, with the batches bought on it, or a province: of a shop the one of the seller in its newest
    failing batch, of a producer that in which it has its seat (of one in no register what the label of its
    newest failing batch names, else its code); a party counts in its province with its batches of all
    platforms. Batches whose label does not say who made them have a shop only. A design is probability or,
    for all other plans, targeted."""
    rows = judged(sample, standing_conclusion, sampling_plan, counterfeit_report, objection)
    trees = hierarchies(region=region, product_category=product_category)
    issued = pd.Series(days(standing_conclusion["issued_on"]))  # as objects pandas compares them in Python
    last = issued.groupby(standing_conclusion["sample_id"].to_numpy()).max()
    label = Register(registration, region).coded(rows[NAMED])
    rows = rows.assign(
        design=rows["design"].where(rows["design"].eq(Design.PROBABILITY), Design.TARGETED),
        on=rows["sample_id"].map(last),
        producer=label["producer_id"].where(~rows["foreign"], None),
        producer_at=label["region_code"],
    )
    within = trees["region"].path
    parts = [
        _units(_parties(rows[inside], within)).assign(period_type=kind, period_start=start)
        for kind, start, inside in periods(rows["month"].to_numpy("int64"))
    ]
    filled = [part for part in parts if len(part)]
    table = pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=COLUMNS)
    table = table.assign(method_version=METHOD_VERSION).sort_values(KEY, ignore_index=True)[COLUMNS]
    return table.astype(object).where(table.notna(), None)


def _parties(rows: pd.DataFrame, within: Callable[[str], tuple[str, ...]]) -> pd.DataFrame:
    """Each batch once for its shop and once for its producer, with the party's region and province; of
    parties with fewer than FEWEST failing batches none. ``within``: a region's code → the codes that it lies
    in, itself first."""
    shops, makers = _often(rows, "shop_id"), _often(rows, "producer")
    shop_at = _place(shops, "shop_id", "seller_region_code")
    maker_at = _place(makers, "producer", "producer_at")
    parts = [
        shops.assign(party="shop", party_id=shops["shop_id"], region_code=shop_at),
        makers.assign(party="producer", party_id=makers["producer"], region_code=maker_at),
    ]
    found = pd.concat(parts, ignore_index=True)
    tops = {code: (within(code) or (None,))[-1] for code in found["region_code"].dropna().unique()}
    return found.assign(province=found["region_code"].map(tops))


def _place(rows: pd.DataFrame, party: str, region: str) -> pd.Series:
    """The one region of the party of each row: that which ``region`` has for its newest failing batch that
    states one; labels of a producer that is in no register may name several."""
    # The newest failing batch last.
    shown = rows.sort_values(["failed", "on", "sample_id"], na_position="first")
    return rows[party].map(shown.dropna(subset=[region]).groupby(party)[region].last())


def _often(rows: pd.DataFrame, party: str) -> pd.DataFrame:
    """The batches of those who have FEWEST failing ones or more; ``party``: the column that names them."""
    failing = rows.loc[rows["failed"], party].value_counts()
    return rows[rows[party].isin(failing.index[failing >= FEWEST])]


def _units(rows: pd.DataFrame) -> pd.DataFrame:
    """UNIT and what is counted of each party in each platform and province; ``rows``: of `_parties`."""
    parts = [
        rows.assign(dimension_type=kind, dimension_code=rows[column])
        for kind, column in (("platform", "platform_code"), ("region", "province"))
    ]
    every = pd.concat(parts, ignore_index=True).dropna(subset=["dimension_code"])
    every = every[every["dimension_code"] != UNKNOWN]
    bad = every[every["failed"]]
    bad = bad[bad.groupby(UNIT)["sample_id"].transform("size") >= FEWEST]
    if bad.empty:
        return pd.DataFrame(columns=COLUMNS)
    bad = bad.sort_values(["on", "sample_id"], ascending=[False, True])
    by = bad.groupby(UNIT)
    table = pd.DataFrame(
        {
            "region_code": by["region_code"].first(),
            "n_failing": by["sample_id"].size(),
            "n_platforms": by["platform_code"].nunique(),
            "last_failed_on": by["on"].first().dt.date,
            "sample_ids": by["sample_id"].agg(list),
        }
    )
    for name, (design, failed) in COUNTED.items():
        counted = every[every["design"].eq(design) & (every["failed"] | (not failed))]
        sizes = counted.groupby(UNIT).size()
        table[name] = sizes.reindex(table.index, fill_value=0)
    return table.reset_index()
