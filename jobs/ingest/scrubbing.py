"""Scrub text before it leaves the raw store: telephone, identity and card numbers, e-mail addresses and
account names are replaced by markers; in free text also home addresses and names of persons.

In free text a number need not be valid, as a mistyped identity number is personal too; digits that could also
be a bar code or an order number are judged by the word before them. In other columns only what can hardly be
anything else is masked: mobile numbers, e-mail addresses, account names after the word that announces them,
and numbers with a right check digit.
"""

from __future__ import annotations

import hmac
import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import re2

from jobs.ingest import personal_names as names
from jobs.ingest import personal_words as words
from jobs.ingest.personal_numbers import (
    is_bank_card,
    is_identity_number,
    is_rounded,
    is_rounded_card,
    may_be_rounded_card,
)

MARKERS = {
    "phone": "〔电话〕",
    "id": "〔证件号〕",
    "email": "〔邮箱〕",
    "card": "〔银行卡号〕",
    "account": "〔账号〕",
    "address": "〔地址〕",
    "name": "〔姓名〕",
}
# Cells with none of these are left alone: an @, seven digits close together, a word that announces a
# document, an account or a name, a door.
_SUSPICIOUS = (
    rf"[@＠﹫]|(?:\p{{Nd}}[^\p{{Nd}}\n]{{0,6}}){{6}}\p{{Nd}}|护照|通行证|(?i:passport)|{words.SUSPICIOUS}"
    f"|{names.MAYBE}"
)
# Arrow compiles a pattern anew in each call, which takes longer than to search a small file: all cells as one
# text are searched first. A pattern without lookaround finds in there what it finds in a cell.
_IN_ANY_CELL = re2.compile(_SUSPICIOUS)

# Of other columns: what ``may_hold`` looks for, byte by byte.
_SHORTEST = 6  # bytes of a@b.cn
_SEPARATORS = b" \t()-._+/"
_CLASSES = bytes(ord("0") if ord("0") <= byte <= ord("9") else ord("x") for byte in range(256))
_DIGITS = b"0" * 11
# Full-width digits and signs, dashes, blanks and invisible characters in UTF-8, by their first bytes.
_UNUSUAL = {
    b"\xef\xbc": re.compile(rb"\xef\xbc[\x88-\x8b\x8d-\x99\xa0\xbf]"),
    b"\xe2\x80": re.compile(rb"\xe2\x80[\x80-\x95\xaf]"),
    b"\xef\xb9": re.compile(rb"\xef\xb9[\xa3\xab]"),
    b"\xe3\x80\x82": re.compile(rb"[0-9]\xe3\x80\x82[0-9]"),
} | {
    text: re.compile(text)
    for text in (b"\xe2\x81\xa0", b"\xef\xbb\xbf", b"\xe2\x88\x92", b"\xe3\x80\x80", b"\xc2\xa0", b"\xc2\xad")
}
_POWERS = re.compile(rb"[1-9]\.[0-9]{8,18}[eE]\+?1[0-9]")  # the E parts the digits
_HASH = re.compile(r"([0-9a-f]{64})")  # as `{hash: …}` of a source YAML makes it
_NUMBER = re.compile(r"[-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?")

_GAP = r"[ ()\u200b]{0,2}[-._/]?[ ()\u200b]{0,2}"  # between two groups of one number
_FROM, _TO, _D = r"(?<![0-9])", r"(?![0-9])", "[0-9]"
_CHINA = rf"(?:\(?(?:\+|00)?86\)?{_GAP})"
_EXTENSION = rf"(?: ?(?:转?分机号?|转|ext\.?|[#x*-]) ?:? ?[0-9]{{1,6}}{_TO})?"
_FURTHER = rf"(?: ?[/,;] ?[2-8][0-9]{{6,7}}{_TO}{_EXTENSION}){{0,3}}"  # of the same area


def _grouped(first: tuple[str, ...], digits: int, *groupings: tuple[int, ...]) -> str:
    """``first`` digits and further ones, with a gap between the groups."""
    written = []
    for grouping in groupings:
        rest, parts = [*first, *[_D] * digits], []
        for size in grouping:
            parts.append("".join(rest[:size]))
            rest = rest[size:]
        written.append(_GAP.join(parts))
    return f"(?:{'|'.join(written)})"


def _spaced(*digits: str) -> str:
    return r"[-. \u200b]?".join(digits)


def _either(*pairs: tuple[str, str]) -> str:
    return f"(?:{'|'.join(_spaced(*pair) for pair in pairs)})"


_MOBILE = _grouped(("1", "[3-9]"), 9, (3, 4, 4), (3, 8), (7, 4), (4, 3, 4), (3, 3, 5), (5, 6), (1,) * 11)
_HOTLINE = _grouped(("[48]", "0", "0"), 7, (3, 3, 4), (3, 4, 3), (4, 3, 3), (3, 7))
# An area code stands apart from its number, or the whole is as long as such a number is and no barcode.
_LANDLINE = (
    rf"(?:(?:10|2[0-57-9]|[3-9][0-9]{{2}})[ "
    rf"()\-.]{_GAP}[1-9][0-9]{{2,3}}{_GAP}[0-9]{{4}}|(?:10|2[0-57-9])[1-9][0-9]{{7}}"
    r"|[3-9][0-9]{2}[2-8][0-9]{6,7})"
)
_PROVINCE = _either(
    ("1", "[1-5]"),
    ("2", "[1-3]"),
    ("3", "[1-7]"),
    ("4", "[1-6]"),
    ("5", "[0-4]"),
    ("6", "[1-5]"),
    ("7", "1"),
    ("8", "[1-3]"),
)
_MONTH = _either(("0", "[1-9]"), ("1", "[0-2]"))
_DAY = _either(("0", "[1-9]"), ("[12]", _D), ("3", "[01]"))
_ID18 = _spaced(
    _PROVINCE, _D, _D, _D, _D, _either(("1", "[89]"), ("2", "0")), _D, _D, _MONTH, _DAY, _D, _D, _D, "[0-9x]"
)
_ID15 = _GAP.join((_PROVINCE + _D * 4, _D * 2 + _MONTH + _DAY, _D * 3))  # as issued before 1999
_DOCUMENT = r"(?:护照|通行证|passport)[^0-9a-z\n]{0,6}(?:no\.?|number)?[^0-9a-z\n]{0,3}"
# The local part in ASCII where it ends so, else with the letters of any script; top-level domains in Chinese.
_DOMAIN = (
    r" ?@ ?(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+(?:[a-z]{2,24}|xn--[a-z0-9-]{2,59}"
    r"|中国|中國|公司|网络|網絡|网址|网店|网站|商城|商店|商标|集团|在线|中文网|我爱你|手机|公益|政务|机构|企业|信息)(?![a-z])"
)
_EMAIL = rf"(?<![a-z0-9._%+-])[a-z0-9._%+-]{{1,64}}{_DOMAIN}"
_EMAIL_ANY_SCRIPT = rf"[^\W_][\w.%+-]{{0,15}}{_DOMAIN}"  # a longer one would take words of a sentence
_CARD = (
    r"(?<![0-9a-z])[1-9][0-9]{3}(?:(?:[ -]?[0-9]{4}){2}(?:[ -]?[0-9]{1,4}){1,2}|[0-9]{2}[ -][0-9]{10,13})"
    r"(?![0-9a-z])"
)
# Numbers as spreadsheets and programs write large ones: 1.3812345678E+10.
_MOBILE_E = r"(?<![0-9.])1\.[3-9][0-9]{7,9}e\+?10(?![0-9])"
_ID_E = r"(?<![0-9.])[1-8]\.[0-9]{13,17}e\+?17(?![0-9])"
_CARD_E = r"(?<![0-9.])6\.2[0-9]{11,17}e\+?1[5-8](?![0-9])"
_PLAIN_MOBILE = (
    rf"(?:{_grouped(('1', '[3-9]'), 9, (3, 4, 4), (3, 8), (7, 4), (11,))}|1[ -][3-9](?:[ -][0-9]){{9}})"
)


class Find(NamedTuple):
    """How one kind of personal data is found. ``pattern``: what it looks like; ``judge``: a further check of
    its digits, None for none; ``hint``: a pattern without which a text holds none (fast; None: always
    search); ``seen``: what replaces it for the later finds, of the marker's length."""

    kind: str
    pattern: re.Pattern[str]
    judge: Callable[[str], bool] | None
    hint: Any  # re2 has no types
    seen: str


def _find(
    kind: str,
    pattern: str,
    judge: Callable[[str], bool] | None = None,
    hint: object = None,
    seen: str | None = None,
) -> Find:
    return Find(kind, re.compile(pattern, re.IGNORECASE), judge, hint, seen or MARKERS[kind])


def _any(_: str) -> bool:
    """The judge of what holds no digits."""
    return True


def _is_spelled_identity(digits: str) -> bool:
    return len(digits) == 18 and is_identity_number(digits)


_SPELLED = (
    _find("id", words.IDENTITY, _is_spelled_identity, words.SPELLED),
    _find("phone", words.MOBILE, hint=words.SPELLED, seen=names.MOBILE),
)
_IN_WORDS = (
    _find("email", _EMAIL),
    _find("email", _EMAIL_ANY_SCRIPT),
    _find("id", _FROM + _ID18 + _TO),
    _find("id", _ID_E, lambda text: is_rounded(text[:-2].ljust(18, "0"))),
    _find("phone", _MOBILE_E, seen=names.MOBILE),
    _find("id", _FROM + _ID15 + _TO),
    _find("id", rf"(?P<before>{_DOCUMENT})[a-z]{{1,2}}[0-9]{{7,10}}{_TO}"),
    _find("card", _CARD, lambda digits: is_bank_card(digits) or may_be_rounded_card(digits)),
    _find("card", _CARD_E),
    *_SPELLED,
    *(_find("address", home, hint=words.DOORS) for home in words.HOMES),
    _find("phone", rf"(?:(?<![0-9+]){_CHINA}|{_FROM}0?){_MOBILE}{_TO}", seen=names.MOBILE),
    _find("phone", rf"(?:(?<![0-9+]){_CHINA}\(?0?|{_FROM}\(?0){_LANDLINE}{_TO}{_EXTENSION}{_FURTHER}"),
    _find("phone", _FROM + _HOTLINE + _TO + _EXTENSION),
    _find("phone", rf"{_FROM}(?:\+|00)(?!86)[2-9][0-9]{{1,2}}(?:[-. ]{{0,2}}[0-9]){{7,11}}{_TO}"),
    _find("account", words.ACCOUNT, hint=words.SPELLED),
    _find("account", words.ACCOUNT_NUMBER, hint=words.SPELLED),
    *(_find("name", announced, _any, names.HINT) for announced in names.ANNOUNCED),
    _find("name", names.ADDRESSED, _any, names.HINT),
    _find("name", names.BESIDE_PHONE, _any),
    _find("name", names.BEHIND_PHONE, _any),
)
_ANYWHERE = (
    _find("email", _EMAIL),
    _find("email", _EMAIL_ANY_SCRIPT),
    _find("id", _FROM + _ID18 + _TO, lambda text: is_identity_number(text) or is_rounded(text)),
    _find("id", _ID_E, lambda text: is_rounded(text[:-2].ljust(18, "0"))),
    _find("card", _CARD, lambda digits: is_bank_card(digits) or is_rounded_card(digits)),
    _find("card", _CARD_E),
    *_SPELLED,
    _find("phone", _MOBILE_E, seen=names.MOBILE),
    _find("phone", rf"(?:(?<![0-9+]){_CHINA}|{_FROM}0?){_PLAIN_MOBILE}{_TO}"),
    _find("account", words.ACCOUNT_SURE, hint=words.SPELLED),
    _find("account", words.ACCOUNT_NUMBER_SURE, hint=words.SPELLED),
)


def _maybe(find: Find) -> str:
    """The pattern of a find for RE2, which has no lookaround: what must not stand before or behind a match
    becomes a character that may, or the beginning or end of the text."""
    ahead = re.sub(r"\(\?!\[([^]]+)\]\)", r"(?:$|[^\1])", find.pattern.pattern)
    return re.sub(r"\(\?<!\[([^]]+)\]\)", r"(?:^|[^\1])", ahead).replace(r"\u200b", r"\x{200b}")


# A text in ASCII without a tab in which ``_ANYWHERE`` finds something matches this; most codes do not, though
# they are long. Numbers in Chinese numerals are not in ASCII; an @ and the word for an account are looked for
# in place of the patterns that need them.
_MAYBE_IN_ASCII = "(?i)" + "|".join(
    ["@", words.MAYBE_ACCOUNT]
    + [_maybe(find) for find in _ANYWHERE if find.kind in ("id", "card", "phone") and find not in _SPELLED]
)
_IN_ANY_ASCII_CELL = re2.compile(_MAYBE_IN_ASCII)
# Behind such a word, digits in one piece are what it says, unless they can only be a mobile or a long
# identity number.
_NUMBERED = re.compile(
    r"(?:码|货号|款号|型号|批号|批次|单号|订单|流水号|编号|barcode|upc|ean|gtin|order|sku|lot|no\.?)[^0-9]{0,4}$",
    re.IGNORECASE,
)
_UNMISTAKABLE = re.compile(r"(?:86)?1[3-9][0-9]{9}|[0-9]{17}[0-9x]", re.IGNORECASE)
_DASHES, _DOTS = "‐‑‒–—―−－﹣ー", "．·•・"


@lru_cache(maxsize=65536)
def _plain(character: str) -> str:
    """One character for one: decimal digits of any script, full-width forms, dashes, dots, blanks and
    invisible characters. A Chinese full stop may part groups of digits, and no address goes on behind it."""
    if character == "。":
        return "\u200b"
    if (digit := unicodedata.decimal(character, None)) is not None:
        return str(digit)
    if character in _DASHES or character in _DOTS:
        return "-" if character in _DASHES else "."
    kind = unicodedata.category(character)
    if kind in ("Zs", "Cf") or character == "\t":
        return "\u200b" if kind == "Cf" else " "
    folded = unicodedata.normalize("NFKC", character)
    return folded if len(folded) == 1 else character


def scrubbed(text: str, finds: tuple[Find, ...] = _IN_WORDS) -> tuple[str, dict[str, int]]:
    """Replace personal data in a text by markers such as `〔电话〕`; returns the text, and kind (a key of
    MARKERS) → number of replacements. ``finds``: what is looked for; those for free text, where not given."""
    counts: dict[str, int] = {}
    plain = "".join(map(_plain, text))
    hints = {hint: bool(hint.search(plain)) for hint in {find.hint for find in finds} if hint is not None}
    for kind, pattern, judge, hint, seen in finds:
        if not hints.get(hint, True):
            continue
        kept, kept_plain, end = [], [], 0
        for found in pattern.finditer(plain):
            start = found.end("before") if "before" in pattern.groupindex else found.start()
            if not _meant(plain, start, found, judge):
                continue
            kept += [text[end:start], MARKERS[kind]]
            kept_plain += [plain[end:start], seen]
            end = found.end()
            counts[kind] = counts.get(kind, 0) + 1
        text, plain = "".join([*kept, text[end:]]), "".join([*kept_plain, plain[end:]])
    return text, counts


def _meant(plain: str, start: int, found: re.Match[str], judge: Callable[[str], bool] | None) -> bool:
    digits = plain[start : found.end()]
    if judge is not None:
        return judge(re.sub("[^0-9xX]", "", digits.translate(words.DIGIT_OF)))
    return not (
        start == found.start()
        and digits.isalnum()
        and not _UNMISTAKABLE.fullmatch(digits)
        and _NUMBERED.search(plain, max(0, start - 16), start)
    )


def masked(text: str) -> str:
    """A short text outside of records (a name, a warning) with markers, as ``mask`` puts them."""
    return scrubbed(text, _ANYWHERE)[0] if may_hold(text.encode("utf-8", "replace")) else text


def hidden_name(name: str, key: Callable[[], bytes]) -> str:
    """A file's name with personal data replaced by markers, as in ``masked``. The first marker holds a keyed
    hash of the whole name, so that different names stay different. ``key``: returns the key; called only
    where something is replaced."""
    hidden, found = scrubbed(name, _ANYWHERE) if may_hold(name.encode("utf-8", "replace")) else (name, {})
    if not found:
        return name
    digest = hmac.new(key(), f"name of a file\n{name}".encode(), "sha256").hexdigest()[:12]
    return hidden.replace("〕", f" {digest}〕", 1)


def scrub(cells: pa.Array) -> tuple[pa.Array, dict[str, int]]:
    """Apply ``scrubbed`` to each cell of free text, an array of text; returns the cells, and kind → number of
    replacements in all of them. Nulls stay null."""
    if cells.null_count == len(cells) or _IN_ANY_CELL.search(_joined(cells)) is None:
        return cells, {}
    suspicious = pc.fill_null(pc.match_substring_regex(cells, _SUSPICIOUS), False)
    if not pc.any(suspicious).as_py():
        return cells, {}
    encoded = cells.filter(suspicious).dictionary_encode()
    results = [scrubbed(text) for text in encoded.dictionary.to_pylist()]
    changed = pa.array([text for text, _ in results], pa.string()).take(encoded.indices)
    return pc.replace_with_mask(cells, suspicious, changed), _counted(encoded, results)


def mask(cells: pa.Array, *, numbers: bool = False, hashes: bool = False) -> tuple[pa.Array, dict[str, int]]:
    """As ``scrub``, for columns that are not free text: only what is certainly personal data is replaced.

    ``numbers``: the column holds numbers, so that a cell that is a plain number is never masked; ``hashes``:
    it holds keyed hashes, whose digits are kept.
    """
    longest = pc.max(pc.binary_length(cells)).as_py()
    if longest is None or longest < _SHORTEST or not may_hold(whole := _joined(cells)):
        return cells, {}
    # Beside a hash a number ends where the hash begins, which the text as a whole does not show.
    maybe = pc.is_valid(cells) if hashes else pc.fill_null(_maybe_personal(cells, whole), False)
    encoded = cells.filter(maybe).dictionary_encode()
    results: list[tuple[str, dict[str, int]]] = [
        _beside_hashes(text)
        if hashes
        else scrubbed(text, _ANYWHERE)
        if may_hold(text.encode()) and not (numbers and _NUMBER.fullmatch(text))
        else (text, {})
        for text in encoded.dictionary.to_pylist()
    ]
    counts = _counted(encoded, results)
    if not counts:
        return cells, {}
    changed = pa.array([text for text, _ in results], pa.string()).take(encoded.indices)
    return pc.replace_with_mask(cells, maybe, changed), counts


def _maybe_personal(cells: pa.Array, whole: bytes) -> pa.Array:
    """Whether ``_ANYWHERE`` could find something in each cell, an array of text: false is certain.
    ``whole``: all of them (``_joined``)."""
    plain = pc.and_not(pc.string_is_ascii(cells), pc.match_substring(cells, "\t"))
    if _IN_ANY_ASCII_CELL.search(whole) is None:
        return pc.invert(plain)
    return pc.or_(pc.invert(plain), pc.match_substring_regex(cells, _MAYBE_IN_ASCII))


def _beside_hashes(text: str) -> tuple[str, dict[str, int]]:
    parts = _HASH.split(text)
    results = [scrubbed(part, _ANYWHERE) for part in parts[::2]]
    parts[::2] = [changed for changed, _ in results]
    return "".join(parts), dict(sum((Counter(found) for _, found in results), Counter[str]()))


def may_hold(text: bytes) -> bool:
    """Whether ``mask`` could find anything in a UTF-8 text: an @, eleven digits with only separators between
    them, a number in powers of ten, or words of ``personal_words``. Takes time in proportion to its length.
    """
    if not text.isascii() and any(
        first in text and unusual.search(text) for first, unusual in _UNUSUAL.items()
    ):
        written = text.decode()
        plain = {c: _plain(c) for c in set(written)}
        text = written.translate({ord(c): " " if p == "\u200b" else p for c, p in plain.items()}).encode()
    return (
        b"@" in text
        or _DIGITS in text.translate(_CLASSES, _SEPARATORS)
        or _POWERS.search(text) is not None
        or words.may_hold_words(text)
    )


def _joined(cells: pa.Array) -> bytes:
    known = cells.drop_null() if cells.null_count else cells
    one = pa.ListArray.from_arrays(pa.array([0, len(known)], pa.int32()), known)
    return bytes(pc.binary_join(one, "\n")[0].as_buffer())


def _counted(encoded: pa.DictionaryArray, results: list[tuple[str, dict[str, int]]]) -> dict[str, int]:
    """How many of each kind all cells hold, from how many each different text holds."""
    places = encoded.indices.drop_null().to_numpy()
    times = np.bincount(places, minlength=len(results))
    counts = {
        kind: int(sum(n.get(kind, 0) * t for (_, n), t in zip(results, times, strict=True) if n))
        for kind in MARKERS
    }
    return {kind: n for kind, n in counts.items() if n}
