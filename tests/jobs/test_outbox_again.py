"""The same night sent again: nothing is done unless the code that makes the rows, or a folder, is another."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest
from desks import CATALOG, DAY, Desk

from jobs.exchange import post
from jobs.exchange.contents import KINDS, contents
from jobs.exchange.kinds import Parcel
from jobs.lake.night import WHOLE, newest_snapshot


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path).night()


@pytest.mark.parametrize(
    ("file", "made"),
    [
        pytest.param("jobs/exchange/parcels.py", True, marks=pytest.mark.slow),
        ("jobs/marts/sampling/outcomes.py", True),
        pytest.param("schemas/gold/sampling_lifecycle.odcs.yaml", True, marks=pytest.mark.slow),
        pytest.param("jobs/reports/site.py", False, marks=pytest.mark.slow),
        ("jobs/marts/sampling/sampling_lifecycle.py", False),
    ],
)
def test_an_edit_has_the_rows_made_again_where_they_are_made_by_the_file_and_equal_rows_are_not_sent(
    desk, edit, monkeypatch, file, made
):
    desk.send()
    packages: list[str] = []
    packed = post.packed
    monkeypatch.setattr(post, "packed", lambda *a, **b: packages.append("one") or packed(*a, **b))
    assert desk.send() == [] and packages == []
    edit(file)
    assert desk.send() == [] and bool(packages) is made


@pytest.mark.slow
def test_after_one_recipient_was_sent_to_the_others_still_get_theirs(desk):
    desk.send(recipient="platform_P1")
    assert "platform_P2" in desk.send() and desk.send() == []
    (desk.folder("platform_P2") / "takedown_notices.csv").unlink()
    assert desk.send() == ["platform_P2"]


@pytest.mark.slow
def test_what_is_made_for_one_recipient_is_what_it_gets_where_all_is_made(desk):
    night = newest_snapshot(desk.lake, WHOLE)

    def of(recipient: str, parcels: list[Parcel]) -> list[tuple[str, str, str]]:
        return [(p.kind.name, p.subject, p.rows.to_csv()) for p in parcels if p.recipient == recipient]

    every = list(contents(night, CATALOG, DAY))
    names = {p.recipient for p in every}
    assert {"buyers", "region_CN", "region_330000", "platform_P1"} <= names
    for name in names:
        assert of(name, list(contents(night, CATALOG, DAY, name))) == of(name, every)
    for name in ("platform_P1", "region_330000"):  # and what could not go to it is not made
        kind = name.split("_")[0]
        assert {p.recipient.split("_")[0] for p in contents(night, CATALOG, DAY, name)} == {kind}


def test_for_buyers_nothing_is_made_but_plans_and_what_those_who_share_them_get(desk):
    night = newest_snapshot(desk.lake, WHOLE)
    made = {p.recipient.split("_")[0] for p in contents(night, CATALOG, DAY, "buyers")}
    assert made == {"buyers", "region"}
    without_plan = DAY + timedelta(days=30)  # its quarter has begun
    assert list(contents(night, CATALOG, without_plan, "buyers")) == []
    assert {p.recipient for p in contents(night, CATALOG, without_plan, "region_CN")} >= {"region_CN"}


def test_a_part_that_holds_a_parcel_for_someone_whom_it_does_not_name_is_an_error(desk, monkeypatch):
    """Made for that recipient alone, it would be missing."""
    strayed = Parcel("region_330000", KINDS["takedown_notices"], pd.DataFrame())
    monkeypatch.setattr("jobs.exchange.contents._to_platforms", lambda *given: iter([strayed]))
    night = newest_snapshot(desk.lake, WHOLE)
    with pytest.raises(ValueError, match="takedown_notices for region_330000: .* platform_$"):
        list(contents(night, CATALOG, DAY))
