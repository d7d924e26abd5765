"""One site for the whole room: a seeded country in a real lake, its pages, a browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import country
import pytest
from playwright.sync_api import Browser, sync_playwright

from jobs.reports.site import write_site

CHROMIUM = "/usr/bin/chromium"


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
def browser() -> Iterator[Browser]:
    with sync_playwright() as started:
        opened = started.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield opened
        opened.close()
