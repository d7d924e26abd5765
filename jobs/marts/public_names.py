"""Decides which names of sellers, producers and other parties may be published: names of organisations, never
those of natural persons. Pure.

Used by all rooms whose rows reach the site, an outbox or a published bundle (Personal Information Protection
Law of 2021). A name that may be a person's is withheld, since a name once published cannot be taken back."""

from __future__ import annotations

import re
from functools import cache

import pandas as pd

from jobs.conform.linkage.deterministic import PERSON as OF_PERSON
from jobs.deployment import NameRules, deployment

WITHHELD = "自然人经营者"  # "operator who is a natural person": published in place of a name
# Kinds of parties, as silver.shop.operator_type has them.
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
    """Return for each identifier of a party whether it is that of a natural person
    (`deterministic.person_id`: it begins with `N-`). The result is a bool series with the index of ``ids``;
    False where the identifier is missing.

    Such an identifier is derived from a person's identity and is the same in every file, so it must not be
    published in any file or page."""
    return ids.astype(object).fillna("").astype(str).str.startswith(OF_PERSON).astype(bool)


def not_to_be_shown(ids: pd.Series, names: pd.Series) -> pd.Series:
    """Return for each party whether its identifier must not stand in a file or page beside its name: it is
    that of a natural person (`of_persons`), or the name is withheld (WITHHELD), to which the register of
    credit codes would lead. The result is a bool series with the index of ``ids``.

    ``ids``: identifiers, such as credit codes; ``names``: the names in the form in which they may be
    published (`public_names`), with the same index. Either may be missing."""
    return of_persons(ids) | names.astype(object).eq(WITHHELD)


def of_person(party: str) -> bool:
    """Return whether the identifier of one party is that of a natural person, as `of_persons` does for
    many."""
    return party.startswith(OF_PERSON)


def public_names(names: pd.Series, kinds: pd.Series) -> pd.Series:
    """Return names in the form in which they may be published: the name unchanged, WITHHELD where it may be a
    person's, None where it is missing. The result is an object series with the index of ``names``.

    ``kinds``: of the same length as ``names`` and in the same order: what kind of party each is (`company`,
    `individual_business`, `natural_person`; missing where unknown). The rule for one name is `may_be_shown`.
    """
    pairs = list(zip(names.astype(object), kinds.astype(object), strict=True))
    rules = deployment().names
    may = {pair: _may(*pair, rules) for pair in dict.fromkeys(pairs)}
    shown = [may[pair] for pair in pairs]
    return (
        names.astype(object)
        .where(names.notna(), None)
        .mask(names.notna() & ~pd.Series(shown, names.index, dtype=bool), WITHHELD)
    )


def may_be_shown(name: str | None, kind: str | None) -> bool:
    """Return whether a name may be published; False where it is missing.

    A name with a word of an organisation (`of_organisation`) may always be published, for any ``kind``. Any
    other name may be published for the kind COMPANY, and for the kind BUSINESS unless it looks like a
    person's name, remarks in brackets left out: a few Han characters, Han names separated by a dot, or two to
    four capitalised Latin words. For other and unknown kinds it may not."""
    return _may(name, kind, deployment().names)


def _may(name: str | None, kind: str | None, rules: NameRules) -> bool:
    if name is None or pd.isna(name):
        return False
    if _organisation(name, rules):
        return True
    return kind == COMPANY or (kind == BUSINESS and not _like_a_person(_REMARK.sub("", name).strip(), rules))


def of_organisation(name: str) -> bool:
    """Return whether a name contains a word that only organisations and shops have in their names (公司, 店,
    Ltd.), by the lists in schemas/deployment.yaml. Latin words must be whole words; letter case is ignored.
    """
    return _organisation(name, deployment().names)


def _organisation(name: str, rules: NameRules) -> bool:
    if any(word in name for word in rules.organisation):
        return True
    return _latin(rules.organisation_latin).search(_INITIALS.sub("", name)) is not None


@cache
def _latin(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, words)) or '(?!)'})\b", re.IGNORECASE)


def kind_of_code(uscc: pd.Series) -> pd.Series:
    """Return the kind of party that each unified social credit code belongs to: COMPANY for codes that begin
    with 91 or 93, BUSINESS for 92 (GB 32100-2015), missing for any other or no code. The result is an object
    series with the index of ``uscc``. Check digits are not verified."""
    return uscc.astype(object).where(uscc.notna(), "").str[:2].map(_OF_CODE)


def _like_a_person(name: str, rules: NameRules) -> bool:
    bare = re.sub(r"\s+", "", name)
    if _DOTTED.fullmatch(bare) or _LATIN_PERSON.fullmatch(name):
        return True
    return len(bare) <= rules.longest_han_person and _HAN.fullmatch(bare) is not None


def without_names(text: str | None, withheld: set[str]) -> str | None:
    """Return ``text`` with each name in ``withheld`` replaced by WITHHELD; None where ``text`` is missing.
    Longer names are replaced first, so that a name which contains another one is replaced whole.

    ``withheld``: names as filed that `public_names` withheld in the same row. Used for free text, such as a
    party's comment, which may repeat a name that is withheld in its column."""
    if text is None or pd.isna(text):
        return None
    for name in sorted(withheld, key=len, reverse=True):
        text = text.replace(name, WITHHELD)
    return text
