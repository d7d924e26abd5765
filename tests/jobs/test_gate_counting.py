"""DuckDB's answers to the gate's questions, and which questions it is not asked."""

from __future__ import annotations

import duckdb
import pyarrow as pa
import pytest

from jobs.gate.counting import Counter
from jobs.gate.questions import NUMBER, OTHER, TEXT, Question, question

TYPES = {"t": TEXT, "n": NUMBER, "d": OTHER}


def repeated(*columns: str) -> Question:
    return question("compound_columns.unique" if len(columns) > 1 else "column_values.unique", {"column": columns[0]} if len(columns) == 1 else {
        "column_list": list(columns), "ignore_row_if": "never",
    }, {}, {c: TEXT for c in columns})


def test_rows_that_share_their_key_are_counted_each():
    rows = pa.table({"n": [1, 1, 2, 2, 3, None, None], "t": ["a", "b", None, None, "c", "d", "d"]})
    with Counter(rows) as counter:
        # A null alone is no key; as part of one it is a value like others.
        assert counter.count([repeated("n"), repeated("n", "t"), repeated("t")]) == [4, 4, 2]


def test_a_null_here_and_a_null_there_are_two_keys():
    with Counter(pa.table({"x": [None, "a"], "y": ["a", None]})) as counter:
        assert counter.count([repeated("x", "y")]) == [0]


def test_zero_and_minus_zero_are_one_key():
    with Counter(pa.table({"f": [0.0, -0.0, 1.0]})) as counter:
        assert counter.count([repeated("f")]) == [2]


def test_keys_whose_hashes_meet_are_told_apart_by_their_values(monkeypatch):
    """With every hash the same the values decide."""
    asked, one = [], Counter._one
    monkeypatch.setattr(Counter, "_one", lambda self, sql: asked.append(sql) or one(self, sql.replace('hash("n")', "hash(0)")))
    with Counter(pa.table({"n": [1, 2, 3]})) as counter:
        assert counter.count([repeated("n")]) == [0] and len(asked) == 2


def test_a_sample_holds_each_repeated_value_as_often_as_it_occurs():
    with Counter(pa.table({"n": [1, 1, 2, 3, 3, 3]})) as counter:
        counter.count([repeated("n")])
        assert sorted(counter.sample(repeated("n"), 20)) == [1, 1, 3, 3, 3] and len(counter.sample(repeated("n"), 2)) == 2


def test_only_rows_asked_for_are_counted_and_derived_columns_are_there():
    with Counter(pa.table({"n": [1, 2, 3]}), where="n > 1", derived={"odd": "n % 2"}) as counter:
        odd = question("column_values.in_set", {"column": "odd"}, {"value_set": [0]}, counter.types)
        assert counter.count([odd, Question("TRUE")]) == [1, 2]


def test_a_long_list_is_looked_up_once_a_value():
    values = [f"v{n}" for n in range(30)]
    asked = question("column_values.in_set", {"column": "t", "row_condition": {"type": "nullity", "column": {"name": "n"}, "is_null": False}}, {"value_set": values}, TYPES)
    with Counter(pa.table({"t": ["v1", "x", "x", None, "y"], "n": [1, 1, 1, 1, None]})) as counter:
        assert asked.lookup and counter.count([asked]) == [2]


def test_names_and_texts_are_quoted():
    column = 'a"b'
    asked = question("column_values.in_set", {"column": column}, {"value_set": ["it's", "\\"]}, {column: TEXT})
    with Counter(pa.table({column: ["it's", "\\", "x"]})) as counter:
        assert counter.count([asked]) == [1]


@pytest.mark.parametrize(("name", "domain", "values"), [
    ("column_values.between", {"column": "d"}, {"min_value": 1}),                         # days are compared by GX
    ("column_values.between", {"column": "t"}, {"min_value": "a"}),                       # texts too
    ("column_values.between", {"column": "n"}, {}),                                       # GX says what is wrong
    ("column_values.in_set", {"column": "n"}, {"value_set": ["1"]}),                      # a number is no text
    ("column_values.in_set", {"column": "t"}, {"value_set": None}),                       # anything goes
    ("column_values.match_regex", {"column": "t"}, {"regex": r"\\d+"}),                   # a backslash
    ("column_values.match_regex", {"column": "t"}, {"regex": "a.b"}),                     # a dot and line ends
    ("column_values.match_regex", {"column": "t"}, {"regex": "(?=a)"}),                   # lookahead
    ("column_values.match_regex", {"column": "t"}, {"regex": "a++"}),                     # possessive
    ("column_values.match_regex", {"column": "n"}, {"regex": "1"}),                       # not a text
    ("column_values.nonnull", {"column": "absent"}, {}),                                  # GX says that it is absent
    ("column_values.nonnull", {"column": "t", "row_condition": "n > 1", "condition_parser": "spark"}, {}),  # a condition in Spark's words
    ("column_values.z_score", {"column": "n"}, {}),                                       # any other expectation
])
def test_what_is_not_surely_the_same_is_left_to_stock_gx(name: str, domain: dict, values: dict):
    assert question(name, domain, values, TYPES) is None


def test_a_pattern_with_an_end_meets_no_line_end():
    asked = question("column_values.match_regex", {"column": "t"}, {"regex": "^(?:[A-Z]{2}|甲-[0-9]+)$"}, TYPES)
    with Counter(pa.table({"t": ["AB", "甲-12", "ABC", "甲", None]})) as counter:
        assert counter.count([asked]) == [2]
    with Counter(pa.table({"t": ["AB\n"]})) as counter, pytest.raises(duckdb.Error, match="line end"):
        counter.count([asked])
