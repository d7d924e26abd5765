"""English phrases follow their count: one row, two rows."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from jobs.environment import REPOSITORY
from jobs.plurals import plural

# A plural noun behind a count, with at most one word between them.
PLURAL = re.compile(r" (?:[a-z-]+ )?([a-z]{2,}s)\b")
NO_NOUN = {"is", "was", "has", "does", "this", "its", "as"}
ALWAYS_MORE = {"times": "follows 'exactly once, not'"}  # each with its reason
COUNTS = {"len", "sum", "int", "count"}


def counted(part: ast.expr) -> bool:
    """Whether a part of a phrase is a whole number: its thousands are separated, or it was counted."""
    if not isinstance(part, ast.FormattedValue):
        return False
    spec = part.format_spec
    separated = isinstance(spec, ast.JoinedStr) and ast.unparse(spec) in ("f','", "','")
    called = part.value.func if isinstance(part.value, ast.Call) else None
    return separated or (isinstance(called, ast.Name) and called.id in COUNTS)


def left_to_the_reader(source: str) -> Iterator[tuple[int, str]]:
    """Line and noun of each plural that stands behind a count and does not follow it."""
    for phrase in ast.walk(ast.parse(source)):
        if not isinstance(phrase, ast.JoinedStr):
            continue
        for part, after in zip(phrase.values, phrase.values[1:], strict=False):
            found = PLURAL.match(str(after.value)) if isinstance(after, ast.Constant) else None
            if found and counted(part) and found[1] not in NO_NOUN | set(ALWAYS_MORE):
                yield phrase.lineno, found[1]


@pytest.mark.parametrize(
    ("n", "words"), [(1, "1 batch"), (0, "0 batches"), (2, "2 batches"), (1200, "1,200 batches")]
)
def test_a_noun_follows_its_number(n: int, words: str) -> None:
    assert plural(n, "batch", "batches") == words


@pytest.mark.parametrize("text", ['f"{n:,} rows"', 'f"read {len(rows)} new files: {path}"'])
def test_a_plural_that_does_not_follow_its_count_is_seen(text: str) -> None:
    assert len(list(left_to_the_reader(text))) == 1


def test_every_phrase_follows_its_count() -> None:
    found = {
        f"{path.relative_to(REPOSITORY)}:{line}": noun
        for path in sorted((REPOSITORY / "jobs").rglob("*.py"))
        for line, noun in left_to_the_reader(path.read_text(encoding="utf-8"))
    }
    assert found == {}
