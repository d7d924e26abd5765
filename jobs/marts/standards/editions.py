"""Looks up which edition of a standard is valid on a day, and what it requires of a product. Pure.

A key is a number in one form (`designations.designation`). A family is the set of editions that replaced each
other; it is named by an integer."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pandas as pd

from jobs.marts.dimensions import Hierarchy
from jobs.marts.standards.designations import citations, designation, undated
from jobs.marts.standards.readings import Limits, NotUnderstood, limits

_ENDED = ("superseded", "withdrawn")
_MANDATORY = re.compile(r"GB[0-9]")  # GB 18401, not GB/T (GBT…) or GB/Z: Standardization Law, article 2
_AGREED = ("group", "enterprise")  # kinds that the same law calls voluntary, without exception
_FIRST = date(1, 1, 1)


@dataclass(frozen=True)
class Edition:
    """One row of silver.standard. ``key``: its number in one form; ``family``: number of its family;
    ``mandatory``: whether it is binding; ``foreign``: whether it is another nation's."""

    standard_no: str
    key: str
    family: int
    mandatory: bool
    foreign: bool
    status: str | None
    valid_from: date | None
    valid_to: date | None

    def valid_on(self, day: date) -> bool:
        """Return whether the edition is valid on ``day``, by valid_from and valid_to; where one of them is
        missing, by the status that its source gives."""
        begun = self.status != "upcoming" if self.valid_from is None else self.valid_from <= day
        return begun and (self.status not in _ENDED if self.valid_to is None else day <= self.valid_to)


@dataclass(frozen=True)
class Requirement:
    """One row of silver.standard_requirement. ``product_code``: category, None for any; ``rounded``: the
    standard says that the rounded value is compared (修约值比较法)."""

    edition: Edition
    product_code: str | None
    limits: Limits
    rounded: bool
    valid_from: date | None
    valid_to: date | None

    def holds(self, day: date | None) -> bool:
        """Return whether this limit is valid on ``day``; True where the day is None."""
        return day is None or (
            (self.valid_from is None or self.valid_from <= day)
            and (self.valid_to is None or day <= self.valid_to)
        )


class Register:
    """The register of standards and their requirements, built once from silver tables; looked up by number,
    item, category and day."""

    def __init__(
        self, standard: pd.DataFrame, standard_requirement: pd.DataFrame, product_category: pd.DataFrame
    ):
        rows = standard.to_dict("records")
        families = families_of(rows)
        self._editions = {
            key: edition_of(row, families[key]) for row in rows if (key := designation(row["standard_no"]))
        }
        self._of_family: dict[int, list[Edition]] = defaultdict(list)
        self._of_stem: dict[str, int] = {}
        for key, edition in self._editions.items():
            self._of_family[edition.family].append(edition)
            self._of_stem.setdefault(undated(key), edition.family)
        codes = product_category["category_code"]
        parents = product_category["parent_code"].astype(object)
        self._tree = Hierarchy(
            dict(zip(codes, parents.where(parents.notna(), None), strict=True)), frozenset(codes)
        )
        self._by_item: dict[tuple[str, str], list[Requirement]] = defaultdict(list)
        self._mandatory: dict[str, set[int]] = defaultdict(set)
        for row in standard_requirement.to_dict("records"):
            self._add(row)
        dated: list[Edition | Requirement] = [
            *self._editions.values(),
            *(r for rows in self._by_item.values() for r in rows),
        ]
        last = {d.valid_to for d in dated if d.valid_to is not None} - {date.max}
        self._changes = sorted(
            {d.valid_from for d in dated if d.valid_from is not None} | {day + timedelta(1) for day in last}
        )

    def _add(self, row: dict[str, Any]) -> None:
        edition = self._editions.get(designation(_text(row["standard_no"]) or ""))
        try:
            stated = stated_limits(row)
        except NotUnderstood:
            # One that cannot be read stands as one in words: it applies, no number is compared with it.
            stated = Limits(words=True)
        if edition is None or stated is None:
            return
        rounded = "修约" in (_text(row["limit_text"]) or "")
        found = Requirement(
            edition,
            _text(row["product_code"]),
            stated,
            rounded,
            _day(row["valid_from"]),
            _day(row["valid_to"]),
        )
        for item in {_text(row["item_code"]), _text(row["item_name"])}:
            if item is None:
                continue
            self._by_item[edition.key, item].append(found)
            if edition.mandatory and not edition.foreign:
                self._mandatory[item].add(edition.family)

    def epoch(self, day: date | None) -> int | None:
        """Return a number that is equal for days on which the same editions and requirements are valid, so
        that answers can be reused; None for None."""
        return None if day is None else bisect_right(self._changes, day)

    def families(self, text: str | None) -> list[int]:
        """Return the families of the standards that a text cites, with or without a year, in their order;
        numbers that the register does not hold are left out."""
        found = [self._family(key) for key in citations(text)]
        return list(dict.fromkeys(f for f in found if f is not None))

    def exact(self, key: str) -> Edition | None:
        """Return the edition of a key; None where the register does not hold it."""
        return self._editions.get(key)

    def stem(self, key: str) -> str:
        """Return a key without its year. Where the register holds the standard, it is spelt as there."""
        stem = undated(key)
        family = self._of_stem.get(stem)
        same = (
            [e.standard_no for e in self._of_family.get(family, ()) if undated(e.key) == stem]
            if family is not None
            else []
        )
        return undated(min(same)) if same else stem

    def _family(self, key: str) -> int | None:
        edition = self._editions.get(key)
        return edition.family if edition else self._of_stem.get(key if key == undated(key) else "")

    def mandatory(self, text: str | None) -> bool:
        """Return whether any standard that a text cites is mandatory: as the register says, or by the prefix
        of its number (GB) where the register does not hold it."""
        return any(
            self._editions[k].mandatory if k in self._editions else bool(_MANDATORY.match(k))
            for k in citations(text)
        )

    def edition(self, family: int, day: date | None, cited: str | None = None) -> Edition | None:
        """Return the edition of a family that is valid on ``day``: the one that the text ``cited`` names if
        it is valid, else the newest; None without any. Where the day is None, the only edition of a family
        that has one, else None."""
        editions = self._of_family[family]
        if day is None:
            return editions[0] if len(editions) == 1 else None
        holding = [e for e in editions if e.valid_on(day)]
        named = set(citations(cited))
        return max(holding, key=lambda e: (e.key in named, e.valid_from or _FIRST, e.key), default=None)

    def mandatory_families(self, items: Iterable[str | None], category: str | None) -> list[int]:
        """Return the families of mandatory standards that set a limit for one of ``items`` (codes and names)
        and for ``category`` or one above it, sorted."""
        path = set(self._tree.path(category))
        found = sorted({family for item in items if item for family in self._mandatory.get(item, ())})

        def applies(family: int) -> bool:
            keys = [(edition.key, item) for edition in self._of_family[family] for item in items if item]
            return any(row.product_code in path for key in keys for row in self._by_item.get(key, ()))

        return [family for family in found if applies(family)]

    def requirements(
        self, edition: Edition, items: Iterable[str | None], category: str | None, day: date | None
    ) -> list[Requirement]:
        """Return what an edition requires of an item for a category: rows for the category, one above it, or
        any. ``items``: code and name of the item; the first for which there are rows decides. ``day``: None
        for any day.

        Rows for a product of another system of codes are not used, as it is not known which of them cover
        these goods."""
        path = {*self._tree.path(category), None}
        for item in items:
            rows = self._by_item.get((edition.key, item), ()) if item else ()
            found = [r for r in rows if r.product_code in path and r.holds(day)]
            if found:
                return found
        return []


def families_of(rows: list[dict[str, Any]]) -> dict[str, int]:
    """Return the number of its family for each key of ``rows`` (of silver.standard). Editions are of one
    family if one replaces the other, over any number of steps, or if their numbers differ in the year only.
    """
    at: dict[str, str] = {}

    def top(key: str) -> str:
        while at.setdefault(key, key) != key:
            at[key] = at[at[key]]
            key = at[key]
        return key

    for row in rows:
        key = designation(row["standard_no"])
        # A stem is a node too, so that editions without a link still meet there.
        for other in [
            undated(key),
            *(designation(n) for c in ("supersedes", "superseded_by") for n in listed(row[c])),
        ]:
            one, two = sorted((top(key), top(other)))
            at[two] = one
    number: dict[str, int] = {}
    return {
        key: number.setdefault(top(key), len(number))
        for key in sorted(designation(row["standard_no"]) for row in rows)
    }


def edition_of(row: dict[str, Any], family: int) -> Edition:
    """Return the Edition of a row of silver.standard.

    Where the row does not say whether it is mandatory, the prefix of its number does; standards of groups and
    enterprises bind only those who claim them, even where a source calls them mandatory. A row without a
    status that names a successor is superseded."""
    key = designation(row["standard_no"])
    stated = row["mandatory"]
    mandatory = bool(_MANDATORY.match(key)) if stated is None or pd.isna(stated) else bool(stated)
    mandatory = mandatory and row["kind"] not in _AGREED
    status = _text(row["status"]) or ("superseded" if listed(row["superseded_by"]) else None)
    return Edition(
        row["standard_no"],
        key,
        family,
        mandatory,
        row["kind"] == "foreign",
        status,
        _day(row["valid_from"]),
        _day(row["valid_to"]),
    )


def listed(value: Any) -> list[str]:
    """Return the value of a list column as a list, [] where missing."""
    return list(value) if value is not None and not isinstance(value, float) else []


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value.strip() else None


def _day(value: Any) -> date | None:
    return value if isinstance(value, date) and not pd.isna(value) else None


def stated_limits(row: dict[str, Any]) -> Limits | None:
    """Return the limits of a row of silver.standard_requirement, None where it states none. Raises
    NotUnderstood where they cannot be read."""
    return limits(
        _text(row["limit_low"]),
        _text(row["limit_high"]),
        _text(row["unit"]),
        words=_text(row["limit_text"]),
        low_excluded=row["low_excluded"] is True,
        high_excluded=row["high_excluded"] is True,
    )
