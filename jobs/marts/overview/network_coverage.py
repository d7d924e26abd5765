"""gold.network_coverage: how many records each party, platform and province files of each of the four kinds
of data (basic, supervision, control, testing), and how recent they are. It shows who is connected to the
network and what is missing.

KEY identifies a row: dimension_type, dimension_code, data_kind. COLUMNS: the table's columns, which
schemas/gold/network_coverage.odcs.yaml explains."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from jobs.arrays import NOTHING
from jobs.marts.dimensions import NATION, UNKNOWN, province_tree
from jobs.marts.overview.network_records import KINDS, PARTIES, records
from jobs.period import Period

KEY = ["dimension_type", "dimension_code", "data_kind"]
ALL = "all"  # data_kind of all kinds together
# What records are counted by before they count in units.
CELL = ["party", "data_kind", "provider", "platform_code", "province_code"]
LIVE_DAYS = 92  # a quarter: the slowest cadence at which a party that is connected has something to say
NO_DENOMINATOR = "no_published_denominator"  # value of online_retail_reason
COLUMNS = [
    *KEY,
    *(
        "n_records n_records_12m n_providers n_live n_expected live first_on newest_on age_days "
        "months_filed_12m n_kinds_live amount_12m online_retail_share online_retail_reason"
    ).split(),
]


READS = {
    "network_filing": ["party", "data_kind", "provider", "platform_code", "region_code", "day", "n_records"],
    "commerce_state": ["month", "platform_code", "region_code", "n_lines", "n_reviews", "amount"],
    "platform": ["platform_code"],
    "region": ["region_code", "parent_code", "level"],
}
# Columns of an input that build adds up: rows that are equal in the other columns may come as one.
SUMS = {"commerce_state": ["n_lines", "n_reviews", "amount"]}


def build(
    *,
    network_filing: pd.DataFrame,
    commerce_state: pd.DataFrame,
    platform: pd.DataFrame,
    region: pd.DataFrame,
    period: Period,
) -> pd.DataFrame:
    """Return the coverage: one row per nation, party, platform or province and kind of data (`all`: all kinds
    together), sorted by KEY, with COLUMNS. Arguments are the gold and silver tables of these names.

    A platform or province is shown with every kind, so that what is missing can be seen; a province without
    records only if it has regions below it. Columns are explained by `measured` and `described`.
    online_retail_share is null, with the reason, since no feed delivers its denominator. Records dated after
    ``period.as_of`` are left out."""
    tree = province_tree(region)
    provinces = tree.shown
    rows = records(network_filing, commerce_state, tree)
    table = measured(rows[~(rows["day"] > pd.Timestamp(period.as_of))], provinces, period.as_of)
    expected = sorted(
        provinces & set(region["parent_code"])
    )  # one with nothing below it is no place of this market's supervision
    table = described(whole(table, platform, expected), platform, commerce_state, period.as_of)
    return table.sort_values(KEY, ignore_index=True)[COLUMNS]


def by_unit(rows: pd.DataFrame, provinces: frozenset[str]) -> pd.DataFrame:
    """Return ``rows`` once for each unit in which they count (nation, party, platform, province), with
    dimension_type and dimension_code, with their kind of data and again with ALL. A row whose platform or
    province is unknown does not count in such a unit.

    ``rows``: with CELL; ``provinces``: their codes."""
    columns = {"party": "party", "platform": "platform_code", "region": "province_code"}
    parts = [rows.assign(dimension_type="nation", dimension_code=NATION)]
    parts += [
        rows.assign(dimension_type=kind, dimension_code=rows[column]) for kind, column in columns.items()
    ]
    found = pd.concat(parts, ignore_index=True)
    known = found["dimension_code"].ne(UNKNOWN)
    found = found[known & (found["dimension_type"].ne("region") | found["dimension_code"].isin(provinces))]
    return pd.concat([found, found.assign(data_kind=ALL)], ignore_index=True)


def measured(rows: pd.DataFrame, provinces: frozenset[str], as_of: date) -> pd.DataFrame:
    """Return one row per unit and kind of data (KEY): n_records, n_providers, first_on and newest_on (days of
    the oldest and newest record); of the last twelve calendar months that have ended by ``as_of``
    n_records_12m, the records in them, and months_filed_12m, how many of them have a record (a month that has
    just begun cannot have been filed yet); n_live, providers with a record in the LIVE_DAYS (92) days up to
    ``as_of``.

    ``rows``: as returned by `network_records.records`, none later than ``as_of``; ``provinces``: codes of the
    provinces. A platform that no record states is no provider."""
    today = pd.Timestamp(as_of)
    rows = rows.astype(dict.fromkeys(CELL, "category"))
    month = rows["day"].dt.year * 12 + rows["day"].dt.month
    running = _running(today)
    ended = (month >= running - 12) & (month < running)
    rows = rows.assign(recent=rows["n_records"].where(ended, 0), month=month.where(ended))
    # Hundreds of thousands of rows by day are some thousand cells, and only these count in several units.
    cells = rows.groupby(CELL, observed=True).agg(
        n_records=("n_records", "sum"),
        recent=("recent", "sum"),
        first_on=("day", "min"),
        newest_on=("day", "max"),
    )
    months = rows.loc[rows["month"].notna(), [*CELL, "month"]].drop_duplicates()
    units = by_unit(cells.reset_index().astype(dict.fromkeys(CELL, object)), provinces)
    provider = units["provider"].where(units["provider"].ne(UNKNOWN))
    live = units["newest_on"] > today - pd.Timedelta(days=LIVE_DAYS)
    groups = units.assign(provider=provider, live_provider=provider.where(live)).groupby(KEY)
    filed = by_unit(months.astype(dict.fromkeys(CELL, object)), provinces).groupby(KEY)["month"].nunique()
    table = groups.agg(
        n_records=("n_records", "sum"),
        n_records_12m=("recent", "sum"),
        n_providers=("provider", "nunique"),
        n_live=("live_provider", "nunique"),
        first_on=("first_on", "min"),
        newest_on=("newest_on", "max"),
    )
    return table.assign(months_filed_12m=filed.reindex(table.index, fill_value=0)).reset_index()


def _running(today: pd.Timestamp) -> int:
    """The number, year * 12 + month, of the month that has not ended by the end of ``today``."""
    tomorrow = today + pd.Timedelta(days=1)
    return int(tomorrow.year * 12 + tomorrow.month)


def whole(table: pd.DataFrame, platform: pd.DataFrame, provinces: list[str]) -> pd.DataFrame:
    """Return ``table`` with a row for every kind of data of the nation and of every platform and province,
    with counts 0 where nothing was filed, so that gaps can be seen. A party gets only the row of `all` added,
    since no party has to file every kind.

    ``table``: as returned by `measured`; ``platform``: silver; ``provinces``: their codes."""
    kinds = [ALL, *KINDS]
    expected = [
        ("nation", NATION),
        *(("party", p) for p in PARTIES),
        *(("platform", p) for p in platform["platform_code"]),
    ]
    expected += [("region", p) for p in provinces]
    units = pd.DataFrame([(t, c, k) for t, c in expected for k in kinds], columns=KEY)
    found = units.merge(table, on=KEY, how="outer")
    party = found["dimension_type"].eq("party") & found["n_records"].isna() & found["data_kind"].ne(ALL)
    found = found[~party]  # a laboratory owes no supervision
    counts = ["n_records", "n_records_12m", "n_providers", "n_live", "months_filed_12m"]
    found[counts] = found[counts].fillna(0).astype("int64")
    return found


def described(
    table: pd.DataFrame, platform: pd.DataFrame, commerce_state: pd.DataFrame, as_of: date
) -> pd.DataFrame:
    """Return ``table`` with age_days (days since the newest record), live (age below LIVE_DAYS (92)),
    n_kinds_live (in rows of `all`: kinds of data that are live), n_expected (for the party `platform`: how
    many platforms are registered), and for the nation amount_12m, the sales of the last twelve months that
    have ended, with the reason why their share of online retail is not known.

    How much trade a platform files, or a province has, may be confidential (gold.commerce_confidential): for
    platforms and provinces the counts of basic data, which hold orders, are null.

    ``table``: as returned by `whole`; ``platform``: silver; ``commerce_state``: gold."""
    today = pd.Timestamp(as_of)
    age = (today - pd.to_datetime(table["newest_on"])).dt.days.astype("Int64")
    live = (age < LIVE_DAYS).fillna(False).astype(bool)
    kinds = table.assign(live=live)[table["data_kind"].ne(ALL)].groupby(KEY[:2])["live"].sum()
    at = pd.MultiIndex.from_frame(table[KEY[:2]])
    total = table["data_kind"].eq(ALL)
    nation = total & table["dimension_type"].eq("nation")
    month = pd.to_datetime(commerce_state["month"])
    number, running = month.dt.year * 12 + month.dt.month, _running(today)
    recent = (number >= running - 12) & (number < running)
    sales = float(commerce_state.loc[recent, "amount"].sum())  # of decimals: exact, in any order
    expected = {"platform": len(platform)}
    hidden = table["dimension_type"].isin(["platform", "region"]) & table["data_kind"].isin([ALL, "basic"])
    counts = {c: table[c].astype("Int64").where(~hidden) for c in ("n_records", "n_records_12m")}
    days = {
        c: pd.to_datetime(table[c]).dt.date.astype(object).where(table[c].notna(), None)
        for c in ("first_on", "newest_on")
    }
    return table.assign(
        age_days=age,
        live=live,
        **days,
        **counts,
        n_kinds_live=pd.Series(kinds.reindex(at).to_numpy(), table.index).where(total).astype("Int64"),
        n_expected=table["dimension_code"]
        .map(expected)
        .where(table["dimension_type"].eq("party") & total)
        .astype("Int64"),
        amount_12m=np.where(nation, sales, np.nan),
        online_retail_share=np.nan,
        online_retail_reason=np.where(nation, NO_DENOMINATOR, NOTHING),
    )
