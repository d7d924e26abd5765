"""`quality source check --sample` goes the whole way: what a night would make of a sample, by the shipped
contracts and reference files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from homes import reference_root

from jobs.commands.sources import explain_source
from jobs.environment import Environment

YAML = """\
source: shops_of_acme
publisher: {name_zh: 某平台, name_en: Acme}
timezone: Asia/Shanghai
feeds:
  listings:
    target: listing
    files: "*.csv"
    format: csv
    key: [listing_id]
    columns:
      listing_id:    {from: id}
      platform_code: {const: ACME}
      title:         {from: title}
      category_code: {from: category}
      producer_region_code: {from: region, map: {北京: "110000"}}
      price:         {from: price, scale: 0.01}
      listed_on:     {from: listed, date: yyyy-MM-dd}
"""
HEADER = "id,title,category,region,price,listed\n"
GOOD = HEADER + "1,a,HA01,北京,100,2026-01-02\n2,b,HA,北京,99,2026-01-03\n"


class Trier:
    def __init__(self, home: Path, capsys: pytest.CaptureFixture[str]):
        self.environment = Environment(
            home=home,
            inbox=home / "inbox",
            lake=home / "lake",
            spark_master="local[1]",
            source_roots=(reference_root(), home / "sources"),
            key_file=home / "key",
        )
        (home / "sources").mkdir()
        self.home, self._capsys = home, capsys

    def __call__(self, text: str, content: str) -> tuple[int, dict[str, Any], str]:
        """Exit code, the object of the feed's trial, and what went to stderr."""
        (self.home / "sources" / "acme.yaml").write_text(text)
        sample = self.home / "sample.csv"
        sample.write_text(content)
        code = explain_source(self.environment, self.home / "sources" / "acme.yaml", sample, as_json=True)
        out, printed = self._capsys.readouterr()
        found = [each for each in json.loads(out or "[]") if "dispositions" in each]
        return code, found[0] if found else {}, printed


@pytest.fixture
def tried(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Trier:
    return Trier(tmp_path, capsys)


def column(trial: dict[str, Any], name: str) -> dict[str, Any]:
    return next(c for c in trial["columns"] if c["column"] == name)


def test_a_good_sample_is_accepted_and_exits_0_and_leaves_nothing_behind(tried: Trier):
    code, trial, printed = tried(YAML, GOOD)
    assert (code, trial["dispositions"], trial["problems"]) == (0, {"accepted": 2}, [])
    assert trial["accepted"] == 2
    assert "of 2 rows 2 accepted" in printed
    # No night was run and no file names a platform: its code is compared with nothing, and that is said.
    assert trial["unchecked"] == ["silver.platform"] and "not compared" in printed
    assert sorted(p.name for p in tried.home.iterdir()) == ["sample.csv", "sources"]


def test_each_column_says_what_would_become_of_its_values(tried: Trier):
    rows = [
        "1,a,HA01,北京,100,2026-01-02",
        "2,b,HA01,上海,99.5,2026-01-03",
        "3,c,zz,上海,dear,2026-01-04",
        "4,d,zz,天津,3,03.01.2026",
        "5,e,,,,",
        "5,e,,,,",
    ]
    code, trial, _ = tried(YAML, HEADER + "\n".join(rows) + "\n")
    assert code == 0
    assert trial["dispositions"] == {"accepted": 3, "quarantined": 2, "repeated": 1}
    category, region = column(trial, "category_code"), column(trial, "producer_region_code")
    assert (category["values"], category["unmapped"], category["examples"]) == (4, 2, [["zz", 2]])
    # Both rows with the unknown category are put aside for another column.
    assert (category["flagged"], category["nulled"], category["quarantined"]) == (2, 0, 0)
    assert (region["values"], region["unmapped"], region["nulled"]) == (4, 3, 1)
    assert region["examples"] == [["上海", 2], ["天津", 1]]
    price, listed = column(trial, "price"), column(trial, "listed_on")
    assert (price["quarantined"], price["unfit"], price["flagged"]) == (1, 1, 1)  # 0.995 is rounded
    assert (listed["quarantined"], listed["unfit"], listed["examples"]) == (1, 1, [["03.01.2026", 1]])


def test_each_rule_that_puts_rows_aside_is_named_with_its_rows(tried: Trier):
    rows = ["1,a,HA01,北京,-1,2026-01-02", "2,b,HA01,北京,-2,1900-01-01", "3,c,HA01,北京,3,2026-01-04"]
    code, trial, printed = tried(YAML, HEADER + "\n".join(rows) + "\n")
    assert (code, trial["dispositions"]) == (0, {"accepted": 1, "quarantined": 2})
    found = [(en, n) for _, en, n in trial["quarantined_for"]]
    assert [n for _, n in found] == [2, 1]
    assert all(f"quarantined {n} for: " in printed and en in printed for en, n in found)
    assert "price" in found[0][0] and "listed_on" in found[1][0], found


def test_a_mapping_whose_every_category_becomes_null_exits_1_and_names_the_values(tried: Trier):
    code, trial, printed = tried(YAML, GOOD.replace("HA01", "Kettles").replace("HA,", "Fans,"))
    assert code == 1
    what = "none of 2 values is known to the reference or its patterns"
    assert trial["problems"] == [f"category_code: {what}"]
    assert column(trial, "category_code")["nulled"] == 2
    assert column(trial, "category_code")["examples"] == [["Fans", 1], ["Kettles", 1]]
    assert "wrong: category_code: none of 2 values" in printed


def test_a_map_that_knows_no_value_exits_1(tried: Trier):
    code, trial, _ = tried(YAML, GOOD.replace("北京", "东京"))
    assert code == 1
    assert trial["problems"] == ["producer_region_code: none of 2 values is known to its map"]


def test_a_map_to_codes_that_the_reference_lacks_exits_1_and_names_what_it_makes(tried: Trier):
    code, trial, _ = tried(YAML.replace('北京: "110000"', "北京: capital"), GOOD)
    assert code == 1
    (problem,) = trial["problems"]
    assert problem == (
        "producer_region_code: none of 2 values is known to its map, or becomes a code that the reference "
        "has: it has no 北京 → capital"
    )


def test_a_map_that_knows_no_value_exits_1_though_its_values_are_kept(tried: Trier):
    text = YAML.replace('map: {北京: "110000"}}', 'map: {北京: "110000"}, on_unmapped: keep}')
    code, trial, _ = tried(text, GOOD.replace("北京", "东京"))
    assert code == 1 and "none of 2 values is known to its map" in trial["problems"][0]
    code, trial, _ = tried(text, GOOD.replace("1,a,HA01,北京", "1,a,HA01,东京"))
    assert code == 0 and column(trial, "producer_region_code")["examples"] == [["东京", 1]]


def test_a_date_pattern_that_fits_no_row_exits_1(tried: Trier):
    code, trial, _ = tried(YAML.replace("yyyy-MM-dd", "dd/MM/yyyy"), GOOD)
    assert code == 1
    assert trial["problems"] == [
        "listed_on: none of 2 values fits a pattern",
        "no row is accepted into silver.listing",
    ]


def test_a_version_whose_pattern_fits_no_row_exits_1(tried: Trier):
    text = YAML.replace("key:", "version: seen\n    key:") + "      seen: {from: listed, instant: yyyyMMdd}\n"
    code, trial, _ = tried(text, GOOD)
    assert code == 1 and trial["problems"][0].startswith("seen: every value fits none of its patterns")


def test_a_required_column_that_no_row_fills_exits_1(tried: Trier):
    text = YAML.replace("{from: id}", "{extract: [id, 'no-(.+)']}")
    code, trial, _ = tried(text, GOOD)
    assert code == 1 and "listing_id: is required, and empty in every row" in trial["problems"]


def test_a_sample_in_which_some_values_are_unknown_is_no_wrong_mapping(tried: Trier):
    code, trial, _ = tried(YAML, GOOD.replace("HA01", "Kettles"))
    assert code == 0 and column(trial, "category_code")["unmapped"] == 1


def test_values_of_persons_are_counted_and_never_shown(tried: Trier, capsys: pytest.CaptureFixture[str]):
    text = """\
source: shops_of_acme
feeds:
  complaints:
    target: complaint
    files: "*.csv"
    format: csv
    key: [complaint_id]
    columns:
      complaint_id: {from: id}
      channel:      {const: web}
      complainant_ref: {from: who}
      received_on:  {from: day, date: yyyy-MM-dd}
      kind:         {from: kind}
      text:         {from: text}
"""
    code, trial, printed = tried(text, "id,who,day,kind,text\n1,13800001111,soon,x,王女士\n")
    assert trial, printed
    assert code == 1
    said = json.dumps(trial, ensure_ascii=False) + printed
    assert "13800001111" not in said and "王女士" not in said


def test_a_day_that_has_not_come_yet_is_put_aside_with_its_reason(tried: Trier):
    text = """\
source: shops_of_acme
publisher: {name_zh: 某平台, name_en: Acme}
timezone: Asia/Shanghai
feeds:
  lines:
    target: transaction
    files: "*.csv"
    format: csv
    key: [order_line_id]
    columns:
      order_line_id: {from: id}
      ordered_on:    {from: day, date: yyyy-MM-dd}
"""
    _, trial, printed = tried(text, "id,day\n1,2026-01-02\n2,2098-01-02\n")
    assert trial["dispositions"] == {"accepted": 1, "quarantined": 1}, printed
    assert column(trial, "ordered_on")["quarantined"] == 1
    assert [(en, n) for _, en, n in trial["quarantined_for"]] == [
        ("ordered_on must not be later than the day after its file was received", 1)
    ]


def test_a_refused_sample_exits_1_without_a_trial(tried: Trier):
    code, trial, printed = tried(YAML, "no\n1\n")
    assert (code, trial) == (1, {}) and "refused" in printed


def test_people_get_a_table_of_the_columns(tried: Trier, capsys: pytest.CaptureFixture[str]):
    (tried.home / "sources" / "acme.yaml").write_text(YAML)
    (tried.home / "sample.csv").write_text(GOOD.replace("HA01", "Kettles"))
    path = tried.home / "sources" / "acme.yaml"
    assert explain_source(tried.environment, path, tried.home / "sample.csv", as_json=False) == 0
    out = capsys.readouterr().out
    line = next(each for each in out.splitlines() if each.startswith("category_code"))
    assert line.split()[1:] == ["2", "0", "1", "1", "1", "0", "0", "Kettles", "(1)"]
