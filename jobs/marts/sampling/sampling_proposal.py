"""gold.sampling_proposal: a proposed plan for the nation's next quarter: the purchases of each stratum, and
the precision that they are expected to give. A cell is a platform × level-1 category; a stratum is one or
several cells of a platform. The random purchases speak for the market, the targeted ones follow signals and
findings."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from jobs.marts.dimensions import NATION, UNKNOWN, hierarchies
from jobs.marts.risk.news import USUAL
from jobs.marts.sampling.allocation import OTHER, Floor, allocate, shared
from jobs.marts.sampling.outcomes import outcomes
from jobs.marts.sampling.precision import DESCRIBED, described
from jobs.marts.sampling.prior_rates import CELL, History, history
from jobs.marts.sampling.proposal_settings import Settings, frame_month, next_quarter, settings_on
from jobs.period import Period

# Targeted purchases for each open signal that is news: of 13 batches, one fails with 95% probability where
# a fifth do.
SIGNAL_BATCHES = 13
KEY = ["plan_id", "dimension_type", "dimension_code"]
# Columns before and after DESCRIBED.
HEAD = ["platform_code", "category_code", "period_start", "period_end", "frame_month"]
TAIL = ["seed", "setting_version"]
COLUMNS = [*KEY, *HEAD, *DESCRIBED, *TAIL]
# Input of build → the columns of it that build reads; an input that is not listed comes with all its columns.
READS = {
    "sampling_frame": ["month", "platform_code", "category_code", "population", "n_orders", "units_listed"],
    "sample": [
        "sample_id",
        "plan_id",
        "purchased_on",
        "platform_code",
        "category_code",
        "inclusion_probability",
        "units_sold",
        "exit_kind",
        "exited_on",
    ],
    "standing_conclusion": ["sample_id", "stage", "outcome", "issued_on", "serious"],
}


def build(
    *,
    sampling_frame: pd.DataFrame,
    sample: pd.DataFrame,
    standing_conclusion: pd.DataFrame,
    sampling_plan: pd.DataFrame,
    product_category: pd.DataFrame,
    proposal_setting: pd.DataFrame,
    risk_signal: pd.DataFrame,
    period: Period,
) -> pd.DataFrame:
    """Return the rows of gold.sampling_proposal: one row per stratum, platform, category and the nation,
    sorted by KEY. Columns: COLUMNS, each explained in schemas/gold/sampling_proposal.odcs.yaml.
    sampling_frame, standing_conclusion and risk_signal are gold tables, the others silver. Without settings
    or a frame there are no rows. Raises ValueError where settings exist and none is valid on the first day of
    the quarter, or one is missing. ``period`` is not used.

    The frame is that of the newest whole month (`frame_month`), the plan that of the quarter after it. Within
    a stratum, listings are to be drawn with a probability in proportion to the units that they sold
    (gold.sampling_purchase), so that the exposure rate, the headline, is a plain mean. No stratum gets more
    purchases than it has listings: where the frame holds too few, part of the budget is not used.

    Least numbers of platforms and key categories come first; the rest of the budget is divided by Neyman's
    rule with shrunk rates of the past. A share of the budget is targeted, where there are open signals that
    are news, or findings: it follows first the signals, then the findings, and takes at most half of what the
    random draw leaves in a stratum. A signal of a category × hazard is followed on all platforms by units
    sold; a signal of a brand names no stratum and is left to the brand's owner."""
    month = frame_month(sampling_frame)
    cells = _cells(sampling_frame, month)
    if (
        cells.empty or proposal_setting.empty
    ):  # without settings on file there is no plan to make; with some, one must be valid
        return pd.DataFrame(columns=COLUMNS)
    assert month is not None, "cells come from a month of the frame"
    begins, ends = next_quarter(month)
    given = settings_on(proposal_setting, begins)
    past = history(
        cells,
        _past(sample, standing_conclusion, sampling_plan, product_category, month, given),
        without=given.prior_rate,
    )
    keys = product_category[
        (product_category["level"] == 1) & product_category["key_consumer_product"].fillna(False).astype(bool)
    ]
    cells = planned(
        cells.assign(signals=signalled(cells, risk_signal, product_category)),
        past,
        set(keys["category_code"]),
        given,
    )
    head = {
        "period_start": begins,
        "period_end": ends,
        "frame_month": month,
        "seed": given.seed,
        "setting_version": given.version,
    }
    rows = described(cells, past.response).assign(
        plan_id=f"PROP-{NATION}-{begins.year}Q{(begins.month + 2) // 3}", **head
    )
    return rows[COLUMNS].sort_values(KEY, ignore_index=True)


def planned(cells: pd.DataFrame, past: History, keys: set[str], given: Settings) -> pd.DataFrame:
    """Return ``cells`` with the columns rate (failure rate, 0-1), findings, units_share, signals, stratum,
    n_probability and n_targeted (random and targeted purchases of the whole stratum, the same in all of its
    cells), platform_floor, category_floor and odds (units_share times rate).

    ``cells``: one row per platform × category: CELL, population (listings), units_sold, and perhaps
    `signals`, the purchases that open signals ask for. ``past``: `history` of these cells. ``keys``: codes of
    the key consumer categories, which have floors. ``given``: the settings of the plan."""
    cells = cells.assign(
        rate=past.rate, findings=past.findings, units_share=cells["units_sold"] / cells["units_sold"].sum()
    )
    if "signals" not in cells:
        cells["signals"] = 0.0
    any_ = past.findings.any() or (cells["signals"] > 0).any()
    follows = round(given.budget * given.targeted_share) if any_ else 0
    cells["stratum"] = strata(cells, given)
    cells["platform_floor"] = given.platform_floor
    cells["category_floor"] = np.where(cells["category_code"].isin(keys), given.category_floor, 0)
    cells["odds"] = cells["units_share"] * cells["rate"]
    whole = cells.groupby("stratum")[["units_share", "odds", "population", "findings", "signals"]].sum()
    mean = (whole["odds"] / whole["units_share"]).to_numpy()
    there = whole["population"].to_numpy(np.int64)
    most = np.maximum(
        np.floor(there * given.most_of_listings).astype(np.int64), np.minimum(there, given.stratum_least)
    )
    n = allocate(
        whole["units_share"].to_numpy() * np.sqrt(mean * (1 - mean)),
        most,
        budget=given.budget - follows,
        least=given.stratum_least,
        floors=_floors(cells, whole, keys, given),
    )
    room = (there - n) // 2
    first = shared(whole["signals"].to_numpy(), room, min(follows, round(whole["signals"].sum())))
    rest = shared(whole["findings"].to_numpy(), room - first, follows - int(first.sum()))
    whole = whole.assign(n_probability=n, n_targeted=first + rest)
    return cells.join(whole[["n_probability", "n_targeted"]], on="stratum")


def signalled(cells: pd.DataFrame, risk_signal: pd.DataFrame, product_category: pd.DataFrame) -> np.ndarray:
    """Return how many purchases of each cell open signals ask for: an array of floats, in the order of
    ``cells``. Each open signal that is news and leads to a category asks for SIGNAL_BATCHES, divided by units
    sold among the cells of its level-1 category (and of its platform, if it names one). Usual signals ask for
    none: the plan covers what is known. One in words that lead to no category has its reason in
    gold.risk_signal.

    ``cells``: CELL and units_sold. ``risk_signal``: gold.risk_signal; ``product_category``:
    silver.product_category."""
    asked = np.zeros(len(cells))
    parent = product_category.set_index("category_code")["parent_code"].dropna()
    news = (risk_signal["state"] == "open") & (risk_signal["news"] != USUAL)
    open_ = risk_signal[news & risk_signal["sampled_category"].notna()]
    top = open_["sampled_category"].map(parent).fillna(open_["sampled_category"])
    units = cells["units_sold"].to_numpy(float)
    for platform, category in zip(open_["platform_code"], top, strict=True):
        meant = (cells["category_code"] == category).to_numpy()
        if isinstance(platform, str):
            meant &= (cells["platform_code"] == platform).to_numpy()
        if meant.any():
            asked[meant] += SIGNAL_BATCHES * units[meant] / units[meant].sum()
    return asked


def strata(cells: pd.DataFrame, given: Settings) -> pd.Series:
    """Return the name of the stratum of each cell, such as `P01/CL`, with the index of ``cells``. A cell is a
    stratum by itself where it has at least ``given.stratum_least`` listings and would get as many of the
    platform's purchases. All other cells of the platform form its stratum OTHER (`P01/other`); where there is
    only one such cell, it is a stratum by itself.

    ``cells``: CELL, units_share and population. ``given``: the settings of the plan."""
    of_platform = cells.groupby("platform_code")["units_share"].transform("sum")
    due = np.maximum(given.budget * of_platform, given.platform_floor) * cells["units_share"] / of_platform
    own = (due >= given.stratum_least) & (cells["population"] >= given.stratum_least)
    alone = (~own).groupby(cells["platform_code"]).transform("sum") == 1  # nothing to join it with
    return cells["platform_code"] + "/" + cells["category_code"].where(own | alone, OTHER)


def _floors(cells: pd.DataFrame, whole: pd.DataFrame, keys: set[str], given: Settings) -> list[Floor]:
    """Floors of the platforms, then of the key categories, in order of their codes."""
    at = {stratum: i for i, stratum in enumerate(whole.index)}
    part = cells["units_share"] / cells["stratum"].map(whole["units_share"])
    floors = [
        Floor({at[s]: 1.0 for s in rows["stratum"]}, given.platform_floor)
        for _, rows in cells.groupby("platform_code")
    ]
    for code, rows in cells.assign(part=part).groupby("category_code"):
        if code in keys:
            floors.append(
                Floor(
                    {at[s]: float(p) for s, p in zip(rows["stratum"], rows["part"], strict=True)},
                    given.category_floor,
                )
            )
    return floors


def _cells(sampling_frame: pd.DataFrame, month: date | None) -> pd.DataFrame:
    """Platform × category of the frame month: CELL population units_sold, of listings that can be drawn;
    where no purchase is possible is left out."""
    frame = sampling_frame[(sampling_frame["month"] == month) & (sampling_frame["platform_code"] != UNKNOWN)]
    sums = frame.groupby(CELL, as_index=False)[["population", "units_listed"]].sum()
    return (
        sums[(sums["population"] > 0) & (sums["units_listed"] > 0)]
        .rename(columns={"units_listed": "units_sold"})
        .reset_index(drop=True)
    )


def _past(
    sample: pd.DataFrame,
    standing_conclusion: pd.DataFrame,
    sampling_plan: pd.DataFrame,
    product_category: pd.DataFrame,
    month: date,
    given: Settings,
) -> pd.DataFrame:
    """The samples with an outcome in the months of history up to the frame's and after: CELL, `weight` and
    their counts."""
    counts = outcomes(sample, standing_conclusion)
    first = (month.year - 1970) * 12 + month.month - given.history_months
    tree = hierarchies(
        region=pd.DataFrame(columns=["level", "region_code", "parent_code"]),
        product_category=product_category,
    )["category"]
    codes = sample["category_code"].reset_index(drop=True)
    top = {code: (tree.path(code) or (code,))[-1] for code in codes.dropna().unique()}
    random = (
        sample["plan_id"]
        .isin(sampling_plan.loc[sampling_plan["type"] == "probability", "plan_id"])
        .to_numpy()
    )
    weight = pd.to_numeric(sample["units_sold"]) / pd.to_numeric(sample["inclusion_probability"])
    rows = counts.assign(
        platform_code=sample["platform_code"].reset_index(drop=True),
        category_code=codes.map(top).fillna(UNKNOWN),
        weight=np.where(random, weight.fillna(0.0).to_numpy(float), 0.0),
    )
    return rows[counts["month"] >= first]
