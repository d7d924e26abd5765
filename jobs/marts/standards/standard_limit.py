"""gold.standard_limit: the limits of each edition of a standard, item by item, compared with those of the
edition before (definitions.md#succession)."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pandas as pd

from jobs.marts.standards.designations import designation
from jobs.marts.standards.editions import listed, stated_limits
from jobs.marts.standards.limit_text import limit_text
from jobs.marts.standards.readings import Bound, Limits, NotUnderstood
from jobs.marts.standards.units import UnitError, factor
from jobs.period import Period

COLUMNS = (
    "requirement_id standard_no product_code product_name item_code item_name form limit_text limit_unit "
    "problem previous_id previous_standard_no previous_text previous_unit change"
).split()
_WRITTEN = ("limit_low", "limit_high", "limit_text")  # the columns that may state it in words
_LOWER, _UPPER = 1, -1  # the side on which a value meets the bound


def build(*, standard: pd.DataFrame, standard_requirement: pd.DataFrame, period: Period) -> pd.DataFrame:
    """Return the rows of gold.standard_limit: one row per row of silver.standard_requirement, sorted by
    requirement_id. Columns: COLUMNS, each explained in schemas/gold/standard_limit.odcs.yaml; arguments are
    silver tables. ``period`` is not used.

    ``form`` of the limit: `number`, `absent` (must not be detected), `grade`, `words` (also where only one
    side of it is in words), `not_understood`, or `nothing` where no limit is stated. ``change`` against the
    limit of the same product and item in the editions that this one replaces: `first` (the register holds no
    limits of such an edition), `new` (they have no limit of the item), `unchanged`, `stricter`, `looser`,
    `mixed` (stricter on one side, looser on the other), `reworded`, or `not_comparable` (several limits,
    other forms or units), which must not be taken for unchanged."""
    before = _before(standard)
    rows = standard_requirement.astype(object).where(standard_requirement.notna(), None).to_dict("records")
    of_standard: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        row["_limits"], row["_problem"] = _read(row)
        row["_item"] = row["item_code"] or row["item_name"]
        of_standard[designation(row["standard_no"] or "")].append(row)
    places = {key: _places(mine) for key, mine in of_standard.items()}
    found = []
    for row in rows:
        older = [key for key in before.get(designation(row["standard_no"] or ""), ()) if key in places]
        same = [r for key in older for r in places[key].get((row["product_code"], row["_item"]), ())]
        found.append(_row(row, bool(older), same))
    table = pd.DataFrame(found, columns=COLUMNS, dtype=object)
    return table.sort_values("requirement_id", ignore_index=True)


def _before(standard: pd.DataFrame) -> dict[str, list[str]]:
    """Of each edition the editions that it replaces, as silver.standard states it."""
    pairs = zip(standard["standard_no"], standard["supersedes"], strict=True)
    return {designation(no): sorted({designation(n) for n in listed(older)}) for no, older in pairs}


def _places(rows: list[dict[str, Any]]) -> dict[tuple[Any, Any], list[dict[str, Any]]]:
    found: dict[tuple[Any, Any], list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        found[row["product_code"], row["_item"]].append(row)
    return found


def _read(row: dict[str, Any]) -> tuple[Limits | None, str | None]:
    try:
        return stated_limits(row), None
    except NotUnderstood as problem:
        return None, problem.reason


def _form(limits: Limits | None, problem: str | None) -> str:
    if problem:
        return "not_understood"
    if limits is None:
        return "nothing"
    if limits.words:
        return "words"
    if limits.low or limits.high:
        return "number"
    return "absent" if limits.absent else "grade"


def _row(row: dict[str, Any], known: bool, same: list[dict[str, Any]]) -> tuple[Any, ...]:
    limits, problem = row["_limits"], row["_problem"]
    text, unit = limit_text(limits) if limits else (None, None)
    text = row["limit_text"] or text if _form(limits, problem) in ("words", "not_understood") else text
    own = [row[c] for c in ("requirement_id", "standard_no", "product_code", "product_name")]
    own += [row["item_code"], row["item_name"], _form(limits, problem), text, unit, problem]
    if len(same) != 1:
        return (*own, None, None, None, None, ("not_comparable" if same else "new" if known else "first"))
    [old] = same
    was, was_unit = limit_text(old["_limits"]) if old["_limits"] else (None, None)
    if old["limit_text"] and _form(old["_limits"], old["_problem"]) in ("words", "not_understood"):
        was = old["limit_text"]
    return (*own, old["requirement_id"], old["standard_no"], was, was_unit, _change(row, old))


def _change(row: dict[str, Any], old: dict[str, Any]) -> str:
    now, was = row["_limits"], old["_limits"]
    forms = {_form(now, row["_problem"]), _form(was, old["_problem"])}
    if forms == {"words"}:
        if now == was and all(row[c] == old[c] for c in _WRITTEN):
            return "unchanged"
        return "reworded" if now == was == Limits(words=True) else "not_comparable"
    if forms == {"absent"}:
        return "unchanged"
    if forms == {"grade"} and now.least.scale == was.least.scale:
        step = now.least.place - was.least.place
        return "unchanged" if not step else "stricter" if step > 0 else "looser"
    if forms == {"number"}:
        try:
            steps = {_step(was.low, now.low, _LOWER), _step(was.high, now.high, _UPPER)} - {0}
        except UnitError:
            return "not_comparable"
        return (
            "mixed" if len(steps) > 1 else "stricter" if steps == {1} else "looser" if steps else "unchanged"
        )
    return "not_comparable"


def _step(was: Bound | None, now: Bound | None, side: int) -> int:
    """1 where a bound became stricter, -1 where looser, 0 where it is the same; one that is added is
    stricter. UnitError where the two cannot be compared."""
    if was is None or now is None:
        return int(now is not None) - int(was is not None)
    times = factor(now.unit, was.unit)
    new, old = (now.point[0] * times, now.point[1]), was.point
    return side * ((new > old) - (new < old))
