"""The figures and sentences that packages begin with."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from jobs.exchange.pages.lab_standing import laboratory
from jobs.exchange.pages.published import Figures, Published
from jobs.exchange.pages.standing import standing
from jobs.exchange.pages.task import Rows
from jobs.exchange.pages.todo import tasks
from jobs.reports.cases import ORDINARY, SERIOUS
from jobs.reports.urgent import KINDS
from jobs.reports.wording import Text

DOWN = date(2026, 6, 2)  # day of a takedown


def test_a_laboratorys_package_begins_with_the_window_of_its_page_of_the_site() -> None:
    names = (
        "n_commissions n_open ratio state n_due on_time_low on_time_high peers_on_time_share_low median_days"
    )
    rest = dict.fromkeys([*names.split(), "p90_days", "overturned_share"], 1.0)
    rest |= {"n_reinspected": 40, "n_overturned": 40}
    rows = [
        SimpleNamespace(period_type=kind, period_start=start, design="all", on_time_share=share, **rest)
        for kind, start, share in (
            ("year", date(2026, 1, 1), 0.284),
            ("rolling12", date(2025, 12, 1), 0.272),
            ("all", date(1900, 1, 1), 0.228),
        )
    ]
    for row in rows:
        row.peers_on_time_share_low = row.ratio = None
        row.peers_median_days_high = row.peers_p90_days_high = row.peers_overturned_share_high = None
    value, about, *_ = laboratory(cast(Rows, {"lab_performance": rows}), None)
    assert value is not None and value.en == "27.2%" and "December 2025 to November 2026" in about.en
    value, about, *_ = laboratory(cast(Rows, {"lab_performance": rows[2:]}), None)
    assert value is not None and value.en == "22.8%" and about.en.endswith("all data)")


@pytest.mark.parametrize("whole", [1, 29, 30])
def test_a_share_overturned_stands_in_a_laboratorys_verdict_from_thirty_batches_on(whole: int) -> None:
    row = SimpleNamespace(
        period_type="all", period_start=date(1900, 1, 1), design="all", n_commissions=200, n_open=3,
        ratio=None, state="too_few", n_due=190, on_time_share=0.9, on_time_low=0.85, on_time_high=0.935,
        peers_on_time_share_low=None, median_days=None, peers_median_days_high=None, p90_days=None,
        peers_p90_days_high=None, n_reinspected=whole, n_overturned=whole, overturned_share=1.0,
        peers_overturned_share_high=0.0,
    )  # fmt: skip
    _, _, _, notes, reasons, _ = laboratory(cast(Rows, {"lab_performance": [row]}), None)
    shares = [figures for what, figures, _ in reasons if what.en == "Share overturned"]
    counts = [note for note in notes if note.zh.startswith("复检改判")]
    if whole == 30:
        assert counts == [] and shares[0].zh == "100.0%（30 / 30批次），同类机构上四分位数 0.0%"
        return
    assert shares == [] and "%" not in counts[0].zh + counts[0].en
    assert counts[0].zh.startswith(f"复检改判{whole} / {whole}批次：批次过少")
    assert counts[0].en.startswith(f"overturned at re-inspection {whole} / {whole}: too few")


def test_without_rows_or_bundles_a_verdict_says_that_nothing_can_be_judged() -> None:
    for kind in ("platform", "lab"):
        value, about, *_ = standing(kind, "X", {}, Published(None))
        assert value is None and about.en == "There are no data yet by which it can be judged."


def test_a_platform_reads_what_is_its_own_and_of_which_period() -> None:
    preview = SimpleNamespace(
        period_type="quarter", period_start=date(2026, 7, 1), indicator="exposure_rate", value=0.113,
        estimate=0.113, weak_place=None, points_to_quartile=None, quartile_zh=None,
        points_to_gain=4.0, index_score=53.2, status="ok", borrowed=None,
    )  # fmt: skip

    class Bundles(Published):
        def rate(self, dimension: str, code: str) -> Figures | None:
            return None

        def index(self, dimension: str, code: str) -> Figures | None:
            score = {"score": 53.2 if dimension == "platform" else 57.7, "low": 29.8, "high": 66.1}
            place = {"tier": None, "rank": None, "period_type": "quarter", "period_start": date(2026, 7, 1)}
            place |= {"band": "across"}
            return Figures("2026Q3", 1, score | place)

    rows = {"score_preview": [preview]}
    _, _, stands, _, reasons, _ = standing("platform", "P1", rows, Bundles(None))
    assert stands is not None
    assert stands.en.startswith("nation 57.7; this platform: too few batches for a tier; no significant")
    assert reasons[0][1].en.startswith("11.3% in Q3 2026, 4.0 points to gain at full marks")
    preview.indicator, preview.borrowed = "serious_rate", True
    reasons = standing("platform", "P1", rows, Bundles(None))[4]
    assert reasons[0][1].en.startswith(
        "11.3% in Q3 2026 (an estimate that uses its peers), 4.0 points to gain at full marks"
    )
    assert reasons[0][1].zh.startswith("2026年第三季度为11.3%（估计值，借助同类单位），满分可增加4.0分")
    preview.estimate = 0.157  # what is scored, of which the gain is: 11.3% alone would not bear it out
    reasons = standing("platform", "P1", rows, Bundles(None))[4]
    assert ", the estimate that is scored 15.7%, 4.0 points to gain at full marks" in reasons[0][1].en
    assert "，计分用估计值15.7%，满分可增加4.0分" in reasons[0][1].zh
    preview.indicator, preview.value, preview.estimate = "negative_reviews", 291.5, 270.0
    reasons = standing("platform", "P1", rows, Bundles(None))[4]
    assert (
        "为291.5" in reasons[0][1].zh
        and "，计分用估计值（取两位有效数字）270，满分可增加" in reasons[0][1].zh
    )
    assert "that is scored (rounded to two digits) 270, 4.0 points to gain" in reasons[0][1].en
    preview.value = preview.estimate = None  # a rate per order that may not be given
    assert standing("platform", "P1", rows, Bundles(None))[4][0][1] == Text(
        "数值保密，满分可增加4.0分", "its value is confidential, 4.0 points to gain at full marks"
    )


@pytest.mark.parametrize("tiers", [(1, None), (1, 1)])
def test_one_platform_alone_with_a_tier_is_neither_ranked_nor_compared(
    tmp_path: Path, tiers: tuple[int, int | None]
) -> None:
    period = {"period_type": "quarter", "period_start": date(2026, 7, 1), "published": True, "band": None}
    index = [
        {"dimension_type": "platform", "dimension_code": code, "score": 53.2, "low": 29.8, "high": 66.1,
         "tier": tier, "rank": tier, "rank_low": tier, "rank_high": tier} | period
        for code, tier in zip(("P1", "P2"), tiers, strict=True)
    ]  # fmt: skip
    bundle = tmp_path / "2026Q3" / "1"
    (bundle / "data").mkdir(parents=True)
    pq.write_table(pa.Table.from_pylist(index), bundle / "data" / "quality_index.parquet")
    manifest = {"state": "published", "tables": {"quality_index": {}}}
    (bundle / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    _, _, stands, *_ = standing("platform", "P1", {}, Published(tmp_path))
    assert stands is not None
    alone = tiers[1] is None
    assert stands.zh == ("为唯一可分档的平台，不作比较" if alone else "第1档，位次1 (1–1)")
    assert stands.en.startswith("the only one" if alone else "tier 1, rank 1")


def reported(kind: str, start: date, position: int, reliable: bool = True) -> SimpleNamespace:
    said = {"text_zh": f"{kind}{position}", "text_en": f"{kind} {position}", "reliable": reliable}
    return SimpleNamespace(period_type=kind, period_start=start, position=position, **said)


@pytest.mark.parametrize(
    ("periods", "shown"),
    [
        ([("quarter", date(2026, 1, 1)), ("year", date(2026, 1, 1))], "2026: year"),
        ([("quarter", date(2025, 1, 1)), ("rolling12", date(2025, 1, 1))], "January 2025 to December 2025: "),
        ([("rolling12", date(2025, 1, 1)), ("year", date(2025, 1, 1))], "2025: year"),
        ([("year", date(2026, 1, 1)), ("quarter", date(2026, 4, 1))], "Q2 2026: quarter"),
    ],
)
def test_a_clusters_verdict_says_the_sentences_of_one_period_and_of_the_longest_that_began_last(
    periods: list[tuple[str, date]], shown: str
) -> None:
    later = reported("quarter", date(2026, 7, 1), 1, reliable=False)
    rows = {"cluster_report": [reported(*period, n) for n in (2, 1) for period in periods] + [later]}
    *_, notes, _, _ = standing("cluster", "K1", rows, Published(None))
    assert [note.en.startswith(shown) for note in notes] == [True, True]
    assert [note.en[-1] for note in notes] == ["1", "2"]


def test_a_clusters_sentences_of_twelve_months_that_have_not_ended_say_so() -> None:
    rows = {"cluster_report": [reported("rolling12", date(2026, 1, 1), 1)]}
    for through, shown in ((date(2026, 12, 1), "2026 (up to 1 December): "), (date(2026, 12, 31), "2026: ")):
        *_, notes, _, _ = standing("cluster", "K1", rows, Published(None), through)
        assert notes[0].en.startswith(f"January 2026 to December {shown}")


@pytest.mark.parametrize(
    ("kind", "roles", "asked"),
    [
        ("class_a_failure", "operator_region platform", "take down at once what is on sale: why"),
        ("class_a_failure", "operator_region producer_region", "act as the law requires: why"),
        ("result_overturned", "lab", "find out why the first result differs from the re-inspection: why"),
        ("result_overturned", "platform", "review what was done on the first result: why"),
        *((kind, "nation", ": why") for kind in KINDS if kind != "withdrawn"),
    ],
)
def test_an_urgent_item_says_what_to_do_before_its_reason(kind: str, roles: str, asked: str) -> None:
    row = SimpleNamespace(
        kind=kind,
        roles=roles,
        reason_zh="原因",
        reason_en="why",
        item_id="i",
        sample_id=None,
        occurred_on=None,
        taken_down_on=None,
        shop_id=None,
    )
    (task,) = tasks("platform", cast(Rows, {"urgent_items": [row]}), date(2026, 6, 30))
    assert task.what.en.endswith(asked) and len(task.what.en) > len(": why")
    assert task.what.zh.endswith("：原因") and len(task.what.zh) > len("：原因")
    assert task.risk_level == (SERIOUS if kind == "class_a_failure" else ORDINARY)  # case_level


@pytest.mark.parametrize("role", ["platform", "operator_region"])
def test_goods_whose_takedown_is_on_record_are_to_stay_down_and_not_to_be_taken_down(role: str) -> None:
    given = {
        "kind": "class_a_failure",
        "roles": role,
        "reason_zh": "原因",
        "reason_en": "why",
        "item_id": "i",
        "sample_id": "Y1",
    }
    row = SimpleNamespace(**given, occurred_on=None, shop_id=None, taken_down_on=date(2026, 6, 2))
    (task,) = tasks("platform", cast(Rows, {"urgent_items": [row]}), date(2026, 6, 30))
    assert "take down" not in task.what.en and "立即下架" not in task.what.zh
    assert ("keep them down" in task.what.en) == (role == "platform")


def test_an_urgent_item_of_a_kind_without_words_is_given_by_its_reason() -> None:
    row = SimpleNamespace(
        kind="other",
        roles="nation",
        reason_zh="原因",
        reason_en="why",
        item_id="i",
        occurred_on=None,
        sample_id=None,
        shop_id=None,
    )
    (task,) = tasks("nation", cast(Rows, {"urgent_items": [row]}), date(2026, 6, 30))
    assert (task.what.zh, task.what.en) == ("原因", "why")


@pytest.mark.parametrize(
    ("days", "zh", "en"),
    [
        ((None, None), "须立即处理", "to act on at once"),
        (
            (None, DOWN),
            "须立即处理；其中1项的商品已有下架记录",
            "to act on at once; goods of 1 with a takedown",
        ),
        ((DOWN, DOWN), "2项的商品已有下架记录", "goods of 2 with a takedown"),
    ],
)
def test_a_verdict_does_not_ask_to_act_at_once_on_goods_whose_takedown_is_on_record(
    days: tuple[date | None, ...], zh: str, en: str
) -> None:
    given = [SimpleNamespace(kind="class_a_failure", roles="platform", taken_down_on=day) for day in days]
    _, about, *_ = standing("platform", "P1", {"urgent_items": given}, Published(None))
    assert about.zh.startswith(zh) and about.en.startswith(en)
