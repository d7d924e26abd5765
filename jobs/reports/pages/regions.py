"""All provinces beside each other, and one page per province."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pandas as pd

from jobs.reports.complaints import TABLE as COMPLAINTS
from jobs.reports.complaints import by_code
from jobs.reports.downloads import csv_bytes
from jobs.reports.figures import DESIGNS, Line, newest_window, pick, total
from jobs.reports.material import Night
from jobs.reports.names import Names, page_name
from jobs.reports.pages.comparison import codes_beyond, compare, province_map, provinces
from jobs.reports.pages.platforms import place
from jobs.reports.pages.unit import blocks, nation_line, nation_points
from jobs.reports.rendering import Page
from jobs.reports.wording import ROLE, Text


def build(night: Night, names: Names) -> Iterator[Page]:
    """regions.html, then regions/<code>.html for every province in force, with or without samples."""
    rate, regions = night.frame("gold.detection_rate"), night.frame("silver.region")
    kept = provinces(regions)
    codes = list(kept["region_code"])
    comparisons = compare(rate, "region", names, Text("各省", "provinces"), codes=set(codes), role="seller")
    of_region = rate[rate["dimension_type"] == "region"]
    yield Page(
        "regions.html",
        "regions.html",
        Text("各省", "Provinces"),
        "regions.html",
        {
            "comparisons": [(c, province_map(regions, c, names, "")) for c in comparisons],
            "page_name": page_name,
            "units": [(code, names.of("region", code)) for code in codes],
            "beyond": codes_beyond(rate, "region", set(regions["region_code"])),
        },
        {"data/detection_rate_region.csv": csv_bytes(of_region)},
    )
    start = newest_window(rate)
    nation = {design: nation_line(rate, design, start) for design in DESIGNS}
    trend = nation_points(rate)
    year, complaints = by_code(night.frame(COMPLAINTS), "region", names)
    for row in kept.itertuples():
        code, name = row.region_code, Text(row.name_zh, names.of("region", row.region_code).en)
        below = set(regions.loc[regions["parent_code"] == code, "region_code"])
        rows = of_region[of_region["dimension_code"].isin(below | {code})]
        download = f"data/region_{page_name(code)[:-5]}.csv"
        yield Page(
            f"regions/{page_name(code)}",
            "region.html",
            name,
            "regions.html",
            {
                "code": code,
                "name": name,
                "blocks": blocks(rate, "region", code, name, role="seller", nation=trend),
                "nation": nation,
                "year": year,
                "complaint": complaints.get(code),
                "places": {c.design: place(c, code) for c in comparisons},
                "roles": _roles(of_region, code, name, start),
                "prefectures": compare(
                    rate, "region", names, Text("各地市", "prefectures"), codes=below, role="seller", drawn=False
                ),
                "download": download,
            },
            {download: csv_bytes(rows)},
        )


def _roles(
    of_region: pd.DataFrame, code: str, name: Text, start: date | None
) -> list[tuple[str, list[tuple[Text, Line | None]]]]:
    """Per design the province as seat of the seller, of the producer and of the consumer, in the newest twelve months."""
    if start is None:
        return []
    mine = of_region[of_region["dimension_code"] == code]
    found = []
    for design in DESIGNS:
        rows = [
            (words, total(pick(mine, dimension="region", design=design, period="rolling12", start=start, role=role), name))
            for role, words in ROLE.items()
        ]
        if any(line is not None for _, line in rows):
            found.append((design, rows))
    return found
