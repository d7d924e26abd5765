"""Makes the files of a lookup: its rows, in scripts next to the page, so that it also works from a local disk
and sends no requests. The first file has the rows that are listed first; the page reads the further ones in
turn once something is asked, so that the first answers do not wait for all rows of a large country."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from jobs.reports.wording import Text

# Paths below site/ of the first file and of the folder of the others; the variable that the first one sets.
INDEX, FOLDER, NAME = "lookup_index.js", "lookup", "QUALITY_LOOKUP"
FIRST = 5_000  # rows of a part in the first file: some 1 MB
EACH = 10_000  # rows of a further file


def written(
    parts: Sequence[Mapping[str, Any]],
    words: Mapping[str, str],
    held: Text | None = None,
    *,
    first: int = FIRST,
    each: int = EACH,
) -> dict[str, bytes]:
    """Return the files of a lookup, path below site/ → JavaScript.

    ``parts``: one dict per table of the lookup: ``title`` and ``columns`` in both languages, ``rows`` (lists
    of a text or, from `both_of`, a phrase per column, and an address at the end), ``link`` (place of the
    column that leads to the address), and ``failed`` where rows have a result. ``words``: Chinese name of a
    category → words that buyers use for its goods. ``held``: the periods that the lookup holds.
    ``first``, ``each``: rows of a part in the first and in each further file.

    In a file, a cell that is a number stands for the phrase at that place of its ``phrases``.
    """
    beyond = [
        (place, part["rows"][start : start + each])
        for place, part in enumerate(parts)
        for start in range(first, len(part["rows"]), each)
    ]
    further = [
        {"file": f"{FOLDER}/{n}.js", "name": f"{NAME}_{n}", "part": place}
        for n, (place, _) in enumerate(beyond, start=1)
    ]
    phrases: dict[str, int] = {}
    opening = [
        {**part, "rows": _numbered(part["rows"][:first], phrases), "all": len(part["rows"])} for part in parts
    ]
    content = {"parts": opening, "phrases": _listed(phrases), "words": words, "further": further}
    found = {INDEX: script(NAME, content if held is None else content | {"held": both_of(held)})}
    for file, (_, rows) in zip(further, beyond, strict=True):
        phrases = {}
        numbered = _numbered(rows, phrases)
        found[str(file["file"])] = script(str(file["name"]), {"rows": numbered, "phrases": _listed(phrases)})
    return found


def _numbered(rows: Sequence[Sequence[Any]], phrases: dict[str, int]) -> list[list[Any]]:
    """Return the rows with the place of each phrase, which stands in many rows, in place of it. New phrases
    are added to ``phrases`` (phrase as JSON → place)."""
    return [
        [
            phrases.setdefault(json.dumps(cell), len(phrases)) if isinstance(cell, dict) else cell
            for cell in row
        ]
        for row in rows
    ]


def _listed(phrases: Mapping[str, int]) -> list[Any]:
    return [json.loads(phrase) for phrase in phrases]


def both_of(words: Text) -> Any:
    """Return a phrase for a script: one text where both languages have the same, else {"zh", "en"}."""
    return words.zh if words.zh == words.en else {"zh": words.zh, "en": words.en}


def script(name: str, content: Any) -> bytes:
    """Return a JavaScript file in UTF-8 that assigns ``content`` (as JSON) to ``window.<name>``: a page
    opened from a disk can load a script but not JSON. The characters by which content could end the script
    element or a line are escaped."""
    written = json.dumps(content, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    for sign, escaped in (("<", "\\u003c"), ("\u2028", "\\u2028"), ("\u2029", "\\u2029")):
        written = written.replace(sign, escaped)
    return f"window.{name}={written};\n".encode()
