"""Split samples: goods of one batch, made homogeneous and divided among laboratories, to show which
laboratory finds or measures more than the others. ``quarter`` is the first month of a quarter as text, such
as 202601."""

from __future__ import annotations

import numpy as np
import pandas as pd

from jobs.simulate.country.authorities.days import DAY, after
from jobs.simulate.country.authorities.goods import Market, objects
from jobs.simulate.country.authorities.results import stepped, steps
from jobs.simulate.country.authorities.samples import capable
from jobs.simulate.country.authorities.standards import items
from jobs.simulate.country.streams import stream

SPLIT = 0.1  # share of the judged samples of probability plans that are split
LABS = 3  # laboratories among which a sample is divided, that of its first test first
MISJUDGED = 0.01  # share of verdicts that are the opposite of what they should be
REPEATS = 0.03  # standard deviation of a measured value between laboratories, relative


def splits(market: Market, tested: pd.DataFrame, lines: pd.DataFrame, quarter: str) -> pd.DataFrame:
    """Return silver.split_result of a quarter: one row per sample, laboratory and item of the first test,
    with the laboratory's value and verdict; an empty frame where no sample was split.

    ``tested``: rows of `samples.with_tests` with an outcome; ``lines``: their rows of `results.results`. A
    laboratory fails the goods where its `bias` makes them fail, and reads values too high by its
    `value_bias`. ``quarter``: its first month as text, such as 202601."""
    rng = stream(market.world.seed, "splits", quarter)
    able = capable(market)[market.parent[tested.listing.to_numpy()]]
    order = rng.random(able.shape) * able
    order[np.arange(len(tested)), tested.lab.to_numpy()] = 2.0  # the first laboratory has its share already
    luck, missed = rng.random(len(tested)), rng.random((len(tested), LABS)) < MISJUDGED
    chosen = (tested.type == "probability").to_numpy() & (tested.outcome != "not_judged").to_numpy()
    chosen &= (luck < SPLIT) & (able.sum(axis=1) >= LABS)
    if not chosen.any():
        return pd.DataFrame()
    rows, labs = tested[chosen], market.world.labs
    lab = np.argsort(-order[chosen], axis=1)[:, :LABS]
    bias = labs["bias"].to_numpy()[lab]
    fails = rows.luck.to_numpy()[:, None] < rows.rate.to_numpy()[:, None] + bias
    fails ^= missed[chosen]
    fails[:, 0] = rows.fails
    shares = pd.DataFrame(
        {
            "sample_id": np.repeat(rows.sample_id.to_numpy(object), LABS),
            "lab": lab.ravel(),
            "first": np.tile(np.arange(LABS) == 0, len(rows)),
            "lab_fails": fails.ravel(),
            "later": np.where(np.tile(np.arange(LABS) == 0, len(rows)), 0, rng.integers(3, 21, fails.size)),
        }
    )
    own = ["sample_id", "item_code", "value_text", "unit", "tested_on", "_fails"]
    category = market.categories[market.category[rows.listing.to_numpy()]]
    found = lines[own].merge(shares, on="sample_id")
    found["goods"] = found.sample_id.map(dict(zip(rows.sample_id, category, strict=True)))
    return _measured(market, found, labs, rng)


def _measured(
    market: Market, found: pd.DataFrame, labs: pd.DataFrame, rng: np.random.Generator
) -> pd.DataFrame:
    """What each laboratory writes. ``found``: a row for each item and laboratory with the first test's
    value."""
    found = found.merge(
        items(market.world),
        left_on=["goods", "item_code"],
        right_on=["category_code", "code"],
        suffixes=("", "_i"),
    ).sort_values(["sample_id", "lab", "item_code"], ignore_index=True)
    leads = ~found.duplicated(["sample_id", "lab"]).to_numpy()  # the item that fails where none did before
    known = found.groupby(["sample_id", "lab"])["_fails"].transform("any").to_numpy()
    first, failed = found["first"].to_numpy(), found["_fails"].to_numpy()
    fails = np.where(first, failed, found.lab_fails.to_numpy() & np.where(known, failed, leads))
    shift = np.asarray(labs["value_bias"])[found.lab.to_numpy()]
    base = shift[first]
    origin = dict(zip(found.sample_id[first], base, strict=True))
    factor = np.exp(shift - found.sample_id.map(origin).to_numpy() + rng.normal(0, REPEATS, len(found)))
    value = pd.to_numeric(found.value_text, errors="coerce").to_numpy()
    fresh = np.where(fails, found.failing_low, found.passing_low) + rng.random(len(found)) * np.where(
        fails, found.failing_high - found.failing_low, found.passing_high - found.passing_low
    )
    low = np.where(fails, found.failing_low, found.passing_low)
    high = np.where(fails, found.failing_high, found.passing_high)
    turned = fails != failed
    read = np.clip(np.where(turned, fresh, value * factor), low, high)
    wordy = (found.passing_high == 0).to_numpy() & (found.failing_high == 0).to_numpy()
    read = np.nan_to_num(read)
    measured = stepped(np.char.mod("%.3f", read).astype(object), read, steps(read, found))
    text = np.where(wordy, np.where(fails, "不符合", "符合"), measured)
    same = first | (np.isnan(value) & ~turned & ~wordy)  # below the limit of detection it stays
    return pd.DataFrame(
        {
            "split_id": "BD-" + found.sample_id,
            "lab_id": objects(labs["lab_id"])[found.lab.to_numpy()],
            "item_code": found.item_code,
            "sample_id": found.sample_id,
            "value_text": np.where(same, found.value_text, text),
            "unit": found.unit,
            "lab_verdict": np.where(fails, "nonconforming", "conforming"),
            "tested_on": (day := after(found.tested_on.to_numpy("datetime64[D]"), found.later.to_numpy())),
            "_lab": found.lab,
            "_known": day + DAY,
        }
    )
