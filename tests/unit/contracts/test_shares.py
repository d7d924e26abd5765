"""Shares of batches that failed: designs apart, and none of too few batches."""

from __future__ import annotations

from typing import Any

import pytest
from contract_projects import Project, column, contract, rule

from jobs.contracts.shares import FEWEST, share_problems
from jobs.marts.sampling import reliability

BETWEEN = rule("range", min=0, max=1)
ENOUGH = rule("enough", column="n_judged", min=30)
DESIGN = column("design", primaryKey=True)


def share(*rules: dict[str, Any], name_zh: str = "不合格占比", **fields: Any) -> dict[str, Any]:
    named = [{"property": "name_zh", "value": name_zh}]
    return column(
        "failed_share", "number", "double", customProperties=named, quality=[BETWEEN, *rules], **fields
    )


def problems(project: Project, *columns: dict[str, Any], read: str = "silver.sample", **of: Any) -> list[str]:
    project.add(contract(read, column("other")))
    judged = column("n_judged", "integer", "bigint")
    project.add(contract("gold.made", *columns, judged, inputs=[read], **of))
    found = share_problems(project.load().contracts["gold.made"])
    return [problem.partition(".odcs.yaml: ")[2] for problem in found]


def test_a_share_over_both_designs_is_named_with_what_to_do(project: Project) -> None:
    [problem] = problems(project, share(ENOUGH))
    assert problem.startswith(
        "failed_share: a share of batches that failed must not mix samples by probability"
    )
    assert "make design part of the key, or state the property shares" in problem


def test_a_share_that_may_be_of_few_batches_is_named_with_the_rule_to_add(project: Project) -> None:
    [problem] = problems(project, DESIGN, share())
    assert problem.startswith("failed_share: a share of batches that failed stands from 30 judged ones on")
    assert "{rule: enough, column: <batches judged>, min: 30}" in problem


@pytest.mark.parametrize(
    ("columns", "of"),
    [
        ([DESIGN, share(ENOUGH)], {}),
        (
            [
                DESIGN,
                share(),
                column("low", "number", "double", quality=[rule("at_most", column="failed_share")]),
            ],
            {},
        ),
        ([share()], {"shares": "probability samples alone"}),
        ([share()], {"read": "silver.listing"}),
        ([share(name_zh="按时率")], {}),
        ([share(name_zh="不合格的概率")], {}),
    ],
    ids=["apart and enough", "between limits", "said", "no batches", "of other things", "a chance"],
)
def test_other_shares_are_no_problem(
    project: Project, columns: list[dict[str, Any]], of: dict[str, Any]
) -> None:
    assert problems(project, *columns, **of) == []


def test_the_least_number_is_that_of_the_rates() -> None:
    assert FEWEST == reliability.FEWEST


def test_a_statement_that_no_share_needs_is_named(project: Project) -> None:
    [problem] = problems(project, DESIGN, share(ENOUGH), shares="probability samples alone")
    assert problem == "customProperties.shares: no share of this table needs the statement"
