"""The README's pictures: five pages in both languages. `--screens-of SITE` takes them anew of a site that was
written before; without it they are taken of the test's own site and thrown away."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from jobs.environment import REPOSITORY

SCREENS = REPOSITORY / "jobs" / "reports" / "guide" / "screens"
SIZE = {"width": 1040, "height": 660}
MOST = 150_000  # bytes of a picture
PAGES = {
    "overview": "index.html",
    "index": "quality.html",
    "provinces": "regions.html",
    "platform": "platforms/P02.html",
    "work": "work.html",
}


@pytest.mark.slow
def test_five_pages_are_pictured_in_both_languages(
    browser: Browser, site: Path, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    given = pytestconfig.getoption("screens_of")
    source, target = (Path(given), SCREENS) if given else (site, tmp_path)
    target.mkdir(parents=True, exist_ok=True)
    page = browser.new_page(viewport=SIZE)
    for name, path in PAGES.items():
        for language in ("zh", "en"):
            page.goto(f"{(source / path).resolve().as_uri()}?lang={language}")
            page.wait_for_load_state("networkidle")
            picture = target / f"{name}-{language}.png"
            page.screenshot(path=picture)
            assert 10_000 < picture.stat().st_size <= MOST, picture.name
    page.close()


def test_the_readme_shows_every_picture_that_is_kept() -> None:
    shown = set(re.findall(r"jobs/reports/guide/screens/([a-z]+-(?:zh|en)\.png)", _readme()))
    assert (
        shown
        == {p.name for p in SCREENS.glob("*.png")}
        == {f"{n}-{t}.png" for n in PAGES for t in ("zh", "en")}
    )
    assert all((SCREENS / name).stat().st_size <= MOST for name in shown)


def _readme() -> str:
    return (REPOSITORY / "README.md").read_text(encoding="utf-8")
