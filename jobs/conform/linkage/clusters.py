"""Pairs to clusters: the surest pair first, never two entities in one cluster, nothing that a person has
denied."""

from __future__ import annotations

from collections.abc import Mapping, Set

import pandas as pd


class Clusters:
    """Records joined pair by pair. ``entities``: what a record is known to be; ``claims``: what it says of
    itself without proof;
    ``denied``: (record, entity) that must stay apart. A cluster holds one entity or claim at most."""

    def __init__(
        self,
        entities: Mapping[str, str],
        claims: Mapping[str, str] | None = None,
        denied: Set[tuple[str, str]] = frozenset(),
    ) -> None:
        self._above: dict[str, str] = {}
        self._entity = {**(claims or {}), **entities}
        self._proved = set(entities)
        self._denied: dict[str, set[str]] = {}
        for record, entity in denied:
            self._denied.setdefault(record, set()).add(entity)

    def top(self, record: str) -> str:
        """The record that stands for its cluster."""
        path = []
        while (above := self._above.get(record)) is not None:
            path.append(record)
            record = above
        for below in path:
            self._above[below] = record
        return record

    def entity(self, record: str) -> str | None:
        """What its cluster is, or says that it is."""
        return self._entity.get(self.top(record))

    def proved(self, record: str) -> bool:
        """Whether a record of its cluster is known to be that entity."""
        return self.top(record) in self._proved

    def join(self, left: str, right: str) -> bool:
        """Whether the two stand in one cluster now; False where that would bring two entities, or a denied
        one, together."""
        a, b = sorted((self.top(left), self.top(right)))
        if a == b:
            return True
        found = {e for e in (self._entity.get(a), self._entity.get(b)) if e is not None}
        denied = self._denied.get(a, set()) | self._denied.get(b, set())
        if len(found) > 1 or found & denied:
            return False
        self._above[b] = a
        for entity in found:
            self._entity[a] = entity
        if b in self._proved:
            self._proved.add(a)
        if denied:
            self._denied[a] = denied
        return True


def joined(pairs: pd.DataFrame, clusters: Clusters) -> None:
    """Joins the pairs (left, right, weight) where they may be, from the surest on, ties by name."""
    ordered = pairs.sort_values(["weight", "left", "right"], ascending=[False, True, True])
    for left, right in zip(ordered["left"], ordered["right"], strict=True):
        clusters.join(left, right)
