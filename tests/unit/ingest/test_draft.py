"""`quality source draft`: a YAML proposed from a provider's file, which check accepts and landing reads."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from draft_world import CATALOG, columns, drafted, home_of, no_header, results, two_rows, workbook

from jobs.commands.drafts import draft_source
from jobs.engine.typed import NUMBER
from jobs.environment import Environment
from jobs.errors import SourceError, UsageError
from jobs.ingest.check import check_source
from jobs.ingest.draft.drafting import rows
from jobs.ingest.draft.learning import learn
from jobs.ingest.draft.vocabulary import read_aliases
from jobs.ingest.landing import land


@pytest.fixture
def env(tmp_path: Path) -> Environment:
    return home_of(tmp_path)


def test_a_drafted_yaml_is_accepted_and_lands_its_file(env: Environment):
    file = workbook(env.inbox / "results" / "results_20260630.xlsx", 不合格=results)
    result = drafted(env, file, "sample", "test_result")
    (env.home / "further" / "results.yaml").write_text(result.text, encoding="utf-8")
    checked = check_source(env.home / "further" / "results.yaml", env.source_roots, file, catalog=CATALOG)
    assert checked.ok and [s.outcome.status for s in checked.samples] == ["landed", "landed"]
    assert [s.outcome.drift for s in checked.samples] == [[], []]
    report = land(env, date=dt.date(2026, 6, 30), catalog=CATALOG)
    assert not report.refused and not report.bad_sources
    landed = {}
    for path in (env.landing / "rows").rglob("*.parquet"):
        for row in pq.read_table(path).to_pylist():
            landed.setdefault("test_result" if "item_name" in row else "sample", []).append(row)
    first = min(landed["sample"], key=lambda row: row["product_name"])
    assert (first["purchased_on"], first["produced_on"]) == ("2026-06-01", "2026-01-02")
    assert (first["seller_region_code"], first["producer_region_code"]) == ("330000", "330000")
    assert {row["producer_region_code"] for row in landed["sample"]} == {"330000", "320500"}
    assert len({row["sample_id"] for row in landed["sample"]}) == 6
    assert {row["sample_id"] for row in landed["test_result"]} == {
        row["sample_id"] for row in landed["sample"]
    }
    found = landed["test_result"][0]
    assert (found["item_name"], found["value_text"], found["limit_high"]) == ("泄漏电流", "0.9mA", "≤0.75mA")


@pytest.mark.slow
def test_a_sheet_fills_what_depends_on_its_target_too_where_none_is_named(env: Environment):
    result = drafted(env, workbook(env.home / "r.xlsx", a=results))
    assert [feed.name for feed in result.feeds] == ["sample", "conclusion", "test_result"]
    assert columns(result, "conclusion")["检验结论"] == "outcome"
    codes = '{不合格: nonconforming, 合格: conforming, "/": not_judged}'
    assert f"outcome: {{from: 检验结论, map: {codes}}}" in result.text
    keys = [line for line in result.text.splitlines() if line.startswith("      sample_id: ")]
    assert len(keys) == 3 and len(set(keys)) == 1
    two = drafted(env, workbook(env.home / "t.xlsx", a=two_rows))
    assert [feed.name for feed in two.feeds] == ["sample"]


def test_headers_are_placed_one_to_one_below_a_title(env: Environment):
    result = drafted(env, workbook(env.home / "r.xlsx", a=results), "sample")
    found = columns(result, "sample")
    placed = [column for column in found.values() if column]
    assert len(placed) == len(set(placed))
    assert found["产品明细 名称"] == "product_name" and found["被抽样单位所在省份"] == "seller_region_code"
    assert found["任务来源/项目名称"] == "plan_id" and found["生产日期/批号"] == "produced_on"
    assert found["序号"] is None and found["联系人"] is None and found["规格型号"] is None
    assert 'options: {header_row: "2", sheet: a}' in result.text and "ignore: [序号, 规格型号," in result.text
    elsewhere = {row["header"]: row["elsewhere"] for row in rows(result)}
    assert elsewhere["检验结论"] == "conclusion.outcome" and elsewhere["产品明细 名称"] is None


def test_of_two_headers_for_one_column_the_better_gets_it_and_the_other_names_it(env: Environment):
    file = env.home / "two.csv"
    file.write_text("样品编号,样品名称,食品的样品名称\nS1,a,b\n", encoding="utf-8")
    one, two = rows(drafted(env, file, "sample"))[1:]
    assert (one["column"], two["column"], two["proposal"]) == ("product_name", None, "product_name")
    assert two["candidates"][0]["confidence"] < one["confidence"]
    assert [c["column"] for c in two["candidates"][:2]] == ["product_name", two["runner_up"]]


def test_the_table_names_no_unlikely_column_where_none_was_chosen(env: Environment, capsys):
    file = env.home / "x.csv"
    file.write_text("样品编号,任务来源,抽样日期,门头名称\nS1,a,2026-06-01,x\n", encoding="utf-8")
    *_, row = rows(drafted(env, file, "sample"))
    assert row["column"] is None and row["confidence"] < 0.5 and row["runner_up"]
    assert row["runner_up"] != row["proposal"]
    draft_source(env, file, targets=("sample",), sheet=None, source=None, out=None, as_json=False)
    (shown,) = [line for line in capsys.readouterr().err.splitlines() if line.startswith("门头名称")]
    assert row["proposal"] not in shown and row["runner_up"] not in shown


def test_a_header_of_two_rows_is_joined_and_lands(env: Environment):
    file = workbook(env.home / "r.xlsx", a=two_rows)
    result = drafted(env, file, "sample")
    found = columns(result, "sample")
    assert found == {
        "样品编号": "sample_id",
        "抽样单位/名称": None,
        "抽样单位/地址": None,
        "生产企业/名称": "producer_name",
        "生产企业/地址": "producer_region_code",
        "抽样日期": "purchased_on",
    }
    assert 'header_row: "3", header_rows: "2"' in result.text
    path = env.home / "d.yaml"
    path.write_text(result.text, encoding="utf-8")
    (sample,) = check_source(path, env.source_roots, file, catalog=CATALOG).samples
    assert sample.rows["producer_name"].tolist() == ["丙0公司", "丙1公司", "丙2公司"]
    assert sample.rows["purchased_on"].tolist() == ["2026-06-01", "2026-06-02", "2026-06-03"]


def test_a_sheet_without_a_header_is_named_and_the_others_are_drafted(env: Environment, capsys):
    file = workbook(env.home / "r.xlsx", 数据=no_header, 结果=results)
    result = drafted(env, file, "sample", sheet="all")
    assert result.headless == ("数据",) and [feed.sheet.name for feed in result.feeds] == ["结果"]
    alone = workbook(env.home / "alone.xlsx", 数据=no_header)
    code = draft_source(env, alone, targets=("sample",), sheet=None, source=None, out=None, as_json=False)
    shown = capsys.readouterr()
    assert code == 1 and shown.out == "" and "没有找到表头" in shown.err and "139" not in shown.err


@pytest.mark.parametrize("as_json", [True, False])
def test_no_personal_value_is_shown(env: Environment, capsys, as_json: bool):
    file = env.home / "complaints.csv"
    file.write_text(
        "投诉编号,投诉时间,投诉人,联系电话,投诉内容,家庭住址,说明\n"
        "T1,2026-06-01,王小明,13912345678,致电13800138000未果,杭州市某小区1幢,李四\n",
        encoding="utf-8",
    )
    options = {"sheet": None, "source": None, "out": None, "as_json": as_json}
    assert draft_source(env, file, targets=("complaint",), **options) == 0
    shown = capsys.readouterr()
    shops = env.home / "shops.csv"
    shops.write_text(
        "店铺编号,店铺名称,经营者名称,经营地址\nD1,某某店铺,欧阳某某丰收,某市某巷2号\n", encoding="utf-8"
    )
    assert draft_source(env, shops, targets=("shop",), **options) in (0, 1)
    later = capsys.readouterr()
    assert "某某店铺" in later.err + later.out
    for value in ("欧阳", "某巷"):
        assert value not in later.out + later.err
    for value in ("王小明", "13912345678", "13800138000", "某小区", "李四"):
        assert value not in shown.out + shown.err
    assert "T1" in shown.out + shown.err and "complainant_ref" in shown.out + shown.err


def test_a_missing_required_column_is_named_with_exit_1(env: Environment, capsys):
    file = env.home / "complaints.csv"
    file.write_text("投诉编号,投诉内容\nT1,不好用\n", encoding="utf-8")
    out = env.home / "c.yaml"
    options = {"sheet": None, "source": None, "as_json": False}
    assert draft_source(env, file, targets=("complaint",), out=out, **options) == 1
    said = capsys.readouterr().err
    assert "complaint.received_on" in said
    assert re.search(rf"^{re.escape(str(out))}:\d+: feeds.complaint.columns.received_on: is req", said, re.M)
    assert "# received_on: required by complaint" in out.read_text(encoding="utf-8")
    with pytest.raises(UsageError, match="exists"):
        draft_source(env, file, targets=("complaint",), out=out, **options)


def test_a_draft_learns_what_a_person_corrected(env: Environment):
    file = env.home / "odd.csv"
    file.write_text("样品编号,检次,门头,无关\nS1,A1,某店,x\n", encoding="utf-8")
    assert columns(drafted(env, file, "sample"), "sample")["门头"] is None
    corrected = env.home / "odd.yaml"
    corrected.write_text(
        "source: odd\nfeeds:\n  a:\n    target: sample\n    files: odd.csv\n    format: csv\n"
        "    key: [sample_id]\n"
        "    columns:\n      sample_id: {from: 样品编号}\n      plan_id: {from: 检次}\n"
        "      seller_name: {from: 门头}\n    ignore: [无关]\n",
        encoding="utf-8",
    )
    path, changed = learn(corrected, env.source_roots, CATALOG)
    assert path == env.home / "further" / "lookups" / "header_alias.csv" and changed == 4
    found = {row["header"]: row for row in rows(drafted(env, file, "sample"))}
    assert {h: r["column"] for h, r in found.items()} == {
        "样品编号": "sample_id",
        "检次": "plan_id",
        "门头": "seller_name",
        "无关": None,
    }
    assert found["门头"]["confidence"] == 1.0 and found["门头"]["why"].startswith("learned")
    assert learn(corrected, env.source_roots, CATALOG)[1] == 0
    assert read_aliases(path) == sorted(read_aliases(path))
    corrected.write_text("source: odd\nfeeds: {}\n", encoding="utf-8")
    with pytest.raises(SourceError):
        learn(corrected, env.source_roots, CATALOG)


def test_values_say_what_a_strange_header_holds(env: Environment):
    file = env.home / "x.csv"
    file.write_text("店号,名称,甲,乙\n1,a店,91110000600037341L,6901028075831\n", encoding="utf-8")
    assert columns(drafted(env, file, "shop"), "shop")["甲"] == "operator_uscc"
    assert columns(drafted(env, file, "listing"), "listing")["乙"] == "barcode"


def test_a_name_that_its_values_contradict_is_not_placed(env: Environment):
    file = env.home / "x.csv"
    file.write_text("样品编号,抽样日期\n1,浙江\n2,江苏\n3,北京\n", encoding="utf-8")
    assert columns(drafted(env, file, "sample"), "sample")["抽样日期"] is None


def test_a_day_is_taken_out_of_a_cell_that_holds_a_batch_number_too(env: Environment):
    file = env.home / "x.csv"
    cells = ("2026-01-02/A17", "2026年1月3日 批号：7", "A18", "2026-01-05")
    text = "".join(f"S{i},某方案,{cell}\n" for i, cell in enumerate(cells))
    file.write_text("样品编号,任务来源,生产日期/批号\n" + text, encoding="utf-8")
    result = drafted(env, file, "sample")
    path = env.home / "d.yaml"
    path.write_text(result.text, encoding="utf-8")
    (sample,) = check_source(path, env.source_roots, file, catalog=CATALOG).samples
    days = sample.rows["produced_on"].astype(object).where(sample.rows["produced_on"].notna(), None)
    assert days.tolist() == ["2026-01-02", "2026-01-03", None, "2026-01-05"]


@pytest.mark.parametrize(
    ("header", "landed"),
    [("售价（分）", "12.50"), ("售价(单位:万元)", "12500000"), ("售价（元）", "1250"), ("售价", "1250")],
)
def test_an_amount_is_drafted_by_the_unit_in_its_header(env: Environment, header: str, landed: str):
    file = env.home / "x.csv"
    file.write_text(f"商品编号,店铺编号,商品名称,{header}\n1,a,壶,1250\n2,a,杯,900\n", encoding="utf-8")
    result = drafted(env, file, "listing")
    assert columns(result, "listing")[header] == "price"
    path = env.home / "d.yaml"
    path.write_text(result.text, encoding="utf-8")
    (listing,) = check_source(path, env.source_roots, file, catalog=CATALOG).samples
    assert float(listing.rows["price"].iloc[0]) == float(landed)


@pytest.mark.parametrize(
    ("header", "cells", "landed"),
    [
        ("售价", ["129元", "99.9元", "1280元"], [129, 99.9, 1280]),
        ("售价", ["¥129", "¥ 1,280.50", "1,234,567"], [129, 1280.5, 1234567]),
        ("售价(万元)", ["1.5万元", "2 万元"], [15000, 20000]),
        ("售价", ["129元/件", "12元", "13元", "14元", "15元"], [None, 12, 13, 14, 15]),
        ("售价", ["1.5万元", "2元"], [None, None]),  # no factor is right for both
    ],
)
def test_an_amount_that_states_its_unit_is_drafted_by_a_pattern_of_the_whole_cell(
    env: Environment, header: str, cells: list[str], landed: list[float | None]
):
    file, path = env.home / "x.csv", env.home / "d.yaml"
    lines = "".join(f'{i},a,壶,"{cell}"\n' for i, cell in enumerate(cells))
    file.write_text(f"商品编号,店铺编号,商品名称,{header}\n{lines}", encoding="utf-8")
    result = drafted(env, file, "listing")
    assert columns(result, "listing")[header] == "price" and "ignore" not in result.text
    path.write_text(result.text, encoding="utf-8")
    (listing,) = check_source(path, env.source_roots, file, catalog=CATALOG).samples
    read = [number(text) for text in listing.rows["price"]]
    assert read == landed


def number(text: object) -> float | None:
    """A text as silver reads a number; None where it is none."""
    return float(str(text)) if re.match(NUMBER.replace(r"\z", "$"), str(text)) else None


def test_a_column_whose_values_speak_against_its_name_is_named_with_the_reason(
    env: Environment, capsys: pytest.CaptureFixture[str]
):
    file = env.home / "x.csv"
    file.write_text(
        "商品编号,店铺编号,商品名称,售价\n1,a,壶,面议\n2,a,杯,待定\n3,a,锅,询价\n", encoding="utf-8"
    )
    draft_source(
        env, file, targets=("listing",), sheet=None, source=None, out=env.home / "d.yaml", as_json=False
    )
    (line,) = [one for one in capsys.readouterr().err.splitlines() if one.startswith("售价")]
    assert "(price)" in line and "values are no number" in line


def test_the_unit_of_a_quantity_and_the_value_of_all_goods_fill_no_column(env: Environment):
    file = env.home / "x.csv"
    file.write_text(
        "样品编号,检验项目,数量单位,货值金额(万元)\n1,甲醛含量,台,1.75\n2,耐静电压,双,0.18\n", "utf-8"
    )
    assert columns(drafted(env, file, "test_result"), "test_result")["数量单位"] is None
    assert columns(drafted(env, file, "sample"), "sample")["货值金额(万元)"] is None


def test_words_for_no_and_for_not_judged_that_look_empty_are_mapped(env: Environment):
    """无 and / are left out where kinds of values are counted; a map without them would lose them."""
    file = env.home / "x.csv"
    file.write_text(
        "样品编号,任务来源,抽样日期,封样照片\n1,a,2026-01-05,有\n2,a,2026-01-06,无\n", encoding="utf-8"
    )
    assert "{有: 'true', 无: 'false'}" in drafted(env, file, "sample").text.replace('"', "'")
    file.write_text("样品编号,检验结论\n1,合格\n2,/\n", encoding="utf-8")
    text = drafted(env, file, "conclusion").text
    assert '{合格: conforming, "/": not_judged}' in text


def test_a_map_of_yes_has_the_no_that_the_sample_lacks(env: Environment):
    file = env.home / "x.csv"
    file.write_text("样品编号,任务来源,抽样日期,封样照片\n1,a,2026-01-05,是\n", encoding="utf-8")
    assert "{是: 'true', 否: 'false'}" in drafted(env, file, "sample").text.replace('"', "'")


def test_days_that_could_be_months_are_marked(env: Environment):
    file = env.home / "x.csv"
    file.write_text("样品编号,任务来源,抽样日期\nS1,a,03/04/2026\nS2,a,05/06/2026\n", encoding="utf-8")
    assert "day or month first?" in drafted(env, file, "sample").text
    file.write_text("样品编号,任务来源,抽样日期\nS1,a,03/04/2026\nS2,a,25/06/2026\n", encoding="utf-8")
    text = drafted(env, file, "sample").text
    assert "day or month first?" not in text and "date: [dd/MM/yyyy]" in text
