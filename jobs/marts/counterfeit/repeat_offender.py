"""gold.repeat_offender: operators found to offer counterfeits repeatedly (definitions.md#repeat-offender).

An operator is the enterprise or person that runs a shop. Its link to a shop is certain, or probable where
only a model gives it (operator_link of gold.counterfeit_case).

COLUMNS: the table's columns, which schemas/gold/repeat_offender.odcs.yaml explains."""

from __future__ import annotations

from typing import Any

import pandas as pd

from jobs.marts.counterfeit.relisting import came_on
from jobs.marts.counterfeit.settings import settings_on
from jobs.marts.dimensions import UNKNOWN
from jobs.period import Period

METHOD_VERSION = "repeat_offender/2"
KEY = ["enterprise_id"]
CERTAIN, PROBABLE = "certain", "probable"  # values of the columns grade and operator_link


def build(
    *,
    counterfeit_case: pd.DataFrame,
    relisting: pd.DataFrame,
    counterfeit_setting: pd.DataFrame,
    period: Period,
) -> pd.DataFrame:
    """Return the repeat offenders: one row per operator found to offer counterfeits `repeat_least` times or
    more in the `repeat_window_months` months up to ``period.as_of``, sorted by enterprise_id, with COLUMNS.
    Arguments are the gold tables of these names and silver.counterfeit_setting, which states these two
    numbers. Raises ValueError where there is a case and no setting is valid on that day
    (`settings.settings_on`).

    A counterfeit is a listing that was found counterfeit, or a report verified as
    counterfeit that names no listing; its day is that of the verification, else that of the report. ``grade``
    is `certain` where at least `repeat_least` of them are in shops whose operator is certain, else
    `probable`. Columns whose name has `probable` count what was found in probable shops only, the other
    counts of counterfeits (n_times), shops, platforms and brands what was found in certain ones only.
    n_awaiting_takedown covers both. first_on, last_on and region_code are of the certain shops where
    ``grade`` is `certain`, else of all."""
    if counterfeit_case.empty:
        return pd.DataFrame(columns=COLUMNS)
    settings = settings_on(counterfeit_setting, period.as_of)
    cases = counterfeit_case[counterfeit_case["enterprise_id"].notna()]
    day = pd.to_datetime(cases["verified_on"]).fillna(pd.to_datetime(cases["reported_on"]))
    end = pd.Timestamp(period.as_of)
    start = end - pd.DateOffset(months=settings.repeat_window_months)
    cases = cases.assign(day=day)[((day > start) & (day <= end)).to_numpy()]
    goods = cases["listing_id"].where(cases["listing_id"].notna(), cases["report_id"])
    counterfeit = cases.assign(goods=goods)[(cases["finding"] == "counterfeit").to_numpy()]
    counts = counterfeit.groupby("enterprise_id")["goods"].nunique()
    found = counts.index[counts >= settings.repeat_least]
    genuine = cases[(cases["finding"] == "genuine") & (cases["operator_link"] == CERTAIN)]
    genuine = genuine.groupby("enterprise_id")["report_id"].nunique()
    came, linked = _relisted(relisting, start, end)
    rows = []
    offered = counterfeit[counterfeit["enterprise_id"].isin(found)]
    for operator, mine in offered.groupby("enterprise_id"):
        row = _operator(mine, settings.repeat_least)
        row |= {
            "enterprise_id": operator,
            "n_genuine": int(genuine.get(operator, 0)),
            "n_relisted": came.get(operator, 0),
            "linked_operators": sorted(linked.get(operator, ())),
        }
        rows.append(row)
    window = {"window_start": (start + pd.Timedelta(days=1)).date(), "window_end": period.as_of}
    table = pd.DataFrame(rows, columns=COUNTED).sort_values(KEY, ignore_index=True)
    table = table.assign(**window, setting_version=settings.version, method_version=METHOD_VERSION)
    return table[COLUMNS]


def _operator(mine: pd.DataFrame, least: int) -> dict[str, Any]:
    """The columns that follow from an operator's cases in the window, ``mine``; ``goods``: what counts
    once."""
    sure, unsure = (mine[mine["operator_link"] == link] for link in (CERTAIN, PROBABLE))
    n_sure = sure["goods"].nunique()
    shown = sure if n_sure >= least else mine
    return {
        "grade": CERTAIN if n_sure >= least else PROBABLE,
        "n_times": n_sure,
        "n_shops": sure["shop_id"].nunique(),
        "n_platforms": sure["platform_code"].nunique(),
        "n_brands": sure["brand_id"].nunique(),
        "n_probable": unsure["goods"].nunique(),
        "n_probable_shops": unsure["shop_id"].nunique(),
        "n_awaiting_takedown": int((mine["state"] == "awaiting_takedown").sum()),
        "first_on": shown["day"].min().date(),
        "last_on": shown["day"].max().date(),
        "region_code": _region(shown),
        **{f"{name}s": sorted(sure[name].dropna().unique()) for name in ("report_id", "shop_id", "brand_id")},
        "platform_codes": sorted(sure["platform_code"].dropna().unique()),
        "probable_report_ids": sorted(unsure["report_id"].unique()),
        "probable_shop_ids": sorted(unsure["shop_id"].dropna().unique()),
    }


def _region(cases: pd.DataFrame) -> str:
    """The region of most of the shops that ``cases`` (one row per report) are about; the smallest code if
    several have as many shops. Shops whose region is not known are left out; UNKNOWN where none is known."""
    shops = cases.drop_duplicates("shop_id")["region_code"]
    counts = shops[shops != UNKNOWN].value_counts()
    return str(min(counts.index[counts == counts.max()], default=UNKNOWN))


def _relisted(
    relisting: pd.DataFrame, start: pd.Timestamp, end: pd.Timestamp
) -> tuple[dict[str, int], dict[str, set[str]]]:
    """By operator: goods that it listed again in the window where it is certain who runs the shop, and the
    other operators, certain too, that listed again what it had listed or the other way round."""
    listed = came_on(relisting)
    rows = relisting[((listed > start) & (listed <= end)).to_numpy()]
    own = rows[rows["enterprise_link"] == CERTAIN]
    other = own[own["operator_link"] == "other"]
    linked: dict[str, set[str]] = {}
    for one, two in zip(other["enterprise_id"], other["first_enterprise_id"], strict=True):
        linked.setdefault(one, set()).add(two)
        linked.setdefault(two, set()).add(one)
    return own.groupby("enterprise_id").size().to_dict(), linked


COUNTED = [
    *"enterprise_id grade n_times n_shops n_platforms n_brands n_probable n_probable_shops".split(),
    *"n_genuine n_relisted n_awaiting_takedown first_on last_on region_code".split(),
    *"report_ids shop_ids platform_codes brand_ids probable_report_ids probable_shop_ids".split(),
    "linked_operators",
]
COLUMNS = [*COUNTED, "window_start", "window_end", "setting_version", "method_version"]
