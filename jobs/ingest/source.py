"""All sources of an installation: every YAML below the roots, read and checked; a bad one never stops the
others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from jobs.contracts.catalog import Catalog
from jobs.errors import SourceError
from jobs.ingest.language import read_source
from jobs.ingest.model import FAMILIES, Source
from jobs.ingest.source_files import Read, Root, SourceDocument, read_lookup, resolve, roots_of, yaml_files
from jobs.strict_yaml import YamlError, load_text, shown


@dataclass(frozen=True)
class BadSource:
    """A YAML that is refused. ``name``: what it calls its source, '' where even that cannot be read;
    ``problems``: `file:line:
    field: what`."""

    name: str
    family: str
    path: Path
    problems: tuple[str, ...]

    def __str__(self) -> str:
        return "\n".join(self.problems)


@dataclass(frozen=True)
class Sources:
    """What the roots hold."""

    good: Mapping[str, Source]
    bad: tuple[BadSource, ...]


def load_sources(roots: Sequence[Path], catalog: Catalog) -> Sources:
    """Every source below the roots (`Environment.source_roots`). A bad YAML raises nothing: it is
    returned with its errors, as are both that use one name. ``catalog``: the contracts that feeds are checked
    against. A YAML without `source` is a shared dialect; one that nothing extends is bad."""
    places = roots_of(roots)
    good: dict[str, Source] = {}
    bad: list[BadSource] = []
    extended: set[Path] = set()
    fragments: list[Path] = []
    read = lru_cache(maxsize=None)(load_text)  # a dialect is read once for all that extend it
    for root, path in yaml_files(places):
        folder = family_of(path, root)
        try:
            data, _ = read(path)
            if "source" not in data:
                fragments.append(path)
                continue
            name = str(data["source"])
            source, used = load_source(path, root, places, catalog, read)
            extended |= used
        except YamlError as error:
            bad.append(BadSource("", folder, path, tuple(error.problems)))
            continue
        except SourceError as error:
            bad.append(BadSource(name, folder, path, tuple(error.problems)))
            continue
        if name in good:
            first = good[name]
            bad.append(
                BadSource(
                    name, folder, path, (f"{shown(path)}:1: source: {name!r} is also in {shown(first.path)}",)
                )
            )
            continue
        good[name] = source
    for twice in {b.name for b in bad} & set(good):
        source = good.pop(twice)
        other = next(b.path for b in bad if b.name == twice)
        problem = f"{shown(source.path)}:1: source: {twice!r} is also in {shown(other)}"
        bad.append(BadSource(twice, source.family, source.path, (problem,)))
    for path in fragments:
        if path not in extended and not bad:  # a bad source may be what extends it
            bad.append(
                BadSource(
                    "", "", path, (f"{shown(path)}:1: source: is missing (and no source extends this file)",)
                )
            )
    return Sources(good, tuple(bad))


def load_source(
    path: Path, root: Root, roots: Sequence[Root], catalog: Catalog, read: Read = load_text
) -> tuple[Source, set[Path]]:
    """One source and the files that it extends. SourceError: all its problems."""
    lookups = lru_cache(maxsize=None)(lambda name: read_lookup(name, roots))
    folder = family_of(path, root)
    try:
        data, places, used = resolve(path, roots, read)
    except YamlError as error:
        raise SourceError(error.problems) from error
    doc = SourceDocument(places)
    if root is roots[0] and not folder:
        doc.wrong((), "source", f"must lie in a folder named after its family: {' '.join(FAMILIES)}")
    source = read_source(data, doc, path, folder, catalog, lookups)
    if source is None:
        raise SourceError(doc.problems)
    return source, used


def family_of(path: Path, root: Root) -> str:
    """The family that one of the folders between a root and the YAML is named after, '' where none is."""
    folders = path.relative_to(root.sources).parts[:-1]
    return next((part for part in reversed(folders) if part in FAMILIES), "")
