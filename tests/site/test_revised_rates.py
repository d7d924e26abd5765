"""Published rates that were revised since the night before, on the first page and on a unit's own."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from country_files import DAY
from test_morning import YESTERDAY, compared

from jobs.lake import ops
from jobs.lake.tables import Lake
from jobs.night import publication
from jobs.reports.gathered import Gathered
from jobs.reports.pages import morning
from jobs.reports.pages.units import page_makers
from jobs.reports.rates import Window
from jobs.reports.revised_rates import COLUMNS, FIGURES, REVISED, revised, revisions

QUARTER = date(2026, 1, 1)


def published(
    code: str, rate: float | None, *, night: date, revision: int = 0, **more: Any
) -> dict[str, Any]:
    """A row of ops.publication: a platform's quarter, 200 batches judged."""
    counts = dict.fromkeys(publication.COUNTS, 0) | {"n_tested": 200, "n_nonconforming": 20}
    rates = dict.fromkeys(publication.RATES, rate)
    if rate is not None:
        rates |= {"exposure_low": rate - 0.02, "exposure_high": rate + 0.02}
    key = {"period_type": "quarter", "period_start": QUARTER, "dimension_type": "platform"}
    empty = {"dimension2_type": "", "dimension2_code": "", "region_role": "", "method_version": "t"}
    own = {"dimension_code": code, "design": "probability", "revision": revision, "night": night}
    return key | empty | own | counts | rates | more


def snapshot(folder: Path, *rows: dict[str, Any], day: date = DAY) -> Any:
    lake = Lake(folder / "lake")
    lake.overwrite("ops.publication", pa.Table.from_pylist(list(rows), schema=ops.PUBLICATION))
    return SimpleNamespace(lake=lake, date=day)


def moved(code: str, before: float | None, now: float | None, **more: Any) -> dict[str, Any]:
    """A row of `revised`."""
    new, old = (published(code, rate, night=DAY) for rate in (now, before))
    return {c: new[c] for c in new if c in COLUMNS} | {f"{c}_before": old[c] for c in FIGURES} | more


def frame(*rows: dict[str, Any]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=COLUMNS)


def test_a_revision_of_the_night_stands_beside_what_was_published_before(tmp_path: Path) -> None:
    older, before = date(2026, 5, 1), YESTERDAY
    found = revised(
        snapshot(
            tmp_path,
            published("P01", 0.08, night=older),
            published("P01", 0.09, night=before, revision=1),  # was so the night before already
            published("P01", 0.11, night=DAY, revision=2),
            published("P02", 0.05, night=DAY),  # published tonight for the first time: nothing to revise
            published("P03", 0.05, night=older),
            published("P03", 0.07, night=DAY, revision=1, design="targeted"),  # another design
            published("P04", 0.05, night=older),
            published("P04", 0.06, night=date(2026, 7, 9), revision=1),  # of a later night
        ),
        before,
    )
    assert found[["dimension_code", "exposure_rate_before", "exposure_rate"]].to_numpy().tolist() == [
        ["P01", 0.09, 0.11]
    ]


def test_without_an_earlier_night_or_a_publication_nothing_is_revised(tmp_path: Path) -> None:
    shelf = snapshot(tmp_path, published("P01", 0.08, night=DAY))
    assert revised(shelf, None).empty and list(revised(shelf, None).columns) == COLUMNS
    nothing = SimpleNamespace(lake=Lake(tmp_path / "other"), date=DAY)
    assert revised(nothing, YESTERDAY).empty


def test_units_stand_by_their_largest_revision_and_what_prints_alike_is_left_out() -> None:
    found = revisions(
        frame(
            moved("small", 0.080, 0.085),
            moved("large", 0.080, 0.070, period_start=date(2025, 10, 1)),
            moved("large", 0.080, 0.100, months_covered=2),
            moved("alike", 0.0800001, 0.0800002),
            moved("few", None, 0.08),  # too few batches before: no difference to give, so it comes last
        )
    )
    assert [(r.code, r.points and round(r.points, 1)) for r in found] == [
        ("large", 2.0),
        ("small", 0.5),
        ("few", None),
    ]
    assert (
        found[0].period.en == "Q1 2026 (2 of 3 months in the data)"
        and found[2].old.text.en == "too few samples"
    )


@pytest.mark.parametrize(
    ("kind", "start", "months", "said"),
    [
        ("month", date(2026, 3, 1), 1, "March 2026"),
        ("quarter", QUARTER, 3, "Q1 2026"),
        ("year", date(2025, 1, 1), 12, "2025"),
        ("year", date(2024, 1, 1), 3, "2024 (3 of 12 months in the data)"),
        ("year", date(2024, 1, 1), None, "2024"),  # noted before the column was
        ("rolling12", date(2025, 4, 1), 12, "April 2025 to March 2026"),
    ],
)
def test_a_revised_period_says_how_many_of_its_months_lie_in_the_data(
    kind: str, start: date, months: int | None, said: str
) -> None:
    row = moved("P01", 0.08, 0.10, period_type=kind, period_start=start, months_covered=months)
    [made] = revisions(frame(row))
    assert made.period.en == said
    assert ("个月中有" in made.period.zh) == ("in the data" in said)


def test_the_months_of_a_revision_are_those_of_the_rate_that_is_given_now(tmp_path: Path) -> None:
    older = published("P01", 0.08, night=date(2026, 5, 1), months_covered=1)
    now = published("P01", 0.11, night=DAY, revision=1, months_covered=2)
    assert revised(snapshot(tmp_path, older, now), YESTERDAY)["months_covered"].tolist() == [2]
    (lacking := Lake(tmp_path / "old" / "lake")).overwrite(
        "ops.publication",
        pa.Table.from_pylist([older, now], schema=ops.PUBLICATION).drop_columns("months_covered"),
    )
    found = revised(SimpleNamespace(lake=lacking, date=DAY), YESTERDAY)
    assert found["months_covered"].isna().all() and len(found) == 1


@pytest.mark.parametrize(("start", "times"), [(date(2025, 1, 1), 0), (date(2024, 1, 1), 1)])
def test_a_revision_of_the_year_that_the_first_page_is_about_is_not_said_twice_though_the_year_is_not_whole(
    known: Gathered,
    monkeypatch: pytest.MonkeyPatch,
    start: date,
    times: int,
) -> None:
    monkeypatch.setattr(Gathered, "window", property(lambda _: Window("year", date(2025, 1, 1), whole=False)))
    beside = compared(known)
    row = moved("CN", 0.08, 0.10, dimension_type="nation", period_type="year", period_start=start)
    tables = dict(beside.night.tables) | {REVISED: frame(row | {"months_covered": 11})}
    found = list(morning._revised(replace(beside, night=replace(beside.night, tables=tables))))
    assert sum("published exposure rate revised" in c.words.en for c in found) == times


@pytest.mark.parametrize("units", [1, 5])
def test_the_first_page_counts_revised_units_and_names_the_largest_with_their_pages(
    known: Gathered,
    units: int,
) -> None:
    codes = sorted(known.names.paged["region"])[:units]
    rows = [
        moved(code, 0.08, 0.08 + 0.01 * at, dimension_type="region", region_role="seller")
        for at, code in enumerate(codes, start=1)
    ]
    beside = compared(known)
    tables = dict(beside.night.tables) | {REVISED: frame(*rows, moved("P99", 0.1, 0.3))}  # P99 has no page
    found = morning.changes(replace(beside, night=replace(beside.night, tables=tables)))
    [made] = [c for c in found or () if "revised published" in c.words.en]
    assert (made.number, made.link) == (str(units), "regions.html")
    assert made.words.en.startswith("region with" if units == 1 else "regions with")
    largest = codes[::-1][: morning.MOST_REVISED]
    assert [c.link for c in made.parts] == [f"regions/{code}.html" for code in largest]
    assert made.parts[0].words.en.endswith(f"from 8.0% to {8 + units}.0% (+{units}.0 points)")
    assert "Q1 2026" in made.parts[0].words.en and "由8.0%修订为" in made.parts[0].words.zh


@pytest.mark.slow
def test_a_units_page_says_that_its_published_rate_was_revised(known: Gathered) -> None:
    beside = compared(known)
    tables = dict(beside.night.tables) | {REVISED: frame(moved("P01", 0.08, 0.1))}
    later = replace(beside, night=replace(beside.night, tables=tables))
    pages = {page.path: page.context for part in page_makers(later) for page in part()}
    said = [(c.number, c.words.en) for c in pages["platforms/P01.html"]["verdict"].changes]
    assert ("+2.0", "published exposure rate of Q1 2026 revised from 8.0% to 10.0%") in said
    assert not any("revised" in c.words.en for c in pages["platforms/P02.html"]["verdict"].changes)
