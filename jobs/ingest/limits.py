"""The limits for the file that is being read, and the refusals that state them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from jobs.file_limits import MIB, Limits
from jobs.ingest.model import Reason, Refused

_USUAL = Limits()
_CURRENT: ContextVar[Limits] = ContextVar("limits of a file", default=_USUAL)


def current() -> Limits:
    """The limits for the file that is being read; the default ones outside a block of ``applied``."""
    return _CURRENT.get()


@contextmanager
def applied(limits: Limits) -> Iterator[None]:
    """A context manager: within its block, `current` returns these limits."""
    token = _CURRENT.set(limits)
    try:
        yield
    finally:
        _CURRENT.reset(token)


class Limited(Refused):
    """Refuses a file because reading it would pass a limit. Once the limits change, it is read again."""


def too_large(zh: str, en: str) -> Limited:
    """The exception (not raised here) for a file that would need more memory than it may take. ``zh`` and
    ``en`` begin its message with what is too large, as in "the workbook unpacks to more than 512 MiB"."""
    mib = current().memory // MIB
    return Limited(
        f"{zh}，超过单个文件的内存上限（{mib} MiB）所允许的大小；请拆分文件，或调高 QUALITY_FILE_MEMORY",
        f"{en}, more than the memory of one file ({mib} MiB) allows: split it or raise QUALITY_FILE_MEMORY",
    )


def no_memory(limits: Limits, how: str = "") -> Reason:
    """The reason for a file that needed more memory than one file may use. ``how``: the signal or exit code
    with which the reading process ended; '' where it did not end."""
    mib = limits.memory // MIB
    zh = f"读取进程异常终止（{how}），通常是内存" if how else "读取所需内存"
    en = f"ended the process that read it ({how}), mostly by" if how else "takes"
    return Reason(
        f"{zh}超过单个文件的上限（{mib} MiB）；请检查或拆分文件，或调高 QUALITY_FILE_MEMORY",
        f"{en} more memory than one file may take ({mib} MiB): look at it, split it or raise "
        "QUALITY_FILE_MEMORY",
    )


def no_time(limits: Limits) -> Reason:
    """The reason for a file that took longer to read than ``limits`` allow; it states them."""
    processor, clock = limits.seconds, 2 * limits.seconds
    return Reason(
        f"读取超过单个文件的时间上限（处理器 {processor} 秒，或 {clock} 秒）；"
        "请拆分文件，或调高 QUALITY_FILE_SECONDS",
        f"takes longer than one file may take ({processor} s of the processor, or {clock} s): split it or "
        "raise QUALITY_FILE_SECONDS",
    )


def no_handles(limits: Limits) -> Reason:
    """The reason for a file that needs more open files at once than ``limits`` allow; it states them."""
    return Reason(
        f"读取时打开的文件超过上限（{limits.handles}个）；请拆分文件，或调高 QUALITY_FILE_HANDLES",
        f"needs more open files than one file may ({limits.handles}): split it or raise QUALITY_FILE_HANDLES",
    )
