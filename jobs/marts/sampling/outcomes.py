"""The outcome of each sample: the month in which it counts, and a count of 0 or 1 for each possible outcome
(definitions.md#counts). A sample is one batch of goods that was bought for a test; the two words mean the
same here. Pure."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd


class Stage(StrEnum):
    """Which test a conclusion belongs to: the first test, or the re-inspection of the sealed backup
    sample."""

    FIRST = "first"
    REINSPECTION = "reinspection"


class Verdict(StrEnum):
    """The result of a conclusion on a batch, or of a laboratory on one tested item."""

    CONFORMING = "conforming"
    NONCONFORMING = "nonconforming"
    NOT_JUDGED = "not_judged"


class ExitKind(StrEnum):
    """Why a sample left the procedure before its test: a violation was found without a test (no maker's name,
    no licence), or the sample was void (lost, wrong item)."""

    VIOLATION = "violation"
    VOID = "void"


# Values of silver.sample.channel of batches that were bought or drawn in person.
IN_PERSON = ("shop", "production")
RATE_VERSION = "detection_rate/9"  # of gold.detection_rate: raised with what counts in the rate or how
# Of each sample 0 or 1: it has an outcome (n_sampled), which is an exit (violation or void) or a test;
# the final conclusion (not_judged, conforming, nonconforming); the first one was non-conforming;
# a re-inspection overturned that; the failure is serious; it has no outcome yet (n_open). They may be added
# up over samples, so over months, and over any dimension whose codes do not overlap.
COUNTS = (
    "n_sampled",
    "n_exited_violation",
    "n_exited_void",
    "n_tested",
    "n_not_judged",
    "n_conforming",
    "n_nonconforming",
    "n_first_nonconforming",
    "n_overturned",
    "n_serious",
    "n_open",
)
# The denominator of the rate (definitions.md#counts) as a sum of counts with their signs.
DENOMINATOR = {"n_tested": 1, "n_not_judged": -1}
# The month of a sample without any date: it counts in period `all` only. numpy's own mark of a missing date
# as a number.
UNDATED = np.iinfo(np.int64).min


def judged(counts: Any) -> Any:
    """Return how many batches count as judged: the denominator of the detection rate. ``counts``: a
    frame, or one row of it, with the columns of `DENOMINATOR`. The result is a series with its index, or a
    number."""
    return sum(sign * counts[name] for name, sign in DENOMINATOR.items())


def judged_sql(of: str = "") -> str:
    """Return `judged` as an expression in SQL: the columns of `DENOMINATOR`, added and subtracted by their
    signs. ``of``: alias of the table in the query, '' where the columns need none."""
    place = f"{of}." if of else ""
    terms = (f"{'-' if sign < 0 else '+'} {place}{name}" for name, sign in DENOMINATOR.items())
    return " ".join(terms).removeprefix("+ ")


def violation_base(counts: Any) -> Any:
    """Return the denominator of the violation rate (definitions.md#violation-rate): batches that were judged
    and batches that left the procedure for a violation. ``counts``: a frame, or one row of it, with
    n_exited_violation and the columns of `DENOMINATOR`. The result is a series with its index, or a number.
    It is written so that it counts each such batch once, also if `DENOMINATOR` is changed."""
    one = dict.fromkeys(COUNTS, 0) | {"n_sampled": 1, "n_exited_violation": 1}
    # What the rate's own denominator does not count of a batch that left.
    return judged(counts) + (1 - judged(one)) * counts["n_exited_violation"]


def all_judged(n: Any, n_failed: Any) -> dict[str, Any]:
    """Return COUNTS, by name, of ``n`` batches that were all tested and judged: ``n_failed`` of them are
    non-conforming from the first test on, the others conforming. Both arguments are numbers or arrays of one
    length, and so are the values. Used where batches are counted by item: each batch that was judged on the
    item counts as judged."""
    return dict.fromkeys(COUNTS, n * 0) | {
        "n_sampled": n,
        "n_tested": n,
        "n_conforming": n - n_failed,
        "n_nonconforming": n_failed,
        "n_first_nonconforming": n_failed,
    }


def has_verdict(outcome: pd.DataFrame) -> pd.Series:
    """Return whether each sample was finally found conforming or non-conforming: a bool series with the index
    of ``outcome``, which is a frame as `outcomes` returns it.

    `judged` says how many batches count in the rate, and follows the definition of the denominator; this does
    not."""
    return (outcome["n_conforming"] + outcome["n_nonconforming"]) > 0


def outcomes(sample: pd.DataFrame, conclusion: pd.DataFrame) -> pd.DataFrame:
    """Return the outcome of each sample: one row per row of ``sample``, in its order, with the index 0, 1, ….

    ``sample``: silver.sample (sample_id, exit_kind, exited_on, purchased_on). ``conclusion``:
    silver.conclusion or gold.standing_conclusion, one row per sample_id and stage; conclusions of samples
    that ``sample`` lacks are left out, as they have no plan, place or product yet.

    - month: months since 1970-01 in which the sample counts: of the first conclusion's day (where there is
      only a re-inspection's conclusion, of that), without a conclusion of the exit; where that day is
      missing, and where there is no outcome yet, of the purchase. `UNDATED` where no day is known.
    - The columns of `COUNTS` except n_serious (`serious` computes it): int64, 0 or 1. Final is the
      re-inspection's conclusion where there is one. A sample with a conclusion and an exit counts as tested.
    - outcome_date_assumed (the day of purchase stands in for the missing one) and exit_and_conclusion: bool.

    Each count is found from the input and none from the others: so the identities of the ledger fail where an
    input has a value that is unknown here. Raises ValueError where a sample has two conclusions of one stage.
    """
    first, again = (
        _of_stage(sample, conclusion, Stage.FIRST),
        _of_stage(sample, conclusion, Stage.REINSPECTION),
    )
    final = _final(first, again)["outcome"]
    concluded = final.notna().to_numpy()
    exit_kind = sample["exit_kind"].reset_index(drop=True)
    left = exit_kind.notna().to_numpy()
    exited = left & ~concluded

    concluded_on = np.where(first["outcome"].notna(), days(first["issued_on"]), days(again["issued_on"]))
    own_day = np.where(
        concluded, concluded_on, np.where(exited, days(sample["exited_on"]), np.datetime64("NaT"))
    )
    bought_on = days(sample["purchased_on"])
    day = np.where(np.isnat(own_day), bought_on, own_day)

    first_failed = (first["outcome"] == Verdict.NONCONFORMING).to_numpy()
    counts = {
        "n_sampled": concluded | exited,
        "n_exited_violation": exited & (exit_kind == ExitKind.VIOLATION).to_numpy(),
        "n_exited_void": exited & (exit_kind == ExitKind.VOID).to_numpy(),
        "n_tested": concluded,
        "n_not_judged": (final == Verdict.NOT_JUDGED).to_numpy(),
        "n_conforming": (final == Verdict.CONFORMING).to_numpy(),
        "n_nonconforming": (final == Verdict.NONCONFORMING).to_numpy(),
        "n_first_nonconforming": first_failed,
        "n_overturned": first_failed & (final == Verdict.CONFORMING).to_numpy(),
        "n_open": ~(concluded | exited),
    }
    return pd.DataFrame(
        {
            "month": months(day),
            **{name: flag.astype(np.int64) for name, flag in counts.items()},
            "outcome_date_assumed": (concluded | exited) & np.isnat(own_day) & ~np.isnat(bought_on),
            "exit_and_conclusion": left & concluded,
        }
    )


def serious(sample: pd.DataFrame, conclusion: pd.DataFrame, test_result: pd.DataFrame) -> np.ndarray:
    """Return whether each sample is seriously non-conforming (严重不合格): an int64 array of 0 and 1, in the
    order of ``sample``.

    It is where its final conclusion is non-conforming and ``serious`` of that conclusion is true; where that
    is missing, ``serious`` of the first conclusion; where that is missing too, an item of class A failed.
    ``sample``, ``conclusion``: as in `outcomes`, conclusions with the column serious. ``test_result``:
    silver.test_result (sample_id, item_class, lab_verdict)."""
    first, again = (
        _of_stage(sample, conclusion, Stage.FIRST),
        _of_stage(sample, conclusion, Stage.REINSPECTION),
    )
    final = _final(first, again)
    failing = (test_result["item_class"] == "A") & (test_result["lab_verdict"] == Verdict.NONCONFORMING)
    class_a = sample["sample_id"].isin(test_result.loc[failing, "sample_id"]).to_numpy()
    said = final["serious"].astype("boolean").fillna(first["serious"].astype("boolean"))
    judged_serious = np.where(said.isna(), class_a, said.fillna(False).astype(bool))
    return ((final["outcome"] == Verdict.NONCONFORMING).to_numpy() & judged_serious).astype(np.int64)


def _of_stage(sample: pd.DataFrame, conclusion: pd.DataFrame, stage: Stage) -> pd.DataFrame:
    """outcome, issued_on, serious of one stage for each sample, missing where there is no such conclusion."""
    columns = ["sample_id", "outcome", "issued_on", "serious"]
    of_stage = conclusion.loc[conclusion["stage"] == stage, columns].set_index("sample_id")
    if of_stage.index.has_duplicates:
        twice = of_stage.index[of_stage.index.duplicated()][0]
        raise ValueError(f"sample {twice} has two conclusions of stage {stage}")
    return of_stage.astype(object).reindex(sample["sample_id"]).reset_index(drop=True)


def _final(first: pd.DataFrame, again: pd.DataFrame) -> pd.DataFrame:
    """The re-inspection's conclusion where there is one, else the first."""
    known = again["outcome"].notna()
    return pd.DataFrame({name: again[name].where(known, first[name]) for name in again})


def months(day: np.ndarray) -> np.ndarray:
    """Return days (``day``, datetime64[D]) as months since 1970-01: an int64 array, `UNDATED` for NaT."""
    return day.astype("datetime64[M]").astype(np.int64)


def days(dates: pd.Series) -> np.ndarray:
    """Return dates (`datetime.date` objects or datetime64) as an array of datetime64[D], NaT where missing.
    Unlike pandas' nanoseconds, this type holds years after 2262."""
    if pd.api.types.is_datetime64_any_dtype(dates):
        return dates.to_numpy().astype("datetime64[D]")
    number, distinct = pd.factorize(dates.to_numpy(object))  # many rows have the same few days
    return np.append(distinct.astype("datetime64[D]"), np.datetime64("NaT", "D"))[number]  # -1: missing
