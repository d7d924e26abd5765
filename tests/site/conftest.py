"""One site for the whole room: a seeded country in a real lake, its pages, a browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import country
import pytest
from page_facts import Fact, facts
from playwright.sync_api import Browser, sync_playwright

from jobs.reports.gathered import Gathered, gather
from jobs.reports.reading import newest, read_night
from jobs.reports.site import write_site

# The headless build: the whole browser takes three times the processor time for the same pages.
CHROMIUM = "/usr/bin/chromium-headless-shell"


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the written site; Data Docs lie beside it as the gate would leave them."""
    home = tmp_path_factory.mktemp("site_home")
    country.write(country.lake_at(home))
    docs = home / "site" / "data_docs"
    docs.mkdir(parents=True)
    (docs / "index.html").write_text("<title>Data Docs</title>", encoding="utf-8")
    return write_site(country.environment(home)).path.parent


@pytest.fixture(scope="session")
def html(site: Path) -> dict[str, str]:
    return {
        p.relative_to(site).as_posix(): p.read_text(encoding="utf-8")
        for p in site.rglob("*.html")
        if not {"data_docs", "notebooks", "workbooks"}.intersection(p.parts)
    }


@pytest.fixture(scope="session")
def known(tmp_path_factory: pytest.TempPathFactory) -> Gathered:
    """What the pages of the country know; a test that needs another country makes one of its night."""
    env = country.environment(tmp_path_factory.mktemp("known"))
    country.write(lake := country.lake_at(env.home))
    return gather(read_night(newest(lake), env.source_roots, data_docs=False))


@pytest.fixture(scope="session")
def stated(html: dict[str, str]) -> list[Fact]:
    """Every number that the pages give for a measure."""
    return [fact for path, page in html.items() for fact in facts(path, page)]


@pytest.fixture(params=["largest", pytest.param("every", marks=pytest.mark.slow)])
def pages(request: pytest.FixtureRequest, html: dict[str, str]) -> dict[str, str]:
    """The largest page of each kind, and every page: a page at the top is a separate kind."""
    if request.param == "every":
        return html
    largest: dict[str, str] = {}
    for path in sorted(html, key=lambda path: len(html[path])):
        folder = path.rpartition("/")[0]
        largest[folder if folder and not path.endswith("index.html") else path] = path
    return {path: html[path] for path in largest.values()}


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as started:
        opened = started.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield opened
        opened.close()
