"""A rollback journal (`x.db-journal`) beside an SQLite database `x.db`: its program is changing the
database, or was killed while it did, and the file may hold rows that were never committed."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from jobs.ingest.model import Reason
from jobs.ingest.raw import opened

# SQLite writes it before the first page of the database changes, and takes it away at the commit.
MAGIC = b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7"
_ENDING = "-journal"
HOT = Reason(
    "旁边有未结束事务的回滚日志（-journal），此文件可能含有尚未提交的行；请提交事务并关闭数据库后再送达",
    "beside it lies the rollback journal (-journal) of a transaction that has not ended, so it may hold rows "
    "that were never committed: hand it in after the commit, with the database closed",
)


def journal_of(name: str, beside: Collection[str]) -> str | None:
    """The name of a file's journal, where one is among the names of its folder or archive."""
    return found if (found := f"{name}{_ENDING}") in beside else None


def hot(journal: Path, root: Path) -> bool:
    """Whether a journal must be played back before its database is read. ``root``: the folder below which no
    link is followed. One that cannot be opened, as it is gone or no regular file, must not."""
    try:
        with opened(journal, root) as stream:
            return stream.read(len(MAGIC)) == MAGIC
    except OSError:
        return False
