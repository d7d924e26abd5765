"""By whom a batch that may be public is public: the one rule for the pages of the site and the packages of
platforms. Pure. Bulletins of this project are tables of published bundles (`jobs.reports.shelved`)."""

from __future__ import annotations

from datetime import date
from typing import Any

from jobs.reports.index_parts import Period, period_text
from jobs.reports.numbers import missing
from jobs.reports.shelved import Shelved
from jobs.reports.wording import Text

PUBLISHED, LISTED, DUE = "published", "in_bulletin", "due"
STATES = {
    PUBLISHED: Text("组织抽查的机关已公布", "published by the authority that issued the plan"),
    LISTED: Text(
        "本项目通报已列入，监管部门尚未公布",
        "in bulletins of this project, not yet published by the authority",
    ),
    DUE: Text("可以公布，尚未公布", "may be published, not yet public"),
}


def public_state(published_on: Any, bulletin: Shelved | None) -> str:
    """Return PUBLISHED where the authority has published the batch, else LISTED where a published bulletin of
    this project lists it, else DUE. ``published_on``: the day on which the authority published it, missing
    where it has not; ``bulletin``: as `shelved.bulletin_with` returns it. Only for batches that may be public
    (disclosure published or due)."""
    if not missing(published_on):
        return PUBLISHED
    return DUE if bulletin is None else LISTED


def bulletin_period(name: str) -> Text:
    """Return the period of a bundle in words. ``name``: that of its folder: 2026-06, 2026Q2 or 2026."""
    year, rest = int(name[:4]), name[5:]
    found: Period = ("year", date(year, 1, 1))
    if rest:
        at = int(rest)
        found = ("quarter", date(year, 3 * at - 2, 1)) if name[4] == "Q" else ("month", date(year, at, 1))
    return period_text(found)


def listed_in(bulletin: Shelved) -> Text:
    """Return which bulletin it is and its day of publication, in words."""
    period, day = bulletin_period(bulletin.period), bulletin.published_on
    return Text(f"{period.zh}通报，{day}发布", f"bulletin of {period.en}, published {day}")
