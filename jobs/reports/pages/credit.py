"""The page credit.html on credit and joint restriction: shops that platforms have to restrict because of what
their operator was punished or listed for. It shows the tasks of today and who has to do them, coverage by
platform, links that a person has to review, credit classes of enterprises, how well they predict failures,
and comments of the parties concerned (right of reply)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pandas as pd

from jobs.arrays import dicts
from jobs.marts.law_names import NOT_READ
from jobs.marts.public_names import WITHHELD, not_to_be_shown, of_person, of_persons
from jobs.methods.rounding import fixed
from jobs.reports.authorities import authority, filed_office
from jobs.reports.chains import in_words, public_hops
from jobs.reports.citations import cited, law
from jobs.reports.downloads import csv_bytes
from jobs.reports.gathered import Gathered
from jobs.reports.index_parts import period_text
from jobs.reports.numbers import DASH, count, linked, missing, percent, span
from jobs.reports.pages.credit_classes import KIND, MODEL, SCORE, classes, counted, model
from jobs.reports.procedure import RULE_STATUS
from jobs.reports.rendering import Page
from jobs.reports.restriction_duties import HELD, SELLS, until
from jobs.reports.sent_lists import RESTRICTED
from jobs.reports.wording import INDIVIDUAL, Text, same

PATH = "credit.html"
RESTRICTION, RESPONSE, REVIEW, COVERAGE = (
    "gold.joint_restriction",
    "gold.restriction_response",
    "gold.restriction_review",
    "gold.restriction_coverage",
)
COMMENT, MEASURE = "silver.party_comment", "silver.restriction_measure"
BULLETIN = "gold.bulletin"
MOST = 50
SOON = timedelta(days=30)
ANSWER = timedelta(days=3)  # after which an unanswered notice is named
KEY = ["basis", "basis_id", "shop_id"]
LISTS = ("selling", "silent", "ending", "left")  # of shops, in the order of the page
ITEM = {
    "serious_violation": Text("列入严重违法失信名单", "serious violation"),
    "abnormal_operation": Text("列入经营异常名录", "abnormal operation"),
    "judgement_defaulter": Text("纳入失信被执行人名单", "judgement defaulter"),
    "licence_revoked": Text("吊销营业执照或者许可证件", "licence revoked"),
    "suspension": Text("责令停止生产、销售或者停产停业", "business suspended"),
    "confiscation": Text("没收违法所得、没收非法财物", "confiscation"),
    "fine": Text("罚款", "fine"),
    "warning": Text("警告", "warning"),
    "unknown": Text("未载明", "not stated"),
}
REASON = {
    "probabilistic_link": Text("概率性关联", "probable link"),
    "no_legal_basis": Text("缺少法律依据", "no legal basis"),
    "no_identity": Text("缺少主体身份信息", "no identity stated"),
}
PERSON = Text("自然人", "natural person")
UNIDENTIFIED = Text("未载明，或为自然人", "not stated, or a natural person")


def build(known: Gathered) -> Page:
    """Return the page credit.html. ``known``: the tables of one night. It shows at most MOST shops of a list
    and MOST reviews.

    Downloads are CSV: restrictions, reviews that are open, coverage, enterprises by month and credit class,
    and the report on the credit model. Page and downloads show no name and no identifier of a natural person,
    and no credit code beside a name that is withheld.
    """
    night = known.night
    rows = restrictions(known)
    coverage = night.frame(COVERAGE)
    reviews = night.frame(REVIEW)
    waiting = reviews[reviews["state"].eq("open")]
    held_of_persons = rows["held"] & of_persons(rows["operator_id"])
    context = {
        **today(known, rows),
        "reviews": [review(known, row) for row in dicts(surest(waiting).head(MOST))],
        "n_reviews": len(waiting),
        "n_shopless": int(waiting["shop_id"].eq("").sum()),
        "n_held": int(rows["held"].sum()),
        "n_decisions": len(rows.loc[rows["held"], ["basis", "basis_id"]].drop_duplicates()),
        "n_of_persons": len(rows.loc[held_of_persons, ["basis", "basis_id"]].drop_duplicates()),
        "n_operators": rows.loc[rows["held"], "operator_id"].nunique(),
        "n_lifted": int((~rows["held"]).sum()),
        "coverage": [covered(known, row) for row in dicts(_ordered(coverage))],
        "classes": classes(known),
        "model": model(known),
        "comments": _comments(known),
    }
    downloads = {
        "data/joint_restriction.csv": public(rows),
        "data/restriction_coverage.csv": csv_bytes(coverage),
        "data/restriction_review.csv": csv_bytes(waiting.assign(operator_id=_shown_ids(waiting))),
        "data/credit_classes.csv": csv_bytes(counted(known)),
        "data/credit_model_report.csv": csv_bytes(night.frame(MODEL)),
    }
    title = Text("信用与失信惩戒", "Credit and joint restriction")
    return Page(PATH, "credit.html", title, PATH, context, downloads)


def public(rows: pd.DataFrame) -> bytes:
    """Return rows of `restrictions` as CSV: gold.joint_restriction with the columns of
    gold.restriction_response, without the three further columns, the chain as one text, and without
    identifiers of natural persons and credit codes beside names that are withheld."""
    shown = rows.drop(columns=["held", "sells", "age"])
    return csv_bytes(
        shown.assign(
            operator_id=_shown_ids(shown),
            chain=[
                " → ".join(public_hops(hops, name))
                for hops, name in zip(shown["chain"], shown["operator_name"], strict=True)
            ],
        )
    )


def _shown_ids(rows: pd.DataFrame) -> pd.Series:
    """``operator_id`` of restrictions or reviews, missing where it may not be shown, as by `_code`."""
    ids = rows["operator_id"].astype(object)
    return ids.mask(not_to_be_shown(ids, rows["operator_name"]), None)


def restrictions(known: Gathered) -> pd.DataFrame:
    """Return all rows of gold.joint_restriction, also ended ones, with the columns of
    gold.restriction_response (missing where the platform has no row) and three more: held (in effect), sells
    (an order in the last 30 days) and age (days since the restriction began). Made once for all pages:
    callers must not change it."""
    kept: pd.DataFrame | None = known.__dict__.get("_restrictions")
    if kept is not None:
        return kept
    rows = known.night.frame(RESTRICTION).merge(known.night.frame(RESPONSE), on=KEY, how="left")
    today = pd.Timestamp(known.night.date)
    last = pd.to_datetime(rows["last_ordered_on"])
    made = rows.assign(
        held=rows["state"].eq(HELD).to_numpy(bool),
        sells=(last > today - SELLS).to_numpy(bool),
        age=(today - pd.to_datetime(rows["starts_on"])).dt.days,
    )
    known.__dict__["_restrictions"] = made
    return made


def today(known: Gathered, rows: pd.DataFrame) -> dict[str, Any]:
    """Return the tasks of today in four parts: ``selling`` (shops that sell though they must not), ``silent``
    (notices without an answer for more than ANSWER), ``ending`` (restrictions that end within SOON) and
    ``left`` (bans that outlast their restriction). Each part is a list of dicts (`shop`), those with most
    order lines first, at most MOST; n_<part> is the number of all, <part>_by that of each platform, as dicts
    of code, name and n.

    ``rows``: as `restrictions` returns them."""
    today = pd.Timestamp(known.night.date)
    held = rows[rows["held"]]
    ends = pd.to_datetime(held["ends_on"])
    parts = {
        "selling": held[held["stops_sales"].eq(True) & held["sells"]],
        "silent": held[held["acknowledged_on"].isna() & (held["age"] > ANSWER.days)],
        "ending": held[(ends >= today) & (ends <= today + SOON)],
        "left": rows[~rows["held"] & rows["ban_open"].eq(True)],
    }
    order = ["n_order_lines", *KEY]
    listed = {
        name: [
            shop(known, row)
            for row in dicts(part.sort_values(order, ascending=[False, True, True, True]).head(MOST))
        ]
        for name, part in parts.items()
    }
    counted = {f"n_{name}": len(part) for name, part in parts.items()}
    by = {
        f"{name}_by": [
            {"code": code, "name": known.names.of("platform", code), "n": n}
            for code, n in part["platform_code"]
            .value_counts()
            .sort_index()
            .sort_values(ascending=False, kind="stable")
            .items()
        ]
        for name, part in parts.items()
    }
    return {**listed, **counted, **by}


def shop(known: Gathered, row: dict[str, Any]) -> dict[str, Any]:
    """Return a row of `restrictions` as a dict for templates: notice, basis_kind and ground (what it is based
    on), shop, ``platform`` as (code, name) or None, operator and its code, item, ``basis`` and ``authority``
    of the ground, ``measure`` with its ``rule`` and rule_status, ``selling`` (it sells though it must not),
    starts, ``ends`` (`restriction_duties.until`), ``orders`` (lines), ``last`` order, ``listings``, days of
    ``acknowledged`` and ``acted``, ``age`` in days, and ``chain`` in words. A dash stands for what is
    missing."""
    code = row["platform_code"]
    return {
        "notice": row["notice_id"],
        "basis_kind": row["basis"],
        "ground": row["basis_id"],
        "shop": row["shop_id"],
        "platform": None if missing(code) else (code, known.names.of("platform", code)),
        "operator": _operator(row),
        "code": _code(row),
        "item": ITEM.get(row["item"], same(str(row["item"]))),
        "basis": same("") if missing(row["legal_basis"]) else law(str(row["legal_basis"])),
        "authority": _authority(known, row),
        "measure": _measure(known, row),
        "rule": cited(row["measure_citation"]),
        "rule_status": RULE_STATUS.get(row["measure_rule_status"]),
        "unread": row["measure_rule_status"] in NOT_READ,
        "selling": bool(row["stops_sales"]) and bool(row["sells"]),
        "starts": row["starts_on"],
        "ends": until(row["state"], row["ends_on"], row["ended_on"], row["basis"]),
        "orders": count(row["n_order_lines"]),
        "last": DASH if missing(row["last_ordered_on"]) else row["last_ordered_on"],
        "listings": count(row["n_listings"]),
        "acknowledged": DASH if missing(row["acknowledged_on"]) else row["acknowledged_on"],
        "acted": DASH if missing(row["acted_on"]) else row["acted_on"],
        "age": count(row["age"]),
        "chain": in_words(row["chain"], row["operator_name"]),
    }


def _authority(known: Gathered, row: dict[str, Any]) -> Text:
    """The deciding authority as filed; in English by its region, where the filed name is that authority's."""
    if missing(row["authority"]):
        return same(DASH)
    code = row["authority_region_code"]
    return filed_office(str(row["authority"]), None if missing(code) else authority(known, str(code)))


def _operator(row: dict[str, Any]) -> Text:
    """The operator of a restriction or review: the name, else the credit code, PERSON in place of the
    identifier of a natural person. A penalty of a natural person states neither, as does an entry that
    identifies no one (UNIDENTIFIED)."""
    name, party = row["operator_name"], row["operator_id"]
    if not missing(name):
        return INDIVIDUAL if name == WITHHELD else same(str(name))
    if missing(party):
        return UNIDENTIFIED
    return PERSON if of_person(str(party)) else same(str(party))


def _code(row: dict[str, Any]) -> str:
    """The operator's credit code; '' where it is not stated or stands for a natural person, and where the
    name is withheld, to which the register of codes would lead."""
    party = row["operator_id"]
    if missing(party) or row["operator_name"] == WITHHELD:
        return ""
    return "" if of_person(str(party)) else str(party)


def _measure(known: Gathered, row: dict[str, Any]) -> Text:
    """What a restriction makes platforms do, as its ground names it (one measure has several names)."""
    code = row["measure"]
    if missing(code):
        return same(DASH)
    rows = known.groups(MEASURE, "measure").get(code, [])
    of_ground = [r for r in rows if r["basis"] == row["basis"] and r["item"] == row["item"]]
    for each in (of_ground or rows)[:1]:
        return Text(each["name_zh"], each["name_en"])
    return same(str(code))


def surest(waiting: pd.DataFrame) -> pd.DataFrame:
    """Return ``waiting``, rows of gold.restriction_review, sorted: those without a link (no probability)
    first, then the most probable links."""
    return waiting.sort_values(
        ["probability", *KEY], ascending=[False, True, True, True], na_position="first"
    )


def review(known: Gathered, row: dict[str, Any]) -> dict[str, Any]:
    """Return a row of gold.restriction_review as a dict for templates: reason, basis_kind and ground, item,
    operator and its code, shop, ``platform`` as (code, name) or None, ``probability`` of the link as text,
    the ``office`` that decides, and since (day). A dash stands for what is missing. KeyError for a reason
    that REASON lacks."""
    office, code = row["office_region_code"], row["platform_code"]
    return {
        "reason": REASON[row["reason"]],
        "basis_kind": row["basis"],
        "ground": row["basis_id"],
        "item": ITEM.get(row["item"], same(str(row["item"]))),
        "operator": _operator(row),
        "code": _code(row),
        "shop": row["shop_id"] or DASH,
        "platform": None if missing(code) else (code, known.names.of("platform", code)),
        "probability": linked(row["probability"]) or DASH,
        "office": known.place(office) or same(DASH),
        "since": row["since"],
    }


def _ordered(coverage: pd.DataFrame) -> pd.DataFrame:
    """The nation first, then platforms with the most restrictions of shops."""
    return coverage.assign(first=coverage["dimension_type"].ne("nation")).sort_values(
        ["first", "n_shops", "dimension_code"], ascending=[True, False, True]
    )


def covered(known: Gathered, row: dict[str, Any]) -> dict[str, Any]:
    """Return a row of gold.restriction_coverage as texts: ``code`` (None for the nation) and ``name``,
    ``sent`` (restrictions in the last lists that platforms were sent), the counts of the row by their names,
    ``acknowledged`` and ``still_selling`` (shares with 95% limits), and ``median`` and ``p90`` of the days to
    the acknowledgement. A dash stands for what is missing."""
    nation = row["dimension_type"] == "nation"
    sent = _sent(known)
    days = [DASH if missing(row[c]) else fixed(row[c], 0) for c in ("median_days", "p90_days")]
    return {
        "code": None if nation else row["dimension_code"],
        "name": KIND["nation"] if nation else known.names.of("platform", row["dimension_code"]),
        "sent": count(sum(sent.values())) if nation else count(sent.get(row["dimension_code"], 0)),
        **{
            name: count(row[name])
            for name in (
                "n_shops n_learned n_acknowledged n_acted n_must_stop n_still_selling n_reviews n_ban_left "
                "n_ended"
            ).split()
        },
        **{
            name: DASH
            if missing(row[f"{name}_share"])
            else f"{percent(row[f'{name}_share'])} ({span(row[f'{name}_low'], row[f'{name}_high'])})"
            for name in ("acknowledged", "still_selling")
        },
        "median": days[0],
        "p90": days[1],
    }


def _sent(known: Gathered) -> dict[str, int]:
    """Platform → restrictions of shops in the list that it was sent last before this night."""
    lists = known.night.frame(RESTRICTED)
    return {code: int(n) for code, n in zip(lists["platform_code"], lists["rows"], strict=True)}


def _comments(known: Gathered) -> dict[str, Any]:
    """Return how many comments of parties there are, how many of them gold.bulletin lists beside the result,
    how many have a day on which the authority placed them there (without one they may be placed too), and how
    many scores of the newest month are shown with a comment or an objection.
    """
    comments = known.night.frame(COMMENT)
    listed = known.night.frame(BULLETIN)["comment_days"].dropna()
    placed = int(comments["placed_on"].notna().sum())
    scores = known.night.frame(SCORE)
    newest = scores[scores["month"] == scores["month"].max()] if len(scores) else scores
    return {
        "n": count(len(comments)),
        "listed": count(int(listed.map(len).sum())),
        "placed": count(placed),
        "beside": count(int((newest["n_comments"] > 0).sum())),
        "appealed": count(int((newest["n_appeals"] > 0).sum())),
        "appeals": count(int(newest["n_appeals"].sum())),
        "month": period_text(("month", newest["month"].iloc[0])) if len(newest) else same(DASH),
    }
