"""Make the Data Docs (Great Expectations' HTML report on the newest audit of each table) in the gate's
folder, and copy them to the site."""

from __future__ import annotations

import shutil
from pathlib import Path

from jobs.gate.kept import FOLDER
from jobs.whole_folder import MANIFEST, replaced_folder

# The folder of the Data Docs, below the gate's folder.
BUILT = Path("data_docs")


def build_docs(gate_folder: Path) -> bool:
    """Make the Data Docs of every table's newest audit, in ``gate_folder``/BUILT. Returns whether they were
    made: False where no table was audited since they were last made, and Great Expectations, which takes
    seconds to import, is then not imported."""
    kept = [file.stat().st_mtime_ns for file in (gate_folder / FOLDER).glob("*.json")]
    made = gate_folder / BUILT / MANIFEST
    if not kept or (made.is_file() and made.stat().st_mtime_ns > max(kept)):
        return False
    from jobs.gate.pages import build

    build(gate_folder, gate_folder / BUILT)
    return True


def publish_docs(gate_folder: Path, target: Path) -> bool:
    """Replace the folder ``target`` by a copy of the newest Data Docs, without hidden files. Returns False,
    and leaves ``target`` as it is, where none were made yet."""
    built = gate_folder / BUILT
    if not (built / "index.html").is_file():
        return False
    with replaced_folder(target) as fresh:
        shutil.copytree(built, fresh, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".*"))
    return True
