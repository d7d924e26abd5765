"""How often a shop could have recognised its mystery buyers, in words."""

from __future__ import annotations

from reading_pages import text_of


def test_purchases_are_counted_with_those_cancelled_after_the_order_and_the_share_is_of_stated_buyers(
    html: dict[str, str],
) -> None:
    text = text_of(html["sampling.html"])
    assert (
        "载明买样人员的买样5次，其中1次所用的账号、地址或姓名此前已在该网店使用过，占" in text
        and "。全部买样5次（含下单后取消的1次），涉及1家网店。" in text
    )
    assert "Purchases whose buyer is stated: 5; 1 of them used an account" in text
    assert "All purchases: 5 (1 of them cancelled after the order), in 1 shop. No buyer" in text
