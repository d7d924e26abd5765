"""Counts as gold.risk_count and gold.hazard_count have them, and the build of gold.risk_signal on them."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from jobs.marts.risk import risk_signal
from jobs.marts.risk.series import monday
from jobs.period import Period

FIRST = 2900  # a week: 2025-08-04
PERIOD = Period(as_of=date(2030, 1, 1))
CALM = np.tile([3, 4, 2, 5], 8)
_EMPTY = {
    "risk_count": "month week key_type key_code stream lag_weeks n",
    "hazard_count": "week category_code hazard_code stream n n_home n_judged n_random n_random_judged",
    "sample": "sample_id plan_id platform_code category_code brand exit_kind exited_on purchased_on",
    "standing_conclusion": "sample_id stage outcome issued_on serious",
    "sampling_plan": "plan_id type",
    "product_category": "category_code parent_code name_zh name_en",
    "hazard": "hazard_code severity",
    "recall": "brand recalled_on",
    "overseas_alert": "category_text category_code",
    "penalty": "case_id decided_on revoked_on",
    "enforcement_case": "case_id sample_id",
}


def counts(series: dict[str, tuple[np.ndarray, np.ndarray]], stream: str = "complaint") -> pd.DataFrame:
    """gold.risk_count of brands: reports and orders by week from FIRST; a last week is added, as the
    newest one is not looked at."""
    parts = []
    for code, (reports, orders) in series.items():
        weeks = [monday(FIRST + i) for i in range(len(orders) + 1)]
        for name, values in ((stream, [*reports, 0]), ("order", [*orders, orders[-1]])):
            parts.append(pd.DataFrame({"week": weeks, "key_code": code, "stream": name, "n": values}))
    rows = pd.concat(parts, ignore_index=True).assign(key_type="brand", lag_weeks=0)
    whole = rows[rows["stream"] == "order"].groupby("week", as_index=False)["n"].sum()
    whole = whole.assign(key_type="category", key_code="CL", stream="order", lag_weeks=0)
    table = pd.concat([rows, whole], ignore_index=True)
    return table[table["n"] > 0].assign(month=[d.replace(day=1) for d in table.loc[table["n"] > 0, "week"]])


def nothing(table: str) -> pd.DataFrame:
    return pd.DataFrame(columns=_EMPTY[table].split(), dtype=object)


def signals(risk_count: pd.DataFrame, **given: pd.DataFrame) -> pd.DataFrame:
    return risk_signal.build(
        risk_count=risk_count,
        **({name: nothing(name) for name in _EMPTY if name != "risk_count"} | given),
        period=PERIOD,
    )


def week_of(n: int) -> date:
    """Monday of the n-th week of `counts`."""
    return monday(FIRST + n)


def burst(week: int, size: int, weeks: int = len(CALM)) -> np.ndarray:
    values = np.tile([3, 4, 2, 5], 60)[:weeks]
    values[week] = size
    return values


def steady(size: int = 1000, weeks: int = len(CALM)) -> np.ndarray:
    return np.full(weeks, size)


def hazards(rows: list[tuple[int, str, str, str, int]]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["week", "category_code", "hazard_code", "stream", "n"])
    table["week"] = [week_of(w) for w in table["week"]]
    return table.assign(n_home=table["n"], n_judged=0, n_random=0, n_random_judged=0)


def texts(named: list[int], of: list[int]) -> pd.DataFrame:
    """gold.hazard_count of fire read from texts about toys, by week; a last week is added."""
    return pd.DataFrame(
        {
            "week": [week_of(i) for i in range(len(named) + 1)],
            "category_code": "TY",
            "hazard_code": "fire",
            "stream": "text",
            "n": [*named, named[-1]],
            "n_home": [*named, named[-1]],
            "n_judged": [*of, of[-1]],
            "n_random": 0,
            "n_random_judged": 0,
        }
    )
