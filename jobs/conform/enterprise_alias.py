"""silver.enterprise_alias: every name, address, code, shop and pseudonym under which an enterprise was seen."""

from __future__ import annotations

import pandas as pd

from jobs.period import Period

COLUMNS = ["enterprise_id", "alias_kind", "alias", "source", "first_seen", "last_seen", "score"]
KEY = COLUMNS[:4]
_REGISTERED = {"name": "name", "address": "address_text", "uscc": "uscc", "phone": "phone_ref", "representative": "representative_ref"}
_FILED = {
    "name": "operator_name", "address": "address_text", "uscc": "operator_uscc", "phone": "phone_ref", "representative": "representative_ref",
    "shop": "shop_id",
}
REGISTER, SHOPS = "registration", "shop"
_OPEN = pd.Timestamp.max.date()


def build(*, registration: pd.DataFrame, shop: pd.DataFrame, shop_operator: pd.DataFrame, period: Period) -> pd.DataFrame:
    """One row per enterprise, kind, alias and source, sorted by these (COLUMNS).

    Seen from the day on which the first shop that filed it opened to the day on which the last one closed; null where unknown or still
    in use. Score: the probability of the surest of those shops' links; 1 for the register, and for a shop that stands alone.
    """
    entry = pd.DataFrame({
        "enterprise_id": registration["uscc"], "first_seen": registration["registered_on"], "last_seen": registration["cancelled_on"], "score": 1.0,
    })
    entries = [entry.assign(alias_kind=kind, alias=registration[column]) for kind, column in _REGISTERED.items()]
    former = entry.assign(alias_kind="name", alias=registration["former_names"], first_seen=None, last_seen=None).explode("alias")
    links = shop_operator[["shop_id", "enterprise_id", "probability"]].merge(shop, on="shop_id", how="left", validate="one_to_one")
    link = pd.DataFrame({
        "enterprise_id": links["enterprise_id"], "first_seen": links["opened_on"], "last_seen": links["closed_on"],
        "score": links["probability"].fillna(1.0).astype("float64"),
    })
    filings = [link.assign(alias_kind=kind, alias=links[column]) for kind, column in _FILED.items()]
    return pd.concat([_once([*entries, former], REGISTER), _once(filings, SHOPS)], ignore_index=True).sort_values(
        KEY, ignore_index=True
    )[COLUMNS]


def _once(parts: list[pd.DataFrame], source: str) -> pd.DataFrame:
    """Each alias of an enterprise once."""
    rows = pd.concat([p.dropna(subset=["alias"]) for p in parts], ignore_index=True).assign(source=source)
    rows["first_seen"] = rows["first_seen"].where(rows["first_seen"].notna(), _OPEN)
    rows["last_seen"] = rows["last_seen"].where(rows["last_seen"].notna(), _OPEN)
    rows = rows.sort_values([*KEY, "first_seen"])
    again = rows.duplicated(KEY, keep=False)
    many = rows[again].groupby(KEY, as_index=False).agg(first_seen=("first_seen", "min"), last_seen=("last_seen", "max"), score=("score", "max"))
    rows = pd.concat([rows[~again], many], ignore_index=True)
    for name in ("first_seen", "last_seen"):
        rows[name] = rows[name].astype("object").where(rows[name] != _OPEN, None)
    return rows
