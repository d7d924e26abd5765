"""Judges a tested item from its value, the limits of mandatory standards and the claims of label and page
(definitions.md#judgement). Pure.

Numbers are exact: fractions for factors between units, decimals for rounding. Values are compared unrounded
(GB/T 8170-2008, 4.3.2, which that standard prescribes unless something else is said), and rounded first
(4.3.3) only where the standard says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_UP, Context, Decimal
from fractions import Fraction

from jobs.marts.standards.readings import (
    GRADE,
    Bound,
    Limits,
    NotUnderstood,
    Point,
    Rank,
    Reading,
    Span,
    Undetected,
    Word,
    reading,
)
from jobs.marts.standards.units import UnitError, factor

CONFORMING, NONCONFORMING, NOT_JUDGED = "conforming", "nonconforming", "not_judged"
MANDATORY, CLAIM = "mandatory", "claim"
NO_REQUIREMENT = "no_requirement"
_EXACT = Context(prec=60)


class Undecided(ValueError):
    """Raised where it is not certain whether a value meets a limit. ``reason``: `below_detection` (the value
    may lie on either side of the limit) or `in_words` (a number or grade and a limit that is not of its
    kind)."""

    def __init__(self, reason: str):
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Constraint:
    """The limits that one source sets for an item. ``basis``: MANDATORY (a mandatory standard), CLAIM (a
    label, a page, or a standard that these claim), or `recomputed.REPORTED`. ``standard_no``: the standard
    that sets them, None for label and page. ``rounded``: whether a value is rounded before it is compared."""

    limits: Limits
    basis: str
    standard_no: str | None = None
    rounded: bool = False


@dataclass(frozen=True)
class Judgement:
    """The result of a judgement. ``verdict``: CONFORMING, NONCONFORMING or NOT_JUDGED. ``by``: the constraint
    that decided, None where none did. ``reason``: why the item is not judged, else None: NO_REQUIREMENT, or
    the reason of a NotUnderstood, UnitError or Undecided."""

    verdict: str
    by: Constraint | None = None
    reason: str | None = None


def judged(
    value_text: str | None, unit: str | None, mandatory: Sequence[Constraint], claims: Sequence[Constraint]
) -> Judgement:
    """Return the judgement of a tested item, by the table of definitions.md#judgement. It never raises: what
    cannot be read or compared is not judged, with the reason.

    ``value_text``, ``unit``: the result as the laboratory reports it. ``mandatory``, ``claims``: the
    constraints of mandatory standards, and those that label and page claim.

    All constraints apply. So a claim counts where it is stricter than the mandatory limit, changes nothing
    where it is looser, and decides alone where there is no mandatory limit. Without any constraint the item
    is not judged (NO_REQUIREMENT). A value that fails one constraint is non-conforming, even where another
    cannot be decided."""
    binding = [*mandatory, *claims]
    if not binding:
        return Judgement(NOT_JUDGED, reason=NO_REQUIREMENT)
    try:
        value = reading(value_text, unit)
    except NotUnderstood as problem:
        return Judgement(NOT_JUDGED, reason=problem.reason)
    reason = None
    for constraint in binding:
        try:
            if not meets(value, constraint.limits, rounded=constraint.rounded):
                return Judgement(NONCONFORMING, constraint)
        except (UnitError, Undecided) as problem:
            reason = reason or problem.reason
    if reason:
        return Judgement(NOT_JUDGED, reason=reason)
    return Judgement(CONFORMING, _strictest(mandatory, claims))


def meets(value: Reading, limits: Limits, *, rounded: bool = False) -> bool:
    """Return whether a value meets limits: False as soon as it certainly fails one side, True where it
    certainly meets all of them.

    ``value``: as `readings.reading` returns it; a Word (passed, failed) decides by itself, without regard to
    the limits. A value that meets the bounds beside which there is a requirement in words is undecided.
    ``rounded``: round the value to the decimals of the limit first. A value below a detection limit that is
    not stated meets each upper bound.

    Raises `Undecided` where neither is certain (`<20` against at most 10; a number against a limit in words),
    and `UnitError` where units cannot be compared."""
    if isinstance(value, Word):
        return value.conforms
    met = _comparable_met(value, limits, rounded)
    if met and limits.words:
        raise Undecided("in_words")
    return met


def _comparable_met(value: Span | Undetected | Rank, limits: Limits, rounded: bool) -> bool:
    """As `meets`, by all that the limits state but words."""
    if limits.least is not None or isinstance(value, Rank):
        if isinstance(value, Rank) and limits.least is not None and limits.least.scale == value.scale:
            return value.place >= limits.least.place
        raise Undecided("in_words")
    if limits.absent:
        return _absent(value)
    answers, problem = [], None
    for bound, upper in ((limits.low, False), (limits.high, True)):
        if bound is not None:
            try:
                answers.append(_within(value, bound, upper, rounded))
            except (UnitError, Undecided) as found:
                problem = found
    if False in answers:
        return False
    if problem:
        raise problem
    return True


def _absent(value: Span | Undetected) -> bool:
    """Nothing may be detected: below detection meets it, a number above 0 does not."""
    if isinstance(value, Undetected) or (value.low is None and value.high is not None and value.high[1] < 0):
        return True
    if value.high is not None and value.high <= (Fraction(0), 0):
        return True
    if value.low is not None and value.low > (Fraction(0), 0):
        return False
    raise Undecided("below_detection")


def _within(value: Span | Undetected, bound: Bound, upper: bool, rounded: bool) -> bool:
    """Whether a value meets the bound on one side (``upper``: the upper one). ``rounded``: a single number is
    first rounded to the decimals of the bound. Raises Undecided where the value's range is on both sides of
    it, UnitError where the units differ in kind."""
    if isinstance(value, Undetected):
        if upper:  # what a method does not find is below the limit that the method was chosen for
            return True
        raise Undecided("below_detection")
    by = factor(value.unit or None, bound.unit or None)
    low, high = value.low, value.high
    if by != 1:
        low, high = ((p[0] * by, p[1]) if p is not None else None for p in (low, high))
    # A grade is read off a scale: a half one is no digit too many, and 3-4 must not become 4.
    if rounded and bound.unit != GRADE and low is not None and low == high:
        low = high = rounded_point(low, bound.decimals)
    if upper:
        if high is not None and high <= bound.point:
            return True
        if low is not None and low > bound.point:
            return False
    else:
        if low is not None and low >= bound.point:
            return True
        if high is not None and high < bound.point:
            return False
    raise Undecided("below_detection")


def rounded_point(point: Point, decimals: int) -> Point:
    """Return a value rounded once to ``decimals``, half to even (GB/T 8170-2008, 3.2), with side 0.

    ``point``: the number and the side of it on which the true value lies. A number exactly half-way whose
    side is known, such as 16.50(+) rounded to 0 decimals, is rounded to that side (3.3.2), here to 17: it was
    rounded before, and its last digit must not decide alone."""
    number, side = point
    value = _EXACT.divide(Decimal(number.numerator), Decimal(number.denominator))
    step = Decimal(1).scaleb(-decimals)
    half = abs(value - value.quantize(step, ROUND_DOWN)) * 2 == step
    away = (side > 0) == (number > 0)
    rule = ROUND_HALF_EVEN if not (half and side) else ROUND_UP if away else ROUND_DOWN
    return Fraction(value.quantize(step, rule)), 0


def _strictest(mandatory: Sequence[Constraint], claims: Sequence[Constraint]) -> Constraint:
    """The constraint by which a value is said to conform: a claim only where it is stricter than what is
    mandatory."""
    first, *others = [*mandatory, *claims]
    for other in others:
        if stricter(other.limits, first.limits):
            first = other
    return first


def stricter(one: Limits, other: Limits) -> bool:
    """Return whether ``one`` forbids a value that ``other`` allows, on the lower or the upper side; it may
    allow more on the other side. Used to name the constraint by which a value is said to conform.

    Of two grades of one scale the better one is stricter. A limit by which nothing may be detected is
    stricter than any other. False for limits in words, and where units cannot be compared."""
    if one.least and other.least and one.least.scale == other.least.scale:
        return one.least.place > other.least.place
    if one.absent or other.absent:
        return one.absent and not other.absent
    return _tighter(one.low, other.low, upper=False) or _tighter(one.high, other.high, upper=True)


def _tighter(one: Bound | None, other: Bound | None, *, upper: bool) -> bool:
    if one is None or other is None:
        return one is not None
    try:
        by = factor(one.unit or None, other.unit or None)
    except UnitError:
        return False
    point = (one.point[0] * by, one.point[1])
    return point < other.point if upper else point > other.point


def of_sample(verdicts: Sequence[tuple[str | None, str | None]]) -> tuple[str, bool | None]:
    """Return the outcome of a sample (CONFORMING, NONCONFORMING or NOT_JUDGED), and whether its failure is
    serious: True or False, None where it did not fail or that is not known. ``verdicts``: a pair (verdict,
    class) for each tested item; the class is A, B, C or None.

    One failing item makes the sample non-conforming, a failing item of class A makes that serious. Where a
    failing item has no class and none is of class A, it is not known whether the failure is serious. Without
    a judged item the sample is not judged."""
    failing = [item_class for verdict, item_class in verdicts if verdict == NONCONFORMING]
    if failing:
        return NONCONFORMING, True if "A" in failing else None if None in failing else False
    return (CONFORMING if any(v == CONFORMING for v, _ in verdicts) else NOT_JUDGED), None
