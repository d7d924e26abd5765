"""Selects the samples from which shopping guidance is made: those of two years with an outcome, up to the
newest month that is published, with their design, price and failing items. Pure.

The design of a sample is `probability` (drawn at random) or `targeted` (chosen because of a risk). A product
is any category but those of the group OTHER."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd

from jobs.deployment import deployment
from jobs.marts.sampling.outcomes import ExitKind, Stage, Verdict

MONTHS = 24  # two years: one season's samples of a product are too few to say what fails
# Days after its end on which a month is published, as in release_calendar.csv. Guidance is public: were newer
# results in it, the difference from the published rates would say what was found before it is published.
DUE_DAYS = 16
PROBABILITY, TARGETED = "probability", "targeted"
OTHER = "XX"  # main group of goods of no known category: no guidance is written for it


def published_until(day: date) -> date:
    """Return the last day of the newest month that is due for publication on ``day``: a month is due DUE_DAYS
    (16) days after its last day, from that day on."""
    return (day - timedelta(days=DUE_DAYS - 1)).replace(day=1) - timedelta(days=1)


def window(conclusion: pd.DataFrame, sample: pd.DataFrame, as_of: date) -> tuple[date, date] | None:
    """Return the first and the last day of the samples that count. The last is the day of the newest
    conclusion, or exit before the test, up to `published_until` of ``as_of``; the first is the first day of
    the month 23 months before. None where there is no such conclusion or exit.

    ``conclusion``: gold.standing_conclusion (issued_on); ``sample``: silver (exited_on)."""
    days = pd.to_datetime(pd.concat([conclusion["issued_on"], sample["exited_on"]]).dropna())
    days = days[days <= pd.Timestamp(published_until(as_of))]
    if days.empty:
        return None
    end = days.max()
    return (end.to_period("M") - (MONTHS - 1)).start_time.date(), end.date()


def judged(
    sample: pd.DataFrame, conclusion: pd.DataFrame, sampling_plan: pd.DataFrame, span: tuple[date, date]
) -> pd.DataFrame:
    """Return the samples that were judged, or left before the test for a violation, within ``span`` (first
    and last day): one row per sample with sample_id, category_code, price, design, failed (bool, by the final
    conclusion) and exit_reason (of a violation found before the test; missing for tested samples).

    A sample counts on the day of its first conclusion, with the outcome of the re-inspection where there is
    one. A sample without a category is left out. A price in another currency than the deployment's is
    missing.

    ``sample``, ``sampling_plan``: silver; ``conclusion``: gold.standing_conclusion."""
    stages = conclusion.assign(again=conclusion["stage"].eq(Stage.REINSPECTION)).sort_values(
        "again", kind="stable"
    )
    final = stages.drop_duplicates("sample_id", keep="last").set_index("sample_id")["outcome"]
    first = pd.to_datetime(stages.drop_duplicates("sample_id").set_index("sample_id")["issued_on"])
    types = sampling_plan.set_index("plan_id")["type"]
    exits = sample["exit_kind"].eq(ExitKind.VIOLATION) & ~sample["sample_id"].isin(final.index)
    day = sample["sample_id"].map(first).where(~exits, pd.to_datetime(sample["exited_on"]))
    outcome = sample["sample_id"].map(final)
    prices = pd.to_numeric(sample["price"]).astype(float)
    rows = pd.DataFrame(
        {
            "sample_id": sample["sample_id"],
            "category_code": sample["category_code"],
            "price": prices.where(sample["_currency"].eq(deployment().currency)),
            "design": np.where(sample["plan_id"].map(types).eq("probability"), PROBABILITY, TARGETED),
            "failed": outcome.eq(Verdict.NONCONFORMING),
            "exit_reason": sample["exit_reason"].where(exits),
        }
    )
    inside = (day >= pd.Timestamp(span[0])) & (day <= pd.Timestamp(span[1]))
    return rows[
        inside
        & rows["category_code"].notna()
        & (exits | outcome.isin([Verdict.CONFORMING, Verdict.NONCONFORMING]))
    ]


def in_categories(rows: pd.DataFrame, product_category: pd.DataFrame) -> pd.DataFrame:
    """Return ``rows`` once for the sample's category and once for the category above it, where it has one:
    category_code is that product, ``own`` the sample's category. Samples of OTHER, and of categories that are
    not listed, are left out.

    ``rows``: as returned by `judged`; ``product_category``: silver."""
    listed = product_category[
        product_category["category_code"].ne(OTHER) & product_category["parent_code"].ne(OTHER)
    ]
    parents = listed.set_index("category_code")["parent_code"]
    keys = set(listed["category_code"])
    own = rows.assign(own=rows["category_code"])
    above = own.assign(category_code=own["own"].map(parents))
    both = pd.concat([own, above], ignore_index=True)
    return both[both["category_code"].isin(keys)]


def items(rows: pd.DataFrame, test_result: pd.DataFrame) -> pd.DataFrame:
    """Return one row per judged test item of the samples in ``rows``: sample_id, category_code, own, design,
    item (its name, else its code), class_a (bool: concerns health and safety), standard (number of the
    standard by which it was tested, null where not stated) and failed. An item of a sample that finally
    conforms did not fail.

    ``rows``: as returned by `in_categories`; ``test_result``: silver, one row per sample and item."""
    tested = test_result[test_result["lab_verdict"].isin([Verdict.CONFORMING, Verdict.NONCONFORMING])]
    both = rows.merge(tested, on="sample_id")
    return pd.DataFrame(
        {
            "sample_id": both["sample_id"],
            "category_code": both["category_code"],
            "own": both["own"],
            "design": both["design"],
            "item": both["item_name"].where(both["item_name"].notna(), both["item_code"]),
            "class_a": both["item_class"].eq("A"),
            "standard": both["standard_no"],
            "failed": both["lab_verdict"].eq(Verdict.NONCONFORMING) & both["failed"],
        }
    )


def bands(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the samples of ``rows`` that have a price, with ``band`` (`low`, `middle`, `high`: thirds of the
    prices paid for goods of their category ``own``) and its bounds tercile_low and tercile_high, in the
    deployment's currency. Samples of a category with fewer than nine prices, or whose two bounds are equal,
    are left out.

    ``rows``: as returned by `in_categories`."""
    priced = rows[rows["price"] > 0]
    price = priced.groupby("own")["price"]
    low, high = (
        price.transform(lambda p: p.quantile(1 / 3, interpolation="lower")),
        price.transform(lambda p: p.quantile(2 / 3, interpolation="lower")),
    )
    able = (price.transform("size") >= 9) & (low < high)
    band = np.select([priced["price"] <= low, priced["price"] <= high], ["low", "middle"], "high")
    return priced.assign(band=band, tercile_low=low, tercile_high=high)[able]
