"""Read YAML strictly: no duplicate keys, no anchors, no tags (`!!int`), no booleans, octals or dates of YAML
1.1. The line of each value is kept for messages.

``load_typed`` reads scalars by the core schema of YAML 1.2 (null, true/false, decimal integers, floats, else
text); ``load_text`` leaves every scalar as the text that is written. Keys are text in both.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from jobs.environment import REPOSITORY
from jobs.errors import QualityError

# The keys and list positions that lead from the top of a document to a value.
KeyPath = tuple[str | int, ...]
# The deepest nesting of a document that is read.
MAX_DEPTH = 40


class YamlError(QualityError):
    """A file is not YAML as this module reads it. ``problems``: each as `file:line: what`."""

    def __init__(self, problems: list[str]):
        self.problems = problems
        super().__init__("\n".join(problems))


@dataclass
class Lines:
    """The line of each value of a document, found by the keys that lead to it (its path). ``file``: the name
    that messages show."""

    file: str
    _lines: dict[KeyPath, int] = field(default_factory=dict)

    def of(self, path: KeyPath) -> int:
        """Return the line, from 1, of the key or list element at ``path``; where the path does not exist,
        that of its nearest parent."""
        while path not in self._lines and path:
            path = path[:-1]
        return self._lines.get(path, 1)

    def put(self, path: KeyPath, there: KeyPath) -> None:
        """Let ``path`` have the line of ``there``, where one value can be reached by both paths."""
        self._lines[path] = self.of(there)


# How plain scalars are read: the kind that messages name, the pattern (the core schema of YAML 1.2,
# yaml.org/spec/1.2.2, section 10.3, without octal and hex), and the value of a text that matches.
_KINDS: tuple[tuple[str, re.Pattern[str], Callable[[str], Any]], ...] = (
    ("null", re.compile(r"(?:null|Null|NULL|~|)"), lambda _: None),
    ("bool", re.compile(r"(?:true|True|TRUE|false|False|FALSE)"), lambda text: text.lower() == "true"),
    ("int", re.compile(r"[-+]?[0-9]+"), int),
    ("float", re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"), float),
)
_FIRST = frozenset("nN~tTfF-+.0123456789")  # what a text that matches begins with, unless it is empty


def shown(path: Path) -> str:
    """Return a path as messages show it: relative to the repository where it lies in it, else unchanged."""
    try:
        return path.resolve().relative_to(REPOSITORY).as_posix()
    except ValueError:
        return str(path)


def load_typed(path: Path) -> tuple[dict[str, Any], Lines]:
    """Read the document at ``path``. Returns its content, a dictionary with scalars as None, bool, int, float
    or text (quoted ones are text), and the line of each value. Raises YamlError, with each problem and its
    line, where the file cannot be read or is not a mapping in strict YAML."""
    return _load(path, typed=True)


def load_text(path: Path) -> tuple[dict[str, Any], Lines]:
    """Read the document at ``path``. Returns its content, a dictionary with each scalar as the text that is
    written, '' where it is empty, and the line of each value. Raises YamlError, with each problem and its
    line, where the file cannot be read or is not a mapping in strict YAML."""
    return _load(path, typed=False)


def _load(path: Path, *, typed: bool) -> tuple[dict[str, Any], Lines]:
    file = shown(path)
    try:
        reader = _Reader(yaml.parse(path.read_text(encoding="utf-8-sig"), yaml.CBaseLoader), file, typed)
        data = reader.document()
    except OSError as error:
        raise YamlError([f"{file}:1: cannot be read: {error.strerror}"]) from error
    except UnicodeDecodeError as error:
        raise YamlError([f"{file}:1: is not UTF-8: {error}"]) from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise YamlError(
            [f"{file}:{mark.line + 1 if mark else 1}: {error.problem or error.context}"]
        ) from error
    except yaml.YAMLError as error:
        raise YamlError([f"{file}:1: {' '.join(str(error).split())}"]) from error
    if reader.problems:
        raise YamlError(reader.problems)
    return data, reader.lines


class _Reader:
    """Makes values of the events of a YAML parser, in one pass. ``lines``: of the keys and values so far;
    ``problems``: faults after which reading goes on, each as `file:line: what`."""

    def __init__(self, events: Iterator[yaml.Event], file: str, typed: bool):
        self.events, self.typed = events, typed
        self.lines = Lines(file)
        self.problems: list[str] = []

    def document(self) -> dict[str, Any]:
        """Return the content of the only document. Raises YamlError where it is not a mapping, holds an
        anchor, an alias or a tag, or is nested too deep, and what the parser raises."""
        next(self.events)  # of the stream's beginning
        if isinstance(next(self.events), yaml.StreamEndEvent):
            raise self._error(1, "must be a mapping (key: value)")
        top = self._next()
        value = self._value(top, (), 0)
        next(self.events)  # of the document's end
        if not isinstance(after := next(self.events), yaml.StreamEndEvent):
            raise self._error(_line(after), "but found another document")
        if not isinstance(value, dict):
            raise self._error(_line(top), "must be a mapping (key: value)")
        return value

    def _next(self) -> yaml.Event:
        event = next(self.events)
        if getattr(event, "anchor", None) is not None:
            raise self._error(_line(event), "anchors and aliases are not read: write it out")
        if getattr(event, "tag", None) is not None:
            raise self._error(_line(event), f"tag {event.tag} is not read: write the value alone")
        return event

    def _value(self, event: yaml.Event, path: KeyPath, depth: int) -> Any:
        """The value that begins with ``event``, read to its end."""
        line = _line(event)
        self.lines._lines.setdefault(path, line)
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event)
        if depth == MAX_DEPTH:
            raise self._error(line, f"is nested more than {MAX_DEPTH} deep")
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(path, depth + 1)
        found: list[Any] = []
        while not isinstance(element := self._next(), yaml.SequenceEndEvent):
            found.append(self._value(element, (*path, len(found)), depth + 1))
        return found

    def _mapping(self, path: KeyPath, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while not isinstance(name := self._next(), yaml.MappingEndEvent):
            line, key = _line(name), getattr(name, "value", None)
            if key is None:
                self.problems.append(f"{self.lines.file}:{line}: a key must be plain text")
                self._pass_over(name, depth)
                self._pass_over(self._next(), depth)
            elif key in found:
                first = self.lines.of((*path, key))
                self.problems.append(f"{self.lines.file}:{line}: {key}: occurs twice (first in line {first})")
                self._pass_over(self._next(), depth)
            else:
                self.lines._lines[(*path, key)] = line
                found[key] = self._value(self._next(), (*path, key), depth)
        return found

    def _pass_over(self, event: yaml.Event, depth: int) -> None:
        """Read the value that begins with ``event`` without keeping it, its lines or its faults."""
        kept = self.lines, self.problems
        self.lines, self.problems = Lines(self.lines.file), []
        self._value(event, (), depth)
        self.lines, self.problems = kept

    def _scalar(self, event: yaml.ScalarEvent) -> Any:
        text: str = event.value
        if not self.typed or not event.implicit[0] or (text and text[0] not in _FIRST):
            return text
        for kind, pattern, value in _KINDS:
            if pattern.fullmatch(text):
                try:
                    return value(text)
                except ValueError:  # an integer of thousands of digits
                    self.problems.append(f"{self.lines.file}:{_line(event)}: {text!r} is not a {kind}")
                    return None
        return text

    def _error(self, line: int, what: str) -> YamlError:
        return YamlError([f"{self.lines.file}:{line}: {what}"])


def _line(event: yaml.Event) -> int:
    line: int = event.start_mark.line
    return line + 1
