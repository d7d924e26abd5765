"""The samples from which shopping guidance is made: those of two years with an outcome, with design, price
and failing items. Pure."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from jobs.deployment import deployment
from jobs.marts.sampling.outcomes import ExitKind, Stage, Verdict

MONTHS = 24  # two years: one season's samples of a product are too few to say what fails
PROBABILITY, TARGETED = "probability", "targeted"


def window(conclusion: pd.DataFrame, sample: pd.DataFrame) -> tuple[date, date] | None:
    """Return the first and the last day of the two years that end with the newest month in which a conclusion
    was issued or a sample left before its test; None without any."""
    days = pd.to_datetime(pd.concat([conclusion["issued_on"], sample["exited_on"]]).dropna())
    if days.empty:
        return None
    end = days.max().to_period("M")
    return (end - (MONTHS - 1)).start_time.date(), end.end_time.date()


def judged(
    sample: pd.DataFrame, conclusion: pd.DataFrame, sampling_plan: pd.DataFrame, span: tuple[date, date]
) -> pd.DataFrame:
    """Return one row per sample with an outcome in ``span``: sample_id, category_code, design, price, failed
    (by the final conclusion), exit_reason (of a violation found before the test, else missing).

    A sample counts on the day of its first conclusion, with the outcome of the re-inspection where there is
    one. Samples of plans that are not probability plans were aimed at risk: design `targeted`. A sample
    without a category, or without a verdict, is left out. A price in another currency than the deployment's
    is missing."""
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
    """Return ``rows`` once for each key consumer product among their category and the category above it, with
    that code as category_code; ``own`` is the sample's category."""
    parents = product_category.set_index("category_code")["parent_code"]
    keys = set(product_category.loc[product_category["key_consumer_product"].eq(True), "category_code"])
    own = rows.assign(own=rows["category_code"])
    above = own.assign(category_code=own["own"].map(parents))
    both = pd.concat([own, above], ignore_index=True)
    return both[both["category_code"].isin(keys)]


def items(rows: pd.DataFrame, test_result: pd.DataFrame) -> pd.DataFrame:
    """Return one row per judged item of ``rows``: category_code, design, item (its name, else its code),
    class_a, failed, standard (the number by which it was tested, null where not stated). An item did not fail
    where the re-inspection overturned the result of its sample."""
    tested = test_result[test_result["lab_verdict"].isin([Verdict.CONFORMING, Verdict.NONCONFORMING])]
    both = rows.merge(tested, on="sample_id")
    return pd.DataFrame(
        {
            "category_code": both["category_code"],
            "design": both["design"],
            "item": both["item_name"].where(both["item_name"].notna(), both["item_code"]),
            "class_a": both["item_class"].eq("A"),
            "standard": both["standard_no"],
            "failed": both["lab_verdict"].eq(Verdict.NONCONFORMING) & both["failed"],
        }
    )


def bands(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the priced samples of ``rows`` with ``band`` (low, middle, high: thirds of the prices paid
    within their product) and the bounds tercile_low and tercile_high. Samples of a product with fewer than
    nine prices, or whose terciles coincide, are left out."""
    priced = rows[rows["price"] > 0]
    price = priced.groupby("own")["price"]
    low, high = (
        price.transform(lambda p: p.quantile(1 / 3, interpolation="lower")),
        price.transform(lambda p: p.quantile(2 / 3, interpolation="lower")),
    )
    able = (price.transform("size") >= 9) & (low < high)
    band = np.select([priced["price"] <= low, priced["price"] <= high], ["low", "middle"], "high")
    return priced.assign(band=band, tercile_low=low, tercile_high=high)[able]
