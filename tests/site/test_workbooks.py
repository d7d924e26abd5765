"""Workbooks: the tables' own figures, null where the table is null, text that stays text, nothing rewritten
that has not changed."""

from __future__ import annotations

import io
import re
import zipfile
from contextlib import nullcontext
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import country
import pandas as pd
import pytest
from country_reports import FORMULA, reports
from notebook_country import put
from python_calamine import CalamineWorkbook
from xlsxwriter.utility import xl_col_to_name

from jobs.contracts.catalog import load_catalog
from jobs.contracts.glossary import term
from jobs.environment import Environment
from jobs.lake import ops
from jobs.lake.night import Snapshot, newest_snapshot
from jobs.lake.tables import Lake
from jobs.reports import workbooks
from jobs.reports.confidential import flags_of
from jobs.reports.trends import OF_TREND
from jobs.reports.workbook_sheets import CUTS, sheets

CONTRACTS = load_catalog().contracts
FAILING = "不合格批次 Failing batches"
XLSX = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> tuple[Environment, workbooks.Written]:
    home = tmp_path_factory.mktemp("workbooks")
    lake = country.lake_at(home)
    country.write(lake)
    put(lake, reports() | {"gold.work_queue": queue_with_the_nations_task()})
    env = country.environment(home)
    return env, workbooks.write_workbooks(env)


def queue_with_the_nations_task() -> pd.DataFrame:
    """The site's queue, and a refused package that the nation's authority settles."""
    queue = country.tables()["gold.work_queue"]
    nations = {"office_code": "CN", "task": "settle_refusal", "subject_id": "N1", "province_code": None}
    return pd.concat([queue, queue.head(1).assign(**nations)], ignore_index=True)


def book(env: Environment, place: str) -> CalamineWorkbook:
    return CalamineWorkbook.from_filelike(io.BytesIO((env.site / "workbooks" / place).read_bytes()))


def rows(opened: CalamineWorkbook, sheet: str) -> list[dict]:
    _, header, *found = opened.get_sheet_by_name(sheet).to_python()  # words, names, figures
    return [dict(zip(header, r, strict=True)) for r in found]


def test_the_nation_each_platform_and_each_province_with_figures_has_a_workbook(made):
    env, written = made
    there = {
        p.relative_to(env.site / "workbooks").as_posix() for p in (env.site / "workbooks").rglob("*.xlsx")
    }
    assert {
        "platform/P01.xlsx",
        "platform/P03.xlsx",
        "region/330000.xlsx",
        "nation/CN.xlsx",
    } <= there and "region/330700.xlsx" not in there
    assert written.there == written.written == len(there)
    index = (env.site / "workbooks" / "index.html").read_text(encoding="utf-8")
    assert all(f'href="{place}"' in index for place in there) and "<script>" not in index


def test_the_figures_are_the_tables_own_and_null_is_an_empty_cell(made):
    env, _ = made
    table = newest_snapshot(Lake(env.lake)).frame("gold.platform_report")
    own = table[table["dimension_code"].eq("P01")]
    found = rows(book(env, "platform/P01.xlsx"), "报告 Report")
    assert len(found) == len(own) > 10
    for got, (_, row) in zip(
        found, own.sort_values(list(CONTRACTS["gold.platform_report"].key)).iterrows(), strict=True
    ):
        assert (
            got["item"] == row["item"]
            and got["text_zh"] == row["text_zh"]
            and got["reliable"] is bool(row["reliable"])
        )
        for name in ("value", "low", "high", "rank", "change"):
            assert got[name] == ("" if pd.isna(row[name]) else pytest.approx(row[name], rel=1e-12)), (
                row["item"],
                name,
            )
        assert got["period_start"] == row["period_start"]


def test_columns_are_named_in_both_languages_and_shares_are_shown_as_per_cent(made):
    env, _ = made
    opened = book(env, "platform/P01.xlsx")
    words, names = opened.get_sheet_by_name("不合格率 Rates").to_python()[:2]
    at = names.index("exposure_rate")
    assert words[at] == "加权不合格率（按销量）\nExposure rate"
    assert words[names.index("n_exited_violation")] == "检验前移送查处\nReferred before the test"
    content = zipfile.ZipFile(env.site / "workbooks" / "platform" / "P01.xlsx")
    styles = ElementTree.fromstring(content.read("xl/styles.xml"))
    codes = {f.get("numFmtId"): f.get("formatCode") for f in styles.iter(f"{XLSX}numFmt")}
    used = [codes.get(x.get("numFmtId")) for x in styles.find(f"{XLSX}cellXfs")]
    place = opened.sheet_names.index("不合格率 Rates") + 1
    cells = ElementTree.fromstring(content.read(f"xl/worksheets/sheet{place}.xml")).iter(f"{XLSX}c")
    letter = xl_col_to_name(at)
    shown = {
        used[int(c.get("s"))]
        for c in cells
        if re.fullmatch(rf"{letter}\d+", c.get("r")) and c.get("t") is None
    }
    assert shown == {"0.0%"}


def test_the_rate_of_targeted_samples_stands_apart_under_its_own_name(made):
    env, _ = made
    opened = book(env, "platform/P01.xlsx")
    held = {
        "不合格率 Rates": ("probability", "detection_rate"),
        "问题发现率 Findings": ("targeted", "finding_rate"),
    }
    for sheet, (design, name) in held.items():
        words, columns = opened.get_sheet_by_name(sheet).to_python()[:2]
        assert words[columns.index("rate")] == f"{term(name).zh}\n{term(name).en}"
        assert {r["design"] for r in rows(opened, sheet)} == {design}
    (first, *_) = rows(opened, "不合格率 Rates")  # the exposure violation rate stands beside, as on the pages
    assert {"exposure_violation_rate", "exposure_violation_low", "exposure_violation_high"} <= set(first)
    found = rows(opened, "问题发现率 Findings")
    assert found and not [c for c in found[0] if c.startswith(("exposure_", "listing_", "shrunk_"))]
    (meant,) = [r for r in rows(opened, "定义 Definitions") if r["sheet"] in held and r["column"] == "rate"][
        1:
    ]
    assert (meant["name_zh"], meant["meaning_en"]) == (
        term("finding_rate").zh,
        term("finding_rate").definition_en,
    )


def test_what_a_spreadsheet_would_run_stays_text(made):
    env, _ = made
    [batch] = rows(book(env, "platform/P01.xlsx"), FAILING)
    assert (batch["sample_id"], batch["shop_name"], batch["seller_name"], batch["item_names"]) == (
        "S1",
        FORMULA,
        "-1",
        "铅；镉",
    )
    content = zipfile.ZipFile(env.site / "workbooks" / "platform" / "P01.xlsx")
    parts = "".join(
        content.read(name).decode("utf-8") for name in content.namelist() if name.startswith("xl/worksheets/")
    )
    assert (
        "<f>" not in parts
        and "<hyperlink" not in parts
        and 'quotePrefix="1"' in content.read("xl/styles.xml").decode()
    )


def test_a_batch_that_may_not_be_published_or_did_not_fail_is_in_no_workbook(made):
    env, _ = made
    night = newest_snapshot(Lake(env.lake))
    for dimension in ("nation", "platform", "region"):
        for _, found in sheets(night, dimension, dict(CONTRACTS), flags_of(night)):
            assert not {"S2", "S3"} & {name for s in found for name in s.rows.get("sample_id", [])}


def test_the_nations_workbook_has_its_figures_and_the_tasks_of_all_offices(made):
    env, _ = made
    opened, night = book(env, "nation/CN.xlsx"), newest_snapshot(Lake(env.lake))
    queue = night.frame("gold.work_queue")
    own = queue[queue["office_type"].eq("authority") & queue["office_code"].eq("CN")]
    assert 0 < len(own) < len(queue)
    work = rows(opened, "待办 Work")
    named = ["office_type", "office_code", "task", "subject_id"]
    assert sorted(tuple(r[c] for c in named) for r in work) == sorted(
        queue[named].itertuples(index=False, name=None)
    )
    assert {r["province_code"] for r in work} == set(queue["province_code"].fillna(""))
    about = [line for (line,) in opened.get_sheet_by_name("说明 About").to_python()]
    assert any(f"of these {len(own)} of the national authority" in line for line in about)
    rates = rows(opened, "不合格率 Rates")
    assert rates and {(r["dimension_type"], r["dimension_code"]) for r in rates} == {("nation", "CN")}


def test_a_provinces_workbook_counts_the_tasks_that_its_page_does_not_list():
    queue = pd.DataFrame({"office_type": ["authority", "authority", "lab", "platform"]})
    found = [workbooks.Sheet("待办 Work", "gold.work_queue", queue)]
    (line,) = (
        line for line in workbooks._about("region", "330000", found, date(2026, 6, 30)) if "Work:" in line
    )
    assert "of these 2 of the province's authorities, which its page lists; beside them 2 tasks of" in line
    assert "which its page lists" not in "".join(
        workbooks._about("platform", "P01", found, date(2026, 6, 30))
    )


def test_a_workbook_names_the_sheets_that_it_lacks_and_the_index_says_whose_tasks_each_has(made):
    env, _ = made
    opened = book(env, "platform/P03.xlsx")
    about = "\n".join(line for (line,) in opened.get_sheet_by_name("说明 About").to_python())
    lacking = [cut.name for cut in CUTS["platform"] if cut.name not in opened.sheet_names]
    assert lacking and all(f"{name}: 该单位没有行" in about for name in lacking)
    index = (env.site / "workbooks" / "index.html").read_text(encoding="utf-8")
    assert "the nation's workbook has the tasks of all offices" in index


def test_a_workbook_states_no_slope_of_two_periods_and_says_where_their_difference_is(made):
    env, _ = made
    opened = book(env, "nation/CN.xlsx")
    (row,) = rows(opened, "趋势 Trend")
    assert row["n_years"] == 2 and row["rates"] and not any(row[name] for name in OF_TREND)
    about = "\n".join(line for (line,) in opened.get_sheet_by_name("说明 About").to_python())
    assert "a trend is stated only where three periods or more are there" in about


def test_a_batch_stands_in_the_workbook_of_the_province_that_its_county_belongs_to(made):
    env, _ = made
    assert [r["sample_id"] for r in rows(book(env, "region/330000.xlsx"), FAILING)] == ["S1"]


def test_a_night_without_regions_has_no_workbooks_of_provinces_and_has_the_others(made):
    env, _ = made
    night = newest_snapshot(Lake(env.lake))
    named = {table: each for table, each in night.named.items() if table != "silver.region"}
    without = Snapshot(night.lake, night.run_id, night.kind, night.date, named)
    found = {
        kind: list(sheets(without, kind, dict(CONTRACTS), flags_of(night))) for kind in ("region", "platform")
    }
    assert found["region"] == [] and found["platform"]


def test_every_column_of_every_sheet_is_explained(made):
    env, _ = made
    opened = book(env, "platform/P01.xlsx")
    meant = {
        (r["sheet"], r["column"]): r["meaning_zh"] and r["meaning_en"]
        for r in rows(opened, "定义 Definitions")
    }
    for name in opened.sheet_names:
        if name not in ("说明 About", "定义 Definitions"):
            assert all(
                meant.get((name, column)) for column in opened.get_sheet_by_name(name).to_python()[1]
            ), name


def test_what_has_not_changed_is_not_written_again_and_the_same_rows_are_the_same_bytes(made, tmp_path: Path):
    env, first = made
    before = {p: (p.stat().st_mtime_ns, p.read_bytes()) for p in (env.site / "workbooks").rglob("*.xlsx")}
    again = workbooks.write_workbooks(env)
    assert (again.written, again.unchanged) == (0, first.there)
    assert {p: p.stat().st_mtime_ns for p in before} == {p: t for p, (t, _) in before.items()}
    place = env.site / "workbooks" / "platform" / "P02.xlsx"
    place.unlink()
    assert workbooks.write_workbooks(env).written == 1 and place.read_bytes() == before[place][1]


@pytest.mark.parametrize(
    ("file", "outdated"),
    [
        ("jobs/reports/workbook_sheets.py", True),
        ("jobs/marts/dimensions.py", True),
        ("jobs/reports/templates/framed/workbooks.html", True),
        ("schemas/gold/platform_report.odcs.yaml", True),
        ("jobs/reports/pages/home.py", False),
        ("jobs/reports/templates/unit.html", False),
    ],
)
def test_an_edit_has_the_tables_read_again_where_workbooks_are_made_by_the_file(
    made_once, edit, monkeypatch, file, outdated
):
    def begun(*_) -> None:
        raise InterruptedError

    env, _ = made_once
    edit(file)
    monkeypatch.setattr(workbooks, "sheets", begun)
    with pytest.raises(InterruptedError) if outdated else nullcontext():
        assert workbooks.write_workbooks(env).written == 0


@pytest.mark.parametrize(
    ("file", "written"),
    [
        pytest.param("jobs/reports/workbook_sheets.py", True, marks=pytest.mark.slow),
        ("schemas/gold/platform_report.odcs.yaml", False),
    ],
)
def test_other_code_writes_all_workbooks_again_and_a_contract_those_that_it_changes(
    made_once, edit, file, written
):
    env, first = made_once
    edit(file)  # a comment: no definition is another
    assert workbooks.write_workbooks(env).written == (first.there if written else 0)


@pytest.fixture
def made_once(made):
    """The workbooks as the code of before the edit makes them."""
    env, first = made
    workbooks.write_workbooks(env)
    return env, first


@pytest.mark.slow  # quick: the test before, of one night
def test_a_later_night_with_the_same_figures_leaves_the_workbooks_and_a_damaged_one_is_made_again(
    made_once,
):
    env, first = made_once
    lake = Lake(env.lake)
    night = [row | {"date": date(2026, 7, 1)} for row in lake.arrow("ops.night").to_pylist()]
    lake.overwrite("ops.night", ops.rows("ops.night", night))
    place = env.site / "workbooks" / "platform" / "P02.xlsx"
    place.write_bytes(b"half")
    again = workbooks.write_workbooks(env)
    assert (again.written, again.unchanged) == (1, first.there - 1)
    assert "2026-07-01" in (env.site / "workbooks" / "index.html").read_text(encoding="utf-8")
