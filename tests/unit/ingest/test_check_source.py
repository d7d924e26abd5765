"""`quality source check`: the problems of a YAML, or how a sample would land by it."""

from __future__ import annotations

from pathlib import Path

import pytest
from ingest_world import CATALOG, SOURCE, World

from jobs.errors import UsageError
from jobs.ingest.check import SourceCheck, check_source

GOOD = "id,made,nom\n1,01.02.2026,a\n2\n"


def check(world: World, yaml: Path, sample: Path | None = None) -> SourceCheck:
    return check_source(yaml, world.environment.source_roots, sample, catalog=CATALOG)


def test_a_bad_yaml_is_explained_by_line_and_field(world: World):
    result = check(world, world.source(SOURCE.replace("daily", "dayly")))
    assert not result.ok and "acme.yaml:4: cadence:" in result.problems[0]


def test_a_yaml_outside_all_roots_may_use_their_lookups_and_its_own(world: World, tmp_path: Path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (world.root / "lookups" / "kinds.csv").write_text("from,to\na,b\n")
    (elsewhere / "own.csv").write_text("from,to\na,b\n")
    path = elsewhere / "acme.yaml"
    path.write_text(SOURCE.replace("{from: name}", "{from: name, lookup: kinds}") + "      kind: {from: k, lookup: own}\n")
    assert check(world, path).ok


def test_a_sample_shows_its_first_rows_as_they_would_land_and_writes_nothing(world: World):
    path = world.source(SOURCE.replace("yyyy-MM-dd", "dd.MM.yyyy"))
    sample = world.home / "things_1.csv"
    sample.write_text(GOOD)
    before = sorted(world.home.rglob("*"))
    (found,) = check(world, path, sample).samples
    assert found.rows[["thing_id", "made_on"]].values.tolist() == [["1", "2026-02-01"]]
    outcome = found.outcome
    assert (outcome.status, outcome.unreadable, outcome.drift, outcome.missing) == ("landed", 1, ["nom"], ["name"])
    assert sorted(world.home.rglob("*")) == before


def test_a_refused_sample_says_why(world: World):
    sample = world.home / "x.csv"   # the only feed takes it, whatever its name
    sample.write_text("id\n1\n")
    (found,) = check(world, world.source(), sample).samples
    assert found.outcome.status == "refused" and "made" in found.outcome.reason.en and found.rows.empty


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
