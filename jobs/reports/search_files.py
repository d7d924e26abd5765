"""The files of a site's search: rows of what can be found, in scripts beside the pages that the search box
loads when it is used.

Pages and terms lie in a few small files. Case numbers lie twice: in one file for each last two letters or
digits, which finds a number by its end, and in order in files of `SPAN` rows, which finds it by its
beginning. Names of goods lie in files by the pairs of characters next to each other in them, so that any part
of two characters or more leads to one file. Of all these only the ones asked for are loaded.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from urllib.parse import quote

from jobs.reports.names import KINDS, PARTIES
from jobs.reports.pages.lookup import script
from jobs.reports.wording import Text

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
    "clusters": KINDS["cluster"].one,
    "labs": PARTIES["lab"].one,
    "brands": PARTIES["brand"].one,
    "term": Text("术语", "term"),
    "status": Text("状态", "status"),
    "product": Text("产品", "product"),
    "standard": Text("标准", "standard"),
    "office": Text("承办机构", "office"),
    "plans": Text("抽查计划", "sampling plan"),
    "sources": Text("数据来源", "source"),
    "traces": Text("批次溯源", "trace of a batch"),
    "dictionary": Text("数据字典", "dictionary"),
    "sample": Text("样品", "sample"),
    "lead": Text("属地线索", "Territorial lead"),
    "counterfeit_report": Text("假冒举报", "counterfeit report"),
    "enforcement_case": Text("案件", "enforcement case"),
    "complaint": Text("投诉举报", "complaint"),
    "restriction": Text("联合惩戒通知", "notice of restriction"),
}
_PLACE = {kind: place for place, kind in enumerate(_KINDS)}
Row = list[str | int]  # address, Chinese, English, kind, further words that find it


def hit(path: str, words: Text, kind: str, more: str = "") -> Row:
    return [path, words.zh, words.en, _PLACE[kind], more]


def page_hit(path: str, title: Text, more: str = "") -> Row:
    """A page, of the kind that its folder says."""
    folder, _, rest = path.partition("/")
    return hit(path, title, folder if rest and folder in _PLACE else "page", more)


def case_hit(path: str, kind: str, code: str, *about: Text) -> Row:
    """A number of a case with words about it."""
    return hit(path, beside(code, *about), kind, plain(code))


def beside(name: str, *about: Text) -> Text:
    return Text(BESIDE.join([name, *(t.zh for t in about)]), BESIDE.join([name, *(t.en for t in about)]))


def goods(named: Iterable[tuple[str, Text | None, str]]) -> list[Row]:
    """Names of goods (name, its category, further words), each once with all of its further words, by name;
    each leads to what the lookup has of it."""
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
    """The address of what the lookup finds by a text."""
    return "lookup.html?q=" + "".join(c if ord(c) > 127 else quote(c, safe="") for c in text)


def once(rows: Iterable[Row]) -> list[Row]:
    """Each name once a page."""
    met: dict[tuple[str | int, ...], Row] = {}
    for each in rows:
        met.setdefault(tuple(each[:3]), each)
    return list(met.values())


def plain(number: str) -> str:
    """The letters and digits of a number, in small letters: what it is searched by."""
    return "".join(c for c in number.lower() if c.isascii() and c.isalnum())


def shard(number: str) -> str:
    """The last two letters or digits of a number: the file in which it is found by its end."""
    return plain(number)[-2:] or "none"


def written(
    pages: Sequence[Row], parts: Mapping[str, Sequence[Row]], cases: Iterable[Row], products: Sequence[Row]
) -> dict[str, bytes]:
    """search_index.js, and in search/ a file for each of ``parts`` and those of ``cases`` and ``products``
    (rows of `goods`)."""
    numbered = sorted(cases, key=lambda r: (r[-1], r[3]))
    shards: dict[str, list[Row]] = {}
    for each in numbered:
        shards.setdefault(shard(str(each[-1])), []).append(each)
    spans = {
        f"from_{place}": numbered[start : start + SPAN]
        for place, start in enumerate(range(0, len(numbered), SPAN))
    }
    files = _by_pairs(products)
    index = {
        "kinds": [list(k) for k in _KINDS.values()],
        "pages": list(pages),
        "parts": sorted(parts),
        "shards": sorted(shards),
        "spans": [rows[0][-1] for rows in spans.values()],  # the number with which each file begins
        "products": len(files),
    }
    found = {INDEX: script("QUALITY_PAGES", index)}
    of_goods = {f"products_{at}": rows for at, rows in enumerate(files)}
    for name, rows in [*parts.items(), *shards.items(), *spans.items(), *of_goods.items()]:
        found[f"{FOLDER}/{name}.js"] = script(f"QUALITY_SEARCH_{name}", list(rows))
    return found


def _by_pairs(products: Sequence[Row]) -> list[list[Row]]:
    """One file where all names fit into it, else as many as keep each at `GOODS` rows."""
    if len(products) <= GOODS:
        return [list(products)] if products else []
    pairs = [_pairs(f"{str(each[1]).split(BESIDE)[0]} {each[4]}") for each in products]  # name and brand
    n = 2
    while True:
        files: list[list[Row]] = [[] for _ in range(n)]
        for each, own in zip(products, pairs, strict=True):
            for at in sorted({pair % n for pair in own}):
                files[at].append(each)
        if n >= MOST_FILES or max(map(len, files)) <= GOODS:
            return files
        n *= 2


def _pairs(name: str) -> set[int]:
    """Numbers of the pairs of UTF-16 units next to each other in each word, as the search box counts them."""
    found = set()
    for word in unicodedata.normalize("NFKC", name).lower().split():
        octets = word.encode("utf-16-le")
        units = [octets[at] + 256 * octets[at + 1] for at in range(0, len(octets), 2)]
        found |= {31 * first + second for first, second in pairwise(units)}
    return found
