"""Every citation of schemas/definitions.md leads to a section, and no file cites a page that is not here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from jobs.environment import REPOSITORY

PAGE = REPOSITORY / "schemas" / "definitions.md"
KINDS = {".py", ".sql", ".yaml", ".html", ".md", ".csv", ".ipynb", ".toml"}
PLACES = ("jobs", "schemas", "tests", "dags", "expectations", "notebooks")
# The page; tests that plant dead citations or read the page; one that reads a page of the shared folder.
APART = {
    "definitions.md",
    "test_definitions.py",
    "test_contributing.py",
    "test_design_example.py",
    "test_glossary.py",
}
HERE = {
    "definitions.md",
    "readme.md",
    "contributing.md",
    "changelog.md",
    "why.md",
    "source.md",
    "capabilities.md",
}
HERE |= {path.name for path in (REPOSITORY / "jobs" / "reports" / "guide").rglob("*.md")}


def anchors(text: str) -> list[str]:
    return re.findall(r'<a id="([^"]+)"></a>', text)


def dead(name: str, text: str, known: set[str]) -> list[str]:
    """Citations of ``text`` that lead nowhere: an absent anchor, none at all, or a page that is not here."""
    found = []
    for folder, page, anchor in re.findall(r"(schemas/)?([A-Za-z_0-9]+\.md)\b(?:#([a-z-]+))?", text):
        whole = bool(folder) and not anchor  # the page itself is meant
        if page == "definitions.md" and not whole and anchor not in known:
            found.append(f"{name}: definitions.md#{anchor}")
        elif page.lower() not in HERE:
            found.append(f"{name}: {page}")
    return found


def files() -> Iterator[Path]:
    yield from (REPOSITORY / "README.md", REPOSITORY / "CONTRIBUTING.md")
    for place in PLACES:
        for path in sorted((REPOSITORY / place).rglob("*")):
            if path.suffix in KINDS and path.name not in APART and path.is_file():
                yield path


def test_each_anchor_stands_once():
    known = anchors(PAGE.read_text(encoding="utf-8"))
    assert len(known) > 40 and len(known) == len(set(known))


def test_every_citation_leads_to_a_section():
    known = set(anchors(PAGE.read_text(encoding="utf-8")))
    lost = [
        line
        for path in files()
        for line in dead(path.relative_to(REPOSITORY).as_posix(), path.read_text(encoding="utf-8"), known)
    ]
    assert lost == []


def test_the_list_at_the_top_leads_to_sections():
    text = PAGE.read_text(encoding="utf-8")
    assert set(re.findall(r"\]\(#([^)]+)\)", text)) <= set(anchors(text))


@pytest.mark.parametrize(
    "text", ["see definitions.md#no-such-section", "by definitions.md 2", "as night.md says", "engine.md"]
)
def test_a_dead_citation_is_found(text):
    assert len(dead("x", text, {"final"})) == 1


def test_a_good_citation_is_none():
    assert dead("x", "definitions.md#final, README.md and CONTRIBUTING.md", {"final"}) == []


JOBS = REPOSITORY / "jobs"
TEMPLATES = JOBS / "reports" / "templates"
ENTRY = re.compile(r'entry\("([^"]+)"|id="([^"{]+)"')
# The third argument of parts.source(), and links to the page of definitions.
LINKED = re.compile(r'source\("[^"]+", [^,]+, "([^"]+)"|about\.html#([a-z-]+)')


def linked(paths: Iterable[Path]) -> dict[str, str]:
    """Anchors of the page of definitions that files name, by file and anchor."""
    return {
        f"{path.relative_to(REPOSITORY).as_posix()}#{one or other}": one or other
        for path in paths
        for one, other in LINKED.findall(path.read_text("utf-8"))
    }


@pytest.mark.parametrize(("folder", "kind", "fewest"), [(TEMPLATES, "*.html", 60), (JOBS, "*.py", 2)])
def test_every_definition_that_a_page_links_is_an_entry_of_the_page_of_definitions(folder, kind, fewest):
    """Templates link them, and modules, such as that of the search."""
    entries = {one or other for one, other in ENTRY.findall((TEMPLATES / "about.html").read_text("utf-8"))}
    found = linked(sorted(folder.rglob(kind)))
    assert len(entries) > 40 and len(found) >= fewest
    assert [place for place, anchor in found.items() if anchor not in entries] == []


# The denominator of the rate in words or columns, as in `n_tested - n_not_judged`.
WRITTEN_OUT = re.compile(
    r"n_tested ?[-−–] ?n_not_judged|tested [-−–] not judged|检验(?:批次)? ?[−－–-] ?未判定", re.IGNORECASE
)


def test_the_denominator_of_the_rate_is_written_out_in_its_contract_alone():
    found = {p.name for p in (*files(), PAGE) if WRITTEN_OUT.search(p.read_text(encoding="utf-8"))}
    assert found <= {"detection_rate.odcs.yaml"}  # another denominator has other words there


@pytest.mark.parametrize(
    "text", ["n_tested - n_not_judged", "tested − not judged", "完成检验－未判定", "检验批次 − 未判定批次"]
)
def test_a_denominator_that_is_written_out_is_seen(text):
    assert WRITTEN_OUT.search(text)
