"""The page sampling.html on the work of sampling: plans with open batches, batches by state, statutory
deadlines that are met, late or overdue and the articles that set them, the time between steps, and how often
shops have already met the accounts and addresses that buy samples from them."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pandas as pd

from jobs.arrays import dicts
from jobs.reports import frame_coverage
from jobs.reports.asked import TIMERS
from jobs.reports.downloads import csv_bytes
from jobs.reports.gathered import Gathered
from jobs.reports.names import NATION_CODE
from jobs.reports.numbers import count, missing, percent
from jobs.reports.pages.extras import audit, effects, proposal
from jobs.reports.pages.loop import closed_loop, lags
from jobs.reports.pages.reconciliation import TABLE as RECONCILIATION
from jobs.reports.pages.reconciliation import reconciled
from jobs.reports.procedure import REFUSAL, SAMPLE_STATE, TIMER, TIMER_STATE, ruled
from jobs.reports.rendering import Page
from jobs.reports.small import bar_cell
from jobs.reports.wording import Text, label

PLANS = 100  # plans under way; plans.html leads to all
SHOWN = 60  # rows of a long list; the download has all of them
SHOPS = 15
PATH = "sampling.html"
_PLANNED = (
    "n_planned",
    "n_ordered",
    "n_cancelled",
    "n_received",
    "n_lost",
    "n_sampled",
    "n_tested",
    "n_open",
)


def build(known: Gathered) -> Page:
    """Return the page sampling.html. ``known``: the tables of one night. A part whose table is absent or
    empty says so on the page.

    Downloads are CSV: all overdue deadlines (sampling_overdue.csv), of which the page lists SHOWN; the
    coverage of the sampling frame; and the whole tables of batches (sampling_lifecycle), reconciliation,
    buyers' exposure, refusals, the sampling proposal and the audit of judgements.
    """
    samples = known.night.frame("gold.sampling_lifecycle")
    overdue, plans = _overdue(known, samples), _plans(known, samples)
    context = {
        "batches": len(samples),
        "frame": frame_coverage.shown(known.night),
        "reconciled": reconciled(known),
        "loop": closed_loop(known, "nation", NATION_CODE),
        "states": _states(samples),
        "plans": plans[:PLANS],
        "n_plans": len(plans),
        "timers": _timers(samples),
        "overdue": overdue[:SHOWN],
        "n_overdue": len(overdue),
        "n_late": len({late["sample_id"] for late in overdue}),
        "shown": SHOWN,
        "lags": lags(known, "nation", NATION_CODE),
        "exposure": _exposure(known, known.night.frame("gold.buyer_exposure")),
        "refusals": _refusals(known.night.frame("gold.sampling_refusal")),
        "proposal": proposal(known),
        "audit": audit(known),
        "effects": effects(known, "nation", NATION_CODE),
    }
    columns = (
        "sample_id plan platform_code seller_region_code category_code timer due days_late rule_status "
        "citation"
    ).split()
    downloads = {
        "data/sampling_overdue.csv": csv_bytes(
            pd.DataFrame([{c: o[c] for c in columns} for o in overdue], columns=columns)
        ),
        **frame_coverage.download(known.night),
        "data/sampling_lifecycle.csv": csv_bytes(samples),
        "data/sampling_reconciliation.csv": csv_bytes(known.night.frame(RECONCILIATION)),
        "data/buyer_exposure.csv": csv_bytes(known.night.frame("gold.buyer_exposure")),
        **{
            f"data/{t}.csv": csv_bytes(known.night.frame(f"gold.{t}"))
            for t in ("sampling_refusal", "sampling_proposal", "judgement_audit")
        },
    }
    return Page(
        PATH,
        PATH,
        Text("抽查工作", "Sampling work"),
        PATH,
        context,
        downloads,
    )


def _states(samples: pd.DataFrame) -> list[tuple[Text, str, Any]]:
    """Return one line per state that occurs, in the order of SAMPLE_STATE: its name, the number of batches
    and a bar with their share. ``samples``: gold.sampling_lifecycle, one row per batch."""
    counts = Counter(samples["state"])
    return [
        (words, count(counts[code]), bar_cell(counts[code] / len(samples)))
        for code, words in SAMPLE_STATE.items()
        if counts[code]
    ]


def _plans(known: Gathered, samples: pd.DataFrame) -> list[dict[str, Any]]:
    """Return one line per plan with batches that are not closed: those with most overdue batches first, then
    those with most open ones. ``samples``: gold.sampling_lifecycle, one row per batch."""
    ledger = known.night.frame("gold.sampling_ledger")
    rows = ledger[(ledger["dimension_type"] == "plan") & (ledger["period_type"] == "all")]
    counts = {r["dimension_code"]: r for r in dicts(rows)}
    late = pd.to_numeric(samples["n_overdue"]).fillna(0) > 0
    going = samples[~samples["closed"].astype(bool)].groupby("plan_id").size().to_dict()
    overdue = samples[late].groupby("plan_id").size().to_dict()
    total = samples.groupby("plan_id").size().to_dict()
    listed = [
        {
            "code": code,
            "name": known.names.of("plan", code),
            "counts": [(c, counts.get(code, {}).get(c)) for c in _PLANNED],
            "going": n,
            "overdue": overdue.get(code, 0),
            "bar": bar_cell(1 - n / total[code]),
            "closed": percent(1 - n / total[code]),
        }
        for code, n in going.items()
    ]
    return sorted(listed, key=lambda e: (-e["overdue"], -e["going"], e["code"]))


def _timers(samples: pd.DataFrame) -> list[dict[str, Any]]:
    """Return one line per statutory deadline: the number of batches in each state, the share met of those
    met, late or overdue, and the articles that set it, with how far they were read; none for a deadline that
    no rule sets for any batch. ``samples``: gold.sampling_lifecycle, one row per batch."""
    found = []
    for timer, words in TIMER.items():
        counts = Counter(s for s in samples[f"{timer}_timer"] if not missing(s))
        rules = samples[[f"{timer}_citation", f"{timer}_rule_status"]].dropna(subset=f"{timer}_citation")
        articles = sorted({(c, None if missing(s) else s) for c, s in rules.itertuples(index=False)}, key=str)
        if not articles and not any(counts[s] for s in TIMER_STATE if s != "not_applicable"):
            continue
        due = counts["met"] + counts["late"] + counts["overdue"]
        met = counts["met"] / due if due else None
        found.append(
            {
                "name": words,
                "counts": [(s, counts[s]) for s in TIMER_STATE if s != "not_applicable"],
                "cited": [ruled(c, status) for c, status in articles],
                "met": "–" if met is None else percent(met),
                "bar": bar_cell(met),
            }
        )
    return found


def _overdue(known: Gathered, samples: pd.DataFrame) -> list[dict[str, Any]]:
    """Return one line per deadline that has passed without the step being done: the one with most days late
    first. ``samples``: gold.sampling_lifecycle, one row per batch."""
    found = []
    late = samples[pd.to_numeric(samples["n_overdue"]).fillna(0) > 0]
    for row in dicts(late):
        for timer in TIMERS:
            if row[f"{timer}_timer"] != "overdue":
                continue
            due = row[f"{timer}_due"]
            found.append(
                {
                    "sample_id": row["sample_id"],
                    "plan": row["plan_id"],
                    "plan_name": known.names.of("plan", row["plan_id"]),
                    "platform_code": row["platform_code"],
                    "platform": known.names.of("platform", row["platform_code"]),
                    "seller_region_code": row["seller_region_code"],
                    "region": known.place(row["seller_region_code"]),
                    "category_code": row["category_code"],
                    "category": known.names.of("category", row["category_code"]),
                    "timer": timer,
                    "name": TIMER[timer],
                    "due": due,
                    "days_late": None if missing(due) else (known.night.date - due).days,
                    "rule_status": row[f"{timer}_rule_status"],
                    "citation": row[f"{timer}_citation"],
                }
            )
    return sorted(found, key=lambda e: (-(e["days_late"] or 0), e["sample_id"], e["timer"]))


def _exposure(known: Gathered, shops: pd.DataFrame) -> dict[str, Any] | None:
    """Return how often an account, an address or a buyer's name was used at a shop that had already seen it:
    counts over all purchases of samples, and the SHOPS shops with most such purchases. None where ``shops``
    is empty. ``shops``: gold.buyer_exposure, one row per shop."""
    if shops.empty:
        return None
    orders, stated, exposed = (
        int(pd.to_numeric(x).sum())
        for x in (shops["n_orders"], shops["n_orders"] - shops["n_untold"], shops["n_exposed"])
    )
    worst = exposed_shops(shops)
    return {
        "orders": count(orders),
        "cancelled": int(pd.to_numeric(shops["n_cancelled"]).sum()),
        "stated": count(stated),
        "exposed": count(exposed),
        "share": percent(exposed / stated) if stated else "–",
        "shops": len(shops),
        "seen": len(worst),
        "worst": [
            r | {"platform": known.names.of("platform", r["platform_code"])} for r in dicts(worst.head(SHOPS))
        ],
    }


def exposed_shops(shops: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of gold.buyer_exposure (``shops``) with a purchase by an account, address or name that
    the shop had seen, those with most such purchases first."""
    return shops[pd.to_numeric(shops["n_exposed"]) > 0].sort_values(
        ["n_exposed", "n_orders", "platform_code", "shop_id"], ascending=[False, False, True, True]
    )


def _refusals(refused: pd.DataFrame) -> list[tuple[Text, str, Any]]:
    """Return one line per reason of refusal, the most frequent first: its name, the number, and a bar
    relative to the most frequent one. ``refused``: gold.sampling_refusal, one row per refusal."""
    counts = Counter(refused["reason"])
    most = max(counts.values(), default=1)
    return [
        (label(REFUSAL, reason), count(n), bar_cell(n / most))
        for reason, n in sorted(counts.items(), key=lambda p: (-p[1], p[0]))
    ]
