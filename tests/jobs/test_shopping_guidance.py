"""Guidance to buyers: what fails most and how sure that is, never a rate that cannot be read, price against
rate within one product."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
from sampling_frames import CONTRACTS, frames

from jobs.environment import SCHEMAS
from jobs.marts.overview import shopping_guidance
from jobs.period import Period

INPUTS = tuple(t.split(".")[1] for t in CONTRACTS["gold.shopping_guidance"].inputs)
GOODS = [
    {"category_code": "HA", "name_zh": "家用电器", "level": 1, "key_consumer_product": True},
    *(
        {"category_code": c, "name_zh": c, "level": 2, "parent_code": "HA", "key_consumer_product": True}
        for c in ("HA01", "HA02")
    ),
]
PLANS = [{"plan_id": "prob", "type": "probability"}, {"plan_id": "aim", "type": "complaint_led"}]


def guidance(samples: list[dict[str, Any]], **more: list[dict[str, Any]]) -> pd.DataFrame:
    """``samples``: plan_id, category_code, price and ``items`` {name: failed}."""
    rows: dict[str, list[dict[str, Any]]] = {
        "product_category": GOODS,
        "sampling_plan": PLANS,
        "sample": [],
        "standing_conclusion": [],
        "test_result": [],
        **more,
    }
    for i, given in enumerate(samples):
        items = given.get("items", {"x": False})
        failed = any(items.values())
        rows["sample"].append(
            {
                "sample_id": f"s{i}",
                "plan_id": "prob",
                "category_code": "HA01",
                **{k: v for k, v in given.items() if k != "items"},
            }
        )
        rows["standing_conclusion"].append(
            {
                "sample_id": f"s{i}",
                "stage": "first",
                "outcome": "nonconforming" if failed else "conforming",
                "issued_on": date(2026, 6, 1),
            }
        )
        rows["test_result"] += [
            {
                "sample_id": f"s{i}",
                "item_code": n,
                "item_name": n,
                "lab_verdict": "nonconforming" if bad else "conforming",
            }
            for n, bad in items.items()
        ]
    return shopping_guidance.build(**frames(rows, INPUTS), period=Period(date(2026, 7, 1)))


def part(found: pd.DataFrame, name: str, category: str = "HA01") -> pd.DataFrame:
    return found[found["part"].eq(name) & found["category_code"].eq(category)].sort_values(
        ["design", "position"]
    )


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


def test_bands_that_cannot_all_be_read_or_that_nobody_priced_are_not_shown():
    few = [*priced("HA01", 10, 2, 20), *priced("HA01", 20, 2, 20), *priced("HA01", 30, 2, 20)]
    assert part(guidance(few), "price_band").empty
    assert part(guidance(priced("HA01", 10, 20, 200)), "price_band").empty  # one price: no terciles
    assert part(guidance([{"items": {"x": True}}] * 90), "price_band").empty


def test_every_item_that_the_project_gives_advice_on_finds_it():
    advice = pd.read_csv(SCHEMAS / "reference" / "buying_advice.csv").to_dict("records")
    rows = [
        {
            **{k: a[k] for k in ("advice", "advice_zh", "advice_en", "reason_zh", "reason_en")},
            "match": a["match"].split(";"),
            "category_codes": None if pd.isna(a["category_codes"]) else a["category_codes"].split(";"),
            "valid_from": date(2000, 1, 1),
        }
        for a in advice
    ]
    found = guidance(
        [{"items": {"接地电阻": True, "甲醛含量": True, "标志和说明": True}}], buying_advice=rows
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


def test_a_product_of_which_the_law_asks_no_certificate_is_given_no_advice_on_missing_ones():
    advice = {
        "advice": "no_licence", "advice_zh": "查证书", "advice_en": "check the certificate", "reason_zh": "-",
        "reason_en": "-", "match": ["exit:no_certificate"], "valid_from": date(2000, 1, 1),
    }  # fmt: skip
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
    found = guidance([], sample=left, buying_advice=[advice], certificate_type=[ccc])
    assert found.loc[found["item"].eq("no_licence"), "category_code"].tolist() == ["HA02"]


def test_advice_on_an_item_is_for_products_that_are_tested_for_it():
    """The project's own advice: nothing on earthed sockets for power banks, on certificates for bags, on
    clothing's classes for shoes."""
    advice = pd.read_csv(SCHEMAS / "reference" / "buying_advice.csv", dtype=str)
    of = advice.set_index("advice")["category_codes"].map(lambda codes: set(str(codes).split(";")))
    assert not of["earthing"] & {"EL", "EL01", "EL02"} and not of["formaldehyde_textile"] & {"FW", "BG"}
    about_items = advice[~advice["match"].str.startswith("exit:")]
    general = about_items.loc[about_items["category_codes"].isna(), "advice"].tolist()
    assert general == ["labelling"]
