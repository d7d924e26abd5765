"""Columns of credit codes on the way into silver (definitions.md#credit-codes), on a separate contract."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from jobs.contracts.model import Column, Contract, ForeignKey, Rule
from jobs.engine.dispositions import Views, quarantined, statement
from jobs.engine.embedded import Embedded
from jobs.ingest.bronze import bronze_schema
from jobs.lake.tables import Lake

CODE, OTHER = "91110000600037341L", "53640000MJX173680A"
WIDE = "９１１１００００６０００３７３４１ｌ"


def _codes(name: str, *rules: Rule, key: bool = False, of: ForeignKey | None = None) -> Column:
    return Column(
        name,
        "string",
        key,
        key,
        name,
        name,
        name,
        rules=rules,
        foreign_key=of,
        code=True,
        credit_code=True,
    )


CONTRACT = Contract(
    id="silver.firm",
    version="1.0.0",
    room="facts",
    grain="one row per firm",
    engine="sql",
    inputs=(),
    refresh="full",
    depends_on_day=False,
    retention="none",
    path=Path("firm.odcs.yaml"),
    key=("uscc",),
    columns=(
        _codes("uscc", Rule("firm.uscc.uscc", "uscc", {}), key=True),
        _codes("parent_uscc", of=ForeignKey("silver.firm", "uscc")),
    ),
)


@pytest.fixture
def judge(tmp_path: Path):
    schema, engine = bronze_schema(CONTRACT), Embedded(Lake(tmp_path))
    with engine.workspace() as space:

        def run(*rows: tuple[str, str | None]) -> tuple[list[dict], list[dict]]:
            """The disposed rows and those in quarantine, both in the order of their records."""
            same = {"_unmapped": "", "_policies": "", "_load_key": "a", "_file_sha256": "a"}
            full = [
                {**same, "_record": n, "_version": str(n), "uscc": code, "parent_uscc": parent}
                for n, (code, parent) in enumerate(rows, 1)
            ]
            space.read(
                "bronze", pa.Table.from_pylist([{n: r.get(n) for n in schema.names} for r in full], schema)
            )
            days = {"_first": pa.nulls(1, pa.date32()), "_last": pa.nulls(1, pa.date32())}
            space.read("live", pa.table({"_load_key": ["a"], **days}))
            space.define("disposed", statement(CONTRACT, Views(references=["silver.firm"])), keep=True)
            disposed = space.rows("SELECT * FROM disposed ORDER BY _record").to_pylist()
            return disposed, space.rows(f"{quarantined(CONTRACT)} ORDER BY _record").to_pylist()

        yield run
    engine.close()


def test_spellings_of_one_code_are_one_key_and_equal_rows(judge):
    disposed, _ = judge((WIDE, None), ("9111 0000-600037341L", None), (CODE, OTHER), (OTHER, None))
    assert [(row["uscc"], row["_disposition"]) for row in disposed] == [
        (CODE, "superseded"),
        (CODE, "superseded"),
        (CODE, "accepted"),
        (OTHER, "accepted"),
    ]
    disposed, _ = judge((WIDE, None), (CODE, None))
    assert [row["_disposition"] for row in disposed] == ["repeated", "accepted"]


def test_a_code_is_known_whatever_spelling_the_row_of_the_code_has(judge):
    disposed, _ = judge((WIDE, None), (OTHER, CODE.lower()))
    assert [(row["parent_uscc"], row["_flags"]) for row in disposed] == [(None, []), (CODE, [])]


def test_a_quarantined_row_keeps_what_was_filed(judge):
    _, rows = judge((WIDE[:-1] + "ｏ", None), ("—", None))
    assert [(row["row"], row["rule_ids"]) for row in rows] == [
        (f'{{"uscc":"{WIDE[:-1]}ｏ"}}', ["firm.uscc.uscc"]),
        ('{"uscc":"—"}', ["firm.uscc.uscc"]),
    ]
