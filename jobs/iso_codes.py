"""Codes of countries (ISO 3166-1 alpha-2) and currencies (ISO 4217), from Babel's copy of the Unicode CLDR
data."""

from __future__ import annotations

import re
from datetime import date
from functools import cache

from babel import Locale
from babel.core import get_global
from babel.numbers import get_territory_currencies

# Two letters that CLDR uses and ISO 3166-1 assigns to no country (reserved, or for users).
_NOT_ASSIGNED = frozenset("AC CP CQ DG EA EU EZ IC QO TA UN XA XB XK ZZ".split())
# Old files still count in what was money then, so no day of today decides: legal tender at any time since.
_SINCE, _UNTIL = date(2000, 1, 1), date(2100, 1, 1)


@cache
def countries() -> frozenset[str]:
    """Return the 249 country codes of ISO 3166-1 alpha-2."""
    known = map(str, Locale("en").territories)
    return frozenset({code for code in known if re.fullmatch("[A-Z]{2}", code)} - _NOT_ASSIGNED)


def country_name(code: str, language: str) -> str:
    """Return the name of a country in a language. ``code``: of ISO 3166-1 alpha-2; ``language``: a code such
    as zh or en. Raises KeyError for an unknown country, babel.UnknownLocaleError for an unknown language."""
    return str(Locale(language).territories[code])


def country_spellings(code: str) -> tuple[str, ...]:
    """Return how feeds write a country, in small letters and sorted: its codes of ISO 3166-1 with two and
    with three letters, also withdrawn ones (`ddr` of DE), and CLDR's English and Chinese name. ``code``: that
    with two letters, in capitals. Raises KeyError for a code that CLDR does not know; that of a group of
    countries, such as EU, is taken as well."""
    aliases = get_global("territory_aliases")
    longer = [
        alias for alias, codes in aliases.items() if codes == [code] and re.fullmatch("[A-Z]{3}", alias)
    ]
    names = [country_name(code, language) for language in ("en", "zh")]
    return tuple(sorted({each.lower() for each in (code, *longer, *names)}))


@cache
def currencies() -> frozenset[str]:
    """Return the currency codes of ISO 4217 that were legal tender in some country at any time since 2000;
    old files may still count in them."""
    return frozenset(
        code for country in countries() for code in get_territory_currencies(country, _SINCE, _UNTIL)
    )
