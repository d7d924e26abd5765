"""What an urgent item asks of its recipient, and how a change since the last night names it."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from jobs.exchange.pages.answering import answers
from jobs.exchange.pages.urgent_words import FAILURE, urgent_asks
from jobs.marts.overview.urgent_restrictions import _reasons, measures
from jobs.reports.pages.changed_things import item


def restriction(kind: str, shop: str | None) -> Any:
    return SimpleNamespace(kind=kind, roles="platform", taken_down_on=None, shop_id=shop)


@pytest.mark.parametrize(
    ("kind", "shop", "zh", "en"),
    [
        ("restriction_listed", "P07-S1", "对网店P07-S1采取限制措施", "restrict shop P07-S1 by"),
        ("restriction_listed", None, "对该主体采取限制措施", "restrict the operator by"),
        ("restriction_lifted", "P07-S1", "解除对网店P07-S1的限制", "lift the restriction of shop P07-S1"),
    ],
)
def test_an_urgent_restriction_names_its_shop(kind: str, shop: str | None, zh: str, en: str) -> None:
    asked = urgent_asks(restriction(kind, shop))
    assert asked is not None and asked.zh.startswith(zh) and asked.en.startswith(en)


@pytest.mark.parametrize(("shop", "which"), [("P07-S1", "网店P07-S1"), (None, "LC-1")])
def test_a_new_restriction_is_named_by_its_shop_and_not_by_its_key(shop: str | None, which: str) -> None:
    row = dict.fromkeys(("item_name", "sample_id", "category_code"))
    row |= {"kind": "restriction_listed", "shop_id": shop, "item_id": "R/LC-1/listed"}
    known: Any = SimpleNamespace()
    assert item(known, row).words.zh == f"限制生效，{which}"


def objecting(*rows: Any) -> str:
    """What a platform's page says of objections to a package of ``rows``, in both languages."""
    words = answers("platform", "M1", "platform_P07", "", rows, day=date(2026, 6, 30))[1][1]
    return words.zh + words.en


def failure(taken_down_on: str | None) -> Any:
    return SimpleNamespace(kind=FAILURE, roles="platform", taken_down_on=taken_down_on, shop_id=None)


ON_SALE = ("应当及时下架", "take the goods down in good time")
KEPT_DOWN = ("核实未重新上架后，以 done 回执", "verified that the goods are not on sale again")
RESTRICTED = ("落实措施后以 done 回执", "as done once the measures are carried out")
TAKEN_BACK = ("无须处理", "need nothing")


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([failure(None)], [ON_SALE]),
        ([failure("2026-11-30")], [KEPT_DOWN]),
        ([restriction("restriction_listed", "S1")], [RESTRICTED]),
        ([restriction("restriction_listed", "S1"), failure(None)], [ON_SALE, RESTRICTED]),
        ([restriction("restriction_listed", "S1"), failure("2026-11-30")], [KEPT_DOWN, RESTRICTED]),
        (
            [restriction("restriction_lifted", "S1")],
            [("解除限制后以 done 回执", "the restriction is lifted")],
        ),
        ([restriction("result_overturned", None)], [("其他事项", "Other items")]),
        ([restriction("withdrawn", None)], [TAKEN_BACK]),
        ([restriction("withdrawn", None), failure(None)], [ON_SALE]),
    ],
)
def test_what_is_said_of_objections_follows_the_kinds_of_the_items(
    rows: list[Any], said: list[tuple[str, str]]
) -> None:
    """A package of one restriction does not ask for a takedown; goods that are down already are kept down,
    and not refused because they are down."""
    text = objecting(*rows)
    assert all(words in text for pair in said for words in pair)
    others = [pair for pair in (ON_SALE, KEPT_DOWN, RESTRICTED, TAKEN_BACK) if pair not in said]
    assert not any(words in text for pair in others for words in pair)


def test_the_law_beside_a_restriction_is_that_of_the_entry_or_penalty_and_not_of_the_measure() -> None:
    """What a platform does about a listed operator follows the rule that stands beside the measure."""
    asked = urgent_asks(restriction("restriction_listed", "P07-S1"))
    assert asked is not None and "法" not in asked.zh and "law" not in asked.en.lower()
    for basis, of in (
        ("dishonesty_entry", ("列入依据", "the entry")),
        ("penalty", ("处罚依据", "the penalty")),
    ):
        row = {"basis": basis, "basis_id": "E1", "item": "serious_violation", "legal_basis": "办法"}
        row |= {"unlinked": False}
        zh, en = (part.iloc[0] for part in _reasons(pd.DataFrame([row]), "listed", {}))
        assert zh.endswith(f"（{of[0]}：办法）") and en.endswith(f"(basis of {of[1]}: 办法)")


@pytest.mark.parametrize(
    ("of", "begins", "ends", "law"),
    [
        (
            "judgement_defaulter",
            "纳入失信被执行人名单",
            "从失信被执行人名单中删除",
            "纳入依据",
        ),  # a court's words
        ("abnormal_operation", "列入经营异常名录", "移出经营异常名录", "列入依据"),
        ("another", "列入失信名单", "移出失信名单", "列入依据"),
    ],
)
def test_an_entry_begins_and_ends_in_the_words_of_those_who_keep_its_list(
    of: str, begins: str, ends: str, law: str
) -> None:
    row = {
        "basis": "dishonesty_entry",
        "basis_id": "E1",
        "item": of,
        "legal_basis": "办法",
        "unlinked": False,
    }
    for what, words in (("listed", begins), ("lifted", ends)):
        zh, _ = _reasons(pd.DataFrame([row]), what, {})
        assert zh.iloc[0] == f"{words}（{law}：办法）"


def test_an_urgent_restriction_states_its_measure_with_its_rule_and_until_when_it_holds() -> None:
    ground = {
        "basis": "penalty",
        "basis_id": "F1",
        "measure_zh": "处罚期间暂停服务",
        "measure_en": "suspended",
        "ends_on": pd.Timestamp("2026-12-01"),
    }
    own = ground | {"measure_citation": None, "measure_rule_status": "house_rule"}
    law = own | {"basis_id": "F2", "measure_citation": "电子商务法第十条", "measure_rule_status": "mirror"}
    law |= {"ends_on": pd.NaT}
    bare = own | {"basis_id": "F3", "measure_zh": None, "measure_en": None}
    found = measures(pd.DataFrame([own, law, bare]))
    assert found == {
        ("penalty", "F1"): (
            "处罚期间暂停服务（本项目规定）",
            "suspended (this project's own rule)",
            date(2026, 12, 1),
        ),
        ("penalty", "F2"): (
            "处罚期间暂停服务（《电子商务法》第十条；条文据转载文本核对）",
            "suspended (E-commerce Law, Article 10; checked against a reprint of the text)",
            None,
        ),
    }
    row = {
        "basis": "penalty",
        "basis_id": "F1",
        "item": "suspension",
        "legal_basis": "办法",
        "unlinked": False,
    }
    for what, number, zh_said, en_said, zh_day, en_day in (
        ("listed", "F1", "；措施：", "; measure: ", "，至2026-12-01止", ", until 2026-12-01"),
        ("listed", "F2", "；措施：", "; measure: ", "", ""),  # no end on file
        ("lifted", "F1", "；所解除的措施：", "; measure that ends: ", "", ""),
    ):
        of = pd.DataFrame([row | {"basis_id": number}])
        zh, en = (part.iloc[0] for part in _reasons(of, what, found))
        assert zh.endswith(zh_said + found["penalty", number].zh + zh_day)
        assert en.endswith(en_said + found["penalty", number].en + en_day)
