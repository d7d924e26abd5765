"""The attacker over bundles: all files of all revisions and periods together give no withheld figure of
orders back, exactly or within 15 % (definitions.md#public)."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import attacker
import country
import country_trade
import pandas as pd
import pytest
from attacker import Cell
from notebook_country import put
from test_attacker import House, attacked, house

from jobs.contracts.catalog import load_catalog
from jobs.exchange.sending import send
from jobs.lake.tables import Lake
from jobs.marts.overview import commerce_confidential
from jobs.period import Period
from jobs.publish import freezing
from jobs.publish.api import api_files
from jobs.publish.freezing import freeze
from jobs.publish.periods import Span, span
from jobs.publish.shelf import shelf
from jobs.reports.confidential import KEY, flags_of

FIRST = ("2026-02",)
LATER = ("2026-02", "2026-03", "2026-04", "2026-05", "2026Q1")


def publish(lake: Lake, home: Path, names: tuple[str, ...]) -> None:
    for name in names:
        freeze(lake.root, home / "published", span(name), day=None, say=lambda line: None)
    for path, content in api_files(shelf(home / "published"), load_catalog()):
        target = home / "published" / "api" / "v1" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


def by_many(lake: Lake) -> None:
    """A later night: nine enterprises sell what four did, so that by itself nothing is confidential."""
    trade = country_trade.sellers(small=9)
    tables = country.tables()
    flags = commerce_confidential.build(
        commerce_concentration=trade,
        region=tables["silver.region"],
        product_category=tables["silver.product_category"],
        industrial_cluster=tables["silver.industrial_cluster"].iloc[:0],
        period=Period(date(2026, 6, 30)),
    )
    assert not flags["confidential"].any()
    rates = lake.frame("gold.complaint_rate").assign(confidential=False)
    put(
        lake,
        {
            "gold.commerce_concentration": trade,
            "gold.commerce_confidential": flags,
            "gold.complaint_rate": rates,
        },
    )


def first_out(home: Path) -> tuple[Lake, list[Cell]]:
    """A lake whose first bundle is out, the lake a night later, and what that bundle withheld."""
    lake = country.lake_at(home)
    country.write(lake)
    put(lake, {"gold.commerce_concentration": country_trade.sellers()})
    publish(lake, home, FIRST)
    before = house(lake.root, [home / "published"])
    february = span(FIRST[0]).start
    secret = [cell for cell in before.withheld if cell[:2] == ("month", february) and cell[2] != "table"]
    by_many(lake)
    return lake, secret


@pytest.fixture(scope="module")
def revised(tmp_path_factory: pytest.TempPathFactory) -> tuple[House, list[Cell]]:
    home = tmp_path_factory.mktemp("revised")
    lake, secret = first_out(home)
    publish(lake, home, LATER)
    return house(lake.root, [home / "published"]), secret


@pytest.mark.slow
def test_bundles_of_one_night_give_nothing_that_it_withholds(tmp_path: Path) -> None:
    lake = country.lake_at(tmp_path)
    country.write(lake)
    put(lake, {"gold.commerce_concentration": country_trade.sellers()})
    publish(lake, tmp_path, LATER)
    given = house(lake.root, [tmp_path / "published"])
    cells = [cell for cell in given.withheld if cell[2] != "table"][::3]
    assert attacker.said([t for t in given.tables if t.path.startswith("published/api/")])
    assert cells and attacked(given, cells) == []


@pytest.mark.slow  # quick: the same of orders alone, below
def test_a_later_revision_does_not_give_what_the_first_withheld(revised: tuple[House, list[Cell]]) -> None:
    given, secret = revised
    known = attacker.figures(given.tables)
    assert secret and known and not set(secret) & set(known)
    found = attacker.bounded(given.orders, given.sums, known, secret)
    assert [c for c, ends in found.items() if attacker.recovered(given.orders[c], *ends)] == []


@pytest.mark.slow
def test_the_attacker_finds_it_where_the_night_alone_decides(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the test above would say nothing."""
    monkeypatch.setattr(
        freezing, "flags_for", lambda snapshot, earlier: flags_of(snapshot)[[*KEY, "confidential"]]
    )
    lake, secret = first_out(tmp_path)
    # The month itself is not published again: later months and the quarter are enough.
    publish(lake, tmp_path, (*LATER[1:], "2026-01"))
    given = house(lake.root, [tmp_path / "published"])
    known = attacker.figures(given.tables)
    assert not set(secret) & set(known)
    found = attacker.bounded(given.orders, given.sums, known, secret)
    hit = [c for c, ends in found.items() if attacker.recovered(given.orders[c], *ends)]
    assert hit


@pytest.mark.slow
def test_what_one_platform_files_late_is_no_difference_of_bundles(tmp_path: Path) -> None:
    """The nation's orders of a month grow by what a withheld platform filed late: in its next revision, and
    in the quarter over its months, that would be the platform's."""
    lake = country.lake_at(tmp_path)
    country.write(lake)
    put(lake, {"gold.commerce_concentration": country_trade.sellers()})
    publish(lake, tmp_path, ("2026-02", "2026-03"))
    rates = lake.frame("gold.complaint_rate")
    nation = rates["dimension_type"].eq("nation")
    before = rates.loc[nation & (rates["period_start"] == date(2026, 2, 1)), "n_orders"].tolist()
    rates["n_orders"] = rates["n_orders"].mask(nation, rates["n_orders"] + 37)
    put(lake, {"gold.complaint_rate": rates})
    publish(lake, tmp_path, ("2026-02", "2026-03", "2026-01", "2026Q1"))
    found = attacker.said(attacker.tables([tmp_path / "published"]))
    shown = {cell[:2]: {round(v) for v in values} for cell, values in found.items() if cell[2] == "nation"}
    assert shown["month", date(2026, 2, 1)] == {before[0]}
    months = [shown["month", date(2026, month, 1)] for month in (1, 2, 3)]
    assert all(len(values) == 1 for values in months)
    assert shown["quarter", date(2026, 1, 1)] == {sum(min(values) for values in months)}


@pytest.mark.parametrize("gone", [False, True], ids=["the_folder_is_there", "it_was_taken_away"])
def test_a_later_revision_shows_the_orders_of_the_first_also_where_its_folder_is_gone(
    tmp_path: Path, gone: bool
) -> None:
    """Whoever kept the first revision would else have the late platform's orders as the difference."""
    lake, published = country.lake_at(tmp_path), tmp_path / "published"
    country.write(lake)
    put(lake, {"gold.commerce_concentration": country_trade.sellers()})
    publish(lake, tmp_path, FIRST)
    orders = lambda n: {
        row["dimension_code"]: row["n_orders"]
        for row in shelf(published)[n].arrow("complaint_rates").to_pylist()
        if not row["confidential"]
    }
    first = orders(0)
    if gone:
        (published / FIRST[0] / "0").rename(tmp_path / "kept_by_a_reader")
    rates = lake.frame("gold.complaint_rate")
    late = {"n_orders": rates["n_orders"] + 40, "n_quality_complaints": rates["n_quality_complaints"] + 1}
    put(lake, {"gold.complaint_rate": rates.assign(**late)})
    publish(lake, tmp_path, FIRST)
    assert first and orders(-1) == first and shelf(published)[-1].revision == 1


@pytest.mark.slow  # quick: a later revision, with its folder and without
def test_what_a_bundle_withheld_stays_withheld_where_its_folder_is_gone(tmp_path: Path) -> None:
    lake, secret = first_out(tmp_path)
    kept = tmp_path / "kept" / FIRST[0]
    kept.mkdir(parents=True)
    (tmp_path / "published" / FIRST[0] / "0").rename(kept / "0")
    publish(lake, tmp_path, LATER)
    given = house(lake.root, [tmp_path / "published", kept])
    known = attacker.figures(given.tables)
    assert secret and known and not set(secret) & set(known)
    found = attacker.bounded(given.orders, given.sums, known, secret)
    assert [c for c, ends in found.items() if attacker.recovered(given.orders[c], *ends)] == []


@pytest.mark.slow
def test_what_one_platform_files_after_a_package_is_no_difference_of_package_and_bundle(
    tmp_path: Path,
) -> None:
    lake = country.lake_at(tmp_path)
    country.write(lake)
    put(lake, {"gold.commerce_concentration": country_trade.sellers()})
    send(lake.root, tmp_path / "outbox")
    rates = lake.frame("gold.complaint_rate")
    late = rates["dimension_type"].eq("nation")
    put(
        lake,
        {"gold.complaint_rate": rates.assign(n_orders=rates["n_orders"].mask(late, rates["n_orders"] + 37))},
    )
    publish(lake, tmp_path, LATER)
    found = [attacker.said(attacker.tables([tmp_path / name])) for name in ("outbox", "published")]
    both = {cell for cell in set(found[0]) & set(found[1]) if cell[2] == "nation"}
    assert {cell[0] for cell in both} == {"month", "quarter"}
    assert all({*found[0][cell]} == {round(n) for n in found[1][cell]} for cell in both)


@pytest.mark.slow  # quick: a later revision, and late files
def test_what_a_package_withheld_stays_withheld_where_bundles_and_the_night_disagree(tmp_path: Path) -> None:
    """A bundle shows February of units that a later package withholds for the whole year. The newest night
    would show them again."""
    lake = country.lake_at(tmp_path)
    country.write(lake)
    few = {name: lake.frame(name) for name in ("gold.commerce_confidential", "gold.complaint_rate")}
    by_many(lake)
    publish(lake, tmp_path, FIRST)
    put(lake, {"gold.commerce_concentration": country_trade.sellers(), **few})
    send(lake.root, tmp_path / "outbox")
    withheld = house(lake.root, [tmp_path / "outbox"]).withheld
    by_many(lake)
    publish(lake, tmp_path, LATER[1:3])
    shown = set(attacker.said(attacker.tables([tmp_path / "published"])))
    months = [("month", date(2026, month, 1)) for month in (3, 4)]
    later = [cell for cell in withheld if cell[2] != "table" and cell[:2] in months]
    assert later and ("month", date(2026, 3, 1), "nation", "CN", "all") in shown
    assert not set(later) & shown


@pytest.mark.slow
def test_the_first_revision_stays_as_it_was_and_the_second_withholds_as_much(
    revised: tuple[House, list[Cell]],
) -> None:
    given, _ = revised
    root = given.folders[0]
    february: Span = span(FIRST[0])
    tables = [
        pd.read_parquet(path / "data" / "complaint_rates.parquet")
        for path in sorted((root / february.name).iterdir())
    ]
    assert all(table.loc[table["confidential"], "n_orders"].isna().all() for table in tables)
    assert len({tuple(table["confidential"]) for table in tables}) == 1
