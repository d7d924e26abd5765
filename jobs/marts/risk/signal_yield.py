"""gold.signal_yield: what became of signals: how soon they were confirmed, and how much more often samples
that were taken after them fail than random ones (definitions.md#signal). Random samples are those of
probability plans, drawn by chance; all others are targeted."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd

from jobs.marts.risk.evidence import KEY, evidence
from jobs.marts.risk.life import CONFIRMED, DAYS, EXPIRED, OPEN, REFUTED
from jobs.marts.risk.series import PAIR, week_number
from jobs.methods.intervals import binomial, ratio
from jobs.period import Period

ALL = date(1900, 1, 1)  # period_start of all years together
STATES = (OPEN, CONFIRMED, REFUTED, EXPIRED)
COLUMNS = [
    *"period_type period_start key_type n_signals".split(),
    *(f"n_{state}" for state in STATES),
    *"lead_days n_targeted n_targeted_failing targeted_rate targeted_low targeted_high".split(),
    *"n_random n_random_failing random_rate lift lift_low lift_high".split(),
]
# Input of build → the columns of it that build reads; an input that is not listed comes with all its columns.
READS = {
    "hazard_count": [
        "week",
        "category_code",
        "hazard_code",
        "stream",
        "n",
        "n_judged",
        "n_random",
        "n_random_judged",
    ],
    "sample": [
        "sample_id",
        "plan_id",
        "purchased_on",
        "platform_code",
        "category_code",
        "brand",
        "exit_kind",
        "exited_on",
    ],
    "standing_conclusion": ["sample_id", "stage", "outcome", "issued_on", "serious"],
}


def build(
    *,
    risk_signal: pd.DataFrame,
    hazard_count: pd.DataFrame,
    sample: pd.DataFrame,
    standing_conclusion: pd.DataFrame,
    sampling_plan: pd.DataFrame,
    product_category: pd.DataFrame,
    recall: pd.DataFrame,
    penalty: pd.DataFrame,
    enforcement_case: pd.DataFrame,
    period: Period,
) -> pd.DataFrame:
    """Return the rows of gold.signal_yield: one row per kind of key and year of opening, and one per kind of
    key for all years; sorted by period_type, period_start and key_type. Columns: COLUMNS, each explained in
    schemas/gold/signal_yield.odcs.yaml. risk_signal, hazard_count and standing_conclusion are gold tables,
    the others silver. ``period`` is not used.

    ``lead_days``: median days from the opening to the confirmation. Targeted samples are those of the
    signal's key that were judged within 90 days of its opening, or of the day on which it became news, and
    before the next signal of the key; samples after the closing count too, since to stop at the first failure
    would raise the rate. ``lift``: their failing share divided by that of all random samples of keys of the
    same kind judged in the same year, with 95% score limits of the ratio (`intervals.ratio`); null where no
    random sample failed or no targeted one was judged. Usual signals count too. Signals about a category in a
    feed's words, not a code of ours, are left out: samples carry codes, so none could decide them."""
    codes = [*product_category["category_code"], "unknown"]
    risk_signal = risk_signal[risk_signal["key_type"].ne(PAIR) | risk_signal["category_code"].isin(codes)]
    if risk_signal.empty:
        return pd.DataFrame(columns=COLUMNS)
    learned = evidence(
        sample=sample,
        standing_conclusion=standing_conclusion,
        sampling_plan=sampling_plan,
        product_category=product_category,
        hazard_count=hazard_count,
        recall=recall,
        penalty=penalty,
        enforcement_case=enforcement_case,
    )
    signals = _followed(risk_signal, learned)
    years = pd.to_datetime(signals["opened_on"]).dt.year
    random = learned.assign(year=_year_of(learned["week"]))
    rows = []
    for kind, group in signals.groupby("key_type"):
        of_kind = random[random["key_type"] == kind]
        rows.append(_row("all", ALL, kind, group, of_kind))
        for year, mine in group.groupby(years[group.index]):
            rows.append(_row("year", date(int(year), 1, 1), kind, mine, of_kind[of_kind["year"] == year]))
    return pd.DataFrame(rows)[COLUMNS].sort_values(COLUMNS[:3], ignore_index=True)


def _followed(signals: pd.DataFrame, learned: pd.DataFrame) -> pd.DataFrame:
    """Signals with the targeted samples of their key from the opening to 90 days after it, or after they
    became news."""
    signals = signals.sort_values([*KEY, "opened_on"], ignore_index=True)
    begins = week_number(signals["opened_on"])
    following = pd.Series(begins).groupby([signals[k] for k in KEY]).shift(-1)
    watched = week_number(signals["news_on"].where(signals["news_on"].notna(), signals["opened_on"]))
    ends = np.fmin(following.to_numpy(float), watched + DAYS // 7 + 1)
    near = signals[KEY].assign(signal=signals.index, begins=begins, ends=ends).merge(learned, on=KEY)
    near = near[(near["week"] >= near["begins"]) & (near["week"] < near["ends"])]
    sums = near.groupby("signal")[["n_targeted_judged", "n_failing_targeted"]].sum()
    sums = sums.reindex(signals.index, fill_value=0)
    return signals.assign(n_targeted=sums["n_targeted_judged"], n_failed=sums["n_failing_targeted"])


def _year_of(week: pd.Series) -> np.ndarray:
    days = np.datetime64("1970-01-05") + week.to_numpy(np.int64).astype("timedelta64[W]")
    return days.astype("datetime64[Y]").astype(np.int64) + 1970


def _row(
    kind: str, start: date, key_type: str, mine: pd.DataFrame, random: pd.DataFrame
) -> dict[str, object]:
    n, x = int(mine["n_targeted"].sum()), int(mine["n_failed"].sum())
    of, failing = int(random["n_random_judged"].sum()), int(random["n_random_failing"].sum())
    done = mine[mine["state"] == CONFIRMED]
    lead = [(c - o) / timedelta(days=1) for c, o in zip(done["closed_on"], done["opened_on"], strict=True)]
    low, high = binomial(x, n) if n else (np.nan, np.nan)
    return {
        "period_type": kind,
        "period_start": start,
        "key_type": key_type,
        "n_signals": len(mine),
        **{f"n_{state}": int((mine["state"] == state).sum()) for state in STATES},
        "lead_days": float(np.median(lead)) if lead else np.nan,
        "n_targeted": n,
        "n_targeted_failing": x,
        "targeted_rate": x / n if n else np.nan,
        "targeted_low": float(low),
        "targeted_high": float(high),
        "n_random": of,
        "n_random_failing": failing,
        "random_rate": failing / of if of else np.nan,
        **dict(zip(("lift", "lift_low", "lift_high"), lift(x, n, failing, of), strict=True)),
    }


def lift(x: int, n: int, failing: int, of: int) -> tuple[float, float, float]:
    """Return how many times as large the failing share ``x``/``n`` is as ``failing``/``of``, with the lower
    and the upper 95% score limit of the ratio. ``x`` of ``n`` and ``failing`` of ``of``: failing samples and
    all samples of two groups. Three NaN where n or failing is 0."""
    if not n or not failing:
        return np.nan, np.nan, np.nan
    return x / n / (failing / of), *ratio(x, n, failing, of)
