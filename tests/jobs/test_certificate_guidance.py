"""Guidance to buyers says of which goods a certificate is asked: the project's own certificates, with the
goods of a category that alone need one."""

from __future__ import annotations

import pandas as pd
import pytest
from guidance_frames import guidance, own_categories, own_rows

from jobs.marts.overview.guidance_words import certificate_words

OF_CCC = "依法应当经强制性产品认证（CCC）："
FOR_CCC = "China Compulsory Certification (CCC). "


@pytest.fixture(scope="module")
def asked() -> pd.DataFrame:
    """The certificates that guidance asks for, by category and requirement."""
    found = guidance(
        [],
        product_category=own_categories(),
        certificate_type=own_rows("certificate_type", "category_codes"),
        certificate_scope=own_rows("certificate_scope"),
    )
    return found.assign(item=found["item"].str.removeprefix("certificate:")).set_index(
        ["category_code", "item"]
    )


def test_of_helmets_those_of_motorcycles_and_e_bikes_alone_are_said_to_need_certification(
    asked: pd.DataFrame,
) -> None:
    helmet, bike = asked.loc[("VH02", "ccc")], asked.loc[("VH01", "ccc")]
    assert helmet["text_zh"].startswith("摩托车乘员头盔、电动自行车乘员头盔" + OF_CCC)
    assert helmet["text_en"].startswith(
        f"Required by law for helmets for riders of motorcycles and e-bikes: {FOR_CCC}"
    )
    assert bike["text_zh"].startswith(OF_CCC)
    assert bike["text_en"].startswith(f"Required by law: {FOR_CCC}")


def test_a_cable_is_said_to_need_certification_or_a_licence_by_what_it_is(asked: pd.DataFrame) -> None:
    cables = asked.loc["BD05"]
    assert set(cables.index) == {"ccc", "industrial_licence"}
    assert cables.loc["ccc", "text_zh"].startswith("额定电压450/750V及以下的橡皮或者聚氯乙烯绝缘电线电缆等")
    licence = cables.loc["industrial_licence"]
    assert licence["text_zh"].startswith("不在强制性产品认证目录内的电力电缆、控制电缆、架空绞线")
    assert "for power cables" in licence["text_en"] and "does not list" in licence["text_en"]
    assert licence["citation"].endswith("; catalogue of industrial products under production licence")
    assert asked.loc[("FC01", "industrial_licence"), "text_zh"].startswith("依法应当取得")


def test_of_masks_only_medical_ones_are_said_to_need_a_registration(asked: pd.DataFrame) -> None:
    mask = asked.loc["PP01"]
    assert list(mask.index) == ["medical_device"]
    assert mask["text_zh"].iloc[0].startswith("医用口罩依法应当取得医疗器械注册证：")
    assert mask["text_en"].iloc[0].startswith("Required by law for medical masks: ")


@pytest.mark.parametrize("category", ["EL04", "EL05"])
def test_of_headphones_and_watches_only_those_that_transmit_are_said_to_need_a_type_approval(
    asked: pd.DataFrame, category: str
) -> None:
    radio = asked.loc[(category, "radio_type_approval")]
    assert radio["text_zh"].startswith(
        "具有蓝牙、移动通信等无线发射功能的产品依法应当取得无线电发射设备型号核准："
    )
    assert "goods with a radio transmitter" in radio["text_en"]


def test_a_scope_that_has_not_begun_or_is_of_another_kind_or_category_says_nothing() -> None:
    ccc = {
        "certificate_type": "ccc", "name_zh": "CCC", "mandatory": True, "requirement": "ccc",
        "category_codes": ["HA01"], "citation": "c", "status": "unverified",
    }  # fmt: skip
    scope = {"certificate_type": "ccc", "category_code": "HA01", "scope_zh": "部分", "status": "unverified"}
    idle = [
        {**scope, "valid_from": pd.Timestamp("2026-07-17").date()},
        {**scope, "category_code": "HA02"},
        {**scope, "certificate_type": "energy_label"},
    ]
    for rows in ([], *([row] for row in idle)):
        found = guidance([], certificate_type=[ccc], certificate_scope=rows)
        assert found["text_zh"].iloc[0].startswith("依法应当取得CCC："), rows
    found = guidance([], certificate_type=[ccc], certificate_scope=[scope])
    assert found["text_zh"].iloc[0].startswith("部分依法应当取得CCC：")


def test_certificates_of_the_same_goods_stand_together_and_the_seller_is_named_as_one() -> None:
    goods, others = ("甲类", "goods A"), ("乙类", "goods B")
    kinds = [(("证一", "one"), goods), (("证二", "two"), others), (("证三", "three"), goods)]
    zh, en = certificate_words(kinds, 0)
    assert zh.startswith("甲类依法应当取得证一或者取得证三，乙类依法应当取得证二：")
    assert en.startswith("Required by law for goods A: one or three; for goods B: two. Its number")
    zh, en = certificate_words(kinds[:1], 0, of_seller=True)
    assert zh.startswith("甲类的经营者依法应当取得证一：店铺页面")
    assert en.startswith("Required by law of the seller of goods A: one. ")
    zh, en = certificate_words([(("证一", "one"), None), (("证二", "two"), others)], 0)
    assert zh.startswith("依法应当取得证一，乙类也可以取得证二：")
    assert en.startswith("Required by law: one; for goods B, two is enough too. ")
