"""Print rows on the command line: as a table for people, or as a JSON array of objects for programs."""

from __future__ import annotations

import json
import math
import sys
from typing import Any

import click
import pyarrow as pa
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from jobs.plurals import plural
from jobs.terminal import shown

# The most rows of a printed table.
ROWS_SHOWN = 200


def plain(value: Any) -> Any:
    """Return a value that JSON can hold: dates and times become ISO texts, NaN, NaT and infinities None,
    lists and tuples lists; values in lists and dictionaries are converted one by one. Any other value becomes
    its text, a decimal and a number of numpy too."""
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if hasattr(value, "isoformat"):
        return value.isoformat() if value == value else None  # NaT alone differs from itself
    return str(value)


def show(rows: pa.Table | list[dict[str, Any]], *, as_json: bool) -> None:
    """Print rows on stdout. With ``as_json`` all of them, as one JSON array of objects; else the first
    ROWS_SHOWN as a table, and the number of the others on stderr; of no rows whose columns are not known
    stderr says so. A value of which `plain` makes None is null in JSON and a blank cell of the table.

    ``rows``: an Arrow table, or dictionaries (column → value), whose columns are shown in the order in which
    they first occur."""
    records: list[dict[str, Any]] = rows.to_pylist() if isinstance(rows, pa.Table) else rows
    if as_json:
        click.echo(json.dumps([plain(r) for r in records], ensure_ascii=False, indent=1))
        return
    names = (
        rows.column_names
        if isinstance(rows, pa.Table)
        else list(dict.fromkeys(n for r in records for n in r))
    )
    if not names:
        click.echo("no rows", err=True)
        return
    # Width without a terminal: nothing is cut when the output goes to a file.
    console = Console(width=None if sys.stdout.isatty() else 240)
    table = Table(*[escape(shown(n)) for n in names], box=None, pad_edge=False, header_style="bold")
    for record in records[:ROWS_SHOWN]:
        table.add_row(*[escape(_cell(record.get(n))) for n in names])
    console.print(table)
    if len(records) > ROWS_SHOWN:
        click.echo(f"… {plural(len(records) - ROWS_SHOWN, 'more row')}; --json shows all", err=True)


def _cell(value: Any) -> str:
    value = plain(value)
    if value is None:
        return ""
    return shown(json.dumps(value, ensure_ascii=False) if isinstance(value, (list, dict)) else str(value))
