"""Answers to the gate's questions in a workspace, and which questions an expectation cannot ask."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal

import pyarrow as pa
import pytest
from great_expectations.expectations.registry import get_expectation_impl

from jobs.contracts.questions import (
    LONG,
    NUMBER,
    OTHER,
    TEXT,
    TRUTH,
    Question,
    Untranslated,
    metrics_of,
    question,
    unique,
)
from jobs.engine.embedded import Embedded
from jobs.engine.interface import Workspace
from jobs.gate.counting import SHOWN, Counter
from jobs.lake.tables import Lake

KINDS = {"t": TEXT, "n": NUMBER, "b": TRUTH, "d": OTHER, "u": TEXT}
TEXT_CONDITION = {"type": "comparison", "column": {"name": "t"}, "operator": ">", "parameter": "a"}


@pytest.fixture
def space(tmp_path) -> Iterator[Workspace]:
    engine = Embedded(Lake(tmp_path))
    with engine.workspace() as opened:
        yield opened
    engine.close()


def counter(space: Workspace, rows: dict | pa.Table, **more) -> Counter:
    space.read("audited", rows if isinstance(rows, pa.Table) else pa.table(rows))
    return Counter(space, "audited", **more)


def asked(kind: str, kinds: dict[str, str] | None = None, **arguments) -> list[Question]:
    """The questions of an expectation; the one that it is about comes last."""
    expectation = get_expectation_impl(f"expect_column_{kind}")(**arguments)
    found = [question(*metric, kinds or KINDS) for metric in metrics_of(expectation)]
    return [*found[2:], found[1]] if len(found) > 1 else found


def test_rows_that_share_their_key_are_counted_each(space):
    rows = counter(space, {"n": [1, 1, 2, 2, 3, None, None], "t": ["a", "b", None, None, "c", "d", "d"]})
    # A null alone is no key; as part of one it is a value like others.
    assert rows.count([unique(("n",)), unique(("n", "t")), unique(("t",))]) == [4, 4, 2]


def test_a_null_here_and_a_null_there_are_two_keys(space):
    assert counter(space, {"x": [None, "a"], "y": ["a", None]}).count([unique(("x", "y"))]) == [0]


def test_zero_and_minus_zero_are_one_key(space):
    assert counter(space, {"f": [0.0, -0.0, 1.0]}).count([unique(("f",))]) == [2]


def test_all_questions_are_counted_in_one_statement_and_each_once(space, monkeypatch):
    texts, rows = [], type(space).rows
    monkeypatch.setattr(type(space), "rows", lambda self, text: texts.append(text) or rows(self, text))
    counted = counter(space, {"n": [1, 1, 3], "t": ["a", None, "b"]})
    questions = [Question("TRUE"), Question("t IS NULL"), unique(("n",)), Question("n > 2", "t IS NOT NULL")]
    assert counted.count(questions) == [3, 1, 2, 1] and len(texts) == 1
    assert counted.count(questions[:2]) == [3, 1] and len(texts) == 1


def test_without_rows_every_count_is_zero(space):
    rows = counter(space, pa.table({"n": pa.array([], pa.int64())}))
    assert rows.count([Question("n > 1"), Question("TRUE"), unique(("n",))]) == [0, 0, 0]
    assert counter(space, {"n": pa.array([None], pa.int64())}).count([Question("n > 1")]) == [0]


def test_a_sample_is_the_first_of_the_unexpected_values(space):
    rows = counter(space, {"n": list(range(100, 0, -1)), "t": ["x"] * 100})
    many, pair = Question("n > 3", shown=("n",)), Question("n > 98", shown=("n", "t"))
    assert rows.sample(many) == list(range(4, 4 + SHOWN))
    assert rows.sample(pair) == [{"n": 99, "t": "x"}, {"n": 100, "t": "x"}]
    assert rows.sample(Question("n > 500", shown=("n",))) == []


def test_a_sample_holds_each_repeated_value_as_often_as_it_occurs(space):
    rows = counter(space, {"n": [3, 1, 2, 3, 1, 3]})
    assert rows.sample(unique(("n",))) == [1, 1, 3, 3, 3]


def test_of_nulls_a_sample_holds_nulls(space):
    assert counter(space, {"n": [None, 1, None]}).sample(Question("n IS NULL")) == [None, None]


def test_a_sample_says_beside_the_value_what_was_asked_for(space):
    rows = counter(space, {"drift": [0.1, 0.5], "column": ["kind", "price"]}, beside=("column",))
    assert rows.sample(Question("drift > 0.2", shown=("drift",))) == [{"drift": 0.5, "column": "price"}]


def test_a_long_list_is_counted_once_a_value(space):
    values = [f"v{n}" for n in range(LONG + 1)]
    *_, question = asked(
        "values_to_be_in_set",
        column="t",
        value_set=values,
        row_condition={"type": "nullity", "column": {"name": "n"}, "is_null": False},
    )
    rows = counter(space, {"t": ["v1", "x", "x", None, "y"], "n": [1, 1, 1, 1, None]})
    assert question.lookup and rows.count([question]) == [2] and rows.sample(question) == ["x", "x"]


def test_names_and_texts_are_quoted(space):
    column = 'a`b"c.d'
    *_, question = asked(
        "values_to_be_in_set", {column: TEXT}, column=column, value_set=["it's", "\\", 'x"y', "a''b"]
    )
    assert counter(space, {column: ["it's", "\\", 'x"y', "a''b", "its", "x"]}).count([question]) == [2]


def test_truth_values_are_compared_as_such(space):
    *_, question = asked("values_to_be_in_set", column="b", value_set=[False])
    assert counter(space, {"b": [True, False, None, True]}).count([question]) == [2]


def test_decimals_are_compared_exactly(space):
    *_, question = asked("values_to_be_between", column="n", min_value=0.1, max_value=0.3)
    rows = pa.table({"n": pa.array([Decimal("0.09"), Decimal("0.10"), Decimal("0.30"), Decimal("0.31")])})
    assert counter(space, rows).count([question]) == [2]


def test_the_end_of_a_pattern_is_the_end_of_the_text(space):
    *_, question = asked("values_to_match_regex", column="t", regex="^(?:[A-Z]{2}|甲-[0-9]+)$")
    assert counter(space, {"t": ["AB", "甲-12", "ABC", "甲", "AB\n", None]}).count([question]) == [3]


@pytest.mark.parametrize(
    ("kind", "arguments", "why"),
    [
        ("values_to_be_between", {"column": "d", "min_value": 1}, "kind other"),
        ("values_to_be_between", {"column": "t", "min_value": 1}, "kind text"),
        ("values_to_be_in_set", {"column": "n", "value_set": ["1"]}, "'1' is not compared"),
        ("values_to_be_in_set", {"column": "b", "value_set": [0]}, "0 is not compared"),
        ("values_to_be_in_set", {"column": "d", "value_set": ["2026-01-01"]}, "is not compared"),
        ("values_to_be_in_set", {"column": "t", "value_set": []}, "must hold a value"),
        ("values_to_match_regex", {"column": "t", "regex": r"\d+"}, "differently"),
        ("values_to_match_regex", {"column": "t", "regex": "a.b"}, "differently"),
        ("values_to_match_regex", {"column": "t", "regex": "(?=a)"}, "differently"),
        ("values_to_match_regex", {"column": "t", "regex": "a++"}, "differently"),
        ("values_to_match_regex", {"column": "t", "regex": "a$|b"}, "differently"),
        ("values_to_match_regex", {"column": "n", "regex": "1"}, "kind number"),
        ("values_to_not_be_null", {"column": "absent"}, "no column 'absent'"),
        (
            "values_to_not_be_null",
            {"column": "t", "row_condition": "n > 1", "condition_parser": "spark"},
            "as a mapping",
        ),
        ("values_to_not_be_null", {"column": "n", "row_condition": TEXT_CONDITION}, "engines read >"),
        (
            "values_to_not_be_null",
            {"column": "n", "row_condition": {**TEXT_CONDITION, "operator": "!="}},
            "engines read !=",
        ),
        ("pair_values_a_to_be_greater_than_b", {"column_A": "n", "column_B": "n"}, "either_value_is_missing"),
        (
            "pair_values_a_to_be_greater_than_b",
            {"column_A": "n", "column_B": "t", "ignore_row_if": "either_value_is_missing"},
            "two kinds",
        ),
        ("mean_to_be_between", {"column": "n", "min_value": 1}, "does not count column.mean"),
        (
            "value_z_scores_to_be_less_than",
            {"column": "n", "threshold": 1, "double_sided": True},
            "does not count",
        ),
    ],
)
def test_what_engines_may_count_differently_is_refused(kind, arguments, why):
    with pytest.raises(Untranslated, match=why):
        asked(kind, **arguments)


def test_the_gate_is_imported_without_great_expectations_and_spark():
    """A night in which nothing is audited does not pay seconds for an import."""
    code = "import sys, json, jobs.gate.audit, jobs.gate.measure; print(json.dumps(sorted(sys.modules)))"
    loaded = json.loads(
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    )
    assert not {"great_expectations", "pyspark"} & set(loaded)
