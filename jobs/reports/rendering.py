"""Page → HTML by Jinja2: everything escaped, an undefined name is an error, both languages in the page."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup, escape

from jobs.deployment import deployment
from jobs.lake.ops import TABLES
from jobs.reports import wording
from jobs.reports.file_ledger import ALWAYS
from jobs.reports.filed_words import in_chinese
from jobs.reports.names import NATION
from jobs.reports.numbers import count, file_size, missing, noun, percent
from jobs.reports.procedure import DATA_KIND, GUIDANCE_PART, LOOP, OFFICE, OUTCOME, TIMER_STATE
from jobs.reports.punctuation import marked
from jobs.reports.wording import Text, capital

HERE = Path(__file__).parent
WORDS = (
    "SITE",
    "COMPLAIN",
    "DESIGN",
    "RATE_NAME",
    "RATE_NOTE",
    "COUNTS",
    "STATE",
    "LEDGER",
    "SHOWN_COUNTS",
    "PLAN_COUNTS",
    "WITHHELD_LINES",
    "UNPUBLISHED",
)
OPS_TABLES = {name: [(f.name, str(f.type)) for f in schema] for name, schema in TABLES.items()}


@dataclass(frozen=True)
class Page:
    """One page: where it lies below site/, its template and what it is given.

    ``downloads``: files behind its figures; ``search``: further words that find it, besides its title.
    """

    path: str
    template: str
    title: Text
    active: str
    context: dict[str, Any]
    downloads: dict[str, bytes] = field(default_factory=dict)
    search: str = ""

    @property
    def root(self) -> str:
        """From this page up to site/."""
        return "../" * self.path.count("/")


def both(text: Text | str | None) -> Markup:
    """A phrase in both languages, of which the page shows one; a phrase that reads alike stands once."""
    if text is None:
        return Markup("")
    if isinstance(text, str) or text.zh == text.en:
        return escape(text if isinstance(text, str) else text.zh)
    zh, en = escape(text.zh), escape(text.en)
    return Markup(f'<span class="zh" lang="zh-CN">{zh}</span><span class="en" lang="en">{en}</span>')


def spoken(text: Text) -> str:
    """A phrase for an attribute or a title, which cannot hold two elements, in the deployment's languages."""
    return " / ".join(dict.fromkeys(getattr(text, language) for language in languages()))


def languages() -> tuple[str, ...]:
    """The languages that pages can show, the first one first."""
    return deployment().languages


LANGUAGE: dict[str, Any] = {"languages": languages, "LANGUAGE_TAGS": {"zh": "zh-CN", "en": "en"}}


def render(page: Page, shared: dict[str, Any]) -> bytes:
    """The page as UTF-8 HTML; ``shared`` is what every page is given (date, banners, navigation)."""
    html = template(page.template).render(page=page, root=page.root, **static(), **shared, **page.context)
    return in_chinese(marked(html)).encode("utf-8")


def template(name: str) -> Template:
    """One of the site's templates, with its filters and words."""
    return _environment().get_template(name)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    env = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,  # templates do not change while a site is made
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters |= {
        "both": both,
        "capital": capital,
        "spoken": spoken,
        "count": count,
        "percent": percent,
        "size": file_size,
    }
    env.tests["missing"] = missing
    env.globals |= {
        "T": Text,
        "noun": noun,
        **LANGUAGE,
        **{name: getattr(wording, name) for name in WORDS},
        "NATION": NATION,
        "ALWAYS": ALWAYS,
        "LOOP": LOOP,
        "TIMER_STATE": TIMER_STATE,
        "OUTCOME": OUTCOME,
        "OFFICE": OFFICE,
        "DATA_KIND": DATA_KIND,
        "GUIDANCE_PART": GUIDANCE_PART,
        "OPS_TABLES": OPS_TABLES,
    }
    return env


@lru_cache(maxsize=4)
def static(*further: str) -> dict[str, str | Markup]:
    """``style``, ``script`` and ``policy`` of each page. Style and script stand in the page, so that it also
    works alone; the policy admits this one script, scripts beside the pages, and drawings made of what a page
    holds. ``further``: scripts of `static/` that follow the site's."""
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
