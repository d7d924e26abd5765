"""Every published estimate with limits has row rules by which it lies within them."""

from __future__ import annotations

import re

from jobs.contracts.catalog import load_catalog
from jobs.contracts.model import Column

# No limits of an estimate: the scale itself, what a standard or a page states, ranges of single values, a
# count of low reviews, limits that a rate not yet known would have, and levels in words.
NOT_OF_AN_ESTIMATE = {
    "quality_index_indicator": {"goal_low"},
    "bulletin": {"item_limits_low", "item_claims_low"},
    "lab_agreement": {"agree_low"},
    "consumer_report": {"n_low"},
    "sampling_proposal": {"expected_low"},
    "risk_assessment": {"level_low"},
}


def test_limits_hold_the_estimate_beside_them_by_rule():
    without = []
    for name, contract in load_catalog().contracts.items():
        columns = {column.name: column for column in contract.columns}
        for low in columns:
            table = name.removeprefix("gold.")
            if not name.startswith("gold.") or not re.search(r"(^|_)low$", low):
                continue
            if low in NOT_OF_AN_ESTIMATE.get(table, ()):
                continue
            high = re.sub("low$", "high", low)
            below, above = held_by(columns.get(low), "at_most"), held_by(columns.get(high), "at_least")
            if not below & above:
                without.append(f"{table}: {low}, {high}")
    assert not without, without


def held_by(column: Column | None, kind: str) -> set[str]:
    return {str(rule.arguments["column"]) for rule in column.rules if rule.kind == kind} if column else set()
