"""The page lookup.html, where buyers look up recalls and bulletins by product, brand, shop or batch. Its rows
are in scripts next to the page (`lookup_files`)."""

from __future__ import annotations

from typing import Any

from jobs.arrays import dicts
from jobs.contracts.glossary import product_words
from jobs.made_up import in_english
from jobs.reports.gathered import Gathered
from jobs.reports.lookup_files import both_of, written
from jobs.reports.numbers import missing
from jobs.reports.pages.bulletin import batch, public, text, words
from jobs.reports.procedure import OUTCOME, REMEDY, notice_system
from jobs.reports.rendering import Page
from jobs.reports.wording import Text, same

PROMPT = Text(
    "输入产品、品牌、网店、型号、批号、样品编号、条码或标准号的一部分；多个词须同时出现。查询在您的设备上进行，不联网。",
    "Type part of a product, brand, shop, model, batch, barcode or number of a sample or standard; several "
    "words must all occur. The search runs on your device, without a network.",
)
SERIOUS = Text("严重不合格", "seriously non-conforming")
# Results, as the rows say them, of batches that do not conform: what is found says how many these are.
FAILED = [OUTCOME["nonconforming"].zh, SERIOUS.zh]
UNLISTED = Text("未列入不等于合格。", "A product that is not listed may still be unsafe.")


def build(known: Gathered) -> Page:
    """Return the page lookup.html; its downloads are the files with all batches that may be public and all
    recalls."""
    parts = [p for p in (_bulletins(known), _recalls(known)) if p["rows"]]
    words = {known.names.of("category", code).zh: said for code, said in product_words().items()}
    counts = [(Text(*p["title"]), len(p["rows"])) for p in parts]
    return Page(
        "lookup.html",
        "lookup.html",
        Text("通报与召回查询", "Look up bulletins and recalls"),
        "lookup.html",
        {"counts": counts, "prompt": PROMPT, "unlisted": UNLISTED},
        written(parts, words),
    )


def _bulletins(known: Gathered) -> dict[str, Any]:
    """Batches that may be public, those that failed first; a product's name leads to its bulletin."""
    columns = [
        ("产品", "Product"),
        ("结果", "Result"),
        ("不合格项目", "Failing items"),
        ("标准", "Standards"),
        ("品牌", "Brand"),
        ("批号", "Batch"),
        ("样品编号", "Sample number"),
        ("网店", "Shop"),
        ("销售者", "Seller"),
        ("标称生产者", "Marked producer"),
        ("平台", "Platform"),
        ("品类", "Category"),
        ("公布日；未公布的，为可公布日", "Published on, else public from"),
    ]
    listed = []
    for b in (batch(known, row) for row in dicts(public(known))):
        serious = SERIOUS if b["serious"] else b["found"]
        listed.append(
            (
                b["outcome"] != "nonconforming",
                not b["exit"],
                b["published_on"] or b["public_from"],
                b["sample"],
                [
                    b["product"],
                    both_of(serious),
                    both_of(words(b["items"])),
                    both_of(_standards(b["items"])),
                    both_of(b["brand_words"]),
                    b["batch_no"],
                    b["sample"],
                    *(both_of(b[f"{who}_words"]) if b[who] else "" for who in ("shop", "seller", "producer")),
                    both_of(b["platform_name"]),
                    both_of(b["category_name"]),
                    b["published_on"] or b["public_from"],
                    known.names.href("plan", b["plan"]) or "",
                ],
            )
        )
    listed.sort(key=lambda r: r[2], reverse=True)
    listed.sort(key=lambda r: r[:2])
    return {
        "title": ["抽查批次", "Batches checked"],
        "columns": columns,
        "rows": [r[-1] for r in listed],
        "link": 0,
        "failed": [1, FAILED],
    }


def _standards(found: list[dict[str, Any]]) -> Text:
    """Return the standards of failed items (`bulletin.failing`), each once."""
    once = [standard for standard in dict.fromkeys(item["standard"] for item in found) if standard]
    return Text("；".join(once), "; ".join(map(in_english, once)))


def _recalls(known: Gathered) -> dict[str, Any]:
    """Recalls, the newest first."""
    rows = known.night.frame("silver.recall").sort_values(
        ["recalled_on", "authority", "recall_id"], ascending=[False, True, True]
    )
    columns = [
        ("召回日期", "Recalled on"),
        ("产品", "Product"),
        ("品牌", "Brand"),
        ("型号", "Model"),
        ("条码", "Barcode"),
        ("品类", "Category"),
        ("危害（公告原文）", "Hazard, as the notice says"),
        ("数量", "Units"),
        ("措施", "Remedy"),
        ("机构与编号", "Authority and number"),
    ]
    listed = [
        [
            text(r["recalled_on"]),
            text(r["product_text"]),
            both_of(known.brand(r["brand"])),
            text(r["model"]),
            text(r["barcode"]),
            both_of(known.names.of("category", r["category_code"]))
            if not missing(r["category_code"])
            else "",
            text(r["hazard_text"]),
            "" if missing(r["units"]) else f"{int(r['units']):,}",
            both_of(REMEDY.get(text(r["remedy"]).lower(), same(text(r["remedy"])))),
            both_of(_authority_and_number(text(r["authority"]), text(r["recall_id"]))),
        ]
        for r in dicts(rows)
    ]
    return {"title": ["召回", "Recalls"], "columns": columns, "rows": listed, "link": -1}


def _authority_and_number(authority: str, number: str) -> Text:
    """Name and code of the authority that published a recall, and the number that it gave the recall."""
    named = notice_system(authority)
    return Text(f"{named.zh} {number}", f"{named.en} {number}")
