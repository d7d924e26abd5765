"""Guidance to buyers: what fails most and how sure that is, never a rate that cannot be read, price against
rate within one product."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import pytest
from guidance_frames import guidance, own_advice, part

from jobs.environment import SCHEMAS
from jobs.marts.overview.guidance_samples import DUE_DAYS, published_until
from jobs.publish.periods import newest_due, release_days


def test_what_surely_fails_often_stands_before_what_failed_in_the_only_batch_tested():
    often = [{"items": {"often": i < 20}} for i in range(100)]
    found = part(guidance([*often, {"items": {"once": True}}]), "fails_most")
    assert found[["item", "n", "n_failed", "reliable"]].to_numpy().tolist() == [
        ["often", 100, 20, True],
        ["once", 1, 1, False],
    ]
    assert "20.0%" in found["text_zh"].iloc[0] and "13.3–28.9%" in found["text_en"].iloc[0]
    assert (
        pd.isna(found["value"].iloc[1])
        and "不足以计算比率" in found["text_zh"].iloc[1]
        and "%" not in found["text_en"].iloc[1]
    )


def test_thirty_batches_give_a_rate_however_wide_its_limits_are_and_29_give_none():
    """15 of 30: the limits are 33 points apart, the widest that thirty batches can give. A rule that looks at
    their width hides high rates."""
    found = part(guidance([{"items": {"x": i < 15}} for i in range(30)]), "fails_most").iloc[0]
    assert found["reliable"] and found["value"] == 0.5 and found["high"] - found["low"] > 0.2
    assert "50.0%" in found["text_zh"] and "50.0%" in found["text_en"]
    fewer = part(guidance([{"items": {"x": i < 1}} for i in range(29)]), "fails_most").iloc[0]
    assert not fewer["reliable"] and pd.isna(fewer["value"]) and pd.isna(fewer["low"])


def test_of_two_items_with_a_rate_the_one_with_the_higher_lower_limit_stands_first():
    """30 of 100 (limits from 22 %) before 40 of 200 (from 15 %), though that one failed more often in all."""
    few = [{"items": {"z": i < 30}} for i in range(100)]
    many = [{"items": {"a": i < 40}} for i in range(200)]
    found = part(guidance(few + many), "fails_most")
    assert found["item"].tolist() == ["z", "a"] and found["reliable"].all()
    assert found["low"].is_monotonic_decreasing


def test_probability_and_targeted_samples_are_never_put_together():
    found = part(
        guidance([{"items": {"x": True}}, *[{"plan_id": "aim", "items": {"x": True}}] * 3]), "fails_most"
    )
    assert found[["design", "n", "n_failed"]].to_numpy().tolist() == [
        ["probability", 1, 1],
        ["targeted", 3, 3],
    ]
    assert found["text_zh"].str.contains("不代表市场").tolist() == [False, True]


def priced(category: str, price: float, failing: int, n: int = 60) -> list[dict[str, Any]]:
    return [{"category_code": category, "price": price, "items": {"x": i < failing}} for i in range(n)]


def test_price_bands_are_terciles_of_the_prices_of_one_product():
    found = part(
        guidance([*priced("HA01", 10, 9), *priced("HA01", 20, 6), *priced("HA01", 30, 3)]), "price_band"
    ).set_index("item")
    assert found.loc[["low", "middle", "high"], ["n", "n_failed", "price_from", "price_to"]].fillna(
        0
    ).to_numpy().tolist() == [
        [60, 9, 0, 10],
        [60, 6, 10, 20],
        [60, 3, 20, 0],
    ]
    assert "10元及以下" in found.loc["low", "text_zh"] and "above CNY 20" in found.loc["high", "text_en"]


def test_a_group_of_products_compares_each_with_its_own_prices_and_names_none():
    cheap = [*priced("HA01", 1, 4, 30), *priced("HA01", 2, 3, 30), *priced("HA01", 3, 0, 30)]
    dear = [*priced("HA02", 1000, 4, 30), *priced("HA02", 2000, 3, 30), *priced("HA02", 3000, 0, 30)]
    found = part(guidance([*cheap, *dear]), "price_band", "HA").set_index("item")
    assert found["n_failed"].to_dict() == {"low": 8, "middle": 6, "high": 0}
    assert found[["price_from", "price_to"]].isna().all(axis=None)
    assert found["text_en"].str.contains("2 products, each split by its own prices").all()


def test_bands_that_cannot_all_be_read_or_that_nobody_priced_are_not_shown():
    few = [*priced("HA01", 10, 2, 20), *priced("HA01", 20, 2, 20), *priced("HA01", 30, 2, 20)]
    assert part(guidance(few), "price_band").empty
    assert part(guidance(priced("HA01", 10, 20, 200)), "price_band").empty  # one price: no terciles
    assert part(guidance([{"items": {"x": True}}] * 90), "price_band").empty


def test_every_item_that_the_project_gives_advice_on_finds_it():
    found = guidance(
        [{"items": {"接地电阻": True, "甲醛含量": True, "标志和说明": True}}], buying_advice=own_advice()
    )
    assert set(part(found, "look_at")["item"]) == {
        "earthing",
        "labelling",
    }  # formaldehyde: for textiles and furniture only


def test_without_samples_only_what_the_law_asks_for_is_said():
    ccc = {
        "certificate_type": "ccc",
        "name_zh": "CCC",
        "mandatory": True,
        "requirement": "ccc",
        "category_codes": ["HA"],
        "citation": "c",
        "status": "unverified",
    }
    found = guidance([], certificate_type=[ccc])
    assert found[["category_code", "item"]].to_numpy().tolist() == [
        [c, "certificate:ccc"] for c in ("HA", "HA01", "HA02")
    ]
    assert found["citation_status"].eq("unverified").all() and guidance([]).empty


def test_goods_found_without_their_certificate_are_counted_at_what_the_law_asks_for_and_said_once():
    ccc = {
        "certificate_type": "ccc", "name_zh": "CCC", "mandatory": True, "requirement": "ccc",
        "category_codes": ["HA02"], "citation": "c", "status": "unverified",
    }  # fmt: skip
    left = [
        {
            "sample_id": f"x{n}", "plan_id": "prob", "category_code": f"HA0{n}", "exit_kind": "violation",
            "exit_reason": "no_certificate", "exited_on": date(2026, 6, 1),
        }
        for n in (1, 2)
    ]  # fmt: skip
    found = guidance([], sample=left, buying_advice=own_advice(), certificate_type=[ccc])
    assert found[["category_code", "item", "n_failed"]].to_numpy().tolist() == [
        ["HA02", "certificate:ccc", 1]
    ]
    text = found["text_en"].iloc[0]
    assert "for lack of it: 1 batch" in text and "on the shop's page of the goods" in text


def test_a_batch_without_a_licence_counts_only_where_one_licence_can_be_meant() -> None:
    """It counted at each requirement of its product, once as a shop without a licence, once as a maker."""
    made = {"mandatory": True, "citation": "c", "status": "unverified"}
    types = [
        made | {"certificate_type": name, "name_zh": name, "requirement": name, "category_codes": codes}
        for name, codes in {"ccc": ["HA"], "production": ["HA"], "operation": ["HA02"]}.items()
    ]
    left = [
        {
            "sample_id": f"{code}{n}", "plan_id": "prob", "category_code": code, "exit_kind": "violation",
            "exit_reason": "no_licence", "exited_on": date(2026, 6, 1),
        }
        for code, number in {"HA01": 1, "HA02": 2}.items()
        for n in range(number)
    ]  # fmt: skip
    found = guidance([], sample=left, certificate_type=types).set_index(["category_code", "item"])
    assert found["n_failed"].dropna().to_dict() == {
        ("HA", "certificate:production"): 1,
        ("HA01", "certificate:production"): 1,
    }
    said = found["text_en"].str.contains("for lack of it: 1 batch", regex=False)
    assert said.equals(found["n_failed"].notna()) and not found["text_zh"].str.contains("另有2批次").any()


def test_every_failing_item_of_class_a_stands_in_what_fails_most_behind_the_first_five():
    names = [f"item {n}" for n in range(7)]
    sample = {"plan_id": "aim", "items": dict.fromkeys(names, True), "class_a": names[6:]}
    found = part(guidance([sample]), "fails_most")
    assert found["item"].tolist() == [*names[:5], names[6]] and found["class_a"].tolist() == [False] * 5 + [
        True
    ]


def test_guidance_opens_with_all_batches_by_design_and_gives_targeted_ones_no_share():
    drawn = [{"items": {"x": i < 3}} for i in range(30)]
    aimed = [{"plan_id": "aim", "items": {"x": i < 9}} for i in range(31)]
    found = part(guidance([*drawn, *aimed]), "overall")
    assert found[["design", "n", "n_failed", "value"]].fillna(-1).to_numpy().tolist() == [
        ["probability", 30, 3, 0.1],
        ["targeted", 31, 9, -1],
    ]
    assert "10.0%" in found["text_en"].iloc[0] and "not weighted by sales" in found["text_en"].iloc[0]
    assert "%" not in found["text_zh"].iloc[1] and "不代表市场" in found["text_zh"].iloc[1]
    few = part(guidance([{"items": {"x": False}}]), "overall").iloc[0]
    assert "0 of 1 batch" in few["text_en"] and "too few for a rate" in few["text_en"]


def test_products_that_are_no_key_products_have_guidance_once_a_batch_was_judged_but_not_unclassified_goods():
    goods = [
        {"category_code": c, "name_zh": c, "level": 1, "key_consumer_product": False}
        for c in ("JW", "CM", "XX")
    ] + [
        {
            "category_code": "XX00",
            "name_zh": "x",
            "level": 2,
            "parent_code": "XX",
            "key_consumer_product": False,
        }
    ]
    samples = [{"category_code": c, "items": {"x": True}} for c in ("JW", "XX", "XX00")]
    assert set(guidance(samples, product_category=goods)["category_code"]) == {"JW"}


def test_the_window_ends_on_the_newest_day_of_a_result_and_the_text_says_both_days():
    found = part(guidance([{"items": {"x": True}}]), "fails_most").iloc[0]
    assert (found["window_start"], found["window_end"]) == (date(2024, 7, 1), date(2026, 6, 1))
    assert "2024-07-01 to 2026-06-01" in found["text_en"] and "2024-07-01至2026-06-01" in found["text_zh"]


def test_guidance_counts_no_result_of_a_month_that_is_not_published_yet() -> None:
    """What is counted beyond the published rates would show results before they are published."""
    samples = [{"items": {"x": True}}]
    assert part(guidance(samples, date(2026, 7, 15)), "overall").empty
    assert part(guidance(samples, date(2026, 7, 16)), "overall")["n_failed"].tolist() == [1]


@pytest.mark.parametrize("day", [date(2026, 7, 15), date(2026, 7, 16), date(2026, 3, 15), date(2027, 1, 16)])
def test_guidance_ends_with_the_newest_month_that_the_release_calendar_has_due(day: date) -> None:
    assert release_days()["month"] == DUE_DAYS
    assert published_until(day) == newest_due("month", day).end


def test_the_dearest_third_says_whether_it_differs_from_the_cheapest_by_more_than_chance():
    alike = part(
        guidance([*priced("HA01", 10, 9), *priced("HA01", 20, 6), *priced("HA01", 30, 8)]), "price_band"
    ).set_index("item")
    assert alike.loc["high", "text_en"].endswith("may be chance.")
    assert "chance" not in alike.loc["low", "text_en"]
    apart = part(
        guidance([*priced("HA01", 10, 30), *priced("HA01", 20, 6), *priced("HA01", 30, 2)]), "price_band"
    ).set_index("item")
    assert "Cheap goods fail more often" in apart.loc["high", "text_en"]


def asked_of(*types: tuple[str, str, str], requirement: str = "r") -> tuple[str, str]:
    """What guidance says of certificates (code, Chinese and English name) of which any one is enough."""
    rows = [
        {
            "certificate_type": code, "name_zh": zh, "name_en": en, "mandatory": True,
            "requirement": requirement, "category_codes": ["HA01"], "citation": "c",
            "status": "unverified",
        }
        for code, zh, en in types
    ]  # fmt: skip
    found = part(guidance([], certificate_type=rows), "look_at")
    return found["text_zh"].iloc[0], found["text_en"].iloc[0]


def test_a_filing_is_made_and_has_no_issuer_and_a_licence_is_obtained():
    zh, en = asked_of(("label", "能效标识备案", "Filing of the energy label"))
    assert zh.startswith("依法应当办理能效标识备案：") and "到备案机构网站" in zh and "发证" not in zh
    assert "office that took it" in en and "issuer" not in en
    zh, _ = asked_of(("a", "普通化妆品备案", "Filing"), ("b", "特殊化妆品注册", "Registration"))
    assert "应当办理普通化妆品备案或者办理特殊化妆品注册：" in zh and "到备案机构或者发证机关网站" in zh
    zh, _ = asked_of(("a", "食品生产许可证", "Licence"))
    assert zh.startswith("依法应当取得食品生产许可证：") and "到发证机关网站" in zh
    zh, _ = asked_of(("a", "强制性产品认证（CCC）", "CCC"))
    assert zh.startswith("依法应当经强制性产品认证（CCC）：") and "到认证机构网站" in zh


def test_who_sells_prepackaged_food_alone_needs_no_licence_but_a_filing():
    """Food Safety Law, article 35. Both bind the seller, whose name is what a buyer can compare."""
    own = pd.read_csv(SCHEMAS / "reference" / "certificate_type.csv")
    kinds = own[own["requirement"].eq("food_operation")]
    types = [*kinds[["certificate_type", "name_zh", "name_en"]].itertuples(index=False, name=None)]
    zh, en = asked_of(*types, requirement="food_operation")
    assert zh.startswith("经营者依法应当取得食品经营许可证或者办理仅销售预包装食品备案：店铺页面")
    assert "型号" not in zh and "of the seller" in en and "model" not in en


def test_model_is_compared_of_certificates_that_name_models_and_product_name_of_others():
    own = pd.read_csv(SCHEMAS / "reference" / "certificate_type.csv")
    for kind in own[own["mandatory"]].itertuples():
        names = (kind.certificate_type, kind.name_zh, kind.name_en)
        zh, en = asked_of(names, requirement=kind.requirement)
        models = kind.requirement in {"ccc", "energy_label", "radio_type_approval", "network_access"}
        assert ("型号与生产者名称" in zh) == models == ("number, model and maker" in en), zh
        assert "厂名" not in zh and ("产品名称与" in zh or models or kind.requirement == "food_operation")


def test_a_rate_without_a_failure_is_said_to_lie_below_its_limit():
    found = guidance([*priced("HA01", 10, 9), *priced("HA01", 20, 0), *priced("HA01", 30, 3)])
    middle = part(found, "price_band").set_index("item").loc["middle"]
    assert "不合格检出率低于6.0%。" in middle["text_zh"] and "failed, below 6.0%." in middle["text_en"]
    whole = part(guidance(priced("HA01", 10, 0)), "overall").iloc[0]
    assert "，低于6.0%，未按销量加权。" in whole["text_zh"] and "0.0" not in whole["text_en"]
