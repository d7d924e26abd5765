"""What is sent of joint restrictions (what authorities impose on the shops of an operator because of a list
or a penalty): to platforms the shops that are restricted and those that no longer are, to authorities the
links between operator and shop that they have to decide about. Pure. Parcels and kinds of files: see
`jobs.exchange.kinds`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import numpy as np
import pandas as pd

from jobs.exchange.kinds import Kind, Parcel, of, only, recipient_of_platform, recipient_of_region
from jobs.marts.credit.joint_restriction import in_effect
from jobs.marts.credit.restrictions import measured
from jobs.marts.dimensions import NATION, province_tree
from jobs.marts.public_names import of_persons
from jobs.reports.restriction_duties import is_selling, must_stop, state_said

TABLE, REVIEW = "gold.joint_restriction", "gold.restriction_review"
RESPONSE = "gold.restriction_response"
KEY = ["basis", "basis_id", "shop_id"]
LINES = "n_order_lines"
ANSWERED = "acknowledged_on acted_on ban_open n_listings last_ordered_on"
STATE = ("state_zh", "state_en")
MEASURE = ("measure_zh", "measure_en")
_MEASURE = {
    "measure_zh": "string | 措施的名称（中文） | name of the measure in Chinese",
    "measure_en": "string | 措施的名称（英文） | name of the measure in English",
}
RESTRICTED = Kind(
    "restricted_operators",
    "1.3.0",
    TABLE,
    {
        **of(TABLE, "notice_id basis basis_id shop_id operator_id operator_name"),
        "natural_person": "",
        **of(TABLE, "item legal_basis authority authority_region_code measure"),
        **dict.fromkeys(MEASURE, ""),
        **of(TABLE, "stops_sales"),
        "stop_open": "",
        **of(TABLE, "measure_citation measure_rule_status link_basis starts_on ends_on"),
        **of(RESPONSE, ANSWERED),
    },
    whole=True,
    key=("notice_id",),
    about=(
        "被惩戒经营者在本平台的网店所受的限制，每条限制一行 | restrictions of shops of restricted operators "
        "on the platform, one row each"
    ),
    own={
        "natural_person": (
            "boolean | 经营者是否为自然人；是的，不列名称和代码 | whether the operator is a natural person, "
            "of whom neither name nor code is given"
        ),
        **_MEASURE,
        "stop_open": (
            "boolean | 停售尚未落实：须停止销售，而平台未报告停止服务、仍有在售链接或者近30天有订单 | "
            "whether sales are to be stopped and are not: no ban is reported, listings are on offer, or "
            "there was an order in the last 30 days"
        ),
    },
)
LIFTED = Kind(
    "lifted_restrictions",
    "1.3.0",
    TABLE,
    {
        **of(TABLE, "notice_id basis basis_id shop_id state"),
        **dict.fromkeys(STATE, ""),
        **of(TABLE, "item measure"),
        **dict.fromkeys(MEASURE, ""),
        **of(TABLE, "starts_on ends_on repaired_on ended_on unlinked_on"),
        "still_restricted": "",
    },
    whole=True,
    key=("notice_id",),
    about="已解除的限制 | restrictions that were lifted",
    own={
        "state_zh": "string | 状态（中文），期满和移出名单分别列明 | state in Chinese: ran out or removed",
        "state_en": "string | 状态（英文） | state in English",
        **_MEASURE,
        "still_restricted": (
            "boolean | 该网店另有限制生效，见受限名单 | another restriction of the shop is in effect, in "
            "restricted_operators"
        ),
    },
)
REVIEWS = Kind(
    "restriction_reviews",
    "1.0.1",
    REVIEW,
    dict.fromkeys(
        (
            "basis basis_id shop_id reason platform_code operator_id operator_name item measure probability "
            "evidence office_region_code since"
        ).split(),
        REVIEW,
    ),
    whole=True,
    key=("basis", "basis_id", "shop_id"),
    about="待认定的关联 | links to decide; nothing is restricted before",
)


def restricted_operators(
    restriction: pd.DataFrame,
    response: pd.DataFrame,
    measure: pd.DataFrame,
    platforms: set[str],
    day: date,
) -> Iterator[Parcel]:
    """Yield up to two parcels per platform of ``platforms`` (codes), with one row per notice. RESTRICTED: all
    of its shops with a restriction in effect, so that a shop that is not in the file is not restricted, and
    what the platform did about each (columns ANSWERED; missing where ``response`` has no row); in the order
    of the platform's page of the site: first those whose sales are still to be stopped (stop_open).
    LIFTED: its restrictions in another state (ended, repaired, withdrawn), with still_restricted, whether the
    shop has one in effect. A kind without rows yields no parcel.

    ``restriction``: gold.joint_restriction; ``response``: gold.restriction_response; ``measure``:
    silver.restriction_measure, which names measures by their ground; ``day``: of the package. Of a natural
    person only the shop is given: no file contains anything derived from an identity
    (definitions.md#personal-data).
    """
    known = restriction[restriction["platform_code"].isin(platforms)].sort_values("notice_id")
    person = of_persons(known["operator_id"])
    known = known.assign(operator_id=known["operator_id"].mask(person), natural_person=person)
    known = _measure_named(known.reset_index(drop=True), measure)
    held = in_effect(known)
    lifted = known.drop(held.index)
    answers = response[[*KEY, *ANSWERED.split(), LINES]]
    answers = answers.astype({"n_listings": "Int64", "ban_open": "boolean"})
    held = _ordered(held.merge(answers, on=KEY, how="left"), day)
    lifted = lifted.assign(still_restricted=lifted["shop_id"].isin(held["shop_id"]).to_numpy(bool))
    said = [state_said(*row) for row in lifted[["state", "ends_on", "ended_on", "basis"]].to_numpy(object)]
    lifted = lifted.assign(
        state_zh=pd.Series([words.zh for words in said], lifted.index, object),
        state_en=pd.Series([words.en for words in said], lifted.index, object),
    )
    for kind, rows in ((RESTRICTED, held), (LIFTED, lifted)):
        for code, mine in rows.groupby("platform_code"):
            yield Parcel(recipient_of_platform(str(code)), kind, only(mine, kind))


def _measure_named(rows: pd.DataFrame, measure: pd.DataFrame) -> pd.DataFrame:
    """``rows`` of gold.joint_restriction with MEASURE: the name of the measure by its ground, as urgent items
    have it; missing where the ground has another measure by now."""
    given = rows[["basis", "item"]].assign(starts_on=pd.to_datetime(rows["starts_on"]))
    found = measured(given, measure)
    same = found["measure"].eq(rows["measure"])
    return rows.assign(**{name: found[name].astype(object).where(same, None) for name in MEASURE})


def _ordered(held: pd.DataFrame, day: date) -> pd.DataFrame:
    """``held`` with stop_open, first the restrictions whose sales are still to be stopped, those that sell
    before the others, then those not acknowledged, then those with most order lines."""
    reported = (held["stops_sales"], held["ban_open"], held["n_listings"], held["last_ordered_on"])
    stop = [must_stop(*row, day) for row in zip(*reported, strict=True)]
    sells = [is_selling(last, day) for last in held["last_ordered_on"]]
    rows = held.assign(
        stop_open=np.array(stop, dtype=bool),
        sells=np.array(sells, dtype=bool) & held["stops_sales"].eq(True).to_numpy(bool),
        silent=held["acknowledged_on"].isna().to_numpy(bool),
    )
    order = ["stop_open", "sells", "silent", LINES, *KEY]
    return rows.sort_values(order, ascending=[False] * 4 + [True] * len(KEY))


def restriction_reviews(review: pd.DataFrame, region: pd.DataFrame) -> Iterator[Parcel]:
    """Yield one parcel (REVIEWS) per province: the open reviews that its offices have to decide, one row
    each, the most probable link first. Those whose office is in no province go to the nation's authority.
    operator_id is missing for a natural person.

    ``review``: gold.restriction_review; ``region``: silver.region, which gives the province of an office.
    """
    tree = province_tree(region)
    codes = review["office_region_code"].dropna().unique()
    province = {code: next((u for u in tree.units(code) if u in tree.shown), NATION) for code in codes}
    rows = review[review["state"].eq("open")]
    rows = rows.assign(
        province=rows["office_region_code"].map(province).fillna(NATION),
        operator_id=rows["operator_id"].mask(of_persons(rows["operator_id"]), None),
    ).sort_values(["probability", "basis", "basis_id", "shop_id"], ascending=[False, True, True, True])
    for code, mine in rows.groupby("province"):
        yield Parcel(recipient_of_region(str(code)), REVIEWS, only(mine, REVIEWS))


KINDS = {kind.name: kind for kind in (RESTRICTED, LIFTED, REVIEWS)}
