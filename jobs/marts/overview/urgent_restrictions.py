"""Makes urgent items of restrictions of operators: for platforms one when a shop becomes restricted and one
when that ends, and for regions the same for each entry or penalty that they decided. Pure. COLUMNS and roles
are those of `urgent_kinds`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from jobs.marts.credit.restrictions import BASE, ENTRY, IN_EFFECT, PENALTY, off_the_list
from jobs.marts.law_names import NOT_READ, in_both
from jobs.marts.overview.queue_signals import HOUSE_RULE
from jobs.marts.overview.urgent_kinds import WINDOW, item_rows, stacked
from jobs.marts.public_names import of_persons

LISTS = {  # an entry begins, an entry ends, the list in English
    "serious_violation": ("列入严重违法失信名单", "移出严重违法失信名单", "list of serious violations"),
    "abnormal_operation": ("列入经营异常名录", "移出经营异常名录", "list of abnormal operation"),
    # A court's list: the provisions of the Supreme People's Court on it say 纳入 and 删除.
    "judgement_defaulter": (
        "纳入失信被执行人名单",
        "从失信被执行人名单中删除",
        "list of judgement defaulters",
    ),
}
UNNAMED = ("列入失信名单", "移出失信名单", "list of dishonesty")
VERIFIED = "identity_filing"  # link_basis of a link that only the platform's check of the code makes certain
LISTED, LIFTED = "listed", "lifted"  # endings of kind: a restriction begins, ends
DECISION = "silver.link_decision:"  # a hop of a chain
# Columns of gold.joint_restriction from which the references of an item, and the day of a link, are made.
NAMED = ["basis", "basis_id", "shop_id", "chain", "by_filing"]
LINK = ["operator_id", "link_basis", "unlinked_on"]
GROUND = ["item", "legal_basis", "unlinked"]  # what the reason of an item is made of, beside its measure
OWN_RULE = ("本项目规定", "this project's own rule")


class Measure(NamedTuple):
    """The measure of a ground in Chinese and English, with the rule that it is based on, and its last day
    (None: no end on file)."""

    zh: str
    en: str
    until: date | None


Measures = Mapping[tuple[str, str], Measure]  # by (basis, basis_id) of the ground


def measures(restrictions: pd.DataFrame) -> Measures:
    """Return (basis, basis_id) of each ground → its `Measure` (definitions.md#restriction). Grounds without a
    measure are left out. ``restrictions``: as returned by `credit.restrictions.restrictions`."""
    columns = [*BASE, "measure_zh", "measure_en", "measure_citation", "measure_rule_status", "ends_on"]
    rows = restrictions.loc[restrictions["measure_zh"].notna(), columns]
    return {
        (basis, number): Measure(*_with_rule(zh, en, citation, status), None if pd.isna(end) else end.date())
        for basis, number, zh, en, citation, status, end in rows.itertuples(index=False)
    }


def _with_rule(zh: str, en: Any, citation: Any, status: Any) -> tuple[str, str]:
    en = zh if pd.isna(en) else en
    stated = not pd.isna(citation) and str(citation).strip()
    rule = in_both(str(citation)) if stated else OWN_RULE if status == HOUSE_RULE else None
    said = [words for words in (rule, NOT_READ.get(status)) if words is not None]
    if not said:
        return zh, en
    return f"{zh}（{'；'.join(w[0] for w in said)}）", f"{en} ({'; '.join(w[1] for w in said)})"


def of_shops(
    joint_restriction: pd.DataFrame,
    shop: pd.DataFrame,
    platform: pd.DataFrame,
    measures: Measures,
    as_of: date,
) -> pd.DataFrame:
    """Return urgent items (COLUMNS of `urgent_kinds`) about restricted shops: for each registered platform
    one row when a restriction of one of its shops begins and one when it has ended. It begins on the first
    day on which both the restriction and the link of the shop to the operator hold, and ends on the first day
    without one of them. Where the operator is a natural person, the row names the shop only. The beginning of
    a restriction that has ended is withheld. Where another restriction of the shop holds, the row of an end
    says so.

    ``joint_restriction``: gold; ``shop``, ``platform``: silver; ``measures``: as `measures` returns them;
    ``as_of``: day of the run. A restriction in effect that began more than WINDOW before it is left out, and
    one that has ended both began and ended before that."""
    rows = joint_restriction[joint_restriction["platform_code"].isin(platform["platform_code"])]
    linked = _linked(rows, shop)
    linked = linked.where(linked <= pd.Timestamp(as_of))
    later = rows["linked_on"].isna() & linked.gt(pd.to_datetime(rows["starts_on"]))
    rows = rows.assign(linked_on=linked, by_filing=(later | rows["unlinked_on"].notna()).to_numpy(bool))
    rows = rows.assign(
        id=rows["notice_id"],
        enterprise_id=rows["operator_id"].mask(of_persons(rows["operator_id"]), None),
        begins=_days(rows, "starts_on", "linked_on").max(axis=1),
        ends=pd.to_datetime(rows["ended_on"]),
        over=rows["state"].ne(IN_EFFECT).to_numpy(bool),
        unlinked=(rows["unlinked_on"].notna() & (rows["unlinked_on"] == rows["ended_on"])).to_numpy(bool),
    )
    held = rows.loc[~rows["over"], "shop_id"]
    rows = rows.assign(more=rows["shop_id"].isin(held).to_numpy(bool))
    last = rows["begins"].where(~rows["over"], rows[["begins", "ends"]].max(axis=1))
    rows = rows[~(last < pd.Timestamp(as_of - WINDOW))]
    rows = rows.assign(evidence=[_evidence(row) for row in _records(rows, NAMED)])
    return _items(
        rows,
        "platform",
        "platform_code",
        ("；该网店另有限制生效", "; another one of the shop holds"),
        measures,
    )


def of_entries(dishonesty_entry: pd.DataFrame, measures: Measures, as_of: date) -> pd.DataFrame:
    """Return urgent items (COLUMNS of `urgent_kinds`) about entries of dishonesty lists: for the region that
    listed the operator, one row when the entry begins and one when it has ended by removal, repair or expiry
    on or before ``as_of``. The row of the beginning of an ended entry is withheld. Entries of other lists
    than LISTS, and those without a legal basis, are left out. ``dishonesty_entry``: silver; ``measures``: as
    `measures` returns them."""
    based = dishonesty_entry["legal_basis"].fillna("").astype(str).str.strip().ne("")
    entry = dishonesty_entry[dishonesty_entry["list"].isin(LISTS) & based]
    begins, ends = pd.to_datetime(entry["listed_on"]), off_the_list(entry)
    rows = entry.assign(
        id=entry["entry_id"],
        basis=ENTRY,
        basis_id=entry["entry_id"],
        item=entry["list"],
        enterprise_id=entry["operator_uscc"],
        begins=begins,
        ends=ends,
        over=(ends.notna() & ends.le(pd.Timestamp(as_of))).to_numpy(bool),
        evidence="silver.dishonesty_entry/" + entry["entry_id"],
        unlinked=False,
    )
    stands = rows.loc[~rows["over"] & begins.le(pd.Timestamp(as_of)), "enterprise_id"].dropna()
    rows = rows.assign(more=rows["enterprise_id"].isin(stands).to_numpy(bool))
    more = ("；该经营者另有记录在列", "; another entry of the operator stands")
    return _items(rows, "operator_region", "region_code", more, measures)


def of_penalties(restrictions: pd.DataFrame, measures: Measures) -> pd.DataFrame:
    """Return urgent items (COLUMNS of `urgent_kinds`) about penalties that restrict an operator: for the
    region whose office imposed the penalty, one row when it became final and one when it was revoked or its
    term has ended, also where it reaches no shop. The row of the beginning of an ended one is withheld.

    ``restrictions``: as returned by `credit.restrictions.restrictions`, of which penalties that restrict no
    one (``missing`` is stated) and the rows of list entries are left out; ``measures``: as `measures` returns
    them."""
    rows = restrictions[restrictions["basis"].eq(PENALTY) & restrictions["missing"].isna()]
    rows = rows.assign(
        id="LC-CF-" + rows["basis_id"],
        enterprise_id=rows["operator_id"],
        region_code=rows["authority_region_code"],
        begins=pd.to_datetime(rows["starts_on"]),
        ends=pd.to_datetime(rows["ended_on"]),
        over=rows["state"].ne(IN_EFFECT).to_numpy(bool),
        evidence="silver.penalty/" + rows["basis_id"],
        unlinked=False,
        more=False,
    )
    return _items(rows, "operator_region", "region_code", ("", ""), measures)


def _items(
    rows: pd.DataFrame, role: str, party: str, more: tuple[str, str], measures: Measures
) -> pd.DataFrame:
    """Urgent items for the beginning and, where it is over, the end of each of ``rows`` (columns `id basis
    basis_id item legal_basis enterprise_id begins ends over evidence unlinked more`). The beginning of
    one that is over is withheld as no news. ``more``: Chinese and English words added to the reason of an end
    where the row's `more` is true, as another restriction goes on. ``measures``: as `measures` has them."""
    parts = []
    for what, mine, when in ((LISTED, rows, "begins"), (LIFTED, rows[rows["over"]], "ends")):
        zh, en = _reasons(mine, what, measures)
        if what == LIFTED:
            zh, en = (
                text + mine["more"].map({True: said, False: ""}).astype(object)
                for text, said in zip((zh, en), more, strict=True)
            )
        mine = mine.assign(
            item_id="R/" + mine["id"] + f"/{what}",
            kind=f"restriction_{what}",
            reason_zh=zh,
            reason_en=en,
        )
        parts.append(
            item_rows(
                mine,
                role=role,
                party=mine[party],
                evidence=mine["evidence"],
                occurred=mine[when],
                held=mine["over"] if what == LISTED else None,
                why="ended",
            )
        )
    return stacked(parts)


def _reasons(rows: pd.DataFrame, what: str, measures: Measures) -> tuple[pd.Series, pd.Series]:
    said = ("；措施：", "; measure: ") if what == LISTED else ("；所解除的措施：", "; measure that ends: ")
    texts = []
    for basis, number, item, law, unlinked in rows[[*BASE, *GROUND]].itertuples(index=False):
        words = _reason(basis, item, law, what, unlinked)
        measure = measures.get((basis, number))
        if measure is not None:
            # An end states its day; of a beginning the party has to know how long to keep to it.
            day = measure.until if what == LISTED else None
            zh, en = ("", "") if day is None else (f"，至{day}止", f", until {day}")
            words = words[0] + said[0] + measure.zh + zh, words[1] + said[1] + measure.en + en
        texts.append(words)
    zh, en = (pd.Series([text[n] for text in texts], rows.index, dtype=object) for n in (0, 1))
    return zh, en


def _reason(basis: str, item: str, law: str, what: str, unlinked: bool) -> tuple[str, str]:
    begins = what == LISTED
    if basis == ENTRY:
        entered, left, name = LISTS.get(item, UNNAMED)
        zh, en = entered if begins else left, f"{'on' if begins else 'off'} the {name}"
    elif begins:
        zh, en = "行政处罚已过行政复议、行政诉讼期限，或者经复议、诉讼维持", "a penalty became final"
    else:
        zh, en = "行政处罚被撤销或限制期满", "the penalty was revoked or its term is over"
    if unlinked and not begins:
        zh, en = "网店不再确定属于被限制的经营者", "the shop is no longer with certainty the operator's"
    law_zh, law_en = in_both(law)
    # The law is that of the entry or penalty; the rule of the measure stands with the measure.
    of_zh, of_en = "处罚依据", "the penalty"
    if basis == ENTRY:
        of_zh, of_en = f"{LISTS.get(item, UNNAMED)[0][:2]}依据", "the entry"
    return f"{zh}（{of_zh}：{law_zh}）", f"{en} (basis of {of_en}: {law_en})"


def _evidence(row: dict[str, Any]) -> str:
    """References to the ground of the restriction and to the decisions about the link; without a decision, to
    the shop where the platform's filing began or ended the link."""
    hops = [hop.removeprefix(DECISION) for hop in row["chain"] if hop.startswith(DECISION)]
    decided = [f"silver.link_decision/{decision}" for decision in hops]
    also = decided or ([f"silver.shop/{row['shop_id']}"] if row["by_filing"] else [])
    return "; ".join([f"silver.{row['basis']}/{row['basis_id']}", *also])


def _linked(rows: pd.DataFrame, shop: pd.DataFrame) -> pd.Series:
    """The day from which each row's shop was the operator's: the stated one; else the last day before the
    link's end on which the platform filed another operator than before; else the day on which the shop
    opened."""
    at = shop.drop_duplicates("shop_id").set_index("shop_id")
    stated = pd.to_datetime(rows["linked_on"])
    open_ = rows[stated.isna()]
    opened = pd.to_datetime(open_["shop_id"].map(at["opened_on"]))
    former = open_["shop_id"].map(at["former_operators"])
    open_, former = open_[former.notna()], former[former.notna()]  # few shops had another operator
    filed = [_filed(row, each) for row, each in zip(_records(open_, LINK), former, strict=True)]
    days = pd.Series(pd.to_datetime(pd.Series(filed, dtype=object)).array, open_.index)
    return stated.fillna(days).fillna(opened)


def _records(rows: pd.DataFrame, names: list[str]) -> list[dict[str, Any]]:
    return rows[names].to_dict("records")


def _filed(row: dict[str, Any], former: Any) -> pd.Timestamp | None:
    """The last day, before the link's end, on which the platform began to file another operator than before;
    None where there is no such day. ``former``: former_operators of silver.shop, each code/mark/day.

    Entries of the operator itself count only where the link stands by the platform's verification alone.
    Otherwise the register knows the code, and the shop was the operator's whether or not the platform had
    verified it.
    """
    ended = pd.Timestamp(row["unlinked_on"])
    days = []
    for each in former if isinstance(former, (list, tuple, np.ndarray)) else ():
        code, mark, day = each.rsplit("/", 2)
        same = code == row["operator_id"] and row["link_basis"] != VERIFIED
        if mark in ("yes", "no") and not same and not pd.Timestamp(day) >= ended:
            days.append(pd.Timestamp(day))
    return max(days, default=None)


def _days(rows: pd.DataFrame, *columns: str) -> pd.DataFrame:
    return pd.concat([pd.to_datetime(rows[name]) for name in columns], axis=1)
