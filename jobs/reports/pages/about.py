"""The page about.html, which explains what the figures of the site mean and how to read them."""

from __future__ import annotations

from jobs.ingest.model import LATE_AFTER
from jobs.reports.material import Night
from jobs.reports.numbers import missing
from jobs.reports.rendering import Page
from jobs.reports.wording import Text


def build(night: Night) -> Page:
    """Return the page about.html. It names the versions of the method (column ``method_version``) that the
    rates of the night were computed with."""
    versions = sorted({v for v in night.frame("gold.detection_rate")["method_version"] if not missing(v)})
    return Page(
        "about.html",
        "about.html",
        Text("说明与定义", "About and definitions"),
        "about.html",
        {"method_versions": versions, "late_after": LATE_AFTER},
    )
