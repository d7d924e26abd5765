"""gold.risk_assessment: the level of risk of each category × hazard: probability of an injury × its severity,
raised where many units are in use (definitions.md#risk-level). A scenario (silver.risk_scenario) is the chain
of steps by which the hazard leads to an injury. Random batches are those of probability plans, drawn by
chance."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from jobs.marts.dimensions import UNKNOWN
from jobs.marts.risk.series import PAIR, newest_week, week_number
from jobs.methods.intervals import binomial
from jobs.period import Period

LEVELS = ("low", "medium", "high", "serious")  # of risk, lowest first
# Judged random batches of which a pair is assessed; weeks and months before the newest that are counted.
FEWEST, WEEKS, MONTHS_IN_USE = 30, 52, 24
ASSESSED, NO_SCENARIO, TOO_FEW = "assessed", "no_scenario", "too_few_samples"
KEY = ["category_code", "hazard_code"]
_PARTS = ("", "_low", "_high")
COLUMNS = [
    *KEY,
    *"status scenario_code severity n_judged n_failing probability probability_low probability_high".split(),
    *"units_in_use level level_low level_high raised open_signal".split(),
]
# Input of build → the columns of it that build reads; an input that is not listed comes with all its columns.
READS = {
    "risk_count": ["week", "key_type", "stream", "n"],
    "commerce_state": ["month", "category_code", "quantity"],
}


def build(
    *,
    hazard_count: pd.DataFrame,
    risk_count: pd.DataFrame,
    risk_signal: pd.DataFrame,
    commerce_state: pd.DataFrame,
    risk_scenario: pd.DataFrame,
    risk_matrix: pd.DataFrame,
    risk_units_in_use: pd.DataFrame,
    product_category: pd.DataFrame,
    period: Period,
) -> pd.DataFrame:
    """Return the rows of gold.risk_assessment: one row per category × hazard that was tested in the last 52
    weeks or has an open signal, sorted by KEY. Columns: COLUMNS, each explained in
    schemas/gold/risk_assessment.odcs.yaml. hazard_count, risk_count, risk_signal and commerce_state are gold
    tables, the others silver. ``period`` is not used.

    ``probability`` of the injury, 0-1: share of failing batches among the random ones, times the
    probabilities of the further steps of the scenario (from the failure to the injury). Its limits multiply
    the lower limits of all factors (of the share Wilson's, 95%), and all upper ones, so they are rather too
    wide than too narrow. The scenario is that of the category, else of the one above it, else the one for any
    category. Without a scenario, or with fewer than 30 judged random batches, the pair is not assessed:
    ``status`` says so, and probability and levels are null. Units in use are those ordered in the last 24
    months, as far as sources cover trade; by silver.risk_units_in_use they may raise the level (``raised``).
    ``open_signal`` includes usual signals, as a usual hazard may be grave."""
    last = newest_week(risk_count, hazard_count)
    if last is None:
        return pd.DataFrame(columns=COLUMNS)
    rows = _pairs(hazard_count, risk_signal, last)
    rows = rows.merge(_scenarios(rows, risk_scenario, product_category), how="left", on=KEY)
    rows["units_in_use"] = rows["category_code"].map(_units(commerce_state, product_category)).fillna(0)
    rows["units_in_use"] = rows["units_in_use"].astype(np.int64)
    known, enough = rows["scenario_code"].notna(), rows["n_judged"] >= FEWEST
    rows["status"] = np.select([~known, ~enough], [NO_SCENARIO, TOO_FEW], ASSESSED)
    done = (rows["status"] == ASSESSED).to_numpy()
    n, x = rows["n_judged"].to_numpy(float)[done], rows["n_failing"].to_numpy(float)[done]
    low, high = binomial(x, n)
    for part, share in zip(_PARTS, (x / n, low, high), strict=True):
        steps = rows[f"steps{part}"].to_numpy(float)[done]
        rows[f"probability{part}"] = pd.Series(share * steps, rows.index[done]).reindex(rows.index)
        rows[f"level{part}"], raised = _levels(rows[done], part, risk_matrix, risk_units_in_use)
        if not part:
            rows["raised"] = raised.reindex(rows.index, fill_value=False).astype(bool)
    rows["severity"] = rows["severity"].astype("Int64")
    return rows[COLUMNS].sort_values(KEY, ignore_index=True)


def raised(level: str, units: int, rules: pd.DataFrame) -> str:
    """Return the level of risk after units in use are taken into account: ``level``, or a higher one (of
    LEVELS).

    ``units``: units in use. ``rules``: silver.risk_units_in_use, one row per bound (units_in_use_above,
    raises). Of the rows whose bound lies below ``units``, the one with the largest bound applies; its text,
    such as `low to high, all others to serious`, says which level each level becomes. A level that it does
    not name stays, and so does each where no row applies."""
    above = rules[rules["units_in_use_above"].astype(float) < units].sort_values("units_in_use_above")
    if above.empty:
        return level
    steps = dict(
        re.findall(r"(low|medium|high|all others) to (medium|high|serious)", str(above["raises"].iloc[-1]))
    )
    to = str(steps.get(level) or steps.get("all others") or level)
    return max(level, to, key=LEVELS.index)


def matrix_level(probability: float, severity: int, matrix: pd.DataFrame) -> str:
    """Return the level of risk (of LEVELS) for a probability of injury and a severity, by ``matrix``:
    silver.risk_matrix, one row per bound (probability_above) with the levels severity_1 to severity_4.

    ``probability``: 0-1; ``severity``: 1 (least) to 4. Of the rows whose bound lies below the probability the
    one with the largest bound applies; where there is none, the row with the smallest bound."""
    bounds = matrix.assign(bound=matrix["probability_above"].astype(float)).sort_values("bound")
    below = bounds[bounds["bound"] < probability]
    return str((below.iloc[-1] if len(below) else bounds.iloc[0])[f"severity_{int(severity)}"])


def _levels(
    rows: pd.DataFrame, part: str, matrix: pd.DataFrame, rules: pd.DataFrame
) -> tuple[pd.Series, pd.Series]:
    plain = [
        matrix_level(p, s, matrix) for p, s in zip(rows[f"probability{part}"], rows["severity"], strict=True)
    ]
    now = [raised(level, units, rules) for level, units in zip(plain, rows["units_in_use"], strict=True)]
    change = [a != b for a, b in zip(plain, now, strict=True)]
    return pd.Series(now, rows.index, dtype=object), pd.Series(change, rows.index, dtype=bool)


def _pairs(hazard_count: pd.DataFrame, signals: pd.DataFrame, last: int) -> pd.DataFrame:
    week = week_number(hazard_count["week"])
    recent = (week > last - WEEKS) & (week <= last) & (hazard_count["stream"] == "test").to_numpy()
    tested = hazard_count[recent & (hazard_count["category_code"] != UNKNOWN).to_numpy()]
    sums = tested.groupby(KEY, as_index=False)[["n_random_judged", "n_random"]].sum()
    sums = sums.rename(columns={"n_random_judged": "n_judged", "n_random": "n_failing"})
    open_ = signals[(signals["key_type"] == PAIR) & (signals["state"] == "open")][KEY].drop_duplicates()
    rows = sums.merge(open_.assign(open_signal=True), how="outer", on=KEY)
    rows["open_signal"] = rows["open_signal"].notna()
    return rows.fillna({"n_judged": 0, "n_failing": 0}).astype({"n_judged": np.int64, "n_failing": np.int64})


def _scenarios(rows: pd.DataFrame, scenario: pd.DataFrame, category: pd.DataFrame) -> pd.DataFrame:
    """KEY, scenario_code, severity and the products of the steps' probabilities of the pairs with a
    scenario."""
    of = scenario.groupby("scenario_code").agg(
        hazard_code=("hazard_code", "first"),
        of_category=("category_code", "first"),
        severity=("severity", "first"),
        steps=("probability", "prod"),
        steps_low=("probability_low", "prod"),
        steps_high=("probability_high", "prod"),
    )
    of = of.reset_index().assign(of_category=lambda t: t["of_category"].fillna(""))
    parent = category.set_index("category_code")["parent_code"].dropna().to_dict()
    parts = []
    for place, near in enumerate((rows["category_code"], rows["category_code"].map(parent), "")):
        parts.append(
            rows[KEY].assign(of_category=near, place=place).merge(of, on=["hazard_code", "of_category"])
        )
    found = pd.concat(parts, ignore_index=True).sort_values([*KEY, "place", "scenario_code"])
    return found.drop_duplicates(KEY)[[*KEY, "scenario_code", "severity", "steps", "steps_low", "steps_high"]]


def _units(commerce_state: pd.DataFrame, category: pd.DataFrame) -> pd.Series:
    """Units ordered in the last months by category, those of finer ones included."""
    months = pd.to_datetime(commerce_state["month"])
    recent = commerce_state[(months > months.max() - pd.DateOffset(months=MONTHS_IN_USE)).to_numpy()]
    own = recent.groupby("category_code")["quantity"].sum()
    parent = category.set_index("category_code")["parent_code"].dropna()
    below = own.groupby(own.index.map(parent)).sum()
    return own.add(below, fill_value=0)
