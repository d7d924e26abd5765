"""The list of what the Quality Observatory can do, in thirteen parts ("systems", such as risk monitoring)
with their status, from `schemas/reference/capability.csv`. It is checked against the tables, code and tests
that exist, and written as a short table into README.md and as a page, `schemas/capabilities.md`."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from pathlib import Path

from jobs.contracts.catalog import Catalog
from jobs.environment import REPOSITORY
from jobs.errors import UsageError
from jobs.plurals import plural

FILE = "schemas/reference/capability.csv"
PAGE = "schemas/capabilities.md"
MADE_BY = "`quality contracts capabilities` writes it"
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
    """The rows of `schemas/reference/capability.csv` below ``root``, in its order: one per system, COLUMNS →
    text; the lists in `rooms`, `tables`, `modules` and `tests` are joined by `;`."""
    with (root / FILE).open(encoding="utf-8", newline="") as file:
        return [dict(row) for row in csv.DictReader(file)]


def capability_problems(catalog: Catalog, root: Path = REPOSITORY) -> list[str]:
    """Problems of the file, each as `file: subject: what`, where the subject of one row is its number and a
    field: rows that name tables, code or tests that do not exist, wrong statuses and numbers. Rows with too
    few or too many fields are reported alone. Where there are no problems, those of `made_problems`.
    ``root``: the repository."""
    if not (root / FILE).is_file():
        return [f"{FILE}: file: is absent"]
    rows = read_capabilities(root)
    if not rows or tuple(filter(None, rows[0])) != COLUMNS:
        return [f"{FILE}: header: must be {','.join(COLUMNS)}"]
    uneven = [row["number"] for row in rows if not all(isinstance(field, str) for field in row.values())]
    if uneven:
        return [f"{FILE}: {number}: row: must have {plural(len(COLUMNS), 'field')}" for number in uneven]
    problems = [problem for row in rows for problem in _row_problems(row, catalog, root)]
    numbers = [row["number"] for row in rows]
    if numbers != [str(n) for n in range(1, 14)]:
        problems.append(f"{FILE}: number: must be 1 to 13, each once, not {', '.join(numbers)}")
    return problems or made_problems(rows, root)


def _row_problems(row: Mapping[str, str], catalog: Catalog, root: Path) -> list[str]:
    """Problems of one row, each as `file: number: field: what`: a wrong status; tables without a contract;
    modules and tests that do not exist below ``root``; one of these three lists empty though the status is
    not `not yet`; no note though the status is not `there` and tables are named."""
    where = f"{FILE}: {row['number']}"
    problems: list[str] = []
    if row["status"] not in STATUSES:
        problems.append(f"{where}: status: {row['status']!r} is not one of {', '.join(STATUSES)}")
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


def made_problems(rows: list[dict[str, str]], root: Path) -> list[str]:
    """Problems of README.md and the page, each as `file: field: what`, where the block between START and END,
    or the page, differs from what ``rows`` (`read_capabilities`) give; empty where neither does."""
    path, page = root / "README.md", root / PAGE
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    block = re.search(re.escape(START) + r"\n(.*?)" + re.escape(END), text, flags=re.S)
    if block is None:
        return [f"README.md: capabilities: no block between {START} and {END}"]
    problems = []
    if block[1] != short(rows):
        problems.append(f"README.md: capabilities: the block is not what {FILE} gives; {MADE_BY}")
    if not page.is_file() or page.read_text(encoding="utf-8") != whole(rows):
        problems.append(f"{PAGE}: capabilities: is not what {FILE} gives; {MADE_BY}")
    return problems


def write_capabilities(root: Path = REPOSITORY) -> list[str]:
    """Write README.md's block and the page from the file; returns the names of those of the two that changed.
    ``root``: the repository. Raises UsageError where README.md has no block between START and END."""
    rows = read_capabilities(root)
    path = root / "README.md"
    text = path.read_text(encoding="utf-8")
    if START not in text or END not in text:
        raise UsageError(f"README.md: no block between {START} and {END}")
    before, after = text[: text.index(START)], text[text.index(END) :]
    made = {"README.md": f"{before}{START}\n{short(rows)}{after}", PAGE: whole(rows)}
    changed = []
    for name, content in made.items():
        place = root / name
        if not place.is_file() or place.read_text(encoding="utf-8") != content:
            place.write_text(content, encoding="utf-8")
            changed.append(name)
    return changed


def short(rows: list[dict[str, str]]) -> str:
    """README.md's table in Markdown: one line for each system, with a link to its section of the page.
    ``rows``: of `read_capabilities`."""
    lines = ["| # | System | What it does | Status |", "|---|---|---|---|"]
    lines += [
        f"| {row['number']} | [{_name(row)}]({PAGE}#{row['number']}) | {_cell(row['done_means'])} "
        f"| {row['status']} |"
        for row in rows
    ]
    return "\n".join(lines) + "\n"


def whole(rows: list[dict[str, str]]) -> str:
    """The page in Markdown: for each system what it must do, its status, tables and code, and the tests that
    fail when it is broken. ``rows``: of `read_capabilities`."""
    parts = [
        "# Capabilities\n\nThe thirteen systems of the Quality Observatory: what each must do, how far it "
        "is, and which tables, code and\ntests stand for it. "
        f"Made from [{FILE}](reference/capability.csv): {MADE_BY}.\n"
    ]
    for row in rows:
        lines = [
            f'<a id="{row["number"]}"></a>\n## {row["number"]}. {_name(row)}\n',
            f"{row['done_means'][:1].upper()}{row['done_means'][1:]}.\n",
            f"- **{row['status']}**" + (f": {row['note']}" if row["note"] else ""),
        ]
        for title, field in (("Tables", "tables"), ("Code", "modules"), ("Tests", "tests")):
            if row[field]:
                lines.append(f"- {title}: " + ", ".join(f"`{part}`" for part in _parts(row[field])))
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def _name(row: Mapping[str, str]) -> str:
    return f"{row['system_en']} ({row['system_zh']})"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _parts(cell: str) -> list[str]:
    return [part for part in cell.split(";") if part]
