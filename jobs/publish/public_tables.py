"""Names the tables and columns that bundles publish, and says which of their rows (definitions.md#public).
What is not named here is not published. A bundle is a folder of tables that was published for a period
(`periods.Span`)."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from jobs.contracts.catalog import Catalog
from jobs.contracts.model import Column
from jobs.deployment import deployment
from jobs.lake.night import Snapshot
from jobs.marts.sampling import outcomes
from jobs.marts.sampling.disclosure import PUBLIC
from jobs.marts.sampling.reliability import FEWEST
from jobs.publish.orders import as_first_published
from jobs.publish.periods import Span
from jobs.publish.public_brands import BRAND_EN, with_english
from jobs.publish.public_items import ITEMS_EN, with_items
from jobs.publish.public_remarks import REMARKS, with_remarks
from jobs.reports.confidential import shown
from jobs.reports.nation import of_nation
from jobs.reports.rates import apart, provisional

COMPLAINT_RATE = "gold.complaint_rate"
_TYPES = {
    "string": pa.string(),
    "array<string>": pa.string(),
    "date": pa.date32(),
    "boolean": pa.bool_(),
    "int": pa.int64(),
    "bigint": pa.int64(),
    "double": pa.float64(),
}


@dataclass(frozen=True)
class PublicTable:
    """One table of a bundle. ``source``: the table that it is made from; ``columns``: those of the contract
    of ``source`` that it has; ``own``: further columns, which only the bundle has; ``rows``: a function of
    snapshot, rows of ``source`` and period that returns the rows to publish. ``as_known``: the table is not
    of a period, and later revisions keep it as the first one showed it; ``blank_keys``: a part of the key may
    be empty text (no second dimension), which a CSV cannot distinguish from a missing cell."""

    name: str
    source: str
    title_zh: str
    title_en: str
    key: tuple[str, ...]
    columns: tuple[str, ...]
    rows: Callable[[Snapshot, pd.DataFrame, Span], pd.DataFrame]
    own: tuple[Column, ...] = field(default=())
    as_known: bool = False
    blank_keys: bool = False

    def fields(self, catalog: Catalog) -> list[Column]:
        """Return the columns of the table in the order of its files: ``columns``, each as the contract of
        ``source`` describes it, then ``own``. Raises KeyError where the catalog lacks that contract, or the
        contract a column."""
        contract = catalog.contracts[self.source]
        return [*(contract.column(name) for name in self.columns), *self.own]

    def schema(self, catalog: Catalog) -> pa.Schema:
        """Return the Arrow schema of the table, in the order of `fields`; lists are texts (JSON arrays).
        Raises KeyError as `fields`."""
        return pa.schema([(c.name, _TYPES[c.type]) for c in self.fields(catalog)])


def tables_of(
    snapshot: Snapshot,
    period: Span,
    flags: pd.DataFrame,
    catalog: Catalog,
    earlier: Sequence[pd.DataFrame] = (),
) -> dict[str, pa.Table]:
    """Return the rows of every table of PUBLIC_TABLES for the period, by the table's name, sorted by key; a
    table that the night of ``snapshot`` lacks is empty.

    ``flags``: one row per unit and period (UNIT), with ``confidential``: whether its orders are withheld, as
    they are where it has no row (`withholding.flags_for`); ``catalog``: contracts; ``earlier``: frames with
    the numbers of orders that were published before and are repeated, in the order in which they count, as
    `orders.as_first_published` takes them.
    """
    found = {}
    for table in PUBLIC_TABLES:
        if snapshot.version(table.source) is None:
            found[table.name] = table.schema(catalog).empty_table()
            continue
        given = snapshot.frame(table.source, where=of_nation(snapshot, table.source))
        given = given.reindex(columns=list(catalog.contracts[table.source].column_names))
        rows = table.rows(snapshot, _with_flags(table, given, flags), period)
        if table.source == COMPLAINT_RATE:
            rows = as_first_published(rows, given, period, earlier)
        rows = shown(table.source, rows, flags).sort_values(list(table.key), ignore_index=True)
        found[table.name] = _typed(rows, table.schema(catalog))
    return found


def _with_flags(table: PublicTable, rows: pd.DataFrame, flags: pd.DataFrame) -> pd.DataFrame:
    """``rows``; for the table of complaints with ``confidential`` set by ``flags``, as a bundle may withhold
    more than the night's table does."""
    if table.source != COMPLAINT_RATE:
        return rows
    key = ["period_type", "period_start", "dimension_type", "dimension_code"]
    free = set(flags.loc[flags["confidential"].eq(False), key].itertuples(index=False, name=None))
    hidden = [at not in free for at in rows[key].itertuples(index=False, name=None)]
    return rows.assign(confidential=np.array(hidden, dtype=bool))


def _typed(rows: pd.DataFrame, schema: pa.Schema) -> pa.Table:
    columns = []
    for name, kind in zip(schema.names, schema.types, strict=True):
        values = [None if _null(v) else _plain(v, kind) for v in rows[name].tolist()]
        columns.append(pa.array(values, kind))
    return pa.table(columns, schema=schema)


def _null(value: object) -> bool:
    return value is None or (not isinstance(value, (list, tuple, np.ndarray)) and bool(pd.isna(value)))


def _plain(value: Any, kind: pa.DataType) -> object:
    if isinstance(value, (list, tuple, np.ndarray)):
        return json.dumps([None if v is None else str(v) for v in value], ensure_ascii=False)
    if pa.types.is_integer(kind):
        return int(value)
    if pa.types.is_floating(kind):
        return float(value)
    if pa.types.is_date(kind):
        return pd.Timestamp(value).date()
    return value


def _of_period(rows: pd.DataFrame, period: Span) -> pd.DataFrame:
    return rows[(rows["period_type"] == period.kind) & (rows["period_start"] == period.start)]


def _unit_rows(_: Snapshot, rows: pd.DataFrame, period: Span) -> pd.DataFrame:
    return _of_period(rows, period)


# Hidden where their batches are too few.
_RATES = "rate ci_low ci_high".split()
_VIOLATIONS = "violation_rate violation_low violation_high".split()


def _rates(snapshot: Snapshot, rows: pd.DataFrame, period: Span) -> pd.DataFrame:
    """The nation's rates of the period by sampling design; for a month also those of the twelve months that
    end with it. Rates of fewer than FEWEST batches are null. A row is provisional where its figures may still
    change on the snapshot's date or later.

    Left out are brands and plans (a brand's name shows its owner before results are final), rows without a
    sample that has an outcome, and rows that pool the designs, whose rate describes no population."""
    ours = (rows["dimension_type"] != "nation") | (rows["dimension_code"] == deployment().code)
    kinds = [_of_period(rows, period)]
    if period.kind == "month":
        first = (pd.Period(period.start, "M") - 11).to_timestamp().date()
        kinds.append(rows[(rows["period_type"] == "rolling12") & (rows["period_start"] == first)])
    found = pd.concat(kinds)
    found = found[ours.reindex(found.index) & ~found["dimension_type"].isin(["brand", "plan"])]
    found = apart(found[~found["dimension2_type"].isin(["brand", "plan"]) & (found["n_sampled"] > 0)])
    bases = ((_RATES, outcomes.judged(found)), (_VIOLATIONS, outcomes.violation_base(found)))
    hidden = {name: found[name].mask(n < FEWEST) for names, n in bases for name in names}
    assert snapshot.date is not None, "rows come from a night"
    return found.assign(provisional=provisional(found["provisional_until"], snapshot.date), **hidden)


def _bulletin(snapshot: Snapshot, rows: pd.DataFrame, period: Span) -> pd.DataFrame:
    """Return the batches that may be named since a day of the period, with that day in the column
    released_on.

    A batch may be named once its result is final or published and the plan that it was bought for has ended
    its purchases: named before, it would show other sellers that the plan still buys.
    """
    ends: dict[str, date] = {}
    if snapshot.version("silver.sampling_plan") is not None:
        own = of_nation(snapshot, "silver.sampling_plan")
        plans = snapshot.frame("silver.sampling_plan", columns=["plan_id", "ends_on"], where=own).dropna()
        ends = dict(zip(plans["plan_id"], plans["ends_on"], strict=True))
    named = rows[rows["disclosure"].isin(PUBLIC) & rows["public_from"].notna()]
    after = [ends[p] + timedelta(days=1) if p in ends else None for p in named["plan_id"]]
    since = [max(d, a) if a is not None else d for d, a in zip(named["public_from"], after, strict=True)]
    released = pd.Series(since, named.index, dtype=object)
    chosen = np.array([period.start <= d <= period.end for d in since], dtype=bool)
    chosen_rows = with_english(snapshot, named.assign(released_on=released)[chosen])
    return with_remarks(with_items(chosen_rows))


def _recalls(snapshot: Snapshot, rows: pd.DataFrame, period: Span) -> pd.DataFrame:
    day = pd.to_datetime(rows["recalled_on"])
    chosen = (day >= pd.Timestamp(period.start)) & (day <= pd.Timestamp(period.end))
    return with_english(snapshot, rows[chosen])


def _every(_: Snapshot, rows: pd.DataFrame, period: Span) -> pd.DataFrame:
    return rows


def _upper_regions(_: Snapshot, rows: pd.DataFrame, period: Span) -> pd.DataFrame:
    return rows[rows["level"].isin(["country", "province", "prefecture"])]


UNIT = ("period_type", "period_start", "dimension_type", "dimension_code")
RATE_KEY = (*UNIT, "dimension2_type", "dimension2_code", "region_role", "design")
_PROVISIONAL = Column(
    "provisional",
    "boolean",
    True,
    False,
    "初步数",
    "发布时仍有结果在异议期内，数值可能修订",
    "on the night of publication some of its results could still be objected to: figures may be revised",
)
_CONFIDENTIAL = Column(
    "confidential",
    "boolean",
    True,
    False,
    "保密",
    "单位的订单保密，各方面的得分和失分均不公开：由它们和指数可以反推消费体验得分",
    "the unit's orders are confidential, so scores and contributions of all its pillars are withheld: with "
    "the index they would give the score of consumer experience",
)
_RELEASED = Column(
    "released_on",
    "date",
    True,
    False,
    "可列入日期",
    "可列入本项目通报之日：自该日起，结果已可以公布，且其抽查计划的买样已结束",
    "the first day on which it may be listed in this project's bulletin: the result may be published and the "
    "buying of its plan has ended",
)

PUBLIC_TABLES = (
    PublicTable(
        "quality_index",
        "gold.quality_index",
        "质量指数",
        "Quality index",
        UNIT,
        (
            *UNIT,
            *"score low high band tier rank rank_low rank_high coverage n_judged published reason".split(),
            "method_version",
        ),
        _unit_rows,
    ),
    PublicTable(
        "quality_index_pillar",
        "gold.quality_index_pillar",
        "质量指数各方面得分",
        "Pillars of the quality index",
        (*UNIT, "pillar"),
        (*UNIT, "pillar", "score", "weight", "contribution", "coverage"),
        _unit_rows,
        own=(_CONFIDENTIAL,),
    ),
    PublicTable(
        "detection_rates",
        "gold.detection_rate",
        "加权不合格率和问题发现率",
        "Exposure and finding rates",
        RATE_KEY,
        (
            *RATE_KEY,
            *(
                "n_sampled n_exited_violation n_exited_void n_tested n_not_judged n_conforming "
                "n_nonconforming n_first_nonconforming n_overturned n_serious rate ci_low ci_high "
                "violation_rate violation_low violation_high listing_rate exposure_rate "
                "exposure_low exposure_high shrunk_rate shrunk_low shrunk_high yoy_pp yoy_low "
                "yoy_high within_pp mix_pp reliability months_covered method_version"
            ).split(),
        ),
        _rates,
        own=(_PROVISIONAL,),
        blank_keys=True,
    ),
    PublicTable(
        "bulletins",
        "gold.bulletin",
        "抽查通报",
        "Bulletins, batch by batch",
        ("plan_id", "sample_id"),
        tuple(
            "plan_id sample_id published_on first_outcome final_outcome serious platform_code shop_name "
            "seller_name seller_region_code producer_name producer_region_code category_code product_name "
            "brand batch_no produced_on lab_name item_codes item_names item_values item_units "
            "item_limits_low item_limits_high item_claims_low item_claims_high item_standards item_classes "
            "comment_days comment_parties comment_names comment_texts".split()
        ),
        _bulletin,
        own=(_RELEASED, BRAND_EN, *ITEMS_EN, *REMARKS),
    ),
    PublicTable(
        "complaint_rates",
        "gold.complaint_rate",
        "万单投诉率",
        "Complaint rate per 10,000 orders",
        UNIT,
        (
            *UNIT,
            *"n_orders n_quality_complaints n_without_orders rate_per_10000 low high confidential".split(),
            "method_version",
        ),
        _unit_rows,
    ),
    PublicTable(
        "recalls",
        "silver.recall",
        "召回",
        "Recalls",
        ("authority", "recall_id"),
        tuple(
            "authority recall_id recalled_on product_text brand model barcode category_code hazards "
            "hazard_text units remedy url".split()
        ),
        _recalls,
        own=(BRAND_EN,),
    ),
    PublicTable(
        "guidance",
        "gold.shopping_guidance",
        "消费提示",
        "Shopping guidance",
        ("category_code", "part", "design", "item"),
        tuple(
            "category_code part design item position name_zh name_en value low high n n_failed class_a "
            "price_from price_to reliable window_start window_end text_zh text_en citation "
            "citation_status".split()
        ),
        _every,
        as_known=True,
        blank_keys=True,
    ),
    PublicTable(
        "coverage",
        "gold.network_coverage",
        "数据覆盖",
        "Coverage",
        ("dimension_type", "dimension_code", "data_kind"),
        tuple(
            "dimension_type dimension_code data_kind n_providers n_live n_expected live newest_on age_days "
            "months_filed_12m n_kinds_live".split()
        ),
        _every,
        as_known=True,
    ),
    PublicTable(
        "platforms",
        "silver.platform",
        "平台代码",
        "Codes of platforms",
        ("platform_code",),
        ("platform_code", "name_zh", "name_en", "kind"),
        _every,
        as_known=True,
    ),
    PublicTable(
        "regions",
        "silver.region",
        "地区代码",
        "Codes of provinces and prefectures",
        ("region_code",),
        ("region_code", "name_zh", "name_en", "level", "parent_code"),
        _upper_regions,
        as_known=True,
    ),
    PublicTable(
        "categories",
        "silver.product_category",
        "品类代码",
        "Codes of categories",
        ("category_code",),
        ("category_code", "name_zh", "name_en", "parent_code"),
        _every,
        as_known=True,
    ),
    PublicTable(
        "clusters",
        "silver.industrial_cluster",
        "产业集群代码",
        "Codes of industrial clusters",
        ("cluster_code",),
        ("cluster_code", "name_zh", "name_en", "region_code", "category_codes"),
        _every,
        as_known=True,
    ),
)
PERIOD_TABLES = tuple(t.name for t in PUBLIC_TABLES if not t.as_known)
