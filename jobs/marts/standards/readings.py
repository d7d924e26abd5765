"""Reads test results and limits, as laboratories and standards write them, into forms that can be compared:
numbers, grades, words, and values below the limit of detection. Pure.

Nothing is guessed: a result of no known form raises `NotUnderstood`, and a limit of no known form becomes a
limit in words, with which no number is compared."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any

from jobs.marts.standards.units import UnitError, factor, plain, unit_of

# A number and the side of it on which the true value lies: (20, -1) is just below 20. Compared as tuples.
Point = tuple[Fraction, int]

# 1.2×103 may have lost a superscript, and 1.2*1000 is a product: neither is read as a power.
_NUMBER = (
    r"[+-]?(?:[1-9][0-9]{0,2}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,2}|"
    r"[×x*]10(?:\^[+-]?|[+-])[0-9]{1,2})?"
)
_SIGNED = re.compile(rf"(?P<number>{_NUMBER})(?:\(?\^?(?P<side>[+-])\)?(?![0-9.]))?(?P<unit>.*)")
_SIGN = (
    r"(?P<sign><=|>=|<|>|≤|≥|≦|≧|小于等于|大于等于|(?:不|不得|不应)(?:大于|小于|超过|高于|低于)|"
    r"小于|大于|低于|高于)"
)
_COMPARED = re.compile(rf"{_SIGN}(?P<number>{_NUMBER})(?P<unit>.*)")
_BETWEEN = re.compile(rf"(?P<low>{_NUMBER})(?P<unit1>[^0-9~]*?)(?:~|至|到|-)(?P<high>{_NUMBER})(?P<unit>.*)")
_ABOUT = re.compile(rf"±(?P<number>{_NUMBER})(?P<unit>.*)")
GRADE = "级"
_HALF_GRADE = re.compile(rf"{_SIGN}?(?P<low>[1-9])(?P<dash>[-~])(?P<high>[1-9])(?P<unit>{GRADE})?")
# → on which side of the number a value lies (-1 below, 1 above), and the side of its end point: 0 where the
# number is in it
_SIGNS = {
    "<": (-1, -1),
    "小于": (-1, -1),
    "低于": (-1, -1),
    "<=": (-1, 0),
    "≤": (-1, 0),
    "≦": (-1, 0),
    "小于等于": (-1, 0),
    ">": (1, 1),
    "大于": (1, 1),
    "高于": (1, 1),
    ">=": (1, 0),
    "≥": (1, 0),
    "≧": (1, 0),
    "大于等于": (1, 0),
    **{no + word: (-1, 0) for no in ("不", "不得", "不应") for word in ("大于", "超过", "高于")},
    **{no + word: (1, 0) for no in ("不", "不得", "不应") for word in ("小于", "低于")},
}
_PASSED = frozenset(
    (
        "符合 合格 通过 符合要求 符合标准 符合规定 符合标准要求 符合标准规定 满足要求 pass passed conforming"
    ).split()
)
_FAILED = frozenset(
    (
        "不符合 不合格 不通过 未通过 不符合要求 不符合标准 不符合规定 不符合标准要求 "
        "不符合标准规定 不满足要求 fail failed nonconforming"
    ).split()
)
_UNDETECTED = re.compile(
    r"(?:未检出|未检测出|n\.?d\.?|notdetected|阴性|(?:<|小于|低于)(?:方法)?(?:lod|loq|检出限|定量限))(?P<more>.*)"
)
_DETECTED = frozenset(("检出", "阳性"))
_ABSENT = re.compile(r"(?:不得|不应|不允许)(?:检出|使用|添加)|禁用|禁止使用")
_NOTHING = frozenset(("/", "-", "--"))  # in a column of limits
SCALES = (
    ("不合格品", "合格品", "一等品", "优等品"),
    ("C类", "B类", "A类"),
)  # worst first; GB 18401 calls the strictest A类


class NotUnderstood(ValueError):
    """Raised for a text that cannot be read. ``reason``: `no_value` (a result is missing),
    `value_not_understood` or `limit_not_understood`."""

    def __init__(self, reason: str, text: str | None):
        super().__init__(f"{reason}: {text!r}")
        self.reason = reason


@dataclass(frozen=True)
class Span:
    """A measured value that lies between two points, in ``unit`` (as `units.unit_of` writes it, '' where none
    is stated). None for a point: the value has no end on that side. A number is a span whose two points are
    equal; "<20" has no ``low``."""

    low: Point | None
    high: Point | None
    unit: str


@dataclass(frozen=True)
class Undetected:
    """A result below the limit of detection, where the report does not state that limit."""


@dataclass(frozen=True)
class Word:
    """A result in words: the laboratory states that the requirement is met (``conforms``), or that it is
    not."""

    conforms: bool


@dataclass(frozen=True)
class Rank:
    """A grade: its position ``place`` in SCALES[``scale``], where 0 is the worst."""

    scale: int
    place: int


Reading = Span | Undetected | Word | Rank


@dataclass(frozen=True)
class Bound:
    """One side of a limit. ``point``: its number and whether that number itself is allowed (side 0) or not;
    ``unit``: unit of the number as `units.unit_of` writes it, '' where none is stated; ``decimals``: number
    of decimals with which it is written (-2 for 1.2×10^3, whole hundreds), to which a value is rounded where
    GB/T 8170 asks for that."""

    point: Point
    unit: str
    decimals: int


@dataclass(frozen=True)
class Limits:
    """What is required of a value: ``low`` and ``high``, the bounds between which it must lie (None: no bound
    on that side); ``absent``: nothing may be detected; ``least``: the worst grade that is allowed; ``words``:
    there is a requirement in words, alone or beside the others, that no number is compared with."""

    low: Bound | None = None
    high: Bound | None = None
    absent: bool = False
    least: Rank | None = None
    words: bool = False


@lru_cache(maxsize=65536)
def reading(text: str | None, unit: str | None) -> Reading:
    """Return a test result in a form that can be compared: a Span for numbers, Undetected, a Word or a Rank.

    ``text``, ``unit``: value_text and unit of silver.test_result; either may be None. A unit inside the text
    is used where ``unit`` is empty, and must otherwise be the same unit.

    - `12`, `1.2×10^3`: a number. `<20`, `≥4.5`, `不大于5`: one end only. `16.50(+)` is just above 16.50,
      `16.50(-)` just below (GB/T 8170-2008, 3.3.2).
    - 未检出, ND, `<LOD`: Undetected; with the limit of detection beside it, below that number. 检出, 阳性:
      above 0.
    - `3-4` in grades of colour fastness is the half grade 3.5 (GB/T 250). 合格, 不符合 and the like: a Word.
      A类, 一等品 and the like: a Rank.

    Raises NotUnderstood for a missing text and for a text of no other form."""
    form = _compact(text)
    if not form:
        raise NotUnderstood("no_value", text)
    low = form.lower()
    if low in _PASSED or low in _FAILED:
        return Word(low in _PASSED)
    rank = _rank(form)
    if rank:
        return rank
    if form in _DETECTED:
        return Span((Fraction(0), 1), None, unit_of(unit))
    if found := _UNDETECTED.fullmatch(low):
        return _undetected(found["more"], form, unit, text)
    if unit_of(unit) in (GRADE, "") and (found := _half_grade(form)):
        side, equal = _SIGNS.get(found["sign"], (0, 0))
        half = (_half(found), equal)
        return Span(None if side < 0 else half, None if side > 0 else half, GRADE)
    if found := _COMPARED.fullmatch(form):
        side, equal = _SIGNS[found["sign"]]
        end = (_fraction(found["number"]), equal)
        return Span(
            None if side < 0 else end,
            end if side < 0 else None,
            _unit(found["unit"], unit, "value_not_understood", text),
        )
    if found := _SIGNED.fullmatch(form):
        end = (_fraction(found["number"]), {"+": 1, "-": -1, None: 0}[found["side"]])
        return Span(end, end, _unit(found["unit"], unit, "value_not_understood", text))
    raise NotUnderstood("value_not_understood", text)


def _undetected(more: str, form: str, unit: str | None, text: str | None) -> Reading:
    """Not detected, below the limit of detection that stands behind it, if one does."""
    if not more:
        return Undetected()
    found = re.fullmatch(
        rf"[(]?(?:<|检出限|定量限|lod|loq|mdl|[:=≤])*(?P<number>{_NUMBER})(?P<unit>[^()0-9]*(?:/[^()]*)?)[)]?",
        more,
    )
    if not found:
        raise NotUnderstood("value_not_understood", text)
    inside = form[len(form) - len(more) :][
        found.start("unit") : found.end("unit")
    ]  # units are case-sensitive
    return Span(None, (_fraction(found["number"]), -1), _unit(inside, unit, "value_not_understood", text))


@lru_cache(maxsize=65536)
def limits(
    low: str | None,
    high: str | None,
    unit: str | None,
    *,
    words: str | None = None,
    low_excluded: bool = False,
    high_excluded: bool = False,
) -> Limits | None:
    """Return limits in a form that can be compared; None where nothing is stated.

    ``low``, ``high``: the texts of the two columns of limits; ``unit``: the column of their unit; ``words``:
    the limit in words, used only where neither column states a number, a grade or that nothing may be
    detected. ``low_excluded``, ``high_excluded``: a value equal to that bound fails.

    A plain number is the bound of its column's side. A text with a sign or with both bounds (`≥95`,
    `4.0～8.5`, `±5`) is read as it says, in either column. `3-4` in grades, with a sign or alone, is the one
    half grade between 3 and 4 (GB/T 250, GB/T 251). 不得检出 and the like: `absent`. A text of no known form:
    `words`, beside the limit that the other column states. `/` and dashes alone state nothing. Raises
    NotUnderstood where the unit beside a number is not the one in ``unit``."""
    found: dict[str, Any] = {}  # fields of Limits
    for text, side, excluded in ((low, 1, low_excluded), (high, -1, high_excluded)):
        form = _compact(text)
        if form and form not in _NOTHING:
            found |= _stated(form, side, excluded, unit, text)
    if not any(name in found for name in ("low", "high", "absent", "least")) and _compact(words):
        found |= _in_words(_compact(words))
    return Limits(**found) if found else None


def _stated(form: str, side: int, excluded: bool, unit: str | None, text: str | None) -> dict[str, Any]:
    """Fields of Limits that one column of limits states. ``form``: its text, compacted; ``side``: 1 for the
    lower bound, -1 for the upper one, unless the text says otherwise; ``text``: as filed, for messages."""

    def bound(number: str, open_: int, own: str) -> Bound:
        return Bound(
            (_fraction(number), open_), _unit(own, unit, "limit_not_understood", text), _decimals(number)
        )

    if found := _limit_grade(form, unit):
        side, open_ = _SIGNS.get(found["sign"], (side, side if excluded else 0))
        return {"low" if side > 0 else "high": Bound((_half(found), open_), GRADE, 1)}
    if found := _ABOUT.fullmatch(form):
        return {
            "low": bound(f"-{found['number']}", 0, found["unit"]),
            "high": bound(found["number"], 0, found["unit"]),
        }
    if found := _BETWEEN.fullmatch(form):
        return {"low": bound(found["low"], 0, found["unit"]), "high": bound(found["high"], 0, found["unit"])}
    if found := _COMPARED.fullmatch(form):
        side, open_ = _SIGNS[found["sign"]]
        return {"low" if side > 0 else "high": bound(found["number"], open_, found["unit"])}
    if (found := _SIGNED.fullmatch(form)) and not found["side"]:
        return {"low" if side > 0 else "high": bound(found["number"], side if excluded else 0, found["unit"])}
    return _in_words(form)


def _half_grade(form: str) -> re.Match[str] | None:
    """A grade between two whole ones that follow each other, as 3-4."""
    found = _HALF_GRADE.fullmatch(form)
    return found if found and int(found["high"]) == int(found["low"]) + 1 else None


def _half(found: re.Match[str]) -> Fraction:
    return Fraction(2 * int(found["low"]) + 1, 2)


def _limit_grade(form: str, unit: str | None) -> re.Match[str] | None:
    """A half grade as a limit. Without a sign or the unit, 3-4 are the two ends of a range; so is 3~4 in any
    unit, unless it has a sign, which no range has."""
    found = _half_grade(form)
    if not found or (found["dash"] != "-" and not found["sign"]):
        return None
    column = unit_of(unit)
    stated = column == GRADE or (not column and (found["unit"] or found["sign"]))
    return found if stated else None


def _in_words(form: str) -> dict[str, Any]:
    if _ABSENT.match(form):
        return {"absent": True}
    rank = _rank(re.sub(r"^(?:≥|>=|不低于)", "", form))
    return {"least": rank} if rank else {"words": True}


def _compact(text: str | None) -> str:
    """Without spaces, but for those between two figures: 12 13 is not 1213."""
    return re.sub(r"(?<![0-9])\s+|\s+(?![0-9])", "", plain(text or ""))


def _rank(form: str) -> Rank | None:
    return next((Rank(n, scale.index(form)) for n, scale in enumerate(SCALES) if form in scale), None)


def _fraction(number: str) -> Fraction:
    return Fraction(_decimal(number))


def _decimal(number: str) -> Decimal:
    return Decimal(re.sub(r"[×x*]10\^?", "e", number.replace(",", "")))


def _decimals(number: str) -> int:
    return -int(_decimal(number).as_tuple().exponent)


def _unit(own: str, column: str | None, reason: str, text: str | None) -> str:
    """The unit beside the number goes before the column's; where both are there they must be one."""
    stated, beside = unit_of(own), unit_of(column)
    try:
        same = not stated or not beside or factor(stated, beside) == 1
    except UnitError:
        same = False
    if not same:
        raise NotUnderstood(reason, text)
    return stated or beside
