"""Recognise numbers that belong to a person by their form and check digits."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from stdnum import ean, luhn
from stdnum.cn import ric

# ISO/IEC 7812: UnionPay, Visa, Mastercard, American Express, JCB, Diners Club, Discover, and cards that
# Chinese banks issued before they had UnionPay's prefix; → lengths.
_ISSUERS: tuple[tuple[tuple[str, ...], tuple[int, ...]], ...] = (
    (("62", "81"), (16, 17, 18, 19)),
    (("4",), (13, 16, 19)),
    (tuple(map(str, range(51, 56))), (16,)),
    (tuple(map(str, range(2221, 2721))), (16,)),
    (("34", "37"), (15,)),
    (tuple(map(str, range(3528, 3590))), (16,)),
    (("30", "36", "38", "39"), (14,)),
    (("6011", "644", "645", "646", "647", "648", "649", "65"), (16,)),
    (("955", "9558", "60142", "601382", "603"), (16, 17, 18, 19)),
)

_PROVINCES = frozenset(
    f"{area}{place}"
    for area, places in {
        1: "12345",
        2: "123",
        3: "1234567",
        4: "123456",
        5: "01234",
        6: "12345",
        7: "1",
    }.items()
    for place in places
) | {"81", "82", "83"}


def is_identity_number(text: str) -> bool:
    """Whether a text of 17 digits and a digit or X is an identity number (GB 11643): it holds an existing day
    of birth from 1900 on, and the check digit is right. Other texts must not be given."""
    try:
        born = date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError:
        return False
    return born.year >= 1900 and ric.calc_check_digit(text[:17]) == text[17:].upper()


def is_rounded(text: str) -> bool:
    """Whether 18 digits are an identity number of which a spreadsheet or floating-point number has turned the
    last digits into zeros, so that only region and day of birth can be checked. Only births up to 2015 count,
    as numbers of cases also hold a region and a recent day."""
    if not (text.isdecimal() and text.endswith("0") and text[:2] in _PROVINCES):
        return False
    try:
        born = date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError:
        return False
    return 1900 <= born.year <= 2015 and Decimal(repr(float(text))) == Decimal(text)


def is_rounded_card(digits: str) -> bool:
    """Whether ``digits`` may be the number of a UnionPay card that a spreadsheet or floating-point number has
    rounded: 17 to 19 digits that begin with 62, end in 0 (of 19 digits in 00) and are the decimal text of a
    floating-point number."""
    zeros = "00" if len(digits) == 19 else "0"
    fits = len(digits) in (17, 18, 19) and digits.startswith("62") and digits.endswith(zeros)
    return fits and Decimal(repr(float(digits))) == Decimal(digits)


def may_be_rounded_card(digits: str) -> bool:
    """As `is_rounded_card`, and also true for 16 digits that begin with 62 and end in 0, as a spreadsheet
    turns the last of 16 digits into 0. One in ten other numbers of 16 digits that begin with 62 ends in 0,
    too: use it for free text, not for keys."""
    return is_rounded_card(digits) or (len(digits) == 16 and digits.startswith("62") and digits[-1] == "0")


def is_bank_card(digits: str) -> bool:
    """Whether 13 to 19 digits are the number of a bank card: an issuer's prefix, a length that this issuer
    uses, and the check digit (Luhn). 13 or 14 digits that are also a valid bar code are taken for a bar code.
    """
    return (
        luhn.is_valid(digits)
        and any(digits.startswith(prefixes) and len(digits) in lengths for prefixes, lengths in _ISSUERS)
        and not (len(digits) in (13, 14) and ean.is_valid(digits))
    )
