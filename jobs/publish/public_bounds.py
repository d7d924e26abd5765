"""Limits each page of the public site to 10,000 HTML elements, however many units, batches and periods there
are: tables show their first rows and say how many there are; all rows are in the bundle's files."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from jobs.publish.public_pages import Cell, PublicPage, Section
from jobs.reports.numbers import count
from jobs.reports.wording import Text

MOST = 8_000  # elements of a page as written: 10,000 less those that scripts add
_FRAME = 150  # elements around the content: header, navigation, notes, footer
_PER_SECTION = 40  # heading, table, the lines about its rows and its source
_PER_HEAD = 3  # a head and its two languages
_PER_LINK = 4
_LINKS = 100  # to other pages of a table, as many months, quarters and years as eight years have


def bounded(page: PublicPage, most: int = MOST) -> PublicPage:
    """Return the page with as many rows as fit, so that it has at most ``most`` HTML elements.

    Tables share the room (`shares`): a short one keeps all of its rows. Each table keeps its first rows, and
    where some are left out a line says how many there are.
    """
    fixed = _FRAME + _PER_LINK * len(page.others)
    fixed += sum(_PER_SECTION + _PER_HEAD * len(s.heads) + _drawn(s) for s in page.sections)
    needed = [sum(map(_elements, section.rows)) for section in page.sections]
    given = shares(needed, max(0, most - fixed))
    return replace(page, sections=[_cut(s, n) for s, n in zip(page.sections, given, strict=True)])


def fit(rows: Sequence[list[Cell]], heads: int) -> bool:
    """Return whether a table of ``rows`` with ``heads`` columns has so few HTML elements (MOST for the page)
    that it can stand whole on a page with nothing but links to many other pages beside it."""
    fixed = _FRAME + _PER_LINK * _LINKS + _PER_SECTION + _PER_HEAD * heads
    return fixed + sum(map(_elements, rows)) <= MOST


def shares(needed: Sequence[int], there: int) -> list[int]:
    """Divide ``there`` (a whole number) among ``needed`` and return what each gets, in the order of
    ``needed``: what it needs if that is no more than an equal share; what remains is shared equally by the
    others (max-min fairness). shares([1, 9, 9], 11) is [1, 5, 5]."""
    given = [0] * len(needed)
    for left, (need, at) in enumerate(sorted((need, at) for at, need in enumerate(needed))):
        given[at] = min(need, there // (len(needed) - left))
        there -= given[at]
    return given


def _drawn(section: Section) -> int:
    """Number of elements of the section's chart, with the rows folded below it."""
    return len(re.findall("<[a-z]", section.chart or ""))


def _elements(row: list[Cell]) -> int:
    return 1 + sum(map(_of_cell, row))


def _of_cell(cell: Cell) -> int:
    languages = 2 if isinstance(cell.text, Text) and cell.text.zh != cell.text.en else 0
    return 1 + languages + bool(cell.href)


def _cut(section: Section, most: int) -> Section:
    """Return the section with its first rows, which have at most ``most`` elements, and a line that says how
    many rows there are; unchanged where all fit."""
    kept, used = 0, 0
    for row in section.rows:
        used += _elements(row)
        if used > most:
            break
        kept += 1
    everything = len(section.rows)
    if kept == everything:
        return section
    zh, en = (f"，{section.order.zh}", f", {section.order.en}") if section.order else ("", "")
    line = Text(
        f"共{count(everything)}行，此处列出前{count(kept)}行{zh}。",
        f"Rows 1–{count(kept)} of {count(everything)}{en}.",
    )
    return replace(section, rows=section.rows[:kept], ids=section.ids[:kept], cut=line)
