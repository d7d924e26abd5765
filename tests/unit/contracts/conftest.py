"""A small project in a temporary folder, whole, to be broken one field at a time."""

from __future__ import annotations

from pathlib import Path

import pytest
from contract_projects import Project, column, contract


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project with one silver table, `silver.thing`."""
    return Project(tmp_path).add(contract("silver.thing", column("label"), column("region", "string")))
