"""The text that brings numbers of standards to one form says the same as the function that laboratories'
numbers are read by."""

from __future__ import annotations

import csv
from collections import defaultdict

from jobs.environment import REPOSITORY
from jobs.marts.standards.designations import citations

CASE = REPOSITORY / "tests/golden/gold.cited_number/numbers_are_brought_to_one_form/expect.csv"


def test_pages_and_laboratories_numbers_are_brought_to_the_same_form() -> None:
    with CASE.open(encoding="utf-8", newline="") as file:
        of_text = defaultdict(set)
        for row in csv.DictReader(file):
            of_text[row["text"]].add(row["number"])
    assert len(of_text) > 5
    assert {text: set(citations(text)) for text in of_text} == dict(of_text)
