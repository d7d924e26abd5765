"""The truth of a country is for tests only: no job imports the simulator, none opens what it knows."""

from __future__ import annotations

import ast

from jobs.environment import REPOSITORY

COMMAND = "jobs/commands/simulate.py"  # the one place that starts it


def imports_of(source: str) -> set[str]:
    """Modules that a source names in any import."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def test_nothing_outside_the_simulator_imports_it_but_its_command():
    found = set()
    for folder in ("jobs", "dags"):
        for path in (REPOSITORY / folder).rglob("*.py"):
            name = path.relative_to(REPOSITORY).as_posix()
            if not name.startswith("jobs/simulate/") and any(
                m.startswith("jobs.simulate") for m in imports_of(path.read_text(encoding="utf-8"))
            ):
                found.add(name)
    assert found == {COMMAND}


def test_the_check_of_imports_sees_those_inside_functions():
    assert "jobs.simulate" in imports_of("def f():\n    from jobs import simulate\n") | imports_of(
        "import jobs.simulate"
    )
    assert "jobs.simulate.country.truth" in imports_of(
        "def f():\n    from jobs.simulate.country import truth"
    )


def test_landing_opens_no_file_of_the_truth(country):
    """The audit hook saw the files of the inbox, so it would have seen those of the truth."""
    truth, inbox = str(country.folder / "truth"), str(country.folder / "inbox")
    assert sum(path.startswith(inbox) for path in country.opened) > 400
    assert [path for path in country.opened if path.startswith(truth)] == []
