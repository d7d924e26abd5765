"""What the standards body gets: invalid standards that pages of shops cite, requirements that fail most,
where standards are not cited, and who takes part in making them. Pure. Parcels and kinds of files: see
`jobs.exchange.kinds`."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from jobs.exchange.kinds import Kind, Parcel, as_text, of, only

BODY = "standards_body"
CITED, FAILURE, RATE, TAKING_PART = (
    "gold.cited_standard",
    "gold.standard_failure",
    "gold.citation_rate",
    "gold.standards_participation",
)
VALID = ("valid", "transition")  # states in which a standard may be cited
WITHDRAWN = Kind(
    "invalid_citations",
    "1.0.0",
    CITED,
    of(CITED, "number standard_no status dated nature since current_no n_listings n_texts n_platforms"),
    whole=True,
    key=("number",),
    about="在售页面标注的无效标准 | what pages on offer cite that is not valid or not in the register",
)
FAILING = Kind(
    "failing_requirements",
    "1.0.0",
    FAILURE,
    of(
        FAILURE,
        "period_type period_start standard edition item_code design item_name n_judged n_failed n_overturned "
        "rate ci_low ci_high exposure_rate exposure_low exposure_high reliability class_a months_covered "
        "rank n_ranked method_version",
    ),
    whole=True,
    key=("period_type", "period_start", "standard", "edition", "item_code", "design"),
    about="各标准、版本和项目的不合格 | failures by standard, edition and item, where there are any",
)
GAPS = Kind(
    "citation_gaps",
    "1.0.0",
    RATE,
    of(
        RATE,
        "month dimension_type dimension_code n_listings n_citing n_known n_valid n_upcoming n_superseded "
        "n_withdrawn cited_share cited_low cited_high valid_share valid_low valid_high",
    ),
    whole=True,
    key=("month", "dimension_type", "dimension_code"),
    about="最近一个月标注标准的比例 | shares that cite a standard, by category, in the newest month",
)
PARTICIPATION = Kind(
    "participation",
    "1.0.0",
    TAKING_PART,
    of(
        TAKING_PART,
        "period_start dimension_type dimension_code kind n_activities n_bodies n_organisations n_standards "
        "participants n_without_count",
    ),
    whole=True,
    key=("period_start", "dimension_type", "dimension_code", "kind"),
    about="各年参与情况 | participation by year",
)
KINDS = {kind.name: kind for kind in (WITHDRAWN, FAILING, GAPS, PARTICIPATION)}


def for_standards_body(
    *, cited: pd.DataFrame, failure: pd.DataFrame, rate: pd.DataFrame, participation: pd.DataFrame
) -> Iterator[Parcel]:
    """Yield one parcel for the standards body for each of WITHDRAWN, FAILING, GAPS and PARTICIPATION that has
    rows; the rows are sorted by the kind's key.

    ``cited``: gold.cited_standard, of which those whose status is not VALID are sent, as WITHDRAWN;
    ``failure``: gold.standard_failure, of which those with a failure; ``rate``: gold.citation_rate, of which
    the newest month of the nation and of categories, as GAPS; ``participation``:
    gold.standards_participation, all rows.
    """
    invalid = cited[~cited["status"].isin(VALID)]
    newest = rate[rate["month"].eq(rate["month"].max())] if len(rate) else rate
    parts = (
        (WITHDRAWN, invalid.assign(current_no=as_text(invalid["current_no"]))),
        (FAILING, failure[failure["n_failed"].gt(0)]),
        (GAPS, newest[newest["dimension_type"].isin(("nation", "category"))]),
        (PARTICIPATION, participation),
    )
    for kind, rows in parts:
        if len(rows):
            yield Parcel(BODY, kind, only(rows.sort_values(list(kind.key), kind="stable"), kind))
