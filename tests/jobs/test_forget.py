"""`quality forget`: a person leaves every byte below the home, and what was counted stays counted
(definitions.md#forget)."""

from __future__ import annotations

import gzip
import hmac
import io
import json
import zipfile
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
from click.testing import CliRunner
from homes import DAY, Home, few_tables, lasting

from jobs.cli import quality
from jobs.errors import UsageError
from jobs.lake.lock import writer_lock
from jobs.lake.night import ANY, newest_snapshot
from jobs.lake.tables import Lake
from jobs.night.runner import run
from jobs.upkeep import doctor
from jobs.upkeep.dropping import nights
from jobs.upkeep.erasure import COPIES, Erasure, forget
from jobs.upkeep.spellings import Datum, read_data
from jobs.upkeep.traces import Traces

SOURCE = """
source: desk
publisher: {name_zh: 窗口, name_en: Desk}
timezone: Asia/Shanghai
cadence: irregular
feeds:
  cases:
    target: complaint
    files: "cases*.csv*"
    format: csv
    key: [complaint_id]
    columns:
      complaint_id:    {from: 编号}
      received_on:     {from: 日期, date: [yyyy-MM-dd]}
      complainant_ref: {from: 身份证}
      text:            {from: 内容}
  shops:
    target: shop
    files: "shops*.xlsx"
    format: xlsx
    key: [shop_id]
    columns:
      shop_id:            {from: 编号}
      name:               {from: 店名}
      operator_ref:       {from: 身份证}
      phone_ref:          {from: 手机}
      representative_ref: {from: 法人}
"""
ID, PHONE, NAME = "11010519880605001X", "13977770001", "尉迟恭良"
OTHER = "110105194912310021"
HEADER = "编号,日期,身份证,内容\n"
MAY = HEADER + f"A,2026-05-03,{ID},插座漏电，请打{PHONE}找{NAME}\nB,2026-05-04,{OTHER},电水壶冒烟\n"
JUNE = HEADER + f"C,2026-06-03,{ID.lower()},床垫刺鼻\nD,2026-06-04,{OTHER},台灯闪烁\n"
TABLES = few_tables("gold.complaint_state", "silver.shop", "silver.quarantine")
PERSON = [Datum("id", ID), Datum("phone", PHONE), Datum("name", NAME)]
REFS = "SELECT complaint_id, complainant_ref FROM silver.complaint ORDER BY ALL"


def workbook(rows: list[list[str]]) -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet()
        for at, row in enumerate(rows):
            sheet.write_row(at, 0, row)
    return file.getvalue()


SHOPS = [
    ["编号", "店名", "身份证", "手机", "法人"],
    ["S1", f"{NAME}的店", ID, f"139-7777-{PHONE[-4:]}", NAME],
]


def contents(path: Path) -> list[bytes]:
    """What a file holds: itself, and what is packed in it. Written apart from what `forget` searches with."""
    raw = path.read_bytes()
    if raw[:4] == b"PAR1":
        return [raw, str(pq.read_table(path).to_pylist()).encode()]
    if raw[:2] == b"PK":
        with zipfile.ZipFile(path) as archive:
            return [raw, *(archive.read(name) for name in archive.namelist())]
    return [raw, gzip.decompress(raw)] if raw[:2] == b"\x1f\x8b" else [raw]


def standing(home: Home, words: list[str]) -> dict[str, set[str]]:
    """Word → files below the home in which it stands."""
    found: dict[str, set[str]] = {word: set() for word in words}
    for path in (p for p in home.root.rglob("*") if p.is_file() and p != home.env.key_file):
        held = contents(path)
        for word in words:
            if any(word.encode() in content for content in held):
                found[word].add(path.relative_to(home.root).as_posix())
    return found


def pseudonyms(home: Home) -> list[str]:
    key = home.env.key_file.read_bytes()
    said = (f"id:{ID.lower()}", f"phone:{PHONE}", f"name:{NAME}")
    return [hmac.new(key, text.encode(), "sha256").hexdigest() for text in said]


def erased(home: Home, data: list[Datum], **options: object) -> Erasure:
    with writer_lock(home.env.lake, wait_seconds=5):
        return forget(home.env, data, day=DAY + timedelta(9), catalog=home.tables, **options)


def country(root: Path) -> Home:
    """Three nights; the person complains twice, keeps a shop, and the complaint of May is packed."""
    return _lived().copied(root)


@cache
def _lived() -> Home:
    """Made once in a process."""
    home = Home(lasting("forget") / "home", SOURCE, "desk", tables=TABLES)
    home.put("cases1.csv.gz", gzip.compress(MAY.encode()), mtime=1)
    home.night(DAY)
    home.put("shops.xlsx", workbook(SHOPS), mtime=2)
    home.night(DAY + timedelta(1))
    home.put("cases2.csv", JUNE, encoding="utf-8", mtime=3)
    home.night(DAY + timedelta(2))
    return home


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return country(tmp_path_factory.mktemp("forget") / "home")


@pytest.fixture(scope="module")
def done(before: Home) -> dict[str, object]:
    """What was there before, in the lake and in the files, and a dry run that changes none of it."""
    there = {
        "refs": before.ask(REFS),
        "state": before.ask("SELECT * FROM gold.complaint_state ORDER BY ALL"),
        "words": standing(before, [ID, PHONE, *pseudonyms(before)]),
        "files": sorted(p for p in before.root.rglob("*") if p.is_file()),
        "other": (before.root / "inbox" / "desk" / "else.txt"),
    }
    dry = erased(before, PERSON, dry_run=True)
    assert sorted(p for p in before.root.rglob("*") if p.is_file()) == there["files"]
    killed = before.env.lake / ".scratch" / "quality-spill-1" / "rows.tmp"  # what a killed run left
    killed.parent.mkdir(parents=True)
    killed.write_text(PHONE, encoding="utf-8")
    return there | {"dry": dry.done, "job": erased(before, PERSON)}


def test_the_person_stood_in_inbox_raw_rows_and_old_versions_before(done: dict) -> None:
    words = done["words"]
    assert {w.split("/")[0] for w in words[ID]} == {"inbox", "landing"}
    old = [w for w in words[pseudonyms_of(words)] if w.startswith("lake/")]
    assert {w.split("/")[1] for w in old} >= {"bronze", "silver"} and len(old) > 4


def pseudonyms_of(words: dict[str, set[str]]) -> str:
    return next(w for w in words if len(w) == 64)


def test_no_byte_below_the_home_holds_number_mobile_or_pseudonym_afterwards(before: Home, done: dict) -> None:
    found = standing(before, [ID, ID.lower(), PHONE, f"139-7777-{PHONE[-4:]}", *pseudonyms(before)])
    assert found == {word: set() for word in found}
    job = done["job"]
    assert job.left == [] and job.unsearched == []


def test_a_dry_run_says_what_the_erasure_does(done: dict) -> None:
    steps = lambda rows: {(r["step"], r["subject"]) for r in rows}
    assert steps(done["dry"]) == steps(done["job"].done) - {("mark", "nights erased")}
    assert {("remove from", "inbox"), ("remove from", "landing/raw"), ("clean", "landing/rows")} <= steps(
        done["dry"]
    )


def test_rows_stay_with_one_mark_for_the_person_and_others_as_they_were(before: Home, done: dict) -> None:
    now = {r["complaint_id"]: r["complainant_ref"] for r in before.ask(REFS)}
    then = {r["complaint_id"]: r["complainant_ref"] for r in done["refs"]}
    assert set(now) == set(then) == set("ABCD")
    assert now["A"] == now["C"] != then["A"] and (now["B"], now["D"]) == (then["B"], then["D"])
    assert before.ask("SELECT * FROM gold.complaint_state ORDER BY ALL") == done["state"]
    [text] = before.ask("SELECT text FROM silver.complaint WHERE complaint_id = 'A'")
    assert NAME not in text["text"] and "〔姓名〕" in text["text"] and "插座漏电" in text["text"]
    [shop] = before.ask("SELECT name FROM silver.shop")
    assert shop["name"] == f"{NAME}的店"  # the sign over a shop is no person's name


def test_files_of_others_stay(before: Home, done: dict) -> None:
    kept = {p.name for p in (before.env.landing / "rows").rglob("*.parquet")}
    assert len(kept) >= 3 and (before.root / "landing" / "raw").is_dir()
    raw = [p for p in done["files"] if "raw" in p.parts]
    assert len([p for p in raw if not p.exists()]) == 3  # two of complaints and the workbook


def test_older_nights_are_marked_erased_and_the_newest_reads_whole(before: Home, done: dict) -> None:
    kinds = [(n["date"], n["kind"]) for n in nights(Lake(before.env.lake))]
    assert kinds == [
        (DAY + timedelta(2), "nightly"),
        (DAY + timedelta(1), "erased"),
        (DAY, "erased"),
    ]
    assert newest_snapshot(Lake(before.env.lake), ANY).date == DAY + timedelta(2)
    assert doctor.problems(before.env.lake, deep=True) == []
    [noted] = before.ask(
        "SELECT outcome, rows FROM ops.run_log WHERE stage = 'forget' AND \"table\" = 'silver.complaint'",
        latest=True,
    )
    assert noted == {"outcome": "erased", "rows": 2}


@pytest.mark.slow  # quick: a night after it, in test_forget_killed
def test_the_next_nights_build_on_it_and_a_past_day_can_still_be_rebuilt(before: Home, done: dict) -> None:
    past = replace(before.env, lake=before.root / "as_of")
    with writer_lock(past.lake, wait_seconds=5) as lock:
        run(past, lock, day=DAY, known_in=before.env.lake, catalog=before.tables)
    rows = Lake(past.lake).frame("silver.complaint")
    assert sorted(rows["complaint_id"]) == ["A", "B"]  # those that had come by that day
    hashes = before.hashes()
    _, result = before.night(DAY + timedelta(3))
    assert result.exit_code == 0 and before.hashes() == hashes
    before.put("cases3.csv", HEADER + "E,2026-06-09,,水杯异味\n", encoding="utf-8", mtime=4)
    _, result = before.night(DAY + timedelta(4))
    assert result.exit_code == 0 and len(before.ask(REFS)) == 5
    before.maintain(DAY + timedelta(40))
    assert doctor.problems(before.env.lake) == []
    assert standing(before, pseudonyms(before)) == {word: set() for word in pseudonyms(before)}


@pytest.mark.slow
def test_a_file_of_the_inbox_that_is_not_landed_is_refused_before_anything_is_done(tmp_path: Path) -> None:
    home = country(tmp_path / "home")
    home.put("cases9.csv", MAY.replace("A,", "Z,"), encoding="utf-8", mtime=9)
    seen = lambda: {
        p: p.stat().st_mtime_ns for p in home.root.rglob("*") if p.is_file() and p.name != ".lock"
    }
    there = seen()
    with pytest.raises(UsageError, match=r"not landed yet \(cases9.csv\)"):
        erased(home, PERSON)
    assert seen() == there
    # What is made of the lake: a log is masked, a page and a folder of the outbox go, a bundle is named.
    home.night(DAY + timedelta(3))
    made = {
        "logs/run.log": "ok",
        "site/a.html": "gone",
        "outbox/town/2026-07-01/a.csv": "gone",
        "published/2026-05/0/data/a.csv": "left",
    }
    for place in made:
        (home.root / place).parent.mkdir(parents=True, exist_ok=True)
        (home.root / place).write_bytes(f"call +86{PHONE} now\r\n".encode())
    job = erased(home, PERSON)
    assert (home.root / "logs/run.log").read_bytes() == "call 〔电话〕 now\r\n".encode()
    assert [p for p, what in made.items() if what == "gone" and (home.root / p).exists()] == []
    [left] = job.left
    assert "published/2026-05/0/data/a.csv (a bundle never changes" in left


def test_a_value_that_would_be_found_in_others_is_refused() -> None:
    for text, said in (
        ("kind,value\nname,王\n", "too short"),
        ("kind,value\nphone,12345\n", "too short"),
        ("kind,value\nphone,unknown\n", "too short"),
        ("kind,value\nemail,a@b.cn\n", "line 2"),
        ("phone,13900001111\n", "first line"),
        ("kind,value\n", "no value"),
    ):
        with pytest.raises(UsageError, match=said):
            read_data(text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"tel {PHONE}", True),
        ("tel +86 139 7777 0001", True),
        ("tel １３９７７７７０００１", True),
        (f"id {ID.lower()}", True),
        ("order 8813977770001", False),  # another number
        ("139777700012", False),
        (f"shop of {NAME}", False),  # names in texts that are no cells belong to many
    ],
)
def test_spellings_are_known_and_longer_numbers_are_others(text: str, found: bool) -> None:
    assert Traces(PERSON, b"k" * 32).in_text(text) is found


def test_packed_and_binary_files_are_searched(tmp_path: Path) -> None:
    import sqlite3
    import tarfile

    traces = Traces(PERSON, b"k" * 32)
    utf16 = tmp_path / "utf16.txt"
    utf16.write_bytes(f"电话{PHONE}".encode("utf-16"))
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", f"x,{PHONE}\n")
    tar = tmp_path / "a.tar"
    with tarfile.open(tar, "w") as archive:
        entry = tarfile.TarInfo("inner.zip")
        entry.size = len(inner.getvalue())
        archive.addfile(entry, io.BytesIO(inner.getvalue()))
    base = tmp_path / "a.sqlite"
    with sqlite3.connect(base) as connection:
        connection.execute("CREATE TABLE t (phone INTEGER)")
        connection.execute("INSERT INTO t VALUES (?)", [int(PHONE)])
    connection.close()
    nested = tmp_path / "a.parquet"
    pq.write_table(pa.table({"s": [{"list": [f"call {PHONE}"]}]}), nested)
    assert [traces.in_file(p) for p in (utf16, tar, base, nested)] == [True] * 4 and not traces.unsearched
    broken = tmp_path / "a.7z"
    broken.write_bytes(b"7z\xbc\xaf\x27\x1c" + b"\0" * 600)
    assert not traces.in_file(broken) and traces.unsearched == [f"{broken}: 7z"]


def test_the_command_reads_the_values_from_a_file_and_ends_with_1_while_a_trace_is_left(
    before: Home, done: dict, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("QUALITY_HOME", str(before.root))
    monkeypatch.setenv("QUALITY_KEY_FILE", str(before.env.key_file))
    kept = before.root / "published" / "note.txt"
    kept.parent.mkdir(exist_ok=True)
    kept.write_text(PHONE)
    values = tmp_path / "person.csv"
    values.write_text(f"kind,value\nphone,{PHONE}\n")
    again = CliRunner().invoke(quality, ["forget", str(values)])
    assert again.exit_code == 1 and "note.txt" in again.output
    kept.unlink()


@pytest.mark.slow
def test_a_name_in_what_leaves_or_is_read_is_listed_for_somebody_to_look_at(
    before: Home, done: dict, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that nothing announces stays in a comment: in the bundle, on its page, in a log."""
    monkeypatch.setenv("QUALITY_HOME", str(before.root))
    monkeypatch.setenv("QUALITY_KEY_FILE", str(before.env.key_file))
    run = lambda kind, value: CliRunner().invoke(
        quality, ["forget", "-"], input=f"kind,value\n{kind},{value}\n"
    )
    clean = run("name", NAME)
    assert clean.exit_code == 0 and "no file below QUALITY_HOME holds a trace" in clean.output
    said = CliRunner().invoke(quality, ["forget", "-", "--json"], input=f"kind,value\nphone,{PHONE}\n")
    assert said.exit_code == 0 and json.loads(said.stdout) == []
    text = f"本店{NAME}已整改"
    made = {
        "published/2026-05/0/data/bulletins.csv": text.encode(),
        "published/2026-05/0/tables.xlsx": workbook([[text]]),
        "outbox/town/2026-07-01/notice.jsonl": json.dumps({"text": text}).encode(),
        "site/notebooks/a.html": f"<p>{text}</p>".encode(),
        "logs/run.log": text.encode(),
        "airflow/logs/dag/task.log.gz": gzip.compress(text.encode()),
    }
    for place, content in made.items():
        (before.root / place).parent.mkdir(parents=True, exist_ok=True)
        (before.root / place).write_bytes(content)
    batches = before.root / "published" / "2026-05" / "0" / "data" / "bulletins.parquet"
    pq.write_table(pa.table({"comment_texts": [["整改完毕", text]]}), batches)
    try:
        found = run("name", NAME)
        listed = [line for line in found.output.splitlines() if "look at it yourself" in line]
        places = [*made, batches.relative_to(before.root).as_posix()]
        assert found.exit_code == 1 and "no file" not in found.output
        assert sorted(line.split(f"{before.root}/")[1] for line in listed) == sorted(places)
        assert all((before.root / place).read_bytes() == content for place, content in made.items())
        assert run("phone", PHONE).exit_code == 0  # without a name nothing is looked for
    finally:
        for place in [*made, batches.relative_to(before.root).as_posix()]:
            (before.root / place).unlink()


def test_a_name_is_cut_out_of_the_copy_of_a_comment() -> None:
    rows = pa.table({"comment_texts": [[f"本店{NAME}已整改"]], "shop_name": [f"{NAME}的店"]})
    clean, n = Traces(PERSON, b"k" * 32).clean_table(rows, COPIES)
    assert n == 1 and clean.to_pylist() == [
        {"comment_texts": ["本店〔姓名〕已整改"], "shop_name": f"{NAME}的店"}
    ]


def test_maintenance_and_dropping_know_an_erased_night(before: Home, done: dict) -> None:
    from jobs.upkeep.dropping import drop_night

    kinds = {n["kind"] for n in nights(Lake(before.env.lake))}
    assert "nightly" in kinds
    newest = nights(Lake(before.env.lake))[0]["date"]
    with writer_lock(before.env.lake, wait_seconds=5):
        moved = drop_night(Lake(before.env.lake), before.env.landing, newest, today=date(2026, 8, 30))
    assert isinstance(moved, list)
