"""`quality source check`: the problems of a YAML, or how a sample would land by it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ingest_world import CATALOG, SOURCE, World
from test_archives import zipped
from test_json_and_workbooks import workbook

from jobs.commands.sources import explain_source
from jobs.contracts import catalog as cataloguing
from jobs.errors import UsageError
from jobs.ingest.check import SourceCheck, check_source

GOOD = "id,made,nom\n1,01.02.2026,a\n2\n"


def check(world: World, yaml: Path, sample: Path | None = None) -> SourceCheck:
    return check_source(yaml, world.environment.source_roots, sample, catalog=CATALOG)


def test_a_bad_yaml_is_explained_by_line_and_field(world: World):
    result = check(world, world.source(SOURCE.replace("daily", "dayly")))
    assert not result.ok and "acme.yaml:4: cadence:" in result.problems[0]


def test_a_required_column_with_a_wrong_value_is_not_said_to_be_absent_too(world: World):
    (problem,) = check(world, world.source(SOURCE.replace("yyyy-MM-dd", "yyyy-MM-DD"))).problems
    assert "made_on.date" in problem and "'DD' in 'yyyy-MM-DD' is not one of" in problem


def test_a_yaml_outside_all_roots_may_use_their_lookups_and_its_own(world: World, tmp_path: Path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (world.root / "lookups" / "kinds.csv").write_text("from,to\na,b\n")
    (elsewhere / "own.csv").write_text("from,to\na,b\n")
    path = elsewhere / "acme.yaml"
    path.write_text(
        SOURCE.replace("{from: name}", "{from: name, lookup: kinds}") + "      kind: {from: k, lookup: own}\n"
    )
    assert check(world, path).ok


def test_a_sample_shows_its_first_rows_as_they_would_land_and_writes_nothing(world: World):
    path = world.source(SOURCE.replace("yyyy-MM-dd", "dd.MM.yyyy"))
    sample = world.home / "things_1.csv"
    sample.write_text(GOOD)
    before = sorted(world.home.rglob("*"))
    (found,) = check(world, path, sample).samples
    assert found.rows[["thing_id", "made_on"]].values.tolist() == [["1", "2026-02-01"]]
    outcome = found.outcome
    assert (outcome.status, outcome.unreadable, outcome.drift, outcome.missing) == (
        "landed",
        1,
        ["nom"],
        ["name"],
    )
    assert sorted(world.home.rglob("*")) == before


def test_a_refused_sample_says_why(world: World):
    sample = world.home / "x.csv"  # the only feed takes it, no matter what its name
    sample.write_text("id\n1\n")
    (found,) = check(world, world.source(), sample).samples
    assert found.outcome.status == "refused" and "made" in found.outcome.reason.en and found.rows.empty


@pytest.mark.parametrize(
    ("text", "name", "content", "status", "hint"),
    [
        (
            SOURCE,
            "things.csv",
            "id,made_on,name\n1,2,a\n",
            "refused",
            "made is not in the file; did you mean made_on?",
        ),
        (
            SOURCE,
            "things.csv",
            "id,made,nam\n1,2026-01-01,a\n",
            "landed",
            "name is not in the file; did you mean nam?",
        ),
        (
            SOURCE,
            "things.csv",
            "id;made;name\n1;2;a\n",
            "refused",
            "there is one column only: is the delimiter ';'?",
        ),
        (
            SOURCE,
            "things.csv",
            "list\n\nid,made,name\n1,2026-01-01,a\n",
            "refused",
            "the column names stand in row 3: options: {header_row: 3}",
        ),
        (
            SOURCE,
            "things.csv",
            "id,made,name\n1,2026-01-01,质量\n".encode("gb18030"),
            "landed",
            "encoding: the file does not decode as utf-8, but as gb18030 or big5 or shift_jis",
        ),
        (
            SOURCE,
            "things.csv",
            "id,made,name\n".encode("utf-16-le"),
            "refused",
            "encoding: the file does not decode as utf-8, but as utf-16-le or utf-16-be",
        ),
        (
            SOURCE.replace("csv", "json").replace("{from: id}", "{from: code.id}"),
            "things.json",
            '[{"code": {"no": 1}, "made": "2026-01-01", "name": "a"}]',
            "refused",
            "code.id is in no record, although code is",
        ),
        (
            SOURCE.replace("csv", "xlsx"),
            "things.xlsx",
            workbook([["list"], ["id", "made", "name"], ["1", "2026-01-01", "a"]]),
            "refused",
            "the column names stand in row 2: options: {header_row: 2}",
        ),
    ],
)
def test_a_sample_is_explained_by_what_may_be_meant(
    world: World, text: str, name: str, content: str | bytes, status: str, hint: str
):
    sample = world.home / name
    sample.write_bytes(content if isinstance(content, bytes) else content.encode())
    (found,) = check(world, world.source(text), sample).samples
    assert found.outcome.status == status and hint in found.hints


@pytest.mark.parametrize(
    ("text", "name", "content", "en"),
    [
        (
            SOURCE.replace("csv", "xlsx").replace("format: xlsx", "format: xlsx\n    options: {sheet: x}"),
            "things.xlsx",
            workbook([["id"]]),
            "has no sheet 'x' (it has: data)",
        ),
        (
            SOURCE.replace("*.csv", "*.zip").replace("format: csv", "format: csv\n    member: '*.tsv'"),
            "things.zip",
            zipped({"x.csv": GOOD}),
            "no file in the archive matches *.tsv (it has: x.csv)",
        ),
        (
            SOURCE.replace("csv", "json").replace(
                "format: json", "format: json\n    options: {record_path: data.rows}"
            ),
            "things.json",
            '{"data": {"items": []}}',
            "record_path: there is no list at data.rows (data has: items); lists are at: data.items",
        ),
    ],
)
def test_a_wrong_sheet_member_or_record_path_tells_what_is_there(
    world: World, text: str, name: str, content: str | bytes, en: str
):
    sample = world.home / name
    sample.write_bytes(content if isinstance(content, bytes) else content.encode())
    (found,) = check(world, world.source(text), sample).samples
    assert found.outcome.reason.en == en


def test_a_good_sample_gets_no_hints(world: World):
    sample = world.home / "things.csv"
    sample.write_text("id,made,name\n1,2026-01-01,a\n")
    assert check(world, world.source(), sample).samples[0].hints == ()


@pytest.mark.parametrize(
    ("line", "records"),
    [
        ("合 计：,2026-01-02,40", ["2"]),
        ("TOTAL,2026-01-02,", ["2"]),
        ("合计,,40", []),
        ("12合计,2026-01-02,", []),
    ],
)
def test_a_line_of_sums_that_a_night_would_accept_is_named(world: World, line: str, records: list[str]):
    sample = world.home / "things.csv"
    sample.write_text(f"id,made,name\n1,2026-01-01,a\n{line}\n")
    hints = check(world, world.source(), sample).samples[0].hints
    assert [h.split()[1] for h in hints] == records
    assert all("is a line of sums" in h and "thing_id is" in h for h in hints)


@pytest.mark.parametrize(("names", "hints"), [("a,,", 1), ("a,b,", 0), (",,", 0), ("a,b,c", 0)])
def test_records_that_mostly_lack_what_is_required_may_be_no_rows_of_the_table(
    world: World, names: str, hints: int
):
    sample = world.home / "things.csv"
    rows = [f"{number},2026-01-01,{name}" for number, name in enumerate(names.split(","))]
    sample.write_text("name,made,id\n" + "".join(f"{row}\n" for row in rows))
    found = check(world, world.source(), sample).samples[0].hints
    assert len(found) == hints
    for hint in found:
        assert "id is blank in 2 of 3 records" in hint and "explode: {split: id, by: …}" in hint


def test_a_sample_whose_name_no_night_would_take_says_so(world: World):
    sample = world.home / "other.csv"
    sample.write_text("id,made,name\n1,2026-01-01,a\n")
    (found,) = check(world, world.source(), sample).samples
    assert found.outcome.status == "landed"
    assert found.hints == ("no night reads it: other.csv does not match files of things (things*.csv)",)


def test_the_members_of_an_archive_are_shown_as_they_would_land(world: World):
    sample = world.home / "things.zip"
    sample.write_bytes(
        zipped({"a.csv": "id,made,name\n1,2026-01-01,a\n", "b.csv": "id,made,name\n2,2026-01-02,b\n3\n"})
    )
    text = SOURCE.replace("*.csv", "*.zip").replace("format: csv", "format: csv\n    member: '*.csv'")
    (found,) = check(world, world.source(text), sample).samples
    assert found.rows[["thing_id", "_member", "_record"]].values.tolist() == [
        ["1", "a.csv", 1],
        ["2", "b.csv", 1],
    ]
    assert (found.outcome.records, found.outcome.unreadable) == (3, 1)


def test_a_folder_is_joined_as_a_delivery_would_be(world: World):
    folder = world.home / "sample"
    folder.mkdir()
    (folder / "things_1.csv").write_text("id,made,shop\n1,2026-01-01,s\n")
    (folder / "shops_1.csv").write_text("shop,title\ns,Shop\n")
    join = "join: [{file: 'shops_*.csv', by: {shop: shop}, take: [title]}]\n    format:"
    (found,) = check(
        world, world.source(SOURCE.replace("{from: name}", "{from: title}").replace("format:", join)), folder
    ).samples
    assert found.rows["name"].tolist() == ["Shop"] and found.outcome.unused == 0


def test_a_record_has_one_hash_in_all_files_of_a_sample(world: World):
    """Else a record that comes again in another file would count as two, and not as repeated."""
    folder = world.home / "sample"
    folder.mkdir()
    for number in (1, 2):
        (folder / f"things_{number}.csv").write_text("id,made,name\n7,2026-01-01,a\n")
    yaml = world.source(SOURCE.replace("{from: id}", "{hash: [id]}"))
    found = [sample.rows["thing_id"].tolist() for sample in check(world, yaml, folder).samples]
    assert len(found) == 2 and found[0] == found[1]


def test_a_folder_of_samples_is_read_by_the_feeds_that_take_its_files(world: World):
    folder = world.home / "sample"
    folder.mkdir()
    (folder / "things_1.csv").write_text(GOOD)
    assert [s.feed for s in check(world, world.source(), folder).samples] == ["things"]
    (folder / "things_1.csv").rename(folder / "other.csv")
    assert "no feed takes it" in check(world, world.source(), folder).problems[0]


def test_what_does_not_exist_is_a_usage_error(world: World):
    with pytest.raises(UsageError, match="does not exist"):
        check(world, world.home / "no.yaml")


def test_the_command_tells_counts_unreadable_records_drift_and_hints_and_shows_rows(
    world: World, monkeypatch, capsys
):
    monkeypatch.setattr(cataloguing, "load_catalog", lambda: CATALOG)
    sample = world.home / "things.csv"
    sample.write_text("id,made,nam\n1,2026-01-01,a\n2\n")
    assert explain_source(world.environment, world.source(), sample, as_json=True) == 0
    out, errors = capsys.readouterr()
    landed, trial = json.loads(out)
    (row,) = landed["first_rows"]
    assert (landed["feed"], landed["loaded"], row["thing_id"], row["made_on"]) == (
        "things",
        1,
        "1",
        "2026-01-01",
    )
    assert (trial["feed"], trial["dispositions"], trial["problems"]) == ("things", {"accepted": 1}, [])
    for line in (
        "records 2, unreadable 1, rejected 0, loaded 1",
        "drift: nam; missing: name",
        "unreadable: 2: 应有3个字段",
        "hint: name is not in the file; did you mean nam?",
    ):
        assert line in errors
    sample.write_text("id\n1\n")
    assert explain_source(world.environment, world.source(), sample, as_json=False) == 1
    assert "refused 缺少必需的列：made | lacks columns that are required: made" in capsys.readouterr().err


def test_each_yaml_without_source_that_nothing_extends_is_told(world: World):
    for name in ("one.yaml", "two.yaml"):
        world.source("format: csv\n", name)
    assert sorted(bad.path.name for bad in world.sources().bad) == ["one.yaml", "two.yaml"]
