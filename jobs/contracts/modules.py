"""Find the module that builds a table, and check the signature of its `build()`, from the syntax tree and
without importing it."""

from __future__ import annotations

import ast
from pathlib import Path

from jobs.contracts.model import Contract


def module_name(contract: Contract) -> str | None:
    """The dotted name of the module with the table's build(): `jobs.marts.<room>.<table>` for gold,
    `jobs.conform.<table>` for silver; None where the contract's engine is not pandas, and for a silver table
    without inputs, which is made from its contract alone."""
    if contract.engine != "pandas":
        return None
    if contract.tier == "gold":
        return f"jobs.marts.{contract.room}.{contract.name}"
    return f"jobs.conform.{contract.name}" if contract.inputs else None


def parameters(contract: Contract) -> tuple[str, ...]:
    """The names of the parameters that `build()` must have: the inputs without their tier, in the contract's
    order, and `period`."""
    return (*(name.rsplit(".", 1)[1] for name in contract.inputs), "period")


def module_problems(contract: Contract, root: Path) -> list[str]:
    """The problems of the table's module, each as `file: field: what` or `file:line: field: what`: it is
    absent, is no Python, or does not define one `build()` with the right parameters. [] where there is none,
    or the table needs no module.
    ``root``: the folder that holds the package `jobs`."""
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
