"""Text on its way to a terminal or a log, which act on some characters: names of files and values come from
others."""

from __future__ import annotations

import re

# Controls (ESC moves the cursor and sets titles), line ends of Unicode, marks that turn the direction of text
# around, and what is no character.
_UNSHOWN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def shown(text: str) -> str:
    """The text with these characters as escapes (`\\x1b`); tab and line feed stay."""
    return _UNSHOWN.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def shown_line(text: str) -> str:
    """The text on one line: a line feed in the name of a file begins no line that looks like one of ours."""
    return shown(text).replace("\n", "\\n")
