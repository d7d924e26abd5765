"""Who gave an acknowledgement: the code that it states, and whether a recipient of the outbox gives it.
Pure."""

from __future__ import annotations

import re

import pandas as pd

STATES = ["recipient", "recipient_code"]  # columns of silver.acknowledgement that say who gives it
# Codes of outboxes (platform_P07), and bare ones of what they are named after: a code has a digit, and names
# in Chinese or of several words are none. A number alone is one where it is a region's.
_CODE = re.compile(
    r"(?:platform|region|lab|brand|cluster|enterprise)_\S+|\d{6}|[0-9A-Z]{18}"
    r"|(?=[A-Za-z0-9-]*\d)[A-Za-z][A-Za-z0-9-]*",
    re.ASCII,
)
_PACKAGE = re.compile(r"^MF-(?P<recipient>.+)-\d{8}-(?:U\d{4}(?:R\d+)?-)?[0-9a-f]+$")


def stated_codes(answers: pd.DataFrame) -> pd.Series:
    """The code that each answer states: `recipient_code`, else what stands in `recipient` where it looks like
    a code; None without one."""
    named = answers.reindex(columns=STATES).astype(object)
    known = {said for said in named["recipient"].dropna().unique() if _CODE.fullmatch(str(said))}
    bare = named["recipient"].where(named["recipient"].isin(known), None)
    codes = named["recipient_code"].where(named["recipient_code"].notna(), bare)
    return codes.where(codes.notna(), None)


def gives(code: str | None, recipient: str) -> bool:
    """Whether a recipient (`platform_P07`) gives an answer that states ``code``, of its outbox or bare; one
    without a code may be anybody's."""
    return code is None or code in (recipient, recipient.partition("_")[2])


def by_their_recipients(answers: pd.DataFrame) -> pd.DataFrame:
    """Answers without those to a whole package that state the code of another than the package's recipient,
    whom the identifier of its manifest names. ``answers``: item_id and of STATES what there is."""
    to = answers["item_id"].astype("string").str.extract(_PACKAGE, expand=False)
    own = to.isna().to_numpy(dtype=bool, copy=True)
    pairs = zip(stated_codes(answers[~own]), to[~own], strict=True)
    own[~own] = [gives(code, recipient) for code, recipient in pairs]
    return answers[own]
