"""The page about.html, which explains what the figures of the site mean and how to read them."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from jobs.ingest.model import LATE_AFTER
from jobs.reports.material import Night
from jobs.reports.numbers import missing
from jobs.reports.rendering import Page
from jobs.reports.wording import Text

VERSION = "method_version"


def build(night: Night) -> Page:
    """Return the page about.html. It names the versions of the methods (column ``method_version``) with which
    the tables that the site reads were computed."""
    versions = sorted({v for frame in night.tables.values() for v in _versions(frame)})
    return Page(
        "about.html",
        "about.html",
        Text("说明与定义", "About and definitions"),
        "about.html",
        {"method_versions": versions, "late_after": LATE_AFTER},
    )


def _versions(frame: pd.DataFrame) -> Iterator[str]:
    if VERSION in frame.columns:
        yield from (str(v) for v in frame[VERSION].unique() if not missing(v))
