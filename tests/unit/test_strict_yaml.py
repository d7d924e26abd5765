"""YAML without surprises."""

from __future__ import annotations

from pathlib import Path

import pytest

from jobs.strict_yaml import MAX_DEPTH, YamlError, load_text, load_typed

# Each scalar is one that YAML 1.1 would turn into something else.
TRAPS = """\
no_word: no
octal: 012
day: 2026-06-30
clock: 12:30
number: 1e-3
truth: true
nothing: null
empty:
quoted: "3"
map: {是: "true", 否: false}
"""


def write(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "a.yaml"
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    return file


def test_text_leaves_every_scalar_as_it_is_written(tmp_path: Path) -> None:
    data, _ = load_text(write(tmp_path, TRAPS))
    assert data == {
        "no_word": "no",
        "octal": "012",
        "day": "2026-06-30",
        "clock": "12:30",
        "number": "1e-3",
        "truth": "true",
        "nothing": "null",
        "empty": "",
        "quoted": "3",
        "map": {"是": "true", "否": "false"},
    }


def test_typed_reads_the_core_schema_and_no_yaml_1_1_words(tmp_path: Path) -> None:
    data, _ = load_typed(write(tmp_path, TRAPS))
    assert data == {
        "no_word": "no",
        "octal": 12,
        "day": "2026-06-30",
        "clock": "12:30",
        "number": 0.001,
        "truth": True,
        "nothing": None,
        "empty": None,
        "quoted": "3",
        "map": {"是": "true", "否": False},
    }


def test_each_value_knows_its_line_and_an_absent_one_that_of_its_parent(tmp_path: Path) -> None:
    _, lines = load_text(write(tmp_path, "a: 1\nb:\n  - x\n  - c: 2\n"))
    assert [lines.of(path) for path in (("a",), ("b", 1), ("b", 1, "c"), ("b", 1, "zz"), ("zz",))] == [
        1,
        4,
        4,
        4,
        1,
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\nb: 2\na: 3\n", ":3: a: occurs twice (first in line 1)"),
        ("a:\n  b: 1\n  b: 2\n", ":3: b: occurs twice (first in line 2)"),
        ("a: &x 1\nb: *x\n", ":1: anchors and aliases are not read"),
        ("a: !!python/name:os.system 1\n", ":1: tag tag:yaml.org,2002:python/name:os.system is not read"),
        ("a: 1\nb: !!int 3\n", ":2: tag tag:yaml.org,2002:int is not read: write the value alone"),
        ("a:\n  - !!str 3\n", ":2: tag tag:yaml.org,2002:str is not read"),
        ("a: ! 3\n", ":1: tag ! is not read"),
        ("a: !own {b: 1}\n", ":1: tag !own is not read"),
        ("a: !!seq [1]\n", ":1: tag tag:yaml.org,2002:seq is not read"),
        ("!!str a: 1\n", ":1: tag tag:yaml.org,2002:str is not read"),
        ("a: [1\n", ":2: "),
        ("- 1\n", ":1: must be a mapping"),
        ("", ":1: must be a mapping"),
        ("a: 1\n---\nb: 2\n", ":2: "),
        ("a: 1\n---\nb: 2\n", ":2: but found another document"),
        ("? [a]\n: 2\n", ":1: a key must be plain text"),
        ("b: 1\n? {a: 1, a: 2}\n: {c: 1, c: 2}\n", ":2: a key must be plain text"),
        ("a: \x00\n", ":1: "),
        ("a: \udcff\n", ":1: is not UTF-8"),
        ("a: " + "[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1), f":1: is nested more than {MAX_DEPTH} deep"),
    ],
)
def test_what_is_not_plain_yaml_is_refused_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    file = write(tmp_path, text)
    for load in (load_text, load_typed):
        with pytest.raises(YamlError) as error:
            load(file)
        assert message in error.value.problems[0]
        assert error.value.problems[0].startswith(str(file))


def test_what_a_refused_key_leads_to_is_passed_over_and_reading_goes_on(tmp_path: Path) -> None:
    file = write(tmp_path, "a: 1\na: {b: 1, b: 2}\n? [c]\n: [d, {e: 1}]\nf: 1\nf: 2\n")
    with pytest.raises(YamlError) as error:
        load_typed(file)
    assert [one.removeprefix(f"{file}:") for one in error.value.problems] == [
        "2: a: occurs twice (first in line 1)",
        "3: a key must be plain text",
        "6: f: occurs twice (first in line 5)",
    ]


def test_an_absent_file_is_a_plain_error(tmp_path: Path) -> None:
    with pytest.raises(YamlError, match="cannot be read"):
        load_text(tmp_path / "absent.yaml")
