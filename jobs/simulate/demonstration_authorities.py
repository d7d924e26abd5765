"""Deliveries of the regulator, the laboratory, commerce and the overseas notices, with planted faults."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any, TypeVar

from jobs.simulate import demonstration_words as words
from jobs.simulate.demonstration_dialects import csv_lines
from jobs.simulate.demonstration_files import Inbox, day_name, delivery_day
from jobs.simulate.demonstration_sampling import Alert, Conclusion, Plan, Result, Sample, Sampling

PLAN_TYPES = {"probability": "概率抽样", "targeted": "专项抽查", "complaint_led": "投诉线索", "follow_up": "跟踪抽查"}
LEVELS = {"national": "国家级", "provincial": "省级"}
CHANNELS = {"online": "网络", "shop": "实体店", "production": "生产环节"}
OUTCOMES = {"conforming": "未发现不合格", "nonconforming": "不合格", "not_judged": "不判定"}
STAGES = {"first": "初检", "reinspection": "复检"}
T = TypeVar("T")


def authority_files(sampling: Sampling, alerts: list[Alert], inbox: Inbox) -> None:
    """Add the files of all four sources to ``inbox``."""
    _commerce(inbox)
    _plans(sampling, inbox)
    _samples(sampling, inbox)
    _results(sampling, inbox)
    _conclusions(sampling, inbox)
    _overseas(alerts, inbox)


def _quarters(records: Iterable[T], day: Callable[[T], date]) -> dict[date, list[T]]:
    """Records by the day on which their quarter is delivered, in time order."""
    quarters: dict[date, list[T]] = defaultdict(list)
    for record in records:
        quarters[delivery_day(day(record))].append(record)
    return dict(sorted(quarters.items()))


def _utf8(rows: list[dict[str, Any]], columns: Iterable[str]) -> bytes:
    """UTF-8 with a BOM, as spreadsheet programs write it."""
    return b"\xef\xbb\xbf" + b"".join(csv_lines(rows, list(columns)))


def _commerce(inbox: Inbox) -> None:
    kinds = {"marketplace": "综合", "group_buying": "拼购", "livestream": "直播"}
    rows = [
        {"平台代码": p.code, "平台名称": p.name_zh, "英文名称": p.name_en, "类型": kinds[p.kind], "启用日期": "2020-01-01"}
        for p in words.PLATFORMS
    ]
    inbox.add("demo_commerce", f"platforms_{day_name(words.FIRST_DAY)}.csv", words.FIRST_DAY, _utf8(rows, rows[0]))


def _plans(sampling: Sampling, inbox: Inbox) -> None:
    rows = [_plan(p) for p in sampling.plans if p.filed]
    inbox.add("demo_regulator", f"plans_{day_name(words.LAST_DAY)}.csv", words.LAST_DAY, _utf8(rows, rows[0]))
    note = "演示（合成数据）：此文件不属于任何数据供给。\n".encode()
    inbox.add("demo_regulator", "说明.txt", words.LAST_DAY, note)
    inbox.plant("a file that no feed takes", 0, "refused")


def _plan(plan: Plan) -> dict[str, Any]:
    return {
        "计划编号": plan.plan_id,
        "计划名称": plan.name,
        "计划类型": PLAN_TYPES[plan.kind],
        "级别": LEVELS[plan.level],
        "发布地区": plan.issuer,
        "开始日期": plan.starts_on,
        "结束日期": plan.ends_on,
    }


def _samples(sampling: Sampling, inbox: Inbox) -> None:
    quarters = _quarters(sampling.samples, lambda s: s.purchased_on)
    for number, (delivered, samples) in enumerate(quarters.items()):
        rows = [_sample(s) for s in samples]
        columns = list(rows[0])
        if number == 0:
            extra = {**rows[0], "退出原因": "", "退出日期": ""}
            rows += [
                {**extra, "样品编号": "DEMO-S90001", "入样概率": "1.7"},
                {**extra, "样品编号": "DEMO-S90002", "抽样日期": "2024-13-01"},
                {**extra, "样品编号": "DEMO-S90003"},
                dict(rows[5]),
            ]
        lines = csv_lines(rows, columns)
        if number == 0:
            lines[-2] = b",".join(lines[-2].split(b",")[:12]) + b"\r\n"
        inbox.add("demo_regulator", f"samples_{day_name(delivered)}.csv", delivered, b"\xef\xbb\xbf" + b"".join(lines))
        if number == 0:
            inbox.plant("a probability above 1", len(rows) - 3, "quarantined")
            inbox.plant("a day that does not exist", len(rows) - 2, "quarantined")
            inbox.plant("a short row", len(rows) - 1, "unreadable")
            inbox.plant("a row twice", len(rows), "repeated")


def _sample(sample: Sample) -> dict[str, Any]:
    listing, maker = sample.listing, sample.listing.maker
    online = sample.channel == "online"
    lost = sample.exit_reason in words.VOID_EXITS
    return {
        "样品编号": sample.sample_id,
        "计划编号": sample.plan.plan_id,
        "抽样日期": sample.purchased_on,
        "平台代码": listing.platform if online else "",
        "店铺编号": f"{listing.platform}-{listing.shop.number}" if online else "",
        "商品编号": f"{listing.platform}-{listing.number}" if online else "",
        "产品类别": listing.category_code,
        "品牌": listing.brand,
        "产品名称": listing.product_name,
        "批号": sample.batch_no,
        "生产日期": sample.produced_on,
        "销售者": listing.shop.operator_name,
        "销售者地区": listing.shop.region_code,
        "生产者": maker.name if maker else "",
        "生产者信用代码": maker.uscc if maker else "",
        "生产者地区": maker.region_code if maker else "",
        "收货地区": sample.consumer_region_code,
        "渠道": CHANNELS[sample.channel],
        "抽样层": listing.platform if sample.inclusion_probability else "",
        "入样概率": f"{sample.inclusion_probability:.6f}" if sample.inclusion_probability else "",
        "销量": listing.units_sold,
        "价格": f"{listing.price_fen / 100:.2f}",
        "有订单页": "是" if online else "",
        "有开箱记录": "否" if lost else "是",
        "有封样照片": "否" if lost else "是",
        "封样完好": "否" if sample.exit_reason == "封样破损" else "是",
        "检验机构": sample.lab,
        "退出原因": sample.exit_reason,
        "退出日期": sample.exited_on or "",
    }


def _results(sampling: Sampling, inbox: Inbox) -> None:
    for delivered, results in _quarters(sampling.results, lambda r: r.tested_on).items():
        rows = [_result(r) for r in results]
        inbox.add("demo_lab", f"results_{day_name(delivered)}.csv", delivered, _utf8(rows, rows[0]))


def _result(result: Result) -> dict[str, Any]:
    item = result.item
    return {
        "样品编号": result.sample_id,
        "项目代码": item.code,
        "检验项目": item.name,
        "检测值": result.value,
        "单位": item.unit,
        "下限": item.limit_low,
        "上限": item.limit_high,
        "标准号": item.standard_no,
        "项目类别": f"{item.item_class}类",
        "单项判定": OUTCOMES[result.verdict],
        "检测日期": f"{result.tested_on:%Y/%m/%d}",
    }


def _conclusions(sampling: Sampling, inbox: Inbox) -> None:
    quarters = _quarters(sampling.conclusions, lambda c: c.issued_on)
    for delivered, conclusions in quarters.items():
        rows = [_conclusion(c) for c in conclusions]
        last = delivered == max(quarters)
        if last:
            rows += [{**rows[0], "样品编号": "DEMO-S90004", "检验结论": "大概合格"}]
        inbox.add("demo_lab", f"conclusions_{day_name(delivered)}.csv", delivered, _utf8(rows, rows[0]))
        if last:
            inbox.plant("an outcome that the mapping does not know", len(rows), "quarantined")
    empty = date(2026, 7, 31)
    inbox.add("demo_lab", f"conclusions_{day_name(empty)}.csv", empty, _utf8([], rows[0]))
    inbox.plant("a file with a header only", 0, "empty")


def _conclusion(conclusion: Conclusion) -> dict[str, Any]:
    return {
        "样品编号": conclusion.sample_id,
        "阶段": STAGES[conclusion.stage],
        "检验结论": OUTCOMES[conclusion.outcome],
        "签发日期": f"{conclusion.issued_on:%Y/%m/%d}",
        "严重不合格": "是" if conclusion.serious else "否",
        "检验机构": conclusion.lab,
    }


def _overseas(alerts: list[Alert], inbox: Inbox) -> None:
    by_year: dict[int, list[Alert]] = defaultdict(list)
    for alert in alerts:
        by_year[alert.published_on.year].append(alert)
    for year, found in sorted(by_year.items()):
        rows = [
            {
                "reference": f"DEMO/{year}/{a.number:04d}",
                "published": f"{a.published_on.day} {a.published_on:%B} {year}",  # English month names
                "origins": a.origins,
                "notified by": a.notifier,
                "product": a.product,
                "category": a.category,
                "hazard": a.hazard,
                "risk level": a.severity,
            }
            for a in found
        ]
        delivered = min(date(year, 12, 31), words.LAST_DAY)
        inbox.add("demo_overseas", f"alerts_{day_name(delivered)}.csv", delivered, b"".join(csv_lines(rows, list(rows[0]))))
