"""The grounds on which a shop is linked to an operator: kind, basis, probability, and the evidence as JSON
that an official can read."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Set
from typing import Any

import pandas as pd

from jobs.conform.linkage.clusters import Clusters
from jobs.conform.linkage.records import of_shop, registered

GROUNDS = ("kind", "basis", "probability", "evidence")
_JSON = json.JSONEncoder(ensure_ascii=False)  # json.dumps would make one for each shop


def link_grounds(
    shop: pd.DataFrame,
    known: pd.DataFrame,
    records: pd.DataFrame,
    pairs: pd.DataFrame,
    links: pd.DataFrame,
    clusters: Clusters,
    comparisons: Iterable[str],
) -> pd.DataFrame:
    """The columns GROUNDS for each row of ``shop``, with its index: kind (deterministic or probabilistic),
    basis, probability (0–1) and evidence (JSON). For a shop that is linked to nothing all but the evidence
    are null.

    ``known``: of `known_operators`; ``records``: of `linkage_records`; ``pairs``: all scored pairs;
    ``links``: those of them that are likely enough to link, are not ambiguous, and have no level that keeps
    records apart; ``comparisons``: the names of their columns of levels. A link counts where both of its
    records are in one cluster. The evidence of a shop that is linked to nothing names the candidate of its
    most probable scored pair, where it has one, so that an official can confirm it (silver.link_decision).
    """
    within = links[links["left"].map(clusters.top) == links["right"].map(clusters.top)]
    unknown = {of_shop(s) for s in shop.loc[known["entity"].isna(), "shop_id"]}
    linked = best_pairs(within, unknown)
    nearest = best_pairs(pairs, unknown - linked.keys())
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
    """The facts as one line of JSON, without those that are None."""
    return _JSON.encode({k: v for k, v in facts.items() if v is not None})


def pair_facts(pair: Mapping[str, Any], comparisons: Iterable[str]) -> dict[str, Any]:
    """The evidence that a scored pair gives about one of its records: `registration` or `shop` (the id of the
    other record, ``pair["other"]``, without its prefix), `weight` in bits, `probability`, and `levels`:
    comparison → the label that applies. ``pair``: of `best_pairs`; ``comparisons``: names of its columns of
    levels."""
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
    """Compare the cores of two names (`name_parts`): 'same', 'near' (one contains the other) or 'other'; None
    where one is missing."""
    if not isinstance(name, str) or not isinstance(other, str):
        return None
    if name == other:
        return "same"
    return "near" if name in other or other in name else "other"


def best_pairs(pairs: pd.DataFrame, records: Set[str]) -> dict[str, dict[str, Any]]:
    """The best pair of each of ``records`` that has one: record → its pair of the highest weight (of equal
    ones that with the first other record by id), as a dictionary of the pair's columns with `record` and
    `other` in place of left and right. ``pairs``: of `scored_pairs`."""
    ends = [
        pairs.rename(columns={"left": a, "right": b}) for a, b in (("record", "other"), ("other", "record"))
    ]
    both = pd.concat([end[end["record"].isin(records)] for end in ends], ignore_index=True).sort_values(
        ["weight", "record", "other"], ascending=[False, True, True]
    )
    return {row["record"]: row for row in both.drop_duplicates("record").to_dict("records")}
