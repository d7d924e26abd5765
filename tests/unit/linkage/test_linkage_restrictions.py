"""Restrictions against the truth of a country: they reach the operator's shops over certain links, and none
over a probable one."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from countries import Country, country

from jobs.conform.linkage.resolve import resolve
from jobs.contracts.catalog import load_catalog
from jobs.contracts.schema import arrow_schema
from jobs.marts.credit import joint_restriction, restriction_review
from jobs.period import Period

DAY = date(2026, 6, 30)


def empty(table: str) -> pd.DataFrame:
    return arrow_schema(load_catalog().contracts[table]).empty_table().to_pandas(date_as_object=True)


def restricted(made: Country, seed: int) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, set[int]]:
    """Every second registered operator is listed: gold.joint_restriction, gold.restriction_review,
    silver.shop_operator, and who is listed (rows of the truth)."""
    frames = made.frames
    links = resolve(**frames)
    codes = made.registered.index.to_numpy()
    chosen = np.sort(np.random.default_rng(seed).permutation(codes)[: len(codes) // 2])
    entry = empty("silver.dishonesty_entry")
    entry = pd.DataFrame(
        {
            "entry_id": [f"SX-{n}" for n in range(len(chosen))],
            "listed_on": date(2026, 1, 1),
            "operator_uscc": chosen,
            "list": "serious_violation",
            "legal_basis": "第九条",
        }
    ).reindex(columns=entry.columns)
    given = {
        "dishonesty_entry": entry,
        "penalty": empty("silver.penalty"),
        "enforcement_case": empty("silver.enforcement_case"),
        "restriction_measure": empty("silver.restriction_measure"),
        "shop_operator": links,
        "shop": frames["shop"],
        "link_decision": frames["link_decision"],
        "period": Period(DAY),
    }
    register = pd.DataFrame({"enterprise_id": codes, "resolution": "registered"})
    table = joint_restriction.build(**given, enterprise=register)
    return table, restriction_review.build(**given), links, set(made.registered.loc[chosen])


def missed(seed: int, records: int) -> tuple[float, int, int]:
    """Share of the listed operators' shops with a certain link that are restricted; restrictions of others'
    shops; restrictions over probable links."""
    made = country(seed, records, without_code=0.2)
    table, review, links, listed = restricted(made, seed)
    of = made.truth
    certain = set(links.loc[links["kind"].eq("deterministic"), "shop_id"])
    probable = set(links.loc[links["kind"].eq("probabilistic"), "shop_id"])
    theirs = {shop for shop in of.index if of[shop] in listed} & certain
    reached = set(table["shop_id"])
    pairs = zip(table["shop_id"], table["operator_id"], strict=True)
    wrong = sum(made.registered[code] != of[shop] for shop, code in pairs)
    assert set(review.loc[review["state"].eq("open"), "shop_id"]) <= probable
    assert len(probable) and len(review)
    print(
        f"seed {seed}: {len(reached & theirs)} of {len(theirs)} shops, {wrong} wrong, {len(review)} reviews"
    )
    return len(reached & theirs) / len(theirs), wrong, len(reached & probable)


def test_a_restriction_reaches_its_operators_shops_and_none_over_a_probable_link() -> None:
    coverage, wrong, over_probable = missed(3, 15_000)
    assert coverage >= 0.95
    assert (wrong, over_probable) == (0, 0)


@pytest.mark.proof
@pytest.mark.parametrize("seed", range(5))
def test_so_it_is_in_other_countries(seed: int) -> None:
    coverage, wrong, over_probable = missed(100 + seed, 60_000)
    assert coverage >= 0.95
    assert (wrong, over_probable) == (0, 0)
