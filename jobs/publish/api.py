"""Makes the files of `published/api/v1/`, a static API: JSON files by measure and unit or period, and the
OpenAPI document that describes them (definitions.md#bundle). Figures come from bundles alone. A bundle is a
folder of tables that was published for a period, as a numbered revision (`shelf.Bundle`)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from jobs.contracts.catalog import Catalog
from jobs.output import plain
from jobs.publish.calendar import releases
from jobs.publish.described import LICENCE, TYPES
from jobs.publish.formats import json_bytes
from jobs.publish.public_tables import PUBLIC_TABLES, PublicTable
from jobs.publish.shelf import Bundle, newest
from jobs.reports.names import page_name

VERSION = "1.0.0"
BY_UNIT = ("quality_index", "detection_rates", "complaint_rates")  # tables with one file per unit
BY_PERIOD = ("bulletins", "recalls")  # tables with one file per period
TABLES = {table.name: table for table in PUBLIC_TABLES}
_JSON = {"string": "string", "date": "string", "boolean": "boolean", "integer": "integer", "number": "number"}


def api_files(
    bundles: list[Bundle], catalog: Catalog, day: date | None = None
) -> Iterator[tuple[str, bytes]]:
    """Yield (path below api/v1/, content) of every file of the API.

    ``bundles``: all bundles, as `shelf.shelf` sorts them; of each period the last revision is used. Figures
    of a withdrawn period are left out; periods.json and calendar.json still name it. Files of detection rates
    have only the rows without a second dimension. ``catalog``: the contracts, for the OpenAPI document;
    ``day``: as for `calendar.releases`.
    """
    last = newest(bundles)
    there = [bundle for bundle in last if not bundle.withdrawn]
    meta = {
        "api_version": VERSION,
        "last_updated": max((b.published_on for b in bundles), default=None),
        "data_date": max((b.data_date for b in there if b.data_date), default=None),
        "licence": LICENCE,
        "synthetic": any(b.manifest.get("synthetic", False) for b in there),
        "disclaimer_zh": "比率为0至1；空值：样本不足、不可公开或不适用；靶向抽样的不代表市场",
        "disclaimer_en": "rates are 0-1; null: too few samples, withheld or not applicable; rates of "
        "targeted samples are not the market's",
    }
    units: dict[tuple[str, str], dict[str, str]] = {}
    for name in BY_UNIT:
        for (dimension, code), rows in _by_unit(name, there).items():
            path = f"{name}/{dimension}/{Path(page_name(code)).stem}.json"
            units.setdefault((dimension, code), {})[name] = path
            yield path, _answer(rows, meta)
    for name in BY_PERIOD:
        for bundle in there:
            if name in bundle.tables:
                path = f"{name}/{bundle.period.name}.json"
                yield path, _answer(bundle.arrow(name).to_pylist(), meta, _of_bundle(bundle))
    listed = [
        {"dimension_type": dimension, "dimension_code": code, "files": files}
        for (dimension, code), files in sorted(units.items())
    ]
    yield "units.json", _answer(listed, meta)
    yield "periods.json", _answer([_of_bundle(b) | {"state": b.manifest["state"]} for b in last], meta)
    yield "calendar.json", _answer(releases(bundles, day).to_pylist(), meta)
    yield "openapi.json", json_bytes(openapi(catalog))


def _by_unit(name: str, bundles: list[Bundle]) -> dict[tuple[str, str], list[dict[str, Any]]]:
    """Return the rows of the table ``name`` by unit (dimension_type, dimension_code), each with period,
    revision and published_on of its bundle; of detection rates only rows without a second dimension."""
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for bundle in bundles:
        if name not in bundle.tables:
            continue
        table = bundle.arrow(name)
        if "dimension2_type" in table.column_names:
            table = table.filter(pc.equal(table["dimension2_type"], ""))
        for row in table.to_pylist():
            at = (row["dimension_type"], row["dimension_code"])
            found.setdefault(at, []).append(_of_bundle(bundle) | row)
    return found


def _of_bundle(bundle: Bundle) -> dict[str, Any]:
    return {
        "period": bundle.period.name, "revision": bundle.revision, "published_on": bundle.published_on
    }  # fmt: skip


def _answer(
    rows: Iterable[dict[str, Any]], meta: dict[str, Any], more: dict[str, Any] | None = None
) -> bytes:
    """Return one file of the API as bytes: ``{"meta": …, "results": [row, …]}``, where meta is ``meta`` with
    ``more`` and the number of rows."""
    results = [{k: plain(v) for k, v in row.items()} for row in rows]
    head = {k: plain(v) for k, v in (meta | (more or {})).items()} | {"results": len(results)}
    return (
        json.dumps({"meta": head, "results": results}, ensure_ascii=False, allow_nan=False, indent=1) + "\n"
    ).encode()


def openapi(catalog: Catalog) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document as a dict: each path of the API, and for each answer its fields with
    type and meaning, from the contracts in ``catalog``."""
    schemas: dict[str, Any] = {"meta": _META, "calendar": _row(_columns_of_calendar())}
    schemas["unit"] = _row({"dimension_type": "string", "dimension_code": "string"}) | {
        "properties": {
            "dimension_type": {"type": "string"},
            "dimension_code": {"type": "string"},
            "files": {"type": "object", "additionalProperties": {"type": "string"}},
        },
        "required": ["dimension_type", "dimension_code", "files"],
    }
    schemas["period"] = _row(_BUNDLE | {"state": "string"})
    paths: dict[str, Any] = {
        "/units.json": _path("units with their files", "unit", ()),
        "/periods.json": _path("periods with their last revision", "period", ()),
        "/calendar.json": _path("the release calendar", "calendar", ()),
    }
    for name in (*BY_UNIT, *BY_PERIOD):
        table = TABLES[name]
        by_unit = name in BY_UNIT
        schemas[name] = _described(table, catalog, with_bundle=by_unit)
        inside = ("dimension_type", "file_name") if by_unit else ("period",)
        where = "".join(f"/{{{word}}}" for word in inside)
        paths[f"/{name}{where}.json"] = _path(f"{table.title_zh} | {table.title_en}", name, inside)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "质量观象台 Quality Observatory",
            "version": VERSION,
            "summary": "published figures as static files",
            "license": {"name": "CC BY 4.0", "identifier": LICENCE},
        },
        "servers": [{"url": ".", "description": "the folder that holds this document"}],
        "paths": paths,
        "components": {"schemas": schemas},
    }


_BUNDLE = {"period": "string", "revision": "integer", "published_on": "date"}
_META = {
    "type": "object",
    "required": ["api_version", "last_updated", "data_date", "licence", "synthetic", "results"],
    "properties": {
        "api_version": {"type": "string"},
        "last_updated": {"type": ["string", "null"], "format": "date"},
        "data_date": {"type": ["string", "null"], "format": "date"},
        "licence": {"type": "string"},
        "synthetic": {"type": "boolean"},
        "disclaimer_zh": {"type": "string"},
        "disclaimer_en": {"type": "string"},
        "results": {"type": "integer", "minimum": 0},
    },
}


def _path(summary: str, schema: str, inside: tuple[str, ...]) -> dict[str, Any]:
    answer = {
        "type": "object",
        "required": ["meta", "results"],
        "additionalProperties": False,
        "properties": {
            "meta": {"$ref": "#/components/schemas/meta"},
            "results": {"type": "array", "items": {"$ref": f"#/components/schemas/{schema}"}},
        },
    }
    given = [{"name": n, "in": "path", "required": True, "schema": {"type": "string"}} for n in inside]
    return {
        "get": {
            "summary": summary,
            "operationId": f"get_{schema}",
            **({"parameters": given} if given else {}),
            "responses": {
                "200": {"description": summary, "content": {"application/json": {"schema": answer}}}
            },
        }
    }


def _described(table: PublicTable, catalog: Catalog, *, with_bundle: bool) -> dict[str, Any]:
    kinds = table.schema(catalog)
    row = _row(
        (_BUNDLE if with_bundle else {})
        | {c.name: TYPES[kinds.field(c.name).type] for c in table.fields(catalog)}
    )
    for column in table.fields(catalog):
        row["properties"][column.name]["description"] = f"{column.description_zh} | {column.description_en}"
    return row


def _row(columns: dict[str, str]) -> dict[str, Any]:
    properties = {
        name: {"type": [_JSON[kind], "null"], **({"format": "date"} if kind == "date" else {})}
        for name, kind in columns.items()
    }
    return {
        "type": "object",
        "required": list(columns),
        "additionalProperties": False,
        "properties": properties,
    }


def _columns_of_calendar() -> dict[str, str]:
    schema: pa.Schema = releases([]).schema
    return {name: TYPES[kind] for name, kind in zip(schema.names, schema.types, strict=True)}
