"""Shopping guidance on the public site: a page of each main group of goods, from the newest bundle."""

from __future__ import annotations

from collections import defaultdict

from jobs.publish.public_pages import TITLES, Cell, Head, Known, Other, PublicPage, Section, source
from jobs.publish.public_words import Row, said
from jobs.reports.numbers import count
from jobs.reports.wording import Text, same

PATH = "guidance.html"
COLUMNS = {
    "category_code": Text("品类", "Category"),
    "name_zh": Text("要点", "Point"),
    "text_zh": Text("说明", "What to do"),
}
LEAD = Text("首次发布当夜的情形。", "As on the night of first publication.")
ORDER = Text("按品类和部分排列", "by category and part")


def guidance(known: Known) -> list[PublicPage]:
    """guidance.html with a link to each main group of goods, and guidance_HA.html with the points of one."""
    newest = known.last
    title = TITLES["guidance"]
    if newest is None:
        return [PublicPage(PATH, title, [LEAD], [])]
    rows = sorted(known.rows(newest, "guidance"), key=_place)
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        groups[known.top("category", row["category_code"])].append(row)
    paths = {code: f"guidance_{code}.html" for code in sorted(groups)}
    names = {code: known.name("category", code) for code in paths}
    table, period = source(newest, "guidance"), newest.period.name
    heads = [
        Head(Text("品类", "Category")),
        Head(Text("小类数", "Categories in it"), True),
        Head(Text("要点数", "Points"), True),
    ]
    listed = [
        [
            Cell(names[code], paths[code]),
            Cell(same(count(len({r["category_code"] for r in groups[code]} - {code})))),
            Cell(same(count(len(groups[code])))),
        ]
        for code in paths
    ]
    overview = Section(same(period), heads, listed, source=table, anchor=period)
    pages = [PublicPage(PATH, title, [LEAD], [overview])]
    others = [Other(title, PATH), *(Other(names[code], path) for code, path in paths.items())]
    for code, path in paths.items():
        cells = [[Cell(said(known.name, r, c)) for c in COLUMNS] for r in groups[code]]
        section = Section(
            same(period), [Head(t) for t in COLUMNS.values()], cells, source=table, anchor=period, order=ORDER
        )
        name = names[code]
        called = Text(f"{title.zh}：{name.zh}", f"{title.en}: {name.en}")
        pages.append(PublicPage(path, called, [LEAD], [section], others=others, part=PATH))
    return pages


def _place(row: Row) -> tuple[str, str, str, int]:
    return row["category_code"], row["part"], row["design"], row["position"] or 0
