"""Writes limits as text for pages and tables, from the form in which they are compared (readings.Limits).
Pure."""

from __future__ import annotations

import re
from functools import lru_cache

from jobs.marts.standards.readings import GRADE, SCALES, Bound, Limits

_RAISED = str.maketrans("-123456789", "⁻¹²³⁴⁵⁶⁷⁸⁹")


@lru_cache(maxsize=4096)
def limit_text(stated: Limits) -> tuple[str, str | None]:
    """Return the text of the limits ``stated``, and their unit or None: ``("≤20", "mg/kg")``,
    ``("≥4.0，≤8.5", None)``, ``("≥A类", None)`` for a grade, ``("不得检出", None)`` where nothing may be
    detected, ``("文字要求", None)`` for limits in words, ``("≤20，文字要求", None)`` for both.

    Numbers have as many decimals as they were written with; powers in the unit are raised (m², not m^2)."""
    sides = [_bound(b, upper) for b, upper in ((stated.low, False), (stated.high, True)) if b]
    if stated.least is not None:
        sides = [f"≥{SCALES[stated.least.scale][stated.least.place]}"]
    sides += ["不得检出"] if stated.absent else []
    sides += ["文字要求"] if stated.words else []
    text = "，".join(sides)
    unit = next((b.unit for b in (stated.low, stated.high) if b and b.unit), None)
    return text, unit and re.sub(r"\^(-?[0-9])", lambda m: m[1].translate(_RAISED), unit)


def _bound(bound: Bound, upper: bool) -> str:
    number, open_ = bound.point
    sign = ("<" if open_ else "≤") if upper else (">" if open_ else "≥")
    if bound.unit == GRADE and number.denominator == 2:
        return f"{sign}{number.numerator // 2}-{number.numerator // 2 + 1}"
    return f"{sign}{float(number):.{max(bound.decimals, 0)}f}"
