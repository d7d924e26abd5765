"""Errors that a person can mend: the command line prints them in one line, without a trace. Of others it
prints kind and place."""

from __future__ import annotations

import traceback
from pathlib import Path

_JOBS = Path(__file__).resolve().parent


class QualityError(Exception):
    """Base of all errors with a plain message. ``exit_code`` is what `quality` ends with (running.md)."""

    exit_code = 2


class UsageError(QualityError):
    """A wrong call, an absent file or an environment that lacks something."""


class LockedError(QualityError):
    """Another process writes to the lake and did not finish in time."""


class ContractError(QualityError):
    """Contracts, expectations or golden cases are not whole; ``problems`` are `file: field: what` lines."""

    def __init__(self, problems: list[str]):
        self.problems = problems
        super().__init__("\n".join(problems))


class SourceError(QualityError):
    """A source YAML is wrong; ``problems`` are `file:line: field: what` lines."""

    def __init__(self, problems: list[str]):
        self.problems = problems
        super().__init__("\n".join(problems))


def kind_and_place(error: BaseException) -> str:
    """The kind of an unexpected error and where in jobs/ it arose. Its message is left out: it could quote a
    cell."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if Path(f.filename).is_relative_to(_JOBS)]
    place = f" (jobs/{Path(frames[-1].filename).relative_to(_JOBS)}:{frames[-1].lineno})" if frames else ""
    return type(error).__name__ + place
