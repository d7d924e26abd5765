"""Goods that a reader believes: certificates, the words of titles, standards, prices."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from jobs.environment import SCHEMAS
from jobs.simulate.country.words import CERTIFICATE_DUE, SCOPED
from jobs.simulate.country.world import World, world

# Words that no title has together: of two kinds of goods, or of two that exclude each other.
APART = """
羊毛 山羊绒; 苹果 新米; 乳胶床垫 独立袋装; 灯管 螺口; 滑步车 折叠; 文具 护脊; 耳环 锁骨链; 儿童床 可升降
学习桌 护栏; 餐桌椅 储物; 洗面奶 保湿; 口红 遮瑕; 羽绒被 春秋被; 保暖内衣 抑菌裆; 专车专用 通用
卷纸 可湿水; 焖烧杯 茶水分离
"""
# Words of titles, and how the standard begins that such goods do not claim.
NOT_THEIRS = """
雨刮器 GB 5763; 护套线 GB/T 5023.3; 乳胶床垫 QB/T 1952.2; 滑步车 GB 14748; 抽纸 GB/T 20810; 筷子 GB 4806.7
粉底 GB/T 27576; 洗面奶 GB/T 29665; 口红 GB/T 27576; 跑步鞋 GB 20400; 灯泡 GB 7000; 红茶 GB/T 14456
苹果 GB/T 1354; 坚果 GB 7100; 饼干 GB 7718; 大米 GB 7718
"""


@pytest.fixture(scope="module")
def country() -> World:
    return world(7, 200_000, date(2026, 6, 17), 12)


def test_in_each_category_that_asks_for_a_certificate_some_goods_state_one_and_some_do_not(
    country: World,
) -> None:
    """Most state one; fewer in a category of `certificate_scope`, in which it is for some of the goods."""
    types, scopes = (
        pd.read_csv(SCHEMAS / "reference" / f"{name}.csv", dtype=str)
        for name in ("certificate_type", "certificate_scope")
    )
    ccc = types.set_index("certificate_type").loc["ccc", "category_codes"].split(";")
    assert set(CERTIFICATE_DUE) == set(ccc) and set(SCOPED) == set(scopes.category_code)
    stated = (
        country.listings.certificate_no.notna().groupby(country.listings.category_code.astype(str)).mean()
    )
    asked = {*ccc, *scopes.category_code}
    assert asked <= set(stated.index)
    assert [code for code in sorted(set(asked) - {*SCOPED}) if stated[code] < 0.8] == []
    assert stated[[*asked]].mean() < 0.97 and (stated[list(SCOPED)] < 1).all()
    assert stated[list(SCOPED)].to_numpy() == pytest.approx(list(SCOPED.values()), abs=0.15)


def _pairs(text: str) -> list[list[str]]:
    return [pair.strip().split(" ", 1) for pair in text.strip().replace("\n", ";").split(";")]


def test_a_title_promises_what_such_goods_have_and_they_claim_a_standard_of_theirs(country: World) -> None:
    titles = country.listings.title.astype(str)
    claims = country.listings.standard_no.astype(object).fillna("").astype(str)
    for one, other in _pairs(APART):
        both = titles.str.contains(one, regex=False) & titles.str.contains(other, regex=False)
        assert not both.any(), (one, other)
    for word, standard in _pairs(NOT_THEIRS):
        wrong = titles.str.contains(word, regex=False) & claims.str.startswith(standard)
        assert not wrong.any(), (word, standard)


def test_goods_cost_what_such_goods_cost(country: World) -> None:
    """A gas water heater costs more than a vacuum flask of the same level-1 category, an e-bike more than a
    helmet."""
    middle = country.listings.price.groupby(country.listings.category_code.astype(str)).median()
    for dear, least, cheap, most in (
        ("HM04", 1000, "HM01", 120), ("VH01", 1800, "VH02", 140), ("HA04", 900, "HA01", 140),
        ("IC02", 500, "IC04", 100), ("BD04", 550, "BD03", 140), ("SP01", 900, "SP03", 200),
        ("BG03", 450, "BG02", 220), ("TX04", 320, "TX03", 50),
    ):  # fmt: skip
        assert middle[dear] > least and middle[cheap] < most, (dear, cheap)
