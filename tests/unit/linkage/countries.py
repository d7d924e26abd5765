"""Frames of silver from a country whose truth is known, and how well operators were found."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa

from jobs.environment import SCHEMAS
from jobs.ingest.personal import pseudonyms
from jobs.simulate.country.authorities.registers import registration
from jobs.simulate.country.filing import filed
from jobs.simulate.country.world import World, world

KEY = b"a key of the tests, 32 bytes long"
FILED = (
    "filed_name filed_uscc filed_address filed_phone filed_representative filed_person_id "
    "filed_type licence_verified how"
).split()
DECISION = ("decision_id", "shop_id", "uscc", "same", "decided_on", "office")


@dataclass(frozen=True)
class Country:
    """``frames``: what resolve() takes. The row of the true operator of each shop (``truth``, by shop_id) and
    register entry (``registered``)."""

    frames: dict[str, pd.DataFrame]
    truth: pd.Series
    registered: pd.Series


def country(
    seed: int,
    records: int,
    *,
    without_code: float = 0.0,
    unregistered: float = 0.1,
    of_one_owner: float = 0.0,
    namesakes: float = 0.0,
    worn: float = 0.0,
) -> Country:
    """The country of a seed as silver has it. ``without_code``: further share of shops that file no code;
    ``unregistered``: share of enterprises that the register lacks; ``of_one_owner``: share that has address,
    telephone, representative and region of another;
    ``namesakes``: share that has name and region of another;
    ``worn``: share of shops of which each of these holds on its own: no telephone, another one, no
    representative, no address, an address without numbers, no region; of a fifth as many, a wrong letter
    in the name."""
    made, rng = world(seed, records, date(2026, 6, 30), 18), np.random.default_rng(seed)
    owned = _in_pairs(
        made.enterprises, of_one_owner, ("region_code", "city", "address", "phone", "representative"), rng
    )
    made = replace(made, enterprises=_in_pairs(owned, namesakes, ("region_code", "city", "name"), rng))
    shops = made.shops.drop(columns=FILED)
    shops = pd.concat([shops, filed(seed, "history", shops, made.enterprises)], axis=1)
    shops.loc[rng.random(len(shops)) < without_code, "filed_uscc"] = None
    shops = _worn(shops, worn, rng)
    entries = registration(made).sort_values("_known", kind="stable").drop_duplicates("uscc", keep="last")
    entries = entries[rng.random(len(entries)) >= unregistered]
    frames = {
        "registration": _objects(
            entries.assign(
                phone_ref=_pseudonyms(entries["phone_ref"], "phone"),
                representative_ref=_pseudonyms(entries["representative_ref"], "name"),
            )
        ),
        "shop": _silver_shop(made, shops),
        "link_decision": pd.DataFrame({c: pd.Series(dtype="object") for c in DECISION}),
        "region": pd.read_csv(SCHEMAS / "reference" / "region.csv", dtype=str),
    }
    rows = pd.Series(np.arange(len(made.enterprises)), index=made.enterprises["uscc"].to_numpy())
    truth = pd.Series(shops["enterprise"].to_numpy(), index=shops["shop_id"].to_numpy())
    return Country(frames, truth, rows[rows.index.notna()].loc[frames["registration"]["uscc"]])


def _in_pairs(
    enterprises: pd.DataFrame, share: float, columns: tuple[str, ...], rng: np.random.Generator
) -> pd.DataFrame:
    """The enterprises, a share of them in pairs that agree in these columns."""
    business = np.flatnonzero(enterprises["uscc"].notna())
    pairs = rng.permutation(business)[: int(share * len(business)) // 2 * 2].reshape(-1, 2)
    changed = enterprises.copy()
    for column in columns:
        changed.loc[pairs[:, 1], column] = enterprises[column].to_numpy()[pairs[:, 0]]
    return changed


def _worn(shops: pd.DataFrame, share: float, rng: np.random.Generator) -> pd.DataFrame:
    """The shops, some of whose filings are worse than the country makes them."""

    def some(part: float = 1.0) -> np.ndarray:
        return rng.random(len(shops)) < share * part

    another = "1549" + pd.Series(rng.integers(10**6, 10**7, len(shops)), index=shops.index).astype(str)
    address, name = shops["filed_address"], shops["filed_name"]
    return shops.assign(
        filed_phone=shops["filed_phone"].mask(some(), another).mask(some()),
        filed_representative=shops["filed_representative"].mask(some()),
        filed_address=address.mask(some(), address.str.replace(r"[0-9].*", "", regex=True)).mask(some()),
        nowhere=some(),
        filed_name=name.mask(some(0.2), name.str[:3] + "误" + name.str[4:]),
    )


def _silver_shop(made: World, shops: pd.DataFrame) -> pd.DataFrame:
    """As landing and conform leave it: no name and address of natural persons, pseudonyms for the rest."""
    regions = made.enterprises["region_code"].to_numpy()[shops["enterprise"]]
    codes = made.platforms["platform_code"].to_numpy()[shops["platform"]]
    person = shops["filed_type"] == "natural_person"
    return _objects(
        pd.DataFrame(
            {
                "shop_id": shops["shop_id"],
                "platform_code": codes,
                "name": shops["name"],
                "operator_name": shops["filed_name"].mask(person),
                "operator_uscc": shops["filed_uscc"].str.normalize("NFKC"),
                "operator_type": shops["filed_type"],
                "operator_ref": _pseudonyms(shops["filed_person_id"], "id"),
                "region_code": pd.Series(regions, index=shops.index).mask(shops["nowhere"]),
                "address_text": shops["filed_address"].mask(person),
                "phone_ref": _pseudonyms(shops["filed_phone"], "phone"),
                "representative_ref": _pseudonyms(
                    shops["filed_representative"].fillna(shops["filed_name"].where(person)), "name"
                ),
                "licence_verified": shops["licence_verified"].astype("object"),
                "opened_on": pd.to_datetime(shops["opened_on"]).dt.date,
                "closed_on": pd.to_datetime(shops["closed_on"]).dt.date,
            }
        )
    )


def _pseudonyms(values: pd.Series, kind: str) -> list[str | None]:
    return pseudonyms(pa.array(values, pa.string(), from_pandas=True), kind, KEY).to_pylist()


def _objects(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.astype("object").where(frame.notna(), None).reset_index(drop=True)


def with_register(links: pd.DataFrame, made: Country) -> tuple[pd.DataFrame, pd.Series]:
    """Links and truth of the shops, and of the register's entries, which are what their code says."""
    entries = made.frames["registration"]["uscc"]
    found = pd.concat(
        [
            links[["shop_id", "enterprise_id", "kind"]],
            pd.DataFrame({"shop_id": entries, "enterprise_id": entries, "kind": "deterministic"}),
        ]
    )
    return found.reset_index(drop=True), pd.concat(
        [made.truth.loc[links["shop_id"]], made.registered]
    ).reset_index(drop=True)


def pairwise(found: pd.Series, truth: pd.Series, apart_from: pd.Series | None = None) -> dict[str, float]:
    """Precision, recall and F1 over pairs of rows that stand together. ``apart_from``: pairs of two of these
    rows do not count."""
    both = found.astype(str) + "|" + truth.astype(str)
    keep = pd.Series(True, index=found.index) if apart_from is None else apart_from

    def pairs(labels: pd.Series) -> int:
        counts = labels.value_counts()
        left_out = labels[keep].value_counts() if apart_from is not None else counts * 0
        return int((counts * (counts - 1) // 2).sum() - (left_out * (left_out - 1) // 2).sum())

    right, said, true = pairs(both), pairs(found), pairs(truth)
    precision, recall = right / said if said else 1.0, right / true if true else 1.0
    return {"precision": precision, "recall": recall, "f1": 2 * right / (said + true) if said + true else 1.0}
