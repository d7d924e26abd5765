"""Errors that a person can resolve, which the command line prints in one line without a traceback; of any
other error it prints the kind, the place in the code and the cause in the machine, as a message could quote
personal data."""

from __future__ import annotations

import errno
import re
import traceback
from collections.abc import Iterator
from pathlib import Path

_JOBS = Path(__file__).resolve().parent
_OS_ERROR = re.compile(r"\(os error (\d+)\)")  # as Rust's libraries write an errno
# What the machine lacks, and what to do; the same command then goes on where this one stopped.
_NO_SPACE = (
    "the disk is full: free space or move QUALITY_HOME to a larger disk, then run the same command again"
)
_NO_MEMORY = (
    "out of memory: close other programs or use a machine with more, then run the same command again; "
    "QUALITY_ENGINE=spark takes large tables in parts"
)
_NO_HANDLES = "too many open files: raise the limit (`ulimit -n 4096`), then run the same command again"
_CAUSES = {
    errno.ENOSPC: _NO_SPACE,
    errno.EDQUOT: "the disk quota is used up: free space or have it raised, then run the same command again",
    errno.EROFS: "the file system is read-only: mount it for writing, or move QUALITY_HOME to another",
    errno.EACCES: "no permission: give the user that runs quality the right to read and write there",
    errno.EPERM: "no permission: give the user that runs quality the right to read and write there",
    errno.EMFILE: _NO_HANDLES,
    errno.ENFILE: _NO_HANDLES,
    errno.ENOMEM: _NO_MEMORY,
    errno.EIO: "the disk or network drive does not answer (input/output error): look at the system's log",
}
_MEMORY_KINDS = ("OutOfMemoryException",)  # DuckDB's, which is no MemoryError
# How libraries whose error is no MemoryError say that there is no memory; a thread needs some for its stack.
_MEMORY_TEXTS = (
    "java.lang.OutOfMemoryError",
    "std::bad_alloc",
    "Failed to launch worker thread",
    "can't start new thread",
)
# Where a Java trace names an error: at its start, as a cause, and as what Scala found no case for.
_JAVA_ERROR = re.compile(
    r"(?:^: |^Caused by: |\(of class )((?:[a-z]\w*\.)+[A-Z]\w*(?:Error|Exception))\b", re.M
)
# Error numbers (errno) that every further file would meet too, so that work on the next file is not tried.
HOPELESS = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EMFILE, errno.ENFILE)


class QualityError(Exception):
    """Base of all errors with a message for people. ``exit_code``: the exit code of the command `quality`
    (definitions.md#exit-codes)."""

    exit_code = 2


class UsageError(QualityError):
    """A wrong call, an absent file, or an environment that lacks something."""


class LockedError(QualityError):
    """Another process writes to the lake and did not finish within the waiting time."""


class ContractError(QualityError):
    """Contracts, expectations or golden cases are wrong or incomplete. ``problems``: each as `file: field:
    what`."""

    def __init__(self, problems: list[str]):
        self.problems = problems
        super().__init__("\n".join(problems))


class SourceError(QualityError):
    """A source YAML is wrong. ``problems``: each as `file:line: field: what`."""

    def __init__(self, problems: list[str]):
        self.problems = problems
        super().__init__("\n".join(problems))


def machine_cause(error: BaseException) -> str | None:
    """Return a message (English) about what the machine lacks (disk, memory, rights, open files), with the
    path if known, and what to do, where ``error`` or an error that led to it comes from that; None for any
    other error."""
    for each in _chain(error):
        text = str(each)
        if out_of_memory(each):
            return _NO_MEMORY
        found = _OS_ERROR.search(text)
        number = getattr(each, "errno", None) or (int(found[1]) if found else None)
        if isinstance(number, int) and number in _CAUSES:
            what, _, then = _CAUSES[number].partition(": ")
            where = getattr(each, "filename", None)
            return f"{what}{f' ({where})' if where else ''}: {then}"
    return None


def out_of_memory(error: BaseException) -> bool:
    """Return whether ``error`` itself, not an error that led to it, is a lack of memory: MemoryError, or an
    error of DuckDB, Java or a thread that could not start."""
    kind, text = type(error).__name__, str(error)
    return (
        isinstance(error, MemoryError)
        or (isinstance(error, OSError) and error.errno == errno.ENOMEM)
        or kind in _MEMORY_KINDS
        or any(each in text for each in _MEMORY_TEXTS)
    )


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """An error and those that it came from."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def kind_and_place(error: BaseException) -> str:
    """Return the kind (class names) of an unexpected error and the place in jobs/ where it was raised
    (`jobs/file.py:12`), after its cause in the machine where there is one. The error's message is omitted,
    since it could quote a cell."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if Path(f.filename).is_relative_to(_JOBS)]
    place = f" (jobs/{Path(frames[-1].filename).relative_to(_JOBS)}:{frames[-1].lineno})" if frames else ""
    cause = machine_cause(error)
    kinds = ", ".join((type(error).__name__, *_java_kinds(error)))
    return f"{f'{cause}: ' if cause else ''}{kinds}{place}"


def _java_kinds(error: BaseException) -> list[str]:
    """Names of the Java errors that one of py4j stands for, the outermost first."""
    if type(error).__name__ != "Py4JJavaError":
        return []
    return list(dict.fromkeys(name.rpartition(".")[2] for name in _JAVA_ERROR.findall(str(error))))
