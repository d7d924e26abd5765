"""What is sent of joint restrictions (what authorities impose on the shops of an operator because of a list
or a penalty): to platforms the shops that are restricted and those that no longer are, to authorities the
links between operator and shop that they have to decide about. Pure. Parcels and kinds of files: see
`jobs.exchange.kinds`."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from jobs.exchange.kinds import Kind, Parcel, of, only, recipient_of_platform, recipient_of_region
from jobs.marts.credit.joint_restriction import in_effect
from jobs.marts.dimensions import NATION, province_tree
from jobs.marts.public_names import of_persons

TABLE, REVIEW = "gold.joint_restriction", "gold.restriction_review"
RESPONSE = "gold.restriction_response"
KEY = ["basis", "basis_id", "shop_id"]
ANSWERED = "acknowledged_on acted_on ban_open n_listings last_ordered_on"
COLUMNS = (
    "notice_id basis basis_id shop_id operator_id operator_name item legal_basis authority "
    "authority_region_code measure stops_sales measure_citation measure_rule_status link_basis starts_on "
    "ends_on"
).split()
RESTRICTED = Kind(
    "restricted_operators",
    "1.2.1",
    TABLE,
    {**dict.fromkeys(COLUMNS, TABLE), **of(RESPONSE, ANSWERED)},
    whole=True,
    key=("notice_id",),
    about=(
        "被惩戒经营者在本平台的网店所受的限制，每条限制一行 | restrictions of shops of restricted operators "
        "on the platform, one row each"
    ),
)
LIFTED = Kind(
    "lifted_restrictions",
    "1.2.1",
    TABLE,
    {
        **of(TABLE, "notice_id basis basis_id shop_id state measure starts_on repaired_on ended_on"),
        **of(TABLE, "unlinked_on"),
        "still_restricted": "",
    },
    whole=True,
    key=("notice_id",),
    about="已解除的限制 | restrictions that were lifted",
    own={
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
    restriction: pd.DataFrame, response: pd.DataFrame, platforms: set[str]
) -> Iterator[Parcel]:
    """Yield up to two parcels per platform of ``platforms`` (codes), with one row per notice. RESTRICTED: all
    of its shops with a restriction in effect, so that a shop that is not in the file is not restricted, and
    what the platform did about each (columns ANSWERED; missing where ``response`` has no row).
    LIFTED: its restrictions in another state (ended, repaired, withdrawn), with still_restricted, whether the
    shop has one in effect. A kind without rows yields no parcel.

    ``restriction``: gold.joint_restriction; ``response``: gold.restriction_response. Of a natural person only
    the shop is given: no file contains anything derived from an identity (definitions.md#personal-data).
    """
    known = restriction[restriction["platform_code"].isin(platforms)].sort_values("notice_id")
    known = known.assign(operator_id=known["operator_id"].mask(of_persons(known["operator_id"])))
    held = in_effect(known)
    lifted = known.drop(held.index)
    answers = response[[*KEY, *ANSWERED.split()]].astype({"n_listings": "Int64", "ban_open": "boolean"})
    held = held.merge(answers, on=KEY, how="left")
    lifted = lifted.assign(still_restricted=lifted["shop_id"].isin(held["shop_id"]).to_numpy(bool))
    for kind, rows in ((RESTRICTED, held), (LIFTED, lifted)):
        for code, mine in rows.groupby("platform_code"):
            yield Parcel(recipient_of_platform(str(code)), kind, only(mine, kind))


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
