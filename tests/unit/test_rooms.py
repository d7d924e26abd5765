"""Who may import whom: rooms (packages and modules right below jobs/) lie in layers, and imports only go
downwards (definitions.md#rooms)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from jobs.environment import REPOSITORY

# From the ground up. A room imports rooms of lower layers, never of the same layer or a higher one.
LAYERS = (
    ("errors", "arrays", "lifetime", "made_up", "period", "place_names", "plurals", "terminal"),
    ("file_limits", "forked", "server_process", "whole_folder"),
    ("side_by_side",),
    ("environment", "iso_codes", "kept_texts"),
    ("strict_yaml", "code_identity", "output"),
    ("contracts", "lake", "methods"),
    ("deployment",),
    ("engine", "ingest", "conform"),
    ("gate", "upkeep", "marts", "simulate", "lineage"),
    ("night", "reports"),
    ("notebooks", "exchange", "publish", "orchestration"),
    ("commands",),
    ("cli",),
)
LAYER = {room: number for number, rooms in enumerate(LAYERS) for room in rooms}
JOBS = REPOSITORY / "jobs"


def room_of(path: Path) -> str:
    return path.relative_to(JOBS).parts[0].removesuffix(".py")


def imported(source: str, room: str) -> Iterator[tuple[int, str]]:
    """Line and name of each other room that a module of ``room`` imports, inside functions too."""
    for node in ast.walk(ast.parse(source)):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            bare = node.module == "jobs"
            names = [f"jobs.{alias.name}" for alias in node.names] if bare else [node.module]
        for other in (name.split(".")[1] for name in names if name.startswith("jobs.")):
            if other != room:
                yield node.lineno, other


def upward(source: str, room: str) -> list[str]:
    """The imports of a module of ``room`` that do not go downwards."""
    return [
        f"line {line}: {room} imports {other}"
        for line, other in imported(source, room)
        if LAYER[other] >= LAYER[room]
    ]


def test_each_room_has_its_layer():
    rooms = {room_of(path) for path in JOBS.rglob("*.py")} - {"__init__"}
    assert rooms == set(LAYER)


def test_no_import_goes_upwards():
    found = {
        path.relative_to(REPOSITORY).as_posix(): up
        for path in sorted(JOBS.rglob("*.py"))
        if path != JOBS / "__init__.py" and (up := upward(path.read_text(encoding="utf-8"), room_of(path)))
    }
    assert found == {}


@pytest.mark.parametrize(
    "text",
    [
        "import jobs.ingest.raw",
        "from jobs.ingest.raw import tidy",
        "from jobs import ingest",
        "def late():\n    from jobs.ingest import raw",
        "from jobs.contracts import model",  # beside it
    ],
)
def test_an_upward_import_is_seen_however_it_is_written(text):
    assert len(upward(text, "lake")) == 1


def test_a_downward_import_and_one_of_the_own_room_are_allowed():
    assert upward("from jobs.lake import ops\nfrom jobs.ingest import raw\nimport json", "ingest") == []
