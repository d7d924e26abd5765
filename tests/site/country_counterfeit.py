"""Counterfeits of the site's country: an overdue takedown of a certain repeat offender, a relisting that is
live, a report to verify; an operator that only a model makes an offender, and a natural person whose name
must not show."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import numpy as np
import pandas as pd

PERSON = "王小二"


def counterfeits(markup: str, filled: Callable[[str, pd.DataFrame], pd.DataFrame]) -> dict[str, pd.DataFrame]:
    brand = pd.DataFrame(
        {
            # Of B3 nothing is known but that it is registered.
            "brand_id": ["B1", "B2", "B3"],
            "name_zh": [markup, "晴里", "静川"],
            "name_en": ["Hailong", "Qingli", "Jingchuan"],
            "owner_name": [None, "慈溪电器有限公司", None],
            "trademark_no": [None, "HC10", "HC11"],
            "category_codes": [["TY"], ["HA01"], ["HA01"]],
        }
    )
    operator = pd.DataFrame(
        {
            "enterprise_id": ["91330106000000000X", "N-7"],
            "enterprise_type": ["company", "natural_person"],
            "name": ["杭州某某贸易有限公司", PERSON],
        }
    )
    return {
        "gold.counterfeit_task": tasks(),
        "gold.counterfeit_case": cases(),
        "gold.counterfeit_time": times(),
        "gold.repeat_offender": offenders(),
        "gold.relisting": relisted(markup),
        "gold.repeated_relisting": repeated(),
        "silver.brand": filled("silver.brand", brand),
        "silver.enterprise": operator,
    }


def tasks() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "task": ["take_down", "check_relisted", "verify_report"],
            "subject_id": ["JD-1", "L9", "JD-2"],
            "office_type": ["platform", "platform", "brand"],
            "office_code": ["P03", "P01", "B1"],
            "platform_code": ["P03", "P01", "P02"],
            "category_code": ["TY", "TY", "TY"],
            "brand_id": ["B1", "B1", "B1"],
            "listing_id": ["L1", "L9", None],
            "since": [date(2026, 6, 1), date(2026, 6, 20), date(2026, 6, 28)],
            "due": [date(2026, 6, 8), None, None],
            "days_open": [29, 10, 2],
            "overdue": [True, False, False],
            "repeat_offender": [True, False, False],
        }
    )


def cases() -> pd.DataFrame:
    """Reports of B1: one found counterfeit and not taken down, one not verified yet."""
    return pd.DataFrame(
        {
            "report_id": ["JD-1", "JD-2"],
            "reported_on": [date(2026, 5, 20), date(2026, 6, 28)],
            "brand_id": "B1",
            "platform_code": ["P03", "P02"],
            "category_code": "TY",
            "listing_id": ["L1", None],
            "finding": ["counterfeit", None],
            "verified_on": [date(2026, 6, 1), None],
            "taken_down_on": pd.Series([None, None], dtype=object),
            "confirmed_on": pd.Series([None, None], dtype=object),
            "state": ["awaiting_takedown", "awaiting_verification"],
        }
    )


def times() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "step": ["verification_to_takedown", "verification_to_takedown", "report_to_verification"],
            "period_type": "all",
            "period_start": date(1900, 1, 1),
            "dimension_type": ["nation", "platform", "nation"],
            "dimension_code": ["CN", "P03", "CN"],
            "n_started": [40, 9, 50],
            "n_ended": [30, 7, 45],
            "n_open": [10, 2, 5],
            "median_days": [6.0, np.nan, 12.0],
            "median_low": [5.0, np.nan, 10.0],
            "median_high": [8.0, np.nan, 13.0],
            "p90_days": [21.0, np.nan, 22.0],
            "p90_low": [18.0, np.nan, 20.0],
            "p90_high": [np.nan, np.nan, 25.0],
            "n_due": [38, 8, 0],
            "n_on_time": [20, 3, 0],
            "on_time_share": [20 / 38, 3 / 8, np.nan],
            "on_time_low": [0.372, 0.137, np.nan],
            "on_time_high": [0.675, 0.694, np.nan],
            "method_version": "counterfeit_time/1",
        }
    )


def offenders() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "enterprise_id": ["91330106000000000X", "N-7", "R-9"],
            "grade": ["certain", "certain", "probable"],
            "n_times": [4, 2, 0],
            "n_shops": [3, 1, 0],
            "n_platforms": [2, 1, 0],
            "n_brands": [2, 1, 0],
            "n_probable": [0, 0, 3],
            "n_probable_shops": [0, 0, 1],
            "n_genuine": 0,
            "n_relisted": [1, 0, 0],
            "n_awaiting_takedown": [1, 0, 0],
            "first_on": date(2025, 7, 1),
            "last_on": date(2026, 6, 1),
            "region_code": ["330106", "unknown", "unknown"],
            "report_ids": [["JD-1", "JD-3", "JD-4", "JD-5"], ["JD-6", "JD-7"], []],
            "shop_ids": [["S1", "S2", "S3"], ["S4"], []],
            "platform_codes": [["P01", "P03"], ["P02"], []],
            "brand_ids": [["B1", "B2"], ["B1"], []],
            "probable_report_ids": [[], [], ["JD-8"]],
            "probable_shop_ids": [[], [], ["S9"]],
            "linked_operators": [["N-7"], [], []],
            "window_start": date(2024, 7, 1),
            "window_end": date(2026, 6, 30),
        }
    )


def relisted(markup: str) -> pd.DataFrame:
    """Two after the takedown; two that a report names: one was there before, of one the day is not filed."""
    return pd.DataFrame(
        {
            "listing_id": ["L9", "L8", "L6", "L7"],
            "platform_code": ["P01", "P02", "P02", "P02"],
            "shop_id": ["S1", "S4", "S4", "S4"],
            "category_code": "TY",
            "listed_on": [date(2026, 6, 20), date(2026, 5, 20), date(2026, 4, 20), None],
            "delisted_on": [None] + [date(2026, 6, 1)] * 3,
            "live": [True, False, False, False],
            "own_state": [None] * 4,
            "first_listing_id": ["L1"] * 4,
            "report_id": "JD-1",
            "brand_id": "B1",
            "taken_down_on": date(2026, 5, 1),
            "days_since_takedown": pd.array([50, 19, -11, None], dtype="Int64"),
            "method": ["barcode", "title", "stated", "stated"],
            "similarity": [0.5, 0.81, 0.3, 0.2],
            "operator_link": ["same", "other", "other", "other"],
            "enterprise_id": ["91330106000000000X", "N-7", "N-7", "N-7"],
            "enterprise_link": "certain",
            "first_enterprise_id": ["91330106000000000X", "N-7", "91330106000000000X", "91330106000000000X"],
            "n_earlier": 1,
            "title": markup,
            "first_title": markup,
            "title_threshold": 0.7,
            "setting_version": "1",
            "method_version": "relisting/2",
        }
    )


def repeated() -> pd.DataFrame:
    """One that is down, one on sale again after six takedowns, one after two."""
    return pd.DataFrame(
        {
            "listing_id": ["L20", "L21", "L22"],
            "platform_code": ["P01", "P01", "P02"],
            "shop_id": ["S1", "S1", "S4"],
            "category_code": ["TY", "TY", None],
            "n_times_taken_down": [9, 6, 2],
            "n_times_relisted": [8, 6, 2],
            "first_taken_down_on": date(2025, 9, 7),
            "last_taken_down_on": [date(2026, 6, 10), date(2026, 4, 25), date(2026, 5, 2)],
            "again_since": [None, date(2026, 5, 8), date(2026, 5, 3)],
            "again_by": [None, "sample", "order"],
            "last_bought_on": [None, date(2026, 5, 8), date(2026, 6, 11)],
            "delisted_on": pd.Series([None] * 3, dtype=object),
            "live": [False, True, True],
            "n_takedown_days": [9, 7, 2],
            "n_times_ordered": [8, 1, 2],
            "ordered_since": [None, None, date(2026, 5, 3)],
            "last_ordered_on": [None, None, date(2026, 6, 11)],
            "live_by_orders": [False, False, True],
        }
    )
