"""What targeted, complaint-led and follow-up plans find, against plans that draw by chance."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from jobs.simulate.country.authorities.dossier import dossier
from jobs.simulate.country.world import world


@pytest.fixture(scope="module")
def samples() -> pd.DataFrame:
    """Samples of three countries: many of one follow the same few complaints, and share their luck."""
    made = [dossier(world(seed, 200_000, date(2026, 6, 17), 18)).truth["samples"] for seed in (7, 8, 9)]
    return pd.concat([rows for of_country in made for rows in of_country], ignore_index=True)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["targeted", "complaint_led", "follow_up"])
def test_plans_without_chance_find_more_than_the_market_holds(samples, kind):
    market, aimed = (samples[samples.type == one].true_rate for one in ("probability", kind))
    assert aimed.mean() > market.mean() + 2 * np.hypot(
        market.std() / np.sqrt(len(market)), aimed.std() / np.sqrt(len(aimed))
    )
