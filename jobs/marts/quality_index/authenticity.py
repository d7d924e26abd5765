"""Computes two indicators of authenticity: confirmed counterfeits per 10,000 listings, and operators on the
list of dishonest operators per 1,000 operators. (Batches with a violation found before the test are an
indicator of `sampled`.) Pure.

Units and periods are those of `units`, and so is KEY, which identifies a unit in a period: period_type,
period_start, dimension_type, dimension_code."""

from __future__ import annotations

import pandas as pd

from jobs.marts.dimensions import NATION
from jobs.marts.quality_index.units import CATEGORY, KEY, NATIONAL, PLATFORM, REGION, Units, measured, per

PER_LISTINGS, PER_OPERATORS = 10_000, 1_000  # to which the two rates are scaled
_CELL = ["month", "platform_code", "category_code", "region_code"]


def authenticity(
    counterfeit_response: pd.DataFrame,
    standard_coverage: pd.DataFrame,
    operator_state: pd.DataFrame,
    units: Units,
) -> pd.DataFrame:
    """Return the two indicators (`confirmed_counterfeits`, `dishonest_operators`): one row per period, unit
    and indicator with KEY, indicator, numerator, denominator and value. The first three arguments are gold
    tables.

    Counterfeits: reports that were confirmed, by the month of the report, over listings on offer, both added
    up over months, so that a quarter has the rate of an average month. Operators: those on a list on the last
    day of each month, over those identified for certain, also added up; one on several platforms counts on
    each of them, and once in the nation and in its region.

    Where no one in the nation reported or is listed, though some would be expected, nothing was measured and
    there is no row: no report is no proof of no counterfeits."""
    listings = standard_coverage.rename(columns={"province_code": "region_code"})[[*_CELL, "n_listings"]]
    reports = counterfeit_response[[*_CELL, "n_reports", "n_counterfeit"]]
    goods = pd.concat([listings, reports], ignore_index=True)  # a count that is missing is 0 in sums
    wanted = (NATIONAL, PLATFORM, REGION, CATEGORY)
    found = rates(units, goods, wanted, "n_counterfeit", "n_listings", PER_LISTINGS, "n_reports")
    return pd.concat(
        [
            found.assign(indicator="confirmed_counterfeits"),
            _listed(operator_state, units).assign(indicator="dishonest_operators"),
        ],
        ignore_index=True,
    )


def _listed(operator_state: pd.DataFrame, units: Units) -> pd.DataFrame:
    """`rates` of listed operators; of platforms in the periods in which the nation has one."""
    people = operator_state.rename(columns={"province_code": "region_code"})
    single = ("n_listed_once", "n_identified_once", PER_OPERATORS, "n_listed_once")
    everyone = rates(units, people, (NATIONAL, REGION), *single)
    own = rates(units, people, (PLATFORM,), "n_listed", "n_identified", PER_OPERATORS)
    periods = everyone.loc[everyone["dimension_type"] == NATIONAL, ["period_type", "period_start"]]
    return pd.concat([everyone, own.merge(periods, on=["period_type", "period_start"])], ignore_index=True)


def rates(
    units: Units,
    rows: pd.DataFrame,
    dimensions: tuple[str, ...],
    above: str,
    below: str,
    times: float,
    measured_by: str | None = None,
) -> pd.DataFrame:
    """Return rates: one row per period and unit with a denominator, with KEY, numerator, denominator and
    value (``above`` / ``below`` · ``times``).

    ``rows``: monthly counts as `Units.sums` takes them, with the columns named by ``above`` and ``below``;
    ``dimensions``: types of units wanted. A month in which a unit has no denominator adds nothing to its
    numerator.

    ``measured_by``: name of a count, or None. With it there are rows only of periods in which that count was
    measured (`units.measured`), and the nation has a row in each of them; its value is NaN where it has no
    denominator, as its platforms filed nothing."""
    counts = list(dict.fromkeys([above, below, *([measured_by] if measured_by else [])]))
    sums = units.sums(rows, counts, dimensions)
    if measured_by:
        months = pd.DataFrame({"month": range(units.first, units.last + 1)})
        nation = months.assign(dimension_type=NATIONAL, dimension_code=NATION, **dict.fromkeys(counts, 0))
        sums = pd.concat([sums, nation], ignore_index=True)
    sums[above] = sums[above].where(sums[below] > 0, 0)
    table = units.by_period(sums, counts)
    shown = table[below] > 0
    if measured_by:
        table = measured(table, measured_by, below)
        shown = (table[below] > 0) | (table["dimension_type"] == NATIONAL)
    table = table[shown]
    table = table.assign(numerator=table[above].astype(float), denominator=table[below].astype(float))
    return table.assign(value=per(table["numerator"], table["denominator"], times))[
        [*KEY, "numerator", "denominator", "value"]
    ]
