"""A night's site is written once: nothing is touched that did not change, nothing stays that no page
makes."""

from __future__ import annotations

import shutil
from contextlib import nullcontext
from pathlib import Path

import country
import pyarrow as pa
import pytest
from country import environment

from jobs.errors import UsageError
from jobs.lake import ops
from jobs.lake.tables import Lake
from jobs.reports import site as reports
from jobs.reports.site import write_site
from jobs.whole_folder import MANIFEST


def stamps(root: Path) -> dict[str, int]:
    return {p.relative_to(root).as_posix(): p.stat().st_mtime_ns for p in root.rglob("*") if p.is_file()}


@pytest.fixture
def home(site: Path, tmp_path: Path) -> Path:
    """A copy of the session's home that a test may change."""
    return Path(shutil.copytree(site.parent, tmp_path / "home"))


def test_the_same_night_again_writes_nothing(home: Path) -> None:
    before = stamps(home)
    report = write_site(environment(home))
    assert (report.written, report.removed) == (0, 0) and report.unchanged > 300 and report.pages > 190
    assert stamps(home) == before


@pytest.mark.slow
def test_a_page_that_was_damaged_is_written_again_and_the_others_are_left(home: Path) -> None:
    (home / "site" / "plans.html").write_text("half", encoding="utf-8")
    before = stamps(home / "site")
    report = write_site(environment(home))
    assert report.written == 1
    changed = {path for path, stamp in stamps(home / "site").items() if before.get(path) != stamp}
    assert changed == {"plans.html", MANIFEST}


@pytest.mark.slow  # quick: test_whole_folder, and a first night with its banner
def test_a_platform_that_is_gone_loses_its_page_and_the_banners_follow_the_night(home: Path) -> None:
    lake = Lake(home / "lake")
    kept = lake.frame("silver.platform").query("platform_code != '../../P04'")
    version = lake.overwrite("silver.platform", pa.Table.from_pandas(kept, preserve_index=False))
    night = lake.frame("ops.night").to_dict("records")
    for named in night:
        named |= {"state": "fresh", "reason_zh": "", "reason_en": ""} | (
            {"version": version} if named["table"] == "silver.platform" else {}
        )
    lake.overwrite("ops.night", ops.rows("ops.night", night))
    lake.overwrite(
        "ops.ingest_file", ops.rows("ops.ingest_file", [f | {"synthetic": False} for f in country.files()])
    )
    shutil.rmtree(home / "site" / "data_docs")
    report = write_site(environment(home))
    assert report.removed == 3  # its page and its downloads
    assert len(list((home / "site" / "platforms").iterdir())) == 3
    index = (home / "site" / "index.html").read_text(encoding="utf-8")
    assert 'class="banner' not in index
    assert "data_docs" not in (home / "site" / "gate.html").read_text(encoding="utf-8").split("</script>")[1]


def test_a_first_night_whose_gold_failed_still_has_a_site_that_says_so(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    row = {
        "run_id": "r",
        "kind": "nightly",
        "date": country.DAY,
        "table": "gold.detection_rate",
        "version": None,
        "state": "absent",
        "verdict": "failed",
        "reason_zh": "关键检查未通过",
        "reason_en": "a critical check failed",
        "committed_at": country.NOW,
    }
    lake.overwrite("ops.night", ops.rows("ops.night", [row]))
    write_site(environment(tmp_path))
    index = (tmp_path / "site" / "index.html").read_text(encoding="utf-8")
    assert 'class="banner stale"' in index and "尚无样品" in index
    assert "尚无抽样记录" in (tmp_path / "site" / "sampling.html").read_text(encoding="utf-8")
    assert "没有来源报送订单" in (tmp_path / "site" / "complaints.html").read_text(encoding="utf-8")


@pytest.mark.slow  # quick: a damaged page, and what an edit outdates
def test_an_edited_source_yaml_reaches_its_page_though_the_night_is_the_same(home: Path) -> None:
    env = environment(home)
    path = env.source_roots[0] / "sources" / "lab" / "lab_1.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("max: 5000", "max: 6000"), encoding="utf-8")
    assert write_site(env).written == 1
    assert "6,000" in (home / "site" / "sources" / "lab_1.html").read_text(encoding="utf-8")


def test_without_a_night_there_is_a_plain_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no night has been named"):
        write_site(environment(tmp_path))


@pytest.mark.parametrize(
    ("file", "made"),
    [
        ("jobs/reports/pages/home.py", True),
        ("jobs/methods/funnel.py", True),  # of another room, and imported
        ("jobs/reports/templates/unit.html", True),
        ("schemas/gold/detection_rate.odcs.yaml", True),
        ("jobs/reports/workbooks.py", False),  # beside the pages' modules, and imported by none
        ("jobs/night/runner.py", False),
        ("jobs/notebooks/running.py", False),
    ],
)
def test_an_edit_has_the_pages_made_again_where_they_are_made_by_the_file(
    home: Path, edit, monkeypatch, file: str, made: bool
) -> None:
    def begun(*_, **__) -> None:
        raise InterruptedError

    edit(file)
    monkeypatch.setattr(reports, "read_night", begun)
    with pytest.raises(InterruptedError) if made else nullcontext():
        assert write_site(environment(home)).written == 0
