"""The flow of a night as README, CONTRIBUTING and the docstring of jobs.night.runner draw it is the flow of a
night: the functions that they name are called, and in their order (definitions.md#night)."""

from __future__ import annotations

import importlib
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import pytest
from homes import HEADER, Home, few_tables

from jobs.commands import work
from jobs.environment import REPOSITORY
from jobs.night import runner
from jobs.night.facts import QUARANTINE

# Step of CONTRIBUTING's table → its functions, (module, name).
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in (REPOSITORY / "CONTRIBUTING.md").read_text("utf-8").splitlines()
    if re.match(r"\|.*`\w+\(\)` in `jobs/", line)
]
STEPS = {
    row[1]: [
        (file.replace("/", ".").removesuffix(".py"), name)
        for name, file in re.findall(r"`(\w+)\(\)` in `(jobs/[\w/]+\.py)`", row[3])
    ]
    for row in ROWS
    if row[1]
}
RUN = list(STEPS)[list(STEPS).index("begin") : list(STEPS).index("name") + 1]
OF_A_TABLE = RUN[RUN.index("load") : RUN.index("audit") + 1]


def code(module: str, name: str) -> CodeType:
    return getattr(importlib.import_module(module), name).__code__


def table_of(given: dict[str, Any]) -> str | None:
    """The table that a call is about, from the function's arguments."""
    about = given.get("given") or given.get("frames")
    contract = given.get("contract") or getattr(about, "contract", None)
    return None if contract is None else contract.id


@contextmanager
def watched(steps: dict[CodeType, str]) -> Iterator[list[tuple[str, str | None]]]:
    """(step, table) of each call in the order of their beginnings, on whichever thread."""
    calls: list[tuple[str, str | None]] = []

    def seen(frame: FrameType, event: str, _: Any) -> None:
        if event == "call" and frame.f_code in steps:
            step = steps[frame.f_code]
            calls.append((step, QUARANTINE if step == "quarantine" else table_of(frame.f_locals)))

    threading.setprofile(seen)
    sys.setprofile(seen)
    try:
        yield calls
    finally:
        sys.setprofile(None)
        threading.setprofile(None)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def calls(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, str | None]]:
    """What a first night calls, landing included: two files, one of whose rows is quarantined."""
    tables = few_tables("gold.sampling_ledger", "gold.cited_number", QUARANTINE)
    home = Home(tmp_path_factory.mktemp("flow") / "home", tables=tables)
    home.put("samples_1.csv", HEADER + "1,甲,2026-01-05,,,2026-01-05 10:00\n3,乙,2026-02-01,别的,,\n")
    home.put("conclusions_1.csv", "样品编号,结论,日期\n1,不合格,2026-02-10\n")
    of_step = {step: STEPS[step] if step == "build" else STEPS[step][:1] for step in ("land", *RUN)}
    steps = {code(*function): step for step, functions in of_step.items() for function in functions}
    with watched(steps) as calls:
        _, result = home.night()
    assert result.exit_code == 0, result.stale
    return calls


def of(calls: list[tuple[str, str | None]], table: str) -> list[str]:
    return [step for step, about in calls if about == table]


def test_a_night_lands_and_begins_once_and_ends_with_the_ledger_and_the_name(
    calls: list[tuple[str, str | None]],
):
    whole = [step for step, table in calls if table is None]
    assert whole == ["land", *(step for step in RUN if step not in OF_A_TABLE)]
    assert [step for step, _ in calls[:3]] == whole[:3] and [step for step, _ in calls[-2:]] == whole[-2:]


def test_every_table_goes_through_its_steps_in_the_order_of_the_drawing(calls: list[tuple[str, str | None]]):
    assert of(calls, "silver.sample") == ["load", "judge", "audit"]
    assert of(calls, "gold.sampling_ledger") == of(calls, "gold.cited_number") == ["build", "audit"]
    assert of(calls, QUARANTINE) == ["quarantine", "audit"]
    for table in {about for _, about in calls if about}:
        places = [OF_A_TABLE.index(step) for step in of(calls, table)]
        assert places == sorted(set(places)) and of(calls, table)[-1] == "audit", table


def test_the_quarantine_is_written_once_all_of_silver_is_judged(calls: list[tuple[str, str | None]]):
    last = max(place for place, (step, _) in enumerate(calls) if step == "judge")
    assert calls.index(("quarantine", QUARANTINE)) > last


def test_the_drawing_of_the_readme_has_the_steps_of_the_table_on_its_arrows_in_their_order():
    drawing = re.search(r"```mermaid\n(.*?)```", (REPOSITORY / "README.md").read_text("utf-8"), re.DOTALL)
    assert drawing
    words = re.findall(r"-- (\w+) -->|-\. (\w+) \.->", drawing[1])
    shown = [one or other for one, other in words]
    silent = {"begin", "plan", "balance", "reconcile"}  # they move no rows
    assert shown == [step for step in STEPS if step not in silent]
    explained = re.findall(r"^- \*\*(\w+)\*\*", (REPOSITORY / "README.md").read_text("utf-8"), re.MULTILINE)
    assert explained == shown[: len(explained)] and explained[-1] == "name"


def test_the_docstring_of_the_runner_names_the_functions_of_the_table_in_their_order():
    named = re.findall(r"(\w+)\(\)", runner.__doc__ or "")
    assert [name for name in named if name != "run_step"] == [
        name for step in RUN for _, name in STEPS[step] if name not in ("run", "statement")
    ]


def test_the_guide_tells_the_steps_of_a_table_in_their_order():
    steps = [*OF_A_TABLE, "name"]
    for language, step in (("en", r"^\d\. \*\*(\w+)\*\*"), ("zh", r"^\d\. \*\*\w+（(\w+)）\*\*")):
        page = Path(REPOSITORY, "jobs/reports/guide", language, "operate.md").read_text("utf-8")
        assert re.findall(step, page, re.MULTILINE) == steps, language


def test_the_commands_follow_each_other_as_in_the_table():
    commands = [re.findall(r"`quality (\w+)", row[0])[0] for row in ROWS if row[0]]
    said = (work.whole_night.__doc__ or "").removeprefix("Run ").split(" (`quality nightly`)")[0]
    assert said.split() == " → ".join(commands).split()
    assert all(callable(getattr(importlib.import_module(m), f)) for found in STEPS.values() for m, f in found)


def test_the_name_of_a_step_is_that_of_no_other_function_that_a_file_or_a_table_passes():
    defined = [
        (name, path.relative_to(REPOSITORY).as_posix())
        for room in ("ingest", "night", "gate", "orchestration")
        for path in sorted(Path(REPOSITORY, "jobs", room).rglob("*.py"))
        for name in re.findall(r"^def (\w+)\(", path.read_text("utf-8"), re.MULTILINE)
    ]
    steps = {(name, f"{module.replace('.', '/')}.py") for found in STEPS.values() for module, name in found}
    names = {name for name, _ in steps}
    assert [one for one in defined if one[0] in names and one not in steps] == []
