"""What an urgent item asks of its recipient, and how a change since the last night names it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from jobs.exchange.pages.urgent_words import urgent_asks
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


@pytest.mark.parametrize(("shop", "which"), [("P07-S1", "网店P07-S1"), (None, "R/LC-1/listed")])
def test_a_new_restriction_is_named_by_its_shop_and_not_by_its_key(shop: str | None, which: str) -> None:
    row = dict.fromkeys(("item_name", "sample_id", "category_code"))
    row |= {"kind": "restriction_listed", "shop_id": shop, "item_id": "R/LC-1/listed"}
    known: Any = SimpleNamespace()
    assert item(known, row).words.zh == f"限制生效，{which}"
