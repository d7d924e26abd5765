"""Real feed: division codes (GB/T 2260) at ten dates → silver.region, beside the project's own list."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from real_feeds import balanced, count, files_of

from jobs.environment import SCHEMAS

TABLE = "silver.region"


@pytest.fixture(scope="module")
def files(shared: Path) -> list[Path]:
    return files_of(shared, "gb2260_history")


def carried() -> dict[str, dict[str, str]]:
    with (SCHEMAS / "reference" / "region.csv").open(encoding="utf-8", newline="") as file:
        return {row["region_code"]: row for row in csv.DictReader(file)}


def test_every_code_of_every_list_is_there_once(home, files):
    listed = {
        line.split("\t")[2] for file in files for line in file.read_text(encoding="utf-8").splitlines()[1:]
    }
    assert count(home, TABLE) == len(listed | set(carried()))
    assert len(listed) == 6_333 and balanced(home, "gb2260_history")


def test_the_codes_that_the_project_carries_stay_as_they_are(home):
    columns = "region_code, name_zh, level, parent_code, valid_from, valid_to"
    rows = home.ask(f"SELECT {columns} FROM {TABLE} WHERE _source = 'reference'")
    own = carried()
    assert len(rows) == len(own)
    for row in rows:
        said = {name: value or None for name, value in own[row["region_code"]].items() if name in row}
        assert {k: str(v) if v is not None else None for k, v in row.items()} == said


@pytest.mark.parametrize(
    ("code", "name", "level", "parent", "valid_to"),
    [
        (
            "341421",
            "庐江县",
            "county",
            "341400",
            "2015-11-30",
        ),  # in the list of 2010, not in that of 2015: Chaohu was dissolved in between
        ("110221", "昌平县", "county", "110000", "2002-11-30"),  # no prefecture: it lies in the city
        (
            "222121",
            "榆树县",
            "county",
            "220000",
            "1997-11-30",
        ),  # its prefecture is in no list: in the province
    ],
)
def test_a_retired_code_keeps_its_place_and_ends_before_the_first_list_without_it(
    home, code, name, level, parent, valid_to
):
    assert home.ask(
        f"SELECT name_zh, level, parent_code, valid_to::VARCHAR AS valid_to FROM {TABLE} WHERE "
        f"region_code = '{code}'"
    ) == [{"name_zh": name, "level": level, "parent_code": parent, "valid_to": valid_to}]


def test_what_the_newest_list_of_the_ministry_holds_has_no_end(home, files):
    newest = max(f for f in files if f.name.startswith("mca_")).read_text(encoding="utf-8").splitlines()[1:]
    codes = ", ".join(f"'{line.split(chr(9))[2]}'" for line in newest)
    assert (
        count(
            home, TABLE, f"region_code IN ({codes}) AND valid_to IS NOT NULL AND _source = 'gb2260_history'"
        )
        == 0
    )


def test_every_code_but_a_province_lies_in_one(home):
    assert (
        home.ask(f"SELECT region_code FROM {TABLE} WHERE parent_code IS NULL AND level <> 'province'") == []
    )
