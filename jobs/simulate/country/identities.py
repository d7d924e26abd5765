"""Identifiers with valid check digits that, as far as possible, belong to no one.

Organisation codes begin with Y and mobile numbers with 154, which are not given out; barcodes begin with 29,
a prefix for use inside a shop (GS1 General Specifications). Identity numbers are random: their check digit
is right, their holders do not exist. Each function makes a whole column; equal arguments give equal numbers.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jobs.simulate.country.texts import Column, arrow, digits, joined

USCC_LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # GB 32100-2015
_USCC_WEIGHTS = [pow(3, i, 31) for i in range(17)]
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)  # GB 11714-1997
_PERSON_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)  # GB 11643-1999
_PERSON_CHECKS = np.array(list("10X98765432"), object)


def _values(codes: pa.Array, letters: str, width: int) -> np.ndarray:
    """The places of each code's characters in ``letters``: int array of (codes, width)."""
    table = np.full(128, -1)
    table[[ord(c) for c in letters]] = np.arange(len(letters))
    return table[np.frombuffer("".join(codes.to_pylist()).encode("ascii"), np.uint8)].reshape(-1, width)


def _spread(rows: np.ndarray, factor: int, offset: int, modulus: int) -> np.ndarray:
    """Different numbers for different rows, without an order that shows."""
    return (np.asarray(rows, np.int64) * factor + offset) % modulus


def usccs(rows: np.ndarray, kinds: Column, regions: Column) -> np.ndarray:
    """Return unified social credit codes (GB 32100-2015, 18 characters), one per row.

    ``rows``: a number per row, below 10 million; different numbers give different codes; ``kinds``: first
    two characters, 91 (company) or 92 (individual business); ``regions``: region codes of six digits.
    """
    organisation = joined("Y", digits(_spread(rows, 7_654_321, 1_234_577, 10**7), 7))
    values = _values(organisation, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", 8)
    check = np.array(list("0123456789X0"), object)[11 - values @ np.array(_ORGANISATION_WEIGHTS) % 11]
    bodies = joined(kinds, regions, organisation, check)
    last = (31 - _values(bodies, USCC_LETTERS, 17) @ np.array(_USCC_WEIGHTS) % 31) % 31
    return np.array(joined(bodies, np.array(list(USCC_LETTERS), object)[last]).to_pylist(), object)


def person_ids(luck: np.ndarray, regions: Column) -> np.ndarray:
    """Return identity numbers (GB 11643-1999, 18 characters) of people born from 1955 to 2004, one per
    region code. ``luck``: array of one row per number with two random numbers in [0, 1), for the day of
    birth and the sequence; ``regions``: region codes of six digits."""
    born = np.datetime64("1955-01-01") + (luck[:, 0] * 18_000).astype(np.int64)
    bodies = joined(regions, pc.replace_substring(arrow(born), "-", ""), digits(1 + luck[:, 1] * 999, 3))
    checks = _PERSON_CHECKS[_values(bodies, "0123456789", 17) @ np.array(_PERSON_WEIGHTS) % 11]
    return np.array(joined(bodies, checks).to_pylist(), object)


def phones(rows: np.ndarray, purpose: int = 0) -> np.ndarray:
    """Return mobile numbers (11 digits), one per row. ``rows``: a number per row; ``purpose``: 0–9, so that
    one row can have several numbers. Different ones give different numbers, as long as rows × 10 stays below
    100 million."""
    numbers = digits(_spread(np.asarray(rows) * 10 + purpose, 26_544_357, 31_415_927, 10**8), 8)
    return np.array(joined("154", numbers).to_pylist(), object)


def barcodes(rows: np.ndarray) -> pa.Array:
    """Return barcodes (EAN-13, 13 digits), one per row, as Arrow text. ``rows``: a number per row, below
    10,000 million; different ones give different barcodes."""
    numbers = 29 * 10**10 + _spread(rows, 7_654_321, 1_234_577, 10**10)
    places = numbers[:, None] // 10 ** np.arange(11, -1, -1) % 10
    check = (10 - places @ np.array([1, 3] * 6) % 10) % 10
    return arrow(numbers * 10 + check)


def wrong_check(codes: Column) -> np.ndarray:
    """Return the credit codes with another last character: of the right form, but with a wrong check digit.
    None stays None."""
    following = dict(zip(USCC_LETTERS, USCC_LETTERS[1:] + USCC_LETTERS[:1], strict=True))
    return np.array([code and code[:-1] + following[code[-1]] for code in codes], object)
