"""Feeds from anywhere, brought by YAML alone (tests/real/feeds), in one home beside a domestic country, and
with them another country whose ids are those of ours.

Every file is balanced to the row; no row of another jurisdiction is in a domestic figure; no personal value
leaves the raw store.
"""

from __future__ import annotations

import json
import shutil
from collections import defaultdict
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path
from urllib.parse import quote

import made_feeds
import pytest
from country_home import Country
from homes import DAY, Home, few_tables
from leaks import holding

from jobs.commands.sources import explain_source
from jobs.contracts.catalog import load_catalog
from jobs.environment import SCHEMAS
from jobs.exchange.sending import send
from jobs.lake.lock import writer_lock
from jobs.publish.freezing import freeze
from jobs.publish.periods import span
from jobs.reports.site import write_site
from jobs.simulate.country.country import Settings
from jobs.upkeep.doctor import problems

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::DeprecationWarning")]
FEEDS = Path(__file__).parent / "feeds"
OUTCOMES = "records unreadable rejected loaded accepted quarantined superseded repeated".split()
FILED = {
    # An undated day, No Entry and Out of Business have no outcome; one record is cut, one occurs twice.
    ("chicago", "chicago_export.csv"): (8, 1, 0, 7, 5, 1, 0, 1),
    ("chicago_results", "chicago_export.csv"): (8, 1, 0, 7, 3, 3, 0, 1),
    ("chicago_violations", "chicago_export.csv"): (8, 1, 0, 5, 3, 2, 0, 0),
    ("new_york", "new_york_export.csv"): (4, 0, 0, 4, 2, 1, 0, 1),
    ("new_york_violations", "new_york_export.csv"): (4, 0, 0, 4, 2, 2, 0, 0),
    ("san_francisco", "san_francisco_export.csv"): (3, 0, 0, 3, 2, 0, 0, 1),
    # One recall stands in two categories: the later list's counts.
    ("recalls", "cat_Toys%20%26%20Games.json"): (3, 0, 0, 3, 2, 0, 1, 0),
    ("recalls", "cat_Appliances.json"): (3, 0, 0, 3, 3, 0, 0, 0),
    ("recalls", "cat_Kitchen.json"): (2, 0, 0, 2, 2, 0, 0, 0),
    ("samples", "2026年第2期中药饮片.xlsx"): (
        4,
        0,
        0,
        4,
        3,
        1,
        0,
        0,
    ),  # the notes below are a record without a number
    ("conclusions", "2026年第2期中药饮片.xlsx"): (4, 0, 0, 4, 3, 1, 0, 0),
    ("results", "2026年第2期中药饮片.xlsx"): (4, 1, 0, 4, 4, 0, 0, 0),
    ("reviews", "reviews_1.jsonl"): (5, 0, 0, 5, 1, 1, 0, 3),
    ("reviews", "reviews_2.jsonl"): (3, 0, 0, 3, 3, 0, 0, 0),
    ("items", "shop.sqlite"): (5, 0, 1, 4, 3, 1, 0, 0),
}
RULES = {
    "chicago": ["sample.purchased_on.type"],
    "chicago_results": ["conclusion.issued_on.type", "conclusion.outcome.unmapped"],
    "chicago_violations": ["test_result.item_code.required", "test_result.tested_on.type"],
    "new_york": ["sample.purchased_on.range"],
    "new_york_violations": ["test_result.item_code.required", "test_result.tested_on.range"],
    "samples": ["sample.sample_id.required"],
    "conclusions": ["conclusion.sample_id.required"],
    "reviews": ["review.rating.range"],
    "items": ["transaction.quantity.range"],
}


@dataclass(frozen=True)
class Both:
    """``alone``: a country and a domestic list; ``home``: the same and everything from abroad."""

    alone: Home
    home: Home

    def rows(self, table: str, where: str = "true") -> tuple[set[str], set[str]]:
        """The rows of a table in either, each as text."""
        asked = f"SELECT * FROM {table} WHERE {where}"
        one, other = ({repr(row) for row in home.ask(asked)} for home in (self.alone, self.home))
        return one, other


def deliver(home: Home, *, abroad: bool) -> None:
    for path in FEEDS.glob("*.yaml"):
        shutil.copy(path, home.root / "sources")
    for name, content in made_feeds.files().items():
        if abroad or name.startswith("tcm_lists/"):
            place = home.root / "inbox" / name
            place.parent.mkdir(exist_ok=True)
            place.write_bytes(content)


def as_of_another_nation(country: Country, home: Home) -> int:
    """A whole country's files and sources as those of the US; the number of sources."""
    folders = [p for p in sorted((country.folder / "files").iterdir()) if p.is_dir()]
    yamls = {p.stem: p for p in (SCHEMAS / "sources").glob("*/*.yaml") if p.parent.name != "families"}
    for folder in (each for each in folders if each.name in yamls):
        shutil.copytree(folder, home.root / "inbox" / f"us_{folder.name}")
        own = f"source: {folder.name}\n"
        family = f"family: {yamls[folder.name].parent.name}\n"
        stated = f"source: us_{folder.name}\n{family}jurisdiction: US\ncurrency: USD\n"
        text = yamls[folder.name].read_text(encoding="utf-8")
        assert own in text
        (home.root / "sources" / f"us_{folder.name}.yaml").write_text(
            text.replace(own, stated), encoding="utf-8"
        )
    return len(folders)


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Both:
    root = tmp_path_factory.mktemp("feeds")
    ours = Country(root / "ours", Settings(records=1_500, until=DAY, months=4))
    theirs = Country(root / "theirs", Settings(records=2_000, until=DAY, months=4, seed=8))
    homes = []
    for name in ("alone", "home"):
        home = Home(root / name, None, "commerce")
        ours.arrive(home, None, DAY)
        deliver(home, abroad=name == "home")
        if homes:
            shutil.copy2(homes[0].env.key_file, home.env.key_file)
            assert as_of_another_nation(theirs, home) > 50
        landed, result = home.night(DAY)
        assert landed.bad_sources == [] and result.exit_code == 0, (result.stale, result.unbalanced)
        homes.append(home)
    return Both(*homes)


def test_every_file_is_balanced_to_the_row_by_its_disposition(both: Both):
    names = ", ".join(f"'{p.stem}'" for p in FEEDS.glob("*.yaml"))
    rows = both.home.ask(f"SELECT * FROM ops.reconciliation WHERE source IN ({names})")
    assert all(row["balanced"] and row["status"] == "landed" for row in rows)
    found = {(r["feed"], r["file"]): tuple(r[name] for name in OUTCOMES) for r in rows}
    drops = [found.pop(("listings", name)) for name in made_feeds.DROPS]
    assert found == FILED
    assert [sum(column) for column in zip(*drops, strict=True)] == [18, 0, 0, 18, 9, 0, 2, 7]
    assert both.home.ask("SELECT source, file FROM ops.reconciliation WHERE NOT balanced") == []


def test_each_quarantined_row_names_its_rule_in_both_languages(both: Both):
    rows = both.home.ask(
        "SELECT * FROM silver.quarantine WHERE source NOT LIKE 'us\\_%' ESCAPE '\\' OR "
        "source = 'us_city_inspections'"
    )
    mine = [row for row in rows if (FEEDS / f"{row['source']}.yaml").is_file()]
    assert {f: sorted({i for r in mine if r["feed"] == f for i in r["rule_ids"]}) for f in RULES} == RULES
    assert all(len(r["reasons_zh"]) == len(r["reasons_en"]) == len(r["rule_ids"]) for r in mine)


def test_what_a_night_accepts_is_what_source_check_said_it_would(both: Both, capsys):
    for yaml in sorted(FEEDS.glob("*.yaml")):
        sample = both.home.root / "inbox" / yaml.stem
        assert explain_source(both.home.env, yaml, sample, as_json=True) == 0
        said = {each["feed"]: each for each in json.loads(capsys.readouterr().out) if "dispositions" in each}
        rows = both.home.ask(
            "SELECT feed, sum(accepted) AS accepted, sum(quarantined) AS quarantined, "
            "sum(superseded) AS superseded, sum(repeated) AS repeated FROM ops.reconciliation "
            f"WHERE source = '{yaml.stem}' GROUP BY feed"
        )
        assert said.keys() == {row["feed"] for row in rows}
        for row in rows:
            trial = said[row.pop("feed")]
            assert {name: trial["dispositions"].get(name, 0) for name in row} == row, (
                yaml.stem,
                trial["feed"],
            )
            assert sum(n for *_, n in trial["quarantined_for"]) >= row["quarantined"]


def test_each_row_has_the_jurisdiction_and_the_money_of_its_source(both: Both):
    asked = "SELECT DISTINCT _source AS source, _jurisdiction AS nation, _currency AS money FROM silver.{}"
    found = {
        row["source"]: (row["nation"], row["money"])
        for table in ("sample", "recall", "listing", "review", "transaction")
        for row in both.home.ask(asked.format(table))
        if (FEEDS / f"{row['source']}.yaml").is_file()
    }
    assert found == {
        "us_city_inspections": ("US", "USD"),
        "us_recalls_by_category": ("US", None),
        "gb_shop_list": ("GB", "GBP"),
        "tcm_lists": ("CN", "CNY"),
        "reviews_without_ids": ("SG", None),
        "br_shop_database": ("BR", "BRL"),
    }


def test_every_domestic_row_of_silver_is_the_same_with_and_without_the_world(both: Both):
    conformed = [c.id for c in load_catalog().contracts.values() if c.tier == "silver" and c.conformed]
    differ = [
        table for table in conformed if len(set(map(frozenset, both.rows(table, "_jurisdiction = 'CN'")))) > 1
    ]
    assert differ == []
    foreign = sum(
        both.home.ask(f"SELECT count(*) AS n FROM {t} WHERE _jurisdiction <> 'CN'")[0]["n"] for t in conformed
    )
    assert foreign > 1_000, "what is compared has rows of other nations"


def test_no_gold_table_differs_but_for_the_rate_of_the_other_nations_themselves(both: Both):
    one, other = both.alone.hashes(), both.home.hashes()
    assert {t for t in one if t.startswith("gold.") and one[t] != other[t]} == {"gold.detection_rate"}
    ours, whole = both.rows("gold.detection_rate")
    assert ours <= whole
    asked = (
        "SELECT DISTINCT dimension_type, dimension_code FROM gold.detection_rate "
        "WHERE dimension_type = 'nation' AND dimension_code <> 'CN'"
    )
    assert both.home.ask(asked) == [{"dimension_type": "nation", "dimension_code": "US"}]
    counted = both.home.ask("SELECT count(*) AS n FROM gold.detection_rate WHERE dimension_code = 'US'")[0][
        "n"
    ]
    assert len(whole) == len(ours) + counted


def test_the_lake_is_whole_to_its_last_page(both: Both):
    assert problems(both.home.env.lake, deep=True) == []


def trees(both: Both, folder: str, *endings: str) -> list[dict[str, bytes]]:
    """The files below a folder of either home whose names end so, by their place in it."""
    return [
        {
            path.relative_to(home.root).as_posix(): path.read_bytes()
            for path in (home.root / folder).rglob("*")
            if path.is_file() and path.name.endswith(endings)
        }
        for home in (both.alone, both.home)
    ]


def differing(one: dict[str, bytes], other: dict[str, bytes]) -> list[str]:
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))


def test_outboxes_hold_what_they_would_without_the_world(both: Both):
    for home in (both.alone, both.home):
        with writer_lock(home.env.lake, wait_seconds=5):
            send(home.env.lake, home.root / "outbox")
    one, other = trees(both, "outbox", ".csv", ".jsonl")
    assert len(one) > 20 and differing(one, other) == []


def test_published_bundles_are_byte_for_byte_those_without_the_world(both: Both):
    for home in (both.alone, both.home):
        with writer_lock(home.env.lake, wait_seconds=5):
            freeze(home.env.lake, home.root / "published", span("2026Q1"), day=None, say=lambda line: None)
    one, other = trees(both, "published", "")
    assert len(one) > 20 and differing(one, other) == []


def test_the_providers_page_says_what_came_and_no_planted_value_left_the_raw_store(both: Both):
    write_site(both.home.env)
    page = (both.home.root / "site" / "sources" / "us_city_inspections.html").read_text(encoding="utf-8")
    assert "13/45/2026" in page and "No Entry" in page and "United States" in page
    assert holding(both.home.root, made_feeds.PLANTED) == []
    raw = [p.read_bytes() for p in (both.home.env.landing / "raw").rglob("*") if p.is_file()]
    assert any(made_feeds.MOBILES[0].encode() in content for content in raw), "the search finds what is there"


ORDERS = [*permutations(made_feeds.DROPS), ("all",)]


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: "".join(n[5:6] or n for n in order))
def test_three_overlapping_drops_count_the_same_in_any_order(tmp_path: Path, order: tuple[str, ...]):
    source = (FEEDS / "gb_shop_list.yaml").read_text(encoding="utf-8")
    home = Home(
        tmp_path / "home", source, "gb_shop_list", tables=few_tables("silver.listing", "silver.quarantine")
    )
    for names in [[*made_feeds.DROPS]] if order == ("all",) else [[name] for name in order]:
        for name in names:
            home.put(name, made_feeds.DROPS[name].encode())
        home.night(DAY, select="+silver.listing")
    rows = home.ask("SELECT * FROM ops.reconciliation WHERE source = 'gb_shop_list'", latest=True)
    assert all(row["balanced"] for row in rows)
    found = home.ask(
        "SELECT listing_id, title, price::VARCHAR AS price FROM silver.listing ORDER BY 1", latest=True
    )
    assert [(r["listing_id"], r["price"]) for r in found] == [
        (f"GB/{n}", "2.99" if n == 2 else f"{n}.50") for n in range(1, 10)
    ]
    assert [r["title"] for r in found if r["listing_id"] in ("GB/6", "GB/9")] == [
        "Thing six",
        "Ring 〔电话〕",
    ]
    # The whole list once more under its first name, without a row and later: that row is gone.
    fewer = made_feeds.DROPS["drop_c.csv"].encode()
    home.put("drop_a.csv", fewer, mtime=1_900_000_000)
    home.night(DAY, select="+silver.listing")
    assert home.ask("SELECT count(*) AS n FROM silver.listing", latest=True) == [{"n": 8}]


def test_real_recalls_take_their_category_from_the_name_of_their_file(shared: Path, tmp_path: Path):
    """The 50 saved recalls of CPSC, in a file for each kind of product with its name percent-encoded."""
    name = "us_recalls_by_category"
    said = json.loads((shared / "data" / "us_recalls_2013" / "cpsc_recalls.json").read_text(encoding="utf-8"))
    kinds = defaultdict(list)
    for recall in said["success"]["results"]:
        kinds[(recall["product_types"] or ["?"])[0]].append(recall)
    assert len(kinds) > 20 and any("/" in kind for kind in kinds)
    source = (FEEDS / f"{name}.yaml").read_text(encoding="utf-8")
    home = Home(tmp_path / "home", source, name, tables=few_tables("silver.recall", "silver.quarantine"))
    for kind, rows in kinds.items():
        home.put(f"cat_{quote(kind, safe='')}.json", json.dumps({"success": {"results": rows}}).encode())
    landed, result = home.night(DAY)
    assert (landed.refused, result.exit_code) == ([], 0)
    rows = home.ask(f"SELECT records, accepted, balanced FROM ops.reconciliation WHERE source = '{name}'")
    assert len(rows) == len(kinds) and all(r["balanced"] and r["records"] == r["accepted"] for r in rows)
    found = {r["recall_id"]: r["category_code"] for r in home.ask("SELECT * FROM silver.recall")}
    assert found == {row["recall_number"]: kind for kind, each in kinds.items() for row in each}
