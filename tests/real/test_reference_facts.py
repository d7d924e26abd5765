"""The reference files that the project carries say what the facts say."""

from __future__ import annotations

import csv
import re
from datetime import date, timedelta
from pathlib import Path

import pytest

from jobs.environment import SCHEMAS

REFERENCE = SCHEMAS / "reference"


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


# Categories that the facts name otherwise than the law does (Food Safety Law, GB 7718): 包装食品, 农产品.
NAMED_BY_LAW = {"FD01": "预包装食品", "FD04": "食用农产品"}


def test_categories_are_those_of_the_facts_by_the_names_of_the_law(shared: Path) -> None:
    facts = rows(shared / "facts" / "product_category.csv")
    assert rows(REFERENCE / "product_category.csv") == [
        row | {"name_zh": NAMED_BY_LAW.get(row["category_code"], row["name_zh"])} for row in facts
    ]


@pytest.mark.parametrize(
    ("carried", "fact"),
    [
        ("industrial_cluster.csv", "industrial_cluster.csv"),
        ("risk_matrix.csv", "risk_matrix.csv"),
        ("risk_units_in_use.csv", "risk_units_in_use.csv"),
    ],
)
def test_a_file_carried_as_it_is_equals_its_fact(shared: Path, carried: str, fact: str) -> None:
    assert rows(REFERENCE / carried) == rows(shared / "facts" / fact)


# Rules of the facts that SAMR order 121 replaced on 2026-04-15, or whose basis is another article than the
# facts cite; their times until then are those of the facts.
MENDED = {
    *("complaint_decision complaint_mediation mediation_result_told named_reporter_reply").split(),
    *("report_verification reinspection_request").split(),
}
# Rules that the facts do not have: of order 121, and of the decision of a case, which was read elsewhere.
ADDED = {"complaint_decision_2026", "complaint_mediation_2026", "mediation_result_told_2026", "case_decision"}


def test_statutory_times_are_those_of_the_facts_with_subjects_in_plain_words(shared: Path) -> None:
    """A subject is this project's English for what the time is for; all that counts is carried as it is."""
    carried = {row["rule_id"]: row for row in rows(REFERENCE / "statutory_timer.csv")}
    facts = {row["rule_id"]: row for row in rows(shared / "facts" / "statutory_timers.csv")}
    assert set(carried) == set(facts) | ADDED
    for rule, fact in facts.items():
        basis = ("valid_to", "status", "citation", "note") if rule in MENDED else ()
        own = {"subject", *basis}
        assert [v for k, v in carried[rule].items() if k not in own] == [
            v for k, v in fact.items() if k not in own
        ], rule


def test_every_current_region_is_carried_with_its_parent_and_tile(shared: Path) -> None:
    carried = {row["region_code"]: row for row in rows(REFERENCE / "region.csv")}
    provinces = {row["region_code"]: row for row in rows(shared / "facts" / "provinces.csv")}
    facts = rows(shared / "facts" / "regions.csv")
    for fact in facts:
        row = carried[fact["region_code"]]
        assert (row["level"], row["parent_code"], row["valid_to"]) == (fact["level"], fact["parent_code"], "")
        assert row["name_zh"].endswith(fact["name_zh"])
        province = provinces.get(
            fact["region_code"], dict.fromkeys(("short_name_zh", "tile_row", "tile_col"), "")
        )
        province = {"name_en": row["name_en"]} | province  # below provinces romanised by this project
        for name in ("short_name_zh", "name_en", "tile_row", "tile_col"):
            assert row[name] == province[name], (fact["region_code"], name)
    assert {code for code, row in carried.items() if not row["valid_to"]} == {
        fact["region_code"] for fact in facts
    }


def test_a_division_without_a_name_of_its_own_carries_its_province_s(shared: Path) -> None:
    names = {row["region_code"]: row["name_zh"] for row in rows(shared / "facts" / "regions.csv")}
    for row in rows(REFERENCE / "region.csv"):
        fact = names.get(row["region_code"])
        nameless = (
            row["level"] == "prefecture"
            and fact is not None
            and (fact in ("市辖区", "县") or fact.endswith("直辖县级行政区划"))
        )
        if fact is not None:
            full = (names[row["parent_code"]] if nameless else "") + fact
            assert row["name_zh"] == re.sub(r"(省|自治区)\1", r"\1", full)  # 河南省省直辖 says 省 twice


def test_a_retired_code_ends_the_day_before_its_change(shared: Path) -> None:
    current = {row["region_code"] for row in rows(shared / "facts" / "regions.csv")}
    changes = rows(shared / "facts" / "region_changes.csv")
    ends = {
        c["old_code"]: (
            c["old_name"],
            (date.fromisoformat(c["effective_on"]) - timedelta(days=1)).isoformat(),
        )
        for c in changes
        if c["old_code"] not in current
    }
    carried = {
        row["region_code"]: (row["name_zh"], row["valid_to"])
        for row in rows(REFERENCE / "region.csv")
        if row["valid_to"]
    }
    assert carried == ends


def test_a_retired_code_names_all_that_took_its_place_and_a_current_one_nothing(shared: Path) -> None:
    current = {row["region_code"] for row in rows(shared / "facts" / "regions.csv")}
    heirs: dict[str, set[str]] = {}
    for change in rows(shared / "facts" / "region_changes.csv"):
        if change["old_code"] not in current:
            heirs.setdefault(change["old_code"], set()).add(change["new_code"])
    carried = {
        r["region_code"]: set(r["succeeded_by"].split(";"))
        for r in rows(REFERENCE / "region.csv")
        if r["succeeded_by"]
    }
    assert carried == heirs
    assert len(heirs["330104"]) == 2 and len(heirs["330103"]) == 1  # split, merged


def test_a_code_that_a_change_brought_in_begins_with_it(shared: Path) -> None:
    changes = rows(shared / "facts" / "region_changes.csv")
    began = {c["new_code"]: c["effective_on"] for c in changes if c["kind"] in ("recoded", "province_made")}
    # These three are successors of a merger or a split that no earlier list of codes holds
    # (schemas/reference/README.md).
    began |= {
        c["new_code"]: c["effective_on"] for c in changes if c["new_code"] in ("120116", "330113", "330114")
    }
    carried = {row["region_code"]: row["valid_from"] for row in rows(REFERENCE / "region.csv")}
    assert {code: day for code, day in carried.items() if day != "1949-10-01"} == began
