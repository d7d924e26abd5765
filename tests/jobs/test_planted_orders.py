"""Entries on lists of dishonesty as they come in practice: the repair before the listing, an operator listed
twice, a last day, a link that an official corrects; each night every platform has what holds and no more."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from homes import DAY
from test_planted_entry import LISTED, OTHER, SOURCE, Town

pytestmark = pytest.mark.slow  # test_outbox_restrictions holds the same of made tables

FEEDS = (
    SOURCE.replace(
        "      legal_basis: {const: 第九条}\n",
        "      legal_basis: {const: 第九条}\n      authority: {from: authority}\n"
        '      expires_on: {from: expires, date: ["yyyy-MM-dd"]}\n',
    ).replace("      opened_on:", '      closed_on: {from: closed, date: ["yyyy-MM-dd"]}\n      opened_on:')
    + """
  decisions:
    target: link_decision
    files: "decisions*.csv"
    format: csv
    key: [decision_id]
    columns:
      decision_id: {from: decision}
      shop_id: {from: shop}
      uscc: {from: uscc}
      same: {from: same}
      decided_on: {from: decided, date: ["yyyy-MM-dd"]}
"""
)
# Of the listed operator a shop on each of three platforms, one of them closed; P4 has a shop of another.
SHOPS = (
    "shop,platform,name,operator,uscc,opened,closed\n"
    f"S1,P1,甲店,永鑫贸易有限公司,{LISTED},2024-01-02,\n"
    f"S2,P2,乙店,永鑫贸易有限公司,{LISTED},2024-01-02,\n"
    f"S3,P3,丙店,永鑫贸易有限公司,{LISTED},2024-01-02,2026-05-01\n"
    f"S4,P4,丁店,其他贸易有限公司,{OTHER},2024-01-02,\n"
)
ENTRIES = "entry,listed,uscc,authority,expires,repaired,stand\n"
THREE = {"platform_P1", "platform_P2", "platform_P3"}


def nth(number: int) -> date:
    return DAY + timedelta(days=number)


class Courts(Town):
    source, shops = FEEDS, SHOPS

    def entries(self, name: str, *rows: tuple[str, str, str, str, str]) -> None:
        """Rows of entry, authority, last day, day of repair, day of the record's state."""
        lines = [f"{e},2026-06-29,{LISTED},{who},{last},{rep},{at}\n" for e, who, last, rep, at in rows]
        self.put(name, ENTRIES + "".join(lines), encoding="utf-8")

    def held(self, day: date, kind: str = "restricted_operators") -> dict[str, list[str]]:
        """Grounds by platform of that night's files; a platform whose rows are those of before has none."""
        paths = (self.root / "outbox").glob(f"platform_*/{day}/{kind}.jsonl")
        names = sorted(p.parents[1].name for p in paths)
        return {name: [r["basis_id"] for r in self.rows(name, day, kind)] for name in names}


@pytest.fixture(scope="module")
def courts(tmp_path_factory) -> Courts:
    """Four nights.

    1: D1 of one authority, its repair already filed, and D2 of another, ending on the day of night 3.
    2: the older record of D1 comes late, and an official says that S2 is not the operator's.
    3: D2's last day. 4: the day after.
    """
    home = Courts(tmp_path_factory.mktemp("courts"))
    repaired, last = str(nth(1)), str(nth(3))
    home.entries(
        "entries_1.csv", ("D1", "甲局", "", repaired, repaired), ("D2", "乙院", last, "", "2026-06-29")
    )
    home.through(nth(1))
    home.entries("entries_2.csv", ("D1", "甲局", "", "", "2026-06-29"))
    decision = f"decision,shop,uscc,same,decided\nR1,S2,{LISTED},false,{nth(2)}\n"
    home.put("decisions_1.csv", decision, encoding="utf-8")
    for number in (2, 3, 4):
        home.through(nth(number))
    return home


def test_two_authorities_are_two_grounds_on_every_platform_a_closed_shops_too(courts: Courts) -> None:
    assert courts.held(nth(1)) == {platform: ["D2"] for platform in THREE}
    lifted = courts.rows("platform_P1", nth(1), "lifted_restrictions")
    assert [(r["basis_id"], r["state"], r["still_restricted"]) for r in lifted] == [("D1", "repaired", True)]


def test_a_listing_that_comes_after_its_repair_restricts_no_shop_again(courts: Courts) -> None:
    assert [ground for grounds in courts.held(nth(2)).values() for ground in grounds] == []
    (row,) = courts.ask(
        "SELECT DISTINCT state, ended_on FROM gold.joint_restriction WHERE basis_id = 'D1' AND shop_id = 'S1'"
    )
    assert row == {"state": "repaired", "ended_on": nth(1)}


def test_a_corrected_link_lifts_it_on_that_platform_alone_and_the_row_stays(courts: Courts) -> None:
    assert courts.held(nth(2)) == {"platform_P2": []}  # the others have what they had
    lifted = courts.rows("platform_P2", nth(2), "lifted_restrictions")
    assert {(r["basis_id"], r["state"]) for r in lifted} == {("D1", "repaired"), ("D2", "withdrawn")}


def test_the_last_day_still_counts_and_on_the_next_it_is_gone_everywhere(courts: Courts) -> None:
    assert courts.held(nth(3)) == {}
    assert courts.held(nth(4)) == {"platform_P1": [], "platform_P3": []}
    lifted = courts.rows("platform_P3", nth(4), "lifted_restrictions")
    assert {(r["basis_id"], r["ended_on"]) for r in lifted} == {("D1", str(nth(1))), ("D2", str(nth(4)))}
    assert courts.naming(LISTED, "", nth(4)) == {"commerce", "planning"}  # as ended, and as a repair


class TwoShops(Courts):
    """P1 has two shops of the listed operator, and S6, which names it without a code."""

    shops = SHOPS + (
        f"S5,P1,戊店,永鑫贸易有限公司,{LISTED},2024-01-02,\nS6,P1,己店,永鑫贸易有限公司,,2024-01-02,\n"
    )

    def decide(self, number: int, shop: str, same: str) -> None:
        decision = f"decision,shop,uscc,same,decided\nR{number},{shop},{LISTED},{same},{DAY}\n"
        self.put(f"decisions_{number}.csv", decision, encoding="utf-8")

    def learned(self, number: int) -> list[tuple[str, str, str]]:
        """Platform, kind and shop of each item of the urgent packages of that number."""
        folders = (self.root / "outbox").glob(f"platform_*/{DAY}-urgent-{number:04d}")
        rows = [
            (f.parent.name, row) for f in folders for row in self.rows(f.parent.name, f.name, "urgent_items")
        ]
        return sorted((platform, row["kind"], row["shop_id"]) for platform, row in rows)


@pytest.mark.slow
def test_by_the_hour_a_platform_learns_of_each_shop_whose_link_an_official_denies_or_confirms(
    tmp_path: Path,
) -> None:
    """Also where it has another shop of the operator, which stays restricted."""
    home = TwoShops(tmp_path)
    home.entries("entries_1.csv", ("D2", "乙院", "", "", "2026-06-29"))
    home.hour(DAY)
    listed, lifted = "restriction_listed", "restriction_lifted"
    assert home.learned(1) == [
        ("platform_P1", listed, "S1"),
        ("platform_P1", listed, "S5"),
        ("platform_P2", listed, "S2"),
        ("platform_P3", listed, "S3"),
    ]
    home.decide(1, "S5", "false")
    home.decide(2, "S2", "false")
    home.hour(DAY)
    assert home.learned(2) == [("platform_P1", lifted, "S5"), ("platform_P2", lifted, "S2")]
    home.decide(3, "S6", "true")
    home.hour(DAY)
    assert home.learned(3) == [("platform_P1", listed, "S6")]
