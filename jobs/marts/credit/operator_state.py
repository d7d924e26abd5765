"""gold.operator_state: numbers of shops, verified licences and operators on the last day of each month, by
platform and province, as counts that may be added up.

The frames below have one row per span of time: ``begin`` is its first day, ``end`` the first day after it, as
timestamps. An operator is the enterprise or person that runs shops; its link to a shop is certain where it is
`deterministic`.

KEY identifies a row: month, platform_code, province_code. COUNTS: n_shops, n_licence_due, n_licence_verified,
n_operators, n_identified, n_listed, n_identified_once, n_listed_once."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd

from jobs.marts.credit.restrictions import FOREVER, named_operators, off_the_list
from jobs.marts.dimensions import Dimension, memberships, province_tree
from jobs.period import Period

KEY = ["month", "platform_code", "province_code"]
# Columns of counts; `_once`: an operator on several platforms is counted on one of them only.
COUNTS = (
    "n_shops n_licence_due n_licence_verified n_operators n_identified n_listed n_identified_once "
    "n_listed_once"
).split()
FIRST = np.datetime64("2015-01", "M")  # the first month counted: the quality index needs none before it
PERSON, CERTAIN = "natural_person", "deterministic"
# Input of build → the columns of it that build reads; an input that is not listed comes with all its columns.
READS = {
    "shop": [*"shop_id operator_type licence_verified platform_code region_code opened_on closed_on".split()],
    "shop_operator": ["shop_id", "enterprise_id", "kind"],
    "dishonesty_entry": [*"operator_uscc person_ref listed_on expires_on repaired_on removed_on".split()],
}


def build(
    *,
    shop: pd.DataFrame,
    shop_operator: pd.DataFrame,
    dishonesty_entry: pd.DataFrame,
    region: pd.DataFrame,
    period: Period,
) -> pd.DataFrame:
    """Return the counts: one row per ended month (its first day), platform and province in which a shop was
    open or an operator is counted on the last day of the month, sorted by KEY, with COUNTS. Arguments are the
    silver tables of these names.

    n_licence_due: shops without those of natural persons who sell now and then, who need no licence
    (E-commerce Law art 10); n_licence_verified: those of them whose licence the platform verified.
    n_operators: an operator counts once on each platform, in the province of its oldest shop there.
    n_identified: operators whose link is certain; only these are compared with the list of dishonest
    operators (n_listed), so that a platform that files less about its operators does not get a lower share of
    listed ones.

    For sums over platforms use n_identified_once and n_listed_once, in which an operator of several platforms
    counts on one of them only (`once`)."""
    last = np.datetime64(period.as_of + timedelta(days=1), "M") - 1  # the last month that has ended
    shops = placed(shop, region)
    operators = on_platforms(shops, shop_operator)
    identified, entries = operators[operators["certain"]], dated_entries(dishonesty_entry)
    single = once(identified)
    due = shops[shops["operator_type"].fillna("").ne(PERSON)]
    stocks = {
        "n_shops": shops, "n_licence_due": due, "n_licence_verified": due[due["licence_verified"].eq(True)],
        "n_operators": operators, "n_identified": identified, "n_listed": intersected(identified, entries),
        "n_identified_once": single, "n_listed_once": intersected(single, entries),
    }  # fmt: skip
    parts = [month_ends(rows, last).assign(count=name) for name, rows in stocks.items()]
    table = pd.concat(parts).pivot_table(index=KEY, columns="count", values="n", aggfunc="sum", fill_value=0)
    table = table.reindex(columns=COUNTS, fill_value=0).astype("int64").reset_index()
    table = table[table["n_shops"] + table["n_operators"] > 0]
    months = table["month"].to_numpy("datetime64[D]").astype(object)
    return table.assign(month=months).rename_axis(columns=None).sort_values(KEY, ignore_index=True)


def placed(shop: pd.DataFrame, region: pd.DataFrame) -> pd.DataFrame:
    """Return the shops with their place and time: one row per shop, with shop_id, operator_type,
    licence_verified, platform_code, province_code, begin (opened) and end (closed). A missing opening is
    1900-01-01, a missing closing 2200-01-01. A region that silver.region does not hold is taken as a
    province; a missing region or platform is `unknown`."""
    tree = province_tree(region)
    (_, at, codes), (_, _, platforms) = memberships(
        shop,
        (Dimension("region", "region_code", hierarchy="region"), Dimension("platform", "platform_code")),
        {"region": tree},
    )
    province = np.empty(len(shop), dtype=object)
    province[at] = codes
    return shop[["shop_id", "operator_type", "licence_verified"]].assign(
        platform_code=platforms,
        province_code=province,
        begin=days(shop["opened_on"], "1900-01-01"),
        end=days(shop["closed_on"], "2200-01-01"),
    )


def on_platforms(shops: pd.DataFrame, shop_operator: pd.DataFrame) -> pd.DataFrame:
    """Return the operators with their times on platforms: one row per operator, platform and uninterrupted
    time in which it has a shop there, with enterprise_id, platform_code, province_code (of its oldest shop in
    that time), begin, end, and ``certain``: whether its link to any of these shops is certain.

    ``shops``: as returned by `placed`; ``shop_operator``: silver, one row per shop with its operator."""
    links = shop_operator[["shop_id", "enterprise_id", "kind"]].assign(
        certain=lambda t: t["kind"].eq(CERTAIN).to_numpy(bool)
    )
    rows = shops.merge(links, on="shop_id").sort_values(["begin", "shop_id"], ignore_index=True)
    there = ["enterprise_id", "platform_code"]
    if rows.empty:  # of which pandas makes numbers of days
        return rows[["enterprise_id", "platform_code", "province_code", "begin", "end", "certain"]]
    before = latest_before(rows, there)
    rows["spell"] = (rows["begin"] > before).groupby([rows[c] for c in there]).cumsum()
    spells = rows.groupby([*there, "spell"], as_index=False).agg(
        province_code=("province_code", "first"),
        begin=("begin", "min"),
        end=("end", "max"),
        certain=("certain", "any"),
    )
    return spells.drop(columns="spell")


def latest_before(rows: pd.DataFrame, by: list[str], end: str = "end") -> pd.Series:
    """Return for each row the latest ``end`` (a column) among the rows before it in its group, in the order
    of ``rows``; NaT for the first of a group. ``by``: the columns that form groups. It shows whether a time
    begins before earlier ones have ended."""
    return rows.assign(**{end: rows.groupby(by)[end].cummax()}).groupby(by)[end].shift()


def once(operators: pd.DataFrame) -> pd.DataFrame:
    """Return ``operators`` cut so that each operator is on one platform at a time: the one where its time
    began first; another counts from the day on which it has left the former ones. Times of which nothing
    remains are left out. ``operators``: as returned by `on_platforms`."""
    rows = operators.sort_values(["enterprise_id", "begin", "platform_code"])
    if rows.empty:
        return rows
    before = latest_before(rows, ["enterprise_id"])
    rows = rows.assign(begin=pd.concat([rows["begin"], before], axis=1).max(axis=1))
    return rows[rows["begin"] < rows["end"]]


def dated_entries(entry: pd.DataFrame) -> pd.DataFrame:
    """Return the entries of the dishonesty list (past ones too) that name a valid credit code or a person's
    pseudonym: one row per entry, with enterprise_id, ``since`` (day of listing) and ``until`` (first day off
    the list), as timestamps; each is 2200-01-01 where unknown, so that an entry without a day of listing is
    never on the list. ``entry``: silver.dishonesty_entry."""
    rows = entry.assign(enterprise_id=named_operators(entry)).dropna(subset=["enterprise_id"])
    return pd.DataFrame(
        {
            "enterprise_id": rows["enterprise_id"],
            "since": days(rows["listed_on"], "2200-01-01"),
            "until": off_the_list(rows).fillna(FOREVER),
        }
    )


def intersected(operators: pd.DataFrame, entries: pd.DataFrame) -> pd.DataFrame:
    """Return ``operators`` cut to the times at which they were on the list of dishonest operators, without
    overlap: an operator with two entries at once counts once.

    ``operators``: as returned by `on_platforms`; ``entries``: as returned by `dated_entries`."""
    spell = ["enterprise_id", "platform_code", "begin"]
    rows = operators.merge(entries, on="enterprise_id").sort_values([*spell, "since"])
    before = latest_before(rows, spell, "until")
    begin = pd.concat([rows["begin"], rows["since"], before], axis=1).max(axis=1)
    rows = rows.assign(begin=begin, end=rows[["end", "until"]].min(axis=1))
    return rows[rows["begin"] < rows["end"]]


def month_ends(rows: pd.DataFrame, last: np.datetime64) -> pd.DataFrame:
    """Return how many of ``rows`` were present on the last day of each month from FIRST to ``last``
    (datetime64[M]): one row per month, platform and province with any, with KEY (month as a timestamp of its
    first day) and ``n``.

    ``rows``: begin (first day), end (first day no longer present; FOREVER for one that is still present or
    whose end is not known), platform_code and province_code. A row with a missing end (NaT) counts in no
    month."""
    first = np.maximum(rows["begin"].to_numpy("datetime64[M]"), FIRST)
    gone = rows["end"].to_numpy("datetime64[M]")  # whoever leaves within a month is not there on its last day
    kept = (first < gone) & (first <= last)
    cells = rows.loc[kept, KEY[1:]]
    moves = pd.concat(
        [cells.assign(month=first[kept], n=1), cells.assign(month=np.minimum(gone[kept], last + 1), n=-1)]
    )
    moves["month"] = moves["month"].to_numpy("datetime64[M]").astype(np.int64)
    table = moves.pivot_table(index=KEY[1:], columns="month", values="n", aggfunc="sum", fill_value=0)
    table = table.reindex(columns=range(FIRST.astype(int), last.astype(int) + 1), fill_value=0).cumsum(axis=1)
    there = table.rename_axis(columns="month").stack().rename("n").reset_index()
    there = there[there["n"] > 0]
    return there.assign(
        month=there["month"].to_numpy(np.int64).astype("datetime64[M]").astype("datetime64[ns]")
    )


def days(column: pd.Series, absent: date | str) -> pd.Series:
    """Return a column of dates as timestamps, with ``absent`` where the date is missing."""
    return pd.to_datetime(column).fillna(pd.Timestamp(absent))
