"""What `quality source draft` reads of a file: formats, encodings, archives, and how much."""

from __future__ import annotations

import gzip
import io
import json
import multiprocessing
import os
import time
import zipfile
from pathlib import Path, PosixPath

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from draft_world import CATALOG, columns, drafted, home_of, results, workbook

from jobs.environment import Environment
from jobs.errors import UsageError
from jobs.ingest.check import check_source
from jobs.ingest.delivery import day_of
from jobs.ingest.draft import sheets
from jobs.ingest.draft.dated import named_like
from jobs.ingest.draft.drafting import rows as draft_rows
from jobs.ingest.draft.learning import learn
from jobs.ingest.draft.writing import source_name
from jobs.ingest.model import fits


@pytest.fixture
def env(tmp_path: Path) -> Environment:
    return home_of(tmp_path)


def test_encoding_delimiter_and_the_best_target_are_found(env: Environment):
    file = env.home / "处罚.csv"
    text = "行政处罚决定书文号;当事人名称;统一社会信用代码;处罚决定日期;罚款金额\n"
    file.write_bytes(
        (text + "浙市监罚〔2026〕1号;甲公司;91110000600037341L;2026/6/1;5000\n").encode("gb18030")
    )
    result = drafted(env, file)
    (feed,) = result.feeds
    assert feed.contract.name == "penalty" and not result.missing
    assert (
        "encoding: gb18030  # the first of utf-8, gb18030, " in result.text
        and 'options: {delimiter: ";"}' in result.text
    )
    assert list(columns(result, "penalty").values()) == [
        *("penalty_id", "operator_name", "operator_uscc", "decided_on", "amount")
    ]
    assert "decided_on: {from: 处罚决定日期, date: [yyyy/M/d]}" in result.text


@pytest.mark.parametrize("ending", ["jsonl", "json", "deep.json"])
def test_fields_of_json_are_proposed_by_their_paths(env: Environment, ending: str):
    one = {"样品编号": "S1", "任务来源": "某方案", "抽样日期": "2026-06-01"}
    document = {"jsonl": one, "json": [one], "deep.json": {"ok": 1, "data": {"items": [one]}}}[ending]
    file = env.home / f"x.{ending}"
    file.write_text(json.dumps(document, ensure_ascii=False) + "\n", encoding="utf-8")
    result = drafted(env, file, "sample")
    assert columns(result, "sample") == {
        "样品编号": "sample_id",
        "任务来源": "plan_id",
        "抽样日期": "purchased_on",
    }
    path = env.home / "d.yaml"
    path.write_text(result.text, encoding="utf-8")
    (sample,) = check_source(path, env.source_roots, file, catalog=CATALOG).samples
    assert sample.outcome.status == "landed" and sample.rows["sample_id"].tolist() == ["S1"]


def test_a_column_without_a_text_is_left_out_and_the_others_are_proposed(env: Environment):
    file = env.home / "x.parquet"
    table = {
        "样品编号": ["S1"],
        "任务来源": ["某方案"],
        "抽样日期": ["2026-06-01"],
        "样品名称": [b"\xff\xd8"],
    }
    pq.write_table(pa.table(table), file)
    result = drafted(env, file, "sample")
    given = {"样品编号": "sample_id", "任务来源": "plan_id", "抽样日期": "purchased_on"}
    assert columns(result, "sample") == given and "样品名称" not in result.text
    path = env.home / "d.yaml"
    path.write_text(result.text, encoding="utf-8")
    (sample,) = check_source(path, env.source_roots, file, catalog=CATALOG).samples
    assert sample.outcome.status == "landed" and sample.outcome.drift == ["样品名称"]


def test_only_the_first_rows_are_read(env: Environment, monkeypatch: pytest.MonkeyPatch):
    file = env.home / "x.csv"
    file.write_text("样品编号,样品名称\n" + "".join(f"{i},a\n" for i in range(50)), encoding="utf-8")
    monkeypatch.setattr(sheets, "ROWS", 11)
    (sheet,) = sheets.read_sheets(file, lambda name: name == "样品编号")
    assert len(sheet.values[0]) == 10


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [("x.docx", b"x", "is none of"), ("x.xlsx", b"PK\x03\x04", "工作簿"), ("x.csv", b" \n", "is empty")],
)
def test_a_file_that_cannot_be_read_is_a_usage_error(env: Environment, name: str, content: bytes, said: str):
    (env.home / name).write_bytes(content)
    with pytest.raises(UsageError, match=said):
        drafted(env, env.home / name, "sample")


def test_an_unknown_target_or_sheet_is_named_with_what_there_is(env: Environment):
    file = workbook(env.home / "r.xlsx", 结果=results)
    with pytest.raises(UsageError, match="did you mean sample"):
        drafted(env, file, "sampel")
    with pytest.raises(UsageError, match="takes feeds: .*overseas_alert, .* do$"):
        drafted(env, file, "notices abroad")
    with pytest.raises(UsageError, match="it has: 结果"):
        drafted(env, file, "sample", sheet="别的")


@pytest.mark.parametrize("name", ["x.csv.gz", "x.zip", "x.csv.zip"])
def test_packed_files_are_opened_as_landing_opens_them(env: Environment, name: str):
    plain = "样品编号,样品名称\nS1,a\n".encode()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("inner.csv", plain)
    file = env.home / name
    file.write_bytes(gzip.compress(plain) if name.endswith(".gz") else packed.getvalue())
    result = drafted(env, file, "sample")
    assert columns(result, "sample") == {"样品编号": "sample_id", "样品名称": "product_name"}
    path = env.home / "d.yaml"
    path.write_text(result.text, encoding="utf-8")
    (sample,) = check_source(path, env.source_roots, file, catalog=CATALOG).samples
    assert sample.outcome.status == "landed"


def test_odd_cells_cost_no_time(env: Environment):
    file = env.home / "x.csv"
    wide = " " * 30_000
    rows_ = [f"样品编号,商标,批号,a{wide}b{'(' * 3000},样品名称", f"S1,b,c,GB{'1' * 30_000}\u2028,{wide}x"]
    file.write_text("\n".join(rows_) + "\n", encoding="utf-8")
    started = time.process_time()  # of the processor: the machine may be busy
    assert columns(drafted(env, file, "sample"), "sample")["样品编号"] == "sample_id"
    assert time.process_time() - started < 20


def test_too_many_columns_are_refused(env: Environment):
    file = env.home / "x.csv"
    file.write_text(",".join(f"样品{i}号" for i in range(2001)) + "\n", encoding="utf-8")
    with pytest.raises(UsageError, match="2,001 columns"):
        drafted(env, file, "sample")


def test_headers_that_no_table_knows_need_a_target(env: Environment):
    file = env.home / "x.csv"
    file.write_text("qq1,ww2\n1,2\n", encoding="utf-8")
    with pytest.raises(UsageError, match="--target, or several: .*overseas_alert, .*sample"):
        drafted(env, file)


class Aborting(PosixPath):
    """A file whose reading in a child ends that child."""

    def is_file(self):
        if multiprocessing.parent_process() is not None:
            os.abort()
        return super().is_file()


def test_a_file_that_ends_the_process_that_reads_it_is_a_usage_error(env: Environment):
    file = Aborting(env.home / "x.csv")
    file.write_text("样品编号\nS1\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"x\.csv: .*SIGABRT"):
        drafted(env, file, "sample")


@pytest.mark.parametrize(
    ("file", "following", "glob", "day"),
    [
        ("投诉登记_202606.csv", "投诉登记_202607.csv", "投诉登记_*.csv", "2026-07-01"),
        ("results_20260630.csv.gz", "results_20260701.csv.gz", "results_*.csv.gz", "2026-07-01"),
        ("results-2026-06.csv", "results-2026-07.csv", "results-*.csv", "2026-07-01"),
        ("results_2026-06-30.csv", "results_2026-07-01.csv", "results_*.csv", "2026-07-01"),
        ("a_20260630120000.csv", "a_20260701093000.csv", "a_*.csv", "2026-07-01"),
        ("a_20260630T1200.csv", "a_20260701T0930.csv", "a_*.csv", "2026-07-01"),
        ("2026年6月投诉.xlsx", "2026年10月投诉.xlsx", "*投诉.xlsx", "2026-10-01"),
        # of two dates the last is that of the delivery
        ("a_20260601-20260630.csv", "a_20260701-20260731.csv", "a_*-*.csv", "2026-07-31"),
        # a quarter stands in no pattern of dates: the delivery is of the newest day in the file
        ("results_2026Q2.csv", "results_2026Q3.csv", "results_*.csv", None),
        ("2026年第二季度抽查.csv", "2026年第三季度抽查.csv", "*抽查.csv", None),
    ],
)
def test_the_next_delivery_fits_the_feed_that_was_drafted_from_a_file(
    file: str, following: str, glob: str, day: str | None
):
    found, delivered = named_like(file)
    assert found == glob and fits(file, glob) and fits(following, glob)
    assert (str(day_of(delivered, following)) if delivered else None) == day


@pytest.mark.parametrize("file", ["330000.csv", "GB6675-2014.csv", "v20.12.csv", "20261345.csv"])
def test_a_number_that_is_no_date_stays_in_the_name(file: str):
    assert named_like(file) == (file, "")


def test_a_draft_says_the_files_of_next_month_too(env: Environment):
    file = env.home / "complaints-2026-06.csv"
    file.write_text("投诉编号,投诉时间\nT1,2026-06-03\n", encoding="utf-8")
    text = drafted(env, file, "complaint").text
    assert 'files: "complaints-*.csv"' in text and 'delivered: "complaints-{yyyy-MM}"' in text
    assert "source: complaints\n" in text


def test_the_name_of_a_source_keeps_the_code_of_a_region_and_not_the_date_of_a_file():
    assert source_name(Path("regulator_330000.yaml"), numbers=True) == "regulator_330000"
    assert source_name(Path("listings_20260630.csv.gz")) == "listings"


def test_a_source_is_not_named_as_the_folder_of_corrections(env: Environment):
    file = env.home / "r.csv"
    file.write_text("样品编号\nS1\n", encoding="utf-8")
    with pytest.raises(UsageError, match="not `corrections`"):
        drafted(env, file, "sample", source="corrections")


def test_a_draft_knows_the_last_name_of_a_path_that_was_learned(env: Environment):
    corrected = env.home / "odd.yaml"
    corrected.write_text(
        "source: odd\nfeeds:\n  a:\n    target: sample\n    files: odd.json\n    format: json\n"
        "    key: [sample_id]\n"
        "    columns:\n      sample_id: {from: 样品编号}\n      plan_id: {from: 检次}\n"
        "      seller_name: {from: data.门头}\n",
        encoding="utf-8",
    )
    learn(corrected, env.source_roots, CATALOG)
    file = env.home / "odd.json"
    file.write_text('[{"样品编号": "S1", "检次": "A1", "门头": "某店"}]', encoding="utf-8")
    assert columns(drafted(env, file, "sample"), "sample")["门头"] == "seller_name"


@pytest.mark.parametrize(("format_", "taught", "other"), [("csv", "门.头", "头"), ("json", "头", "门.头")])
def test_a_header_with_a_dot_is_one_name_where_records_are_not_nested(
    env: Environment, format_: str, taught: str, other: str
):
    """A source that maps it teaches a draft as `learn` does, and no name that is the end of it."""
    folder = env.home / "further" / "sources" / "regulator"
    folder.mkdir(parents=True)
    (folder / "odd.yaml").write_text(
        f"source: odd\npublisher: {{name_zh: 甲, name_en: A}}\ntimezone: Asia/Shanghai\n"
        f"cadence: irregular\nfeeds:\n  a:\n    target: sample\n    files: odd.x\n    format: {format_}\n"
        "    key: [sample_id]\n    columns:\n      sample_id: {from: 样品编号}\n"
        '      plan_id: {from: 任务来源}\n      seller_name: {from: "门.头"}\n',
        encoding="utf-8",
    )
    file = env.home / "odd.csv"
    file.write_text(f"样品编号,任务来源,{taught},{other}\nS1,A1,某店,另店\n", encoding="utf-8")
    found = {row["header"]: row for row in draft_rows(drafted(env, file, "sample"))}
    assert (found[taught]["column"], found[taught]["why"]) == ("seller_name", f"source {taught}")
    assert found[other]["column"] is None
