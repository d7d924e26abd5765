"""Make the records that Splink compares from shops and from entries of the company register."""

from __future__ import annotations

import pandas as pd

from jobs.conform.linkage.addresses import address_parts
from jobs.conform.linkage.names import name_parts
from jobs.conform.linkage.regions import Regions

_PLACES = (("county", 6), ("prefecture", 4))
_PERSON = {"natural_person": "yes", "company": "no", "individual_business": "no"}


def registered(uscc: str) -> str:
    """The record_id of the record of a register entry under its present name: `R:` and the code."""
    return f"R:{uscc}"


def of_shop(shop_id: str) -> str:
    """The record_id of the record of a shop: `S:` and the shop's id."""
    return f"S:{shop_id}"


def linkage_records(
    registration: pd.DataFrame, shop: pd.DataFrame, known: pd.DataFrame, regions: Regions
) -> pd.DataFrame:
    """Make the records to be compared: one row per entry of silver.registration, one more for each different
    former name of it, whose record_id is that of the entry, `#` and the name, and one per row of silver.shop.

    ``known``: entity and uscc of each shop, with the index of ``shop`` (deterministic.known_operators);
    entity is null where the operator is not known yet; ``regions``: names of regions, to be found in names
    and addresses (`name_parts`, `address_parts`). Columns, all text or None: record_id, entity, uscc, person
    (`yes` for a natural person, `no` for a company or individual business), name, core, address, street,
    numbers, phone, representative, identity (pseudonyms, like the two before; identity is None for entries),
    county, prefecture (the first six and four digits of region_code, which may be a prefecture's or a
    province's code), and core_here and representative_here (core and representative, each followed by `|` and
    the prefecture)."""
    rows = pd.concat([_entries(registration), _shops(shop, known)], ignore_index=True)
    rows = rows.join(name_parts(rows.pop("called"), regions)).join(
        address_parts(rows.pop("located"), regions)
    )
    code = rows.pop("region_code")
    for name, digits in _PLACES:
        rows[name] = code.str[:digits]
    for name in ("core", "representative"):
        rows[f"{name}_here"] = rows[name] + "|" + rows["prefecture"]
    return rows.astype("object").where(rows.notna(), None)


def distinct(records: pd.DataFrame) -> pd.DataFrame:
    """The records without duplicates, sorted by record_id: of several that have the same known entity and are
    equal in every column except record_id, the first stays. Records without an entity all stay. ``records``:
    of `linkage_records`."""
    ordered = records.sort_values("record_id", ignore_index=True)
    said = [c for c in ordered.columns if c != "record_id"]
    return ordered[ordered["entity"].isna() | ~ordered.duplicated(said)].reset_index(drop=True)


def _entries(registration: pd.DataFrame) -> pd.DataFrame:
    entry = pd.DataFrame(
        {
            "record_id": [registered(u) for u in registration["uscc"]],
            "entity": registration["uscc"],
            "uscc": registration["uscc"],
            "person": "no",
            "called": registration["name"],
            "located": registration["address_text"],
            "phone": registration["phone_ref"],
            "representative": registration["representative_ref"],
            "region_code": registration["region_code"],
        }
    )
    former = entry.assign(called=registration["former_names"]).explode("called").dropna(subset=["called"])
    former["record_id"] += "#" + former["called"]
    return pd.concat([entry, former.drop_duplicates("record_id")], ignore_index=True)


def _shops(shop: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "record_id": [of_shop(s) for s in shop["shop_id"]],
            "entity": known["entity"],
            "uscc": known["uscc"],
            "person": shop["operator_type"].map(_PERSON),
            "called": shop["operator_name"],
            "located": shop["address_text"],
            "phone": shop["phone_ref"],
            "representative": shop["representative_ref"],
            "identity": shop["operator_ref"],
            "region_code": shop["region_code"],
        }
    )
