"""What a provider is advised to do about a file that was refused."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from jobs.ingest.model import Feed
from jobs.reports.advice import AGAIN, for_file, taken_beside

FEEDS = cast(tuple[Feed, ...], (SimpleNamespace(name="orders", delivered="orders_{yyyyMMdd}"),))


def file(name: str, standing: str, feed: str = "orders") -> dict[str, Any]:
    return {"file": name, "feed": feed, "standing": standing, "code": standing, "faults": False}


@pytest.mark.parametrize(
    ("other", "named"),
    [
        (file("orders_20261129.json.gz", "live"), True),
        (file("orders_20261128.json.gz", "live"), False),  # of another day
        (file("orders_20261129.json.gz", "refused"), False),  # not in use
        (file("orders_20261129.json.gz", "live", "reviews"), False),  # of another feed
    ],
)
def test_a_refused_file_beside_one_of_its_day_that_is_in_use_need_not_be_filed_again_under_its_name(
    other: dict[str, Any], named: bool
) -> None:
    cut = file("orders_20261129_cut.json.gz", "refused")
    beside = taken_beside(cut, [cut, other], FEEDS)
    assert beside == (other["file"] if named else "")
    said = for_file(cut, ["orders_*.json.gz"], beside)
    assert said is not None and (said == AGAIN) != named
    assert not named or ("orders_20261129.json.gz of the same day was accepted" in said.en)


def test_a_file_that_is_held_or_in_use_is_compared_with_no_other_of_its_day() -> None:
    other = file("orders_20261129.json.gz", "live")
    for mine in (file("orders_20261129_b.json.gz", "live"), file("o", "refused") | {"code": "held"}):
        assert taken_beside(mine, [mine, other], FEEDS) == ""
