"""Packages of two nights for the authority of commerce together give back no cell that both withhold, nor
what one platform filed late."""

from __future__ import annotations

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
from trade_frames import MONTHS, concentration, equations

from jobs.contracts.catalog import load_catalog
from jobs.contracts.schema import arrow_schema
from jobs.exchange.commerce import GUARDED, TABLE, TRADE, for_commerce
from jobs.exchange.kinds import Parcel
from jobs.marts.overview import commerce_table
from jobs.reports.sent_trade import (
    FIGURES,
    KEYS,
    Figures,
    Key,
    Register,
    ShownBefore,
    keys_of,
    withheld_before,
)

RESTRICTION = arrow_schema(load_catalog().contracts["gold.joint_restriction"]).empty_table().to_pandas()
Sent = dict[str, dict[Key, Figures]]
NOTHING: Sent = {name: {} for name in GUARDED}
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


def package(given: pd.DataFrame, sent: Sent) -> dict[str, Parcel]:
    """Parcels by the name of their kind, after packages that showed ``sent``."""
    flags = built(given)
    table = commerce_table.build(commerce_concentration=given, commerce_confidential=flags, period=PERIOD)
    units = flags[flags["dimension_type"] != "table"]
    tables = {"table": table, "units": units, "concentration": given, "restriction": RESTRICTION}
    parcels = for_commerce(**tables, shown=Register(sent, {}).before(units), day=COMPLETE)
    return {parcel.kind.name: parcel for parcel in parcels}


def shown(parcels: dict[str, Parcel]) -> Sent:
    """Of each kind key → figures of a package."""
    return {
        name: dict(zip(keys_of(rows, name), rows[[*FIGURES[name]]].to_dict("records"), strict=True))
        for name in GUARDED
        for rows in [parcels[name].rows]
    }


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
    two = package(second, shown(one) if guarded else NOTHING)
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


@pytest.mark.slow  # quick: test_commerce_confidential, of one package
@pytest.mark.parametrize("change", CHANGES)
def test_two_packages_together_give_no_withheld_cell_back(change: tuple[int, int]) -> None:
    assert attacked(*change, guarded=False) > 0  # did tonight's forget the night before
    assert attacked(*change, guarded=True) == 0


def late(given: pd.DataFrame, month: date) -> tuple[pd.DataFrame, Key]:
    """The next night, in which a platform that is confidential files a third more of the month, and the key
    of its orders: what it sold stands in every cell in which it counts."""
    flags = built(given)
    own = flags[flags["dimension_type"].eq("platform") & flags["period_start"].eq(month)]
    code = own.loc[own["confidential"] & own["period_type"].eq("month"), "dimension_code"].iloc[0]
    at = given["month"].eq(month)
    mine = at & given["dimension_type"].eq("platform") & given["dimension_code"].eq(code)
    more = int(given.loc[mine, "n_orders"].iloc[0]) // 3 + 20
    units = f"platform {code}, nation CN, region 330100, region 330000, category A1, category A"
    cells = [(*unit.split(), "all") for unit in units.split(", ")]
    cells += [("table", place, main) for place in ("330000", "CN") for main in ("A", "all")]
    keys = given[["dimension_type", "dimension_code", "category_code"]].itertuples(index=False, name=None)
    counts = at & pd.Series([key in cells for key in keys], given.index)
    assert counts.sum() == len(cells)
    return given.assign(
        n_orders=given["n_orders"] + more * counts, units_sold=given["units_sold"] + more * counts
    ), ("month", str(month), "platform", code)


@pytest.mark.slow  # quick: test_bundle_attack, of bundles
@pytest.mark.parametrize("seed", range(2))
def test_what_one_platform_files_late_is_no_difference_of_two_packages(seed: int) -> None:
    """A cell that both nights show would else grow by the late orders, which are the platform's alone; and so
    would a quarter over its months."""
    first = concentration(seed)
    second, secret = late(first, MONTHS[seed])
    one = package(first, NOTHING)
    forgetful, two = package(second, NOTHING), package(second, shown(one))
    assert secret not in shown(one)[TRADE.name]

    def gained(after: dict[str, Parcel]) -> int:
        before, now = shown(one), shown(after)
        return sum(now[n][key] != before[n][key] for n in GUARDED for key in now[n] if key in before[n])

    assert gained(forgetful) > 3 and gained(two) == 0
    assert not any(set(shown(two)[name]) - set(shown(one)[name]) for name in GUARDED)


@pytest.mark.slow
def test_a_quarter_that_is_first_sent_after_late_filings_is_the_sum_of_its_months_as_sent() -> None:
    first = concentration(0)
    second, _ = late(first, date(2026, 1, 1))
    one = package(first, NOTHING)
    months = {name: dict(keys) for name, keys in shown(one).items()}
    months[TRADE.name] = {key: n for key, n in months[TRADE.name].items() if key[0] == "month"}
    then = shown(package(second, months))[TRADE.name]
    quarter = ("quarter", "2026-01-01", "nation", "CN")
    assert then[quarter] == shown(one)[TRADE.name][quarter]
    assert then[quarter] != shown(package(second, NOTHING))[TRADE.name][quarter]


@pytest.mark.slow
def test_packages_of_two_nights_of_a_lake_say_the_same_orders_and_one_that_was_replaced_counts(
    tmp_path: Path,
) -> None:
    """A folder of the same day may have been fetched before it was replaced."""
    desk = Desk(tmp_path, "commerce")

    def night(orders: int) -> list[dict[str, Any]]:
        return [{**units(2025, "P1")[0], "n_orders": orders}, *units(2025, "P1")[1:]]

    found = []
    for day, orders in ((DAY, 100), (DAY, 137), (DAY + timedelta(days=1), 150)):
        cell = {"month": date(2025, 1, 1), "region_code": "CN", "category_code": "all", "suppressed": False}
        cell |= {"n_orders": orders, "units_sold": 2 * orders, "n_enterprises": orders // 10}
        desk.night(gold__commerce_confidential=night(orders), gold__commerce_table=[cell])
        written = desk.send(day=day)
        rows = [*desk.rows("commerce", TRADE.name, DAY), *desk.rows("commerce", TABLE.name, DAY)]
        found.append([(r["n_orders"], r.get("units_sold"), r.get("n_enterprises")) for r in rows])
    assert found == [[(100, None, None), (100, 200, 10)]] * 3
    assert "commerce" not in written  # it has its rows already
    assert len(desk.lake.frame("ops.trade_shown")) == 2  # each cell once


@pytest.mark.parametrize(
    ("orders", "free", "sent"), [(100, "P1", [100, 60]), (140, "P1", [100]), (100, "P1 P2", [100])]
)
def test_a_period_that_a_bundle_showed_first_is_given_as_the_bundle_has_it(
    orders: int, free: str, sent: list[int]
) -> None:
    """Whole where the night still is the bundle's; else only what it showed, and nothing of the table."""
    month = ("month", "2025-01-01", "platform")
    bundle: dict[Key, Figures] = {(*month, "P1"): {"n_orders": 100}, (*month, "P2"): {}}
    rows = pd.DataFrame(units(2025, f"{free} P3"))
    rows["n_orders"] = np.where(rows["dimension_code"].eq("P1"), orders, 60)
    cell = {"month": date(2025, 1, 1), "region_code": "CN", "category_code": "all", "suppressed": False}
    table = pd.DataFrame([cell | {"n_orders": 5, "units_sold": 5, "n_enterprises": 5}])
    parcels = for_commerce(
        table=table,
        units=rows,
        concentration=concentration(0).iloc[:0],
        restriction=RESTRICTION,
        shown=Register(NOTHING, bundle).before(rows),
        day=COMPLETE,
    )
    found = {parcel.kind.name: parcel.rows for parcel in parcels}
    assert found[TRADE.name]["n_orders"].tolist() == sent
    assert (TABLE.name in found) == (len(sent) == 2)


def test_a_month_goes_out_once_its_data_were_due_so_that_a_running_one_withholds_nothing_for_good(
    tmp_path: Path,
) -> None:
    """In the running month HA has too few enterprises to be shown, in the whole month enough."""
    desk, june = Desk(tmp_path, "commerce"), date(2026, 6, 1)
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


def test_what_the_first_package_of_a_period_withheld_stays_withheld_in_its_year_and_in_no_other(
    tmp_path: Path,
) -> None:
    desk = Desk(tmp_path, "commerce")

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
    # P1 had left with the first package; P3 had not.
    assert sent(DAY + timedelta(days=3)) == {("2025", "P1"), ("2025", "P2")}


def test_what_a_package_withheld_of_one_month_is_withheld_in_all_periods_of_the_units_year() -> None:
    """Else the months that are shown and their quarter would give the one that was withheld."""
    january, february = ("month", "2025-01-01"), ("month", "2025-02-01")
    before = ShownBefore({(*january, "platform", "P1"): {"n_orders": 100}}, {january})
    periods = [january, february, ("quarter", "2025-01-01"), ("year", "2025-01-01"), ("month", "2026-01-01")]
    rows = pd.DataFrame(
        [(*period, "platform", code) for period in periods for code in ("P1", "P3")], columns=KEYS[TRADE.name]
    )
    hidden = rows[withheld_before(rows, TRADE.name, before)]
    assert set(hidden["dimension_code"]) == {"P3"}
    assert list(zip(hidden["period_type"], hidden["period_start"], strict=True)) == periods[:4]
