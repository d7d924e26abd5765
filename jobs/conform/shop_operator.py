"""Build silver.shop_operator: who operates which shop, with ground, probability and evidence
(jobs/conform/linkage)."""

from __future__ import annotations

import pandas as pd

from jobs.conform.linkage.resolve import resolve
from jobs.period import Period

# Input of build → the columns of it that build reads; an input that is not listed comes with all its columns.
READS = {
    "registration": [*"uscc name former_names region_code address_text phone_ref representative_ref".split()],
    "shop": [
        *"shop_id platform_code operator_name operator_uscc operator_type operator_ref region_code".split(),
        *"address_text phone_ref representative_ref licence_verified opened_on".split(),
    ],
}


def build(
    *,
    registration: pd.DataFrame,
    shop: pd.DataFrame,
    link_decision: pd.DataFrame,
    region: pd.DataFrame,
    period: Period,
) -> pd.DataFrame:
    """One row per shop, sorted by shop_id, with the columns that `resolve` returns. The arguments are the
    silver tables of these names; ``period`` is not used."""
    return resolve(registration=registration, shop=shop, link_decision=link_decision, region=region)
