"""Domains of a stratified sample from sums: equal to those of the library, whatever the cells overlap."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from jobs.methods import survey, survey_cells


def sample(seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"stratum": np.repeat(np.arange(6), rng.integers(8, 30, 6))})
    frame["y"] = rng.binomial(1, 0.25, len(frame))
    frame["w"] = rng.uniform(1, 40, len(frame))
    frame["N"] = frame.groupby("stratum").y.transform("size") * 4
    frame["cell"] = rng.integers(0, 5, len(frame))
    return frame


def shares(frame: pd.DataFrame, few: int) -> pd.DataFrame:
    parts = pd.concat(
        [frame[["cell", "stratum"]], survey_cells.contributions(frame.y.to_numpy(), frame.w.to_numpy())],
        axis=1,
    )
    sums = parts.groupby(["cell", "stratum"], as_index=False).sum()
    strata = frame.groupby("stratum")
    return survey_cells.shares(
        sums,
        cell="cell",
        stratum="stratum",
        events=frame.groupby("cell").y.sum(),
        drawn=strata.size().to_numpy(),
        population=strata.N.first().to_numpy(),
        few=few,
    )


@pytest.mark.parametrize(("few", "interval"), [(0, "logit"), (10_000, "beta")])
@pytest.mark.parametrize("seed", range(4))
def test_every_cell_is_what_the_library_estimates_for_that_domain(seed: int, few: int, interval: str):
    frame = sample(seed)
    wanted = survey.estimate_by(
        frame, "y", by="cell", kind="proportion", weights="w", strata="stratum", fpc="N", interval=interval
    )
    got = shares(frame, few)
    pd.testing.assert_frame_equal(
        got[["value", "se", "low", "high"]], wanted[["value", "se", "low", "high"]], rtol=1e-9
    )
    assert got[["df", "n"]].to_numpy().tolist() == wanted[["df", "n"]].to_numpy().tolist()


def test_a_cell_without_events_has_an_upper_limit_only_above_zero():
    frame = sample(1)
    frame.loc[frame.cell == 2, "y"] = 0
    row = shares(frame, 5).loc[2]
    assert row.value == 0 and row.low == 0 and 0 < row.high < 0.5


def test_a_stratum_with_one_unit_leaves_no_limits_unless_it_was_all_there_was():
    frame = pd.concat(
        [sample(2), pd.DataFrame({"stratum": [6], "y": [1], "w": [3.0], "N": [9], "cell": [0]})],
        ignore_index=True,
    )
    assert np.isnan(shares(frame, 0).loc[0, "low"])
    frame.loc[frame.stratum == 6, "N"] = 1
    assert shares(frame, 0).loc[0, "low"] > 0


def test_a_unit_without_weight_is_outside():
    got = survey_cells.contributions(np.array([1.0, 1.0, 0.0]), np.array([2.0, np.nan, 0.0]))
    assert got.to_numpy().tolist() == [[1, 2, 2, 4, 4], [0, 0, 0, 0, 0], [0, 0, 0, 0, 0]]
