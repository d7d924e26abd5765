"""The batches of a plan's bulletin as pages show them: what was sampled, where and from whom, what failed and
by how much, what followed, and what the parties say. A plan is a sampling plan; a batch is one sample of
goods bought or drawn under it (a row of gold.bulletin). Column ``disclosure`` says whether it may be public
(PUBLIC), may not be yet (pending) or never (never)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from jobs.arrays import dicts
from jobs.marts.public_names import WITHHELD
from jobs.marts.sampling.standing import GRANTED
from jobs.reports import case_facts
from jobs.reports.file_ledger import items
from jobs.reports.filed_limits import limits
from jobs.reports.gathered import Gathered
from jobs.reports.names import filed_value, finding, page_name, tested_item
from jobs.reports.numbers import missing
from jobs.reports.procedure import EXIT_REASON, OUTCOME, authenticity_said, objection_said, refused_again
from jobs.reports.public_state import STATES, listed_in, public_state
from jobs.reports.shelved import bulletin_with
from jobs.reports.wording import INDIVIDUAL, Text, label, same

TABLE = "gold.bulletin"
PUBLIC = ("published", "due")  # what may be public; of the others a page gives the number alone
_PARTED = ["sample_id", "final_outcome", "exit_kind", "serious"]  # what `_verdict` takes
_COMMENTS = ("comment_days", "comment_names", "comment_texts")
MOST_FAILED, SHOWN = 120, 200  # batches that a page lists: non-conforming ones, others; the download has all


@dataclass(frozen=True)
class Batches:
    """The batches of a plan; of those that may be public the first as dicts (`batch`). ``bad``:
    non-conforming, serious ones first, then referred before the test for a violation, MOST_FAILED at most,
    each with its follow-up; ``sound``: all others, with a verdict or without, SHOWN at most; ``n_bad``,
    ``n_sound``: how many there are of both; ``withheld``: number of batches that may not be published yet;
    ``void``: number of those that never are."""

    bad: list[dict[str, Any]]
    sound: list[dict[str, Any]]
    n_bad: int
    n_sound: int
    withheld: int
    void: int

    @property
    def listed(self) -> int:
        """How many batches may be public."""
        return self.n_bad + self.n_sound


def public(known: Gathered) -> pd.DataFrame:
    """Return the rows of gold.bulletin of batches that may be public, in the table's order."""
    frame = known.night.frame(TABLE)
    return frame[frame["disclosure"].isin(PUBLIC)]


def batches(known: Gathered, rows: pd.DataFrame) -> Batches:
    """Return the batches of a plan (`Batches`): those that may be public, and how many others it has.
    ``rows``: its rows of gold.bulletin, of any disclosure."""
    disclosed = rows["disclosure"].tolist()
    verdicts = [
        _verdict(*row) | {"place": place}
        for place, (kind, *row) in enumerate(zip(disclosed, *(rows[c] for c in _PARTED), strict=True))
        if kind in PUBLIC
    ]
    bad, sound = parted(verdicts)
    # A page shows the first ones, and a plan has thousands.
    places = [b["place"] for b in (*bad[:MOST_FAILED], *sound[:SHOWN])]
    shown = [batch(known, r) for r in dicts(rows.iloc[places])]
    n_shown = min(len(bad), MOST_FAILED)
    return Batches(
        [_followed(known, b) for b in shown[:n_shown]],
        shown[n_shown:],
        len(bad),
        len(sound),
        disclosed.count("pending"),
        disclosed.count("never"),
    )


def _followed(known: Gathered, made: dict[str, Any]) -> dict[str, Any]:
    """A batch with its follow-up: ``course``, the steps taken, and ``waiting``, the open tasks."""
    sample = made["sample"]
    return made | {"course": case_facts.course(known, sample), "waiting": case_facts.waiting(known, sample)}


def anchor(code: str) -> str:
    """Return the id of the row that shows a batch or case, by its number: the number, or a hash where it
    cannot be the name of a page (`page_name`)."""
    return page_name(code).removesuffix(".html")


def rows_listed(known: Gathered) -> dict[str, bool]:
    """Return sample_id of each batch with a row on the page of its plan → whether the row shows its follow-up
    too, as that of a non-conforming or referred batch does; computed once for all pages."""
    if "_rows_listed" not in known.__dict__:
        found: dict[str, bool] = known.__dict__.setdefault("_rows_listed", {})
        # Of each row only what `parted` asks for: a process that makes other pages needs no batch whole.
        frame = known.night.frame(TABLE)
        rows = frame.loc[frame["disclosure"].isin(PUBLIC), ["plan_id", *_PARTED]] if len(frame) else frame
        for _, mine in rows.groupby("plan_id", sort=False) if len(rows) else ():
            bad, sound = parted([_verdict(*row) for row in zip(*(mine[c] for c in _PARTED), strict=True)])
            found |= {b["sample"]: False for b in sound[:SHOWN]}
            found |= {b["sample"]: True for b in bad[:MOST_FAILED]}
    return known.__dict__["_rows_listed"]


def results(known: Gathered, samples: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return sample_id → what failed in the batch and by how much, for those of ``samples`` whose result may
    be public; others are left out. ``product``: its name; ``shop``: that of its shop, None where unknown;
    ``failed``: whether the final result is that it does not conform, which batches that left before the test
    have none of; ``items``: as `failing` returns them, [] where nothing failed or no item is named;
    ``serious``: a bool; ``row``: the address of the batch on the page of its plan, None where that page does
    not list it."""
    frame, rows = known.night.frame(TABLE), rows_listed(known)
    mine = frame[frame["disclosure"].isin(PUBLIC) & frame["sample_id"].isin(list(samples))]
    found = {}
    for r in dicts(mine):
        plan = known.names.href("plan", r["plan_id"]) if r["sample_id"] in rows else None
        found[r["sample_id"]] = {
            "failed": r["final_outcome"] == "nonconforming",
            "product": text(r["product_name"]),
            "shop": _party(shop) if (shop := text(r["shop_name"])) else None,
            "items": failing(r),
            "serious": bool(r["serious"]),
            "row": f"{plan}#{anchor(r['sample_id'])}" if plan else None,
        }
    return found


def of_trace(known: Gathered, kind: str, code: str, found: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return what the trace of a batch says of it beside: ``sample`` (whether it is one), ``failed`` (its
    entry in ``found``, None without one), ``course`` (its follow-up in one line, None where it is no sample)
    and ``waiting`` (its open tasks). ``kind``, ``code``: subject_type and subject_id of the trace; ``found``:
    as `results` returns it."""
    if kind != "sample":
        return {"sample": False, "failed": None, "course": None, "waiting": []}
    after = {"course": case_facts.course(known, code), "waiting": case_facts.waiting(known, code)}
    return {"sample": True, "failed": found.get(code)} | after


def parted(made: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return two lists: the batches that do not conform, serious ones first, then by sample, followed by
    those that left before the test; and all others. The latter two are in the order given. ``made``: dicts
    with at least the keys sample, outcome, exit and serious, as `batch` has them."""
    failed = [b for b in made if b["outcome"] == "nonconforming"]
    exits = [b for b in made if b["exit"] and b["outcome"] != "nonconforming"]
    failed.sort(key=lambda b: (not b["serious"], b["sample"]))
    return failed + exits, [b for b in made if b["outcome"] != "nonconforming" and not b["exit"]]


def batch(known: Gathered, r: dict[str, Any]) -> dict[str, Any]:
    """Return a row of gold.bulletin as a dict for templates, with texts as they were filed (templates escape
    them), '' for what is missing. Its keys are sample, plan, outcome (code, '' for none), exit (whether it
    left before the test), serious, found (the result in words), public (a key of `public_state.STATES`, meant
    for batches that may be public), public_said (the same in words), listed_in (the published bulletin of
    this project that has it, in words, None without), overturned, product, brand, shop, seller, producer,
    items (`failing`), comments (list of (day, party, text)), days as texts, and others. Keys that end with
    _words, _name or _place are `Text`; places, laboratories, objection and remark are None where missing.
    platform and category are codes."""
    verdict = _verdict(*(r[c] for c in _PARTED))
    exit_kind, outcome = verdict["exit"], verdict["outcome"]
    bulletin = bulletin_with(known.night.bundles, r["plan_id"], r["sample_id"])
    state = public_state(r["published_on"], bulletin)
    overturned = r["first_outcome"] == "nonconforming" and outcome == "conforming"
    return verdict | {
        "anchor": anchor(r["sample_id"]),
        "plan": r["plan_id"],
        "public": state,
        "public_said": STATES[state],
        "listed_in": None if bulletin is None else listed_in(bulletin),
        "found": label(EXIT_REASON, r["exit_reason"])
        if exit_kind and not outcome
        else label(OUTCOME, outcome),
        "overturned": overturned,
        "product": text(r["product_name"]),
        "brand": text(r["brand"]),
        "brand_words": known.brand(r["brand"]),
        "batch_no": text(r["batch_no"]),
        "produced_on": text(r["produced_on"]),
        "shop": text(r["shop_name"]),
        "shop_words": _party(text(r["shop_name"])),
        "shop_id": text(r["shop_id"]),
        "listing": text(r["listing_id"]),
        "seller": text(r["seller_name"]),
        "seller_words": _party(text(r["seller_name"])),
        "seller_place": known.place(r["seller_region_code"]),
        "producer": text(r["producer_name"]),
        "producer_words": _party(text(r["producer_name"])),
        "producer_place": known.place(r["producer_region_code"]),
        "platform": r["platform_code"],
        "platform_name": known.names.of("platform", r["platform_code"]),
        "category": r["category_code"],
        "category_name": known.names.of("category", r["category_code"]),
        "items": failing(r),
        "lab": _laboratory(known, text(r["lab_name"])),
        "again": text(r["reinspection_on"]),
        "again_lab": _laboratory(known, text(r["reinspection_lab_name"])),
        "again_refused": None
        if missing(r["reinspection_refusal"])
        else refused_again(r["reinspection_refusal"]),
        "objection": _objection(r, outcome),
        "objected_on": text(r["objection_on"]),
        "objection_decided_on": text(r["objection_decided_on"]),
        "remark": upheld_before(r, fails=outcome == "nonconforming"),
        "comments": [
            (day, _party(who), said)
            for day, who, said in zip(*(items(r[c]) for c in _COMMENTS), strict=False)
        ],
        "published_on": text(r["published_on"]),
        "public_from": text(r["public_from"]),
    }


def _objection(r: dict[str, Any], outcome: str) -> Text | None:
    """The objection to a batch in words, None without one. ``outcome``: the final one of the batch."""
    state, kind, party = (
        None if missing(r[c]) else r[c] for c in ("objection_state", "objection_kind", "objection_party")
    )
    return None if state is None else objection_said(state, kind, party, fails=outcome == "nonconforming")


def upheld_before(r: dict[str, Any], *, fails: bool) -> Text | None:
    """Return in words that an objection to the authenticity of a batch was upheld, where another objection
    was decided after it or is open; None without one. ``r``: a row of gold.bulletin; ``fails``: whether its
    final outcome is non-conforming."""
    party = r["authenticity_upheld_for"]
    granted = r["objection_kind"] == "authenticity" and r["objection_state"] in GRANTED
    said = granted and r["objection_party"] == party
    return None if missing(party) or said else authenticity_said(party, fails=fails)


def _verdict(sample: str, outcome: Any, exit_kind: Any, serious: Any) -> dict[str, Any]:
    """What `parted` asks of a batch: its id, its outcome ('' where there is none), whether it left before the
    test, and whether it is serious. Arguments: the columns _PARTED of gold.bulletin."""
    return {
        "sample": sample,
        "outcome": "" if missing(outcome) else outcome,
        "exit": not missing(exit_kind),
        "serious": not missing(serious) and bool(serious),
    }


def _party(filed: str) -> Text:
    """The name of a party as it may be published (`public_names`), a withheld one in both languages."""
    return INDIVIDUAL if filed == WITHHELD else same(filed or "–")


def _laboratory(known: Gathered, filed: str) -> Text | None:
    """Return a laboratory's name as filed, in English as the register has it where it has that name; None for
    ''."""
    if not filed:
        return None
    if "_labs" not in known.__dict__:  # the first one of a name, of batches by the ten thousand
        known.__dict__["_labs"] = {n.zh: n for n in reversed(known.names.by_dimension["lab"].values())}
    named: Text = known.__dict__["_labs"].get(filed) or same(filed)
    return named


def failing(r: dict[str, Any]) -> list[dict[str, Any]]:
    """Return one dict per failed item of a row of gold.bulletin, in the order filed; [] where none
    failed. Each in Chinese and English (Text): ``name``; ``value`` with its unit; ``said``, both in one
    phrase; ``limit`` of the standard and ``claim`` of the label (`bounds`; None without one); ``judged_by``,
    ``said`` with these in brackets. As filed, '' where missing: ``standard``, and ``class`` of
    seriousness."""
    if not items(r["item_names"]):  # as of most batches
        return []
    lists = {
        c: items(r[f"item_{c}"])
        for c in (
            "names",
            "values",
            "units",
            "limits_low",
            "limits_high",
            "claims_low",
            "claims_high",
            "standards",
            "classes",
        )
    }
    found = []
    for n, name in enumerate(lists["names"]):
        cell = {c: values[n] if n < len(values) else "" for c, values in lists.items()}
        # A value in words has no unit, even where a laboratory files one.
        unit = cell["units"] if re.search(r"[0-9]", cell["values"]) else ""
        item, value = tested_item(name), filed_value(cell["values"], unit)
        limit = bounds(cell["limits_low"], cell["limits_high"], cell["units"])
        claim = bounds(cell["claims_low"], cell["claims_high"], cell["units"])
        found.append(
            {
                "name": item,
                "value": value,
                "said": finding(item, value),
                "limit": limit,
                "claim": claim,
                "judged_by": _judged_by(finding(item, value), limit, claim),
                "standard": cell["standards"],
                "class": cell["classes"],
            }
        )
    return found


def _judged_by(said: Text, limit: Text | None, claim: Text | None) -> Text:
    """Return a finding with what it is judged by in one pair of brackets: the limit of the standard, the
    claim."""
    parts = []
    if limit:
        parts.append(Text(f"标准要求 {limit.zh}", f"required by the standard: {limit.en}"))
    if claim:
        parts.append(Text(f"明示 {claim.zh}", f"claimed: {claim.en}"))
    if not parts:
        return said
    zh, en = "；".join(p.zh for p in parts), "; ".join(p.en for p in parts)
    return Text(f"{said.zh}（{zh}）", f"{said.en} ({en})")


# Requirements that name no limit.
_COMPLY = {"应符合要求", "应符合", "符合要求", "文字要求"}


def bounds(low: str, high: str, unit: str = "") -> Text | None:
    """Return a lower and an upper limit with their unit as one text (`limits`), or a requirement in words.
    None where both are '' or say only that the item must comply."""
    low, high = ("" if side in _COMPLY else side for side in (low, high))
    return limits(low, high, unit)


def words(found: list[dict[str, Any]]) -> Text:
    """Return failed items in one line, each with its value and limit: "lead 120 mg/kg (≤90 mg/kg)". ''
    without any. ``found``: as `failing` returns them."""
    made = []
    for i in found:
        allowed = i["limit"] or i["claim"]
        zh, en = (f"（{allowed.zh}）", f" ({allowed.en})") if allowed else ("", "")
        made.append(Text(i["said"].zh + zh, i["said"].en + en))
    return Text("；".join(m.zh for m in made), "; ".join(m.en for m in made))


def text(value: Any) -> str:
    """Return a cell as text, '' where it is missing."""
    return "" if missing(value) else str(value)
