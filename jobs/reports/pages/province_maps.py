"""Maps of provinces as squares, one for each measure (exposure rate, detection rate, complaint rate, quality
index); readers choose the measure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from jobs.reports import complaints
from jobs.reports.behind import Shown, rows_behind
from jobs.reports.figures import Line, lines
from jobs.reports.gathered import INDEX, UNIT, Gathered
from jobs.reports.index_parts import limits, records, tenth, unranked
from jobs.reports.names import LETTERS, NATION, NATION_CODE, page_name, provinces
from jobs.reports.numbers import Figure, count, judged, missing, percent, with_limits
from jobs.reports.tile_map import FEW, HIDDEN, NONE, Tile, standing, tile_map
from jobs.reports.wording import TOO_FEW, Text, named, same

_STANDING = {
    "worse": Text("劣于全国", "worse than the nation"),
    "better": Text("优于全国", "better than the nation"),
    "alike": Text("与全国的差异可能属随机波动", "difference from the nation may be chance"),
    FEW: Text("样本过少，无法比较", "too few samples to compare"),
    HIDDEN: Text("订单数保密，不作比较", "orders are confidential: not compared"),
    NONE: Text("无数据", "no data"),
}
_BATCHES, _ORDERS = Text("已判定批次", "Batches judged"), Text("订单", "Orders")  # what a value is counted by
_FEW_ORDERS = Text("订单过少，无法比较", "too few orders to compare")


@dataclass(frozen=True)
class Stand:
    """One province's value of a measure. ``text``, ``interval``: value and limits as text; ``value``,
    ``low``, ``high``: as numbers; ``n``: number of batches or orders that it is based on, None where
    withheld; ``standing``: how it compares with the nation (`tile_map.standing`), or HIDDEN where its orders
    are confidential; ``short``: the value as shown on the map; ``few``: the words where there is too little
    to compare."""

    text: Text
    interval: str
    value: float | None
    low: float | None
    high: float | None
    n: int | None
    standing: str
    short: str
    few: Text = _STANDING[FEW]

    @property
    def words(self) -> Text:
        """How it compares with the nation, in words."""
        return self.few if self.standing == FEW else _STANDING[self.standing]


@dataclass(frozen=True)
class ProvinceMap:
    """The map of one measure. ``drawing``: the map with a folded table of its figures; ``nation``: the
    nation's value; ``table``, ``download``, ``definition``: what its source line names (gold table, path of
    the CSV, anchor of the definition)."""

    code: str
    name: Text
    drawing: Markup
    nation: Text
    table: str
    download: str
    definition: str


def province_maps(known: Gathered, root: str) -> list[ProvinceMap]:
    """Return one map for each measure that any province has. ``root``: relative path from the page to site/,
    '' for a page in site/."""
    made = (
        _rate(known, root, "exposure", Text("加权不合格率", "Exposure rate"), lambda x: x.head, "rate"),
        _rate(known, root, "batches", named("detection_rate"), lambda x: x.batches, "rate"),
        _complaints(known, root),
        _index(known, root),
    )
    return [each for each in made if each is not None]


def _rate(
    known: Gathered, root: str, code: str, name: Text, of: Callable[[Line], Figure], definition: str
) -> ProvinceMap | None:
    """Return the map of one rate of probability samples by the seller's province; None where nothing can be
    drawn. ``of``: takes the figure to draw from a province's line; ``code``, ``name``, ``definition``: as in
    ProvinceMap."""
    nation_line = known.nation_in(known.window)["probability"]
    whole = None if nation_line is None else of(nation_line)
    listed = known.rates.window("region", "probability", role="seller")
    found = {}
    reference = None if whole is None else whole.value
    for x in lines(listed, "region", known.names, nation=reference):
        figure, n = of(x), judged(x.row)
        limits_of = figure.value, figure.low, figure.high
        how = standing(*limits_of, reference, few=figure.text == TOO_FEW)
        short = "" if figure.value is None else percent(figure.value)[:-1]
        found[x.code] = Stand(figure.text, figure.interval, *limits_of, n, how, short)
    return _drawn(
        known,
        root,
        found,
        ProvinceMap(
            code,
            name,
            Markup(""),
            same("–") if whole is None else whole.text,
            "gold.detection_rate",
            "data/detection_rate_region.csv",
            definition,
        ),
        unit="share",
        counted=_BATCHES,
    )


def _complaints(known: Gathered, root: str) -> ProvinceMap | None:
    rate = known.night.frame(complaints.TABLE)
    year = complaints.newest_year(rate)
    if year is None:
        return None
    nation = complaints.of_unit(rate, "nation", NATION_CODE, NATION, year[0])
    whole = None if nation is None or nation.withheld else nation.row["rate_per_10000"]
    found = {}
    for x in complaints.lines(rate, "region", year[0], known.names, nation=whole or 0.0):
        few = not x.compared and not missing(x.row["rate_per_10000"])
        value, low, high = (x.row[c] if x.compared else None for c in ("rate_per_10000", "low", "high"))
        how = HIDDEN if x.withheld else standing(value, low, high, whole, few=few)
        short = "" if value is None else str(complaints.tenth(value))
        n = None if missing(x.row["n_orders"]) else int(x.row["n_orders"])
        found[x.code] = Stand(x.rate, x.interval, value, low, high, n, how, short, _FEW_ORDERS)
    return _drawn(
        known,
        root,
        found,
        ProvinceMap(
            "complaints",
            Text("万单投诉率", "Complaint rate"),
            Markup(""),
            same("–") if nation is None else nation.rate,
            complaints.TABLE,
            "data/complaint_rate_province.csv",
            "complaint-rate",
        ),
        unit="number",
        counted=_ORDERS,
    )


def _index(known: Gathered, root: str) -> ProvinceMap | None:
    if known.index_period is None:
        return None
    nation = next(iter(records(known, INDEX, "nation", NATION_CODE, known.index_period)), None)
    whole = None if nation is None or not bool(nation["published"]) else nation["score"]
    found = {}
    for (dimension, code), rows in known.groups(INDEX, *UNIT, period=known.index_period).items():
        if dimension != "region" or not bool(rows[0]["published"]):
            continue
        r = rows[0]
        how = standing(r["score"], r["low"], r["high"], whole, few=unranked(r), more_is_worse=False)
        found[code] = Stand(
            same(tenth(r["score"])),
            limits(r["low"], r["high"]),
            r["score"],
            r["low"],
            r["high"],
            int(r["n_judged"]),
            how,
            tenth(r["score"]),
        )
    return _drawn(
        known,
        root,
        found,
        ProvinceMap(
            "index",
            Text("质量指数", "Quality index"),
            Markup(""),
            same("–" if whole is None else tenth(whole)),
            INDEX,
            "data/quality_index.csv",
            "index",
        ),
        unit="number",
        counted=_BATCHES,
    )


def _drawn(
    known: Gathered, root: str, found: dict[str, Stand], of: ProvinceMap, *, unit: str, counted: Text
) -> ProvinceMap | None:
    """The measure with its drawing; None where no province has a place on the map, or no region a value."""
    regions = provinces(known.night.frame("silver.region"))
    placed = regions[regions["tile_row"].notna() & regions["tile_col"].notna()]
    tiles, rows = [], list[list[Shown]]()
    for r in placed.itertuples():
        code, name, stand = r.region_code, known.names.of("region", r.region_code), found.get(r.region_code)
        how = _STANDING[NONE] if stand is None else stand.words
        href = f"{root}regions/{page_name(code)}"
        few = stand is not None and stand.standing == FEW
        short = "" if stand is None else f"n={stand.n:,}" if few and stand.n else stand.short
        figures = _figure_text(stand, counted)
        said = Text(f"{name.zh}：{figures.zh}{how.zh}", f"{name.en}: {figures.en}{how.en}")
        letters = Text(name.zh, LETTERS.get(code, code))
        standing_ = NONE if stand is None else stand.standing
        tiles.append(Tile(int(r.tile_row), int(r.tile_col), letters, short, standing_, said, href))
        rows.append([(name, None), *_cells(stand), (how, None)])
    if not tiles or not any(stand.value is not None for stand in found.values()):
        return None
    summary = Text(f"各地区{of.name.zh}地图", f"{of.name.en} by region, tile map")
    heads = [
        Text("地区", "Region"),
        of.name,
        Text("区间", "Interval"),
        counted,
        Text("与全国相比", "Compared with the nation"),
    ]
    drawing = tile_map(tiles, "probability", summary) + rows_behind(heads, rows, kind="map", unit=unit)
    return ProvinceMap(of.code, of.name, drawing, of.nation, of.table, of.download, of.definition)


def _figure_text(stand: Stand | None, counted: Text) -> Text:
    """The value with its limits and what it is counted by; empty where there is none to show."""
    if stand is None or stand.standing == HIDDEN:
        return Text("", "")
    value = with_limits(stand.text, stand.interval)
    if not stand.n:  # the value says so itself
        return Text(f"{value.zh}，", f"{value.en}, ")
    n = count(stand.n)
    zh = f"订单{n}笔" if counted == _ORDERS else f"已判定{n}批次"
    return Text(f"{value.zh}，{zh}，", f"{value.en}, {counted.en.lower()} {n}, ")


def _cells(stand: Stand | None) -> list[Any]:
    if stand is None:
        return [("–", None)] * 3
    return [(stand.text, stand.value), (stand.interval, None), (count(stand.n), stand.n)]
