"""Which rates a bundle shows."""

from __future__ import annotations

from pathlib import Path

from notebook_country import put
from test_bundles import QUARTER, lake_at, quiet

from jobs.marts.sampling.outcomes import all_judged, judged
from jobs.marts.sampling.reliability import FEWEST
from jobs.publish.freezing import freeze


def test_no_published_rate_pools_the_two_designs(tmp_path: Path) -> None:
    lake = lake_at(tmp_path)
    assert (lake.frame("gold.detection_rate")["design"] == "all").any()
    shown = freeze(lake.root, tmp_path / "published", QUARTER, day=None, say=quiet).arrow("detection_rates")
    assert set(shown["design"].to_pylist()) == {"probability", "targeted"}


def test_a_violation_rate_is_published_by_the_batches_of_its_own_denominator(tmp_path: Path) -> None:
    """A platform's quarter with twenty batches judged and fifteen that left for a violation: the rate of the
    twenty is hidden (of 35, where a denominator counts those, too), that of the 35 is not."""
    lake = lake_at(tmp_path)
    rates = lake.frame("gold.detection_rate")
    one = (rates["period_type"] == "quarter") & (rates["period_start"] == QUARTER.start)
    one &= (rates["dimension_type"] == "platform") & (rates["dimension2_type"] == "")
    at = rates.index[one & (rates["design"] == "targeted")][0]
    counts = all_judged(20, 2) | {"n_sampled": 35, "n_exited_violation": 15}
    figures = {"violation_rate": 17 / 35, "violation_low": 0.31, "violation_high": 0.66}
    for name, value in (counts | figures | {"rate": 0.1, "ci_low": 0.03, "ci_high": 0.3}).items():
        rates.loc[at, name] = value
    put(lake, {"gold.detection_rate": rates})
    table = freeze(lake.root, tmp_path / "published", QUARTER, day=None, say=quiet).arrow("detection_rates")
    found = table.to_pandas().query("n_exited_violation == 15 and design == 'targeted' and n_sampled == 35")
    assert len(found) == 1
    assert found[["rate", "ci_low", "ci_high"]].isna().all(axis=None) == (judged(counts) < FEWEST)
    assert found[[*figures]].iloc[0].to_dict() == figures
