"""Judges one tested item again, and finds why the laboratory came to a different verdict. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from jobs.marts.standards.designations import citations
from jobs.marts.standards.editions import Register
from jobs.marts.standards.judgement import (
    CLAIM,
    CONFORMING,
    MANDATORY,
    NONCONFORMING,
    NOT_JUDGED,
    Constraint,
    Judgement,
    judged,
)
from jobs.marts.standards.readings import Limits, NotUnderstood, limits

REPORTED = "reported"  # basis: a limit that the laboratory reports without saying of which standard
JUDGED = (CONFORMING, NONCONFORMING)
READ = (  # what `grounds` reads of a row
    "item_code",
    "item_name",
    "category_code",
    "standard_no",
    "page_standard_no",
    "unit",
    "limit_low",
    "limit_high",
    "claim_low",
    "claim_high",
)


@dataclass(frozen=True)
class Grounds:
    """The limits by which an item is judged. ``problem``: why they are not all known, else None."""

    mandatory: tuple[Constraint, ...]
    claims: tuple[Constraint, ...]
    problem: str | None = None


def grounds(row: Mapping[str, Any], register: Register, day: date | None) -> Grounds:
    """Return the limits that apply to a row of silver.test_result with the sample's `category_code` and the
    page's `page_standard_no`.

    Mandatory: what mandatory standards require of the item for the category, and the mandatory standard that
    the laboratory names, each in the edition valid on ``day`` (None: not known). The limits that the
    laboratory reports count where the register has none of that standard for the item. Claims: of label and
    page as reported, and what the voluntary standards that the page cites require."""
    items, category, lab, page = (
        (row["item_code"], row["item_name"]),
        row["category_code"],
        row["standard_no"],
        row["page_standard_no"],
    )
    named, cited = register.families(lab), register.families(page)
    found: dict[str, list[Constraint]] = {MANDATORY: [], CLAIM: []}
    answered, problem = False, None
    binding = register.mandatory_families(items, category)
    for family in dict.fromkeys([*binding, *named, *cited]):
        edition = register.edition(family, day, lab if family in named else page)
        if edition is None:
            # On a known day a standard without a valid edition requires nothing; only the laboratory must
            # not have judged by it.
            lost = (
                family in binding or family in cited
                if day is None
                else family in named and register.mandatory(lab)
            )
            problem = "no_edition" if lost else problem
            continue
        basis = MANDATORY if edition.mandatory and not edition.foreign else CLAIM
        if basis == CLAIM and family not in cited:
            continue
        rows = register.requirements(edition, items, category, day)
        found[basis] += [Constraint(r.limits, basis, edition.standard_no, r.rounded) for r in rows]
        answered = answered or (family in named and bool(rows))
    try:
        own, claim = reported(row), claimed(row)
    except NotUnderstood as unclear:
        return Grounds((), (), unclear.reason)
    if own and not answered and problem is None:
        if lab is None:
            found[MANDATORY] += [] if found[MANDATORY] else [Constraint(own, REPORTED)]
        elif register.mandatory(lab):
            found[MANDATORY].append(Constraint(own, MANDATORY, lab))
        elif set(citations(lab)) & set(citations(page)) or set(named) & set(cited):
            found[CLAIM].append(Constraint(own, CLAIM, lab))
    if claim:
        found[CLAIM].append(Constraint(claim, CLAIM))
    return Grounds(tuple(found[MANDATORY]), tuple(found[CLAIM]), None if found[MANDATORY] else problem)


def reported(row: Mapping[str, Any]) -> Limits | None:
    """Return the limits of the standard as the laboratory reports them, None without any. Raises
    NotUnderstood."""
    return limits(row["limit_low"], row["limit_high"], row["unit"])


def claimed(row: Mapping[str, Any]) -> Limits | None:
    """Return the limits that label or page claim, as the laboratory reports them, None without any. Raises
    NotUnderstood."""
    return limits(row["claim_low"], row["claim_high"], row["unit"])


def recomputed(row: Mapping[str, Any], given: Grounds) -> Judgement:
    """Return the item's judgement by the limits ``given``. Where one of them is not known, only a failure of
    a known one is certain; otherwise the item is not judged."""
    found = judged(row["value_text"], row["unit"], given.mandatory, given.claims)
    if given.problem and found.verdict != NONCONFORMING:
        return Judgement(NOT_JUDGED, reason=given.problem)
    return found


def cause(row: Mapping[str, Any], given: Grounds, found: Judgement, register: Register) -> str:
    """Return why a judged item differs from the laboratory's verdict: the first of these that would make the
    two agree.

    rounding: the value was rounded before it was compared, or not. claim: the claim was ignored, or was
    counted although looser. edition, limit: by the limits that the laboratory reports its verdict is right,
    but they are of another edition, or not those of the standard. value: its report contradicts its verdict.
    """
    theirs, value = row["lab_verdict"], (row["value_text"], row["unit"])
    other = [
        [Constraint(c.limits, c.basis, c.standard_no, not c.rounded) for c in part]
        for part in (given.mandatory, given.claims)
    ]
    if judged(*value, *other).verdict == theirs:
        return "rounding"
    if (
        given.mandatory
        and given.claims
        and any(
            judged(*value, *pair).verdict == theirs for pair in ((given.mandatory, ()), ((), given.claims))
        )
    ):
        return "claim"
    own = reported(row)
    if own and judged(*value, [Constraint(own, MANDATORY)], []).verdict == theirs:
        if not given.mandatory:
            return "claim"
        used, named = found.by.standard_no if found.by else None, row["standard_no"]
        one_family = bool(set(register.families(used)) & set(register.families(named)))
        return "edition" if one_family and not set(citations(used)) & set(citations(named)) else "limit"
    return "value"
