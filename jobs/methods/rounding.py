"""Rounds numbers half up, as pages, packages, bundles and notebooks print them: one rule, so that they
agree. Pure."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import numpy as np


def half_up(value: float, times: int = 1, places: int = 1) -> Decimal:
    """Return ``value`` × ``times`` with so many decimals, rounded half up (away from zero) from the float's
    shortest decimal form: 0.1225 × 100 gives 12.3, which binary arithmetic would round to 12.2. NaN gives
    Decimal("NaN"). Raises decimal.InvalidOperation where ``value`` is infinite or the result has more than 28
    digits."""
    return (Decimal(repr(float(value))) * times).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def fixed(value: Any, places: int = 1) -> str:
    """Return a number as text with so many decimals, rounded by `half_up`: 75.25 gives "75.3"; "inf" and
    "nan" as they are. A zero has no sign, a number below 0 a hyphen. Raises TypeError for None."""
    number = float(value)
    if not np.isfinite(number):
        return str(number)
    shown = half_up(number, places=places)
    return str(shown if shown else abs(shown))


def half_up_all(values: Any, places: int) -> Any:
    """Return numbers, each rounded by `half_up`: an array, or a series where ``values`` is one. What is
    missing or not finite stays as it is."""
    made = np.array(
        [float(half_up(v, places=places)) if np.isfinite(v) else v for v in np.asarray(values, dtype=float)]
    )
    return values.__class__(made, index=values.index, name=values.name) if hasattr(values, "index") else made
