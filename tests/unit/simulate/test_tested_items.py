"""The items that laboratories test: results as they are read, by a standard that holds the item."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from jobs.marts.standards.designations import designation
from jobs.reports.wording import numbered
from jobs.simulate.country.authorities.items import COLONIES, STEPS, items_of
from jobs.simulate.country.authorities.results import stepped, steps
from jobs.simulate.country.authorities.standards import NOT_HELD, items, requirements, standards
from jobs.simulate.country.words import (
    STANDARDS,
    STANDARDS_OF_ITEMS,
    STANDARDS_OF_PRODUCTS,
    standard_of,
)
from jobs.simulate.country.world import World, world


@pytest.fixture(scope="module")
def country() -> World:
    return world(7, 3_000, date(2026, 6, 17), 12)


def test_cycles_are_whole_and_grades_are_read_to_half_a_grade(country: World) -> None:
    value, step = np.array([28958.65, 2.36, 4.8, 0.123]), np.array([1.0, 0.5, 0.5, 0.0])
    shown = np.array(["28958.65", "2.36", "4.80", "0.123"], dtype=object)
    assert stepped(shown, value, step).tolist() == ["28959", "2.5", "5", "0.123"]
    every = items(country)
    read = every[every["unit"].isin(STEPS)]
    assert set(read["code"]) == {"T05", "C04", "Q05"} and (read["step"] == read["unit"].map(STEPS)).all()
    # The ends of what passes and fails are such values, so that no rounding crosses a limit.
    ends = read[["passing_low", "passing_high", "failing_low", "failing_high"]]
    assert (ends.mod(read["step"], axis=0) == 0).all(axis=None)


def test_colonies_are_counted_in_whole_numbers_of_two_significant_digits(country: World) -> None:
    every = items(country)
    read = every[every["unit"] == COLONIES]
    assert set(read["code"]) == {"Y01", "N01", "M03"}
    value = np.array([8096.37, 87654.3, 151.2, 96.6, 9.7])
    rows = pd.DataFrame({"unit": COLONIES, "step": 0.0}, index=range(len(value)))
    shown = stepped(np.char.mod("%.2f", value).astype(object), value, steps(value, rows))
    assert shown.tolist() == ["8100", "88000", "150", "97", "10"]
    for column in ("passing_low", "passing_high", "failing_low", "failing_high"):
        ends = read[column].to_numpy(dtype=float)  # no rounding crosses a limit
        assert (np.mod(ends, steps(ends, read)) == 0).all(), column


def test_a_recommended_standard_is_not_called_a_mandatory_one() -> None:
    """The edition of 2021 on plugs and sockets was issued as GB/T."""
    assert standard_of("EL03") == "GB/T 2099.1-2021"


def test_no_item_is_laid_to_a_standard_that_does_not_hold_it(country: World) -> None:
    every: pd.DataFrame = items(country)
    for item, wrong in (("N01", "GB 7718"), ("S01", "GB 20400"), ("S03", "GB 20400"), ("B03", "GB 18584")):
        mine = every[every["code"] == item]
        assert len(mine) and not mine["standard_no"].str.startswith(wrong).any(), item
        assert not mine["new_no"].str.startswith(wrong).any(), item
    beside = every[~every["mandatory"]]
    assert beside["new_high"].eq(beside["high"]).all() and beside["new_no"].eq(beside["standard_no"]).all()


def test_goods_that_claim_a_recommended_standard_are_judged_by_it_and_not_by_one_that_is_made_up(
    country: World,
) -> None:
    """Plugs and sockets claim GB/T 2099.1 and were judged by T/SYN 101. A mandatory standard goes before, and
    a group standard is left for what the claimed one does not hold."""
    for (category, code), row in items(country).set_index(["category_code", "code"]).iterrows():
        claimed = standard_of(category)
        held = code not in NOT_HELD.get(claimed, "").split()
        if claimed.startswith("GB "):
            own = code in STANDARDS_OF_ITEMS or row["standard_no"].startswith("T/SYN")
            assert row["mandatory"] or own, (category, code)
            assert not (row["mandatory"] and row["item_class"] == "B"), (category, code)
        elif code not in STANDARDS_OF_ITEMS:  # which hold for all food, also beside the standard it claims
            assert not row["mandatory"], (category, code)
            assert (row["standard_no"] == claimed) == held, (category, code)
            assert held or row["standard_no"].startswith("T/SYN"), (category, code)
    socket = items(country).set_index(["category_code", "code"])["standard_no"]["EL03"]
    assert set(socket) == {"GB/T 2099.1-2021"}
    limits = requirements(country)
    own = limits[limits["product_code"] == "EL03"].set_index("item_code")["standard_no"]
    assert own["SK1"] == "GB/T 2099.1-2021"


@pytest.mark.parametrize(
    ("category", "has", "lacks"),
    [
        ("EL03", "防触电保护 温升 拔出插头所需的力", "输入功率偏差 骚扰电压裕量"),  # GB/T 2099.1
        ("IC02", "动态试验（头部位移） 带扣开启力 阻燃性能", "绳索长度 可迁移铅"),  # GB 27887
        ("HM06", "铅迁移量 镉迁移量", "高锰酸钾消耗量 总迁移量 重金属（以铅计）"),  # GB 4806.4
        ("TY04", "磁通量指数 小零件", "动态强度 绳索长度"),  # GB 6675
        ("HM01", "铅迁移量", "重金属（以铅计）"),  # GB 4806.9
        # pans are of metal, not plastic
        ("HM02", "铅迁移量 镉迁移量 砷迁移量 手柄耐热性能", "高锰酸钾消耗量 总迁移量 重金属（以铅计）"),
        # imitation jewellery has no fineness to fall short of
        ("JW02", "镍释放量 砷总量 六价铬 标识", "贵金属纯度偏差 质量偏差 印记和标识"),
        ("HM05", "泄压性能 镍析出量 铅迁移量", "高锰酸钾消耗量 总迁移量 重金属（以铅计）"),
    ],
)
def test_goods_are_tested_for_what_the_standard_on_them_asks(category: str, has: str, lacks: str) -> None:
    names = {item.name for item in items_of(category)}
    assert set(has.split()) <= names and not set(lacks.split()) & names


def test_the_marks_of_jewellery_are_not_laid_to_the_standard_on_harmful_elements(country: World) -> None:
    """GB 28480 limits harmful elements; GB/T 31912 says what jewellery is marked with."""
    every: pd.DataFrame = items(country)
    marks = every[every["code"].isin(["J06", "JI6"])]
    assert len(marks) == 2 and set(marks["standard_no"]) == set(marks["new_no"]) == {"GB/T 31912-2015"}
    assert not marks["mandatory"].any()
    assert set(every.loc[every["code"].isin(["J01", "J02", "J03", "JI4", "JI5"]), "standard_no"]) == {
        "GB 28480-2012"
    }


def test_the_flux_index_of_a_magnet_has_one_limit_in_each_edition(country: World) -> None:
    magnet = items(country).set_index("code").loc["MG1"]
    assert (magnet["high"], magnet["new_high"]) == ("50", "50") and magnet["new_no"] != magnet["standard_no"]
    limits = requirements(country)
    assert set(limits.loc[limits["item_code"] == "MG1", "limit_high"]) == {"50"}


def test_metal_that_a_pressure_cooker_gives_off_is_judged_by_the_standard_on_metal_for_food(
    country: World,
) -> None:
    own = items(country).set_index(["category_code", "code"]).loc["HM05"]
    assert own.loc[["PK2", "PK3"], "standard_no"].eq("GB 4806.9-2016").all()
    assert own.loc["PK1", "standard_no"] == "GB 15066-2004" and own.loc["PK1", "mandatory"]


def test_lead_and_preservatives_in_food_are_judged_by_the_standards_on_them(country: World) -> None:
    every: pd.DataFrame = items(country)
    for code, number in (("N02", "GB 2762"), ("N03", "GB 2760")):
        mine = every[every["code"].eq(code) & every["category_code"].ne("FD03")]
        assert len(mine) == 3 and mine["mandatory"].all() and mine["standard_no"].str.startswith(number).all()
    healthy = every[every["category_code"].eq("FD03")].set_index("code")["standard_no"]
    assert healthy["N02"] == "GB 16740-2014"  # has limits for lead, and none for preservatives
    assert healthy["N03"].startswith("GB 2760")


def test_food_claims_the_standard_of_the_product_and_its_label_alone_is_tested_by_that_on_labels(
    country: World,
) -> None:
    every: pd.DataFrame = items(country)
    by_labels = every["standard_no"].str.startswith("GB 7718")
    assert set(every.loc[by_labels, "code"]) == {"N06"}
    assert every.loc[every["code"] == "N06", ["standard_no", "new_no"]].eq("GB 7718-2011").all(axis=None)
    assert every.loc[every["code"] == "N06", "mandatory"].all()
    claimed: pd.Series = country.listings["standard_no"].dropna()
    assert not claimed.str.startswith("GB 7718").any()
    food = {standard_of(code) for code in every.loc[every["parent"] == "FD", "category_code"]}
    assert len(food) == 4 and food <= set(claimed)
    label = standards(country).set_index("standard_no").loc["GB 7718-2011"]
    assert "标签" in label["name_zh"] and "产品安全" not in label["name_zh"]


def test_what_a_standard_does_not_hold_are_items_of_its_goods(country: World) -> None:
    every = items(country)
    tested = every.groupby(every["category_code"].map(standard_of))["code"].agg(set)
    for standard, codes in NOT_HELD.items():
        assert set(codes.split()) <= tested[standard], standard


def test_the_number_of_an_edition_that_no_office_issued_says_so(country: World) -> None:
    real = {
        *STANDARDS.values(),
        *STANDARDS_OF_PRODUCTS.values(),
        *(no for no, _ in STANDARDS_OF_ITEMS.values()),
    }
    register = standards(country)
    for number in register["standard_no"]:
        assert number in real or number.startswith("T/SYN") or number.endswith("（合成）"), number
    new = set(items(country)["new_no"]) - real
    assert any(no.startswith("GB ") for no in new) and all("T/SYN" in no or "（合成）" in no for no in new)
    # Pages and packages look a number up in one form, without the mark.
    assert designation("GB 18401-2026（合成）") == "GB18401-2026"
    assert numbered("GB 18401-2026（合成）").en == "GB 18401-2026 (synthetic)"
