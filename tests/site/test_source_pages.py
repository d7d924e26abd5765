"""A source's page shows its provider what came, what was put aside and why, and what to do; the gate says it
by table."""

from __future__ import annotations

import csv
import io
import re
from datetime import date
from pathlib import Path

import country
import pandas as pd
import pytest
from reading_pages import text_of

from jobs.contracts.catalog import load_catalog
from jobs.ingest.model import ColumnMap, Feed, Operation, Value
from jobs.reports.advice import for_rule, own_columns
from jobs.reports.file_ledger import FileLedger, failing_cell, set_standing, split_languages
from jobs.reports.history import figures, scope_text
from jobs.reports.numbers import file_size
from jobs.reports.pages.sources import _abroad
from jobs.reports.small import bars, spark
from jobs.reports.source_facts import _flagged, column_changes
from jobs.reports.wording import FILE_STATUS, Text


@pytest.fixture(scope="module")
def page(site: Path) -> str:
    return (site / "sources" / "lab_1.html").read_text(encoding="utf-8")


def section(page: str, anchor: str) -> str:
    """What stands below one heading, up to the next."""
    return page.split(f'<h2 id="{anchor}">')[1].split("<h2")[0]


def rows(site: Path, name: str) -> list[dict[str, str]]:
    content = (site / "data" / f"source_lab_1_{name}.csv").read_text(encoding="utf-8-sig")
    return list(csv.DictReader(io.StringIO(content, newline="")))


def test_how_often_files_are_due_is_said_of_each_feed_and_once(page: str) -> None:
    """A source has one frequency by default and feeds with others: the two would contradict each other."""
    assert "约定周期" not in page.split('<p class="lead">')[1].split("</p>")[0]
    feeds = text_of(section(page, "feeds"))
    assert "每日" in feeds and "距今" in feeds


def test_what_is_to_mend_stands_first_and_leads_to_its_place(page: str) -> None:
    listed = re.findall(r'<a href="#(\w+)" class="tag (\w+)">', section(page, "mend"))
    assert listed == [
        ("refused", "bad"),
        ("unreadable", "bad"),
        ("quarantine", "bad"),
        ("feeds", "bad"),
        ("flags", "warn"),
        ("columns", "warn"),
        ("columns", "warn"),
    ]
    assert "1个文件被拒收" in page and "个文件未采用，不必答复，供参考" in section(page, "mend")
    assert "inbox/corrections/lab_1/" in page


def test_a_file_that_no_feed_takes_is_shown_the_agreed_names_and_a_damaged_one_its_reason(page: str) -> None:
    """A picture is for information; the number of files to correct leaves it out."""
    refused = {r.split("<br>")[0]: r for r in section(page, "refused").split('<th scope="row">')[1:]}
    photo = next(r for name, r in refused.items() if name.startswith("photo.jpg"))
    assert "供参考，不必答复" in photo and "file it under an agreed name: samples*." in photo
    assert "压缩文件不完整" in next(r for name, r in refused.items() if name.startswith("broken.csv.gz"))


def test_records_are_named_by_archive_member_number_and_element(page: str) -> None:
    assert "samples.csv / 七月/part.csv" in section(page, "unreadable")
    assert re.search(
        r"samples\.csv / 七月/part\.csv<.*?，<.*?记录<.*?>4<.*?，元素<.*?>2<.*?：<",
        section(page, "quarantine"),
    )


def test_a_broken_rule_is_stated_in_the_providers_own_column_with_what_to_do(page: str) -> None:
    rule = next(r for r in section(page, "quarantine").split("<tr>") if "sample.price.type" in r)
    assert '<strong lang="zh">价格(元)</strong>' in rule and 'href="../dictionary.html#silver.sample"' in rule
    assert "只写数字" in rule and "<code>abc</code>" in rule and "某某商行" not in page


def test_unknown_values_are_those_of_the_current_files_and_are_escaped(page: str) -> None:
    flags = section(page, "flags")
    assert '<code lang="zh">街边摊</code> × 1' in flags and "旧版的值" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in flags and "使用约定的值：网络、实体店" in flags
    assert "视为终止" in flags  # a key that its snapshot no longer holds


def test_a_column_is_new_since_its_first_file_and_gone_once_the_newest_lacks_it(page: str) -> None:
    drift = dict(re.findall(r'<th scope="row"[^>]*>(\w+)</th>(.*?)</tr>', section(page, "columns")))
    assert "2026-06-30" in drift["备注2"] and "仍是如此" in drift["备注2"]
    assert "2026-06-01" in drift["旧备注"] and "已恢复" in drift["旧备注"]
    assert "仍是如此" in drift["渠道"]  # an optional column that the newest file lacks


def test_editions_of_one_file_are_numbered_and_only_the_newest_is_current(page: str) -> None:
    files = section(page, "files")
    editions = re.findall(r"(\d) / 2<span.*?(?:有效|已被取代或未采用)</span>", files)
    assert editions == ["2", "1"] or editions == ["1", "2"]
    assert files.count("已被取代或未采用") == 1 and "4.3 KB" in files


def test_what_was_scrubbed_is_counted_by_column_and_kind(page: str) -> None:
    assert (
        "remark 中已隐去：电话号码 3" in section(page, "files")
        and "removed from remark: phone numbers 3" in page
    )


def test_deliveries_are_drawn_with_the_agreed_limits_but_replaced_editions_are_not(page: str) -> None:
    drawing = re.search(r'<svg class="bars".*?</svg>', page, flags=re.S)[0]
    assert re.findall(r"<title>(.*?)</title>", drawing) == ["2026-05-31: 9", "2026-06-30: 5"]
    assert drawing.count('class="limit"') == 1  # the upper one lies far above and would flatten the bars
    assert "不少于4行，不多于5,000行" in page


def test_downloads_hold_the_failing_cell_and_no_more_of_the_row(site: Path) -> None:
    quarantine = rows(site, "quarantine")
    assert [(r["record"], r["element"], r["rule_id"], r["your_column"], r["value"]) for r in quarantine] == [
        ("3", "", "sample.product_name.length", "品名", country.MARKUP),
        ("4", "2", "sample.product_name.length", "品名", "'=HYPERLINK(1)"),
        ("4", "2", "sample.price.type", "价格(元)", "abc"),
    ]
    assert [(r["member"], r["record"]) for r in rows(site, "unreadable")] == [
        ("", "5"),
        ("七月/part.csv", "7"),
    ]
    assert {r["file"]: r["live"] for r in rows(site, "ledger") if r["sha256"] != "a0"} == {
        "samples.csv": "true",
        "samples_may.csv": "true",
        "broken.csv.gz": "false",
        "photo.jpg": "false",
    }


def test_a_wrong_source_yaml_is_listed_with_its_line_and_its_path_below_the_sources(site: Path) -> None:
    for name in ("sources.html", "ledger.html"):
        text = (site / name).read_text(encoding="utf-8")
        assert "<code>lab/lab_2.yaml:5: cadence" in text and "sources/lab_1.html" in text


def test_free_text_is_never_shown_as_an_example() -> None:
    row = {"target": "complaint", "row": '{"text": "王女士的电话", "kind": "x"}'}
    hidden = {("complaint", "text")}
    assert failing_cell(row, "complaint.text.length", hidden) is None
    assert failing_cell(row, "complaint.kind.values", hidden) == "x"
    texts = {
        (c.name, column.name)
        for c in load_catalog().contracts.values()
        for column in c.columns
        if column.free_text
    }
    assert texts >= {("complaint", "text"), ("review", "text")}


def column_map(name: str, operation: Operation | None) -> ColumnMap:
    return ColumnMap(name, Value("from", column="列", operation=operation), "string", False)


@pytest.mark.parametrize(
    ("rule", "operation", "said"),
    [
        (
            "sample.purchased_on.type",
            Operation("date", patterns=("yyyy/MM/dd", "yyyyMMdd")),
            "yyyy/MM/dd、yyyyMMdd",
        ),
        ("sample.purchased_on.type", None, "yyyy-MM-dd"),
        ("sample.has_order_page.type", None, "true"),
        ("sample.price.type", None, "只写数字"),
        ("sample.channel.unmapped", Operation("map", values={"网络": "online", "": ""}), "网络。"),
        (
            "sample.category_code.unmapped",
            Operation("lookup", lookup="demo", values={"a": "b"}),
            "对照表 demo",
        ),
        ("sample.category_code.unmapped", None, "silver.product_category"),
        ("sample.sample_id.required", None, "补填此值"),
        ("sample.exit_reason.some_new_kind", None, "按左侧规则"),
    ],
)
def test_advice_follows_the_rule_and_the_sources_own_mapping(
    rule: str, operation: Operation | None, said: str
) -> None:
    name = rule.split(".")[1]
    column = load_catalog().contracts["silver.sample"].column(name)
    assert said in for_rule(rule, column_map(name, operation), column).zh


def feed(explode: str | None = None, nation: str | None = None, *inputs: str) -> Feed:
    value = Value("concat", parts=tuple(Value("from", column=name) for name in inputs))
    column = ColumnMap("item_code", value, "string", True)
    return Feed("s", "f", "test_result", (), "csv", (column,), "UTC", explode=explode, jurisdiction=nation)


def test_columns_behind_a_part_of_a_cell_are_named_as_the_header_writes_them() -> None:
    exploded = feed("Violations", None, ".", "..Inspection ID", ".")
    assert own_columns((exploded,), "test_result", "item_code") == "Violations + Inspection ID"
    assert own_columns((feed(None, None, "a", "a"),), "test_result", "item_code") == "a"
    assert own_columns((exploded,), "sample", "item_code") == ""


def test_a_page_names_the_other_jurisdictions_of_its_source() -> None:
    assert _abroad((feed(None, "US"), feed(None, "CN"), feed())) == [Text("美国", "United States")]


def test_a_refused_edition_says_nothing_of_columns() -> None:
    row = {"feed": "f", "received_on": date(2026, 1, 1), "delivered_on": None}
    landed = pd.DataFrame(
        [
            row
            | {
                "file": "a",
                "sha256": "1",
                "changed_ns": 1,
                "mtime_ns": 1,
                "status": "landed",
                "live": True,
                "drift": ["x"],
                "missing": [],
            },
            row
            | {
                "file": "b",
                "sha256": "2",
                "changed_ns": 2,
                "mtime_ns": 2,
                "status": "refused",
                "live": False,
                "drift": [],
                "missing": ["y"],
            },
        ]
    )
    found = column_changes(landed)
    assert [(c["column"], c["still"]) for c in found["drift"]] == [("x", True)] and found["missing"] == []


def test_whether_a_column_is_gone_is_not_known_where_the_newest_file_lists_only_its_first_thousand() -> None:
    row = {"feed": "f", "status": "landed", "live": True, "missing": [], "standing": "live"}
    row |= {"delivered_on": None, "changed_ns": 1, "mtime_ns": 1, "sha256": "1"}
    files = [
        row | {"file": "monday", "received_on": date(2026, 3, 2), "drift": ["a", "z"]},
        row
        | {"file": "tuesday", "received_on": date(2026, 3, 3), "drift": [f"c{n:03}" for n in range(1_000)]},
    ]
    still = {c["column"]: c["still"] for c in column_changes(pd.DataFrame(files))["drift"]}
    assert (still["z"], still["c000"]) == (None, True)
    files[1]["drift"] = files[1]["drift"][:999]
    still = {c["column"]: c["still"] for c in column_changes(pd.DataFrame(files))["drift"]}
    assert still["z"] is False


def test_the_newest_file_is_that_of_the_latest_delivery_not_the_one_corrected_last() -> None:
    row = {"feed": "f", "received_on": date(2026, 3, 1), "status": "landed", "live": True, "missing": []}
    landed = pd.DataFrame(
        [
            row
            | {
                "file": "feb",
                "sha256": "1",
                "changed_ns": 1,
                "mtime_ns": 1,
                "delivered_on": date(2026, 2, 1),
                "drift": ["x"],
            },
            row
            | {
                "file": "jan",
                "sha256": "2",
                "changed_ns": 9,
                "mtime_ns": 9,
                "delivered_on": date(2026, 1, 1),
                "drift": [],
            },
        ]
    )
    assert [(c["column"], c["still"]) for c in column_changes(landed)["drift"]] == [("x", True)]


def test_what_a_later_edition_mended_is_no_longer_asked_for() -> None:
    night = {
        "source": "s",
        "feed": "f",
        "file": "a",
        "received_on": date(2026, 1, 1),
        "changed": (1, 1),
        "live": False,
        "status": FILE_STATUS["refused"],
    }
    landed = night | {"live": True, "changed": (2, 2), "status": FILE_STATUS["landed"]}
    cases = {
        "mended": [night, landed],
        "refused": [
            night | {"changed": (3, 3)},
            landed,
        ],  # the refused edition is the later one: the older stays current
        "replaced": [night | {"status": FILE_STATUS["landed"]}, landed],
    }
    cases["refused "] = [night | {"status": FILE_STATUS["held"], "changed": (3, 3)}, landed]
    for standing, files in cases.items():
        files = [dict(f) for f in files]
        set_standing(files)
        assert [f["standing"] for f in files] == [standing.strip(), "live"]
    stray = [night | {"feed": ""}, dict(landed)]  # no feed took it until its YAML got one
    set_standing(stray)
    assert stray[0]["standing"] == "mended"


def test_the_gate_draws_the_last_version_of_each_night_and_names_columns_that_moved(site: Path) -> None:
    text = (site / "gate.html").read_text(encoding="utf-8")
    spoken = re.search(r'<svg class="spark"[^>]*aria-label="([^"]*)"', text)[1]
    assert spoken.endswith("2026-06-28 – 2026-06-30: 100 → 130") and "555" not in text
    own = "".join(p.read_text(encoding="utf-8") for p in (site / "gate").glob("*.html"))
    assert "<code>design</code>" in own and "<code>n_open</code>" not in own and "555" not in own
    assert 'href="sources/lab_1.html#columns"' in text and "备注2" in text


def test_a_version_that_was_taken_back_is_no_part_of_the_history() -> None:
    night = {"table": "t", "metric": "row_count", "version": 1}
    metrics = pd.DataFrame(
        [
            night | {"date": date(2026, 1, 1), "value": 5.0, "passed": True},
            night | {"date": date(2026, 1, 2), "value": 0.0, "passed": False, "version": 2},
        ]
    )
    assert [(f.now, f.nights) for f in figures(metrics, "t")] == [("5", 1)]


def test_an_audit_of_some_months_says_which() -> None:
    assert scope_text("months 2026-01, 2026-02").zh == "月份 2026-01, 2026-02"
    assert scope_text("whole").en == "the whole table"


def test_an_even_series_lies_in_the_middle_and_a_bar_never_vanishes() -> None:
    assert 'points="3.0,12.0 117.0,12.0"' in spark([4, 4], "even")
    assert bars([0, 10], ["none", "<ten>"], "x").count('height="1.0"') == 1 and "&lt;ten&gt;" in bars(
        [0, 10], ["none", "<ten>"], "x"
    )


def test_an_archive_that_five_feeds_read_is_one_refused_file() -> None:
    said = Text("zip 文件不完整", "the zip file is cut short")
    file = {
        "source": "s",
        "file": "a.zip",
        "sha256": "1",
        "reason": said,
        "standing": "refused",
        "balanced": True,
    }
    file_ledger = FileLedger(
        [file | {"feed": "orders"}, file | {"feed": "shops"}, file | {"feed": "shops", "file": "b.zip"}],
        [],
        pd.DataFrame(),
    )
    assert [(f["file"], f["feeds"]) for f in file_ledger.refused_files] == [
        ("a.zip", ["orders", "shops"]),
        ("b.zip", ["shops"]),
    ]
    assert file_ledger.distinct == 2 and len(file_ledger.refused) == 3


def test_a_warning_flag_is_stated_in_the_providers_own_column() -> None:
    assert _flagged("shop.operator_uscc.pattern") == "operator_uscc"
    assert (_flagged("channel_unmapped"), _flagged("price_rounded"), _flagged("ended")) == (
        "channel",
        "price",
        "ended",
    )


def test_warnings_of_landing_part_into_their_languages() -> None:
    assert split_languages("有2行 | 2 rows") == ("有2行", "2 rows") and split_languages("once") == (
        "once",
        "once",
    )


@pytest.mark.parametrize(
    ("octets", "shown"),
    [(999, "999 B"), (4321, "4.3 KB"), (250_000, "250 KB"), (3_210_000_000, "3.2 GB"), (None, "–")],
)
def test_sizes_are_short(octets: int | None, shown: str) -> None:
    assert file_size(octets) == shown


def test_the_feeds_balance_and_say_when_the_next_delivery_is_due(html: dict[str, str]) -> None:
    feeds = html["sources/lab_1.html"].split('<h2 id="feeds">')[1].split("<h2")[0]
    heads = re.findall(r'<th scope="col"[^>]*>(.*?)</th>', feeds)
    words = " ".join(heads)
    assert all(name in words for name in ("被取代", "重复", "拒收"))
    assert "delivery was due by" in feeds and "2026-06-22" in feeds  # it is late
    assert "later" in html["freshness.html"].split('class="lead"')[1].split("</p>")[0]
