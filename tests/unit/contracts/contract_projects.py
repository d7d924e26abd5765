"""Small projects: contracts that are whole, to be broken one field at a time."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

from jobs.contracts.catalog import Catalog, load_catalog
from jobs.errors import ContractError

MODULE = "def build(*, {parameters}, period):\n    return {first}.select('code')\n"


def rule(kind: str, severity: str = "critical", **arguments: Any) -> dict[str, Any]:
    return {
        "type": "custom",
        "engine": "quality",
        "implementation": {"rule": kind, **arguments},
        "severity": severity,
    }


def column(name: str, logical: str = "string", physical: str | None = None, **more: Any) -> dict[str, Any]:
    """A column as a contract writes it, with a name and a meaning."""
    return {
        "name": name,
        "logicalType": logical,
        **({"physicalType": physical} if physical else {}),
        "description": f"{name}的含义 | {name}",
        "customProperties": [{"property": "name_zh", "value": f"列{name}"}],
        **more,
    }


def contract(
    table: str,
    *columns: dict[str, Any],
    tags: list[str] | None = None,
    version: str = "1.0.0",
    **properties: Any,
) -> dict[str, Any]:
    """A whole contract of `<tier>.<name>` with the key column `code` before the columns given."""
    tier, name = table.split(".")
    gold = {"engine": "pandas", "inputs": ["silver.thing"]} if tier == "gold" else {}
    values = {
        "room": "sampling" if tier == "gold" else "facts",
        "grain": "one row per code",
        **gold,
        **properties,
    }
    return {
        "apiVersion": "v3.1.0",
        "kind": "DataContract",
        "id": table,
        "name": name,
        "version": version,
        "status": "active",
        "team": [{"username": values["room"] if tier == "gold" else "regulators", "role": "owner"}],
        **({"tags": tags} if tags else {}),
        "customProperties": [{"property": k, "value": v} for k, v in values.items()],
        "schema": [{"name": name, "properties": [column("code", primaryKey=True), *columns]}],
    }


class Project:
    """A root with `schemas expectations jobs tests`; each `add` writes all that a whole table needs."""

    def __init__(self, root: Path):
        self.root = root

    def write(self, path: str, text: str) -> Path:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file

    def add(self, document: dict[str, Any]) -> Project:
        document = copy.deepcopy(document)
        table = document["id"]
        tier, name = table.split(".")
        self.write(
            f"schemas/{tier}/{name}.odcs.yaml", yaml.safe_dump(document, allow_unicode=True, sort_keys=False)
        )
        properties = {p["property"]: p["value"] for p in document["customProperties"]}
        self.write(f"expectations/{tier}/{name}.yaml", "expectations: []\n")
        for file, text in (
            ("case.yaml", "as_of: 2026-06-30\n"),
            ("expect.csv", "code\n"),
            ("why.md", "# why\n"),
        ):
            self.write(f"tests/golden/{table}/case/{file}", text)
        inputs = properties.get("inputs") or [f"bronze.{name}"]
        self.write(f"tests/golden/{table}/case/inputs/{inputs[0]}.csv", "code\n")
        if properties.get("inputs"):
            names = [i.split(".")[1] for i in inputs]
            folder = f"jobs/marts/{properties['room']}" if tier == "gold" else "jobs/conform"
            self.write(f"{folder}/{name}.py", MODULE.format(parameters=", ".join(names), first=names[0]))
        return self

    def load(self) -> Catalog:
        return load_catalog(self.root / "schemas")

    def problems(self) -> list[str]:
        """What `load_catalog` refuses; the test fails where it refuses nothing."""
        with pytest.raises(ContractError) as error:
            self.load()
        return error.value.problems
