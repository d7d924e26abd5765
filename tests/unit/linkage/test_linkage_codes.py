"""Unified social credit codes: both check digits, and what is wrong with a number that is none."""

from __future__ import annotations

import random

import duckdb
import pandas as pd
import pytest
from stdnum.cn import uscc as stdnum_uscc

from jobs.conform.linkage.uscc import checked
from jobs.contracts.catalog import load_catalog
from jobs.contracts.rules import row_rules
from jobs.simulate.country.identities import usccs

VALID = ["53640000MJX173680A", "53640000MJX173672F", "91110000600037341L"]


def problems(*numbers: str | None) -> list[str | None]:
    return checked(pd.Series(list(numbers), dtype="object"))["problem"].tolist()


@pytest.mark.parametrize(
    ("number", "problem"),
    [
        *[(number, None) for number in VALID],
        ("N2110105MA01A1B219", None),  # authorities may be letters: N stands for agriculture
        ("91110000600037341N", "check_digit"),
        (
            "91110000600037350J",
            "organisation_code",
        ),  # the last digit fits, that of the organisation code does not
        ("9111000060003734IL", "characters"),
        ("911A0000600037341L", "characters"),  # the region code is digits
        ("91110000600037341é", "characters"),
        ("91110000600037341l", "characters"),  # silver has capitals
        ("9111000060003734", "length"),
        ("无", "length"),
        (None, None),
        ("", None),
    ],
)
def test_each_number_is_valid_or_says_what_is_wrong(number: str | None, problem: str | None) -> None:
    assert problems(number) == [problem]
    assert checked(pd.Series([number]))["uscc"].notna().tolist() == [bool(number) and problem is None]


def test_the_index_of_the_numbers_is_kept() -> None:
    found = checked(pd.Series([VALID[0], "1"], index=[4, 2]))
    assert found["uscc"].to_dict() == {4: VALID[0], 2: None}


def test_the_last_check_digit_is_that_of_stdnum() -> None:
    numbers = altered(200)
    known = [n for n, p in zip(numbers, problems(*numbers), strict=True) if p in (None, "organisation_code")]
    assert [n for n in numbers if stdnum_uscc.is_valid(n)] == known


def test_the_row_rule_of_contracts_and_linkage_call_the_same_numbers_valid() -> None:
    [rule] = [
        r
        for r in row_rules(load_catalog().contracts["silver.registration"])
        if r.id == "registration.uscc.uscc"
    ]
    numbers = [
        *VALID,
        *altered(300),
        "N2110105MA01A1B219",
        "91110000600037350J",
        "9111000060003734IL",
        "1",
        "",
    ]
    query = f"SELECT {rule.failing_sql} FROM (SELECT unnest(?) AS uscc)"
    duckdb_fails = [fails for (fails,) in duckdb.execute(query, [numbers]).fetchall()]
    ours = checked(pd.Series(numbers))["uscc"].isna().tolist()
    assert duckdb_fails == ours and 0 < sum(ours) < len(ours)


def altered(size: int) -> list[str]:
    """Made-up valid codes, half of them with one character changed."""
    rng = random.Random(7)
    codes = list(usccs(range(size), ["91"] * size, ["330102"] * size))
    for i in range(0, size, 2):
        place = rng.randrange(18)
        codes[i] = codes[i][:place] + rng.choice("0123456789") + codes[i][place + 1 :]
    return codes
