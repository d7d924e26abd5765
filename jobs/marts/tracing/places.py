"""Finds the region that is responsible for a region code as it was filed, also for codes that were replaced.
Used to decide which province gets a lead. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from jobs.deployment import deployment
from jobs.marts.dimensions import Hierarchy

UNKNOWN, SPLIT, ABROAD = "region_unknown", "region_split", "abroad"
_DIGITS = 6


@dataclass(frozen=True)
class Place:
    """The region that is responsible for a region code. ``region``: its code; ``province``: the code of the
    province that it lies in. Both are None where there is none; then ``reason`` says why: UNKNOWN (the code
    is in no reference, or has no province above it), SPLIT (the region ended, and neither its successors nor
    the divisions above lead to a present one) or ABROAD (a code of another nation's form)."""

    region: str | None
    province: str | None
    reason: str | None = None


class Places:
    """Looks up responsible regions. ``region``: silver.region (region_code, parent_code, level, valid_to,
    succeeded_by); a code with a valid_to has ended.

    A code that ended leads to the one that succeeded it; one that was divided among several leads to the
    lowest division above all of them. Where there is none, and for a code without a successor, it is the
    division above the code that ended."""

    def __init__(self, region: pd.DataFrame) -> None:
        rows = region.astype(object).where(region.notna(), None)
        parents = dict(zip(rows["region_code"], rows["parent_code"], strict=True))
        provinces = frozenset(rows.loc[rows["level"] == "province", "region_code"])
        self._tree = Hierarchy(parents, provinces)
        self._retired = {
            code: [] if successors is None else [str(s) for s in successors]
            for code, ended, successors in zip(
                rows["region_code"], rows["valid_to"], rows["succeeded_by"], strict=True
            )
            if ended is not None
        }
        self._found: dict[str, Place] = {}
        self._codes = {code.casefold(): code for code in parents}

    def of(self, code: str) -> Place:
        """Return the Place of a region code, written as in silver.region. It never fails: for an unknown code
        the Place has a ``reason``."""
        if code not in self._found:
            self._found[code] = self._place(code)
        return self._found[code]

    def province_of(self, code: str) -> str | None:
        """Return the code of the province in which the region with ``code`` lies today; upper and lower case
        are not distinguished. None for a code that silver.region does not hold, and for one without a
        responsible region."""
        known = self._codes.get(code.casefold())
        return None if known is None else self.of(known).province

    def _place(self, code: str) -> Place:
        now = self._now(code, set())
        if now is None:
            known = code in self._tree.parent
            return Place(None, None, SPLIT if known else self._strange(code))
        province = next((c for c in self._tree.path(now) if c in self._tree.shown), None)
        return Place(now, province) if province else Place(None, None, UNKNOWN)

    def _now(self, code: str | None, seen: set[str]) -> str | None:
        """The code that holds today; None for one that is not known or whose parts have nothing in common."""
        if code is None or code not in self._tree.parent or code in seen:
            return None
        if code not in self._retired:
            return code
        seen = seen | {code}
        heirs = {self._now(heir, seen) for heir in self._retired[code]} or {None}
        if len(heirs) == 1:
            (heir,) = heirs
            return heir or self._now(self._tree.parent[code], seen)
        return self._above(heirs) or self._now(self._tree.parent[code], seen)

    def _above(self, codes: Iterable[str | None]) -> str | None:
        """The lowest division above all of some."""
        paths = [self._tree.path(code) for code in codes]
        return next((c for c in paths[0] if all(c in path for path in paths)), None)

    def _strange(self, code: str) -> str:
        """Why a code that no reference knows is no region: one of another nation's form, or a mistake."""
        own = (code.isdigit() and len(code) == _DIGITS) or code.startswith(f"{deployment().code}-")
        return UNKNOWN if own else ABROAD
