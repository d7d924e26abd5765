"""Whose answer an acknowledgement is: the one rule for packages, leads, requests for assistance and notices
of restriction (definitions.md#answers). Pure."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

import pandas as pd

from jobs.marts.tracing.places import Places

STATES = ["recipient", "recipient_code"]  # columns of silver.acknowledgement that say who gives it
REGION = "region"  # kind of the outboxes of provinces
_OUTBOX = re.compile(r"(?:platform|region|lab|brand|cluster|enterprise)_\S+")
_CREDIT = re.compile(r"[0-9a-hj-npqrtuwxy]{18}")  # a unified social credit code has letters at any place
_DIGIT = re.compile(r"[0-9]")
_PACKAGE = re.compile(r"^MF-(?P<recipient>.+)-\d{8}-(?:U\d{4}(?:R\d+)?-)?[0-9a-f]+$")


def gives_by_code(code: Any, name: Any, recipient: str, places: Places) -> bool:
    """Whether ``recipient`` (`platform_P07`) gives an answer with this `recipient_code` and `recipient`, by a
    code that it states; both may be null.

    The code is `recipient_code`, where that is empty what stands in `recipient`: that of the outbox or bare
    (`P07`), in any letter case. For a province it may also be that of any division in it, today's or one that
    was replaced, as its districts work on what it was handed.
    """
    return _is_of(_stated(code, name), recipient, places)


def gives(code: Any, name: Any, recipient: str, places: Places | None, others: Collection[str] = ()) -> bool:
    """Whether ``recipient`` gives an answer to a package of its outbox or to a row in it, whose number it
    alone was handed: by its code, as in `gives_by_code`, or without any code. Without ``places`` no division
    answers for its province.

    ``name`` is a code where it has the prefix of an outbox, or is as the recipient's own in all but its
    digits (`P08`), or one of ``others``, codes of outboxes. Any other text is a name, such as the number of
    an accreditation: an answer that states no code may be anybody's.
    """
    said = _stated(code, name)
    if not said or _is_of(said, recipient, places):
        return True
    if _text(code):
        return False
    known = {*(other.casefold() for other in others), *(_bare(other) for other in others)}
    return not (_OUTBOX.fullmatch(said) or _form(said) == _form(_bare(recipient)) or said in known)


def gives_by_code_sql(answer: str, kind: str, code: str) -> str:
    """`gives_by_code` as a condition of Spark SQL, for outboxes whose recipients have no divisions.
    ``answer``: alias of silver.acknowledgement; ``kind``: `platform`; ``code``: expression of the code."""
    said = f"LOWER(TRIM(COALESCE(NULLIF(TRIM({answer}.recipient_code), ''), {answer}.recipient)))"
    return f"{said}\n      IN (LOWER({code}), CONCAT('{kind}_', LOWER({code})))"


def by_their_recipients(answers: pd.DataFrame) -> pd.DataFrame:
    """Answers without those to a whole package that state the code of another than the package's recipient,
    whom the identifier of its manifest names. A division of a province is another here: it was handed some
    rows, and could otherwise refuse them all. ``answers``: item_id and of STATES what there is."""
    to = answers["item_id"].astype("string").str.extract(_PACKAGE, expand=False)
    own = to.isna().to_numpy(dtype=bool, copy=True)
    said = answers.reindex(columns=STATES).astype(object)[~own]
    rows = zip(said["recipient_code"], said["recipient"], to[~own], strict=True)
    own[~own] = [gives(code, name, recipient, None) for code, name, recipient in rows]
    return answers[own]


def _stated(code: Any, name: Any) -> str:
    return _text(code) or _text(name)


def _text(value: Any) -> str:
    return "" if pd.isna(value) else str(value).strip().casefold()


def _is_of(said: str, recipient: str, places: Places | None) -> bool:
    """Whether the code ``said`` is that of ``recipient``, or of a division in the province that it is."""
    if not said:
        return False
    if said in {recipient.casefold(), _bare(recipient)}:
        return True
    if places is None or not recipient.startswith(f"{REGION}_"):
        return False
    province = places.province_of(said.removeprefix(f"{REGION}_"))
    return province is not None and province.casefold() == _bare(recipient)


def _bare(outbox: str) -> str:
    """The code within an outbox's; of an outbox that is the only one of its kind, its whole code."""
    return (outbox.partition("_")[2] if _OUTBOX.fullmatch(outbox) else outbox).casefold()


def _form(code: str) -> str:
    """A code with 0 for each digit; all unified social credit codes have one form."""
    return "credit code" if _CREDIT.fullmatch(code) else _DIGIT.sub("0", code)
