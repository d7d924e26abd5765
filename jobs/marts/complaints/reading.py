"""Reads hazards and products from Chinese texts: finds words of reference vocabularies at the word boundaries
of a tokeniser, and takes account of negations, questions and guesses. Pure.

A text is folded before it is read (`jobs.conform.linkage.script.folded`: lower case, simplified characters,
single blanks). Confidence says how sure it is that the text reports the hazard.

COLUMNS: place, hazard_code, confidence, evidence, read_category_code."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import rjieba

from jobs.conform.linkage.script import folded
from jobs.marts.complaints.cues import DENIED, PLAIN, Clause, Cues, any_of

METHOD_VERSION = "reading/7"  # of the rows that this module makes
SURE, UNSURE = "sure", "unsure"  # values of the column confidence
COLUMNS = ["place", "hazard_code", "confidence", "evidence", "read_category_code"]  # of `read`
OF_GOODS = ["listing_id", "category_code"]  # a row that states one of these is about goods
# A word of one or two characters is met only where the tokeniser begins and ends a word there too (起火 is
# not in 一起|火锅); longer ones are taken as they stand.
SHORT = 2
# Folded texts have ?!,;:~ for ？！，；：～, and ... for …
_SENTENCE = re.compile(r"[^。!;?]+[。!;?\s]*")
# The words of a clause, and its question mark, which blanks and other marks may precede.
_CLAUSE = re.compile(r"((?:[^,。!;?:~\s.]|(?<!\.)\.(?!\.))+)(?:[,。!;:~\s.]*(\?))?")
_SPACED = re.compile(r"(?<![^\s「」『』【】])([\u4e00-\u9fff]) (?=[\u4e00-\u9fff](?:[\s!。」』]|$))")
_JOINED = "\u2060"  # stands for the blanks within a word of the vocabulary: texts are split at blanks


@dataclass(frozen=True)
class Rule:
    """One row of silver.hazard_term. ``hazard``: its code; ``words``: any of them points to the hazard;
    ``strong``: whether such a word alone makes the reading sure; ``near``: a pattern of words one of which
    must also be in the sentence, None for no condition."""

    hazard: str
    strong: bool
    words: tuple[str, ...]
    near: re.Pattern[str] | None


class Products:
    """Finds products named in texts. ``product_term``: silver, words for a category; ``product_category``:
    silver, whose names of categories below the top level are words too. Rows with an end date (valid_to) are
    left out."""

    def __init__(self, product_term: pd.DataFrame, product_category: pd.DataFrame) -> None:
        self.codes = _products(_lasting(product_term), _lasting(product_category))
        self._word = any_of(self.codes)

    def of(self, text: str) -> str | None:
        """Return the category code of the product that a folded text names first; None where it names none.
        Of several words that begin at one position the longest counts."""
        met = self._word.search(_SPACED.sub(r"\1", text))
        return self.codes[met.group()] if met else None


class Vocabulary:
    """The words by which texts are read: the rows of silver.hazard_term, product_term, text_cue and
    product_category that have no end date (valid_to). They serve for texts of any date, so that all of the
    history is read by one vocabulary.

    ``rules``: word of a hazard → its rules; ``word``: length of such words → a pattern that finds them, the
    longest first; ``products``, ``cues``: find products and cues; ``no_goods``: a pattern of words of
    lodging, catering, printed works and shows; ``words``: the tokeniser."""

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
            near = any_of(close) if close else None
            rule = Rule(row.hazard_code, row.strength == "strong", tuple(_spelled(row.match)), near)
            blanks |= {word for word in (*rule.words, *close) if _JOINED in word}
            for word in rule.words:
                self.rules.setdefault(word, []).append(rule)
        self._several = any_of(word.replace(_JOINED, " ") for word in blanks)
        self.products = Products(product_term, product_category)
        cues = {row.cue: list(row.match) for row in _lasting(text_cue).itertuples(index=False)}
        self.no_goods = any_of(cues.get("no_goods", []))
        self.cues = Cues(cues, self.rules, self.products.codes)
        self.word = {
            size: _overlapping(w for w in self.rules if len(w) == size) for size in _sizes(self.rules)
        }
        self.words = self._tokeniser()

    def joined(self, text: str) -> str:
        """Return a folded text in which blanks within words of the vocabulary are replaced by a joining
        character (U+2060), so that splitting the text at blanks does not divide these words."""
        return self._several.sub(lambda met: met.group().replace(" ", _JOINED), text)

    def _tokeniser(self) -> rjieba.Jieba:
        """The package's own dictionary, which its version fixes, and the words of these vocabularies."""
        words = rjieba.Jieba()
        for word in sorted({*self.rules, *self.products.codes, *self.cues.kind, *self.cues.through}):
            if len(word) > 1:
                words.add_word(word, None, None)
        return words

    def cut(self, text: str) -> list[tuple[str, str]]:
        """Return the words of ``text`` in order, each with its part of speech: (word, tag) as the tokeniser
        rjieba gives them."""
        return self.words.tag(text, hmm=False)


def read(
    texts: Sequence[str | None] | pd.Series, vocabulary: Vocabulary, of_goods: np.ndarray | None = None
) -> pd.DataFrame:
    """Return one row per text and hazard that it reports, with COLUMNS, sorted by ``place`` (position of the
    text in ``texts``, from 0) and hazard_code. Missing and blank texts give no row.

    ``of_goods``: one bool per text, whether it is known to be about goods (None: all are). Any other text
    counts as about goods where it names a product and has no word of lodging, catering, printed works or
    shows.

    ``confidence``: `sure` where a strong word is in a plain statement (no question, guess, hearsay or slight
    degree) of a text about goods, else `unsure`. ``evidence``: the words of the vocabulary that were found,
    sorted; words that are negated, feared or asked about are left out. ``read_category_code``: category of
    the product that the text names first, None where it names none."""
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
    """Return the hazards of a table's texts: one row per row of ``rows`` and hazard that its ``text``
    reports, sorted by ``key`` and hazard_code, with the columns ``kept``, those of `read` except place, and
    method_version. It makes gold.complaint_hazard and gold.review_hazard.

    ``rows``: columns ``kept`` and text; ``key``: the column that identifies a row, one of ``kept``. A row
    that states a listing or a category (OF_GOODS, where among ``kept``) is known to be about goods."""
    stated = rows[[column for column in OF_GOODS if column in kept]].notna().any(axis=1)
    found = read(rows["text"], vocabulary, stated.to_numpy(bool))
    own = rows[list(kept)].iloc[found["place"].to_numpy(int)].reset_index(drop=True)
    table = pd.concat([own, found.drop(columns="place")], axis=1).assign(method_version=METHOD_VERSION)
    return table.sort_values([key, "hazard_code"], ignore_index=True)


def hazards_of(text: str, vocabulary: Vocabulary) -> dict[str, tuple[str, list[str]]]:
    """Return the hazards that one folded text reports: hazard code → (confidence, evidence) as in `read`, for
    a text that is about goods."""
    sure: dict[str, bool] = {}
    words: dict[str, set[str]] = {}
    cues = vocabulary.cues
    for sentence in _SENTENCE.findall(_SPACED.sub(r"\1", vocabulary.joined(text))):
        remedied, left = cues.remedied(sentence), ""
        for part in map("".join, _CLAUSE.findall(sentence)):
            carried, left = cues.left_open(part, left)
            clause = Clause(part, vocabulary.cut, remedied, carried)
            for word, plain in _reported(clause, vocabulary):
                for rule in vocabulary.rules[word]:
                    if rule.near is None or rule.near.search(sentence):
                        sure[rule.hazard] = sure.get(rule.hazard, False) or (plain and rule.strong)
                        words.setdefault(rule.hazard, set()).add(word.replace(_JOINED, " "))
    return {code: (SURE if sure[code] else UNSURE, sorted(words[code])) for code in words}


def _reported(clause: Clause, vocabulary: Vocabulary) -> list[tuple[str, bool]]:
    """Words of hazards that the clause reports, each with whether it states them plainly: not as a guess,
    hearsay, a question or of a slight degree."""
    text, cues = clause.text, vocabulary.cues
    exempt = cues.exempt(text)
    plain = cues.plain(text)
    found = []
    for size, pattern in vocabulary.word.items():
        for met in pattern.finditer(text):
            start, end = met.span(1)
            if _within_a_word(text, start, end):
                continue
            if size <= SHORT and not {start, end} <= clause.bounds:
                continue
            if any(a < end and start < b for a, b in exempt):
                continue
            meaning = cues.meaning(clause, start, end)
            if meaning != DENIED:
                found.append((met.group(1), plain and meaning == PLAIN))
    return found


def _within_a_word(clause: str, start: int, end: int) -> bool:
    """Whether ``clause[start:end]`` is a part of a longer word in Latin letters, as rash is of crash: there
    is a letter a–z on both sides of its start or of its end."""
    around = (clause[max(start - 1, 0) : start + 1], clause[end - 1 : end + 1])
    return any(len(pair) == 2 and pair.isascii() and pair.isalpha() for pair in around)


def _may_report(texts: pd.Series, vocabulary: Vocabulary) -> np.ndarray:
    """Whether each folded text has any word of a hazard (blanks are ignored): the others report none."""
    pattern = "|".join(re.escape(word.replace(_JOINED, "")) for word in sorted(vocabulary.rules))
    if not pattern:
        return np.zeros(len(texts), dtype=bool)
    close = pc.replace_substring(pa.array(texts, pa.string()), " ", "")
    return pc.match_substring_regex(close, pattern).to_numpy(zero_copy_only=False)


def _products(terms: pd.DataFrame, categories: pd.DataFrame) -> dict[str, str]:
    """Word → category code: names of the categories below the top level, and the words of
    silver.product_term, which win where both have a word."""
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
    """Words of a vocabulary as they are in folded texts, with blanks replaced by the joining character."""
    return [word.replace(" ", _JOINED) for word in folded(pd.Series(list(words), dtype=object))]


def _sizes(words: Iterable[str]) -> list[int]:
    return sorted({len(word) for word in words}, reverse=True)


def _overlapping(words: Iterable[str]) -> re.Pattern[str]:
    """Any of the words, all of one length, wherever one begins: group 1. Words may share characters."""
    return re.compile(f"(?=({any_of(words).pattern}))")
