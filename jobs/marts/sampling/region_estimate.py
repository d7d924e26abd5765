"""gold.region_estimate: exposure rates of provinces, estimated by a model that also uses complaints and trade
of each province (Fay-Herriot; definitions.md#small-area). The exposure rate is the share of units sold that
do not conform."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from jobs.marts.dimensions import Dimension, hierarchies
from jobs.marts.sampling.counts import DESIGNS, PERIODS, Design, PeriodType, named, span
from jobs.marts.sampling.dimensions import cut
from jobs.marts.sampling.outcomes import outcomes
from jobs.marts.sampling.probability import survey_design
from jobs.marts.sampling.shrinkage import APPLIED, design_effects
from jobs.marts.sampling.weighted_rates import weighted_rates
from jobs.methods import intervals, small_area
from jobs.period import Period

METHOD_VERSION = "region_estimate/3"
SELLER = Dimension("region", "seller_region_code", role="seller", hierarchy="region")
ESTIMATED = (PeriodType.QUARTER, PeriodType.YEAR, PeriodType.ALL)
KEY = ["period_type", "period_start", "region_code"]
COVARIATES = ["complaints_per_10000", "key_share"]
FEWEST_REGIONS = 10
# What the model gives for each province, explained in `estimates`.
FITTED = (
    "sampling_se synthetic_rate own_weight estimate low high between_sd covariates benchmark_factor"
).split()
READS = {
    "sample": [
        "sample_id",
        "plan_id",
        "sampling_order_id",
        "purchased_on",
        "platform_code",
        "category_code",
        "seller_region_code",
        "stratum",
        "inclusion_probability",
        "units_sold",
        "exit_kind",
        "exited_on",
    ],
    "sampling_order": ["sampling_order_id", "plan_id", "status", "stratum"],
    "sampling_frame": ["month", "category_code", "province_code", "units_sold"],
    "detection_rate": (
        "period_type period_start dimension_type dimension_code dimension2_type region_role design "
        "exposure_rate shrunk_rate"
    ).split(),
}
_STARTS = {
    PeriodType.QUARTER: lambda months: months.dt.to_period("Q").dt.start_time,
    PeriodType.YEAR: lambda months: months.dt.to_period("Y").dt.start_time,
    PeriodType.ALL: lambda months: pd.Series(pd.Timestamp(1900, 1, 1), index=months.index),
}


def build(
    *,
    sample: pd.DataFrame,
    standing_conclusion: pd.DataFrame,
    sampling_plan: pd.DataFrame,
    sampling_stratum: pd.DataFrame,
    sampling_order: pd.DataFrame,
    region: pd.DataFrame,
    product_category: pd.DataFrame,
    sampling_frame: pd.DataFrame,
    complaint_rate: pd.DataFrame,
    detection_rate: pd.DataFrame,
    period: Period,
) -> pd.DataFrame:
    """Return the rows of gold.region_estimate: one row per period (quarter, year, `all`) and province of the
    seller with a judged probability sample, sorted by KEY. Columns are explained in
    schemas/gold/region_estimate.odcs.yaml. standing_conclusion, sampling_frame, complaint_rate and
    detection_rate are gold tables, the others silver. ``period`` is not used.

    complaints_per_10000 (quality complaints per 10,000 orders) and key_share (share of key consumer products
    in units sold) are of all trade of the period and so have no sampling error. exposure_rate and shrunk_rate
    are those of detection_rate, for comparison: shrunk_rate is drawn towards the common rate of the
    provinces, ``estimate`` towards that of provinces with the same two figures. FITTED: see `estimates`."""
    trees = hierarchies(region=region, product_category=product_category)
    outcome, where = outcomes(sample, standing_conclusion), cut(sample, [SELLER], trees)
    drawn = survey_design(
        sample=sample,
        void=outcome["n_exited_void"].to_numpy() == 1,
        sampling_plan=sampling_plan,
        sampling_stratum=sampling_stratum,
        sampling_order=sampling_order,
        trees=trees,
    )
    kept = np.tile([kind in ESTIMATED for kind in PERIODS], (len(where.units), 1))
    rates = weighted_rates(where, sample, outcome, drawn, span(outcome), kept).assign(
        design=DESIGNS.index(Design.PROBABILITY)
    )
    rows = pd.concat(
        [named(rates, where.units), rates.drop(columns=["period", "month", "unit", "design"])], axis=1
    )
    provinces = region.loc[region["level"] == "province", "region_code"]
    kept = rows["dimension_code"].isin(provinces) & rows["period_type"].isin(ESTIMATED) & (rows["units"] > 0)
    rows = rows[kept].rename(
        columns={"dimension_code": "region_code", "exposure_rate": "value", "exposure_se": "se"}
    )
    rows = rows.merge(known(sampling_frame, complaint_rate, product_category), on=KEY, how="left")
    rows = rows.sort_values(KEY, ignore_index=True)
    shown = detection_rate[
        (detection_rate["design"] == Design.PROBABILITY) & (detection_rate["region_role"] == SELLER.role)
    ]
    shown = shown[(shown["dimension_type"] == "region") & (shown["dimension2_type"] == "")]
    shown = shown.rename(columns={"dimension_code": "region_code"})
    rows = rows.merge(shown[[*KEY, "exposure_rate", "shrunk_rate"]], on=KEY, how="left")
    groups = rows.groupby(KEY[:2], sort=False)
    rows["units_share"] = rows["units"] / groups["units"].transform("sum")
    fitted = [estimates(group) for _, group in groups]
    found = pd.concat(fitted) if fitted else _unfitted(rows.index)
    names = [
        *KEY,
        "n_weighted",
        "units_share",
        "exposure_rate",
        *COVARIATES,
        *FITTED,
        "shrunk_rate",
        "method_version",
    ]
    return rows.join(found).assign(n_weighted=rows["n"].astype("Int64"), method_version=METHOD_VERSION)[names]


def known(
    sampling_frame: pd.DataFrame, complaint_rate: pd.DataFrame, product_category: pd.DataFrame
) -> pd.DataFrame:
    """Return KEY and COVARIATES: one row per period (quarter, year, `all`) and province that has trade or
    complaints. complaints_per_10000 is quality complaints per 10,000 orders, of months with orders only;
    key_share is the share (0-1) of key consumer products in units sold; null where their denominator is
    missing or 0.

    ``sampling_frame``, ``complaint_rate``: gold tables; ``product_category``: silver.product_category."""
    key = product_category.loc[product_category["key_consumer_product"].eq(True), "category_code"]
    of_key = sampling_frame["units_sold"].where(sampling_frame["category_code"].isin(key), 0)
    sold = sampling_frame.assign(region_code=sampling_frame["province_code"], key_units=of_key)
    monthly = complaint_rate[
        (complaint_rate["period_type"] == "month")
        & (complaint_rate["dimension_type"] == "region")
        & (complaint_rate["n_orders"] > 0)  # complaints of months without orders have no denominator
    ]
    known_of = monthly.rename(columns={"dimension_code": "region_code", "period_start": "month"})
    parts = []
    for kind in ESTIMATED:
        units, counts = (
            table.assign(period_start=_STARTS[kind](pd.to_datetime(table["month"])).dt.date)
            .groupby(["period_start", "region_code"])[names]
            .sum()
            for table, names in (
                (sold, ["units_sold", "key_units"]),
                (known_of, ["n_orders", "n_quality_complaints"]),
            )
        )
        both = units.join(counts, how="outer").astype(float)
        both["complaints_per_10000"] = (
            10_000 * both["n_quality_complaints"] / both["n_orders"].where(both["n_orders"] > 0)
        )
        both["key_share"] = both["key_units"] / both["units_sold"].where(both["units_sold"] > 0)
        parts.append(both[COVARIATES].reset_index().assign(period_type=str(kind)))
    return pd.concat(parts, ignore_index=True)


def estimates(areas: pd.DataFrame) -> pd.DataFrame:
    """Return the columns FITTED for the provinces of one period, with the index of ``areas``; all null with
    fewer than ten provinces, or where none or all of the goods failed. All rates are shares in 0-1.

    ``areas``: one row per province: n, value, se, units and weighting (as in `shrinkage.shrunk`), and
    COVARIATES. The sampling variance is smoothed: deff·p(1 - p)/n with p of all provinces, so that a province
    without failures has one too (K. M. Wolter, Introduction to Variance Estimation, 2007, 7). ``sampling_se``
    is its root. A covariate that does not vary, or repeats the others, is left out; a missing value is
    replaced by the mean of the others; ``covariates`` names those used.

    Fay-Herriot by REML (`small_area.fay_herriot`): ``own_weight`` is the weight of the province's direct rate
    in the estimate, the rest is that of ``synthetic_rate``, which the covariates alone give; ``between_sd``
    is the standard deviation between provinces that the covariates do not explain. ``benchmark_factor`` makes
    the sum of the estimates, weighted by units, equal to that of the direct rates. Within `shrinkage.APPLIED`
    the estimate is multiplied by it, and each limit, ``low`` and ``high``, is the wider of its values before
    and after; outside it is not applied."""
    found = _unfitted(areas.index)
    value, n = areas["value"].to_numpy(float), areas["n"].to_numpy(float)
    share = (areas["units"] / areas["units"].sum()).to_numpy(float)
    whole = float((share * value).sum())
    if len(areas) < FEWEST_REGIONS or not 0 < whole < 1:
        return found
    _, deff = design_effects(n, value, areas["se"].to_numpy(float), areas["weighting"].to_numpy(float))
    variance = deff * whole * (1 - whole) / n
    used, design = _design(areas[COVARIATES].astype(float))
    fitted = small_area.fay_herriot(value, variance, design)
    plain = np.clip(fitted.eblup, 0.0, 1.0)
    if not (share * plain).sum() > 0:
        return found
    scaled = small_area.benchmark(plain, share, total=whole)
    factor = scaled.factor if APPLIED[0] <= scaled.factor <= APPLIED[1] else 1.0
    theta = np.minimum(factor * plain, 1.0)
    low, high = _limits(plain, fitted.mse, len(areas) - design.shape[1])
    low, high = np.minimum(low, factor * low), np.minimum(np.maximum(high, factor * high), 1.0)
    columns = (
        np.sqrt(variance),
        np.clip(design @ fitted.beta, 0.0, 1.0),
        fitted.gamma,
        theta,
        low,
        high,
        np.sqrt(fitted.A),
        " ".join(used),
        scaled.factor,
    )
    for name, column in zip(FITTED, columns, strict=True):
        found[name] = column
    return found


def _unfitted(index: pd.Index) -> pd.DataFrame:
    """FITTED of provinces without a model: all null, in the types that those with one have."""
    numbers = pd.DataFrame(np.nan, index=index, columns=FITTED)
    return numbers.astype({"covariates": object}).assign(covariates=None)


def _limits(rate: np.ndarray, mse: np.ndarray, df: int) -> tuple[np.ndarray, np.ndarray]:
    """95% limits of rates with their mean squared errors: Student's t with ``df`` provinces more than
    coefficients either way. The upper one is at least the exact limit of as many batches as have that mean
    squared error (E. L. Korn & B. I. Graubard, Survey Methodology 24, 1998, 193-201), of a rate of at least
    its root: rates are skewed, and with limits as far up as down the truth lies above in 5 to 6%.
    """
    root = np.sqrt(mse)
    half = stats.t.ppf(0.975, df) * root
    least = np.clip(np.maximum(rate, root), 1e-9, 1 - 1e-9)
    size = least * (1 - least) / mse
    _, exact = intervals.binomial(size * rate, size, method="clopper_pearson")
    return np.maximum(rate - half, 0.0), np.minimum(np.maximum(rate + half, exact), 1.0)


def _design(covariates: pd.DataFrame) -> tuple[list[str], np.ndarray]:
    """Those that vary, and a column of ones and theirs at mean 0 and deviation 1."""
    used: list[str] = []
    columns: list[np.ndarray] = [np.ones(len(covariates))]
    for name in covariates:
        column = covariates[name].fillna(covariates[name].mean()).to_numpy(float)
        spread = column.std()
        if np.isfinite(spread) and spread > 1e-12 * max(1.0, np.abs(column).max()):
            tried = [*columns, (column - column.mean()) / spread]
            if np.linalg.matrix_rank(np.stack(tried, axis=1)) == len(tried):
                used, columns = [*used, name], tried
    return used, np.stack(columns, axis=1)
