"""What the feed of a row states in its column `_policies`, as Spark SQL."""

from __future__ import annotations

from jobs.contracts.kinds import text_literal
from jobs.deployment import deployment

# SQL: the row's feed has this mode (in append the earliest row of a key wins, in snapshot the newest
# delivery).
APPEND, SNAPSHOT = (f"LOCATE(';mode={mode};', _policies) > 0" for mode in ("append", "snapshot"))


def _stated(name: str, letters: int, default: str) -> str:
    """What the row's feed states as `name=…` in `_policies`, a code of so many letters, else ``default``
    (SQL)."""
    here = f"LOCATE(';{name}=', _policies)"
    return (
        f"CASE WHEN {here} > 0 THEN SUBSTRING(_policies, {here} + {len(name) + 2}, {letters}) "
        f"ELSE {default} END"
    )


def jurisdiction() -> str:
    """Return SQL for the country code of a row's source, from `_policies`: the stated one, else the
    deployment's."""
    return _stated("jurisdiction", 2, text_literal(deployment().code))


def currency() -> str:
    """Return SQL for the currency code of a row's amounts, from `_policies`: the stated one; else the
    deployment's where the row is of its jurisdiction, and null where it is not."""
    return _stated("currency", 3, f"CASE WHEN {own()} THEN {text_literal(deployment().currency)} END")


def own() -> str:
    """Return SQL that is true for a row of the deployment's jurisdiction, from its column `_policies`."""
    return f"({jurisdiction()}) = {text_literal(deployment().code)}"
