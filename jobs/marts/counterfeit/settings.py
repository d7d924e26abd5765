"""Reads the settings by which repeat offenders and relisted goods are found, from silver.counterfeit_setting:
one row per version and setting, with value and days of validity. Pure."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

import pandas as pd


class Settings(NamedTuple):
    """The settings of one version of silver.counterfeit_setting. ``version``: its name; ``title_threshold``:
    the least similarity (0-1) of titles of the same goods; ``repeat_least``: how many counterfeits, found
    within ``repeat_window_months`` months, make an operator a repeat offender."""

    version: str
    title_threshold: float
    repeat_window_months: int
    repeat_least: int


def settings_on(counterfeit_setting: pd.DataFrame, day: date) -> Settings:
    """Return the settings that are valid on ``day`` (valid_from and valid_to inclusive); of several valid
    versions the one whose valid_from is latest.

    Raises ValueError where no version is valid, or where that version lacks one of the settings."""
    since, until = (pd.to_datetime(counterfeit_setting[c]) for c in ("valid_from", "valid_to"))
    moment = pd.Timestamp(day)
    rows = counterfeit_setting[(since <= moment) & (until.isna() | (until >= moment))]
    if rows.empty:
        raise ValueError(f"no version of silver.counterfeit_setting holds on {day}")
    version = rows.sort_values("valid_from")["version"].iloc[-1]
    values = rows[rows["version"] == version].set_index("setting")["value"]
    wanted = ("title_threshold", "repeat_window_months", "repeat_least")
    lacking = [name for name in wanted if name not in values.index]
    if lacking:
        raise ValueError(f"version {version} of silver.counterfeit_setting lacks {', '.join(lacking)}")
    months, least = int(values["repeat_window_months"]), int(values["repeat_least"])
    return Settings(version, float(values["title_threshold"]), months, least)
