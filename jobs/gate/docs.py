"""Data Docs for the site: where the gate builds them, and their copy beside the site."""

from __future__ import annotations

import shutil
from pathlib import Path

BUILT = Path("data_docs")  # below the gate's folder


def publish_docs(gate_folder: Path, target: Path) -> bool:
    """Copy the newest Data Docs to ``target``; False where no audit has built any."""
    built = gate_folder / BUILT
    if not (built / "index.html").is_file():
        return False
    fresh = target.with_name(target.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    shutil.copytree(built, fresh)
    shutil.rmtree(target, ignore_errors=True)
    fresh.rename(target)
    return True
