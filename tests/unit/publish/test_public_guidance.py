"""Guidance on the public site: what an overview may leave out, and what each product opens with."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from jobs.contracts.catalog import load_catalog
from jobs.publish.public_guidance import _place, failed_most, guidance
from jobs.publish.public_pages import Known
from jobs.publish.public_tables import PUBLIC_TABLES
from jobs.publish.shelf import MANIFEST, shelf
from jobs.reports.wording import Text, same

TABLES = {table.name: table for table in PUBLIC_TABLES}
CODES = {"category_code": "TY01", "window_start": date(2024, 12, 1), "window_end": date(2026, 11, 29)}


CLEAN = {"category_code": "CL01"}


def item(name: str, design: str, position: int, *, class_a: bool = False) -> dict[str, Any]:
    return CODES | {
        "part": "fails_most", "design": design, "item": name, "name_zh": name, "name_en": name, "n": 40,
        "n_failed": 2, "position": position, "class_a": class_a, "text_zh": name, "text_en": name,
    }  # fmt: skip


def overall(n: int, failed: int, design: str = "probability") -> dict[str, Any]:
    return item("all", design, 1) | {"part": "overall", "n": n, "n_failed": failed}


def named(rows: list[dict[str, Any]]) -> str:
    return failed_most(rows, Known([]))["TY01"].en


def test_a_failing_item_of_class_a_is_named_behind_the_first_three_and_marked_where_it_is_targeted() -> None:
    rows = [item(n, "probability", at) for at, n in enumerate(("cords", "labels", "strength", "colour"))]
    rows += [item("parts", "targeted", 1, class_a=True), item("wheels", "targeted", 2)]
    assert named(rows) == "cords, labels, strength, parts (targeted)"
    assert named([item("wheels", "targeted", 1)]) == "wheels (targeted)"
    assert named([*rows, item("noise", "probability", 9, class_a=True)]).endswith(
        "strength, noise, parts (targeted)"
    )


def test_the_rates_of_a_product_stand_before_advice_and_before_what_failed() -> None:
    rows = [item("cords", "probability", 1), item("label", "", 1) | {"part": "look_at"}, overall(9, 1)]
    assert [r["part"] for r in sorted(rows, key=_place)] == ["overall", "look_at", "fails_most"]


def test_where_no_item_failed_the_overview_says_whether_any_batch_was_tested() -> None:
    certificate = item("certificate:ccc", "certificate", 1) | {"part": "look_at"}
    other = overall(9, 1) | {"category_code": "TY02"}
    assert named([certificate, other]) == "none tested"
    assert named([overall(12, 0), overall(1, 0, "targeted")]) == "none failed of 13 batches tested"
    assert named([certificate]) == "–"  # a bundle of before, which does not say what was tested


CERTIFICATE = CODES | {"part": "look_at", "item": "certificate:ccc", "name_zh": "CCC", "name_en": "CCC"}


RATE = {
    "period_type": "rolling12", "period_start": date(2025, 11, 1), "dimension_type": "category",
    "dimension_code": "TY01", "dimension2_type": "", "design": "probability", "exposure_rate": 0.08,
    "exposure_low": 0.05, "exposure_high": 0.12,
}  # fmt: skip


def published(tmp_path: Path, rows: dict[str, list[dict[str, Any]]]) -> Known:
    """A bundle of October 2026 with the rows of each table."""
    data = tmp_path / "2026-10" / "0" / "data"
    data.mkdir(parents=True)
    for table, content in rows.items():
        schema = TABLES[table].schema(load_catalog())
        pq.write_table(
            pa.Table.from_pylist([{n: r.get(n) for n in schema.names} for r in content], schema),
            data / f"{table}.parquet",
        )
    said = {"state": "published", "published_on": "2026-11-30", "tables": {t: {"rows": 1} for t in rows}}
    (data.parent / MANIFEST).write_text(json.dumps(said), encoding="utf-8")
    return Known(shelf(tmp_path))


@pytest.fixture
def known(tmp_path: Path) -> Known:
    """A bundle of October 2026 with guidance on two products and their exposure rates; of one no batch
    failed."""
    rows = {
        "guidance": [item("cords", "probability", 1), overall(40, 2), overall(31, 0) | CLEAN, CERTIFICATE],
        "detection_rates": [
            RATE,
            RATE | {"period_type": "month", "exposure_rate": 0.5},
            RATE | {"dimension_code": "CL01", "exposure_rate": 0.0, "exposure_low": None},
        ],
        "categories": [
            {"category_code": "TY01", "name_zh": "玩具", "name_en": "Toys"},
            {"category_code": "CL01", "name_zh": "服装", "name_en": "Clothes"},
        ],
    }
    return published(tmp_path, rows)


def test_a_product_opens_with_its_exposure_rate_in_the_row_on_all_its_batches(known: Known) -> None:
    page = next(p for p in guidance(known) if p.path == "guidance_TY01.html")
    first, _, second = page.sections[0].rows  # the certificate between them
    assert first[3].text == Text(
        "加权不合格率（按销量），2025年11月至2026年10月：售出商品中8.0%不合格（95%区间5.0%～12.0%）；"
        "上年同期（2024年11月至2025年10月）的数据不满12个月或批次不足，不可比。all",
        "Exposure rate, twelve months to October 2026: 8.0% of units sold did not conform (95% interval "
        "5.0–12.0%); it is not compared with a year earlier, as months are missing in the data of November "
        "2024 to October 2025 or their batches are too few. all",
    )
    assert second[3].text == same("cords")


def test_the_overview_says_how_items_are_ordered_as_they_are(known: Known) -> None:
    """It said that items tested more often come first, which no rule says, and three items of one."""
    said = guidance(known)[0].sections[0].text
    assert said is not None and "较多" not in said.zh
    assert "每类至多列出3项" in said.zh and "检验该项目满30批次" in said.zh
    assert "at most 3 items" in said.en and "30 tested for the item" in said.en


def test_guidance_is_headed_by_the_days_of_its_samples_and_not_by_the_month_of_its_bundle(
    known: Known,
) -> None:
    for page in guidance(known):
        assert page.sections[0].title.en == "Samples of 2024-12-01 to 2026-11-29"
        assert page.sections[0].title.zh == "2024-12-01至2026-11-29的样本"


def test_a_product_of_which_nothing_failed_has_its_rate_and_the_overview_says_so(known: Known) -> None:
    pages = {page.path: page for page in guidance(known)}
    overview = [row for row in pages["guidance.html"].sections[0].rows if row[1].href.endswith("#CL01")]
    assert [row[2].text for row in overview] == [
        Text("检验31批次，均未发现不合格", "none failed of 31 batches tested")
    ]
    text = pages["guidance_CL01.html"].sections[0].rows[0][3].text
    assert isinstance(text, Text) and "0.0% of units sold did not conform (below 12.0%); it is not" in text.en


def test_the_guidance_says_what_3c_is_and_lists_the_goods_that_need_it(known: Known) -> None:
    page = next(page for page in guidance(known) if page.path == "guidance.html")
    section = next(section for section in page.sections if section.anchor == "ccc")
    assert section.text is not None
    assert "3C认证即强制性产品认证（CCC）" in section.text.zh and "(3C)" in section.text.en
    assert [row[1].href for row in section.rows] == ["guidance_TY01.html#TY01"]


def test_an_item_that_failed_in_targeted_samples_says_so_in_its_title(tmp_path: Path) -> None:
    """The same title stood twice, and only the text below it said of which samples."""
    rows = [item("cords", "probability", 1), item("cords", "targeted", 1), overall(9, 1, "targeted")]
    page = guidance(published(tmp_path, {"guidance": rows}))[1]
    assert [row[2].text for row in page.sections[0].rows] == [
        same("all"), same("cords"), Text("cords（靶向抽样）", "cords (targeted samples)"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("rates", "zh", "en"),
    [
        (
            [],
            "all批次不足，与上年同期不可比。",
            "all It is not compared with a year earlier, as there are too",
        ),
        (
            [RATE | {"exposure_rate": None}],
            "all2025年11月至2026年10月批次不足，",
            "November 2025 to October 2026 has",
        ),
        (
            [RATE | {"yoy_pp": 2.0, "yoy_low": 0.5, "yoy_high": 4.1}],
            "；比上年同期上升2.0个百分点（95%区间+0.5～+4.1）。all",
            "; it rose by 2.0 points from a year earlier (95% interval +0.5 to +4.1). all",
        ),
    ],
)
def test_the_row_on_all_batches_says_how_its_rate_changed_or_why_it_is_not_compared(
    tmp_path: Path, rates: list[dict[str, Any]], zh: str, en: str
) -> None:
    rows = {"guidance": [overall(40, 2)], "detection_rates": rates}
    text = guidance(published(tmp_path, rows))[1].sections[0].rows[0][3].text
    assert isinstance(text, Text) and zh in text.zh and en in text.en
