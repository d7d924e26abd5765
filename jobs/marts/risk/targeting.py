"""Features by which listings on sale are scored for targeted purchases, and a test of how well such scores
order the failures of later samples (definitions.md#targeting-score). The score is a probability of failing,
learnt from probability samples. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from jobs.marts.dimensions import UNKNOWN, hierarchies
from jobs.methods.scorecard import Auc, auc
from jobs.methods.targeting import Model, fit, past_excess

# Features of a listing that are codes; `category` is of level 1, `kind` the category as filed.
CATEGORICAL = ("platform", "channel", "category", "kind", "province")
# Features that are numbers: past failures, low reviews, reports, price, flags (0 or 1), ages, open signals.
NUMERIC = (
    *"past_category past_brand past_producer past_operator".split(),
    *"low_listing low_shop low_producer reports_listing reports_shop reports_producer".split(),
    *"price_low price_high brand_known producer_named cites_standard certificate_missing".split(),
    *"shop_age listing_age signals".split(),
)
LEVELS = ("listing", "shop", "producer")
USUAL, USUAL_OF = 0.1, 50  # failing share before anything is known, worth so many samples
PRIOR = 1.0  # reports that a key is taken to have had beforehand, as many as expected
# Keys whose past failures count, and the column of each. The prior of such a key is worth a number of
# failures, as many as expected; it is estimated, by how far apart the keys are, between these two bounds.
KEYS = {"category": "kind", "brand": "brand", "producer": "producer", "operator": "operator_id"}
LEAST_WEIGHT, MOST_WEIGHT = 0.5, 50.0
DEAREST = 1.5  # of log(price / middle one of the category), beyond which more says no more
FEWEST, FEWEST_FAILING = 500, 50  # judged random samples that a model is fitted on, and failing ones
FEWEST_TESTED = 30  # failing samples in the quarters of the test
QUARTERS = 4  # of purchases that are judged by models of what was known before each
DECILES = 10
# States of gold.targeting_report: whether listings are scored, else why not.
SCORED, SHORT, CHANCE, NO_LISTING = "scored", "short_history", "no_better_than_chance", "no_listing"


@dataclass(frozen=True)
class Prepared:
    """Features of samples and of listings on sale, with one row per sample or listing.

    ``samples``: probability samples whose outcome is known, sorted by day of purchase: unit_id,
    platform_code, province, `bought` and `known` (day of the purchase, and from which the outcome is known,
    as days since 1970-01-01), `fails` (0 or 1), the columns CATEGORICAL and NUMERIC, and for each of KEYS a
    number, `key_…`, that stands for its key, NaN where it is missing. ``listings``: the
    same columns for listings on sale, without an outcome; `bought` is the day as of which they are described.
    Both lack the columns `past_…` of NUMERIC: `Learnt.with_past` adds them. ``day``: `bought` of the
    listings, without listings the day after the newest purchase; None where there is neither."""

    samples: pd.DataFrame
    listings: pd.DataFrame
    day: int | None


def prepared(
    targeting_feature: pd.DataFrame,
    *,
    risk_signal: pd.DataFrame,
    product_category: pd.DataFrame,
    region: pd.DataFrame,
) -> Prepared:
    """Return the features of samples as of the day of their purchase, and of listings as of their day.

    ``targeting_feature``: gold.targeting_feature, one row per judged probability sample and per listing.
    ``risk_signal``: gold.risk_signal. ``product_category``, ``region``: silver tables, for level-1 categories
    and provinces.

    Median prices, and the usual shares of low reviews and reports, are computed over all rows, those of later
    days included; nothing that depends on an outcome is."""
    rows = dated(targeting_feature)
    trees = hierarchies(region=region, product_category=product_category)
    rows["platform"] = rows["platform_code"] = rows["platform_code"].fillna(UNKNOWN).astype(object)
    rows["channel"] = rows["channel"].fillna(UNKNOWN).astype(object)
    rows["kind"] = rows["category_code"].fillna(UNKNOWN).astype(object)
    rows["category"] = _highest(rows["kind"], trees["category"])
    rows["province"] = _highest(rows["region_code"].fillna(UNKNOWN).astype(object), trees["region"])
    rows = _page(rows)
    for level in LEVELS:
        rows[f"low_{level}"] = _log_ratio(rows[f"n_low_{level}"], rows[f"n_reviews_{level}"])
        rows[f"reports_{level}"] = _log_ratio(rows[f"n_reports_{level}"], rows[f"n_orders_{level}"])
    rows["signals"] = _signals(rows, risk_signal)
    for name, column in KEYS.items():
        code = pd.factorize(rows[column], sort=True)[0]
        rows[f"key_{name}"] = np.where(code < 0, np.nan, code)
    listings = rows[rows["role"] != "sample"].reset_index(drop=True)
    return Prepared(judged(rows), listings, newest_day(rows))


def dated(targeting_feature: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of gold.targeting_feature (role, unit_id, day, known_on, fails and any other columns),
    sorted by role and unit_id, with `bought` and `known`: `day` and `known_on` as days since 1970-01-01, and
    `fails` as 0 or 1; NaN where there is none."""
    rows = targeting_feature.sort_values(["role", "unit_id"], ignore_index=True)
    return rows.assign(
        bought=_number(rows["day"]),
        known=_number(rows["known_on"]),
        fails=rows["fails"].astype("boolean").astype("Float64").to_numpy(float, na_value=np.nan),
    )


def judged(rows: pd.DataFrame) -> pd.DataFrame:
    """Return those of ``rows`` (of `dated`) that are samples with an outcome, by day of purchase."""
    samples = rows[(rows["role"] == "sample") & rows["fails"].notna()]
    return samples.sort_values(["bought", "unit_id"], ignore_index=True)


def newest_day(rows: pd.DataFrame) -> int | None:
    """Return the day of the listings among ``rows`` (of `dated`), without listings the day after the newest
    purchase, as days since 1970-01-01; None where there is neither."""
    listed = rows.loc[rows["role"] != "sample", "bought"]
    day = listed.max() if len(listed) else rows["bought"].max() + 1
    return None if pd.isna(day) else int(day)


@dataclass(frozen=True)
class Learnt:
    """A model of failing, fitted to the samples whose outcome was known before some day. ``model``: the
    fitted model. ``weights``: for each of KEYS how many expected failures the prior is worth when the past
    failures of such a key are shrunk, estimated from the same samples. ``samples``: all probability samples;
    of these, each row that is scored uses those that were known before its day."""

    model: Model
    weights: dict[str, float]
    samples: pd.DataFrame

    def with_past(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Return ``rows`` (of Prepared) with the columns `past_…` of NUMERIC: log-odds by which the failures
        of the row's category, brand, producer and operator differ from those expected, shrunk to 0, from
        samples known before the row's day (`bought`). 0 where the key is missing."""
        return _past(rows, self.samples, self.weights)

    def predict(self, rows: pd.DataFrame) -> np.ndarray:
        """Return for each of ``rows`` (of Prepared) the probability that it fails, as an array of values in
        0-1, rounded to six decimals."""
        return self.chance(self.with_past(rows))

    def chance(self, rows: pd.DataFrame) -> np.ndarray:
        """Return the probabilities that `predict` returns, for ``rows`` that already have the columns of
        `with_past`."""
        return self.model.predict(rows).round(6)


def learnt_before(samples: pd.DataFrame, day: float) -> Learnt | None:
    """Return the model fitted to the samples that were known before ``day`` (days since 1970-01-01).
    ``samples``: as Prepared.samples. None where these are fewer than FEWEST, where fewer than FEWEST_FAILING
    of them fail, or where all of them fail."""
    seen = samples[samples["known"] < day]
    if not enough(seen):
        return None
    weights = _weights(seen)
    rows = _past(seen, seen, weights)
    model = fit(rows, rows["fails"], rows["bought"], categorical=CATEGORICAL, numeric=NUMERIC)
    return Learnt(model, weights, samples)


def enough(seen: pd.DataFrame) -> bool:
    """Whether a model can be fitted on ``seen``, samples with `fails` (0 or 1): at least FEWEST, of which at
    least FEWEST_FAILING failed, not all."""
    failing = seen["fails"].sum()
    return bool(len(seen) >= FEWEST and failing >= FEWEST_FAILING and failing < len(seen))


def state_of(seen: pd.DataFrame, tested: pd.DataFrame, n_listings: int) -> tuple[str, Auc | None]:
    """Return whether listings are scored: SCORED, else why not, SHORT, CHANCE or NO_LISTING; and how well
    earlier models ordered samples (None where the state is SHORT).

    ``seen``: the samples that were known before the day of the listings; ``tested``: those of `out_of_time`,
    with `fails` (0 or 1) and `predicted`; ``n_listings``: the number of listings on sale."""
    failing = tested["fails"].sum()
    if not enough(seen) or failing < FEWEST_TESTED or failing == len(tested):
        return SHORT, None
    area = auc(tested["fails"], tested["predicted"])
    if not area.low > 0.5:
        return CHANCE, area
    return (SCORED if n_listings else NO_LISTING), area


def out_of_time(samples: pd.DataFrame, day: int) -> pd.DataFrame:
    """Return the samples bought in the last QUARTERS calendar quarters that began before ``day``, with the
    columns `predicted`, the probability of failing by a model of what was known before the quarter of the
    purchase began, and `n_learnt`, the number of samples that it was fitted on. So each sample is predicted
    without knowledge of its time.

    ``samples``: as Prepared.samples; ``day``: days since 1970-01-01. Only samples bought before ``day`` are
    returned. A quarter before which too little was known (`learnt_before`) is left out; where all are, the
    frame is empty."""
    months = (np.datetime64("1970-01-01") + np.timedelta64(day - 1, "D")).astype("datetime64[M]")
    newest = months.astype(np.int64) // 3 * 3
    found = []
    for first in range(newest - 3 * (QUARTERS - 1), newest + 1, 3):
        begins, ends = (
            int(np.datetime64(int(month), "M").astype("datetime64[D]").astype(np.int64))
            for month in (first, first + 3)
        )
        bought = samples[(samples["bought"] >= begins) & (samples["bought"] < min(ends, day))]
        learnt = learnt_before(samples, begins) if len(bought) else None
        if learnt is not None:
            n_learnt = int((samples["known"] < begins).sum())
            found.append(bought.assign(predicted=learnt.predict(bought), n_learnt=n_learnt))
    if not found:
        return samples.iloc[:0].assign(predicted=0.0, n_learnt=0)
    return pd.concat(found, ignore_index=True)


def places(p: pd.Series, unit_id: pd.Series) -> pd.Series:
    """Return the rank of each unit by its probability ``p``, 1 for the highest: integers with the index of
    ``p``, no two equal. ``unit_id``: identifiers in the order of ``p``.

    Equal probabilities are ordered by a hash of the identifier. The order of the identifiers would not do:
    they follow time, office or file, so that tenths of equal probabilities would differ."""
    turn = np.array([sha256(str(unit).encode()).digest() for unit in unit_id], dtype="S32")
    place = np.empty(len(p), np.int64)
    place[np.lexsort((turn, -p.to_numpy(float)))] = np.arange(1, len(p) + 1)
    return pd.Series(place, index=p.index)


def tenths(place: pd.Series) -> pd.Series:
    """Return for each unit the tenth in which it lies: 1 for the lowest probabilities to DECILES for the
    highest; integers with the index of ``place``, the ranks that `places` returned for all units. The tenths
    have equally many units, as far as the number allows."""
    return (len(place) - place) * DECILES // max(len(place), 1) + 1


def _number(days: pd.Series) -> np.ndarray:
    """Days since 1970-01-01; NaN where there is none."""
    stamps = pd.to_datetime(days).to_numpy("datetime64[D]")
    return np.where(np.isnat(stamps), np.nan, stamps.astype(np.int64).astype(float))


def _highest(codes: pd.Series, tree: Any) -> pd.Series:
    top = {code: (tree.path(code) or (code,)) for code in codes.unique()}
    shown = {code: [c for c in path if c in tree.shown] or [code] for code, path in top.items()}
    return codes.map({code: path[-1] for code, path in shown.items()}).astype(object)


def _page(rows: pd.DataFrame) -> pd.DataFrame:
    """With what the page and the shop say: price against the middle one of the category, brand, producer,
    standard, certificate where half of its like have one, ages in log(months)."""
    price = pd.to_numeric(rows["price"]).astype(float).where(lambda p: p > 0)
    against = np.log(price / price.groupby(rows["kind"]).transform("median")).fillna(0.0)
    held = rows["has_certificate"].astype("boolean").astype("Float64")
    usual = held.groupby(rows["kind"]).transform("mean") >= 0.5
    age = {
        "shop_age": rows["bought"] - _number(rows["opened_on"]),
        "listing_age": rows["bought"] - _number(rows["listed_on"]),
    }
    logs = {name: np.log1p(days.clip(lower=0) / 30) for name, days in age.items()}
    return rows.assign(
        price_low=(-against).clip(0, DEAREST),
        price_high=against.clip(0, DEAREST),
        brand_known=rows["brand"].notna().astype(float),
        producer_named=rows["producer"].notna().astype(float),
        cites_standard=rows["cites_standard"].astype("boolean").fillna(False).astype(float),
        certificate_missing=(usual.fillna(False) & (held == 0).fillna(False)).astype(float),
        **{
            name: value.fillna(value.dropna().median() if value.notna().any() else 0.0)
            for name, value in logs.items()
        },
    )


def _log_ratio(reports: pd.Series, orders: pd.Series) -> pd.Series:
    """Log of the reports of each row over those expected at the rate of all rows, shrunk to 0. ``reports``:
    complaints or low reviews; ``orders``: the orders or reviews that they are of."""
    n, base = reports.astype(float), orders.astype(float)
    usual = n.sum() / base.sum() if base.sum() > 0 else 0.0
    return np.log((n + PRIOR) / (base * usual + PRIOR))


def _share(rows: pd.DataFrame, samples: pd.DataFrame) -> np.ndarray:
    """Failing share of the samples known before each row's day."""
    whole = samples.groupby("known")["fails"].agg(["sum", "size"]).sort_index().cumsum()
    place = np.searchsorted(whole.index.to_numpy(float), rows["bought"].to_numpy(float), side="left")
    failing = np.concatenate([[0.0], whole["sum"].to_numpy(float)])[place]
    of = np.concatenate([[0.0], whole["size"].to_numpy(float)])[place]
    return (failing + USUAL * USUAL_OF) / (of + USUAL_OF)


def _weights(samples: pd.DataFrame) -> dict[str, float]:
    """The weight of each of KEYS, by the moments of failures x of a key against e expected: of gamma-Poisson
    rate ratios of mean 1 and variance 1 / weight, (x - e)^2 is on average the binomial variance and
    e^2 / weight."""
    weights, usual = {}, _share(samples, samples)
    for name in KEYS:
        rows = samples[[f"key_{name}", "fails"]].assign(e=usual, v=usual * (1 - usual))
        sums = rows.groupby(f"key_{name}")[["fails", "e", "v"]].sum()
        over = float(((sums["fails"] - sums["e"]) ** 2 - sums["v"]).sum())
        weight = float((sums["e"] ** 2).sum()) / over if over > 0 else MOST_WEIGHT
        weights[name] = float(np.clip(weight, LEAST_WEIGHT, MOST_WEIGHT))
        if name == "category":
            usual = expit(logit(usual) + _excess(samples, samples, name, usual, weights[name]))
    return weights


def _past(rows: pd.DataFrame, samples: pd.DataFrame, weights: dict[str, float]) -> pd.DataFrame:
    """``rows`` with the failures of random samples known before each row's day against those expected: of the
    category against all; of brand, producer and operator against their category."""
    theirs, found = _share(samples, samples), {}
    for name, weight in weights.items():
        mine = _excess(rows, samples, name, theirs, weight)
        found[f"past_{name}"] = mine
        if name == "category":
            own = mine if rows is samples else _excess(samples, samples, name, theirs, weight)
            theirs = expit(logit(theirs) + own)
    return rows.assign(**found)


def _excess(
    rows: pd.DataFrame, samples: pd.DataFrame, name: str, expected: np.ndarray, weight: float
) -> np.ndarray:
    return past_excess(
        rows[f"key_{name}"],
        rows["bought"],
        known_keys=samples[f"key_{name}"],
        known_days=samples["known"],
        fails=samples["fails"],
        expected=expected,
        weight=weight,
    )


def _signals(rows: pd.DataFrame, risk_signal: pd.DataFrame) -> np.ndarray:
    """log(1 + signals that were open on the day) of platform × category, brand and category × hazard; usual
    ones too: goods of which everybody knows a hazard fail more often."""
    n = np.zeros(len(rows))
    opened, closed = _number(risk_signal["opened_on"]), _number(risk_signal["closed_on"])
    both = rows["platform"].astype(str) + "/" + rows["category"].astype(str)
    keys = {"platform_category": [both], "brand": [rows["brand"]]}
    keys["category_hazard"] = [rows["kind"], rows["category"].where(rows["category"] != rows["kind"])]
    for kind, columns in keys.items():
        mine = (risk_signal["key_type"] == kind).to_numpy()
        code = risk_signal["category_code"] if kind == "category_hazard" else risk_signal["key_code"]
        table = pd.DataFrame({"code": code[mine], "opened": opened[mine], "closed": closed[mine]})
        for column in columns:
            asked = pd.DataFrame(
                {"code": column.astype(object), "day": rows["bought"], "row": range(len(rows))}
            )
            met = asked.dropna().merge(table, on="code")
            open_ = (met["opened"] <= met["day"]) & ~(met["closed"] <= met["day"])
            n += np.bincount(met.loc[open_, "row"], minlength=len(rows))
    return np.log1p(n)
