"""Check a YAML document against a closed set of keys: every wrong key or value becomes a problem, a
`file:line: field: what` line.

``path`` are the keys and list positions that lead to a value, by which its line is found; ``field`` is the
name of the value in messages (a column, its property).
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Any

from jobs.strict_yaml import KeyPath, Lines


class Document:
    """Collects the problems of one file in ``problems``. ``lines``: the line of each of its values."""

    def __init__(self, lines: Lines):
        self.lines = lines
        self.problems: list[str] = []

    def wrong(self, path: KeyPath, field: str, message: str) -> None:
        """Add the problem `file:line: field: message` to ``problems``. ``path``: the keys and list positions
        that lead to the value, by which its line is found; ``field``: what messages call the value."""
        self.problems.append(f"{self.lines.file}:{self.lines.of(path)}: {field}: {message}")

    def mapping(
        self, value: Any, path: KeyPath, field: str, keys: Iterable[str], required: Iterable[str] = ()
    ) -> Mapping[str, Any]:
        """Return ``value``; an empty mapping, with a problem, where it is not a mapping. Each key that is not
        one of ``keys``, and each of ``required`` that is absent, is a problem, too."""
        if not isinstance(value, Mapping):
            self.wrong(path, field, "must be a mapping")
            return {}
        known = list(keys)
        for key in value:
            if key not in known:
                self.wrong((*path, key), _below(field, key), f"unknown field{suggestion(key, known)}")
        for key in required:
            if key not in value:
                self.wrong(path, _below(field, key), "is missing")
        return value

    def sequence(self, value: Any, path: KeyPath, field: str) -> list[Any]:
        """Return ``value``; an empty list, with a problem, where it is not a list."""
        if isinstance(value, list):
            return value
        self.wrong(path, field, "must be a list")
        return []

    def one_of(self, value: Any, path: KeyPath, field: str, allowed: Iterable[Any], default: Any) -> Any:
        """Return ``value`` where it is one of ``allowed`` and of the same type (True is not 1), else
        ``default``, with a problem."""
        known = list(allowed)
        if any(value == a and type(value) is type(a) for a in known):
            return value
        self.wrong(
            path,
            field,
            f"{value!r} is not one of {', '.join(str(a) for a in known)}{suggestion(value, known)}",
        )
        return default

    def text(self, value: Any, path: KeyPath, field: str) -> str:
        """Return ``value`` where it is text that is not empty, else '', with a problem."""
        if isinstance(value, str) and value.strip():
            return value
        self.wrong(path, field, f"must be text, not {value!r}")
        return ""


def near(value: Any, known: Iterable[Any]) -> list[str]:
    """The words of ``known`` that are spelled like ``value``, at most two, the closest first (difflib)."""
    return difflib.get_close_matches(str(value), [str(k) for k in known], n=2)


def suggestion(value: Any, known: Iterable[Any]) -> str:
    """`; did you mean …?` with the words of ``known`` that are spelled like ``value``; '' where none is."""
    close = near(value, known)
    return f"; did you mean {' or '.join(close)}?" if close else ""


def _below(field: str, key: str) -> str:
    return f"{field}.{key}" if field else key
