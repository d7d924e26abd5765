"""Spark and DuckDB make the same of the same text: typing, judging and ranking over hostile rows, and the
spellings of our own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import hostile
import pyarrow as pa
import pytest

from jobs.engine.dialect import FUNCTIONS, functions_of, to_duckdb
from jobs.engine.dispositions import COUNTS, Views, accepted, quarantined, statement
from jobs.engine.embedded import Embedded
from jobs.engine.interface import Engine
from jobs.engine.on_spark import OnSpark
from jobs.engine.ranking import rivals
from jobs.engine.typed import typed
from jobs.lake.tables import Lake

ROWS = 4_000


@pytest.fixture(scope="module")
def engines(spark, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Engine, Engine]]:
    lake = Lake(tmp_path_factory.mktemp("lake"))
    embedded = Embedded(lake)
    yield embedded, OnSpark(lake, lambda: spark)
    embedded.close()


def disposed(engine: Engine, rows: pa.Table, *, apart: bool = False) -> dict[str, list[dict]]:
    """``apart``: only rows that share their key are ranked."""
    contract = hostile.contract()
    with engine.workspace(small=True) as space:
        space.read("bronze", rows)
        space.read("live", hostile.live())
        space.read("deliveries", hostile.deliveries())
        codes = {"code": ["known", "中文", None, "a\\b"], "_jurisdiction": ["CN", "US", "CN", "CN"]}
        space.read("silver_reference", pa.table(codes))
        if apart:
            space.define("rivals", rivals(contract), keep=True)
            assert 0 < space.rows("SELECT COUNT(*) AS n FROM rivals")["n"][0].as_py() < rows.num_rows / 2
        views = Views(references=["silver.reference"], deliveries=True, rivals="rivals" if apart else None)
        space.define("disposed", statement(contract, views), keep=True)
        texts = {
            "all": "SELECT * FROM disposed",
            "accepted": accepted(contract),
            "quarantined": quarantined(contract),
            "counts": COUNTS,
        }
        return {name: sorted(space.rows(text).to_pylist(), key=_place) for name, text in texts.items()}


def _place(row: dict) -> str:
    return repr([row.get(n) for n in ("_load_key", "load_key", "_record", "record", "_disposition")])


def differences(one: list[dict], other: list[dict]) -> list[str]:
    """What distinguishes two sorted lists of rows, a line for each row and column, a few of each column."""
    if len(one) != len(other):
        return [f"{len(one)} rows and {len(other)}"]
    seen: Counter[str] = Counter()
    found = []
    for a, b in zip(one, other, strict=True):
        for column in a:
            if repr(a[column]) != repr(b[column]):
                seen[column] += 1
                found += (
                    [f"{column}: {a[column]!r} and {b[column]!r} of {a.get('_text', a)!r}"[:600]]
                    if seen[column] < 3
                    else []
                )
    return found + [f"{column}: {n} rows" for column, n in seen.items()]


@pytest.mark.parametrize(
    ("seed", "last"), [(1, 1), *(pytest.param(n, 2, marks=pytest.mark.slow) for n in (1, 2, 3))]
)
def test_ranking_only_rows_that_share_their_key_gives_the_same_on_both_engines(
    engines: tuple[Engine, Engine], seed: int, last: int
):
    rows = hostile.bronze(ROWS, seed)
    whole = disposed(engines[0], rows)
    for engine in engines[:last]:  # DuckDB, then Spark
        apart = disposed(engine, rows, apart=True)
        assert {name: differences(whole[name], apart[name]) for name in whole} == {name: [] for name in whole}


@pytest.mark.parametrize("seed", [1, *(pytest.param(n, marks=pytest.mark.slow) for n in (2, 3))])
def test_hostile_rows_get_the_same_values_reasons_and_dispositions_on_both_engines(
    engines: tuple[Engine, Engine], seed: int
):
    rows = hostile.bronze(ROWS, seed)
    duck, sparked = (disposed(engine, rows) for engine in engines)
    for name in duck:
        assert differences(duck[name], sparked[name]) == [], name
    assert len({r["_disposition"] for r in duck["counts"]}) == 4, "the rows end in every way"


@pytest.mark.slow
def test_the_order_in_which_rows_arrive_changes_nothing(engines: tuple[Engine, Engine]):
    rows = hostile.bronze(ROWS, 4)
    turned = rows.take(pa.array(range(rows.num_rows - 1, -1, -1)))
    assert repr(disposed(engines[0], rows)) == repr(disposed(engines[0], turned))


CODE = "91350100M000100Y43"


@pytest.mark.parametrize(
    ("filed", "read"),
    [
        *[(text, CODE) for text in hostile.CREDIT[:6]],
        ("ａｚＡＺ０９－az", "AZAZ09AZ"),
        ("91350100О", "91350100О"),  # a Cyrillic letter is none of the code's, and stays
        ("ßıſ", "ßıſ"),
        ("无 / 个人", "无/个人"),  # no code, but changed alike
        ("—", "—"),  # nothing but separators: as filed
        ("\u3000 -", "\u3000 -"),
        ("", ""),
        (None, None),
        (CODE + "\n", CODE),
        ("9\x001", "9\x001"),
    ],
)
def test_a_credit_code_is_read_in_one_spelling_on_both_engines(
    engines: tuple[Engine, Engine], filed: str | None, read: str | None
):
    text = typed(hostile.contract().column("credit"), "filed")
    for engine in engines:
        with engine.workspace(small=True) as space:
            space.read("t", pa.table({"filed": pa.array([filed], pa.string())}))
            assert space.rows(f"SELECT {text} AS x FROM t")["x"].to_pylist() == [read], engine.name


# A value for each function that a text may call and that hostile rows do not reach, and for the spellings of
# our own.
EXPRESSIONS: list[tuple[str, object]] = [
    ("TRUNC(DATE '2024-02-29', 'MM')", date(2024, 2, 1)),
    ("TRUNC(DATE '2024-03-03', 'WEEK')", date(2024, 2, 26)),  # a Sunday belongs to the Monday before it
    ("DATE_SUB(TRUNC(DATE '2024-03-10', 'MM'), 1)", date(2024, 2, 29)),
    ("CAST(DATE_ADD(DATE '2024-02-28', 1) AS STRING)", "2024-02-29"),
    ("ADD_MONTHS(DATE '2024-01-31', 1)", date(2024, 2, 29)),
    ("LAST_DAY(DATE '2024-02-03')", date(2024, 2, 29)),
    ("MAKE_DATE(2024, 2, 29)", date(2024, 2, 29)),
    ("YEAR(DATE '2024-02-29') * 100 + MONTH(DATE '2024-02-29')", 202402),
    (":as_of", date(2026, 1, 2)),
    (
        "TRUNC(FROM_UTC_TIMESTAMP(CAST('2024-01-31T17:00:00Z' AS TIMESTAMP), 'Asia/Shanghai'), 'MM')",
        date(2024, 2, 1),
    ),
    ("FROM_JSON('[\"a\",\"b\"]', 'array<string>')", ["a", "b"]),
    ("SIZE(ARRAY_EXCEPT(ARRAY('a', 'b'), ARRAY('b')))", 1),
    ("ARRAY_JOIN(ARRAY('a', 'b'), ',')", "a,b"),
    ("NAMED_STRUCT('a', 1).a", 1),
    ("ARRAY_POSITION(ARRAY('a', 'b'), 'b')", 2),
    ("SPLIT('a,b', ',')", ["a", "b"]),
    ("ARRAY_MIN(ARRAY(3, 1, 2))", 1),
    ("TRANSFORM(SEQUENCE(1, 3), x -> x * 2)", [2, 4, 6]),
    ("AGGREGATE(SEQUENCE(1, 4), 0, (a, x) -> a + x)", 10),
    ("ARRAY_COMPACT(ARRAY('a', NULL))", ["a"]),
    ("CONCAT_WS('|', 'a', NULL, 'b')", "a|b"),
    ("CONCAT('a', NULL)", None),
    ("UPPER('äb') || LOWER('ÄB')", "ÄBäb"),
    ("RPAD('33', 6, '0')", "330000"),
    ("REPLACE('aba', 'a', 'c')", "cbc"),
    ("STARTSWITH('abc', 'ab')", True),
    ("REGEXP_REPLACE('a b\t c', '[ \t]', '')", "abc"),
    ("TRIM('  a\t ')", "a\t"),
    ("SUBSTR('数据集', 2, 1)", "据"),
    ("INSTR('abc', 'c') + LOCATE('b', 'abc')", 5),
    ("'12a' RLIKE '^[0-9]+\\\\z'", False),
    ("SHIFTLEFT(1, 5)", 32),
    ("GREATEST(1, 2) + LEAST(3, 4)", 5),
    ("ABS(-2) + FLOOR(2.5D)", 4),
    ("ROUND(2.5D, 0)", 3.0),
    ("NULLIF(1, 1)", None),
    ("7 / 2", 3.5),
    ("SHA2('a', 256)", "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"),
    ("MD5('a')", "0cc175b9c0f1b6a831c399e269772661"),
]
AGGREGATES: list[tuple[str, object]] = [
    ("COUNT_IF(n > 9)", 0),
    ("COUNT_IF(n > 1)", 2),
    ("MAX_BY(k, n)", "c"),
    ("MIN_BY(k, n)", "a"),
    ("ARRAY_SORT(COLLECT_SET(m))", ["x"]),
    ("ARRAY_SORT(COLLECT_LIST(k))", ["a", "b", "c"]),
    ("BIT_OR(n)", 3),
    ("MAX(k)", "c"),
    ("MIN(k)", "a"),
    ("CAST(SUM(n) AS BIGINT)", 6),
]


@pytest.mark.parametrize(("expression", "value"), EXPRESSIONS)
def test_an_expression_has_one_value_on_both_engines(
    engines: tuple[Engine, Engine], expression: str, value: object
):
    for engine in engines:
        with engine.workspace(as_of=date(2026, 1, 2), small=True) as space:
            assert space.rows(f"SELECT {expression} AS x")["x"].to_pylist() == [value], engine.name


@pytest.mark.parametrize(("expression", "value"), AGGREGATES)
def test_an_aggregate_has_one_value_on_both_engines(
    engines: tuple[Engine, Engine], expression: str, value: object
):
    for engine in engines:
        with engine.workspace(small=True) as space:
            space.read(
                "t",
                pa.table({"k": ["a", "b", "c"], "n": pa.array([1, 2, 3], pa.int32()), "m": ["x", None, "x"]}),
            )
            assert space.rows(f"SELECT {expression} AS x FROM t")["x"].to_pylist() == [value], engine.name


def test_every_function_that_a_text_may_call_was_compared():
    compared = set().union(
        *(functions_of(f"SELECT {expression} AS x") for expression, _ in [*EXPRESSIONS, *AGGREGATES])
    )
    contract = hostile.contract()
    compared |= functions_of(
        statement(contract, Views(references=["silver.reference"], deliveries=True))
    ) | functions_of(quarantined(contract))
    by_golden_cases = {"explode", "struct", "first_value", "count", "substring"}
    assert FUNCTIONS - compared - by_golden_cases == set()


def test_a_cast_that_fails_is_an_error_on_both_engines(engines: tuple[Engine, Engine]):
    for engine in engines:
        with (
            engine.workspace(small=True) as space,
            pytest.raises(Exception, match="(?i)cast|convert|could not"),
        ):
            space.read("t", pa.table({"x": ["no number"]}))
            space.rows("SELECT CAST(x AS INT) AS y FROM t")


def test_a_text_names_its_functions_and_not_its_words():
    text = (
        "WITH a AS (SELECT COUNT(DISTINCT x) AS n, CAST(y AS DECIMAL(3,1)) AS z FROM t WHERE x IN "
        "(1) AND (NOT (b)) GROUP BY y) SELECT SIZE(n) AS s FROM a"
    )
    assert functions_of(text) == {"count", "cast", "size"}


def test_a_day_that_was_not_given_is_refused():
    with pytest.raises(ValueError, match="as_of"):
        to_duckdb("SELECT :as_of AS day")


def test_embedded_reads_a_version_with_the_columns_it_is_asked_for(tmp_path: Path):
    lake = Lake(tmp_path / "a lake")  # a space in the path
    first = lake.overwrite("silver.a", pa.table({"k": ["x"], "n": pa.array([1], pa.int64())}))
    lake.overwrite("silver.a", pa.table({"k": ["y"]}))
    from jobs.engine.interface import Stored

    engine = Embedded(lake)
    with engine.workspace() as space:
        space.read(
            "a",
            Stored(
                "silver.a",
                first,
                "n > 0",
                schema=pa.schema([("k", pa.string()), ("more", pa.list_(pa.string()))]),
            ),
        )
        assert space.rows("SELECT * FROM a").to_pylist() == [{"k": "x", "more": None}]
    engine.close()
