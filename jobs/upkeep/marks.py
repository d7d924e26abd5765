"""Marks of an erasure that is not finished: `.erasure.json` below the lake, so that a call that was
killed, or left a trace, and is made again goes on with the marks that rows bear. It holds no
pseudonym and no value; its user alone may read it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from jobs.whole_folder import replaced_file

MARKS = ".erasure.json"


def marks_of(lake: Path, pseudonyms: Mapping[str, str]) -> dict[str, str]:
    """``pseudonyms`` with their marks, and instead of those given the ones that an unfinished call kept."""
    kept = _kept(lake)
    return {pseudonym: kept.get(_name(pseudonym), mark) for pseudonym, mark in pseudonyms.items()}


def keep_marks(lake: Path, marks: Mapping[str, str]) -> None:
    """Keep the marks of pseudonyms until `drop_marks`, beside those of other unfinished calls."""
    _write(lake, _kept(lake) | {_name(pseudonym): mark for pseudonym, mark in marks.items()})


def drop_marks(lake: Path, marks: Mapping[str, str]) -> None:
    """These are needed no more; without any left the file goes, too."""
    gone = {_name(pseudonym) for pseudonym in marks}
    _write(lake, {name: mark for name, mark in _kept(lake).items() if name not in gone})
    for part in lake.glob(f".{MARKS}.*.part"):  # what a killed call left
        part.unlink()


def _kept(lake: Path) -> dict[str, str]:
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
