"""The page about.html, which explains what the figures of the site mean and how to read them."""

from __future__ import annotations

from jobs.ingest.model import LATE_AFTER
from jobs.reports.material import Night
from jobs.reports.methods import METHODS, VERSION
from jobs.reports.rendering import Page
from jobs.reports.wording import Text


def build(night: Night) -> Page:
    """Return the page about.html. It names the version of each method by which the gold tables of the night
    were computed."""
    return Page(
        "about.html",
        "about.html",
        Text("说明与定义", "About and definitions"),
        "about.html",
        {"method_versions": sorted(set(night.frame(METHODS)[VERSION])), "late_after": LATE_AFTER},
    )
