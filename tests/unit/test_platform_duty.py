"""Controls of platforms that nothing names, and the months that a platform owes."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from jobs.marts.overview.platform_duty import orders, owed, placed

DAY = date(2026, 2, 28)


@pytest.mark.parametrize("shops", [[], [None]], ids=["no shop", "a shop of no known platform"])
def test_codes_of_platforms_stay_text_where_none_is_known(shops):
    """pandas took such a column for numbers, which do not merge with the codes of platforms."""
    empty = [None, None]
    text = {name: pd.Series(empty, dtype=object) for name in ("platform_code", "shop_id")}
    control = pd.DataFrame({**text, "happened_on": [DAY, DAY], "_source": ["a", "b"]})
    shop = pd.DataFrame(
        {
            "shop_id": pd.Series(["S1"] * len(shops), dtype=object),
            "platform_code": pd.Series(shops, dtype=object),
            "_source": pd.Series(["a"] * len(shops), dtype=object),
        }
    )
    assert placed(control, shop, DAY)["platform_code"].dtype == object


@pytest.mark.parametrize(("by", "n"), [("P1", 1), ("P2", 0), (None, 0)])
def test_an_order_is_acknowledged_by_the_platform_that_got_it_alone(by: str | None, n: int) -> None:
    lifecycle = pd.DataFrame({"sample_id": ["s"], "platform_code": ["P1"], "takedown_ordered_on": [DAY]})
    said = {"kind": ["acknowledgement"], "sample_id": ["s"], "platform_code": pd.Series([by], dtype=object)}
    found = orders(lifecycle, pd.DataFrame(said))
    assert found[["platform_code", "n_takedown_orders", "n_acknowledged"]].to_numpy().tolist() == [
        ["P1", 1, n]
    ]


@pytest.mark.parametrize(
    ("begins", "ends", "months"),
    [
        (date(2026, 1, 1), date(2026, 1, 31), ["2026-01"]),  # on its first day and to its last
        (date(2026, 1, 2), None, ["2026-02"]),
        (None, date(2026, 2, 27), ["2026-01"]),
    ],
)
def test_a_platform_owes_the_months_in_which_it_was_there_from_the_first_day_to_the_last(
    begins: date | None, ends: date | None, months: list[str]
) -> None:
    platform = pd.DataFrame({"platform_code": ["P1"], "valid_from": [begins], "valid_to": [ends]})
    seen = pd.Series([date(2026, 1, 1)])
    found = owed(platform, seen, date(2026, 3, 31))["month"].to_numpy().astype("datetime64[M]")
    assert found.astype(str).tolist() == months
