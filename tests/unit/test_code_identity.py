"""What code a thing is made by follows from its imports: a change in the closure counts, one elsewhere does
not."""

from __future__ import annotations

import ast
import gc
import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

import jobs.code_identity as code_identity
import jobs.night.identity as identity
from jobs.code_identity import closure, code_hash, imports, module_file, notebook_imports
from jobs.contracts.catalog import load_catalog
from jobs.contracts.suites import DEFAULT, expectation_file
from jobs.engine.dialect import to_duckdb
from jobs.engine.dispositions import statement
from jobs.engine.filed import filed
from jobs.engine.ranking import rivals
from jobs.engine.texts import has_text, table_text, text_path
from jobs.engine.typed import typed
from jobs.environment import EXPECTATIONS
from jobs.night import derived, silver

FILES = {
    "jobs/__init__.py": "",
    "jobs/rate.py": (
        "from jobs.shares import share\n\ndef build():\n    from jobs.late import later\n   "
        " return share, later\n"
    ),
    "jobs/shares.py": "import jobs.deep.numbers\n",
    "jobs/late.py": "",
    "jobs/deep/__init__.py": "",
    "jobs/deep/numbers.py": "import numpy\n",
    "jobs/deep/settings/link.yaml": "a: 1\n",
    "jobs/stranger.py": "from jobs import rate\n",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_the_closure_follows_imports_wherever_they_stand(root: Path):
    assert closure(["jobs.rate"], root) == ("jobs.deep.numbers", "jobs.late", "jobs.rate", "jobs.shares")
    with pytest.raises(KeyError, match="jobs.absent"):
        closure(["jobs.absent"], root)


def test_imports_are_read_from_code_once_and_followed_where_the_module_is_there(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    code = "import os\nfrom jobs import late\nfrom jobs.late import later, absent\n"
    assert code_identity._imported(code, root) == {"jobs", "jobs.late"}
    monkeypatch.setattr(code_identity, "_named", None)  # asked no more
    assert code_identity._imported(code, root) == {"jobs", "jobs.late"}
    other = tmp_path / "other"
    (other / "jobs" / "late").mkdir(parents=True)
    for name in ("__init__", "absent"):
        (other / "jobs" / "late" / f"{name}.py").touch()
    assert code_identity._imported(code, other) == {"jobs.late", "jobs.late.absent"}


@pytest.mark.parametrize("name", sorted(FILES))
def test_an_edit_counts_exactly_where_the_file_is_in_the_closure(root: Path, name: str):
    before = code_hash(["jobs.rate"], root=root)
    (root / name).write_text(FILES[name] + "# edited\n", encoding="utf-8")
    assert (code_hash(["jobs.rate"], root=root) != before) == (
        name not in ("jobs/__init__.py", "jobs/deep/__init__.py", "jobs/stranger.py")
    )


def test_a_notebook_is_made_by_what_its_cells_import_and_a_cell_that_is_no_python_is_passed_over(root: Path):
    sources = {"code": "from jobs import rate\nimport numpy", "markdown": "import jobs.stranger"}
    cells = [{"cell_type": kind, "source": text.splitlines(True)} for kind, text in sources.items()]
    cells.append({"cell_type": "code", "source": ["await numpy\n", "import jobs.late"]})
    cells.append({"cell_type": "code", "source": ["%magic\n", "import jobs.stranger"]})
    (root / "a.ipynb").write_text(json.dumps({"cells": cells}), encoding="utf-8")
    assert notebook_imports(root / "a.ipynb", root) == {"jobs", "jobs.rate", "jobs.late"}


def test_an_edit_counts_in_a_file_of_a_folder_that_is_handed_in(root: Path):
    (root / "templates").mkdir()
    (root / "templates" / "page.html").write_text("a", encoding="utf-8")
    before = code_hash(["jobs.late"], [root / "templates"], root=root)
    (root / "templates" / "page.html").write_text("b", encoding="utf-8")
    assert code_hash(["jobs.late"], [root / "templates"], root=root) != before


USED = {  # module → a table that it is used by, and one that it is not
    "jobs.marts.sampling.outcomes": ("gold.shopping_guidance", "gold.commerce_table"),
    "jobs.marts.sampling.deadlines": ("gold.work_queue", "gold.commerce_table"),
    "jobs.marts.overview.platform_duty": ("gold.platform_duty", "gold.quality_index_indicator"),
    "jobs.marts.quality_index.panel": ("gold.weak_point", "gold.work_queue"),
    "jobs.marts.public_names": ("gold.bulletin", "gold.quality_index"),
    "jobs.conform.linkage.uscc": ("gold.operator_state", "gold.quality_index"),
}


@pytest.mark.parametrize("module", sorted(USED))
def test_a_table_is_made_by_the_shared_modules_that_it_imports(module: str):
    uses, stranger = USED[module]
    contracts = load_catalog().contracts
    assert module in closure([f"jobs.marts.{contracts[uses].room}.{contracts[uses].name}"])
    assert module not in closure([f"jobs.marts.{contracts[stranger].room}.{contracts[stranger].name}"])


# A table that sources deliver, with a text that reads earlier filings; one without a text; a derived one that
# is kept by month. Each with functions that write its statement.
WRITTEN_BY = {
    "silver.shop": (silver.build_whole, silver.build_changed, statement, filed, table_text, to_duckdb),
    "silver.transaction": (silver.build_whole, silver.with_month, statement, typed, rivals, to_duckdb),
    "gold.commerce_state": (derived.build_text, derived.inputs, silver.with_month, table_text),
}


@pytest.fixture
def forgetful() -> Iterator[None]:
    """Hashes of code are kept for a process; an edit comes between two of them."""
    identity._hashed.cache_clear()
    yield
    identity._hashed.cache_clear()


@pytest.mark.parametrize("table", sorted(WRITTEN_BY))
def test_a_table_of_engine_sql_is_outdated_by_an_edit_of_each_file_that_writes_its_statement(
    table: str, forgetful: None, monkeypatch: pytest.MonkeyPatch
):
    contract = load_catalog().contracts[table]
    assert contract.engine == "sql"
    modules = closure({function.__module__ for function in WRITTEN_BY[table]})
    files = {path for name in modules if (path := module_file(name)) is not None}
    files |= {text_path(contract)} if has_text(contract) else set()
    assert len(files) > 20
    before, read = identity.table_code(contract), Path.read_bytes
    for file in sorted(files):
        with monkeypatch.context() as edited:
            edited.setattr(Path, "read_bytes", lambda p, at=file: read(p) + (b"\n#" if p == at else b""))
            identity._hashed.cache_clear()
            assert identity.table_code(contract) != before, file
    identity._hashed.cache_clear()
    stranger = module_file("jobs.reports.site")
    monkeypatch.setattr(Path, "read_bytes", lambda p: read(p) + (b"\n#" if p == stranger else b""))
    assert identity.table_code(contract) == before


def test_a_fingerprint_says_what_differs():
    contract = load_catalog().contracts["gold.work_queue"]
    day, versions = date(2026, 1, 1), {"silver.sample": 1}
    before = identity.made_by(contract, day).of(versions, [])
    assert identity.Fingerprint.read(str(before)) == before and identity.Fingerprint.read("old:shape") is None
    assert before.differences(identity.made_by(contract, date(2026, 1, 2)).of(versions, [])) == ["new day"]
    other = identity.made_by(contract, day).of({"silver.sample": 2}, [])
    assert before.differences(other) == ["inputs changed"] and before.same_basis(other)
    wider = replace(contract, columns=contract.columns[:-1])
    assert before.differences(identity.made_by(wider, day).of(versions, [])) == ["contract changed"]


def test_a_table_without_a_file_of_expectations_is_outdated_by_an_edit_of_the_default_and_no_other_is(
    forgetful: None, monkeypatch: pytest.MonkeyPatch
):
    contracts, day = load_catalog().contracts, date(2026, 1, 1)
    before = {name: identity.made_by(contract, day) for name, contract in contracts.items()}
    default, read = EXPECTATIONS / DEFAULT, Path.read_text
    assert default.is_file()
    monkeypatch.setattr(
        Path, "read_text", lambda p, *given: read(p, *given) + ("\n#" if p == default else "")
    )
    said = {
        name: before[name].differences(identity.made_by(contract, day))
        for name, contract in contracts.items()
    }
    without = {
        name
        for name, contract in contracts.items()
        if not contract.reference and not (EXPECTATIONS / contract.tier / f"{contract.name}.yaml").exists()
    }
    assert {name for name, found in said.items() if found == ["expectations changed"]} == without
    assert {"gold.cited_number", "silver.enterprise"} <= without
    assert {name for name, found in said.items() if found == []} == set(contracts) - without


def test_a_file_of_expectations_outdates_its_table_where_it_replaces_the_default(
    tmp_path: Path, forgetful: None, monkeypatch: pytest.MonkeyPatch
):
    contract, day = load_catalog().contracts["gold.cited_number"], date(2026, 1, 1)
    before = identity.made_by(contract, day)
    (tmp_path / "gold").mkdir()
    (tmp_path / "gold" / "cited_number.yaml").write_text("expectations: []\n", encoding="utf-8")
    monkeypatch.setattr(identity, "expectation_file", lambda of: expectation_file(of, tmp_path))
    assert before.differences(identity.made_by(contract, day)) == ["expectations changed"]


def test_modules_are_read_while_other_threads_and_finalizers_parse(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))  # none is known yet
    body = "".join(f"x{n} = [a + b * (c - {n}) for a, b, c in y if a and (b or c)]\n" for n in range(300))
    for number in range(40):
        (root / "jobs" / f"long_{number}.py").write_text(f"{body}import jobs.late  # {number}\n")

    def parse(phase: str, _: dict[str, int]) -> None:
        """Parses and lets another thread run, as a finalizer may, wherever the collector runs."""
        with suppress(SystemError):  # `ast.parse` of CPython 3.11 where another thread parses too
            ast.parse("a + b * (c - d)")
        time.sleep(0)

    before = gc.get_threshold()
    gc.callbacks.append(parse)
    gc.set_threshold(50)  # so that the collector runs while a text is read
    try:
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(lambda number: imports(f"jobs.long_{number}", root), range(40)))
    finally:
        gc.callbacks.remove(parse)
        gc.set_threshold(*before)
    assert found == [frozenset({"jobs.late"})] * 40
