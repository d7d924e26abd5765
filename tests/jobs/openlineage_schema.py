"""Holds an event, as it was written, against OpenLineage's reference schema as its own client has it: classes
that are generated from the schema's text, of the version that each `schemaURL` and `_schemaURL` names."""

from __future__ import annotations

import importlib
import pkgutil
import typing
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any

import attr
import openlineage.client.generated as generated
from openlineage.client.generated import base

EVENT = base.RunEvent


def _classes() -> dict[str, type]:
    """Facet classes by the schema that they were generated from."""
    found: dict[str, type] = {}
    for module in pkgutil.iter_modules(generated.__path__):
        for value in vars(importlib.import_module(f"{generated.__name__}.{module.name}")).values():
            if isinstance(value, type) and issubclass(value, base.BaseFacet):
                found[value._get_schema()] = value
    return found


FACETS = _classes()


def problems(event: Mapping[str, Any]) -> list[str]:
    """What the schema does not allow, as `path: what`; nothing for a valid event."""
    if event.get("schemaURL") != EVENT._get_schema():
        return [f"schemaURL: {event.get('schemaURL')} is not {EVENT._get_schema()}"]
    return list(_object(EVENT, event, "event"))


def _object(kind: type, value: Any, path: str) -> Iterator[str]:
    if not isinstance(value, Mapping):
        yield f"{path}: is no object"
        return
    fields = {f.alias.lstrip("_"): f for f in attr.fields(kind)}
    named = {**vars(base), **vars(importlib.import_module(kind.__module__))}
    hints = typing.get_type_hints(kind, named)
    given = {name.lstrip("_"): each for name, each in value.items()}
    for name, each in fields.items():
        if each.default is attr.NOTHING and name not in given:
            yield f"{path}.{name}: is required"
    open_ended = hasattr(kind, "with_additional_properties")
    for name, each in given.items():
        if name not in fields:
            if not open_ended:
                yield f"{path}.{name}: is not known"
        else:
            yield from _value(hints[fields[name].name], each, f"{path}.{name}")
    try:
        for name, each in fields.items():
            if each.validator is not None and name in given:
                each.validator(None, each, given[name])
    except (ValueError, TypeError) as wrong:
        yield f"{path}: {wrong}"


def _value(hint: Any, value: Any, path: str) -> Iterator[str]:
    options = [o for o in (typing.get_args(hint) or (hint,)) if o is not type(None)]
    union = typing.get_origin(hint) not in (list, dict)
    if union and len(options) == 1 and options[0] is not hint:
        yield from _value(options[0], value, path)
    elif typing.get_origin(hint) is list:
        if not isinstance(value, list):
            yield f"{path}: is no list"
            return
        for number, each in enumerate(value):
            yield from _value(options[0], each, f"{path}[{number}]")
    elif typing.get_origin(hint) is dict:
        for name, each in value.items():
            kind = options[1]
            if isinstance(kind, type) and issubclass(kind, base.BaseFacet):
                yield from _facet(kind, each, f"{path}.{name}")
            else:
                yield from _value(kind, each, f"{path}.{name}")
    elif isinstance(hint, type) and issubclass(hint, Enum):
        if value not in {each.value for each in hint}:
            yield f"{path}: {value!r} is not one of the schema"
    elif attr.has(hint):
        yield from _object(hint, value, path)
    elif hint in (str, int, bool, float):
        if type(value) is not hint:
            yield f"{path}: {value!r} is no {hint.__name__}"
    else:
        yield f"{path}: {hint} is not understood"


def _facet(place: type, value: Any, path: str) -> Iterator[str]:
    """A facet is held against the class of its `_schemaURL`, which must be one of its place."""
    if not isinstance(value, Mapping) or not value.get("_producer") or not value.get("_schemaURL"):
        yield f"{path}: _producer and _schemaURL are required"
        return
    kind = FACETS.get(value["_schemaURL"])
    if kind is None or not issubclass(kind, place):
        yield f"{path}: {value['_schemaURL']} is no {place.__name__} of the schema"
        return
    yield from _object(kind, value, path)
