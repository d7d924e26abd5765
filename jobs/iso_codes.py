"""Codes of countries (ISO 3166-1 alpha-2) and currencies (ISO 4217), as Babel's copy of CLDR has them."""

from __future__ import annotations

import re
from datetime import date
from functools import cache

from babel import Locale
from babel.numbers import get_territory_currencies

# Two letters that CLDR uses and ISO 3166-1 assigns to no country (reserved, or for users).
_NOT_ASSIGNED = frozenset("AC CP CQ DG EA EU EZ IC QO TA UN XA XB XK ZZ".split())
# Old files still count in what was money then, so no day of today decides: legal tender at any time since.
_SINCE, _UNTIL = date(2000, 1, 1), date(2100, 1, 1)


@cache
def countries() -> frozenset[str]:
    """The 249 codes of ISO 3166-1 alpha-2."""
    known = map(str, Locale("en").territories)
    return frozenset({code for code in known if re.fullmatch("[A-Z]{2}", code)} - _NOT_ASSIGNED)


def country_name(code: str, language: str) -> str:
    """The name of a country (code of ISO 3166-1) in a language, such as zh or en."""
    return str(Locale(language).territories[code])


@cache
def currencies() -> frozenset[str]:
    """The codes of ISO 4217 that were legal tender in some country since 2000."""
    return frozenset(
        code for country in countries() for code in get_territory_currencies(country, _SINCE, _UNTIL)
    )
