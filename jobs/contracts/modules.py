"""Which module builds a table, and whether its `build()` keeps the rules: read from its syntax tree, never
imported."""

from __future__ import annotations

import ast
from pathlib import Path

from jobs.contracts.model import Contract


def module_name(contract: Contract) -> str | None:
    """`jobs.marts.<room>.<table>` for gold, `jobs.conform.<table>` for derived silver; None where the table
    has no build()."""
    if contract.engine != "pandas":
        return None
    if contract.tier == "gold":
        return f"jobs.marts.{contract.room}.{contract.name}"
    return f"jobs.conform.{contract.name}" if contract.inputs else None


def parameters(contract: Contract) -> tuple[str, ...]:
    """The parameter names that `build()` must have: the last parts of the inputs, and `period`."""
    return (*(name.rsplit(".", 1)[1] for name in contract.inputs), "period")


def module_problems(contract: Contract, root: Path) -> list[str]:
    """What is wrong with the table's module, as `file: field: what`; ``root`` holds the package `jobs`."""
    name = module_name(contract)
    if name is None:
        return []
    file = name.replace(".", "/") + ".py"
    path = root / file
    if not path.is_file():
        return [f"{file}: module: {contract.id} needs it and it is absent"]
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except SyntaxError as error:
        return [f"{file}:{error.lineno}: module: {error.msg}"]
    builds = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "build"]
    if len(builds) != 1:
        return [f"{file}: build: must be defined exactly once, not {len(builds)} times"]
    return [f"{file}:{problem}" for problem in _parameter_problems(contract, builds[0])]


def _parameter_problems(contract: Contract, build: ast.FunctionDef) -> list[str]:
    arguments = build.args
    if arguments.args or arguments.posonlyargs or arguments.vararg or arguments.kwarg:
        return [f"{build.lineno}: build: takes keyword-only parameters: def build(*, ...)"]
    found = tuple(a.arg for a in arguments.kwonlyargs)
    wanted = parameters(contract)
    if sorted(found) != sorted(wanted):
        return [
            (
                f"{build.lineno}: build: its parameters ({', '.join(found)}) are not those of inputs "
                f"({', '.join(wanted)})"
            )
        ]
    return []
