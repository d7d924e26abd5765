"""Searches an outbox, files and pages, for what a recipient may not have: rows of another, results that their
parties do not know yet, plans that are still to be bought, identifiers made of a person's identity, and on
pages anything that the package's files do not hold."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
from outbox_pages import Read, pages

from jobs.lake.night import Snapshot

AUTHORITIES = ("region_", "lab_")  # who takes part in the procedure itself
PLANNED = ("buyers", "region_CN")
# Identifiers that belong to someone.
NAMING = {
    "silver.shop": ("shop_id",),
    "silver.platform": ("platform_code",),
    "silver.brand": ("brand_id",),
    "silver.lab": ("lab_id",),
    "gold.sampling_lifecycle": ("sample_id",),
    "gold.sampling_purchase": ("purchase_id", "plan_id", "listing_id"),
    "gold.counterfeit_case": ("report_id", "listing_id"),
    "gold.work_queue": ("subject_id",),
}
PERSON = re.compile(r"N-[0-9a-f]{24}")  # of silver.shop_operator: made of an identity
WORD = re.compile(r"[\w.-]*\w")


def rows(outbox: Path) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Recipient, file and row of everything that lies there as JSON Lines and in tables of pages."""
    for path in sorted(outbox.glob("*/*/*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            yield path.parents[1].name, path.name, json.loads(line)
    for recipient, path, text in pages(outbox):
        for kind, row in Read(text).rows:
            yield recipient, f"{kind} in {path.name}", row


def unsent(snapshot: Snapshot, outbox: Path) -> list[str]:
    """Words of pages that name a shop, listing, sample, report, purchase, plan, laboratory, brand or platform
    which no file of the same package names: a page says nothing that its package does not send."""
    known = {
        str(value)
        for table, columns in NAMING.items()
        if snapshot.version(table) is not None
        for column in columns
        for value in snapshot.frame(table, columns=[column])[column].dropna()
    }
    sent = {}
    for path in sorted(outbox.glob("*/*/*.jsonl")):
        sent.setdefault(path.parent, set()).update(WORD.findall(path.read_text(encoding="utf-8")))
    found = []
    for recipient, path, text in pages(outbox):
        bare = re.sub(r"<(script|style)>.*?</\1>", " ", text, flags=re.S)
        own = {recipient.partition("_")[2]}
        strange = set(WORD.findall(bare)) & known - sent.get(path.parent, set()) - own
        found += [f"{recipient}/{path.name}: {word}" for word in sorted(strange)]
    return found


def foreign(snapshot: Snapshot, outbox: Path) -> list[str]:
    """Rows of platforms, brands, laboratories and provinces that name another one, a shop, listing or sample
    of another platform, and samples of enterprises and clusters to which no trace leads."""
    shop = snapshot.frame("silver.shop", columns=["shop_id", "platform_code"])
    at = dict(zip(shop["shop_id"], shop["platform_code"], strict=True))
    life = snapshot.frame("gold.sampling_lifecycle", columns=["sample_id", "platform_code"])
    sold = dict(zip(life["sample_id"], life["platform_code"], strict=True))
    trace = snapshot.frame("gold.source_trace", columns=["subject_id", "node_id"])
    traced = set(zip(trace["subject_id"], trace["node_id"], strict=True))
    found = []
    for recipient, file, row in rows(outbox):
        kind, _, code = recipient.partition("_")
        own = {"platform": "platform_code", "brand": "brand_id", "lab": "lab_id"}.get(kind)
        wrong = own and row.get(own) not in (None, code)
        if kind == "platform" and row.get("shop_id"):
            wrong = wrong or any(at.get(s, code) != code for s in str(row["shop_id"]).split())
        if kind == "platform" and row.get("sample_id"):
            wrong = wrong or sold.get(row["sample_id"], code) != code
        if kind in ("enterprise", "cluster") and row.get("sample_id"):
            wrong = wrong or (row["sample_id"], code) not in traced
        if file.startswith(("leads", "overdue_work")) and code != "CN":
            place = row.get("region_code") if file.startswith("leads") else row.get("office_code")
            wrong = wrong or str(place)[:2] != code[:2]
        if wrong:
            found.append(f"{recipient}/{file}: {row}")
    return found


UNOBSERVED = ("serious_nonconformity", "consumer_report_rate", "consumer_report_number")


def known_conforming(snapshot: Snapshot, day: pd.Timestamp) -> Counter[str]:
    """By enterprise the samples that conformed, that their parties were notified of and whose plan had
    stopped buying by the day: of its shops and of its goods."""
    life = snapshot.frame("gold.sampling_lifecycle")
    notice = life[["result_notified_on", "notified_by_announcement_on"]].notna().any(axis=1)
    plan = snapshot.frame("silver.sampling_plan", columns=["plan_id", "ends_on"])
    over = plan.loc[pd.to_datetime(plan["ends_on"]) < day, "plan_id"]
    fine = life["outcome"].eq("conforming") & notice & life["plan_id"].isin(over)
    sample = snapshot.frame("silver.sample", columns=["sample_id", "shop_id", "producer_uscc"])
    sample = sample[sample["sample_id"].isin(life.loc[fine, "sample_id"])]
    operator = snapshot.frame("silver.shop_operator", columns=["shop_id", "enterprise_id"])
    runs = dict(zip(operator["shop_id"], operator["enterprise_id"], strict=True))
    pairs = zip(sample["shop_id"].map(runs), sample["producer_uscc"], strict=True)
    return Counter(code for pair in pairs for code in set(pair) if isinstance(code, str))


def hidden_in_sums(snapshot: Snapshot, outbox: Path) -> list[str]:
    """Enterprises whose credit class, score or counts hold more than the rows that it lists, or whose sum of
    samples that conformed holds more than those that it may know."""
    sent: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for path in sorted(outbox.glob("enterprise_*/*/credit_standing.jsonl")):
        lines = path.read_text(encoding="utf-8").splitlines()
        sent[path.parents[1].name, path.parent.name] = [json.loads(line) for line in lines]
    if not any(sent.values()):
        return []
    card = snapshot.frame("silver.scorecard", columns=["item", "kind", "points", "most"])
    base = float(card.loc[card["kind"].eq("base"), "points"].iloc[-1])
    fact = card[card["kind"].eq("fact")].drop_duplicates("item", keep="last").set_index("item")
    found = []
    for (recipient, day), mine in sent.items():
        known = known_conforming(snapshot, pd.Timestamp(day))[recipient.partition("_")[2]]
        points = sum(row["fact_points"] for row in mine)
        listed = Counter(row["fact"] for row in mine if row["fact"] not in UNOBSERVED)
        conformed = sum(row["fact_points"] for row in mine if row["fact"] == "conforming_sample")
        most = min(known, fact["most"].get("conforming_sample", 0)) * fact["points"]["conforming_sample"]
        alone = sum(n for item, n in listed.items() if item != "conforming_sample")
        full = any(n >= fact["most"][item] for item, n in listed.items() if item != "conforming_sample")
        for row in mine[:1]:
            more = abs(max(base + points, -100.0) - row["score"]) > 0.005 * len(mine) + 0.011
            more = more or conformed > most + 0.001
            if more or (not full and row["n_observations"] > alone + known):
                found.append(f"{recipient}: {row}")
    return found


def early(snapshot: Snapshot, outbox: Path) -> list[str]:
    """Rows about findings that their parties do not know, and results of known ones that they do not, outside
    of who takes part in the procedure."""
    life = snapshot.frame("gold.sampling_lifecycle")
    notice = life[["result_notified_on", "notified_by_announcement_on"]].apply(pd.to_datetime).min(axis=1)
    known = notice.notna() | life["takedown_ordered_on"].notna()
    of_exit = life["exit_kind"].eq("violation") & ~pd.to_datetime(life["result_issued_on"]).le(notice)
    unknown = set(life.loc[notice.isna() | of_exit, "sample_id"])
    bulletin = snapshot.frame("gold.bulletin", columns=["sample_id", "disclosure"])
    given = bulletin.loc[bulletin["disclosure"].isin(("published", "due")), "sample_id"]
    public = set(given)
    secret = set(life.loc[~known & ~life["sample_id"].isin(public), "sample_id"])
    if snapshot.version("gold.counterfeit_case") is not None:
        case = snapshot.frame("gold.counterfeit_case", columns=["report_id", "taken_down_on"])
        on_offer = set(case.loc[case["taken_down_on"].isna(), "report_id"])
    else:
        on_offer = set()
    return [
        f"{recipient}/{file}: {row}"
        for recipient, file, row in rows(outbox)
        if not recipient.startswith(AUTHORITIES)
        and (
            row.get("sample_id") in secret
            or row.get("fact_record") in secret | on_offer
            or (row.get("outcome") and row.get("sample_id") in unknown - public)
        )
    ]


def planned(snapshot: Snapshot, outbox: Path) -> list[str]:
    """Rows that name a purchase or plan that is proposed, outside of buyers and the authority whose plan it
    is."""
    purchase = snapshot.frame("gold.sampling_purchase", columns=["purchase_id", "plan_id"])
    secret = set(pd.concat([purchase["purchase_id"], purchase["plan_id"]]))
    return [
        f"{recipient}/{file}: {row}"
        for recipient, file, row in rows(outbox)
        if recipient not in PLANNED and not secret.isdisjoint(str(v) for v in row.values())
    ]


def persons(outbox: Path) -> list[str]:
    """Rows and pages that hold the identifier of a natural person."""
    found = [f"{to}/{file}: {row}" for to, file, row in rows(outbox) if PERSON.search(json.dumps(row))]
    return found + [f"{to}/{path.name}" for to, path, text in pages(outbox) if PERSON.search(text)]
