"""The page tracing.html and one page per traced batch. A trace leads from a failing batch to its shop,
operator, producer and clusters; a lead is the task of a region to follow it up, one for the operator and one
for the producer. tracing.html shows what regions have to do about leads today, requests for assistance that
are late, leads without a region, and hotspots; the page of a batch shows its trace down to the raw record."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from jobs.arrays import dicts
from jobs.marts.overview.queue_leads import OPEN_CASE, REASSIGN, VERIFY, awaited
from jobs.marts.public_names import of_person, of_persons
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
from jobs.reports.numbers import DASH, at_least_some, chance, count, linked, missing, p_value
from jobs.reports.pages.bulletin import anchor, of_trace, results
from jobs.reports.pages.extras import office
from jobs.reports.rendering import Page
from jobs.reports.tracing import FINDING, HOP, LEADS, METHOD, REASON, ROLE, SPOTS, STATE, TRACE, waits
from jobs.reports.wording import Text, label, same

PATH = "tracing.html"
SUBJECT = ["subject_type", "subject_id"]
PERSON, ALL = Text("自然人", "natural person"), Text("全部期间", "all periods")
MOST, MOST_SPOTS, MOST_PAGES, FEW = 40, 100, 300, 25
TITLE = Text("源头追溯", "Source tracing")
OUTCOME = {
    "penalised": Text("处罚", "penalised"),
    "warned": Text("警示", "warned"),
    "no_violation": Text("未发现违法", "no violation"),
    "transferred": Text("移送", "transferred"),
    "recheck_passed": Text("复查合格", "recheck passed"),
    "reported_done": Text("报告办结", "reported done"),
    "closed_unstated": Text("已结案，结果未报", "closed, no result on file"),
}


def build(known: Gathered) -> Iterator[Page]:
    """Yield tracing.html, then traces/<batch>.html of the newest MOST_PAGES batches with an open lead.
    Downloads are leads, traces and repeat failures without natural persons, and hotspots, as CSV."""
    night, frame = known.night, known.night.frame
    trace = tracing.with_files(frame(TRACE), frame("ops.ingest_file"), frame(tracing.MEMBERS))
    leads, paths = frame(LEADS), trace_paths(known)
    listed = [_lead(known, row, paths) for row in dicts(_open(known))]
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
    yield from _traces(known, _with_tasks(leads), trace, paths)


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
    leads = _open(known)
    for task in (VERIFY, OPEN_CASE, REASSIGN):
        yield PATH, leads.loc[leads["task"] == task, "party_id"].head(MOST).dropna()
    hot = [row["unit_code"] for row in _worst(known.night.frame(SPOTS)) if row["unit_type"] == "producer"]
    yield f"{PATH}#hotspots", pd.Series(hot, dtype=object)
    for dimension, column in (("region", "province_code"), ("platform", "platform_code")):
        for code, mine in leads.groupby(column):
            if path := known.names.href(dimension, str(code)):
                yield f"{path}#leads", mine["party_id"].head(FEW).dropna()


def unit_leads(known: Gathered, dimension: str, code: str) -> dict[str, Any] | None:
    """Return the open leads about a platform's goods, in a province, or about batches traced to a cluster:
    ``rows`` (`_lead`), the first FEW (``most``), those with least time left (longest overdue) first; ``all``
    and ``overdue``, numbers. None for other dimensions, and without any."""
    open_ = _open(known)
    column = {"platform": "platform_code", "region": "province_code"}.get(dimension)
    if column is not None:
        mine = open_[open_[column] == code]
    elif dimension == "cluster":
        trace = known.night.frame(TRACE)
        here = trace[(trace["hop"] == "cluster") & (trace["node_id"] == code)]
        mine = open_[open_["subject_id"].isin(here["subject_id"])]
    else:
        return None
    if mine.empty:
        return None
    return {
        "rows": [_lead(known, row, trace_paths(known)) for row in dicts(mine.head(FEW))],
        "all": len(mine),
        "overdue": int((mine["days_left"] < 0).sum()),
        "most": FEW,
    }


def _open(known: Gathered) -> pd.DataFrame:
    """Return the leads that are neither closed nor unassigned, with the task that each waits for, those with
    least time left first; computed once for all pages."""
    if "_open_leads" not in known.__dict__:
        leads = _with_tasks(known.night.frame(LEADS))
        open_ = leads[~leads["state"].isin(["closed", "unassigned"])]
        known.__dict__["_open_leads"] = open_.sort_values(["days_left", "lead_id"], na_position="last")
    found: pd.DataFrame = known.__dict__["_open_leads"]
    return found


def _with_tasks(leads: pd.DataFrame) -> pd.DataFrame:
    """Return the leads with the task that each waits for in the column task."""
    return leads.assign(task=awaited(leads))


def _lead(known: Gathered, row: dict[str, Any], paths: dict[tuple[str, str], str]) -> dict[str, Any]:
    """What pages show of a lead. ``row``: of gold.enforcement_lead, with its task; ``paths``: (subject type,
    id) → path of the batch's page. `days` is the number of days left, negative where the lead is overdue,
    None without a deadline or once its region acted (`acted`, that day); `days_text` the same without a sign,
    `chance` the probability of the link, as texts; '' where there is none; `waits`: for what."""
    days = None if missing(row["days_left"]) else int(row["days_left"])
    return {
        "id": row["lead_id"],
        "anchor": anchor(row["lead_id"]),
        "task": row["task"],
        "role": ROLE[row["role"]],
        "finding": FINDING[row["finding"]],
        "found": row["found_on"],
        "state": STATE[row["state"]],
        "province": row["province_code"],
        "place": known.place(row["region_code"]) or same(DASH),
        "party": _party(known, row["party_id"]),
        "due": DASH if missing(row["due"]) else str(row["due"]),
        "acted": None if missing(row["acted_on"]) else str(row["acted_on"]),
        "days": days,
        "overdue": days is not None and days < 0,
        "waits": waits(row),
        "days_text": "" if days is None else count(abs(days)),
        "unsure": row["link_kind"] == "probabilistic",
        "chance": linked(row["link_probability"]),
        "href": paths.get((row["subject_type"], row["subject_id"])),
    }


def _party(known: Gathered, code: Any) -> Text:
    """Return an enterprise's name with its code; of natural persons a phrase without their name."""
    if missing(code):
        return same(DASH)
    if of_person(str(code)):
        return PERSON
    name = known.about("silver.enterprise", "enterprise_id").get(code, {}).get("name")
    return same(str(code)) if missing(name) else Text(f"{name}（{code}）", f"{name} ({code})")


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
        "name": known.names.of("cluster", row["unit_code"]) if cluster else _party(known, row["unit_code"]),
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


def _traces(
    known: Gathered, leads: pd.DataFrame, trace: pd.DataFrame, paths: dict[tuple[str, str], str]
) -> Iterator[Page]:
    """Yield the pages of the batches in ``paths``, each with its trace, hop by hop, and its leads."""
    hops = {key: rows for key, rows in trace.groupby(SUBJECT) if key in paths}
    mine = {key: rows for key, rows in leads.groupby(SUBJECT) if key in paths}
    failed = results(known, (code for kind, code in paths if kind == "sample"))
    for key, path in paths.items():
        rows = [_hop(known, row) for row in dicts(hops[key].sort_values(["position", "node_id"]))]
        title = Text(f"批次 {key[1]} 的追溯", f"Trace of batch {key[1]}")
        first = hops[key].iloc[0]
        context = {
            "hops": rows,
            "graph": tracing.graph(rows, title),
            "finding": FINDING[first["finding"]],
            "found": first["found_on"],
            "leads": [_whole_lead(known, row, paths) for row in dicts(mine[key])],
            "HOPS": HOP,
        }
        context |= of_trace(known, *key, failed)
        yield Page(path, "trace.html", title, PATH, context, search=key[1])


def _hop(known: Gathered, row: dict[str, Any]) -> dict[str, Any]:
    code, broken = row["node_id"], not missing(row["break_reason"])
    if row["hop"] in ("operator", "producer"):
        name = _party(known, code or None)
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
    """What the page of a batch shows of a lead: `_lead`, and how it was followed up."""
    return _lead(known, row, paths) | {
        "reason": None if missing(row["unassigned_reason"]) else label(REASON, row["unassigned_reason"]),
        "outcome": None if missing(row["outcome"]) else OUTCOME[row["outcome"]],
        "case": None if missing(row["case_id"]) else row["case_id"],
        "request": None if missing(row["request_id"]) else row["request_id"],
        "disposals": count(row["n_disposals"]),
        "since": DASH if missing(row["state_since"]) else str(row["state_since"]),
    }
