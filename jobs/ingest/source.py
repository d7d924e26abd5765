"""Reads and checks all source YAMLs of an installation, those below its roots. A bad one is reported and does
not stop the others."""

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
    """A YAML that is refused. ``name``: that of its source, '' where it cannot be read; ``family``: see
    `family_of`; ``problems``: each as `file:line: field: what`; ``recipient``: as the YAML states it, ''
    where it states none or cannot be read."""

    name: str
    family: str
    path: Path
    problems: tuple[str, ...]
    recipient: str = ""

    def __str__(self) -> str:
        return "\n".join(self.problems)


@dataclass(frozen=True)
class Sources:
    """The sources below the roots. ``good``: name → Source; ``bad``: the YAMLs that were refused;
    ``folders``: the folders in which the YAMLs and lookups of all roots lie."""

    good: Mapping[str, Source]
    bad: tuple[BadSource, ...]
    folders: tuple[Path, ...]

    def without_folders(self, problem: str) -> str:
        """Return the text of a problem with each absolute path cut to the part below its folder, so that the
        text may be published: `lab/acme.yaml` instead of `/srv/sources/lab/acme.yaml`."""
        for folder in sorted(map(str, self.folders), key=len, reverse=True):
            problem = problem.replace(f"{folder}/", "")
        return problem


def load_sources(roots: Sequence[Path], catalog: Catalog) -> Sources:
    """Read every source below the roots (`Environment.source_roots`). ``catalog``: the contracts that feeds
    are checked against.

    A bad YAML raises no error: it is returned in ``bad`` with its problems, as are all YAMLs that use the
    same name. A YAML without the field `source` is a fragment that sources extend; where all else is good,
    each one that no source extends is bad.
    """
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
            bad.append(BadSource(name, folder, path, tuple(error.problems), str(data.get("recipient") or "")))
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
    whole = not bad  # a bad source may be what extends a fragment
    for path in fragments:
        if path not in extended and whole:
            bad.append(
                BadSource(
                    "", "", path, (f"{shown(path)}:1: source: is missing (and no source extends this file)",)
                )
            )
    return Sources(good, tuple(bad), tuple(f for root in places for f in (root.sources, *root.lookups)))


def load_source(
    path: Path, root: Root, roots: Sequence[Root], catalog: Catalog, read: Read = load_text
) -> tuple[Source, set[Path]]:
    """Read one source YAML. Returns the source, and the files that it extends. Raises SourceError, which
    lists all problems of the YAML.

    ``root``: the root that ``path`` lies in; ``roots``: all of them, in which `extends` and lookups are
    looked up; ``catalog``: the contracts that feeds are checked against; ``read``: reads a YAML, as in
    `resolve`.
    """
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
    """The family (one of FAMILIES, such as `platform`) of the YAML at ``path``: the name of the nearest
    folder above it, and below the root, that is the name of a family; '' where there is none. Raises
    ValueError where the YAML is not below the root."""
    folders = path.relative_to(root.sources).parts[:-1]
    return next((part for part in reversed(folders) if part in FAMILIES), "")
