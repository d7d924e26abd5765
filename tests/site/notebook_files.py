"""Short notebooks for tests."""

from __future__ import annotations

import json
from pathlib import Path

from jobs.notebooks.running import NOTEBOOKS


def put_notebook(path: Path, cell: str = "") -> Path:
    """Write the beginning of a notebook of the project, its parameters, with one more cell of code."""
    given = json.loads((NOTEBOOKS / "methods" / "how_an_interval_is_made.ipynb").read_text(encoding="utf-8"))
    last = {**given["cells"][1], "id": "last", "metadata": {}, "source": [cell]}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({**given, "cells": [*given["cells"][:2], last]}), encoding="utf-8")
    return path
