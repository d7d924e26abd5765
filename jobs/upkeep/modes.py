"""Sets who may read the files below QUALITY_HOME: only their owner, except for the site and published
bundles, which everybody may read."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from jobs.environment import Environment
from jobs.whole_folder import is_unfinished

UMASK = 0o077  # of every process of the system
_OTHERS = 0o077
_PASSED_THROUGH = 0o711  # the home: who knows the name of the site's folder gets there, and nothing is listed
_LEFT_ALONE = ("inbox", "site", "published")  # others deliver into the first and read the rest


def close(env: Environment) -> int:
    """Take all rights of group and others from everything in QUALITY_HOME except inbox, site and published,
    and from lake and key file where these lie elsewhere. Returns the number of files and folders that were
    changed. ``env``: the paths. Raises OSError where one of them belongs to another user."""
    home = env.home
    tops = [p for p in sorted(home.iterdir()) if p.name not in _LEFT_ALONE] if home.is_dir() else []
    tops += [p for p in (env.lake, env.key_file) if p.exists() and not p.is_relative_to(home)]
    found = 0
    for path, mode in (each for top in tops for each in _below(top, unfinished=True)):
        if mode & _OTHERS:
            path.chmod(mode & ~_OTHERS)
            found += 1
    return found


def open_site(env: Environment) -> None:
    """Let everybody read the site and the published bundles, and pass through QUALITY_HOME to them without
    listing it. ``env``: the paths. Folders that are still being written (`replaced_folder`) keep their
    modes. Does nothing where there is neither site nor bundle."""
    tops = [top for top in (env.site, env.published) if top.is_dir()]
    if not tops:
        return
    for path, mode in (each for top in tops for each in _below(top, unfinished=False)):
        wanted = mode | (0o755 if path.is_dir() else 0o644)
        if mode != wanted:
            with suppress(FileNotFoundError):  # a writer took it away meanwhile
                path.chmod(wanted)
    mode = stat.S_IMODE(env.home.stat().st_mode)
    if mode & _PASSED_THROUGH != _PASSED_THROUGH:
        env.home.chmod(mode | _PASSED_THROUGH)


def _below(top: Path, *, unfinished: bool) -> Iterator[tuple[Path, int]]:
    """Each folder and file from ``top`` down with its permissions, a folder before what is in it; symbolic
    links are not followed. ``unfinished``: also folders that a writer has not put in place, or takes away."""
    said = top.lstat().st_mode
    if stat.S_ISLNK(said):
        return
    yield top, stat.S_IMODE(said)
    for where, folders, files in os.walk(top):
        if not unfinished:
            folders[:] = [name for name in folders if not is_unfinished(name)]
        for name in [*folders, *files]:
            try:
                said = (path := Path(where) / name).lstat().st_mode
            except FileNotFoundError:  # a writer took it away meanwhile
                continue
            if not stat.S_ISLNK(said):
                yield path, stat.S_IMODE(said)
