"""Workbooks of a provider whose headers are to be read, and an installation that reads them."""

from __future__ import annotations

import datetime as dt
import io
import shutil
from collections.abc import Callable
from pathlib import Path

import xlsxwriter

from jobs.contracts.catalog import load_catalog
from jobs.environment import SCHEMAS, Environment
from jobs.ingest.draft.drafting import Draft, draft, rows

CATALOG = load_catalog()
HEADERS = [
    *(
        "序号",
        "产品明细\n名称",
        "标称生产企业名称",
        "标称生产企业地址",
        "被抽样单位名称",
        "被抽样单位所在省份",
    ),
    *("规格型号", "商标", "生产日期/批号", "抽样日期", "不合格项目║检验结果║标准值", "检验结论", "承检机构"),
    *("电商平台", "任务来源/项目名称", "联系人", "联系电话", "备注"),
]


def record(i: int) -> list:
    return [
        *(
            i + 1,
            f"电热水壶{i}",
            f"甲{i}电器有限公司",
            ("浙江省宁波市某路1号", "苏州市某路2号")[i % 2],
            f"乙{i}商贸有限公司",
        ),
        *(
            ("浙江省", "江苏省", "北京市")[i % 3],
            "1.5L",
            f"牌{i}",
            f"2026-0{i + 1}-02",
            f"2026年6月{i + 1}日",
        ),
        *("泄漏电流║0.9mA║≤0.75mA", ("不合格", "合格")[i % 2], "某省质检院", "淘宝", "2026年省级监督抽查"),
        *("张三丰", "13912345678", None),
    ]


def workbook(path: Path, **filled: Callable) -> Path:
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True, "default_date_format": "yyyy-mm-dd"})
    for name, fill in filled.items():
        fill(book.add_worksheet(name))
    book.close()
    path.write_bytes(stream.getvalue())
    return path


def results(sheet) -> None:
    sheet.merge_range(0, 0, 0, len(HEADERS) - 1, "产品质量监督抽查不合格产品信息（合成）")
    sheet.write_row(1, 0, HEADERS)
    for i in range(6):
        sheet.write_row(2 + i, 0, record(i))


def two_rows(sheet) -> None:
    sheet.merge_range("A1:F1", "抽样信息（合成）")
    sheet.merge_range("A2:A3", "样品编号")
    sheet.merge_range("B2:C2", "抽样单位")
    sheet.merge_range("D2:E2", "生产企业")
    sheet.merge_range("F2:F3", "抽样日期")
    sheet.write_row("B3", ["名称", "地址", "名称", "地址"])
    for i in range(3):
        sheet.write_row(
            3 + i, 0, [f"S{i}", f"甲{i}所", "杭州", f"丙{i}公司", "浙江省杭州市", dt.date(2026, 6, i + 1)]
        )


def no_header(sheet) -> None:
    for i in range(3):
        sheet.write_row(i, 0, [i + 1, f"2026-06-0{i + 1}", "13912345678", 3.5])


def home_of(tmp_path: Path) -> Environment:
    """An installation with the shipped lookups, no source, and a root for its own."""
    shutil.copytree(SCHEMAS / "lookups", tmp_path / "schemas" / "lookups")
    for folder in ("schemas/sources", "further", "inbox/results"):
        (tmp_path / folder).mkdir(parents=True)
    return Environment(
        home=tmp_path,
        inbox=tmp_path / "inbox",
        lake=tmp_path / "lake",
        spark_master="local[1]",
        source_roots=(tmp_path / "schemas", tmp_path / "further"),
        key_file=tmp_path / "keys" / "hmac.key",
    )


def drafted(env: Environment, file: Path, *targets: str, **options: str) -> Draft:
    return draft(file, env.source_roots, CATALOG, targets=targets, **options)


def columns(result: Draft, feed: str) -> dict[str, str | None]:
    return {row["header"]: row["column"] for row in rows(result) if row["feed"] == feed}
