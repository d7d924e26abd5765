"""Rollback journals of SQLite. A journal (`x.db-journal`) next to a database `x.db` means that its program is
changing the database, or was killed while it did, so that the file may hold rows that were never committed.
"""

from __future__ import annotations

import errno
from collections.abc import Set
from pathlib import Path

from jobs.ingest.model import Reason
from jobs.ingest.raw import NoRegularFile, opened

# SQLite writes it before the first page of the database changes, and takes it away at the commit.
MAGIC = b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7"
_ENDING = "-journal"
_NEVER_A_JOURNAL = (errno.ELOOP, errno.ENXIO, errno.EISDIR)  # a link, a socket or device, a folder
HOT = Reason(
    "旁边有未结束事务的回滚日志（-journal），此文件可能含有尚未提交的行；请提交事务并关闭数据库后再送达",
    "beside it lies the rollback journal (-journal) of a transaction that has not ended, so it may hold rows "
    "that were never committed: hand it in after the commit, with the database closed",
)
UNREAD = Reason(
    "旁边的回滚日志（-journal）无法读取，不能确定此文件是否含有尚未提交的行",
    "the rollback journal (-journal) beside it cannot be read, so it may hold rows that were never committed",
)


def journal_of(name: str, beside: Set[str]) -> str | None:
    """The name of the journal of the database ``name``, where it is in ``beside``, the names in its folder or
    archive; else None."""
    return found if (found := f"{name}{_ENDING}") in beside else None


def hot(journal: Path, root: Path) -> bool:
    """Whether a journal must be applied before its database can be read: it begins with MAGIC. False where it
    is gone, a link or no regular file. ``journal``: its path; ``root``: the folder below which no link is
    followed. Raises OSError where it cannot be read."""
    try:
        with opened(journal, root) as stream:
            return stream.read(len(MAGIC)) == MAGIC
    except FileNotFoundError:
        return False
    except OSError as error:
        if isinstance(error, NoRegularFile) or error.errno in _NEVER_A_JOURNAL:
            return False
        raise
