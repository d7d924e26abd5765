"""Score how well a header fits each column of a target (a silver table): by its name, then by the form of its
values. Names are compared as bags of words, weighted by how rare a word is among the target's names."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from jobs.contracts.model import Column
from jobs.ingest.draft.folding import Folded, fold, further_names
from jobs.ingest.draft.shapes import Shapes, fit, suggested
from jobs.ingest.draft.vocabulary import ALIAS, GENERAL, LEARNED, NAME, Term, Vocabulary

# What an equal name is worth, by where it comes from; the same without what stands in brackets is worth less.
_EQUAL = {LEARNED: 1.0, NAME: 0.99, ALIAS: 0.98, GENERAL: 0.75}
_TAUGHT, _BARE, _WORDS, _SIMILAR = 0.95, 0.96, 0.9, 0.86
_NAMES = ("名称",)  # a word that may be missing: `生产企业` is `生产企业名称`
_ENOUGH, _UNLIKE, _PERHAPS = 3, 0.5, 0.8  # distinct values that contradict a name, and what it is worth then
AGAINST = "; values are no "  # in the reason of a candidate whose values contradict its name
_FIRST_WITHIN, _WITHIN = 0.93, 0.82  # names within a header, the first and a further one
_LEAST = 0.15  # candidates below are not shown
# Whom or what a name is about: names about different ones are unlike.
_NO_BRACKETS = " without brackets"
_SIDES = {"low": ("低", "下", "小", "min", "low"), "high": ("高", "上", "大", "max", "high", "upp")}
_ABOUT = frozenset(
    (
        "生产者",
        "被抽样单位",
        "检验机构",
        "抽样单位",
        "平台",
        "网店",
        "样品",
        "当事人",
        "投诉",
        "电话",
        "联系人",
        "法定代表人",
        "召回",
        "任务",
        "传真",
        "邮编",
    )
)


class Candidate(NamedTuple):
    """A column that a header may be ('' where the name is known to have none), its score (0-1), and the
    reason."""

    column: str
    score: float
    why: str


@dataclass(frozen=True)
class _Known:
    term: Term
    features: Mapping[str, float]
    length: float


class Scorer:
    """Scores headers against the columns of one target. ``vocabulary``: holds the names of the columns, which
    words they share, and which of them people have corrected."""

    def __init__(self, vocabulary: Vocabulary, target: str, columns: Sequence[Column]):
        self.target, self.columns = target, {column.name: column for column in columns}
        self._words = vocabulary.words
        terms = vocabulary.terms[target]
        everywhere = [features(t.words) for t in terms]
        counts = Counter(name for one in everywhere for name in one)
        self._weights = {name: 1 + math.log((1 + len(terms)) / (1 + n)) for name, n in counts.items()}
        self._unknown = 1 + math.log(1 + len(terms))
        self._known = [
            _Known(term, weighted := self._weighted(one), _length(weighted))
            for term, one in zip(terms, everywhere, strict=True)
        ]

    def candidates(self, header: str, shapes: Shapes | None = None) -> list[Candidate]:
        """The columns that a header may be, the best first. Candidates below a score of 0.15 are left out.
        ``shapes``: the form of its values, which raises or lowers the scores by name (None: only the name
        counts)."""
        best: dict[str, Candidate] = {}
        for name, worth in self._names(header):
            for found in self._by_name(name):
                if worth < 1 and not found.column:
                    continue  # that one part of a header has no column says nothing of the others
                score = round(found.score * worth, 3)
                if found.column not in best or score > best[found.column].score:
                    best[found.column] = found._replace(score=score)
        if shapes is not None:
            for column, score, why in suggested(shapes, self.columns.values()):
                if column not in best or best[column].score < score:
                    best[column] = Candidate(column, score, why)
            best = {name: self._judged(found, shapes) for name, found in best.items()}
        order = {name: place for place, name in enumerate(self.columns)}
        return sorted(
            (found for found in best.values() if found.score >= _LEAST),
            key=lambda found: (-found.score, order.get(found.column, len(order))),
        )

    @staticmethod
    def _names(header: str) -> Iterable[tuple[str, float]]:
        """The header and the names within it, each with what it is worth."""
        yield header, 1.0
        for name, first in further_names(header):
            yield name, _FIRST_WITHIN if first else _WITHIN

    def _by_name(self, header: str) -> Iterable[Candidate]:
        folded = fold(header)
        if not folded.whole:
            return
        words = self._words.of(folded.bare)
        mine = self._weighted(features(words))
        length = _length(mine)
        for known in self._known:
            score, why = self._equal(known.term, folded, words)
            if not score and length and known.length and known.term.kind != GENERAL:
                shared = sum(w * known.features.get(name, 0.0) for name, w in mine.items())
                score, why = _SIMILAR * shared / (length * known.length), f"like {known.term.text}"
                if (a := _ABOUT & set(words)) and (b := _ABOUT & set(known.term.words)) and not a & b:
                    score *= 0.5
            column = (
                self._on_its_side(known.term.column, folded)
                if why.endswith(_NO_BRACKETS)
                else known.term.column
            )
            if score >= _LEAST and column is not None:
                yield Candidate(column, round(score, 3), why)

    def _on_its_side(self, column: str, folded: Folded) -> str | None:
        """Of a pair of columns such as limit_low and limit_high return the one that the brackets of a header
        name, 技术要求(低); None where the target has no such column, ``column`` where they name no side."""
        stem, _, side = column.rpartition("_")
        inside = folded.whole.replace(folded.bare, "", 1)
        named = [name for name, words in _SIDES.items() if any(word in inside for word in words)]
        if side not in _SIDES or len(named) != 1:
            return column
        other = f"{stem}_{named[0]}"
        return other if other in self.columns else None

    def _equal(self, term: Term, folded: Folded, words: tuple[str, ...]) -> tuple[float, str]:
        worth = _EQUAL.get(term.kind, _TAUGHT)
        if folded.whole == term.folded.whole:
            return worth, {NAME: "name", LEARNED: "learned"}.get(term.kind, f"{term.kind} {term.text}")
        if folded.bare == term.folded.bare:
            return worth * _BARE, f"{term.kind} {term.text}{_NO_BRACKETS}"
        if words and sorted(words) == sorted(term.words):
            return worth * _WORDS * (1.0 if words == term.words else 0.98), f"means {term.text}"
        if _core(words) and _core(words) == _core(term.words):
            return worth * _WORDS * 0.97, f"means {term.text}"
        return 0.0, ""

    def _weighted(self, counted: Mapping[str, float]) -> dict[str, float]:
        return {name: n * self._weights.get(name, self._unknown) for name, n in counted.items()}

    def _judged(self, found: Candidate, shapes: Shapes) -> Candidate:
        column = self.columns.get(found.column)
        if column is None or not shapes.values:
            return found
        share, what = fit(shapes, column)
        if share is None:
            return found
        if share >= 0.8:
            return Candidate(found.column, round(min(1.0, found.score + 0.02), 3), f"{found.why}; {what}")
        if share < 0.2:
            worth = _UNLIKE if len(shapes.values) >= _ENOUGH else _PERHAPS
            return Candidate(found.column, round(found.score * worth, 3), f"{found.why}{AGAINST}{what}")
        return found


def features(words: tuple[str, ...]) -> dict[str, float]:
    """The weighted parts of a name by which two names are compared, part → weight: each word, the pairs of
    characters within it, and the last word once more, as it says what kind of thing a Chinese name names.
    ``words``: of `Words.of`."""
    counted: dict[str, float] = {}
    for word in words:
        counted[word] = 1.0
        for a, b in pairwise(word):
            counted[f"{a}{b}~"] = 0.5
    if words:
        counted[f"{words[-1]}$"] = 0.8
        for name in _NAMES:
            if name in counted and len(words) > 1:
                counted[name] = 0.3
    return counted


def _core(words: tuple[str, ...]) -> tuple[str, ...]:
    kept = tuple(word for word in words if word not in _NAMES)
    return kept if kept != words or len(kept) > 0 else ()


def _length(counted: Mapping[str, float]) -> float:
    return math.sqrt(sum(weight * weight for weight in counted.values()))
