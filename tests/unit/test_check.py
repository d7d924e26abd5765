"""`make check` on a planted mistake: its lines are run over a small tree with the project's configuration."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from jobs.environment import REPOSITORY

WHOLE = 'def half(number: int) -> float:\n    """Half of it."""\n    return number / 2\n'
WHOLE_PROJECT = ("$(BIN)/quality contracts check", "$(BIN)/python -m pytest")
PLANTED = {
    "a file that is not formatted": ("jobs/marts/planted.py", "NAMES = ['a']\n"),
    "an import that is not used": ("jobs/marts/planted.py", "import json\n"),
    "a wrong type": ("jobs/marts/planted.py", 'NUMBER: int = "a"\n'),
    "a function without types in a strict room": (
        "jobs/engine/planted.py",
        "def same(value):\n    return value\n",
    ),
}


def recipe(target: str) -> list[str]:
    """The lines of a target of the Makefile, as the shell is given them."""
    found = re.search(rf"^{target}:.*\n((?:\t.*\n)+)", (REPOSITORY / "Makefile").read_text(), re.MULTILINE)
    assert found
    return [line.strip().lstrip("@") for line in found[1].splitlines()]


@pytest.fixture
def check(tmp_path: Path):
    """Runs the lines of `make check` that need neither contracts nor the project's tests; returns the exit
    code and what was printed."""
    shutil.copy(REPOSITORY / "pyproject.toml", tmp_path)
    for room in ("marts", "engine"):
        (tmp_path / "jobs" / room).mkdir(parents=True)
        (tmp_path / "jobs" / room / "__init__.py").touch()
    (tmp_path / "jobs" / "__init__.py").touch()
    (tmp_path / "jobs" / "engine" / "whole.py").write_text(WHOLE)
    lines = [line for line in recipe("check") if not line.startswith(WHOLE_PROJECT)]
    script = "\n".join(lines).replace("$(BIN)", str(Path(sys.executable).parent)).replace("$$", "$")

    def run() -> tuple[int, str]:
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script], cwd=tmp_path, capture_output=True, text=True
        )
        return done.returncode, done.stdout + done.stderr

    return run


def test_a_tree_without_a_mistake_passes(check):
    code, said = check()
    assert code == 0, said


@pytest.mark.parametrize("mistake", PLANTED)
def test_a_planted_mistake_fails_and_its_file_is_named(check, tmp_path, mistake):
    place, text = PLANTED[mistake]
    (tmp_path / place).write_text(text)
    code, said = check()
    assert code != 0 and Path(place).name in said


def test_it_checks_contracts_imports_and_citations_too_and_comes_before_the_tests():
    assert [line for line in recipe("check") if line.startswith(WHOLE_PROJECT[0])]
    [rules] = [line for line in recipe("check") if line.startswith(WHOLE_PROJECT[1])]
    assert rules.endswith("$(RULES)")
    [files] = re.findall(r"^RULES := (.*)$", (REPOSITORY / "Makefile").read_text(), re.MULTILINE)
    assert {"tests/unit/test_rooms.py", "tests/unit/test_definitions.py"} <= set(files.split())
    assert re.search(r"^test: check ", (REPOSITORY / "Makefile").read_text(), re.MULTILINE)
    assert "--ignore" not in recipe("test")[-1].replace("$(RULES:%=--ignore=%)", ""), "else each runs once"
