"""Finds source YAMLs and lookups below the roots, and resolves `extends`: what is left is one plain document
that knows its lines."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from jobs.contracts.document import Document, suggestion
from jobs.errors import SourceError
from jobs.strict_yaml import KeyPath, Lines, load_text, shown

ENDINGS = (".yaml", ".yml")
Read = Callable[[Path], tuple[dict[str, Any], Lines]]


@dataclass
class Places:
    """Where each value of a merged document stands: `file:line`."""

    file: str
    _at: dict[KeyPath, str] = field(default_factory=dict)

    def of(self, path: KeyPath) -> str:
        while path not in self._at and path:
            path = path[:-1]
        return self._at.get(path, f"{self.file}:1")

    def set(self, path: KeyPath, place: str) -> None:
        self._at[path] = place


class SourceDocument(Document):
    """Collects the problems of one source, each with the file and line that the wrong value came from."""

    def __init__(self, places: Places):
        super().__init__(places)  # type: ignore[arg-type]
        self.places = places

    def wrong(self, path: KeyPath, field: str, message: str) -> None:
        self.problems.append(f"{self.places.of(path)}: {field}: {message}")


@dataclass(frozen=True)
class Root:
    """A folder with source YAML. The first one is schemas/: its `sources/` and `lookups/`; in a further one
    YAML may lie anywhere."""

    sources: Path
    lookups: tuple[Path, ...]

    def named(self, name: str) -> list[Path]:
        """The YAML of that name (a path below ``sources`` without its ending); none outside it, none that is
        hidden."""
        plain = PurePosixPath(name)
        if (
            plain.is_absolute()
            or plain.as_posix() != name
            or any(part.startswith(".") for part in plain.parts)
        ):
            return []
        return [path for path in (self.sources / f"{name}{ending}" for ending in ENDINGS) if path.is_file()]


@dataclass(frozen=True)
class _Files:
    """Where one source finds what it extends, how a file is read, and which files it did extend."""

    roots: Sequence[Root]
    read: Read
    used: set[Path]


def roots_of(paths: Sequence[Path]) -> tuple[Root, ...]:
    """The roots of `Environment.source_roots`."""
    first = [Root(path / "sources", (path / "lookups",)) for path in paths[:1]]
    return (*first, *(Root(path, (path / "lookups", path)) for path in paths[1:]))


def yaml_files(roots: Sequence[Root]) -> Iterator[tuple[Root, Path]]:
    """Every YAML below the roots, sorted by root and path; hidden files and folders are left out."""
    for root in roots:
        found = [path for ending in ENDINGS for path in root.sources.rglob(f"*{ending}")]
        for path in sorted(found):
            if not any(part.startswith(".") for part in path.relative_to(root.sources).parts):
                yield root, path


def resolve(
    path: Path, roots: Sequence[Root], read: Read = load_text
) -> tuple[dict[str, Any], Places, set[Path]]:
    """A source YAML with its `extends` (of the source and of each feed) merged in, the place of each value,
    and the files it extends. ``read``: gives the document of a file, which is not changed.

    Maps merge deeply, lists and scalars replace. SourceError: unreadable YAML, an absent or ambiguous parent,
    a circle.
    """
    used: set[Path] = set()
    files = _Files(roots, read, used)
    data, places = _extended(path, files, (path,))
    if not isinstance(data.get("feeds"), dict):
        return data, places, used
    feeds = dict(data["feeds"])
    for name, feed in feeds.items():
        if isinstance(feed, Mapping) and "extends" in feed:
            at = ("feeds", name)
            merged, merged_places = _parent(feed["extends"], places.of((*at, "extends")), files, (path,))
            inner = Places(places.file)
            for key, place in merged_places._at.items():
                inner.set((*at, *key), place)
            feeds[name] = _merge(merged, {k: v for k, v in feed.items() if k != "extends"}, at, inner, places)
            places._at.update(inner._at)
    return data | {"feeds": feeds}, places, used


def _extended(path: Path, files: _Files, chain: tuple[Path, ...]) -> tuple[dict[str, Any], Places]:
    data, lines = files.read(path)
    own = _placed(data, lines)
    if "extends" not in data:
        return data, own
    parent, places = _parent(data["extends"], own.of(("extends",)), files, chain)
    merged = _merge(parent, {k: v for k, v in data.items() if k != "extends"}, (), places, own)
    places.file = own.file
    return merged, places


def _parent(name: Any, place: str, files: _Files, chain: tuple[Path, ...]) -> tuple[dict[str, Any], Places]:
    if not isinstance(name, str):
        raise SourceError(
            [f"{place}: extends: must be the path of one YAML below a root, without its ending"]
        )
    found = [path for root in files.roots for path in root.named(name)]
    if not found:
        known = [p.relative_to(r.sources).with_suffix("").as_posix() for r, p in yaml_files(files.roots)]
        raise SourceError([f"{place}: extends: no root holds {name}.yaml{suggestion(name, known)}"])
    if len(found) > 1:
        raise SourceError(
            [f"{place}: extends: {name}.yaml lies in several roots: {', '.join(shown(p) for p in found)}"]
        )
    if found[0] in chain:
        raise SourceError(
            [f"{place}: extends: goes in a circle: {' → '.join(shown(p) for p in (*chain, found[0]))}"]
        )
    files.used.add(found[0])
    return _extended(found[0], files, (*chain, found[0]))


def _placed(data: Any, lines: Lines) -> Places:
    places = Places(lines.file)

    def walk(value: Any, path: KeyPath) -> None:
        places.set(path, f"{lines.file}:{lines.of(path)}")
        children = (
            value.items()
            if isinstance(value, Mapping)
            else enumerate(value)
            if isinstance(value, list)
            else ()
        )
        for key, child in children:
            walk(child, (*path, key))

    walk(data, ())
    return places


def _merge(base: Any, over: Any, path: KeyPath, places: Places, own: Places) -> Any:
    """``over`` laid on ``base``; ``places`` (of base) takes the places of what ``over`` says."""
    places.set(path, own.of(path))
    if isinstance(base, Mapping) and isinstance(over, Mapping):
        result = dict(base)
        for key, value in over.items():
            result[key] = _merge(base.get(key), value, (*path, key), places, own)
        return result
    for known, place in own._at.items():
        if known[: len(path)] == path:
            places.set(known, place)
    return over


def read_lookup(name: str, roots: Sequence[Root]) -> dict[str, str]:
    """`lookups/<name>.csv` of the one root that holds it, as from → to, both trimmed. ValueError says what is
    wrong."""
    found = [
        folder / f"{name}.csv"
        for root in roots
        for folder in root.lookups
        if (folder / f"{name}.csv").is_file()
    ]
    if not found:
        known = sorted({p.stem for root in roots for folder in root.lookups for p in folder.glob("*.csv")})
        raise ValueError(f"no root holds lookups/{name}.csv{suggestion(name, known)}")
    if len(found) > 1:
        raise ValueError(f"lookups/{name}.csv lies in several roots: {', '.join(shown(p) for p in found)}")
    values: dict[str, str] = {}
    try:
        with found[0].open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines, strict=True)
            if reader.fieldnames is None or not {"from", "to"} <= set(reader.fieldnames):
                raise ValueError(f"{shown(found[0])}: must have the columns from,to")
            for row in reader:
                key, value = (row["from"] or "").strip(), (row["to"] or "").strip()
                if not key or values.get(key, value) != value:
                    what = f"{key!r} is mapped twice" if key else "'from' is empty"
                    raise ValueError(f"{shown(found[0])}:{reader.line_num}: {what}")
                values[key] = value
    except (UnicodeDecodeError, csv.Error, OSError) as error:
        raise ValueError(f"{shown(found[0])}: cannot be read: {error}") from error
    return values
