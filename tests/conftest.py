"""What tests of every room share: one Spark session, and the folder of facts and real data beside the
repository."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jobs.environment import REPOSITORY, Environment

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    """The system's own session on two threads, started when the first test asks for it."""
    from jobs.engine.session import spark as start  # here: tests without Spark must not pay for its import

    home = tmp_path_factory.mktemp("spark")
    env = Environment(
        home=home,
        inbox=home / "inbox",
        lake=home / "lake",
        spark_master="local[2]",
        source_roots=(),
        key_file=home / "hmac.key",
    )
    session = start(env, small=True)
    yield session
    session.stop()


@pytest.fixture
def edit(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Let a file of the repository, named by its path, look edited to whoever reads its bytes."""
    read = Path.read_bytes

    def edited(name: str) -> None:
        place = REPOSITORY / name
        assert place.is_file(), name
        monkeypatch.setattr(
            Path, "read_bytes", lambda path: read(path) + (b"\n# edited\n" if path == place else b"")
        )

    return edited


@pytest.fixture(scope="session")
def shared() -> Path:
    """The shared folder (QUALITY_SHARED, else ../shared). Where it is absent: skip, under CI=1 fail."""
    place = Path(os.environ.get("QUALITY_SHARED") or REPOSITORY.parent / "shared")
    if place.is_dir():
        return place
    message = f"no shared data at {place} (QUALITY_SHARED)"
    if os.environ.get("CI") == "1":
        pytest.fail(message)
    pytest.skip(message)
