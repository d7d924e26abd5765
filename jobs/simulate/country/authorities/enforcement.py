"""What regulators do with the parties of a sample or a complaint: they hear objections and comments, dispose
of goods, open cases, impose penalties, and send requests to other regions.

Functions return tables of one quarter with the columns of the silver table and hidden ones (see the
package). ``quarter`` is its first month as text, such as 202601; ``steps`` are the tested samples with the
days of their steps (`procedure.procedure`), ``exits`` the purchases with an exit before the test.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from jobs.arrays import NOTHING
from jobs.simulate.country.authorities.days import DAY, NEVER, after
from jobs.simulate.country.authorities.goods import Market
from jobs.simulate.country.authorities.words import COMMENTS, OBJECTIONS
from jobs.simulate.country.streams import stream
from jobs.simulate.country.texts import digits, joined, picked
from jobs.simulate.country.words import SYNTHETIC
from jobs.simulate.country.world import World

D = "datetime64[D]"
BASIS = {
    "quality": "产品质量法第四十九条",
    "counterfeit": "商标法第六十条",
    "label": "产品质量法第五十四条",
    "commerce": "电子商务法第七十六条",
}
# Penalties that the article of BASIS has, with how often each is imposed.
PENALTIES = {
    "quality": {"fine": 66, "confiscation": 22, "suspension": 8, "licence_revoked": 4},
    "counterfeit": {"fine": 75, "confiscation": 25},
    "label": {"fine": 70, "confiscation": 22, "suspension": 8},
    "commerce": {"fine": 1},
}
MOST = {"commerce": 10_000.0}  # highest fine of the article in yuan, where it states one


def _days(rows: pd.DataFrame, column: str) -> np.ndarray:
    return rows[column].to_numpy(D)


def _numbered(prefix: str, quarter: str, size: int) -> list[str]:
    return joined(f"{prefix}-{quarter}-", digits(np.arange(size) + 1, 6)).to_pylist()


def province(codes: np.ndarray) -> np.ndarray:
    """Return the province (six digits) of each of the region ``codes``, an object array; None for None."""
    return np.array([None if c is None else c[:2] + "0000" for c in codes], object)


def offices(world: World, codes: np.ndarray) -> np.ndarray:
    """Return the name of the market regulation office that is responsible for each of the region ``codes``,
    an object array; None for None. Raises KeyError for a code that is no current region's."""
    names = world.references.names
    return np.array([None if c is None else f"{names[c][0]}市场监督管理局{SYNTHETIC}" for c in codes], object)


def objections(
    market: Market, steps: pd.DataFrame, quarter: str
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return three tables: silver.objection, silver.reinspection and silver.party_comment of a quarter's
    samples, one row per objection, request for re-inspection and comment. ``steps``: of
    `procedure.procedure`; ``quarter``: its first month as text, such as 202601, which identifiers contain."""
    rng, rows = (
        stream(market.world.seed, "objections", quarter),
        steps[steps.objection.notna()].reset_index(drop=True),
    )
    maker = (rows.objection == "authenticity").to_numpy() | (rng.random(len(rows)) < 0.4)
    decided = rows[["objection_overturned", "objection_upheld", "objection_rejected"]]
    decision = np.where(
        decided.objection_overturned.notna(),
        "overturned",
        np.where(decided.objection_upheld.notna(), "upheld", "rejected"),
    )
    stated = pd.DataFrame(
        {
            "objection_id": _numbered("YY", quarter, len(rows)),
            "sample_id": rows.sample_id,
            "filed_on": _days(rows, "objected"),
            "kind": rows.objection,
            "party": np.where(maker, "producer", "seller"),
            "party_name": np.where(maker, rows.producer_name, rows.seller_name),
            "party_uscc": np.where(maker, rows.producer_uscc, rows.seller_uscc),
            "text": rows.objection.map(OBJECTIONS),
            "decision": decision,
            "decided_on": decided.bfill(axis=1).iloc[:, 0].to_numpy(D) if len(rows) else np.array([], D),
            "_office": rows.office,
            "_known": _days(rows, "objected") + DAY,
        }
    )
    asked = steps[steps.reinspection_requested.notna()].reset_index(drop=True)
    issued = _days(asked, "reinspection_issued")
    labs = market.world.labs["lab_id"].to_numpy(object)
    again = pd.DataFrame(
        {
            "reinspection_id": _numbered("FJ", quarter, len(asked)),
            "sample_id": asked.sample_id,
            "requested_on": _days(asked, "reinspection_requested"),
            "accepted": ~np.isnat(issued),
            "lab_id": np.where(np.isnat(issued), None, labs[asked.again_lab.to_numpy(int)]),
            "issued_on": issued,
            "outcome": np.where(
                np.isnat(issued), NOTHING, np.where(asked.overturned, "conforming", "nonconforming")
            ),
            "backup_intact": ~np.isnat(issued) | (rng.random(len(asked)) < 0.5),
            "_office": asked.office,
            "_known": _days(asked, "reinspection_requested") + DAY,
        }
    )
    spoke = steps[steps.finalised.notna() & (rng.random(len(steps)) < 0.1)].reset_index(drop=True)
    received = after(_days(spoke, "finalised"), rng.integers(0, 6, len(spoke)))
    comments = pd.DataFrame(
        {
            "comment_id": _numbered("YJ", quarter, len(spoke)),
            "received_on": received,
            "sample_id": spoke.sample_id,
            "party": "producer",
            "party_name": spoke.producer_name,
            "party_uscc": spoke.producer_uscc,
            "text": picked(rng, COMMENTS, len(spoke)),
            "_office": spoke.office,
            "_known": received,
        }
    )
    return stated, again, comments


def _opened_and_closed(
    rng: np.random.Generator, origin: str, rows: pd.DataFrame
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """When the cases of one origin are opened and closed, and on which basis."""
    size = len(rows)
    if origin == "sample":
        basis = np.full(size, "quality", object)
        return _days(rows, "enforcement_opened"), _days(rows, "enforcement_closed"), basis
    if origin == "exit":
        opened = after(_days(rows, "exited_on"), rng.integers(3, 20, size))
        basis = np.where(rows.exit_reason == "suspected_counterfeit", "counterfeit", "label")
        return opened, after(opened, rng.integers(20, 80, size)), basis
    opened = _days(rows, "opened_on")
    closed = np.where(rng.random(size) < 0.8, after(opened, rng.integers(20, 80, size)), NEVER)
    return opened, closed, np.full(size, "commerce", object)


def cases(
    market: Market, steps: pd.DataFrame, exits: pd.DataFrame, reports: pd.DataFrame, quarter: str
) -> pd.DataFrame:
    """Return silver.enforcement_case, one row per case, sorted by opened_on: of failing samples whose case
    was opened, of 60 % of the samples referred before the test, and of reports by consumers that led to one.

    Hidden columns: `_name` and `_type` (of the operator; clear), `_producer` (its region), `_listing` and
    `_platform` (listing_id and platform_code), `_basis` (key of BASIS), `_office`, `_known`. ``reports``: one
    row per report: complaint_id, opened_on and the columns of `goods`. ``steps``: of `procedure.procedure`;
    ``exits``: purchases that left before the test; ``quarter``: as in `objections`."""
    rng = stream(market.world.seed, "cases", quarter)
    lawless = exits[(exits.exit_kind == "violation") & (rng.random(len(exits)) < 0.6)]
    parts = []
    for origin, rows in (
        ("sample", steps[steps.enforcement_opened.notna()]),
        ("exit", lawless),
        ("complaint", reports),
    ):
        opened, closed, basis = _opened_and_closed(rng, origin, rows)
        parts.append(
            pd.DataFrame(
                {
                    "opened_on": opened,
                    "closed_on": closed,
                    "_basis": basis,
                    "sample_id": None if origin == "complaint" else rows.sample_id.to_numpy(object),
                    "complaint_id": rows.complaint_id.to_numpy(object) if origin == "complaint" else None,
                    "region_code": rows.seller_region_code.to_numpy(object),
                    "operator_uscc": rows.seller_uscc.to_numpy(object),
                    "_name": np.where(rows.seller_person, rows.seller_person_name, rows.seller_name),
                    "_type": rows.seller_type.to_numpy(object),
                    "_producer": rows.producer_region_code.to_numpy(object),
                    "_listing": rows.listing_id.to_numpy(object),
                    "shop_id": rows.shop_id.to_numpy(object),
                    "_platform": rows.platform_code.to_numpy(object),
                }
            )
        )
    table = pd.concat(parts, ignore_index=True).sort_values(
        ["opened_on", "region_code", "shop_id"], ignore_index=True, kind="stable"
    )
    result = picked(rng, ["penalised", "warned", "no_violation", "transferred"], len(table), [62, 22, 11, 5])
    return table.assign(
        case_id=_numbered("AJ", quarter, len(table)),
        office=offices(market.world, table.region_code.to_numpy(object)),
        cause=table["_basis"].map(
            {
                "quality": "销售不合格产品",
                "counterfeit": "销售假冒产品",
                "label": "产品标识违法",
                "commerce": "违法经营",
            },
        ),
        legal_basis=table["_basis"].map(BASIS),
        result=np.where(table.closed_on.isna(), NOTHING, result),
        _office=province(table.region_code.to_numpy(object)),
        _known=table.opened_on.to_numpy(D) + DAY,
    )


def consequences(
    market: Market, table: pd.DataFrame, quarter: str
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return three tables that follow from cases: silver.penalty (one row per case that ended in a penalty),
    silver.assistance_request (to the producer's province) and silver.disposal (of goods). ``table``: rows of
    `cases`; ``quarter``: as in `objections`."""
    rng = stream(market.world.seed, "consequences", quarter)
    return _penalties(rng, table, quarter), _requests(rng, table, quarter), _disposals(rng, table, quarter)


def _penalties(rng: np.random.Generator, table: pd.DataFrame, quarter: str) -> pd.DataFrame:
    punished = table[(table.result == "penalised")].reset_index(drop=True)
    decided, size = _days(punished, "closed_on"), len(punished)
    basis = punished["_basis"]
    kind = _kinds(rng, basis.to_numpy(object), punished["_type"].eq("natural_person").to_numpy())
    most = basis.map(MOST).fillna(np.inf).to_numpy(float)
    final = after(decided, rng.integers(61, 66, size))
    return pd.DataFrame(
        {
            "penalty_id": _numbered("CF", quarter, size),
            "decided_on": decided,
            "case_id": punished.case_id,
            "operator_uscc": punished.operator_uscc,
            "operator_name": punished["_name"],
            "operator_type": punished["_type"],
            "region_code": punished.region_code,
            "kind": kind,
            "amount": np.minimum(np.round(rng.lognormal(9, 1, size), 2), most),
            "legal_basis": punished.legal_basis,
            "final_on": final,
            "revoked_on": np.where(rng.random(size) < 0.02, after(final, rng.integers(10, 60, size)), NEVER),
            "_office": punished["_office"],
            "_known": decided + DAY,
        }
    )


def _kinds(rng: np.random.Generator, basis: np.ndarray, person: np.ndarray) -> np.ndarray:
    """The kind of each penalty, one that its article has. ``basis``: keys of BASIS; ``person``: whether it
    meets a natural person, who has no licence to lose."""
    luck, kind = rng.random(len(basis)), np.empty(len(basis), object)
    for article, chances in PENALTIES.items():
        of, bounds = basis == article, np.cumsum(list(chances.values()))
        kind[of] = np.array(list(chances), object)[np.searchsorted(bounds / bounds[-1], luck[of], "right")]
    return np.where(person & (kind == "licence_revoked"), "fine", kind)


def _requests(rng: np.random.Generator, table: pd.DataFrame, quarter: str) -> pd.DataFrame:
    far = (
        (province(table["_producer"].to_numpy(object)) != table["_office"].to_numpy())
        & (table["_basis"] == "quality").to_numpy()
        & (rng.random(len(table)) < 0.4)
    )
    asked = table[far].reset_index(drop=True)
    day, size = after(_days(asked, "opened_on"), rng.integers(1, 8, far.sum())), len(asked)
    answer = picked(rng, ["found", "not_found", "refused"], size, [72, 22, 6])
    answered = np.where(
        rng.random(size) < 0.12,
        NEVER,
        after(day, np.where(rng.random(size) < 0.15, rng.integers(40, 70, size), rng.integers(5, 25, size))),
    )
    return pd.DataFrame(
        {
            "request_id": _numbered("XC", quarter, size),
            "requested_on": day,
            "from_region_code": asked["_office"],
            "to_region_code": province(asked["_producer"].to_numpy(object)),
            "case_id": asked.case_id,
            "sample_id": asked.sample_id,
            "operator_uscc": asked.operator_uscc,
            "subject": "合成：核查标称生产者及批次流向",
            "due_on": after(day, 21),  # 15 working days
            "answered_on": answered,
            "answer": np.where(np.isnat(answered), NOTHING, answer),
            "_office": asked["_office"],
            "_known": day,
        }
    )


def _disposals(rng: np.random.Generator, table: pd.DataFrame, quarter: str) -> pd.DataFrame:
    seized = table[
        table["_basis"].isin(["quality", "counterfeit"]) & (rng.random(len(table)) < 0.5)
    ].reset_index(drop=True)
    when = after(_days(seized, "opened_on"), rng.integers(1, 12, len(seized)))
    kind = np.where(
        seized["_basis"] == "counterfeit",
        picked(rng, ["sealing", "confiscation", "destruction"], len(seized)),
        picked(rng, ["sealing", "recall", "stop_sale"], len(seized)),
    )
    many = rng.integers(1, 400, len(seized))
    return pd.DataFrame(
        {
            "kind": kind,
            "happened_on": when,
            "sample_id": seized.sample_id,
            "case_id": seized.case_id,
            "platform_code": seized["_platform"],
            "shop_id": seized.shop_id,
            "listing_id": seized["_listing"],
            "region_code": seized.region_code,
            "office": seized.office,
            "quantity": many,
            "value": np.round(many * rng.lognormal(4, 0.6, len(seized)), 2),
            "text": "【合成】依法处置。",
            "_office": seized["_office"],
            "_known": when + DAY,
            "disposal_id": _numbered("CZ", quarter, len(seized)),
        }
    )


def sample_disposals(world: World, steps: pd.DataFrame, quarter: str) -> pd.DataFrame:
    """Return silver.disposal of the samples themselves, one row per takedown order, stop of sale and order of
    rectification. ``steps`` and ``quarter``: as in `objections`."""
    parts = []
    for kind, column in (
        ("takedown", "takedown_ordered"),
        ("stop_sale", "stop_sale"),
        ("rectification", "rectification_ordered"),
    ):
        rows = steps[steps[column].notna()]
        maker = kind == "rectification"
        region = (rows.producer_region_code if maker else rows.seller_region_code).to_numpy(object)
        parts.append(
            pd.DataFrame(
                {
                    "kind": kind,
                    "happened_on": _days(rows, column),
                    "sample_id": rows.sample_id.to_numpy(object),
                    "case_id": None,
                    "platform_code": np.where(rows.offline, None, rows.platform_code),
                    "shop_id": np.where(rows.offline, None, rows.shop_id),
                    "listing_id": np.where(rows.offline, None, rows.listing_id),
                    "region_code": region,
                    "office": offices(world, region),
                    "quantity": np.nan,
                    "value": np.nan,
                    "text": None,
                    "_office": rows.office.to_numpy(object),
                    "_known": _days(rows, column) + DAY,
                }
            )
        )
    table = pd.concat(parts, ignore_index=True)
    return table.assign(disposal_id=_numbered("CZY", quarter, len(table)))
