"""gold.detection_rate: the share of judged batches that do not conform, with its limits
(definitions.md#counts): for the nation in every dimension, for other jurisdictions as a whole. A batch is
what one sample was taken from, so batches and samples are the same in number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from jobs.marts.dimensions import NATION, UNKNOWN, Dimension, Hierarchy, hierarchies
from jobs.marts.sampling import reliability
from jobs.marts.sampling.counts import (
    DESIGNS,
    KEY,
    NUMBERS,
    Design,
    Span,
    by_design,
    covered,
    named,
    numbered,
    over_periods,
    spans,
    sums,
)
from jobs.marts.sampling.dimensions import RATE_DIMENSIONS, Block, Cut, cut
from jobs.marts.sampling.kept import kept
from jobs.marts.sampling.levels import levels
from jobs.marts.sampling.objection_windows import open_until
from jobs.marts.sampling.outcomes import COUNTS, RATE_VERSION, judged, outcomes, serious
from jobs.marts.sampling.probability import SurveyDesign, survey_design
from jobs.marts.sampling.shrinkage import NOT_SHRUNK_ROLE, SHRUNK, shrunk
from jobs.marts.sampling.weighted_rates import units_weight, weighted_rates
from jobs.marts.sampling.year_on_year import Mix, running, year_on_year
from jobs.period import Period

# Columns of conclusions that are read.
CONCLUDED = ["sample_id", "stage", "outcome", "issued_on", "serious"]
READS = {
    "sample": (
        "_jurisdiction sample_id plan_id sampling_order_id stratum inclusion_probability units_sold "
        "exit_kind exited_on purchased_on platform_code seller_region_code producer_region_code "
        "consumer_region_code category_code channel brand"
    ).split(),
    "sampling_order": "_jurisdiction sampling_order_id plan_id status stratum".split(),
    "standing_conclusion": CONCLUDED,
    "conclusion": [*CONCLUDED, "_jurisdiction"],
    "test_result": ["sample_id", "item_class", "lab_verdict", "_jurisdiction"],
    "sampling_event": ["sample_id", "event", "happened_at"],
    "objection": ["sample_id", "filed_on", "decided_on"],
}


def build(
    *,
    sample: pd.DataFrame,
    standing_conclusion: pd.DataFrame,
    conclusion: pd.DataFrame,
    test_result: pd.DataFrame,
    sampling_plan: pd.DataFrame,
    sampling_stratum: pd.DataFrame,
    sampling_order: pd.DataFrame,
    sampling_event: pd.DataFrame,
    objection: pd.DataFrame,
    statutory_timer: pd.DataFrame,
    calendar: pd.DataFrame,
    industrial_cluster: pd.DataFrame,
    region: pd.DataFrame,
    product_category: pd.DataFrame,
    period: Period,
) -> pd.DataFrame:
    """Return the rows of gold.detection_rate: one row per period, unit and design that `kept` names, sorted
    by KEY. Columns are explained in schemas/gold/detection_rate.odcs.yaml. standing_conclusion is a gold
    table, the others silver. ``period`` is not used.

    Samples of another jurisdiction (``_jurisdiction``) count in no unit of the nation. Those of each form a
    `nation` with its code, counted by the conclusions as delivered: our procedure, objections and deadlines
    are not theirs. Results, plans, strata and orders count in the jurisdiction of their source.

    Rates are shares in 0-1, null where nothing was judged or the row is insufficient (`reliability.shown`).
    rate = n_nonconforming / `outcomes.judged`, by final conclusions (definitions.md#counts). Limits are of
    95%: Wilson's; of violation rates exact ones; of weighted rates those of `survey_cells.shares`. Listing,
    exposure and shrunk rates are of probability samples only. Nothing depends on the day of the run: a row is
    provisional on every day up to ``provisional_until``."""
    trees = hierarchies(region=region, product_category=product_category)
    of = sample["_jurisdiction"]

    def table(code: str, conclusions: pd.DataFrame, until: np.ndarray | None) -> pd.DataFrame:
        own, plan = _of_jurisdiction(sample, code), _of_jurisdiction(sampling_plan, code)
        outcome = outcomes(own, conclusions)
        outcome["n_serious"] = serious(own, conclusions, _of_jurisdiction(test_result, code))
        drawn = survey_design(
            sample=own,
            void=outcome["n_exited_void"].to_numpy() == 1,
            sampling_plan=plan,
            sampling_stratum=_of_jurisdiction(sampling_stratum, code),
            sampling_order=_of_jurisdiction(sampling_order, code),
            trees=trees,
        )
        samples = Samples(own, outcome, drawn, designs(own, plan))
        if until is None:
            where = cut(own, (Dimension("nation", code=code),), trees)
            until = np.full(len(own), np.datetime64("NaT", "D"))
        else:
            where = cut(own, RATE_DIMENSIONS, trees, industrial_cluster)
        return _rates(samples, where, until, trees, levels(where.units, region, product_category))

    until = open_until(
        sample=sample[of == NATION],
        conclusion=standing_conclusion,
        sampling_event=sampling_event,
        objection=objection,
        statutory_timer=statutory_timer,
        calendar=calendar,
    )
    found = [table(NATION, standing_conclusion, until)]
    found += [table(code, _of_jurisdiction(conclusion, code), None) for code in sorted(set(of) - {NATION})]
    rows = pd.concat([part for part in found if len(part)] or found[:1], ignore_index=True)
    return rows.sort_values(KEY, ignore_index=True) if len(found) > 1 else rows


def _of_jurisdiction(rows: pd.DataFrame, code: str) -> pd.DataFrame:
    """The rows of one jurisdiction."""
    return rows[rows["_jurisdiction"] == code].reset_index(drop=True)


def _rates(
    samples: Samples,
    where: Cut,
    until: np.ndarray,
    trees: Mapping[str, Hierarchy],
    level: np.ndarray,
) -> pd.DataFrame:
    """The rows of the units of ``where``. ``until``: of each sample the last day on which its result may
    change; ``level``: of each unit (`levels`)."""
    sample, outcome, drawn, of_design = samples
    whole = spans(outcome, of_design)
    rows_of = kept(where.units, level)
    rows = measured(samples, where, whole, rows_of)
    rows = rows.merge(
        _until(where, outcome["month"], until, of_design, whole, rows_of),
        on=NUMBERS,
        how="left",
        validate="one_to_one",
    )
    numbers = numbered(of_design)
    mix = Mix(_mix(sample, outcome, drawn, trees).assign(design=numbers), where, whole, rows_of)
    again = running(where, outcome["month"].to_numpy(), numbers, whole, rows_of)
    of_running = measured(samples, again.where, whole, again.kept)
    now, before = reliability.for_year_on_year(rows), reliability.for_year_on_year(of_running)
    changes = year_on_year(now, again.in_place(now, before), mix, again)
    months = covered(rows, whole)
    return _table(rows.assign(months_covered=months), changes, _shrunk(rows, where, level), where)


class Samples(NamedTuple):
    """What is known of each sample; all four fields are in the same order. ``sample``: rows of silver.sample.
    ``outcome``: as `outcomes` returns it. ``drawn``: survey weights and strata of the probability samples.
    ``of_design``: the Design of each sample, `probability` or `targeted`."""

    sample: pd.DataFrame
    outcome: pd.DataFrame
    drawn: SurveyDesign
    of_design: np.ndarray


def measured(
    samples: Samples,
    where: Cut,
    whole: tuple[Span, ...],
    rows_of: np.ndarray,
    names: Sequence[str] = COUNTS,
) -> pd.DataFrame:
    """Return one row per period, unit and design: NUMBERS, the counts ``names``, the columns of
    `weighted_rates` (for the design `probability`, else null) and those of `reliability.rates`, from which
    n_effective is taken. No rate is hidden yet: `reliability.shown` does that.

    ``where``: which samples count in which units. ``whole``: the Span of each design (`counts.spans`).
    ``rows_of``: boolean array of units × PERIODS: which period types a unit has rows of (`kept`)."""
    counts = by_design(where, samples.outcome, samples.of_design, [*names])
    rows = over_periods(counts, ["unit", "design"], whole, rows_of)
    probability = DESIGNS.index(Design.PROBABILITY)
    weighted = weighted_rates(
        where, samples.sample, samples.outcome, samples.drawn, whole[probability], rows_of
    ).assign(design=probability)
    rows = rows.merge(weighted, on=NUMBERS, how="left", validate="one_to_one")
    return pd.concat([rows.drop(columns="n_effective"), reliability.rates(rows)], axis=1)


def designs(sample: pd.DataFrame, sampling_plan: pd.DataFrame) -> np.ndarray:
    """Return the Design of each sample, in the order of ``sample``: `probability` where the type of its plan
    is `probability`, else `targeted`. The latter holds targeted, complaint-led and follow-up plans, and plans
    of unknown type, since nothing shows that their samples represent the market. ``sample``: plan_id;
    ``sampling_plan``: silver.sampling_plan (plan_id, type)."""
    probability = sampling_plan.loc[sampling_plan["type"] == "probability", "plan_id"]
    return np.where(sample["plan_id"].isin(probability), Design.PROBABILITY, Design.TARGETED)


def _until(
    where: Cut,
    month: pd.Series,
    until: np.ndarray,
    design: np.ndarray,
    whole: tuple[Span, ...],
    rows_of: np.ndarray,
) -> pd.DataFrame:
    """NUMBERS and ``until``: the latest of the samples' days, as days since 1970, of rows in which any has
    one."""
    known = ~np.isnat(until)
    blocks = tuple(
        Block(block.sample[known[block.sample]], block.unit[known[block.sample]]) for block in where.blocks
    )
    days = pd.DataFrame(
        {"month": month.to_numpy(), "design": numbered(design), "until": until.astype(np.int64)}
    )
    by = ["unit", "design", "month"]
    own = sums(Cut(where.units, blocks), days, by, ["until"], how="max")
    both = pd.concat([own.assign(design=DESIGNS.index(Design.ALL)), own], ignore_index=True)
    return over_periods(both, by[:2], whole, rows_of, how="max")


def _mix(
    sample: pd.DataFrame, outcome: pd.DataFrame, drawn: SurveyDesign, trees: Mapping[str, Hierarchy]
) -> pd.DataFrame:
    """What each sample adds to the cells of year on year: category of level 1 (or the kept code) × channel;
    month; MIXED."""
    goods = sample["category_code"].astype(object).where(sample["category_code"].notna(), UNKNOWN)
    top = {code: (trees["category"].path(code) or (code,))[-1] for code in goods.unique()}
    channel = sample["channel"].astype(object).where(sample["channel"].notna(), UNKNOWN)
    kinds, channels = pd.factorize(goods.map(top))[0], pd.factorize(channel)[0]
    cell = kinds.astype(np.int64) * (channels.max(initial=0) + 1) + channels
    failed = outcome["n_nonconforming"].to_numpy(float)
    tried = judged(outcome).to_numpy()
    units = np.nan_to_num(units_weight(drawn, sample)) * tried
    return pd.DataFrame(
        {"cell": cell, "month": outcome["month"], "x": failed, "n": tried, "v": units, "vx": units * failed}
    )


def _shrunk(rows: pd.DataFrame, where: Cut, level: np.ndarray) -> pd.DataFrame:
    """Shrunk rates of the units of one dimension, by period and level."""
    units = where.units
    may = (
        units["dimension_type"].isin(SHRUNK)
        & (units["dimension2_type"] == "")
        & (units["region_role"] != NOT_SHRUNK_ROLE)
    )
    alone = rows[may.to_numpy()[rows["unit"].to_numpy()] & rows["exposure_rate"].notna().to_numpy()]
    unit = alone["unit"].to_numpy()
    dimension = (units["dimension_type"] + "/" + units["region_role"]).to_numpy(object)
    domains = pd.DataFrame(
        {
            "of_period": alone["period"].astype(str) + "/" + alone["month"].astype(str),
            "dimension": dimension[unit],
            "level": level[unit],
            "n": alone["exposure_n"],
            "value": alone["exposure_rate"],
            "se": alone["exposure_se"],
            "units": alone["units"],
            "weighting": alone["weighting"],
        },
        index=alone.index,
    )
    return shrunk(domains, ["of_period", "dimension", "level"]).reindex(rows.index)


def _table(rows: pd.DataFrame, changes: pd.DataFrame, small: pd.DataFrame, where: Cut) -> pd.DataFrame:
    shown = reliability.shown(rows)
    pooled = (rows["design"] == DESIGNS.index(Design.ALL)).to_numpy()
    flags = pd.DataFrame(
        {
            "n_effective": np.where(pooled, np.nan, rows["n_effective"].to_numpy(float)),
            "reliability": np.where(pooled, None, rows["reliability"].to_numpy(object)),
            "months_covered": rows["months_covered"].to_numpy(np.int64),
            "provisional_until": _days(rows["until"]),
            "method_version": np.full(len(rows), RATE_VERSION, dtype=object),
        }
    )
    counted = (
        rows[[*COUNTS]].astype(np.int64).assign(n_weighted=rows["n"].astype("Int64").where(rows["n"] > 0))
    )
    small = small.assign(shrunk_pooled=small["shrunk_pooled"].astype("boolean"))
    return pd.concat([named(rows, where.units)[KEY], counted, shown, small, changes, flags], axis=1)


def _days(numbers: pd.Series) -> np.ndarray:
    """Days since 1970 as dates, None where there is none."""
    known = numbers.notna().to_numpy()
    distinct, place = np.unique(numbers[known].to_numpy(np.int64), return_inverse=True)
    found = np.full(len(numbers), None, dtype=object)
    found[known] = distinct.astype("datetime64[D]").astype(object)[place]
    return found
