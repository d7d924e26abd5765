"""Identify the code that makes a result: a hash of the project's modules that it imports, directly or not,
found from their import statements.

Lake, site, notebooks, workbooks and outbox are not made again where nothing has changed; by this hash they
know whether the code has.
"""

from __future__ import annotations

import ast
import hashlib
import json
import sys
from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from modulefinder import ModuleFinder
from pathlib import Path
from types import CodeType

from jobs.environment import REPOSITORY, SCHEMAS, deployment_file
from jobs.kept_texts import KeptTexts

# Libraries whose version changes what a table holds.
COMPUTING = (
    "duckdb",
    "pyspark",
    "sqlglot",
    "pandas",
    "numpy",
    "scipy",
    "statsmodels",
    "scikit-learn",
    "splink",
    "pint",
    "chinesecalendar",
)
DEPLOYMENT = "jobs.deployment"  # the module that reads the deployment's file
# Endings of files beside a package's modules that its code reads.
DATA_SUFFIXES = (".yaml", ".sql", ".html", ".css", ".js", ".json", ".txt", ".csv")
# The files to hash for code that reads contracts: the contracts, the lists that their rules refer to, and the
# glossary.
CONTRACTS = tuple(SCHEMAS / place for place in ("silver", "gold", "reference", "glossary.csv"))


@cache
def module_file(name: str, root: Path = REPOSITORY) -> Path | None:
    """Return the file of a module of the project (`jobs.night.plan`), below the folder ``root``; None where
    there is no such module."""
    place = root.joinpath(*name.split("."))
    for path in (place.with_suffix(".py"), place / "__init__.py"):
        if path.is_file():
            return path
    return None


# Code → the names that it imports. Reading them from the code takes a second in each process of a night.
_KEPT = KeptTexts(Path(__file__), sys.version)


@cache
def imports(name: str, root: Path = REPOSITORY) -> frozenset[str]:
    """Return the names of the project's modules that the module ``name`` imports anywhere in its code,
    functions included; empty where there is no such module. ``root``: the folder that holds the package
    `jobs`."""
    path = module_file(name, root)
    if path is None:
        return frozenset()
    return _imported(path.read_text(encoding="utf-8"), root)


def notebook_imports(path: Path, root: Path = REPOSITORY) -> frozenset[str]:
    """Return the names of the project's modules that the code cells of the notebook at ``path`` import (not
    what these modules import in turn: `closure`). A cell that is not valid Python is ignored with all its
    imports. That includes cells with IPython commands (`%time`, `!ls`), although they can be run. ``root``:
    the folder that holds the package `jobs`."""
    found: frozenset[str] = frozenset()
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            with suppress(SyntaxError):
                found |= _imported("".join(cell["source"]), root)
    return found


def _imported(code: str, root: Path) -> frozenset[str]:
    if (kept := _KEPT.get(code)) is None:
        kept = "\n".join(sorted(_named(code)))
        _KEPT.put(code, kept)
    return frozenset(n for n in kept.splitlines() if module_file(n, root) is not None)


def _named(text: str) -> set[str]:
    """The names that the code imports from the project: modules, and names that may be modules.

    They are read from the compiled code. `ast.parse` of CPython 3.11 raises SystemError (recursion depth
    mismatch) where anything else in the process parses meanwhile: a thread, or a finalizer whose traceback is
    printed."""
    found: set[str] = set()
    waiting = [compile(text, "<code>", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)]
    for code in waiting:
        for kind, what in ModuleFinder().scan_opcodes(code):
            if kind == "absolute_import":
                names, module = what
                found |= {module, *(f"{module}.{name}" for name in names or ())}
        waiting += [inner for inner in code.co_consts if isinstance(inner, CodeType)]
    return {name for name in found if name.split(".")[0] == "jobs"}


def closure(names: Iterable[str], root: Path = REPOSITORY) -> tuple[str, ...]:
    """Return the modules ``names`` and all modules of the project that they import, directly or not, sorted.
    Raises KeyError where one of ``names`` does not exist."""
    waiting, found = list(names), set()
    for name in waiting:
        if module_file(name, root) is None:
            raise KeyError(name)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += sorted(imports(name, root) - found)
    return tuple(sorted(found))


@cache
def _version(library: str) -> str:
    """The installed version; reading it parses the whole description of the package."""
    return version(library)


def made_from(*parts: object) -> str:
    """Return one hash (SHA-256, hex) of the reprs of all parts from which something is made. Equal parts give
    an equal hash."""
    return hashlib.sha256("\n".join(map(repr, parts)).encode()).hexdigest()


def code_hash(
    names: Iterable[str],
    files: Iterable[Path] = (),
    *,
    libraries: Iterable[str] = (),
    root: Path = REPOSITORY,
) -> str:
    """Return a hash (SHA-256, hex) of the code by which something is made.

    It covers the modules ``names`` and all that they import in the project; `settings/*.yaml` beside these
    modules; further ``files`` (of folders: the Python and DATA_SUFFIXES files in them, at any depth); the
    deployment file where `jobs.deployment` is among the modules; and the versions of the libraries COMPUTING
    and of further ``libraries``. ``root``: the folder that holds the package `jobs`. Raises KeyError where
    one of ``names`` does not exist.
    """
    digest = hashlib.sha256()
    for name in (*COMPUTING, *libraries):
        digest.update(f"{name}=={_version(name)}\n".encode())
    modules = closure(names, root)
    paths = {path for name in modules if (path := module_file(name, root)) is not None}
    paths |= {p for folder in {path.parent for path in paths} for p in folder.glob("settings/*.yaml")}
    for path in files:
        paths |= (
            {p for p in path.rglob("*") if p.is_file() and p.suffix in (".py", *DATA_SUFFIXES)}
            if path.is_dir()
            else {path}
        )
    if DEPLOYMENT in modules:
        digest.update(b"deployment\0" + deployment_file().read_bytes() + b"\0")
    for path in sorted(paths):
        digest.update(
            str(path.relative_to(root) if path.is_relative_to(root) else path).encode()
            + b"\0"
            + path.read_bytes()
            + b"\0"
        )
    return digest.hexdigest()
