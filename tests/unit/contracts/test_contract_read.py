"""A wrong contract is refused with a line that names file and field."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
import yaml
from contract_projects import Project, column, contract, rule

from jobs.contracts.model import MONTHLY, ForeignKey
from jobs.environment import REPOSITORY

Document = dict[str, Any]


def prop(name: str, value: Any) -> Callable[[Document], None]:
    def change(document: Document) -> None:
        document["customProperties"] = [p for p in document["customProperties"] if p["property"] != name]
        if value is not None:
            document["customProperties"].append({"property": name, "value": value})

    return change


def second(**fields: Any) -> Callable[[Document], None]:
    """Change the column `amount`; a value of ... removes the field."""

    def change(document: Document) -> None:
        target = document["schema"][0]["properties"][1]
        for key, value in fields.items():
            target.pop(key, None)
            if value is not ...:
                target[key] = value

    return change


def top(**fields: Any) -> Callable[[Document], None]:
    return lambda document: document.update(fields)


def no_key(document: Document) -> None:
    del document["schema"][0]["properties"][0]["primaryKey"]


def twice(document: Document) -> None:
    document["schema"][0]["properties"].append(column("amount"))


TEXT = {"logicalType": "string", "physicalType": ...}
CREDIT = {"property": "credit_code", "value": True}

BROKEN = [
    ("an unknown field of the document", top(owner="me"), "owner: unknown field"),
    (
        "an unknown field, with the one that was meant",
        top(customPropertie=[]),
        "did you mean customProperties?",
    ),
    ("an unknown field of a column", second(nullable=True), "amount.nullable: unknown field"),
    (
        "an unknown custom property of the table",
        prop("colour", "red"),
        "customProperties.colour: unknown field",
    ),
    (
        "an unknown custom property of a column",
        second(customProperties=[{"property": "pii", "value": True}]),
        "amount.customProperties.pii",
    ),
    ("an unknown type", second(logicalType="money"), "amount.logicalType: 'money' is not one of"),
    (
        "a type pair that does not fit",
        second(physicalType="int"),
        "amount.physicalType: 'int' does not fit logicalType number",
    ),
    ("a number without a physical type", second(physicalType=...), "amount.physicalType: None does not fit"),
    (
        "a decimal of too many digits",
        second(physicalType="decimal(40,2)"),
        "amount.physicalType: decimal(40,2) is not",
    ),
    ("an unknown rule", second(quality=[rule("in_range", min=0)]), "amount.quality: unknown rule 'in_range'"),
    (
        "an unknown argument of a rule",
        second(quality=[rule("range", low=0)]),
        "amount.quality: rule range: unknown argument 'low'",
    ),
    (
        "a rule without its arguments",
        second(quality=[rule("range")]),
        "amount.quality: rule range: needs min or max",
    ),
    ("a rule upside down", second(quality=[rule("range", min=2, max=1)]), "rule range: min is above max"),
    (
        "a rule for another type",
        second(quality=[rule("pattern", pattern="a")]),
        "rule pattern: is not for a column of type decimal(18,2)",
    ),
    (
        "a rule that names an absent column",
        second(quality=[rule("at_most", column="total")]),
        "column 'total' is not another column",
    ),
    (
        "one rule twice",
        second(quality=[rule("range", min=0), rule("range", max=1)]),
        "amount.quality: rule range occurs twice",
    ),
    (
        "an unknown severity",
        second(quality=[rule("range", "fatal", min=0)]),
        "amount.quality.severity: 'fatal' is not one of",
    ),
    (
        "a rule of another engine",
        second(quality=[{**rule("range", min=0), "engine": "soda"}]),
        "amount.quality.engine: 'soda'",
    ),
    (
        "a relation that is no foreign key",
        second(relationships=[{"type": "foreignKey", "to": "region"}]),
        "amount.relationships.to",
    ),
    (
        "a meaning in one language",
        second(description="only English"),
        "amount.description: must be '中文 | English'",
    ),
    (
        "personal data of an unknown kind",
        second(customProperties=[{"property": "personal", "value": "face"}]),
        "amount.customProperties.personal: 'face'",
    ),
    (
        "credit codes that are no text",
        second(customProperties=[CREDIT]),
        "amount.customProperties.credit_code: is only for a column of type string, not decimal(18,2)",
    ),
    (
        "credit codes that are codes besides",
        second(**TEXT, customProperties=[CREDIT, {"property": "code", "value": True}]),
        "amount.customProperties.credit_code: must not be set with code, which it includes",
    ),
    (
        "credit codes of persons",
        second(**TEXT, customProperties=[CREDIT, {"property": "personal", "value": "id"}]),
        "amount.customProperties.credit_code: must not be set with personal or free_text",
    ),
    (
        "the pattern of credit codes alone",
        second(**TEXT, quality=[rule("pattern", "warning", pattern="[0-9A-HJ-NPQRTUWXY]{18}")]),
        "amount.customProperties: must state credit_code: true, as its pattern is that of unified social",
    ),
    (
        "the rule of credit codes alone",
        second(**TEXT, quality=[rule("uscc")]),
        "amount.customProperties: must state credit_code: true, as it has the rule uscc",
    ),
    (
        "the name of credit codes alone",
        second(**TEXT, name="maker_uscc"),
        "maker_uscc.customProperties: must state credit_code: true, as columns called uscc hold unified",
    ),
    ("a reserved word as a name", second(name="order"), "schema.properties.name: 'order'"),
    ("a name that `_policies` holds", second(name="currency"), "schema.properties.name: 'currency'"),
    ("a missing key", no_key, "primaryKey: no column is part of the key"),
    (
        "a key that may be null",
        lambda d: d["schema"][0]["properties"][0].update(required=False),
        "code.required: a key column is always",
    ),
    ("a column twice", twice, "amount: occurs twice"),
    ("another id than the file's", top(id="silver.other"), "id: must be 'silver.broken'"),
    ("another name than the file's", top(name="other"), "name: must be 'broken'"),
    ("a version of two parts", top(version="1.0"), "version: '1.0' is not major.minor.patch"),
    ("another standard", top(kind="DataProduct"), "kind: 'DataProduct' is not one of"),
    ("an unknown tag", top(tags=["hot"]), "tags: 'hot' is not one of"),
    ("no room", prop("room", None), "customProperties.room: is missing"),
    (
        "an unknown engine",
        prop("engine", "polars"),
        "customProperties.engine: 'polars' is not one of sql, pandas",
    ),
    (
        "months without a date",
        prop("refresh", "months"),
        "customProperties.event_date: is missing (refresh: months needs it)",
    ),
    (
        "years of what sources deliver",
        prop("refresh", "years"),
        "customProperties.refresh: 'years' stands only with a table that is made of others",
    ),
    (
        "an event date that is no date",
        prop("event_date", "amount"),
        "customProperties.event_date: 'amount' is no date",
    ),
    ("a retention of weeks", prop("retention", "3w"), "customProperties.retention: '3w' is not"),
    ("bronze of another table", prop("inputs", ["bronze.thing"]), "only a table's own bronze rows"),
    (
        "a silver table fed by gold",
        prop("inputs", ["gold.thing"]),
        "'gold.thing' is not a table of bronze or silver",
    ),
    ("itself as input", prop("inputs", ["silver.broken"]), "a table cannot be its own input"),
    (
        "two inputs of one name",
        prop("inputs", ["bronze.broken", "silver.broken"]),
        "two inputs would be one parameter 'broken'",
    ),
    (
        "a streamed table that is no input",
        prop("streamed", ["silver.other"]),
        "customProperties.streamed: 'silver.other' is not one of ",
    ),
    (
        "parts of a text in SQL",
        prop("partition_by", "code"),
        "customProperties.partition_by: stands only with engine: pandas",
    ),
    (
        "parts by a column that is not there",
        prop("partition_by", "codes"),
        "customProperties.partition_by: 'codes' is no text or date column of this table",
    ),
    (
        "parts by a second column that is not there",
        prop("partition_by", ["code", "owner"]),
        "customProperties.partition_by: 'owner' is no text column of this table",
    ),
    (
        "parts by a number",
        prop("partition_by", "amount"),
        "customProperties.partition_by: 'amount' is no text or date column of this table",
    ),
    (
        "parts by one column twice",
        prop("partition_by", ["code", "code"]),
        "customProperties.partition_by: ['code', 'code'] is not one column, or two different ones",
    ),
    (
        "a truth that is text",
        prop("depends_on_day", "yes"),
        "customProperties.depends_on_day: 'yes' is not one of True, False",
    ),
    (
        "a team that is not there",
        top(team=[{"username": "labs"}]),
        "team.username: 'labs' is not one of brands, certifiers, complaints, customs, exchange, ",
    ),
    (
        "a number of too few without a least number",
        second(quality=[rule("enough", column="code")]),
        "amount.quality: rule enough: column 'code' is not another column of numbers of this table",
    ),
]


@pytest.mark.parametrize(
    ("change", "message"), [(c, m) for _, c, m in BROKEN], ids=[name for name, _, _ in BROKEN]
)
def test_a_wrong_contract_names_file_and_field(
    project: Project, change: Callable[[Document], None], message: str
) -> None:
    document = contract("silver.broken", column("amount", "number", "decimal(18,2)"))
    change(document)
    file = project.root / "schemas/silver/broken.odcs.yaml"
    project.add({**document, "id": "silver.broken"})
    project.write("schemas/silver/broken.odcs.yaml", _dump(document))
    problems = project.problems()
    assert any(message in problem for problem in problems), problems
    assert all(problem.startswith(f"{file}:") for problem in problems)


def test_the_team_of_a_gold_table_is_its_room(project: Project) -> None:
    document = contract("gold.made")
    document["team"][0]["username"] = "laboratories"
    project.add(document)
    [problem] = project.problems()
    assert problem.endswith("team.username: 'laboratories' is not sampling, the room of the table")


def test_a_custom_property_is_named_by_its_own_line(project: Project) -> None:
    document = contract("silver.broken")
    prop("retention", "3w")(document)
    text = _dump(document)
    project.write("schemas/silver/broken.odcs.yaml", text)
    line = next(n for n, each in enumerate(text.splitlines(), 1) if "property: retention" in each)
    [problem] = project.problems()
    assert f"broken.odcs.yaml:{line}: customProperties.retention: '3w' is not none, <n>d or <n>y" in problem


def _dump(document: Document) -> str:
    return yaml.safe_dump(document, allow_unicode=True, sort_keys=False)


def test_the_problems_of_all_files_come_together(project: Project) -> None:
    project.add(contract("silver.one", column("a", "money"))).add(
        contract("silver.two", column("b", "coins"), column("c", "coins"))
    )
    assert [problem.split(": ")[1] for problem in project.problems()] == [
        "a.logicalType",
        "b.logicalType",
        "c.logicalType",
    ]


def test_a_file_that_is_no_contract_is_refused(project: Project) -> None:
    project.write("schemas/silver/notes.txt", "")
    assert project.problems() == [f"{project.root}/schemas/silver/notes.txt: name: is not <table>.odcs.yaml"]


def test_a_contract_becomes_values(project: Project) -> None:
    project.add(contract("silver.region", tags=["reference"]))
    project.add(
        contract(
            "silver.full",
            column("amount", "number", "decimal(18,2)", quality=[rule("range", "warning", min=0)]),
            column("seen", "timestamp"),
            column("parts", "array", "array<string>"),
            column("n", "integer", "int"),
            column("region_code", relationships=[{"type": "foreignKey", "to": "region.code"}]),
            tags=["urgent"],
            event_date="seen",
            retention="5y",
        )
    )
    full = project.load().contracts["silver.full"]
    assert [c.type for c in full.columns] == [
        "string",
        "decimal(18,2)",
        "timestamp",
        "array<string>",
        "int",
        "string",
    ]
    assert (full.key, full.room, full.engine, full.refresh, full.event_date, full.retention) == (
        ("code",),
        "facts",
        "sql",
        "full",
        "seen",
        "5y",
    )
    assert (full.tags, full.reference, full.tier, full.name) == (("urgent",), False, "silver", "full")
    assert full.column("code").required and not full.column("amount").required
    assert full.column("region_code").foreign_key == ForeignKey("silver.region", "code")
    assert (full.column("amount").rules[0].id, full.column("amount").rules[0].severity) == (
        "full.amount.range",
        "warning",
    )


def test_a_foreign_key_without_words_means_what_its_target_means(project: Project) -> None:
    bare = {
        "name": "thing_code",
        "logicalType": "string",
        "relationships": [{"type": "foreignKey", "to": "thing.code"}],
    }
    found = project.add(contract("silver.other", bare)).load().contracts["silver.other"].column("thing_code")
    assert (found.name_zh, found.description_zh, found.description_en) == ("列code", "code的含义", "code")


@pytest.mark.parametrize(
    ("depends", "day", "seen"),
    [
        (True, date(2026, 11, 26), date(2026, 11, 26)),
        (False, date(2026, 11, 26), date(2026, 11, 26)),
        (MONTHLY, date(2026, 11, 26), date(2026, 10, 31)),
        (MONTHLY, date(2026, 1, 1), date(2025, 12, 31)),
    ],
)
def test_a_table_that_depends_on_the_month_is_seen_from_the_last_day_of_the_month_before(
    project: Project, depends: bool | str, day: date, seen: date
) -> None:
    document = contract("silver.daily")
    prop("depends_on_day", depends)(document)
    assert project.add(document).load().contracts["silver.daily"].seen_on(day) == seen


def test_the_columns_that_the_recipe_of_a_table_shows_are_right(project: Project) -> None:
    text = (REPOSITORY / "CONTRIBUTING.md").read_text(encoding="utf-8")
    [shown] = re.findall(r"```yaml\n(.*?)```", text, flags=re.S)
    document = contract("gold.made", inputs=["silver.thing"])
    document["schema"][0]["properties"] += yaml.safe_load(shown)
    lab = contract("silver.lab")
    lab["schema"][0]["properties"][0]["name"] = "lab_id"
    project.add(lab)
    found = project.add(document).load().contracts["gold.made"]
    assert found.column_names == ("code", "lab_id", "n_judged", "failed_share")
    assert found.column("n_judged").unit == "batches" and found.column("failed_share").type == "double"
