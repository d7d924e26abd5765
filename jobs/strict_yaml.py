"""Read YAML strictly: no duplicate keys, no anchors, no tags (`!!int`), no booleans, octals or dates of YAML
1.1. The line of each value is kept for messages.

``load_typed`` reads scalars by the core schema of YAML 1.2 (null, true/false, decimal integers, floats, else
text); ``load_text`` leaves every scalar as the text that is written. Keys are text in both.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import yaml

from jobs.environment import REPOSITORY
from jobs.errors import QualityError

# The keys and list positions that lead from the top of a document to a value.
KeyPath = tuple[str | int, ...]
# The deepest nesting of a document that is read.
MAX_DEPTH = 40
_PREFIX = "tag:yaml.org,2002:"


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


class _CoreLoader(yaml.CSafeLoader):
    """Resolves plain scalars as YAML 1.2's core schema does (yaml.org/spec/1.2.2, section 10.3), without
    octal and hex."""

    yaml_implicit_resolvers: ClassVar[dict[str, list[tuple[str, re.Pattern[str]]]]] = {}


for _tag, _pattern, _first in (
    ("null", r"^(?:null|Null|NULL|~|)$", ["n", "N", "~", ""]),
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", list("tTfF")),
    ("int", r"^[-+]?[0-9]+$", list("-+0123456789")),
    ("float", r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$", list("-+.0123456789")),
):
    _CoreLoader.add_implicit_resolver(_PREFIX + _tag, re.compile(_pattern), _first)


def shown(path: Path) -> str:
    """Return a path as messages show it: relative to the repository where it lies in it, else unchanged."""
    try:
        return path.resolve().relative_to(REPOSITORY).as_posix()
    except ValueError:
        return str(path)


def load_typed(path: Path) -> tuple[dict[str, Any], Lines]:
    """Read the document at ``path``. Returns its content, a dictionary with scalars as None, bool, int, float
    or text, and the line of each value. Raises YamlError, with each problem and its line, where the file
    cannot be read or is not a mapping in strict YAML."""
    return _load(path, _CoreLoader)


def load_text(path: Path) -> tuple[dict[str, Any], Lines]:
    """Read the document at ``path``. Returns its content, a dictionary with each scalar as the text that is
    written, '' where it is empty, and the line of each value. Raises YamlError, with each problem and its
    line, where the file cannot be read or is not a mapping in strict YAML."""
    return _load(path, yaml.CBaseLoader)


def _load(path: Path, loader: type) -> tuple[dict[str, Any], Lines]:
    file = shown(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
        _refuse_what_is_not_plain(text, loader, file)
        node = yaml.compose(text, loader)
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
    if not isinstance(node, yaml.MappingNode):
        raise YamlError([f"{file}:{node.start_mark.line + 1 if node else 1}: must be a mapping (key: value)"])
    lines = Lines(file)
    problems: list[str] = []
    data = _value(node, (), lines, problems)
    if problems:
        raise YamlError(problems)
    return data, lines


def _refuse_what_is_not_plain(text: str, loader: type, file: str) -> None:
    """Raise YamlError at the first anchor, alias or tag, and where the document is nested too deep."""
    depth = 0
    for event in yaml.parse(text, loader):
        line = event.start_mark.line + 1
        if getattr(event, "anchor", None) is not None:
            raise YamlError([f"{file}:{line}: anchors and aliases are not read: write it out"])
        if getattr(event, "tag", None) is not None:
            raise YamlError([f"{file}:{line}: tag {event.tag} is not read: write the value alone"])
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise YamlError([f"{file}:{line}: is nested more than {MAX_DEPTH} deep"])


def _value(node: yaml.Node, path: KeyPath, lines: Lines, problems: list[str]) -> Any:
    """What a node stands for. Lines of keys are noted in ``lines``, faults added to ``problems``; a scalar
    that is no value of its kind is None."""
    lines._lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, path, lines, problems)
    if isinstance(node, yaml.SequenceNode):
        return [_value(child, (*path, i), lines, problems) for i, child in enumerate(node.value)]
    scalars: dict[str, Callable[[str], Any]] = {
        "str": str,
        "int": int,
        "float": float,
        "null": lambda _: None,
        "bool": lambda text: text.lower() == "true",
    }
    kind = node.tag.removeprefix(_PREFIX)  # as the loader resolves what is written: no tag is
    try:
        return scalars[kind](node.value)
    except ValueError:
        problems.append(f"{lines.file}:{node.start_mark.line + 1}: {node.value!r} is not a {kind}")
        return None


def _mapping(node: yaml.MappingNode, path: KeyPath, lines: Lines, problems: list[str]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            problems.append(f"{lines.file}:{line}: a key must be plain text")
            continue
        key = key_node.value
        if key in result:
            first = lines.of((*path, key))
            problems.append(f"{lines.file}:{line}: {key}: occurs twice (first in line {first})")
            continue
        lines._lines[(*path, key)] = line
        result[key] = _value(value_node, (*path, key), lines, problems)
    return result
