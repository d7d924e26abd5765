"""The shape of the repository (design: README): sizes, names, who may import what, what may lie at the
top."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from jobs.environment import REPOSITORY

MAX_FILE, MAX_FUNCTION = 400, 70
BANNED_NAMES = {"utils", "util", "helpers", "helper", "common", "misc"}
TOP_LEVEL = {
    "dags",
    "jobs",
    "schemas",
    "expectations",
    "notebooks",
    "tests",
    "pyproject.toml",
    "README.md",
    "Makefile",
    "requirements.txt",
    "LICENSE",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
}
HEAVY = {"pyspark", "delta", "great_expectations"}
NO_IMPORT = {  # folder → packages that its modules must not import
    "jobs/contracts": {"pyspark", "delta"},
    "jobs/methods": {"pyspark", "delta"},
    "jobs/ingest": HEAVY,
    "jobs/simulate": HEAVY,
    "jobs/orchestration": HEAVY,
    "dags": HEAVY,
}
LOADERS = {
    "jobs/ingest/bronze.py"
}  # where landed files go into the lake; the rest of its room runs without a JVM
# Put together here, so that this file does not hold what it looks for.
HOSTS = [
    "pypi" + ".org",
    "pythonhosted" + ".org",
    "maven" + ".org",
    "deb.debian" + ".org",
    "npmjs" + ".org",
    "crates" + ".io",
]
MACHINE_PATHS = ["/" + "work/", "/" + "home/", "/" + "root/", "/" + "tmp/w/"]


def repository_files() -> list[Path]:
    """Files that are tracked, or would be: all that .gitignore does not name."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout
    return [path for name in listed.split("\0") if name and (path := REPOSITORY / name).is_file()]


FILES = repository_files()
PYTHON = [path for path in FILES if path.suffix == ".py"]


def named(path: Path) -> str:
    return path.relative_to(REPOSITORY).as_posix()


def imported(tree: ast.AST) -> Iterator[str]:
    """Top packages that a module imports anywhere in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.split(".")[0]


def long_functions(source: str) -> list[tuple[str, int]]:
    """Functions above the limit, with their lines."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > MAX_FUNCTION:
                found.append((node.name, lines))
    return found


def forbidden_imports(folder: str, packages: set[str]) -> list[str]:
    here = [path for path in PYTHON if named(path).startswith(f"{folder}/") and named(path) not in LOADERS]
    return [
        f"{named(p)}: {name}"
        for p in here
        for name in imported(ast.parse(p.read_text(encoding="utf-8")))
        if name in packages
    ]


def test_no_python_file_is_longer_than_400_lines():
    lengths = {named(path): len(path.read_text(encoding="utf-8").splitlines()) for path in PYTHON}
    assert {name: lines for name, lines in lengths.items() if lines > MAX_FILE} == {}


def test_no_function_is_longer_than_70_lines():
    found = {named(path): long_functions(path.read_text(encoding="utf-8")) for path in PYTHON}
    assert {name: functions for name, functions in found.items() if functions} == {}


def test_the_check_of_functions_counts_lines():
    assert long_functions("def f():\n" + "    x = 1\n" * 70) == [("f", 71)]
    assert long_functions("def f():\n" + "    x = 1\n" * 69) == []


def test_no_module_has_a_name_that_says_nothing():
    names = {
        named(path) for path in PYTHON if BANNED_NAMES & {path.stem, *path.relative_to(REPOSITORY).parts[:-1]}
    }
    assert names == set()


@pytest.mark.parametrize("folder", NO_IMPORT)
def test_a_room_imports_nothing_that_it_must_do_without(folder):
    assert forbidden_imports(folder, NO_IMPORT[folder]) == []


def test_the_check_of_imports_sees_imports_inside_functions():
    assert set(
        imported(ast.parse("import a.b\ndef f():\n    from pyspark.sql import x\n    from . import y"))
    ) == {"a", "pyspark"}


def test_only_the_agreed_entries_lie_at_the_top():
    entries = {path.relative_to(REPOSITORY).parts[0] for path in FILES}
    assert {entry for entry in entries if not entry.startswith(".")} <= TOP_LEVEL


def test_no_file_names_a_package_registry_or_a_place_on_one_machine():
    pattern = re.compile(
        "|".join(re.escape(word) for word in HOSTS)
        + "|"
        + "|".join(rf"(?<![\w.$}}]){re.escape(w)}" for w in MACHINE_PATHS)
    )
    found = []
    for path in FILES:
        content = path.read_bytes()
        if b"\0" not in content:
            found += [f"{named(path)}: {m[0]}" for m in pattern.finditer(content.decode("utf-8", "replace"))]
    assert found == []


def test_no_two_files_of_tests_have_one_name():
    """pytest imports them by their names alone: of two with one name it reads the first."""
    names = [path.name for path in (REPOSITORY / "tests").rglob("*.py") if path.name != "conftest.py"]
    assert sorted({name for name in names if names.count(name) > 1}) == []
