"""Make text safe for a terminal or a log, which act on control characters. Names of files and values come
from others and may hold such characters."""

from __future__ import annotations

import re

# Controls (ESC moves the cursor and sets titles), line ends of Unicode, marks that turn the direction of text
# around, and what is no character.
_UNSHOWN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def shown(text: str) -> str:
    r"""Return the text with control characters (`\x1b`), Unicode's line ends, marks of direction and
    surrogates as escapes; tab and line feed stay."""
    return _UNSHOWN.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def shown_line(text: str) -> str:
    """Return the text on one line, with a line feed and what `shown` replaces as escapes, so that a line feed
    in a file's name cannot begin a line that looks like one of the system's."""
    return shown(text).replace("\n", "\\n")
