"""Files of the shapes in which these feeds are published, made here: no row is of a real firm or person."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
import tempfile
from functools import cache
from pathlib import Path

import xlsxwriter

MOBILES = ["13977770021", "139 7777 0022", "13977770023", "13977770024", "13977770025", "13977770026"]
MAIL, IDENTITY, CARD = "manager@pizza.example.com", "110105194912310021", "6222020200112233445"
PLANTED = [*MOBILES, MAIL, IDENTITY, CARD]

CHICAGO = [
    *(
        "Inspection ID",
        "DBA Name",
        "AKA Name",
        "License #",
        "Facility Type",
        "Risk",
        "Address",
        "City",
        "State",
    ),
    *("Zip", "Inspection Date", "Inspection Type", "Results", "Violations", "Latitude", "Longitude"),
    *("Location", "Location", "Address"),
]
NEW_YORK = [
    *("CAMIS", "DBA", "BORO", "BUILDING", "STREET", "ZIPCODE", "PHONE", "CUISINE DESCRIPTION"),
    *(
        "INSPECTION DATE",
        "ACTION",
        "VIOLATION CODE",
        "VIOLATION DESCRIPTION",
        "CRITICAL FLAG",
        "SCORE",
        "GRADE",
    ),
    "INSPECTION TYPE",
]
SAN_FRANCISCO = [
    *("business_id", "business_name", "business_address", "business_phone_number", "inspection_id"),
    *("inspection_date", "inspection_score", "inspection_type", "violation_id", "violation_description"),
    "risk_category",
]


def _chicago(number: str, name: str, day: str, result: str, violations: str = "") -> list[str]:
    place = ["2 W SYNTHETIC ST ", "CHICAGO", "IL", "60601"]
    where = ["41.88", "-87.62", "(41.88, -87.62)", "{'latitude': '41.88'}", "2 W Synthetic St"]
    risk = "Risk 1 (High)"
    return [number, name, name, "1", "Restaurant", risk, *place, day, "Canvass", result, violations, *where]


def chicago() -> bytes:
    """UTF-8 with a byte order mark, CRLF, quotes and line breaks in cells, two headers that occur twice."""
    temperature = f"3. FOOD AT 41°F - Comments: 3-302.11\r\nSEE MANAGER, {MOBILES[0]} | "
    surfaces = f'33. NON-FOOD CONTACT SURFACES, "CLEAN" - Comments: MAIL {MAIL}'
    rows = [
        _chicago("26090001", 'JOE\'S "BEST" PIZZA, INC.', "06/01/2026", "Fail", temperature + surfaces),
        _chicago("26090002", "MADE UP TACOS", "06/02/2026", "Pass"),
        _chicago(
            "26090003",
            f"CAFÉ {MOBILES[1]}",
            "06/03/2026",
            "Pass w/ Conditions",
            "55. PHYSICAL FACILITIES - Comments: ",
        ),
        _chicago("26090004", "GONE GRILL", "06/04/2026", "Out of Business"),
        _chicago("26090005", "SHUT DOOR", "06/05/2026", "No Entry", "no number: not the usual shape"),
        _chicago("26090006", "BAD DAY", "13/45/2026", "Fail", "10. HANDWASHING"),  # no such day
    ]
    rows.append(rows[1])  # the same record twice
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerows([CHICAGO, *rows])
    stream.write("26090007,CUT RECORD,,1\r\n")  # too few fields
    return stream.getvalue().encode("utf-8-sig")


def new_york() -> bytes:
    """A row for each violation: two of one inspection, one of none yet (of 1900), one without any."""
    at = ["Manhattan", "1", "SYNTHETIC AVE", "10001", "2125550100", "Bakery"]
    rows = [
        [
            "5001",
            "BREAD, WATER",
            *at,
            "06/08/2026",
            "Cited",
            "02G",
            "Cold held > 41º F",
            "Critical",
            "12",
            "A",
        ],
        ["5001", "BREAD, WATER", *at, "06/08/2026", "Cited", "10F", "Surface", "Not Critical", "12", "A"],
        ["5002", "NOT YET SEEN", *at, "01/01/1900", "", "", "", "Not Applicable", "", ""],
        ["5003", "SPOTLESS", *at, "06/09/2026", "No violations", "", "", "Not Applicable", "0", "A"],
    ]
    stream = io.StringIO()
    csv.writer(stream).writerows([NEW_YORK, *([*row, "Cycle Inspection"] for row in rows)])
    return stream.getvalue().encode()


def san_francisco() -> bytes:
    """Two spellings of the day, a row for each violation of an inspection."""
    rows = [
        f"1,Dumpling,1 Made St,+1415,1_20260610,2026-06-10T00:00:00.000,90,Routine,1_a,{CARD},Low Risk",
        "1,Dumpling,1 Made St,+1415,1_20260610,2026-06-10T00:00:00.000,90,Routine,1_b,Pests,High Risk",
        "2,Noodle,2 Made St,,2_20260611,06/11/2026 12:00:00 AM,,Complaint,,,",
    ]
    return "\n".join([",".join(SAN_FRANCISCO), *rows, ""]).encode()


def recalls(first: int, count: int) -> bytes:
    """As the recalls API of USA.gov answered."""
    results = [
        {
            "organization": "CPSC",
            "recall_number": f"{26_000 + n}",
            "recall_date": f"2026-05-{n % 28 + 1:02}",
            "recall_url": f"http://example.gov/{n}",
            "manufacturers": [f"Maker {n}"],
            "product_types": ["Toy"],
            "descriptions": [f"Toy {n}", f"call {MOBILES[2]}"],
            "upcs": None,
            "hazards": ["Choking"],
            "countries": ["China"],
        }
        for n in range(first, first + count)
    ]
    return json.dumps({"success": {"total": 5928, "results": results}}).encode()


RECALLS = {
    "cat_Toys%20%26%20Games.json": recalls(1, 3),
    "cat_Appliances.json": recalls(3, 3),  # one stands in both lists
    "cat_Kitchen.json": recalls(10, 2),  # no category of ours
}
_LIST = "sku,name,price,added,changed\n"
_ROWS = {n: f"{n},Thing {n},{n}.50,{n} Jan 2026,01/02/2026 09:00\n" for n in range(1, 9)}
_ROWS |= {9: f"9,Ring {MOBILES[3]},9.50,9 Jan 2026,01/02/2026 09:00\n"}
_LATER = {
    2: "2,Thing 2,2.99,2 Jan 2026,05/02/2026 09:00\n",
    6: "6,Thing six,6.50,6 Jan 2026,04/02/2026 09:00\n",
}
# The whole, an overlap with a correction, and the whole again with another one and without a row.
DROPS = {
    "drop_a.csv": _LIST + "".join(_ROWS[n] for n in range(1, 8)),
    "drop_b.csv": _LIST + "".join(({**_ROWS, 6: _LATER[6]})[n] for n in range(5, 10)),
    "drop_c.csv": _LIST + "".join(({**_ROWS, **_LATER})[n] for n in range(1, 8) if n != 4),
}


def tcm() -> bytes:
    """A title, a header of two rows with merged cells, cells with several items, notes below the table."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        sheet = book.add_worksheet("不合格名单")
        centred = book.add_format({"align": "center"})
        sheet.merge_range("A1:I1", "附件1", centred)
        sheet.merge_range("A2:I2", "2026年第2期中药饮片抽检不合格名单（合成数据）", centred)
        for column, name in enumerate(["序号", "标示产品名称", "标示生产企业", "批号"]):
            sheet.merge_range(2, column, 3, column, name, centred)
        sheet.merge_range("E3:G3", "抽样信息", centred)
        sheet.merge_range("H3:J3", "检验结果", centred)
        sheet.write_row(3, 4, ["抽样编号", "抽样日期", "被抽样单位", "不符合规定项目", "检出值", "检验依据"])
        several = f"性状不符合规定，电话{MOBILES[4]}；14.2%；7.9%"
        for n, row in enumerate(
            [
                (
                    1,
                    "黄芪",
                    "某某饮片厂",
                    "240101",
                    "S1",
                    "2026年6月1日",
                    "药店甲",
                    "性状；水分；总灰分",
                    several,
                ),
                (2, "当归", "某某饮片厂", "240102", "S2", "2026年6月2日", "药店乙", "含量测定", "0.04%"),
                (3, "甘草", "某某药业", "240103", "S3", "2026-06-03", "药店丙", "水分；总灰分", "15.1%"),
            ]
        ):
            sheet.write_row(4 + n, 0, [*row, "《中国药典》2020年版一部"])
        sheet.write("A9", "注：1.以上信息为合成数据；2.检出值与项目依次对应。")
    return stream.getvalue()


def _review(user: str, when: str, item: str, stars: int, text: str) -> str:
    said = {"user": user, "when": when, "item": item, "stars": stars, "text": text}
    return json.dumps(said, ensure_ascii=False) + "\n"


_REVIEWS = [
    _review("ann", "2026-06-01", "L1", 5, "Good kettle."),
    _review("bob", "2026-06-02", "L1", 1, f"漏电！打{MOBILES[5]}，证{IDENTITY}"),
    _review("ann", "2026-06-03", "L2", 4, "Fine"),
    _review("eve", "2026-06-03", "L2", 9, "Nine of five"),  # no such rating
]
REVIEWS = {
    "reviews_1.jsonl": "".join([*_REVIEWS[:2], _REVIEWS[0], *_REVIEWS[2:]]),  # ann's twice
    "reviews_2.jsonl": "".join([*_REVIEWS[1:3], _review("dan", "2026-06-04", "L1", 3, "Good kettle.")]),
}


def shop_database() -> bytes:
    """Orders and their items; an item without an order, and an order without an item."""
    orders = [
        ("O1", "2026-06-01 23:59:59", "loja 1"),
        ("O2", "2026-06-02 00:00:00", "loja 1"),
        ("O3", None, ""),
    ]
    items = [
        ("O1", 1, "L1", 2, 1999),
        ("O1", 2, "L2", 1, 5),
        ("O2", 1, "L1", 1, 10**6),
        ("O9", 1, "L1", 1, 1),
    ]
    items.append(("O1", 3, "L3", -1, 100))  # less than no item
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "shop.sqlite"
        with sqlite3.connect(path) as made:
            made.execute("CREATE TABLE orders (order_id TEXT PRIMARY KEY, ordered_at TEXT, shop TEXT)")
            made.execute("CREATE TABLE items (order_id, line, product, quantity, cents)")
            made.executemany("INSERT INTO orders VALUES (?, ?, ?)", orders)
            made.executemany("INSERT INTO items VALUES (?, ?, ?, ?, ?)", items)
        made.close()
        return path.read_bytes()


@cache
def files() -> dict[str, bytes]:
    """Every file by its place below the inbox; the same bytes whenever asked, though a workbook has its
    time."""
    texts = {f"gb_shop_list/{n}": t.encode() for n, t in DROPS.items()}
    texts |= {f"reviews_without_ids/{n}": t.encode() for n, t in REVIEWS.items()}
    return texts | {
        "us_city_inspections/chicago_export.csv": chicago(),
        "us_city_inspections/new_york_export.csv": new_york(),
        "us_city_inspections/san_francisco_export.csv": san_francisco(),
        **{f"us_recalls_by_category/{n}": content for n, content in RECALLS.items()},
        "tcm_lists/2026年第2期中药饮片.xlsx": tcm(),
        "br_shop_database/shop.sqlite": shop_database(),
    }
