"""Decides whether a word of a hazard in a clause counts as reported: words around it may deny it (no smoke)
or leave it open (nearly caught fire). Pure.

A cue is such a word, from silver.text_cue. Its kinds: `negation` (no), `not_negation` (holds characters of a
negation but is none), `condition` (if), `nearly` (almost happened), `fear` (in case, prevent), `whether`,
`enquiry` and `particle` (questions), `hedge` (a guess, hearsay or a slight degree), `remedy` (asks for money
back, repair and so on), `office` (asks who deals with it), `protective` (anti-), `exempt` (holds the
characters of a hazard but means another thing) and `through` (verbs such as cause, through which a negation
reaches the word after them). Positions are numbers of characters from the beginning of the clause."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

# What a clause says of a hazard: it is denied; it is left open (then the reading is unsure); it is stated.
DENIED, OPEN, PLAIN = "denied", "open", "plain"
CONDITION, NEARLY = "condition", "nearly"  # kinds of cue whose effect may last into the next clause
# How far before a word (characters) a fear, a question or a negation of several characters, and a negation of
# a single character, reaches.
REACH, NEAR = 8, 2
# A word that is listed as several kinds counts as the last of them here.
_WINDOW = (
    *("exempt", CONDITION, "fear", "whether", "enquiry", "particle", NEARLY),
    *("not_negation", "negation"),
)
_TURN = re.compile(r"但是|但|却|结果|反而|而是")
_CONTRAST = re.compile(rf"{_TURN.pattern}|就")
_AGAIN = re.compile(r"再次|再度|再|又")
_ENDING = frozenset(
    {"还", "且", "而且", "并且", "并", "又", "也", "仍", "仍然"}
)  # a negation ends before these
_JOINING = frozenset({"或", "或者", "和", "与", "及", "以及", "、"})  # and goes on after these
_BARE = frozenset(
    {"没有", "没", "无", "毫无", "不", "不是"}
)  # negations that contain no verb such as find or have
# Verbs after which a thing that is named is what the negation denies: 没有收到货 (received no goods), unlike
# 没有收到起火的投诉 (received no complaint of a fire).
_OWN_OBJECT = frozenset({"接到", "收到", "显示", "证明", "反映", "察觉", "起"})
_CAUSING = frozenset({"导致", "造成", "引起", "引发", "诱发", "酿成"})
_TO_WHOM = frozenset({"给", "对", "因", "因为", "由于", "使", "让", "把", "将"})
_AS_NEWS = re.compile(r"(?:了|过|等|方面|问题|现象|情况)*的?(?:相关)?(?:投诉|举报|反馈|反映|报告|报警|消息)")
_DENIED_AFTER = re.compile(
    r"^(?:的?(?:情况|现象|问题|味道))?(?:也|都|倒|完全|基本)?(?:没有|没|无)(?:出现|发生|遇到|发现)?过?(?:的|了|哦|哈)?$"
)
_ASKED_AFTER = re.compile(
    r"^(?:了|过|的|这种|情况|现象|问题|味道|风险|隐患|严重|厉害|明显|啊|呢)*(?:[吗么嘛]|的话)"
)
# Before a word that an enquiry is about: the goods are bought or in use.
_HAPPENED = re.compile("买的|使用后|用后|了(?!解)")
_CAME_TRUE = re.compile(
    r"的?(?:情况|现象|问题|事情|事)?(?:真的|真|还是|果然|果真|终于|终究|最终|居然|竟然)+(?:发生|出现|来|成真)了"
)
# 那天, 早上 and 就是 begin a clause that says what was.
_WOULD = re.compile(
    r"^(?:那么|那(?=就|会|肯定|一定|岂|估计|么)|就(?![是在])|早就|早(?![上晨些前])|会(?!员)|肯定|一定|岂不|估计)"
)
_VOID = re.compile("(?!)")


@dataclass(frozen=True)
class Token:
    """A word as the tokeniser cuts it: ``start``, position of its first character; ``end``, position after
    its last; ``word``; ``tag``, its part of speech as the tokeniser names it (n…: noun, v…: verb; '' where
    unknown)."""

    start: int
    end: int
    word: str
    tag: str


@dataclass
class Clause:
    """A clause of a folded text, with what `Cues` needs to know of it. ``text``: the clause, with its
    question mark, if any, at the end; ``cut``: the tokeniser, a function that returns (word, part of speech)
    for each word of a text in order; ``remedied``: whether the clause's sentence asks for a remedy or who
    deals with it (`Cues.remedied`); ``carried``: CONDITION or NEARLY where the clause continues an "if" or
    "almost" of the clause before it, else '' (`Cues.left_open`)."""

    text: str
    cut: Callable[[str], Iterable[tuple[str, str]]]
    remedied: bool
    carried: str

    @cached_property
    def tokens(self) -> list[Token]:
        """The words of the clause, in order, as cut by ``cut``."""
        found, at = [], 0
        for word, tag in self.cut(self.text):
            found.append(Token(at, at + len(word), word, tag))
            at += len(word)
        return found

    @cached_property
    def bounds(self) -> frozenset[int]:
        """The positions in the clause at which a word begins or ends."""
        return frozenset({0, *(token.end for token in self.tokens)})


class Cues:
    """Finds cues around words of hazards. ``words``: kind of cue → its words (silver.text_cue); ``hazards``:
    words of hazards; ``products``: words of products. The latter two say where a negation ends."""

    def __init__(
        self, words: Mapping[str, Sequence[str]], hazards: Collection[str], products: Collection[str]
    ) -> None:
        self.kind = {word: kind for kind in _WINDOW for word in words.get(kind, ())}
        self._cue = any_of(self.kind)
        self._exempt = any_of(words.get("exempt", ()))
        self._hedge = any_of(words.get("hedge", ()))
        self.remedy = any_of(words.get("remedy", ()))
        self._office = any_of(words.get("office", ()))
        self._protective = tuple(words.get("protective", ()))
        self.through = frozenset(words.get("through", ()))
        self._hazards, self._products = frozenset(hazards), frozenset(products)

    def left_open(self, clause: str, before: str) -> tuple[str, str]:
        """Return two values, each CONDITION, NEARLY or '': what of the clause before still applies to
        ``clause``, and what ``clause`` passes to the clause after it. So in "if it overheats, it will burn"
        the second clause is part of the condition.

        ``clause``: the text of a clause; ``before``: what the clause before it passed, '' for the first of a
        sentence."""
        carried = before if _WOULD.match(clause) else ""
        kinds = [self.kind[met.group()] for met in self._cue.finditer(clause)]
        own = [kind for kind in kinds if kind in (CONDITION, NEARLY)]
        return carried, own[-1] if own else carried

    def remedied(self, sentence: str) -> bool:
        """Return whether a sentence asks for a remedy (such as a refund), or asks which office deals with it
        or who bears its costs. Questions in such a sentence leave the hazard open instead of denying it."""
        return bool(self.remedy.search(sentence) or self._office.search(sentence))

    def exempt(self, clause: str) -> list[tuple[int, int]]:
        """Return the positions (begin, end) of words in ``clause`` that contain the characters of a hazard
        but mean another thing, so that they are not read as the hazard."""
        return [met.span() for met in self._exempt.finditer(clause)]

    def plain(self, clause: str) -> bool:
        """Return whether ``clause`` does not end in a question mark and has no word of a guess, hearsay or a
        slight degree. Whether it denies the hazard is not looked at (`meaning`)."""
        return not clause.endswith("?") and not self._hedge.search(clause)

    def meaning(self, clause: Clause, start: int, end: int) -> str:
        """Return what ``clause`` says of the hazard whose word is at positions ``start`` to ``end``
        (exclusive): DENIED, OPEN or PLAIN.

        DENIED: the hazard is asked about, supposed, feared, prevented or negated. OPEN: it nearly happened,
        must not happen again, or is asked about or feared so far from the word, or so close to a request for
        a remedy, that it may have happened. PLAIN: neither. Where several cues apply, DENIED takes
        precedence over OPEN."""
        before, after = clause.text[:start], clause.text[end:]
        if before.endswith(self._protective) or _DENIED_AFTER.match(after.rstrip("?")):
            return DENIED
        if _ASKED_AFTER.match(after) or clause.carried == CONDITION or self._negated(clause, start, end):
            return DENIED
        cues = self._cue.finditer(clause.text, 0, start)
        if _CAME_TRUE.match(after):
            cues = (cue for cue in cues if self.kind[cue.group()] != "fear")
        met = [self._before(clause, cue, start) for cue in cues]
        for cue in self._cue.finditer(clause.text, end):
            kind = self.kind[cue.group()]
            if kind == "particle":
                met.append(OPEN if clause.remedied else DENIED)
            elif kind in ("whether", "enquiry"):
                met.append(OPEN)
        if clause.carried == NEARLY:
            met.append(OPEN)
        return DENIED if DENIED in met else OPEN if OPEN in met else PLAIN

    def _before(self, clause: Clause, cue: re.Match[str], start: int) -> str:
        """What a cue before the word that begins at ``start`` makes of it; negations: `_negated`."""
        kind, between = self.kind[cue.group()], clause.text[cue.end() : start]
        if kind == CONDITION:
            return OPEN if self.remedy.search(between) else DENIED
        if kind == NEARLY:
            return OPEN
        if kind == "enquiry":
            return OPEN if clause.remedied or _HAPPENED.search(between) else DENIED
        if kind not in ("fear", "whether") or _TURN.search(between) or not _whole(clause, cue):
            return PLAIN
        far = len(between) > REACH
        met = _AGAIN.search(between) if kind == "fear" else self.remedy.search(between)
        return OPEN if far or met else DENIED

    def _negated(self, clause: Clause, start: int, end: int) -> bool:
        """Whether an odd number of negations reaches the word between the two positions."""
        contrast = max((m.end() for m in _CONTRAST.finditer(clause.text, 0, start)), default=0)
        negations = 0
        for cue in self._cue.finditer(clause.text, contrast, start):
            if self.kind[cue.group()] == "negation" and _whole(clause, cue):
                reach = NEAR if len(cue.group()) == 1 else REACH
                near = start - cue.end() <= reach
                negations += near and not self._ended(clause, cue, start, end)
        return negations % 2 == 1

    def _ended(self, clause: Clause, cue: re.Match[str], start: int, end: int) -> bool:
        """Whether what a negation denies ends before the word between the positions: with a verb, a thing
        that is not received or shown, or whose lack is a cause, a thing that has something
        (没有认证的充电宝), a product whose fault is named, 还 or 且, or before another negation."""
        if self.remedy.search(clause.text, cue.end(), start):
            return True
        tokens = [token for token in clause.tokens if cue.end() <= token.start and token.end <= start]
        if self._lacking(tokens) or (self._of_thing(tokens) and not _AS_NEWS.match(clause.text, end)):
            return True
        through, of_which, verb, named = cue.group() not in _BARE, False, False, False
        for token in tokens:
            word, product = token.word, token.word in self._products
            if word in _ENDING or (named and self.kind.get(word) == "negation"):
                return True
            if word in _JOINING:
                verb = False
            elif word in self._hazards:
                named = True
            elif word in self.kind:
                through, of_which = True, False
            elif word in self.through:
                through = True
            elif product or token.tag.startswith("n"):
                if of_which or (product and not through):
                    return True
            else:
                verb = verb or token.tag.startswith("v")
            of_which = of_which or word == "的"
        return verb

    def _lacking(self, tokens: Sequence[Token]) -> bool:
        """Whether ``tokens``, the words from a negation to a hazard, name a thing and then a verb that says
        that its lack causes the hazard."""
        for place, token in enumerate(tokens):
            if token.word in _TO_WHOM:
                return False
            if token.word in _CAUSING:
                return any(map(self._thing, tokens[:place]))
        return False

    def _of_thing(self, tokens: Sequence[Token]) -> bool:
        """Whether a negation denies a thing and not the hazard: ``tokens``, the words between the two, begin
        with a verb of _OWN_OBJECT, have no other, and name a thing, as in 没有显示功率 (shows no power)."""
        if not tokens or tokens[0].word not in _OWN_OBJECT:
            return False
        rest = tokens[1:]
        return any(map(self._thing, rest)) and not any(token.word in _OWN_OBJECT for token in rest)

    def _thing(self, token: Token) -> bool:
        word = token.word
        named = word in self._products or token.tag.startswith("n") or self.kind.get(word) == "exempt"
        return named and word not in self._hazards


def _whole(clause: Clause, cue: re.Match[str]) -> bool:
    """Whether a cue of one character is a word by itself; one of several counts as it stands."""
    return len(cue.group()) > 1 or {cue.start(), cue.end()} <= clause.bounds


def any_of(words: Iterable[Any]) -> re.Pattern[str]:
    """Return a pattern that matches any of ``words`` (each taken literally), trying longer ones first;
    without words a pattern that matches nothing."""
    known = sorted(set(words), key=lambda w: (-len(w), w))
    return re.compile("|".join(re.escape(w) for w in known)) if known else _VOID
