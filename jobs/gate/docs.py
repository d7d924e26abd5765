"""Data Docs for the site: where the gate builds them, and their copy beside the site."""

from __future__ import annotations

import shutil
from pathlib import Path

from jobs.whole_folder import replaced_folder

BUILT = Path("data_docs")  # below the gate's folder


def publish_docs(gate_folder: Path, target: Path) -> bool:
    """Copy the newest Data Docs to ``target``; False where no audit has built any."""
    built = gate_folder / BUILT
    if not (built / "index.html").is_file():
        return False
    with replaced_folder(target) as fresh:
        shutil.copytree(built, fresh, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".*"))
    return True
