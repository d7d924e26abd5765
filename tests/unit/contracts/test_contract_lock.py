"""A breaking change needs a new major version."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from contract_projects import Project, column, contract, rule

from jobs.contracts.lock import breaking_changes, lock, lock_problems, widens, write_lock

Locked = dict[str, Any]
FILE = "schemas/gold/made.odcs.yaml"


@pytest.fixture
def old(project: Project) -> Locked:
    project.add(
        contract(
            "gold.made",
            column("kind", quality=[rule("values", list=["a", "b"])]),
            column("price", "number", "decimal(18,2)"),
            column("n", "integer", "bigint", required=True),
            column("uscc", customProperties=[{"property": "credit_code", "value": True}]),
            version="1.2.0",
        )
    )
    return lock(project.load())


def changed(**columns: dict[str, Any] | None) -> Callable[[Locked], None]:
    def change(new: Locked) -> None:
        for name, value in columns.items():
            if value is None:
                del new["gold.made"]["columns"][name]
            else:
                new["gold.made"]["columns"].setdefault(name, {"type": "string", "required": False}).update(
                    value
                )

    return change


BREAKING = [
    (changed(kind=None), "kind: column removed"),
    (changed(price={"type": "decimal(10,2)"}), "price: type narrowed from decimal(18,2) to decimal(10,2)"),
    (changed(n={"type": "int"}), "n: type narrowed from bigint to int"),
    (changed(price={"type": "string"}), "price: type narrowed from decimal(18,2) to string"),
    (changed(price={"required": True}), "price: nullable became required"),
    (changed(kind={"values": ["b", "c"]}), "kind: enumerated value removed: a"),
    (
        changed(uscc={"credit_code": False}),
        "uscc: credit_code removed, codes would stay in any spelling",
    ),
    (
        lambda new: new["gold.made"].update(key=["code", "kind"]),
        "primaryKey: key changed from (code) to (code, kind)",
    ),
]


@pytest.mark.parametrize(("change", "message"), BREAKING, ids=[m for _, m in BREAKING])
def test_a_breaking_change_needs_a_new_major_version(
    old: Locked, change: Callable[[Locked], None], message: str
) -> None:
    new = copy.deepcopy(old)
    change(new)
    for version in ("1.2.0", "1.3.0", "0.9.0"):
        new["gold.made"]["version"] = version
        assert breaking_changes(old, new) == [f"{FILE}: {message}; needs a new major version (now {version})"]
    new["gold.made"]["version"] = "2.0.0"
    assert breaking_changes(old, new) == []


@pytest.mark.parametrize(
    "change",
    [
        changed(colour={}),
        changed(kind={"values": ["c", "b", "a"]}),
        changed(price={"type": "decimal(20,3)"}),
        changed(n={"required": False}),
        lambda new: new.update({"gold.more": new["gold.made"]}),
    ],
    ids=["column added", "value added", "type widened", "required became nullable", "table added"],
)
def test_what_old_readers_do_not_notice_is_free(old: Locked, change: Callable[[Locked], None]) -> None:
    new = copy.deepcopy(old)
    change(new)
    assert breaking_changes(old, new) == []


def test_a_removed_table_is_breaking(old: Locked) -> None:
    assert breaking_changes(old, {}) == [
        f"{FILE}: id: table gold.made removed",
        "schemas/silver/thing.odcs.yaml: id: table silver.thing removed",
    ]


@pytest.mark.parametrize(
    ("before", "after", "free"),
    [
        ("int", "bigint", True),
        ("bigint", "int", False),
        ("int", "double", True),
        ("bigint", "double", False),
        ("decimal(10,2)", "decimal(12,4)", True),
        ("decimal(10,2)", "decimal(10,4)", False),
        ("int", "decimal(12,2)", True),
        ("int", "decimal(11,2)", False),
        ("date", "timestamp", False),
        ("string", "array<string>", False),
    ],
)
def test_a_type_is_widened_only_if_every_value_still_fits(before: str, after: str, free: bool) -> None:
    assert widens(before, after) is free


def test_a_baseline_that_lags_behind_is_named_and_written_anew(project: Project) -> None:
    file = project.root / "schemas/contracts.lock.json"
    write_lock(project.load(), file)
    assert lock_problems(project.load(), file) == []
    catalog = project.add(contract("silver.more")).load()
    [problem] = lock_problems(catalog, file)
    assert "contracts.lock.json: lock: lags behind silver.more; write it anew" in problem
    write_lock(catalog, file)
    assert lock_problems(catalog, file) == []


def test_a_breaking_change_without_a_major_version_is_named_when_it_is_written(project: Project) -> None:
    file = project.root / "schemas/contracts.lock.json"
    write_lock(project.add(contract("gold.made", column("price"))).load(), file)
    said = write_lock(project.add(contract("gold.made", column("cost"))).load(), file)
    assert said.startswith(f"accepted, though breaking: {FILE}: price: column removed; needs a new major")
    assert "accepted" not in write_lock(project.load(), file)


def test_values_of_a_reference_file_are_not_locked(project: Project) -> None:
    project.write("schemas/reference/colour.csv", "code\nred\n")
    project.add(contract("silver.made", column("kind", quality=[rule("values", reference="colour.code")])))
    assert lock(project.load())["silver.made"]["columns"]["kind"] == {"type": "string", "required": False}
