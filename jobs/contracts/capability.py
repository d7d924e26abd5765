"""The README's capability table: thirteen systems, from `schemas/reference/capability.csv`, held against what
is really there."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from pathlib import Path

from jobs.contracts.catalog import Catalog
from jobs.environment import REPOSITORY

FILE = "schemas/reference/capability.csv"
COLUMNS = (
    "number",
    "system_zh",
    "system_en",
    "done_means",
    "rooms",
    "tables",
    "modules",
    "tests",
    "status",
    "note",
)
STATUSES = ("there", "partly", "not yet")
START, END = "<!-- capabilities -->", "<!-- /capabilities -->"


def read_capabilities(root: Path = REPOSITORY) -> list[dict[str, str]]:
    """The rows of the file, in its order; every cell is text, lists are joined by `;`."""
    with (root / FILE).open(encoding="utf-8", newline="") as file:
        return [dict(row) for row in csv.DictReader(file)]


def capability_problems(catalog: Catalog, root: Path = REPOSITORY) -> list[str]:
    """Rows that claim what is not there, and a README whose table is not the one made from the file: `file:
    field: what`."""
    if not (root / FILE).is_file():
        return [f"{FILE}: file: is absent"]
    rows = read_capabilities(root)
    if not rows or tuple(rows[0]) != COLUMNS:
        return [f"{FILE}: header: must be {','.join(COLUMNS)}"]
    problems = [problem for row in rows for problem in _row_problems(row, catalog, root)]
    numbers = [row["number"] for row in rows]
    if numbers != [str(n) for n in range(1, 14)]:
        problems.append(f"{FILE}: number: must be 1 to 13, each once, not {', '.join(numbers)}")
    return problems or readme_problems(rows, root)


def _row_problems(row: Mapping[str, str], catalog: Catalog, root: Path) -> list[str]:
    where = f"{FILE}: {row['number']}"
    problems: list[str] = []
    if row["status"] not in STATUSES:
        problems.append(f"{where}: status {row['status']!r} is not one of {', '.join(STATUSES)}")
    unknown = [name for name in _parts(row["tables"]) if name not in catalog.contracts]
    problems += [f"{where}: tables: no contract is called {name!r}" for name in unknown]
    for field in ("modules", "tests"):
        problems += [
            f"{where}: {field}: {path} does not exist"
            for path in _parts(row[field])
            if not (root / path).exists()
        ]
    if row["status"] != "not yet":
        empty = [field for field in ("tables", "modules", "tests") if not row[field]]
        problems += [f"{where}: {field}: is empty, so the status must be 'not yet'" for field in empty]
    if row["status"] != "there" and not row["note"] and row["tables"]:
        problems.append(f"{where}: note: must say what is not there yet")
    return problems


def readme_problems(rows: list[dict[str, str]], root: Path) -> list[str]:
    """Whether the README's block between the two markers is the table made from the file."""
    path = root / "README.md"
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    block = re.search(re.escape(START) + r"\n(.*?)" + re.escape(END), text, flags=re.S)
    if block is None:
        return [f"README.md: capabilities: no block between {START} and {END}"]
    return (
        [] if block[1] == render(rows) else [f"README.md: capabilities: the block is not what {FILE} gives"]
    )


def render(rows: list[dict[str, str]]) -> str:
    """The Markdown table, with a final line break."""
    lines = ["| # | System | Done means | Tables | Module | Test | Status |", "|---|---|---|---|---|---|---|"]
    for row in rows:
        cells = (
            row["number"],
            f"{row['system_en']} ({row['system_zh']})",
            row["done_means"],
            *(
                "<br>".join(f"`{part}`" for part in _parts(row[field])) or "–"
                for field in ("tables", "modules", "tests")
            ),
            f"**{row['status']}**" + (f": {row['note']}" if row["note"] else ""),
        )
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def _parts(cell: str) -> list[str]:
    return [part for part in cell.split(";") if part]
