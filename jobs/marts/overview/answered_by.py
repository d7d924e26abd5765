"""Who gave an acknowledgement: the code that it states, and whether a recipient of the outbox gives it.
Pure."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

import pandas as pd

STATES = ["recipient", "recipient_code"]  # columns of silver.acknowledgement that say who gives it
_OUTBOX = re.compile(r"(?:platform|region|lab|brand|cluster|enterprise)_\S+")
_CREDIT = re.compile(r"[0-9a-hj-npqrtuwxy]{18}")  # a unified social credit code has letters at any place
_DIGIT = re.compile(r"[0-9]")
_PACKAGE = re.compile(r"^MF-(?P<recipient>.+)-\d{8}-(?:U\d{4}(?:R\d+)?-)?[0-9a-f]+$")


def gives(code: Any, name: Any, recipient: str, others: Collection[str] = ()) -> bool:
    """Whether ``recipient`` (`platform_P07`) gives an answer with this `recipient_code` and `recipient`; both
    may be null.

    A code is compared without case, as that of the outbox or bare (`P07`); `recipient_code` outweighs.
    ``name`` is a code where it has the prefix of an outbox, or is as the recipient's own in all but its
    digits (`P08`), or one of ``others``, codes of outboxes. Any other text is a name, such as the number of
    an accreditation: an answer that states no code may be anybody's.
    """
    own = {recipient.casefold(), _bare(recipient)}
    if not pd.isna(code):
        return str(code).strip().casefold() in own
    said = "" if pd.isna(name) else str(name).strip().casefold()
    if not said or said in own:
        return True
    known = {*(other.casefold() for other in others), *(_bare(other) for other in others)}
    return not (_OUTBOX.fullmatch(said) or _form(said) == _form(_bare(recipient)) or said in known)


def by_their_recipients(answers: pd.DataFrame) -> pd.DataFrame:
    """Answers without those to a whole package that state the code of another than the package's recipient,
    whom the identifier of its manifest names. ``answers``: item_id and of STATES what there is."""
    to = answers["item_id"].astype("string").str.extract(_PACKAGE, expand=False)
    own = to.isna().to_numpy(dtype=bool, copy=True)
    said = answers.reindex(columns=STATES).astype(object)[~own]
    rows = zip(said["recipient_code"], said["recipient"], to[~own], strict=True)
    own[~own] = [gives(code, name, recipient) for code, name, recipient in rows]
    return answers[own]


def _bare(outbox: str) -> str:
    return outbox.partition("_")[2].casefold()


def _form(code: str) -> str:
    """A code with 0 for each digit; all unified social credit codes have one form."""
    return "credit code" if _CREDIT.fullmatch(code) else _DIGIT.sub("0", code)
