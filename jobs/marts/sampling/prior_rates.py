"""What history says of the cells of a plan: failure rates, shrunk; findings to follow; how many purchases end in a judgement. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from jobs.methods.small_area import beta_binomial

CELL = ["platform_code", "category_code"]


@dataclass(frozen=True)
class History:
    """``rate``: of each cell, 0-1; ``findings``: samples of any plan that failed or left as a violation; ``response``: share of samples
    that are judged, 1 where none was yet."""

    rate: np.ndarray
    findings: np.ndarray
    response: float


def history(cells: pd.DataFrame, past: pd.DataFrame, *, without: float) -> History:
    """``cells``: CELL; ``past``: CELL, `probability` and counts n_sampled n_conforming n_nonconforming n_exited_violation, one row a sample.

    The rate of a cell joins what its platform and what its category say, each shrunk by beta-binomial empirical Bayes over the
    probability samples: logit p = logit p̄ + (logit p_platform - logit p̄) + (logit p_category - logit p̄). A cell is too small to speak for
    itself, and the rate only steers where purchases go. ``without``: the rate where there is no history, or nothing but one outcome.
    """
    drawn = past[past["probability"]]
    judged = drawn["n_conforming"] + drawn["n_nonconforming"]
    events, trials = drawn["n_nonconforming"].sum(), judged.sum()
    middle = events / trials if 0 < events < trials else without
    score = np.full(len(cells), logit(middle))
    for name in CELL:
        units = pd.DataFrame({"unit": drawn[name], "x": drawn["n_nonconforming"], "n": judged}).groupby("unit")[["x", "n"]].sum()
        units = units[units["n"] > 0]
        if len(units) > 1 and 0 < events < trials:
            found = pd.Series(beta_binomial(units["x"].to_numpy(float), units["n"].to_numpy(float)).mean, units.index)
            score += cells[name].map(logit(found.clip(0.001, 0.999)) - logit(middle)).fillna(0.0).to_numpy(float)
    found = past.assign(found=past["n_nonconforming"] + past["n_exited_violation"]).groupby(CELL)["found"].sum()
    sampled, ended = past["n_sampled"].sum(), (past["n_conforming"] + past["n_nonconforming"]).sum()
    at = pd.MultiIndex.from_frame(cells[CELL])
    return History(expit(score), found.reindex(at, fill_value=0).to_numpy(float), float(ended / sampled) if ended else 1.0)
