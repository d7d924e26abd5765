"""The settings by which a sampling plan is proposed, the month of its frame and the quarter that it covers.
Pure."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date
from typing import Any

import pandas as pd


@dataclass(frozen=True)
class Settings:
    """One version of the settings in silver.proposal_setting, whose rows explain them; ``version``: its name.
    Purchases: ``budget`` (of a quarter), ``platform_floor`` and ``category_floor`` (least for a platform and
    a key category), ``stratum_least`` (least in a stratum). Shares in 0-1: ``targeted_share`` of the budget,
    ``most_of_listings`` of a stratum that may be bought, ``prior_rate`` (failure rate assumed without
    history). ``history_months``: months of past samples that are used; ``seed``: of the draw."""

    version: str
    budget: int
    targeted_share: float
    platform_floor: int
    category_floor: int
    most_of_listings: float
    stratum_least: int
    prior_rate: float
    history_months: int
    seed: int


def settings_on(proposal_setting: pd.DataFrame, day: date) -> Settings:
    """Return the version of the settings that is valid on ``day``; of several, the one whose valid_from is
    latest. Raises ValueError where none is valid, or where that version lacks a setting.

    ``proposal_setting``: silver.proposal_setting, one row per version and setting (version, setting, value,
    valid_from, valid_to; a missing day sets no bound)."""
    since, until = (
        pd.to_datetime(proposal_setting["valid_from"]),
        pd.to_datetime(proposal_setting["valid_to"]),
    )
    moment = pd.Timestamp(day)
    rows = proposal_setting[(since.isna() | (since <= moment)) & (until.isna() | (until >= moment))]
    if rows.empty:
        raise ValueError(f"no setting of silver.proposal_setting is valid on {day}")
    version = rows.loc[
        pd.to_datetime(rows["valid_from"]).sort_values(na_position="first").index[-1], "version"
    ]
    values = rows[rows["version"] == version].set_index("setting")["value"]
    wanted = {f.name: f.type for f in fields(Settings) if f.name != "version"}
    lacking = sorted(set(wanted) - set(values.index))
    if lacking:
        raise ValueError(f"version {version} of silver.proposal_setting lacks {', '.join(lacking)}")
    stated: dict[str, Any] = {
        name: float(values[name]) if kind == "float" else int(values[name]) for name, kind in wanted.items()
    }
    return Settings(version=version, **stated)


def frame_month(sampling_frame: pd.DataFrame) -> date | None:
    """Return the month (its first day) from which a plan draws: the last month but one with orders, since the
    last may be incomplete. With one such month it is that one; None without any.

    ``sampling_frame``: gold.sampling_frame (month, n_orders). Months with fewer than a twentieth of the
    median month's orders are left out before, as a few wrong dates make such months. So in the first days of
    a month, the month before the last whole one is returned."""
    orders = sampling_frame.groupby("month")["n_orders"].sum().sort_index()
    if orders.empty:
        return None
    months = orders.index[orders >= orders.median() / 20]
    return months[-2] if len(months) > 1 else months[-1]


def next_quarter(month: date) -> tuple[date, date]:
    """Return the first and the last day of the calendar quarter after that of ``month``: the period of a plan
    that is drawn from the frame of this month."""
    quarter = pd.Timestamp(month).to_period("Q") + 1
    return quarter.start_time.date(), quarter.end_time.date()
