"""Looks up which edition of a standard is valid on a day, and what it requires of a product. Pure.

A key is the number of an edition in one form (`designations.designation`). A family is the set of editions
that replaced each other; it is named by an integer, which is only valid within one Register. The register is
silver.standard with silver.standard_requirement."""

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
    """One edition of a standard: a row of silver.standard. ``key``: its number in one form. ``family``:
    integer of its family. ``mandatory``: whether it binds all producers. ``foreign``: whether it is another
    nation's. ``status``: what its source calls it (`valid`, `upcoming`, `superseded`, `withdrawn`), None
    where it says nothing. ``valid_from``, ``valid_to``: first and last day, None where not stated."""

    standard_no: str
    key: str
    family: int
    mandatory: bool
    foreign: bool
    status: str | None
    valid_from: date | None
    valid_to: date | None

    def valid_on(self, day: date) -> bool:
        """Return whether the edition is valid on ``day``. Each end is judged by its day, valid_from or
        valid_to; where that day is missing, by the status: `upcoming` has not begun, `superseded` and
        `withdrawn` have ended, any other or no status sets no end."""
        begun = self.status != "upcoming" if self.valid_from is None else self.valid_from <= day
        return begun and (self.status not in _ENDED if self.valid_to is None else day <= self.valid_to)


@dataclass(frozen=True)
class Requirement:
    """The limits that an edition sets for one item of a product: a row of silver.standard_requirement.
    ``product_code``: category of the product, None for any. ``rounded``: the standard says that the rounded
    value is compared (修约值比较法). ``valid_from``, ``valid_to``: first and last day on which the limit is
    valid, None where not stated."""

    edition: Edition
    product_code: str | None
    limits: Limits
    rounded: bool
    valid_from: date | None
    valid_to: date | None

    def holds(self, day: date | None) -> bool:
        """Return whether the limit is valid on ``day``; True where ``day`` is None."""
        return day is None or (
            (self.valid_from is None or self.valid_from <= day)
            and (self.valid_to is None or day <= self.valid_to)
        )


class Register:
    """The register of standards and their requirements, for look-ups by number, item, category and day. It is
    built once from the silver tables of the arguments' names. Requirements of standards that silver.standard
    does not hold are left out; limits that cannot be read become limits in words."""

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
        """Return the number of the stretch of time in which ``day`` lies; None where ``day`` is None. Within
        one stretch no edition or requirement begins or ends, so an answer for one of its days can be reused
        for the others."""
        return None if day is None else bisect_right(self._changes, day)

    def families(self, text: str | None) -> list[int]:
        """Return the families (`Edition.family`) of the standards that a text cites, in the order of the text
        and without repetition; [] for None. A number with a year counts only where the register holds that
        very edition, one without a year where it holds any; others are left out."""
        found = [self._family(key) for key in citations(text)]
        return list(dict.fromkeys(f for f in found if f is not None))

    def exact(self, key: str) -> Edition | None:
        """Return the edition whose number in one form is ``key``; None where the register does not hold
        it."""
        return self._editions.get(key)

    def stem(self, key: str) -> str:
        """Return the number of a standard without its year: as the register spells it (GB/T 22849) where it
        holds the standard, else ``key`` in one form without the year (GBT22849)."""
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
        """Return whether any of the standards that a text cites is mandatory: as the register says, or, for a
        number that it does not hold, by the prefix GB."""
        return any(
            self._editions[k].mandatory if k in self._editions else bool(_MANDATORY.match(k))
            for k in citations(text)
        )

    def edition(self, family: int, day: date | None, cited: str | None = None) -> Edition | None:
        """Return the edition of a family that is valid on ``day``, None where none is. If several are, it is
        the one that the text ``cited`` names, else the one with the latest valid_from. With ``day`` None it
        is the only edition of a family that has just one, else None."""
        editions = self._of_family[family]
        if day is None:
            return editions[0] if len(editions) == 1 else None
        holding = [e for e in editions if e.valid_on(day)]
        named = set(citations(cited))
        return max(holding, key=lambda e: (e.key in named, e.valid_from or _FIRST, e.key), default=None)

    def mandatory_families(self, items: Iterable[str | None], category: str | None) -> list[int]:
        """Return, sorted, the families of the mandatory standards that set a limit for one of ``items`` (item
        codes and names; None is left out) and for ``category`` or a category above it. Requirements for any
        product are not counted here."""
        path = set(self._tree.path(category))
        found = sorted({family for item in items if item for family in self._mandatory.get(item, ())})

        def applies(family: int) -> bool:
            keys = [(edition.key, item) for edition in self._of_family[family] for item in items if item]
            return any(row.product_code in path for key in keys for row in self._by_item.get(key, ()))

        return [family for family in found if applies(family)]

    def requirements(
        self, edition: Edition, items: Iterable[str | None], category: str | None, day: date | None
    ) -> list[Requirement]:
        """Return what an edition requires of an item of a category: its requirements for that category, for
        one above it, and for any product.

        ``items``: code and name of the item; the requirements of the first of them that has any are returned,
        [] where none has. ``category``: None for an unknown one. ``day``: only requirements that are valid on
        it; None for all.

        Requirements for a product code of another system of codes are not returned, as it is not known
        whether they cover these goods."""
        path = {*self._tree.path(category), None}
        for item in items:
            rows = self._by_item.get((edition.key, item), ()) if item else ()
            found = [r for r in rows if r.product_code in path and r.holds(day)]
            if found:
                return found
        return []


def families_of(rows: list[dict[str, Any]]) -> dict[str, int]:
    """Return for the key of each row the integer of its family. ``rows``: rows of silver.standard with
    standard_no, supersedes and superseded_by. Two editions are of one family if one replaces the other, over
    any number of steps, or if their numbers differ in the year only. Integers run from 0 in the order of the
    keys."""
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
    """Return the Edition of a row of silver.standard; ``family`` is the integer of its family
    (`families_of`).

    Where the row does not say whether it is mandatory, the prefix GB says so. Standards of groups and
    enterprises are never mandatory, even where a source calls them so: they bind only those who claim them
    (Standardization Law, article 2). A row without a status that names a successor is superseded."""
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
    """Return the value of a list column of a silver table as a list; [] where it is missing."""
    return list(value) if value is not None and not isinstance(value, float) else []


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value.strip() else None


def _day(value: Any) -> date | None:
    return value if isinstance(value, date) and not pd.isna(value) else None


def stated_limits(row: dict[str, Any]) -> Limits | None:
    """Return the limits of a row of silver.standard_requirement (limit_low, limit_high, unit, limit_text,
    low_excluded, high_excluded); None where it states none. Raises NotUnderstood where they cannot be read.
    """
    return limits(
        _text(row["limit_low"]),
        _text(row["limit_high"]),
        _text(row["unit"]),
        words=_text(row["limit_text"]),
        low_excluded=row["low_excluded"] is True,
        high_excluded=row["high_excluded"] is True,
    )
