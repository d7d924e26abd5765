"""Bronze rows as no provider should send them, for a contract with a column of every type and a rule of every
kind."""

from __future__ import annotations

import random
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa

from jobs.contracts.kinds_codes import CREDIT_CODE
from jobs.contracts.model import Column, Contract, ForeignKey, Rule
from jobs.ingest.bronze import bronze_schema

SPACES = ["", " ", "\u3000", "\t", "\u00a0", "\n", "\r\n", "\ufeff"]
NUMBERS = [
    "0",
    "-0",
    "+7",
    "007",
    "٣",
    "１２",
    "1_000",
    "1,000",
    "1e3",
    "1E+3",
    "1e-3",
    "1e400",
    "-1e400",
    "1e9999",
    "1e-400",
    "5.",
    ".5",
    ".",
    "+",
    "-",
    "--1",
    "0x1F",
    "NaN",
    "Infinity",
    "-Infinity",
    "1d",
    "1f",
    "1L",
    "2147483647",
    "2147483648",
    "-2147483648",
    "-2147483649",
    "9223372036854775807",
    "9223372036854775808",
    "1234567890123456789012345678901234567890",
    "0." + "0" * 30 + "1",
    "0.005",
    "-0.005",
    "1.005",
    "99.995",
    "0.004999999999999999999",
    "1234567890123456.785",
    "12345678901234567.89",
    "1.5e1",
    "12.5e-1",
    "3.141592653589793238462643383279",
    "9007199254740993",
    "1.7976931348623157e308",
    "1.7976931348623159e308",
    "4.9e-324",
    "2e-324",
    "0.1",
    "1e22",
    "1e23",
    "8.5e-3",
]
DAYS = [
    "2024-02-29",
    "2023-02-29",
    "2024-02-30",
    "2024-13-01",
    "2024-00-10",
    "2024-1-1",
    "24-01-01",
    "0000-01-01",
    "0001-01-01",
    "9999-12-31",
    "10000-01-01",
    "1582-10-10",
    "1900-02-29",
    "2024-01-01 ",
    "2024/01/01",
    "20240101",
    "2024",
    "２０２４-01-01",
    "2024-01-01T00:00:00",
    "-2024-01-01",
    "2024-01-01\n",
]
INSTANTS = [
    "2024-01-01T00:00:00Z",
    "2024-01-01 23:59:59Z",
    "2024-01-01T23:59:60Z",
    "2024-01-01T24:00:00Z",
    "2024-01-01T25:00:00Z",
    "2024-02-30T00:00:00Z",
    "2024-01-01T00:00:00.1Z",
    "2024-01-01T00:00:00.123456Z",
    "2024-01-01T00:00:00.1234567Z",
    "2024-01-01T00:00:00.999999999+08:00",
    "2024-01-01T00:00:00+08:00",
    "2024-01-01T00:00:00+0800",
    "2024-01-01T00:00:00+08",
    "2024-01-01T00:00:00-17:59",
    "2024-01-01T00:00:00+18:00",
    "2024-01-01T00:00:00+19:00",
    "2024-01-01T00:00:00+08:60",
    "2024-01-01T00:00:00-00:00",
    "2024-01-01T00:00:00",
    "2024-01-01T00:00Z",
    "2024-01-01",
    "0000-01-01T00:00:00Z",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z",
    "1582-10-10T00:00:00Z",
    "2024-01-01T00:00:00z",
    "2024-01-01t00:00:00Z",
    "2024-01-01T00:00:00 Z",
    "2024-01-01T00:00:00Asia/Shanghai",
    "1900-01-01T00:00:00+08:05",
]
LISTS = [
    "[]",
    '["a"]',
    '["a","b"]',
    '[ "a" , "b" ]',
    '["a",]',
    '["a"',
    "[a]",
    "[1]",
    '["a",null]',
    "[null]",
    '[["a"]]',
    '{"a":1}',
    '["\\u0041"]',
    '["\\u0007"]',
    '["\\ud800"]',
    '["a\\"b"]',
    '["a\\\\"]',
    '["\\n"]',
    '["中"]',
    '["a"] ',
    "['a']",
    "null",
    '["a" "b"]',
    '["known","unknown"]',
    '["known"]',
    '[""]',
]
TEXTS = [
    "known",
    "unknown",
    "Known",
    "known ",
    "k'n\"own",
    "a\\b",
    "中文",
    "𝒳",
    "e\u0301",
    "\u00e9",
    "\x00",
    "a\x00b",
    "\x1f",
    "\x7f",
    "\u2028",
    "\u202e",
    "; DROP TABLE x",
    "=1+1",
    "<b>",
    "%s",
    "${a}",
    ":as_of",
    "--",
    "/*",
    "a|b",
    "1:a",
    *"null NULL true TRUE false 911100007109250324 91110000710925032X ＡＢＣ ß İ".split(),
    "a" * 300,
]
USCC = [
    "91350100M000100Y43",
    "91350100M000100Y44",
    "9135010OM000100Y43",
    "91350100m000100y43",
    "110000000000000000",
]
# Credit codes as people file them, and letters that capitals and width change elsewhere.
CREDIT = [
    "91350100M000100Y43",
    "91350100m000100y43",
    "９１３５０１００Ｍ０００１００Ｙ４３",
    "９１３５０１００ｍ０００１００ｙ４３",
    " 9135 0100-M000 100Y43\n",
    "9135\u30000100\u2011M000\u2014100\uff0dY43",
    "91350100M000100Y4",
    "𝟗1350100M000100Y43",
    "91350100М000100Y43",  # a Cyrillic M
    "9135\x000100M000100Y43",
    "91350100M000100Y43\u200b",
    "-",
    "\u2014\u2014",
    "\u3000",
    "无/个人",
    "N-857cab9ef306c2c12bae484a",
    *"ß ſ ı İ \u212a ǆ ﬀ é É ① 'a\\b".split(),
]
# Few keys, some in several spellings.
IDS = ["k1", "K1", "ｋ1", "K-1", "k2", " K2", "k3", "-", "\x00", "中", None]
POLICIES = [
    "",
    ";mode=append;",
    ";mode=snapshot;",
    ";code=keep;",
    ";code=quarantine;amount=null_and_flag;",
    ";codes=keep;mode=append;",
    ";mode=snapshot;codes=quarantine;",
    ";jurisdiction=US;",
    ";codes=keep;jurisdiction=US;currency=USD;",
]
SOUND = {
    "day": "2024-05-01",
    "moment": "2024-05-01T10:00:00+08:00",
    "flag": "true",
    "whole": "3",
    "large": "9",
    "real": "2.5",
    "amount": "10.25",
    "exact": "13.25",
    "code": "known",
    "codes": '["known"]',
    "kind": "known",
    "shape": "known",
    "by": "a|b",
    "why": "x",
    "until": "2024-05-02",
}
REFERENCE = ForeignKey("silver.reference", "code")
LOOKS = Rule("thing.credit.pattern", "pattern", {"pattern": CREDIT_CODE}, "warning")
ALL = [*SPACES, *NUMBERS, *DAYS, *INSTANTS, *LISTS, *TEXTS, *USCC, *CREDIT]
OF_TYPE = {"date": DAYS, "timestamp": INSTANTS, "array<string>": LISTS, "string": TEXTS}


def contract() -> Contract:
    """Two key columns, one of credit codes; every type; every kind of row rule."""

    def column(name: str, kind: str, *rules: Rule, **more: Any) -> Column:
        return Column(
            name=name,
            type=kind,
            required=more.pop("required", False),
            key=more.pop("key", False),
            name_zh=f"列{name}",
            description_zh="",
            description_en="",
            rules=rules,
            **more,
        )

    def rule(name: str, kind: str, severity: str = "critical", **arguments: Any) -> Rule:
        return Rule(f"thing.{name}.{kind}", kind, arguments, severity)

    columns = (
        column("id", "string", required=True, key=True, code=True, credit_code=True),
        column("part", "int", required=True, key=True),
        column(
            "day",
            "date",
            rule("day", "range", min="1980-01-01", max="2099-12-31"),
            rule("day", "not_after_receipt", "warning"),
        ),
        column("moment", "timestamp", rule("moment", "range", "warning", min="1980-01-01")),
        column("flag", "boolean"),
        column("whole", "int", rule("whole", "range", min=-5, max=100)),
        column("large", "bigint"),
        column("real", "double", rule("real", "at_most", "warning", column="large")),
        column("amount", "decimal(18,2)", rule("amount", "range", min=0)),
        column("exact", "decimal(38,9)", rule("exact", "sum_of", "warning", columns=["amount", "whole"])),
        column("code", "string", rule("code", "length", max=20), foreign_key=REFERENCE),
        column("codes", "array<string>", foreign_key=REFERENCE),
        column("kind", "string", rule("kind", "values", list=["known", "k'n\"own", "a\\b"])),
        column("shape", "string", rule("shape", "pattern", "warning", pattern=r"[A-Z]{2}\d+|中文|known")),
        column(
            "by",
            "string",
            rule("by", "values_by", column="kind", allowed={"known": ["a|b"], "a\\b": ["中文"]}),
        ),
        column("uscc", "string", rule("uscc", "uscc", "warning")),
        column("credit", "string", LOOKS, code=True, credit_code=True),
        column("until", "date", rule("until", "not_before", column="day")),
        column(
            "why",
            "string",
            rule("why", "required_with", columns=["flag"]),
            rule("why", "forbidden_with", "warning", columns=["until"]),
        ),
        column("phone", "string", personal="phone"),
        column("words", "string", free_text=True),
    )
    return Contract(
        id="silver.thing",
        version="1.0.0",
        room="shared",
        grain="one row",
        engine="sql",
        inputs=(),
        refresh="full",
        depends_on_day=False,
        retention="none",
        columns=columns,
        path=Path("thing.odcs.yaml"),
        key=("id", "part"),
    )


def bronze(count: int, seed: int) -> pa.Table:
    """``count`` rows of text out of the lists above, mostly of their column's own kind, with few keys so that
    many compete."""
    draw, schema, described = (
        random.Random(seed),
        bronze_schema(contract()),
        {c.name: c for c in contract().columns},
    )

    def text(kind: str) -> str | None:
        if draw.random() < 0.15:
            return None
        known = OF_TYPE.get(kind.split("(")[0], NUMBERS)
        return draw.choice(known) if draw.random() < 0.8 else draw.choice(ALL)

    rows = []
    for number in range(count):
        row: dict[str, Any] = {name: text(c.type) for name, c in described.items()}
        row |= {
            "id": draw.choice(IDS),
            "credit": draw.choice([None, *CREDIT, *CREDIT, text("string")]),
            "part": draw.choice(["1", "01", "+1", "2", "x", None]),
        }
        if draw.random() < 0.5:  # half of the rows are sound in all but what a rule looks for
            row |= SOUND
        if draw.random() < 0.1:  # one content, again and again
            row |= {"id": draw.choice(["k5", "Ｋ-5"]), "part": "1", "credit": draw.choice(CREDIT[:5])}
            row |= {"uscc": None, "phone": "1", "words": "w"}
            row |= SOUND
        row |= {
            f"_original_{n}": draw.choice([None, None, text("string")])
            for n, c in described.items()
            if c.keeps_original
        }
        file = draw.choice(["f1", "f2", "f3", "f4", "dead"])
        row |= {
            "_version": draw.choice([None, "1", "2", "10", "1.5", "2024-01-02", "x", "1e400"]),
            "_policies": draw.choice(POLICIES),
            "_source": draw.choice("st"),
            "_unmapped": draw.choice(["", "", "", ";code;", ";kind;amount;", ";codes;id;"]),
            "_feed": "f",
            "_file": f"{file}.csv",
            "_file_sha256": file,
            "_member": draw.choice([None, "m"]),
            "_record": number,
            "_element": draw.choice([None, 1, 2]),
            "_delivered_on": date(2024, 1, 1),
            "_received_on": date(2024, 4, 30 if number % 4 else 29),  # one day before SOUND's, or two
            "_mapping": "m",
            "_load_key": file,
        }
        rows.append({name: row.get(name) for name in schema.names})
    return pa.Table.from_pylist(rows, schema)


def live() -> pa.Table:
    """Every content but `dead`, each delivered on different days; one without a day."""
    days = {
        "f1": (date(2024, 1, 1), date(2024, 1, 9)),
        "f2": (date(2024, 1, 2), date(2024, 1, 2)),
        "f3": (date(2024, 1, 3), date(2024, 1, 5)),
        "f4": (None, None),
    }
    schema = pa.schema([("_load_key", pa.string()), ("_first", pa.date32()), ("_last", pa.date32())])
    return pa.Table.from_pylist(
        [{"_load_key": key, "_first": first, "_last": last} for key, (first, last) in days.items()], schema
    )


def deliveries() -> pa.Table:
    """Deliveries of snapshot feeds."""
    schema = pa.schema([("_source", pa.string()), ("_feed", pa.string()), ("_delivered_on", pa.date32())])
    days = [("s", 2), ("s", 5), ("s", 9), ("t", 5), ("t", 20)]
    return pa.Table.from_pylist(
        [{"_source": s, "_feed": "f", "_delivered_on": date(2024, 1, d)} for s, d in days], schema
    )
