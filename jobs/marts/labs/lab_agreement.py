"""gold.lab_agreement: how often two laboratories agree on split samples (parts of one sample tested by each),
and on backup samples that another laboratory re-inspected (definitions.md#laboratories).

KEY identifies a row: kind, period_type, period_start, lab_id, other_lab_id. COLUMNS: the table's columns,
which schemas/gold/lab_agreement.odcs.yaml explains."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from jobs.marts.sampling.outcomes import Stage, Verdict, days
from jobs.methods.agreement import bias, kappa, shift
from jobs.methods.intervals import binomial
from jobs.period import Period

SPLIT, BACKUP = "split", "backup"  # values of kind
OTHERS = "all"  # value of other_lab_id for all other laboratories together
EVER = date(1900, 1, 1)  # period_start of the period type `all`
FEWEST = 20  # the fewest pairs for which kappa, and samples with values for which bias, is given
KEY = ["kind", "period_type", "period_start", "lab_id", "other_lab_id"]
COLUMNS = [
    *KEY,
    *"n_pairs n_both_failing n_only_lab n_only_other n_neither".split(),
    *"agreement agreement_low agreement_high kappa kappa_low kappa_high".split(),
    *"n_values n_value_samples n_not_compared bias bias_low bias_high agree_low agree_high".split(),
]
# Input of build → the columns of it that build reads; an input that is not listed comes with all its columns.
READS = {
    "split_result": "split_id lab_id item_code value_text unit lab_verdict tested_on".split(),
    "standing_conclusion": "sample_id stage outcome issued_on lab_id".split(),
    "sample": ["sample_id", "lab_id"],
}
JUDGED = [Verdict.CONFORMING, Verdict.NONCONFORMING]
# What `_row` says of two laboratories that have values of the same samples and no verdicts.
_UNJUDGED = dict.fromkeys("n_pairs n_both_failing n_only_lab n_only_other n_neither agreement".split(), 0)


def build(
    *,
    split_result: pd.DataFrame,
    standing_conclusion: pd.DataFrame,
    sample: pd.DataFrame,
    period: Period,
) -> pd.DataFrame:
    """Return the agreement of laboratories: one row per kind of comparison, year (or `all`), laboratory and
    other laboratory (`all`: the others together), sorted by KEY, with COLUMNS; each pair has two rows, one
    from either side, also where they have values of the same samples and no verdicts (n_pairs is 0 then).
    Arguments are the silver and gold tables of these names; ``period`` is not used.

    Split samples: a laboratory's verdict on a sample is nonconforming where any item is. The others together
    have the majority of their verdicts (a tie gives no pair) and the median of their values. ``agreement``:
    share of equal verdicts, 0-1; ``kappa``: Cohen's, at most 1 (`agreement.kappa`); both with 95% limits.

    ``bias``: how much higher the laboratory's values are, as a share (0.02: two per cent), with 95% limits,
    from differences of logarithms by `agreement.shift`, since a mean would depend on a few goods; agree_low,
    agree_high: limits for single values (`agreement.bias`). kappa and bias are null below FEWEST (20) pairs
    or samples. Values that are not positive numbers in one unit are n_not_compared. A backup sample is
    re-inspected because it failed, so kappa would mislead and is null; its values are not received."""
    verdicts, values = _verdicts(split_result), _values(split_result)
    pairs = [
        _paired(verdicts, ["split_id"], "fails").assign(kind=SPLIT),
        _against_others(verdicts, ["split_id"], "fails", "mean").assign(kind=SPLIT),
        _backups(standing_conclusion, sample).assign(kind=BACKUP),
    ]
    by = ["split_id", "item_code"]
    measured = [_paired(values, by, "value"), _against_others(values, by, "value", "median")]
    judged = pd.concat(pairs, ignore_index=True)
    read = pd.concat(measured, ignore_index=True).assign(kind=SPLIT)
    read = read.sort_values(["split_id", "item_code", "lab_id", "other_lab_id"])
    read["split_id"] = pd.factorize(read["split_id"])[0]  # sorted numbers: clusters of `bias` and `shift`
    judged, read = (_in_periods(t[~np.isnat(t["day"])]) for t in (judged, read))
    mine = {key: _bias(group) for key, group in read.groupby(KEY)}
    both = {key: _row(key, group) for key, group in judged.groupby(KEY)}
    nothing = {"n_values": 0, "n_value_samples": 0, "n_not_compared": 0}
    rows = [
        dict(zip(KEY, key, strict=True)) | both.get(key, _UNJUDGED) | mine.get(key, nothing)
        for key in [*both, *(key for key in mine if key not in both)]
    ]
    found = pd.DataFrame(rows, columns=COLUMNS)
    n, same = (found[name].to_numpy(float) for name in ("n_pairs", "agreement"))
    low, high = binomial(same, n)
    share = np.divide(same, n, out=np.full(len(n), np.nan), where=n > 0)
    found = found.assign(agreement=share, agreement_low=low, agreement_high=high)
    return found.sort_values(KEY, ignore_index=True)


def _verdicts(results: pd.DataFrame) -> pd.DataFrame:
    """split_id, lab_id, fails, day of each laboratory that judged an item of the sample."""
    judged = results[results["lab_verdict"].isin(JUDGED)]
    rows = judged.assign(fails=judged["lab_verdict"] == Verdict.NONCONFORMING, day=days(judged["tested_on"]))
    return rows.groupby(["split_id", "lab_id"], as_index=False).agg(
        fails=("fails", "any"), day=("day", "max")
    )


def _values(results: pd.DataFrame) -> pd.DataFrame:
    """split_id, item_code, lab_id, value (NaN: no positive number), unit, day."""
    number = pd.to_numeric(results["value_text"], errors="coerce").astype(float)
    number = number.where((number > 0) & np.isfinite(number))
    unit = results["unit"].astype(object).where(results["unit"].notna(), "")
    rows = results[["split_id", "item_code", "lab_id"]]
    return rows.assign(value=number, unit=unit, day=days(results["tested_on"]))


def _paired(rows: pd.DataFrame, by: list[str], what: str) -> pd.DataFrame:
    """Each two laboratories on the same thing, from either side: ``by``, lab_id, other_lab_id, mine, theirs
    (of values NaN where the two have different units), day (the later one)."""
    both = rows.merge(rows, on=by, suffixes=("", "_other"))
    both = both[both["lab_id"] != both["lab_id_other"]]
    if "unit" in both:
        both[f"{what}_other"] = both[f"{what}_other"].where(both["unit"] == both["unit_other"])
    both = both.assign(day=np.maximum(both["day"].to_numpy("M8[D]"), both["day_other"].to_numpy("M8[D]")))
    names = {"lab_id_other": "other_lab_id", what: "mine", f"{what}_other": "theirs"}
    return both.rename(columns=names)[[*by, "lab_id", "other_lab_id", "mine", "theirs", "day"]]


def _against_others(rows: pd.DataFrame, by: list[str], what: str, together: str) -> pd.DataFrame:
    """Each laboratory against the others together, as `_paired`."""
    both = _paired(rows, by, what)
    whole = both.groupby([*by, "lab_id"], as_index=False).agg(
        mine=("mine", "first"), theirs=("theirs", together), day=("day", "max")
    )
    if what == "fails":  # the share of those that found a failure
        whole = whole[whole["theirs"] != 0.5].assign(theirs=lambda rows: rows["theirs"] > 0.5)
    return whole.assign(other_lab_id=OTHERS)


def _backups(standing: pd.DataFrame, sample: pd.DataFrame) -> pd.DataFrame:
    """First test and re-inspection in another laboratory, from either side, and each against all others."""
    tests = standing[standing["outcome"].isin(JUDGED)]
    known = sample.drop_duplicates("sample_id").set_index("sample_id")["lab_id"].astype(object)
    lab = tests["lab_id"].astype(object)
    first = tests["stage"] == Stage.FIRST
    tests = tests.assign(
        lab_id=lab.where(lab.notna() | ~first, tests["sample_id"].map(known)),
        fails=tests["outcome"] == Verdict.NONCONFORMING,
        day=days(tests["issued_on"]),
    )
    again = set(tests.loc[~first, "sample_id"])
    rows = tests.loc[
        tests["lab_id"].notna() & tests["sample_id"].isin(again), ["sample_id", "lab_id", "fails", "day"]
    ]
    pairs = _paired(rows, ["sample_id"], "fails")
    return pd.concat([pairs, pairs.assign(other_lab_id=OTHERS)], ignore_index=True)


def _in_periods(pairs: pd.DataFrame) -> pd.DataFrame:
    """Each pair in its year and in all."""
    year = pairs["day"].to_numpy("M8[D]").astype("M8[Y]").astype("M8[D]").astype(object)
    return pd.concat(
        [
            pairs.assign(period_type="all", period_start=EVER),
            pairs.assign(period_type="year", period_start=year),
        ],
        ignore_index=True,
    )


def _row(key: tuple[Any, ...], pairs: pd.DataFrame) -> dict[str, object]:
    """Counts, ``agreement`` as their number, and kappa of a pair of laboratories."""
    mine, theirs = pairs["mine"].to_numpy(bool), pairs["theirs"].to_numpy(bool)
    table = np.array(
        [[(mine & theirs).sum(), (mine & ~theirs).sum()], [(~mine & theirs).sum(), (~mine & ~theirs).sum()]]
    )
    n = int(table.sum())
    beyond = (np.nan,) * 3
    if key[0] == SPLIT and n >= FEWEST:
        beyond = kappa(table)
    return {
        "n_pairs": n,
        "n_both_failing": int(table[0, 0]),
        "n_only_lab": int(table[0, 1]),
        "n_only_other": int(table[1, 0]),
        "n_neither": int(table[1, 1]),
        "agreement": int(table[0, 0] + table[1, 1]),
        **dict(zip(("kappa", "kappa_low", "kappa_high"), beyond, strict=True)),
    }


def _bias(values: pd.DataFrame) -> dict[str, object]:
    sides = [values[side].to_numpy(float) for side in ("mine", "theirs")]
    known = ~np.isnan(sides[0]) & ~np.isnan(sides[1])
    mine, theirs = (np.log(side[known]) for side in sides)
    split = values["split_id"].to_numpy()[known]
    found = bias(mine, theirs, cluster=split)
    counts: dict[str, object] = {
        "n_values": found.n,
        "n_value_samples": found.clusters,
        "n_not_compared": int((~known).sum()),
    }
    if found.clusters < FEWEST:
        return counts
    figures = (*shift(mine, theirs, cluster=split), found.agree_low, found.agree_high)
    names = ("bias", "bias_low", "bias_high", "agree_low", "agree_high")
    return counts | {n: float(np.expm1(f)) for n, f in zip(names, figures, strict=True)}
