"""What providers of files learn in their outbox of the files that they filed, and of no one else's."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from desks import CATALOG, DAY, Desk

from jobs.exchange.own_files import Filer, filers_of
from jobs.exchange.sending import send
from jobs.ingest.source import load_sources
from jobs.lake import ops
from jobs.reports import counting
from jobs.reports.order_lines import COUNTS

LATER = date(2026, 7, 1)
NO_ORDERS = pd.DataFrame(columns=["source", "platform_code", "n"])
YAML = """\
source: {source}
publisher: {{name_zh: 某方, name_en: Someone}}
{recipient}
timezone: Asia/Shanghai
cadence: daily
feeds:
  samples:
    target: sample
    files: "samples_*.csv"
    format: csv
    key: [sample_id]
    columns:
      sample_id:    {{from: 样品编号}}
      plan_id:      {{from: 计划编号}}
      product_name: {{from: 品名}}
      price:        {{from: 价格(元)}}
"""
FILED = {  # source → its provider's folder
    "lab_1": "lab_L1",
    "lab_2": "lab_L2",
    "brand_1": "brand_B1",
    "platform_1": "platform_P1",
    "office_33": "region_330000",
    "customs": "customs",
    "standards_body": "standards_body",
}
REGISTERS = {
    "silver__lab": [{"lab_id": "L1"}, {"lab_id": "L2"}],
    "silver__brand": [{"brand_id": "B1"}],
}


def roots(home: Path, filed: dict[str, str] = FILED, text: str = YAML) -> tuple[Path]:
    folder = home / "schemas" / "sources" / "lab"
    folder.mkdir(parents=True, exist_ok=True)
    for source, recipient in filed.items():
        stated = f"recipient: {recipient}" if recipient else ""
        (folder / f"{source}.yaml").write_text(text.format(source=source, recipient=stated))
    return (home / "schemas",)


def landed(source: str, file: str, **more: Any) -> dict[str, Any]:
    return {
        "source": source,
        "family": "lab",
        "feed": "samples",
        "target": "sample",
        "mode": "upsert",
        "file": file,
        "sha256": f"sha-{source}-{file}",
        "load_key": f"key-{source}-{file}",
        "mapping": "m",
        "status": "landed",
        "reason_zh": "",
        "reason_en": "",
        "unreadable_list": "[]",
        "mtime_ns": 1,
        "received_on": DAY,
        "recorded_at": datetime(2026, 6, 30, 2, tzinfo=UTC),
    } | more


def refused(source: str, file: str, feed: str = "samples") -> dict[str, Any]:
    said = {"reason_zh": f"{source}的压缩文件不完整", "reason_en": f"the gzip file of {source} is cut short"}
    return landed(source, file, feed=feed, status="refused", **said)


def quarantined(source: str, file: str, record: int) -> dict[str, Any]:
    return {
        "target": "sample",
        "source": source,
        "feed": "samples",
        "file": file,
        "member": "",
        "record": record,
        "element": 0,
        "load_key": f"key-{source}-{file}",
        "rule_ids": ["sample.price.type", "sample.product_name.length"],
        "reasons_zh": ["价格不是数", "品名过长"],
        "reasons_en": ["price is no number", "name too long"],
        "row": json.dumps({"price": f"dear-{source}", "product_name": "x", "seller_name": "张三商行"}),
    }


def file_rows(source: str) -> list[dict[str, Any]]:
    """A file of which a record cannot be read, and one that is refused."""
    bad = f'[{{"record": 9, "reason_zh": "{source}第9条", "reason_en": "record 9 of {source}"}}]'
    return [
        landed(source, f"samples_{source}.csv", records=7, unreadable=1, loaded=6, unreadable_list=bad),
        refused(source, f"samples_{source}_b.csv"),
    ]


def put(desk: Desk, files: list[dict[str, Any]], aside: list[dict[str, Any]]) -> None:
    """The ops tables of the night. What is quarantined is booked."""
    ledger = []
    for row in files:
        n = sum(r["load_key"] == row["load_key"] for r in aside)
        counts = dict.fromkeys(COUNTS, 0) | {name: row[name] for name in COUNTS if name in row}
        counts |= {"quarantined": n, "accepted": counts["loaded"] - n}
        kept = {name: row[name] for name in ops.RECONCILIATION.names if name in row}
        ledger.append(kept | counts | {"balanced": True})
    desk.lake.overwrite("ops.ingest_file", ops.rows("ops.ingest_file", files))
    desk.lake.overwrite("ops.reconciliation", ops.rows("ops.reconciliation", ledger))


def night(
    desk: Desk, *, sources: tuple[str, ...] = tuple(FILED), more: tuple[dict[str, Any], ...] = ()
) -> Desk:
    aside = [quarantined(source, f"samples_{source}.csv", 3) for source in sources]
    desk.night(**REGISTERS, silver__quarantine=aside)
    put(desk, [*(row for source in sources for row in file_rows(source)), *more], aside)
    return desk


def test_every_provider_with_a_folder_learns_what_became_of_its_files_and_of_no_others(
    tmp_path: Path,
) -> None:
    desk = night(Desk(tmp_path))
    assert set(FILED.values()) <= set(desk.send(roots=roots(tmp_path)))
    for source, recipient in FILED.items():
        files = {row["file"]: row for row in desk.rows(recipient, "files_received")}
        used, bad = files[f"samples_{source}.csv"], files[f"samples_{source}_b.csv"]
        assert (used["standing"], used["records"], used["accepted"], used["quarantined"]) == ("live", 7, 5, 1)
        assert (used["unreadable"], used["status"]) == (1, "landed") and "Correct the records" in used[
            "advice_en"
        ]
        assert (bad["standing"], bad["status"]) == ("refused", "refused")
        assert bad["reason_zh"].endswith("的压缩文件不完整") and bad["reason_en"].endswith("is cut short")
        assert "重新报送" in bad["advice_zh"] and "file it again" in bad["advice_en"]
        said = desk.rows(recipient, "records_not_accepted")
        assert [(r["record"], r["rule_id"], r["your_column"], r["value"]) for r in said] == [
            (3, "sample.price.type", "价格(元)", f"dear-{source}"),
            (3, "sample.product_name.length", "品名", "x"),
            (9, "", None, None),
        ]
        assert (said[0]["reason_zh"], said[0]["reason_en"]) == ("价格不是数", "price is no number")
        assert all(row["advice_zh"] and row["advice_en"] for row in said)
        text = "".join(p.read_text("utf-8-sig") for p in desk.folder(recipient).iterdir())
        others = [
            name for other in FILED if other != source for name in (f"samples_{other}", f"dear-{other}")
        ]
        assert [word for word in (*others, "张三商行") if word in text] == [], recipient


def test_a_package_with_records_that_were_not_accepted_says_what_follows_where_they_are_not_corrected(
    tmp_path: Path,
) -> None:
    desk = night(Desk(tmp_path))
    desk.send(roots=roots(tmp_path), recipient="lab_L1")
    page = (desk.folder("lab_L1") / "index.html").read_text("utf-8")
    section = page.split('<section id="records_not_accepted">')[1].split("</section>")[0]
    assert "不计入其他任何统计数据" in section and "takes no decision" in section and "报送格式" in section
    assert page.count("takes no decision") == 1


def test_no_record_is_left_out_however_many_of_a_source_were_not_accepted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page of the site lists as many as `counting.MOST_LINES`; the package is to hold all."""
    monkeypatch.setattr(counting, "MOST_LINES", 1)
    desk = Desk(tmp_path)
    aside = [quarantined("lab_1", "samples_lab_1.csv", record) for record in (3, 4, 5)]
    desk.night(**REGISTERS, silver__quarantine=aside)
    put(desk, file_rows("lab_1"), aside)
    desk.send(roots=roots(tmp_path), recipient="lab_L1")
    assert {row["record"] for row in desk.rows("lab_L1", "records_not_accepted")} == {3, 4, 5, 9}


@pytest.mark.slow
def test_a_refused_file_is_the_first_page_s_task_the_next_morning(tmp_path: Path) -> None:
    desk, where = night(Desk(tmp_path)), roots(tmp_path)
    desk.send(roots=where)
    assert desk.send(roots=where) == []
    aside = [quarantined(source, f"samples_{source}.csv", 3) for source in FILED]
    files = [row for source in FILED for row in file_rows(source)]
    put(desk, [*files, refused("lab_2", "batch.xlsx", feed="")], aside)  # no table has another version
    assert desk.send(roots=where) == ["lab_L2"]
    assert desk.send(roots=where, day=LATER) == []
    work = (desk.folder("lab_L2") / "index.html").read_text().split('id="work"')[1].split('id="sent"')[0]
    assert (
        "batch.xlsx" in work and "the gzip file of lab_2 is cut short" in work and "correct 2 records" in work
    )
    (book,) = [row for row in desk.rows("lab_L2", "files_received") if row["file"] == "batch.xlsx"]
    assert book["advice_en"] == "File it under an agreed name: samples_*.csv."


def test_a_note_is_listed_with_its_reason_and_is_no_task_and_data_under_another_name_are(
    tmp_path: Path,
) -> None:
    """A note stood as a task "at once" for good: there was nothing to correct, and no way to close it."""
    more = tuple(refused("lab_1", name, feed="") for name in ("说明.txt", "2026年6月.csv"))
    desk = night(Desk(tmp_path), more=more)
    desk.send(roots=roots(tmp_path), recipient="lab_L1")
    rows = {row["file"]: row for row in desk.rows("lab_L1", "files_received")}
    assert rows["说明.txt"]["standing"] == "no_answer" and rows["说明.txt"]["reason_zh"]
    assert rows["说明.txt"]["advice_zh"] == (
        "说明性文件，没有数据流采用，不必答复；若其中有应报的数据，按约定的文件名重新报送：samples_*.csv。"
    )
    assert rows["2026年6月.csv"]["standing"] == "refused"
    page = (desk.folder("lab_L1") / "index.html").read_text()
    work, sent = page.split('id="work"')[1].split('id="sent"')
    assert "2026年6月.csv" in work and "说明.txt" not in work
    assert "说明.txt" in sent and "未采用，不必答复，供参考" in sent


def test_a_provider_reads_until_when_the_next_delivery_of_its_feeds_is_due(tmp_path: Path) -> None:
    desk = night(Desk(tmp_path))
    fresh = [
        {"source": source, "feed": feed, "due_on": due, "late": False, "newest_delivery": DAY}
        for source, feed, due in (
            ("lab_1", "results", None),
            ("lab_1", "samples", date(2026, 7, 7)),
            ("lab_2", "samples", LATER),
        )
    ]
    desk.lake.overwrite("ops.freshness", ops.rows("ops.freshness", fresh))
    desk.send(roots=roots(tmp_path), recipient="lab_L1")
    said = desk.rows("lab_L1", "next_deliveries")
    assert [(r["feed"], r["due_on"]) for r in said] == [("samples", "2026-07-07"), ("results", None)]
    page = (desk.folder("lab_L1") / "index.html").read_text()
    assert "Next delivery due by" in page and str(LATER) not in page


def test_a_file_that_several_feeds_read_is_one_task_and_its_reason_is_no_markup(tmp_path: Path) -> None:
    said = {"reason_zh": "<b>坏</b>", "reason_en": "<b>bad</b>"}
    more = tuple(refused("lab_1", "book.xlsx", feed=feed) | said for feed in ("samples", "results"))
    desk = night(Desk(tmp_path), more=more)
    desk.send(roots=roots(tmp_path), recipient="lab_L1")
    page = (desk.folder("lab_L1") / "index.html").read_text()
    work = page.split('id="work"')[1].split('id="sent"')[0]
    assert work.count("<code>book.xlsx</code>") == 1 and "&lt;b&gt;bad" in work and "<b>bad" not in page


def test_many_refused_files_are_one_task(tmp_path: Path) -> None:
    more = tuple(refused("lab_1", f"samples_{n}.csv") for n in range(9))
    desk = night(Desk(tmp_path), more=more)
    desk.send(roots=roots(tmp_path), recipient="lab_L1")
    work = (desk.folder("lab_L1") / "index.html").read_text().split('id="work"')[1].split('id="sent"')[0]
    assert "act on 10 files refused or held, as each row says" in work and "is cut short" not in work


def test_a_file_that_a_later_edition_mended_asks_for_nothing(tmp_path: Path) -> None:
    name = "samples_lab_1_b.csv"
    later = landed("lab_1", name, sha256="mended", load_key="mended", mtime_ns=2, records=2, loaded=2)
    desk = night(Desk(tmp_path), more=(later,))
    desk.send(roots=roots(tmp_path), recipient="lab_L1")
    found = {row["sha256"]: row for row in desk.rows("lab_L1", "files_received") if row["file"] == name}
    assert {sha: row["standing"] for sha, row in found.items()} == {
        "mended": "live",
        f"sha-lab_1-{name}": "mended",
    }
    assert {row["advice_en"] for row in found.values()} == {None}


@pytest.mark.slow
def test_what_is_put_right_leaves_the_list_and_is_named_by_its_key(tmp_path: Path) -> None:
    desk, where = night(Desk(tmp_path)), roots(tmp_path)
    desk.send(roots=where)
    desk.night(**REGISTERS, silver__quarantine=[])
    put(desk, [row for source in FILED for row in file_rows(source)], [])
    assert set(desk.send(roots=where, day=LATER)) == set(FILED.values())
    assert [row["record"] for row in desk.rows("lab_L1", "records_not_accepted", LATER)] == [9]
    gone = desk.gone("lab_L1", "records_not_accepted", LATER)
    assert {row["rule_id"] for row in gone} == {"sample.price.type", "sample.product_name.length"}


def test_an_unreadable_record_of_a_joined_file_is_named_by_that_file(tmp_path: Path) -> None:
    bad = '[{"file": "shops.csv", "record": 2, "reason_zh": "多一列", "reason_en": "a field too many"}]'
    joined = landed("lab_1", "samples_c.csv", records=1, loaded=1, unreadable_list=bad)
    desk = night(Desk(tmp_path), more=(joined,))
    desk.send(roots=roots(tmp_path), recipient="lab_L1")
    found = [row["file"] for row in desk.rows("lab_L1", "records_not_accepted") if row["record"] == 2]
    assert found == ["shops.csv"]


def test_a_recipient_that_no_register_names_gets_nothing_and_it_is_said(tmp_path: Path) -> None:
    desk, said = night(Desk(tmp_path)), list[str]()
    where = roots(tmp_path, FILED | {"lab_2": "lab_L9", "customs": ""})
    sent = send(desk.lake.root, desk.outbox, roots=where, say=said.append)
    assert not {"lab_L2", "lab_L9", "customs"} & {p.recipient for p in sent.written}
    assert [line for line in said if line.startswith("source ")] == [
        "source lab_2: recipient lab_L9, which no register names: no report on these files is sent"
    ]


@pytest.mark.parametrize(
    ("lines", "given"),
    [
        ([], True),  # all of them in quarantine
        ([("P1", 800), ("P2", 1)], True),
        ([("P1", 5), ("P2", 5)], False),
        ([("P2", 800)], False),
    ],
)
def test_a_platform_gets_no_counts_of_a_source_whose_orders_are_mostly_others(
    tmp_path: Path, lines: list[tuple[str, int]], given: bool
) -> None:
    rows = [("platform_1", code, n) for code, n in lines]
    filed = pd.DataFrame([*rows, ("lab_1", "P2", 99)], columns=["source", "platform_code", "n"])
    sources = load_sources(roots(tmp_path), CATALOG)
    said: list[str] = []
    found = filers_of(sources, set(FILED.values()), filed, said.append)
    assert (found.get("platform_1", Filer("")).recipient == "platform_P1") is given
    assert "lab_1" in found and len(said) == (0 if given else 1)


def test_a_provider_keeps_its_list_while_its_source_yaml_is_wrong(tmp_path: Path) -> None:
    where = roots(tmp_path, text=YAML.replace("cadence: daily", "cadence: dayly"))
    sources = load_sources(where, CATALOG)
    assert not sources.good
    said: list[str] = []
    found = filers_of(sources, set(FILED.values()), NO_ORDERS, said.append)
    assert {name: filer.recipient for name, filer in found.items()} == FILED and said == []
    desk = night(Desk(tmp_path))
    desk.send(roots=where, recipient="lab_L1")
    assert len(desk.rows("lab_L1", "files_received")) == 2


@pytest.mark.parametrize("recipient", ["Lab 1", "buyers", "lab_../x"])
def test_a_recipient_that_is_no_folder_of_an_outbox_is_a_problem_of_the_yaml(
    tmp_path: Path, recipient: str
) -> None:
    (bad,) = load_sources(roots(tmp_path, {"lab_1": recipient}), CATALOG).bad
    (problem,) = bad.problems
    assert f"lab_1.yaml:3: recipient: {recipient!r} must be the name of a folder of the outbox" in problem
