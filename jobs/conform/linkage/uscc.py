"""Check unified social credit codes before linkage; invalid ones become null, with the problem. Silver has
codes in one spelling (definitions.md#credit-codes): another spelling is invalid here.

The 18th character is the check digit of GB 32100-2015, the 17th that of the organisation code (GB 11714).
stdnum.cn.uscc checks only the former, one number at a time, and does not know authorities that are letters
(A, N, Y); a test compares both.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from jobs.arrays import NOTHING
from jobs.contracts.kinds_codes import (
    ORGANISATION_ALPHABET,
    ORGANISATION_WEIGHTS,
    USCC_ALPHABET,
    USCC_WEIGHTS,
)

LENGTH = 18
PROBLEMS = ("length", "characters", "check_digit", "organisation_code")


def checked(numbers: pd.Series) -> pd.DataFrame:
    """Check codes. ``numbers``: texts of silver, null where there is none. Returns one row per number, with
    its index.

    Columns: `uscc`, the code where it is valid, else null; `problem`, one of PROBLEMS where a number is given
    and is not valid, else null. Of several problems the first in the order of PROBLEMS is given.
    """
    text = numbers.astype("object").where(numbers.notna(), "").astype(str)
    given = text != ""
    problem = pd.Series(None, index=numbers.index, dtype="object")
    problem[given & (text.str.len() != LENGTH)] = "length"
    whole = given & (text.str.len() == LENGTH)
    if whole.any():
        problem[whole] = _problems(text[whole])
    return pd.DataFrame(
        {"uscc": text.where(given & problem.isna(), None), "problem": problem.where(problem.notna(), None)}
    )


def _problems(text: pd.Series) -> np.ndarray:
    """What is wrong with texts of 18 characters."""
    codes = np.frombuffer("".join(text).encode("utf-32-le"), dtype=np.uint32).reshape(-1, LENGTH)
    values, inner = _places(codes, USCC_ALPHABET), _places(codes[:, 8:16], ORGANISATION_ALPHABET)
    last = _places(codes[:, 16:17], "0123456789X")[:, 0]
    strange = (values < 0).any(axis=1) | (_places(codes[:, 2:8], "0123456789") < 0).any(axis=1)
    wrong = (values[:, :17] @ np.array(USCC_WEIGHTS) + values[:, 17]) % 31 != 0
    wrong_inner = (last < 0) | ((inner @ np.array(ORGANISATION_WEIGHTS) + last) % 11 != 0)
    return np.select(
        [strange, wrong, wrong_inner], ["characters", "check_digit", "organisation_code"], default=NOTHING
    )


def _places(codes: np.ndarray, alphabet: str) -> np.ndarray:
    """The place of each character in the alphabet, -1 for one that is not of it."""
    table = np.full(128, -1, dtype=np.int64)
    table[[ord(c) for c in alphabet]] = np.arange(len(alphabet))
    return np.where(codes < 128, table[np.minimum(codes, 127)], -1)
