"""Zip and gzip: members are read in order; what must not be in an archive refuses it; nothing leaves it."""

from __future__ import annotations

import gzip
import io
import json
import random
import stat
import tarfile
import zipfile

import pytest
from ingest_world import DAY, SOURCE, World
from test_json_and_workbooks import workbook

from jobs.ingest.unit import Unit, land_unit

ZIP = SOURCE.replace('"things*.csv"', '"things*.zip"')
MANY = ZIP.replace("format: csv", "format: csv\n    member: 'data/*.csv'")
GOOD = "id,made,name\n1,2026-01-01,a\n"


def zipped(members: dict[str, str | bytes], *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content, method)
    return stream.getvalue()


def reason(world: World, content: bytes, text: str = ZIP, name: str = "things.zip") -> str:
    world.source(text)
    world.drop(name, content)
    world.land()
    row = world.one()
    assert row["status"] == "refused" and row["reason_zh"] not in ("", row["reason_en"])
    assert not list((world.environment.landing / "rows").rglob("*.parquet"))
    return row["reason_en"]


def test_the_only_file_of_an_archive_needs_no_member(world: World):
    world.source(ZIP)
    world.drop(
        "things.zip",
        zipped({"data/": "", "data/x.csv": GOOD, "__MACOSX/data/._x.csv": "?", "data/.DS_Store": "?"}),
    )
    world.land()
    assert [(r["name"], r["_file"], r["_member"], r["_record"]) for r in world.rows()] == [
        ("a", "things.zip", "data/x.csv", 1)
    ]
    assert world.one()["warnings"] == []


def test_members_are_read_in_sorted_order_and_records_restart_in_each(world: World):
    world.source(MANY)
    world.drop(
        "things.zip",
        zipped({"data/b.csv": GOOD + "2,x\n3,2026-01-03,c\n", "data/a.csv": GOOD, "read me.txt": "?"}),
    )
    world.land()
    assert [(r["_member"], r["_record"], r["thing_id"]) for r in world.rows()] == [
        ("data/a.csv", 1, "1"),
        ("data/b.csv", 1, "1"),
        ("data/b.csv", 3, "3"),
    ]
    row = world.one()
    assert [(r["member"], r["record"]) for r in json.loads(row["unreadable_list"])] == [("data/b.csv", 2)]
    assert (row["records"], row["unreadable"], row["loaded"]) == (4, 1, 3)
    assert row["warnings"] == ["压缩包内未读取：read me.txt | not read in the archive: read me.txt"]


def test_members_that_another_feed_of_the_source_reads_are_not_warned_about(world: World):
    second = (
        "\n".join(MANY.splitlines()[5:]).replace("  things:", "  others:", 1).replace("data/*.csv", "*.txt")
    )
    world.source(f"{MANY}{second}\n")
    world.drop("things.zip", zipped({"data/a.csv": GOOD, "more.txt": GOOD.replace("1,", "2,", 1)}))
    world.land()
    assert [(r["feed"], r["loaded"], r["warnings"]) for r in world.ledger()] == [
        ("things", 1, []),
        ("others", 1, []),
    ]


def test_the_order_in_which_members_are_stored_does_not_matter(world: World):
    members = {"data/a.csv": GOOD, "data/b.csv": GOOD.replace("1,", "2,", 1)}
    rows = []
    for i, order in enumerate((members, dict(reversed(members.items())))):
        world.source(MANY)
        world.drop(f"things{i}.zip", zipped(order))
        world.land()
        rows.append([(r["thing_id"], r["_member"], r["_record"]) for r in world.rows(world.ledger()[-1])])
    assert rows[0] == rows[1]


@pytest.mark.parametrize(
    ("style", "content"),
    [
        ("jsonl", '{"id": 1, "made": "2026-01-01", "name": "a"}'),
        ("json", '[{"id": 1, "made": "2026-01-01", "name": "a"}]'),
        ("xlsx", workbook([["id", "made", "name"], [1, "2026-01-01", "a"]])),
        ("tsv", GOOD.replace(",", "\t")),
    ],
)
def test_any_format_is_read_in_a_zip_file(world: World, style: str, content: str | bytes):
    world.source(ZIP.replace("format: csv", f"format: {style}"))
    world.drop("things.zip", zipped({f"x.{style}": content}))
    world.land()
    assert world.column("name") == ["a"] and world.column("_member") == [f"x.{style}"]


def test_a_damaged_record_in_a_member_costs_itself_only_and_is_not_counted_twice(world: World):
    world.source(ZIP)
    world.drop("things.zip", zipped({"x.csv": GOOD.encode() + b"2,\xff,x\n3,2026-01-03,c\n"}))
    world.land()
    assert world.column("thing_id") == ["1", "3"] and world.unreadable() == [
        (2, "holds a byte that does not decode")
    ]


def test_names_in_gbk_are_read(world: World):
    content = zipped({"ABCDEFGH/x.csv": GOOD, "y.txt": "?"}).replace(b"ABCDEFGH", "质量数据".encode("gbk"))
    world.source(ZIP.replace("format: csv", "format: csv\n    member: '质量数据/*.csv'"))
    world.drop("things.zip", content)
    world.land()
    assert world.column("_member") == ["质量数据/x.csv"]


@pytest.mark.parametrize("other", ["b.csv", "content.xml"])
def test_several_files_without_member_are_refused_by_their_names(world: World, other: str):
    """A content.xml alone makes no document of OpenDocument, which has a mimetype too."""
    assert reason(world, zipped({"a.csv": GOOD, other: GOOD})) == (
        f"the archive holds several files, `member` must say which: a.csv, {other}"
    )


@pytest.mark.parametrize(
    ("parts", "named"),
    [
        ({"[Content_Types].xml": "<Types/>", "xl/workbook.xml": "<w/>"}, "Office (xlsx, docx)"),
        (
            {"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": "<c/>"},
            "OpenDocument",
        ),
    ],
)
def test_a_document_of_an_office_program_is_named_and_not_taken_for_an_archive(
    world: World, parts: dict[str, str | bytes], named: str
):
    en = reason(world, zipped(parts), SOURCE, "things.csv")
    assert en.startswith(f"is a file of {named}") and en.endswith("and the feed says format: csv")


def test_a_member_glob_that_nothing_matches_tells_what_is_there(world: World):
    assert (
        reason(world, zipped({"a.csv": GOOD}), MANY)
        == "no file in the archive matches data/*.csv (it has: a.csv)"
    )


def test_a_member_that_lacks_a_required_column_refuses_the_archive_by_its_name(world: World):
    content = zipped({"data/a.csv": GOOD, "data/b.csv": "id,name\n1,a\n"})
    assert reason(world, content, MANY) == "data/b.csv: lacks columns that are required: made"


@pytest.mark.parametrize(
    "name", ["../x.csv", "data/../../x.csv", "/x.csv", "C:x.csv", "c:/x.csv", "data\\x.csv", ".."]
)
@pytest.mark.drill(fault="a path that leaves the archive", invariant="refused")
def test_a_path_outside_refuses_the_archive(world: World, name: str):
    assert (
        reason(world, zipped({"data/a.csv": GOOD, name: GOOD}), MANY)
        == f"holds a path that leads outside the archive: {name!r}"
    )


def test_a_symbolic_link_refuses_the_archive(world: World):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        link = zipfile.ZipInfo("data/a.csv")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    assert reason(world, stream.getvalue(), MANY) == "holds a symbolic link: data/a.csv"


def test_an_encrypted_member_refuses_the_archive(world: World):
    content = bytearray(zipped({"x.csv": GOOD}))
    content[6] |= 1  # the flag in the local header
    content[content.index(b"PK\x01\x02") + 8] |= 1  # and in the directory
    assert reason(world, bytes(content)) == "is encrypted: x.csv"


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_that_stands_twice_refuses_the_archive(world: World):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("x.csv", GOOD)
        archive.writestr("x.csv", GOOD)
    assert reason(world, stream.getvalue()) == "holds a name twice: x.csv"


def tarred() -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("x.csv"))
    return stream.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("x.zip", b"?"),
        ("x.csv.gz", b"?"),
        ("x.7z", b"?"),
        ("x.rar", b"?"),
        ("x.TAR", b"?"),
        ("x.csv", zipped({"y": GOOD})),
        ("x.csv", gzip.compress(b"x", mtime=0)),
        ("x.csv", b"7z\xbc\xaf\x27\x1c...."),
        ("x.csv", b"Rar!\x1a\x07\x01\x00"),
        ("x.csv", tarred()),
    ],
)
def test_an_archive_in_an_archive_is_refused_by_its_name_or_its_first_bytes(
    world: World, name: str, content: bytes
):
    assert (
        reason(world, zipped({"data/a.csv": GOOD, f"other/{name}": content}), MANY)
        == f"holds another archive: other/{name}"
    )


def test_a_zip_in_a_gzip_is_refused_too(world: World):
    text = SOURCE.replace("*.csv", "*.csv.gz")
    assert (
        reason(world, gzip.compress(zipped({"x.csv": GOOD})), text, "things.csv.gz")
        == "holds another archive (zip)"
    )


@pytest.mark.parametrize(
    ("content", "en"),
    [
        (b"7z\xbc\xaf\x27\x1c....", "is a 7z archive; only zip and gzip are read"),
        (tarred(), "is a tar archive; only zip and gzip are read"),
    ],
)
def test_another_archive_is_named(world: World, content: bytes, en: str):
    assert reason(world, content, SOURCE, "things.csv") == en


@pytest.mark.drill(fault="a truncated or flipped archive", invariant="refused whole")
def test_a_truncated_or_flipped_archive_is_refused_whole(world: World):
    whole = zipped({"x.csv": GOOD * 50}, method=zipfile.ZIP_STORED)
    at = whole.index(b"2026")
    assert reason(world, whole[:at] + b"3" + whole[at + 1 :]) == "the zip file is truncated or damaged"
    world.drop("things2.zip", whole[:-30])
    world.land()
    assert world.ledger()[-1]["reason_en"] == "the zip file is truncated or damaged"


@pytest.mark.drill(fault="damage at any byte of an archive", invariant="a refusal, never a crash")
@pytest.mark.parametrize("times", [100, pytest.param(300, marks=pytest.mark.slow)])
def test_damage_anywhere_in_an_archive_is_a_refusal_and_never_an_error(world: World, times: int):
    whole = zipped({"data/a.csv": GOOD * 20, "data/b.csv": GOOD * 20})
    feed, chance = world.feed(MANY), random.Random(5)
    for _ in range(times):
        content = bytearray(whole)
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
        path = world.home / "raw"
        path.write_bytes(
            bytes(content)[: len(content) - chance.choice([0, 0, chance.randrange(len(content) - 1)])]
        )
        assert land_unit(Unit(feed, "things.zip", "s", "k", path, DAY, world.home / "out")).status in (
            "landed",
            "refused",
        )


@pytest.mark.parametrize(("method", "name"), [(zipfile.ZIP_BZIP2, "bzip2"), (zipfile.ZIP_LZMA, "lzma")])
def test_other_ways_to_compress_are_refused(world: World, method: int, name: str):
    assert (
        reason(world, zipped({"x.csv": GOOD}, method=method))
        == "is compressed by another method than deflate: x.csv"
    )


def test_what_is_named_zip_but_is_none_is_refused(world: World):
    assert reason(world, GOOD.encode()) == "is named .zip but is not a zip file"


def test_an_archive_without_files_is_refused_and_one_of_an_empty_file_is_empty(world: World):
    assert reason(world, zipped({"data/": ""})) == "the archive holds no file"
    world.drop("things2.zip", zipped({"x.csv": ""}))
    world.land()
    assert world.ledger()[-1]["status"] == "empty"


def test_nothing_is_unpacked_to_disk(world: World):
    world.source(MANY)
    world.drop("things.zip", zipped({"data/a.csv": GOOD}))
    before = {p for p in world.home.rglob("*") if p.is_file()}
    world.land()
    new = {
        p.relative_to(world.home).parts[:2] for p in world.home.rglob("*") if p.is_file() and p not in before
    }
    assert new <= {("landing", "raw"), ("landing", "rows"), ("lake", "ops"), ("lake", "ops.ingest_file")}
