"""The mark behind what a program made up and an official register would hold: names of authorities, editions
of standards that do not exist."""

from __future__ import annotations

ZH, EN = "（合成）", " (synthetic)"


def in_english(name: str) -> str:
    """Return a name or number with its mark in English (`X（合成）` → `X (synthetic)`); one without the mark
    is returned unchanged."""
    bare = name.removesuffix(ZH)
    return name if bare == name else bare + EN
