"""What an urgent item asks of its recipient, in words. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from jobs.reports.numbers import missing
from jobs.reports.urgent import KINDS, shop_in_words
from jobs.reports.wording import Text, label, same

# By kind, unless a role of the recipient asks something else.
_ASKED = {
    "class_a_failure": Text(
        "核查该批次产品，依法处理", "look into the goods of this batch and act as the law requires"
    ),
    "result_overturned": Text(
        "以复检结论为准，复核已采取的措施",
        "go by the re-inspection, and review what was done on the first result",
    ),
    "serious_signal": Text("研判该信号，核查相关商品", "assess the signal and look into the goods"),
    "restriction_listed": Text(
        "对{who}采取限制措施（详见当日数据包）",
        "restrict {who} by the measure below (more in the package of the day)",
    ),
    "restriction_lifted": Text("解除对{who}的限制", "lift the restriction of {who}"),
}
FAILURE = "class_a_failure"
TAKEN_DOWN = "class_a_failure_taken_down"  # that kind, where a takedown of the goods is on record
# By kind and role.
_OF_ROLE = {
    (FAILURE, "platform"): Text(
        "核查该批次商品，在售的立即下架",
        "look into the goods of this batch; take down at once what is on sale",
    ),
    (TAKEN_DOWN, "platform"): Text(
        "该批次商品已有下架记录：核实未重新上架，保持下架",
        "a takedown of the goods of this batch is on record: verify that they are not on sale again, and "
        "keep them down",
    ),
    ("result_overturned", "lab"): Text(
        "查明初检结果与复检不一致的原因",
        "find out why the first result differs from the re-inspection",
    ),
}


def urgent_state(rows: Sequence[Any]) -> Text:
    """Return what a recipient is to do about its urgent items at large: to act at once, except on goods that
    it has to keep down. ``rows``: as `urgent_asks`, without notices that take an item back."""
    n = sum(row.kind == FAILURE and "platform" in row.roles.split() and _is_down(row) for row in rows)
    if n == 0:
        return Text("须立即处理", "to act on at once")
    down = Text(
        f"{n}项的商品已有下架记录，须核实未重新上架",
        f"goods of {n} with a takedown on record, to be verified to stay down",
    )
    if n == len(rows):
        return down
    return Text(f"须立即处理；其中{down.zh}", f"to act on at once; {down.en}")


def urgent_asks(row: Any) -> Text | None:
    """Return what an urgent item asks of its recipient, by its kind and the recipient's roles: a platform
    takes goods down, or, where a takedown of them is on record, makes sure that they stay down. None for a
    kind without words here. ``row``: of a file of urgent items, its columns as attributes."""
    kind = kind_asked(row)
    of_roles = [_OF_ROLE.get((kind, role)) for role in row.roles.split()]
    asked = next((text for text in of_roles if text), _ASKED.get(row.kind))
    if asked is None:
        return None
    who = shop_in_words(row.shop_id) or Text("该主体", "the operator")
    return Text(asked.zh.replace("{who}", who.zh), asked.en.replace("{who}", who.en))


def urgent_name(row: Any) -> Text:
    """Return what an urgent item is named by: its sample, else its shop, else its kind. ``row``: as
    `urgent_asks`."""
    if not missing(row.sample_id):
        return same(str(row.sample_id))
    return shop_in_words(row.shop_id) or label(KINDS, row.kind)


def kind_asked(row: Any) -> str:
    """Return the kind of an urgent item, TAKEN_DOWN for a failure of goods whose takedown is on record.
    ``row``: as `urgent_asks`."""
    return TAKEN_DOWN if row.kind == FAILURE and _is_down(row) else str(row.kind)


def _is_down(row: Any) -> bool:
    return not missing(row.taken_down_on)
