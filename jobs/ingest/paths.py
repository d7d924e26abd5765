"""Paths into nested records: `a.b[0].c`, and `a[*].c` for a list (definitions.md#feed)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

MISSING = object()  # stands for the value at a path that a record does not have
_STEP = re.compile(r"([^.\[\]]+)((?:\[(?:[0-9]{1,6}|\*)\])*)(?:\.|$)")


@lru_cache(maxsize=4096)
def parse_path(text: str) -> tuple[str | int, ...]:
    """Parse a path into steps, at least one: names, positions in a list (from 0) and `*`, which stands for
    every element. `a.b[0]` gives ('a', 'b', 0). Raises ValueError for a text that is not a path."""
    steps: list[str | int] = []
    at = 0
    while at < len(text) or not steps:
        found = _STEP.match(text, at)
        if found is None or (found.end() == len(text) and text.endswith(".")):
            raise ValueError(f"{text!r} is not a path such as a.b[0].c or a[*].c")
        steps.append(found.group(1))
        steps += [i if i == "*" else int(i) for i in re.findall(r"\[([^\]]+)\]", found.group(2))]
        at = found.end()
    return tuple(steps)


def record_steps(text: str) -> tuple[str | int, ...]:
    """Parse a `record_path`, as `parse_path` does; unlike other paths it may begin with brackets:
    `[*].items`. Raises ValueError for a text that is not a path."""
    brackets = re.match(r"(?:\[(?:[0-9]{1,6}|\*)\])+", text)
    if brackets is None:
        return parse_path(text)
    rest = text[brackets.end() :]
    steps = tuple(i if i == "*" else int(i) for i in re.findall(r"\[([^\]]+)\]", brackets.group()))
    return (*steps, *parse_path(rest.removeprefix("."))) if rest else steps


def value_at(record: Any, steps: tuple[str | int, ...]) -> Any:
    """The value at a path in a record; MISSING where there is none. A `*` gives the list of the values
    that its elements have there, without elements that have none; several `*` give one flat list. MISSING for
    a `*` where there is no list."""
    for i, step in enumerate(steps):
        if step == "*":
            if not isinstance(record, list):
                return MISSING
            found = [value_at(element, steps[i + 1 :]) for element in record]
            kept = [f for f in found if f is not MISSING]
            return [e for f in kept for e in f] if "*" in steps[i + 1 :] else kept
        if isinstance(step, int):
            if not isinstance(record, list) or step >= len(record):
                return MISSING
        elif not isinstance(record, dict) or step not in record:
            return MISSING
        record = record[step]
    return record


def values_at(records: Sequence[Any], steps: tuple[str | int, ...]) -> list[Any]:
    """`value_at` of each of the records."""
    if len(steps) == 1 and isinstance(steps[0], str) and steps[0] != "*":
        name = steps[0]
        return [record.get(name, MISSING) if isinstance(record, dict) else MISSING for record in records]
    return [value_at(record, steps) for record in records]
