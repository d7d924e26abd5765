"""Make the Data Docs: HTML pages by Great Expectations' page renderers, from the kept result of each table's
newest audit (jobs.gate.kept).

Pages of Great Expectations load styles and scripts from outside servers, and its first page is empty without
them. So everything that a page would load or run is removed, a small style is added, and the first page is a
list written here. The pages of a table are made again only where its newest result is another one.
"""

from __future__ import annotations

import html
import re
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jobs.code_identity import code_hash, made_from
from jobs.gate.gx import (
    DefaultJinjaPageView,
    ExpectationSuitePageRenderer,
    ValidationResultsPageRenderer,
    gx,
    gx_version,
    result_schema,
)
from jobs.gate.kept import kept, text
from jobs.whole_folder import MadeFolder

# The rest of an HTML tag, from the `=` of an attribute whose value is an address on another server.
ELSEWHERE = r'="(?:https?:)?//[^"]*"[^>]*/?>'
# What is removed from a page: scripts, the footer, and links and images from other servers.
RUN_OR_LOADED = re.compile(
    r"<script\b.*?</script>|<footer\b.*?</footer>"
    rf"|<link\b[^>]*\bhref{ELSEWHERE}|<img\b[^>]*\bsrc{ELSEWHERE}",
    re.IGNORECASE | re.DOTALL,
)
# A random part of names in a page; it would make equal pages differ. Removing it is safe, as it is the same
# for all blocks of a page.
DRAWN = re.compile(r"(?<=-collapse-body)-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
STYLE = """<style>
body{font-family:"Noto Sans CJK SC","Noto Sans",sans-serif;max-width:70rem;margin:1.5rem auto;padding:0 1rem;
line-height:1.5;color:#1f2937}
table{border-collapse:collapse;margin:.5rem 0}
td,th{border:1px solid #cbd5e1;padding:.25rem .6rem;vertical-align:top;text-align:left}
a{color:#14506e}
input[type=radio],.navbar,[data-toggle=collapse],.ge-index-page-site-name-title,footer{display:none}
</style>"""


def build(gate_folder: Path, target: Path) -> None:
    """Bring the pages in the folder ``target`` up to date with the results below ``gate_folder``: for each
    table one page of its newest audit and one of its expectations, and a first page `index.html`. Pages of
    tables that have no result any more are removed.

    A page is kept where the same code and the same version of Great Expectations made it from an equal
    result, that of expectations from equal expectations.
    """
    folder, results = MadeFolder(target), list(kept(gate_folder))
    code = code_hash([__name__], libraries=("great_expectations",))
    gx.get_context(mode="ephemeral")  # suites ask for one
    view = DefaultJinjaPageView()
    # Its templates stay as installed: else each use, forty thousand a night, looks for their files' times.
    view.env.auto_reload = False
    for result in results:
        validation, suite = _validation_page(result).as_posix(), _suite_page(result).as_posix()
        by = made_from(code, text(result))
        # What is expected changes less often than what an audit finds.
        by_suite = made_from(code, text([result["suite_name"], _expectations(result)]))
        if not folder.keep(suite, by_suite):
            page = view.render(ExpectationSuitePageRenderer().render(_suite(result)))
            folder.put(suite, _plain(page).encode(), by_suite)
        if not folder.keep(validation, by):
            page = view.render(ValidationResultsPageRenderer().render(_validation(result)))
            folder.put(validation, _plain(page).encode(), by)
    folder.put("index.html", _index(results).encode())
    folder.finish(code)


def _validation_page(result: dict[str, Any]) -> Path:
    """The path of a table's newest validation, as deep as Great Expectations has it, so that links in pages
    work. The name of a folder is limited to 255 bytes."""
    run, table = result["meta"]["run_id"], result["suite_name"]
    at = datetime.fromisoformat(run["run_time"]).strftime("%Y%m%dT%H%M%S.%fZ")
    return Path("validations", *table.split(".", 1), run["run_name"][:80], at, f"{table}.html")


def _suite_page(result: dict[str, Any]) -> Path:
    tier, name = result["suite_name"].split(".", 1)
    return Path("expectations", tier, f"{name}.html")


def _validation(result: dict[str, Any]) -> Any:
    """The kept result of one table as Great Expectations' own object, with texts escaped for HTML and the
    installed version, which the page shows and the kept file does not have."""
    meta = {**result["meta"], "great_expectations_version": gx_version}
    shown = [{**r, "result": _escaped(r["result"])} for r in result["results"]]
    return result_schema.load({**result, "meta": meta, "results": shown})


def _escaped(value: Any) -> Any:
    """``value`` with all texts in it escaped, as Great Expectations puts values of cells into its HTML
    unescaped."""
    if isinstance(value, dict):
        return {name: _escaped(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_escaped(one) for one in value]
    return html.escape(value) if isinstance(value, str) else value


def _suite(result: dict[str, Any]) -> Any:
    """The expectations of a kept result as a suite of Great Expectations."""
    return gx.ExpectationSuite(name=result["suite_name"], expectations=_expectations(result))


def _expectations(result: dict[str, Any]) -> list[dict[str, Any]]:
    return [r["expectation_config"] for r in result["results"]]


def _plain(page: str) -> str:
    """The page without what it would load or run and without random names, with the small style."""
    return DRAWN.sub("", RUN_OR_LOADED.sub("", page)).replace("</head>", f"{STYLE}</head>", 1)


def _index(results: list[dict[str, Any]]) -> str:
    """A first page: each table's newest validation and its suite."""
    rows = [
        f'<tr><td><a href="{quote(_validation_page(r).as_posix())}">{html.escape(r["suite_name"])}</a></td>'
        f"<td>{'通过 passed' if r['success'] else '未通过 failed'}</td>"
        f"<td>{html.escape(r['meta']['run_id']['run_name'])}</td>"
        f'<td><a href="{quote(_suite_page(r).as_posix())}">suite</a></td></tr>'
        for r in results
    ]
    names = ("表 · table", "结果 · result", "数据日期与版本 · night and version", "期望 · expectations")
    head = f"<tr>{''.join(f'<th>{name}</th>' for name in names)}</tr>"
    return (
        f'<!doctype html><html lang="zh"><head><meta charset="utf-8"><title>Data Docs</title>{STYLE}</head>'
        '<body><p><a href="../gate.html">数据审核 Quality gate</a></p><h1>Data Docs</h1>'
        "<p>Great Expectations: "
        "每张表最近一次审核 · the newest audit of each table</p>"
        f"<table>{head}{''.join(rows)}</table></body></html>"
    )
