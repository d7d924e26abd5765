"""gold.failing_item: which items, hazards and standards fail most, by product category
(definitions.md#exposure-rate). An item is one property that a laboratory tests. Items, hazards and standards
are called cuts; the functions here count batches by the code of any cut, also for gold.standard_failure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from jobs.marts.dimensions import UNKNOWN, Dimension, Hierarchy, hierarchies
from jobs.marts.sampling import reliability
from jobs.marts.sampling.counts import (
    DESIGNS,
    PERIODS,
    Design,
    PeriodType,
    Span,
    covered,
    named,
    spans,
)
from jobs.marts.sampling.detection_rate import Samples, designs, measured
from jobs.marts.sampling.dimensions import Block, Cut, cut
from jobs.marts.sampling.outcomes import DENOMINATOR, Verdict, all_judged, has_verdict, outcomes
from jobs.marts.sampling.probability import SurveyDesign, survey_design
from jobs.methods.rounding import half_up
from jobs.period import Period

METHOD_VERSION = "failing_item/1"
KEY = ["period_type", "period_start", "dimension_type", "dimension_code", "cut", "code", "design"]
# By what failures are counted → the column of results that holds its code.
CUTS = {"item": "item_code", "hazard": "hazard_code", "standard": "standard_no"}
UNITS = (Dimension("nation"), Dimension("category", "category_code", hierarchy="category"))
READ = (PeriodType.QUARTER, PeriodType.YEAR)  # what pages, workbooks and bulletins show
RANKED = ("A", "B", "C")  # reliability classes; D is of low precision and not ranked
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
    "standing_conclusion": ["sample_id", "stage", "outcome", "issued_on", "serious"],
    "test_result": ["sample_id", "item_code", "item_name", "standard_no", "item_class", "lab_verdict"],
}
_ADDED = list(
    dict.fromkeys(
        (*DENOMINATOR, *"n_exited_violation n_nonconforming n_first_failed n_overturned n_class_a".split())
    )
)
_SHOWN = {"rate": "rate", "ci_low": "ci_low", "ci_high": "ci_high"} | {
    f"exposure_{part}": f"exposure_{part}" for part in ("rate", "low", "high")
}


def build(
    *,
    sample: pd.DataFrame,
    standing_conclusion: pd.DataFrame,
    test_result: pd.DataFrame,
    sampling_plan: pd.DataFrame,
    sampling_stratum: pd.DataFrame,
    sampling_order: pd.DataFrame,
    region: pd.DataFrame,
    product_category: pd.DataFrame,
    item_hazard: pd.DataFrame,
    hazard: pd.DataFrame,
    period: Period,
) -> pd.DataFrame:
    """Return the rows of gold.failing_item: one row per period (quarter, year), unit (nation or category),
    item, hazard or standard, and design with a batch tested for it, sorted by KEY. Columns are explained in
    schemas/gold/failing_item.odcs.yaml. standing_conclusion is a gold table, the others silver. ``period`` is
    not used.

    A batch is judged on an item where the laboratory judged the item and the final conclusion has a verdict
    on the batch. It fails the item where the laboratory found so and the batch is finally non-conforming:
    where a re-inspection overturned the first test, the item counts as judged and passed, and in
    ``n_overturned``. It fails a standard or hazard where any item of it fails; an item belongs to the hazards
    that have a word which its name contains.

    Rates, limits and ``reliability`` are those of gold.detection_rate: Wilson of the batches, design-weighted
    (units sold/π) of probability samples, shares in 0-1, null where the judged batches, or the effective
    ones, are fewer than `reliability.FEWEST`. ``rank``: as `ranked`, within a period, unit, cut and
    design."""
    given = counted(
        sample=sample,
        standing_conclusion=standing_conclusion,
        sampling_plan=sampling_plan,
        sampling_stratum=sampling_stratum,
        sampling_order=sampling_order,
        trees=hierarchies(region=region, product_category=product_category),
    )
    judged = results(sample, given.outcome, test_result)
    of_hazards = judged.merge(hazards(test_result, item_hazard), on=["item_code", "item_name"])
    tables = []
    for kind, column in CUTS.items():
        tried = batches(of_hazards if kind == "hazard" else judged, column)
        tables.append(by_code(given, tried, kind, UNITS))
    names = {"item": item_names(test_result), "hazard": _pairs(hazard, "hazard_code", "name_zh")}
    return _table(pd.concat(tables, ignore_index=True), names)


class Counted(NamedTuple):
    """All samples with their outcomes, survey weights and designs (``samples``), and the trees of regions and
    categories (``trees``, as `hierarchies` returns them) by which they are assigned to units."""

    samples: Samples
    trees: Mapping[str, Hierarchy]

    @property
    def outcome(self) -> pd.DataFrame:
        """The outcome of each sample, as `outcomes` returns it."""
        return self.samples.outcome


def counted(
    *,
    sample: pd.DataFrame,
    standing_conclusion: pd.DataFrame,
    sampling_plan: pd.DataFrame,
    sampling_stratum: pd.DataFrame,
    sampling_order: pd.DataFrame,
    trees: Mapping[str, Hierarchy],
) -> Counted:
    """Return the samples with their outcomes, survey weights and designs. ``standing_conclusion``:
    gold.standing_conclusion. ``sample``, ``sampling_plan``, ``sampling_stratum``, ``sampling_order``: silver
    tables. ``trees``: as `hierarchies` returns them."""
    outcome = outcomes(sample, standing_conclusion)
    drawn = survey_design(
        sample=sample,
        void=outcome["n_exited_void"].to_numpy() == 1,
        sampling_plan=sampling_plan,
        sampling_stratum=sampling_stratum,
        sampling_order=sampling_order,
        trees=trees,
    )
    return Counted(Samples(sample, outcome, drawn, designs(sample, sampling_plan)), trees)


def by_code(given: Counted, tried: pd.DataFrame, kind: str, units: tuple[Dimension, ...]) -> pd.DataFrame:
    """Return one row per period (quarters, years), unit, code and design with a batch judged on the code: KEY
    and the measures of gold.failing_item, without names, rank, n_ranked and method_version. There are no rows
    of the design `all`.

    ``given``: all samples. ``tried``: one row per batch and code, as `batches` returns them. ``kind``: the
    value of `cut`: `item`, `hazard` or `standard`. ``units``: the dimensions by which batches are grouped."""
    sample, outcome, drawn, of_design = given.samples
    place = tried["place"].to_numpy()
    where = paired(cut(sample.iloc[place], units, given.trees), kind, tried["code"].to_numpy(object))
    tested = Samples(
        sample.iloc[place].reset_index(drop=True),
        _outcome(outcome, tried),
        SurveyDesign(drawn.weight[place], drawn.stratum[place], drawn.drawn),
        of_design[place],
    )
    return _measured(tested, where, spans(outcome, of_design))


def results(sample: pd.DataFrame, outcome: pd.DataFrame, test_result: pd.DataFrame) -> pd.DataFrame:
    """Return one row per item that a laboratory judged, of batches whose final conclusion has a verdict:
    place (position of the batch in ``sample``, from 0), item_code, item_name, standard_no (UNKNOWN where
    missing), failed (the laboratory found it non-conforming) and class_a (bool).

    ``sample``, ``test_result``: silver tables; ``outcome``: `outcomes` of ``sample``."""
    known = test_result["lab_verdict"].isin([Verdict.CONFORMING, Verdict.NONCONFORMING])
    of = test_result[known]
    place = pd.Index(sample["sample_id"]).get_indexer(of["sample_id"])
    decided = has_verdict(outcome).to_numpy()
    inside = np.zeros(len(of), dtype=bool)
    inside[place >= 0] = decided[place[place >= 0]]
    of = of[inside]
    return pd.DataFrame(
        {
            "place": place[inside],
            "item_code": of["item_code"].to_numpy(object),
            "item_name": of["item_name"].to_numpy(object),
            "standard_no": of["standard_no"].astype(object).fillna(UNKNOWN).to_numpy(object),
            "failed": (of["lab_verdict"] == Verdict.NONCONFORMING).to_numpy(bool),
            "class_a": (of["item_class"] == "A").to_numpy(bool),
        }
    )


def batches(judged: pd.DataFrame, column: str) -> pd.DataFrame:
    """Return one row per batch and value of ``column``: place, code (the value), failed and class_a. The last
    two are True where they are for any of the batch's items with that value. Rows without a value are left
    out. ``judged``: as `results` returns them; ``column``: such as item_code."""
    rows = judged[["place", column, "failed", "class_a"]].rename(columns={column: "code"})
    return rows.groupby(["place", "code"], as_index=False)[["failed", "class_a"]].max()


def paired(where: Cut, kind: str, code: np.ndarray) -> Cut:
    """Return ``where`` with each unit divided by the codes of its samples: the second dimension of the new
    units is ``kind`` with the code. ``code``: the code of each sample, in the order to which ``where``
    refers. The new units are sorted by unit, then by code."""
    number, names = pd.factorize(code, sort=True)
    step = max(len(names), 1)
    pairs = [block.unit * step + number[block.sample] for block in where.blocks]
    known, place = np.unique(np.concatenate(pairs), return_inverse=True)
    units = where.units.iloc[known // step].reset_index(drop=True)
    units = units.assign(dimension2_type=kind, dimension2_code=np.asarray(names, object)[known % step])
    ends = np.cumsum([len(pair) for pair in pairs])[:-1]
    parts = np.split(place, ends)
    return Cut(units, tuple(Block(old.sample, unit) for old, unit in zip(where.blocks, parts, strict=True)))


def _outcome(outcome: pd.DataFrame, tried: pd.DataFrame) -> pd.DataFrame:
    """What each batch adds to the counts of its code, in the columns by which samples are counted."""
    of = outcome.iloc[tried["place"].to_numpy()].reset_index(drop=True)
    failed = tried["failed"].to_numpy(bool).astype(np.int64)
    final = failed * of["n_nonconforming"].to_numpy()
    return pd.DataFrame(
        {
            "month": of["month"],
            **all_judged(np.ones(len(of), dtype=np.int64), final),
            "n_first_failed": failed * of["n_first_nonconforming"].to_numpy(),
            "n_overturned": failed * of["n_overturned"].to_numpy(),
            "n_class_a": tried["class_a"].to_numpy(bool).astype(np.int64),
        }
    )


def _measured(tested: Samples, where: Cut, whole: tuple[Span, ...]) -> pd.DataFrame:
    """KEY, counts, rates and months_covered of every unit, period (READ) and design; no rows of all designs
    together."""
    kept = np.tile([kind in READ for kind in PERIODS], (len(where.units), 1))
    rows = measured(tested, where, whole, kept, _ADDED)
    rows = rows[rows["design"] != DESIGNS.index(Design.ALL)].reset_index(drop=True)
    shown = reliability.shown(rows)
    names = named(rows, where.units).rename(columns={"dimension2_type": "cut", "dimension2_code": "code"})
    own = pd.DataFrame(
        {
            "n_judged": rows["judged"].astype(np.int64),
            "n_failed": rows["n_nonconforming"],
            "n_first_failed": rows["n_first_failed"],
            "n_overturned": rows["n_overturned"],
            **{name: shown[column] for name, column in _SHOWN.items()},
            "n_effective": rows["n_effective"],
            "reliability": rows["reliability"],
            "class_a": rows["n_class_a"] > 0,
            "months_covered": covered(rows, whole),
        }
    )
    return pd.concat([names[KEY], own], axis=1)


def _table(rows: pd.DataFrame, names: Mapping[str, Mapping[str, str]]) -> pd.DataFrame:
    """``rows`` with names and ranks, sorted by KEY."""
    rows = rows.assign(
        name=[names.get(kind, {}).get(code) for kind, code in zip(rows["cut"], rows["code"], strict=True)],
        **ranked(rows, [name for name in KEY if name != "code"]),
        method_version=METHOD_VERSION,
    )
    return rows.sort_values(KEY, ignore_index=True)


def ranked(rows: pd.DataFrame, by: list[str]) -> dict[str, pd.Series]:
    """Return two columns by name, with the index of ``rows``: `rank` (Int64) and `n_ranked`, how many rows
    are ranked. They are computed within each combination of the columns ``by``.

    Rank 1 has the largest exposure rate as printed (rounded half up to 0.1%); equal rates share the best of
    their ranks. Only rows of probability samples with an exposure rate and a reliability class of RANKED are
    ranked; others have no rank. ``rows``: design, reliability, exposure_rate and the columns ``by``."""
    may = (
        rows["design"].eq(str(Design.PROBABILITY))
        & rows["reliability"].isin(RANKED)
        & rows["exposure_rate"].notna()
    )
    rate = rows["exposure_rate"].where(may).astype(float)
    share = rate.map(lambda value: float(half_up(value, 100)), na_action="ignore").astype(float)
    groups = share.groupby([rows[name] for name in by])
    return {
        "rank": groups.rank(method="min", ascending=False).astype("Int64"),
        "n_ranked": groups.transform("count").astype(np.int64),
    }


def hazards(test_result: pd.DataFrame, item_hazard: pd.DataFrame) -> pd.DataFrame:
    """Return the hazards to which the name of each item points: item_code, item_name and hazard_code, one row
    per item, name and hazard.

    ``item_hazard``: silver.item_hazard; ``match`` is a list of words, any of which in the name is enough.
    Only rules without an end date are used, for results of any date. ``test_result``: silver.test_result."""
    item_hazard = item_hazard[item_hazard["valid_to"].isna()]
    items = test_result[["item_code", "item_name"]].drop_duplicates().dropna()
    rules = list(zip(item_hazard["match"], item_hazard["hazard_code"], strict=True))
    found = [
        (code, name, of)
        for code, name in items.itertuples(index=False)
        for of in sorted({of for words, of in rules if any(word in name for word in words)})
    ]
    return pd.DataFrame(found, columns=["item_code", "item_name", "hazard_code"], dtype=object)


def item_names(test_result: pd.DataFrame) -> dict[str, str]:
    """Return for each item_code the name that is filed most often for it; of names that are equally frequent
    the first in alphabetical order. Codes without any name are left out. ``test_result``: silver.test_result.
    """
    counts = test_result.dropna(subset=["item_name"]).groupby(["item_code", "item_name"]).size()
    order = {"item_code": True, "n": False, "item_name": True}
    rows = counts.rename("n").reset_index().sort_values([*order], ascending=[*order.values()])
    first = rows.drop_duplicates("item_code")
    return _pairs(first, "item_code", "item_name")


def _pairs(rows: pd.DataFrame, key: str, value: str) -> dict[str, str]:
    return dict(zip(rows[key], rows[value], strict=True))
