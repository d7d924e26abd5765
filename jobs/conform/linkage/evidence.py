"""Why a shop stands with an operator, or alone: kind, basis, probability and JSON that an official can
read."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Set
from typing import Any

import pandas as pd

from jobs.conform.linkage.clusters import Clusters
from jobs.conform.linkage.records import of_shop, registered

GROUNDS = ("kind", "basis", "probability", "evidence")


def link_grounds(
    shop: pd.DataFrame,
    known: pd.DataFrame,
    records: pd.DataFrame,
    pairs: pd.DataFrame,
    links: pd.DataFrame,
    clusters: Clusters,
    comparisons: Iterable[str],
) -> pd.DataFrame:
    """GROUNDS of each row of ``shop``. ``pairs``: all that were scored; ``links``: those that could join, of
    which the ones within one cluster did or agree. A shop that stands alone gets its nearest candidate:
    an official may confirm it (silver.link_decision)."""
    within = links[links["left"].map(clusters.top) == links["right"].map(clusters.top)]
    unknown = {of_shop(s) for s in shop.loc[known["entity"].isna(), "shop_id"]}
    linked, nearest = best_pairs(within, unknown), best_pairs(pairs, unknown)
    cores = dict(zip(records["record_id"], records["core"], strict=True))
    rows: list[tuple[str | None, str | None, float | None, str]] = []
    for name, entity, basis, fact, invalid in zip(
        shop["shop_id"], known["entity"], known["basis"], known["fact"], known["invalid"], strict=True
    ):
        record = of_shop(name)
        facts: dict[str, Any] = {"invalid_code": invalid}
        if entity is not None:
            facts = {**fact, "name": name_agrees(cores[record], cores.get(registered(entity))), **facts}
            rows.append(("deterministic", basis, 1.0, written(facts)))
        elif record in linked:
            pair = linked[record]
            rows.append(
                (
                    "probabilistic",
                    "splink",
                    pair["probability"],
                    written({**pair_facts(pair, comparisons), **facts}),
                )
            )
        else:
            candidate = pair_facts(nearest[record], comparisons) if record in nearest else None
            rows.append((None, None, None, written({**facts, "nearest": candidate})))
    return pd.DataFrame(rows, columns=list(GROUNDS), index=shop.index)


def written(facts: Mapping[str, Any]) -> str:
    """One line of JSON; what is null stays away."""
    return json.dumps({k: v for k, v in facts.items() if v is not None}, ensure_ascii=False)


def pair_facts(pair: Mapping[str, Any], comparisons: Iterable[str]) -> dict[str, Any]:
    """What a scored pair says of one of its records: the other, weight in bits, probability, levels (unknown
    ones stay away)."""
    kind, _, name = pair["other"].partition(":")
    levels = {c: pair[c] for c in comparisons if isinstance(pair[c], str)}
    what = "registration" if kind == "R" else "shop"
    return {
        what: name,
        "weight": round(pair["weight"], 2),
        "probability": round(pair["probability"], 6),
        "levels": levels,
    }


def name_agrees(name: Any, other: Any) -> str | None:
    """Whether two cores of names agree: same, near (one holds the other) or other; None where one is
    unknown."""
    if not isinstance(name, str) or not isinstance(other, str):
        return None
    if name == other:
        return "same"
    return "near" if name in other or other in name else "other"


def best_pairs(pairs: pd.DataFrame, records: Set[str]) -> dict[str, dict[str, Any]]:
    """For each of the records its surest pair (ties by name), with `other`, the record at its other end."""
    ends = [
        pairs.rename(columns={"left": a, "right": b}) for a, b in (("record", "other"), ("other", "record"))
    ]
    both = pd.concat([end[end["record"].isin(records)] for end in ends], ignore_index=True).sort_values(
        ["weight", "record", "other"], ascending=[False, True, True]
    )
    return {row["record"]: row for row in both.drop_duplicates("record").to_dict("records")}
