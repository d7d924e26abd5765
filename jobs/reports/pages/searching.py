"""The search over pages: names and codes of every page in both languages, in a script that the search box
loads when it is used."""

from __future__ import annotations

from jobs.reports.names import KINDS
from jobs.reports.pages.lookup import script
from jobs.reports.wording import Text

INDEX = "search_index.js"
# In the order in which hits are listed.
_KINDS = (
    Text("页面", "page"),
    KINDS["platform"].one,
    KINDS["region"].one,
    KINDS["category"].one,
    KINDS["cluster"].one,
    Text("抽查计划", "sampling plan"),
    Text("数据来源", "source"),
)
_FOLDERS = {"platforms": 1, "regions": 2, "categories": 3, "clusters": 4, "plans": 5, "sources": 6}


def index(pages: list[tuple[str, Text, str]]) -> dict[str, bytes]:
    """search_index.js of (path, title, further words that find it), in the order of the site."""
    rows = []
    for path, title, more in pages:
        folder, _, rest = path.partition("/")
        kind = _FOLDERS.get(folder, 0) if rest else 0
        rows.append([path, title.zh, title.en, kind, more])
    return {INDEX: script("QUALITY_PAGES", {"kinds": [list(k) for k in _KINDS], "pages": rows})}
