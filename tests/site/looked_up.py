"""The rows of a lookup, put together from all its files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jobs.reports.lookup_files import FOLDER, INDEX


def parsed(content: bytes) -> Any:
    return json.loads(content.decode().split("=", 1)[1].rstrip().rstrip(";"))


def of_site(site: Path) -> dict[str, bytes]:
    """Return the files of the lookup of a site, path below ``site`` → content."""
    paths = [site / INDEX, *sorted((site / FOLDER).glob("*.js"))]
    return {path.relative_to(site).as_posix(): path.read_bytes() for path in paths}


def parts(files: Mapping[str, bytes]) -> list[dict[str, Any]]:
    """Return the parts of a lookup with all their rows, and the phrases in the rows."""
    index = parsed(files[INDEX])
    for part in index["parts"]:
        part["rows"] = _whole(part["rows"], index["phrases"])
    for file in index["further"]:
        more = parsed(files[file["file"]])
        index["parts"][file["part"]]["rows"] += _whole(more["rows"], more["phrases"])
    found: list[dict[str, Any]] = index["parts"]
    return found


def _whole(rows: list[list[Any]], phrases: list[Any]) -> list[list[Any]]:
    return [[phrases[cell] if isinstance(cell, int) else cell for cell in row] for row in rows]
