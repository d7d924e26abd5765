"""The values of a person who is erased, and the spellings in which each is found (definitions.md#forget).
Pure.

Texts are searched folded: NFKC, then without regard to case. `replaced` cuts what was found out of the
original text.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from jobs.deployment import Telephone
from jobs.errors import UsageError
from jobs.ingest.personal import normalised

MARKERS = {
    "id": "〔证件号〕",
    "phone": "〔电话〕",
    "account": "〔账号〕",
    "address": "〔地址〕",
    "name": "〔姓名〕",
}
SHORTEST = {
    "name": 2
}  # characters, of a phone digits; a shorter value would be found in other people's data, too
SHORTEST_ELSE = 6
_WITH_CODE = 11  # digits from which on a number without + or 00 begins with the country code where it can
_SPACE = "\\s\x0b\x1c-\x1f\x85\u1680\u2028\u2029"  # RE2's \s is ASCII only; NFKC folds other blanks to one
_BETWEEN = rf"[{_SPACE}\-.()]{{0,2}}"  # what may stand between two digits of a number
_GAP = r"[ \-.()]{0,2}"  # behind the country code; cells and lines before the number are no part of it


@dataclass(frozen=True)
class Datum:
    """One value of one person. ``kind``: id (identity number), phone, account, address or name; ``value``:
    as it was given."""

    kind: str
    value: str

    def pattern(self, telephone: Telephone) -> str:
        """Return a regular expression, for both re and RE2, that matches the value in a text that was folded
        (`fold`). Up to two separators may stand between the digits of an id or phone, and white space between
        the characters of another kind. A phone is matched with the country code and without, as far as
        ``telephone``, how the nation writes numbers, allows."""
        if self.kind == "phone":
            return _telephone(self.value, telephone)
        plain = normalised(self.kind, self.value)
        return _spaced(plain) if self.kind == "id" else f"[{_SPACE}]*".join(re.escape(c) for c in plain)

    def search(self, telephone: Telephone) -> re.Pattern[str]:
        """Return what finds the value in a folded text: `pattern`, for ids and phones without a further digit
        before or after it, for accounts and addresses without one beside a digit at their ends."""
        plain = normalised(self.kind, self.value)
        number = self.kind in ("id", "phone")
        before = "(?<![0-9])" if number or (self.kind != "name" and _is_digit(plain[0])) else ""
        after = "(?![0-9])" if number or (self.kind != "name" and _is_digit(plain[-1])) else ""
        return re.compile(f"{before}(?:{self.pattern(telephone)}){after}")

    def values(self, telephone: Telephone) -> list[str]:
        """Return the spellings of the value that have different pseudonyms, that given first: a phone has one
        with the country code and one without."""
        found = [self.value]
        if self.kind == "phone":
            home, stem, _ = _read(self.value, telephone)
            code, trunk = (telephone.country_code, telephone.trunk_prefix) if home else ("", "")
            found += [
                before + stem for before in (trunk, code, f"00{code}", code + trunk, f"00{code}{trunk}")
            ]
        different: dict[str, str] = {}
        for each in found:
            different.setdefault(normalised(self.kind, each), each)
        return list(different.values())


def _is_digit(character: str) -> bool:
    return character in "0123456789"


def _spaced(plain: str) -> str:
    return _BETWEEN.join(map(re.escape, plain))


class _Read(NamedTuple):
    """A telephone number as it was read. ``home``: whether it is one of the nation; ``stem``: its digits, of
    one of the nation without country code and trunk prefix; ``alone``: whether the stem is also written
    without either."""

    home: bool
    stem: str
    alone: bool


def _read(value: str, telephone: Telephone) -> _Read:
    text = unicodedata.normalize("NFKC", value)
    digits = re.sub("[^0-9]", "", text)
    code, trunk = telephone.country_code, telephone.trunk_prefix
    abroad = text.lstrip(" (").startswith("+") or digits.startswith("00")
    if len(digits) >= SHORTEST_ELSE + len("00"):
        digits = digits.removeprefix("00")
    rest = digits.removeprefix(code)
    if rest != digits and (len(rest) >= SHORTEST_ELSE if abroad else len(digits) >= _WITH_CODE):
        stem = rest.removeprefix(trunk)
        return _Read(True, stem, not trunk or normalised("phone", value) == stem)
    stem = digits if abroad else digits.removeprefix(trunk)
    return _Read(not abroad, stem, abroad or not trunk or stem == digits)


def _telephone(value: str, telephone: Telephone) -> str:
    home, stem, alone = _read(value, telephone)
    if not home:
        return rf"(?:(?:\+|00) ?)?{_spaced(stem)}"
    code, trunk = telephone.country_code, telephone.trunk_prefix
    with_code = rf"(?:\((?:\+|00)? ?{code}\)|(?:(?:\+|00) ?)?{code}){_GAP}"
    with_code += rf"(?:{trunk}{_GAP})?" if trunk else ""
    if not alone:
        return rf"(?:{with_code}|{_spaced(trunk)}{_BETWEEN}){_spaced(stem)}"
    with_trunk = rf"|\({trunk}\) ?|{trunk}" if trunk else ""
    return rf"(?:{with_code}{with_trunk})?{_spaced(stem)}"


def read_data(text: str) -> list[Datum]:
    """Return the values in a CSV text with the header `kind,value`, one per line and in their order. Raises
    UsageError for another header, an unknown kind, no value at all, or a value so short that it would also
    be found in other people's data (SHORTEST, SHORTEST_ELSE)."""
    rows = list(csv.reader(io.StringIO(text.lstrip("\ufeff"))))
    if not rows or [c.strip() for c in rows[0]] != ["kind", "value"]:
        raise UsageError("the first line must be kind,value | 首行须为 kind,value")
    found = []
    for number, row in enumerate(rows[1:], start=2):
        if not row:
            continue
        if len(row) != 2 or row[0].strip() not in MARKERS:
            raise UsageError(f"line {number}: must be one of {', '.join(MARKERS)} and a value")
        datum = Datum(row[0].strip(), row[1].strip())
        plain = normalised(datum.kind, datum.value)
        size = sum(map(_is_digit, plain)) if datum.kind == "phone" else len(plain)
        if size < SHORTEST.get(datum.kind, SHORTEST_ELSE):
            raise UsageError(f"line {number}: the {datum.kind} is too short: it would be found in other data")
        found.append(datum)
    if not found:
        raise UsageError("no value is given | 没有给出任何值")
    return found


def fold(text: str) -> str:
    """Return the text in normal width (NFKC) and without case."""
    return unicodedata.normalize("NFKC", text).casefold()


def clusters(text: str) -> Iterator[str]:
    """Yield the parts of a text, in their order, that can be folded one by one: a character with those that
    combine with it. Joined, the folded parts are the folded text."""
    cluster = ""
    for character in text:
        if cluster and not character.isascii() and _combine(cluster, character):
            cluster += character
            continue
        if cluster:
            yield cluster
        cluster = character
    if cluster:
        yield cluster


def _combine(cluster: str, character: str) -> bool:
    if unicodedata.combining(unicodedata.normalize("NFKD", character)[0]):
        return True
    # Starters combine with the one directly before them alone, as Hangul letters do.
    last = cluster[-3:]
    apart = unicodedata.normalize("NFKC", last) + unicodedata.normalize("NFKC", character)
    return unicodedata.normalize("NFKC", last + character) != apart


def replaced(text: str, pattern: re.Pattern[str], marker: str) -> str:
    """Return the text with ``marker`` for each match of ``pattern`` in the folded text (`fold`); the rest
    keeps all its bytes. A character of which only a part matches is replaced whole."""
    starts: list[int] = []  # of each folded character, in the text
    ends: list[int] = []
    at = 0
    for cluster in clusters(text):
        size = len(fold(cluster))
        starts += [at] * size
        at += len(cluster)
        ends += [at] * size
    kept, end = [], 0
    for found in pattern.finditer(fold(text)):
        kept += [text[end : starts[found.start()]], marker]
        end = ends[found.end() - 1]
    return "".join([*kept, text[end:]])
