"""Which names of sellers, producers and other parties may be shown: those of organisations; a natural
person's never. Pure.

Shared by all rooms whose rows reach the site, an outbox or a published bundle (Personal Information
Protection Law of 2021). A name that might be a person's is withheld: to have said too little can be put right
later.
"""

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
    """Which identifiers of parties are those of natural persons (`deterministic.person_id`): made of an
    identity and the same in every file, they leave the house in none, and no page shows them."""
    return ids.astype(object).fillna("").astype(str).str.startswith(OF_PERSON).astype(bool)


def public_names(names: pd.Series, kinds: pd.Series) -> pd.Series:
    """``names`` as they may be shown, WITHHELD where they may not, missing where there is none; index as in
    ``names``.

    ``kinds``: what each party is (`company`, `individual_business`, `natural_person`; missing where that is
    not known). A name with a word of an organisation in it is shown, whoever bears it; one without only of a
    company, or of an individual business (its 字号) where it does not look like a person's.
    """
    shown = [may_be_shown(name, kind) for name, kind in zip(names, kinds, strict=True)]
    return (
        names.astype(object)
        .where(names.notna(), None)
        .mask(names.notna() & ~pd.Series(shown, names.index, dtype=bool), WITHHELD)
    )


def may_be_shown(name: str | None, kind: str | None) -> bool:
    """Whether one name may be shown; a missing one may not."""
    if name is None or pd.isna(name):
        return False
    if of_organisation(name):
        return True
    return kind == COMPANY or (kind == BUSINESS and not _like_a_person(_REMARK.sub("", name).strip()))


def of_organisation(name: str) -> bool:
    """Whether a name holds a word of organisations and shops, by the deployment's name rules."""
    rules = deployment().names
    if any(word in name for word in rules.organisation):
        return True
    return _latin(rules.organisation_latin).search(_INITIALS.sub("", name)) is not None


@cache
def _latin(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, words)) or '(?!)'})\b", re.IGNORECASE)


def kind_of_code(uscc: pd.Series) -> pd.Series:
    """What a unified social credit code says of its holder (GB 32100-2015): COMPANY, BUSINESS, or None; other
    registers are None."""
    return uscc.astype(object).where(uscc.notna(), "").str[:2].map(_OF_CODE)


def _like_a_person(name: str) -> bool:
    bare = re.sub(r"\s+", "", name)
    if _DOTTED.fullmatch(bare) or _LATIN_PERSON.fullmatch(name):
        return True
    return len(bare) <= deployment().names.longest_han_person and _HAN.fullmatch(bare) is not None


def without_names(text: str | None, withheld: set[str]) -> str | None:
    """``text`` with each name of ``withheld`` (names that were not shown beside it) replaced by WITHHELD, the
    longest first."""
    if text is None or pd.isna(text):
        return None
    for name in sorted(withheld, key=len, reverse=True):
        text = text.replace(name, WITHHELD)
    return text
