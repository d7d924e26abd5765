"""The numbers by which a plan is proposed, and the period that it is for. Pure."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date
from typing import Any

import pandas as pd


@dataclass(frozen=True)
class Settings:
    """One version of silver.proposal_setting; each field is a setting, ``version`` says which."""

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
    """The version valid on ``day``. ValueError where none is, or where it lacks a setting."""
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
    """The month to draw from: the newest but one with orders, as the newest may be under way; None without
    any.

    Months with fewer than a twentieth of the orders of the middle month are stray dates.
    """
    orders = sampling_frame.groupby("month")["n_orders"].sum().sort_index()
    if orders.empty:
        return None
    months = orders.index[orders >= orders.median() / 20]
    return months[-2] if len(months) > 1 else months[-1]


def next_quarter(month: date) -> tuple[date, date]:
    """First and last day of the quarter after that of ``month``: what a plan drawn from it is for."""
    quarter = pd.Timestamp(month).to_period("Q") + 1
    return quarter.start_time.date(), quarter.end_time.date()
