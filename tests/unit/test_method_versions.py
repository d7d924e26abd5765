"""A method's version is read without its table beside it, on about.html, so it names the method."""

from __future__ import annotations

import re
from pathlib import Path

MARTS = Path(__file__).resolve().parents[2] / "jobs" / "marts"
STATED = re.compile(r'^(?:METHOD_)?VERSION = "(.*?)"', flags=re.M)


def test_the_version_of_a_method_names_the_method() -> None:
    found = {p.stem: v for p in MARTS.rglob("*.py") for v in STATED.findall(p.read_text(encoding="utf-8"))}
    assert len(found) > 10
    assert {m: v for m, v in found.items() if not re.fullmatch(r"[a-z_]+/\d+", v)} == {}
