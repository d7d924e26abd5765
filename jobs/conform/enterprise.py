"""Build silver.enterprise: every enterprise of the business register, and those operators of shops that are
not in it."""

from __future__ import annotations

import pandas as pd

from jobs.conform.linkage.deterministic import PERSON
from jobs.conform.linkage.resolve import RESOLVED
from jobs.conform.linkage.uscc import checked
from jobs.period import Period

COLUMNS = (
    "enterprise_id resolution uscc enterprise_type name region_code address_text "
    "representative_ref phone_ref status n_shops n_platforms"
).split()
_OF_SHOPS = {  # column of the enterprise → of its shops
    "uscc": "uscc",
    "enterprise_type": "operator_type",
    "name": "operator_name",
    "region_code": "region_code",
    "address_text": "address_text",
    "representative_ref": "representative_ref",
    "phone_ref": "phone_ref",
}

# Input of build → the columns of it that build reads; an input that is not listed comes with all its columns.
READS = {
    "registration": [
        *"uscc enterprise_type name region_code address_text representative_ref phone_ref status".split()
    ],
    "shop": [
        *"shop_id platform_code operator_uscc operator_type operator_name region_code address_text".split(),
        *"representative_ref phone_ref".split(),
    ],
    "shop_operator": ["shop_id", "enterprise_id"],
}


def build(
    *, registration: pd.DataFrame, shop: pd.DataFrame, shop_operator: pd.DataFrame, period: Period
) -> pd.DataFrame:
    """One row per enterprise, sorted by enterprise_id, with the columns COLUMNS. The arguments are the silver
    tables of these names; ``period`` is not used.

    An enterprise of the register (`resolution` registered) has the register's values. Of another (resolved,
    or pseudonym for a natural person), each column has the value that most of its shops filed; of equally
    frequent values the first in the order of texts; null where none filed one. But `uscc` is the
    enterprise_id where that is a code, else the valid code filed most, and null for a natural person, whose
    `enterprise_type` is natural_person; `status` is null. `n_shops` and `n_platforms` count its shops and
    their different platforms, 0 where it has none.
    """
    entered = registration.assign(enterprise_id=registration["uscc"], resolution="registered")
    shops = shop_operator[["shop_id", "enterprise_id"]].merge(
        shop, on="shop_id", how="left", validate="one_to_one"
    )
    others = shops[~shops["enterprise_id"].isin(registration["uscc"])]
    rows = pd.concat([entered, _as_filed(others)], ignore_index=True).reindex(columns=COLUMNS[:-2])
    counts = shops.groupby("enterprise_id").agg(
        n_shops=("shop_id", "size"), n_platforms=("platform_code", "nunique")
    )
    rows = rows.join(counts, on="enterprise_id")
    rows[["n_shops", "n_platforms"]] = rows[["n_shops", "n_platforms"]].fillna(0).astype("int64")
    rows = rows.sort_values("enterprise_id", ignore_index=True)
    return rows.astype(dict.fromkeys(COLUMNS[:-2], "object")).where(rows.notna(), None)[COLUMNS]


def _as_filed(shops: pd.DataFrame) -> pd.DataFrame:
    """What most shops of each enterprise filed, column by column (of equally many the first by name)."""
    filed = shops.assign(uscc=checked(shops["operator_uscc"])["uscc"])
    rows = pd.DataFrame(index=pd.Index(sorted(filed["enterprise_id"].unique()), name="enterprise_id"))
    for column, source in _OF_SHOPS.items():
        said = filed.groupby(["enterprise_id", source]).size().rename("n").reset_index()
        said = said.sort_values(
            ["enterprise_id", "n", source], ascending=[True, False, True]
        ).drop_duplicates("enterprise_id")
        rows[column] = said.set_index("enterprise_id")[source]
    rows = rows.reset_index()
    person = rows["enterprise_id"].str.startswith(PERSON)
    coded = ~person & ~rows["enterprise_id"].str.startswith(RESOLVED)
    rows["uscc"] = rows["enterprise_id"].where(coded, rows["uscc"].where(~person, None))
    rows["enterprise_type"] = rows["enterprise_type"].mask(person, "natural_person")
    return rows.assign(resolution=["pseudonym" if p else "resolved" for p in person])
