"""Units beside each other within one design: ranked, with intervals, in the newest twelve months."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import pandas as pd

from jobs.reports import charts
from jobs.reports.figures import DESIGNS, Line, lines, newest_window, pick, window_text
from jobs.reports.names import LETTERS, Names, page_name
from jobs.reports.numbers import missing
from jobs.reports.pages.unit import nation_line
from jobs.reports.wording import RATE_NAME, Text, same


@dataclass(frozen=True)
class Comparison:
    """Units of one dimension and design. ``chart``: the reliable ones, one SVG per language; ``others``: too small to rank."""

    design: str
    dimension: str
    window: Text | None
    lines: list[Line]
    chart: Text | None

    @property
    def others(self) -> int:
        return sum(not line.reliable for line in self.lines)


def compare(
    rate: pd.DataFrame,
    dimension: str,
    names: Names,
    of_what: Text,
    *,
    codes: set[str] | None = None,
    role: str = "",
    drawn: bool = True,
) -> list[Comparison]:
    """One comparison per design, probability first.

    ``codes``: which units (None: all); ``of_what``: their plural, for the summary; ``drawn``: with a chart, or as a table only.
    """
    start = newest_window(rate)
    found = [_one(rate, dimension, names, codes, role, design, start) for design in DESIGNS]
    return [replace(c, chart=_chart(rate, c, of_what, start)) for c in found] if drawn else found


def _one(
    rate: pd.DataFrame, dimension: str, names: Names, codes: set[str] | None, role: str, design: str, start: date | None
) -> Comparison:
    if start is None:
        return Comparison(design, dimension, None, [], None)
    rows = pick(rate, dimension=dimension, design=design, period="rolling12", start=start, role=role)
    if codes is not None:
        rows = rows[rows["dimension_code"].isin(codes)]
    return Comparison(design, dimension, window_text(start), lines(rows, dimension, names), None)


def _chart(rate: pd.DataFrame, comparison: Comparison, of_what: Text, start: date | None) -> Text | None:
    words = RATE_NAME[comparison.design]
    summary = Text(
        f"{of_what.zh}按{words.zh}由高到低，附95%区间", f"{of_what.en} by {words.en.lower()}, highest first, with 95 % intervals"
    )
    return charts.ranking(comparison.lines, comparison.design, summary, nation=nation_line(rate, comparison.design, start))


def province_map(regions: pd.DataFrame, comparison: Comparison, names: Names, root: str) -> Text | None:
    """The tile map of one comparison of provinces; ``root`` leads from the page to site/. None: no region has a place."""
    placed = regions[regions["tile_row"].notna() & regions["tile_col"].notna()]
    if placed.empty:
        return None
    by_code = {line.code: line for line in comparison.lines}
    tiles = [
        {
            "row": int(r.tile_row),
            "col": int(r.tile_col),
            "line": by_code.get(r.region_code),
            "full": names.of("region", r.region_code),
            "names": Text(names.of("region", r.region_code).zh, LETTERS.get(r.region_code, r.region_code)),
            "href": f"{root}regions/{page_name(r.region_code)}",
        }
        for r in placed.sort_values("region_code").itertuples()
    ]
    words = RATE_NAME[comparison.design]
    return charts.tile_map(tiles, comparison.design, Text(f"各省{words.zh}地图", f"{words.en} by province, tile map"))


def provinces(regions: pd.DataFrame) -> pd.DataFrame:
    """Provinces in force, by code."""
    kept = regions[(regions["level"] == "province") & regions["valid_to"].map(missing)]
    return kept.sort_values("region_code")


def codes_beyond(rate: pd.DataFrame, dimension: str, known: set[str]) -> list[Text]:
    """Codes that stand in the rates and in no reference (kept codes, `unknown`): they are listed, never rolled up."""
    met = set(rate.loc[rate["dimension_type"] == dimension, "dimension_code"])
    return [same(code) for code in sorted(met - known)]
