"""No file that leaves the house, nor all of them together, gives a withheld figure of orders back, exactly or
within 15 % (definitions.md#confidential). The attacker reads the written files."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import attacker
import country
import pandas as pd
import pytest
from attacker import Cell, Table
from leaks import leaks
from notebook_country import put
from outbox_pages import pages
from outbox_search import early, foreign, hidden_in_sums, persons, planned, rows, unsent
from published_search import unpublished
from trade_truth import truth

from jobs.deployment import today
from jobs.exchange.sending import send
from jobs.lake.night import Snapshot, newest_snapshot
from jobs.lake.tables import Lake
from jobs.publish.formats import csv_rows
from jobs.publish.periods import Span
from jobs.publish.shelf import shelf
from jobs.reports import workbooks
from jobs.reports.site import write_site

LEAST = 20  # smaller counts meet by chance


@dataclass(frozen=True)
class House:
    """A written country: the files that leave it, as tables, and what is true."""

    snapshot: Snapshot
    folders: list[Path]
    tables: list[Table]
    orders: dict[Cell, float]
    sums: list[tuple[Cell, list[Cell]]]
    late: str = ""  # the platform whose files came a night later than those of all others

    def of(self, *roots: str) -> House:
        """The house with the tables of some of its folders alone."""
        return replace(self, tables=[t for t in self.tables if t.path.split("/")[0] in roots])

    @property
    def withheld(self) -> list[Cell]:
        flags = self.snapshot.frame("gold.commerce_confidential")
        rows = flags[flags["confidential"] & flags["dimension_type"].ne("cluster")]
        columns = ["period_type", "period_start", "dimension_type", "dimension_code", "category_code"]
        return [
            cell for cell in rows[columns].itertuples(index=False, name=None) if self.orders.get(cell, 0) > 0
        ]


def house(lake: Path, folders: list[Path]) -> House:
    snapshot = newest_snapshot(Lake(lake))
    return House(snapshot, folders, list(attacker.tables(folders)), *truth(snapshot))


def attacked(given: House, cells: list[Cell]) -> list[Cell]:
    """Of ``cells`` those that all files together give back. Of a cell of which revisions say different things
    the reader believes the right one."""
    said = attacker.said(given.tables)
    assert said and not set(cells) & set(said)  # some are published, none of them withheld
    known = {
        cell: min(values, key=lambda v: abs(v - given.orders.get(cell, 0))) for cell, values in said.items()
    }
    found = attacker.bounded(given.orders, given.sums, known, cells)
    return [cell for cell, ends in found.items() if attacker.recovered(given.orders[cell], *ends)]


def around(given: House) -> list[Cell]:
    """What is withheld of one month, its quarter and its year."""
    months = sorted({cell[1] for cell in given.withheld if cell[0] == "month"})
    month = months[len(months) // 2]
    periods = (
        ("month", month),
        ("quarter", month.replace(month=(month.month - 1) // 3 * 3 + 1)),
        ("year", month.replace(month=1)),
    )
    return [cell for cell in given.withheld if cell[:2] in periods]


def secrets(given: House) -> dict[str, dict[str, list[float]]]:
    """Orders and units sold of withheld platforms, regions and categories by code, in a month, its quarter
    and its year."""
    measures = {"orders": given.orders, "units": truth(given.snapshot, "quantity")[0]}
    found: dict[str, dict[str, list[float]]] = {}
    for kind, start, dimension, code, _ in around(given):
        for measure, values in measures.items():
            value = values[kind, start, dimension, code, "all"]
            if dimension != "table" and value >= LEAST:
                by = found.setdefault(f"{measure} of {kind} {start} by {dimension}", {})
                by.setdefault(code, []).append(value)
    return found


def filed(given: House) -> dict[str, dict[str, list[float]]]:
    """Order lines of each source whose platform's orders are withheld: of a month, and of all."""
    columns = ["_source", "platform_code", "ordered_on"]
    rows = given.snapshot.frame("silver.transaction", columns=columns)
    hidden = {cell[3] for cell in given.withheld if cell[2] == "platform"}
    mine = rows[rows["platform_code"].isin(hidden)]
    month = next(cell[1] for cell in around(given) if cell[0] == "month")
    now = mine[pd.to_datetime(mine["ordered_on"]).dt.strftime("%Y-%m") == f"{month:%Y-%m}"]
    return {
        f"lines of {what}": {s: [float(n)] for s, n in part.groupby("_source").size().items() if n >= LEAST}
        for what, part in (("all time", mine), (f"{month:%Y-%m}", now))
    }


@pytest.fixture(scope="module")
def small(tmp_path_factory) -> House:
    """The site's country: two units of few sellers, in every file that its lake gives."""
    home = tmp_path_factory.mktemp("attacked")
    lake, env = country.lake_at(home), country.environment(home)
    country.write(lake)
    put(lake, {})
    write_site(env)
    workbooks.write_workbooks(env)
    send(env.lake, home / "outbox")
    return house(env.lake, [env.site, home / "outbox"])


@pytest.mark.slow
def test_no_figures_of_all_files_together_give_a_withheld_cell_back(small: House) -> None:
    assert small.withheld and attacked(small, small.withheld) == []


@pytest.mark.slow
def test_the_attacker_finds_what_a_file_too_many_gives_away(small: House) -> None:
    """One partner that is published by mistake, in any of the files, and the other follows exactly."""
    known = attacker.figures(small.tables)
    cells = [c for c in small.withheld if c[2] == "category" and c[0] == "month"]
    main = [c for c in cells if c[1] == cells[0][1]]
    asked = known | {cell: float(small.orders[cell]) for cell in main if cell[3].startswith("LT")}
    found = attacker.bounded(small.orders, small.sums, asked, [c for c in main if c[3] == "TX"])
    assert found and all(ends == pytest.approx((small.orders[c],) * 2) for c, ends in found.items())


def test_the_attacker_reads_the_tables_of_pages_and_leaves_out_a_platforms_own_ledger(tmp_path: Path) -> None:
    rows = "<thead><tr><th>n</th></tr></thead><tbody><tr><td>7</td></tr></tbody></table>"
    page = f'<table data-kind="files_received">{rows}<table data-kind="score_movers">{rows}'
    (tmp_path / "index.html").write_text(page)
    assert (
        len(list(attacker.tables([tmp_path]))) == 1 and len(list(attacker.tables([tmp_path], own=True))) == 2
    )


def test_the_attacker_sees_a_column_that_says_what_is_withheld() -> None:
    values = {f"P{n}": [100.0 * n] for n in range(1, 7)}
    rows = pd.DataFrame(
        [
            {"platform_code": p, "day": str(d), "rows": str(v[0] / 2), "size": "9"}
            for p, v in values.items()
            for d in (1, 2)
        ]
    )
    assert attacker.giving_columns([Table("ledger", rows)], {"orders": values}) == [
        "ledger: rows by platform_code is orders"
    ]


def test_the_attacker_takes_the_greatest_of_positions_and_not_their_sum() -> None:
    secret = {f"P{n}": [100.0 * n] for n in range(1, 7)}
    rows = pd.DataFrame([{"source": p, "record": str(v[0] - d)} for p, v in secret.items() for d in (0, 50)])
    assert attacker.giving_columns([Table("ledger", rows)], {"orders": secret}) == [
        "ledger: record by source is orders"
    ]
    doubled = pd.DataFrame(
        [{"source": p, "record": str(v[0] / 2)} for p, v in secret.items() for _ in (0, 1)]
    )
    assert attacker.giving_columns([Table("ledger", doubled)], {"orders": secret}) == []


def test_the_attacker_sees_what_is_written_again_in_each_row_of_a_unit() -> None:
    secret = {f"P{n}": [100.0 * n] for n in range(1, 7)}
    rows = pd.DataFrame([{"code": p, "units": str(v[0]), "of": d} for p, v in secret.items() for d in "abc"])
    assert attacker.giving_columns([Table("risk", rows)], {"units": secret}) == [
        "risk: units by code the greatest is units"
    ]


def tiny(home: Path) -> str:
    """The largest platform of so few enterprises that some month has fewer than five of them."""
    shops, platforms = (pd.read_parquet(home / "truth" / f"{name}.parquet") for name in ("shop", "platform"))
    enterprises = platforms["platform_code"].map(shops.groupby("platform_code")["enterprise"].nunique())
    few = platforms[enterprises.le(5)].sort_values("share", ascending=False)
    return str(few["platform_code"].iloc[0])


def once_shown(given: House) -> set[Cell]:
    """What bundles of any revision or packages of the first night show: it has left and is no secret."""
    packages = given.of("outbox").tables
    newest = max(t.path.split("/")[2] for t in packages)
    first = [t for t in packages if t.path.split("/")[2] != newest]
    return set(attacker.said([*given.of("published").tables, *first]))


def months_of(quarter: date) -> list[Span]:
    first = Span(quarter, "month")
    return [first, first.next, first.next.next]


def published(run: Callable[..., object], newest: date) -> None:
    """Every month and quarter of the last half year as one more revision, where it is due and has changed."""
    months = [(newest.year * 12 + newest.month - 1 - back) for back in range(7)]
    names = {f"{m // 12}-{m % 12 + 1:02}" for m in months} | {f"{m // 12}Q{m % 12 // 3 + 1}" for m in months}
    for name in sorted(names):
        run("publish", "--period", name, check=False)  # 2: it is not due yet, or holds nothing


@pytest.fixture(scope="module")
def simulated(tmp_path_factory) -> House:
    """A country that simulates itself and two whole nights of it, one tiny platform in the second alone:
    site, workbooks, notebooks, outboxes, and bundles of half a year in two revisions."""
    home = tmp_path_factory.mktemp("simulated")
    env = {
        **os.environ,
        "QUALITY_HOME": str(home),
        "QUALITY_ENGINE": "embedded",
        "GX_ANALYTICS_ENABLED": "False",
    }
    command = [sys.executable, "-m", "jobs.cli"]
    size, seed = os.environ.get("ATTACK_RECORDS", "60000"), os.environ.get("ATTACK_SEED", "7")
    country_of = ["--out", str(home / "inbox"), "--truth", str(home / "truth")]
    asked = [*country_of, "--records", size, "--months", "6", "--seed", seed]

    def run(*words: str, check: bool = True) -> None:
        subprocess.run([*command, *words], env=env, check=check, capture_output=True)

    first = today()
    run("simulate", *asked)
    late = tiny(home)
    folder = home / "inbox" / f"platform_{late[1:]}"
    folder.rename(home / "late")
    run("nightly", "--date", str(first))
    published(run, first)
    (home / "late").rename(folder)
    run("nightly", "--date", str(first + timedelta(1)))
    published(run, first)
    found = house(home / "lake", [home / "site", home / "outbox", home / "published"])
    return replace(found, late=late)


@pytest.mark.proof
def test_the_attacked_country_has_bundles_of_several_periods_in_two_revisions(simulated: House) -> None:
    revisions = [b.revision for b in shelf(simulated.folders[2])]
    assert revisions.count(0) >= 5 and revisions.count(1) >= 5
    last = [b for b in shelf(simulated.folders[2]) if b.revision]
    changed = {row["table"] for b in last for row in csv_rows((b.folder / "changes.csv").read_bytes())}
    assert "complaint_rates" in changed or "bulletins" in changed


@pytest.mark.proof
def test_a_month_of_a_simulated_country_is_safe_from_all_of_its_files(simulated: House) -> None:
    """Of packages and bundles of both nights together; of the pages of the newest night by themselves, which
    offices with a right to the figures read."""
    once = once_shown(simulated)
    cells = [cell for cell in around(simulated) if cell not in once]
    assert len(cells) > 100 and attacked(simulated.of("outbox", "published"), cells) == []
    assert attacked(simulated.of("site"), around(simulated)) == []


@pytest.mark.proof
def test_no_package_and_no_bundle_says_other_orders_than_the_first_to_leave(simulated: House) -> None:
    """So no difference of two of them is what came late."""
    shown = attacker.said(simulated.of("outbox", "published").tables)
    late = {cell: n for cell, n in simulated.orders.items() if cell[2:4] == ("platform", simulated.late)}
    assert not set(late) & set(shown) and any(n >= LEAST for n in late.values())
    packages, bundles = (attacker.said(simulated.of(folder).tables) for folder in ("outbox", "published"))
    both = set(packages) & set(bundles)
    assert {cell[0] for cell in both} >= {"month", "quarter"}
    exact = {cell: {round(n) for n in values} for cell, values in packages.items()}
    assert all(len(values) == 1 for values in exact.values())
    nations = {cell for cell in both if cell[2] == "nation"}
    assert nations and all({round(n) for n in bundles[cell]} == exact[cell] for cell in nations)


@pytest.mark.proof
def test_a_platform_that_came_late_is_not_the_difference_of_two_revisions(simulated: House) -> None:
    """What the nation gained between them are its orders and no other's."""
    shown = attacker.said(simulated.of("outbox", "published").tables)
    late = {cell: n for cell, n in simulated.orders.items() if cell[2:4] == ("platform", simulated.late)}
    secret = {cell[:2]: n for cell, n in late.items() if cell in set(simulated.withheld) and n >= LEAST}
    nations = {cell[:2]: values for cell, values in shown.items() if cell[2] == "nation"}
    assert set(secret) & set(nations)
    for at in set(secret) & set(nations):
        gained = max(nations[at]) - min(nations[at])
        assert not attacker.recovered(secret[at], gained, gained), (at, secret[at], gained)
    quarters = [start for kind, start in nations if kind == "quarter"]
    assert quarters
    for start in quarters:  # nor is it what a quarter has more than its months
        months = [("month", month.start) for month in months_of(start) if ("month", month.start) in nations]
        if len(months) == 3:
            assert max(nations["quarter", start]) == pytest.approx(sum(max(nations[m]) for m in months))


@pytest.mark.proof
def test_no_column_of_any_file_says_what_is_withheld(simulated: House) -> None:
    asked = secrets(simulated) | filed(simulated)
    assert asked and attacker.giving_columns(simulated.tables, asked) == []


@pytest.mark.proof
def test_a_platform_gets_its_own_counts_and_an_attacker_would_see_them(simulated: House) -> None:
    own = [t for t in attacker.tables([simulated.folders[1]], own=True) if "files_received.csv" in t.path]
    rows = pd.concat([t.rows for t in own], ignore_index=True)
    rows = rows[rows["feed"].eq("orders")]
    found = attacker.giving_columns([Table("own", rows)], filed(simulated))
    assert "own: accepted by source is lines of all time" in found


@pytest.mark.proof
def test_nor_does_the_outbox_of_any_one_recipient(simulated: House) -> None:
    asked = secrets(simulated) | filed(simulated)
    recipients = sorted(p for p in simulated.folders[1].iterdir() if p.is_dir())
    assert recipients
    for recipient in recipients:
        assert attacker.giving_columns(attacker.tables([recipient]), asked) == [], recipient


@pytest.mark.proof
def test_no_outbox_of_a_country_holds_a_foreign_row_a_person_an_early_result_or_a_coming_plan(
    simulated: House,
) -> None:
    outbox = simulated.folders[1]
    assert len(list(rows(outbox))) > 500
    assert foreign(simulated.snapshot, outbox) == []
    assert early(simulated.snapshot, outbox) == planned(simulated.snapshot, outbox) == []
    assert hidden_in_sums(simulated.snapshot, outbox) == []
    assert persons(outbox) == []
    assert unsent(simulated.snapshot, outbox) == []
    assert any(recipient.startswith("platform_") for recipient, _, _ in pages(outbox))
    personal = pd.read_parquet(outbox.parent / "truth" / "personal.parquet")
    assert len(personal) > 500 and leaks(outbox, personal) == []


@pytest.mark.proof
def test_nothing_published_of_a_country_names_a_person_a_coming_plan_or_an_open_result(
    simulated: House, tmp_path: Path
) -> None:
    public = simulated.folders[2]
    kinds = {path.suffix for path in public.rglob("*") if path.is_file()}
    assert {".html", ".json", ".csv", ".parquet", ".xlsx"} <= kinds
    assert unpublished(simulated.snapshot, public) == []
    personal = pd.read_parquet(public.parent / "truth" / "personal.parquet")
    assert len(personal) > 500 and leaks(public, personal) == []
    # What the search finds where it is put there.
    purchase = simulated.snapshot.frame("gold.sampling_purchase").iloc[0]
    bulletin = simulated.snapshot.frame("gold.bulletin")
    batch = bulletin.loc[bulletin["disclosure"].eq("pending"), "sample_id"].iloc[0]
    said = [purchase["purchase_id"], purchase["plan_id"], batch, personal["value"].iloc[0]]
    pd.DataFrame({"said": said}).to_parquet(tmp_path / "a.parquet")
    assert unpublished(simulated.snapshot, tmp_path) == sorted(f"{word}: a.parquet" for word in said[:3])
    assert leaks(tmp_path, personal) == [f"{said[3]}: a.parquet"]
