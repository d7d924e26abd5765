"""Shopping guidance on the public site, from the bundle published last: an overview, and one page for each
main group of goods (the top level of the goods categories)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

from jobs.publish.public_pages import TITLES, Cell, Head, Known, Other, PublicPage, Section, source
from jobs.publish.public_words import NONE, Row, period_words, said
from jobs.reports.complaining import where_to_complain
from jobs.reports.wording import Text

PATH = "guidance.html"
COLUMNS = {
    "category_code": Text("品类", "Category"),
    "part": Text("栏目", "Section"),
    "name_zh": Text("要点", "Point"),
    "text_zh": Text("说明", "Details"),
}
LEAD = [
    Text(
        "以各期首次发布当日的数据为准。", "By the data of the day on which each period was first published."
    ),
    Text(
        "仅反映抽检所见，不构成质量保证。",
        "It reports what checks found and is no guarantee of any product.",
    ),
]
ORDER = Text("按品类和栏目排列", "by category and section")
BY_CATEGORY = Text("按品类排列", "by category")
HEADS = [
    Head(Text("大类", "Group")),
    Head(Text("品类", "Category")),
    Head(Text("主要不合格项目", "What fails most")),
]
FIRST = 3  # items that the overview names per category, at most


def guidance(known: Known) -> list[PublicPage]:
    """Return the pages of guidance: guidance.html, with one row per category and the items that failed most
    in it, and for each main group a page with all of its points, such as guidance_HA.html, on which the first
    row of a category has its code as id. ``known``: the bundles (`public_pages.Known`)."""
    newest = known.last
    title = TITLES["guidance"]
    lead = [*LEAD, where_to_complain()]
    if newest is None:
        return [PublicPage(PATH, title, lead, [])]
    rows = sorted(known.rows(newest, "guidance"), key=_place)
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        groups[known.top("category", row["category_code"])].append(row)
    paths = {code: group_path(known, code) for code in sorted(groups)}
    table, period = source(newest, "guidance"), newest.period.name
    failed = failed_most(rows, known)
    listed = [
        [
            Cell(known.name("category", group)),
            Cell(known.name("category", code), f"{paths[group]}#{code}"),
            Cell(failed[code]),
        ]
        for group in paths
        for code in dict.fromkeys(r["category_code"] for r in groups[group])
    ]
    overview = Section(
        period_words(newest.period), HEADS, listed, source=table, anchor=period, order=BY_CATEGORY
    )
    others = [
        Other(title, PATH),
        *(Other(known.name("category", code), path) for code, path in paths.items()),
    ]
    pages = [PublicPage(PATH, title, lead, [overview], others=others)]
    for code, path in paths.items():
        cells = [[Cell(said(known.name, r, c)) for c in COLUMNS] for r in groups[code]]
        section = Section(
            period_words(newest.period),
            [Head(t) for t in COLUMNS.values()],
            cells,
            source=table,
            anchor=period,
            order=ORDER,
            ids=_places(groups[code]),
            whole=True,
        )
        name = known.name("category", code)
        called = Text(f"{title.zh}：{name.zh}", f"{title.en}: {name.en}")
        pages.append(PublicPage(path, called, lead, [section], others=others, part=PATH))
    return pages


def failed_most(rows: Iterable[Row], known: Known) -> dict[str, Text]:
    """Return category code → names of the tested items that failed most, FIRST at most, as one phrase; a dash
    where there are none. Items of probability samples come before those of targeted ones, each in the order
    of the column position.

    ``rows``: rows of the bundle's table guidance, one per category, part and item; ``known``: for names of
    codes.
    """
    found: dict[str, list[Text]] = {}
    for row in sorted(rows, key=lambda r: (r["design"] or "", r["position"] or 0)):
        named = found.setdefault(row["category_code"], [])
        if row["part"] == "fails_most":
            named.append(said(known.name, row, "name_zh"))
    first = {code: list(dict.fromkeys(names))[:FIRST] for code, names in found.items()}
    return {
        code: Text("、".join(n.zh for n in names), ", ".join(n.en for n in names)) if names else NONE
        for code, names in first.items()
    }


def _places(rows: list[Row]) -> list[str]:
    """Return an id for each row: the first row of a category has its code, the others the code with
    a number."""
    met: Counter[str] = Counter()
    found = []
    for row in rows:
        code = row["category_code"]
        found.append(f"{code}.{met[code]}" if met[code] else code)
        met[code] += 1
    return found


def group_path(known: Known, category: str) -> str:
    """Return the file name of the page with the guidance of ``category`` (its code): that of its main group
    of goods, as guidance_HA.html."""
    return f"guidance_{known.top('category', category)}.html"


def _place(row: Row) -> tuple[str, str, str, int]:
    return row["category_code"], row["part"], row["design"], row["position"] or 0
