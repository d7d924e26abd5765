"""The contracts of the outbox's files, `schemas/exchange/<kind>.odcs.yaml`. They are written from the kinds
of files (`jobs.exchange.kinds.Kind`) and from the contracts of the tables that the columns come from, so that
a file and its contract cannot differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from jobs.contracts.catalog import Catalog
from jobs.contracts.checks import standard_problems
from jobs.contracts.lock import breaking_changes
from jobs.environment import SCHEMAS
from jobs.exchange.contents import KINDS
from jobs.exchange.kinds import Kind
from jobs.exchange.outbox import described
from jobs.exchange.parcels import ITEMS
from jobs.plurals import plural
from jobs.strict_yaml import YamlError, shown

FOLDER = SCHEMAS / "exchange"
MADE_BY, REMOVED_BY = "`quality contracts lock` writes it", "`quality contracts lock` removes it"
LOGICAL = {"bigint": "integer", "int": "integer", "double": "number"}


def write_exchange(catalog: Catalog, folder: Path = FOLDER) -> str:
    """Write the contracts of all kinds of files to ``folder``, remove those of kinds that no longer exist,
    and return a line that says how many there are. Breaking changes are not checked here
    (`exchange_problems`)."""
    folder.mkdir(exist_ok=True)
    wanted = dict(_texts(catalog))
    for path in folder.glob("*.odcs.yaml"):
        if path.name not in wanted:
            path.unlink()
    for name, text in wanted.items():
        (folder / name).write_text(text, encoding="utf-8")
    return f"{shown(folder)}: {plural(len(wanted), 'kind')} of files"


def exchange_problems(catalog: Catalog, folder: Path = FOLDER) -> list[str]:
    """Return what is wrong with the contracts in ``folder``, each as `file: field: what`; empty if nothing
    is. Problems are a breaking change without a new major version, a contract that is missing, of no kind, or
    not up to date, and one that is not readable YAML or does not follow the Open Data Contract Standard."""
    problems: list[str] = []
    wanted = dict(_texts(catalog))
    there = {path.name: path for path in folder.glob("*.odcs.yaml")}
    for name in sorted(wanted.keys() | there.keys()):
        path = folder / name
        if name not in there or name not in wanted:
            what = f"is absent; {MADE_BY}" if name in wanted else f"is of no kind of file; {REMOVED_BY}"
            problems.append(f"{shown(path)}: file: {what}")
            continue
        try:
            wrong = standard_problems(path)
        except YamlError as error:
            problems += error.problems
            continue
        text = path.read_text(encoding="utf-8")
        try:
            old, new = _locked(yaml.safe_load(text)), _locked(yaml.safe_load(wanted[name]))
        except (KeyError, IndexError, TypeError):  # no columns as `document` writes them
            problems += [f"{shown(path)}: file: has no schema of a kind; {MADE_BY}", *wrong]
            continue
        broken = breaking_changes({f"exchange.{name}": old}, {f"exchange.{name}": new})
        problems += [f"{shown(path)}: {problem.split(': ', 1)[1]}" for problem in broken]
        if not broken and text != wanted[name]:
            problems.append(f"{shown(path)}: file: lags behind the kind; {MADE_BY}")
        problems += wrong
    return problems


def document(kind: Kind, catalog: Catalog) -> dict[str, Any]:
    """Return the contract of a kind as a dict to be written as YAML, by the Open Data Contract Standard 3.1.
    ``catalog``: the contracts of the lake's tables."""
    return {
        "apiVersion": "v3.1.0",
        "kind": "DataContract",
        "id": f"exchange.{kind.name}",
        "name": kind.name,
        "version": kind.version,
        "status": "active",
        "customProperties": [
            {"property": "source", "value": kind.source},
            {"property": "whole", "value": kind.whole},
        ],
        "schema": [
            {
                "name": kind.name,
                "description": kind.about,
                "properties": [_property(kind, column) for column in described(kind, catalog)],
            }
        ],
    }


def _property(kind: Kind, column: Mapping[str, str]) -> dict[str, Any]:
    given, name = column["type"], column["name"]
    logical = "number" if given.startswith("decimal") else LOGICAL.get(given, given)
    return {
        "name": name,
        "logicalType": logical,
        **({} if logical == given else {"physicalType": given}),
        **({"primaryKey": True, "primaryKeyPosition": kind.key.index(name) + 1} if name in kind.key else {}),
        "description": f"{column['zh']} | {column['en']}",
    }


def _texts(catalog: Catalog) -> Iterator[tuple[str, str]]:
    for kind in (*KINDS.values(), ITEMS):
        text = yaml.safe_dump(document(kind, catalog), allow_unicode=True, sort_keys=False, width=10_000)
        yield f"{kind.name}.odcs.yaml", text


def _locked(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what recipients rely on (version, key, columns with their types), as jobs.contracts.lock
    compares it."""
    properties = given["schema"][0]["properties"]
    keys = sorted((p for p in properties if p.get("primaryKey")), key=lambda p: p["primaryKeyPosition"])
    return {
        "version": given["version"],
        "key": [p["name"] for p in keys],
        "columns": {
            p["name"]: {"type": p.get("physicalType", p["logicalType"]), "required": False}
            for p in properties
        },
    }
