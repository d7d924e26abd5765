"""The `.sql` texts of tables: what `quality contracts check` refuses, and which limits of size there are."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, NoReturn

import hostile
import pytest

from jobs.contracts.catalog import load_catalog
from jobs.engine import dialect
from jobs.engine.choice import Engines
from jobs.engine.dialect import _translated, to_duckdb
from jobs.engine.texts import has_text, table_text, text_path, text_problems
from jobs.environment import REPOSITORY
from jobs.kept_texts import KeptTexts
from jobs.lake.tables import Lake

GOLD = replace(
    hostile.contract(), id="gold.thing", room="sampling", inputs=("silver.a", "silver.b"),
    columns=tuple(c for c in hostile.contract().columns if c.name in ("id", "part")),
)  # fmt: skip
GOOD = (
    "SELECT a.id, CAST(COUNT(*) AS INT) AS part FROM silver_a AS a LEFT JOIN silver_b AS b ON a.id = "
    "b.id GROUP BY a.id"
)


def problems(root: Path, text: str | None, contract=GOLD) -> list[str]:
    path = text_path(contract, root)
    path.parent.mkdir(parents=True, exist_ok=True)
    if text is not None:
        path.write_text(text, encoding="utf-8")
    return text_problems(contract, root)


def test_a_good_text_has_no_problem(tmp_path: Path):
    assert problems(tmp_path, GOOD) == []


@pytest.mark.parametrize(("text", "problem"), [
    (GOOD.replace("LEFT JOIN", "JOIN"), None),
    (GOOD, None),  # grouped
    ("SELECT a.id, a.part FROM silver_a AS a JOIN silver_b AS b ON a.id = b.id", None),
    ("SELECT b.id, a.part FROM silver_b AS b LEFT JOIN (SELECT id, MIN(part) AS part FROM silver_a GROUP BY "
     "id) AS a ON a.id = b.id", None),
    ("SELECT a.id, a.part FROM silver_a AS a LEFT JOIN silver_b AS b ON a.id = b.id",
     "silver_a is read by a SELECT without GROUP BY or inner join"),
    ("SELECT a.id, a.part FROM silver_a AS a CROSS JOIN silver_b AS b",
     "silver_a is read by a SELECT without GROUP BY or inner join"),
    ("SELECT DISTINCT a.id, a.part FROM silver_a AS a JOIN silver_b AS b ON a.id = b.id",
     "silver_a is read by a SELECT with DISTINCT, ORDER BY or a window function"),
    ("SELECT a.id, CAST(ROW_NUMBER() OVER (ORDER BY a.id) AS INT) AS part FROM silver_a AS a JOIN silver_b "
     "AS b ON a.id = b.id", "silver_a is read by a SELECT with DISTINCT, ORDER BY or a window function"),
])  # fmt: skip
def test_a_text_only_adds_up_or_matches_a_streamed_input(tmp_path: Path, text: str, problem: str | None):
    found = problems(tmp_path, text, replace(GOLD, streamed=("silver.a",)))
    expected = [] if problem is None else [f"jobs/marts/sampling/thing.sql: streamed: {problem}"]
    assert found == expected


@pytest.mark.parametrize(
    ("nation", "words"),
    [
        ("", "'china', 'chn', 'cn', '中国'"),
        ("nl.yaml", "'netherlands', 'nl', 'nld', 'the netherlands', '荷兰'"),
    ],
)
def test_goods_from_home_are_those_of_the_nation_that_is_served(
    monkeypatch: pytest.MonkeyPatch, nation: str, words: str
):
    if nation:
        monkeypatch.setenv("QUALITY_DEPLOYMENT", str(REPOSITORY / "schemas" / "deployments" / nation))
    assert f"LOWER(TRIM(x)) IN ({words})" in table_text(load_catalog().contracts["gold.hazard_count"])


def test_a_text_is_translated_once_for_all_days_also_where_it_names_the_day():
    days = [date(2026, 6, 29), date(2026, 6, 30)]
    before = _translated.cache_info().misses
    assert len({to_duckdb("SELECT 'for all days' AS a", day) for day in days}) == 1
    assert _translated.cache_info().misses == before + 1
    assert [to_duckdb("SELECT :as_of AS one_day", day) for day in days] == [
        f"SELECT CAST('{day}' AS DATE) AS one_day" for day in days
    ]
    assert _translated.cache_info().misses == before + 2


def test_a_word_that_looks_like_the_day_stays_as_it_is():
    assert to_duckdb("SELECT ':as_of' AS a", date(2026, 6, 30)) == "SELECT ':as_of' AS a"
    with pytest.raises(ValueError, match="the mark that stands for the date"):
        to_duckdb(f"SELECT '{dialect._DAY}' AS a")


@pytest.fixture
def afresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Path]:
    """Forgets what this process has translated, and says where the texts of other processes are kept."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    def forget() -> Path:
        _translated.cache_clear()
        return tmp_path / "quality-observatory" / "texts" / dialect._KEPT.made_by

    return forget


@pytest.mark.parametrize("text", [GOOD, "SELECT '一\r\n二\r' AS a"])
def test_another_process_takes_a_text_from_disk_and_translates_none(
    afresh: Callable[[], Path], monkeypatch: pytest.MonkeyPatch, text: str
):
    afresh()
    found = to_duckdb(text)
    folder = afresh()
    monkeypatch.setattr(dialect, "parsed", None)
    assert to_duckdb(text) == found
    assert [path.name[:1] != "." for path in folder.iterdir()] == [True]


@pytest.mark.parametrize("left", [b"", b"\xff\xfe", b"SELECT 2 AS a", None])
def test_a_damaged_text_on_disk_is_translated_again(afresh: Callable[[], Path], left: bytes | None):
    afresh()
    found = to_duckdb(GOOD)
    [file] = afresh().iterdir()
    whole = file.read_bytes()
    file.write_bytes(whole[:-1] if left is None else left)
    assert to_duckdb(GOOD) == found
    assert file.read_bytes() == whole


def test_texts_of_other_code_are_not_read(afresh: Callable[[], Path], monkeypatch: pytest.MonkeyPatch):
    afresh()
    dialect._KEPT.put(GOOD, "SELECT 2 AS a")
    assert to_duckdb(GOOD) == "SELECT 2 AS a"
    afresh()
    monkeypatch.setattr(dialect, "_KEPT", KeptTexts("of other code"))
    assert to_duckdb(GOOD).startswith("SELECT a.id")


@pytest.mark.parametrize("cache", ["a file", "no home"])
def test_without_a_folder_to_keep_them_texts_are_translated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cache: str
):
    (tmp_path / "a file").touch()
    if cache == "no home":
        monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
        monkeypatch.setattr(Path, "home", lambda: (_ for _ in ()).throw(RuntimeError("no home")))
    else:
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / cache))
    _translated.cache_clear()
    assert to_duckdb(GOOD).startswith("SELECT a.id")


def test_texts_that_no_code_uses_any_more_are_removed(afresh: Callable[[], Path]):
    mine = afresh()
    old, used = mine.with_name("old"), mine.with_name("used")
    for folder in (old, used):
        folder.mkdir(parents=True)
    os.utime(old, (0, 0))
    to_duckdb(GOOD)
    assert not old.exists() and used.exists() and mine.exists()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "needs it and it is absent"),
        ("SELECT FROM WHERE", "text:"),
        ("DELETE FROM silver_a", "is not a SELECT"),
        (
            GOOD.replace("COUNT(*)", "PERCENTILE(part, 0.5)"),
            "function: percentile is not among those compared",
        ),
        (
            GOOD.replace("COUNT(*)", "COUNTS(part)"),
            "(FUNCTIONS in jobs/engine/dialect.py); did you mean count",
        ),
        (
            GOOD.replace("COUNT(*)", "TRUNC(part, 'DAY')"),
            "text: TRUNC has the unit 'DAY', which is none of week, mm,",
        ),
        (
            GOOD.replace("COUNT(*)", "FROM_JSON(part, 'array<int>')"),
            "text: FROM_JSON has the type 'array<int>', which is not 'array<string>'",
        ),
        (GOOD.replace("COUNT(*)", "TRUNC(part, b.id)"), "text: TRUNC has the unit b.id, which is none of"),
        (
            GOOD.replace("COUNT(*)", "DATE_TRUNC('MONTH', part)"),
            "date_trunc is not among those compared on both engines: write TRUNC(day, 'MM'), for example",
        ),
        (
            GOOD.replace("COUNT(*)", "DATE_DIFF(part, part)"),
            "date_diff is not among those compared on both engines: write a build(), or a join",
        ),
        (GOOD.replace("silver_b", "silver_c"), "reads silver_c, which is not among the contract's inputs"),
        (GOOD.replace("silver_b", "silver_c"), "silver.b is an input of the contract and not read"),
        (GOOD.replace("a.id = b.id", "a.id = :other"), "parameter: :other"),
        (GOOD.replace("a.id = b.id", "a.day < :as_of"), "depends_on_day do not agree"),
        (GOOD.replace("AS part", "AS parts"), "are not the contract's"),
    ],
)
def test_a_text_that_one_engine_could_not_run_is_refused_with_the_reason(
    tmp_path: Path, text: str | None, said: str
):
    assert any(said in line for line in problems(tmp_path, text)), problems(tmp_path, text)


def test_every_text_of_the_project_is_whole_and_belongs_to_a_contract():
    contracts = load_catalog().contracts.values()
    assert [p for c in contracts for p in text_problems(c)] == []
    known = {text_path(c) for c in contracts if has_text(c)}
    assert set((REPOSITORY / "jobs").rglob("*.sql")) == known


@pytest.mark.parametrize(("setting", "rows", "engine"), [
    ("auto", 10, "embedded"), ("auto", 11, "spark"), ("embedded", 10**9, "embedded"), ("spark", 0, "spark"),
])  # fmt: skip
def test_the_engine_follows_from_the_setting_and_the_rows(
    tmp_path: Path, setting: str, rows: int, engine: str
):
    engines = Engines(Lake(tmp_path), setting, 10, start=lambda: pytest.fail("choosing starts no JVM"))
    assert (engines.chosen(rows), engines.used_spark) == (engine, False)
    engines.close()


def test_spark_that_was_begun_ahead_is_started_once_and_waited_for(tmp_path: Path):
    calls: list[str] = []

    def start() -> Any:
        calls.append("started")
        return object()

    engines = Engines(Lake(tmp_path), "auto", 10, start=start)
    engines.begin_spark()
    engines.begin_spark()
    engines.close()
    assert (calls, engines.used_spark) == (["started"], True)


def test_spark_that_cannot_start_ahead_fails_the_step_that_needs_it(tmp_path: Path):
    def start() -> NoReturn:
        raise OSError("no Java here")

    engines = Engines(Lake(tmp_path), "auto", 10, start=start)
    engines.begin_spark()
    with pytest.raises(OSError, match="no Java here"), engines.named("spark").workspace():
        pass
    engines.close()
    assert not engines.used_spark


def test_limits_of_size_stand_in_one_module():
    named = re.compile(r"^(?!_|FEWEST)[A-Z_]*(ROWS|BYTES|MEMORY)[A-Z_]* = [\d_]+", re.MULTILINE)
    rooms = [REPOSITORY / "jobs" / room for room in ("engine", "night", "gate", "conform", "marts")]
    found = {
        p.relative_to(REPOSITORY).as_posix()
        for room in rooms
        for p in room.rglob("*.py")
        if named.search(p.read_text("utf-8"))
    }
    assert found == {"jobs/engine/sizes.py"}


def test_what_one_product_is_stands_alike_in_both_texts_that_ask():
    """A product's id is one expression in two texts; the draw passes over what duplicate_check blocked only
    while they agree."""

    def product(table: str) -> str:
        text = " ".join(text_path(load_catalog().contracts[table]).read_text("utf-8").split())
        return re.search(r"SUBSTRING\( SHA2\( code .*? AS product_id", text)[0]

    assert product("gold.duplicate_check") == product("gold.sampling_purchase")
