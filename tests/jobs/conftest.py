"""What several files of this folder share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from jobs.engine.embedded import Embedded
from jobs.engine.interface import Workspace
from jobs.lake.tables import Lake


@pytest.fixture(scope="module")
def space(tmp_path_factory) -> Iterator[Workspace]:
    engine = Embedded(Lake(tmp_path_factory.mktemp("lake")))
    with engine.workspace() as opened:
        yield opened
    engine.close()
