"""Rounds numbers as pages print them. Pure."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal


def half_up(value: float, times: int = 1) -> Decimal:
    """Return ``value`` × ``times`` with one decimal, rounded half up from the float's shortest decimal form:
    0.1225 × 100 gives 12.3, which binary arithmetic would round to 12.2."""
    return (Decimal(repr(float(value))) * times).quantize(Decimal("0.1"), ROUND_HALF_UP)
