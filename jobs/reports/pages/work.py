"""Pages on what each office must do today (gold.work_queue), on shopping guidance for buyers
(gold.shopping_guidance), and on who files data (gold.network_coverage)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jobs.reports.downloads import csv_bytes
from jobs.reports.gathered import Gathered
from jobs.reports.names import place_in_lists
from jobs.reports.numbers import DASH, count, missing, percent, whole
from jobs.reports.pages.extras import guidance, tasks
from jobs.reports.pages.morning import today
from jobs.reports.pages.offices import Group, groups, offices
from jobs.reports.procedure import DATA_KIND, PARTY, TASK_STATUS
from jobs.reports.rendering import Page
from jobs.reports.small import bar_cell
from jobs.reports.urgent import ITEMS, SENT, refusals, summary
from jobs.reports.wording import Text, label

FIRST = 3  # failing items of a product named before its page is opened
# Tasks on the page and on that of one group, on which they are sorted and filtered; the download has all.
MOST, MOST_OF_GROUP = 150, 200


def build(known: Gathered) -> Iterator[Page]:
    """Yield work.html; work/<group>.html for each group of offices (`offices.groups`); guidance.html; and
    coverage.html. A page whose table is empty says so. Downloads are these tables and the urgent items, as
    CSV."""
    queue = known.night.frame("gold.work_queue").to_dict("records")
    grouped = groups(known, offices(known, queue))
    yield Page(
        "work.html",
        "work.html",
        Text("待办", "Work queue"),
        "work.html",
        {
            "queue": tasks(known, queue, most=MOST),
            "groups": grouped,
            "urgent_soon": today(known),
            "urgent": summary(known.night.frame(SENT), known.night.date),
            "refused": refusals(known.night.frame(SENT)),
            "urgent_table": ITEMS,
        },
        {
            "data/work_queue.csv": csv_bytes(known.night.frame("gold.work_queue")),
            "data/urgent_items.csv": csv_bytes(known.night.frame(SENT)),
        },
    )
    by_office: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for r in queue:
        by_office.setdefault((r["office_type"], r["office_code"]), []).append(r)
    for group in grouped:
        yield _group_page(known, group, [r for o in group.offices for r in by_office[o.kind, o.code]])
    yield Page(
        "guidance.html",
        "guidance.html",
        Text("消费提示", "Shopping guidance"),
        "guidance.html",
        {"groups": _products(known)},
        {"data/shopping_guidance.csv": csv_bytes(known.night.frame("gold.shopping_guidance"))},
    )
    yield Page(
        "coverage.html",
        "coverage.html",
        Text("数据覆盖", "Network coverage"),
        "coverage.html",
        _coverage(known),
        {"data/network_coverage.csv": csv_bytes(known.night.frame("gold.network_coverage"))},
    )


def _group_page(known: Gathered, group: Group, queue: list[dict[str, Any]]) -> Page:
    """Return the page of one group of offices with their tasks. ``queue``: their rows of gold.work_queue."""
    title = Text(f"待办：{group.name.zh}各承办单位", f"Work queue: {group.name.en}")
    names = " ".join(f"{office.name.zh} {office.name.en}" for office in group.offices)
    context = {
        "group": group,
        "statuses": list(TASK_STATUS.values()),
        "queue": tasks(known, queue, most=MOST_OF_GROUP),
    }
    return Page(group.path, "offices.html", title, "work.html", context, search=names)


def _products(known: Gathered) -> list[dict[str, Any]]:
    """Return main categories with the products that have guidance, each with its points."""
    parent = {
        code: r["parent_code"] for code, r in known.about("silver.product_category", "category_code").items()
    }
    found: dict[str, list[dict[str, Any]]] = {}
    for code in sorted(known.groups("gold.shopping_guidance", "category_code")):
        main = code if missing(parent.get(code)) else parent[code]
        found.setdefault(main, []).append(
            {
                "code": code,
                "name": known.names.of("category", code),
                "parts": guidance(known, code),
                "short": _short(known, code),
            }
        )
    return [
        {"code": main, "name": known.names.of("category", main), "products": products}
        for main, products in sorted(found.items())
    ]


def _short(known: Gathered, category: str) -> Text:
    """Return up to three items that failed most in a product, in few words, those of probability samples
    first."""
    rows = known.groups("gold.shopping_guidance", "category_code").get(category, [])
    failed = sorted(
        (r for r in rows if r["part"] == "fails_most"),
        key=lambda r: (r["design"] != "probability", r["position"]),
    )
    named = {r["item"]: r for r in reversed(failed)}
    first = sorted(named.values(), key=failed.index)[:FIRST]
    if not first:
        return Text("两年内抽检未发现不合格项目", "no item failed in two years of checks")
    return Text(
        "查出：" + "；".join(f"{r['name_zh']}{_share(r)}" for r in first),
        "found: " + "; ".join(f"{r['name_en']}{_share(r)}" for r in first),
    )


def _share(r: dict[str, Any]) -> str:
    return f" {count(r['n_failed'])}/{count(r['n'])}" + (
        "" if missing(r["value"]) else f" ({percent(r['value'])})"
    )


def _coverage(known: Gathered) -> dict[str, Any]:
    rows = known.night.frame("gold.network_coverage").to_dict("records")
    of = {
        kind: [r for r in rows if r["dimension_type"] == kind]
        for kind in ("nation", "party", "platform", "region")
    }
    nation = {r["data_kind"]: r for r in of["nation"]}
    whole_nation = nation.get("all", {})
    return {
        "kinds": [(words, _figures(nation[k])) for k, words in DATA_KIND.items() if k in nation],
        "share": percent(whole_nation.get("online_retail_share")),
        "share_known": bool(nation) and not missing(whole_nation.get("online_retail_share")),
        "parties": [
            (label(PARTY, r["dimension_code"]), _figures(r)) for r in of["party"] if r["data_kind"] == "all"
        ],
        "platforms": _grid(known, of["platform"], "platform"),
        "regions": _grid(known, of["region"], "region"),
    }


def _figures(r: dict[str, Any]) -> dict[str, Any]:
    return {
        "records": count(r["n_records"]),
        "year": count(r["n_records_12m"]),
        "providers": count(r["n_providers"]),
        "live": count(r["n_live"]),
        "expected": count(r["n_expected"]),
        "newest": DASH if missing(r["newest_on"]) else str(r["newest_on"]),
        "age": count(r["age_days"]),
        "months": count(r["months_filed_12m"]),
        "alive": not missing(r["live"]) and bool(r["live"]),
        "bar": bar_cell(
            None if missing(r["months_filed_12m"]) else min(whole(r["months_filed_12m"]), 12) / 12
        ),
    }


def _grid(known: Gathered, rows: list[dict[str, Any]], dimension: str) -> list[dict[str, Any]]:
    """Return one line per unit with the figures of each kind of data about it."""
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for r in rows:
        found.setdefault(r["dimension_code"], {})[r["data_kind"]] = r
    return [
        {
            "dimension": dimension,
            "code": code,
            "name": known.names.of(dimension, code),
            "kinds": [_figures(kinds[k]) if k in kinds else None for k in DATA_KIND if k != "all"],
            "whole": _figures(kinds["all"]) if "all" in kinds else None,
            "n": count(kinds["all"]["n_kinds_live"]) if "all" in kinds else DASH,
        }
        for code, kinds in sorted(found.items(), key=lambda each: place_in_lists(each[0]))
    ]
