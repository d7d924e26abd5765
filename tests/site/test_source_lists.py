"""The list of sources and the ledger: their numbers of records add up, files that need no answer are found,
and what is said of a file that was refused."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
from reading_pages import chinese_lines, text_of

from jobs.ingest.model import Feed, Options
from jobs.reports.file_ledger import FileLedger
from jobs.reports.gathered import Gathered
from jobs.reports.pages import ledger, sources
from jobs.reports.pages.search_words import HELP
from jobs.reports.rendering import render
from jobs.reports.site import shared_context
from jobs.reports.wording import FILE_STATUS, LEDGER, same


def below(page: str, anchor: str) -> str:
    """What stands below one heading, up to the next."""
    return page.split(f'<h2 id="{anchor}">')[1].split("<h2")[0]


def row_of(page: str, source: str) -> list[str]:
    """The cells of a source in the list of sources, as text."""
    (row,) = [r for r in re.findall(r"<tr.*?</tr>", page, flags=re.S) if f"<code>{source}</code>" in r]
    return [text_of(cell) for cell in re.findall(r"<t[hd].*?</t[hd]>", row, flags=re.S)]


def numbers(cell: str) -> list[int]:
    return [int(n.replace(",", "")) for n in re.findall(r"\d[\d,]*", cell)]


@pytest.mark.parametrize("split", [False, True])
def test_the_records_of_a_source_are_the_sum_of_what_became_of_them(known: Gathered, split: bool) -> None:
    """Where records were split into several, what they are afterwards is stated and is the sum."""
    disposed = {"accepted": 8, "quarantined": 3, "superseded": 2, "repeated": 1}
    parts = {"exploded": 9, "produced": 15} if split else {}
    records = {"records": 10 if split else 16, "unreadable": 1, "rejected": 1, "loaded": 14}
    given = dict.fromkeys(LEDGER, 0) | records | disposed | parts
    files = [f | {"numbers": given} for f in known.file_ledger.files]
    made = sources.build(known.night, replace(known.file_ledger, files=files), known.names)
    page = render(next(p for p in made if p.path == "sources.html"), shared_context(known)).decode()
    cells = row_of(page, "lab_1")
    stated, *outcomes = cells[3:9]
    assert len(numbers(stated)) == 1 + split and numbers(stated)[0] == len(files) * given["records"]
    assert numbers(stated)[-1] == sum(numbers(cell)[0] for cell in outcomes)
    heads = [text_of(h) for h in re.findall(r"<th scope=\"col\".*?</th>", page, flags=re.S)][:10]
    assert [h for h in heads if any(w in h for w in ("被取代", "重复", "隔离"))] == heads[6:9]


def test_a_file_that_needs_no_answer_is_in_the_row_of_its_source_and_in_a_list_of_the_ledger(
    html: dict[str, str],
) -> None:
    listed = row_of(html["sources.html"], "lab_1")[1]
    assert "1 个文件未采用（已拒收），供参考" in listed or "1个文件未采用（已拒收），供参考" in listed
    assert 'href="sources/lab_1.html#refused"' in html["sources.html"]
    tile = html["ledger.html"].split('class="tile"')[1].split("</div>")[0]
    assert '<a href="#aside">' in tile
    aside = below(html["ledger.html"], "aside")
    assert "photo.jpg" in aside and "没有数据流接收该文件" in aside and "broken.csv.gz" not in aside


def test_the_ledger_says_what_the_refused_files_are_and_which_of_the_listed_are_those_of_the_first_page(
    known: Gathered,
) -> None:
    zeros = dict.fromkeys(LEDGER, 0)
    file: dict[str, Any] = {
        "source": "lab_1", "target": "t", "reason": same("why"), "balanced": True, "numbers": zeros,
        "faults": False, "withheld": False, "received_on": known.night.date, "delivered_on": None,
        "beside": "", "edition": None, "live": False, "notes": [], "more": [], "size": 1, "code": "refused",
    }  # fmt: skip
    refused, taken = file | {"status": FILE_STATUS["refused"]}, file | {"status": FILE_STATUS["landed"]}
    files = [
        refused | {"feed": "a", "file": "cut.zip", "sha256": "1", "standing": "no_answer"},
        refused | {"feed": "b", "file": "cut.zip", "sha256": "1", "standing": "no_answer"},
        refused | {"feed": "a", "file": "old.csv", "sha256": "2", "standing": "mended"},
        refused | {"feed": "a", "file": "bad.csv", "sha256": "3", "standing": "refused"},
        taken | {"feed": "a", "file": "in.csv", "sha256": "4", "standing": "live", "faults": True},
        taken | {"feed": "b", "file": "in.csv", "sha256": "4", "standing": "live"},
    ]
    page = ledger.build(known.night, FileLedger(files, [], pd.DataFrame()))
    text = render(page, shared_context(known)).decode()
    tile = "".join(chinese_lines(text.split('<div class="tile">')[1].split("</div>")[0]))
    assert re.search(r"已拒收\s*4", tile)
    assert re.search(r"4\s*个中，须处理\s*1\s*，不必答复\s*2\s*，其后已更正\s*1", tile)
    part = below(text, "files")
    assert "需要处理的文件" not in part
    assert re.search(
        r"即首页所列，首页一个文件只计一次）\s*1\s*个；账目不符的\s*0\s*个；已采用，但其中有记录未被接受的\s*1\s*个",
        "".join(chinese_lines(part)),
    )


def test_the_search_leads_to_the_paragraph_on_what_follows_a_refusal(html: dict[str, str]) -> None:
    (path,) = {at for at, title, _ in HELP if title.zh.startswith("文件被拒收之后")}
    name, _, anchor = path.partition("#")
    paragraph = html[name].split(f'id="{anchor}"')[1].split("</p>")[0]
    assert "文件被拒收之后" in paragraph and "原因和改正办法" in paragraph and "没有截止日期" in paragraph


def test_a_page_says_until_when_and_which_line_of_a_csv_file_a_record_is(html: dict[str, str]) -> None:
    page = html["sources/lab_1.html"]
    assert "改正前不计入统计" in below(page, "mend") and "应交付日见" in below(page, "mend")  # a feed is late
    assert page.count("行号 = 记录号 + 1") == 1
    feed = Feed("s", "f", "sample", (), "xlsx", (), "UTC")
    assert sources._header_lines((feed,)) == ""
    third = replace(feed, format="csv", options=Options(header_row=3))
    assert sources._header_lines((feed, third)) == "3"


def test_the_number_in_quarantine_says_that_order_lines_come_on_top(
    known: Gathered, html: dict[str, str]
) -> None:
    rules = known.night.frame("quarantine.rules")
    hidden = rules.assign(rows=rules["rows"].astype("Int64").where(rules["rule"].ne(rules["rule"].iloc[0])))
    tables = {**known.night.tables, "quarantine.rules": hidden}
    night = replace(known.night, tables=tables)
    made = sources.build(night, known.file_ledger, known.names)
    own = render(next(p for p in made if p.path == "sources/lab_1.html"), shared_context(known)).decode()
    both = [own, render(ledger.build(night, known.file_ledger), shared_context(known)).decode()]
    for page in both:
        assert "另有订单行" in page.split('<h2 id="quarantine">')[1].split("</h2>")[0]
    assert "另有订单行" not in html["sources/lab_1.html"] + html["ledger.html"]
