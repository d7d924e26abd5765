"""Pages without the site's navigation: executed notebooks (as nbconvert renders them, without scripts and
network), the page that lists them, and the page that lists the workbooks."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from jobs.whole_folder import replace_file

TEMPLATES = Path(__file__).parent / "templates" / "framed"
GROUPS = {
    "analysts": ("分析人员", "Analysts"),
    "regulators": ("监管人员", "Regulators"),
    "methods": ("方法", "Methods"),
}


@dataclass(frozen=True)
class Notebook:
    """A notebook that was executed. ``group``: kind of reader (a key of GROUPS); ``name``: of its file
    without ending; ``content``: in nbformat 4, with outputs; ``error``: message of the cell that failed, None
    where none did; ``zh``, ``en``: the title; ``about_zh``, ``about_en``: the lines below it."""

    group: str
    name: str
    content: dict[str, Any]
    error: str | None
    zh: str
    en: str
    about_zh: str
    about_en: str


def described(source: Path, content: dict[str, Any], error: str | None) -> Notebook:
    """Return the notebook with its title and description, read from its first cell: "# 中文 | English", then
    one line in each language. ``source``: its file, whose folder names the group; ``content``: executed, in
    nbformat 4; ``error``: message of the cell that failed."""
    lines = [line for line in "".join(content["cells"][0]["source"]).splitlines() if line.strip()]
    zh, _, en = lines[0].removeprefix("# ").partition(" | ")
    return Notebook(source.parent.name, source.stem, content, error, zh, en, *[*lines[1:3], "", ""][:2])


def page(notebook: Notebook, day: date) -> bytes:
    """Return the HTML page of a notebook in UTF-8: text, code and results. ``day``: date of the night."""
    import nbformat
    from nbconvert import HTMLExporter  # slow to import, and only a run needs it

    exporter = HTMLExporter(template_name="basic", exclude_input_prompt=True, exclude_output_prompt=True)
    body, _ = exporter.from_notebook_node(nbformat.reads(json.dumps(notebook.content), as_version=4))
    return template("notebook.html").render(notebook=notebook, body=Markup(body), day=day).encode("utf-8")


def index_page(notebooks: list[Notebook], day: date | None) -> bytes:
    """Return the HTML page, in UTF-8, that lists the notebooks by group, without those of groups that GROUPS
    lacks. ``day``: date of the night, None where none were executed yet."""
    groups = [(words, [n for n in notebooks if n.group == group]) for group, words in GROUPS.items()]
    return template("notebooks.html").render(groups=groups, day=day).encode("utf-8")


def ensure_indexes(site: Path) -> None:
    """Write empty lists of notebooks and of workbooks below ``site`` where they do not exist yet: both are
    made after the site's pages, which link to them."""
    for folder, content in (
        ("notebooks", lambda: index_page([], None)),
        ("workbooks", lambda: _empty("workbooks.html")),
    ):
        target = site / folder / "index.html"
        if not target.is_file():
            replace_file(target, content())


def _empty(name: str) -> bytes:
    return template(name).render(groups=[], day=None).encode("utf-8")


@lru_cache
def template(name: str) -> Template:
    """Return a template of templates/framed by its file name. jinja2.TemplateNotFound where there is none."""
    loader = FileSystemLoader(TEMPLATES)
    return Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    ).get_template(name)
