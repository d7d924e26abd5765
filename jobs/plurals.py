"""Counts in English phrases."""

from __future__ import annotations


def plural(n: int, one: str, many: str | None = None) -> str:
    """Return a number with its noun: "1 file", "1,200 files". ``one``: the singular; ``many``: the plural,
    where it is not the singular with an s ("2 batches")."""
    return f"{int(n):,} {one if n == 1 else many or one + 's'}"
