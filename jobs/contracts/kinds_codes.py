"""The kind of rule about code numbers with check digits: the unified social credit code. See
jobs.contracts.kinds for what its methods take and return."""

from __future__ import annotations

from jobs.contracts.kinds import Arguments, Columns, Kind, Texts, label
from jobs.contracts.model import Column

# The pattern rule that columns of codes have whose check digits are not looked at.
CREDIT_CODE = "[0-9A-HJ-NPQRTUWXY]{18}"
USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # GB 32100: without I O S V Z
USCC_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)  # 3^(i-1) mod 31
ORGANISATION_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"  # GB 11714
ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


def _value(column: str, place: int, alphabet: str) -> str:
    return f"(instr('{alphabet}', substr({column}, {place}, 1)) - 1)"


class Uscc(Kind):
    """The value is a unified social credit code: 18 characters of its alphabet, with digits as region code
    (characters 3 to 8), the check digit of GB 32100 (18th) and that of the organisation code within it (GB
    11714, 17th). The check sums are written as places × weights, which Spark and DuckDB compute alike."""

    def more_problems(self, a: Arguments, column: Column, columns: Columns) -> list[str]:
        """Always []: the rule has no arguments."""
        return []

    def failing(self, a: Arguments, column: Column) -> str:
        """SQL that is true where the text is no such code; null passes."""
        name = column.name
        total = " + ".join(
            f"{_value(name, i, USCC_ALPHABET)} * {w}" for i, w in enumerate(USCC_WEIGHTS, start=1)
        )
        inner = " + ".join(
            f"{_value(name, i, ORGANISATION_ALPHABET)} * {w}"
            for i, w in enumerate(ORGANISATION_WEIGHTS, start=9)
        )
        shape = (
            f"length({name}) = 18 AND translate({name}, '{USCC_ALPHABET}', '') = '' AND "
            f"translate(substr({name}, 3, 6), '0123456789', '') = ''"
        )
        whole = f"({total} + {_value(name, 18, USCC_ALPHABET)}) % 31 = 0"
        part = (
            f"instr('0123456789X', substr({name}, 17, 1)) > 0 AND ({inner} + instr('0123456789X', "
            f"substr({name}, 17, 1)) - 1) % 11 = 0"
        )
        return f"{name} IS NOT NULL AND NOT ({shape} AND {whole} AND {part})"

    def texts(self, a: Arguments, column: Column, columns: Columns) -> Texts:
        """In Chinese and English: the demand that the text is such a code, with both standards."""
        return (
            f"{label(column)}应为18位统一社会信用代码，"
            "校验码应符合GB 32100，所含组织机构代码的校验码应符合GB 11714",
            (
                f"{column.name} must be a unified social credit code of 18 characters with the check digits "
                f"of GB 32100 and, within it, GB 11714"
            ),
        )
