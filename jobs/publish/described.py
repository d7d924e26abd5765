"""The files of a bundle that describe its content: data dictionary, glossary, Data Package descriptor,
citation, README of a withdrawal, licence. A bundle is a folder of tables that was published for a period, as
a numbered revision (definitions.md#bundle)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import astuple, fields
from pathlib import Path
from typing import Any

import pyarrow as pa

from jobs.contracts.catalog import Catalog
from jobs.contracts.english import heading
from jobs.contracts.glossary import Term, glossary, term_of_column
from jobs.contracts.model import Column
from jobs.publish import changes
from jobs.publish.periods import Span
from jobs.publish.public_tables import PUBLIC_TABLES, PublicTable
from jobs.reports.index_parts import period_text
from jobs.reports.wording import Text, capital, revision_text

LICENCE = "CC-BY-4.0"
TEXTS = Path(__file__).parent / "texts"
TYPES = {  # Arrow's type → the type that a Data Package has
    pa.string(): "string",
    pa.date32(): "date",
    pa.bool_(): "boolean",
    pa.int64(): "integer",
    pa.float64(): "number",
}
DICTIONARY = pa.schema(
    [
        (name, pa.string())
        for name in (
            "table column type key unit name_zh name_en term description_zh description_en source".split()
        )
    ]
)

GLOSSARY = pa.schema([(f.name, pa.string()) for f in fields(Term) if f.name != "columns"])


def terms() -> pa.Table:
    """Return the glossary of the project's terms, one row per term, with the columns of GLOSSARY
    (all texts)."""
    rows = [astuple(term)[: len(GLOSSARY)] for term in glossary().values()]
    return pa.Table.from_pylist([dict(zip(GLOSSARY.names, r, strict=True)) for r in rows], schema=GLOSSARY)


def dictionary(catalog: Catalog) -> pa.Table:
    """Return the data dictionary, one row per published table and column, with the columns of DICTIONARY (all
    texts), from the contracts in ``catalog``. ``term``: the glossary's term for the measure, '' where there
    is none; ``source``: the lake's table that the column comes from, '' for columns that only the bundle has.
    """
    rows = []
    for table in PUBLIC_TABLES:
        kinds = table.schema(catalog)
        for column in table.fields(catalog):
            term = term_of_column(table.source, column.name)
            array = "（JSON 数组 | JSON array）" if column.type.startswith("array") else ""
            rows.append(
                {
                    "table": table.name,
                    "column": column.name,
                    "type": TYPES[kinds.field(column.name).type] + array,
                    "key": "yes" if column.name in table.key else "",
                    "unit": column.unit or "",
                    "name_zh": column.name_zh,
                    "name_en": heading(table.source, column.name),
                    "term": term.term if term is not None else "",
                    "description_zh": column.description_zh,
                    "description_en": column.description_en,
                    "source": table.source if column not in table.own else "",
                }
            )
    return pa.Table.from_pylist(rows, schema=DICTIONARY)


def citation(period: str, revision: int, year: int) -> str:
    """Return the citation of a bundle in English, which its files state. ``period``: its name, as 2026-06;
    ``year``: that of publication."""
    what = f"Quality of goods sold online, {period}, {revision_text(revision).en}"
    return f"Quality Observatory (质量观象台) ({year}): {what}"


def cited(span: Span, revision: int, year: int) -> Text:
    """Return in both languages how the pages of the site cite the figures of a bundle. ``span``: its period;
    ``year``: that of publication."""
    when, which = period_text((span.kind, span.start)), revision_text(revision)
    return Text(
        f"质量观象台（{year}）：《网售商品质量》，{when.zh}，{which.zh}",
        f"Quality Observatory ({year}): Quality of goods sold online, {when.en}, {which.en}",
    )


def revised(revision: int) -> dict[str, str]:
    """Return how README.md of a bundle calls its revision, as values for the placeholders of its text:
    `revised` (Chinese) and `revised_en` (English)."""
    words = capital(revision_text(revision))
    return {"revised": words.zh, "revised_en": words.en}


def data_package(
    said: Mapping[str, Any], contents: Mapping[str, bytes], catalog: Catalog, year: int
) -> dict[str, Any]:
    """Return the bundle's descriptor (datapackage.json, Data Package 1.0) as a dict.

    ``said``: period, revision, published_on, title and description; ``contents``: path → bytes of each CSV
    file, which becomes a resource with its size and SHA-256; ``year``: that of publication. Raises KeyError
    for a path that is neither a published table's nor dictionary.csv, glossary.csv or changes.csv.
    """
    described = {f"data/{t.name}.csv": _table(t, catalog) for t in PUBLIC_TABLES}
    described["dictionary.csv"] = _plain("dictionary", "数据字典 | Dictionary", DICTIONARY.names)
    described["glossary.csv"] = _plain("glossary", "术语表 | Glossary", GLOSSARY.names)
    described["changes.csv"] = _plain(
        "changes", "与上一修订之差 | Changes since the last revision", list(changes.COLUMNS)
    )
    return {
        "profile": "data-package",
        "name": f"quality-observatory-{said['period'].lower()}",
        "version": f"{said['period']}.{said['revision']}",
        "title": said["title"],
        "description": said["description"],
        "created": f"{said['published_on']}T00:00:00Z",
        "licenses": [
            {
                "name": LICENCE,
                "title": "Creative Commons Attribution 4.0 International",
                "path": "LICENSE.txt",
            }
        ],
        "contributors": [{"title": "质量观象台 Quality Observatory", "role": "publisher"}],
        "citation": citation(said["period"], said["revision"], year),
        "resources": [
            {
                **described[path],
                "path": path,
                "format": "csv",
                "mediatype": "text/csv",
                "encoding": "utf-8",
                "dialect": {"lineTerminator": "\r\n"},
                "bytes": len(content),
                "hash": f"sha256:{hashlib.sha256(content).hexdigest()}",
            }
            for path, content in sorted(contents.items())
        ],
    }


def _table(table: PublicTable, catalog: Catalog) -> dict[str, Any]:
    kinds = table.schema(catalog)
    fields = [_field(c, TYPES[kinds.field(c.name).type], table) for c in table.fields(catalog)]
    return {
        "name": table.name.replace("_", "-"),
        "profile": "tabular-data-resource",
        "title": f"{table.title_zh} | {table.title_en}",
        "schema": {
            "fields": fields,
            "missingValues": [""],
            **({} if table.blank_keys else {"primaryKey": list(table.key)}),
        },
    }


def _field(column: Column, kind: str, table: PublicTable) -> dict[str, Any]:
    needed = column.name in table.key and not table.blank_keys  # what is withheld is null, required or not
    said = f"{column.description_zh} | {column.description_en}"
    return {
        "name": column.name,
        "type": kind,
        "title": f"{column.name_zh} | {heading(table.source, column.name)}",
        "description": said,
        **({"constraints": {"required": True}} if needed else {}),
    }


def _plain(name: str, title: str, columns: Sequence[str]) -> dict[str, Any]:
    return {
        "name": name,
        "profile": "tabular-data-resource",
        "title": title,
        "schema": {"fields": [{"name": c, "type": "string"} for c in columns], "missingValues": [""]},
    }


def withdrawal(title: str, published_on: str, reason: str) -> str:
    """Return the text of README.md for a bundle that withdraws its period. ``title``: of the bundle;
    ``published_on``: its ISO day; ``reason``: why the period is withdrawn."""
    words = (TEXTS / "withdrawn.txt").read_text(encoding="utf-8")
    return words.format(title=title, published_on=published_on, reason=reason)


def licence() -> bytes:
    """Return the content of LICENSE.txt."""
    return (TEXTS / "licence.txt").read_bytes()
