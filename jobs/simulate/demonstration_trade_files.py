"""Deliveries of trade: zip archives of platform A, nested JSON of B, joined CSV of C, workbooks of the complaint centre."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any, TypeVar

from jobs.simulate.demonstration_dialects import archive, csv_lines, gz, json_lines, workbook
from jobs.simulate.demonstration_files import Inbox, day_name, delivery_day
from jobs.simulate.demonstration_trade import Complaint, Line, Order, Review, Trade

BOM = b"\xef\xbb\xbf"
COMPLAINT_TITLE = ("演示投诉举报登记表（合成数据）", "由演示程序生成，不涉及任何真实个人")
T = TypeVar("T")


def trade_files(trade: Trade, inbox: Inbox) -> None:
    """Add the deliveries of all four sources to ``inbox``."""
    _platform_a(trade.of("DEMO_A"), inbox)
    _platform_b(trade.of("DEMO_B"), inbox)
    _platform_c(trade.of("DEMO_C"), inbox)
    _complaint_centre(trade.complaints, inbox)


def _by(items: Iterable[T], key: Callable[[T], Any]) -> dict[Any, list[T]]:
    groups: dict[Any, list[T]] = defaultdict(list)
    for item in items:
        groups[key(item)].append(item)
    return dict(sorted(groups.items()))


def _half_year(day: date) -> date:
    """What happened in a half-year is delivered 20 days after its end."""
    return delivery_day(date(day.year, 6 if day.month <= 6 else 12, 1))


def _platform_a(trade: Trade, inbox: Inbox) -> None:
    """A zip a quarter with one GB18030 file a month; reviews a half-year as CSV in gzip."""
    dialect = {"delimiter": "|", "encoding": "gb18030"}
    for number, (delivered, orders) in enumerate(_by(trade.orders, lambda o: delivery_day(o.placed_on)).items()):
        members = {}
        for month, mine in _by(orders, lambda o: f"{o.placed_on:%Y%m}").items():
            rows = [_a_line(o, line) for o in mine for line in o.lines]
            if number == 0 and not members:
                rows += [{**rows[0], "行号": 9, "数量": -1}, {**rows[1], "行号": 9, "退货日期": "2024/02/30"}, {**rows[2], "行号": 9}]
                lines = csv_lines(rows, list(rows[0]), **dialect)
                lines[-1] = lines[-1].replace(b"|", b"", 1)
            else:
                lines = csv_lines(rows, list(rows[0]), **dialect)
            members[f"明细/orders_{month}.csv"] = b"".join(lines)
        inbox.add("demo_platform_a", f"orders_{day_name(delivered)}.zip", delivered, archive(members))
        if number == 0:
            first = len(next(iter(members.values())).splitlines()) - 1
            inbox.plant("a quantity below zero", first - 2, "quarantined")
            inbox.plant("a return on a day that does not exist", first - 1, "quarantined")
            inbox.plant("a short row in an archive", first, "unreadable")
    for delivered, reviews in _by(trade.reviews, lambda r: _half_year(r.written_on)).items():
        rows = [_a_review(r) for r in reviews]
        inbox.add("demo_platform_a", f"reviews_{day_name(delivered)}.csv.gz", delivered, gz(b"".join(csv_lines(rows, list(rows[0]), **dialect))))


def _a_line(order: Order, line: Line) -> dict[str, Any]:
    return {
        "订单号": order.order_id, "行号": line.number, "商品编号": line.listing.number, "下单日期": f"{order.placed_on:%Y/%m/%d}",
        "数量": line.quantity, "实付(分)": line.paid_fen, "收货地区": order.consumer_region_code,
        "退货日期": f"{line.returned_on:%Y/%m/%d}" if line.returned_on else "",
        "退货原因": ("质量问题" if line.for_quality else "不想要了") if line.returned_on else "",
    }


def _a_review(review: Review) -> dict[str, Any]:
    return {
        "订单号": review.order.order_id, "行号": review.line.number, "商品编号": review.line.listing.number,
        "评价日期": f"{review.written_on:%Y/%m/%d}", "星级": review.rating, "内容": review.text,
    }


def _platform_b(trade: Trade, inbox: Inbox) -> None:
    """One JSON document a quarter: orders below `data.orders`, each with its lines; reviews a half-year as JSON Lines."""
    for number, (delivered, orders) in enumerate(_by(trade.orders, lambda o: delivery_day(o.placed_on)).items()):
        listed: list[dict[str, Any]] = [_b_order(o) for o in orders]
        if number == 0:
            listed += [{**listed[0], "orderId": "EMPTY", "lines": []}, {**listed[0], "orderId": "BROKEN", "lines": "none"}]
        document = {"note": "演示（合成数据）", "data": {"count": len(listed), "orders": listed}}
        content = gz(json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode())
        inbox.add("demo_platform_b", f"orders_{day_name(delivered)}.json.gz", delivered, content)
        if number == 0:
            inbox.plant("an order whose lines are no list", len(listed), "unreadable")
    for delivered, reviews in _by(trade.reviews, lambda r: _half_year(r.written_on)).items():
        inbox.add("demo_platform_b", f"reviews_{day_name(delivered)}.jsonl", delivered, json_lines([_b_review(r) for r in reviews]))


def _b_order(order: Order) -> dict[str, Any]:
    lines = [
        {
            "no": line.number, "itemId": line.listing.number, "qty": line.quantity, "paid": line.paid_fen / 100,
            "refund": {"on": line.returned_on.isoformat(), "why": "QUALITY" if line.for_quality else "OTHER"} if line.returned_on else None,
        }
        for line in order.lines
    ]
    return {"orderId": order.order_id, "placedOn": order.placed_on.isoformat(), "to": order.consumer_region_code, "lines": lines}


def _b_review(review: Review) -> dict[str, Any]:
    return {
        "orderId": review.order.order_id, "lineNo": review.line.number, "itemId": review.line.listing.number,
        "on": review.written_on.isoformat(), "stars": review.rating, "comment": review.text,
    }


def _platform_c(trade: Trade, inbox: Inbox) -> None:
    """Two CSV files a half-year: lines, and the orders that hold their day; one order has no line, one line no order."""
    for number, (delivered, orders) in enumerate(_by(trade.orders, lambda o: _half_year(o.placed_on)).items()):
        heads = [{"订单": o.order_id, "日期": o.placed_on.isoformat(), "收货地": o.consumer_region_code} for o in orders]
        rows = [
            {"订单": o.order_id, "行": x.number, "商品": x.listing.number, "件数": x.quantity, "金额": f"{x.paid_fen / 100:.2f}"}
            for o in orders for x in o.lines
        ]
        if number == 0:
            heads.append({**heads[0], "订单": "NOLINE"})
            rows.append({**rows[0], "订单": "NOORDER"})
        inbox.add("demo_platform_c", f"order_heads_{day_name(delivered)}.csv", delivered, BOM + b"".join(csv_lines(heads, list(heads[0]))))
        inbox.add("demo_platform_c", f"order_lines_{day_name(delivered)}.csv", delivered, BOM + b"".join(csv_lines(rows, list(rows[0]))))
        if number == 0:
            inbox.plant("a line whose order is in no file", len(rows), "rejected")


def _complaint_centre(complaints: list[Complaint], inbox: Inbox) -> None:
    """A workbook a quarter, two title rows above the header."""
    quarters = _by(complaints, lambda c: delivery_day(c.received_on))
    for number, (delivered, mine) in enumerate(quarters.items()):
        rows = [_complaint(c) for c in mine]
        if number == 0:
            rows += [{**rows[0], "编号": "DEMO-C90001", "登记日期": "六月底"}, {**rows[0], "编号": "DEMO-C90002", "类型": "吐槽"}]
        inbox.add("demo_complaints", f"complaints_{day_name(delivered)}.xlsx", delivered, workbook({"登记表": rows}, COMPLAINT_TITLE))
        if number == 0:
            inbox.plant("a day in words", len(rows) - 1, "quarantined")
            inbox.plant("a kind that the mapping does not know", len(rows), "flagged")


def _complaint(c: Complaint) -> dict[str, Any]:
    return {
        "编号": c.complaint_id, "登记日期": c.received_on.isoformat(), "类型": c.kind, "来源渠道": c.channel, "事项编号": c.matter_id,
        "平台代码": c.order.platform, "商品编号": c.listing.number, "产品类别": c.listing.category_code,
        "被诉方地区": c.listing.shop.region_code, "诉求内容": c.text, "涉及质量": "是" if c.quality else "否", "投诉人": c.complainant,
        "是否受理": "" if c.accepted is None else "是" if c.accepted else "否",
        "决定日期": c.decided_on.isoformat() if c.decided_on else "", "调解结果": c.result,
        "调解结束": c.ended_on.isoformat() if c.ended_on else "",
    }
