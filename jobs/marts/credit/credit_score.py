"""gold.credit_score: the credit class (A to D) of each enterprise at the end of each month, with the facts
from which it follows (definitions.md#credit). The scorecard, a silver table by version, gives a base, the
points of each kind of fact (item) and the least score of each class.

KEY identifies a row: month, enterprise_id. BESIDE: comment_ids, n_comments, appeal_ids, n_appeals.
NO_OBSERVATION: serious_nonconformity, consumer_report_rate, consumer_report_number. COLUMNS: the table's
columns, which schemas/gold/credit_score.odcs.yaml explains."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import chain

import numpy as np
import pandas as pd

from jobs.arrays import lists
from jobs.marts.credit.credit_facts import NO_OBSERVATION, OF_SAMPLES, facts
from jobs.marts.credit.credit_facts import READS as OF_FACTS
from jobs.period import Period

KEY = ["month", "enterprise_id"]
KEPT = 36  # months for which scores are computed, up to the newest that has ended
FEWEST = 3  # observations without which an enterprise has no class
UNRATED = "unrated"  # value of grade where there are fewer
LEAST = -100.0  # the least score; lower sums are set to it
COLUMNS = [
    *KEY,
    *(
        "grade score n_observations n_facts fact_items fact_records fact_days fact_points n_comments "
        "comment_ids n_appeals appeal_ids scorecard_version"
    ).split(),
]
BESIDE = ("comment_ids", "n_comments", "appeal_ids", "n_appeals")  # listed with a score without changing it
# Input of build → the columns of it that build reads; an input that is not listed comes with all its columns.
READS = {
    **OF_FACTS,
    "party_comment": ["comment_id", "received_on", "sample_id", "party_uscc"],
    "objection": [*OF_FACTS["objection"], "objection_id", "filed_on"],
}


def build(
    *,
    scorecard: pd.DataFrame,
    sample: pd.DataFrame,
    standing_conclusion: pd.DataFrame,
    sampling_lifecycle: pd.DataFrame,
    objection: pd.DataFrame,
    complaint: pd.DataFrame,
    counterfeit_report: pd.DataFrame,
    penalty: pd.DataFrame,
    dishonesty_entry: pd.DataFrame,
    certificate: pd.DataFrame,
    shop_operator: pd.DataFrame,
    consumer_report: pd.DataFrame,
    party_comment: pd.DataFrame,
    period: Period,
) -> pd.DataFrame:
    """Return the credit scores: one row per enterprise and each of the last KEPT (36) ended months at whose
    end at least one observation counts, sorted by KEY, with COLUMNS. Arguments are the silver and gold tables
    of these names; ``month`` is the first day of the month.

    ``score``: base plus the points of the facts; ``grade``: its class, UNRATED below FEWEST (3) observations.
    fact_items, fact_records, fact_days and fact_points are lists of one length, the fact that changes the
    score most first. comment_ids and appeal_ids: comments and objections of parties that had arrived by the
    month's end; they do not change the score."""
    tables = {
        "sample": sample,
        "standing_conclusion": standing_conclusion,
        "sampling_lifecycle": sampling_lifecycle,
        "objection": objection,
        "complaint": complaint,
        "counterfeit_report": counterfeit_report,
        "penalty": penalty,
        "dishonesty_entry": dishonesty_entry,
        "certificate": certificate,
        "shop_operator": shop_operator,
        "consumer_report": consumer_report,
    }
    found = facts(tables)
    last = newest_month(period.as_of)
    table = scores(found, scorecard, range(last - KEPT + 1, last + 1))
    beside = {"comment": _comments(table, found, party_comment), "appeal": _appeals(table, objection)}
    for name, ids in beside.items():
        table[f"{name}_ids"] = pd.Series(ids, index=table.index, dtype="object")
        table[f"n_{name}s"] = np.array([len(each) for each in ids], dtype="int64")
    table = table[COLUMNS].sort_values(KEY, ignore_index=True)
    months = table["month"].to_numpy(np.int64).astype("datetime64[M]").astype("datetime64[D]").astype(object)
    return table.assign(month=months)


def newest_month(day: date) -> int:
    """Return the newest month that has ended by the end of ``day``, as the number of months since 1970-01.
    The last day of a month ends it."""
    return int(np.datetime64(day + timedelta(days=1), "M").astype(int)) - 1


def scores(found: pd.DataFrame, scorecard: pd.DataFrame, months: range) -> pd.DataFrame:
    """Return one row per enterprise and month with its score, class and facts: COLUMNS except those of
    comments and objections (BESIDE); ``month`` is the number of months since 1970-01.

    ``found``: as returned by `credit_facts.facts`; ``scorecard``: silver, one row per version and item;
    ``months``: such numbers. Each month is scored by the version that is valid on its last day; a month
    without a valid version has no rows, nor has an enterprise without an observation that counts (facts
    except NO_OBSERVATION)."""
    parts, found = [], found.assign(enterprise_id=pd.Categorical(found["enterprise_id"]))
    for version, inside in _versions(scorecard, months).items():
        card = scorecard[scorecard["version"].eq(version)]
        parts.append(_scored(_counting(found, card, inside), card).assign(scorecard_version=version))
    columns = [c for c in COLUMNS if c not in BESIDE]
    return pd.concat([p for p in parts if len(p)] or [pd.DataFrame(columns=columns)], ignore_index=True)


def _versions(scorecard: pd.DataFrame, months: range) -> dict[str, list[int]]:
    """The months (numbers) of each version of the scorecard; of two that hold, the one that began later."""
    base = scorecard[scorecard["kind"].eq("base")].sort_values(["valid_from", "version"])
    begin = pd.to_datetime(base["valid_from"]).fillna(pd.Timestamp("1900-01-01")).to_numpy("datetime64[D]")
    end = pd.to_datetime(base["valid_to"]).fillna(pd.Timestamp("2200-01-01")).to_numpy("datetime64[D]")
    held: dict[str, list[int]] = {}
    for month in months:
        day = np.datetime64(month + 1, "M").astype("datetime64[D]") - np.timedelta64(1, "D")
        at = np.flatnonzero((begin <= day) & (day <= end))
        if len(at):
            held.setdefault(base["version"].iloc[at[-1]], []).append(month)
    return held


def _counting(found: pd.DataFrame, card: pd.DataFrame, months: list[int]) -> pd.DataFrame:
    """One row per fact and month at whose end it counts, in the order of ``found``: its points by then,
    whether it is an observation (``observed``), and whether the cap of its item leaves it out (``over``)."""
    rows = found.assign(observed=~found["item"].isin(NO_OBSERVATION)).merge(
        card.loc[card["kind"].eq("fact"), ["item", "points", "half_life_months", "window_months", "most"]],
        on="item",
    )
    began = rows["day"].to_numpy("datetime64[M]").astype(np.int64)
    until = rows["until"].fillna(pd.Timestamp("2200-01-01")).to_numpy("datetime64[M]").astype(np.int64)
    first, after = months[0], months[-1] + 1
    start = np.maximum(began, first)
    stop = np.minimum(np.minimum(began + rows["window_months"].to_numpy(np.int64), until), after)
    times = np.maximum(stop - start, 0)
    at = np.repeat(np.arange(len(rows)), times)
    month = np.repeat(start, times) + np.arange(len(at)) - np.repeat(times.cumsum() - times, times)
    each = rows[["enterprise_id", "item", "record", "day", "observed"]].iloc[at].reset_index(drop=True)
    each["month"] = month
    age, half = month - began[at], rows["half_life_months"].to_numpy(float)[at]
    fades = np.where(np.isnan(half), 1.0, 0.5 ** (age / np.where(np.isnan(half), 1.0, half)))
    each["points"] = (rows["points"].to_numpy(float) * rows["amount"].to_numpy(float))[at] * fades
    most = rows["most"].to_numpy(float)[at]
    capped = each.loc[~np.isnan(most), [*KEY, "item", "day"]][::-1]
    capped = capped.sort_values("day", ascending=False, kind="stable")
    place = capped.groupby([*KEY, "item"], observed=True, sort=False).cumcount()
    over = np.zeros(len(each), dtype=bool)
    over[place.index] = place.to_numpy() >= most[place.index]
    return each.assign(over=over)


def _scored(each: pd.DataFrame, card: pd.DataFrame) -> pd.DataFrame:
    """Score, class and reasons by enterprise and month."""
    base = float(card.loc[card["kind"].eq("base"), "points"].iloc[0])
    n_observations = each.groupby(KEY, observed=True)["observed"].transform("sum")
    kept = each.assign(n_observations=n_observations)[~each["over"] & (n_observations > 0)]
    size = -kept["points"].abs().round(6)  # equal ones stay in the order of item and record
    kept = kept.iloc[np.lexsort((size, kept["enterprise_id"].cat.codes, kept["month"]))]
    days, place = np.unique(kept["day"].to_numpy("datetime64[D]"), return_inverse=True)
    reasons = {
        "fact_items": kept["item"],
        "fact_records": kept["record"],
        "fact_days": np.datetime_as_string(days).astype(object)[place],
        "fact_points": kept["points"].map("{:.2f}".format),
    }
    table = kept.groupby(KEY, observed=True, sort=True).agg(
        total=("points", "sum"), n_facts=("item", "size"), n_observations=("n_observations", "first")
    )
    for name, values in reasons.items():  # in the order of the rows, which is that of the groups
        table[name] = lists(values, table["n_facts"])
    table = table.reset_index().astype({"enterprise_id": object})
    table["score"] = np.maximum(base + table["total"], LEAST).round(2)
    grades = card[card["kind"].eq("grade")].sort_values("points")
    at = np.searchsorted(grades["points"].to_numpy(float), table["score"].to_numpy(float), side="right") - 1
    names = grades["item"].to_numpy(object)
    table["grade"] = np.where(table["n_observations"] < FEWEST, UNRATED, names[np.maximum(at, 0)])
    return table


def _comments(table: pd.DataFrame, found: pd.DataFrame, comment: pd.DataFrame) -> list[list[str]]:
    """Of each row the comments about its enterprise's samples, or by it, that had come by the month's end."""
    about = found[found["record"].isin(comment["sample_id"])]
    about = about.merge(comment, left_on="record", right_on="sample_id")
    by = comment.rename(columns={"party_uscc": "enterprise_id"}).dropna(subset=["enterprise_id"])
    names = ["enterprise_id", "comment_id", "received_on"]
    said = pd.concat([about[names], by[names]], ignore_index=True).drop_duplicates(names[:2])
    rows = table[KEY].assign(row=np.arange(len(table))).merge(said, on="enterprise_id")
    return _by_then(rows, "comment_id", "received_on", len(table))


def _appeals(table: pd.DataFrame, objection: pd.DataFrame) -> list[list[str]]:
    """Of each row the objections to the samples among its facts that had been filed by the month's end. An
    objection names a sample and nothing else, so that none is about another kind of record."""
    cited = pd.DataFrame(
        {
            "row": np.repeat(np.arange(len(table)), table["n_facts"]),
            "month": np.repeat(table["month"].to_numpy(), table["n_facts"]),
            "item": [*chain.from_iterable(table["fact_items"])],
            "record": [*chain.from_iterable(table["fact_records"])],
        }
    ).astype({"item": object, "record": object})  # without facts pandas takes them for numbers
    cited = cited[cited["record"].isin(objection["sample_id"]) & cited["item"].isin(OF_SAMPLES)]
    cited = cited.drop_duplicates(["row", "record"])
    filed = objection[["sample_id", "objection_id", "filed_on"]]
    rows = cited.merge(filed, left_on="record", right_on="sample_id")
    return _by_then(rows, "objection_id", "filed_on", len(table))


def _by_then(rows: pd.DataFrame, name: str, day: str, n: int) -> list[list[str]]:
    """Of each of ``n`` rows (`row`) the sorted identifiers that had come by the end of its `month`."""
    come = pd.to_datetime(rows[day])
    by_then = come.notna() & (
        come.to_numpy("datetime64[M]").astype(np.int64) <= rows["month"].astype(np.int64)
    )
    rows = rows[by_then].sort_values(["row", name])
    return lists(rows[name], np.bincount(rows["row"].to_numpy(np.int64), minlength=n))
