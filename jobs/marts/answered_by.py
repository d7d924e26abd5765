"""Decides which recipient gave an acknowledgement (a row of silver.acknowledgement), by one rule for
packages, leads, requests for assistance and notices of restriction (definitions.md#answers). Pure."""

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
    """Return whether ``recipient``, an outbox such as `platform_P07`, gave the answer, judged by the code
    that the answer states.

    ``code`` and ``name`` are the answer's `recipient_code` and `recipient`; both may be null. The code is
    `recipient_code`, or `recipient` where that is empty. It may be the outbox's name or its code without the
    kind (`P07`), in any letter case. For a province it may also be the code of any division in it, current or
    replaced, since a province hands rows on to its districts. An answer without any code is no one's here:
    False."""
    return _is_of(_stated(code, name), recipient, places)


def gives(code: Any, name: Any, recipient: str, places: Places | None, others: Collection[str] = ()) -> bool:
    """Return whether ``recipient`` gave an answer to a package of its outbox or to a row in such a package.

    As `gives_by_code`, but an answer that states no code also counts as the recipient's, since no one else
    was sent the number that it answers. ``places``: None means that no division answers for its province.
    ``others``: outboxes whose codes are known as those of other recipients.

    Where `recipient_code` is empty, ``name`` is read as a code if it has the prefix of an outbox, differs
    from the recipient's code in its digits only (`P08`), or is among ``others``. Any other text is a name,
    for example the number of an accreditation, and states no code."""
    said = _stated(code, name)
    if not said or _is_of(said, recipient, places):
        return True
    if _text(code):
        return False
    known = {*(other.casefold() for other in others), *(_bare(other) for other in others)}
    return not (_OUTBOX.fullmatch(said) or _form(said) == _form(_bare(recipient)) or said in known)


def gives_by_code_sql(answer: str, kind: str, code: str) -> str:
    """Return `gives_by_code` as a condition of Spark SQL, for kinds of outbox whose recipients have no
    divisions.

    ``answer``: alias of silver.acknowledgement in the query; ``kind``: kind of the outbox, such as
    `platform`; ``code``: SQL expression of the recipient's code, such as `P07`."""
    said = f"LOWER(TRIM(COALESCE(NULLIF(TRIM({answer}.recipient_code), ''), {answer}.recipient)))"
    return f"{said}\n      IN (LOWER({code}), CONCAT('{kind}_', LOWER({code})))"


def by_their_recipients(answers: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of ``answers`` without those that answer a whole package but state the code of somebody
    other than the package's recipient, whom the identifier of the package's manifest names.

    ``answers``: item_id, and of STATES the columns that exist; the columns are returned as they are. A
    division of a province is somebody else here: it was sent some rows of the package and could otherwise
    refuse all of them."""
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
