"""The sheets of a unit's workbook (XLSX), cut from gold tables, and what each column means. Pure except for
reading the night's tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd
import pyarrow.compute as pc

from jobs.contracts.glossary import term
from jobs.contracts.model import Column, Contract
from jobs.lake.night import Snapshot
from jobs.marts.dimensions import NATION, Hierarchy, province_tree
from jobs.marts.public_names import not_to_be_shown
from jobs.marts.standards.judgement import NONCONFORMING
from jobs.reports.confidential import shown
from jobs.reports.nation import of_nation
from jobs.reports.trends import TREND, as_stated

RATES = "gold.detection_rate"
DIMENSIONS = ("nation", "platform", "region")
QUEUE, RESTRICTION = "gold.work_queue", "gold.joint_restriction"
PUBLIC = ("published", "due")  # a batch that may not be disclosed yet is in no workbook


@dataclass(frozen=True)
class Sheet:
    """One sheet of a workbook. ``name``: of the sheet; ``table``: the gold table that its rows come from;
    ``rows``: with columns of that table; ``terms``: column → term of the glossary that it holds here, where
    that differs from the table's."""

    name: str
    table: str
    rows: pd.DataFrame
    terms: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Cut:
    """How a sheet is cut from ``table``. ``code``: the column with the unit's code; ``columns``: those to
    take, in order, None for all; ``designs``: only rows of these designs, None for all; ``terms``: as in
    `Sheet`."""

    name: str
    table: str
    code: str
    columns: tuple[str, ...] | None = None
    designs: tuple[str, ...] | None = None
    terms: Mapping[str, str] = field(default_factory=dict)


RATE_COLUMNS = (
    "period_type",
    "period_start",
    "dimension_type",
    "dimension_code",
    "dimension2_type",
    "dimension2_code",
    "region_role",
    "design",
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
    "rate",
    "ci_low",
    "ci_high",
    "violation_rate",
    "violation_low",
    "violation_high",
    "listing_rate",
    "exposure_rate",
    "exposure_low",
    "exposure_high",
    "exposure_violation_rate",
    "exposure_violation_low",
    "exposure_violation_high",
    "shrunk_rate",
    "shrunk_low",
    "shrunk_high",
    "yoy_pp",
    "yoy_low",
    "yoy_high",
    "within_pp",
    "mix_pp",
    "n_effective",
    "design_effect",
    "cv",
    "reliability",
    "months_covered",
    "provisional_until",
    "method_version",
)
# Of targeted samples nothing is weighted: they stand for what was checked, not for the market.
FINDING_COLUMNS = tuple(c for c in RATE_COLUMNS if not c.startswith(("listing_", "exposure_", "shrunk_")))
BULLETIN_COLUMNS = (
    "plan_id",
    "sample_id",
    "disclosure",
    "published_on",
    "exit_kind",
    "exit_reason",
    "final_outcome",
    "serious",
    "platform_code",
    "shop_name",
    "seller_name",
    "seller_region_code",
    "producer_name",
    "producer_region_code",
    "category_code",
    "product_name",
    "brand",
    "batch_no",
    "produced_on",
    "purchased_on",
    "result_issued_on",
    "final_on",
    "item_names",
    "item_values",
    "item_units",
    "item_limits_low",
    "item_limits_high",
    "item_standards",
)
# Without the days that pass and the words made of them: a workbook is written again when work comes or goes,
# not every night.
WORK_COLUMNS = (
    "office_type",
    "office_code",
    "task",
    "subject_type",
    "subject_id",
    "province_code",
    "platform_code",
    "region_code",
    "category_code",
    "since",
    "status",
    "due",
    "undated",
    "rule",
    "rule_status",
    "citation",
)
RESTRICTION_COLUMNS = (
    "notice_id",
    "basis",
    "basis_id",
    "shop_id",
    "platform_code",
    "operator_id",
    "operator_name",
    "item",
    "legal_basis",
    "authority",
    "measure",
    "stops_sales",
    "measure_citation",
    "measure_rule_status",
    "state",
    "starts_on",
    "ends_on",
    "ended_on",
)
# What the platform did about a restriction, and what finds it in the sheet of restrictions.
RESPONSE_COLUMNS = (
    "notice_id",
    "shop_id",
    "measure",
    "state",
    "learned_on",
    "acknowledged_on",
    "acted_on",
    "ban_open",
    "n_order_lines",
    "last_ordered_on",
    "n_listings",
)
PLATFORM = (
    Cut("报告 Report", "gold.platform_report", "dimension_code"),
    Cut("不合格率 Rates", RATES, "dimension_code", RATE_COLUMNS, ("probability",)),
    Cut(
        "问题发现率 Findings",
        RATES,
        "dimension_code",
        FINDING_COLUMNS,
        ("targeted",),
        {"rate": "finding_rate"},
    ),
    Cut("处置闭环 Closed loop", "gold.closed_loop", "dimension_code"),
    Cut("环节时长 Lags", "gold.lag_kpi", "dimension_code"),
    Cut("投诉率 Complaints", "gold.complaint_rate", "dimension_code"),
    Cut("指数 Index", "gold.quality_index", "dimension_code"),
    Cut("薄弱环节 Weak points", "gold.weak_point", "dimension_code"),
    Cut("趋势 Trend", TREND, "dimension_code"),
    Cut("检出不合格主体后续 Failed parties", "gold.failer_follow_up", "dimension_code"),
    Cut("不合格批次 Failing batches", "gold.bulletin", "platform_code", BULLETIN_COLUMNS),
    Cut("待办 Work", QUEUE, "office_code", WORK_COLUMNS),
    Cut("失信惩戒 Restrictions", RESTRICTION, "platform_code", RESTRICTION_COLUMNS),
    Cut("限制落实 Responses", "gold.restriction_response", "platform_code", RESPONSE_COLUMNS),
)
REGION = (
    Cut("报告 Report", "gold.region_report", "dimension_code"),
    *PLATFORM[1:9],
    Cut("不合格批次 Failing batches", "gold.bulletin", "seller_region_code", BULLETIN_COLUMNS),
    Cut("待办 Work", QUEUE, "province_code", WORK_COLUMNS),
)
# No report is of the nation, its batches are in the bundles, and peers of its weak points it has none.
COUNTRY = (*PLATFORM[1:7], *PLATFORM[8:10], Cut("待办 Work", QUEUE, "office_code", WORK_COLUMNS))
CUTS = {"nation": COUNTRY, "platform": PLATFORM, "region": REGION}


def sheets(
    snapshot: Snapshot, dimension: str, contracts: dict[str, Contract], flags: pd.DataFrame
) -> Iterator[tuple[str, list[Sheet]]]:
    """Yield (code, sheets) for each unit of ``dimension`` (nation, platform or region) by code. A unit
    without rows in the first sheet that the night has is left out, as is a sheet without rows. ``contracts``:
    by table id; ``flags``: as jobs.reports.confidential.flags_of returns it.

    The work of the nation is that of all offices, the work of a province that of all offices about what lies
    in it, the work of a platform its own.
    """
    if dimension == "region" and snapshot.version("silver.region") is None:
        return  # no province is known
    provinces = _provinces(snapshot) if dimension == "region" else None
    cut: dict[str, dict[str, pd.DataFrame]] = {}
    order = []
    for each in CUTS[dimension]:
        if snapshot.version(each.table) is None:
            continue
        rows = _cut(snapshot, each, dimension, provinces, flags)
        rows = rows.sort_values(
            [k for k in contracts[each.table].key if k in rows.columns], ignore_index=True
        )
        codes = rows.pop("_unit")
        order.append(each)
        for code, own in rows.groupby(codes, sort=True):
            cut.setdefault(code, {})[each.name] = own.reset_index(drop=True)
    empty = {each.name: each for each in order}
    for code in sorted(c for c, found in cut.items() if order and order[0].name in found):
        yield (
            code,
            [
                Sheet(name, each.table, cut[code][name], each.terms)
                for name, each in empty.items()
                if name in cut[code]
            ],
        )


def left_out(dimension: str, found: Sequence[Sheet]) -> list[str]:
    """Return the names of the sheets that a workbook of ``dimension`` lacks because no row is about its unit.
    ``found``: the sheets that it has."""
    there = {sheet.name for sheet in found}
    return [cut.name for cut in CUTS[dimension] if cut.name not in there]


def _cut(
    snapshot: Snapshot, cut: Cut, dimension: str, provinces: Hierarchy | None, flags: pd.DataFrame
) -> pd.DataFrame:
    """Return the rows of a table that are about units of ``dimension``, with the unit's code in ``_unit``."""
    own = (
        _rates(snapshot, cut, dimension)
        if cut.table == RATES
        else snapshot.frame(cut.table, where=of_nation(snapshot, cut.table))
    )
    rows = shown(cut.table, own, flags)
    if "dimension_type" in rows.columns:
        rows = rows[rows["dimension_type"].eq(dimension)]
    if cut.table == "gold.bulletin":
        # Of others, five in six, a workbook has the counts; the download of their plan lists them.
        rows = rows[rows["disclosure"].isin(PUBLIC) & rows["final_outcome"].eq(NONCONFORMING)]
    if cut.table == RESTRICTION:
        hidden = not_to_be_shown(rows["operator_id"], rows["operator_name"])
        rows = rows.assign(operator_id=rows["operator_id"].mask(hidden, None))
    if cut.table == TREND:
        rows = as_stated(rows)
    if cut.table == QUEUE and dimension == "platform":
        rows = rows[rows["office_type"].eq("platform")]
    if cut.table == QUEUE and dimension == "nation":
        unit = pd.Series(NATION, index=rows.index)
    else:
        rows = rows if dimension != "nation" else rows[rows[cut.code].eq(NATION)]
        unit = rows[cut.code]
    if cut.table == "gold.bulletin" and provinces is not None:
        unit = unit.map({code: provinces.units(code)[-1] for code in unit.dropna().unique()})
    chosen = list(rows.columns) if cut.columns is None else [c for c in cut.columns if c in rows.columns]
    return rows[[c for c in chosen if not c.startswith("_")]].assign(_unit=unit).dropna(subset="_unit")


def _rates(snapshot: Snapshot, cut: Cut, dimension: str) -> pd.DataFrame:
    """Return the rows and columns of gold.detection_rate that ``cut`` takes of the units of ``dimension``:
    few of its millions. Regions by the seller; pairs with a category of years only, else a workbook has fifty
    thousand rows."""
    there = set(snapshot.lake.dataset(RATES, snapshot.version(RATES)).schema.names)
    own = pc.field("region_role").isin(["", "seller"]) & pc.field("design").isin(list(cut.designs or ()))
    whole = (pc.field("dimension2_type") == "") | (pc.field("period_type") == "year")
    return snapshot.frame(
        RATES,
        columns=[c for c in cut.columns or () if c in there],
        where=own & whole & (pc.field("dimension_type") == dimension),
    )


def _provinces(snapshot: Snapshot) -> Hierarchy:
    """The tree of the nation's regions, by which a region finds its province. Raises KeyError where the night
    named no silver.region."""
    own = of_nation(snapshot, "silver.region")
    region = snapshot.frame("silver.region", columns=["region_code", "level", "parent_code"], where=own)
    return province_tree(region)


def definitions(found: list[Sheet], contracts: dict[str, Contract]) -> pd.DataFrame:
    """Return one row per sheet and column with its meaning in both languages, from the contract, or from the
    glossary where the sheet holds another term. Columns: sheet, table, column, name_zh, meaning_zh,
    meaning_en, unit, type. ``contracts``: by table id."""

    def meaning(sheet: Sheet, column: Column) -> tuple[str, str, str]:
        if column.name not in sheet.terms:
            return column.name_zh, column.description_zh, column.description_en
        held = term(sheet.terms[column.name])
        return held.zh, held.definition_zh, held.definition_en

    return pd.DataFrame(
        [
            {
                "sheet": sheet.name,
                "table": sheet.table,
                "column": column.name,
                **dict(zip(("name_zh", "meaning_zh", "meaning_en"), meaning(sheet, column), strict=True)),
                "unit": column.unit,
                "type": column.type,
            }
            for sheet in found
            for column in contracts[sheet.table].columns
            if column.name in sheet.rows.columns
        ]
    )
