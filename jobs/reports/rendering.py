"""Renders pages as HTML with Jinja2. All text is escaped, an undefined name is an error, and a page has both
languages."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from jinja2.ext import Extension
from markupsafe import Markup, escape

from jobs.deployment import deployment
from jobs.lake.ops import TABLES
from jobs.methods import ranges
from jobs.reports import wording
from jobs.reports.complaining import where_to_complain
from jobs.reports.file_ledger import ALWAYS
from jobs.reports.filed_words import in_chinese
from jobs.reports.names import NATION
from jobs.reports.numbers import Figure, count, file_size, missing, noun, percent
from jobs.reports.procedure import (
    DATA_KIND,
    GUIDANCE_PART,
    LOOP,
    OFFICE,
    OUTCOME,
    TASK_STATUS,
    TIMER_STATE,
    takedown_law,
    without_day,
)
from jobs.reports.punctuation import marked
from jobs.reports.wording import Text, capital, inside, numbered, spoken

HERE = Path(__file__).parent
WORDS = (
    "SITE",
    "DESIGN",
    "RATE_NAME",
    "RATE_NOTE",
    "COUNTS",
    "STATE",
    "LEDGER",
    "SHOWN_COUNTS",
    "PLAN_COUNTS",
    "WITHHELD_LINES",
    "DUTIES_TOGETHER",
    "UNPUBLISHED",
)
OPS_TABLES = {name: [(f.name, str(f.type)) for f in schema] for name, schema in TABLES.items()}


@dataclass(frozen=True)
class Page:
    """One page of the site. ``path``: below the folder site/; ``template``: file name of its template;
    ``active``: path of the page that the navigation marks as the present one; ``context``: values that only
    this template gets; ``downloads``: path below site/ → content of the files with its figures; ``search``:
    words besides the title by which the search finds the page."""

    path: str
    template: str
    title: Text
    active: str
    context: dict[str, Any]
    downloads: dict[str, bytes] = field(default_factory=dict)
    search: str = ""

    @property
    def root(self) -> str:
        """Relative path from this page to site/, as `../`."""
        return "../" * self.path.count("/")


def both(text: Text | str | None) -> Markup:
    """Return a phrase as escaped HTML with both languages, of which the style sheet shows one. A phrase that
    is the same in both, or a plain text, is returned once; None gives empty HTML."""
    if text is None:
        return Markup("")
    if isinstance(text, str) or text.zh == text.en:
        return escape(text if isinstance(text, str) else text.zh)
    zh, en = escape(text.zh), escape(text.en)
    return Markup(f'<span class="zh" lang="zh-CN">{zh}</span><span class="en" lang="en">{en}</span>')


def of_rate(figure: Figure | None) -> str:
    """Return a rate with its limits as the text "value low high" (0–1, six decimals), by which the page's
    script compares two; '' where the rate is not shown or has no upper limit. A missing lower limit, as where
    no batch failed, is 0."""
    if figure is None or figure.value is None or figure.high is None:
        return ""
    return f"{figure.value:.6f} {figure.low or 0.0:.6f} {figure.high:.6f}"


_SECTION = re.compile(r'<h2 id="([^"]+)">(.*?)(?: <span class="small">.*)?</h2>')


def contents(sections: Markup) -> list[tuple[str, Markup]]:
    """Return (id, title) of each section of a part of a page, in order: its heads with an id, without the
    small print after their titles."""
    return [(found[1], Markup(found[2])) for found in _SECTION.finditer(sections)]


def languages() -> tuple[str, ...]:
    """Return the languages that pages can show, the default first."""
    return deployment().languages


def in_each(text: Text) -> Markup:
    """Return a phrase as the attributes data-zh and data-en, by which the script shows it in the language of
    the page where no element can hold both, as in a title; nothing where pages have one language."""
    if len(languages()) < 2:
        return Markup("")
    return Markup(' data-zh="{}" data-en="{}"').format(ranges.in_chinese(text.zh), text.en)


LANGUAGE: dict[str, Any] = {
    "languages": languages,
    "LANGUAGE_TAGS": {"zh": "zh-CN", "en": "en"},
    "in_each": in_each,
}


def render(page: Page, shared: dict[str, Any]) -> bytes:
    """Return the page as HTML in UTF-8. ``shared``: what all templates get, as `site.shared_context` returns
    it. Raises jinja2.UndefinedError where the template uses a name that nothing defines."""
    before, between, after = _around(page, shared)
    main = template(page.template).render(page=page, root=page.root, **shared, **page.context)
    title = escape(spoken(page.title))
    return b"".join((before, title.encode(), between, in_chinese(marked(main)).encode(), after))


def _around(page: Page, shared: dict[str, Any]) -> tuple[bytes, ...]:
    """Return what stands before a page's title, between this and the main part, and after that. It is the
    same for thousands of pages, so ``shared`` keeps it, as ``layouts``."""
    leads = page.path if any(page.path == pages[0][0] for _, pages in shared["navigation"]) else ""
    kept: dict[tuple[str, ...], tuple[bytes, ...]] = shared["layouts"]
    key = (page.root, page.active, leads)
    if key not in kept:
        context = {"root": page.root, "active": page.active, "leads": leads, **static(), **shared}
        html = in_chinese(marked(template("layout.html").render(context)))
        kept[key] = tuple(part.encode() for part in re.split("<!--title-->|<!--main-->", html))
    return kept[key]


def template(name: str) -> Template:
    """Return a template of the site by its file name in templates/. jinja2.TemplateNotFound where there is
    none."""
    return _environment().get_template(name)


class Phrases(Extension):
    """Writes a phrase that a template holds as two plain texts as HTML before the template is compiled: most
    of a page is such phrases."""

    _PLAIN = re.compile(r'\{\{ T\("([^"\\{]*)", "([^"\\{]*)"\) \| both \}\}')

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """Return a template's text (``source``) with each such phrase as HTML. Called by Jinja2."""
        return self._PLAIN.sub(lambda found: both(Text(found[1], found[2])), source)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    env = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,  # templates do not change while a site is made
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=[Phrases],
    )
    env.filters |= {
        "both": both,
        "capital": capital,
        "contents": contents,
        "inside": inside,
        "of_rate": of_rate,
        "spoken": spoken,
        "numbered": numbered,
        "count": count,
        "percent": percent,
        "size": file_size,
    }
    env.tests["missing"] = missing
    env.globals |= {
        "T": Text,
        "where_to_complain": where_to_complain,
        "noun": noun,
        **LANGUAGE,
        **{name: getattr(wording, name) for name in WORDS},
        "NATION": NATION,
        "ALWAYS": ALWAYS,
        "LOOP": LOOP,
        "TIMER_STATE": TIMER_STATE,
        "TASK_STATUS": TASK_STATUS,
        "OUTCOME": OUTCOME,
        "OFFICE": OFFICE,
        "DATA_KIND": DATA_KIND,
        "GUIDANCE_PART": GUIDANCE_PART,
        "takedown_law": takedown_law,
        "without_day": without_day,
        "OPS_TABLES": OPS_TABLES,
    }
    return env


@lru_cache(maxsize=4)
def static(*further: str) -> dict[str, str | Markup]:
    """Return ``style``, ``script`` and ``policy`` (content security policy) for pages. Style and script are
    put into each page, so that it works as a single file; the policy allows this script, scripts next to the
    pages, and images as data. ``further``: names of scripts of `static/` to add after the site's."""
    parts = [(HERE / "static" / name).read_text(encoding="utf-8") for name in ("site.js", *further)]
    script = "".join(parts)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return {
        "style": Markup((HERE / "static" / "site.css").read_text(encoding="utf-8")),
        "script": Markup(script),
        "policy": (
            f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}' 'self' "
            f"file:; img-src data:; base-uri 'none'"
        ),
    }
