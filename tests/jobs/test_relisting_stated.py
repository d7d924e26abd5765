"""A relisting that the brand's owner names counts whenever it came, and where its day is not filed."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from jobs.marts.counterfeit.relisting import came_on
from jobs.marts.counterfeit.repeat_offender import _relisted

DOWN = date(2026, 3, 10)


@pytest.mark.parametrize(
    ("listed", "came"),
    [(None, DOWN), (date(2026, 3, 1), DOWN), (DOWN, DOWN), (date(2026, 4, 1), date(2026, 4, 1))],
)
def test_goods_come_again_with_their_listing_or_where_that_is_not_known_or_older_with_the_takedown(
    listed: date | None, came: date
) -> None:
    rows = pd.DataFrame({"listed_on": [listed], "taken_down_on": [DOWN]})
    assert came_on(rows).dt.date.tolist() == [came]


def test_an_operator_whose_relisting_has_no_day_is_counted() -> None:
    link = {"enterprise_link": "certain", "operator_link": "same"}
    link |= {"enterprise_id": "X", "first_enterprise_id": "X"}
    rows = pd.DataFrame([link | {"listed_on": None, "taken_down_on": DOWN}])
    assert _relisted(rows, pd.Timestamp("2026-01-01"), pd.Timestamp("2026-06-30"))[0] == {"X": 1}
