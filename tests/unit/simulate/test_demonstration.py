"""The demonstration inbox: the same for one seed, true to its dialects, and its faults where the truth file says."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from jobs.contracts.strict_yaml import load_text
from jobs.environment import SCHEMAS
from jobs.errors import UsageError
from jobs.simulate.demonstration import demonstration, main, write
from jobs.simulate.demonstration_files import Inbox, delivery_day
from jobs.simulate.demonstration_market import USCC_ALPHABET, build_market, read_references
from jobs.simulate.demonstration_sampling import build_sampling

REFERENCE = SCHEMAS / "reference"
SOURCES = sorted(SCHEMAS.glob("sources/*/demo_*.yaml"))


@pytest.fixture(scope="module")
def inbox() -> Inbox:
    return demonstration(7)


def content(inbox: Inbox, source: str, name: str) -> bytes:
    (found,) = [f.content for f in inbox.files if (f.source, f.name) == (source, name)]
    return found


def planted(inbox: Inbox, source: str, fault: str) -> int:
    (found,) = [p.record for p in inbox.planted if (p.source, p.fault) == (source, fault)]
    return found


def samples(inbox: Inbox) -> list[dict[str, str]]:
    rows: list[dict[str, str]] = []
    for file in inbox.files:
        if file.name.startswith("samples_"):
            rows += csv.DictReader(io.StringIO(file.content.decode("utf-8-sig"), newline=""))
    return rows


def test_one_seed_gives_equal_bytes_and_another_seed_others(inbox):
    assert demonstration(7).files == inbox.files
    other = {(f.source, f.name): f.content for f in demonstration(8).files}
    differing = [f.name for f in inbox.files if other.get((f.source, f.name)) != f.content]
    assert len(differing) >= len(inbox.files) - 4  # only plans, platforms, the note and the empty file hold nothing drawn


def test_writing_again_changes_neither_bytes_nor_times(inbox, tmp_path):
    def state() -> dict[Path, tuple[int, int, int]]:
        stats = {p: p.stat() for p in tmp_path.rglob("*") if p.is_file()}
        return {p: (s.st_ino, s.st_size, s.st_mtime_ns) for p, s in stats.items()}

    assert write(inbox.files, tmp_path) == len(inbox.files)
    before = state()
    assert write(inbox.files, tmp_path) == 0
    assert state() == before


def test_a_damaged_file_is_written_anew_with_its_own_time(inbox, tmp_path):
    write(inbox.files, tmp_path)
    victim = tmp_path / inbox.files[0].source / inbox.files[0].name
    time = victim.stat().st_mtime
    victim.write_bytes(b"other")
    assert write(inbox.files, tmp_path) == 1
    assert (victim.read_bytes(), victim.stat().st_mtime) == (inbox.files[0].content, time)


def test_every_source_says_that_it_is_synthetic():
    assert len(SOURCES) == 8
    for path in SOURCES:
        document, _ = load_text(path)
        assert document["synthetic"] == "true", path.name
        assert "合成" in document["publisher"]["name_zh"] and "synthetic" in document["publisher"]["name_en"], path.name


def test_every_file_belongs_to_a_source_of_the_repository(inbox):
    assert {f.source for f in inbox.files} == {path.stem for path in SOURCES}


def test_every_record_of_a_shop_or_sample_says_that_it_is_made_up(inbox):
    assert all("合成" in row["销售者"] and "演示" in row["品牌"] for row in samples(inbox) if row["品牌"])


def test_the_lookups_lead_to_codes_that_the_reference_files_hold():
    references = read_references(REFERENCE)
    for name, known in (("category_zh", references.categories), ("category_en", references.categories), ("province", references.provinces)):
        rows = list(csv.DictReader((SCHEMAS / "lookups" / f"demo_{name}.csv").open(encoding="utf-8", newline="")))
        assert len({row["from"] for row in rows}) == len(rows)
        assert set(known) <= {row["to"] for row in rows}, name


def test_two_years_of_samples_from_all_designs_platforms_and_most_provinces(inbox):
    rows = [row for row in samples(inbox) if row["抽样日期"].startswith("20") and row["销售者地区"]]
    months = {row["抽样日期"][:7] for row in rows} - {"2024-13"}
    assert (min(months), max(months), len(months)) == ("2024-07", "2026-06", 24)
    assert 3_000 <= len(rows) <= 6_000
    assert {row["平台代码"] for row in rows} == {"DEMO_A", "DEMO_B", "DEMO_C", ""}
    assert len({row["销售者地区"][:2] for row in rows}) >= 28
    assert len({row["计划编号"] for row in rows}) == 13  # twelve plans and one that is not on the list of plans
    assert {row["渠道"] for row in rows} == {"网络", "实体店", "生产环节"}


def test_the_sampling_holds_every_way_in_which_a_sample_can_end():
    references = read_references(REFERENCE)
    sampling = build_sampling(build_market(references, 7), references, 7)
    first = {c.sample_id: c for c in sampling.conclusions if c.stage == "first"}
    again = [c for c in sampling.conclusions if c.stage == "reinspection"]
    ended = set(first) | {s.sample_id for s in sampling.samples if s.exit_reason}
    assert set(Counter(c.outcome for c in first.values())) == {"conforming", "nonconforming", "not_judged"}
    assert {c.outcome for c in again} == {"conforming", "nonconforming"}
    assert all(first[c.sample_id].outcome == "nonconforming" and first[c.sample_id].lab != c.lab for c in again)
    assert any(c.serious for c in first.values())
    assert 20 <= len(sampling.samples) - len(ended) <= 600  # open ones
    assert len({s.exit_reason for s in sampling.samples}) == 10  # four violations, five voids, none


def test_a_conclusion_agrees_with_its_items():
    references = read_references(REFERENCE)
    sampling = build_sampling(build_market(references, 7), references, 7)
    failing = {r.sample_id: False for r in sampling.results}
    failing_a = dict(failing)
    for result in sampling.results:
        if result.verdict == "nonconforming":
            failing[result.sample_id] = True
            failing_a[result.sample_id] |= result.item.item_class == "A"
    for conclusion in sampling.conclusions:
        if conclusion.stage == "first":
            assert failing[conclusion.sample_id] == (conclusion.outcome == "nonconforming")
            assert failing_a[conclusion.sample_id] == conclusion.serious


def test_a_probability_plan_draws_no_listing_twice_and_gives_every_sample_its_probability():
    references = read_references(REFERENCE)
    sampling = build_sampling(build_market(references, 7), references, 7)
    drawn = [s for s in sampling.samples if s.plan.plan_id == "DEMO-P2025H1"]
    assert len({s.listing.number for s in drawn}) == len(drawn)
    assert sum(1 / s.inclusion_probability for s in drawn) == pytest.approx(2000)  # the number of listings
    assert all(s.inclusion_probability is None for s in sampling.samples if s.plan.kind != "probability")


def test_credit_codes_have_the_check_character_of_gb_32100():
    references = read_references(REFERENCE)
    for shop in build_market(references, 7).shops:
        if shop.company:
            code = shop.operator_uscc
            total = sum(USCC_ALPHABET.index(c) * pow(3, i, 31) for i, c in enumerate(code[:17]))
            assert len(code) == 18 and (total + USCC_ALPHABET.index(code[17])) % 31 == 0


def test_platform_a_is_gb18030_but_for_one_byte_and_one_short_row(inbox):
    lines = gzip.decompress(content(inbox, "demo_platform_a", "listings_20240715.csv.gz")).split(b"\r\n")[:-1]
    bad, short = [], []
    for number, line in enumerate(lines):
        try:
            line.decode("gb18030")
        except UnicodeDecodeError:
            bad.append(number)
        if line.count(b"|") != lines[0].count(b"|"):
            short.append(number)
    assert bad == [planted(inbox, "demo_platform_a", "a byte that is not GB18030")]
    assert short == [planted(inbox, "demo_platform_a", "a short row")]


def test_the_row_that_stands_twice_stands_twice(inbox):
    lines = gzip.decompress(content(inbox, "demo_platform_a", "listings_20240715.csv.gz")).split(b"\r\n")[:-1]
    assert lines.count(lines[planted(inbox, "demo_platform_a", "a row twice")]) == 2


def test_the_truncated_gzip_does_not_open(inbox):
    with pytest.raises(EOFError):
        gzip.decompress(content(inbox, "demo_platform_a", "listings_20260615.csv.gz"))


def test_platform_b_is_json_but_for_its_last_line(inbox):
    *good, bad = content(inbox, "demo_platform_b", "listings_20240715.jsonl").decode().splitlines()
    assert all(json.loads(line)["itemId"] for line in good)
    assert len(good) + 1 == planted(inbox, "demo_platform_b", "a line that is not JSON")
    with pytest.raises(json.JSONDecodeError):
        json.loads(bad)


def test_platform_c_writes_days_in_three_ways(inbox):
    book = CalamineWorkbook.from_filelike(io.BytesIO(content(inbox, "demo_platform_c", "catalogue_20240715.xlsx")))
    assert book.sheet_names == ["店铺", "商品"]
    header, *rows = book.get_sheet_by_name("商品").to_python()
    days = [row[header.index("上架日期")] for row in rows]
    assert sum(isinstance(d, date) for d in days) > 100
    assert sum(isinstance(d, str) and "年" in d for d in days) > 100
    assert sum(isinstance(d, str) and "/" in d for d in days) > 100
    assert days[planted(inbox, "demo_platform_c", "a day in words") - 1] == "下周一"


def test_the_faults_cover_every_outcome(inbox):
    assert {p.outcome for p in inbox.planted} == {
        "unreadable", "rejected", "quarantined", "flagged", "repeated", "superseded", "drift", "empty", "refused",
    }  # fmt: skip


def test_the_truth_is_written_only_when_asked_for_and_outside_the_inbox(tmp_path, capsys):
    assert main(["--out", str(tmp_path / "inbox")]) == 0
    assert not list(tmp_path.rglob("planted.json"))
    assert main(["--out", str(tmp_path / "inbox"), "--truth", str(tmp_path / "truth")]) == 0
    assert len(json.loads((tmp_path / "truth" / "planted.json").read_text(encoding="utf-8"))) >= 15
    assert "0 written" in capsys.readouterr().out


def test_an_absent_reference_file_is_named(tmp_path):
    with pytest.raises(UsageError, match="product_category.csv"):
        demonstration(7, tmp_path)


@pytest.mark.parametrize(("day", "delivered"), [("2024-07-01", "2024-10-20"), ("2025-12-31", "2026-01-20"), ("2026-03-31", "2026-04-20")])
def test_a_quarter_is_delivered_20_days_after_its_end(day, delivered):
    assert delivery_day(date.fromisoformat(day)) == date.fromisoformat(delivered)
