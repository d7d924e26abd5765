"""What moved an index: parts add up to the change, each answers to its own cause, and what pillars and
diagnostics say fits the index."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from index_units import KEY, indicators, reference, references, unit, with_base, with_counts

from jobs.marts.quality_index import (
    quality_index,
    quality_index_change,
    quality_index_diagnostics,
    quality_index_pillar,
)
from jobs.marts.quality_index.panel import whole
from jobs.marts.quality_index.quality_index_base import base
from jobs.marts.quality_index.quality_index_base import build as build_base
from jobs.period import Period

P = Period(date(2026, 6, 30))
JANUARY, FEBRUARY, MARCH = (date(2026, month, 1) for month in (1, 2, 3))
POSTS = reference("goalpost").set_index("indicator")
PILLARS = ["conformity", "consumer_experience", "authenticity", "governance", "standards_risk"]


def test_a_running_quarter_or_year_has_no_change_as_it_would_compare_unlike_months():
    """Months from October 2024 to August 2026: 2025 is whole, 2024 and 2026 are not."""
    every = [
        date(y, m, 1) for y in (2024, 2025, 2026) for m in range(1, 13) if (2024, 10) <= (y, m) <= (2026, 8)
    ]
    rows = [("month", day) for day in every]
    rows += [("quarter", day) for day in every if day.month % 3 == 1]
    rows += [("year", date(y, 1, 1)) for y in (2024, 2025, 2026)]
    key = pd.DataFrame(rows, columns=["period_type", "period_start"])
    assert key[~whole(key)].to_numpy().tolist() == [
        ["quarter", date(2026, 7, 1)],
        ["year", date(2024, 1, 1)],
        ["year", date(2026, 1, 1)],
    ]
    assert whole(key[key["period_type"] == "year"]).all()  # nothing says where the data begin


def test_bands_refer_to_the_first_whole_year():
    table = pd.DataFrame(
        [
            ("month", date(2024, 10, 1), "nation", 70.0),
            ("month", date(2026, 8, 1), "nation", 70.0),
            ("year", date(2024, 1, 1), "nation", 66.0),
            ("year", date(2025, 1, 1), "nation", 58.0),
        ],
        columns=["period_type", "period_start", "dimension_type", "score"],
    )
    assert base(table)["score"].tolist() == [58.0]
    assert base(table[table["period_start"] < date(2025, 1, 1)])["score"].tolist() == [66.0]
    assert base(table[table["period_type"] == "month"]).empty


def test_a_late_record_that_moves_the_score_of_the_base_year_by_millionths_leaves_it_as_it_is():
    def scores(complaints: float) -> list[float]:
        rows = unit("CN", dimension_type="nation", period_type="year", quality_complaints=complaints)
        return build_base(quality_index_indicator=indicators(rows), **references(), period=P)[
            "base_score"
        ].tolist()

    before, late, many = scores(3.1), scores(3.100001), scores(3.9)
    assert len(before) == 1 and before == late != many


def second_version() -> dict[str, pd.DataFrame]:
    """Reference tables with a second version of goalposts, weights and method (an arithmetic mean across
    pillars from March on)."""
    tables, draw = references(), np.random.default_rng(9)
    posts, weights, method = tables["goalpost"], tables["index_weight"], tables["index_method"]
    tables["goalpost"] = pd.concat(
        [posts, posts.assign(version="9", high=posts["high"] * 1.3, valid_from=FEBRUARY)]
    )
    tables["index_weight"] = pd.concat(
        [
            weights,
            weights.assign(
                version="9",
                weight=weights["weight"] * draw.uniform(0.5, 2, len(weights)),
                valid_from=FEBRUARY,
            ),
        ]
    )
    other = method.assign(
        version="9", valid_from=MARCH, value=method["value"].mask(method["item"] == "across", 1.0)
    )
    return tables | {"index_method": pd.concat([method, other])}


def drawn(code: str, start: date, draw: np.random.Generator, version: str | None = None) -> list[dict]:
    """A unit whose values, gaps and silences are drawn."""
    values = {name: draw.uniform(POSTS.loc[name, "low"], POSTS.loc[name, "high"]) for name in POSTS.index}
    free = [name for name in POSTS.index if name not in ("exposure_rate", "serious_signals")]
    gone, silent = np.split(draw.permutation(free)[: draw.integers(0, 6)], [2])
    rows = unit(
        code, start=start, absent=("serious_signals", *gone), silent=tuple(silent), version=version, **values
    )
    stretch = 1.3 if version == "9" else 1.0
    return [row | {"goal_high": row["goal_high"] * stretch} for row in rows]


def test_the_parts_of_every_change_add_up_to_it_whatever_moved():
    draw, tables = np.random.default_rng(4), second_version()
    plan = [(JANUARY, None), (FEBRUARY, "9"), (MARCH, "9")]
    rows = indicators(*(drawn(f"P{i}", start, draw, version) for i in range(30) for start, version in plan))
    changes = quality_index_change.build(quality_index_indicator=rows, **tables, period=P)
    scores = with_base(quality_index.build, quality_index_indicator=rows, **tables, period=P).set_index(KEY)[
        "score"
    ]
    sums = changes.groupby(KEY).agg(
        points=("points", "sum"), change=("change", "first"), before=("previous_start", "first")
    )
    assert len(sums) == 60
    for key, points, change, before in sums.itertuples():
        now, then = scores[key], scores[(key[0], before, *key[2:])]
        assert change == pytest.approx(now - then, abs=1e-9) and points == pytest.approx(change, abs=1e-9)
    moved = changes.assign(size=changes["points"].abs()).pivot_table(
        index="part", columns="period_start", values="size", aggfunc="max"
    )
    assert moved.loc["method", FEBRUARY] == 0 and moved.loc[["goalposts", "weights"], MARCH].max() == 0
    assert (
        moved.loc[[*PILLARS, "goalposts", "weights", "availability"], FEBRUARY].min() > 0.5
        and moved.loc["method", MARCH] > 0.5
    )


@pytest.mark.parametrize(
    ("cause", "after"),
    [
        ("availability", {"silent": ("data_filed", "quality_returns")}),
        ("availability", {"absent": ("serious_signals", "certificates_valid")}),
        ("consumer_experience", {"quality_returns": 900.0}),
        ("conformity", {"exposure_rate": 0.01}),
        ("standards_risk", {"standards_valid": 0.99}),
    ],
)
def test_one_cause_is_one_part(cause, after):
    rows = indicators(
        unit("A", start=JANUARY, standards_valid=0.9),
        unit("A", start=FEBRUARY, **({"standards_valid": 0.9} | after)),
    )
    got = quality_index_change.build(quality_index_indicator=rows, **references(), period=P).set_index("part")
    assert abs(got["change"].iloc[0]) > 0.1
    assert got["points"].to_dict() == pytest.approx(
        dict.fromkeys(got.index, 0.0) | {cause: got["change"].iloc[0]}, abs=1e-9
    )


def test_a_quarter_follows_a_quarter_a_year_a_year_and_a_gap_is_no_change():
    rows = indicators(
        *(
            unit("A", period_type="quarter", start=start)
            for start in (date(2025, 10, 1), JANUARY, date(2026, 7, 1))
        ),
        *(unit("A", period_type="year", start=date(year, 1, 1)) for year in (2024, 2025)),
        *(unit("A", start=start) for start in (date(2025, 12, 1), JANUARY, MARCH)),
        *(unit("B", start=start) for start in (date(2024, 1, 1), date(2026, 9, 1))),  # where the data lie
    )
    got = quality_index_change.build(quality_index_indicator=rows, **references(), period=P)
    found = got[["period_type", "period_start", "previous_start"]].drop_duplicates().to_numpy().tolist()
    assert found == [
        ["month", JANUARY, date(2025, 12, 1)],
        ["quarter", JANUARY, date(2025, 10, 1)],
        ["year", date(2025, 1, 1), date(2024, 1, 1)],
    ]


def test_what_the_pillars_cost_adds_up_to_the_distance_from_100():
    draw, tables = np.random.default_rng(6), second_version()
    rows = indicators(
        *(
            drawn(f"P{i}", start, draw, version)
            for i in range(10)
            for start, version in ((JANUARY, None), (MARCH, "9"))
        )
    )
    pillars = quality_index_pillar.build(quality_index_indicator=rows, **tables, period=P)
    scores = with_base(quality_index.build, quality_index_indicator=rows, **tables, period=P).set_index(KEY)[
        "score"
    ]
    sums = pillars.groupby(KEY).agg(lost=("contribution", "sum"), weight=("weight", "sum"))
    assert sums["lost"].to_numpy() == pytest.approx(scores[sums.index].to_numpy() - 100, abs=1e-9)
    assert sums["weight"].to_numpy() == pytest.approx(1)
    assert (pillars["contribution"].dropna() <= 1e-12).all()


def test_diagnostics_tell_which_indicators_move_ranks_and_go_together():
    draw = np.random.default_rng(2)
    rate = draw.uniform(0.02, 0.2, 30)
    rows = indicators(
        *(
            unit(
                f"P{i:02d}",
                exposure_rate=rate[i],
                quality_complaints=48 * rate[i],
                quality_returns=draw.uniform(0, 360),
            )
            for i in range(30)
        )
    )
    table = with_base(quality_index_diagnostics.build, quality_index_indicator=rows, **references(), period=P)
    got = table.set_index(["statistic", "item", "item2"])["value"]
    assert (
        got["removal_sensitivity", "exposure_rate", ""]
        > got["removal_sensitivity", "quality_returns", ""]
        > 0
    )
    assert got["removal_sensitivity", "takedown_on_time", ""] == 0  # the same for all
    assert got["importance", "exposure_rate", ""] > 0.5
    assert got["correlation", "conformity", "consumer_experience"] > 0.3
    assert ("correlation", "takedown_on_time", "disposal_on_time") not in got.index  # neither varies
    assert 0.2 < got["clipped_share", "quality_returns", ""] < 0.5
    assert got["clipping_alarm"].index.tolist() == [("quality_returns", "")]
    assert got["clipping_alarm", "quality_returns", ""] == got["clipped_share", "quality_returns", ""]
    assert (
        got["effective_weight"].filter(like="_").sum()
        > got["stated_weight", "exposure_rate", ""]
        == pytest.approx(0.245)
    )
    sums = got["effective_weight"].groupby(level="item").first()
    assert sums[PILLARS].sum() == pytest.approx(1) and sums.drop(PILLARS).sum() == pytest.approx(1)


def test_an_alarm_says_that_a_quarter_of_the_units_is_clipped_or_the_nation_at_an_end():
    def alarms(*units: list[dict]) -> dict[tuple[str, str], float]:
        table = with_base(
            quality_index_diagnostics.build,
            quality_index_indicator=indicators(*units),
            **references(),
            period=P,
        )
        rows = table[table["statistic"] == "clipping_alarm"]
        return dict(zip(zip(rows["dimension_type"], rows["item"], strict=True), rows["value"], strict=True))

    def platforms(clipped: int, of: int) -> list[list[dict]]:
        return [unit(f"P{i}", quality_complaints=13.0 if i < clipped else 3.0) for i in range(of)]

    assert alarms(*platforms(1, 4)) == {}, "a quarter is not more than a quarter"
    assert alarms(*platforms(2, 4)) == {("platform", "quality_complaints"): 0.5}
    assert alarms(*platforms(1, 2)) == {}, "one of two units is no pattern"
    nation = unit("CN", dimension_type="nation", takedown_on_time=1.0)
    assert alarms(nation) == {("nation", "takedown_on_time"): 1.0}


def test_shares_of_a_duty_count_those_that_met_it_and_were_set_aside():
    """Of twenty regions with one deadline each fifteen met theirs; the five that missed it lie beyond the bad
    goalpost: a quarter, not all, and no alarm."""
    units = []
    for i in range(20):
        met = int(i < 15)
        rows = with_counts(
            unit(f"{i:02d}0000", dimension_type="region", takedown_on_time=float(met)),
            takedown_on_time=(met, 1),
        )
        aside = {"status": "set_aside", "score": None} if met else {}
        units.append([row | aside if row["indicator"] == "takedown_on_time" else row for row in rows])
    got = with_base(
        quality_index_diagnostics.build, quality_index_indicator=indicators(*units), **references(), period=P
    )
    got = got[got["item"] == "takedown_on_time"].set_index("statistic")["value"]
    assert got["clipped_share"] == 0.25 and got["not_filed_share"] == 0 and "clipping_alarm" not in got
