"""Regular expressions of source YAML take linear time, and what RE2 does not know is an error of the YAML."""

from __future__ import annotations

import time

import pytest
from ingest_world import SOURCE, World

from jobs.ingest.delivery import compile_delivery
from jobs.ingest.expressions import compile_expression

NAMED = "name:     {from: name}"
GOOD = "id,made,name\n1,2026-01-01,{}\n"


def extracting(expression: str) -> str:
    return SOURCE.replace(NAMED, f"name:     {{extract: [name, '{expression}']}}")


def test_a_text_made_to_take_exponential_time_takes_none(world: World):
    world.source(extracting("^((a+)+)$"))
    world.drop("things.csv", GOOD.format("a" * 50_000 + "!"))
    start = time.monotonic()
    world.land()
    assert world.column("name") == [None] and time.monotonic() - start < 30


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("(?=a)(b)", "invalid perl operator: (?= (look-around and other (?…) forms are not known)"),
        ("(?<!9)(b)", "invalid perl operator: (?<! (look-around and other (?…) forms are not known)"),
        (r"(a)\1", r"invalid escape sequence: \1 (back-references and this escape are not known)"),
        ("(a", "missing ): (a"),
        ("a+", "has no group: put ( ) around what is to be taken"),
    ],
)
def test_what_re2_does_not_know_is_named_with_line_and_field(world: World, expression: str, said: str):
    (problem,) = world.problems(extracting(expression))
    assert problem.startswith("acme.yaml:14: feeds.things.columns.name.extract: ") and said in problem


def test_a_group_that_took_no_part_gives_nothing():
    expression = compile_expression("(a)?b")
    assert [expression.first(text) for text in ("ab", "b", "c", "型ab")] == ["a", None, None, "a"]


def test_the_first_match_anywhere_counts():
    assert compile_expression("型号([A-Z0-9-]+)").first("新型号X-1 型号Y") == "X-1"


def test_a_delivery_pattern_that_a_name_could_hold_up_is_an_error():
    assert compile_delivery("*_{yyyyMMdd}*").day("x_20260102_y").isoformat() == "2026-01-02"
    with pytest.raises(ValueError, match="at most one"):
        compile_delivery("*a*a*{yyyyMMdd}")
