"""The graph between tables and selections from it."""

from __future__ import annotations

import pytest
from contract_projects import Project, column, contract

from jobs.contracts.catalog import load_catalog
from jobs.errors import UsageError


def key(to: str) -> list[dict[str, str]]:
    return [{"type": "foreignKey", "to": to}]


@pytest.fixture
def graph(project: Project) -> Project:
    """region <- thing2 (foreign key) <- first <- second; thing is read by first; thing2 names thing, a fact,
    which is no edge."""
    project.add(
        contract(
            "silver.region",
            column("parent", relationships=key("region.code")),
            tags=["reference"],
            room="reference",
        )
    )
    project.add(
        contract(
            "silver.thing2",
            column("region_code", relationships=key("region.code")),
            column("thing_code", relationships=key("thing.code")),
            tags=["urgent"],
        )
    )
    project.add(contract("gold.first", inputs=["silver.thing", "silver.thing2"]))
    return project.add(contract("gold.second", inputs=["gold.first"], room="risk"))


def test_tables_come_after_all_that_they_read(graph: Project) -> None:
    assert graph.load().order() == [
        "silver.region",
        "silver.thing",
        "silver.thing2",
        "gold.first",
        "gold.second",
    ]


def test_a_foreign_key_is_an_edge_only_to_a_reference_table_and_never_to_itself(graph: Project) -> None:
    catalog = graph.load()
    assert catalog.direct("silver.thing2") == {"silver.region"}
    assert catalog.direct("silver.region") == set()


def test_needs_and_needed_by_reach_through(graph: Project) -> None:
    catalog = graph.load()
    assert catalog.needs("gold.second") == {"gold.first", "silver.thing", "silver.thing2", "silver.region"}
    assert catalog.needed_by("silver.region") == {"silver.thing2", "gold.first", "gold.second"}


@pytest.mark.parametrize(
    ("expression", "chosen"),
    [
        ("silver.thing", "silver.thing"),
        ("thing", "silver.thing"),
        ("+first", "gold.first silver.thing silver.thing2 silver.region"),
        ("thing2+", "silver.thing2 gold.first gold.second"),
        ("+thing2+", "silver.thing2 silver.region gold.first gold.second"),
        ("tier:gold", "gold.first gold.second"),
        ("room:risk", "gold.second"),
        ("tag:urgent, second", "silver.thing2 gold.second"),
        ("tag:derived", ""),  # a tag that exists and that no table has
    ],
)
def test_a_selection_is_a_union_of_its_parts(graph: Project, expression: str, chosen: str) -> None:
    assert graph.load().select(expression) == set(chosen.split())


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("secnd", "did you mean second or gold.second?"),
        ("tier:glod", "did you mean gold?"),
        ("room:rsk", "did you mean risk?"),
        ("tag:hot", "unknown tag; known: derived, reference, urgent"),
        ("owner:me", "unknown selector"),
        (" , ", "the selection is empty"),
    ],
)
def test_an_unknown_selection_says_what_is_close(graph: Project, expression: str, message: str) -> None:
    with pytest.raises(UsageError) as error:
        graph.load().select(expression)
    assert message in str(error.value)


def test_a_name_in_two_tiers_is_ambiguous_without_its_tier(graph: Project) -> None:
    catalog = graph.add(contract("gold.thing", inputs=["gold.first"])).load()
    with pytest.raises(UsageError, match="is ambiguous: gold.thing, silver.thing"):
        catalog.select("thing")
    assert catalog.select("gold.thing") == {"gold.thing"}


def test_an_input_that_no_table_produces_is_named(graph: Project) -> None:
    graph.add(contract("gold.third", inputs=["silver.thin"]))
    [problem] = graph.problems()
    assert (
        "gold/third.odcs.yaml: customProperties.inputs: no table produces 'silver.thin'; did you mean "
        "silver.thing"
    ) in problem


def test_a_cycle_is_named_with_its_tables(graph: Project) -> None:
    graph.add(contract("gold.a", inputs=["gold.c"])).add(contract("gold.b", inputs=["gold.a"])).add(
        contract("gold.c", inputs=["gold.b"])
    )
    [problem] = graph.problems()
    assert "customProperties.inputs: a cycle: " in problem
    assert {"gold.a", "gold.b", "gold.c"} == set(problem.split("a cycle: ")[1].split(" -> "))


@pytest.mark.parametrize(
    ("to", "message"),
    [
        ("regoin.code", "unknown table 'silver.regoin'; did you mean silver.region"),
        ("region.cod", "silver.region has no column 'cod'; did you mean code?"),
        ("region.parent", "silver.region.parent is not that table's key (code)"),
    ],
)
def test_a_foreign_key_to_nothing_is_named(graph: Project, to: str, message: str) -> None:
    graph.add(contract("silver.other", column("x", relationships=key(to))))
    [problem] = graph.problems()
    assert f"x.relationships: {message}" in problem


def test_a_derived_table_is_no_target_of_a_source(graph: Project) -> None:
    graph.add(contract("silver.made", tags=["derived"]))
    assert graph.load().targets() == ["region", "thing", "thing2"]


def test_the_repository_s_own_contracts_form_a_graph() -> None:
    catalog = load_catalog()
    assert {"silver.region", "silver.sample", "gold.detection_rate"} <= set(catalog.order())
    position = {name: i for i, name in enumerate(catalog.order())}
    assert all(position[parent] < position[name] for name in position for parent in catalog.direct(name))


@pytest.mark.parametrize(
    ("columns", "problem"),
    [
        ("code", None),
        (["code", "region_code"], None),
        ("day", None),
        ("note", "no input has a column 'note'"),
        (["region_code", "code"], None),
        (
            ["code", "owner"],
            "one of 'code' and 'owner' must be a column of exactly one input whose key is the other",
        ),
        ("amount", "'amount' is no text column of silver.thing2"),
    ],
)
def test_a_table_is_built_in_parts_by_columns_of_its_inputs(
    project: Project, columns: str | list[str], problem: str | None
) -> None:
    more = [column("region_code"), column("amount", "integer"), column("day", "date")]
    project.add(contract("silver.thing2", *more))
    own = [column(name) for name in ("note", "amount", "owner", "region_code")] + [column("day", "date")]
    project.add(contract("gold.split", *own, inputs=["silver.thing", "silver.thing2"], partition_by=columns))
    if problem is None:
        wanted = tuple(columns) if isinstance(columns, list) else (columns,)
        assert project.load().contracts["gold.split"].partition_by == wanted
    else:
        (found,) = project.problems()
        assert found.endswith(f"customProperties.partition_by: {problem}")
