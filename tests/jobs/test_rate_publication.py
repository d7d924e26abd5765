"""A re-inspection that overturns a result of July changes July, keeps the figure that was published first,
and makes a new revision."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import pytest
from sampling_frames import RATE_INPUTS, frames

from jobs.lake import ops
from jobs.marts.sampling import detection_rate
from jobs.night.publication import KEY, READ, appended
from jobs.period import Period

FIRST, LATER, AFTER = date(2026, 8, 15), date(2026, 9, 20), date(2026, 9, 21)
AGAIN = {"sample_id": "s0", "stage": "reinspection", "outcome": "conforming", "issued_on": date(2026, 9, 10)}


def rates(night: date, *more: dict[str, Any]) -> pd.DataFrame:
    """40 samples concluded in July, four of them failing, and as many of September without a failure."""
    samples, conclusions = [], list(more)
    for i in range(80):
        july = i < 40
        samples.append(
            {
                "sample_id": f"s{i}",
                "plan_id": "prob" if july else "next",
                "platform_code": "P1",
                "purchased_on": date(2026, 7, 1),
            }
        )
        failed = july and i < 4
        conclusions.append(
            {
                "sample_id": f"s{i}",
                "stage": "first",
                "outcome": "nonconforming" if failed else "conforming",
                "issued_on": date(2026, 7 if july else 9, 5),
            }
        )
    given = frames(
        {"sample": samples, "standing_conclusion": [c for c in conclusions if c["issued_on"] <= night]},
        RATE_INPUTS,
    )
    return detection_rate.build(**given, period=Period(night))


@pytest.fixture(scope="module")
def published() -> pd.DataFrame:
    """ops.publication after three nights: as published, with the re-inspection, and one without news."""
    table = ops.PUBLICATION.empty_table().to_pandas(date_as_object=True)
    for night, more in ((FIRST, ()), (LATER, (AGAIN,)), (AFTER, (AGAIN,))):
        rows = appended(rates(night, *more)[READ], table, night).to_dict("records")
        table = pd.DataFrame([*table.to_dict("records"), *rows], columns=table.columns)
    return table


def of(table: pd.DataFrame, dimension: str, code: str, kind: str = "month") -> pd.DataFrame:
    chosen = (
        (table["dimension_type"] == dimension)
        & (table["dimension_code"] == code)
        & (table["period_type"] == kind)
    )
    return table[chosen & (table["design"] == "all") & (table["dimension2_type"] == "")].sort_values(
        "revision"
    )


@pytest.mark.parametrize(
    ("dimension", "code"), [("nation", "CN"), ("platform", "P1"), ("channel", "unknown")]
)
def test_the_month_of_the_result_is_revised_and_its_first_figure_kept(
    published: pd.DataFrame, dimension: str, code: str
):
    july = of(published, dimension, code)
    assert july[
        ["period_start", "revision", "night", "n_nonconforming", "n_overturned"]
    ].to_numpy().tolist() == [
        [date(2026, 7, 1), 0, FIRST, 4, 0],
        [date(2026, 7, 1), 1, LATER, 3, 1],
    ]
    assert july["rate"].tolist() == pytest.approx([4 / 40, 3 / 40]) and july[
        "n_first_nonconforming"
    ].tolist() == [4, 4]


def test_the_month_of_the_reinspection_is_not_touched():
    september = rates(date(2026, 10, 20), AGAIN).query(
        "period_type == 'month' and dimension_type == 'nation' and design == 'all'"
    )
    assert september[["period_start", "n_tested", "n_nonconforming", "n_overturned"]].to_numpy().tolist() == [
        [date(2026, 7, 1), 40, 3, 1], [date(2026, 9, 1), 40, 0, 0],
    ]  # fmt: skip


def test_every_cell_in_which_the_sample_counted_is_revised_once_and_no_other(published: pd.DataFrame):
    """In August July was published; what is published later has the later figure at once."""
    revised, first = published[published["revision"] > 0], published[published["night"] == FIRST]
    assert set(revised["night"]) == {LATER} and set(first["period_type"]) == {"month"}
    assert sorted(map(str, revised[KEY].to_numpy().tolist())) == sorted(
        map(str, first[KEY].to_numpy().tolist())
    )
    assert not (published["night"] == AFTER).any()


def test_a_run_of_an_earlier_date_revises_no_period_that_was_not_yet_due_on_it(published: pd.DataFrame):
    """On 15 August July was published; on 10 August it had not been due."""
    early = date(2026, 8, 10)
    assert appended(rates(early)[READ], published, early).empty
