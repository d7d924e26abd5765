"""Find the source YAMLs and lookups below the roots, and merge into a YAML what it extends.

A root is a folder that holds source YAMLs. A lookup is a CSV file that translates values, one row per value.
`extends: families/brand` takes over the content of another YAML. The result is one plain document that knows
the file and line of each of its values.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from jobs.contracts.document import Document, suggestion
from jobs.errors import SourceError
from jobs.strict_yaml import KeyPath, Lines, load_text, shown

ENDINGS = (".yaml", ".yml")  # of source YAMLs
Read = Callable[[Path], tuple[dict[str, Any], Lines]]  # path of a YAML → its document, lines of its values


@dataclass
class Places:
    """The place `file:line` at which each value of a merged document is written. ``file``: the YAML that was
    read first, the one that extends the others."""

    file: str
    _at: dict[KeyPath, str] = field(default_factory=dict)

    def of(self, path: KeyPath) -> str:
        """The place `file:line` of the value to which the keys ``path`` lead; where none is noted, that of
        the nearest value above it; `<file>:1` where there is none."""
        while path not in self._at and path:
            path = path[:-1]
        return self._at.get(path, f"{self.file}:1")

    def set(self, path: KeyPath, place: str) -> None:
        """Note that the value at the keys ``path`` is written at ``place`` (`file:line`)."""
        self._at[path] = place


class SourceDocument(Document):
    """Collects in ``problems`` what is wrong with one source YAML; each line begins with the file and line
    that the wrong value comes from, which may be those of a YAML that is extended."""

    def __init__(self, places: Places):
        super().__init__(places)  # type: ignore[arg-type]
        self.places = places

    def wrong(self, path: KeyPath, field: str, message: str) -> None:
        """Add the problem `file:line: field: message`. ``path``: the keys that lead to the value; ``field``:
        the value's name in messages."""
        self.problems.append(f"{self.places.of(path)}: {field}: {message}")


@dataclass(frozen=True)
class Root:
    """A folder with source YAMLs. ``sources``: the folder below which the YAMLs lie; ``lookups``: the folders
    that are searched for `<name>.csv`.

    The first root is schemas/, with the folders `sources` and `lookups`. In a further root YAMLs may lie
    anywhere, and lookups in the root itself or in its folder `lookups`.
    """

    sources: Path
    lookups: tuple[Path, ...]

    def named(self, name: str) -> list[Path]:
        """The existing files `<name>.yaml` and `<name>.yml` below ``sources``. [] where ``name`` is absolute,
        is not in its plain form (`a//b`, `./a`), or has a part that begins with a point (a hidden folder, or
        `..`)."""
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
    """The Root of each path in `Environment.source_roots`, in their order; the first path is schemas/. () for
    no path."""
    first = [Root(path / "sources", (path / "lookups",)) for path in paths[:1]]
    return (*first, *(Root(path, (path / "lookups", path)) for path in paths[1:]))


def yaml_files(roots: Sequence[Root]) -> Iterator[tuple[Root, Path]]:
    """Yield (root, path) for every `.yaml` and `.yml` file below the roots, in the order of the roots and by
    path within a root. Hidden files and files in hidden folders are left out."""
    for root in roots:
        found = [path for ending in ENDINGS for path in root.sources.rglob(f"*{ending}")]
        for path in sorted(found):
            if not any(part.startswith(".") for part in path.relative_to(root.sources).parts):
                yield root, path


def files_of(paths: Sequence[Path]) -> list[Path]:
    """Return all files that say how sources are read (the YAML and the lookups), sorted by path. ``paths``:
    as for `roots_of`."""
    roots = roots_of(paths)
    lookups = {path for root in roots for folder in root.lookups for path in folder.glob("*.csv")}
    return sorted({path for _, path in yaml_files(roots)} | lookups)


def resolve(
    path: Path, roots: Sequence[Root], read: Read = load_text
) -> tuple[dict[str, Any], Places, set[Path]]:
    """Read a source YAML and merge in what it extends, at its top and in each feed. Mappings are merged key
    by key; a list or scalar of the YAML replaces that of the one that it extends.

    ``path``: the YAML; ``roots``: the roots in which `extends` is looked up; ``read``: returns the document
    and the lines of a file, and may return the same objects again, as they are not changed.

    Returns the merged document, the place of each value, and all files that were extended, directly or not.
    Raises YamlError where a file is not readable YAML, and SourceError where `extends` is no name of a YAML,
    names none or several, or leads back to a file that extends it.
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
    """The YAML that `extends` names, as `_extended` returns it. ``name``: what was written there; ``place``:
    the file and line that say so, for messages; ``chain``: the files that led here. Raises SourceError where
    no root or several hold it, or it extends itself."""
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
            [f"{place}: extends: {name}.yaml is there more than once: {', '.join(shown(p) for p in found)}"]
        )
    if found[0] in chain:
        raise SourceError(
            [
                f"{place}: extends: the files extend each other: "
                f"{' → '.join(shown(p) for p in (*chain, found[0]))}"
            ]
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
    """Read the lookup `<name>.csv` from the one root that holds it: a CSV file in UTF-8 with the columns
    `from` and `to`. Returns from → to, both trimmed; '' as `to` means null.

    Raises ValueError where no root or several hold the file, it cannot be read, a column is missing, or a row
    has an empty `from` or a second `to` for one `from`.
    """
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
        raise ValueError(f"lookups/{name}.csv is there more than once: {', '.join(shown(p) for p in found)}")
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
