"""gold.complaint_handling: shares of mediations that succeed, of duties met in time, and of matters of
complainants who come repeatedly, with limits."""

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
KEY = ["period_type", "period_start", "dimension_type", "dimension_code", "measure"]
MEDIATION, REPEAT = "mediation_success", "repeat_complainants"
FEWEST = 30  # cases of a share that is shown, as for rates of samples
FEWEST_PERSONS = 5  # complainants behind a count of those who come again
OFTEN = 3  # matters of one complainant within twelve months
SHOWN, INSUFFICIENT, SUPPRESSED = "shown", "insufficient", "suppressed"
CELL = ["platform_code", "category_code", "region_code"]
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
    """One row per month, quarter and year, unit and measure that has any case, sorted by KEY; arguments are
    the silver tables of these names, gold.complaint_matter and gold.complaint_service.

    Measures: ``mediation_success``: agreements among mediations that have ended (also by withdrawal), in the
    month of their end. The name of a duty: deadlines met among those that have passed, in the month of the
    deadline; what is still to be done counts as not met. ``repeat_complainants``, years only: matters whose
    complainant brought `OFTEN` or more within the twelve months up to it; a matter counts once for all
    channels by which it arrived (gold.complaint_matter, part 1 of a letter); enquiries and rows without a
    pseudonym are left out.

    ``share`` is in 0-1 with Wilson's 95% limits, null with fewer than `FEWEST` cases. For
    ``repeat_complainants`` n_met is then null too, and also where fewer than `FEWEST_PERSONS` persons are
    behind it (`small_groups`)."""
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
    """Return one row per mediation that ended by ``as_of``: month (day of its end), CELL, measure, n_cases
    (1) and n_met (1 if it was agreed)."""
    ended = pd.to_datetime(complaint["mediation_ended_on"])
    rows = complaint[ended.notna() & (ended <= pd.Timestamp(as_of))]
    return rows[CELL].assign(
        month=rows["mediation_ended_on"],
        measure=MEDIATION,
        n_cases=1,
        n_met=rows["mediation_result"].eq("agreed").astype(np.int64),
    )


def matters(complaint: pd.DataFrame, complaint_matter: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """Return the first row of each matter of each complainant, of complaints and reports received by
    ``as_of`` that have a pseudonym (complainant_ref): their columns, day, matter, number (of the complainant)
    and ``often``, whether the complainant brought `OFTEN` or more matters in the twelve months up to that
    day."""
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
    """Return the rows of `summed` for the measure `REPEAT`, by year, with ``hidden`` as `small_groups`."""
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
    """Return whose counts are withheld: bool, one per row of ``sums``.

    These are units with 1 to FEWEST_PERSONS - 1 complainants who come repeatedly (``persons``). Where exactly
    one of the units below the same unit would be withheld, or shown without counts as it has too few cases,
    the sibling with the fewest cases is withheld too; else the count could be computed as a difference."""
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
    """Return one row per period, unit and measure: period_type, month (first of the period, since 1970-01),
    dimension_type, dimension_code, measure, n_cases, n_met, and hidden (False).

    ``rows``: month (a day of it), CELL, measure, n_cases, n_met; ``trees``: as `hierarchies`; ``lengths``:
    period type → its months."""
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
