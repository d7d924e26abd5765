"""What a laboratory writes: the results of each sample by item, with values that agree with whether its
goods fail; conclusions; commissions.

Functions return tables of one quarter with the columns of the silver table and hidden ones (see the
package). ``quarter`` is its first month as text, such as 202601.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from jobs.simulate.country.authorities.days import DAY, after
from jobs.simulate.country.authorities.goods import Market, objects
from jobs.simulate.country.authorities.items import COLONIES
from jobs.simulate.country.authorities.standards import items, renewed_on
from jobs.simulate.country.streams import stream
from jobs.simulate.country.texts import digits, joined

TEXT_LIMIT = "应符合要求"
UNDETECTED = 0.35  # share of the passing values that are below the limit of detection, where an item has one
CLAIMED = 0.06  # share of the mandatory items whose label claims a looser limit, which does not count


def results(market: Market, tested: pd.DataFrame, quarter: str) -> pd.DataFrame:
    """Return silver.test_result: two to six rows (items) per sample. ``tested``: rows of `samples.with_tests`
    with an outcome; without rows the result has no columns. ``quarter``: its first month as text, such as
    202601."""
    rng, size = stream(market.world.seed, "results", quarter), len(tested)
    if not size:
        return pd.DataFrame()
    catalogue = items(market.world)
    places = int(catalogue.place.max()) + 1
    count = rng.choice([2, 3, 4, 5, 6], size, p=[0.12, 0.2, 0.28, 0.22, 0.18])
    taken = np.argsort(np.argsort(rng.random((size, places)), axis=1), axis=1) < count[:, None]
    keys = np.where(taken, rng.random((size, places)), -1.0)
    first = keys.argmax(axis=1)  # the item that fails
    keys[np.arange(size), first] = -1.0
    second = np.where(rng.random(size) < 0.2, keys.argmax(axis=1), first)
    sample, place = np.nonzero(taken)
    category = market.categories[market.category[tested.listing.to_numpy()]]
    start = catalogue.groupby("category_code").head(1).reset_index().set_index("category_code")["index"]
    item = catalogue.iloc[start.reindex(category).to_numpy()[sample] + place].reset_index(drop=True)
    fails = tested.fails.to_numpy()[sample] & ((place == first[sample]) | (place == second[sample]))
    silent = (tested.outcome.to_numpy() == "not_judged")[sample]
    return _written(market, tested.iloc[sample].reset_index(drop=True), item, fails, silent, rng)


def _written(
    market: Market,
    rows: pd.DataFrame,
    item: pd.DataFrame,
    fails: np.ndarray,
    silent: np.ndarray,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """One line an item. Where nothing may be judged (``silent``) there is neither a mandatory limit nor a
    claim."""
    size, new = len(rows), rows.produced_on.to_numpy("datetime64[D]") >= renewed_on(market.world)
    low, high = item.low.to_numpy(object), np.where(new, item.new_high, item.high).astype(object)
    wordy = (item.passing_high == 0).to_numpy() & (item.failing_high == 0).to_numpy()
    high = np.where(wordy, TEXT_LIMIT, high)
    mandatory = item.mandatory.to_numpy() & ~silent
    claimed = ~mandatory & ~silent
    looser = mandatory & ~wordy & (high != "") & (low == "") & (rng.random(size) < CLAIMED)
    ends = item[["passing_low", "passing_high", "failing_low", "failing_high"]].to_numpy()
    value = np.where(fails, ends[:, 2], ends[:, 0]) + rng.random(size) * np.where(
        fails, ends[:, 3] - ends[:, 2], ends[:, 1] - ends[:, 0]
    )
    detection = item.detection.to_numpy()
    places = np.where(detection.astype(bool) & (detection < 1) | (ends[:, 1] < 1), 3, 2)
    shown = np.where(places == 3, np.char.mod("%.3f", value), np.char.mod("%.2f", value)).astype(object)
    shown = stepped(shown, value, steps(value, item))
    undetected = ~fails & (detection > 0) & ((rng.random(size) < UNDETECTED) | (value < detection))
    shown = np.where(undetected, "<" + np.char.mod("%g", detection).astype(object), shown)
    shown = np.where(wordy, np.where(fails, "不符合", "符合"), shown)
    overlooked = (rows.fails & (rows.outcome == "conforming")).to_numpy()
    verdict = np.where(silent, "not_judged", np.where(fails & ~overlooked, "nonconforming", "conforming"))
    none = np.full(size, None, object)
    return pd.DataFrame(
        {
            "sample_id": rows.sample_id,
            "item_code": item.code,
            "item_name": item["name"],
            "value_text": shown,
            "unit": np.where(item.unit == "", None, item.unit),
            "limit_low": np.where(mandatory & (low != ""), low, none),
            "limit_high": np.where(mandatory & (high != ""), high, none),
            "claim_low": np.where(claimed & (low != ""), low, none),
            "claim_high": np.where(
                claimed & (high != ""),
                high,
                np.where(
                    looser, [f"{float(h) * 2:g}" if h not in ("", TEXT_LIMIT) else "" for h in high], none
                ),
            ),
            "standard_no": np.where(silent, None, np.where(new, item.new_no, item.standard_no)),
            "item_class": item.item_class,
            "lab_verdict": verdict,
            "tested_on": rows.tested_on,
            "_lab": rows.lab,
            "_known": rows.tested_on.to_numpy("datetime64[D]") + DAY,
            "_fails": fails,
        }
    )


def steps(value: np.ndarray, item: pd.DataFrame) -> np.ndarray:
    """Return the step in which each value is read, 0 for none. ``item``: the rows of `standards.items` of the
    values, with ``unit`` and ``step``."""
    tens = np.floor(np.log10(np.maximum(value, 10.0))) - 1
    return np.where(item.unit.to_numpy() == COLONIES, 10.0**tens, item.step.to_numpy())


def stepped(shown: np.ndarray, value: np.ndarray, step: np.ndarray) -> np.ndarray:
    """Return the texts ``shown`` of the values ``value``; of those that are read in steps (``step`` above 0)
    the text of the nearest step."""
    nearest = np.round(value / np.where(step > 0, step, 1.0)) * step
    return np.where(step > 0, np.char.mod("%g", nearest).astype(object), shown)


def conclusions(
    market: Market, tested: pd.DataFrame, lines: pd.DataFrame, again: pd.DataFrame
) -> pd.DataFrame:
    """Return silver.conclusion, one row per sample and stage: the first test of ``tested`` and the
    re-inspections of ``again``.

    ``tested``: rows of `samples.with_tests` with an outcome; ``lines``: their rows of `results`, which show
    whether a failure is serious (an item of class A); ``again``: one row per re-inspection: sample_id, lab
    (row), issued_on, outcome.
    """
    serious = (
        set(lines.sample_id[(lines.lab_verdict == "nonconforming") & (lines.item_class == "A")])
        if len(lines)
        else set()
    )
    labs = objects(market.world.labs["lab_id"])
    parts = []
    for stage, rows in (("first", tested), ("reinspection", again)):
        grave = rows.sample_id.isin(serious).to_numpy() & (rows.outcome == "nonconforming").to_numpy()
        parts.append(
            pd.DataFrame(
                {
                    "sample_id": rows.sample_id,
                    "stage": stage,
                    "outcome": rows.outcome,
                    "issued_on": rows.issued_on,
                    "serious": grave,
                    "lab_id": labs[rows.lab.to_numpy(int)],
                    "_lab": rows.lab,
                    "_known": rows.issued_on.to_numpy("datetime64[D]"),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def commissions(
    market: Market, tested: pd.DataFrame, again: pd.DataFrame, rechecks: pd.DataFrame, quarter: str
) -> pd.DataFrame:
    """Return silver.lab_commission, one row per order to a laboratory, with the day by which it is due (30
    days later).

    ``tested``: first tests, rows of `samples.with_tests`; ``again``: re-inspections, with requested_on;
    ``rechecks``: rechecks, with organised_on; all have sample_id, plan_id and lab (row). ``quarter``: as in
    `results`."""
    labs, parts = objects(market.world.labs["lab_id"]), []
    rng = stream(market.world.seed, "commissions", quarter)
    for kind, rows, day in (
        ("first", tested, "received_on"),
        ("reinspection", again, "requested_on"),
        ("recheck", rechecks, "organised_on"),
    ):
        asked = rows[day].to_numpy("datetime64[D]")
        parts.append(
            pd.DataFrame(
                {
                    "sample_id": rows.sample_id,
                    "lab_id": labs[rows.lab.to_numpy(int)],
                    "plan_id": rows.plan_id,
                    "kind": kind,
                    "commissioned_on": asked,
                    "received_on": after(asked, rng.integers(0, 3, len(rows))),
                    "due_on": after(asked, 30),
                    "fee": np.round(rng.uniform(300, 3000, len(rows)), -1),
                    "_lab": rows.lab,
                    "_known": asked + DAY,
                }
            )
        )
    table = pd.concat(parts, ignore_index=True)
    return table.assign(
        commission_id=joined(f"WT-{quarter}-", digits(np.arange(len(table)) + 1, 6)).to_pylist()
    )
