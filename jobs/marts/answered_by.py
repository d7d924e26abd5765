"""Decides whether a recipient gave an acknowledgement, by one rule for packages, leads, requests for
assistance and notices of restriction (definitions.md#answers). Pure.

A recipient is an organisation to which the project sends files. Its outbox is named `<kind>_<code>`:
`platform_P07` is platform P07, `region_330000` the province with that code. An acknowledgement, or answer, is
a row of silver.acknowledgement: it names what it answers (`item_id`), the recipient (`recipient`, free text)
and perhaps the recipient's code (`recipient_code`)."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

import numpy as np
import pandas as pd

from jobs.marts.tracing.places import Places

STATES = ["recipient", "recipient_code"]  # columns of silver.acknowledgement that say who gives it
REGION = "region"  # kind of the outboxes of provinces
_OUTBOX = re.compile(r"(?:platform|region|lab|brand|cluster|enterprise)_\S+")
_CREDIT = re.compile(r"[0-9a-hj-npqrtuwxy]{18}")  # a unified social credit code has letters at any place
_DIGIT = re.compile(r"[0-9]")
PACKAGES = "MF-"  # with which the identifier of a whole package begins
_PACKAGE = re.compile(r"^MF-(?P<recipient>.+)-\d{8}-(?:U\d{4}(?:R\d+)?-)?[0-9a-f]+$")


def gives_by_code(code: Any, name: Any, recipient: str, places: Places) -> bool:
    """Return whether ``recipient`` gave an answer, judged only by the code that the answer states.

    ``code`` and ``name`` are `recipient_code` and `recipient` of the answer; either may be missing. The code
    that the answer states is ``code``, or ``name`` where ``code`` is missing or blank. ``recipient`` is the
    name of an outbox, such as `platform_P07`. ``places`` is built from silver.region.

    True if the stated code is the outbox's name or the part after the kind (`P07`), in any letter case. For a
    province (`region_330000`) it is also True if the stated code is that of a division which lies in that
    province today, replaced codes included, since a province may pass rows on to its districts. False in all
    other cases, also where the answer states nothing."""
    return _is_of(_stated(code, name), recipient, places)


def gives(code: Any, name: Any, recipient: str, places: Places | None, others: Collection[str] = ()) -> bool:
    """Return whether ``recipient`` gave an answer to a package that was sent to it, or to a row of such a
    package.

    Arguments are those of `gives_by_code`, with two differences: with ``places`` None, no division answers
    for its province; ``others`` are the names of all outboxes that are known. This rule is wider than
    `gives_by_code`: an answer that states no code also counts as the recipient's, since only the recipient
    was sent the identifier that it answers.

    - True if the answer states neither code nor name, or states a code of the recipient by `gives_by_code`.
    - False if ``code`` is stated and is another one.
    - If only ``name`` is stated: False if it looks like the code of another recipient, that is if it has the
      prefix of an outbox (`platform_…`), differs from the recipient's code in its digits only (`P08` and
      `P07`), or is in ``others``. Any other text is taken for a name and states no code: True."""
    said = _stated(code, name)
    if not said or _is_of(said, recipient, places):
        return True
    if _text(code):
        return False
    known = {*(other.casefold() for other in others), *(_bare(other) for other in others)}
    return not (_OUTBOX.fullmatch(said) or _form(said) == _form(_bare(recipient)) or said in known)


def gives_by_code_sql(answer: str, kind: str, code: str) -> str:
    """Return a condition in Spark SQL that is true where `gives_by_code` returns True, for recipients that
    have no divisions (all but provinces).

    ``answer``: alias of silver.acknowledgement in the query. ``kind``: kind of the outbox, such as
    `platform`. ``code``: SQL expression of the recipient's code within its kind, such as a column that holds
    `P07`. jobs/marts/credit/restriction_response.sql holds this text; a test compares the two."""
    said = f"LOWER(TRIM(COALESCE(NULLIF(TRIM({answer}.recipient_code), ''), {answer}.recipient)))"
    return f"{said}\n      IN (LOWER({code}), CONCAT('{kind}_', LOWER({code})))"


def by_their_recipients(answers: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of ``answers``, in their order and with their index, without answers to a whole package
    that someone other than the package's recipient gave.

    ``answers``: one row per answer, with the column item_id and those columns of STATES that exist. An
    item_id of the form `MF-<recipient>-<date>-…` is the identifier of a whole package and names its
    recipient; all other rows are kept. An answer to a whole package is left out if

    - its recipient_code is not the code of the recipient's outbox, whether it is another's or no one's;
    - it has no recipient_code, and its recipient is not the code of that outbox but has the form of an outbox
      (`platform_…`) or of that code: other digits (`P08` for P07), or another credit code. Any other name is
      kept, as is an answer without one.

    The rule is `gives` without divisions and without other outboxes' names: a district was sent only some
    rows of its province's package and must not refuse all of them."""
    packages = begin_with(answers["item_id"], PACKAGES)  # few of hundreds of thousands of answers
    whole = answers[packages]
    to = whole["item_id"].astype("string").str.extract(_PACKAGE, expand=False)
    said = whole.reindex(columns=STATES).astype(object)
    rows = zip(said["recipient_code"], said["recipient"], to, strict=True)
    own = np.ones(len(answers), dtype=bool)
    own[packages] = [
        pd.isna(recipient) or gives(code, name, recipient, None) for code, name, recipient in rows
    ]
    return answers[own]


def begin_with(items: pd.Series, start: str) -> np.ndarray:
    """Return for each text of ``items`` whether it begins with ``start``; False where it is missing. It takes
    a fraction of the time of `Series.str`."""
    return np.array([isinstance(item, str) and item.startswith(start) for item in items], dtype=bool)


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
