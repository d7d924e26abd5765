"""Find the groups of a table with `partition_by` that must be built again after its inputs changed or a new
day began (definitions.md#groups).

A group is built again where a row of it in an input differs in a column that is read; where it names, by a
foreign key, a changed row of an input that is not split; and, in a table that depends on the day, where a
date in a row of it, of an input or of the table itself, was reached since the last build. So build() may join
inputs that are not split only along foreign keys, and on a new day a row may change only because of a date
that an input or the row itself holds."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from jobs.contracts.catalog import Catalog
from jobs.contracts.model import Column, Contract
from jobs.engine.dispositions import view
from jobs.engine.interface import Stored, Workspace
from jobs.engine.sizes import MOST_DAYS, MOST_GROUPS
from jobs.night.parts import GROUP, Grouping, grouping

# How the views of the inputs at the last build are named: this before the name of the view.
BEFORE = "before_"


@dataclass(frozen=True)
class Builds:
    """The last build of a table and the one to come, as far as they read inputs.

    ``before``, ``now``: what each reads of the inputs, by id; ``last``, ``day``: the days as of which they
    are built, the same where the table does not depend on the day; ``read``: input id → the columns that are
    read (None: all); ``built``: the rows of the last build.
    """

    before: Mapping[str, Stored]
    now: Mapping[str, Stored]
    last: date
    day: date
    read: Mapping[str, Collection[str] | None]
    built: Stored


def touched_groups(
    space: Workspace, catalog: Catalog, contract: Contract, builds: Builds
) -> tuple[str, ...] | None:
    """Return the groups of a table that must be built again, sorted, '' for rows without a group; () where
    none must; None for all: where a reference table changed, a change cannot be followed to groups, the day
    is an earlier one, or more than MOST_GROUPS groups or MOST_DAYS days are concerned.

    ``space``: an empty workspace of the embedded engine, in which the inputs get views.
    """
    if set(builds.before) != set(builds.now) or not 0 <= (builds.day - builds.last).days <= MOST_DAYS:
        return None
    for table in builds.now:
        space.read(view(table), builds.now[table])
        space.read(BEFORE + view(table), builds.before[table])
    search = _Search(space, catalog, contract, builds)
    if not search.inputs():
        return None
    search.rows_built()
    found = search.found
    return None if len(found) > MOST_GROUPS else tuple(sorted(found))


class _Search:
    """Collects the groups of one table in ``found``."""

    def __init__(self, space: Workspace, catalog: Catalog, contract: Contract, builds: Builds):
        self.space, self.catalog, self.contract, self.builds = space, catalog, contract, builds
        self.found: set[str] = set()
        self.groupings = {t: grouping(contract, catalog, t) for t in builds.now}

    def inputs(self) -> bool:
        """Search the inputs for rows that differ and note their groups; False, and the search ends, where a
        change cannot be followed to groups, so that all must be built."""
        for table in sorted(self.builds.now):
            name = f"changed_{view(table)}"
            text = self._changed(table)
            if text is None:
                continue
            self.space.define(name, text, keep=True)
            if (how := self.groupings[table]) is not None:
                for prefix in ("", BEFORE):
                    self._collect(how, name, prefix)
            elif not self._follow(table, name):
                return False
        return True

    def rows_built(self) -> None:
        """Note the groups of the table's own rows that hold a date from the day of the last build to the new
        one."""
        first, last = self.builds.last, self.builds.day
        reached = _dated(self.contract.columns, first, last) if first < last else ""
        if not reached:
            return
        self.space.read("built", self.builds.built)
        how = grouping(self.contract, self.catalog, self.contract.id)
        assert how is not None, "it has the columns of partition_by"
        self._collect(how, "built", "", f" WHERE {reached}")

    def _changed(self, table: str) -> str | None:
        """The SELECT of an input's rows that differ, before and now, and of those with a date that was
        reached: their key and what a group follows from. None where there cannot be any."""
        other, builds = self.catalog.contracts[table], self.builds
        read, moved = builds.read.get(table), builds.last < builds.day
        needed = {*other.key, *self.contract.partition_by}
        columns = [c for c in other.columns if read is None or c.name in read or c.name in needed]
        kept = ", ".join(f"x.`{c.name}`" for c in columns if c.name in needed)
        now, before = view(table), BEFORE + view(table)
        found = []
        if builds.before[table].version != builds.now[table].version:
            whole = ", ".join(f"`{c.name}`" for c in columns)
            for one, other_one in ((before, now), (now, before)):
                differing = f"SELECT {whole} FROM {one} EXCEPT SELECT {whole} FROM {other_one}"
                found.append(f"SELECT {kept} FROM ({differing}) AS x")
        elif moved and other.conformed:
            found.append(f"SELECT {kept} FROM {before} AS x WHERE x._ended_on <= DATE '{builds.day}'")
        if moved and not other.reference:  # a reference row is chosen by the date of what names it
            reached = _dated(columns, builds.last + timedelta(days=1), builds.day)
            found += [f"SELECT {kept} FROM {now} AS x WHERE {reached}"] if reached else []
        return " UNION ALL ".join(found) or None

    def _follow(self, table: str, changed: str) -> bool:
        """Collect the groups that name a row of ``changed`` (a view) of an input that is not split, directly
        or through other inputs; False where all groups must be built."""
        waiting = [(table, changed)]
        while waiting:
            parent, rows = waiting.pop()
            other = self.catalog.contracts[parent]
            if not self.space.rows(f"SELECT 1 AS one FROM {rows} LIMIT 1").num_rows:
                continue
            naming = [
                (t, c.name, c.foreign_key.column)
                for t in sorted(self.builds.now)
                for c in self.catalog.contracts[t].columns
                if c.foreign_key and c.foreign_key.table == parent
            ]
            if other.reference or not naming or any(t == parent for t, _, _ in naming):
                return False
            for child, column, key in naming:
                where = f" WHERE x.`{column}` IN (SELECT `{key}` FROM {rows})"
                if (how := self.groupings[child]) is not None:
                    self._collect(how, view(child), "", where)
                    continue
                name = f"{rows}_{view(child)}_{column}"
                keys = ", ".join(f"x.`{k}`" for k in self.catalog.contracts[child].key)
                self.space.define(name, f"SELECT {keys} FROM {view(child)} AS x{where}", keep=True)
                waiting.append((child, name))
        return True

    def _collect(self, how: Grouping, rows: str, prefix: str, where: str = "") -> None:
        """Add the groups of the rows of a view. ``prefix``: of the name of the view that says which rows are
        in one group."""
        group, joined = how.of(prefix)
        text = f"SELECT DISTINCT COALESCE({group}, '') AS {GROUP} FROM {rows} AS x{joined}{where}"
        self.found |= set(self.space.rows(text)[GROUP].to_pylist())


def _dated(columns: Collection[Column], first: date, last: date) -> str:
    """The condition (Spark SQL) that a row holds a date from ``first`` to ``last``, also as an instant or in
    a list of texts; '' without such columns."""
    span = f"BETWEEN DATE '{first}' AND DATE '{last}'"
    # The day of an instant in UTC is at most one day before or after that in the nation's time zone.
    wider = f"BETWEEN DATE '{first - timedelta(days=1)}' AND DATE '{last + timedelta(days=1)}'"
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    found = []
    for column in columns:
        if column.type == "date":
            found.append(f"x.`{column.name}` {span}")
        elif column.type == "timestamp":
            found.append(f"CAST(x.`{column.name}` AS DATE) {wider}")
        elif column.type == "array<string>":
            found += [f"ARRAY_POSITION(x.`{column.name}`, '{day}') > 0" for day in days]
    return f"({' OR '.join(found)})" if found else ""
