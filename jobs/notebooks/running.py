"""Runs every notebook over the newest night, headless, and writes what came out below site/notebooks."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from jobs.environment import REPOSITORY, Environment
from jobs.errors import UsageError
from jobs.lake.night import Snapshot, newest_snapshot
from jobs.lake.tables import Lake
from jobs.notebooks.reading import NothingToShow
from jobs.reports import framed
from jobs.reports.framed import Notebook, described, index_page, page

NOTEBOOKS = REPOSITORY / "notebooks"
FOLDER = "notebooks"
MADE_FROM = ".made_from.json"
AT_ONCE = 2
LONGEST = 300  # seconds a cell may take
# Cells that papermill adds: this run's parameters, and where an error is to be found.
_ADDED = {"injected-parameters", "papermill-error-cell-tag"}


@dataclass(frozen=True)
class Ran:
    """``failed``: notebook → what went wrong; ``skipped``: nothing that they are made of has changed."""

    done: int
    failed: dict[str, str]
    skipped: bool
    index: Path


def run_notebooks(
    env: Environment, *, say: Callable[[str], None], again: bool = False, folder: Path = NOTEBOOKS
) -> Ran:
    """Execute all notebooks below ``folder`` over the night in force and write HTML and .ipynb with outputs
    into the site.

    The same night, notebooks and code as the last time: nothing is done unless ``again``. A notebook that
    fails is shown up to the cell that failed; the others are not touched by it. UsageError where no night is
    in force.
    """
    snapshot = newest_snapshot(Lake(env.lake))
    if snapshot.run_id is None:
        raise UsageError(f"{env.lake}: no night is in force yet; `quality run` makes the first one")
    site = env.site / FOLDER
    sources = sorted(folder.glob("*/*.ipynb"))
    made_from = fingerprint(snapshot, sources)
    if not again and _made_from(site) == made_from:
        return Ran(len(sources), {}, True, site / "index.html")
    with tempfile.TemporaryDirectory() as scratch, ThreadPoolExecutor(AT_ONCE) as pool:
        _keep_apart(Path(scratch))
        running = {
            s: pool.submit(execute, s, Path(scratch) / f"{s.parent.name}-{s.name}", {"lake": str(env.lake)})
            for s in sources
        }
        found: list[Notebook] = []
        for source, future in running.items():
            content, error = future.result()
            found.append(described(source, content, error))
            say(f"notebook {source.parent.name}/{source.stem}: {error or 'done'}")
    assert snapshot.date is not None, "notebooks read a night that is there"
    fresh = site.with_name(FOLDER + ".part")
    shutil.rmtree(fresh, ignore_errors=True)
    for notebook in found:
        target = fresh / notebook.group / notebook.name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.with_suffix(".html").write_bytes(page(notebook, snapshot.date))
        target.with_suffix(".ipynb").write_text(
            json.dumps(notebook.content, ensure_ascii=False, indent=1), encoding="utf-8"
        )
    (fresh / "index.html").write_bytes(index_page(found, snapshot.date))
    failed = {f"{n.group}/{n.name}": n.error for n in found if n.error}
    if not failed:
        (fresh / MADE_FROM).write_text(json.dumps({"fingerprint": made_from}), encoding="utf-8")
    shutil.rmtree(site, ignore_errors=True)
    os.replace(fresh, site)
    return Ran(len(found), failed, False, site / "index.html")


def execute(source: Path, target: Path, parameters: dict[str, str]) -> tuple[dict, str | None]:
    """One notebook with parameters: what it holds after the run, and what went wrong (None: nothing). What
    tells times is left out."""
    import papermill  # pulls in the whole of Jupyter

    error = None
    try:
        papermill.execute_notebook(
            str(source),
            str(target),
            parameters=parameters,
            kernel_name="python3",
            cwd=str(REPOSITORY),
            progress_bar=False,
            execution_timeout=LONGEST,
            start_timeout=60,
            extra_arguments=[
                "--log-level=CRITICAL"
            ],  # it listens on the loopback with a key and warns of that each time
        )
    except papermill.PapermillExecutionError as stopped:
        error = None if stopped.ename == NothingToShow.__name__ else f"{stopped.ename}: {stopped.evalue}"
    return without_times(json.loads(target.read_text(encoding="utf-8"))), error


def without_times(content: dict) -> dict:
    """The notebook without papermill's notes of times and places, so that the same results are the same
    bytes, and without the cell of this machine's paths."""
    cells = [
        {
            **cell,
            "metadata": {k: v for k, v in cell["metadata"].items() if k not in ("papermill", "execution")},
        }
        for cell in content["cells"]
        if not _ADDED.intersection(cell["metadata"].get("tags", []))
    ]
    kept = {k: v for k, v in content["metadata"].items() if k in ("kernelspec", "language_info")}
    return {**content, "cells": cells, "metadata": kept}


def fingerprint(snapshot: Snapshot, sources: list[Path]) -> str:
    """A hash of what the results follow from: versions in force, notebooks, code that they call."""
    digest = hashlib.sha256(f"{snapshot.date}".encode())
    for table, named in sorted(snapshot.named.items()):
        if table.startswith(("gold.", "silver.")):
            digest.update(f"{table} {named.version}\n".encode())
    pages = [Path(framed.__file__), *sorted(framed.TEMPLATES.glob("*.html"))]
    code = [*sorted(Path(__file__).parent.rglob("*.py")), *pages]
    for path in [*sources, *code, *sorted((REPOSITORY / "jobs" / "methods").glob("*.py"))]:
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def _made_from(site: Path) -> str | None:
    try:
        return json.loads((site / MADE_FROM).read_text(encoding="utf-8"))["fingerprint"]
    except (OSError, ValueError, KeyError):
        return None


def _keep_apart(scratch: Path) -> None:
    """Jupyter writes its connection files and history here and nowhere in anyone's home."""
    for name in ("JUPYTER_RUNTIME_DIR", "JUPYTER_DATA_DIR", "JUPYTER_CONFIG_DIR", "IPYTHONDIR"):
        folder = scratch / name.lower()
        folder.mkdir()
        os.environ[name] = str(folder)
    os.environ["PYDEVD_DISABLE_FILE_VALIDATION"] = (
        "1"  # the kernel's debugger, which nobody uses here, would warn
    )
