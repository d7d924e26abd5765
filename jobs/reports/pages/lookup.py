"""Public lookup: recalls and bulletins by product, brand, shop, batch. The rows lie in a script beside the page: it works from disk."""

from __future__ import annotations

import json
from typing import Any

from jobs.reports.gathered import Gathered
from jobs.reports.numbers import missing
from jobs.reports.rendering import Page
from jobs.reports.wording import Text

INDEX = "lookup_index.js"
EXAMPLES = 2


def build(known: Gathered) -> Page:
    """lookup.html and lookup_index.js."""
    parts = [p for p in (_recalls(known),) if p["rows"]]
    counts = [(Text(*p["title"]), len(p["rows"])) for p in parts]
    return Page(
        "lookup.html", "lookup.html", Text("通报与召回查询", "Look up bulletins and recalls"), "lookup.html",
        {"counts": counts}, {INDEX: script("QUALITY_LOOKUP", {"parts": parts})},
    )


def _recalls(known: Gathered) -> dict[str, Any]:
    """Recalls, the newest first."""
    rows = known.night.frame("silver.recall").sort_values(["recalled_on", "authority", "recall_id"], ascending=[False, True, True])
    columns = [
        ("召回日期", "Recalled on"), ("产品", "Product"), ("品牌", "Brand"), ("型号", "Model"), ("条码", "Barcode"), ("品类", "Category"),
        ("危害", "Hazard"), ("数量", "Units"), ("措施", "Remedy"), ("机构与编号", "Authority and number"),
    ]
    listed = [
        [
            text(r["recalled_on"]), text(r["product_text"]), text(r["brand"]), text(r["model"]), text(r["barcode"]),
            both_of(known.names.of("category", r["category_code"])) if not missing(r["category_code"]) else "", text(r["hazard_text"]),
            "" if missing(r["units"]) else f"{int(r['units']):,}", text(r["remedy"]), f"{text(r['authority'])} {text(r['recall_id'])}",
        ]
        for r in rows.to_dict("records")
    ]
    return {"title": ["召回", "Recalls"], "columns": columns, "rows": listed, "link": -1}


def text(value: Any) -> str:
    return "" if missing(value) else str(value)


def both_of(words: Text) -> Any:
    """A phrase as the script shows it: by language where the two differ."""
    return words.zh if words.zh == words.en else {"zh": words.zh, "en": words.en}


def script(name: str, content: Any) -> bytes:
    """Data as a script that a page opened from disk can load; nothing in it can end the script element or run."""
    written = json.dumps(content, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    for sign, escaped in (("<", "\\u003c"), ("\u2028", "\\u2028"), ("\u2029", "\\u2029")):
        written = written.replace(sign, escaped)
    return f"window.{name}={written};\n".encode()
