"""Measure the audited rows of a table in two statements: null shares, means and distributions of its columns.
A distribution maps each value of a column to its share of the rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from jobs.contracts.questions import quoted
from jobs.engine.interface import Workspace

# The name of the view with the rows to audit, in a workspace.
AUDITED = "audited"
# Numbers are added up in this type: a sum of doubles depends on the order of its rows, which no engine
# promises. Values are rounded to the ninth decimal place; those that the type cannot hold (not a number,
# infinite, too large) are left out of the mean.
EXACT = "DECIMAL(38,9)"


@dataclass(frozen=True)
class Profile:
    """The figures measured on the audited rows; ``rows``: their number.

    ``null_share``: column → share of its rows that are null (0-1), empty without rows; ``mean``: column →
    mean of its values, absent where it has none; ``shares``: column → its distribution: value as text → share
    (0-1) of the rows that have a value.
    """

    rows: int
    null_share: dict[str, float] = field(default_factory=dict)
    mean: dict[str, float] = field(default_factory=dict)
    shares: dict[str, dict[str, float]] = field(default_factory=dict)


def profile(space: Workspace, columns: Mapping[str, Sequence[str]]) -> Profile:
    """Measure the rows of the view AUDITED in the workspace ``space``.

    ``columns``: measure (`null_share`, `mean`, `drift`) → the columns for which it is computed
    (jobs.contracts.suites.Suite); for `drift` the distribution is measured. Raises the engine's error where a
    statement fails.
    """
    sums = {c: f"try_cast({quoted(c)} AS {EXACT})" for c in columns["mean"]}
    asked = {"n": "count(*)"}
    asked |= {f"filled_{i}": f"count({quoted(c)})" for i, c in enumerate(columns["null_share"])}
    asked |= {f"counted_{i}": f"count({sql})" for i, sql in enumerate(sums.values())}
    asked |= {f"sum_{i}": f"sum({sql})" for i, sql in enumerate(sums.values())}
    selected = ", ".join(f"{sql} AS {name}" for name, sql in asked.items())
    [found] = space.rows(f"SELECT {selected} FROM {AUDITED}").to_pylist()
    rows, filled = found["n"], {c: found[f"filled_{i}"] for i, c in enumerate(columns["null_share"])}
    means = {c: (found[f"sum_{i}"], found[f"counted_{i}"]) for i, c in enumerate(sums)}
    return Profile(
        rows=rows,
        null_share={c: 1 - n / rows for c, n in filled.items() if rows},
        mean={c: float(total / counted) for c, (total, counted) in means.items() if counted},
        shares=_shares(space, columns["drift"]),
    )


def _shares(space: Workspace, categories: Sequence[str]) -> dict[str, dict[str, float]]:
    """The share of each value of each column, of the rows that have one; counted in a single statement."""
    if not categories:
        return {}
    each = [
        f"SELECT {i} AS category, CAST({quoted(c)} AS STRING) AS value, count(*) AS times FROM {AUDITED} "
        f"WHERE {quoted(c)} IS NOT NULL GROUP BY {quoted(c)}"
        for i, c in enumerate(categories)
    ]
    times: dict[str, dict[str, int]] = {}
    found = space.rows(" UNION ALL ".join(each)).to_pylist()
    for row in sorted(found, key=lambda row: (row["category"], row["value"])):
        times.setdefault(categories[row["category"]], {})[row["value"]] = row["times"]
    totals = {c: sum(of.values()) for c, of in times.items()}
    return {c: {value: n / totals[c] for value, n in of.items()} for c, of in times.items()}
