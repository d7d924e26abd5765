"""Exact decimal arithmetic on numbers as files write them; no binary floats."""

from __future__ import annotations

import re
from decimal import Context, Decimal, Inexact, InvalidOperation

NUMBER = re.compile(r"[+-]?(?:[0-9]{1,60}(?:\.[0-9]{0,60})?|\.[0-9]{1,60})(?:[eE][+-]?[0-9]{1,2})?")
# Of a floating-point number of 64 bits: below which whole ones keep all their digits, and how many of the
# first digits of a larger one stay as they are.
DOUBLE_EXACT, DOUBLE_SURE = 2**53, 12
_EXACT = Context(prec=400, traps=[Inexact, InvalidOperation])


def scaled(text: str, factor: Decimal) -> str | None:
    """The number ``text`` times ``factor``, exactly, as plain text without an exponent or zeros at the end;
    None where the text does not match NUMBER."""
    if not NUMBER.fullmatch(text):
        return None
    return plain(_EXACT.multiply(Decimal(text), factor))


def fixed(text: str, places: int) -> str | None:
    """The number ``text`` with exactly ``places`` decimal places (2024.965 → 2024.9650); None where the text
    does not match NUMBER or has more places than that, as nothing is rounded."""
    if not NUMBER.fullmatch(text):
        return None
    try:
        written = format(_EXACT.quantize(Decimal(text), Decimal(1).scaleb(-places)), "f")
    except (Inexact, InvalidOperation):
        return None
    return written.removeprefix("-") if not written.strip("-0.") else written


def plain(number: Decimal) -> str:
    """A decimal as text without an exponent: 20.00 → 20, 1.50 → 1.5, -0 → 0."""
    text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
