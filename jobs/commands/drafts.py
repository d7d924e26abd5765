"""The command `quality source draft`: propose a source YAML from a file, and learn from a corrected one."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from jobs.environment import Environment
from jobs.errors import UsageError
from jobs.ingest.draft.scoring import AGAINST
from jobs.output import show
from jobs.plurals import plural
from jobs.terminal import shown

_COLUMNS = ("header", "column", "confidence", "why", "runner_up", "sample")
_WHOLE = (
    8 << 20
)  # bytes of a file that is read whole to check the draft; of a larger one only the YAML is checked
_ENOUGH = 0.5  # a proposal below is not named in the table, except one that values alone speak against
_DOUBTED = 0.4


def draft_source(
    env: Environment,
    file: Path,
    *,
    targets: tuple[str, ...],
    sheet: str | None,
    source: str | None,
    out: Path | None,
    as_json: bool,
) -> int:
    """Propose a source YAML from ``file`` and print it, or write it to ``out``. With ``as_json`` print one
    row per feed and header of the file instead of the YAML; ``out`` is written all the same. What was found
    goes to stderr.

    ``targets``: names of the silver tables to fill (empty: those that fit the headers best); ``sheet``: name
    of a sheet of a workbook, or `all` (None: the first with a header); ``source``: name of the source (None:
    that of ``out``, else of the file).

    Returns the exit code: 1 where a required column has no header, a sheet no header, or the draft is faulty;
    else 0. A draft with exit code 1 is printed or written too, except where no sheet has a header. Raises
    UsageError where ``out`` exists or its folder does not, the file cannot be read or is empty, a target or
    sheet is unknown, ``source`` is no valid name, or the headers fit no table; then nothing is written.
    """
    from jobs.contracts.catalog import load_catalog
    from jobs.ingest.draft.drafting import draft, rows
    from jobs.ingest.draft.writing import source_name

    if out is not None and out.exists():
        raise UsageError(f"{out}: exists; a draft never replaces a file")
    if out is not None and not out.absolute().parent.is_dir():
        raise UsageError(f"{out}: there is no folder {out.parent}: make it first")
    catalog = load_catalog()
    if source is None and out is not None:
        source = source_name(out, numbers=True)
    result = draft(
        file, env.source_roots, catalog, targets=targets, sheet=sheet, source=source, limits=env.file_limits
    )
    found = rows(result)
    for feed in result.feeds:
        of = f" of sheet {feed.sheet.name}" if feed.sheet.name else ""
        click.echo(shown(f"\n{feed.name}{of} → silver.{feed.contract.name}"), err=True)
        _table([row for row in found if row["feed"] == feed.name])
    for name in result.headless:
        click.echo(
            shown(f"{name}: 前30行中没有找到表头 | no header was found in its first 30 rows"), err=True
        )
    for name in result.missing:
        click.echo(shown(f"{name}: 必填，但没有合适的列 | is required, but no header fits"), err=True)
    problems = _problems(env, result.text, file, out) if result.text else []
    for problem in problems:
        click.echo(shown(problem), err=True)
    if out is not None and result.text:
        out.write_text(result.text, encoding="utf-8")
        click.echo(f"{out}: written; next: quality source check {out} --sample {file}", err=True)
    if as_json:
        show(found, as_json=True)
    elif out is None:
        sys.stdout.write(result.text)
    return 1 if result.missing or result.headless or problems else 0


def learn_source(env: Environment, yaml: Path) -> None:
    """Remember which header stands for which column in the corrected source YAML at ``yaml``, for later
    drafts; prints the file where they are kept and how many are new or changed. Raises SourceError where the
    YAML has problems."""
    from jobs.contracts.catalog import load_catalog
    from jobs.ingest.draft.learning import learn

    path, changed = learn(yaml, env.source_roots, load_catalog())
    click.echo(f"{path}: {plural(changed, 'name')} learned")


def _problems(env: Environment, text: str, file: Path, out: Path | None) -> list[str]:
    """What `quality source check` finds in the draft, with the file as its sample where that is small.
    Problems name the file ``out``, to which the draft is written, or `draft` where there is none."""
    from jobs.ingest.check import check_source

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "draft.yaml"
        path.write_text(text, encoding="utf-8")
        whole = file if file.stat().st_size <= _WHOLE else None
        checked = check_source(path, env.source_roots, whole, limits=env.file_limits)
    refused = [s for s in checked.samples if s.outcome.status == "refused"]
    named = [problem.replace(str(path), str(out or "draft"), 1) for problem in checked.problems]
    return [*named, *(f"{s.feed}: {s.outcome.reason}" for s in refused)]


def _table(rows: list[dict[str, Any]]) -> None:
    console = Console(stderr=True, width=None if sys.stderr.isatty() else 200)
    table = Table(*_COLUMNS, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        table.add_row(*(escape(shown(text)) for text in _cells(row)))
    console.print(table)


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    """A row's cells; a column in brackets is likely, but another header fits it better or, as ``why`` says,
    the values do not. ``runner_up``: where no column was chosen, that of another target, else a likely
    one."""
    score = row["confidence"]
    least = _DOUBTED if AGAINST in (row["why"] or "") else _ENOUGH
    likely = row["column"] is not None or (score is not None and score >= least)
    column = row["column"] or (f"({row['proposal']})" if likely else "–")
    if row["column"]:
        hint = row["runner_up"] or ""
    elif row["elsewhere"]:
        hint = f"→ {row['elsewhere']}"
    else:
        near = {c["column"] for c in row["candidates"] if c["confidence"] >= _ENOUGH}
        hint = row["runner_up"] if row["runner_up"] in near else ""
    return (
        row["header"],
        column,
        f"{score:.2f}" if likely else "",
        row["why"] or "" if likely else "",
        hint,
        row["sample"] or "",
    )
