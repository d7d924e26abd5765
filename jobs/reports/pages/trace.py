"""The page of a traced batch or counterfeit report: its trace, step by step, down to the raw records, with
the leads that follow from it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from jobs.arrays import dicts
from jobs.reports import tracing
from jobs.reports.gathered import Gathered
from jobs.reports.numbers import DASH, chance, count, missing
from jobs.reports.pages.bulletin import of_trace, results
from jobs.reports.pages.lead_rows import lead, party_name
from jobs.reports.rendering import Page
from jobs.reports.tracing import FINDING, HOP, METHOD, REASON
from jobs.reports.urgent import shop_in_words
from jobs.reports.wording import Text, label, same

INDEX = "tracing.html"  # the page that lists the traces
SUBJECT = ["subject_type", "subject_id"]
REPORT = "counterfeit_report"
SUBJECTS = {"sample": Text("批次", "batch"), REPORT: Text("假冒举报", "counterfeit report")}
OUTCOME = {
    "penalised": Text("处罚", "penalised"),
    "warned": Text("警示", "warned"),
    "no_violation": Text("未发现违法", "no violation"),
    "transferred": Text("移送", "transferred"),
    "recheck_passed": Text("复查合格", "recheck passed"),
    "reported_done": Text("报告办结", "reported done"),
    "closed_unstated": Text("已结案，结果未报", "closed, no result on file"),
}


def traces(
    known: Gathered, leads: pd.DataFrame, trace: pd.DataFrame, paths: dict[tuple[str, str], str]
) -> Iterator[Page]:
    """Yield the pages of the batches and reports in ``paths``, each with its trace, hop by hop, and its
    leads. ``leads``: gold.enforcement_lead with the task that each waits for (`with_tasks`); ``trace``:
    gold.source_trace with files (`tracing.with_files`); ``paths``: (subject type, id) → path of the page."""
    hops = {key: rows for key, rows in trace.groupby(SUBJECT) if key in paths}
    mine = {key: rows for key, rows in leads.groupby(SUBJECT) if key in paths}
    failed = results(known, (code for kind, code in paths if kind == "sample"))
    for key, path in paths.items():
        rows = [_hop(known, row) for row in dicts(hops[key].sort_values(["position", "node_id"]))]
        kind = SUBJECTS[key[0]]
        title = Text(f"{kind.zh} {key[1]} 的追溯", f"Trace of {kind.en} {key[1]}")
        first = hops[key].iloc[0]
        context = {
            "goods": _goods(known, mine[key].iloc[0]) if key[0] == REPORT else None,
            "hops": rows,
            "graph": tracing.graph(rows, title),
            "finding": FINDING[first["finding"]],
            "found": first["found_on"],
            "leads": [_whole_lead(known, row, paths) for row in dicts(mine[key])],
            "HOPS": HOP,
        }
        context |= of_trace(known, *key, failed)
        yield Page(path, "trace.html", title, INDEX, context, search=key[1])


def _goods(known: Gathered, lead: pd.Series) -> dict[str, Any]:
    """The goods of a counterfeit report, by one of its leads; its listing is among the hops."""
    return {
        "category": known.names.of("category", lead["category_code"]),
        "platform": known.names.of("platform", lead["platform_code"]),
        "shop": shop_in_words(lead["shop_id"]),
    }


def _hop(known: Gathered, row: dict[str, Any]) -> dict[str, Any]:
    code, broken = row["node_id"], not missing(row["break_reason"])
    if row["hop"] in ("operator", "producer"):
        name = party_name(known, code or None)
    else:
        name = known.names.of("cluster", code) if row["hop"] == "cluster" and code else same(code or DASH)
    return {
        "hop": row["hop"],
        "kind": HOP[row["hop"]],
        "name": name,
        "above": None if broken or missing(row["from_hop"]) else row["from_hop"],
        "broken": label(REASON, row["break_reason"]) if broken else None,
        "method": None if missing(row["method"]) else label(METHOD, row["method"]),
        "unsure": row["link_kind"] == "probabilistic",
        "chance": None if missing(row["probability"]) else float(row["probability"]),
        "chances": f"{chance(row['probability'])} ({chance(row['path_probability'])})",
        "place": known.place(row["region_code"]) or same(DASH),
        "evidence": None
        if missing(row["evidence_table"])
        else (row["evidence_table"], DASH if missing(row["evidence_id"]) else row["evidence_id"]),
        "on": DASH if missing(row["evidence_on"]) else str(row["evidence_on"]),
        "source": None if missing(row["source"]) else row["source"],
        "file": DASH
        if missing(row["file"])
        else " › ".join(
            [row["file"], *([] if missing(row["member"]) or not row["member"] else [row["member"]])]
        ),
        "sha256": DASH if missing(row["sha256"]) else str(row["sha256"])[:16],
        "record": DASH if missing(row["record"]) else str(int(row["record"])),
    }


def _whole_lead(known: Gathered, row: dict[str, Any], paths: dict[tuple[str, str], str]) -> dict[str, Any]:
    """What the page of a batch shows of a lead: `lead`, and how it was followed up."""
    return lead(known, row, paths) | {
        "reason": None if missing(row["unassigned_reason"]) else label(REASON, row["unassigned_reason"]),
        "outcome": None if missing(row["outcome"]) else OUTCOME[row["outcome"]],
        "case": None if missing(row["case_id"]) else row["case_id"],
        "request": None if missing(row["request_id"]) else row["request_id"],
        "disposals": count(row["n_disposals"]),
        "since": DASH if missing(row["state_since"]) else str(row["state_since"]),
    }
