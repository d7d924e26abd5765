"""Writes an XLSX workbook for the nation, each platform and each province into site/workbooks: the figures of
the pages as tables with one row per observation, and a sheet with the definitions of the columns."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

import pandas as pd
import pyarrow as pa
import xlsxwriter

from jobs.code_identity import CONTRACTS, code_hash, made_from
from jobs.contracts.catalog import load_catalog
from jobs.contracts.english import heading
from jobs.contracts.glossary import GLOSSARY, term
from jobs.contracts.model import Column, Contract
from jobs.environment import Environment
from jobs.errors import UsageError
from jobs.lake.night import WHOLE, Snapshot, newest_snapshot
from jobs.lake.tables import Lake
from jobs.marts.dimensions import NATION
from jobs.plurals import plural
from jobs.reports.authorities import national_authority
from jobs.reports.confidential import flags_of
from jobs.reports.framed import TEMPLATES, template
from jobs.reports.names import page_name
from jobs.reports.nation import of_nation
from jobs.reports.numbers import missing
from jobs.reports.trends import STATED_FROM, TREND
from jobs.reports.workbook_columns import Columns
from jobs.reports.workbook_sheets import DIMENSIONS, QUEUE, Sheet, definitions, left_out, sheets
from jobs.whole_folder import MadeFolder, is_current, read_manifest

FOLDER = "workbooks"
ABOUT, MEANINGS = "说明 About", "定义 Definitions"
HEADS = 2  # rows above the figures: words, and the columns' names in the tables
MEANING_WORDS = {
    "sheet": "工作表\nSheet",
    "table": "汇总表\nTable",
    "column": "列名\nColumn",
    "name_zh": "名称\nName in Chinese",
    "meaning_zh": "含义\nMeaning in Chinese",
    "meaning_en": "英文含义\nMeaning in English",
    "unit": "单位\nUnit",
    "type": "类型\nType",
}


@dataclass(frozen=True)
class Written:
    """Counts of workbooks. ``there``: in the folder now; ``written``, ``unchanged``, ``removed``: by this
    call."""

    there: int
    written: int
    unchanged: int
    removed: int


def write_workbooks(env: Environment) -> Written:
    """Write the workbooks of the newest night below site/workbooks; UsageError where there is no night. A
    workbook is left as it is where neither its figures nor the code that makes it changed: the night that its
    first sheet names is then the first one with these figures."""
    unchanged = current_workbooks(env)
    if unchanged is not None:
        return unchanged
    snapshot, root = newest_snapshot(Lake(env.lake), WHOLE), env.site / FOLDER
    if snapshot.date is None:
        raise UsageError(f"{env.lake}: no night to write workbooks of yet; `quality run` makes the first one")
    code, origin = _origin(snapshot)
    contracts, folder = dict(load_catalog().contracts), MadeFolder(root)
    flags = flags_of(snapshot)
    there = written = 0
    for dimension in DIMENSIONS:
        for unit, found in sheets(snapshot, dimension, contracts, flags):
            place = f"{dimension}/{page_name(unit).removesuffix('.html')}.xlsx"
            rows = made_from(code, content_hash(found, contracts))
            there += 1
            if not folder.keep(place, rows):
                folder.put(place, workbook_bytes(dimension, unit, found, contracts, snapshot.date), rows)
                written += 1
    folder.put("index.html", index_page(list(folder.files), snapshot))
    gone = folder.finish(origin)
    return Written(there, written, there - written, len(gone))


def current_workbooks(env: Environment) -> Written | None:
    """Return counts of the workbooks on disk if they are made from the newest night with the present code;
    None where they have to be written."""
    root = env.site / FOLDER
    if not is_current(root, _origin(newest_snapshot(Lake(env.lake), WHOLE))[1]):
        return None
    there = len(read_manifest(root)["parts"])
    return Written(there, 0, there, 0)


def _origin(snapshot: Snapshot) -> tuple[str, str]:
    """Two hashes: of the code that makes a workbook, and of everything that the folder is made from."""
    code = code_hash([__name__], (GLOSSARY,), libraries=("xlsxwriter",))
    # Contracts are in the content of the workbooks that explain them, and the template is the index page's.
    page = code_hash([], (TEMPLATES, *CONTRACTS), libraries=("jinja2",))
    return code, made_from(code, page, snapshot.content)


def index_page(now: Sequence[str], snapshot: Snapshot) -> bytes:
    """Return the HTML page that links the workbooks. ``now``: their paths below the folder, such as
    platform/P01.xlsx; ``snapshot``: the night, for names and date."""
    units = {"platform": ("silver.platform", "platform_code"), "region": ("silver.region", "region_code")}
    own = [place for place in now if place.startswith("nation/")]
    groups = [("nation", [(place, "全国", "Nation") for place in own])] if own else []
    for dimension, (table, key) in units.items():
        names = (
            snapshot.frame(table, columns=[key, "name_zh", "name_en"], where=of_nation(snapshot, table))
            if snapshot.version(table) is not None
            else pd.DataFrame(columns=[key, "name_zh", "name_en"])
        )
        by_place = {
            f"{dimension}/{page_name(c).removesuffix('.html')}.xlsx": (z, c if missing(e) else e)
            for c, z, e in names.itertuples(index=False)
        }
        groups.append(
            (
                dimension,
                [
                    (place, *by_place.get(place, (place, place)))
                    for place in sorted(now)
                    if place.startswith(dimension)
                ],
            )
        )
    return template("workbooks.html").render(groups=groups, day=snapshot.date).encode("utf-8")


def content_hash(found: Sequence[Sheet], contracts: dict[str, Contract]) -> str:
    """Return a SHA-256 (hex) of all that a workbook shows except the date of the night: a workbook is written
    again only where it changed. ``found``: its sheets; ``contracts``: by table id."""
    digest = hashlib.sha256()
    for sheet in [*found, Sheet(MEANINGS, "", definitions(list(found), contracts))]:
        digest.update(f"{sheet.name} {sheet.table}\n".encode())
        digest.update(_bytes(sheet.rows))
    return digest.hexdigest()


def _bytes(rows: pd.DataFrame) -> bytes:
    table, sink = pa.Table.from_pandas(rows, preserve_index=False), pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema.remove_metadata()) as stream:
        stream.write_table(table.replace_schema_metadata(None))
    return sink.getvalue().to_pybytes()


def workbook_bytes(
    dimension: str, code: str, found: Sequence[Sheet], contracts: dict[str, Contract], day: date
) -> bytes:
    """Return one workbook as the bytes of an XLSX file; the same arguments always give the same bytes.

    ``dimension``, ``code``: the unit; ``found``: its sheets; ``contracts``: by table id, for the names and
    meanings of columns; ``day``: the night's date.
    """
    out = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "nan_inf_to_errors": False,
    }
    book = xlsxwriter.Workbook(out, options)
    book.set_properties(
        {
            "title": f"{dimension} {code}",
            "author": "质量观象台 Quality Observatory",
            "created": datetime(day.year, day.month, day.day),
        }
    )
    formats = {
        "words": book.add_format({"bold": True, "text_wrap": True, "valign": "top"}),
        "head": book.add_format({"font_color": "#5A6672", "font_size": 9, "bottom": 1}),
        "share": book.add_format({"num_format": "0.0%"}),
        "count": book.add_format({"num_format": "#,##0"}),
        "decimal": book.add_format({"num_format": "#,##0.0"}),
        "day": book.add_format({"num_format": "yyyy-mm-dd"}),
        "text": book.add_format(),
        "quoted": book.add_format({"quote_prefix": True}),
        "wrap": book.add_format({"text_wrap": True, "valign": "top"}),
    }
    about = book.add_worksheet(ABOUT)
    about.set_column(0, 0, 100)
    for row, line in enumerate(_about(dimension, code, found, day)):
        about.write_string(row, 0, line, formats["wrap"])
    for sheet in found:
        _sheet(
            book.add_worksheet(sheet.name, Columns), sheet.rows, formats, contracts[sheet.table], sheet.terms
        )
    meanings = definitions(list(found), contracts)
    wide = book.add_worksheet(MEANINGS, Columns)
    _sheet(wide, meanings, formats)
    wide.set_column(4, 5, 70)
    book.close()
    return out.getvalue()


def _about(dimension: str, code: str, found: Sequence[Sheet], day: date) -> list[str]:
    kind = {"nation": ("全国", "Nation"), "platform": ("平台", "Platform"), "region": ("地区", "Region")}[
        dimension
    ]
    return [
        f"质量观象台 Quality Observatory：{kind[0]} {kind[1]} {code}",
        f"数据为 {day} 之夜的（此后未变） | figures of the night of {day}, unchanged since",
        (
            "首行为列的名称，第二行为汇总表中的列名，含义见“定义”；空格即没有数值，不是零"
            " | the first row names each column in words, the second as the gold tables do, as in "
            "Definitions; an empty cell is no value, not zero"
        ),
        (
            "比率以百分数显示，单元格中为0至1；靶向抽样的是问题发现率，不代表市场；样本不足的比率为空，批次数照列"
            " | rates are shown as per cent and are 0-1 in the cell; those of targeted samples are finding "
            "rates, not the market's; rates of too few batches are empty, counts stay"
        ),
        *(
            f"{sheet.name}: {sheet.table}, {len(sheet.rows):,}行 rows"
            f"{_whose(dimension, sheet)}{_stated(sheet)}"
            for sheet in found
        ),
        *(
            f"{name}: 该单位没有行，故无此工作表 | no row is about this unit, so there is no such sheet"
            for name in left_out(dimension, found)
        ),
    ]


def _whose(dimension: str, sheet: Sheet) -> str:
    """Whose the tasks of a workbook are: of the nation's, how many are those of the national authority; of a
    province's, how many are those of its authorities, which alone its page lists."""
    if sheet.table != QUEUE:
        return ""
    authorities = sheet.rows["office_type"].eq("authority")
    if dimension == "nation":
        own = int((authorities & sheet.rows["office_code"].eq(NATION)).sum())
        return (
            f"，为全部承办单位的待办，其中{national_authority().zh}{own:,}行；承办单位和省份见office_type、"
            f"office_code、province_code各列 | tasks of all offices, of these {own:,} of the national "
            "authority; office_type, office_code and province_code name the office and the province"
        )
    if dimension == "platform":
        return "，为该平台自己应办的 | what the platform itself has to do"
    own = int(authorities.sum())
    others = len(sheet.rows) - own
    return (
        f"，其中本省监管部门{own:,}行，即该地区页面所列；其余{others:,}行是平台和检验机构就本省对象的待办"
        f" | of these {own:,} of the province's authorities, which its page lists; beside them "
        f"{plural(others, 'task')} of platforms and laboratories about what lies in the province"
    )


def _stated(sheet: Sheet) -> str:
    """What a sheet of trends leaves empty, where it does."""
    if sheet.table != TREND or not (sheet.rows["n_years"] < STATED_FROM).any():
        return ""
    return (
        "，不满三个期间的不列趋势，两个期间之差见不合格率表的yoy_pp各列 | a trend is stated only where "
        "three periods or more are there; how two periods differ is in the columns yoy_pp, yoy_low and "
        "yoy_high of Rates"
    )


def _sheet(
    sheet: Columns,
    rows: pd.DataFrame,
    formats: dict[str, Any],
    contract: Contract | None = None,
    terms: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Write one sheet: a row with the columns' names in both languages, a row with their names in the tables,
    then the figures, formatted by their unit in the contract. ``terms``: as of `Sheet`."""
    columns = {} if contract is None else {c.name: c for c in contract.columns}
    sheet.freeze_panes(HEADS, 0)
    for at, name in enumerate(rows.columns):
        column = columns.get(name)
        table = "" if contract is None else contract.id
        words = MEANING_WORDS.get(name, name) if column is None else _words(table, column)
        if name in terms:
            words = f"{term(terms[name]).zh}\n{term(terms[name]).en}"
        sheet.write_string(0, at, words, formats["words"])
        sheet.write_string(1, at, name, formats["head"])
        sheet.set_column(at, at, min(max(len(name) + 2, 11), 28))
        units = rows["unit"].tolist() if "unit" in rows.columns else [None]
        by_unit = {unit: formats[_number_format(column, unit)] for unit in dict.fromkeys(units)}
        numbers = [by_unit[unit] for unit in units]
        sheet.write_cells(HEADS, at, rows[name], numbers, formats)
    if len(rows):
        sheet.autofilter(1, 0, HEADS - 1 + len(rows), len(rows.columns) - 1)


def _words(table: str, column: Column) -> str:
    """The column's name in both languages."""
    return f"{column.name_zh}\n{heading(table, column.name)}"


def _number_format(column: Column | None, unit: object = None) -> str:
    """The format of a column's numbers. ``unit``: of this row, where the rows of a table have different
    units."""
    if column is None or column.name.startswith("p_"):  # a p value is no share that a reader adds up
        return "text"
    if column.unit == "share" or (column.type == "double" and str(unit).startswith("share")):
        return "share"
    if column.unit in ("points", "percentage points", "per 10000 orders", "days"):
        return "decimal"
    return "count" if column.type == "bigint" else "text"
