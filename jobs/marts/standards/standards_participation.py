"""gold.standards_participation: numbers of standards studios, communities, drafting projects, training and
consultations by year, region and category; people are counted in steps of 5, so that no one can be recognised
(definitions.md#participation)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from jobs.marts.dimensions import Dimension, hierarchies, memberships
from jobs.period import Period

KEY = ["period_start", "dimension_type", "dimension_code", "kind"]
DIMENSIONS = (
    Dimension("nation"),
    Dimension("region", "region_code", hierarchy="region"),
    Dimension("category", "category_code", hierarchy="category"),
)
EVERY = "all"
BASE = 5  # people are counted in steps of so many; fewer are not counted at all
COLUMNS = [
    *KEY,
    "n_activities",
    "n_bodies",
    "n_organisations",
    "n_standards",
    "participants",
    "n_without_count",
]


def build(
    *,
    standards_activity: pd.DataFrame,
    region: pd.DataFrame,
    product_category: pd.DataFrame,
    period: Period,
) -> pd.DataFrame:
    """Return the rows of gold.standards_participation: one row per year, unit (nation, region or category)
    and kind of activity (EVERY: of all kinds), sorted by KEY. Columns: COLUMNS, each explained in
    schemas/gold/standards_participation.odcs.yaml; arguments are silver tables. An activity of a region or
    category also counts in those above it, one without a code in the unit `unknown`. ``period`` is not used.

    ``n_bodies``: different studios and communities, by their name, without a name by the organisation that
    holds them. ``participants``: the sum, rounded to the nearest multiple of 5 in each row separately, so
    that no difference of two rows counts a few people; null below 5, and where no activity states a number.
    """
    activity = standards_activity.reset_index(drop=True)
    days = pd.to_datetime(activity["happened_on"])
    body = (
        activity["studio_name"]
        .astype(object)
        .where(activity["studio_name"].notna(), activity["organisation"])
    )
    rows = activity.assign(
        period_start=days.dt.to_period("Y").dt.start_time.dt.date.astype(object),
        body=(activity["kind"] + "/" + body).where(activity["kind"].isin(["studio", "community"])),
        participants=pd.to_numeric(activity["participants"]).astype(float),
        without=activity["participants"].isna(),
    )
    trees = hierarchies(region=region, product_category=product_category)
    parts = []
    for dimension, place, code in memberships(rows, DIMENSIONS, trees):
        mine = rows.iloc[place].assign(dimension_type=dimension.type, dimension_code=code)
        parts += [mine, mine.assign(kind=EVERY)]
    by = pd.concat(parts, ignore_index=True).groupby(KEY)
    found = by.agg(
        n_activities=("activity_id", "count"),
        n_bodies=("body", "nunique"),
        n_organisations=("organisation", "nunique"),
        n_standards=("standard_no", "nunique"),
        n_without_count=("without", "sum"),
    ).astype("int64")
    people = by["participants"].sum(min_count=1)
    return found.assign(participants=rounded(people)).reset_index()[COLUMNS]


def rounded(people: pd.Series) -> pd.Series:
    """Return numbers of people rounded to the nearest multiple of BASE (5), halves up; null below BASE and
    where missing. The result is an Int64 series with the index of ``people``."""
    counts = people.astype(float)
    near = np.floor(counts / BASE + 0.5) * BASE
    return near.where(counts >= BASE).astype("Int64")
