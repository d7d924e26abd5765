"""Decides which names of sellers, producers and other parties may be published: names of organisations, never
those of natural persons. Pure.

Used by all rooms whose rows reach the site, an outbox or a published bundle (Personal Information Protection
Law of 2021). A name that may be a person's is withheld, since a name once published cannot be taken back."""

from __future__ import annotations

import re
from functools import cache

import pandas as pd

from jobs.conform.linkage.deterministic import PERSON as OF_PERSON
from jobs.deployment import deployment

WITHHELD = "自然人经营者"
COMPANY, BUSINESS, PERSON = "company", "individual_business", "natural_person"
_INITIALS = re.compile(r"(?<=\b\w)\.")  # the full stops of B.V.
_REMARK = re.compile(r"[(（\[【〔].*?[)）\]】〕]")
_HAN = re.compile(r"[㐀-鿿]+")
# A person of Han has few characters (the deployment says how many at most); other peoples part given name and
# father's name by a dot; in Latin script two to four words.
_DOTTED = re.compile(r"[㐀-鿿]+[·•・‧∙][㐀-鿿·•・‧∙]+")
_LATIN_PERSON = re.compile(r"[A-Z][A-Za-z'’.-]*(?:[ ,]+[A-Z][A-Za-z'’.-]*){1,3}")
# GB 32100: registered with market regulation (9) as an enterprise (1), an individual business (2) or a
# farmers' cooperative (3).
_OF_CODE = {"91": COMPANY, "92": BUSINESS, "93": COMPANY}


def of_persons(ids: pd.Series) -> pd.Series:
    """Return whether each identifier of a party is that of a natural person (`deterministic.person_id`):
    bool, index as in ``ids``. Such an identifier is derived from an identity and equal in every file, so it
    is published in no file and on no page."""
    return ids.astype(object).fillna("").astype(str).str.startswith(OF_PERSON).astype(bool)


def public_names(names: pd.Series, kinds: pd.Series) -> pd.Series:
    """Return ``names`` as they may be published: unchanged, or WITHHELD where the name may be a person's, or
    missing where it was missing. The index is that of ``names``.

    ``kinds``: what each party is, row by row (`company`, `individual_business`, `natural_person`; missing
    where unknown). The rule for one name is `may_be_shown`."""
    shown = [may_be_shown(name, kind) for name, kind in zip(names, kinds, strict=True)]
    return (
        names.astype(object)
        .where(names.notna(), None)
        .mask(names.notna() & ~pd.Series(shown, names.index, dtype=bool), WITHHELD)
    )


def may_be_shown(name: str | None, kind: str | None) -> bool:
    """Return whether a name may be published; False for a missing one.

    A name that contains a word of an organisation may, for any ``kind``. Without such a word it may only for
    a company, or for an individual business whose name (字号) does not look like a person's."""
    if name is None or pd.isna(name):
        return False
    if of_organisation(name):
        return True
    return kind == COMPANY or (kind == BUSINESS and not _like_a_person(_REMARK.sub("", name).strip()))


def of_organisation(name: str) -> bool:
    """Return whether a name contains a word of organisations or shops, by the name rules of the
    deployment."""
    rules = deployment().names
    if any(word in name for word in rules.organisation):
        return True
    return _latin(rules.organisation_latin).search(_INITIALS.sub("", name)) is not None


@cache
def _latin(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, words)) or '(?!)'})\b", re.IGNORECASE)


def kind_of_code(uscc: pd.Series) -> pd.Series:
    """Return the kind of party that a unified social credit code (GB 32100-2015) belongs to: COMPANY,
    BUSINESS, or None where the code is missing or of another register. The index is that of ``uscc``."""
    return uscc.astype(object).where(uscc.notna(), "").str[:2].map(_OF_CODE)


def _like_a_person(name: str) -> bool:
    bare = re.sub(r"\s+", "", name)
    if _DOTTED.fullmatch(bare) or _LATIN_PERSON.fullmatch(name):
        return True
    return len(bare) <= deployment().names.longest_han_person and _HAN.fullmatch(bare) is not None


def without_names(text: str | None, withheld: set[str]) -> str | None:
    """Return ``text`` with each name in ``withheld`` replaced by WITHHELD, longest names first; None where
    ``text`` is missing. ``withheld``: names of the same row that `public_names` withheld."""
    if text is None or pd.isna(text):
        return None
    for name in sorted(withheld, key=len, reverse=True):
        text = text.replace(name, WITHHELD)
    return text
