"""Punctuation between phrases of a page: full-width in Chinese, half-width in English (GB/T 15834-2011, 4 and
5.1).

A phrase of a page is in both languages, of which a reader sees one, but a template writes the mark between
two phrases once. This module moves each mark into the phrases, in the form of each language. Ranges of
numbers too are written once, as in English, and get their Chinese form here (`jobs.methods.ranges`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from jobs.methods.ranges import in_chinese, with_ranges

_HAN = "\u3400-\u4dbf\u4e00-\u9fff"
_PAIR = r'<span class="zh" lang="zh-CN">[^<]*</span><span class="en" lang="en">[^<]*</span>'
_PARTS = re.compile(r'<span class="zh" lang="zh-CN">([^<]*)</span><span class="en" lang="en">([^<]*)</span>')
# Between the two languages of a phrase. A pattern is looked for fast that begins with these letters and asks
# for what is before them behind them.
_ENGLISH = '</span><span class="en" lang="en">'
# In brackets: phrases, and text without an element between them.
_BRACKETS = re.compile(rf"\(((?:[^<>()]+|{_PAIR})*+)\)")
# Behind a phrase, also where it is stressed, small or a link. A pattern that begins with its first letters is
# looked for ten times as fast as one with a part before them that may be absent.
_BEHIND = re.compile(rf"({_PAIR})(</span>|(?:</(?:a|strong|b)>)+)?([:;,.](?: |(?=<))|\s–\s)")
# Before a phrase, behind a figure: "<strong>16,182</strong>, operators".
_BEFORE = re.compile(rf"([:;,.]) ({_PAIR})")
# Behind a figure, before a link or at the end of a paragraph; not in the guide, which is in one language.
_LAST = re.compile(r'([:;,.])(?: (?=<a [^>]*><span class="zh")|(?=</p>|</li>))')
# A space behind a Chinese mark, or before small print that begins with a Chinese bracket, is English only.
_AFTER = re.compile(rf"{_ENGLISH}(?<=[，、；：。]{_ENGLISH})([^<]*)</span> (?=[0-9A-Za-z<])")
_SMALL_BRACKET = re.compile(
    r' <span class="small"><span class="zh" lang="zh-CN">（([^<]*)</span><span class="en" lang="en">\('
)
# Figures in brackets behind a phrase that ends in Chinese, also where these are small print.
_FIGURES = re.compile(
    rf'({_PAIR})(</a>|</strong>|</b>)? (<span class="small">)?\(([0-9][^<>()A-Za-z]*)\)(?(3)</span>)'
)
# Limits in brackets behind a figure, of which a range has a Chinese and an English form; also in small print.
_LIMITS = re.compile(
    r' \(<span class="zh" lang="zh-CN">([^<]*～[^<]*)</span><span class="en" lang="en">([^<]*)</span>\)'
)
_SMALL_LIMITS = re.compile(' <span class="small">' + _LIMITS.pattern.removeprefix(" ") + "</span>")
# The space between a figure and a Chinese phrase is English only; a date or a code is no figure. Most phrases
# have no figure before them, so the phrase is looked for first.
_BEHIND_FIGURE = re.compile(
    rf' (<span class="zh" lang="zh-CN">[{_HAN}（][^<]*</span><span class="en" lang="en">)'
)
_ENDS_IN_FIGURE = re.compile(r"(?<![\w.,-])[0-9][0-9,.]*%?(?:</(?:strong|b)>)?\Z")
_LONGEST_FIGURE = 40  # characters, with the end of an element
_BEFORE_FIGURE = re.compile(
    rf"{_ENGLISH}(?<=[{_HAN}）]{_ENGLISH})([^<]*)</span> (?=(?:<(?:strong|b)>)?[−+]?[0-9])"
)
_GUIDE = '<div class="zh guide"'
_FIGURE = re.compile(r"[0-9%)]$|</(?:strong|b|code|span)>$")
_SMALL = '<span class="small">'
_SPACED = re.compile("[:;,] ")
_BESIDE_FIGURE = re.compile(rf"(?<=[{_HAN}]) (?=[−+]?[0-9])|(?<=[0-9%]) (?=[{_HAN}])")
_CHINESE = re.compile(f"[{_HAN}]")
_ENDS_CHINESE = re.compile(f"[{_HAN}”）》]$")
_PHRASE = '<span class="zh" lang="zh-CN">'
_MAYBE = re.compile("(?:–| to )[−+±0-9∞]")
# Outside of phrases: drawings and elements that name their language are left as they are.
_OUTSIDE = re.compile(
    r"<(?:svg|script|style|title)\b.*?</(?:svg|script|style|title)>|<[a-z0-9]+(?: [^<>]*)? lang=[^<>]*>[^<]*"
    r"|>([^<>]*[0-9]%?(?:–| to )[^<>]*)(?=<|\Z)",
    re.DOTALL,
)
_WIDE = {":": "：", ";": "；", ",": "，", ".": "。"}


def marked(html: str) -> str:
    """Return a page (HTML) whose marks between phrases are moved into the phrases: full-width in the Chinese,
    half-width in the English."""
    made = _BEFORE.sub(_before, _BEHIND.sub(_behind, "".join(_bracketed(html))))
    made = _SMALL_BRACKET.sub(
        r'<span class="small"><span class="zh" lang="zh-CN">（\1</span><span class="en" lang="en"> (', made
    )
    made = _AFTER.sub(_with_space, _FIGURES.sub(_figures, made))
    made = _BEFORE_FIGURE.sub(_with_space, made)
    made = _BEHIND_FIGURE.sub(_behind_figure, made)
    if _GUIDE in html:
        return made
    made = _ranged(_LAST.sub(_last, made))
    return _SMALL_LIMITS.sub(_small_limits, _LIMITS.sub(_limits, made))


def _with_space(found: re.Match[str]) -> str:
    return f"{_ENGLISH}{found[1]} </span>"


def _ranged(html: str) -> str:
    """The page with each range of numbers in the form of each language."""
    first, *parts = html.split(_PHRASE)
    made = [_outside(first)]
    for part in parts:
        made.append(_PHRASE)
        if "–" in part or " to " in part:
            end = part.find("</span>")
            made += [in_chinese(part[:end]), _outside(part[end:])]
        else:  # as most
            made.append(part)
    return "".join(made)


def _outside(part: str) -> str:
    # Most dashes stand for no value.
    return _OUTSIDE.sub(_neutral, part) if _MAYBE.search(part) else part


def _neutral(found: re.Match[str]) -> str:
    return found[0] if found[1] is None else ">" + with_ranges(found[1], _pair("{0}", "{1}"))


def _pair(zh: str, en: str) -> str:
    return f'<span class="zh" lang="zh-CN">{zh}</span><span class="en" lang="en">{en}</span>'


def _bracketed(html: str) -> Iterator[str]:
    """The page in pieces, with brackets around phrases put into them, and the space before those."""
    done = 0
    for found in _BRACKETS.finditer(html):
        if "<" not in found[1]:  # text alone, as most
            continue
        inside = _BEHIND.sub(_behind, found[1])
        if _CHINESE.search(inside):
            before = html[done : found.start()]
            kept = before.rstrip()
            zh, en = _PARTS.sub(r"\1", inside), _PARTS.sub(r"\2", inside)
            zh = _BESIDE_FIGURE.sub("", _SPACED.sub(lambda mark: _WIDE[mark[0][0]], zh))
            yield kept
            yield _pair(f"（{zh}）", f"{'' if kept == before else ' '}({en})")
            done = found.end()
    yield html[done:]


def _figures(found: re.Match[str]) -> str:
    phrase, end, small, figures = (part or "" for part in found.groups())
    zh, en = _PARTS.fullmatch(phrase).groups()  # type: ignore[union-attr]  # it is a pair
    if not zh or not _CHINESE.match(zh[-1]):  # a name may end in brackets already
        return found[0]
    if small or end:
        return phrase + end + small + _pair(f"（{figures}）", f" ({figures})") + ("</span>" if small else "")
    return _pair(f"{zh}（{figures}）", f"{en} ({figures})")


def _limits(found: re.Match[str]) -> str:
    start = found.start()
    if not _ENDS_IN_FIGURE.search(found.string[max(0, start - _LONGEST_FIGURE) : start]):
        return found[0]
    return _pair(f"（{found[1]}）", f" ({found[2]})")


def _small_limits(found: re.Match[str]) -> str:
    made = _limits(found)
    return made if made == found[0] else f"{_SMALL}{made}</span>"


def _last(found: re.Match[str]) -> str:
    start = found.start()
    if not _FIGURE.search(found.string[max(0, start - 9) : start]):
        return found[0]
    return _pair(_WIDE[found[1]], found[0])


def _before(found: re.Match[str]) -> str:
    mark, phrase = found.groups()
    zh, en = _PARTS.fullmatch(phrase).groups()  # type: ignore[union-attr]  # it is a pair
    start = found.start()
    if not _CHINESE.search(zh) or not _FIGURE.search(found.string[max(0, start - 9) : start]):
        return found[0]
    return _pair(_WIDE[mark] + zh, f"{mark} {en}")


def _behind_figure(found: re.Match[str]) -> str:
    start = found.start()
    before = found.string[max(0, start - _LONGEST_FIGURE) : start]
    return f"{found[1]} " if _ENDS_IN_FIGURE.search(before) else found[0]


def _behind(found: re.Match[str]) -> str:
    phrase, end, mark = (part or "" for part in found.groups())
    zh, en = _PARTS.fullmatch(phrase).groups()  # type: ignore[union-attr]  # it is a pair
    small = found.string.endswith(_SMALL, 0, found.start())
    dash = mark.strip() == "–"
    ends = _CHINESE.search(zh) if dash else _ENDS_CHINESE.search(zh)  # a dash may follow a figure
    if not ends or (end == "</span>" and not small):
        return found[0]
    wide, mark = ("——", " – ") if dash else (_WIDE[mark[0]], mark)
    if "</a>" in end:  # the mark is no part of the link
        return phrase + end + _pair(wide, mark)
    return _pair(zh + wide, en + mark) + end
