"""What the authority of planning gets for the nation's credit platform: entries on lists of dishonesty, joint
restrictions (measures against an operator's shops because of such an entry or a penalty, the ground), and
credit repairs. Pure. Parcels and kinds of files: see `jobs.exchange.kinds`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pandas as pd

from jobs.exchange.kinds import Kind, Parcel, as_days, of, only
from jobs.exchange.parties import USCC, named
from jobs.marts.credit.restrictions import off_the_list
from jobs.marts.public_names import public_names

PLANNING = "planning"
ENTRY, RESTRICTION = "silver.dishonesty_entry", "gold.joint_restriction"
SINCE = timedelta(days=365)  # repairs and ends stay in the files for so long
ENTRIES = Kind(
    "dishonesty_entries",
    "1.0.0",
    ENTRY,
    of(
        ENTRY,
        "entry_id operator_uscc operator_name list authority region_code legal_basis listed_on expires_on",
    ),
    whole=True,
    key=("entry_id",),
    about="列入中的失信记录（企业） | entries on lists of dishonesty that stand (enterprises)",
)
RESTRICTIONS = Kind(
    "credit_restrictions",
    "1.0.1",
    RESTRICTION,
    {
        **of(RESTRICTION, "basis basis_id operator_id operator_name item legal_basis authority"),
        **of(RESTRICTION, "authority_region_code measure stops_sales starts_on ends_on repaired_on"),
        "state": "",
        "last_ended_on": "",
        "n_shops": "",
        "n_platforms": "",
    },
    whole=True,
    key=("basis", "basis_id", "operator_id"),
    about=(
        "企业所受的联合限制：依据、起止、修复；自然人经营者的不在其中 | joint restrictions of enterprises: "
        "ground, start, end, repair, shops, without those of natural persons"
    ),
    own={
        "state": (
            "string | in_effect（生效中）或ended（全部结束） | in_effect, or ended for all of its shops"
        ),
        "last_ended_on": "date | 对最后一家网店结束之日 | day on which it ended for the last shop",
        "n_shops": "bigint | 涉及的网店 | shops that it reaches or reached",
        "n_platforms": "bigint | 这些网店所在平台 | platforms of these shops",
    },
)
REPAIRS = Kind(
    "credit_repairs",
    "1.0.0",
    ENTRY,
    of(ENTRY, "entry_id operator_uscc operator_name list authority listed_on repaired_on removed_on"),
    whole=True,
    key=("entry_id",),
    about="一年内的信用修复和移出（企业） | credit repairs and removals of the last year (enterprises)",
)
KINDS = {kind.name: kind for kind in (ENTRIES, RESTRICTIONS, REPAIRS)}


def for_planning(entry: pd.DataFrame, restriction: pd.DataFrame, day: date) -> Iterator[Parcel]:
    """Yield one parcel for the authority of planning for each of ENTRIES, RESTRICTIONS and REPAIRS that has
    rows; the rows are sorted by the kind's key. They are about enterprises only: natural persons have only a
    pseudonym, which no file contains.

    ``entry``: silver.dishonesty_entry, one row per entry; ``restriction``: gold.joint_restriction. ENTRIES
    are those that are on the list on ``day``; REPAIRS those that were repaired or removed within SINCE before
    it.
    """
    mine = entry[entry["operator_uscc"].isin(named(entry["operator_uscc"], USCC))]
    mine = mine.assign(operator_name=public_names(mine["operator_name"], mine["operator_type"]))
    today = pd.Timestamp(day)
    ends = [pd.to_datetime(mine[name]) for name in ("repaired_on", "removed_on")]
    ended = pd.concat(ends, axis=1).min(axis=1)
    parts = (
        (ENTRIES, mine[~(off_the_list(mine) <= today)]),
        (RESTRICTIONS, restrictions(restriction, day)),
        (REPAIRS, mine[ended.between(today - SINCE, today)]),
    )
    for kind, rows in parts:
        if len(rows):
            yield Parcel(PLANNING, kind, only(rows.sort_values(list(kind.key), kind="stable"), kind))


def restrictions(restriction: pd.DataFrame, day: date) -> pd.DataFrame:
    """Return one row per ground and enterprise whose restriction is in effect for any shop, or ended for the
    last one within SINCE before ``day``, with the columns of RESTRICTIONS: state is in_effect or ended,
    last_ended_on is missing while it is in effect, and of several shops the others are those of the first
    notice_id. Natural persons are left out.

    ``restriction``: gold.joint_restriction, one row per ground, enterprise and shop.
    """
    mine = restriction[restriction["operator_id"].isin(named(restriction["operator_id"], USCC))]
    mine = mine.sort_values("notice_id", kind="stable")
    mine = mine.assign(last=pd.to_datetime(mine["ended_on"]))
    keys = list(RESTRICTIONS.key)
    groups = mine.groupby(keys)
    sums = pd.DataFrame(
        {
            "n_shops": groups["shop_id"].nunique(),
            "n_platforms": groups["platform_code"].nunique(),
            "held": groups["state"].agg(lambda states: bool(states.eq("in_effect").any())).astype(bool),
            "last_ended_on": as_days(groups["last"].max()),
        }
    ).reset_index()
    rows = mine.drop(columns="state").drop_duplicates(keys).merge(sums, on=keys)
    rows["last_ended_on"] = rows["last_ended_on"].mask(rows["held"], None)
    kept = rows["held"] | rows["last_ended_on"].map(lambda on: not pd.isna(on) and on >= day - SINCE).astype(
        bool
    )
    return rows[kept].assign(state=rows["held"].map({True: "in_effect", False: "ended"}))
