"""Homes over real feeds: the project's own source YAML and files that nobody here wrote."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

from homes import DAY, Home


def fed(root: Path, source: str, files: Iterable[Path]) -> Home:
    """An installation whose inbox holds the files for one source, after a night over all of them."""
    home = Home(root, None, source)
    deliver(home, files)
    _, result = home.night()
    assert result.exit_code == 0, (result.stale, result.unbalanced)
    return home


def fed_one_by_one(root: Path, source: str, files: Iterable[Path], tables: str) -> Home:
    """The same in nights of one file each; all but the last build ``tables`` only."""
    home = Home(root, None, source)
    files = list(files)
    for night, file in enumerate(files):
        deliver(home, [file])
        _, result = home.night(DAY + timedelta(days=night), select=None if file is files[-1] else tables)
        assert result.exit_code == 0, (file.name, result.stale, result.unbalanced)
    return home


def deliver(home: Home, files: Iterable[Path]) -> None:
    for file in files:
        shutil.copy(file, home.root / "inbox" / home.name / file.name)


def count(home: Home, table: str, where: str = "true") -> int:
    return home.ask(f"SELECT count(*) AS n FROM {table} WHERE {where}")[0]["n"]


def balanced(home: Home) -> bool:
    return home.ask("SELECT bool_and(balanced) AS whole FROM ops.reconciliation")[0]["whole"]


def differences(one: Home, other: Home, table: str) -> list[dict]:
    """Rows of a table that only one of two installations holds, columns with _ aside."""
    rows = [home.ask(f"SELECT columns(c -> c NOT LIKE '\\_%' ESCAPE '\\') FROM {table}") for home in (one, other)]
    keyed = [{repr(sorted(row.items())): row for row in side} for side in rows]
    assert [len(k) for k in keyed] == [len(side) for side in rows], "a row stands twice"
    return [keyed[i][k] for i in (0, 1) for k in keyed[i].keys() - keyed[1 - i].keys()]
