"""Lines of a unit's verdict that lead to another page, and the changes of its index with what is known of
chance."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pandas as pd
import pytest
from country_files import DAY
from reading_pages import text_of
from test_lead_times import many, of_leads

from jobs.ingest.source import Sources
from jobs.reports.file_ledger import FileLedger
from jobs.reports.gathered import Gathered, gather
from jobs.reports.indexes import IndexPart, moved, part_of
from jobs.reports.lead_times import verified
from jobs.reports.pages import unit
from jobs.reports.pages.placed import deliveries, index_line, not_accepted
from jobs.reports.pages.province_duties import with_duties
from jobs.reports.pages.units import page_makers
from jobs.reports.pages.verdict import opening, verdict
from jobs.reports.rendering import render
from jobs.reports.site import shared_context
from jobs.reports.wording import same

INDEX = "gold.quality_index"
QUARTER = date(2026, 4, 1)


def with_rows(known: Gathered, table: str, frame: pd.DataFrame) -> Gathered:
    return gather(replace(known.night, tables=dict(known.night.tables) | {table: frame}))


def filed_by(known: Gathered, recipient: str) -> Gathered:
    """The country whose one good source is filed by this recipient."""
    sources = known.night.sources
    good = {"lab_1": replace(sources.good["lab_1"], recipient=recipient)}
    night = replace(known.night, sources=Sources(good, sources.bad, sources.folders))
    return replace(known, night=night)


def part(known: Gathered, code: str) -> IndexPart:
    found = part_of(known, "platform", code, known.names.of("platform", code))
    assert found is not None
    return found


def test_an_index_stands_beside_the_nations_with_its_tier_or_that_it_has_none(known: Gathered) -> None:
    """P01 alone has enough batches for a tier, P03 too few, P02 no published index."""
    ranked = index_line(known, "platform", part(known, "P01"))
    assert ranked is not None and ranked[1] == "platforms.html#index"
    assert ranked[0].zh.startswith("质量指数52.0（全国41.3）（2026年第二季度，90%区间")
    assert "唯一可分档的单位，不作比较" in ranked[0].zh and "第1档" not in ranked[0].zh
    few = index_line(known, "platform", part(known, "P03"))
    assert few is not None and "（全国41.3），判定批次过少，不分档（" in few[0].zh
    assert index_line(known, "platform", part(known, "P02")) is None
    assert index_line(known, "platform", None) is None


def test_the_line_does_not_repeat_an_index_that_is_the_verdicts_value(known: Gathered) -> None:
    line = index_line(known, "platform", part(known, "P01"), led=True)
    assert (
        line is not None
        and line[0].zh.startswith("该指数：全国41.3；唯一可分档的单位，不作比较")
        and "52.0" not in line[0].zh
    )
    assert (
        line[0].en.startswith("this index: nation 41.3; the only unit with enough batches for a tier")
        and "2026" not in line[0].en
    )
    blocks = unit.blocks(known, "platform", "P01", known.names.of("platform", "P01"))
    for led, mine in ((True, []), (False, blocks)):
        made = verdict(known, "platform", "P01", mine, part(known, "P01"), None, [])
        assert made.value is not None and (made.value.zh == "52.0") == led
        assert made.linked[0][0].zh.startswith("该指数：全国41.3" if led else "质量指数52.0（全国41.3）")


def test_every_unit_with_an_index_has_that_line_in_its_verdict(html: dict[str, str]) -> None:
    for path in ("platforms/P01.html", "platforms/P03.html"):
        verdict = html[path].split('id="verdict"')[1].split("</section>")[0]
        assert '<a href="../platforms.html#index">' in verdict and "（全国41.3）" in text_of(verdict)


@pytest.mark.parametrize(("earlier", "change", "words"), [
    ({}, "−5.4", "较上年同期（48.8）+3.2；较上期−5.4（未作差异检验，可能属随机波动）"),
    ({}, "–", "较上年同期（48.8）+3.2（未作差异检验，可能属随机波动）"),
    ({"published": False}, "−5.4", "较上期−5.4（未作差异检验，可能属随机波动）"),
    ({"method_version": "quality_index/0"}, "−5.4", "较上期−5.4（未作差异检验，可能属随机波动）"),
    ({"published": False}, "–", None),
])  # fmt: skip
def test_an_index_is_compared_with_the_same_quarter_a_year_earlier_as_both_are_shown(
    known: Gathered, earlier: dict[str, Any], change: str, words: str | None
) -> None:
    rows = known.night.frame(INDEX)
    now = part(known, "P01").row
    assert now is not None
    then = now | {"period_start": date(2025, 4, 1), "score": 48.75} | earlier
    later = with_rows(known, INDEX, pd.concat([rows, pd.DataFrame([then])], ignore_index=True))
    said = moved(later, ("quarter", QUARTER), now, change)
    assert (said and said.zh) == words
    year = moved(later, ("year", QUARTER), now, change)  # whose period before is the year before
    assert year is None or "上年同期" not in year.zh


def test_a_card_states_no_change_of_an_index_without_a_word_on_chance(html: dict[str, str]) -> None:
    cards = [
        c
        for page in html.values()
        for c in re.findall(r'<section class="card index">.*?</section>', page, flags=re.S)
    ]
    assert any("较上期" in card for card in cards)
    assert all("未作差异检验" in card for card in cards if "较上期" in card or "较上年同期" in card)


def test_deliveries_that_are_late_or_due_within_a_week_are_named_by_day(known: Gathered) -> None:
    filed, fresh = filed_by(known, "platform_P01"), known.night.frame("ops.freshness")
    one = fresh.iloc[0].to_dict() | {"source": "lab_1"}

    def said(*due: tuple[str, date | None]) -> list[tuple[str, str]]:
        rows = pd.DataFrame([one | {"feed": feed, "due_on": day} for feed, day in due])
        tables = dict(filed.night.tables) | {"ops.freshness": rows}
        later = replace(filed, night=replace(filed.night, tables=tables))
        return [(words.zh, page) for words, page in deliveries(later, "platform_P01")]

    week, page = DAY + timedelta(days=7), "sources/lab_1.html"
    assert said(("samples", DAY), ("other", week)) == [
        (f"7天内应报送：样本（不晚于{DAY}）；other（不晚于{week}）", page)
    ]
    assert said(("samples", week + timedelta(days=1)), ("other", None)) == []
    assert said(("samples", DAY - timedelta(days=1))) == [
        (f"已逾期未报送：样本（不晚于{DAY - timedelta(days=1)}）", page)
    ]
    assert deliveries(filed, "platform_P02") == []


def test_a_province_learns_how_many_records_of_its_own_were_not_accepted(known: Gathered) -> None:
    filed = filed_by(known, "region_330000")
    ledger: FileLedger = filed.file_ledger.of("lab_1")
    n = sum(ledger.current(number) for number in ("unreadable", "rejected", "quarantined"))
    (found,) = not_accepted(filed, "region_330000")
    assert n and found[0].zh == f"改正未被接受的记录{n}条" and found[1] == "sources/lab_1.html#mend"
    assert not_accepted(filed, "region_440000") == []
    shared = shared_context(filed)
    page = next(p for make in page_makers(filed) for p in make() if p.path == "regions/330000.html")
    duties = render(page, shared).decode().split('<p id="decide">')[1].split("</p>")[0]
    assert '<a href="../sources/lab_1.html#mend">' in duties and f"改正未被接受的记录{n}条" in duties
    assert duties.index("#restricted") < duties.index("sources/lab_1")


def test_leads_verified_on_time_stand_beside_the_nations(known: Gathered) -> None:
    later = of_leads(known, [*many(27, 5), *many(20, 20, province_code="440000")])
    mine = verified(later)["330000"]
    stands = opening(later, (None, same(""), None), [], [], [])
    ((words, page, _),) = with_duties(later, "330000", stands, mine, []).linked
    assert words.zh.startswith("属地线索核查按时率：84.4%（95%区间")
    assert "；全国65.3%（95%区间" in words.zh and words.zh.endswith("到期72条）") and page == "tracing.html"
