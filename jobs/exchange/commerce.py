"""What the authority of commerce gets: trade as far as it may be shown, and who is restricted. Pure.

All that leaves the house is one problem of suppression (definitions.md#confidential): only units and cells
that gold.commerce_confidential names free are here, and of how concentrated they are no more than a class
whose ends are wider apart than 15% either way. Packages and bundles of earlier nights have left too
(`sent_trade`): a period stays as it first left, in its figures and in what it withholds, else two of them
would together give a cell back, or what one platform filed late. So a month goes out once it is complete:
what is withheld is decided on all orders that were due, and two nights show no day's orders as the difference
of a running month."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

import numpy as np
import pandas as pd

from jobs.deployment import deployment
from jobs.exchange.kinds import Kind, Parcel, of, only
from jobs.exchange.parties import USCC, named
from jobs.lake.tables import Lake
from jobs.marts.credit.joint_restriction import in_effect
from jobs.marts.overview.commerce_confidential import MONTHS
from jobs.marts.overview.platform_duty import last_due
from jobs.reports import sent_trade
from jobs.reports.noted_trade import note
from jobs.reports.sent_trade import Left, as_first_shown, summed, withheld_before

COMMERCE = sent_trade.COMMERCE
CELLS, UNITS, SHARES, RESTRICTION = (
    "gold.commerce_table",
    "gold.commerce_confidential",
    "gold.commerce_concentration",
    "gold.joint_restriction",
)
HALF = 0.5
TABLE = Kind(
    sent_trade.TABLE,
    "1.0.0",
    CELLS,
    of(CELLS, "month region_code category_code n_enterprises n_orders units_sold"),
    whole=True,
    key=sent_trade.KEYS[sent_trade.TABLE],
    about="省×一级品类的交易，只含已完整的月份，保密的格除外；数字以首次提供为准，不予列示的以后不再补列，"
    "以免相减得出 | trade by province and category of complete months as first given, without confidential "
    "cells; what is withheld is not given later, and later filings are not added: the difference would give "
    "others back",
)
TRADE = Kind(
    sent_trade.TRADE,
    "1.0.0",
    UNITS,
    of(UNITS, "period_type period_start dimension_type dimension_code n_orders"),
    whole=True,
    key=sent_trade.KEYS[sent_trade.TRADE],
    about="各单位已完整期间的订单，保密的除外；数字以首次提供为准，季、年为各月之和，"
    "一年中不予列示的以后不再补列 | orders of the nation, platforms, regions and categories in complete "
    "periods, confidential ones excepted, as first given (quarters and years: the sum of their months); what "
    "is withheld of a year is not given later",
)
CONCENTRATION = Kind(
    sent_trade.CONCENTRATION,
    "1.0.0",
    SHARES,
    {**of(SHARES, "month dimension_type dimension_code"), "leading_share": ""},
    whole=True,
    key=sent_trade.KEYS[sent_trade.CONCENTRATION],
    about="一个经营者是否占半数，以首次提供为准 | whether one operator has half of the orders of a platform "
    "or category, as first given",
    own={
        "leading_share": (
            "string | 最大经营者的份额：below_half（不足半数）或half_or_more；保密的单位不列 | share of the "
            "largest operator: below_half or half_or_more; confidential units are left out"
        )
    },
)
OPERATORS = Kind(
    "restricted_enterprises",
    "1.0.0",
    RESTRICTION,
    {
        **of(RESTRICTION, "operator_id operator_name basis basis_id item legal_basis authority measure"),
        **of(RESTRICTION, "stops_sales starts_on ends_on"),
        "n_shops": "",
        "n_platforms": "",
    },
    whole=True,
    key=("operator_id", "basis", "basis_id"),
    about="受限制的企业及其网店数 | restricted enterprises and how many shops they have",
    own={
        "n_shops": "bigint | 受限制的网店 | shops that are restricted",
        "n_platforms": "bigint | 这些网店所在平台 | platforms of these shops",
    },
)
KINDS = {kind.name: kind for kind in (TABLE, TRADE, CONCENTRATION, OPERATORS)}
GUARDED = (TABLE.name, TRADE.name, CONCENTRATION.name)


def for_commerce(
    *,
    table: pd.DataFrame,
    units: pd.DataFrame,
    concentration: pd.DataFrame,
    restriction: pd.DataFrame,
    left: Mapping[str, Left],
    day: date,
) -> Iterator[Parcel]:
    """TABLE, TRADE, CONCENTRATION and OPERATORS; the first four arguments are the gold tables of these kinds.
    Of trade the months, quarters and years that are complete on ``day``.

    ``left``: of each kind of GUARDED what left before (`sent_trade.Register.before`).
    """
    free = units[units["confidential"].eq(False) & units["dimension_type"].isin(sent_trade.UNITS)]
    free = summed(_not_withheld(free, TRADE, left), left[TRADE.name])
    free = free[_complete(free["period_start"], free["period_type"], day)]
    cells = _not_withheld(table[table["suppressed"].eq(False)], TABLE, left)
    cells = cells[_complete(cells["month"], pd.Series("month", cells.index), day)]
    classes = _not_withheld(leading(concentration, free), CONCENTRATION, left)
    parts = (
        (TABLE, as_first_shown(cells, TABLE.name, left[TABLE.name])),
        (TRADE, as_first_shown(free, TRADE.name, left[TRADE.name])),
        (CONCENTRATION, as_first_shown(classes, CONCENTRATION.name, left[CONCENTRATION.name])),
        (OPERATORS, restricted_enterprises(restriction)),
    )
    for kind, rows in parts:
        if len(rows):
            yield Parcel(COMMERCE, kind, only(rows.sort_values(list(kind.key), kind="stable"), kind))


def shows_trade(parcels: Iterable[Parcel]) -> bool:
    """Whether parcels of a package hold figures of trade, which `note_shown` writes down."""
    return any(parcel.kind.name in GUARDED for parcel in parcels)


def note_shown(lake: Lake, parcels: Iterable[Parcel], manifest_id: str) -> None:
    """Write down in ops.trade_shown what these parcels of a package are the first to show."""
    tables = [(parcel.kind.name, parcel.rows) for parcel in parcels if parcel.kind.name in GUARDED]
    if tables:
        known = {(kind, key) for kind, rows in sent_trade.register(lake).packages.items() for key in rows}
        note(lake, sent_trade.PACKAGE, manifest_id, tables, known)


def _not_withheld(rows: pd.DataFrame, kind: Kind, left: Mapping[str, Left]) -> pd.DataFrame:
    return rows[~withheld_before(rows, kind.name, left[kind.name])]


def _complete(starts: pd.Series, kinds: pd.Series, day: date) -> np.ndarray:
    """Which periods have ended with a month whose data were due by ``day`` (the deployment's `filing`; where
    it names none, with the month itself)."""
    last = starts.to_numpy("datetime64[M]").astype(np.int64) + kinds.map(MONTHS).to_numpy(np.int64) - 1
    return np.asarray(last <= last_due(day, deployment().deadline("filing") or 0))


def leading(concentration: pd.DataFrame, free: pd.DataFrame) -> pd.DataFrame:
    """The class of each platform and category of months that are free."""
    months = free[free["period_type"].eq("month")]
    keys = set(
        months[["period_start", "dimension_type", "dimension_code"]].itertuples(index=False, name=None)
    )
    rows = concentration[concentration["dimension_type"].isin(("platform", "category"))]
    at = rows[["month", "dimension_type", "dimension_code"]].itertuples(index=False, name=None)
    rows = rows[np.array([key in keys for key in at], dtype=bool) & rows["n_orders"].gt(0).to_numpy(bool)]
    half = rows["largest_orders"].ge(HALF * rows["n_orders"])
    return rows.assign(leading_share=np.where(half, "half_or_more", "below_half"))


def restricted_enterprises(restriction: pd.DataFrame) -> pd.DataFrame:
    """One row per enterprise and ground that restricts it; natural persons are not named."""
    held = in_effect(restriction)
    held = held[held["operator_id"].isin(named(held["operator_id"], USCC))].sort_values("notice_id")
    keys = ["operator_id", "basis", "basis_id"]
    groups = held.groupby(keys)
    counts = pd.DataFrame(
        {"n_shops": groups["shop_id"].nunique(), "n_platforms": groups["platform_code"].nunique()}
    ).reset_index()
    return held.drop_duplicates(keys).merge(counts, on=keys)
