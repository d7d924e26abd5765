"""Words of the outbox's pages: values as a reader writes them, tasks by what presses, a verdict of rows."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from jobs.contracts.catalog import load_catalog
from jobs.contracts.glossary import term
from jobs.environment import REPOSITORY
from jobs.exchange.contents import KINDS
from jobs.exchange.counterfeits import TASKS, counterfeit_tasks
from jobs.exchange.pages import writing
from jobs.exchange.pages.cells import Table, one, table
from jobs.exchange.pages.phrases import decimal
from jobs.exchange.pages.published import Published
from jobs.exchange.pages.section import Section
from jobs.exchange.pages.standing import standing
from jobs.exchange.pages.task import DUE_SOON, OVERDUE, UNDATED
from jobs.exchange.pages.todo import tasks
from jobs.marts import takedown_duty
from jobs.reports.cases import ORDINARY, SERIOUS, UNLAWFUL
from jobs.reports.procedure import takedown_law
from jobs.reports.rendering import both
from jobs.reports.sent_lists import PLATFORM_TASKS, QUEUED, beside_queue
from jobs.reports.wording import Text, same

CATALOG = load_catalog()
TEMPLATES = REPOSITORY / "jobs" / "reports" / "templates"
DAY = date(2026, 6, 30)
NAMES: dict[str, Any] = {"category": {}}
RULED = {"citation": "E-commerce Law art 38", "rule_status": "unverified"}
HOSTILE = '" onclick="x()"><b>'


def cells(kind: str, names: dict[str, Any] = NAMES, **given: Any) -> dict[str, str]:
    """The cells of one row by the columns that they show."""
    made = table(KINDS[kind], {name: [value] for name, value in given.items()}, kind, CATALOG, names, {})
    heads = [part.split('"')[0] for part in made.head.split('data-name="')[1:]]
    (row,) = made.rows
    shown = [cell.split("</t")[0] for cell in row.replace("<th", "<td").split("<td")[1:]]
    return dict(zip(heads, shown, strict=True))


@pytest.mark.parametrize(
    ("low", "high", "shown"),
    [
        ("0.1", None, "≥0.1"),
        (None, "90", "≤90"),
        ("-5", "20", both(Text("−5～20", "−5 to 20"))),
        # a requirement in words has no sign; one that laboratories write alike has its English beside
        (None, "应无锐利边缘", '<span lang="zh">应无锐利边缘</span>'),
        (
            None,
            "应符合要求",
            '<span class="zh" lang="zh-CN">应符合要求</span><span class="en" lang="en">shall comply</span>',
        ),
    ],
)
def test_a_limit_says_on_which_side_it_lies(low: str | None, high: str | None, shown: str) -> None:
    given = {name: value for name, value in (("limit_low", low), ("limit_high", high)) if value}
    found = cells("failing_items", sample_id="A", **given)
    assert found[" ".join(given)].endswith(f">{shown}")


def test_a_share_is_a_percentage_in_its_limits_and_keeps_the_value_of_the_file() -> None:
    found = cells(
        "lab_performance", period_type="year", on_time_share=0.8125, on_time_low=0.6, on_time_high=0.9
    )
    cell = found["on_time_share on_time_low on_time_high"]
    limits = both(Text("60.0%～90.0%", "60.0–90.0%"))
    assert cell.endswith(f">81.3% ({limits})") and 'data-value="[0.8125, 0.6, 0.9]"' in cell


def test_a_negative_reading_has_the_minus_sign_and_keeps_the_value_of_the_file() -> None:
    found = cells("failing_items", sample_id="A", value_text="-38.97", unit="%", limit_high="-5")
    assert found["limit_high"].endswith(' data-value="-5">≤−5%')  # in the unit of the value
    cell = found["value_text unit"]
    assert cell.endswith(">−38.97%") and 'data-value="[&quot;-38.97&quot;, &quot;%&quot;]"' in cell
    assert decimal(-12.34) == "−12.3"


def test_law_office_and_brand_have_their_english_where_the_project_knows_one() -> None:
    office = Text("某市市场监督管理局", "Mou City Administration for Market Regulation")
    names = {
        "authority": {"330100": office},
        "brand_name": {"海远（合成）": Text("海远（合成）", "Haiyuan (synthetic)")},
    }
    held = {"notice_id": "N", "authority": "某市市场监督管理局（合成）", "authority_region_code": "330100"}
    basis = cells("restricted_operators", names, **held, legal_basis="产品质量法第五十四条")[
        "legal_basis authority authority_region_code"
    ]
    assert '<span class="zh" lang="zh-CN">《产品质量法》第五十四条</span>' in basis
    assert '<span class="en" lang="en">Product Quality Law, Article 54</span>' in basis
    assert (
        '<span class="en" lang="en">Mou City Administration for Market Regulation (synthetic)</span>' in basis
    )
    assert "&quot;产品质量法第五十四条&quot;" in basis  # the value of the file
    other = cells("restricted_operators", names, **(held | {"authority": "某法院"}), legal_basis="某法")
    assert (
        '<span lang="zh">某法</span> · <span lang="zh">某法院</span>'
        in other["legal_basis authority authority_region_code"]
    )
    sold = cells("failing_items", names, sample_id="A", product_name="袜子", brand="海远（合成）")
    assert '<span class="en" lang="en">Haiyuan (synthetic)</span>' in sold["product_name brand"]
    assert (
        '<span lang="zh">乙牌</span>' in cells("failing_items", names, sample_id="A", brand="乙牌")["brand"]
    )


def test_a_rule_is_its_article_and_a_mark_where_the_article_was_not_read_in_the_statute() -> None:
    cited = {"citation": "E-commerce Law art 38", "rule_status": "unverified"}
    notice = cells("takedown_notices", notice_id="XJ-1", **cited)["citation rule_status"]
    assert "《电子商务法》第三十八条" in notice and "E-commerce Law, Article 38" in notice
    assert "text of the law not checked" in notice and "&quot;unverified&quot;" in notice
    read = cited | {"citation": "order 20 art 14", "rule_status": "verified"}
    assert 'class="tag' not in cells("complaints_handed_over", subject_id="T", **read)["citation rule_status"]


def test_an_edition_that_a_program_made_up_says_so_in_both_languages() -> None:
    shown = one(KINDS["standard_corrections"], "current_no", "GB 18401-2026（合成）", NAMES)
    assert shown == both(Text("GB 18401-2026（合成）", "GB 18401-2026 (synthetic)"))
    assert one(KINDS["standard_corrections"], "current_no", "GB 18401-2010", NAMES) == "GB 18401-2010"


def test_takedowns_of_counterfeits_name_their_article_and_checks_of_relisted_goods_none() -> None:
    task = pd.DataFrame(
        [("platform", "P1", name, name, DAY) for name in ("take_down", "check_relisting")],
        columns=["office_type", "office_code", "task", "subject_id", "since"],
    ).reindex(columns=["office_type", "office_code", *(c for c, t in TASKS.columns.items() if "task" in t)])
    (parcel,) = counterfeit_tasks(task, {"P1"})
    rows = parcel.rows.set_index("task")
    assert rows.loc["take_down", "citation"] == "E-commerce Law art 42"
    assert (
        rows.loc["take_down", "rule_status"] == "unverified"
        and rows.loc["check_relisting", "citation"] is None
    )


def test_a_duty_that_no_article_at_hand_states_is_called_unverified(monkeypatch: pytest.MonkeyPatch) -> None:
    assert takedown_law().en == (
        "E-commerce Law, Article 38 (counterfeits: E-commerce Law, Article 42; text of the law not checked)"
    )
    monkeypatch.setattr(takedown_duty, "deployment", lambda: SimpleNamespace(code="NL"))
    assert takedown_duty.based_on(takedown_duty.FAILED) == {"rule_status": None, "citation": None}
    assert takedown_law().en == "a source that was not verified"


def test_an_open_commission_shows_its_state_in_words() -> None:
    found = cells("open_commissions", task="report_test", status="due_soon", undated="no_rule")
    assert found["status"].endswith(">due within 7 days</span>")
    assert found["undated"].endswith(">no deadline on file here</span>")


def test_restrictions_are_counted_beside_the_shops_that_they_are_of() -> None:
    held = [
        SimpleNamespace(shop_id=shop, acknowledged_on=None, stops_sales=False, ban_open=None, n_listings=None,
                        last_ordered_on=None)
        for shop in ("S1", "S1", "S2")
    ]  # fmt: skip
    (task,) = tasks("platform", {"restricted_operators": held}, DAY)
    assert task.what.en == "carry out 3 restrictions of 2 shops: 3 to be acknowledged"


def test_a_reading_and_a_unit_in_words_have_their_english_beside() -> None:
    failed = cells("failing_items", sample_id="A", value_text="不符合")["value_text"]
    assert failed.endswith('<span class="en" lang="en">non-compliant</span>')
    graded = cells("failing_items", sample_id="A", value_text="2.29", unit="级")["value_text unit"]
    assert graded.endswith(
        '><span class="zh" lang="zh-CN">2.29级</span><span class="en" lang="en">2.29 grade</span>'
    )


def test_how_a_gain_is_computed_is_not_the_name_of_its_column() -> None:
    made = table(KINDS["score_movers"], {"basis": ["exact"]}, "score_movers", CATALOG, NAMES, {})
    assert "计算方式" in made.head and "按计数重算" not in made.head and "按计数重算" in made.rows[0]


@pytest.mark.parametrize("kind", ["files_received", "records_not_accepted"])
def test_how_to_correct_what_was_filed_is_called_so_in_packages_as_on_pages(kind: str) -> None:
    given = {"advice_zh": ["改正后重新报送"], "advice_en": ["correct it and file it again"]}
    made = table(KINDS[kind], given, kind, CATALOG, NAMES, {})
    known = term("how_to_correct")
    assert f">{known.zh}</span>" in made.head and f">{known.en}</span>" in made.head
    assert "Advice" not in made.head
    page = (TEMPLATES / "source.html").read_text(encoding="utf-8")
    assert f'T("{known.zh}", "{known.en}")' in page
    meant = KINDS[kind].own["advice_en"].split(" | ")
    assert meant[1].startswith(known.zh) and meant[2].startswith(known.en.lower())


def test_twelve_months_are_named_by_their_first_and_last_as_on_the_sites() -> None:
    found = cells("lab_performance", period_type="rolling12", period_start=date(2025, 11, 1))
    assert "2025年11月至2026年10月" in next(iter(found.values()))


def test_roles_of_a_recipient_are_named() -> None:
    shown = one(KINDS["failing_items"], "roles", "platform lab", NAMES)
    assert "平台、检验机构" in shown and "platform, laboratory" in shown


def test_a_number_from_ten_up_has_one_decimal() -> None:
    assert [decimal(v) for v in (28.6667, 1234.56, 9.87654, 0.5)] == ["28.7", "1,234.6", "9.8765", "0.5"]


def test_a_rate_of_peers_stands_with_its_counts_and_without_them_is_empty() -> None:
    peers = {"peers_rate": 0.1, "peers_low": 0.05, "peers_high": 0.2, "peers_failed": 4, "peers_judged": 40}
    found = cells("failing_tests", sample_id="A", **peers)
    assert list(found.values())[1].endswith(f">10.0% ({both(Text('5.0%～20.0%', '5.0–20.0%'))}) · 4 / 40")
    few = cells("failing_tests", sample_id="A", peers_failed=1, peers_judged=4)
    assert list(few.values())[1].endswith(">1 / 4")


def test_a_name_that_is_markup_ends_neither_a_cell_nor_an_attribute() -> None:
    found = cells("failing_items", sample_id="A", product_name=HOSTILE, brand="B")
    cell = found["product_name brand"]
    assert "<b>" not in cell and 'onclick="' not in cell
    value = cell.split('data-value="')[1].split('"')[0].replace("&quot;", '"')
    assert json.loads(value.replace("&gt;", ">").replace("&lt;", "<")) == [HOSTILE, "B"]


def notice(sample: str, ordered: date, due: date | None = None) -> SimpleNamespace:
    days = {"takedown_ordered_on": ordered, "takedown_due": due}
    return SimpleNamespace(notice_id=f"XJ-{sample}", sample_id=sample, exit_reason=None, **RULED, **days)


def complaint(name: str, due: date | None, hazards: str | None = None) -> SimpleNamespace:
    return SimpleNamespace(
        subject_id=name, due=due, since=DAY, hazards=hazards, task="decide_complaint", **RULED
    )


def test_a_platform_does_first_what_is_overdue_or_due_at_once_and_of_that_the_gravest() -> None:
    rows = {
        "takedown_notices": [
            notice("old", date(2026, 5, 1), date(2026, 5, 11)),
            notice("safe", date(2026, 6, 1)),  # working days are not announced: no last day
            notice("new", date(2026, 6, 29), DAY),
        ],
        "nonconforming_listings": [SimpleNamespace(sample_id="safe", item_class="A")],
        "complaints_handed_over": [
            complaint("later", date(2026, 8, 1), "chemical"),
            complaint("late", date(2026, 6, 1)),
            complaint("never", None),
        ],
        "score_movers": [SimpleNamespace(item_kind="unacknowledged_order", item_id="XJ-old", due=None)],
    }
    found = tasks("platform", rows, DAY)
    assert [task.subject for task in found] == ["XJ-safe", "XJ-old", "late", "XJ-new", "never", "later"]
    assert [task.subject for task in found if task.status(DAY) == OVERDUE] == ["XJ-old", "late"]
    assert found[-2].status(DAY) == UNDATED
    assert "acknowledge" in found[1].what.en and "acknowledge" not in found[0].what.en


def failing(sample: str, **more: Any) -> SimpleNamespace:
    plain = {"item_name": "铅", "item_class": "B", "role": "producer", "category_code": "HA01"}
    dues = {"objection_due": None, "rectification_due": None, "rectification_open": None, "peers_rate": None}
    return SimpleNamespace(**{"sample_id": sample, **plain, **dues, **more})


def test_a_firm_has_to_rectify_until_that_is_on_record_and_past_the_last_day_too() -> None:
    late = date(2026, 1, 1)
    rows = {
        "failing_items": [
            failing("A", objection_due=date(2026, 6, 29), rectification_due=DAY, rectification_open=True),
            failing("A", item_name="镉", rectification_due=DAY, rectification_open=True),  # the same batch
            failing("B", rectification_due=late, rectification_open=True),
            failing("C", rectification_due=DAY, rectification_open=False),  # it was done in time
            failing("D", rectification_open=True),  # without a last day
        ]
    }
    found = [(t.subject, t.due, t.status(DAY)) for t in tasks("enterprise", rows, DAY)]
    assert found == [("B", late, OVERDUE), ("A", DAY, DUE_SOON), ("D", None, UNDATED)]


def test_for_a_brand_a_deadline_that_has_passed_is_no_task_as_no_row_says_whether_it_was_met() -> None:
    past, ahead = date(2026, 1, 1), date(2026, 7, 1)
    batches = [failing("A", role="brand", rectification_due=past)]
    batches.append(failing("B", role="brand", rectification_due=ahead))
    assert [(t.subject, t.due) for t in tasks("brand", {"failing_items": batches}, DAY)] == [("B", ahead)]


def test_a_brand_is_given_the_number_of_its_failing_batches_and_no_rate() -> None:
    rows = {"failing_items": [failing("A"), failing("A", item_name="镉"), failing("B")]}
    value, _, _, notes, reasons, _ = standing("brand", "B1", rows, Published(None))
    assert value is not None and value.en == "2 batches" and "no rate" in notes[0].en
    assert [(name.zh, said.en) for name, said, _ in reasons] == [("铅", "2 batches"), ("镉", "1 batch")]


def test_a_brand_is_given_the_goods_that_it_stated_as_listed_again_as_its_own_statement() -> None:
    """The site counts those that this project found too, which are more (gold.relisting)."""
    cases = [SimpleNamespace(relisted_as=again, state="confirmed") for again in ("L2", None)]
    *_, notes, _, _ = standing("brand", "B1", {"counterfeit_cases": cases}, Published(None))
    assert notes[0].en.endswith("takedown confirmed 2, stated by you as listed again 1")
    assert "贵方指出再上架1" in notes[0].zh


def test_a_page_of_a_long_list_takes_its_own_rows_and_no_others() -> None:
    """Else the work for a list would grow with the square of its pages."""
    taken: list[slice] = []

    class Rows(list[str]):
        def __getitem__(self, at: Any) -> Any:
            taken.append(at)
            return super().__getitem__(at)

    made = Table("", Rows("abcde"), [1] * 5)
    long = Section("list", same("list"), 5, "1.0.0", False, True, (), made)
    long = replace(long, paths=("list.html", "list-2.html", "list-3.html"), cuts=(0, 2, 4))
    filled = {path: writing._filled(f"<!--rows {path}-->", [long]) for path in long.paths}
    assert filled == {"list.html": "ab", "list-2.html": "cd", "list-3.html": "e"}
    assert taken == [slice(0, 2), slice(2, 4), slice(4, 5)]


def test_what_is_taken_back_is_no_item_to_act_on() -> None:
    given = [SimpleNamespace(kind=k, roles="", taken_down_on=None) for k in ("class_a_failure", "withdrawn")]
    value, about, *_ = standing("platform", "P1", {"urgent_items": given}, Published(None))
    assert value is not None and (value.en, about.en) == ("1 urgent item", "to act on at once")
    value, about, *_ = standing("platform", "P1", {"urgent_items": given[1:]}, Published(None))
    assert value is not None and (value.en, about.en) == ("1 item sent before taken back", "nothing to do")


def test_a_complaint_whose_offices_deadline_has_passed_is_not_to_be_settled_before_it() -> None:
    given = [complaint("late", date(2026, 6, 1)), complaint("today", DAY), complaint("never", None)]
    found = {t.subject: t.what.en for t in tasks("platform", {"complaints_handed_over": given}, DAY)}
    assert "has passed" in found["late"]
    assert all("before the day" in found[name] for name in ("today", "never"))


def again(listing: str) -> SimpleNamespace:
    days = {"last_taken_down_on": date(2026, 6, 1), "ordered_since": date(2026, 6, 5), "last_ordered_on": DAY}
    return SimpleNamespace(listing_id=listing, n_takedown_days=3, **days)


def test_a_listing_on_sale_again_after_each_takedown_is_a_task_of_the_level_of_its_batches() -> None:
    found = [
        SimpleNamespace(sample_id=name, listing_id=listing, item_class=of, exit_reason=reason)
        for name, listing, of, reason in (
            ("a", "L1", "B", None), ("b", "L2", "A", None), ("c", "L3", None, "no_maker"),
        )
    ]  # fmt: skip
    rows = {
        "nonconforming_listings": found,
        "relisted_again": [again(name) for name in ("L1", "L2", "L3", "L4")],
    }
    done = tasks("platform", rows, DAY)
    assert [(t.subject, t.risk_level) for t in done] == [
        ("L2", SERIOUS), ("L3", UNLAWFUL), ("L1", ORDINARY), ("L4", ORDINARY),
    ]  # fmt: skip
    assert all(t.since == date(2026, 6, 5) and t.status(DAY) == UNDATED for t in done)
    assert done[0].what.en.endswith("takedowns on 3 days, the last on 2026-06-01; last ordered on 2026-06-30")


def test_the_page_of_a_platform_names_every_kind_of_task_that_its_package_has() -> None:
    restricted = {"shop_id": "S", "acknowledged_on": None, "stops_sales": False}
    restricted |= {"ban_open": None, "n_listings": None}
    file = {"source": "a", "file": "f", "sha256": "0", "reason_zh": "因", "reason_en": "why"}
    file |= {"advice_zh": "法", "advice_en": "How."}
    record = {"source": "a", "feed": "f", "file": "f", "member": None, "record": 1, "element": 0}
    rows = {
        "takedown_notices": [notice("A", DAY)],
        "counterfeit_tasks": [
            SimpleNamespace(task="take_down", subject_id="J", due=None, since=DAY, **RULED)
        ],
        "relisted_again": [again("L1")],
        "complaints_handed_over": [complaint("C", DAY)],
        "score_movers": [
            SimpleNamespace(
                item_kind="unfiled_data", item_id="2026-05-01", lacking_zh="订单", lacking_en="orders"
            )
        ],
        "restricted_operators": [SimpleNamespace(**restricted, last_ordered_on=None)],
        "standard_corrections": [SimpleNamespace(listing_id=n) for n in "AAB"],
        "files_received": [SimpleNamespace(**file, standing="refused", received_on=DAY)],
        "records_not_accepted": [SimpleNamespace(**record)],
        "next_deliveries": [SimpleNamespace(feed="orders", due_on=DAY)],
    }
    found = tasks("platform", rows, DAY)
    kinds = {task.row.split("-")[0] for task in found}
    assert kinds == set(rows) == set(PLATFORM_TASKS)
    assert [t.what.en for t in found if t.subject == "f"] == ["the file was refused or is held: why. How."]
    late = [t.subject for t in found if t.status(DAY) == OVERDUE or t.at_once]
    assert late.index("f") < late.index("2026-05"), "a refused file is among what is seen first"
    (standards,) = (t.what.zh for t in found if t.subject == "standard_corrections")
    assert "更正2件商品标注的执行标准" in standards
    assert all(task.rule is not None for task in found)
    said = beside_queue(overdue=0, takedowns=3, complaints=1, counterfeits=0)
    assert said.zh.startswith("逾期：本页待办清单0项，发给平台的清单4项（下架3项、投诉1项、打假协作0项")
    assert said.en.startswith("Overdue: 0 in the work queue here, 4 in the list that the platform is sent")
    assert all(words.en in said.en for kind, words in PLATFORM_TASKS.items() if kind not in QUEUED)
