"""gold.repeat_failure: the day of a party's last failing batch, where conclusions state no day; its place."""

from __future__ import annotations

from datetime import date

import pandas as pd
from tracing_frames import REGION, codes

from jobs.marts.tracing.repeat_failure import READS, build
from jobs.period import Period

DAY = date(2026, 1, 5)


def empty(table: str) -> pd.DataFrame:
    return pd.DataFrame(columns=READS[table], dtype=object)


def failures(
    *conclusions: tuple[str, str, date | None], labels: dict[str, dict[str, str]] | None = None
) -> pd.DataFrame:
    """The rows of shop S on platform P, whose batches have these failing conclusions (sample, stage, day).

    ``labels``: sample → what its label says of the producer."""
    samples = dict.fromkeys(sample for sample, _, _ in conclusions)
    rows = [
        dict.fromkeys(READS["sample"])
        | {"sample_id": s, "plan_id": "PL", "platform_code": "P", "shop_id": "S", "purchased_on": DAY}
        | (labels or {}).get(s, {})
        for s in samples
    ]
    concluded = [(s, stage, "nonconforming", day, False) for s, stage, day in conclusions]
    return build(
        sample=pd.DataFrame(rows, dtype=object),
        standing_conclusion=pd.DataFrame(concluded, columns=READS["standing_conclusion"], dtype=object),
        sampling_plan=pd.DataFrame([("PL", "probability")], columns=READS["sampling_plan"]),
        counterfeit_report=empty("counterfeit_report"),
        objection=empty("objection"),
        registration=empty("registration"),
        region=pd.DataFrame(REGION, columns=["region_code", "parent_code", "level"], dtype=object),
        product_category=pd.DataFrame(columns=["category_code", "parent_code"], dtype=object),
        period=Period(date(2026, 6, 30)),
    )


def test_the_last_day_is_that_of_the_newest_conclusion_that_states_one():
    later = date(2026, 3, 1)
    rows = failures(("1", "first", None), ("1", "reinspection", later), ("2", "first", DAY))
    assert rows["last_failed_on"].tolist() == [later, later]
    assert rows["sample_ids"].tolist() == [["1", "2"], ["1", "2"]]


def test_without_any_day_there_is_no_last_day():
    assert set(failures(("1", "first", None), ("2", "first", None))["last_failed_on"]) == {None}


def test_one_failing_batch_gives_no_row():
    assert failures(("1", "first", DAY)).empty


def test_a_producer_in_no_register_counts_in_the_province_that_its_newest_failing_batch_names():
    code, places = codes(1)[0], {"1": "330106", "2": "440106", "3": "330106"}
    labels = {s: {"producer_uscc": code, "producer_region_code": place} for s, place in places.items()}
    days = {"1": DAY, "2": date(2026, 3, 1), "3": None}
    rows = failures(*((s, "first", day) for s, day in days.items()), labels=labels)
    made = rows[rows["party"].eq("producer") & rows["dimension_type"].eq("region")]
    assert set(made["dimension_code"]) == {"440000"} and set(made["region_code"]) == {"440106"}
    assert set(made["n_failing"]) == {3}
