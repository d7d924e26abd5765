"""Pages in a frame without the site's navigation: executed notebooks (nbconvert's body, no script, nothing
from a network), their list and that of the workbooks."""

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
    """``content``: nbformat 4 with outputs; ``error``: of the cell that failed. ``zh``, ``en``: the title;
    ``about_…``: first words."""

    group: str
    name: str
    content: dict[str, Any]
    error: str | None
    zh: str
    en: str
    about_zh: str
    about_en: str


def described(source: Path, content: dict[str, Any], error: str | None) -> Notebook:
    """The first cell says "# 中文 | English", and below it a line in each language."""
    lines = [line for line in "".join(content["cells"][0]["source"]).splitlines() if line.strip()]
    zh, _, en = lines[0].removeprefix("# ").partition(" | ")
    return Notebook(source.parent.name, source.stem, content, error, zh, en, *[*lines[1:3], "", ""][:2])


def page(notebook: Notebook, day: date) -> bytes:
    """The whole notebook: words, code and results."""
    import nbformat
    from nbconvert import HTMLExporter  # slow to import, and only a run needs it

    exporter = HTMLExporter(template_name="basic", exclude_input_prompt=True, exclude_output_prompt=True)
    body, _ = exporter.from_notebook_node(nbformat.reads(json.dumps(notebook.content), as_version=4))
    return template("notebook.html").render(notebook=notebook, body=Markup(body), day=day).encode("utf-8")


def index_page(notebooks: list[Notebook], day: date | None) -> bytes:
    """The list of them, by reader."""
    groups = [(words, [n for n in notebooks if n.group == group]) for group, words in GROUPS.items()]
    return template("notebooks.html").render(groups=groups, day=day).encode("utf-8")


def ensure_indexes(site: Path) -> None:
    """Pages that say that no notebook has run and no workbook was written yet, where there are none: what is
    made after the site's own pages has a link that leads somewhere from the first night on."""
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
    """A page in the frame that pages without the site's navigation share."""
    loader = FileSystemLoader(TEMPLATES)
    return Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    ).get_template(name)
