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
    fact_items, fact_records, fact_days and fact_points are lists of texts of one length, the fact that
    changes the score most first: item, record, ISO day, points at the month's end (such as `-5.00`). Facts
    beyond the most that the scorecard counts of an item are left out. comment_ids and appeal_ids: comments
    and objections of parties that had arrived by the month's end; they do not change the score."""
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
    beside = {"comment": _comments(table, found, party_comment), "appeal": _appeals(table, found, objection)}
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
    parts, found = (
        [],
        found.assign(fact=np.arange(len(found)), enterprise_id=pd.Categorical(found["enterprise_id"])),
    )
    for version, inside in _versions(scorecard, months).items():
        card = scorecard[scorecard["version"].eq(version)]
        parts.append(_scored(_counting(found, card, inside), found, card).assign(scorecard_version=version))
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
    """One row per fact and month at whose end it counts, in the order of ``found``: ``fact`` (position in
    ``found``), ``enterprise`` (code of the category), month, its points by then, whether it is an observation
    (``observed``), and whether the cap of its item leaves it out (``over``)."""
    rows = found.merge(
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
    age, half = month - began[at], rows["half_life_months"].to_numpy(float)[at]
    fades = np.where(np.isnan(half), 1.0, 0.5 ** (age / np.where(np.isnan(half), 1.0, half)))
    return pd.DataFrame(
        {
            "fact": rows["fact"].to_numpy(np.int64)[at],
            "enterprise": rows["enterprise_id"].cat.codes.to_numpy(np.int64)[at],
            "month": month,
            "points": (rows["points"].to_numpy(float) * rows["amount"].to_numpy(float))[at] * fades,
            "observed": ~rows["item"].isin(NO_OBSERVATION).to_numpy(bool)[at],
            "over": _over(rows, at, month),
        }
    )


def _over(rows: pd.DataFrame, at: np.ndarray, month: np.ndarray) -> np.ndarray:
    """Whether the cap of its item leaves out the fact ``at[i]`` of ``rows`` in ``month[i]``: the newest facts
    count, of one day the last ones of ``rows``."""
    own = np.flatnonzero(rows["most"].notna())
    some, newest, item = rows.iloc[own], *np.zeros((2, len(rows)), dtype=np.int64)
    newest[own[np.lexsort((own, some["day"].to_numpy("datetime64[ns]")))[::-1]]] = np.arange(len(own))
    item[own] = some.groupby(["enterprise_id", "item"], observed=True).ngroup()
    most = rows["most"].to_numpy(float)[at]
    capped = np.flatnonzero(~np.isnan(most))
    capped = capped[np.argsort(newest[at[capped]], kind="stable")]
    alike = pd.DataFrame({"item": item[at[capped]], "month": month[capped]}).groupby(["item", "month"])
    over = np.zeros(len(at), dtype=bool)
    over[capped] = alike.cumcount().to_numpy() >= most[capped]
    return over


def _scored(each: pd.DataFrame, found: pd.DataFrame, card: pd.DataFrame) -> pd.DataFrame:
    """Score, class and reasons by enterprise and month. ``each``: of `_counting`, of the facts ``found``."""
    base = float(card.loc[card["kind"].eq("base"), "points"].iloc[0])
    names = found["enterprise_id"].cat.categories.to_numpy(object)
    many = max(len(names), 1)
    cell, cells = pd.factorize(each["month"].to_numpy() * many + each["enterprise"].to_numpy(), sort=True)
    n_observations = np.bincount(cell[each["observed"]], minlength=len(cells))
    inside = np.flatnonzero(~each["over"].to_numpy() & (n_observations[cell] > 0))
    size = -each["points"].abs().round(6).to_numpy()  # equal ones stay in the order of item and record
    inside = inside[np.lexsort((size[inside], cell[inside]))]
    fact, points = each["fact"].to_numpy()[inside], each["points"].to_numpy()[inside]
    rows = pd.Series(points).groupby(cell[inside]).agg(["sum", "size"])
    day, days = pd.factorize(found["day"])
    days = np.datetime_as_string(days.to_numpy("datetime64[D]")).astype(object)
    # Equal ones are written once; by their bits, as -0.0 is written otherwise than 0.0.
    number, distinct = pd.factorize(points.view(np.int64))
    written = np.array([f"{p:.2f}" for p in distinct.view(float)], dtype=object)
    reasons = {
        "fact_items": found["item"].to_numpy(object)[fact],
        "fact_records": found["record"].to_numpy(object)[fact],
        "fact_days": days[day[fact]],
        "fact_points": written[number],
    }
    month, enterprise = np.divmod(cells[rows.index], many)
    table = pd.DataFrame(
        {
            "month": month,
            "enterprise_id": names[enterprise],
            "n_facts": rows["size"].to_numpy(),
            "n_observations": n_observations[rows.index],
            # Filled one by one: pandas would look into each list for a second dimension.
            **{
                name: np.fromiter(lists(values, rows["size"]), object, len(rows))
                for name, values in reasons.items()
            },
            "score": np.maximum(base + rows["sum"].to_numpy(), LEAST).round(2),
        }
    )
    grades = card[card["kind"].eq("grade")].sort_values("points")
    at = np.searchsorted(grades["points"].to_numpy(float), table["score"].to_numpy(float), side="right") - 1
    letters = grades["item"].to_numpy(object)
    table["grade"] = np.where(table["n_observations"] < FEWEST, UNRATED, letters[np.maximum(at, 0)])
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


def _appeals(table: pd.DataFrame, found: pd.DataFrame, objection: pd.DataFrame) -> list[list[str]]:
    """Of each row the objections to the samples among its facts that had been filed by the month's end. An
    objection names a sample and nothing else, so that none is about another kind of record."""
    about = found["record"].isin(objection["sample_id"]) & found["item"].isin(OF_SAMPLES)
    place = np.flatnonzero(table["enterprise_id"].isin(found.loc[about, "enterprise_id"]))
    some = table.iloc[place]  # only their facts are looked through: few have a sample with an objection
    cited = pd.DataFrame(
        {
            "row": np.repeat(place, some["n_facts"]),
            "month": np.repeat(some["month"].to_numpy(), some["n_facts"]),
            "item": [*chain.from_iterable(some["fact_items"])],
            "record": [*chain.from_iterable(some["fact_records"])],
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
