"""What the pages of a site state: each measure of the glossary with its unit, period and number."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import NamedTuple

from lxml import html as parsed

from jobs.contracts.glossary import glossary, term

NAMES = {t.zh for t in glossary().values() if t.kind in ("measure", "count")}
ALL = "全部时期"
KINDS = {term(f"{kind}_samples").zh: kind for kind in ("probability", "targeted")}


class Fact(NamedTuple):
    """``unit``: path of its page, of a pair both; ``kind``: probability, targeted, or empty."""

    measure: str
    unit: str
    kind: str
    period: str
    shown: str
    page: str


def chinese(element: parsed.HtmlElement) -> str:
    """The words that the Chinese page shows, without small print and drawings."""
    apart = " or ".join(f'contains(concat(" ", @class, " "), " {name} ")' for name in ("en", "small"))
    parts = element.xpath(f".//text()[not(ancestor::*[{apart}]) and not(ancestor::svg)]")
    return re.sub(r"\s+", " ", "".join(parts)).strip()


def period_of(element: parsed.HtmlElement) -> str:
    """The period of the source line that follows; empty where it names none."""
    after = element.xpath('(.//p[@class="source"] | following::p[@class="source"])[1]')
    found = re.match(r"期间[:：] ?(.+?) ·", chinese(after[0])) if after else None
    return found[1] if found else ""


def kind_of(element: parsed.HtmlElement) -> str:
    for holder in element.xpath("ancestor-or-self::*[@class]")[::-1]:
        for kind in ("probability", "targeted"):
            if kind in holder.get("class").split():
                return kind
    return KINDS.get(title_of(element), "")


def title_of(element: parsed.HtmlElement) -> str:
    above = element.xpath("(ancestor-or-self::*/preceding-sibling::h3)[last()]")
    return chinese(above[0]) if above else ""


def linked(path: str, cell: parsed.HtmlElement) -> str | None:
    """The page that a row's name leads to; None where it leads to none of a unit."""
    for href in cell.xpath(".//a/@href"):
        target = posixpath.normpath(posixpath.join(posixpath.dirname(path), href.split("#")[0]))
        if re.match(r"(platforms|regions|categories|clusters|plans)/|index\.html$", target):
            return target
    return None


def facts(path: str, page: str) -> Iterator[Fact]:
    """Every number that a card or a table of the page gives for a measure of the glossary."""
    tree = parsed.fromstring(page)
    for card in tree.xpath('//section[contains(@class, "card")]'):
        big, head = card.xpath('./p[starts-with(@class, "big")]'), card.xpath("./h2 | ./h3")
        if big and head and (name := chinese(head[0])) in NAMES:
            beside = "".join(head[0].xpath('.//*[@class="small"]//*[@class="zh"][1]/text()'))
            period = period_of(card) or re.sub(r"^（(.*)）$", r"\1", beside).split("；")[0]
            period = re.sub(r"，(截至.*)$", r"（\1）", period)  # within brackets it has a comma
            yield Fact(name, path, kind_of(card), period, chinese(big[0]), path)
    for table in tree.xpath("//table[thead]"):
        heads = [chinese(cell) for cell in table.xpath("./thead/tr/th")]
        for row in table.xpath("./tbody/tr"):
            yield from _row(path, table, heads, row)


def _row(path: str, table: parsed.HtmlElement, heads: list[str], row: parsed.HtmlElement) -> Iterator[Fact]:
    cells = row.xpath("./th | ./td")
    if len(cells) != len(heads):
        return
    name = next((cell for cell in cells if cell.tag == "th"), None)
    if name is None:
        return
    own, kind = chinese(name), kind_of(table)
    if own in NAMES and heads[0] == "环节":  # a step of the closed loop, counted over all time
        yield Fact(own, path, kind, ALL, chinese(cells[1]), path)
        return
    role = " by producer" if "按生产者所在地" in title_of(table) else ""
    unit, by_period = linked(path, name), heads[0] == "期间"
    if unit is None and not by_period:
        return
    for head, cell in zip(heads, cells, strict=True):
        if head in NAMES:
            period = own if by_period else period_of(table)
            about = path if by_period else of(path, f"{unit}{role}")
            yield Fact(head, about, kind, period, chinese(cell), path)


def of(path: str, unit: str) -> str:
    """A row about a unit on the page of a unit of another kind is about both of them together."""
    kinds = {place.split("/")[0] for place in (path, unit) if "/" in place}
    return " × ".join(sorted((path, unit))) if len(kinds) == 2 else unit
