"""Limits of tested items as people read them: sign, number and unit together, as official notices print
them (≥95%, ≤75 mg/kg), the same in pages, packages and public bulletins. Pure."""

from __future__ import annotations

import re

from jobs.methods import ranges
from jobs.reports.names import filed_value
from jobs.reports.numbers import minus
from jobs.reports.wording import Text, same

_NUMBER = re.compile(r"[−-]?[0-9][0-9.,]*(?:[×x]10\^?−?[0-9]+)?")
_SIGNED = re.compile(r"[<>≤≥＜＞≦≧]=?\s*|不(?:大于|小于|超过|高于|低于)")
# A laboratory writes / or — where nothing has a unit.
_UNIT = re.compile(r"[^\W_]|[%‰℃°]")


def limits(low: str, high: str, unit: str = "") -> Text | None:
    """Return a lower and an upper limit as one text: "≤0.1 mg/kg", "≥95%", "5～9 mm" and "5–9 mm", "≥3-4级"
    and "≥3-4 grade". None where both are ''.

    ``low``, ``high``: as filed, '' where there is none; ``unit``: as filed, of the value and its limits. A
    limit that states its sign or its unit itself has them once, and a requirement in words has neither."""
    low, high = minus(low), minus(high)
    unit = unit if _UNIT.search(unit) else ""
    if _NUMBER.fullmatch(low) and _NUMBER.fullmatch(high):
        return _range(low, high, unit)
    sides = [_side(sign, side, unit) for sign, side in (("≥", low), ("≤", high)) if side]
    once = list(dict.fromkeys(sides))  # a requirement in words often stands on both sides
    return Text("；".join(s.zh for s in once), "; ".join(s.en for s in once)) if once else None


def _side(sign: str, side: str, unit: str) -> Text:
    if not re.search(r"[0-9]", side):
        return filed_value(side)
    own = _SIGNED.match(side)
    shown = f"{own[0].strip() if own else sign}{side[own.end() :] if own else side}"
    bare = _NUMBER.fullmatch(side[own.end() :] if own else side)
    return filed_value(shown, unit) if bare else same(shown)


def _range(low: str, high: str, unit: str) -> Text:
    if unit in ("%", "‰"):
        low = low + unit
        return Text(ranges.chinese(low, high + unit), ranges.english(low.removesuffix(unit), high + unit))
    last = filed_value(high, unit)
    first = filed_value(low, unit).zh.removesuffix(unit).rstrip() if unit == "级" else low
    return Text(ranges.chinese(first, last.zh), ranges.english(first, last.en))
