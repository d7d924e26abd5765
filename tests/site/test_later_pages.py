"""Pages and workbooks of a later night give nothing back that the packages before them withheld
(definitions.md#confidential)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path

import attacker
import country
import country_trade
import pandas as pd
import pytest
from attacker import Cell
from notebook_country import put
from test_attacker import House, house
from test_bundle_attack import by_many

from jobs.exchange.sending import send
from jobs.lake.tables import Lake
from jobs.notebooks.reading import Reader
from jobs.reports import confidential, reading, sent_trade, workbooks
from jobs.reports.site import write_site

JUNE = date(2026, 6, 1)  # the night is its last day: packages hold the months before it


def later(home: Path) -> tuple[House, list[Cell]]:
    """The packages of a night, and the pages of the next one, in which nothing is confidential by itself any
    more; what the packages withheld of months, quarters and units that they had."""
    lake, env = country.lake_at(home), country.environment(home)
    country.write(lake)
    put(lake, {"gold.commerce_concentration": country_trade.sellers()})
    send(lake.root, home / "outbox")
    before = house(lake.root, [home / "outbox"])
    secret = [c for c in before.withheld if c[0] == "month" and c[1] < JUNE and c[2] != "table"]
    by_many(lake)
    write_site(env)
    workbooks.write_workbooks(env)
    return house(lake.root, [env.site, home / "outbox"]), secret


def hits(given: House, secret: list[Cell]) -> list[Cell]:
    """Of ``secret`` what pages and packages together say or give back."""
    known = attacker.figures(given.tables)
    asked = [cell for cell in secret if cell not in known]
    found = attacker.bounded(given.orders, given.sums, known, asked)
    back = [c for c, ends in found.items() if attacker.recovered(given.orders[c], *ends)]
    return [cell for cell in secret if cell in known] + back


@pytest.mark.slow
def test_what_the_packages_withheld_stays_withheld_on_the_pages_of_the_next_night(tmp_path: Path) -> None:
    given, secret = later(tmp_path)
    assert secret and hits(given, secret) == []
    # A notebook lies in the site: it reads what the pages read.
    lake = Lake(country.environment(tmp_path).lake)
    cells = Reader(lake.root).ask("SELECT * FROM gold.commerce_table")
    left = sent_trade.register(lake).of_packages()[sent_trade.TABLE]
    hidden = sent_trade.withheld_before(cells, sent_trade.TABLE, left)
    assert hidden.any() and cells.loc[hidden, "suppressed"].all()
    assert cells.loc[hidden, "n_orders"].isna().all()


@pytest.mark.slow
def test_the_attacker_finds_it_where_pages_go_by_their_night_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the test above would say nothing."""
    for module in (confidential, reading):
        monkeypatch.setattr(module, "kept_withheld", lambda flags, lake: flags)
    given, secret = later(tmp_path)
    assert hits(given, secret)


TRADE = [("month", f"2026-0{month}-01", "platform", "P1") for month in (1, 2)]


def left(kind: str, keys: Iterable[tuple[str, ...]]) -> sent_trade.Left:
    """What is known of a kind after a package that showed rows with these keys."""
    packages: dict[str, dict[tuple[str, ...], sent_trade.Figures]] = {name: {} for name in sent_trade.KEYS}
    packages[kind] = {key: {} for key in keys}
    return sent_trade.Register(packages, {}).of_packages()[kind]


def rows(*places: tuple[str, str, str, str]) -> pd.DataFrame:
    columns = sent_trade.KEYS[sent_trade.TRADE]
    table = pd.DataFrame([dict(zip(columns, place, strict=True)) for place in places])
    return table.assign(period_start=[date.fromisoformat(day) for day in table["period_start"]])


def test_a_unit_that_begins_to_sell_after_the_package_was_not_withheld_in_it() -> None:
    begins = ("month", "2026-03-01", "platform", "P2")
    assert not sent_trade.withheld_before(
        rows(*TRADE, begins), sent_trade.TRADE, left(sent_trade.TRADE, TRADE)
    ).any()


def test_a_unit_of_which_a_month_came_late_is_withheld_all_year_and_a_cluster_is_not_asked_for() -> None:
    late = [("month", f"2026-0{month}-01", "platform", "P2") for month in (2, 3)]
    others = [("month", "2027-01-01", "platform", "P2"), ("month", "2026-01-01", "cluster", "C1")]
    found = sent_trade.withheld_before(
        rows(*TRADE, *late, *others), sent_trade.TRADE, left(sent_trade.TRADE, TRADE)
    )
    assert found.tolist() == [False, False, True, True, False, False]


def test_a_cell_of_the_table_is_withheld_in_its_month_alone() -> None:
    had = {("2026-01-01", "330000", "HA"), ("2026-02-01", "330000", "TY")}
    cells = pd.DataFrame(
        [(date(2026, month, 1), "330000", goods) for month in (1, 2, 3) for goods in ("HA", "TY")],
        columns=list(sent_trade.KEYS[sent_trade.TABLE]),
    )
    found = sent_trade.withheld_before(cells, sent_trade.TABLE, left(sent_trade.TABLE, had))
    assert found.tolist() == [False, True, True, False, False, False]
