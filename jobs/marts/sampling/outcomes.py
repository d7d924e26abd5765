"""The outcome of each sample: the month in which it counts, and a count of 0 or 1 for each outcome
(definitions.md#counts). Pure, one row per sample."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd


class Stage(StrEnum):
    """Which test a conclusion is of: the first test, or the re-inspection of the sealed backup sample."""

    FIRST = "first"
    REINSPECTION = "reinspection"


class Verdict(StrEnum):
    """What a conclusion, or a laboratory on an item, found."""

    CONFORMING = "conforming"
    NONCONFORMING = "nonconforming"
    NOT_JUDGED = "not_judged"


class ExitKind(StrEnum):
    """Why a sample left the procedure before its test: a violation was found without a test, or the sample
    was void."""

    VIOLATION = "violation"
    VOID = "void"


RATE_VERSION = "detection_rate/8"  # of gold.detection_rate: raised with what counts in the rate or how
# Additive over samples, so over months, and over any dimension whose codes do not overlap.
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
# The denominator of the rate (definitions.md#counts) as a sum of counts with their signs: tested batches less
# those without a verdict.
DENOMINATOR = {"n_tested": 1, "n_not_judged": -1}
# The month of a sample without any date: it counts in period `all` only. numpy's own mark of a missing date
# as a number.
UNDATED = np.iinfo(np.int64).min


def judged(counts: Any) -> Any:
    """Return the denominator of the rate: batches tested and judged. ``counts`` is a frame, or one row, with
    the columns of `DENOMINATOR`; the result is a series, or a number."""
    return sum(sign * counts[name] for name, sign in DENOMINATOR.items())


def judged_sql(of: str = "") -> str:
    """Return `judged` as an expression of SQL. ``of``: alias of the table, where a query joins several."""
    place = f"{of}." if of else ""
    terms = (f"{'-' if sign < 0 else '+'} {place}{name}" for name, sign in DENOMINATOR.items())
    return " ".join(terms).removeprefix("+ ")


def violation_base(counts: Any) -> Any:
    """Return the denominator of the violation rate (definitions.md#violation-rate): batches of `judged` and
    batches that left the procedure for a violation, each counted once. ``counts``: a frame or a row with
    n_exited_violation and the columns of `DENOMINATOR`."""
    one = dict.fromkeys(COUNTS, 0) | {"n_sampled": 1, "n_exited_violation": 1}
    # What the rate's own denominator does not count of a batch that left.
    return judged(counts) + (1 - judged(one)) * counts["n_exited_violation"]


def all_judged(n: Any, n_failed: Any) -> dict[str, Any]:
    """Return COUNTS, by name, of ``n`` batches (a number or an array) that were all tested and judged,
    ``n_failed`` of them non-conforming from the first test on. `judged` and `violation_base` of these are
    ``n``, however the denominator is defined."""
    return dict.fromkeys(COUNTS, n * 0) | {
        "n_sampled": n,
        "n_tested": n,
        "n_conforming": n - n_failed,
        "n_nonconforming": n_failed,
        "n_first_nonconforming": n_failed,
    }


def has_verdict(outcome: pd.DataFrame) -> pd.Series:
    """Return whether each sample was found conforming or non-conforming: bool, index as in ``outcome`` (as
    :func:`outcomes`).

    This differs from `judged`, which says whether a sample counts in the rate: it does not change with the
    denominator."""
    return (outcome["n_conforming"] + outcome["n_nonconforming"]) > 0


def outcomes(sample: pd.DataFrame, conclusion: pd.DataFrame) -> pd.DataFrame:
    """The outcome of each sample, in the order of ``sample``.

    ``sample``: rows of silver.sample. ``conclusion``: rows of silver.conclusion, unique in (sample_id,
    stage); those of unknown samples are left out, as they have no plan, place or product yet.

    Returns a frame with ``month`` (months since 1970-01, `UNDATED` where no date is known), the counts of
    `COUNTS` but
    ``n_serious`` (int64, 0 or 1), and the flags ``outcome_date_assumed`` and ``exit_and_conclusion``. Each
    count is found for itself and none is derived from the others, so that the identities of the ledger can
    fail where an input holds a word that is unknown here.

    Raises ValueError where a sample has two conclusions of one stage.
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
    """Whether each sample is seriously non-conforming (严重不合格): int64 0 or 1, in the order of ``sample``.

    Its final conclusion is non-conforming, and ``serious`` of that conclusion is true; where that is not
    said, ``serious`` of the first; where neither is, a class-A item of ``test_result`` failed.
    """
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
    """Return days (datetime64[D]) as months since 1970-01: int64, `UNDATED` for NaT."""
    return day.astype("datetime64[M]").astype(np.int64)


def days(dates: pd.Series) -> np.ndarray:
    """Return dates (objects or datetime64) as datetime64[D], NaT where missing. Unlike pandas' nanoseconds,
    days hold years after 2262."""
    if pd.api.types.is_datetime64_any_dtype(dates):
        return dates.to_numpy().astype("datetime64[D]")
    values = dates.to_numpy(object)
    known = ~pd.isna(values)
    found = np.full(len(values), np.datetime64("NaT", "D"))
    found[known] = values[known].astype("datetime64[D]")
    return found
