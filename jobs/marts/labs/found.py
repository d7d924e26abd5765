"""Compares what laboratories find with what their peers find on the same goods, and counts how many of their
results another laboratory overturned (definitions.md#laboratories). Pure.

A design is `probability` (batches drawn at random), `targeted`, or `all` for both. A cell is a group of goods
within which laboratories are compared: `goods`, one type of sampling plan and category, or the wider
`parent`, one type of plan and level-1 category. The peers of a laboratory are the others that its results are
compared with.

KEY identifies a row: period_type, period_start, design, lab_id. FUNNEL: n_compared, n_compared_failing,
expected, ratio, ratio_low, ratio_high, z, score, p, p_adjusted, tau, low95, high95, low998, high998, state.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from jobs.marts.labs.periods import PERIOD, Calendar, in_periods
from jobs.marts.labs.work import ALL, KEY, OF, by_design, designs, with_share
from jobs.marts.sampling.outcomes import Stage, Verdict, days
from jobs.methods.funnel import standardised
from jobs.methods.intervals import poisson
from jobs.methods.multiplicity import adjust

# The fewest batches that the peers must have judged in a cell for its rate to be used.
PEERS = 30
# Below these a laboratory is not judged; fewer laboratories show no spread between them.
LEAST_BATCHES, LEAST_EXPECTED, LEAST_LABS = 30, 3.0, 5
# Pulled in at either end before the spread between laboratories is estimated: two of twelve cannot hide each
# other.
WINSOR = 0.2
LEVEL = 0.05  # the highest adjusted p-value of an outlier
ROUNDS = 4  # in which those outside the 95% limits are taken from the peers
WITHIN, HIGH, LOW, TOO_FEW = "within", "high", "low", "too_few"  # values of state
CELLS = ("goods", "parent")
LIMITS = "low95 high95 low998 high998".split()  # of the funnel at 95% and 99.8%, as ratios
# Columns of `compared`. ratio: observed / expected failures, with exact Poisson limits (ratio_low and
# ratio_high); z, score: standardised deviation without and with over-dispersion; tau: spread of laboratories.
FUNNEL = [
    *"n_compared n_compared_failing expected ratio ratio_low ratio_high z score p p_adjusted tau".split(),
    *LIMITS,
    "state",
]


def first_tests(
    standing: pd.DataFrame, sample: pd.DataFrame, plans: pd.Series, parents: dict[str, str]
) -> pd.DataFrame:
    """Return the first conclusions by known laboratories: one row per sample with lab_id, day (of issue),
    design (`probability` or `targeted`), judged and failing (bool); again, again_lab and again_day (outcome,
    laboratory and day of the re-inspection of the sample; missing without one); and the cells goods and
    parent, as text.

    ``standing``: gold.standing_conclusion; ``sample``: silver, from which the laboratory is taken where the
    conclusion names none; ``plans``: series of the type of each sampling plan, index plan_id; ``parents``:
    category_code → level-1 category."""
    goods = sample.drop_duplicates("sample_id").set_index("sample_id")
    first = standing[standing["stage"] == Stage.FIRST].drop_duplicates("sample_id")
    second = standing[standing["stage"] == Stage.REINSPECTION].drop_duplicates("sample_id")
    second = second.set_index("sample_id")
    of = first["sample_id"]
    lab = first["lab_id"].astype(object).where(first["lab_id"].notna(), of.map(goods["lab_id"]))
    plan = of.map(goods["plan_id"])
    kind = plan.map(plans).astype(object)
    kind = kind.where(kind.notna(), "targeted")
    code = of.map(goods["category_code"]).astype(object)
    code = code.where(code.notna(), "unknown")
    table = pd.DataFrame(
        {
            "lab_id": lab,
            "day": days(first["issued_on"].astype(object)),
            "design": designs(plan, plans),
            "judged": first["outcome"].isin([Verdict.CONFORMING, Verdict.NONCONFORMING]),
            "failing": first["outcome"] == Verdict.NONCONFORMING,
            "again": of.map(second["outcome"]),
            "again_lab": of.map(second["lab_id"]),
            "again_day": days(of.map(second["issued_on"]).astype(object)),
            "parent": kind + "|" + code.map(lambda c: parents.get(c, c)),
            "goods": kind + "|" + code,
        }
    )
    return table[table["lab_id"].notna()].reset_index(drop=True)


def findings(tests: pd.DataFrame, known: Calendar) -> pd.DataFrame:
    """Return what each laboratory found: one row per KEY as index, in its order, of the period of the day of
    issue (`in_periods`), with n_concluded (all tests), n_judged (those that conform or do not), n_failing;
    found_share, n_failing / n_judged in 0-1 with 95% Wilson limits (found_low, found_high); and the columns
    of FUNNEL as `compared` returns them. The share and its limits are NaN where none was judged and for the
    design `all`, since shares of random and targeted batches must not be mixed; the funnel has `all` too.
    Without a judged test FUNNEL is NaN with the state `too_few`.

    ``tests``: as returned by `first_tests`; those without a day or after ``known.today`` are left out;
    ``known``: the time that counts. Without tests the frame has no rows."""
    tests = tests.assign(failed=tests["failing"] & tests["judged"]).astype(dict.fromkeys(CELLS, "category"))
    rows = by_design(tests[[*OF, *CELLS, "day", "judged", "failed"]])
    spread = in_periods(rows, rows["day"].to_numpy().astype("datetime64[D]"), known)
    found = spread.groupby(KEY).agg(
        n_concluded=("judged", "size"), n_judged=("judged", "sum"), n_failing=("failed", "sum")
    )
    found = with_share(found, "n_failing", "n_judged", "found")
    pooled = found.index.get_level_values("design") == ALL
    found.loc[pooled, ["found_share", "found_low", "found_high"]] = np.nan  # designs are never pooled
    sizes = spread[spread["judged"]].groupby([*KEY, *CELLS], observed=True)["failed"].agg(n="size", x="sum")
    parts = []
    for (kind, start, design), group in sizes.reset_index().groupby([*PERIOD, "design"]):
        funnel = compared(group)
        parts.append(funnel.assign(period_type=kind, period_start=start, design=design).reset_index())
    funnels = pd.concat(parts).set_index(KEY) if parts else pd.DataFrame(columns=FUNNEL)
    found = found.join(funnels, how="left") if parts else found.reindex(columns=[*found.columns, *FUNNEL])
    found["state"] = found["state"].astype(object).where(found["state"].notna(), TOO_FEW)
    return found


def compared(sizes: pd.DataFrame) -> pd.DataFrame:
    """Return how far each laboratory's failures are from those expected of it: one row per laboratory (index
    lab_id) with the columns of FUNNEL.

    ``sizes``: the judged first tests of one period and design: one row per laboratory and cells (lab_id,
    goods, parent) with n (tests) and x (those that failed). The expected failures are those at the rates of
    its peers on the same mix of goods and plans (`expected`). They are computed in up to ROUNDS (4) rounds: a
    laboratory outside the 95% limits is no peer in the next round, so that one that finds too much does not
    make the others look lenient.

    ``state``: `high` or `low` where the result is outside the 99.8% limits with additive over-dispersion and
    its p, adjusted by Benjamini–Hochberg over the laboratories, is at most LEVEL (0.05); `too_few` where
    there is no score (fewer than 30 batches compared, 3 failures expected or 5 laboratories); else `within`.
    """
    every = peers = frozenset(sizes["lab_id"])
    table = _funnel(sizes, peers)
    for _ in range(ROUNDS):
        inside = every - frozenset(
            table.index[(table["ratio"] < table["low95"]) | (table["ratio"] > table["high95"])]
        )
        if inside == peers:
            break
        peers = inside
        table = _funnel(sizes, peers)
    known = table["score"].notna()
    table["p_adjusted"] = np.nan
    if known.any():
        table.loc[known, "p_adjusted"] = adjust(table.loc[known, "p"])
    far = table["outlier"] & (table["p_adjusted"] <= LEVEL)
    side = np.where(table["score"] > 0, HIGH, LOW)
    table["state"] = np.where(known, np.where(far, side, WITHIN), TOO_FEW)
    low, high = poisson(table["n_compared_failing"].to_numpy(float), table["expected"].to_numpy(float))
    # Where the peers found nothing at all there is no ratio.
    low, high = (np.where(table["expected"] > 0, limit, np.nan) for limit in (low, high))
    return table.assign(ratio_low=low, ratio_high=high)[FUNNEL]


def _funnel(sizes: pd.DataFrame, peers: frozenset[str]) -> pd.DataFrame:
    table = expected(sizes, peers)
    failing, fails = table["n_compared_failing"].to_numpy(), table["expected"].to_numpy()
    enough = (table["n_compared"].to_numpy() >= LEAST_BATCHES) & (fails >= LEAST_EXPECTED)
    figures = {name: np.full(len(table), np.nan) for name in [*"z score p tau".split(), *LIMITS]}
    outlier = np.zeros(len(table), bool)
    if enough.sum() >= LEAST_LABS:
        variance = table["variance"].to_numpy()[enough]
        judged = standardised(failing[enough], fails[enough], variance, winsor=WINSOR, consistent=True)
        for name, values in figures.items():
            values[enough] = judged[name]
        outlier[enough] = judged["outlier"]
    ratio = failing / np.where(fails > 0, fails, np.nan)
    return table.assign(ratio=ratio, **figures, outlier=outlier)


def expected(size: pd.DataFrame, peers: frozenset[str]) -> pd.DataFrame:
    """Return the failures expected of each laboratory: one row per laboratory (index lab_id) with n_compared
    and n_compared_failing (batches that can be compared, and those that failed), expected (failures at the
    rates of its peers; NaN without batches) and variance (of observed - expected).

    ``size``: one row per laboratory and cells (lab_id, goods, parent) with n (judged batches) and x (those
    that failed); ``peers``: ids of the laboratories that may be peers. This is indirect standardisation: a
    batch of a cell is expected to fail at the rate of the other laboratories among ``peers`` in that cell.
    Where they judged fewer than PEERS (30) batches of `goods`, the rate is that of `parent`, provided that
    they judged at least as many batches of `goods` as the laboratory itself. Otherwise the batches are left
    out: goods that one laboratory tests nearly alone may be worse than others.
    """
    n, x = size["n"].to_numpy(float), size["x"].to_numpy(float)
    lab, names = pd.factorize(size["lab_id"], sort=True)
    peer = size["lab_id"].isin(peers).to_numpy()
    rate, variance, fair = np.full(len(size), np.nan), np.zeros(len(size)), np.full(len(size), True)
    for cell in CELLS:
        place = pd.factorize(size[cell])[0]
        mine = lab * (place.max() + 1) + place
        n_peers, x_peers = (
            np.bincount(place, v * peer)[place] - np.bincount(mine, v * peer)[mine] for v in (n, x)
        )
        take = np.isnan(rate) & (n_peers >= PEERS) & fair
        rate[take] = x_peers[take] / n_peers[take]
        smooth = (x_peers + 0.5) / (n_peers + 1)  # a cell without failures is not certain
        variance[take] = (n * smooth * (1 - smooth) * (1 + n / np.maximum(n_peers, 1)))[take]
        fair = n_peers >= n
    known = ~np.isnan(rate)
    each = {"n_compared": n, "n_compared_failing": x, "variance": variance, "expected": n * rate}
    table = {name: np.bincount(lab[known], values[known], len(names)) for name, values in each.items()}
    table["expected"] = np.where(table["n_compared"] > 0, table["expected"], np.nan)
    return pd.DataFrame(table, index=pd.Index(names, name="lab_id"))


def overturned(tests: pd.DataFrame, known: Calendar) -> pd.DataFrame:
    """Return how often another laboratory overturned a failing result: one row per KEY as index (period of
    the day of re-inspection; lab_id is the laboratory of the first test), with n_reinspected (failing results
    that another laboratory judged again), n_overturned (those found conforming) and overturned_share in 0-1
    with 95% Wilson limits (overturned_low, overturned_high). A re-inspection without a laboratory on record
    counts in neither: it may have been the same one.

    ``tests``: as returned by `first_tests`; ``known``: the time that counts."""
    again = tests[
        tests["failing"]
        & tests["again"].isin([Verdict.CONFORMING, Verdict.NONCONFORMING])
        & tests["again_lab"].notna()
        & (tests["again_lab"] != tests["lab_id"])
    ]
    again = by_design(again.assign(lost=again["again"] == Verdict.CONFORMING)[[*OF, "again_day", "lost"]])
    spread = in_periods(again, again["again_day"].to_numpy().astype("datetime64[D]"), known)
    found = spread.groupby(KEY)["lost"].agg(n_reinspected="size", n_overturned="sum")
    return with_share(found, "n_overturned", "n_reinspected", "overturned")
