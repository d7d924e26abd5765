"""The page quality_report.html: a report on the quality of the statistics, by the headings of the European
Statistics Code of Practice (2017, principles 11 to 15) and the ESS handbook for quality and metadata reports
(Eurostat, 2021)."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from jobs.reports import quality_facts
from jobs.reports.downloads import csv_bytes
from jobs.reports.gathered import Gathered
from jobs.reports.quality_facts import Fact
from jobs.reports.rendering import Page
from jobs.reports.wording import Text

PATH, DOWNLOAD = "quality_report.html", "data/quality_report.csv"
HEADINGS = {
    "relevance": (
        Text("相关性", "Relevance"),
        Text("数据的覆盖范围和报送情况。", "What the figures cover and who files."),
    ),
    "accuracy": (
        Text("准确性与可靠性", "Accuracy and reliability"),
        Text(
            "抽样误差、无应答、更正和丢失的记录。",
            "Errors of sampling, non-response, corrections and records that were lost.",
        ),
    ),
    "timeliness": (
        Text("及时性与准时性", "Timeliness and punctuality"),
        Text(
            "数据的时效、迟报情况和程序用时。",
            "How fresh the data are, what is late, how long the procedure takes.",
        ),
    ),
    "coherence": (
        Text("一致性与可比性", "Coherence and comparability"),
        Text(
            "应相等的数是否一致，可与上年比较的有多少。",
            "Whether what must agree does, and how much can be compared with a year earlier.",
        ),
    ),
    "accessibility": (
        Text("可获取性与清晰性", "Accessibility and clarity"),
        Text("可查看、可下载、可理解的内容。", "What can be seen, downloaded and understood."),
    ),
}


def build(known: Gathered, *, pages: int, files: Sequence[str]) -> Page:
    """Return quality_report.html with one section of facts per heading (HEADINGS), and above them the facts
    that do not hold. Its download has one row per fact.

    ``pages``: how many other pages the site has; ``files``: the paths of their downloads. Both are facts
    under "accessibility", which count this page and its download too, so the page is made after all others.
    """
    facts = {
        "relevance": quality_facts.relevance(known),
        "accuracy": quality_facts.accuracy(known),
        "timeliness": quality_facts.timeliness(known),
        "coherence": quality_facts.coherence(known),
        "accessibility": quality_facts.accessibility(
            known.night, known.file_ledger, pages + 1, [*files, DOWNLOAD]
        ),
    }
    intro = {anchor: words for anchor, (_, words) in HEADINGS.items()}
    when, words = quality_facts.year_words(known), intro["accuracy"]
    intro["accuracy"] = Text(
        f"{words.zh}样本的占比和等级：{when.zh}。",
        f"{words.en} The shares and classes of samples: {when.en}.",
    )
    sections = [(anchor, HEADINGS[anchor][0], intro[anchor], facts[anchor]) for anchor in HEADINGS]
    failed = [fact for _, _, _, found in sections for fact in found if fact.holds is False]
    title = Text("质量报告", "Quality report")
    context = {"sections": sections, "failed": failed}
    return Page(PATH, "quality_report.html", title, PATH, context, {DOWNLOAD: csv_bytes(_frame(facts))})


def _frame(facts: dict[str, list[Fact]]) -> pd.DataFrame:
    columns = ["heading", "figure_zh", "figure_en", "value", "holds", "source"]
    rows = [
        (heading, fact.name.zh, fact.name.en, fact.value, fact.holds, fact.source)
        for heading, found in facts.items()
        for fact in found
    ]
    return pd.DataFrame(rows, columns=columns)
