"""Hazards and products named in Chinese texts: words of reference vocabularies on the bounds of a tokeniser,
with negations, questions and guesses taken into account. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import rjieba

from jobs.conform.linkage.script import folded

METHOD_VERSION = "reading/3"
SURE, UNSURE = "sure", "unsure"
COLUMNS = ["place", "hazard_code", "confidence", "evidence", "read_category_code"]
OF_GOODS = ["listing_id", "category_code"]  # a row that states one of these is about goods
# A word of one or two characters is met only where the tokeniser begins and ends a word there too (起火 is
# not in 一起|火锅); longer ones are taken as they stand.
SHORT = 2
# How far before a word (characters) a negation of several characters, and one of a single character, reaches.
REACH, NEAR = 8, 2
_SENTENCE = re.compile(r"[^。！!\n;；？?]+[。！!\n;；？?]*")
_CLAUSE = re.compile(r"[^,，。！!\n;；？?:：~…\s]+[？?]?")
_SPACED = re.compile(r"(?<![^\s「」『』【】])([\u4e00-\u9fff]) (?=[\u4e00-\u9fff](?:[\s!！。」』]|$))")
_CONTRAST = re.compile(r"但是|但|却|结果|反而|而是|就")
_DENIED_AFTER = re.compile(
    r"^(?:的?(?:情况|现象|问题|味道))?(?:也|都|倒|完全|基本)?(?:没有|没|无)(?:出现|发生|遇到|发现)?过?(?:的|了|哦|哈)?$"
)
# What would follow from a condition in the clause before; 如果不是 … says what nearly happened.
_CONDITION = re.compile(r"(?:如果|(?<![主只])要是|假如|倘若|万一)(?!不是)")
# 那天, 早上 and 就是 begin a clause that says what was.
_WOULD = re.compile(
    r"^(?:那么|那(?=就|会|肯定|一定|岂|估计|么)|就(?![是在])|早就|早(?![上晨些前])|会(?!员)|肯定|一定|岂不|估计)"
)
_VOID = re.compile("(?!)")
_JOINED = "\u2060"  # stands for the blanks within a word of the vocabulary: texts are split at blanks


@dataclass(frozen=True)
class Rule:
    """One row of silver.hazard_term; ``near``: words one of which must stand in the same sentence (none: no
    condition)."""

    hazard: str
    strong: bool
    words: tuple[str, ...]
    near: re.Pattern[str] | None


class Products:
    """Words of products and their categories: rows of silver.product_term and product_category that have not
    ended."""

    def __init__(self, product_term: pd.DataFrame, product_category: pd.DataFrame) -> None:
        self.codes = _products(_lasting(product_term), _lasting(product_category))
        self._word = _any(self.codes)

    def of(self, text: str) -> str | None:
        """The category of the product that a folded text names first; the longest of the words that begin
        there."""
        met = self._word.search(_SPACED.sub(r"\1", text))
        return self.codes[met.group()] if met else None


class Vocabulary:
    """What texts are read by: the rows of silver.hazard_term, product_term, text_cue and product_category
    that have not ended, so that all of the history is read alike."""

    def __init__(
        self,
        hazard_term: pd.DataFrame,
        product_term: pd.DataFrame,
        text_cue: pd.DataFrame,
        product_category: pd.DataFrame,
    ) -> None:
        self.rules: dict[str, list[Rule]] = {}
        blanks: set[str] = set()
        for row in _lasting(hazard_term).sort_values("rule").itertuples(index=False):
            close = [] if row.near is None else _spelled(row.near)  # a list, or an array of the lake
            near = _any(close) if close else None
            rule = Rule(row.hazard_code, row.strength == "strong", tuple(_spelled(row.match)), near)
            blanks |= {word for word in (*rule.words, *close) if _JOINED in word}
            for word in rule.words:
                self.rules.setdefault(word, []).append(rule)
        self._several = _any(word.replace(_JOINED, " ") for word in blanks)
        self.products = Products(product_term, product_category)
        cues = {row.cue: list(row.match) for row in _lasting(text_cue).itertuples(index=False)}
        self.kind = {word: cue for cue in _WINDOW for word in cues.get(cue, [])}
        self.cue = _any(self.kind)
        self.exempt = _any(cues.get("exempt", []))
        self.hedge = _any(cues.get("hedge", []))
        self.no_goods = _any(cues.get("no_goods", []))
        self.protective = tuple(cues.get("protective", []))
        self.word = {
            size: _overlapping(w for w in self.rules if len(w) == size) for size in _sizes(self.rules)
        }
        self.words = self._tokeniser()

    def joined(self, text: str) -> str:
        """A folded text in which words of the vocabulary that hold blanks are of one piece."""
        return self._several.sub(lambda met: met.group().replace(" ", _JOINED), text)

    def _tokeniser(self) -> rjieba.Jieba:
        """The package's own dictionary, which its version fixes, and the words of these vocabularies."""
        words = rjieba.Jieba()
        for word in sorted({*self.rules, *self.products.codes, *self.kind}):
            if len(word) > 1:
                words.add_word(word, None, None)
        return words

    def bounds(self, text: str) -> frozenset[int]:
        """Where words of ``text`` begin and end, as positions in it."""
        ends = np.cumsum([0, *(len(word) for word in self.words.cut(text, hmm=False))])
        return frozenset(ends.tolist())


_WINDOW = ("exempt", "hypothetical", "not_negation", "negation")  # of equal words the last kind named holds


def read(
    texts: Sequence[str | None] | pd.Series, vocabulary: Vocabulary, of_goods: np.ndarray | None = None
) -> pd.DataFrame:
    """COLUMNS: one row per text (``place``: its position) and hazard that it reports, sorted by both.

    ``of_goods``: bools, one per text, whether it is known to be about goods (None: all are). Another text is
    about goods where it names a product and has no word of lodging, catering, printed works or shows.

    ``confidence``: `sure` where a strong word stands without question, guess or hearsay in a text about
    goods, else `unsure`;
    ``evidence``: the words of the vocabulary that were met, sorted, never the text's own; a negated, feared
    or asked one is none. ``read_category_code``: the product named first, None without. Equal texts are read
    once; null and blank ones report nothing.
    """
    given = pd.Series(list(texts), dtype=object)
    number, distinct = pd.factorize(given.where(given.notna(), ""), sort=False)
    plain = folded(pd.Series(distinct, dtype=object))
    found = []
    for at in np.flatnonzero(_may_report(plain, vocabulary)).tolist():
        product = vocabulary.products.of(plain[at])
        names_goods = product is not None and not vocabulary.no_goods.search(plain[at])
        for hazard, reading in sorted(hazards_of(plain[at], vocabulary).items()):
            found.append((at, hazard, *reading, product, names_goods))
    rows = pd.DataFrame(found, columns=[*COLUMNS, "names_goods"], dtype=object)
    known = np.ones(len(given), dtype=bool) if of_goods is None else np.asarray(of_goods, dtype=bool)
    places = pd.DataFrame({"text": number, "at": np.arange(len(given)), "known": known})
    rows = places.merge(rows, left_on="text", right_on="place").assign(place=lambda t: t["at"])
    about_goods = rows["known"] | rows["names_goods"].astype(bool)
    rows["confidence"] = rows["confidence"].where(about_goods, UNSURE)
    return rows[COLUMNS].sort_values(COLUMNS[:2], ignore_index=True)


def hazard_rows(rows: pd.DataFrame, key: str, kept: Sequence[str], vocabulary: Vocabulary) -> pd.DataFrame:
    """One row per row of ``rows`` and hazard that its ``text`` reports, sorted by ``key`` and hazard: the
    columns ``kept``, those of :func:`read` and the method's version."""
    stated = rows[[column for column in OF_GOODS if column in kept]].notna().any(axis=1)
    found = read(rows["text"], vocabulary, stated.to_numpy(bool))
    own = rows[list(kept)].iloc[found["place"].to_numpy(int)].reset_index(drop=True)
    table = pd.concat([own, found.drop(columns="place")], axis=1).assign(method_version=METHOD_VERSION)
    return table.sort_values([key, "hazard_code"], ignore_index=True)


def hazards_of(text: str, vocabulary: Vocabulary) -> dict[str, tuple[str, list[str]]]:
    """Hazard → (confidence, evidence) of one folded text."""
    sure: dict[str, bool] = {}
    words: dict[str, set[str]] = {}
    for sentence in _SENTENCE.findall(_SPACED.sub(r"\1", vocabulary.joined(text))):
        supposed = False
        for clause in _CLAUSE.findall(sentence):
            supposed = bool(_CONDITION.search(clause)) or (supposed and bool(_WOULD.match(clause)))
            if supposed:
                continue
            for word, plain in _reported(clause, vocabulary):
                for rule in vocabulary.rules[word]:
                    if rule.near is None or rule.near.search(sentence):
                        sure[rule.hazard] = sure.get(rule.hazard, False) or (plain and rule.strong)
                        words.setdefault(rule.hazard, set()).add(word.replace(_JOINED, " "))
    return {code: (SURE if sure[code] else UNSURE, sorted(words[code])) for code in words}


def _reported(clause: str, vocabulary: Vocabulary) -> list[tuple[str, bool]]:
    """Words of hazards that the clause reports, and whether plainly: not as a guess, hearsay or an open
    question."""
    bounds: frozenset[int] | None = None
    exempt = [m.span() for m in vocabulary.exempt.finditer(clause)]
    asked = clause[-1] in "？?"
    plain = not asked and not vocabulary.hedge.search(clause)
    found = []
    for size, pattern in vocabulary.word.items():
        for met in pattern.finditer(clause):
            start, end = met.span(1)
            if _within_a_word(clause, start, end):
                continue
            if size <= SHORT:
                bounds = vocabulary.bounds(clause) if bounds is None else bounds
                if start not in bounds or end not in bounds:
                    continue
            if any(a < end and start < b for a, b in exempt) or _denied(clause, start, end, vocabulary):
                continue
            found.append((met.group(1), plain))
    return found


def _within_a_word(clause: str, start: int, end: int) -> bool:
    """Whether a letter of the alphabet goes on where a word of such letters begins or ends: rash in crash."""
    around = (clause[max(start - 1, 0) : start + 1], clause[end - 1 : end + 1])
    return any(len(pair) == 2 and pair.isascii() and pair.isalpha() for pair in around)


def _denied(clause: str, start: int, end: int, vocabulary: Vocabulary) -> bool:
    """Whether a word is asked, supposed, prevented or negated where it stands."""
    before = clause[:start]
    if before.endswith(vocabulary.protective) or _DENIED_AFTER.match(clause[end:].rstrip("？?")):
        return True
    if any(vocabulary.kind[m.group()] == "hypothetical" for m in vocabulary.cue.finditer(clause)):
        return True
    contrast = max((m.end() for m in _CONTRAST.finditer(before)), default=0)
    negations = 0
    for met in vocabulary.cue.finditer(clause, contrast, start):
        if vocabulary.kind[met.group()] == "negation":
            reach = NEAR if len(met.group()) == 1 else REACH
            negations += start - met.end() <= reach
    return negations % 2 == 1


def _may_report(texts: pd.Series, vocabulary: Vocabulary) -> np.ndarray:
    """Which folded texts hold any word of a hazard (spaces aside): the others need no closer look."""
    pattern = "|".join(re.escape(word.replace(_JOINED, "")) for word in sorted(vocabulary.rules))
    if not pattern:
        return np.zeros(len(texts), dtype=bool)
    close = pc.replace_substring(pa.array(texts, pa.string()), " ", "")
    return pc.match_substring_regex(close, pattern).to_numpy(zero_copy_only=False)


def _products(terms: pd.DataFrame, categories: pd.DataFrame) -> dict[str, str]:
    """Word → category: names of the categories of the lowest level, and the words of silver.product_term."""
    leaves = categories[categories["parent_code"].notna()].sort_values("category_code")
    found = {
        name.lower(): code
        for code, name in zip(leaves["category_code"], leaves["name_zh"], strict=True)
        if len(name) > 1 and name != "未分类"
    }
    for row in terms.sort_values("category_code").itertuples(index=False):
        found.update(dict.fromkeys(row.match, row.category_code))
    return found


def _lasting(rows: pd.DataFrame) -> pd.DataFrame:
    return rows if "valid_to" not in rows else rows[rows["valid_to"].isna()]


def _spelled(words: Iterable[str]) -> list[str]:
    """Words of a vocabulary as they stand in folded texts, of one piece."""
    return [word.replace(" ", _JOINED) for word in folded(pd.Series(list(words), dtype=object))]


def _sizes(words: Iterable[str]) -> list[int]:
    return sorted({len(word) for word in words}, reverse=True)


def _any(words: Iterable[Any]) -> re.Pattern[str]:
    """Any of the words, the longest first."""
    known = sorted(set(words), key=lambda w: (-len(w), w))
    return re.compile("|".join(re.escape(w) for w in known)) if known else _VOID


def _overlapping(words: Iterable[str]) -> re.Pattern[str]:
    """Any of the words, all of one length, wherever one begins: group 1. Words may share characters."""
    return re.compile(f"(?=({_any(words).pattern}))")
