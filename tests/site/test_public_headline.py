"""The sentence that begins the public home page: the nation's rate and its change from a year earlier; and
what pages of rates say of periods that must not be set against it."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from test_public_bounds import write_bundle
from test_public_finding import known, rate

from jobs.publish.public_headline import NO_RATE, headline
from jobs.publish.public_pages import Known
from jobs.publish.public_units import rates
from jobs.publish.shelf import MANIFEST, shelf
from jobs.publish.site import site_files


def test_the_home_page_says_the_change_with_its_limits_and_where_its_figures_come_from(
    tmp_path: Path,
) -> None:
    """A change without its interval, or a provisional rate that is not called so, reads as certain."""
    row = rate("CN", 500, 0.1) | {"dimension_type": "nation", "provisional": True}
    moved = row | {"yoy_pp": -2.4, "yoy_low": -10.6, "yoy_high": 4.8}
    (text,), (where,) = headline(known(tmp_path / "a", "2025-10", {"detection_rates": [moved]}))
    assert "it fell by 2.4 points from a year earlier (95% interval −10.6 to +4.8), which may be" in text.en
    assert "下降2.4个百分点（95%区间−10.6～+4.8），可能属随机波动；初步结果，异议期未满。" in text.zh
    assert (where.table, where.period, where.revised.zh) == ("detection_rates", "2025-10", "首次发布")
    row |= {"provisional": False, "yoy_pp": None, "yoy_low": None, "yoy_high": None}
    (text,), _ = headline(known(tmp_path / "b", "2025-10", {"detection_rates": [row]}))
    assert "batches are too few" in text.en and "provisional" not in text.en
    assert headline(Known([])) == ([NO_RATE], [])


@pytest.mark.parametrize(
    ("moved", "zh", "en"),
    [
        (0.0, "与上年同期持平（", "it is unchanged from"),
        (-0.04, "与上年同期持平（", "it is unchanged from"),
        (0.04, "与上年同期持平（", "it is unchanged from"),
        (-0.05, "下降0.1个百分点（", "it fell by 0.1 points from"),
        (0.05, "上升0.1个百分点（", "it rose by 0.1 points from"),
    ],
)
def test_a_change_that_is_nought_as_shown_is_no_fall(tmp_path: Path, moved: float, zh: str, en: str) -> None:
    row = rate("CN", 500, 0.1) | {"dimension_type": "nation", "provisional": False}
    row |= {"yoy_pp": moved, "yoy_low": -3.1, "yoy_high": 3.0}
    (text,), _ = headline(known(tmp_path, "2025-10", {"detection_rates": [row]}))
    assert (
        zh + "95%区间−3.1～+3.0）" in text.zh
        and en + " a year earlier (95% interval −3.1 to +3.0)" in text.en
    )
    assert ("may be chance" in text.en) == ("unchanged" not in text.en)


NONE = {"yoy_pp": None, "yoy_low": None, "yoy_high": None, "provisional": False}


def of_nation(start: date, months: int, kind: str = "rolling12", **more: Any) -> dict[str, Any]:
    row = rate("CN", 500, 0.1, kind) | {"dimension_type": "nation", "period_start": start}
    return row | NONE | {"months_covered": months} | more


def shelved(root: Path, **bundles: list[dict[str, Any]]) -> Known:
    """Bundles m2025_10 (a month), y2024 (a year), each with these rates, made on a later day."""
    for name, rows in bundles.items():
        period = name[1:].replace("_", "-")
        write_bundle(root, period, {"detection_rates": rows})
        manifest = root / period / "0" / MANIFEST
        said = json.loads(manifest.read_text(encoding="utf-8")) | {"data_date": "2026-01-15"}
        manifest.write_text(json.dumps(said), encoding="utf-8")
    return Known(shelf(root))


@pytest.mark.parametrize(
    ("year", "zh", "en"),
    [
        (
            of_nation(date(2024, 1, 1), 11, "year"),
            "；上年同期（2023年11月至2024年10月）12个月中只有9个月的数据，不可比。",
            "have only 9 of the 12 months from November 2023 to October 2024.",
        ),
        (
            of_nation(date(2024, 1, 1), 1, "year"),
            "；上年同期（2023年11月至2024年10月）没有数据，不可比。",
            "there are no data of November 2023 to October 2024.",
        ),
        (
            of_nation(date(2023, 1, 1), 12, "year"),
            "；上年同期（2023年11月至2024年10月）批次不足，不可比。",
            "as November 2023 to October 2024 has too few batches.",
        ),
        (
            of_nation(date(2024, 1, 1), 12, "year"),
            "不满12个月或批次不足，不可比。",
            "of November 2023 to October 2024 or their batches are too few.",
        ),
    ],
)
def test_the_home_page_says_why_there_is_no_comparison(
    tmp_path: Path, year: dict[str, Any], zh: str, en: str
) -> None:
    newest = of_nation(date(2024, 11, 1), 12)
    name = f"y{year['period_start'].year}"
    (text,), _ = headline(shelved(tmp_path, m2025_10=[newest], **{name: [year]}))
    assert text.zh.endswith(zh) and text.en.endswith(en)


def test_the_home_page_says_that_its_batches_are_random_samples_and_gives_targeted_ones_apart(
    tmp_path: Path,
) -> None:
    """Readers took the batches of random samples for all batches tested."""
    targeted = {"design": "targeted", "n_tested": 400, "n_nonconforming": 127}
    rows = [of_nation(date(2024, 11, 1), 12), of_nation(date(2024, 11, 1), 12, **targeted)]
    (text,), _ = headline(shelved(tmp_path, m2025_10=rows))
    assert (
        "概率抽样判定500批次，其中不合格3批次（靶向抽样不计入：判定400批次，不合格127批次，不代表市场）"
        in text.zh
    )
    assert "500 batches judged of random samples, 3 of which did not conform (targeted" in text.en
    assert "checks are left out: 127 of 400 did not conform" in text.en


def test_a_year_of_fewer_months_says_so_and_is_not_set_against_the_home_page(tmp_path: Path) -> None:
    year = of_nation(date(2024, 1, 1), 11, "year")
    of_targeted = of_nation(date(2024, 1, 1), 12, "year", design="targeted")
    site = shelved(tmp_path / "a", m2025_10=[of_nation(date(2024, 11, 1), 12)], y2024=[year, of_targeted])
    page = next(page for page in rates(site) if page.path == "rates_year.html")
    text = page.sections[0].text
    assert text is not None and text.zh == (
        "概率抽样：12个月中有11个月的数据。首页的比率是2024年11月至2025年10月十二个月的，期间不同，不可与本页的相比。"
    )
    assert "11 of 12 months" in text.en and "twelve months to October 2025: it is of another" in text.en
    whole = shelved(tmp_path / "b", y2024=[year | {"months_covered": 12}])
    assert [section.text for page in rates(whole) for section in page.sections] == [None]


def test_the_home_page_says_that_newer_figures_come_with_the_next_release(tmp_path: Path) -> None:
    site = shelved(tmp_path, m2025_10=[of_nation(date(2024, 11, 1), 12)])
    page = site_files(site.bundles)["index.html"].decode()
    assert "较新的数据随下一次发布公布" in page and "newer figures come with the next release" in page
