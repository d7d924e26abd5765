"""The precision that a proposed plan is expected to give: standard errors, limits, and the probability that
its samples miss a failure rate. Pure."""

from __future__ import annotations

import numpy as np
import pandas as pd

from jobs.marts.dimensions import NATION
from jobs.methods import survey_cells
from jobs.methods.acceptance import oc

# Column → failure rate at which the probability that no batch fails is given.
MISSED = {"miss_05": 0.05, "miss_10": 0.10, "miss_20": 0.20}
DESCRIBED = [
    *(
        "population units_sold units_share prior_rate floor n_probability n_targeted "
        "sampling_fraction expected_judged expected_se expected_low expected_high"
    ).split(),
    *MISSED,
    "detectable_rate",
]


def described(cells: pd.DataFrame, response: float) -> pd.DataFrame:
    """Return one row per stratum, platform, category and the nation: dimension_type, dimension_code,
    platform_code, category_code and DESCRIBED, each explained in schemas/gold/sampling_proposal.odcs.yaml.

    ``cells``: one row per platform × category, as `sampling_proposal.planned` returns them. ``response``:
    share of purchases that are expected to be judged (0-1). The purchases of a stratum are divided among its
    cells in proportion to units sold, none above its listings, as no listing is drawn twice. Rates are shares
    in 0-1, weighted by units sold; limits are of 95%. miss_05, miss_10, miss_20: probability that no batch
    fails where 5, 10 or 20% would; detectable_rate: the rate at which at least one fails with 95%
    probability, NaN where none is judged."""
    by_chance = _among_cells(cells, cells["n_probability"], cells["population"])
    targeted = _among_cells(cells, cells["n_targeted"], cells["population"] - by_chance)
    expected = cells.assign(
        n_cell=by_chance,
        judged=by_chance * response,
        targeted=targeted,
        floor_p=cells["platform_floor"],
        floor_c=cells["category_floor"],
    )
    expected["variance"] = _variance(expected)
    of = {
        "stratum": expected.assign(code=expected["stratum"], floor=0),
        "nation": expected.assign(code=NATION, floor=0),
        "platform": expected.assign(code=expected["platform_code"], floor=expected["floor_p"]),
        "category": expected.assign(code=expected["category_code"], floor=expected["floor_c"]),
    }
    return pd.concat([_unit(kind, rows) for kind, rows in of.items()], ignore_index=True)


def _among_cells(cells: pd.DataFrame, purchases: pd.Series, room: pd.Series) -> pd.Series:
    """The purchases of each cell: those of its stratum (``purchases``, the same in all of its cells) in
    proportion to units sold, none above ``room``; what a full cell cannot take goes to the others. They sum
    to the stratum's, or to its room where that is less."""
    stratum, units = cells["stratum"], cells["units_share"]
    full, room = pd.Series(False, index=cells.index), room.astype(float)
    while True:
        taken = room.where(full, 0.0).groupby(stratum).transform("sum")
        open_units = units.where(~full, 0.0).groupby(stratum).transform("sum")
        share = (purchases - taken) * units / open_units.where(open_units > 0, 1.0)
        over = ~full & (share > room)
        if not over.any():
            return room.where(full, share)
        full |= over


def _variance(cells: pd.DataFrame) -> pd.Series:
    """Of a cell's rate: p(1-p)/m; of a cell that nothing is expected from, p(1-p). Not less where all of its
    listings are drawn: batches are draws from what a listing sells (`probability.survey_design`)."""
    binomial = cells["rate"] * (1 - cells["rate"])
    return binomial / cells["judged"].where(cells["judged"] > 0, 1.0)


def _unit(kind: str, cells: pd.DataFrame) -> pd.DataFrame:
    """One row per code: sums, the rate weighted by units sold, its standard error, its limits: those that
    gold.detection_rate will give, by Kish's effective n of the planned weights, the error and the degrees of
    freedom (`survey_cells.limits`)."""
    weighted = cells.assign(
        odds=cells["units_share"] * cells["rate"],
        square=cells["units_share"] ** 2 * cells["variance"],
        weights=cells["units_share"] ** 2 / cells["judged"].where(cells["judged"] > 0, 1.0),
    )
    by = weighted.groupby("code")
    columns = "population units_sold units_share odds square weights n_cell targeted judged".split()
    rows = by[columns].sum()
    rows["floor"] = np.minimum(by["floor"].first(), rows["population"])
    rate, se = rows["odds"] / rows["units_share"], np.sqrt(rows["square"]) / rows["units_share"]
    low, high = survey_cells.limits(
        rate.to_numpy(),
        kish=np.minimum(rows["units_share"] ** 2 / rows["weights"], rows["judged"]).to_numpy(),
        of_variance=(rate * (1 - rate) / se**2).where(se > 0).to_numpy(),
        df=(rows["judged"] - _occupied(weighted)).to_numpy(),
        n=rows["judged"].to_numpy(),
    )
    batches = np.floor(rows["judged"] + 1e-9).astype(int)
    return rows.assign(
        dimension_type=kind,
        dimension_code=rows.index,
        prior_rate=rate,
        expected_se=se,
        expected_judged=rows["judged"],
        expected_low=low,
        expected_high=high,
        n_probability=whole(rows["n_cell"]),
        n_targeted=whole(rows["targeted"]),
        sampling_fraction=rows["n_cell"] / rows["population"],
        platform_code=by["platform_code"].first() if kind in ("stratum", "platform") else None,
        category_code=rows.index.str.split("/").str[1]
        if kind == "stratum"
        else rows.index
        if kind == "category"
        else None,
        **{name: [oc(p, n=n, c=0) if n else 1.0 for n in batches] for name, p in MISSED.items()},
        detectable_rate=[1 - 0.05 ** (1 / n) if n else np.nan for n in batches],
    )[["dimension_type", "dimension_code", "platform_code", "category_code", *DESCRIBED]]


def _occupied(cells: pd.DataFrame) -> pd.Series:
    """The strata from which at least one judged batch of a unit is expected, by its code: a stratum's
    purchases each become one of the unit's with the same probability."""
    strata = cells.groupby(["code", "stratum"]).agg(judged=("judged", "sum"), n=("n_probability", "first"))
    n = strata["n"].astype(float)
    each = np.minimum(strata["judged"] / n.where(n > 0, 1.0), 1.0)
    return (1 - (1 - each) ** n).groupby("code").sum()


def whole(expected: pd.Series) -> pd.Series:
    """Round numbers of purchases to whole numbers with the same sum (that of ``expected``, rounded), by the
    method of largest remainders (of equal ones the first gets the purchase). Only expected numbers change,
    those of categories: the plan has whole ones of strata, platforms and the nation. ``expected``: not
    negative, none missing; the result, of int64, has its index."""
    made = np.floor(expected.to_numpy(float) + 1e-9)
    short = round(float(expected.sum())) - int(made.sum())
    first = np.argsort(made - expected.to_numpy(float), kind="stable")[: max(short, 0)]
    made[first] += 1
    return pd.Series(made.astype(np.int64), expected.index)
