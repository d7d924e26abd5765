"""Join scored pairs of records to clusters, the surest pair first. A cluster is a set of records that are
taken for one entity, an enterprise or person. It never holds two entities, nor a record and an entity that a
person has denied to be the same."""

from __future__ import annotations

from collections.abc import Mapping, Set

import pandas as pd


class Clusters:
    """Clusters of records, joined pair by pair (union-find).

    ``entities``: record → the entity that it is known to be; ``claims``: record → the entity that it states
    itself to be, without proof; ``denied``: pairs (record, entity) that must not be joined. A cluster has at
    most one entity, known or claimed.
    """

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
        """The record that identifies the cluster of ``record``: the first by id of its records; ``record``
        itself where it was joined with none."""
        path = []
        while (above := self._above.get(record)) is not None:
            path.append(record)
            record = above
        for below in path:
            self._above[below] = record
        return record

    def entity(self, record: str) -> str | None:
        """The entity of the cluster that ``record`` is in, known or claimed; None where it has none."""
        return self._entity.get(self.top(record))

    def proved(self, record: str) -> bool:
        """Whether the entity of the cluster that ``record`` is in is known, not only claimed."""
        return self.top(record) in self._proved

    def join(self, left: str, right: str) -> bool:
        """Join the clusters of two records, given by their ids. Returns whether both are in one cluster
        afterwards; False, with nothing changed, where the joined cluster would hold two entities, or an
        entity that is denied of one of its records."""
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
    """Join the pairs (columns left, right: record ids; weight: bits) in ``clusters``, which is changed, by
    falling weight, equal ones by left and right. Pairs that may not be joined are passed over."""
    ordered = pairs.sort_values(["weight", "left", "right"], ascending=[False, True, True])
    for left, right in zip(ordered["left"], ordered["right"], strict=True):
        clusters.join(left, right)
