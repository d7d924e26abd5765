"""A table against its own past: what counts as past, when it is judged, and that a night done again says the
same."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from jobs.contracts.catalog import load_catalog
from jobs.contracts.suites import expectations, history_expectations
from jobs.engine.interface import Workspace
from jobs.gate.audit import Gate, Verdict
from jobs.gate.history import NEEDED, NIGHTS, REST, column_metrics, distance, kept, middle, past, volume
from jobs.gate.measure import Measures
from jobs.gate.profile import Profile

MONDAY = date(2026, 6, 1)
CATALOG = load_catalog()
SAMPLE = CATALOG.contracts["silver.sample"]


def audited(
    space: Workspace, folder: Path, listed: list, measures: Measures, *, day: date = MONDAY
) -> Verdict:
    space.read("audited", pa.table({"x": [1]}))
    return Gate(folder / "gate", run_id="r", day=day).audit("silver.sample", 3, listed, space, measures)


def night(
    number: int,
    *,
    rows: int = 1000,
    passed: bool = True,
    months: tuple[date, ...] | None = None,
    version: int | None = None,
    **share: float,
) -> list[dict]:
    """What one night notes of a table: its rows, null share of `price` and shares of `kind`."""
    now = Profile(
        rows,
        {"price": share.get("price", 0.1)},
        {"amount": share.get("amount", 5.0)},
        {"kind": {"a": share.get("a", 0.5), "b": 1 - share.get("a", 0.5)}},
    )
    measures = Measures({"row_count": rows} | column_metrics(now, past([], MONDAY, whole=True)), now, months)
    return measures.rows(
        run_id=f"r{number}",
        day=MONDAY + timedelta(days=number),
        table="silver.t",
        version=number if version is None else version,
        passed=passed,
    )


def after(*nights: list[dict]) -> list[dict]:
    return [row for one in nights for row in one]


def today(number: int) -> date:
    return MONDAY + timedelta(days=number)


def test_a_version_that_failed_is_no_past():
    seen = past(after(night(0, rows=100), night(1, rows=40, passed=False)), today(2), whole=True)
    assert seen.counts == (100,)


def test_a_later_date_is_no_past_of_an_earlier_one():
    assert past(night(1, rows=1000), today(0), whole=True).counts == ()
    assert past(after(night(0, rows=90), night(1, rows=1000)), today(0), whole=True).counts == (90,)


def test_of_one_date_the_last_version_counts():
    seen = past(
        after(night(0, rows=90, version=0), night(0, rows=100, version=1), night(1, rows=110, version=2)),
        today(2),
        whole=True,
    )
    assert seen.counts == (100, 110)


def test_rows_in_any_order_are_read_in_the_order_of_the_versions():
    noted = after(night(1, rows=110), night(0, rows=100))
    assert (
        past(noted, today(2), whole=True).counts
        == past(noted[::-1], today(2), whole=True).counts
        == (100, 110)
    )


def test_a_table_built_again_on_one_date_is_judged_by_the_same_past():
    noted = after(*[night(n) for n in range(NEEDED)])
    strange = Profile(1000, {"price": 0.5}, {}, {"kind": {"a": 0.1, "b": 0.9}})
    first = column_metrics(strange, past(noted, today(NEEDED), whole=True))
    again = column_metrics(strange, past(noted + night(NEEDED, price=0.5, a=0.1), today(NEEDED), whole=True))
    assert first == again
    assert first["null_share_change.price"] == pytest.approx(0.4) and first["drift.kind"] == pytest.approx(
        0.4
    )


def test_on_the_first_date_a_second_delivery_is_counted_against_the_first():
    seen = past(night(0, rows=1000), today(0), whole=True)
    assert volume(40, seen)["row_count_ratio"] == 0.04 and seen.values == {}


def test_only_the_last_seven_nights_count():
    noted = after(*[night(n, rows=10) for n in range(5)], *[night(5 + n, rows=1000) for n in range(NIGHTS)])
    assert past(noted, today(30), whole=True).counts == (1000,) * NIGHTS


def test_the_ratio_is_to_the_median_so_that_one_odd_night_does_not_shift_it():
    seen = past(after(night(0, rows=1000), night(1, rows=1000), night(2, rows=4000)), today(3), whole=True)
    assert volume(1000, seen) == {"previous_row_count": 4000, "row_count_ratio": 1.0, "volume_outside": None}


def test_with_fewer_than_five_nights_nothing_but_the_ratio_is_judged():
    seen = past(after(*[night(n) for n in range(NEEDED - 1)]), today(NEEDED), whole=True)
    metrics = column_metrics(
        Profile(1000, {"price": 0.9}, {"amount": 9.0}, {"kind": {"z": 1.0}}), seen
    ) | volume(5, seen)
    assert {k for k, v in metrics.items() if v is not None} == {
        "null_share.price",
        "mean.amount",
        "previous_row_count",
        "row_count_ratio",
    }


def test_fewer_than_a_hundred_rows_are_not_judged_by_column():
    seen = past(after(*[night(n) for n in range(NEEDED)]), today(NEEDED), whole=True)
    assert column_metrics(Profile(99, {"price": 0.9}), seen)["null_share_change.price"] is None
    assert column_metrics(Profile(100, {"price": 0.9}), seen)["null_share_change.price"] == pytest.approx(0.8)


def test_a_distribution_over_more_values_than_a_tenth_of_the_rows_is_not_judged():
    seen = past(after(*[night(n) for n in range(NEEDED)]), today(NEEDED), whole=True)
    many = {f"v{n}": 1 / 20 for n in range(20)}
    assert column_metrics(Profile(199, shares={"kind": many}), seen)["drift.kind"] is None
    assert column_metrics(Profile(200, shares={"kind": many}), seen)["drift.kind"] == pytest.approx(1.0)


def test_some_months_are_judged_by_nights_that_audited_some_months():
    some = (date(2026, 6, 1),)
    noted = after(
        *[night(n, price=0.1) for n in range(NEEDED)],
        *[night(10 + n, price=0.6, months=some) for n in range(NEEDED)],
    )
    now = Profile(1000, {"price": 0.6})
    assert column_metrics(now, past(noted, today(20), whole=False))[
        "null_share_change.price"
    ] == pytest.approx(0.0)
    assert column_metrics(now, past(noted, today(20), whole=True))[
        "null_share_change.price"
    ] == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("rows", "outside"),
    [
        (1000, 0.0),  # as ever
        (1150, 0.0),  # within the range 1000-1060, widened by a tenth of the median
        (1600, pytest.approx((1600 - 1060 - 103) / 1030)),  # above it
        (500, pytest.approx((1000 - 103 - 500) / 1030)),  # below it
    ],
)
def test_the_volume_lies_outside_beyond_the_widened_range_of_the_past(rows: int, outside: float):
    counts = (1000, 1010, 1020, 1030, 1040, 1050, 1060)
    seen = past(after(*[night(n, rows=c) for n, c in enumerate(counts)]), today(10), whole=True)
    assert volume(rows, seen)["volume_outside"] == outside


def test_steady_growth_is_no_odd_volume():
    counts = [int(1000 * 1.05**n) for n in range(8)]
    seen = past(after(*[night(n, rows=c) for n, c in enumerate(counts[:7])]), today(7), whole=True)
    assert volume(counts[7], seen)["volume_outside"] == 0.0


def test_total_variation_is_half_of_what_moved():
    assert distance({"a": 0.5, "b": 0.5}, {"a": 0.5, "b": 0.5}) == 0
    assert distance({"a": 1.0}, {"b": 1.0}) == 1
    assert distance({"a": 0.7, "b": 0.3}, {"a": 0.4, "b": 0.6}) == pytest.approx(0.3)


def test_the_middle_of_distributions_sums_to_one_and_forgets_one_odd_night():
    usual = {"a": 0.5, "b": 0.5}
    assert middle([usual, usual, {"c": 1.0}]) == {"a": 0.5, "b": 0.5, "c": 0.0}
    assert sum(middle([{"a": 1.0}, {"b": 1.0}, {"a": 0.4, "b": 0.3, "c": 0.3}]).values()) == pytest.approx(1)


def test_of_many_values_the_most_frequent_are_noted_and_the_rest_as_one():
    shares = {f"v{n:03d}": 1 / 200 for n in range(198)} | {"often": 2 / 200}
    noted = kept(shares)
    assert len(noted) == 101 and noted["often"] == 0.01 and "v098" in noted and "v099" not in noted
    assert sum(noted.values()) == pytest.approx(1) and noted[REST] == pytest.approx(99 / 200)


def test_every_table_but_a_reference_is_judged_by_its_past_and_only_warned():
    for contract in CATALOG.contracts.values():
        found = history_expectations(contract)
        assert len(found) == (0 if contract.reference else 3) and {e.severity for e in found} <= {"warning"}


def test_the_gate_warns_of_drift_and_names_the_columns(tmp_path: Path, space):
    """Price lost its values and kinds changed; amount stayed."""
    seen = past(after(*[night(n) for n in range(NEEDED)]), today(NEEDED), whole=True)
    now = Profile(1000, {"price": 0.6}, {"amount": 5.0}, {"kind": {"a": 1.0}})
    months = (date(2026, 5, 1), date(2026, 6, 1))
    measures = Measures({"row_count": 1000} | volume(5000, seen) | column_metrics(now, seen), now, months)
    verdict = audited(space, tmp_path, history_expectations(SAMPLE), measures, day=today(NEEDED))
    assert verdict.verdict == "warned" and {r["scope"] for r in verdict.rows} == {"months 2026-05, 2026-06"}
    observed = {r["column"]: json.loads(r["observed"]) for r in verdict.failures}
    assert observed["null_share_change"] == [{"null_share_change": 0.5, "column": "price"}]
    assert observed["drift"] == [{"drift": 0.5, "column": "kind"}]
    assert set(observed) == {"null_share_change", "drift", "volume_outside"}


def test_without_a_past_nothing_is_judged_by_it(tmp_path: Path, space):
    now = Profile(1000, {"price": 0.6}, {}, {"kind": {"a": 1.0}})
    seen = past([], MONDAY, whole=True)
    measures = Measures({"row_count": 1000} | volume(1000, seen) | column_metrics(now, seen), now, None)
    verdict = audited(space, tmp_path, history_expectations(SAMPLE), measures)
    assert (verdict.verdict, {r["batch"] for r in verdict.rows}) == ("passed", {"metrics"})


def test_a_figure_is_judged_only_where_its_condition_holds(tmp_path: Path, space):
    ratio = next(e for e in expectations(SAMPLE) if e.kwargs.get("column") == "row_count_ratio")
    for before, verdict, judged in ((1000, "warned", 1), (99, "passed", 0), (None, "passed", 0)):
        measures = Measures({"row_count_ratio": 0.2, "previous_row_count": before}, Profile(10), None)
        found = audited(space, tmp_path, [ratio], measures)
        assert (found.verdict, found.rows[0]["element_count"]) == (verdict, judged), before


def test_an_expectation_file_may_name_a_metric_of_a_column(tmp_path: Path, space):
    (tmp_path / "silver").mkdir()
    item = (
        "{{type: expect_column_values_to_be_between, batch: metrics, kwargs: {{column: {}, max_value: 0.3}}, "
        "severity: warning, message: 甲 | a}}"
    )
    file = tmp_path / "silver" / "sample.yaml"
    file.write_text("expectations:\n  - " + item.format("null_share.price"), encoding="utf-8")
    named = expectations(SAMPLE, tmp_path)[-1]
    measures = Measures({"row_count": 100, "null_share.price": 0.4}, Profile(100), None)
    assert audited(space, tmp_path, [named], measures).failures[0]["observed"] == "[0.4]"
    file.write_text("expectations:\n  - " + item.format("mean.channel"), encoding="utf-8")  # text has no mean
    with pytest.raises(Exception, match="'mean.channel' is no metric"):
        expectations(SAMPLE, tmp_path)
