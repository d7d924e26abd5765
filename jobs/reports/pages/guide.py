"""The guide: how the system is operated and extended. Each Markdown file of jobs/reports/guide is one page,
in both languages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from markdown_it import MarkdownIt
from markupsafe import Markup

from jobs.reports.rendering import Page
from jobs.reports.wording import Text

FOLDER = Path(__file__).parents[1] / "guide"
# In the order of a newcomer's questions.
PAGES = (
    "operate",
    "sources",
    "tables",
    "exchange",
    "publish",
    "read",
    "linkage",
    "country",
    "cluster",
    "backup",
    "upgrade",
)
ACTIVE = "guide/index.html"
# A file of the guide names a page of the site by its template: so the link leads to it in the repository too.
TEMPLATES = "../../templates/"


def build() -> Iterator[Page]:
    """Yield guide/index.html, then one page for each of PAGES."""
    titles = {name: Text(_title(name, "zh"), _title(name, "en")) for name in PAGES}
    listed = [(f"{name}.html", title) for name, title in titles.items()]
    yield Page(
        "guide/index.html", "guide.html", Text("使用指南", "Guide"), ACTIVE, {"listed": listed, "body": None}
    )
    for name, title in titles.items():
        body = {language: _html(name, language) for language in ("zh", "en")}
        yield Page(f"guide/{name}.html", "guide.html", title, ACTIVE, {"listed": listed, "body": body})


def _text(name: str, language: str) -> str:
    return (FOLDER / language / f"{name}.md").read_text(encoding="utf-8")


def _title(name: str, language: str) -> str:
    found = re.match(r"# (.+)\n", _text(name, language))
    assert found is not None, f"{language}/{name}.md begins with its title"
    return found[1]


def anchor(heading: str, language: str) -> str:
    """Return the id of a heading, for links to it, such as `when-a-dag-is-red`. Ids of Chinese headings,
    which are on the same page, begin with `zh-`. ``heading``: its text; ``language``: zh or en."""
    words = "-".join(re.findall(r"\w+", heading.lower()))
    return words if language == "en" else f"{language}-{words}"


def _html(name: str, language: str) -> Markup:
    """Return the file as HTML without its title, with an id on each heading (`anchor`) and links to templates
    as links to their pages; HTML in the file is shown as text."""
    written = _text(name, language).split("\n", 1)[1]
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = markdown.parse(written)
    for heading, text in pairwise(tokens):
        if heading.type == "heading_open":
            heading.attrSet("id", anchor(text.content, language))
    for link in (part for token in tokens for part in token.children or () if part.type == "link_open"):
        target = str(link.attrGet("href"))
        link.attrSet("href", re.sub(f"^{re.escape(TEMPLATES)}", "../", target))
    made = markdown.renderer.render(tokens, markdown.options, {})
    scrolled = made.replace("<table>", '<div class="scroll" tabindex="0"><table>').replace(
        "</table>", "</table></div>"
    )
    return Markup(scrolled)
