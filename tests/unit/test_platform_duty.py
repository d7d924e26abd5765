"""Controls of platforms that nothing names: no table fails on them."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from jobs.marts.overview.platform_duty import placed

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
