"""gold.standard_edition: the state of each edition of a standard on the day of the run, until when it is
valid, and which edition replaces it (definitions.md#succession)."""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import date
from typing import Any

import pandas as pd

from jobs.marts.standards.designations import designation, undated
from jobs.marts.standards.editions import Edition, edition_of, families_of, listed
from jobs.period import Period

VALID, TRANSITION, UPCOMING = "valid", "transition", "upcoming"
SUPERSEDED, WITHDRAWN = "superseded", "withdrawn"
HOLDING = (VALID, TRANSITION)
OPEN = date(9000, 1, 1)  # a last day from here on means that none is fixed
_RECOMMENDED = re.compile(r"\s*[A-Z]{2}\s*[0-9]*\s*[/／]\s*T\s*[0-9]")  # GB/T 1, DB33/T 1; not T/ABC 1
_FORCE = {"group": "group", "enterprise": "enterprise", "foreign": "foreign"}
COLUMNS = (
    "standard_no number stem name_zh name_en kind nature nature_stated status dated valid_from valid_to "
    "days_left transition_from succession succeeded_by current_no n_limits n_not_understood"
).split()


def build(*, standard: pd.DataFrame, standard_limit: pd.DataFrame, period: Period) -> pd.DataFrame:
    """Return the rows of gold.standard_edition: one row per edition of silver.standard, sorted by
    standard_no. Columns: COLUMNS, each explained in schemas/gold/standard_edition.odcs.yaml. standard_limit
    is a gold table.

    ``status`` on the day ``period.as_of``, by the edition's days, where it has none by what its source calls
    it: `valid`, `transition` (valid beside an edition that replaces it), `upcoming`, `superseded`,
    `withdrawn`. ``succession``: `latest` (nothing replaces it), `stated` (the register links it, over any
    number of steps, to ``current_no``, the editions valid in its place), `by_number` (no link, but an edition
    of the same number is valid), `pending` (what replaces it is not valid yet), `none` (withdrawn, and
    nothing replaces it) or `unknown` (replaced, but the register does not say or does not hold by what)."""
    rows = standard.sort_values("standard_no").astype(object)
    rows = rows.where(rows.notna(), None).to_dict("records")
    families = families_of(rows)
    editions = [edition_of(row, families[designation(row["standard_no"])]) for row in rows]
    register = _Links(rows, editions, period.as_of)
    counts = _limits(standard_limit)
    found = [
        register.row(row, edition) + counts.get(row["standard_no"], (0, 0))
        for row, edition in zip(rows, editions, strict=True)
    ]
    table = pd.DataFrame(found, columns=COLUMNS, dtype=object)
    return table.astype(
        {"nature_stated": bool, "dated": bool, "days_left": "Int64"}
        | dict.fromkeys(("n_limits", "n_not_understood"), "int64")
    )


def status_of(edition: Edition, replaced: bool, day: date) -> str:
    """Return the state of an edition on ``day``: `valid`, `upcoming`, `superseded` or `withdrawn`. The rule
    is that by which gold.standard_coverage counts citations. ``replaced``: whether the register names an
    edition that replaces it; one that has ended is then superseded, unless its source calls it withdrawn."""
    if edition.valid_on(day):
        return VALID
    begun = edition.status != "upcoming" if edition.valid_from is None else edition.valid_from <= day
    if not begun:
        return UPCOMING
    return (
        SUPERSEDED
        if edition.status != WITHDRAWN and (edition.status == SUPERSEDED or replaced)
        else WITHDRAWN
    )


def nature_of(row: dict[str, Any], edition: Edition) -> tuple[str, bool]:
    """Return how an edition binds (`mandatory`, `recommended`, `group`, `enterprise`, `foreign`; `unclear`
    where nothing says so), and whether the register states that; if it does not, it follows from the number:
    GB is mandatory, GB/T and other numbers with /T are recommended. ``row``: kind, mandatory and standard_no
    of the row of silver.standard, None where missing; ``edition``: the Edition of that row."""
    if row["kind"] in _FORCE:
        return _FORCE[row["kind"]], True
    if row["mandatory"] is not None:
        return ("mandatory" if row["mandatory"] else "recommended"), True
    if edition.mandatory:
        return "mandatory", False
    stated = _RECOMMENDED.match(row["standard_no"].upper())
    return ("recommended", False) if stated else ("unclear", False)


class _Links:
    """The register's editions with what replaces what, on a day."""

    def __init__(self, rows: list[dict[str, Any]], editions: list[Edition], day: date):
        self.day = day
        self.after = {
            e.key: sorted({designation(n) for n in listed(r["superseded_by"])} - {e.key})
            for r, e in zip(rows, editions, strict=True)
        }
        self.of_key: dict[str, Edition] = {e.key: e for e in editions}
        self.status = {e.key: status_of(e, bool(self.after[e.key]), day) for e in editions}
        self.of_stem: dict[str, list[Edition]] = defaultdict(list)
        for edition in editions:
            self.of_stem[undated(edition.key)].append(edition)

    def row(self, row: dict[str, Any], edition: Edition) -> tuple[Any, ...]:
        day, key = self.day, edition.key
        status, since = self.status[key], self._transition(edition)
        if status == VALID and since is not None and since <= day:
            status = TRANSITION
        succession, current = self._succession(edition, status)
        last = edition.valid_to if edition.valid_to is not None and edition.valid_to < OPEN else None
        left = (last - day).days if last is not None and status in HOLDING else None
        nature, stated = nature_of(row, edition)
        dated = not (row["status"] is None and edition.valid_from is None and edition.valid_to is None)
        return (
            *(row["standard_no"], key, undated(key), row["name_zh"], row["name_en"], row["kind"]),
            *(nature, stated, status, dated, edition.valid_from, last, left, since),
            *(succession, listed(row["superseded_by"]) or None, current or None),
        )

    def _transition(self, edition: Edition) -> date | None:
        """The first day on which it holds beside an edition that replaces it, None without one."""
        starts = [self.of_key[key].valid_from for key in self.after[edition.key] if key in self.of_key]
        later = [
            s for s in starts if s is not None and (edition.valid_from is None or s > edition.valid_from)
        ]
        first = min(later, default=None)
        held = first is not None and (
            edition.valid_on(first) if edition.valid_to is None else first <= edition.valid_to
        )
        return first if held else None

    def _succession(self, edition: Edition, status: str) -> tuple[str, list[str]]:
        after = self.after[edition.key]
        if status in HOLDING or status == UPCOMING:
            waiting = any(self.status.get(key) == UPCOMING for key in after)
            current = [edition.standard_no] if status in HOLDING else []
            return ("pending" if waiting else "stated" if after else "latest"), current
        reached, holding = self._reached(edition.key)
        if holding:
            return "stated", sorted(e.standard_no for e in holding)
        if any(self.status[key] == UPCOMING for key in reached):
            return "pending", []
        same = [
            e.standard_no
            for e in self.of_stem[undated(edition.key)]
            if self.status[e.key] == VALID and (e.valid_from or date.max) > (edition.valid_from or date.min)
        ]
        if same:
            return "by_number", sorted(same)
        return ("none" if status == WITHDRAWN and not after else "unknown"), []

    def _reached(self, key: str) -> tuple[set[str], list[Edition]]:
        """The editions of the register that replace one, over any number of steps, and those of them that
        are valid on the day and that nothing valid replaces in turn."""
        reached: set[str] = set()
        waiting = list(self.after[key])
        while waiting:
            one = waiting.pop()
            if one not in reached and one in self.of_key:
                reached.add(one)
                waiting += self.after[one]
        holding = {one for one in reached if self.status[one] == VALID}
        newest = sorted(one for one in holding if not holding.intersection(self.after[one]))
        return reached, [self.of_key[one] for one in newest]


def _limits(standard_limit: pd.DataFrame) -> dict[str, tuple[int, int]]:
    """Of each standard the limits that the register holds, and those of them that cannot be read."""
    unread = standard_limit["form"].eq("not_understood")
    by = unread.groupby(standard_limit["standard_no"]).agg(["size", "sum"])
    return {no: (int(n), int(bad)) for no, n, bad in by.itertuples()}
