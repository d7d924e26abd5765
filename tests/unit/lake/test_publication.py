"""ops.publication: rates as first published, and a revision where counts differ
(definitions.md#published)."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from jobs.lake import ops
from jobs.lake.night import Named, Snapshot
from jobs.lake.tables import Lake
from jobs.night.publication import COUNTS, KEY, RATES, appended, record_rates, recorded

JULY = {"period_type": "month", "period_start": date(2025, 7, 1)}
DUE = date(2025, 8, 15)  # 15 days after 31 July


def rates(*rows: dict[str, Any]) -> pd.DataFrame:
    base = (
        dict.fromkeys(COUNTS, 0)
        | dict.fromkeys(RATES, float("nan"))
        | {
            "dimension_type": "nation",
            "dimension_code": "CN",
            "dimension2_type": "",
            "dimension2_code": "",
            "region_role": "",
            "design": "all",
            "months_covered": 1,
            "method_version": "detection_rate/3",
        }
    )
    return pd.DataFrame(
        [base | JULY | row for row in rows],
        columns=[*KEY, *COUNTS, *RATES, "months_covered", "method_version"],
    )


NOTHING = appended(
    rates(), rates().assign(revision=pd.Series(dtype="int64"), night=pd.Series(dtype="object")), DUE
)


def published(*nights: tuple[date, pd.DataFrame]) -> pd.DataFrame:
    """ops.publication after these nights."""
    table = NOTHING
    for night, given in nights:
        more = appended(given, table, night)
        table = pd.DataFrame([*table.to_dict("records"), *more.to_dict("records")], columns=NOTHING.columns)
    return table


@pytest.mark.parametrize(("night", "wanted"), [(date(2025, 8, 14), 0), (DUE, 1), (date(2025, 12, 1), 1)])
def test_a_month_is_published_by_the_first_night_fifteen_days_after_its_end(night: date, wanted: int):
    assert len(published((night, rates({"n_sampled": 3})))) == wanted


@pytest.mark.parametrize(
    ("kind", "start", "first"),
    [
        ("quarter", date(2025, 7, 1), date(2025, 10, 15)),
        ("year", date(2025, 1, 1), date(2026, 1, 15)),
        ("rolling12", date(2024, 8, 1), date(2025, 8, 15)),
        ("month", date(2024, 2, 1), date(2024, 3, 15)),
    ],
)
def test_every_kind_of_period_ends_with_its_last_month(kind: str, start: date, first: date):
    row = rates({"period_type": kind, "period_start": start, "n_sampled": 3})
    day_before = date.fromordinal(first.toordinal() - 1)
    assert (len(published((day_before, row))), len(published((first, row)))) == (0, 1)


def test_all_time_has_no_end_and_is_not_published():
    assert published(
        (date(2030, 1, 1), rates({"period_type": "all", "period_start": date(1900, 1, 1), "n_sampled": 3}))
    ).empty


def test_the_first_figure_is_kept_and_an_overturned_result_is_a_new_revision():
    first = rates({"n_tested": 40, "n_nonconforming": 4, "rate": 0.1})
    overturned = rates(
        {"n_tested": 40, "n_nonconforming": 3, "n_conforming": 1, "n_overturned": 1, "rate": 0.075}
    )
    table = published(
        (DUE, first),
        (date(2025, 8, 16), first),
        (date(2025, 9, 20), overturned),
        (date(2025, 9, 21), overturned),
    )
    assert table[["revision", "rate", "night"]].to_numpy().tolist() == [
        [0, 0.1, DUE],
        [1, 0.075, date(2025, 9, 20)],
    ]


def test_a_rate_that_changes_alone_is_no_revision():
    again = rates({"n_tested": 40, "rate": 0.2, "method_version": "detection_rate/3"})
    assert len(published((DUE, rates({"n_tested": 40, "rate": 0.1})), (date(2025, 9, 1), again))) == 1


def test_a_cell_that_lost_all_its_samples_is_revised_to_none_once_and_may_come_back():
    row = rates({"n_tested": 2, "n_nonconforming": 1, "rate": 0.5})
    table = published(
        (DUE, row), (date(2025, 9, 1), rates()), (date(2025, 9, 2), rates()), (date(2025, 9, 3), row)
    )
    assert table["revision"].tolist() == [0, 1, 2] and table["n_tested"].tolist() == [2, 0, 2]
    assert table["rate"].isna().tolist() == [False, True, False] and table["method_version"].notna().all()


def test_rows_that_the_table_no_longer_keeps_stay_as_they_were_published():
    """A unit has other periods and no months any more; no window of twelve months begins as early as one that
    was published."""
    brand = {"dimension_type": "brand", "dimension_code": "B"}
    quarter = {"period_type": "quarter", "period_start": date(2025, 7, 1), "n_tested": 2}
    early, late = (
        {"period_type": "rolling12", "period_start": date(year, 7, 1), "n_tested": 2} for year in (2023, 2024)
    )
    before = rates(brand | {"n_tested": 2}, brand | quarter, early, late, {"n_tested": 2})
    after = rates(brand | quarter, late, {"n_tested": 3})
    table = published((date(2025, 11, 1), before), (date(2025, 11, 2), after))
    assert len(table) == 6
    revised = table[table["revision"] == 1]
    assert revised[["dimension_type", "period_type", "n_tested"]].to_numpy().tolist() == [
        ["nation", "month", 3]
    ]


@pytest.mark.parametrize(("gone", "left"), [(7, 8), (8, 7)])
def test_windows_that_no_longer_lie_in_the_data_of_their_design_stay_as_they_were_published(
    gone: int, left: int
):
    """The first or last outcome of random samples moved by a correction, that of targeted ones did not."""
    random, targeted = (
        {"period_type": "rolling12", "design": design, "n_tested": 2}
        for design in ("probability", "targeted")
    )
    of_targeted = [targeted | {"period_start": date(2023, month, 1)} for month in (7, 8)]
    before = [random | {"period_start": date(2023, month, 1)} for month in (7, 8)]
    after = [row for row in before if row["period_start"].month == left]
    table = published(
        (date(2025, 11, 1), rates(*before, *of_targeted)), (date(2025, 11, 2), rates(*after, *of_targeted))
    )
    assert len(table) == 4 and set(table["revision"]) == {0}, gone


def test_a_unit_that_lost_the_samples_of_one_month_is_revised_though_it_has_others():
    august = {"period_start": date(2025, 8, 1), "n_tested": 1}
    table = published((date(2025, 11, 1), rates({"n_tested": 2}, august)), (date(2025, 11, 2), rates(august)))
    assert table[["period_start", "revision", "n_tested"]].to_numpy().tolist()[-1] == [date(2025, 7, 1), 1, 0]


def test_a_night_appends_to_the_lake_and_one_without_news_commits_nothing(tmp_path: Path):
    lake = Lake(tmp_path)
    columns = [*KEY, *COUNTS, *RATES, "months_covered", "method_version"]
    schema = pa.schema([ops.PUBLICATION.field(name) for name in columns])
    version = lake.overwrite(
        "gold.detection_rate",
        pa.Table.from_pandas(rates({"n_tested": 4}), schema=schema, preserve_index=False),
    )
    assert record_rates(lake, version, DUE) == 1
    committed = lake.version("ops.publication")
    assert (
        record_rates(lake, version, date(2025, 8, 20)) == 0 and lake.version("ops.publication") == committed
    )
    later = lake.overwrite(
        "gold.detection_rate",
        pa.Table.from_pandas(rates({"n_tested": 5}), schema=schema, preserve_index=False),
    )
    assert record_rates(lake, later, date(2025, 9, 1)) == 1
    assert lake.frame("ops.publication").sort_values("revision")["n_tested"].tolist() == [4, 5]


@pytest.mark.parametrize(
    ("state", "version", "night", "there"),
    [
        ("skipped", 7, date(2025, 8, 29), True),  # July was due on 15 August, August is on 15 September
        ("fresh", 7, date(2025, 9, 14), True),
        ("fresh", 7, date(2025, 9, 15), False),
        ("fresh", 8, date(2025, 8, 29), False),
        ("stale", 7, date(2025, 8, 29), False),
    ],
)
def test_a_night_with_the_rates_of_the_last_one_has_news_only_once_a_month_is_due(
    tmp_path: Path, state: str, version: int, night: date, there: bool
):
    named = Named("gold.detection_rate", 7, state, "passed", None)
    last = Snapshot(Lake(tmp_path), "a", "nightly", date(2025, 8, 28), {named.table: named})
    assert recorded(last, version, night) is there
    due = appended(rates({"period_start": date(2025, 8, 1), "n_tested": 2}), NOTHING, night)
    assert there is False or due.empty


def test_without_an_earlier_night_nothing_is_recorded(tmp_path: Path):
    assert not recorded(Snapshot(Lake(tmp_path), None, "", None, {}), 7, date(2025, 8, 28))


def test_cells_are_revised_each_for_itself():
    two = rates({"design": "targeted", "n_tested": 5}, {"design": "probability", "n_tested": 9})
    later = rates({"design": "targeted", "n_tested": 6}, {"design": "probability", "n_tested": 9})
    table = published((DUE, two), (date(2025, 9, 1), later))
    assert table[["design", "revision", "n_tested"]].to_numpy().tolist() == [
        ["probability", 0, 9],
        ["targeted", 0, 5],
        ["targeted", 1, 6],
    ]
