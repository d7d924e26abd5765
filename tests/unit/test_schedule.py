"""In which order the steps of a night begin."""

from __future__ import annotations

import threading

import pytest

from jobs.night.schedule import chains, in_order

# a is read by b and c, b by c.
NEEDS = {"e": set(), "d": set(), "a": set(), "b": {"a"}, "c": {"a", "b"}}


def test_needs_that_the_run_does_not_build_are_not_waited_for():
    done: list[str] = []
    in_order({"c": {"a", "outside"}, "a": set()}, lambda t: t, done.append, threads=1)
    assert done == ["a", "c"]


def test_the_length_of_a_chain_is_that_of_the_longest_way_down():
    assert chains(NEEDS) == {"a": 2, "b": 1, "c": 0, "d": 0, "e": 0}


def test_of_what_could_begin_the_longest_chain_is_first_and_else_the_order_of_the_graph_holds():
    begun: list[str] = []
    in_order(NEEDS, lambda t: begun.append(t) or t, lambda t: None, threads=1)
    assert begun == ["a", "b", "e", "d", "c"]


def test_a_step_begins_once_all_that_it_needs_is_done_and_is_done_once():
    done: list[str] = []

    def work(table: str) -> str:
        assert NEEDS[table] <= set(done)
        return table

    in_order(NEEDS, work, done.append, threads=4)
    assert sorted(done) == sorted(NEEDS)


def test_where_a_step_raises_no_other_begins_and_what_has_begun_is_stopped_and_waited_for():
    """As Ctrl-C does: `b` waits until it is stopped."""
    waiting, stopped, ended = threading.Event(), threading.Event(), []

    def work(table: str) -> str:
        if table == "a":
            assert waiting.wait(60)
            raise KeyboardInterrupt
        waiting.set()
        assert stopped.wait(60)
        ended.append(table)
        return table

    needs = {"a": set(), "b": set(), "c": set()}
    with pytest.raises(KeyboardInterrupt):
        in_order(needs, work, ended.append, threads=2, stop=stopped.set)
    assert ended == ["b"]
