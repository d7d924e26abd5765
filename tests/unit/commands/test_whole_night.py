"""`quality nightly`: which steps wait for which, and what it ends with."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from datetime import date
from pathlib import Path
from threading import Barrier

import pytest

from jobs.commands import look, work
from jobs.environment import Environment
from jobs.errors import QualityError

DAY = date(2026, 7, 1)


@pytest.fixture
def steps(monkeypatch) -> list[str]:
    """The steps that ended, in their order; bundles and notebooks each wait until the other has begun."""
    ended: list[str] = []
    both = Barrier(2, timeout=60)

    def step(name: str, *, beside: bool = False, code: int = 0):
        def run(*_: object, **__: object) -> int:
            if beside:
                both.wait()
            ended.append(name)
            return code

        return run

    monkeypatch.setattr(work, "writer_lock", lambda lake, say: nullcontext())
    monkeypatch.setattr(work, "refuse_before_newest", lambda lake, day: None)
    monkeypatch.setattr(work, "land_inbox", step("land"))
    monkeypatch.setattr(work, "_run", step("run"))
    monkeypatch.setattr(work, "write_report", step("report"))
    monkeypatch.setattr(work, "export_files", step("export"))
    monkeypatch.setattr(work, "publish_due", step("publish", beside=True))
    monkeypatch.setattr(work, "execute_notebooks", step("notebooks", beside=True, code=1))
    monkeypatch.setattr(look, "reconcile_night", step("reconcile"))
    return ended


def night(tmp_path: Path, say: Callable[[str], None] = lambda line: None) -> int:
    env = Environment.from_variables(lake=tmp_path / "lake")
    return work.whole_night(env, day=DAY, strict=False, say=say)


def test_bundles_and_notebooks_are_made_side_by_side_after_the_packages_and_before_the_ledger(
    steps, tmp_path
):
    night(tmp_path)
    assert steps[:4] == ["land", "run", "report", "export"]
    assert {*steps[4:6]} == {"publish", "notebooks"} and steps[6:] == ["reconcile"]


def test_a_notebook_that_failed_is_in_the_exit_code(steps, tmp_path):
    assert night(tmp_path) == 1


def test_bundles_that_cannot_be_made_end_the_night_with_their_error_once_the_notebooks_are_there(
    steps, tmp_path, monkeypatch
):
    def broken(*_: object, **__: object) -> int:
        raise QualityError("no room for the bundle")

    def notebooks(*_: object, **__: object) -> int:
        steps.append("notebooks")
        return 0

    monkeypatch.setattr(work, "publish_due", broken)
    monkeypatch.setattr(work, "execute_notebooks", notebooks)
    with pytest.raises(QualityError, match="no room for the bundle"):
        night(tmp_path)
    assert steps == ["land", "run", "report", "export", "notebooks"]


def test_where_bundles_and_notebooks_raise_the_night_ends_with_the_one_and_says_the_other(
    steps, tmp_path, monkeypatch
):
    def broken(error: BaseException):
        def run(*_: object, **__: object) -> int:
            raise error

        return run

    said: list[str] = []
    monkeypatch.setattr(work, "publish_due", broken(QualityError("no room for the bundle")))
    monkeypatch.setattr(work, "execute_notebooks", broken(QualityError("no Jupyter")))
    with pytest.raises(QualityError, match="no Jupyter"):
        night(tmp_path, said.append)
    assert said == ["the bundles could not be made: no room for the bundle"]
