"""What is certain about the operator of a shop: a person's decision, a valid code, an identity."""

from __future__ import annotations

import hashlib
from typing import Any

import pandas as pd

from jobs.conform.linkage.uscc import checked

PERSON = "N-"
OF_CODES = ("human_confirmation", "uscc", "identity_filing")  # bases whose entity is a code


def person_id(operator_ref: str) -> str:
    """The id of an operator who is a natural person, from the pseudonym of the identity."""
    return PERSON + hashlib.sha256(f"person:{operator_ref}".encode()).hexdigest()[:24]


def standing_decisions(link_decision: pd.DataFrame) -> pd.DataFrame:
    """The newest decision about each shop and code (of one day: that with the larger decision_id), codes in
    one spelling."""
    valid = link_decision.assign(uscc=checked(link_decision["uscc"])["uscc"]).dropna(subset=["uscc"])
    ordered = valid.sort_values(["decided_on", "decision_id"])
    return ordered.drop_duplicates(["shop_id", "uscc"], keep="last")


def known_operators(
    registration: pd.DataFrame, shop: pd.DataFrame, link_decision: pd.DataFrame
) -> pd.DataFrame:
    """For each row of ``shop``: `entity` and `basis` (null where nothing is certain), `fact` (a dict that
    explains), `uscc` (its code where that is certain, else the valid code that it filed unless a decision
    denies it), `invalid` (what is wrong with the one that it filed; not the number itself, which may be a
    person's).

    First what a person decided, then the code that it filed if the register has it, then the code if the
    platform verified the licence, then, where a natural person trades without a code, the identity.
    """
    codes = checked(shop["operator_uscc"])
    decided = standing_decisions(link_decision)
    confirmed = (
        decided[decided["same"].astype(bool)]
        .sort_values(["decided_on", "decision_id"])
        .drop_duplicates("shop_id", keep="last")
    )
    denied = denials(link_decision)
    confirmations = {row["shop_id"]: row for row in confirmed.to_dict("records")}
    names = dict(zip(registration["uscc"], registration["name"], strict=True))
    rows = []
    filed = (shop[c] for c in ("shop_id", "licence_verified", "operator_type", "operator_ref"))
    for shop_id, verified, kind, identity, code, problem in zip(
        *filed, codes["uscc"], codes["problem"], strict=True
    ):
        code = None if (shop_id, code) in denied else code
        entity: str | None
        if shop_id in confirmations:
            entity, basis, fact = _confirmed(confirmations[shop_id])
        elif code in names:
            entity, basis, fact = code, "uscc", {"uscc": code, "registered_name": names[code]}
        elif code is not None and verified is True:
            entity, basis, fact = code, "identity_filing", {"uscc": code, "licence_verified": True}
        elif code is None and kind == "natural_person" and isinstance(identity, str):
            entity, basis, fact = person_id(identity), "operator_ref", {"identity": "same pseudonym"}
        else:
            entity, basis, fact = None, None, {}
        rows.append((entity, basis, fact, entity if basis in OF_CODES else code, problem))
    return pd.DataFrame(rows, columns=["entity", "basis", "fact", "uscc", "invalid"], index=shop.index)


def denials(link_decision: pd.DataFrame) -> set[tuple[str, str]]:
    """(shop_id, uscc) of which a person said that they are not the same."""
    decided = standing_decisions(link_decision)
    no = decided[~decided["same"].astype(bool)]
    return set(zip(no["shop_id"], no["uscc"], strict=True))


def _confirmed(decision: dict[str, Any]) -> tuple[str, str, dict[str, Any]]:
    fact = {
        "decision_id": decision["decision_id"],
        "decided_on": str(decision["decided_on"]),
        "office": decision["office"],
    }
    return decision["uscc"], "human_confirmation", fact
