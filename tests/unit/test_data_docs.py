"""Data Docs: kept by table, built from what is kept, read offline."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import jinja2
import pyarrow as pa
import pytest

from jobs.contracts.questions import Question
from jobs.contracts.suites import Expectation
from jobs.engine.embedded import Embedded
from jobs.engine.interface import Workspace
from jobs.gate.audit import Gate, Verdict
from jobs.gate.docs import build_docs, publish_docs
from jobs.gate.measure import Measures
from jobs.gate.profile import Profile
from jobs.lake.tables import Lake

MEASURES = Measures({"row_count": 2}, Profile(2), None)
ONE_OF = Expectation(
    "expect_column_values_to_be_in_set",
    {"column": "name", "value_set": ["b"]},
    "critical",
    "rows",
    "x",
    "名称",
    "name",
)
TWO_ROWS = Expectation(
    "expect_table_row_count_to_equal", {"value": 2}, "warning", "rows", "y", "行数", "rows"
)
RULE = Expectation(
    "expect_column_values_to_be_in_set",
    {"column": "_fails_name_values_by", "value_set": [0]},
    "critical",
    "rows",
    "bad.name.values_by",
    "名称应与类别相符",
    "name must fit kind",
    Question("name = 'b'", shown=("name",)),
)


@pytest.fixture
def space(tmp_path: Path) -> Iterator[Workspace]:
    engine = Embedded(Lake(tmp_path / "lake"))
    with engine.workspace() as opened:
        opened.read("audited", pa.table({"name": ["<img src=x onerror=alert(1)>", "b"]}))
        yield opened
    engine.close()


def gate(folder: Path, day: int = 30) -> Gate:
    return Gate(folder / "gate", run_id="r", day=date(2026, 6, day))


def audit(by: Gate, table: str, version: int, listed: list[Expectation], space: Workspace) -> Verdict:
    return by.audit(table, version, listed, space, MEASURES)


def pages(folder: Path) -> dict[str, str]:
    return {p.relative_to(folder).as_posix(): p.read_text(encoding="utf-8") for p in folder.rglob("*.html")}


def test_data_docs_load_nothing_run_nothing_and_say_what_failed(tmp_path: Path, space: Workspace) -> None:
    first = gate(tmp_path)
    assert audit(first, "gold.bad", 3, [RULE, ONE_OF, TWO_ROWS], space).verdict == "failed"
    assert audit(first, "gold.good", 0, [TWO_ROWS], space).verdict == "passed"
    build_docs(tmp_path / "gate")
    assert publish_docs(tmp_path / "gate", tmp_path / "site" / "data_docs")
    found = pages(tmp_path / "site" / "data_docs")
    assert len(found) == 5  # a first page, two suites, two validations
    for text in found.values():
        assert "<script" not in text and 'src="http' not in text and 'rel="stylesheet" href="http' not in text
    index = found["index.html"]
    assert index.count("未通过 failed") == 1 and index.count("通过 passed") == 1 and "gold.bad" in index
    [bad] = [text for name, text in found.items() if name.startswith("validations/gold/bad/2026-06-30 v3/")]
    for said in (
        "name must fit kind",
        "名称应与类别相符",
        "values must belong to this set",
        "Must have exactly",
    ):
        assert said in bad and said in found["expectations/gold/bad.html"], said
    assert "_fails_" not in bad and 'href="../../../../../expectations/gold/bad.html"' in bad
    assert "<img" not in bad and "&lt;img src=x onerror=alert(1)&gt;" in bad


def test_a_later_run_keeps_the_pages_of_tables_that_it_did_not_audit(
    tmp_path: Path, space: Workspace
) -> None:
    first = gate(tmp_path, 29)
    for table in ("gold.one", "gold.two", "gold.gone"):
        audit(first, table, 0, [TWO_ROWS], space)
    assert build_docs(tmp_path / "gate") and not build_docs(tmp_path / "gate")
    before = pages(tmp_path / "gate" / "data_docs")
    (tmp_path / "gate" / "validations" / "gold.gone.json").unlink()  # as maintenance does
    second = gate(tmp_path, 30)
    audit(second, "gold.two", 1, [TWO_ROWS], space)
    build_docs(tmp_path / "gate")
    after = pages(tmp_path / "gate" / "data_docs")
    runs = {" ".join(name.split("/")[2:4]) for name in after if name.startswith("validations/")}
    assert runs == {"one 2026-06-29 v0", "two 2026-06-30 v1"}
    unchanged = [name for name in before if "/one" in name]
    assert len(unchanged) == 2 and all(after[name] == before[name] for name in unchanged)


def test_the_page_of_expectations_is_kept_where_only_the_result_is_another_one(
    tmp_path: Path, space: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = []
    for night in (29, 30):
        audit(gate(tmp_path, night), "gold.one", night, [TWO_ROWS], space)
        assert build_docs(tmp_path / "gate")
        found.append(pages(tmp_path / "gate" / "data_docs"))
        monkeypatch.setattr("jobs.gate.pages.ExpectationSuitePageRenderer", None)  # not asked again
    suites = [{n: page for n, page in each.items() if n.startswith("expectations/")} for each in found]
    assert suites[0] == suites[1] != {}
    assert any("2026-06-30 v30" in name for name in found[1])


def test_pages_are_made_without_asking_whether_the_templates_changed(
    tmp_path: Path, space: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    audit(gate(tmp_path), "gold.one", 3, [TWO_ROWS, ONE_OF], space)
    monkeypatch.setattr(jinja2.Template, "is_up_to_date", property(lambda template: pytest.fail("asked")))
    assert build_docs(tmp_path / "gate")


def test_another_result_of_the_same_version_on_the_same_date_makes_its_page_again(
    tmp_path: Path, space: Workspace
) -> None:
    found = []
    for listed in ([TWO_ROWS], [TWO_ROWS, ONE_OF]):
        audit(gate(tmp_path), "gold.one", 3, listed, space)
        assert build_docs(tmp_path / "gate")
        found.append(pages(tmp_path / "gate" / "data_docs"))
    assert found[0].keys() == found[1].keys()
    assert [name for name in found[0] if found[0][name] == found[1][name]] == []
    [page] = [text for name, text in found[1].items() if name.startswith("validations/")]
    assert "values must belong to this set" in page


def test_the_pages_of_the_same_audits_are_the_same_bytes(tmp_path: Path, space: Workspace) -> None:
    audit(gate(tmp_path), "gold.bad", 3, [RULE, ONE_OF, TWO_ROWS], space)
    shutil.copytree(tmp_path / "gate", tmp_path / "other")
    build_docs(tmp_path / "gate")
    build_docs(tmp_path / "other")
    found = pages(tmp_path / "gate" / "data_docs")
    assert any("-collapse-body" in text for text in found.values())
    assert found == pages(tmp_path / "other" / "data_docs")


def test_a_kill_while_a_result_is_written_leaves_the_older_one(
    tmp_path: Path, space: Workspace, monkeypatch
) -> None:
    audit(gate(tmp_path), "gold.one", 0, [TWO_ROWS], space)
    kept = tmp_path / "gate" / "validations" / "gold.one.json"
    before = kept.read_text(encoding="utf-8")

    def killed(*_) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("jobs.whole_folder.os.replace", killed)
    with pytest.raises(KeyboardInterrupt):
        audit(gate(tmp_path), "gold.one", 1, [TWO_ROWS], space)
    monkeypatch.undo()
    assert kept.read_text(encoding="utf-8") == before
    again = gate(tmp_path)
    audit(again, "gold.one", 1, [TWO_ROWS], space)
    build_docs(tmp_path / "gate")
    assert json.loads(kept.read_text(encoding="utf-8"))["meta"]["run_id"]["run_name"] == "2026-06-30 v1"
    assert "gold.one" in pages(tmp_path / "gate" / "data_docs")["index.html"]


def test_a_kill_while_the_pages_are_made_is_made_good_by_the_next_run(
    tmp_path: Path, space: Workspace, monkeypatch
) -> None:
    first = gate(tmp_path)
    audit(first, "gold.one", 0, [TWO_ROWS], space)

    def killed(*_) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("jobs.gate.pages._validation", killed)
    with pytest.raises(KeyboardInterrupt):
        build_docs(tmp_path / "gate")
    monkeypatch.undo()
    assert not publish_docs(tmp_path / "gate", tmp_path / "site")
    build_docs(tmp_path / "gate")
    assert len(pages(tmp_path / "gate" / "data_docs")) == 3 and publish_docs(
        tmp_path / "gate", tmp_path / "site"
    )


def test_without_an_audit_there_are_no_data_docs(tmp_path: Path) -> None:
    assert not build_docs(tmp_path / "gate")
    assert not publish_docs(tmp_path / "gate", tmp_path / "site")
