"""Pairs to clusters."""

from __future__ import annotations

import pandas as pd

from jobs.conform.linkage.clusters import Clusters, joined


def pairs(*rows: tuple[str, str, float]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=["left", "right", "weight"])


def test_the_surest_pair_joins_first_and_decides_whom_the_others_follow() -> None:
    clusters = Clusters({"R1": "A", "R2": "B"})
    joined(pairs(("R1", "s", 10), ("R2", "s", 12), ("s", "t", 9)), clusters)
    assert clusters.entity("s") == clusters.entity("t") == "B"
    assert not clusters.join("t", "R1")


def test_a_denied_entity_stays_out_whichever_side_comes_first() -> None:
    for order in ([("s", "t", 2), ("R1", "t", 1)], [("R1", "t", 2), ("s", "t", 1)]):
        clusters = Clusters({"R1": "A"}, denied={("s", "A")})
        joined(pairs(*order), clusters)
        assert clusters.entity("s") is None


def test_a_claim_bars_another_entity_but_is_no_proof() -> None:
    clusters = Clusters({"R1": "A"}, {"s": "B", "t": "B"})
    assert clusters.join("s", "t") and not clusters.join("R1", "s")
    assert clusters.entity("t") == "B" and not clusters.proved("t") and clusters.proved("R1")


def test_a_claim_becomes_proved_by_its_entity() -> None:
    clusters = Clusters({"z": "B"}, {"a": "B"})
    assert clusters.join("a", "z") and clusters.proved("a")


def test_ties_are_broken_by_name_not_by_order() -> None:
    rows = [("R1", "s", 5.0), ("R2", "s", 5.0)]
    for order in (rows, rows[::-1]):
        clusters = Clusters({"R1": "A", "R2": "B"})
        joined(pairs(*order), clusters)
        assert clusters.entity("s") == "A"


def test_a_long_chain_is_one_cluster() -> None:
    clusters = Clusters({})
    joined(pairs(*[(f"{i:06d}", f"{i + 1:06d}", float(i)) for i in range(5000)]), clusters)
    assert clusters.top("005000") == clusters.top("000000")
