"""gold.complaint_handling: three kinds of share with 95% limits: mediations that end in an agreement,
statutory duties that are met in time, and matters brought by complainants who come repeatedly.

A case is a row of silver.complaint (a complaint, report or enquiry). A matter is what one or more cases are
about: cases about the same goods that came through several channels are one matter (gold.complaint_matter). A
unit is one value of a dimension: the nation, a platform, a category or a region.

KEY identifies a row: period_type, period_start, dimension_type, dimension_code, measure. CELL: platform_code,
category_code, region_code."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import numpy as np
import pandas as pd

from jobs.marts.complaints.complaint_rate import DIMENSIONS
from jobs.marts.dimensions import NATION, UNKNOWN, Hierarchy, hierarchies, memberships
from jobs.methods import intervals
from jobs.period import Period

METHOD_VERSION = "complaint_handling/2"
KEY = ["period_type", "period_start", "dimension_type", "dimension_code", "measure"]  # of the built table
MEDIATION, REPEAT = "mediation_success", "repeat_complainants"
FEWEST = 30  # the fewest cases for which a share is shown, as for rates of samples
FEWEST_PERSONS = 5  # the fewest complainants who come repeatedly for which their count is shown
OFTEN = 3  # matters within twelve months with which a complainant counts as coming repeatedly
SHOWN, INSUFFICIENT, SUPPRESSED = "shown", "insufficient", "suppressed"  # values of the column state
CELL = ["platform_code", "category_code", "region_code"]  # the codes from which the units of a row follow
# Input of build → the columns of it that build reads; an input that is not listed comes with all its columns.
READS = {
    "complaint": [
        *("complaint_id received_on kind complainant_ref mediation_ended_on".split()),
        *("mediation_result platform_code category_code region_code".split()),
    ],
    "complaint_matter": ["complaint_id", "part", "matter"],
}
_MONTHS = {"month": 1, "quarter": 3, "year": 12}


def build(
    *,
    complaint: pd.DataFrame,
    complaint_matter: pd.DataFrame,
    complaint_service: pd.DataFrame,
    region: pd.DataFrame,
    product_category: pd.DataFrame,
    period: Period,
) -> pd.DataFrame:
    """Return the shares: one row per period (month, quarter, year), unit and measure with at least one case,
    sorted by KEY. Arguments are the silver tables of these names, gold.complaint_matter and
    gold.complaint_service.

    Values of ``measure``:
    - `mediation_success`: mediations that ended (also by withdrawal), by the day of their end; met: agreed.
    - each duty of gold.complaint_service: deadlines that have passed, by their last day; met: done in time.
    - `repeat_complainants`, years only: the matters that `matters` returns, by the day of receipt; met: of a
      complainant with `OFTEN` (3) or more.

    n_cases, n_met: counts. share, low, high: n_met / n_cases in 0-1 with Wilson's limits, null unless
    ``state`` is `shown`; it is `insufficient` below `FEWEST` (30) cases, else `suppressed` where
    `small_groups` says so. n_met of `repeat_complainants` is null then too."""
    trees = hierarchies(region=region, product_category=product_category)
    duties = complaint_service.rename(columns={"duty": "measure", "n_due": "n_cases"})
    parts = [
        *(
            summed(of, trees, _MONTHS)
            for of in (
                mediations(complaint, period.as_of),
                duties[["month", *CELL, "measure", "n_cases", "n_met"]],
            )
        ),
        repeated(complaint, complaint_matter, trees, period.as_of),
    ]
    sums = pd.concat(parts, ignore_index=True)
    cases, met = sums["n_cases"].to_numpy(float), sums["n_met"].to_numpy(float)
    few, hidden = cases < FEWEST, sums["hidden"].fillna(False).to_numpy(bool)
    none = few | hidden
    low, high = intervals.binomial(np.where(hidden, 0, met), cases)
    repeat = sums["measure"].eq(REPEAT).to_numpy()
    starts = sums["month"].to_numpy(np.int64).astype("datetime64[M]").astype("datetime64[D]").astype(object)
    return sums.assign(
        period_start=starts,
        n_cases=sums["n_cases"].astype(np.int64),
        n_met=sums["n_met"].astype("Int64").mask(repeat & none),
        share=np.where(none, np.nan, met / cases),
        low=np.where(none, np.nan, low),
        high=np.where(none, np.nan, high),
        state=np.where(few, INSUFFICIENT, np.where(hidden, SUPPRESSED, SHOWN)),
        method_version=METHOD_VERSION,
    ).sort_values(KEY, ignore_index=True)[
        [*KEY, "n_cases", "n_met", "share", "low", "high", "state", "method_version"]
    ]


def mediations(complaint: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """Return one row per mediation that ended on or before ``as_of``: month (the day of its end; `summed`
    makes the month of it), the columns CELL, measure (`mediation_success`), n_cases (1) and n_met (1 if the
    parties agreed, else 0). ``complaint``: silver.complaint, one row per case."""
    ended = pd.to_datetime(complaint["mediation_ended_on"])
    rows = complaint[ended.notna() & (ended <= pd.Timestamp(as_of))]
    return rows[CELL].assign(
        month=rows["mediation_ended_on"],
        measure=MEDIATION,
        n_cases=1,
        n_met=rows["mediation_result"].eq("agreed").astype(np.int64),
    )


def matters(complaint: pd.DataFrame, complaint_matter: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """Return one row per complainant and matter, to find complainants who come repeatedly: the earliest case
    (by received_on, then complaint_id) that the complainant sent about the matter.

    Columns: those of ``complaint``; ``day``: received_on as a timestamp; ``matter``; ``number``: a whole
    number for each complainant; ``often``: whether the complainant brought `OFTEN` (3) or more matters in the
    twelve months that end with that day. Sorted by number, day and complaint_id.

    ``complaint``: silver.complaint; ``complaint_matter``: gold, of which part 1 gives a case's matter: a case
    about several counts as one here, and all cases of a complainant that the table lacks as one together.
    Enquiries, cases received after ``as_of`` and cases without the complainant's pseudonym (complainant_ref)
    are left out."""
    day = pd.to_datetime(complaint["received_on"])
    bound = complaint["complainant_ref"].notna() & complaint["kind"].fillna("complaint").ne("enquiry")
    rows = complaint.assign(day=day)[bound & (day <= pd.Timestamp(as_of))]
    first = complaint_matter[complaint_matter["part"] == 1].set_index("complaint_id")["matter"]
    rows = rows.assign(matter=rows["complaint_id"].map(first))
    rows = rows.sort_values(["day", "complaint_id"]).drop_duplicates(["complainant_ref", "matter"])
    number = pd.factorize(rows["complainant_ref"])[0].astype(np.int64)
    rows = rows.assign(number=number).sort_values(["number", "day", "complaint_id"], ignore_index=True)
    span = 1_000_000  # days; more than any two days lie apart
    before = rows["day"] - pd.DateOffset(months=12)
    at, start = (
        rows["number"].to_numpy() * span + days.to_numpy().astype("datetime64[D]").astype(np.int64)
        for days in (rows["day"], before)
    )
    within = np.searchsorted(at, at, side="right") - np.searchsorted(at, start, side="right")
    return rows.assign(often=within >= OFTEN)


def repeated(
    complaint: pd.DataFrame, complaint_matter: pd.DataFrame, trees: Mapping[str, Hierarchy], as_of: date
) -> pd.DataFrame:
    """Return the rows of `summed` for the measure `repeat_complainants`, years only, with ``hidden`` as
    returned by `small_groups`. A case is a row of `matters`; it is met where ``often`` is true.

    ``complaint``: silver; ``complaint_matter``: gold; ``trees``: as returned by `dimensions.hierarchies`."""
    rows = matters(complaint, complaint_matter, as_of)
    rows = rows.assign(
        month=rows["received_on"], measure=REPEAT, n_cases=1, n_met=rows["often"].astype(np.int64)
    )
    sums = summed(rows, trees, {"year": 12})
    year = rows["day"].dt.year
    persons = []
    for dimension, at, codes in memberships(rows, DIMENSIONS, trees):
        of = pd.DataFrame(
            {
                "month": (year.to_numpy()[at] - 1970) * 12,
                "dimension_type": dimension.type,
                "dimension_code": codes,
                "person": rows["number"].to_numpy()[at],
            }
        )[rows["often"].to_numpy()[at]]
        persons.append(of.drop_duplicates())
    unit = ["month", "dimension_type", "dimension_code"]
    behind = pd.concat(persons).groupby(unit).size().rename("persons").reset_index()
    sums = sums.merge(behind, on=unit, how="left")
    return sums.assign(hidden=small_groups(sums, trees)).drop(columns="persons")


def small_groups(sums: pd.DataFrame, trees: Mapping[str, Hierarchy]) -> np.ndarray:
    """Return which rows must not show their counts, so that no count points to a few persons: one bool per
    row of ``sums``, in its order.

    ``sums``: rows of `summed` for the measure `repeat_complainants`, with ``persons``: how many complainants
    of the unit come repeatedly (NaN for none); ``trees``: as returned by `dimensions.hierarchies`.

    True for a unit with 1 to 4 such persons (below FEWEST_PERSONS). Where exactly one of the units with the
    same unit above them in one year is hidden so, or has fewer than FEWEST (30) cases, another of them is
    hidden too: of those with a count above 0 the one with the fewest cases. Otherwise the hidden count could
    be computed as a difference."""
    persons = sums["persons"].fillna(0).to_numpy()
    hidden = (persons > 0) & (persons < FEWEST_PERSONS)
    above = [
        trees[kind].parent.get(code) or NATION if kind in trees else NATION
        for kind, code in zip(sums["dimension_type"], sums["dimension_code"], strict=True)
    ]
    groups = sums.assign(above=above, at=np.arange(len(sums)))
    groups = groups[groups["dimension_type"] != "nation"]
    for _, siblings in groups.groupby(["month", "dimension_type", "above"]):
        dark = hidden[siblings["at"]] | (siblings["n_cases"] < FEWEST).to_numpy()
        others = siblings[~dark & siblings["n_met"].gt(0).to_numpy()]
        if dark.sum() == 1 and len(others):
            hidden[others.sort_values(["n_cases", "dimension_code"])["at"].iloc[0]] = True
    return hidden


def summed(rows: pd.DataFrame, trees: Mapping[str, Hierarchy], lengths: Mapping[str, int]) -> pd.DataFrame:
    """Return the cases added up: one row per period, unit and measure, with period_type, month (the first
    month of the period, as months since 1970-01), dimension_type, dimension_code, measure, n_cases, n_met and
    ``hidden`` (False).

    ``rows``: one row per case or per group of cases, with month (any day of the month), CELL (missing codes
    become `unknown`), measure, n_cases and n_met; ``trees``: as returned by `dimensions.hierarchies`;
    ``lengths``: period type → its number of months, for example quarter → 3."""
    counts = ["n_cases", "n_met"]
    months = pd.to_datetime(rows["month"]).to_numpy().astype("datetime64[M]").astype(np.int64)
    small = rows[[*CELL, "measure", *counts]].assign(month=months).fillna(dict.fromkeys(CELL, UNKNOWN))
    small = small.groupby(["month", *CELL, "measure"], as_index=False)[counts].sum()
    key = ["month", "dimension_type", "dimension_code", "measure"]
    units = pd.concat(
        [
            small.iloc[at][["month", "measure", *counts]].assign(
                dimension_type=dimension.type, dimension_code=codes
            )
            for dimension, at, codes in memberships(small, DIMENSIONS, trees)
        ]
    )
    parts = [
        units.assign(month=units["month"] // length * length)
        .groupby(key, as_index=False)[counts]
        .sum()
        .assign(period_type=kind)
        for kind, length in lengths.items()
    ]
    return pd.concat(parts, ignore_index=True).assign(hidden=False)
