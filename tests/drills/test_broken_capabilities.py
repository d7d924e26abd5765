"""Tests that a row of the capability table names fail when its capability is broken, and only then."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from broken_capabilities import (
    ASSERTED,
    GOLDEN,
    Breakage,
    Working,
    breakages,
    is_of,
    named_tests,
    of_row,
)

from jobs.environment import REPOSITORY

BROKEN = breakages()
FEWEST = 3  # breakages of a row


def called(broken: Breakage) -> str:
    return f"{broken.row:02}: {broken.broken}"


def test_each_of_the_thirteen_rows_has_three_breakages_or_more() -> None:
    counts = Counter(broken.row for broken in BROKEN)
    assert set(named_tests()) == set(range(1, 14)) == set(counts)
    assert {row: n for row, n in counts.items() if n < FEWEST} == {}
    assert len({called(broken) for broken in BROKEN}) == len(BROKEN)


@pytest.mark.parametrize("broken", BROKEN, ids=called)
def test_a_breakage_changes_one_place_of_the_code_and_names_tests_of_its_row(broken: Breakage) -> None:
    assert broken.file.startswith("jobs/")
    assert (REPOSITORY / broken.file).read_text(encoding="utf-8").count(broken.old) == 1, broken.file
    assert broken.new != broken.old
    assert broken.tests and [test for test in broken.tests if not of_row(test, broken.row)] == []
    for test in broken.tests:
        path, _, name = test.partition("::")
        if path.startswith(GOLDEN):
            assert (REPOSITORY / path / "expect.csv").is_file(), path
        else:
            text = (REPOSITORY / path).read_text(encoding="utf-8")
            assert name and re.search(rf"^def {name.partition('[')[0]}\(", text, re.MULTILINE), test


def test_a_test_of_another_row_is_seen() -> None:
    assert of_row("tests/golden/gold.detection_rate/case", 12)
    assert not of_row("tests/golden/gold.detection_rate/case", 9)
    assert not of_row("tests/golden/gold.detection_rate_of_all/case", 12)
    assert is_of("tests/jobs/test_x.py::test_a[1-2]", "tests/jobs/test_x.py::test_a")
    assert not is_of("tests/jobs/test_x.py::test_ab", "tests/jobs/test_x.py::test_a")


@pytest.fixture(scope="module")
def working(tmp_path_factory: pytest.TempPathFactory) -> Working:
    return Working(tmp_path_factory.mktemp("broken"))


@pytest.mark.proof
@pytest.mark.parametrize("row", sorted(named_tests()))
def test_the_tests_pass_while_nothing_is_broken(row: int, working: Working) -> None:
    tests = sorted({test for broken in BROKEN if broken.row == row for test in broken.tests})
    outcome = working.run(tests)
    assert outcome.code == 0, outcome.printed


@pytest.mark.proof
@pytest.mark.parametrize("broken", BROKEN, ids=called)
def test_each_test_named_fails_when_the_capability_is_broken(broken: Breakage, working: Working) -> None:
    outcome = working.run(list(broken.tests), broken)
    assert (outcome.code, outcome.stopped) == (1, []), outcome.printed
    noticed = [any(is_of(found, test) for found in outcome.failed) for test in broken.tests]
    assert all(noticed), outcome.printed
    crashed = [text for text in outcome.failed.values() if not text.startswith(ASSERTED)]
    assert crashed == [], outcome.printed
