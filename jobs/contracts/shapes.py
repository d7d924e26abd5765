"""The structure of YAML documents, as pydantic models ("shapes"). What does not fit a model becomes a problem
of the Document, a `file:line: field: what` line.

A value that can only be judged together with others (a column that another part names, say) is checked
afterwards, by the module that reads the document.
"""

from __future__ import annotations

from collections.abc import Hashable
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainValidator, ValidationError
from pydantic_core import ErrorDetails

from jobs.contracts.document import Document, suggestion
from jobs.strict_yaml import KeyPath


class Shape(BaseModel):
    """A mapping that has only the fields of the model. Values are not converted: the text '3' is not a
    number."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, populate_by_name=False)


Shaped = TypeVar("Shaped", bound=Shape)


def shaped(
    doc: Document, model: type[Shaped], value: Any, path: KeyPath = (), field: str = ""
) -> Shaped | None:
    """Check ``value`` against a model. Returns an instance of the model; None where it does not fit, with the
    problems added to ``doc``. ``path``: the keys that lead to the value in the document; ``field``: the name
    of that place in messages."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        for each in error.errors(include_url=False):
            doc.wrong((*path, *each["loc"]), _named(field, each["loc"]), _problem_text(each, model))
        return None


class _Property(Shape):
    property: str
    value: Any


def named_properties(
    doc: Document, model: type[Shaped], items: list[Any], path: KeyPath, field: str
) -> Shaped | None:
    """Check a list of {property, value}, as ODCS writes named values, against a model that has these
    properties as fields. Returns an instance of the model; None where problems were added to ``doc``.
    ``path``: the keys that lead to the list; ``field``: its name in messages."""
    before, named = len(doc.problems), {}
    for i, item in enumerate(items):
        entry = shaped(doc, _Property, item, (*path, i), field)
        if entry is None:
            continue
        if entry.property in named:
            doc.wrong((*path, i), f"{field}.{entry.property}", "occurs twice")
        named[entry.property] = entry.value
        doc.lines.put((*path, entry.property), (*path, i))
    found = shaped(doc, model, named, path, field)
    return found if len(doc.problems) == before else None


def one_of(*allowed: Hashable) -> PlainValidator:
    """A pydantic validator: the value must be one of ``allowed`` and of the same type (True is not 1)."""

    def check(value: Any) -> Any:
        if any(value == a and type(value) is type(a) for a in allowed):
            return value
        known = [str(a) for a in allowed]
        raise ValueError(f"{value!r} is not one of {', '.join(known)}{suggestion(value, known)}")

    return PlainValidator(check)


def _filled(value: str) -> str:
    if not value.strip():
        raise ValueError(f"must be text, not {value!r}")
    return value


def _whole(value: Any) -> int:
    if type(value) is int and value >= 0:
        return value
    raise ValueError(f"{value!r} is not a whole number of 0 or more")


def _bilingual(value: Any) -> tuple[str, str]:
    if not isinstance(value, str):
        raise ValueError(f"must be text, not {value!r}")
    zh, _, en = value.partition(" | ")
    if not (zh.strip() and en.strip()):
        raise ValueError("must be '中文 | English'")
    return zh.strip(), en.strip()


Filled = Annotated[str, AfterValidator(_filled)]
"""Text that is not empty."""
Whole = Annotated[int, PlainValidator(_whole)]
"""A whole number of 0 or more."""
Bilingual = Annotated[tuple[str, str], PlainValidator(_bilingual)]
"""`中文 | English`, as both parts."""
Flag = Annotated[bool, one_of(True, False)]  # True or False; no 1, 0 or text
Texts = Annotated[tuple[Filled, ...], Field(strict=False)]
"""A list of texts that are not empty."""


def _named(field: str, loc: tuple[int | str, ...]) -> str:
    """`columns.name` of a field; elements of a list are found by their line."""
    return ".".join(part for part in (field, *loc) if isinstance(part, str) and part)


_MUST = {
    "missing": "is missing",
    "model_type": "must be a mapping",
    "dict_type": "must be a mapping",
    "list_type": "must be a list",
    "tuple_type": "must be a list",
}


def _problem_text(error: ErrorDetails, model: type[BaseModel]) -> str:
    """One problem in words."""
    kind = error["type"]
    if kind == "extra_forbidden":
        *before, key = error["loc"]
        return f"unknown field{suggestion(key, _fields(model, before))}"
    if kind == "string_type":
        return f"must be text, not {error['input']!r}"
    if kind == "value_error":
        return str(error["ctx"]["error"])
    return _MUST.get(kind, error["msg"])


def _fields(model: Any, loc: list[int | str]) -> list[str]:
    """The fields of the model that lies at ``loc`` within another."""
    model = _bare(model)
    for part in loc:
        if _is_model(model):
            model = _bare({i.alias or n: i.annotation for n, i in model.model_fields.items()}.get(str(part)))
        else:  # the elements of a list, the values of a mapping
            model = _bare((get_args(model) or (None,))[-1 if get_origin(model) is dict else 0])
    return [info.alias or name for name, info in model.model_fields.items()] if _is_model(model) else []


def _bare(kind: Any) -> Any:
    """The type without its annotations, and without None as an alternative."""
    while get_origin(kind) in (Annotated, Union, UnionType):
        kind = next(each for each in get_args(kind) if each is not type(None))
    return kind


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)
