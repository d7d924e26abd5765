"""gold.repeat_failure: the day of a party's last failing batch, where conclusions state no day."""

from __future__ import annotations

from datetime import date

import pandas as pd

from jobs.marts.tracing.repeat_failure import READS, build
from jobs.period import Period

DAY = date(2026, 1, 5)


def empty(table: str) -> pd.DataFrame:
    return pd.DataFrame(columns=READS[table], dtype=object)


def failures(*conclusions: tuple[str, str, date | None]) -> pd.DataFrame:
    """The rows of shop S on platform P, whose batches have these failing conclusions (sample, stage, day)."""
    samples = dict.fromkeys(sample for sample, _, _ in conclusions)
    rows = [
        dict.fromkeys(READS["sample"])
        | {"sample_id": s, "plan_id": "PL", "platform_code": "P", "shop_id": "S", "purchased_on": DAY}
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
        region=pd.DataFrame(columns=["region_code", "parent_code", "level"], dtype=object),
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
