"""The operators of shops that are certain: by a person's decision, by a valid code, or by an identity."""

from __future__ import annotations

import hashlib
from typing import Any

import pandas as pd

from jobs.conform.linkage.uscc import checked

PERSON = "N-"
OF_CODES = ("human_confirmation", "uscc", "identity_filing")  # bases whose entity is a code


def person_id(operator_ref: str) -> str:
    """The id of an operator who is a natural person: PERSON and 24 hex digits, a hash of the pseudonym of the
    identity (silver.shop.operator_ref)."""
    return PERSON + hashlib.sha256(f"person:{operator_ref}".encode()).hexdigest()[:24]


def standing_decisions(link_decision: pd.DataFrame) -> pd.DataFrame:
    """The newest decision about each pair of shop_id and uscc; of several on one day, the one with the
    largest decision_id. ``link_decision``: silver.link_decision, persons' decisions whether a shop and a code
    are the same; its contract takes in valid codes only."""
    ordered = link_decision.sort_values(["decided_on", "decision_id"])
    return ordered.drop_duplicates(["shop_id", "uscc"], keep="last")


def known_operators(
    registration: pd.DataFrame, shop: pd.DataFrame, link_decision: pd.DataFrame
) -> pd.DataFrame:
    """What is certain about the operator of each shop: one row per row of ``shop``, with its index. The
    arguments are silver tables.

    Columns: `entity` (a code or a `person_id`) and `basis`, both null where nothing is certain; `fact`, a
    dictionary that explains it; `uscc`, the code of the entity where it is one, else the valid code that the
    shop filed unless a decision denies it; `invalid`, the problem of an invalid code that it filed
    (`uscc.PROBLEMS`; the code itself is left out, as it may be a person's number).

    The first that applies counts: a person's confirmation (`basis` human_confirmation); a filed code that is
    in the register (uscc); a filed code where the platform verified the licence (identity_filing); the
    identity of a natural person without a code (operator_ref).
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
    """The pairs (shop_id, uscc) of which the newest decision in silver.link_decision states that they are not
    the same."""
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
