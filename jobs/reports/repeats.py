"""Shops and producers with two or more non-conforming batches in the last twelve months, as the pages of
platforms and provinces list them, and the shops of the nation together (gold.repeat_failure). Counts by
design and no rates."""

from __future__ import annotations

from datetime import date
from typing import Any

from jobs.arrays import dicts
from jobs.marts.public_names import WITHHELD, of_person
from jobs.reports import cases
from jobs.reports.figures import twelve_months_text
from jobs.reports.gathered import Gathered
from jobs.reports.numbers import missing
from jobs.reports.wording import INDIVIDUAL, Text, same

TABLE = "gold.repeat_failure"
DOWNLOAD = "data/repeat_failure.csv"
PERIOD = "rolling12"
MOST, MOST_BATCHES = 10, 3  # parties of a kind on a page; batches of a party that it links
MOST_SHOPS = 300  # of the nation
# By which the search finds a page with the list.
WORDS = "屡次检出不合格 屡次不合格 多次不合格 重复不合格 repeat failures"
ASKED = "不合格最多 最差 网店 店铺 worst shops with most failing goods of in the"  # and by which readers ask
PARTY = {"shop": Text("网店", "Shop"), "producer": Text("生产者", "Producer")}


def repeats(known: Gathered, dimension: str, code: str) -> dict[str, Any] | None:
    """Return the repeat failures of a platform or province: ``window`` in words; ``kinds``, one dict per kind
    of party with ``name``, ``rows`` (`_row`, those with most failing batches first, at most MOST) and
    ``all``. None without any."""
    mine = _listed(known).get((dimension, code), [])
    if not mine:
        return None
    of_kind = [(words, [r for r in mine if r["party"] == kind]) for kind, words in PARTY.items()]
    return {
        "window": _window(known, mine[0]["period_start"]),
        "kinds": [
            {"name": words, "rows": [_row(known, r) for r in rows[:MOST]], "all": len(rows)}
            for words, rows in of_kind
            if rows
        ],
    }


def shops(known: Gathered) -> dict[str, Any]:
    """Return the shops of the nation that are repeat failures: ``rows`` (`_row`, those with most failing
    batches first, at most MOST_SHOPS), each with its ``platforms`` and its ``province`` (None where that is
    not known) as (code, name); ``all``, their number; ``window`` in words, None without any.

    A shop counts with its batches of all platforms where its province is known, else with those of the
    platform on which it has most."""
    found: dict[str, dict[str, Any]] = {}
    on: dict[str, list[str]] = {}
    for (dimension, code), rows in sorted(_listed(known).items()):
        for r in (r for r in rows if r["party"] == "shop"):
            if dimension == "platform":
                on.setdefault(r["party_id"], []).append(code)
            there = found.get(r["party_id"])
            if dimension == "region" or there is None or r["n_failing"] > there["n_failing"]:
                found[r["party_id"]] = r
    listed = sorted(found.values(), key=lambda r: (-r["n_failing"], r["party_id"]))
    return {
        "window": _window(known, listed[0]["period_start"]) if listed else None,
        "all": len(listed),
        "rows": [
            _row(known, r)
            | {
                "platforms": [(c, known.names.of("platform", c)) for c in on.get(r["party_id"], [])],
                "province": (r["dimension_code"], known.names.of("region", r["dimension_code"]))
                if r["dimension_type"] == "region"
                else None,
            }
            for r in listed[:MOST_SHOPS]
        ],
    }


def _window(known: Gathered, start: date) -> Text:
    return twelve_months_text(start, known.rates.until("rolling12", start))


def parties(known: Gathered) -> list[tuple[str, str, str, Text | None]]:
    """Return (path, `shop` or `enterprise`, code, name) of each party in a list of repeat failures on the
    page of a platform or province: one tuple per such page, so that a party may occur several times, the
    pages of platforms first.

    ``path``: the address of the list on that page (`platforms/P01.html#repeats`); ``name``: as `name` returns
    it (None where not known; of a shop INDIVIDUAL where it may not be shown). Of each page the first MOST
    shops and the first MOST producers, as it lists them; natural persons are left out, and producers whose
    name may not be shown."""
    found: list[tuple[str, str, str, Text | None]] = []
    for key, path in sorted(pages(known).items()):
        for kind, called in (("shop", "shop"), ("producer", "enterprise")):
            mine = [r for r in _listed(known)[key] if r["party"] == kind][:MOST]
            named = ((r["party_id"], name(known, r)) for r in mine if not of_person(r["party_id"]))
            found += [
                (path, called, code, words)
                for code, words in named
                if kind == "shop" or words != INDIVIDUAL  # a credit code would lead to the name
            ]
    return found


def pages(known: Gathered) -> dict[tuple[str, str], str]:
    """Return (dimension, code) of each unit whose page lists repeat failures → the address of that list."""
    paths = {key: known.names.href(*key) for key in _listed(known)}
    return {key: f"{path}#repeats" for key, path in paths.items() if path}


def name(known: Gathered, r: dict[str, Any]) -> Text | None:
    """Return the name of a party as it may be published: of a shop as bulletins name it, of a producer as in
    the register; None where neither has one, and for natural persons. ``r``: party and party_id."""
    if of_person(r["party_id"]):
        return None
    if r["party"] == "shop":
        filed = known.about("gold.bulletin", "shop_id").get(r["party_id"], {}).get("shop_name")
    else:
        filed = known.about("silver.enterprise", "enterprise_id").get(r["party_id"], {}).get("name")
    if missing(filed):
        return None
    return INDIVIDUAL if filed == WITHHELD else same(str(filed))


def _listed(known: Gathered) -> dict[tuple[str, str], list[dict[str, Any]]]:
    """Return (dimension, code) → its rows of PERIOD, those with most failing batches first; computed once for
    all pages."""
    if "_repeats" not in known.__dict__:
        rows = known.night.frame(TABLE)
        rows = rows[rows["period_type"] == PERIOD].sort_values(
            ["n_failing", "party_id"], ascending=[False, True]
        )
        found: dict[tuple[str, str], list[dict[str, Any]]] = known.__dict__.setdefault("_repeats", {})
        for r in dicts(rows):
            found.setdefault((r["dimension_type"], r["dimension_code"]), []).append(r)
    kept: dict[tuple[str, str], list[dict[str, Any]]] = known.__dict__["_repeats"]
    return kept


def _row(known: Gathered, r: dict[str, Any]) -> dict[str, Any]:
    """What a page shows of a party: ``name`` or None, ``code`` ('' where the name is withheld, which it would
    lead to; a shop is named by its code then), ``place``, failing and judged batches by design, day of the
    newest failing one, and its ``batches`` with their links."""
    called = Text("自然人", "natural person") if of_person(r["party_id"]) else name(known, r)
    withheld = of_person(r["party_id"]) or called == INDIVIDUAL
    if called == INDIVIDUAL and r["party"] == "shop":
        shop = r["party_id"]
        called = Text(f"网店{shop}（{INDIVIDUAL.zh}）", f"shop {shop} ({INDIVIDUAL.en})")
    return {
        "code": "" if withheld else r["party_id"],
        "name": called,
        "place": known.place(r["region_code"]),
        "targeted": f"{r['n_failing_targeted']} / {r['n_judged_targeted']}",
        "probability": f"{r['n_failing_probability']} / {r['n_judged_probability']}",
        "failing": int(r["n_failing"]),
        "last": "" if missing(r["last_failed_on"]) else str(r["last_failed_on"]),
        "batches": [(s, cases.record(known, "sample", s)) for s in list(r["sample_ids"])[:MOST_BATCHES]],
    }
