"""The page tracing.html and one page per traced batch. A trace leads from a failing batch to its shop,
operator, producer and clusters; a lead is the task of a region to follow it up, one for the operator and one
for the producer. tracing.html shows what regions have to do about leads today, requests for assistance that
are late, leads without a region, and hotspots; the page of a batch shows its trace down to the raw record."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from jobs.arrays import dicts
from jobs.marts.overview.queue_leads import OPEN_CASE, REASSIGN, VERIFY
from jobs.marts.public_names import of_persons
from jobs.marts.tracing.source_hotspot import LEVEL
from jobs.marts.tracing.without_persons import public_leads, public_parties, public_traces
from jobs.methods.rounding import fixed
from jobs.reports import repeats, tracing
from jobs.reports.cases import trace_paths
from jobs.reports.downloads import csv_bytes
from jobs.reports.figures import twelve_months_text
from jobs.reports.gathered import Gathered
from jobs.reports.lead_times import verified
from jobs.reports.names import NATION_CODE
from jobs.reports.numbers import DASH, at_least_some, count, missing, p_value
from jobs.reports.pages.extras import office
from jobs.reports.pages.lead_rows import FEW, lead, open_leads, party_name, with_tasks
from jobs.reports.pages.trace import OUTCOME, SUBJECT, traces
from jobs.reports.rendering import Page
from jobs.reports.tracing import FINDING, LEADS, REASON, ROLE, SPOTS, STATE, TRACE
from jobs.reports.wording import Text, label, same

PATH = "tracing.html"
ALL = Text("全部期间", "all periods")
MOST, MOST_SPOTS, MOST_PAGES = 40, 100, 300
TITLE = Text("源头追溯", "Source tracing")


def build(known: Gathered) -> Iterator[Page]:
    """Yield tracing.html, then traces/<batch>.html of the newest MOST_PAGES batches with an open lead.
    Downloads are leads, traces and repeat failures without natural persons, and hotspots, as CSV."""
    night, frame = known.night, known.night.frame
    trace = tracing.with_files(frame(TRACE), frame("ops.ingest_file"), frame(tracing.MEMBERS))
    leads, paths = frame(LEADS), trace_paths(known)
    listed = [lead(known, row, paths) for row in dicts(open_leads(known))]
    verify, cases, returned = ([r for r in listed if r["task"] == t] for t in (VERIFY, OPEN_CASE, REASSIGN))
    context = {
        "leads": verify[:MOST],
        "n_waiting": len(verify),
        "n_overdue": sum(row["overdue"] for row in verify),
        "cases": cases[:MOST],
        "n_cases": len(cases),
        "offices": offices(known, listed),
        "on_time": verified(known),
        "nation": NATION_CODE,
        "requests": (requests := _requests(known))[:MOST],
        "n_requests": len(requests),
        "unassigned": _unassigned(leads),
        "n_unassigned": int(leads["state"].eq("unassigned").sum()),
        "returned": returned[:MOST],
        "n_returned": len(returned),
        "course": _by_role(leads),
        "spots": [_spot(known, row) for row in _worst(night.frame(SPOTS))],
        "n_spots": len(night.frame(SPOTS)),
        "shops": repeats.shops(known),
        "batches": _batches(known, leads, paths),
        "n_batches": len(leads) // 2,
        "most": MOST,
    }
    downloads = {
        "data/enforcement_lead.csv": csv_bytes(public_leads(leads).astype({"days_left": "Int64"})),
        "data/source_trace.csv": csv_bytes(public_traces(trace)),
        "data/source_hotspot.csv": csv_bytes(night.frame(SPOTS)),
        repeats.DOWNLOAD: csv_bytes(public_parties(night.frame(repeats.TABLE))),
    }
    yield Page(PATH, PATH, TITLE, PATH, context, downloads)
    yield from traces(known, with_tasks(leads), trace, paths)


def parties(known: Gathered) -> dict[tuple[str, str], str]:
    """Return (`enterprise` or `shop`, code) of each operator, producer, party of a lead and shop that a page
    on traces or leads shows, with the path of a page: of the newest batch with a page; else this page, where
    it lists the lead; else the page of a province or platform that does. Natural persons are left out: no
    page shows theirs."""
    leads, trace = known.night.frame(LEADS), known.night.frame(TRACE)
    nodes = trace.loc[trace["hop"].isin(["operator", "producer", "shop"]), [*SUBJECT, "hop", "node_id"]]
    own = leads[[*SUBJECT, "party_id"]].rename(columns={"party_id": "node_id"})
    shown = pd.concat([nodes, own], ignore_index=True)
    shown = shown[shown["node_id"].fillna("").ne("") & ~of_persons(shown["node_id"])]
    shown["kind"] = shown["hop"].eq("shop").map({True: "shop", False: "enterprise"})
    codes = {key: sorted({*zip(r["kind"], r["node_id"], strict=True)}) for key, r in shown.groupby(SUBJECT)}
    found: dict[tuple[str, str], str] = {}
    for key, path in trace_paths(known).items():
        for party in codes.get(key, []):
            found.setdefault(party, path)
    for path, party_ids in _listed(known):
        for code in party_ids[~of_persons(party_ids)]:
            found.setdefault(("enterprise", code), path)
    return found


def _listed(known: Gathered) -> Iterator[tuple[str, pd.Series]]:
    """Yield (path, parties that it lists): of leads and hotspots on this page, then of leads on those of
    provinces and platforms."""
    leads = open_leads(known)
    for task in (VERIFY, OPEN_CASE, REASSIGN):
        yield PATH, leads.loc[leads["task"] == task, "party_id"].head(MOST).dropna()
    hot = [row["unit_code"] for row in _worst(known.night.frame(SPOTS)) if row["unit_type"] == "producer"]
    yield f"{PATH}#hotspots", pd.Series(hot, dtype=object)
    for dimension, column in (("region", "province_code"), ("platform", "platform_code")):
        for code, mine in leads.groupby(column):
            if path := known.names.href(dimension, str(code)):
                yield f"{path}#leads", mine["party_id"].head(FEW).dropna()


def offices(known: Gathered, listed: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return one dict per province with open leads, those with most overdue first: code, name, leads to
    verify that are ``overdue`` and that are not (``waiting``), ``cases`` to open, leads that wait for no task
    (``acted``), and days by which the longest overdue one is overdue (``worst``).

    ``listed``: open leads as dicts with province, task, days (left) and overdue. Leads that a province
    returned are not counted, as they wait for the nation's authority.
    """
    found: dict[Any, list[dict[str, Any]]] = {}
    for row in listed:
        if row["task"] != REASSIGN:
            found.setdefault(row["province"], []).append(row)
    rows = [
        {
            "code": code,
            "name": known.names.of("region", code),
            "overdue": sum(r["overdue"] for r in to_verify),
            "waiting": sum(not r["overdue"] for r in to_verify),
            "cases": sum(r["task"] == OPEN_CASE for r in mine),
            "acted": sum(r["task"] is None for r in mine),
            "worst": max((-r["days"] for r in to_verify if r["overdue"]), default=0),
        }
        for code, mine in found.items()
        for to_verify in [[r for r in mine if r["task"] == VERIFY]]
    ]
    return sorted(rows, key=lambda r: (-r["overdue"], -r["worst"], str(r["code"])))


def _requests(known: Gathered) -> list[dict[str, Any]]:
    """Return the overdue requests for assistance in gold.work_queue, the longest overdue first."""
    queue = known.night.frame("gold.work_queue")
    late = queue[(queue["task"] == "answer_assistance") & (queue["status"] == "overdue")]
    late = late.sort_values(["days_left", "subject_id"])
    return [
        {
            "id": row["subject_id"],
            "office": office(known, "authority", row["office_code"]),
            "code": row["province_code"],
            "since": row["since"],
            "due": row["due"],
            "days": count(-row["days_left"]),
        }
        for row in dicts(late)
    ]


def _unassigned(leads: pd.DataFrame) -> list[dict[str, Any]]:
    """Leads without a region by role and reason, the most first: their number ``n`` and ``one`` of their ids
    as an example."""
    rows = leads[leads["state"] == "unassigned"]
    by = rows.groupby(["role", "unassigned_reason"])["lead_id"].agg(["size", "min"]).reset_index()
    by = by.sort_values(["size", "role", "unassigned_reason"], ascending=[False, True, True])
    return [
        {
            "role": ROLE[row["role"]],
            "reason": label(REASON, row["unassigned_reason"]),
            "n": count(row["size"]),
            "one": row["min"],
        }
        for row in dicts(by)
    ]


def _by_role(leads: pd.DataFrame) -> list[dict[str, Any]]:
    """Return one dict per role: the ``role`` in words, the number of ``all`` its leads, and pairs (words,
    number) of its ``states``, and of its ``ends``, the outcomes that occur. Numbers are texts."""
    found = []
    for role, words in ROLE.items():
        mine = leads[leads["role"] == role]
        states, ends = mine["state"].value_counts(), mine["outcome"].value_counts()
        found.append(
            {
                "role": words,
                "all": count(len(mine)),
                "states": [(text, count(int(states.get(code, 0)))) for code, text in STATE.items()],
                "ends": [(text, count(int(ends[code]))) for code, text in OUTCOME.items() if code in ends],
            }
        )
    return found


def _worst(spots: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the MOST_SPOTS units to show: hotspots, others beyond chance, those on two platforms."""
    ranked = spots.assign(beyond=spots["p_adjusted"] <= LEVEL, spread=spots["n_platforms"] >= 2)
    down, up = ["named", "beyond", "spread"], ["p_adjusted", "unit_type", "unit_code", "period_start"]
    ranked = ranked.sort_values([*down, *up], ascending=[False] * 3 + [True] * 4, kind="stable")
    return dicts(ranked.head(MOST_SPOTS))


def _spot(known: Gathered, row: dict[str, Any]) -> dict[str, Any]:
    cluster, period = row["unit_type"] == "cluster", (row["period_type"], row["period_start"])
    low, high, p = row["ratio_low"], row["ratio_high"], row["p_adjusted"]
    return {
        "window": ALL
        if row["period_type"] == "all"
        else twelve_months_text(period[1], known.rates.until(*period)),
        "cluster": row["unit_code"] if cluster else None,
        "name": known.names.of("cluster", row["unit_code"])
        if cluster
        else party_name(known, row["unit_code"]),
        "place": known.place(row["region_code"]) or same(DASH),
        "named": bool(row["named"]),
        "beyond": p <= LEVEL,
        "alone": not missing(low) and low > 1,
        "failing": f"{count(row['n_failing'])} / {count(row['n_judged'])}",
        "expected": at_least_some(row["expected"]),
        "ratio": DASH if missing(row["ratio"]) else fixed(row["ratio"]),
        "limits": DASH if missing(low) else f"{fixed(low)}–{fixed(high)}",
        "platforms": count(row["n_platforms"]),
        "shops": count(row["n_shops"]),
        "p": p_value(p),
        "tested": count(row["n_tested"]),
    }


def _batches(known: Gathered, leads: pd.DataFrame, paths: dict[tuple[str, str], str]) -> list[dict[str, Any]]:
    rows = leads.drop_duplicates(["subject_type", "subject_id"]).set_index(["subject_type", "subject_id"])
    return [
        {
            "id": subject[1],
            "href": href,
            "finding": FINDING[rows.at[subject, "finding"]],
            "found": rows.at[subject, "found_on"],
            "platform": (
                rows.at[subject, "platform_code"],
                known.names.of("platform", rows.at[subject, "platform_code"]),
            ),
            "category": known.names.of("category", rows.at[subject, "category_code"]),
        }
        for subject, href in paths.items()
    ]
