"""Computes the work of laboratories: how many days tests take, how many are done in time, and how many
commissions there are compared with capacity (definitions.md#laboratories). Pure.

A commission is the order to test or recheck one sample. A design is `probability` (the sample was drawn at
random), `targeted`, or `all` for both. KEY, the index of a returned frame: period_type, period_start, design,
lab_id. FIGURES: median_days, median_low, median_high, p90_days, p90_low, p90_high, from receipt to
conclusion."""

from __future__ import annotations

import numpy as np
import pandas as pd

from jobs.marts.labs.periods import PERIOD, Calendar, M, in_periods
from jobs.marts.sampling.outcomes import Stage, days
from jobs.methods.intervals import binomial
from jobs.methods.survival import median_lag

FEWEST = 10  # the fewest tests for which the days are given
ALL, PROBABILITY, TARGETED = "all", "probability", "targeted"
OF = ["design", "lab_id"]
KEY = [*PERIOD, *OF]
# Median and 90th percentile of the days that tests take, each with its 95% limits.
FIGURES = ["median_days", "median_low", "median_high", "p90_days", "p90_low", "p90_high"]
TESTS = (Stage.FIRST, Stage.REINSPECTION)  # kinds of commission that are tests; the other is the recheck


def by_design(rows: pd.DataFrame) -> pd.DataFrame:
    """Return ``rows`` twice, one below the other: once with their column ``design`` set to `all`, once
    unchanged, so that each row counts for both designs together and for its design. Labels of the index
    repeat."""
    return pd.concat([rows.assign(design=ALL), rows])


def commissions(
    lab_commission: pd.DataFrame, sample: pd.DataFrame, plans: pd.Series, conclusion: pd.DataFrame
) -> pd.DataFrame:
    """Return the commissions that name a laboratory: one row per commission, in their order and numbered
    anew, with lab_id, kind, design, category_code, and the days received (else commissioned), due (agreed
    last day), ended (its conclusion was issued) and left (the sample left the procedure before its test), NaT
    where unknown.

    ``lab_commission``, ``sample``, ``conclusion``: silver; ``plans``: series of the type of each sampling
    plan, index plan_id. A recheck has no conclusion: it counts as work received and in no other figure."""
    rows = lab_commission[lab_commission["lab_id"].notna()].reset_index(drop=True)
    goods = sample.drop_duplicates("sample_id").set_index("sample_id")
    of = rows["sample_id"]
    plan = rows["plan_id"].astype(object).where(rows["plan_id"].notna(), of.map(goods["plan_id"]))
    issued = conclusion.drop_duplicates(["sample_id", "stage"]).set_index(["sample_id", "stage"])["issued_on"]
    pairs = pd.MultiIndex.from_arrays([of, rows["kind"].astype(object)])
    received, asked = days(rows["received_on"]), days(rows["commissioned_on"])
    return pd.DataFrame(
        {
            "lab_id": rows["lab_id"],
            "kind": rows["kind"],
            "design": designs(plan, plans),
            "category_code": of.map(goods["category_code"]),
            "received": np.where(np.isnat(received), asked, received),
            "due": days(rows["due_on"]),
            "ended": days(issued.reindex(pairs).astype(object)),
            "left": days(of.map(goods["exited_on"]).astype(object)),
        }
    )


def designs(plan: pd.Series, plans: pd.Series) -> np.ndarray:
    """Return the design of each plan: `probability`, or `targeted` for any other type and for a plan that
    ``plans`` does not hold. ``plan``: plan ids; ``plans``: series of types, index plan_id. The array has the
    order of ``plan``."""
    return np.where((plan.map(plans) == PROBABILITY).to_numpy(), PROBABILITY, TARGETED)


def turnaround(work: pd.DataFrame, known: Calendar) -> pd.DataFrame:
    """Return the days that tests take from receipt to conclusion: one row per KEY as index (period of the
    receipt), with n_tests, n_open and FIGURES (Kaplan–Meier). An open test is censored at its age on
    ``known.today``, one whose sample left the procedure on the day on which it left. FIGURES are NaN with
    fewer than FEWEST (10) tests, and where they cannot be estimated.

    ``work``: as returned by `commissions`; ``known``: the time that counts."""
    tests = work[work["kind"].isin(TESTS) & (work["received"] <= known.today)]
    ended = (tests["ended"] <= known.today).to_numpy()
    stop = np.where(ended, tests["ended"], np.fmin(tests["left"], known.today)).astype("datetime64[D]")
    lag = np.maximum((stop - tests["received"].to_numpy().astype("datetime64[D]")).astype(np.int64), 0)
    tests = tests.assign(over=ended, lag=lag, waits=~ended & ~(tests["left"] <= known.today).to_numpy())
    rows = []
    tests = by_design(tests[[*OF, "received", "over", "lag", "waits"]])
    spread = in_periods(tests, tests["received"].to_numpy().astype("datetime64[D]"), known)
    for key, group in spread.groupby(KEY):
        figures = [np.nan] * 6
        if len(group) >= FEWEST:
            figures = [f if np.isfinite(f) else np.nan for f in median_lag(group["lag"], group["over"])]
        rows.append([*key, len(group), int(group["waits"].sum()), *figures])
    return pd.DataFrame(rows, columns=[*KEY, "n_tests", "n_open", *FIGURES]).set_index(KEY)


def punctuality(work: pd.DataFrame, known: Calendar) -> pd.DataFrame:
    """Return how many tests were done by the agreed last day: one row per KEY as index (period of that day),
    with n_due (tests whose last day is before ``known.today``), n_on_time, and on_time_share in 0-1 with 95%
    Wilson limits (on_time_low, on_time_high). An open test is late; one whose sample left the procedure by
    its last day, untested, is not counted.

    ``work``: as returned by `commissions`; ``known``: the time that counts."""
    gone = (work["left"] <= work["due"]) & ~(work["ended"] <= work["due"])
    fell = work[work["kind"].isin(TESTS) & (work["due"] < known.today) & ~gone]
    fell = by_design(fell.assign(met=fell["ended"] <= fell["due"])[[*OF, "due", "met"]])
    spread = in_periods(fell, fell["due"].to_numpy().astype("datetime64[D]"), known)
    found = spread.groupby(KEY)["met"].agg(n_due="size", n_on_time="sum")
    return with_share(found, "n_on_time", "n_due", "on_time")


def with_share(found: pd.DataFrame, part: str, whole: str, name: str) -> pd.DataFrame:
    """Return ``found`` with three more columns: ``name``_share, the column ``part`` divided by the column
    ``whole`` (0-1; NaN where ``whole`` is 0), and its 95% Wilson limits ``name``_low and ``name``_high."""
    low, high = binomial(found[part].to_numpy(float), found[whole].to_numpy(float))
    share = found[part] / found[whole].where(found[whole] > 0)
    return found.assign(**{f"{name}_share": share.astype(float), f"{name}_low": low, f"{name}_high": high})


def load(
    work: pd.DataFrame, lab: pd.DataFrame, above: dict[str, tuple[str, ...]], known: Calendar
) -> pd.DataFrame:
    """Return the work of laboratories compared with capacity: one row per KEY as index (period of the
    receipt, design `all`), with n_commissions; n_outside (those for which `outside` is true); months_covered
    (months of the period for which there are data); capacity_per_month (samples, as the laboratory declared);
    and load_share: n_commissions / (capacity_per_month × months_covered), above 1 for too much work, NaN
    where no capacity is declared.

    ``work``: as returned by `commissions`; ``lab``: silver; ``above``: category_code → itself and the
    categories above it; ``known``: the time that counts."""
    register = lab.drop_duplicates("lab_id").set_index("lab_id")
    rows = work.assign(design=ALL, outside=outside(work, register, above))[[*OF, "received", "outside"]]
    spread = in_periods(rows, rows["received"].to_numpy().astype("datetime64[D]"), known)
    found = spread.groupby(KEY)["outside"].agg(n_commissions="size", n_outside="sum")
    names = found.index.to_frame()
    months = [
        known.months(kind, np.datetime64(start, "D").astype(M))
        for kind, start in zip(names["period_type"], names["period_start"], strict=True)
    ]
    capacity = names["lab_id"].map(register["capacity_per_month"].astype(float)).to_numpy(float)
    can = capacity * np.asarray(months, dtype=float)
    share = np.where(can > 0, found["n_commissions"] / np.where(can > 0, can, 1.0), np.nan)
    return found.assign(months_covered=months, capacity_per_month=capacity, load_share=share)


def outside(work: pd.DataFrame, register: pd.DataFrame, above: dict[str, tuple[str, ...]]) -> np.ndarray:
    """Return whether each commission is outside what its laboratory is accredited for: goods of no category
    that it declared, or received on a day outside its accreditation. One bool per row of ``work``; where it
    declared no categories or dates, that part is unknown and counts as False.

    ``work``: as returned by `commissions`; ``register``: silver.lab with index lab_id; ``above``:
    category_code → itself and the categories above it."""
    can = {i: frozenset(c) for i, c in register["capabilities"].items() if c is not None and len(c)}
    goods = [
        lab in can and isinstance(code, str) and can[lab].isdisjoint(above.get(code, (code,)))
        for lab, code in zip(work["lab_id"], work["category_code"], strict=True)
    ]
    received = work["received"].to_numpy().astype("datetime64[D]")
    since = days(work["lab_id"].map(register["accredited_from"]).astype(object))
    until = days(work["lab_id"].map(register["accredited_to"]).astype(object))
    return np.asarray(goods, dtype=bool) | (received < since) | (received > until)
