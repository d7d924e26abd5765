"""Counts in English phrases."""

from __future__ import annotations


def plural(n: int, one: str, many: str | None = None) -> str:
    """A count with its noun: "1 file", "1,200 files". ``many`` is the noun of more than one where it is not
    ``one`` and s: "2 batches"."""
    return f"{int(n):,} {one if n == 1 else many or one + 's'}"
