"""`join:` of a source YAML: what is wrong is stated by line and field; what decides how a file lands is in
its mapping."""

from __future__ import annotations

import pytest
from ingest_world import SOURCE, World
from test_joins import JOINED, SHOP_FEED


@pytest.mark.parametrize(
    ("join", "line"),
    [
        ("[{file: x, by: {a: b}, take: []}]", "join[0].take: must name at least one column"),
        ("[{file: x, by: {}, take: [c]}]", "join[0].by: must map columns"),
        ("[{by: {a: b}, take: [c]}]", "join[0].file: is missing"),
        (
            "[{file: x, by: {a: b}, take: [c], missing: drop}]",
            "join[0].missing: 'drop' is not one of null, reject",
        ),
        ("[{file: x, by: {a: b}, take: [c, c]}]", "join[0].take: 'c' is taken twice"),
        (
            "[{file: x, by: {a: b}, take: [c]}, {file: y, by: {a: b}, take: [c]}]",
            "join[1].take: 'c' is taken twice",
        ),
        ("[{file: x, by: {a: b}, take: [a]}]", "join[0].take: 'a' is a column of the record already"),
        ("[{file: x, by: {a: b}, takes: [a]}]", "join[0].takes: unknown field; did you mean take or table?"),
        ("{file: x}", "join: must be a list"),
    ],
)
def test_a_wrong_join_is_told_by_line_and_field(world: World, join: str, line: str):
    problems = world.problems(SOURCE + f"    join: {join}\n")
    assert any(f":15: feeds.things.{line}" in problem for problem in problems), problems


def test_how_the_joined_files_are_read_belongs_to_the_mapping(world: World):
    before = world.feed(JOINED + SHOP_FEED).mapping
    assert (
        world.feed(JOINED + SHOP_FEED.replace("format: csv", "format: csv\n    encoding: gbk")).mapping
        != before
    )
    assert world.feed(JOINED + SHOP_FEED.replace("from: title", "from: town")).mapping == before
