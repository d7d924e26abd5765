"""The marks of an unfinished erasure, in the file `.erasure.json` of the lake. A mark is a random text (64
hex digits) that replaces one pseudonym of a person in all rows, so that what was counted as one stays one.

A call that was killed, or left a trace, and is repeated then uses the marks that rows have already. The file
holds hashes of pseudonyms with their marks, no pseudonym and no clear value, and only its owner may read it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from jobs.whole_folder import replaced_file

MARKS = ".erasure.json"


def marks_of(lake: Path, pseudonyms: Mapping[str, str]) -> dict[str, str]:
    """Return a dictionary pseudonym → mark: the mark that an unfinished call has kept for it, else the given
    one. ``lake``: the lake's directory; ``pseudonyms``: pseudonym → a new mark."""
    kept = _read(lake)
    return {pseudonym: kept.get(_name(pseudonym), mark) for pseudonym, mark in pseudonyms.items()}


def keep_marks(lake: Path, marks: Mapping[str, str]) -> None:
    """Write the marks (pseudonym → mark) to the file, where they stay until `drop_marks`; marks of other
    unfinished calls stay too. ``lake``: the lake's directory."""
    _write(lake, _read(lake) | {_name(pseudonym): mark for pseudonym, mark in marks.items()})


def drop_marks(lake: Path, marks: Mapping[str, str]) -> None:
    """Remove these marks (pseudonym → mark) from the file, and the file itself where no mark remains.
    ``lake``: the lake's directory."""
    gone = {_name(pseudonym) for pseudonym in marks}
    _write(lake, {name: mark for name, mark in _read(lake).items() if name not in gone})
    for part in lake.glob(f".{MARKS}.*.part"):  # what a killed call left
        part.unlink()


def _read(lake: Path) -> dict[str, str]:
    try:
        return json.loads((lake / MARKS).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}


def _write(lake: Path, kept: Mapping[str, str]) -> None:
    if not kept:
        (lake / MARKS).unlink(missing_ok=True)
        return
    with replaced_file(lake / MARKS) as part:
        part.touch(mode=0o600)
        part.write_text(json.dumps(kept), encoding="utf-8")


def _name(pseudonym: str) -> str:
    return hashlib.sha256(pseudonym.encode()).hexdigest()
