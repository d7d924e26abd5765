"""Judges a tested item again from the limits that apply to it, and finds why the laboratory came to a
different verdict. The register (editions.Register) says what the standards require. Pure."""

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
    """The limits by which an item is judged: ``mandatory``, those of mandatory standards, and ``claims``,
    those that label and page claim. ``problem``: why they are not all known (`no_edition`, or the reason of a
    NotUnderstood), else None."""

    mandatory: tuple[Constraint, ...]
    claims: tuple[Constraint, ...]
    problem: str | None = None


def grounds(row: Mapping[str, Any], register: Register, day: date | None) -> Grounds:
    """Return the limits that apply to a tested item.

    ``row``: READ: columns of silver.test_result, the sample's category_code, and page_standard_no, the
    standards that the listing's page cites (text). ``day``: day whose editions apply, None where it is not
    known.

    - Mandatory: what mandatory standards require of the item for the category, and the mandatory standard
      that the laboratory names, each in the edition valid on ``day``.
    - Claims: the limits that label and page claim, as the laboratory reports them, and those of the voluntary
      standards that the page cites.
    - The limits that the laboratory reports are used where the register holds none of the standard that it
      names for the item: as mandatory ones if that standard is mandatory, as a claim if the page cites it. If
      the laboratory names none, they are used (REPORTED) where no mandatory limit was found.

    ``problem`` is `no_edition` where no mandatory limit was found and the edition of a standard that matters
    is not known. Where the reported limits cannot be read, there are no limits, only the problem."""
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
    """Return the limits of the standard as the laboratory reports them (limit_low, limit_high, unit of
    ``row``); None without any. Raises NotUnderstood where they cannot be read."""
    return limits(row["limit_low"], row["limit_high"], row["unit"])


def claimed(row: Mapping[str, Any]) -> Limits | None:
    """Return the limits that label or page claim, as the laboratory reports them (claim_low, claim_high, unit
    of ``row``); None without any. Raises NotUnderstood where they cannot be read."""
    return limits(row["claim_low"], row["claim_high"], row["unit"])


def recomputed(row: Mapping[str, Any], given: Grounds) -> Judgement:
    """Return the judgement of a tested item by the limits ``given`` (as `grounds` returns them). ``row``:
    value_text and unit. Where not all limits are known (``given.problem``), a value that fails a known one is
    non-conforming; otherwise the item is not judged, with the problem as the reason."""
    found = judged(row["value_text"], row["unit"], given.mandatory, given.claims)
    if given.problem and found.verdict != NONCONFORMING:
        return Judgement(NOT_JUDGED, reason=given.problem)
    return found


def cause(row: Mapping[str, Any], given: Grounds, found: Judgement, register: Register) -> str:
    """Return why the judgement ``found`` of an item differs from the laboratory's verdict (lab_verdict of
    ``row``): the first of these changes that makes the two agree.

    - `rounding`: the value is rounded before it is compared, where it must not be, or the other way round.
    - `claim`: the claim is ignored, or decides although it is looser than the mandatory limit.
    - `edition`, `limit`: the item is judged by the limits that the laboratory reports. `edition` if these are
      of another edition of the same standard, by ``register``, else `limit`: they are not those of the
      standard. Where no mandatory limit applies, the cause is `claim` instead.
    - `value`: none of them; the laboratory's report contradicts its verdict.

    ``row``: READ with value_text and lab_verdict; ``given``: the limits by which ``found`` was judged. Raises
    NotUnderstood where the reported limits cannot be read."""
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
