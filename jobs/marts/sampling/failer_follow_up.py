"""gold.failer_follow_up: whether the parties (operators and producers) that failed in a year were sampled
again, and failed again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

import numpy as np
import pandas as pd

from jobs.marts.dimensions import NATION, UNKNOWN, hierarchies
from jobs.marts.sampling.counts import Design
from jobs.marts.sampling.detection_rate import designs
from jobs.marts.sampling.outcomes import UNDATED, days, has_verdict, months, outcomes
from jobs.marts.sampling.reliability import FEWEST
from jobs.methods import intervals
from jobs.period import Period

METHOD_VERSION = "failer_follow_up/2"
UNIT = ["dimension_type", "dimension_code", "party"]
KEY = ["period_start", *UNIT, "design"]
WHO = [*UNIT, "party_id"]
# Rate → the count above and the count below the line.
SHARES = {
    "sampled_again": ("n_sampled_again", "n_followed"),
    "failed_again": ("n_failed_again", "n_sampled_again"),
    "failers_next": ("n_failers_next_failed", "n_failers_next"),
    "others_next": ("n_others_next_failed", "n_others_next"),
}
COUNTS = (
    "n_parties n_failers n_followed n_sampled_again n_failed_again n_failers_next n_failers_next_failed "
    "n_others_next n_others_next_failed"
).split()
READS = {
    "sample": [
        "sample_id",
        "plan_id",
        "purchased_on",
        "platform_code",
        "shop_id",
        "category_code",
        "producer_uscc",
        "exit_kind",
        "exited_on",
    ],
    "standing_conclusion": ["sample_id", "stage", "outcome", "issued_on", "serious"],
    "shop_operator": ["shop_id", "enterprise_id", "kind"],
}


def build(
    *,
    sample: pd.DataFrame,
    standing_conclusion: pd.DataFrame,
    sampling_plan: pd.DataFrame,
    shop_operator: pd.DataFrame,
    region: pd.DataFrame,
    product_category: pd.DataFrame,
    period: Period,
) -> pd.DataFrame:
    """Return the rows of gold.failer_follow_up: one row per year, unit (nation, platform or level-1
    category), kind of party (operator or producer) and design of the later batches, sorted by KEY. Columns
    are explained in schemas/gold/failer_follow_up.odcs.yaml. standing_conclusion is a gold table, the others
    silver. ``period`` is not used.

    The operator of a batch is the one to whom its shop is linked with certainty, or who has that shop alone;
    the producer is identified by its filed code. A failer is a party with a batch that is finally
    non-conforming and has its outcome in the year. ``sampled_again``: share of the failers of which another
    batch was bought in the twelve months after the month of its first such outcome, and judged.
    ``failed_again``: share of those sampled again of which any of these batches is finally non-conforming.
    Both are among the failers whose twelve months have ended in the data (``n_followed``): a month has ended
    once a conclusion is dated its last day or later. ``months_followed`` counts such months only.

    ``failers_next`` and ``others_next`` compare failers with the other parties judged in the year, by the
    first batch of each bought in the next calendar year; only the first counts, as failers are sampled more
    often. Later batches count in the same platform or category. Rates are shares in 0-1 with Wilson's limits,
    their difference has Newcombe's; null below `reliability.FEWEST` parties."""
    outcome = outcomes(sample, standing_conclusion)
    rows = _judged(sample, outcome, designs(sample, sampling_plan))
    trees = hierarchies(region=region, product_category=product_category)
    rows["top"] = _tops(rows["category"], trees["category"].path)
    rows = _by_unit(_by_party(rows, shop_operator))
    if rows.empty:
        return _table(pd.DataFrame(columns=[*KEY, *COUNTS, "months_followed"]))
    years = range(int(rows["month"].min()) // 12, int(rows["month"].max()) // 12 + 1)
    ended, units = _ended(standing_conclusion), _units(rows)
    return _table(pd.concat([_of_year(rows, *units, year, ended) for year in years], ignore_index=True))


def _ended(conclusion: pd.DataFrame) -> int:
    """The newest month (since 1970-01) that has ended by the day of the newest conclusion; UNDATED where none
    has a day."""
    issued = days(conclusion["issued_on"])
    issued = issued[~np.isnat(issued)]
    return int(months(issued.max() + np.timedelta64(1, "D"))) - 1 if len(issued) else UNDATED


def _judged(sample: pd.DataFrame, outcome: pd.DataFrame, of_design: np.ndarray) -> pd.DataFrame:
    """One row per judged batch with a date: month of its outcome, bought (month; without a day that of the
    outcome), failed, design, and what names its unit and parties."""
    bought = months(days(sample["purchased_on"]))
    month = outcome["month"].to_numpy(np.int64)
    decided = has_verdict(outcome).to_numpy()
    rows = pd.DataFrame(
        {
            "sample_id": sample["sample_id"].to_numpy(object),
            "month": month,
            "bought": np.where(bought == UNDATED, month, bought),
            "failed": outcome["n_nonconforming"].to_numpy() > 0,
            "design": np.asarray(of_design, object).astype(str),
            "platform": sample["platform_code"].to_numpy(object),
            "category": sample["category_code"].to_numpy(object),
            "shop_id": sample["shop_id"].to_numpy(object),
            "producer": sample["producer_uscc"].to_numpy(object),
        }
    )
    return rows[decided & (month != UNDATED)].reset_index(drop=True)


def _tops(codes: pd.Series, path: Callable[[str], Sequence[str]]) -> pd.Series:
    """The level-1 category above each code, itself where no reference knows it."""
    return codes.map({code: (path(code) or (code,))[-1] for code in codes.dropna().unique()})


def _by_party(rows: pd.DataFrame, shop_operator: pd.DataFrame) -> pd.DataFrame:
    """Each batch once for its operator and once for its producer, where these are known with certainty."""
    sure = shop_operator[shop_operator["kind"].ne("probabilistic")]
    operator = rows["shop_id"].map(dict(zip(sure["shop_id"], sure["enterprise_id"], strict=True)))
    parts = [
        rows.assign(party="operator", party_id=operator),
        rows.assign(party="producer", party_id=rows["producer"]),
    ]
    return pd.concat(parts, ignore_index=True).dropna(subset=["party_id"])


def _by_unit(rows: pd.DataFrame) -> pd.DataFrame:
    """Each row once for the nation, its platform and its category; `who`: number of its WHO, as numbers are
    joined and grouped much faster than texts."""
    names = [*WHO[2:], "sample_id", "month", "bought", "failed", "design"]
    parts = [
        rows[names].assign(dimension_type=kind, dimension_code=code)
        for kind, code in (("nation", NATION), ("platform", rows["platform"]), ("category", rows["top"]))
    ]
    found = pd.concat(parts, ignore_index=True).dropna(subset=["dimension_code"])
    found = found[found["dimension_code"] != UNKNOWN]
    return found.assign(who=found.groupby(WHO).ngroup())


def _units(rows: pd.DataFrame) -> tuple[pd.DataFrame, np.ndarray]:
    """UNIT of each unit, and the number of the unit of each party, by `who`."""
    parties = rows.drop_duplicates("who").sort_values("who")[UNIT]
    units = parties.drop_duplicates().sort_values(UNIT, ignore_index=True)
    return units, parties.groupby(UNIT).ngroup().to_numpy()


def _of_year(
    rows: pd.DataFrame, units: pd.DataFrame, unit_of: np.ndarray, year: int, ended: int
) -> pd.DataFrame:
    """KEY, COUNTS and months_followed of one year (years since 1970). ``units``, ``unit_of``: as `_units`
    returns them; ``ended``: newest month that has ended in the data."""
    within = rows[rows["month"] // 12 == year]
    parties = within.groupby("who", as_index=False)["failed"].any()
    first = within[within["failed"]].groupby("who", as_index=False)["month"].min()
    first = first.rename(columns={"month": "since"})
    followed = first[first["since"] + 12 <= ended]
    later = rows.merge(followed, on="who")
    later = later[(later["bought"] > later["since"]) & (later["bought"] <= later["since"] + 12)]
    next_year = rows[rows["bought"] // 12 == year + 1].sort_values(["bought", "sample_id"])
    next_year = next_year.merge(parties.rename(columns={"failed": "failer"}), on="who")

    def sizes(of: pd.DataFrame) -> np.ndarray:
        return np.bincount(unit_of[of["who"]], minlength=len(units))

    whole = {"n_parties": sizes(parties), "n_failers": sizes(first), "n_followed": sizes(followed)}
    tables = []
    for design in Design:
        own, after = (
            frame if design is Design.ALL else frame[frame["design"] == str(design)]
            for frame in (later, next_year)
        )
        again = own.groupby("who", as_index=False)["failed"].any()
        after = after.drop_duplicates("who")
        counts = whole | {"n_sampled_again": sizes(again), "n_failed_again": sizes(again[again["failed"]])}
        for name, group in (("failers", after[after["failer"]]), ("others", after[~after["failer"]])):
            counts[f"n_{name}_next"] = sizes(group)
            counts[f"n_{name}_next_failed"] = sizes(group[group["failed"]])
        table = units.assign(design=str(design), **counts)
        tables.append(table[(table[COUNTS] > 0).any(axis=1)])
    return pd.concat(tables, ignore_index=True).assign(
        period_start=date(1970 + year, 1, 1), months_followed=int(np.clip(ended - year * 12 - 11, 0, 12))
    )


def _table(rows: pd.DataFrame) -> pd.DataFrame:
    """``rows`` with the rates of SHARES, their limits and the difference of the last two."""
    columns: dict[str, np.ndarray] = {}
    for name, (part, of) in SHARES.items():
        x, n = rows[part].to_numpy(float), rows[of].to_numpy(float)
        low, high = intervals.binomial(x, n)
        enough = n >= FEWEST
        rate = np.divide(x, n, out=np.full(len(rows), np.nan), where=enough)
        columns |= {
            f"{name}_rate": rate,
            f"{name}_low": np.where(enough & (x > 0), low, np.nan),
            f"{name}_high": np.where(enough, high, np.nan),
        }
    (x1, n1), (x2, n2) = (
        [rows[column].to_numpy(float) for column in SHARES[name]] for name in ("failers_next", "others_next")
    )
    low, high = intervals.difference(x1, n1, x2, n2)
    difference = columns["failers_next_rate"] - columns["others_next_rate"]
    known = ~np.isnan(difference)
    columns |= {
        "difference_pp": 100 * difference,
        "difference_low": np.where(known, 100 * np.asarray(low), np.nan),
        "difference_high": np.where(known, 100 * np.asarray(high), np.nan),
    }
    table = pd.concat([rows[[*KEY, *COUNTS, "months_followed"]], pd.DataFrame(columns, rows.index)], axis=1)
    return table.assign(method_version=METHOD_VERSION).sort_values(KEY, ignore_index=True)
