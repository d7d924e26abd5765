"""Check what a contract says of shares of batches that failed: that samples by probability and targeted ones
are apart (definitions.md#finding-rate), and that no share stands on too few batches
(definitions.md#insufficient).

Such a share is found by its words: a number from 0 to 1 of a gold table that reads samples or conclusions,
whose name or description says 不合格. What a table computes is not looked at.
"""

from __future__ import annotations

from jobs.contracts.model import Column, Contract
from jobs.strict_yaml import shown

# Tables with a row for each batch, its conclusion or its results.
BATCHES = frozenset(
    "silver.sample silver.conclusion silver.test_result gold.sampling_lifecycle "
    "gold.standing_conclusion".split()
)
DESIGN = "design"  # the column `probability` or `targeted`
FAILED = "不合格"
FEWEST = 30  # batches judged


def share_problems(contract: Contract) -> list[str]:
    """A problem, as `file: column: what`, for each share of batches that failed in a gold table whose key
    lacks `design`, and for each without limits (columns with the rules `at_most` or `at_least` about it) and
    without the rule `enough`. Where the contract states under `shares` from which batches its shares are, the
    statement stands for all of these; one that no share needs is a problem."""
    problems = _problems(contract)
    if contract.shares is None:
        return problems
    unused = f"{shown(contract.path)}: customProperties.shares: no share of this table needs the statement"
    return [] if problems else [unused]


def _problems(contract: Contract) -> list[str]:
    if contract.tier != "gold" or not BATCHES & {*contract.inputs}:
        return []
    file, shares = shown(contract.path), [c for c in contract.columns if _is_share(c)]
    bounded = {
        rule.arguments["column"]
        for column in contract.columns
        for rule in column.rules
        if rule.kind in ("at_most", "at_least")
    }
    bounded |= {c.name for c in shares if any(rule.kind == "enough" for rule in c.rules)}
    or_say = "or state the property shares of the table: from which batches they are"
    pooled = [] if DESIGN in contract.key else [_pooled(file, c.name, or_say) for c in shares]
    return pooled + [_alone(file, c.name, or_say) for c in shares if c.name not in bounded]


def _pooled(file: str, name: str, or_say: str) -> str:
    return (
        f"{file}: {name}: a share of batches that failed must not mix samples by probability and targeted "
        f"ones (definitions.md#finding-rate): make {DESIGN} part of the key, {or_say}"
    )


def _alone(file: str, name: str, or_say: str) -> str:
    return (
        f"{file}: {name}: a share of batches that failed stands from {FEWEST} judged ones on, or between "
        f"limits (definitions.md#insufficient): add the rule {{rule: enough, column: <batches judged>, "
        f"min: {FEWEST}}}, or columns of limits, {or_say}"
    )


def _is_share(column: Column) -> bool:
    """Whether a column is a share of batches that failed, and no limit of one, no p value and no chance."""
    if column.type != "double" or FAILED not in column.name_zh + column.description_zh:
        return False
    kinds = {rule.kind: rule.arguments for rule in column.rules}
    if "at_most" in kinds or "at_least" in kinds or "概率" in column.name_zh or "p值" in column.name_zh:
        return False
    return kinds.get("range", {}).get("max") == 1
