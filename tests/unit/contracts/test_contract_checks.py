"""What makes `quality contracts check` fail, each with a line that names file and field."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import yaml
from contract_projects import Project, column, contract

from jobs.contracts.capability import END, START, capability_problems, write_capabilities
from jobs.contracts.catalog import load_catalog
from jobs.contracts.checks import check, room_problems, standard_problems
from jobs.contracts.lock import write_lock
from jobs.contracts.modules import module_name, parameters

GOLD = "jobs/marts/sampling/made.py"


@pytest.fixture
def whole(project: Project) -> Project:
    """A project in which nothing is wrong: a silver table, and a gold table made of it."""
    project.add(contract("gold.made", column("n", "integer", "bigint")))
    rows = "".join(f"{n},系统,System,does it,all,,,,not yet,\n" for n in range(1, 14))
    project.write(
        "schemas/reference/capability.csv",
        "number,system_zh,system_en,done_means,rooms,tables,modules,tests,status,note\n" + rows,
    )
    project.write("README.md", f"# x\n{START}\n{END}\nafter\n")
    write_capabilities(project.root)
    write_lock(project.load(), project.root / "schemas/contracts.lock.json")
    return project


def module(text: str) -> Callable[[Project], object]:
    return lambda project: project.write(GOLD, text)


def removed(path: str) -> Callable[[Project], object]:
    return lambda project: (project.root / path).unlink()


def written(path: str, text: str) -> Callable[[Project], object]:
    return lambda project: project.write(path, text)


def expectation(text: str) -> Callable[[Project], object]:
    return written("expectations/gold/made.yaml", "expectations:\n  - " + text + "\n")


BROKEN = [
    ("module absent", removed(GOLD), f"{GOLD}: module: gold.made needs it and it is absent"),
    ("module that is not Python", module("def build(:\n"), f"{GOLD}:1: module: "),
    ("no build", module("x = 1\n"), f"{GOLD}: build: must be defined exactly once, not 0 times"),
    (
        "parameters unlike inputs",
        module("def build(*, thingy, period):\n    return thingy.select('code')\n"),
        f"{GOLD}:1: build: its parameters (thingy, period) are not those of inputs (thing, period)",
    ),
    (
        "no period",
        module("def build(*, thing):\n    return thing.select('code')\n"),
        f"{GOLD}:1: build: its parameters (thing) are not",
    ),
    (
        "positional parameters",
        module("def build(thing, period):\n    return thing.select('code')\n"),
        "takes keyword-only parameters",
    ),
    (
        "golden case without its why",
        removed("tests/golden/gold.made/case/why.md"),
        "tests/golden/gold.made/case: why.md: is absent",
    ),
    (
        "golden case without inputs",
        removed("tests/golden/gold.made/case/inputs/silver.thing.csv"),
        "gold.made/case: inputs: holds no .csv",
    ),
    (
        "golden case of another table's input",
        written("tests/golden/gold.made/case/inputs/silver.other.csv", "code\n"),
        "inputs/silver.other.csv: name: is neither an input of gold.made nor its bronze",
    ),
    (
        "golden case without a day",
        written("tests/golden/gold.made/case/case.yaml", "as_of: soon\n"),
        "case.yaml:1: as_of: 'soon' is not a day",
    ),
    (
        "golden case of no table",
        written("tests/golden/gold.gone/case/why.md", ""),
        "tests/golden/gold.gone: name: no contract is called so",
    ),
    (
        "neither expectations nor the default",
        removed("expectations/gold/made.yaml"),
        "expectations/default.yaml: file: is absent, and tables without a file need it",
    ),
    (
        "expectations in no folder of a tier",
        written("expectations/made.yaml", "expectations: []\n"),
        "expectations/made.yaml: name: only default.yaml lies here; a table's file lies in silver or gold",
    ),
    (
        "expectations of no table",
        written("expectations/gold/gone.yaml", "expectations: []\n"),
        "gone.yaml: name: no contract is called so",
    ),
    (
        "unknown expectation",
        expectation(
            "{type: expect_wonders, batch: rows, kwargs: {column: n}, severity: warning, message: 甲 | a}"
        ),
        "expectations/gold/made.yaml: made.expectation.1: Great Expectations has no 'expect_wonders'",
    ),
    (
        "expectation with a wrong argument",
        expectation(
            "{type: expect_column_values_to_be_between, batch: rows, kwargs: {column: n, low: 1}, "
            "severity: info, message: a | a}"
        ),
        "made.expectation.1: expect_column_values_to_be_between: ",
    ),
    (
        "expectation that the gate does not count",
        expectation(
            "{type: expect_column_mean_to_be_between, batch: rows, kwargs: {column: n, min_value: 1}, "
            "severity: info, message: a | a}"
        ),
        "made.expectation.1: expect_column_mean_to_be_between: the gate does not count column.mean",
    ),
    (
        "expectation about a column of another kind",
        expectation(
            "{type: expect_column_values_to_be_in_set, batch: rows, kwargs: {column: n, value_set: "
            "[a]}, severity: info, message: a | a}"
        ),
        (
            "made.expectation.1: expect_column_values_to_be_in_set: 'a' is not compared with a column of "
            "kind number"
        ),
    ),
    (
        "expectation about two columns",
        expectation(
            "{type: expect_column_values_to_be_between, batch: rows, kwargs: {column: n, max_value: "
            "{column: n}}, severity: info, message: a | a}"
        ),
        "is not compared with a column of kind number; two columns are compared by a rule of the contract",
    ),
    (
        "expectation for an absent column",
        expectation(
            "{type: expect_column_values_to_not_be_null, batch: rows, kwargs: {column: m}, severity: "
            "warning, message: 甲 | a}"
        ),
        "expectations/gold/made.yaml:2: kwargs: 'm' is no column of this table (code, n)",
    ),
    (
        "expectation for an absent metric",
        expectation(
            "{type: expect_column_values_to_not_be_null, batch: metrics, kwargs: {column: n}, severity: "
            "warning, message: 甲 | a}"
        ),
        (
            "expectations/gold/made.yaml:2: kwargs: 'n' is no metric (row_count, audited_rows, "
            "previous_row_count, row_count_ratio, volume_outside, "
        ),
    ),
    (
        "expectation without severity",
        expectation(
            "{type: expect_column_values_to_not_be_null, batch: rows, kwargs: {column: n}, message: 甲 | a}"
        ),
        "expectations/gold/made.yaml:2: expectations.severity: is missing",
    ),
    ("lock absent", removed("schemas/contracts.lock.json"), "contracts.lock.json: lock: is absent"),
    ("README without the table", written("README.md", "# x\n"), "README.md: capabilities: no block between"),
    (
        "README with another table",
        written("README.md", "<!-- capabilities -->\n| all done |\n<!-- /capabilities -->\n"),
        "README.md: capabilities: the block is not what schemas/reference/capability.csv gives",
    ),
    (
        "page of capabilities edited by hand",
        written("schemas/capabilities.md", "# all done\n"),
        "schemas/capabilities.md: capabilities: is not what schemas/reference/capability.csv gives",
    ),
]


@pytest.mark.parametrize(
    ("change", "message"), [(c, m) for _, c, m in BROKEN], ids=[name for name, _, _ in BROKEN]
)
def test_what_is_not_whole_is_named_with_file_and_field(
    whole: Project, change: Callable[[Project], object], message: str
) -> None:
    change(whole)
    problems = check(whole.load(), whole.root)
    assert len(problems) == 1 and message in problems[0], problems


def test_a_whole_project_has_no_problem(whole: Project) -> None:
    assert check(whole.load(), whole.root) == []


def test_a_problem_of_the_default_expectations_is_named_once(whole: Project) -> None:
    for file in ("gold/made", "silver/thing"):
        removed(f"expectations/{file}.yaml")(whole)
    written(
        "expectations/default.yaml",
        "expectations:\n  - {type: expect_wonders, batch: metrics, kwargs: {column: row_count}, "
        "severity: warning, message: 甲 | a}\n",
    )(whole)
    assert check(whole.load(), whole.root) == [
        "expectations/default.yaml: expectation.1: Great Expectations has no 'expect_wonders'"
    ]


def test_a_room_that_is_not_there_is_answered_with_those_that_are(whole: Project) -> None:
    for room in ("labs", "risk"):
        (whole.root / "jobs/marts" / room).mkdir(parents=True)
    for table, room in (("gold.made", "laboratories"), ("silver.thing", "things")):
        document = contract(
            table, *([column("n", "integer", "bigint")] if table == "gold.made" else []), room=room
        )
        tier, name = table.split(".")
        text = yaml.safe_dump(document, allow_unicode=True, sort_keys=False)
        whole.write(f"schemas/{tier}/{name}.odcs.yaml", text)
    contracts = whole.load().contracts
    assert [
        problem.partition(".odcs.yaml: ")[2]
        for name in ("gold.made", "silver.thing")
        for problem in room_problems(contracts[name], whole.root)
    ] == [
        "room: 'laboratories' is not one of labs, risk, sampling",
        "room: 'things' is not one of facts, reference",
    ]


def test_a_table_without_a_golden_case_is_named(whole: Project) -> None:
    (whole.root / "tests/golden/gold.made").rename(whole.root / "tests/golden/unused")
    assert check(whole.load(), whole.root) == ["tests/golden/gold.made: golden case: gold.made has none"]


def test_a_pandas_table_may_use_what_a_spark_table_may_not(whole: Project) -> None:
    whole.add(contract("gold.made", column("n", "integer", "bigint"), engine="pandas"))
    whole.write(GOLD, "def build(*, thing, period):\n    return thing.collect()\n")
    assert check(whole.load(), whole.root) == []


def test_a_column_without_a_name_or_a_meaning_is_named(whole: Project) -> None:
    whole.add(contract("gold.made", {"name": "n", "logicalType": "integer"}))
    assert [problem.rpartition("made.odcs.yaml: ")[2] for problem in check(whole.load(), whole.root)] == [
        "n: has no customProperties name_zh",
        "n: has no description '中文 | English'",
    ]


def test_a_column_of_a_term_that_is_called_otherwise_is_named(whole: Project) -> None:
    named = [{"property": "name_zh", "value": "不合格"}]
    whole.add(contract("gold.made", column("n_nonconforming", "integer", "bigint", customProperties=named)))
    whole.write(GOLD, "def build(*, thing, period):\n    return thing\n")
    write_lock(whole.load(), whole.root / "schemas/contracts.lock.json")
    assert [problem.rpartition("made.odcs.yaml: ")[2] for problem in check(whole.load(), whole.root)] == [
        "n_nonconforming: name_zh is 不合格, in schemas/glossary.csv 不合格批次: take that name, or call the "
        "column otherwise"
    ]


def test_a_contract_must_fit_the_standard_s_own_schema(whole: Project) -> None:
    file = whole.root / "schemas/gold/made.odcs.yaml"
    file.write_text(
        file.read_text(encoding="utf-8").replace("username: sampling", "username: 5"), encoding="utf-8"
    )
    [problem] = standard_problems(file)
    assert "made.odcs.yaml:" in problem and "team" in problem


def test_a_capability_cannot_claim_what_is_not_there(whole: Project) -> None:
    file = whole.root / "schemas/reference/capability.csv"
    rows = file.read_text(encoding="utf-8").split("\n")
    rows[1] = "1,系统,System,does it,all,gold.gone,jobs/gone.py,tests/golden/gold.made,partly,"
    rows[2] = "2,系统,System,does it,all,,,,there,"
    rows[3] = "3,系统,System,does it,all,,,,done,"
    file.write_text("\n".join(rows), encoding="utf-8")
    assert check(whole.load(), whole.root) == [
        f"schemas/reference/capability.csv: {what}"
        for what in (
            "1: tables: no contract is called 'gold.gone'",
            "1: modules: jobs/gone.py does not exist",
            "1: note: must say what is not there yet",
            "2: tables: is empty, so the status must be 'not yet'",
            "2: modules: is empty, so the status must be 'not yet'",
            "2: tests: is empty, so the status must be 'not yet'",
            "3: status: 'done' is not one of there, partly, not yet",
            "3: tables: is empty, so the status must be 'not yet'",
            "3: modules: is empty, so the status must be 'not yet'",
            "3: tests: is empty, so the status must be 'not yet'",
        )
    ]


def test_a_table_has_a_module_only_where_its_engine_is_pandas(project: Project) -> None:
    project.add(contract("silver.joined", inputs=["silver.thing"], engine="pandas", tags=["derived"]))
    project.add(contract("silver.completed", inputs=["bronze.completed", "silver.thing"]))
    catalog = project.load()
    assert module_name(catalog.contracts["silver.thing"]) is None
    assert module_name(catalog.contracts["silver.completed"]) is None
    assert module_name(catalog.contracts["silver.joined"]) == "jobs.conform.joined"
    assert parameters(catalog.contracts["silver.joined"]) == ("thing", "period")


@pytest.mark.slow  # `make check` says the same: quality contracts check
def test_the_repository_is_whole() -> None:
    assert check(load_catalog()) == []


def test_capabilities_are_written_once_and_leave_the_rest_of_the_readme(whole: Project) -> None:
    text = (whole.root / "README.md").read_text(encoding="utf-8")
    assert text.startswith("# x\n") and text.endswith(f"{END}\nafter\n")
    assert write_capabilities(whole.root) == []
    whole.write("schemas/capabilities.md", "")
    assert write_capabilities(whole.root) == ["schemas/capabilities.md"]


@pytest.mark.parametrize(
    "row", ["1,系统,System,does it,all,gold.made", "1,系统,System,does it,all,,,,not yet,,x"]
)
def test_a_capability_row_with_too_few_or_too_many_fields_is_told(whole: Project, row: str) -> None:
    path = whole.root / "schemas/reference/capability.csv"
    header, _, *rest = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([header, row, *rest]) + "\n", encoding="utf-8")
    assert capability_problems(whole.load(), whole.root) == [
        "schemas/reference/capability.csv: 1: row: must have 10 fields"
    ]
