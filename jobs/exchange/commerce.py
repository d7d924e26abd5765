"""What the authority of commerce gets: figures of trade as far as they may be shown, and restricted
enterprises. Pure but for `note_shown`. Parcels and kinds of files: see `jobs.exchange.kinds`.

A unit is the nation, a platform, a region or a category; a cell is a province and category in a month.
Confidential figures must not follow from all that was ever sent and published (definitions.md#confidential).
So only units and cells that gold.commerce_confidential and gold.commerce_table do not mark as confidential
are sent. Of how concentrated trade is, only a class is sent: whether the largest operator has half of the
orders or more. What packages and bundles showed before is repeated unchanged, and what they withheld stays
withheld (`sent_trade`): otherwise the difference of two packages would give a withheld cell or the orders
that one platform filed late. A period is sent once all its data were due, never a running month, so that two
nights do not show one day's orders as their difference.
"""

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
from jobs.reports.sent_trade import ShownBefore, as_first_shown, summed, withheld_before

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
    about="省×一级品类的交易，只含已完整的月份，保密的格除外；数据以首次提供为准，不予列示的以后不再补列，"
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
    about="各单位已完整期间的订单，保密的除外；数据以首次提供为准，季、年为各月之和，"
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
            "string | 最大经营者订单的占比：below_half（不足半数）或half_or_more（半数以上）；保密的单位不列"
            " | share of the largest operator: below_half or half_or_more; confidential units are left out"
        )
    },
)
OPERATORS = Kind(
    "restricted_enterprises",
    "1.0.1",
    RESTRICTION,
    {
        **of(RESTRICTION, "operator_id operator_name basis basis_id item legal_basis authority measure"),
        **of(RESTRICTION, "stops_sales starts_on ends_on"),
        "n_shops": "",
        "n_platforms": "",
    },
    whole=True,
    key=("operator_id", "basis", "basis_id"),
    about=(
        "受限制的企业及其网店数；自然人经营者的限制不在其中 | restricted enterprises and how many shops they "
        "have, without restrictions of natural persons"
    ),
    own={
        "n_shops": "bigint | 受限制的网店数 | number of shops that are restricted",
        "n_platforms": "bigint | 这些网店所在的平台数 | number of platforms of these shops",
    },
)
KINDS = {kind.name: kind for kind in (TABLE, TRADE, CONCENTRATION, OPERATORS)}
GUARDED = (TABLE.name, TRADE.name, CONCENTRATION.name)  # kinds with figures of trade


def for_commerce(
    *,
    table: pd.DataFrame,
    units: pd.DataFrame,
    concentration: pd.DataFrame,
    restriction: pd.DataFrame,
    shown: Mapping[str, ShownBefore],
    day: date,
) -> Iterator[Parcel]:
    """Yield one parcel for the authority of commerce for each of TABLE, TRADE, CONCENTRATION and OPERATORS
    that has rows; the rows are sorted by the kind's key.

    ``table``: gold.commerce_table, one row per cell; ``units``: gold.commerce_confidential, one row per unit
    and period; ``concentration``: gold.commerce_concentration; ``restriction``: gold.joint_restriction;
    ``shown``: what was shown before, for each of the first three kinds (`sent_trade.Register.before`).
    Figures of trade are of months, quarters and years whose data were all due by ``day``.
    """
    free = units[units["confidential"].eq(False) & units["dimension_type"].isin(sent_trade.UNITS)]
    free = summed(_not_withheld(free, TRADE, shown), shown[TRADE.name])
    free = free[_complete(free["period_start"], free["period_type"], day)]
    cells = _not_withheld(table[table["suppressed"].eq(False)], TABLE, shown)
    cells = cells[_complete(cells["month"], pd.Series("month", cells.index), day)]
    classes = _not_withheld(leading(concentration, free), CONCENTRATION, shown)
    parts = (
        (TABLE, as_first_shown(cells, TABLE.name, shown[TABLE.name])),
        (TRADE, as_first_shown(free, TRADE.name, shown[TRADE.name])),
        (CONCENTRATION, as_first_shown(classes, CONCENTRATION.name, shown[CONCENTRATION.name])),
        (OPERATORS, restricted_enterprises(restriction)),
    )
    for kind, rows in parts:
        if len(rows):
            yield Parcel(COMMERCE, kind, only(rows.sort_values(list(kind.key), kind="stable"), kind))


def shows_trade(parcels: Iterable[Parcel]) -> bool:
    """Return whether any of the parcels holds figures of trade, which `note_shown` must record."""
    return any(parcel.kind.name in GUARDED for parcel in parcels)


def note_shown(lake: Lake, parcels: Iterable[Parcel], manifest_id: str) -> None:
    """Append to ops.trade_shown the figures of trade in ``parcels`` that no package showed before, so that
    later packages repeat them. ``manifest_id``: that of the package that holds the parcels."""
    tables = [(parcel.kind.name, parcel.rows) for parcel in parcels if parcel.kind.name in GUARDED]
    if tables:
        known = {(kind, key) for kind, rows in sent_trade.register(lake).packages.items() for key in rows}
        note(lake, sent_trade.PACKAGE, manifest_id, tables, known)


def _not_withheld(rows: pd.DataFrame, kind: Kind, shown: Mapping[str, ShownBefore]) -> pd.DataFrame:
    return rows[~withheld_before(rows, kind.name, shown[kind.name])]


def _complete(starts: pd.Series, kinds: pd.Series, day: date) -> np.ndarray:
    """Return an array of booleans, one per period: whether the data of its last month were due by ``day``, as
    the deployment's deadline `filing` says; without that deadline they are due when the month ends."""
    last = starts.to_numpy("datetime64[M]").astype(np.int64) + kinds.map(MONTHS).to_numpy(np.int64) - 1
    return np.asarray(last <= last_due(day, deployment().deadline("filing") or 0))


def leading(concentration: pd.DataFrame, free: pd.DataFrame) -> pd.DataFrame:
    """Return rows of gold.commerce_concentration (``concentration``) with the class of the largest operator
    in the new column leading_share: half_or_more if it has at least half of the orders, else below_half. One
    row per month and platform or category; only those that are among ``free`` and have orders.

    ``free``: rows of gold.commerce_confidential that may be shown.
    """
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
    """Return the restrictions of enterprises that are in effect, one row per enterprise and ground: the
    columns of gold.joint_restriction (``restriction``), with n_shops and n_platforms, the numbers of shops
    and platforms that they concern; of several shops the other columns are those of the first notice_id.
    Natural persons are left out."""
    held = in_effect(restriction)
    held = held[held["operator_id"].isin(named(held["operator_id"], USCC))].sort_values("notice_id")
    keys = ["operator_id", "basis", "basis_id"]
    groups = held.groupby(keys)
    counts = pd.DataFrame(
        {"n_shops": groups["shop_id"].nunique(), "n_platforms": groups["platform_code"].nunique()}
    ).reset_index()
    return held.drop_duplicates(keys).merge(counts, on=keys)
