"""Pages of the outbox: each row of a package once, in the values of its files, and nothing else."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections.abc import Callable
from datetime import date, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from desks import CATALOG, DAY, Desk, finding
from outbox_pages import Read, pages, rows_of
from outbox_search import early, foreign, planned, unsent
from party_rows import FIRM, MARKUP, NIGHT

from jobs.exchange import post
from jobs.exchange.copying import Copy, Damaged
from jobs.exchange.outbox import Package
from jobs.exchange.pages import writing
from jobs.exchange.pages.reading import read_night
from jobs.exchange.sending import LOG, send
from jobs.lake.night import newest_snapshot
from jobs.marts.sampling.outcomes import all_judged

LATER = date(2026, 7, 1)


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    desk = Desk(tmp_path_factory.mktemp("sent") / "desk").night(**NIGHT)
    desk.send()
    return desk


@pytest.fixture
def desk(sent: Desk, tmp_path: Path) -> Desk:
    """The night as it was sent, for a test to change."""
    return sent.copied(tmp_path / "own")


def folders(desk: Desk) -> list[Path]:
    return sorted(p.parent for p in desk.outbox.glob("*/*/index.html"))


def alike(shown: Any, said: str) -> bool:
    """Whether a page's value is that of a cell of the CSV, which neutralises what a spreadsheet would run."""
    if shown is None:
        return said == ""
    if isinstance(shown, bool):
        return said == json.dumps(shown)
    try:
        return float(shown) == float(said)
    except ValueError:
        return str(shown) == said.removeprefix("'")


def test_platforms_brands_laboratories_enterprises_and_clusters_get_pages_and_no_one_else(desk: Desk) -> None:
    assert {f.parent.name for f in folders(desk)} == {
        "platform_P1", "platform_P2", "brand_B1", "lab_L1", "lab_L2", f"enterprise_{FIRM}", "cluster_K1",
    }  # fmt: skip
    assert desk.folder("buyers").is_dir() and desk.folder("region_330000").is_dir()


def test_each_row_that_was_sent_stands_once_on_the_pages_with_the_values_of_its_file(desk: Desk) -> None:
    compared = 0
    for folder in folders(desk):
        shown = rows_of(folder)
        for path in folder.glob("*.csv"):
            sent = list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"))))
            mine = shown.pop(path.stem, [])
            assert len(mine) == len(sent), path
            for row, said in zip(mine, sent, strict=True):
                assert [c for c, v in row.items() if not alike(v, said[c])] == [], path
                assert [c for c, v in said.items() if v and c not in row] == [], (
                    path
                )  # empty columns are left out
                compared += len(row)
        assert shown == {}
    assert compared > 500


def test_a_long_list_has_pages_of_its_name_and_no_page_more_than_ten_thousand_elements(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.only = "platform_P2"
    folder = desk.folder("platform_P2")
    assert (folder / "restricted_operators.html").is_file() and not list(folder.glob("*-2.html"))
    assert 'id="restricted_operators-1"' not in (folder / "index.html").read_text()
    monkeypatch.setattr(writing, "MOST_ELEMENTS", 900)
    desk.send(contact="anew")
    cut = sorted(p.name for p in folder.glob("restricted_operators*.html"))
    assert len(cut) > 1 and len(rows_of(folder)["restricted_operators"]) == 70
    assert max(writing._elements(text) for _, path, text in pages(desk.outbox) if path.name in cut) < 900


def test_every_link_of_a_page_leads_to_a_file_of_its_folder_or_a_row(desk: Desk) -> None:
    followed = 0
    for folder in folders(desk):
        read = {p.name: Read(p.read_text()) for p in folder.glob("*.html")}
        for name, page in read.items():
            assert len(page.ids) == len(set(page.ids)), name
            for link in page.links:
                file, _, anchor = link.partition("#")
                assert (folder / (file or name)).is_file(), (name, link)
                assert not anchor or anchor in read[file or name].ids, (name, link)
                followed += 1
    assert followed > 100


def test_names_that_are_markup_are_shown_and_not_run(desk: Desk) -> None:
    page = (desk.folder("platform_P1") / "index.html").read_text()
    assert MARKUP not in page and "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;" in page
    assert len(re.findall("<script", page)) == 1
    ((_, row),) = [(k, r) for k, r in Read(page).rows if k == "nonconforming_listings"]
    assert (row["product_name"], row["batch_no"]) == (MARKUP, "=1+1")


def test_the_manifest_names_each_page_to_the_byte_beside_the_files_and_the_log_has_it(desk: Desk) -> None:
    log = desk.lake.frame(LOG)
    for folder in folders(desk):
        said = json.loads((folder / "manifest.json").read_text())
        listed = {page["name"]: page for page in said["pages"]}
        assert set(listed) == {p.name for p in folder.glob("*.html")}
        assert all(f["format"] in ("csv", "jsonl") for f in said["files"])
        for name, page in listed.items():
            data = (folder / name).read_bytes()
            assert (page["bytes"], page["sha256"]) == (len(data), hashlib.sha256(data).hexdigest())
        noted = log[log["recipient"].eq(folder.parent.name) & log["kind"].eq("page")]
        assert dict(zip(noted["file"], noted["sha256"], strict=True)) == {
            name: page["sha256"] for name, page in listed.items()
        }


@pytest.mark.slow
def test_pages_change_no_identifier_of_a_package_and_send_nothing_that_was_sent(desk: Desk) -> None:
    rows = "\n".join(f"{f['name']} {f['sha256']}" for f in desk.manifest("brand_B1")["files"])
    assert desk.manifest("brand_B1")["content"] == hashlib.sha256(rows.encode()).hexdigest()
    assert desk.send() == []
    assert desk.send(day=LATER) == []
    assert desk.send(day=LATER, contact="ask@example.org") == []  # rows as before: nothing is news


def test_a_page_that_was_damaged_on_its_day_is_written_again(desk: Desk) -> None:
    page = desk.folder("lab_L1") / "index.html"
    whole = page.read_bytes()
    page.write_bytes(whole[:100])
    assert desk.send() == ["lab_L1"] and page.read_bytes() == whole


def test_a_copy_refuses_a_package_whose_page_is_not_what_the_manifest_names(desk: Desk) -> None:
    copy = Copy("lab_L1")
    assert copy.take(desk.folder("lab_L1"), "2026-07-01") == "applied"
    (desk.folder("lab_L1") / "index.html").write_text("other")
    with pytest.raises(Damaged, match=r"index\.html"):
        copy.take(desk.folder("lab_L1"), "2026-07-01")


def test_what_no_longer_stands_is_listed_by_its_key_and_an_emptied_list_says_so(desk: Desk) -> None:
    desk.night(**NIGHT | {"gold__counterfeit_case": []})
    assert desk.send(day=LATER) == ["brand_B1"]
    shown = rows_of(desk.folder("brand_B1", LATER))
    assert set(shown) == {"counterfeit_cases_withdrawn", "failing_items"}
    assert shown["counterfeit_cases_withdrawn"] == [{"report_id": "JB-1"}]  # the key alone
    page = (desk.folder("brand_B1", LATER) / "index.html").read_text()
    assert "counterfeit_cases_withdrawn.csv" in page and "None now" in page


@pytest.mark.parametrize(
    "kind", ["quarter", *(pytest.param(k, marks=pytest.mark.slow) for k in ("year", "rolling12"))]
)
def test_a_withdrawn_period_reads_as_it_did_while_it_was_valid(tmp_path: Path, kind: str) -> None:
    desk = Desk(tmp_path, "lab_L1")
    rows = [row | {"period_type": kind} for row in NIGHT["gold__lab_performance"]]
    desk.night(**NIGHT | {"gold__lab_performance": rows}).send()
    before = (desk.folder("lab_L1") / "index.html").read_text()
    desk.night(**NIGHT | {"gold__lab_performance": []}).send(day=LATER)
    after = (desk.folder("lab_L1", LATER) / "index.html").read_text()
    (valid,) = re.findall(r'<tr id="lab_performance-1"><th[^>]*>(.*?)</th>', before)
    (gone,) = re.findall(r'<tr id="lab_performance_withdrawn-1"><th[^>]*>(.*?)</th>', after)
    assert gone == valid and "2026" in gone


@pytest.mark.slow
def test_a_package_that_cannot_be_made_costs_its_recipient_alone_and_is_made_by_the_next_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, said = Desk(tmp_path).night(**NIGHT), list[str]()
    whole = post.with_pages

    def fails_for_one(package: Package, *rest: Any) -> Package:
        return whole(package, *rest) if package.recipient != "lab_L1" else package.manifest["no such key"]

    monkeypatch.setattr(post, "with_pages", fails_for_one)
    sent = send(desk.lake.root, desk.outbox, say=said.append)
    assert sent.not_made == ["lab_L1"] and not (desk.outbox / "lab_L1").exists()
    assert {"lab_L2", "brand_B1"} <= {package.recipient for package in sent.written}
    (line,) = [line for line in said if "could not be made" in line]
    assert line.startswith("outbox: the package of lab_L1 could not be made: KeyError (jobs/")
    monkeypatch.setattr(post, "with_pages", whole)
    assert desk.send() == ["lab_L1"]


def test_no_page_holds_what_its_package_does_not_send_and_the_search_finds_it_once_it_is_there(
    desk: Desk,
) -> None:
    snapshot = newest_snapshot(desk.lake)
    searches: list[Callable[..., list[str]]] = [foreign, early, planned, unsent]
    assert [search(snapshot, desk.outbox) for search in searches] == [[], [], [], []]
    page = desk.folder("platform_P1") / "index.html"
    for planted in ("S-b", "DU-1", "CG-L1", "PROP-CN-2026Q3", "B1", "P2"):
        before = page.read_text()
        page.write_text(before.replace("</main>", f"<p>{planted}</p></main>"))
        assert unsent(snapshot, desk.outbox) == [f"platform_P1/index.html: {planted}"]
        page.write_text(before)
    head = '<table data-kind="x"><thead><tr><th data-name="sample_id"></th></tr></thead>'
    row = f"{head}<tbody><tr><td>DB-1</td></tr></tbody></table>"
    page.write_text(page.read_text().replace("</main>", f"{row}</main>"))
    assert len(foreign(snapshot, desk.outbox)) == 1


def bundle(root: Path, rows: list[dict[str, Any]], *, state: str = "published", revision: int = 0) -> Path:
    """A bundle of the month of June 2026 with these rates and indexes, as `quality publish` lays it down."""
    folder = root / "2026-06" / str(revision)
    (folder / "data").mkdir(parents=True)
    plain = {"dimension2_type": "", "region_role": "", "design": "probability", "period_type": "rolling12",
             "period_start": date(2025, 7, 1), "reliability": "A", **all_judged(100, 12),
             "rate": 0.12, "ci_low": 0.07, "ci_high": 0.2}  # fmt: skip
    pq.write_table(
        pa.Table.from_pylist([plain | row for row in rows]), folder / "data" / "detection_rates.parquet"
    )
    tables = {"detection_rates": {}} if state == "published" else {}
    (folder / "manifest.json").write_text(json.dumps({"state": state, "tables": tables}))
    return root


RATES = [
    {"dimension_type": kind, "dimension_code": code, "exposure_rate": rate, "exposure_low": rate - 0.02,
     "exposure_high": rate + 0.02}
    for kind, code, rate in (("nation", "CN", 0.08), ("platform", "P1", 0.15), ("platform", "P2", 0.04))
]  # fmt: skip


def test_a_platform_reads_its_published_rate_beside_the_nations_and_no_other_platforms(
    desk: Desk, tmp_path: Path
) -> None:
    desk.send(published=bundle(tmp_path / "published", RATES))
    verdicts = {p: (desk.folder(p) / "index.html").read_text() for p in ("platform_P1", "platform_P2")}
    assert (
        '<p class="big">15.0%</p>' in verdicts["platform_P1"]
        and "高于全国（8.0%）" in verdicts["platform_P1"]
    )
    assert "4.0%" not in verdicts["platform_P1"] and "低于全国（8.0%）" in verdicts["platform_P2"]
    assert "July 2025 to June 2026, published, first publication" in verdicts["platform_P1"]


@pytest.mark.slow
def test_a_figure_whose_bundle_is_withdrawn_is_not_shown(desk: Desk, tmp_path: Path) -> None:
    root = bundle(tmp_path / "published", RATES)
    desk.send(published=root)
    bundle(root, RATES, state="withdrawn", revision=1)
    assert "platform_P1" in desk.send(published=root)
    assert "15.0%" not in (desk.folder("platform_P1") / "index.html").read_text()


def test_each_reader_sees_how_it_stands_and_what_to_do_the_nearest_day_first(desk: Desk) -> None:
    def opening(recipient: str) -> str:
        page = (desk.folder(recipient) / "index.html").read_text()
        return page.split('id="verdict"')[1].split("</section>")[0]

    firm, lab, brand = (opening(r) for r in (f"enterprise_{FIRM}", "lab_L1", "brand_B1"))
    assert "1 batch" in firm and firm.index("ask for re-inspection") < firm.index("ask for the recheck")
    assert '<p class="big">81.3%</p>' in lab and "60.0–90.0%" in lab
    assert lab.index("WT-1") < lab.index("2026-06-29") < lab.index("WT-2")  # its commissions and their days
    assert "JB-1" in brand and "待鉴别1" in brand and "JB-2" not in brand
    assert "1 notice" not in opening("platform_P1") and "XJ-DA-1" in opening("platform_P1")
    assert "What fails most" in firm and "What would lift the index most" in opening("platform_P1")


def test_a_platform_reads_by_whose_limit_its_takedowns_are_overdue(desk: Desk) -> None:
    page = unescape((desk.folder("platform_P1") / "index.html").read_text())
    assert "the due dates of takedowns are this project's limits" in page.split('id="work"')[0]
    assert "Takedown due (this project's limit)" in page
    assert "under E-commerce Law, Article 38" in page and "the law only asks" not in page.lower()
    assert "this project's limit" not in (desk.folder("lab_L1") / "index.html").read_text()


def test_a_page_says_the_day_of_the_run_and_whom_to_ask(desk: Desk) -> None:
    desk.only = "lab_L2"
    desk.send(contact="数据服务 data@example.org <x>")
    page = (desk.folder("lab_L2") / "index.html").read_text()
    assert f"<time>{DAY}</time>" in page and "data@example.org &lt;x&gt;" in page
    assert desk.manifest("lab_L2")["manifest_id"] in page


def test_rows_that_the_package_before_had_not_are_counted_in_the_manifest_and_marked_on_pages(
    desk: Desk,
) -> None:
    """Of the first package nothing is marked: all of it is new. A package that is sent again on its day is
    held against the one before the day, and keeps its marks."""
    desk.only = "platform_P1"
    first = desk.manifest("platform_P1")
    assert {f["new"] for f in first["files"]} == {None}
    assert "新增" not in (desk.folder("platform_P1") / "index.html").read_text()
    life = [*NIGHT["gold__sampling_lifecycle"], finding("late", "P1")]
    sample = [*NIGHT["silver__sample"], {"sample_id": "late", "listing_id": "L-late", "shop_id": "S-a"}]
    for contact in ("", "anew"):
        desk.night(**NIGHT | {"gold__sampling_lifecycle": life, "silver__sample": sample})
        desk.send(day=LATER, contact=contact)
        files = {f["name"]: f["new"] for f in desk.manifest("platform_P1", LATER)["files"]}
        assert files["takedown_notices.jsonl"] == files["takedown_notices.csv"] == 1
        assert {n for name, n in files.items() if not name.startswith("takedown_notices")} == {0}
        page = (desk.folder("platform_P1", LATER) / "index.html").read_text()
        shown = rows_of(desk.folder("platform_P1", LATER))["takedown_notices"]
        assert [row["notice_id"] for row in shown] == ["XJ-DA-1", "XJ-late"]
        assert re.findall(r'data-value="([^"]*)"[^\n]*?<b class="tag">', page) == ["XJ-late"]
        assert page.count("new since the package before:") == 1


def new_of(desk: Desk, day: date) -> int | None:
    return {f["name"]: f["new"] for f in desk.manifest("platform_P1", day)["files"]}["takedown_notices.csv"]


def with_late(**more: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """The night with one more notice for P1."""
    life = [*NIGHT["gold__sampling_lifecycle"], finding("late", "P1")]
    sample = [*NIGHT["silver__sample"], {"sample_id": "late", "listing_id": "L-late", "shop_id": "S-a"}]
    return NIGHT | {"gold__sampling_lifecycle": life, "silver__sample": sample} | more


def refusal(desk: Desk, day: date) -> dict[str, Any]:
    named = desk.manifest("platform_P1", day)["acknowledge"]
    return {"acknowledgement_id": f"H{day}", "acknowledged_on": day, "status": "refused", **named}


def test_what_a_recipient_refused_it_has_not_got_and_stays_new(desk: Desk) -> None:
    desk.only = "platform_P1"
    desk.night(**with_late()).send(day=LATER)
    assert new_of(desk, LATER) == 1
    desk.night(**with_late(silver__acknowledgement=[refusal(desk, LATER)])).send(day=LATER + timedelta(1))
    assert new_of(desk, LATER + timedelta(1)) == 1


def test_a_recipient_who_refused_all_that_it_was_sent_gets_a_first_package(desk: Desk) -> None:
    desk.only = "platform_P1"
    desk.night(**with_late(silver__acknowledgement=[refusal(desk, DAY)])).send(day=LATER)
    assert new_of(desk, LATER) is None


def test_after_a_package_that_an_older_lake_logged_without_keys_nothing_is_called_new(desk: Desk) -> None:
    desk.only = "platform_P1"
    log = desk.lake.arrow("ops.export_log")
    at = log.schema.get_field_index("keys")
    desk.lake.overwrite(
        "ops.export_log", log.set_column(at, log.field(at), pa.nulls(len(log), log.field(at).type))
    )
    desk.night(**with_late()).send(day=LATER)
    assert new_of(desk, LATER) is None


def test_of_enterprises_those_alone_are_looked_up_that_may_get_a_package(desk: Desk) -> None:
    firms = [{"enterprise_id": code, "uscc": code, "name": f"厂{code}"} for code in "ABC"]
    snapshot = newest_snapshot(desk.night(silver__enterprise=firms).lake)

    def named(*recipients: str) -> set[str]:
        night = read_night(snapshot, CATALOG, DAY, recipients=recipients, published=None, contact="")
        assert night.names["platform"].keys() == {"P1", "P2"}
        return {name.zh for name in night.names["enterprise"].values()}

    assert named("enterprise_A", "platform_P1", "enterprise_C") == {"厂A", "厂C"}
    assert named("platform_P1") == set()


def test_pages_know_the_english_names_of_offices_and_of_brands_that_have_one(tmp_path: Path) -> None:
    desk = Desk(tmp_path).night(
        silver__region=[
            {"region_code": "330000", "name_zh": "浙江省", "name_en": "Zhejiang", "level": "province"},
            {"region_code": "330100", "name_zh": "杭州市", "name_en": "Hangzhou City", "level": "city",
             "parent_code": "330000"},
        ],
        silver__brand=[
            {"brand_id": "B1", "name_zh": "甲牌", "name_en": "Jia"},
            {"brand_id": "B2", "name_zh": "乙牌", "name_en": "Yi"},
            {"brand_id": "B3", "name_zh": "乙牌", "name_en": "Second"},
        ],
    )  # fmt: skip
    snapshot = newest_snapshot(desk.lake)
    names = read_night(snapshot, CATALOG, DAY, recipients=set(), published=None, contact="").names
    assert names["authority"]["330100"] == (
        "杭州市市场监督管理局",
        "Administration for Market Regulation of Hangzhou City, Zhejiang",
    )
    assert names["brand_name"] == {"甲牌": ("甲牌", "Jia")}
