"""Brings the numbers of standards, as pages and labels write them, into one form, so that a citation can be
looked up in the register. Pure.

The one form has capital letters, digits, dots and hyphens only: GB/T 22849-2014 is GBT22849-2014. The part
after the last hyphen, if it has four digits, is the year of the edition."""

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
LEAST = 3  # characters of a number: GB1

_TABLE = str.maketrans(_MAP)


@lru_cache(maxsize=65536)
def citations(text: str | None) -> tuple[str, ...]:
    """Return the numbers of standards that a text cites, in the one form, in the order of the text and
    without repetition: ``gb／t 22849—2014、GB 18401-2010 B类`` gives GBT22849-2014 and GB18401-2010.

    A piece without a digit, or of fewer than LEAST characters, is no number and left out: a class of goods
    (B类) or a grade (B1级). An empty or missing text, or one without a number, gives ()."""
    bare = re.sub(UNWANTED, "", (text or "").upper().translate(_TABLE))
    pieces = re.sub(NEXT_NUMBER, r"\1;", bare).split(";")
    return tuple(dict.fromkeys(p for p in pieces if len(p) >= LEAST and any(map(str.isdigit, p))))


def designation(number: str) -> str:
    """Return the number of one standard in the one form: GB/T 22849-2014 gives GBT22849-2014. The year is not
    removed (`undated` does that).

    A text that is no number is not refused: only its letters A to Z, digits, dots, hyphens and semicolons are
    kept, so that GB 18401-2010 B类 gives GB18401-2010B, and a text in Chinese ''."""
    return re.sub(UNWANTED, "", number.upper().translate(_TABLE))


def undated(key: str) -> str:
    """Return a number in the one form (``key``) without the year of its edition: GBT22849-2014 gives
    GBT22849. A number without a year is returned unchanged."""
    return re.sub(YEAR, "", key)
