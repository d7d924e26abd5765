"""Computes which operators are restricted and to which shops each operator is or was linked; shared by the
tables of joint restriction. Pure.

The ground (basis) of a restriction is an entry of the dishonesty list or a final penalty, with its legal
basis; it reaches a shop only over a link that is certain (deterministic): definitions.md#restriction. The
measure is what the restriction demands, such as `no_new_shops`."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from jobs.conform.linkage.deterministic import PERSON, person_id, standing_decisions
from jobs.conform.linkage.uscc import checked
from jobs.marts.public_names import kind_of_code, public_names

ENTRY, PENALTY = "dishonesty_entry", "penalty"  # values of basis
CERTAIN, PROBABLE = "deterministic", "probabilistic"  # kinds of link in silver.shop_operator
UNKNOWN = "unknown"  # item of a ground that does not state which list or which kind of penalty
NO_BASIS, NO_IDENTITY = "no_legal_basis", "no_identity"  # values of missing
# States: in effect; run out or removed; lifted by credit repair; revoked, or the link was corrected.
IN_EFFECT, ENDED, REPAIRED, WITHDRAWN = "in_effect", "ended", "repaired", "withdrawn"
STATES = (IN_EFFECT, ENDED, REPAIRED, WITHDRAWN)
FOREVER = pd.Timestamp("2200-01-01")
BASE = ["basis", "basis_id"]
MEASURES = [
    *("measure", "stops_sales", "months", "measure_zh", "measure_en"),
    *("measure_citation", "measure_rule_status"),
]
_OWN_NAMES = {
    "name_zh": "measure_zh",
    "name_en": "measure_en",
    "citation": "measure_citation",
    "status": "measure_rule_status",  # the ground has its own
}
CONFIRMED = "human_confirmation"  # link_basis of a link that an official confirmed


def restrictions(
    dishonesty_entry: pd.DataFrame,
    penalty: pd.DataFrame,
    enforcement_case: pd.DataFrame,
    restriction_measure: pd.DataFrame,
    as_of: date,
) -> pd.DataFrame:
    """Return the grounds that have begun by ``as_of``: one row per entry of the dishonesty list and per final
    penalty, sorted by basis and basis_id. The other arguments are the silver tables of these names.

    Columns, among others: basis (`dishonesty_entry` or `penalty`), basis_id (of the entry or penalty), item
    (list or kind of penalty), operator_id (null where no one is identified), operator_name (as it may be
    published), legal_basis, authority, authority_region_code, measure, its name as measure_zh and measure_en,
    stops_sales, measure_citation and measure_rule_status (the rule of the measure, not of the ground), state,
    missing (`no_legal_basis`, `no_identity` or null: a row with one restricts no one), and the timestamps
    starts_on, ends_on (last day of the term), repaired_on and ended_on: the first day without the
    restriction, null while it is in effect on ``as_of``.

    A restriction ends on the day of repair, removal or revocation, or on the day after its last day,
    whichever is first. A penalty that was revoked before or when it became final has no row."""
    rows = pd.concat([_entries(dishonesty_entry), _penalties(penalty, enforcement_case)], ignore_index=True)
    today = pd.Timestamp(as_of)
    rows = rows[rows["starts_on"].notna() & (rows["starts_on"] <= today)]
    rows = rows[~(rows["withdrawn_on"] <= rows["starts_on"])]
    rows = measured(rows.reset_index(drop=True), restriction_measure)
    rows["ends_on"] = rows["named_end"].fillna(_months_after(rows["starts_on"], rows["months"]))
    rows["run_out_on"] = day_after(rows["ends_on"])
    ends = {"withdrawn_on": WITHDRAWN, "repaired_on": REPAIRED, "removed_on": ENDED, "run_out_on": ENDED}
    days = pd.concat([rows[c].where(rows[c] <= today) for c in ends], axis=1).fillna(FOREVER)
    first = days.to_numpy().argmin(axis=1)
    ended = days.min(axis=1)
    rows["ended_on"] = _not_before(ended.where(ended < FOREVER), rows["starts_on"])
    names = np.array([*ends.values()], dtype=object)
    rows["state"] = np.where(rows["ended_on"].isna(), IN_EFFECT, names[first])
    bare = rows["legal_basis"].fillna("").astype(str).str.strip().eq("")
    rows["missing"] = np.select(
        [bare.to_numpy(bool), rows["operator_id"].isna().to_numpy(bool)],
        [NO_BASIS, NO_IDENTITY],
        default=np.array(None, dtype=object),
    )
    return rows.sort_values(BASE, ignore_index=True)


def off_the_list(dishonesty_entry: pd.DataFrame) -> pd.Series:
    """Return the first day on which each entry is no longer on the list: a series of timestamps with the
    index of ``dishonesty_entry`` (silver), NaT where no such day is known.

    It is the day of repair or removal, or the day after its last day, whichever is first; an end dated before
    the listing counts as on the day of listing."""
    ends = [pd.to_datetime(dishonesty_entry[c]) for c in ("repaired_on", "removed_on")]
    ends.append(day_after(pd.to_datetime(dishonesty_entry["expires_on"])))
    return _not_before(pd.concat(ends, axis=1).min(axis=1), pd.to_datetime(dishonesty_entry["listed_on"]))


def named_operators(dishonesty_entry: pd.DataFrame) -> pd.Series:
    """Return the operator that each entry of a dishonesty list names: its credit code where that is
    valid, else the id that `person_id` makes of the person's pseudonym, else null. A series with the
    index of ``dishonesty_entry`` (silver)."""
    code = checked(dishonesty_entry["operator_uscc"])["uscc"]
    persons = dishonesty_entry["person_ref"].map(lambda ref: person_id(ref) if isinstance(ref, str) else None)
    return code.where(code.notna(), persons)


def day_after(last: pd.Series) -> pd.Series:
    """Return the day after each of ``last``, the last days of terms (timestamps, NaT allowed): the first day
    without the restriction, since a term ends at midnight of its last day (Civil Code, 民法典, article 203).
    """
    return last + pd.Timedelta(days=1)


def _not_before(ends: pd.Series, begins: pd.Series) -> pd.Series:
    return ends.where(~(ends < begins), begins)


def _entries(entry: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "basis": ENTRY,
            "basis_id": entry["entry_id"],
            "item": entry["list"].fillna(UNKNOWN),
            "operator_id": named_operators(entry),
            "operator_name": _names(entry),
            "legal_basis": entry["legal_basis"],
            "authority": entry["authority"],
            "authority_region_code": entry["region_code"],
            "starts_on": pd.to_datetime(entry["listed_on"]),
            "named_end": pd.to_datetime(entry["expires_on"]),
            "repaired_on": pd.to_datetime(entry["repaired_on"]),
            "removed_on": pd.to_datetime(entry["removed_on"]),
            "withdrawn_on": pd.NaT,
        }
    ).astype({"withdrawn_on": "datetime64[ns]"})


def _penalties(penalty: pd.DataFrame, enforcement_case: pd.DataFrame) -> pd.DataFrame:
    final = penalty[penalty["final_on"].notna()]
    office = dict(zip(enforcement_case["case_id"], enforcement_case["office"], strict=True))
    empty = pd.to_datetime(pd.Series(pd.NaT, index=final.index))
    return pd.DataFrame(
        {
            "basis": PENALTY,
            "basis_id": final["penalty_id"],
            "item": final["kind"].fillna(UNKNOWN),
            "operator_id": checked(final["operator_uscc"])["uscc"],
            "operator_name": _names(final),
            "legal_basis": final["legal_basis"],
            "authority": final["case_id"].map(office),
            "authority_region_code": final["region_code"],
            "starts_on": pd.to_datetime(final["final_on"]),
            "named_end": empty,
            "repaired_on": empty,
            "removed_on": empty,
            "withdrawn_on": pd.to_datetime(final["revoked_on"]),
        }
    )


def _names(rows: pd.DataFrame) -> pd.Series:
    kinds = rows["operator_type"].where(rows["operator_type"].notna(), kind_of_code(rows["operator_uscc"]))
    return public_names(rows["operator_name"], kinds)


def measured(rows: pd.DataFrame, measure: pd.DataFrame) -> pd.DataFrame:
    """Return ``rows`` (grounds: basis, item, starts_on) with the columns MEASURES: the measure of the
    ground's basis and item that is valid on its starts_on, of several the one with the latest valid_from;
    without one, that of the item `unknown`; else null. ``measure``: silver.restriction_measure, whose
    valid_from and valid_to are inclusive."""
    known = measure.assign(
        valid_from=pd.to_datetime(measure["valid_from"]), valid_to=pd.to_datetime(measure["valid_to"])
    )
    keyed = rows[["basis", "item", "starts_on"]].assign(row=rows.index)
    parts = [keyed, keyed[keyed["item"] != UNKNOWN].assign(item=UNKNOWN)]
    found = pd.concat(
        [part.merge(known, on=["basis", "item"]).assign(place=place) for place, part in enumerate(parts)]
    )
    valid = ~(found["valid_from"] > found["starts_on"]) & ~(found["valid_to"] < found["starts_on"])
    found = found[valid].sort_values(["row", "place", "valid_from"], ascending=[True, True, False])
    best = found.drop_duplicates("row").set_index("row")
    return rows.join(best.rename(columns=_OWN_NAMES)[MEASURES])


def _months_after(days: pd.Series, months: pd.Series) -> pd.Series:
    """The same day of the month ``months`` later (the last day of a shorter month); missing where either
    argument is."""
    known = (days.notna() & months.notna()).to_numpy(bool)
    day = days.to_numpy()[known].astype("datetime64[D]")
    month = day.astype("datetime64[M]")
    later = month + months[known].to_numpy(float).astype(np.int64)
    last = (later + 1).astype("datetime64[D]") - 1
    found = pd.Series(pd.NaT, days.index, dtype="datetime64[ns]")
    found[known] = np.minimum(later.astype("datetime64[D]") + (day - month.astype("datetime64[D]")), last)
    return found


def certain_links(
    shop_operator: pd.DataFrame, shop: pd.DataFrame, enterprise: pd.DataFrame, link_decision: pd.DataFrame
) -> pd.DataFrame:
    """Return the links between shops and operators that are or were certain: one row per shop and operator,
    with shop_id, operator_id, link_basis, decision_id (the decision that made or ended it, null without one),
    and the timestamps linked_on (null: not dated) and unlinked_on (null: the link still holds). The arguments
    are the silver tables of these names.

    Present links are those of silver.shop_operator. A past link was confirmed by an official; or came from a
    credit code that the shop filed and that the register or the platform's check knows; or from the identity
    of a natural person. It ended when an official decided otherwise or the platform filed the shop under
    another operator, whichever was first."""
    held = shop_operator[shop_operator["kind"].eq(CERTAIN)]
    decided = _decisions(link_decision)
    said = decided[decided["same"]].drop_duplicates(["shop_id", "operator_id"], keep="last")
    now = held.rename(columns={"enterprise_id": "operator_id", "basis": "link_basis"})
    now = now[["shop_id", "operator_id", "link_basis"]].merge(
        said[["shop_id", "operator_id", "decision_id", "decided_on"]],
        on=["shop_id", "operator_id"],
        how="left",
    )
    by_person = now["link_basis"].eq(CONFIRMED)
    now["decision_id"] = now["decision_id"].where(by_person, None)
    now["linked_on"] = now["decided_on"].where(by_person)
    past = pd.concat([_confirmed_once(decided), _filed(shop, link_decision, enterprise)], ignore_index=True)
    moved = _moved(shop, enterprise, decided)
    past = pd.concat([past, moved[past.columns]], ignore_index=True)
    ended = [part for part in (_undone(past, decided), moved) if len(part)]
    if ended:
        ended = [pd.concat(ended).sort_values("unlinked_on", kind="stable")]
    links = [now.assign(unlinked_on=pd.NaT), *ended]
    columns = ["shop_id", "operator_id", "link_basis", "decision_id", "linked_on", "unlinked_on"]
    table = pd.concat(
        [part[columns].astype({"linked_on": "datetime64[ns]"}) for part in links if len(part)]
        or [pd.DataFrame(columns=columns)]
    )
    return table.drop_duplicates(["shop_id", "operator_id"]).reset_index(drop=True)


def _decisions(link_decision: pd.DataFrame) -> pd.DataFrame:
    """Decisions, the oldest first (a later one about the same shop and operator replaces it), with
    operator_id (the code), decided_on (timestamp) and same (bool)."""
    rows = link_decision.assign(
        operator_id=link_decision["uscc"],
        decided_on=pd.to_datetime(link_decision["decided_on"]),
        same=link_decision["same"].eq(True).to_numpy(bool),
    )
    return rows.sort_values(["decided_on", "decision_id"])


def _confirmed_once(decided: pd.DataFrame) -> pd.DataFrame:
    yes = decided[decided["same"]].drop_duplicates(["shop_id", "operator_id"])
    return yes[["shop_id", "operator_id"]].assign(link_basis=CONFIRMED, linked_on=yes["decided_on"])


def _filed(shop: pd.DataFrame, link_decision: pd.DataFrame, enterprise: pd.DataFrame) -> pd.DataFrame:
    """Codes that shops filed and the register or the platform's check knows, and natural persons who trade
    without a valid code, or from the day on which a decision denied it."""
    code = checked(shop["operator_uscc"])["uscc"]
    rows = pd.DataFrame({"shop_id": shop["shop_id"], "uscc": code})
    decided = standing_decisions(link_decision)
    no = decided.loc[~decided["same"].astype(bool), ["shop_id", "uscc", "decided_on"]]
    rows["denied_on"] = pd.to_datetime(rows.merge(no, on=["shop_id", "uscc"], how="left")["decided_on"]).array
    person = shop["operator_ref"].where(shop["operator_type"].eq("natural_person"))
    person = person.map(person_id, na_action="ignore").where(code.isna() | rows["denied_on"].notna())
    by_code = _sure(rows["shop_id"], code, shop["licence_verified"], enterprise)
    by_person = _sure(rows["shop_id"], person, shop["licence_verified"], enterprise)
    by_person = by_person.assign(linked_on=rows["denied_on"].loc[by_person.index])
    return pd.concat([by_code, by_person])


def _moved(shop: pd.DataFrame, enterprise: pd.DataFrame, decided: pd.DataFrame) -> pd.DataFrame:
    """Such codes and persons that shops filed once, with the day on which they were filed otherwise. A person
    with a code was linked from the last decision before that day that denied the code. One filed in several
    ways, as a code verified or not, was linked from the first of them to the last one's day."""
    filings = shop.get("former_operators", pd.Series(None, shop.index, dtype=object))
    filed = [
        (shop_id, *each.rsplit("/", 2))
        for shop_id, former in zip(shop["shop_id"], filings, strict=True)
        if isinstance(former, (list, tuple, np.ndarray))
        for each in former
    ]
    rows = pd.DataFrame(filed, columns=["shop_id", "code", "mark", "day"], dtype=object)
    rows["day"] = pd.to_datetime(rows["day"])
    rows = _since_denial(rows, decided).sort_values("day", kind="stable", ignore_index=True)
    found = _sure(rows["shop_id"], rows["code"], rows["mark"].eq("yes"), enterprise)
    days = rows.loc[found.index]
    found = found.assign(decision_id=None, linked_on=days["denied_on"], unlinked_on=days["day"])
    link = ["shop_id", "operator_id"]
    first = found.sort_values("linked_on", na_position="first", kind="stable").drop_duplicates(link)
    found = found.drop_duplicates(link, keep="last").drop(columns="linked_on")
    return found.merge(first[[*link, "linked_on"]], on=link)


def _since_denial(rows: pd.DataFrame, decided: pd.DataFrame) -> pd.DataFrame:
    """Former operators (`shop_id code mark day`) with ``denied_on``, without persons whose code, the mark,
    no decision had denied before the day."""
    no = decided.loc[~decided["same"], ["shop_id", "operator_id", "decided_on"]]
    both = rows.reset_index(names="row").merge(
        no, left_on=["shop_id", "mark"], right_on=["shop_id", "operator_id"]
    )
    last = both[both["decided_on"] < both["day"]].groupby("row")["decided_on"].max()
    rows = rows.assign(denied_on=pd.to_datetime(pd.Series(last, rows.index)))
    return rows[rows["mark"].isin(("yes", "no")) | rows["denied_on"].notna()]


def _sure(
    shop_id: pd.Series, operator: pd.Series, verified: pd.Series, enterprise: pd.DataFrame
) -> pd.DataFrame:
    """The certain links among shops and ``operator`` (codes, and ids that `person_id` made). A code as it was
    filed must not be passed: one that looks like such an id would count as a person."""
    there = operator.notna()
    shop_id, operator, verified = shop_id[there], operator[there], verified[there]
    person = np.array([str(each).startswith(PERSON) for each in operator], dtype=bool)
    code = checked(operator)["uscc"].mask(person, operator)
    registered = code.isin(enterprise.loc[enterprise["resolution"].eq("registered"), "enterprise_id"])
    registered &= ~person
    sure = code.notna() & (registered | person | verified.eq(True))
    rows = pd.DataFrame({"shop_id": shop_id, "operator_id": code})
    basis = np.select([registered, person], ["uscc", "operator_ref"], default="identity_filing")
    return rows.assign(link_basis=basis, linked_on=pd.NaT)[sure]


def _undone(past: pd.DataFrame, decided: pd.DataFrame) -> pd.DataFrame:
    """The links of ``past`` that a decision ended, with its day as unlinked_on: the first decision from the
    link's day on that denies it or confirms another operator of the shop."""
    other = decided[["shop_id", "operator_id", "same", "decided_on", "decision_id"]]
    both = past.merge(other, on="shop_id", suffixes=("", "_decided"))
    mine = both["operator_id"] == both["operator_id_decided"]
    ends = both[(mine != both["same"]) & ~(both["decided_on"] < both["linked_on"])]
    first = ends.sort_values(["decided_on", "decision_id"]).drop_duplicates(["shop_id", "operator_id"])
    return first.rename(columns={"decided_on": "unlinked_on"})
