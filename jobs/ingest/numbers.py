"""Exact decimal arithmetic on numbers as files write them; no binary floats."""

from __future__ import annotations

import re
from decimal import Context, Decimal, Inexact

NUMBER = re.compile(r"[+-]?(?:[0-9]{1,60}(?:\.[0-9]{0,60})?|\.[0-9]{1,60})(?:[eE][+-]?[0-9]{1,2})?")
_EXACT = Context(prec=400, traps=[Inexact])


def scaled(text: str, factor: Decimal) -> str | None:
    """The number times the factor, exactly, as plain text without exponent and trailing zeros; None where the
    text is no such number."""
    if not NUMBER.fullmatch(text):
        return None
    return plain(_EXACT.multiply(Decimal(text), factor))


def plain(number: Decimal) -> str:
    """A decimal as text without an exponent: 20.00 → 20, 1.50 → 1.5, -0 → 0."""
    text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
