"""Makes the files of a site's search: entries in scripts next to the pages, which the search box loads when
it is used.

Pages and terms are in a few small files. Case numbers are in two sets of files: one file for each last two
letters or digits, to find a number by its end, and files of `SPAN` numbers in order, to find it by its
beginning. Names of goods are in files by the pairs of neighbouring characters in them, so that any part of
two or more characters leads to one file. Only the files that a search needs are loaded.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any
from urllib.parse import quote

from jobs.reports.lookup_files import script
from jobs.reports.names import KINDS, PARTIES
from jobs.reports.wording import Text

# Paths below site/ of the file of pages and of the folder of the others.
INDEX, FOLDER = "search_index.js", "search"
BESIDE = " · "  # between a number or a name and its description
SPAN = 300  # rows of a file of numbers in order: ten times what a list of hits shows
GOODS = 1_500  # rows of a file of names of goods, as long as there are fewer files than MOST_FILES
MOST_FILES = 1_024
# In the order in which hits are listed.
_KINDS = {
    "page": Text("页面", "page"),
    "platforms": KINDS["platform"].one,
    "regions": KINDS["region"].one,
    "categories": KINDS["category"].one,
    "recall": Text("召回", "recall"),
    "clusters": KINDS["cluster"].one,
    "labs": PARTIES["lab"].one,
    "brands": PARTIES["brand"].one,
    "term": Text("术语", "term"),
    "status": Text("状态", "status"),
    "consequence": Text("法律后果", "legal consequence"),
    "product": Text("产品", "product"),
    "standard": Text("标准", "standard"),
    "item": Text("检验项目", "tested item"),
    "office": Text("承办机构", "office"),
    "plans": Text("抽查计划", "sampling plan"),
    "sources": Text("数据来源", "source"),
    "traces": Text("批次溯源", "trace of a batch"),
    "dictionary": Text("数据字典", "dictionary"),
    "gate": Text("数据审核", "quality gate"),
    "enterprise": Text("经营主体", "enterprise"),
    "shop": Text("网店", "shop"),
    "listing": Text("商品链接", "listing"),
    "sample": Text("样品", "sample"),
    "batch": Text("批次", "batch"),
    "lead": Text("属地线索", "Territorial lead"),
    "counterfeit_report": Text("假冒举报", "counterfeit report"),
    "enforcement_case": Text("案件", "enforcement case"),
    "penalty": Text("行政处罚", "penalty"),
    "dishonesty_entry": Text("失信名单记录", "list entry"),
    "complaint": Text("投诉举报", "complaint"),
    "restriction": Text("失信惩戒通知", "notice of restriction"),
    "takedown": Text("下架通知", "notice to take down"),
    "assistance_request": Text("协助调查函", "request for assistance"),
}
_PLACE = {kind: place for place, kind in enumerate(_KINDS)}
_ASCII = re.compile("[\\x00-\\x7f]+")
_SIGNS = bytes(sign for sign in range(128) if not chr(sign).isalnum())
Row = list[str | int]  # address, Chinese, English, kind, further words that find it


def hit(path: str, words: Text, kind: str, more: str = "") -> Row:
    """Return one entry of the search. ``path``: page that it leads to; ``words``: the text that is found and
    shown; ``kind``: what it is (a key of _KINDS; KeyError for another); ``more``: further words by which it
    is found."""
    return [path, words.zh, words.en, _PLACE[kind], more]


def page_hit(path: str, title: Text, more: str = "") -> Row:
    """Return the entry of a page. Its kind is the folder of ``path`` where that names one (such as
    platforms), else `page`. ``more``: further words by which it is found."""
    folder, _, rest = path.partition("/")
    return hit(path, title, folder if rest and folder in _PLACE else "page", more)


def case_hit(path: str, kind: str, code: str, *about: Text) -> Row:
    """Return the entry of a case number. ``path``: page that it leads to; ``kind``: kind of the case;
    ``code``: the number; ``about``: words shown after it."""
    return hit(path, beside(code, *about), kind, plain(code))


def standard_hit(path: str, number: str, words: Text) -> Row:
    """Return the entry of a standard, which its number also finds as the register writes it: without a space
    (GB18401-2010). ``path``: page that it leads to; ``number``: as pages write it; ``words``: as in `hit`."""
    return hit(path, words, "standard", "".join(number.split()))


def beside(name: str, *about: Text) -> Text:
    """Return ``name`` followed by words about it, joined by ` · `, in both languages."""
    return Text(BESIDE.join([name, *(t.zh for t in about)]), BESIDE.join([name, *(t.en for t in about)]))


def goods(named: Iterable[tuple[str, Text | None, str]]) -> list[Row]:
    """Return one entry per name and category of goods, sorted by name, each leading to the lookup of that
    name. ``named``: (name, name of its category or None, a further word such as the brand); further words of
    equal name and category are joined. Blank names are left out."""
    met: dict[tuple[str, Text | None], set[str]] = {}
    for name, category, more in named:
        if name.strip():
            met.setdefault((name, category), set()).update({more} - {""})
    rows = []
    for (name, category), words in met.items():
        about = () if category is None else (category,)
        rows.append(hit(looked_up(name), beside(name, *about), "product", " ".join(sorted(words))))
    return sorted(rows, key=lambda r: (str(r[1]), str(r[2])))


def looked_up(text: str) -> str:
    """Return the address of lookup.html that searches for ``text``."""
    return "lookup.html?q=" + _ASCII.sub(lambda found: quote(found[0], safe=""), text)


def once(rows: Iterable[Row]) -> list[Row]:
    """Return the entries in their order, without later ones that have the same page and words."""
    met: dict[tuple[str | int, ...], Row] = {}
    for each in rows:
        met.setdefault(tuple(each[:3]), each)
    return list(met.values())


def plain(number: str) -> str:
    """Return the ASCII letters and digits of a case number in lower case, by which it is searched."""
    return number.lower().encode("ascii", "ignore").translate(None, _SIGNS).decode()


def shard(number: str) -> str:
    """Return the last two letters or digits of a case number (`plain`), which name the file that finds it by
    its end; `none` where it has none."""
    return plain(number)[-2:] or "none"


@dataclass(frozen=True)
class Filed:
    """Files of the search that depend on no page. ``files``: path → content; ``index``: what search_index.js
    says of them, by its keys."""

    files: dict[str, bytes]
    index: dict[str, Any]


def of_numbers(cases: Iterable[Row]) -> Filed:
    """Return the files of case numbers in search/, each number in two of them: with those of the same last
    two letters or digits (`shard`), and in one of the spans of SPAN (300) numbers in order, to find it by its
    beginning. The index has shards (names of the former) and spans (the first number of each of the latter).
    ``cases``: entries that `case_hit` returned, in any order; without any there are no files."""
    numbered = sorted(cases, key=lambda r: (r[-1], r[3]))
    shards: dict[str, list[Row]] = {}
    for each in numbered:
        shards.setdefault(shard(str(each[-1])), []).append(each)
    spans = {
        f"from_{place}": numbered[start : start + SPAN]
        for place, start in enumerate(range(0, len(numbered), SPAN))
    }
    # Of each span the number with which its file begins.
    index = {"shards": sorted(shards), "spans": [rows[0][-1] for rows in spans.values()]}
    return Filed(_scripts(shards | spans), index)


def of_goods(products: Sequence[Row]) -> Filed:
    """Return the files of names of goods, search/products_<number>.js: each lists the names with one of some
    pairs of neighbouring characters, so that a name may be in several. The index has products (how many files
    there are) and beside (what stands behind names, which rows name by its place). ``products``: rows of
    `goods`, and of shops where there are any."""
    files, about = _by_pairs(products), dict[tuple[str, str], int]()
    rows = {f"products_{at}": [_short(row, about) for row in rows] for at, rows in enumerate(files)}
    return Filed(_scripts(rows), {"products": len(files), "beside": [list(each) for each in about]})


def written(pages: Sequence[Row], parts: Mapping[str, Sequence[Row]], *others: Filed) -> dict[str, bytes]:
    """Return the files of the search, path → content: search_index.js, which holds ``pages`` (rows of
    `page_hit` or `hit`) and lists the others; in search/ `<name>.js` for each of ``parts`` (name → rows);
    and the files of ``others`` (`of_numbers`, `of_goods`). A name must be valid in the name of a variable of
    JavaScript."""
    index = {"kinds": [list(k) for k in _KINDS.values()], "pages": list(pages), "parts": sorted(parts)}
    for filed in others:
        index |= filed.index
    found = {INDEX: script("QUALITY_PAGES", index)} | _scripts(parts)
    for filed in others:
        found |= filed.files
    return found


def _scripts(named: Mapping[str, Sequence[Row]]) -> dict[str, bytes]:
    """Return the file of each name with its rows, path → content."""
    return {
        f"{FOLDER}/{name}.js": script(f"QUALITY_SEARCH_{name}", list(rows)) for name, rows in named.items()
    }


def _short(row: Row, about: dict[tuple[str, str], int]) -> Row:
    """Return a row of goods as a file holds it, as a name is in as many files as it has pairs of characters:
    name, number of what stands behind the name in both languages, kind, further words; the row as it is where
    its address does not follow from its name. ``about``: what stands behind names → its number; this adds to
    it."""
    path, zh, en, kind, more = row
    name = str(zh).split(BESIDE)[0]
    if path != looked_up(name) or not str(en).startswith(name):
        return row
    behind = (str(zh)[len(name) :], str(en)[len(name) :])
    return [name, about.setdefault(behind, len(about)), kind, more]


def _by_pairs(products: Sequence[Row]) -> list[list[Row]]:
    """Return the rows of each file of goods: one file where all fit into it, else as many as keep each at
    `GOODS` rows, MOST_FILES at most. Of several files each has of a row's further words, such as hundreds of
    brands of one name, those of which a pair leads to it; the search box puts them together."""
    if len(products) <= GOODS:
        return [list(products)] if products else []
    names = [_pairs(str(each[1]).split(BESIDE)[0]) for each in products]
    words = [str(each[4]).split() for each in products]
    of_word = {word: _pairs(word) for own in words for word in own}
    n = 2
    while True:
        files: list[dict[int, list[str]]] = [{} for _ in range(n)]  # place of a row → its words here
        for place, (name, own) in enumerate(zip(names, words, strict=True)):
            for at in {pair % n for pair in name}:
                files[at][place] = []
            for word in own:
                for at in {pair % n for pair in of_word[word]}:
                    files[at].setdefault(place, []).append(word)
        if n >= MOST_FILES or max(map(len, files)) <= GOODS:
            return [[[*products[at][:4], " ".join(own)] for at, own in file.items()] for file in files]
        n *= 2


def _pairs(name: str) -> set[int]:
    """Return numbers for the pairs of neighbouring UTF-16 units in each word, computed as the search box
    does."""
    found = set()
    for word in unicodedata.normalize("NFKC", name).lower().split():
        octets = word.encode("utf-16-le")
        units = [octets[at] + 256 * octets[at + 1] for at in range(0, len(octets), 2)]
        found |= {31 * first + second for first, second in pairwise(units)}
    return found
