"""Packages of two nights for the authority of commerce together give back no cell that both withhold."""

from __future__ import annotations

import json
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from desks import DAY, Desk
from scipy.optimize import linprog
from scipy.sparse import csr_matrix
from test_commerce_confidential import KEY, PERIOD, built
from trade_frames import concentration, equations

from jobs.contracts.catalog import load_catalog
from jobs.contracts.schema import arrow_schema
from jobs.exchange.commerce import GUARDED, TABLE, TRADE, for_commerce
from jobs.exchange.kinds import Parcel
from jobs.exchange.outbox import keys_of
from jobs.marts.overview import commerce_table
from jobs.reports.sent_trade import Key

RESTRICTION = arrow_schema(load_catalog().contracts["gold.joint_restriction"]).empty_table().to_pandas()
NOTHING: dict[str, set[Key]] = {name: set() for name in GUARDED}
NAMED = {"month": "period_start"}
COMPLETE = date(2027, 2, 1)  # when every month, quarter and year of the orders has ended
CHANGES = ((0, 3), (1, 6), (2, 2))  # seeds of a country and of what changes in it overnight


def next_night(given: pd.DataFrame, seed: int) -> pd.DataFrame:
    """The same orders; a few cells count enterprises that were not known the night before, or fewer."""
    draw = np.random.default_rng(seed)
    cells = given.index[(given["n_orders"] > 0) & given["n_enterprises"].between(2, 8)]
    chosen = draw.choice(cells, size=max(1, len(cells) // 30), replace=False)
    after = given.copy()
    after.loc[chosen, "n_enterprises"] = np.where(after.loc[chosen, "n_enterprises"] < 5, 9, 3)
    return after


def package(given: pd.DataFrame, sent: dict[str, set[Key]]) -> dict[str, Parcel]:
    """Parcels by the name of their kind."""
    flags = built(given)
    table = commerce_table.build(commerce_concentration=given, commerce_confidential=flags, period=PERIOD)
    units = flags[flags["dimension_type"] != "table"]
    tables = {"table": table, "units": units, "concentration": given, "restriction": RESTRICTION}
    parcels = for_commerce(**tables, sent=sent, day=COMPLETE)
    return {parcel.kind.name: parcel for parcel in parcels}


def keys(parcels: dict[str, Parcel]) -> dict[str, set[Key]]:
    return {name: {tuple(json.loads(key)) for key in keys_of(parcels[name])} for name in GUARDED}


def seen(parcels: dict[str, Parcel], flags: pd.DataFrame) -> np.ndarray:
    """Which rows of ``flags`` the package shows."""
    cells = parcels[TABLE.name].rows
    shown = {("month", m, "table", r, c) for m, r, c in cells[list(TABLE.key)].itertuples(index=False)}
    units = parcels[TRADE.name].rows[list(TRADE.key)]
    shown |= {(*row, "all") for row in units.itertuples(index=False, name=None)}
    return np.array([row in shown for row in flags[KEY].itertuples(index=False, name=None)], dtype=bool)


def given_back(flags: pd.DataFrame, shown: np.ndarray, targets: np.ndarray) -> int:
    """How many of the targets a linear programme over all that is shown gives back within 15 %."""
    orders = flags["n_orders"].to_numpy(float)
    equal, less = equations(flags)
    known, unknown = np.where(shown, orders, 0.0), np.flatnonzero(~shown)
    program = {
        "A_eq": csr_matrix(equal[:, unknown]),
        "b_eq": -(equal @ known),
        "A_ub": csr_matrix(less[:, unknown]),
        "b_ub": -(less @ known),
        "bounds": (0, None),
        "method": "highs",
    }
    found = 0
    for place in np.flatnonzero(targets[unknown] & (orders[unknown] > 0)):
        cost = np.zeros(len(unknown))
        cost[place] = 1.0
        least, most = (linprog(sign * cost, **program) for sign in (1, -1))
        value, high = orders[unknown[place]], -most.fun if most.status == 0 else np.inf
        found += bool(least.fun > 0.85 * value + 1e-6 and high < 1.15 * value - 1e-6)
    return found


@cache
def attacked(country: int, change: int, guarded: bool) -> int:
    first = concentration(country)
    second = next_night(first, 1000 * country + change)
    one = package(first, NOTHING)
    two = package(second, keys(one) if guarded else NOTHING)
    flags = built(second)
    few = [
        {
            ("month", *row)
            for row in night.loc[night["n_enterprises"] < 5, KEY[1:]].itertuples(index=False, name=None)
        }
        for night in (first.rename(columns=NAMED), second.rename(columns=NAMED))
    ]
    both = few[0] & few[1]
    targets = np.array([row in both for row in flags[KEY].itertuples(index=False, name=None)], dtype=bool)
    return given_back(flags, seen(one, flags) | seen(two, flags), targets)


@pytest.mark.parametrize("change", CHANGES)
def test_two_packages_together_give_no_withheld_cell_back(change: tuple[int, int]) -> None:
    assert attacked(*change, guarded=False) > 0  # did tonight's forget the night before
    assert attacked(*change, guarded=True) == 0


def test_a_month_goes_out_once_its_data_were_due_so_that_a_running_one_withholds_nothing_for_good(
    tmp_path: Path,
) -> None:
    """In the running month HA has too few enterprises to be shown, in the whole month enough."""
    desk, june = Desk(tmp_path), date(2026, 6, 1)
    unit = units(2026, "P1")[0]
    trade = [
        unit | {"period_type": kind, "period_start": start}
        for kind, start in (("month", june), ("quarter", date(2026, 4, 1)), ("year", date(2026, 1, 1)))
    ]
    cell = {"month": june, "region_code": "330000", "category_code": "HA", "units_sold": 9}
    found = []
    for day, hidden in ((DAY, True), (date(2026, 7, 10), False), (date(2026, 7, 11), False)):
        cells = [
            cell | {"n_orders": None if hidden else 77, "suppressed": hidden},
            cell | {"category_code": "TY", "n_orders": 50, "suppressed": False},
        ]
        desk.night(gold__commerce_confidential=trade, gold__commerce_table=cells).send(day=day)
        found.append([r["category_code"] for r in desk.rows("commerce", TABLE.name, day)])
    assert found == [[], [], ["HA", "TY"]]
    sent = [r["period_type"] for r in desk.rows("commerce", TRADE.name, date(2026, 7, 11))]
    assert sent == ["month", "quarter"]


def units(year: int, free: str) -> list[dict[str, Any]]:
    return [
        {
            "period_type": "month",
            "period_start": date(year, 1, 1),
            "dimension_type": "platform",
            "dimension_code": code,
            "category_code": "all",
            "n_orders": 100,
            "confidential": code not in free.split(),
        }
        for code in ("P1", "P2", "P3")
    ]


def test_a_unit_that_the_last_package_withheld_stays_withheld_in_its_year_and_in_no_other(
    tmp_path: Path,
) -> None:
    desk = Desk(tmp_path)

    def sent(day: date) -> set[tuple[str, str]]:
        desk.send(day=day)
        rows = desk.rows("commerce", TRADE.name, day)
        return {(row["period_start"][:4], row["dimension_code"]) for row in rows}

    desk.night(gold__commerce_confidential=units(2025, "P1 P2"))
    assert sent(DAY) == {("2025", "P1"), ("2025", "P2")}
    desk.night(gold__commerce_confidential=[*units(2025, "P2 P3"), *units(2026, "P2 P3")])
    assert sent(DAY + timedelta(days=1)) == {("2025", "P2"), ("2026", "P2"), ("2026", "P3")}
    desk.night(gold__commerce_confidential=[])  # a night without the table does not make it forgotten
    assert sent(DAY + timedelta(days=2)) == set()
    desk.night(gold__commerce_confidential=units(2025, "P1 P2 P3"))
    assert sent(DAY + timedelta(days=3)) == {("2025", "P2")}
