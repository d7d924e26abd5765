"""Data Docs for the site: GX's own pages, made to be read offline.

GX's pages load their styles and scripts from outside servers, and its first page is empty without them. So the copies lose what is
loaded and run, gain a small style of their own, and get a first page that lists them.
"""

from __future__ import annotations

import html
import re
import shutil
from pathlib import Path
from urllib.parse import quote

BUILT = Path("gx") / "uncommitted" / "data_docs" / "local_site"
RUN_OR_LOADED = re.compile(
    r'<script\b.*?</script>|<link\b[^>]*\bhref="(?:https?:)?//[^"]*"[^>]*/?>|<img\b[^>]*\bsrc="(?:https?:)?//[^"]*"[^>]*/?>'
    r"|<footer\b.*?</footer>", re.IGNORECASE | re.DOTALL,
)
STYLE = """<style>
body{font-family:"Noto Sans CJK SC","Noto Sans",sans-serif;max-width:70rem;margin:1.5rem auto;padding:0 1rem;line-height:1.5;color:#1f2937}
table{border-collapse:collapse;margin:.5rem 0}td,th{border:1px solid #cbd5e1;padding:.25rem .6rem;vertical-align:top;text-align:left}
a{color:#14506e}input[type=radio],.navbar,[data-toggle=collapse],.ge-index-page-site-name-title,footer{display:none}
</style>"""


def publish_docs(gate_folder: Path, target: Path) -> bool:
    """Copy the newest Data Docs to ``target``; False where no audit has built any."""
    built = gate_folder / BUILT
    if not (built / "index.html").exists():
        return False
    fresh = target.with_name(target.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    shutil.copytree(built, fresh)
    for page in fresh.rglob("*.html"):
        text = RUN_OR_LOADED.sub("", page.read_text(encoding="utf-8"))
        page.write_text(text.replace("</head>", f"{STYLE}</head>", 1), encoding="utf-8")
    (fresh / "index.html").write_text(_index(fresh), encoding="utf-8")
    shutil.rmtree(target, ignore_errors=True)
    fresh.rename(target)
    return True


def _index(folder: Path) -> str:
    """A first page: each table's newest validation and its suite."""
    rows = []
    for page in sorted((folder / "validations").rglob("*.html")):
        place = page.relative_to(folder)
        name = ".".join(place.parts[1:4])
        words = " ".join(re.sub(r"<[^>]+>", " ", page.read_text(encoding="utf-8")).split())
        failed = "Status: Failed" in words
        suite = f"expectations/{'/'.join(place.parts[1:4])}.html"
        rows.append(
            f'<tr><td><a href="{quote(place.as_posix())}">{html.escape(name)}</a></td><td>{"未通过 failed" if failed else "通过 passed"}</td>'
            f'<td>{html.escape(place.parts[4])}</td><td><a href="{quote(suite)}">suite</a></td></tr>'
        )
    head = "<tr><th>表与批 · table and batch</th><th>结果 · result</th><th>数据日期与版本 · night and version</th><th>期望 · expectations</th></tr>"
    return (
        f'<!doctype html><html lang="zh"><head><meta charset="utf-8"><title>Data Docs</title>{STYLE}</head><body>'
        f'<p><a href="../gate.html">质量闸 Quality gate</a></p><h1>Data Docs</h1><p>Great Expectations: 每张表最近一次审核 · the newest audit '
        f"of each table</p><table>{head}{''.join(rows)}</table></body></html>"
    )
