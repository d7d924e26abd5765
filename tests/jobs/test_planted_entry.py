"""An entry on a list of dishonesty planted in the inbox: with the next run it is in the outbox of every
platform with a shop of the operator and in no other, after the repair it is gone everywhere; by the hour
too."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from homes import DAY, Home, few_tables

from jobs.commands.work import export_files, export_urgent
from jobs.exchange.log import LOG
from jobs.lake.lock import writer_lock
from jobs.lake.tables import Lake
from jobs.night.runner import run

pytestmark = pytest.mark.slow  # test_outbox_restrictions holds the same of made tables

LISTED, OTHER = "91440115Y37037162X", "91130930Y123458126"
SOURCE = """
source: town
family: regulator
publisher: {name_zh: 镇, name_en: Town}
timezone: Asia/Shanghai
cadence: irregular
feeds:
  platforms:
    target: platform
    files: "platforms*.csv"
    format: csv
    key: [platform_code]
    columns: {platform_code: {from: code}, name_zh: {from: name}}
  shops:
    target: shop
    files: "shops*.csv"
    format: csv
    key: [shop_id]
    columns:
      shop_id: {from: shop}
      platform_code: {from: platform}
      name: {from: name}
      operator_name: {from: operator}
      operator_uscc: {from: uscc}
      operator_type: {const: company}
      licence_verified: {const: true}
      region_code: {const: "330106"}
      opened_on: {from: opened, date: ["yyyy-MM-dd"]}
  entries:
    target: dishonesty_entry
    files: "entries*.csv"
    format: csv
    key: [entry_id]
    version: stand
    columns:
      entry_id: {from: entry}
      listed_on: {from: listed, date: ["yyyy-MM-dd"]}
      operator_uscc: {from: uscc}
      operator_type: {const: company}
      list: {const: serious_violation}
      legal_basis: {const: 第九条}
      region_code: {const: "330106"}
      repaired_on: {from: repaired, date: ["yyyy-MM-dd"]}
      removed_on: {from: repaired, date: ["yyyy-MM-dd"]}
      stand: {from: stand, date: ["yyyy-MM-dd"]}
"""
TABLES = ("gold.joint_restriction", "gold.restriction_review", "gold.urgent_item")
# P3 and P4 hold no shop of the listed operator; S4 bears its name alone, and no code.
SHOPS = (
    "shop,platform,name,operator,uscc,opened\n"
    f"S1,P1,甲店,永鑫贸易有限公司,{LISTED},2024-01-02\n"
    f"S2,P2,乙店,永鑫贸易有限公司,{LISTED},2024-01-02\n"
    f"S3,P3,丙店,其他贸易有限公司,{OTHER},2024-01-02\n"
    "S4,P4,丁店,永鑫贸易有限公司,,2024-01-02\n"
)
ENTRY = "entry,listed,uscc,repaired,stand\nD1,2026-06-29,{},{},{}\n"
NAME, IDENTITY = "欧阳若兰", "110101199003078515"
PLATFORMS = {"platform_P1", "platform_P2"}


class Town(Home):
    source, shops = SOURCE, SHOPS

    def __init__(self, root: Path):
        super().__init__(root, self.source, tables=few_tables(*TABLES))
        self.put("platforms.csv", "code,name\nP1,甲\nP2,乙\nP3,丙\nP4,丁\n", encoding="utf-8")
        self.put("shops.csv", self.shops, encoding="utf-8")
        self.through(DAY)

    def through(self, day: date) -> None:
        self.night(day)
        export_files(self.env, day=day, recipient=None, say=lambda _: None)

    def hour(self, day: date) -> None:
        self.land(day)
        with writer_lock(self.env.lake, wait_seconds=5) as lock:
            run(self.env, lock, day=day, select="tag:urgent", catalog=self.tables)
        export_urgent(self.env, day=day, leave_if_busy=True, wait=5, say=lambda _: None)

    def land(self, day: date) -> None:
        from jobs.ingest.landing import land

        with writer_lock(self.env.lake, wait_seconds=5):
            land(self.env, date=day)

    def entry(self, name: str, repaired: str = "") -> None:
        stand = repaired or "2026-06-29"
        self.put(name, ENTRY.format(LISTED, repaired, stand), encoding="utf-8")

    def naming(self, word: str, folder: str, day: date) -> set[str]:
        """Recipients of whose files in ``folder`` (a pattern below the day) a row holds ``word``."""
        paths = (self.root / "outbox").glob(f"*/{day}{folder}/*.jsonl")
        return {p.parents[1].name for p in paths if word in p.read_text(encoding="utf-8")}

    def rows(self, recipient: str, day: date | str, kind: str) -> list[dict[str, Any]]:
        path = self.root / "outbox" / recipient / str(day) / f"{kind}.jsonl"
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]

    def restricted(self, platform: str, day: date, kind: str = "restricted_operators") -> list[str]:
        return [row["shop_id"] for row in self.rows(platform, day, kind)]


@pytest.fixture(scope="module")
def town(tmp_path_factory) -> Town:
    """The night before, the night with the entry, the night with its repair."""
    home = Town(tmp_path_factory.mktemp("town"))
    home.entry("entries_1.csv")
    home.through(DAY + timedelta(days=1))
    home.entry("entries_2.csv", "2026-07-02")
    home.through(DAY + timedelta(days=2))
    return home


def test_the_next_run_has_it_in_the_outbox_of_every_platform_with_a_shop_and_of_no_other(town: Town) -> None:
    day = DAY + timedelta(days=1)
    held = town.naming("LC-SX-D1", "", day)
    assert {r for r in held if r.startswith("platform_")} == PLATFORMS
    assert town.restricted("platform_P1", day) == ["S1"]
    assert town.restricted("platform_P2", day) == ["S2"]
    assert town.naming(LISTED, "", day) == PLATFORMS | {"commerce", "planning"}
    # The name alone restricts nothing: S4 is in no file of its platform.
    assert not (town.root / "outbox" / "platform_P4").exists()


def test_after_the_repair_it_is_gone_everywhere_and_the_trail_stays(town: Town) -> None:
    day = DAY + timedelta(days=2)
    for platform, shop in (("platform_P1", "S1"), ("platform_P2", "S2")):
        assert town.restricted(platform, day) == []
        assert town.restricted(platform, day, "lifted_restrictions") == [shop]
        path = town.root / "outbox" / platform / str(day) / "restricted_operators_withdrawn.jsonl"
        assert json.loads(path.read_text(encoding="utf-8")) == {"notice_id": f"LC-SX-D1-{shop}"}
    planning = town.root / "outbox" / "planning" / str(day)
    assert (planning / "dishonesty_entries.jsonl").read_text() == ""
    (repair,) = [json.loads(x) for x in (planning / "credit_repairs.jsonl").read_text().splitlines()]
    assert (repair["operator_uscc"], repair["repaired_on"]) == (LISTED, "2026-07-02")
    (trail,) = town.ask(
        "SELECT count(*) AS n, max(state) AS state, max(ended_on) AS ended FROM gold.joint_restriction"
    )
    assert (trail["n"], trail["state"], trail["ended"]) == (2, "repaired", date(2026, 7, 2))


def test_every_file_that_left_stands_in_the_log_and_nothing_else_does(town: Town) -> None:
    log = Lake(town.env.lake).frame(LOG)
    logged = set(zip(log["recipient"], log["file"], log["sha256"], strict=True))
    lying = set()
    for manifest in (town.root / "outbox").glob("*/*/manifest.json"):
        said = json.loads(manifest.read_text(encoding="utf-8"))
        left = [*said["files"], *said.get("pages", ())]
        assert {f["name"] for f in left} == {p.name for p in manifest.parent.iterdir()} - {"manifest.json"}
        lying |= {(said["recipient"], f["name"], f["sha256"]) for f in left}
    assert lying and lying == logged


def test_where_no_shop_was_ever_filed_the_table_of_shops_is_built_without_rows(tmp_path: Path) -> None:
    home = Home(tmp_path, SOURCE, tables=few_tables("silver.shop"))
    home.put("platforms.csv", "code,name\nP1,甲\n", encoding="utf-8")
    home.night(DAY)
    assert home.ask("SELECT count(*) AS n FROM silver.shop") == [{"n": 0}]


class Traders(Town):
    """S1 is a natural person's, S2 a company's; both are listed. The file of shops first names the person's
    neighbour S3 as the company's, lands, as it does each hour, and is put right before the night."""

    source = (
        SOURCE.replace("{const: company}\n      licence_verified:", "{from: kind}\n      licence_verified:")
        .replace("licence_verified:", "operator_ref: {from: identity}\n      licence_verified:")
        .replace("operator_type: {const: company}\n      list:", "person_ref: {from: identity}\n      list:")
    )
    head = "shop,platform,name,operator,uscc,kind,identity,opened\n"
    person = f"S1,P1,甲店,{NAME},,natural_person,{IDENTITY},2024-01-02\n"
    company = f"S2,P2,乙店,永鑫贸易有限公司,{LISTED},company,,2024-01-02\n"
    mistaken = f"S3,P3,丙店,永鑫贸易有限公司,{LISTED},company,,2024-01-02\n"
    right = f"S3,P3,丙店,其他贸易有限公司,{OTHER},company,,2024-01-02\n"
    moved = f"S1,P1,甲店,其他贸易有限公司,{OTHER},company,,2024-01-02\n"

    shops = head + person + company + mistaken

    def through(self, day: date) -> None:
        if day == DAY:
            self.land(day)
            self.put("shops.csv", self.head + self.person + self.company + self.right, encoding="utf-8")
            entries = f"entry,listed,uscc,identity,repaired,stand\nD1,2026-06-29,,{IDENTITY},,2026-06-29\n"
            entries += f"D2,2026-06-29,{LISTED},,,2026-06-29\n"
            self.put("entries_1.csv", entries, encoding="utf-8")
        super().through(day)


def test_a_shop_that_leaves_a_listed_operator_keeps_the_trail_and_so_does_one_put_right_within_the_day(
    tmp_path: Path,
) -> None:
    """Joint restriction follows the operator: of the person's shop, which went to a company, the restriction
    is lifted and the row stays; of S3, which a run of the hour may have restricted, too. Of the person
    nothing that is made of name or identity leaves the house."""
    home, day = Traders(tmp_path), DAY + timedelta(days=1)
    assert home.restricted("platform_P1", DAY) == ["S1"]
    assert home.restricted("platform_P2", DAY) == ["S2"]
    assert home.restricted("platform_P3", DAY, "lifted_restrictions") == ["S3"]
    assert not (home.root / "outbox" / "platform_P3" / str(DAY) / "restricted_operators.jsonl").exists()
    home.put("shops_2.csv", home.head + home.moved, encoding="utf-8")
    home.through(day)
    trail = home.ask(
        "SELECT basis_id, shop_id, state, link_basis, ended_on, operator_id FROM gold.joint_restriction "
        "ORDER BY basis_id, shop_id"
    )
    assert [tuple(row.values())[:-1] for row in trail] == [
        ("D1", "S1", "withdrawn", "operator_ref", day),
        ("D2", "S2", "in_effect", "identity_filing", None),
        ("D2", "S3", "withdrawn", "identity_filing", DAY),
    ]
    assert home.restricted("platform_P1", day) == []
    assert home.restricted("platform_P1", day, "lifted_restrictions") == ["S1"]
    person = trail[0]["operator_id"]
    assert person.startswith("N-")
    for secret in (NAME, IDENTITY, person):
        assert [p for p in (home.root / "outbox").rglob("*.*") if secret.encode() in p.read_bytes()] == []


@pytest.mark.slow
def test_by_the_hour_the_listing_and_its_end_reach_the_same_platforms(tmp_path: Path) -> None:
    home = Town(tmp_path)
    home.entry("entries_1.csv")
    home.hour(DAY)
    given = {r for r in home.naming(LISTED, "-urgent-0001", DAY) if r.startswith("platform_")}
    assert given == PLATFORMS
    home.entry("entries_2.csv", f"{DAY}")
    home.hour(DAY)
    ended = {r for r in home.naming(LISTED, "-urgent-0002", DAY) if r.startswith("platform_")}
    assert ended == PLATFORMS
    home.through(DAY)
    assert home.restricted("platform_P1", DAY, "lifted_restrictions") == ["S1"]
