"""Pages on what each office must do today (gold.work_queue), on shopping guidance for buyers
(gold.shopping_guidance), and on who files data (gold.network_coverage)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jobs.arrays import dicts
from jobs.marts.overview.queue_signals import SUBJECT as SIGNAL
from jobs.plurals import plural
from jobs.reports import fresh
from jobs.reports.authorities import national_authority
from jobs.reports.cases import named, record
from jobs.reports.downloads import csv_bytes
from jobs.reports.failed_items import batches, named_items
from jobs.reports.gathered import Gathered
from jobs.reports.names import place_in_lists
from jobs.reports.numbers import DASH, count, missing, percent, whole
from jobs.reports.pages.changed_things import MOST_ENDED, ended_row, task_words
from jobs.reports.pages.extras import guidance, ids_of_rows, listed_tasks, office, task_pages, tasks
from jobs.reports.pages.morning import today
from jobs.reports.pages.offices import Group, groups, offices
from jobs.reports.procedure import DATA_KIND, PARTY, TASK_STATUS
from jobs.reports.rendering import Page
from jobs.reports.signal_names import by_id
from jobs.reports.small import bar_cell
from jobs.reports.urgent import ITEMS, SENT, refusals, summary
from jobs.reports.wording import Text, label, same

# Tasks on the page and on one page of a group, on which they are sorted and filtered.
MOST, MOST_OF_GROUP = 150, 200
PAGES = 20  # of one group, of MOST_OF_GROUP tasks each; the download has what is beyond


def build(known: Gathered) -> Iterator[Page]:
    """Yield work.html; work/<group>.html for each group of offices (`offices.groups`), with further pages of
    its tasks, work/<group>-2.html and so on; guidance.html; and coverage.html. A page whose table is empty
    says so. Downloads are these tables, the tasks of each group and the urgent items, as CSV."""
    queue = dicts(known.night.frame("gold.work_queue"))
    grouped = _grouped(known, queue)
    yield Page(
        "work.html",
        "work.html",
        Text("待办", "Work queue"),
        "work.html",
        {
            "queue": tasks(known, queue, most=MOST),
            "ended": _ended(known),
            "serious_signals": _serious_signals(known, queue),
            "most": MOST_ENDED,
            "groups": [group for group, _ in grouped],
            "urgent_soon": today(known),
            "urgent": summary(known.night.frame(SENT), known.night.date),
            "national": national_authority(),
            "refused": refusals(known.night.frame(SENT)),
            "urgent_table": ITEMS,
        },
        {
            "data/work_queue.csv": csv_bytes(known.night.frame("gold.work_queue")),
            "data/urgent_items.csv": csv_bytes(known.night.frame(SENT)),
        },
    )
    for group, mine in grouped:
        yield from _group_pages(known, group, mine)
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


def _serious_signals(known: Gathered, queue: list[dict[str, Any]]) -> bool:
    """Whether a task is about a serious signal, whose level as a case follows other rules."""
    signals = by_id(known)
    return any(r["subject_type"] == SIGNAL and signals.get(r["subject_id"], {}).get("serious") for r in queue)


def _ended(known: Gathered) -> list[dict[str, Any]]:
    """Return the tasks of the night before that are no longer in the queue, by office: ``office``, ``what``
    had to be done, ``subject`` and its name where it is an internal key (``named``), the place that names its
    case (``href``), and the id of its ``row``."""
    ended, earlier = fresh.changed(known)[fresh.ENDED], known.night.earlier
    if earlier is None or not ended:
        return []
    rows = {tuple(r[c] for c in fresh.TASK): r for r in dicts(earlier.tables[fresh.QUEUE])}
    return [
        {
            "office": office(known, r["office_type"], r["office_code"]),
            "row": ended_row(key),
            "what": task_words(r),
            "subject": r["subject_id"],
            "named": named(known, r["subject_type"], r["subject_id"]),
            "href": "" if missing(r["subject_type"]) else record(known, r["subject_type"], r["subject_id"]),
        }
        for key, r in ((key, rows[key]) for key in sorted(ended))
    ]


def _grouped(known: Gathered, queue: list[dict[str, Any]]) -> list[tuple[Group, list[dict[str, Any]]]]:
    """Return each group of offices with the rows of ``queue`` that are its tasks."""
    by_office: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for r in queue:
        by_office.setdefault((r["office_type"], r["office_code"]), []).append(r)
    return [
        (group, [r for o in group.offices for r in by_office[o.kind, o.code]])
        for group in groups(known, offices(known, queue))
    ]


def rows_of_cases(known: Gathered) -> dict[tuple[str, str], str]:
    """Return (kind, id) of each case that no page names but the list of tasks of a group of offices → that
    row, as a path below site/."""
    found: dict[tuple[str, str], str] = {}
    for group, mine in _grouped(known, dicts(known.night.frame("gold.work_queue"))):
        parts = task_pages(known, mine, most=MOST_OF_GROUP, pages=PAGES)
        for path, part in zip(_paths(group, len(parts)), parts, strict=True):
            for key, row in ids_of_rows(known, part).items():
                found.setdefault(key, f"{path}#{row}")
    return found


def _paths(group: Group, n: int) -> list[str]:
    """The paths of the first ``n`` pages of a group of offices."""
    stem = group.path.removesuffix(".html")
    return [group.path, *(f"{stem}-{number}.html" for number in range(2, n + 1))]


def _group_pages(known: Gathered, group: Group, queue: list[dict[str, Any]]) -> Iterator[Page]:
    """Yield the pages of one group of offices with their tasks. ``queue``: their rows of gold.work_queue."""
    title = Text(f"待办：{group.name.zh}各承办单位", f"Work queue: {group.name.en}")
    names = " ".join(f"{office.name.zh} {office.name.en}" for office in group.offices)
    if any(r["status"] == "overdue" for r in queue):
        names += " " + " ".join(label(TASK_STATUS, "overdue"))
    parts = task_pages(known, queue, most=MOST_OF_GROUP, pages=PAGES)
    paths = _paths(group, len(parts))
    first = tasks(known, queue, most=MOST_OF_GROUP, by_office=True)
    assert first is not None, "offices are listed by their tasks"
    context = {
        "group": group,
        "statuses": list(TASK_STATUS.values()),
        "queue": first,
        "paths": paths,
        "number": 1,
    }
    whole, mine = known.night.frame("gold.work_queue"), {(o.kind, o.code) for o in group.offices}
    listed = [key in mine for key in zip(whole["office_type"], whole["office_code"], strict=True)]
    downloads = {group.download: csv_bytes(whole[listed])}
    yield Page(group.path, "offices.html", title, "work.html", context, downloads, search=names)
    for number, (path, part) in enumerate(zip(paths[1:], parts[1:], strict=True), start=2):
        listed_here = first | {"rows": listed_tasks(known, part), "most": len(part)}
        further = Text(f"{title.zh}（{number}）", f"{title.en} ({number})")
        yield Page(
            path, "offices.html", further, "work.html", context | {"queue": listed_here, "number": number}
        )


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
    """Return the items that failed most in a product (`failed_items.named_items`) in few words, those of
    targeted samples marked; where none failed, whether any batch was tested."""
    rows = known.groups("gold.shopping_guidance", "category_code").get(category, [])
    first = named_items(rows)
    if first:
        return Text(
            "不合格项目：" + "；".join(f"{r['name_zh']} {_share(r).zh}" for r in first),
            "found: " + "; ".join(f"{r['name_en']} {_share(r).en}" for r in first),
        )
    judged = batches(rows)
    if judged is None:
        return Text("两年内无完成检验的批次", "no batch was tested in two years")
    n, failed = judged
    return Text(
        f"两年内检验{count(n)}批次，不合格{count(failed)}批次，无不合格项目",
        f"no item failed in two years: {count(failed)} of {plural(n, 'batch', 'batches')} tested failed",
    )


def _share(r: dict[str, Any]) -> Text:
    """Return how many of the batches tested failed, with the rate where there is one, for which targeted
    samples have their name, as these give no rate."""
    counted = f"{count(r['n_failed'])}/{count(r['n'])}"
    if r["design"] == "targeted":
        return Text(f"{counted}（靶向）", f"{counted} (targeted)")
    if missing(r["value"]):
        return same(counted)
    rate = percent(r["value"])
    return Text(f"{counted}（{rate}）", f"{counted} ({rate})")


def _coverage(known: Gathered) -> dict[str, Any]:
    rows = dicts(known.night.frame("gold.network_coverage"))
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
