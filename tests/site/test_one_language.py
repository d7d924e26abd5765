"""A deployment with one language has no words of another one in the labels that pages read aloud or show in
fields."""

from __future__ import annotations

import re

import pytest

from jobs.environment import REPOSITORY, SCHEMAS
from jobs.reports.gathered import Gathered
from jobs.reports.pages import complaints, home, risk, work
from jobs.reports.rendering import render
from jobs.reports.site import shared_context

LABEL = re.compile(r'(?:aria-label|placeholder)="([^"]*)"')
HAN = re.compile(r"[\u3400-\u9fff]")


def test_labels_of_pages_are_in_the_languages_of_the_deployment(
    known: Gathered, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = [home.build(known), risk.build(known), complaints.build(known), next(iter(work.build(known)))]
    both = [LABEL.findall(render(page, shared_context(known)).decode()) for page in pages]
    assert all(any(HAN.search(label) for label in labels) for labels in both)
    monkeypatch.setenv("QUALITY_DEPLOYMENT", str(SCHEMAS / "deployments" / "nl.yaml"))
    for build in (home.build, risk.build, complaints.build):
        page = build(known)
        labels = LABEL.findall(render(page, shared_context(known)).decode())
        assert "Search (/)" in labels
        assert [label for label in labels if HAN.search(label)] == [], page.path


def test_no_template_writes_a_label_in_two_languages() -> None:
    found = [
        (path.name, label)
        for folder in ("reports", "publish")
        for path in sorted((REPOSITORY / "jobs" / folder / "templates").rglob("*.html"))
        for label in re.findall(r'(?:aria-label|placeholder)="([^"{]*)"', path.read_text(encoding="utf-8"))
        if HAN.search(label)
    ]
    assert found == []
