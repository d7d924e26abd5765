"""What a provider is advised to do about a file that was refused."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from jobs.ingest.model import Feed
from jobs.reports.advice import AGAIN, for_file, needs_no_answer, taken_beside
from jobs.reports.file_ledger import set_aside

PATTERNS = ("orders_*.json.gz",)
FEEDS = cast(
    tuple[Feed, ...], (SimpleNamespace(name="orders", delivered="orders_{yyyyMMdd}", files=PATTERNS),)
)


def file(name: str, standing: str, feed: str = "orders") -> dict[str, Any]:
    found = {"source": "s", "file": name, "feed": feed, "standing": standing, "code": standing}
    return found | {"faults": False, "beside": "", "same": False, "sha256": name}


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
    set_aside([cut, other], {"s": FEEDS})
    assert cut["standing"] == ("no_answer" if named else "refused")
    said = for_file(cut, [*PATTERNS])
    assert said is not None and (said == AGAIN) != named
    assert not named or ("orders_20261129.json.gz of the same day was accepted" in said.en)


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("说明.txt", False),
        ("Read me.PDF", False),
        ("11月.csv", True),  # may hold data that are due
        ("orders_2026-11-28.csv", True),  # of that day nothing is in use
        ("orders_2026-11-29.csv", False),  # its day is in use
        ("reviews_20261129.csv", True),  # not of the feed whose day is in use
        ("orders_2026-13-29.csv", True),  # no day
    ],
)
def test_of_files_that_no_feed_takes_notes_and_those_whose_day_is_in_use_need_no_answer(
    name: str, asked: bool
) -> None:
    mine, other = file(name, "refused", feed=""), file("orders_20261129.json.gz", "live")
    set_aside([mine, other], {"s": FEEDS})
    assert mine["standing"] == ("refused" if asked else "no_answer")
    said = for_file(mine, [*PATTERNS])
    assert said is not None and PATTERNS[0] in said.zh and PATTERNS[0] in said.en
    assert ("不必" in said.zh) != asked and ("no answer" in said.en or "nothing to file" in said.en) != asked


@pytest.mark.parametrize(
    ("standing", "content", "closed"),
    [("live", "x", True), ("live", "y", False), ("replaced", "x", False)],
)
def test_a_misnamed_file_without_a_day_is_settled_once_its_content_is_in_use_under_an_agreed_name(
    standing: str, content: str, closed: bool
) -> None:
    mine = file("November.csv", "refused", feed="") | {"sha256": "x"}
    again = file("orders_20261129.json.gz", standing) | {"sha256": content}
    set_aside([mine, again], {"s": FEEDS})
    assert (mine["standing"], mine["same"]) == (("no_answer", True) if closed else ("refused", False))
    said = for_file(mine, [*PATTERNS])
    assert said is not None and ("holds the same and was accepted" in said.en) == closed


def test_a_text_file_is_no_note_where_a_feed_takes_text_files_and_nothing_is_known_without_feeds() -> None:
    takes = cast(tuple[Feed, ...], (SimpleNamespace(name="f", delivered=None, files=("f_*.txt",)),))
    note = file("说明.txt", "refused", feed="")
    assert not needs_no_answer(note, "", takes) and not needs_no_answer(note, "", ())
    assert needs_no_answer(note, "", FEEDS)


def test_a_file_that_is_held_or_in_use_is_compared_with_no_other_of_its_day() -> None:
    other = file("orders_20261129.json.gz", "live")
    for mine in (file("orders_20261129_b.json.gz", "live"), file("o", "refused") | {"code": "held"}):
        assert taken_beside(mine, [mine, other], FEEDS) == ""
