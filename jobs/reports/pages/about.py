"""The page about.html, which explains what the figures of the site mean and how to read them."""

from __future__ import annotations

from jobs.arrays import dicts
from jobs.deployment import CHINA, deployment
from jobs.ingest.model import LATE_AFTER
from jobs.reports.material import Night
from jobs.reports.methods import METHODS, VERSION
from jobs.reports.numbers import missing
from jobs.reports.procedure import ruled
from jobs.reports.rendering import Page
from jobs.reports.wording import Text

CLUE = "report_verification"  # of silver.statutory_timer
# China's rule on requests for assistance, beside the day that a request names.
_ASSISTANCE = Text(
    "（《市场监督管理行政处罚程序规定》第四十五条规定接到之日起十五个工作日内完成，条文未经核对）",
    " (the provisions on procedure of administrative penalties, article 45, set 15 working days from its "
    "receipt; not checked against the text)",
)


def build(night: Night) -> Page:
    """Return the page about.html. It names the version of each method by which the gold tables of the night
    were computed, and the rule of the time for verifying a clue."""
    return Page(
        "about.html",
        "about.html",
        Text("说明与定义", "About and definitions"),
        "about.html",
        {
            "method_versions": sorted(set(night.frame(METHODS)[VERSION])),
            "late_after": LATE_AFTER,
            "clue_rule": _clue_rule(night),
            "assistance": _ASSISTANCE if deployment().code == CHINA else Text("", ""),
        },
    )


def _clue_rule(night: Night) -> Text | None:
    """Return the article by which clues are verified in time, without its note on extensions, and how far it
    was read; None where no rule of silver.statutory_timer sets such a time on the night's day."""
    for row in dicts(night.frame("silver.statutory_timer")):
        over = not missing(row["valid_to"]) and row["valid_to"] < night.date
        if row["rule_id"] == CLUE and not over and not missing(row["citation"]):
            said = ruled(row["citation"].split(" (")[0], row["status"])
            return Text(
                said.zh.replace("（", "，").replace("）", ""), said.en.replace(" (", ", ").replace(")", "")
            )
    return None
