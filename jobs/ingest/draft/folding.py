"""Bring the spellings of a header into one form ("fold" it): width, script, blanks, brackets, numbering,
marks of required fields. Then cut it into words, with one word for those of the same meaning."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

import opencc

_MARKS = re.compile(
    r"[(\[【〔<]?\s*[*★☆]?\s*(?:必填项?|选填项?|必录|required|optional)\s*[)\]】〕>]?|[*★☆]", re.IGNORECASE
)
_NUMBERING = re.compile(
    r"^\s*(?:[(]?[0-9]{1,2}[)、．]|[0-9]{1,2}\.(?![0-9])|[一二三四五六七八九十]{1,2}[、.])\s*"
)
_BRACKETS = re.compile(r"[(\[{【〔<][^()\[\]{}【】〔〕<>]*[)\]}】〕>]")
_OTHER = re.compile(r"[\W_]+")
_COPY = re.compile(r"\.[0-9]{1,2}\s*$")  # `受检单位.1`, as a reader of workbooks names a repeated header
_LONGEST = 200  # characters of a header that are looked at
_STROKES = re.compile(r"[/∕／、]|或者?|以及|及其?|和(?!谐)|与(?!否)")
_ENDINGS = re.compile("(?:日期|时间|编号|批号|名称|单位|企业|机构|地址|号)$")
_APART = re.compile(r"(?<=\S)(?:\s+|\s*等)(名称|地址|编号|日期|所在地)$")
_SHORTEST = 4  # characters of a name within a header
_PARTS = re.compile(r"\s*[║‖|丨]+\s*")


class Folded(NamedTuple):
    """A header in one form: lower case, simplified characters, only letters, digits and characters.
    ``whole``: with what is in brackets; ``bare``: without that (equal to ``whole`` where nothing else is
    left)."""

    whole: str
    bare: str


def _plain(header: str) -> str:
    """The beginning of a header in one width, with single blanks."""
    return " ".join(unicodedata.normalize("NFKC", header[:_LONGEST]).split())


@lru_cache(maxsize=1)
def _simplify() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


@lru_cache(maxsize=16384)
def fold(header: str) -> Folded:
    """Bring a header into one form (`Folded`); both parts are '' for a header without letters, digits or
    characters."""
    text = _plain(header)
    text = _NUMBERING.sub("", _MARKS.sub("", _COPY.sub("", _simplify().convert(text))).strip()).lower()
    whole = _OTHER.sub("", text)
    bare = _OTHER.sub("", _BRACKETS.sub("", text))
    return Folded(whole, bare or whole)


def parts_of(header: str) -> list[str]:
    """The names in the header of a joined column (`不合格项目║检验结果║标准值`); the header itself for any
    other."""
    found = [part for part in _PARTS.split(_plain(header)) if part]
    return found if len(found) > 1 else [header]


def further_names(header: str) -> list[tuple[str, bool]]:
    """Further names within a header, as in `商户名称（被抽样单位）` or `生产企业名称/产地`: its parts between
    strokes or conjunctions, then those in brackets. Returns pairs: the name, and True where it is the first
    of several parts.

    A part without an ending gets that of the next one (`生产/购进日期` gives 生产日期 first). Parts too short
    to be a name are left out.
    """
    text = _plain(header)
    inside = [found[0][1:-1] for found in _BRACKETS.finditer(text)]
    strokes = [part for part in _STROKES.split(_BRACKETS.sub(" ", text)) if part.strip()]
    outside = _ended(strokes) if len(strokes) > 1 else []
    parts = [(part, place == 0) for place, part in enumerate(outside)]
    parts += [(part, False) for part in inside if not _STROKES.search(part)]
    return [(part, first) for part, first in parts if len(fold(part).whole) >= _SHORTEST]


def _ended(parts: list[str]) -> list[str]:
    """Parts with the end that they share: the last one's where it stands apart (`企业/进货来源 地址`,
    `注册人/受托企业等地址`), otherwise what follows a part too short to be a name."""
    apart = _APART.search(parts[-1])
    if apart:
        return [f"{part.strip()}{apart[1]}" for part in [*parts[:-1], parts[-1][: apart.start()]]]
    ended: list[str] = []
    end = ""
    for part in reversed(parts):
        found = _ENDINGS.search(part.strip())
        end = found[0] if found else end
        ended.append(part if found or len(part.strip()) >= _SHORTEST else f"{part.strip()}{end}")
    return ended[::-1]


class Words:
    """Cuts a folded header into words, the longest first, and replaces each by the word for its meaning.
    ``meanings``: word → word, or '' for one without a meaning, as in `lookups/header_word.csv`."""

    def __init__(self, meanings: Mapping[str, str]):
        folded = {fold(word).whole: fold(to).whole if to else "" for word, to in meanings.items()}
        self._meanings = folded | {to: to for to in folded.values() if to}
        known = sorted(self._meanings, key=lambda word: (-len(word), word))
        self._cut = re.compile("|".join(map(re.escape, known)) or r"(?!)")

    def of(self, folded: str) -> tuple[str, ...]:
        """The words of a folded header, in order, each replaced by the word for its meaning and left out
        where that is ''; text between known words is kept as a word."""
        words: list[str] = []
        at = 0
        for found in self._cut.finditer(folded):
            words += [folded[at : found.start()], self._meanings[found[0]]]
            at = found.end()
        return tuple(word for word in [*words, folded[at:]] if word)
