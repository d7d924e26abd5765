"""Brings numbers of standards, as pages and labels write them, into one form, so that a citation can be
looked up. Pure."""

from __future__ import annotations

import re
from functools import lru_cache

# Full-width forms of ASCII, dashes of all kinds, and what stands between two numbers.
_WIDE = {chr(c): chr(c - 0xFEE0) for c in range(0xFF01, 0xFF5F)}
_MAP = {**_WIDE, **dict.fromkeys("—–―‐‑‒−﹣", "-"), **dict.fromkeys("；;，,、\n", ";")}
FROM, TO = "".join(_MAP), "".join(_MAP.values())
UNWANTED = r"[^A-Z0-9.;-]"  # spaces, the slash of GB/T (often left out), titles and other words
NEXT_NUMBER = r"(-[0-9]{4})(?=[A-Z])"  # a year and letters: the next number begins without a separator
YEAR = r"-[0-9]{4}$"

_TABLE = str.maketrans(_MAP)


@lru_cache(maxsize=65536)
def citations(text: str | None) -> tuple[str, ...]:
    """Return the numbers of standards in a text, in one form, without repetition, in their order: ``gb／t
    22849—2014、GB 18401-2010 B类`` gives GBT22849-2014, GB18401-2010 and B. A piece that is no number, such
    as B, is returned too; no register holds it. An empty or missing text gives ()."""
    bare = re.sub(UNWANTED, "", (text or "").upper().translate(_TABLE))
    return tuple(dict.fromkeys(piece for piece in re.sub(NEXT_NUMBER, r"\1;", bare).split(";") if piece))


def designation(number: str) -> str:
    """Return a single number in the one form: GB/T 22849-2014 → GBT22849-2014. The year stays (`undated`
    removes it); a text that is no number is not refused: only letters A to Z, digits, dots, hyphens and
    semicolons of it stay, so that GB 18401-2010 B类 gives GB18401-2010B, and Chinese alone ''."""
    return re.sub(UNWANTED, "", number.upper().translate(_TABLE))


def undated(key: str) -> str:
    """Return a number (in the one form) without the year of its edition: GBT22849-2014 → GBT22849."""
    return re.sub(YEAR, "", key)
