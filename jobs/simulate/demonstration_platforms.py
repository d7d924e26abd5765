"""Deliveries of the three platforms, each in its own dialect, with planted faults."""

from __future__ import annotations

from datetime import date
from random import Random
from typing import Any

from jobs.simulate.demonstration_dialects import csv_lines, gz, json_lines, workbook
from jobs.simulate.demonstration_files import Inbox, day_name
from jobs.simulate.demonstration_market import Listing, Market, References, Shop

FIRST, SECOND, THIRD = date(2024, 7, 15), date(2025, 12, 15), date(2026, 6, 15)
A_SHOP = ["店铺编号", "店铺名称", "经营者", "信用代码", "主体类型", "地区代码", "开店日期"]
A_LISTING = "商品编号 店铺编号 标题 类目 品牌 生产者 生产者信用代码 产地 条码 价格(分) 上架时间 更新时间 备注".split()


def platform_files(market: Market, references: References, inbox: Inbox, seed: int) -> None:
    """Add the files of all three platforms to ``inbox``."""
    random = Random(f"{seed}:platforms")
    _platform_a(market, references, inbox, random)
    _platform_b(market, references, inbox)
    _platform_c(market, inbox)


def _of(market: Market, platform: str) -> tuple[list[Shop], list[Listing]]:
    return [s for s in market.shops if s.platform == platform], [x for x in market.listings if x.platform == platform]


def _a_shop(shop: Shop) -> dict[str, Any]:
    kind = "企业" if shop.company else "个体工商户"
    opened = f"{shop.opened_on:%Y/%m/%d}"
    return dict(zip(A_SHOP, [shop.number, shop.name, shop.operator_name, shop.operator_uscc, kind, shop.region_code, opened]))


def _a_listing(listing: Listing, references: References) -> dict[str, Any]:
    maker = listing.maker
    return {
        "商品编号": listing.number,
        "店铺编号": listing.shop.number,
        "标题": listing.title,
        "类目": references.categories[listing.category_code][0],
        "品牌": listing.brand,
        "生产者": maker.name if maker else "",
        "生产者信用代码": maker.uscc if maker else "",
        "产地": references.provinces[maker.region_code[:2] + "0000"] if maker else "",
        "条码": listing.barcode,
        "价格(分)": listing.price_fen,
        "上架时间": f"{listing.listed_on:%Y/%m/%d}" if listing.number % 3 else f"{listing.listed_on:%Y%m%d}",
        "更新时间": listing.updated_at,
        "备注": "演示",
    }


def _platform_a(market: Market, references: References, inbox: Inbox, random: Random) -> None:
    """GB18030, `|`, gzip, prices in fen; first everything, later what changed."""
    source = "demo_platform_a"
    shops, listings = _of(market, "DEMO_A")
    dialect = {"delimiter": "|", "encoding": "gb18030"}
    shop_lines = csv_lines([_a_shop(s) for s in shops], A_SHOP, **dialect)
    inbox.add(source, f"shops_{day_name(FIRST)}.csv.gz", FIRST, gz(b"".join(shop_lines)))

    rows = [_a_listing(x, references) for x in listings]
    extra = {**rows[0], "商品编号": 190001}
    rows += [
        {**extra, "标题": "演示坏字节 型号DX-1"},
        {**extra, "商品编号": 190002, "标题": "演示少列 型号DX-2"},
        {**extra, "商品编号": 190003, "标题": "演示负价 型号DX-3", "价格(分)": -500},
        {**extra, "商品编号": 190004, "标题": "演示未知类目 型号DX-4", "类目": "量子水杯"},
        {**extra, "商品编号": 190005, "标题": "演示错日期 型号DX-5", "上架时间": "2024/02/30"},
        dict(rows[10]),
    ]
    lines = csv_lines(rows, A_LISTING, **dialect)
    last = len(rows)
    lines[last - 5] = lines[last - 5].replace("坏".encode("gb18030"), b"\xff", 1)
    lines[last - 4] = b"|".join(lines[last - 4].split(b"|")[:9]) + b"\r\n"
    inbox.add(source, f"listings_{day_name(FIRST)}.csv.gz", FIRST, gz(b"".join(lines)))
    inbox.plant("a byte that is not GB18030", last - 5, "unreadable")
    inbox.plant("a short row", last - 4, "unreadable")
    inbox.plant("a price below zero", last - 3, "quarantined")
    inbox.plant("a category that the lookup does not know", last - 2, "flagged")
    inbox.plant("a day that does not exist", last - 1, "quarantined")
    inbox.plant("a row twice", last, "repeated")

    changed = random.sample(listings[20:], 240)
    later = [_a_listing(x, references) | {"更新时间": "2025-12-01 08:00:00", "价格(分)": round(x.price_fen * 0.9)} for x in changed]
    later.append(_a_listing(listings[0], references) | {"更新时间": "2024-01-01 00:00:00", "价格(分)": 1})
    later = [row | {"直播间": f"演示{n % 7}号"} for n, row in enumerate(later)]
    later_lines = csv_lines(later, [*A_LISTING, "直播间"], **dialect)
    inbox.add(source, f"listings_{day_name(SECOND)}.csv.gz", SECOND, gz(b"".join(later_lines)))
    inbox.plant("a column that the mapping does not know", 0, "drift")
    inbox.plant("an older version in a newer file", len(later), "superseded")

    whole = gz(b"".join(csv_lines([_a_listing(x, references) for x in listings[:200]], A_LISTING, **dialect)))
    inbox.add(source, f"listings_{day_name(THIRD)}.csv.gz", THIRD, whole[: len(whole) // 2])
    inbox.plant("a truncated gzip", 0, "refused")


def _platform_b(market: Market, references: References, inbox: Inbox) -> None:
    """JSON Lines with English keys, prices in yuan, a nested maker, instants with an offset."""
    source = "demo_platform_b"
    shops, listings = _of(market, "DEMO_B")
    shop_rows = [
        {
            "shopId": s.number, "shopName": s.name, "operator": {"name": s.operator_name, "uscc": s.operator_uscc or None},
            "operatorType": "COMPANY" if s.company else "SOLE", "region": s.region_code, "openedOn": s.opened_on.isoformat(),
        }
        for s in shops
    ]  # fmt: skip
    inbox.add(source, f"shops_{day_name(FIRST)}.jsonl", FIRST, json_lines(shop_rows))
    rows = [_b_listing(x, references) for x in listings]
    rows.append({**rows[0], "itemId": 290001, "price": -3.5})
    rows.append({**rows[0], "itemId": 290002, "updatedAt": "yesterday"})
    content = json_lines(rows) + b'{"itemId": 290003, "title": "demo cut off\n'
    inbox.add(source, f"listings_{day_name(FIRST)}.jsonl", FIRST, content)
    inbox.plant("a price below zero", len(rows) - 1, "quarantined")
    inbox.plant("a line that is not JSON", len(rows) + 1, "unreadable")


def _b_listing(listing: Listing, references: References) -> dict[str, Any]:
    maker = listing.maker
    return {
        "itemId": listing.number,
        "shopId": listing.shop.number,
        "title": listing.title,
        "category": references.categories[listing.category_code][1],
        "brand": listing.brand,
        "modelNo": listing.model,
        "maker": {"name": maker.name, "uscc": maker.uscc, "region": maker.region_code} if maker else None,
        "gtin": listing.barcode,
        "price": listing.price_fen / 100,
        "listedOn": listing.listed_on.isoformat(),
        "updatedAt": f"{listing.updated_at.replace(' ', 'T')}+08:00",
    }


def _platform_c(market: Market, inbox: Inbox) -> None:
    """One workbook with two sheets, Chinese headers, and days written in three ways."""
    source = "demo_platform_c"
    shops, listings = _of(market, "DEMO_C")
    shop_rows = [
        {
            "编号": s.number, "名称": s.name, "主体名称": s.operator_name, "统一社会信用代码": s.operator_uscc,
            "主体": "企业" if s.company else "个体", "所在地": s.region_code, "开店日期": s.opened_on,
        }
        for s in shops
    ]  # fmt: skip
    rows = [_c_listing(x) for x in listings]
    rows.append({**rows[0], "编号": 390001, "品类代码": "ZZ99"})
    rows.append({**rows[0], "编号": 390002, "上架日期": "下周一"})
    inbox.add(source, f"catalogue_{day_name(FIRST)}.xlsx", FIRST, workbook({"店铺": shop_rows, "商品": rows}))
    inbox.plant("a category code that the reference does not know", len(rows) - 1, "quarantined")
    inbox.plant("a day in words", len(rows), "quarantined")


def _c_listing(listing: Listing) -> dict[str, Any]:
    day = listing.listed_on
    written = [day, f"{day.year}年{day.month}月{day.day}日", f"{day.year}/{day.month}/{day.day}"][listing.number % 3]
    return {
        "编号": listing.number,
        "店铺": listing.shop.number,
        "名称": listing.title,
        "品类代码": listing.category_code,
        "品牌": listing.brand,
        "型号": listing.model,
        "生产企业": listing.maker.name if listing.maker else "",
        "产地代码": listing.maker.region_code if listing.maker else "",
        "售价": listing.price_fen / 100,
        "上架日期": written,
        "更新时间": listing.updated_at,
    }
