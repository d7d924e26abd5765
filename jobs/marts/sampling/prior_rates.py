"""What past samples say of the cells (platform × category) of a plan: shrunk failure rates, findings, and the
share of samples that get a verdict. A proposed plan is divided among its strata by them. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from jobs.marts.sampling.outcomes import has_verdict
from jobs.methods.small_area import beta_binomial

# Columns that name a cell; categories are of level 1.
CELL = ["platform_code", "category_code"]


@dataclass(frozen=True)
class History:
    """What past samples say of the cells; arrays are in the order of the cells. ``rate``: failure rate of
    each cell, 0-1. ``findings``: of each cell, how many samples of any plan failed or left the procedure for
    a violation. ``response``: share of all samples with an outcome that got a verdict, 1 where none has one
    yet."""

    rate: np.ndarray
    findings: np.ndarray
    response: float


def history(cells: pd.DataFrame, past: pd.DataFrame, *, without: float) -> History:
    """Return the History of ``cells``.

    ``cells``: columns CELL, one row per platform × category. ``past``: one row per past sample: CELL,
    ``weight`` (units sold divided by the inclusion probability; 0 where the sample was not drawn by chance)
    and the counts n_sampled, n_conforming, n_nonconforming and n_exited_violation (0 or 1). ``without``: the
    rate of every cell where no sample was drawn by chance, or where all or none of these failed.

    The rate of a cell combines those of its platform and of its category: exposure rates on effective sizes
    (Σw)²/Σw² (L. Kish, Survey Sampling, 1965), each shrunk by beta-binomial empirical Bayes: logit p = logit
    p̄ + (logit p_platform - logit p̄) + (logit p_category - logit p̄), where p̄ is the rate of all. A single
    cell has too few samples for a rate, and the rate only decides where purchases go."""
    decided = has_verdict(past)
    drawn = past[(past["weight"] > 0) & decided]
    whole = _effective(drawn, pd.Series(0, drawn.index))
    middle = float(whole["x"].sum() / whole["n"].sum()) if len(whole) else 0.0
    mixed = 0 < middle < 1
    score = np.full(len(cells), logit(middle if mixed else without))
    for name in CELL:
        units = _effective(drawn, drawn[name])
        if len(units) > 1 and mixed:
            found = pd.Series(
                beta_binomial(units["x"].to_numpy(float), units["n"].to_numpy(float)).mean, units.index
            )
            score += (
                cells[name].map(logit(found.clip(0.001, 0.999)) - logit(middle)).fillna(0.0).to_numpy(float)
            )
    found = (
        past.assign(found=past["n_nonconforming"] + past["n_exited_violation"]).groupby(CELL)["found"].sum()
    )
    sampled, ended = past["n_sampled"].sum(), decided.sum()
    at = pd.MultiIndex.from_frame(cells[CELL])
    return History(
        expit(score),
        found.reindex(at, fill_value=0).to_numpy(float),
        float(ended / sampled) if ended else 1.0,
    )


def _effective(drawn: pd.DataFrame, unit: pd.Series) -> pd.DataFrame:
    """Of each unit the effective number of samples ``n`` and how many of them failed, ``x``."""
    sums = (
        pd.DataFrame(
            {
                "unit": unit,
                "w": drawn["weight"],
                "square": drawn["weight"] ** 2,
                "failed": drawn["weight"] * drawn["n_nonconforming"],
            }
        )
        .groupby("unit")[["w", "square", "failed"]]
        .sum()
    )
    n = sums["w"] ** 2 / sums["square"]
    return pd.DataFrame({"x": np.minimum(n * sums["failed"] / sums["w"], n), "n": n})
