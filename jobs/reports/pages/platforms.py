"""All platforms beside each other, and one page per platform."""

from __future__ import annotations

from collections.abc import Iterator

from jobs.reports.complaints import TABLE as COMPLAINTS
from jobs.reports.complaints import by_code
from jobs.reports.downloads import csv_bytes
from jobs.reports.figures import DESIGNS, newest_window
from jobs.reports.material import Night
from jobs.reports.names import UNKNOWN, Names, page_name
from jobs.reports.numbers import missing
from jobs.reports.pages.comparison import Comparison, compare
from jobs.reports.pages.unit import blocks, nation_line, nation_points
from jobs.reports.rendering import Page
from jobs.reports.wording import PLATFORM_KIND, Text, label


def build(night: Night, names: Names) -> Iterator[Page]:
    """platforms.html, then platforms/<code>.html for every platform that a reference or a sample names."""
    rate = night.frame("gold.detection_rate")
    reference = night.frame("silver.platform")
    codes = platform_codes(night)
    kinds = dict(zip(reference["platform_code"], reference["kind"], strict=True))
    comparisons = compare(rate, "platform", names, Text("各平台", "platforms"))
    listed = [(code, names.of("platform", code), _kind(kinds.get(code))) for code in codes]
    yield Page(
        "platforms.html",
        "platforms.html",
        Text("各平台", "Platforms"),
        "platforms.html",
        {"comparisons": comparisons, "units": listed, "page_name": page_name},
        {"data/detection_rate_platform.csv": csv_bytes(rate[rate["dimension_type"] == "platform"])},
    )
    start = newest_window(rate)
    nation = {design: nation_line(rate, design, start) for design in DESIGNS}
    trend = nation_points(rate)
    year, complaints = by_code(night.frame(COMPLAINTS), "platform", names)
    for code in codes:
        name = names.of("platform", code)
        download = f"data/platform_{page_name(code)[:-5]}.csv"
        rows = rate[(rate["dimension_type"] == "platform") & (rate["dimension_code"] == code)]
        yield Page(
            f"platforms/{page_name(code)}",
            "platform.html",
            name,
            "platforms.html",
            {
                "code": code,
                "name": name,
                "kind": _kind(kinds.get(code)),
                "blocks": blocks(rate, "platform", code, name, nation=trend),
                "nation": nation,
                "year": year,
                "complaint": complaints.get(code),
                "places": {c.design: place(c, code) for c in comparisons},
                "download": download,
            },
            {download: csv_bytes(rows)},
        )


def platform_codes(night: Night) -> list[str]:
    """Every platform that the reference or a sample names, by code; each has a page."""
    rate = night.frame("gold.detection_rate")
    met = set(rate.loc[rate["dimension_type"] == "platform", "dimension_code"])
    return sorted((met | set(night.frame("silver.platform")["platform_code"])) - {"unknown"})


def place(comparison: Comparison, code: str) -> tuple[int, int] | None:
    """(rank, number ranked) of one unit; None where its rate is not reliable."""
    ranked = [line for line in comparison.lines if line.reliable]
    return next(((line.rank, len(ranked)) for line in ranked if line.code == code and line.rank is not None), None)


def _kind(kind: object) -> Text:
    return UNKNOWN if missing(kind) else label(PLATFORM_KIND, kind)
