"""Of a unit whose orders are confidential and of which a single rate per order is scored, the index would
give that rate and so the orders: it is withheld with all that follows from it
(definitions.md#confidential)."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import country
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds
import pytest
from country_files import DAY, NOW

from jobs.lake import ops
from jobs.reports.asked import COMPARED
from jobs.reports.confidential import INDICATORS, KEY, LONE, PER_ORDER, REPORTS, shown, with_lone_rates
from jobs.reports.procedure import NOT_PUBLISHED
from jobs.reports.reading import newest, read_night

APRIL, MAY = date(2026, 4, 1), date(2026, 5, 1)


def key(code: str, start: date = MAY) -> dict[str, Any]:
    return dict(zip(KEY, ("month", start, "platform", code), strict=True))


def flags(**lone: bool) -> pd.DataFrame:
    """Of units with confidential orders, and P9, whose are free."""
    rows = [key(code) | {"confidential": True, LONE: said} for code, said in lone.items()]
    return pd.DataFrame([*rows, key("P9") | {"confidential": False, LONE: True}])


def index(codes: str) -> pd.DataFrame:
    figures = {"score": 58.4321, "low": 50.1234, "high": 62.4321, "band": "across", "tier": 2, "rank": 3}
    more = {"rank_low": 2, "rank_high": 5, "coverage": 0.9, "n_judged": 80, "published": True, "reason": None}
    return pd.DataFrame([key(code) | figures | more for code in codes.split()])


def test_the_index_is_withheld_with_all_that_places_it() -> None:
    found = shown("gold.quality_index", index("P1 P2 P9"), flags(P1=True, P2=False))
    found = found.set_index("dimension_code")
    assert found.loc["P1", ["score", "low", "high", "band", "tier"]].isna().all()
    assert not found.loc["P1", "published"] and found.loc["P1", "reason"] in NOT_PUBLISHED
    assert found.loc["P2", ["score", "low", "high"]].tolist() == [58.4, 50.1, 62.4]
    assert found.loc["P9", "score"] == 58.4321 and found.loc["P9", "published"]
    # The rank that is missing among the others would say between which of them the index lies.
    assert found[["rank", "rank_low", "rank_high"]].isna().all(axis=None)
    other = index("P1").assign(period_start=APRIL)
    both = shown("gold.quality_index", pd.concat([index("P1"), other]), flags(P1=True))
    assert both["rank"].notna().tolist() == [False, True]


def test_the_index_of_the_night_before_is_withheld_too(tmp_path: Path) -> None:
    """It is read with fewer columns: without the reason for which an index is not published."""
    lake = country.lake_at(tmp_path)
    country.write(lake)
    named = lake.frame("ops.night").to_dict("records")
    scored = lake.frame(INDICATORS)
    lone = dict(zip(KEY, ("quarter", date(2026, 4, 1), "platform", "P03"), strict=True))
    more = pd.DataFrame([lone | {"indicator": PER_ORDER[0], "status": "used"}])
    rows = pa.Table.from_pandas(pd.concat([scored, more], ignore_index=True), preserve_index=False)
    version = lake.overwrite(INDICATORS, rows)
    then = {"run_id": "yesterday", "date": DAY - timedelta(days=1), "committed_at": NOW - timedelta(days=1)}
    before = [n | then | ({"version": version} if n["table"] == INDICATORS else {}) for n in named]
    lake.overwrite("ops.night", ops.rows("ops.night", named + before))
    night = read_night(newest(lake), country.environment(tmp_path).source_roots, data_docs=False)
    assert night.earlier is not None
    found = night.earlier.tables["gold.quality_index"]
    assert found.columns.tolist() == COMPARED["gold.quality_index"]
    mine = found.set_index(KEY).loc[tuple(lone.values())]
    assert mine[["score", "low", "high", "tier", "rank"]].isna().all() and not mine["published"]
    now = night.frame("gold.quality_index").set_index(KEY).loc[tuple(lone.values())]
    assert now["score"] == 60.0 and now["published"]


def test_nothing_changes_where_two_rates_share_the_score() -> None:
    found = shown("gold.quality_index", index("P1 P2"), flags(P1=False, P2=False))
    assert found["published"].all() and found["rank"].eq(3).all() and found["score"].eq(58.4).all()


@pytest.mark.parametrize("kind", sorted(set(REPORTS.values())))
def test_a_report_has_no_row_of_the_index(kind: str) -> None:
    at = {"period_type": "month", "period_start": MAY, "dimension_code": "P1"}
    rows = pd.DataFrame(
        [at | {"item": i, "value": 58.4, "low": 50.1, "high": 62.4} for i in ("quality_index", "n")]
    )
    secret = flags(P1=True).assign(dimension_type=kind)
    assert shown(f"gold.{kind}_report", rows, secret)["item"].tolist() == ["n"]


def test_neither_changes_to_and_from_it_nor_costs_of_weak_points_stay() -> None:
    june = date(2026, 6, 1)
    change = pd.DataFrame(
        [
            key("P1", start) | {"previous_start": before, "part": "conformity", "points": 1.2, "change": 2.4}
            for start, before in ((MAY, APRIL), (june, MAY), (june, APRIL))
        ]
    )
    found = shown("gold.quality_index_change", change, flags(P1=True))
    assert found[["period_start", "previous_start"]].to_numpy().tolist() == [[june, APRIL]]
    weak = pd.DataFrame(
        [key(c) | {"indicator": "takedown_on_time", "cost": 1.0, "gain": 1.0} for c in ("P1", "P2")]
    )
    assert shown("gold.weak_point", weak, flags(P1=True, P2=False))["dimension_code"].tolist() == ["P2"]


class Night:
    """A night with the indicators alone."""

    def __init__(self, rows: list[dict[str, Any]] | None) -> None:
        self.rows = rows

    def version(self, table: str) -> int | None:
        return None if self.rows is None else 1

    def frame(self, table: str, columns: list[str], where: ds.Expression) -> pd.DataFrame:
        assert table == INDICATORS
        found = ds.dataset(pa.Table.from_pylist(self.rows)).to_table(columns=columns, filter=where)
        return found.to_pandas(date_as_object=True)


def test_a_unit_is_known_by_its_rates_that_are_scored() -> None:
    """One due and not filed scores the floor, as everybody knows, and leaves the other one alone all the
    same; one that is not applicable has no score."""
    statuses = {
        "P1": ("used", "not_applicable", "not_applicable"),
        "P2": ("used", "used", "not_applicable"),
        "P3": ("not_filed", "used", "not_filed"),
        "P4": ("not_filed", "not_filed", "not_filed"),
        "P5": ("used", "used", "used"),
    }
    rows = [
        key(code) | {"indicator": name, "status": status}
        for code, said in statuses.items()
        for name, status in zip(PER_ORDER, said, strict=True)
    ]
    rows += [key("P4") | {"indicator": "takedown_on_time", "status": "used"}]
    secret = pd.DataFrame([key(code) | {"confidential": True} for code in ("P1", "P2", "P4", "P5")])
    found = with_lone_rates(secret, Night(rows)).set_index("dimension_code")
    assert found.index[found[LONE].astype(bool)].tolist() == ["P1", "P3"]
    assert found["confidential"].all()  # P3 too, of whose orders nothing is known
    again = with_lone_rates(found.reset_index(), Night(rows[3:6]))  # what the night before said stays
    assert again.loc[again[LONE].astype(bool), "dimension_code"].tolist() == ["P1", "P3"]
    assert with_lone_rates(secret, Night(None))[LONE].eq(False).all()  # no index, nothing that it could give
    none_known = with_lone_rates(pd.DataFrame(columns=[*KEY, "confidential"]), Night(rows))
    assert sorted(none_known["dimension_code"]) == ["P1", "P3"]
