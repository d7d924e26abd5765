"""The quality index as pages show it: one unit's index with all of its parts, and all units of a dimension in
one period. Scores (1–100) have one decimal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from jobs.arrays import dicts
from jobs.methods.rounding import half_up
from jobs.plurals import plural
from jobs.reports.gathered import INDEX, Gathered
from jobs.reports.index_parts import (
    SMALLEST,
    Period,
    gains,
    history,
    indicators,
    limits,
    period_text,
    pillars,
    rank_text,
    records,
    signed,
    tenth,
    tier_text,
    trend,
    unranked,
    weak,
)
from jobs.reports.names import NATION_CODE
from jobs.reports.numbers import DASH, count, missing, percent, whole
from jobs.reports.procedure import BAND, INDEX_PART, NOT_PUBLISHED
from jobs.reports.small import cell_axis, interval_cell, signed_cell
from jobs.reports.wording import Text, label, same

ALONE = Text(
    "唯一可分档的单位，不作比较", "the only unit with enough batches for a tier, so it is not compared"
)
UNTESTED = Text("未作差异检验，可能属随机波动", "not tested: may be chance")


@dataclass(frozen=True)
class IndexPart:
    """A unit's index in the period that the site shows, with figures as text.

    ``row``: of gold.quality_index, None where the unit has none; ``interval``: 90% limits; ``band``: how it
    compares with the nation in the base year; ``reason``: why it is not published, None where it is;
    ``ranked``: how many units of the dimension (categories: of the level) have a tier; ``changes``: parts of
    the change from the period before, as dicts with name, points, bar and ``quality`` (whether it is a
    pillar, thus a change of quality), none where the orders of one of both periods are confidential;
    ``change``: their sum; ``trend``, ``pillars``, ``indicators``, ``weak``, ``gains``, ``history``: as
    jobs.reports.index_parts returns them; ``tiers``: how many units share the unit's tier, None without a
    tier; ``moved``: how far the index is from that of the same quarter a year earlier and of the period
    before, None where neither can be stated.
    """

    period: Text
    row: dict[str, Any] | None
    score: str
    interval: str
    tier: str
    rank: str
    band: Text | None
    reason: Text | None
    ranked: int
    trend: Markup | None
    pillars: list[dict[str, Any]]
    indicators: list[dict[str, Any]]
    changes: list[dict[str, Any]]
    change: str
    weak: list[dict[str, Any]]
    gains: list[tuple[Text, str, Text]]
    history: list[dict[str, Any]]
    tiers: Text | None = None
    moved: Text | None = None

    @property
    def published(self) -> bool:
        """Whether the unit has an index that is published."""
        return self.row is not None and bool(self.row["published"])

    @property
    def few(self) -> bool:
        """Whether the index is published without tier and rank, as too few batches were judged."""
        return self.row is not None and unranked(self.row)


def part_of(known: Gathered, dimension: str, code: str, name: Text) -> IndexPart | None:
    """Return a unit's index in `Gathered.index_period`; None where no index of the nation is published.
    ``name``: of the unit."""
    period = known.index_period
    if period is None:
        return None
    row = next(iter(records(known, INDEX, dimension, code, period)), None)
    published = row is not None and bool(row["published"])
    changes = records(known, "gold.quality_index_change", dimension, code, period)
    parts = [c for c in changes if not missing(c["points"])]  # those of confidential orders are withheld
    most = max((abs(c["points"]) for c in parts), default=1.0)
    change = signed(changes[0]["change"]) if changes else DASH
    ranked = known.index_ranked(dimension, code, period)
    return IndexPart(
        period_text(period),
        row,
        tenth(row["score"]) if row and published else DASH,
        limits(row["low"], row["high"]) if row else DASH,
        tier_text(row, ranked),
        rank_text(row, ranked),
        label(BAND, row["band"]) if row and not missing(row["band"]) else None,
        label(NOT_PUBLISHED, row["reason"]) if row and not published else None,
        ranked,
        trend(known, dimension, code, name),
        pillars(known, dimension, code, period),
        indicators(known, dimension, code, period),
        [
            {
                "name": label(INDEX_PART, c["part"]) if c["part"] in INDEX_PART else known.pillar(c["part"]),
                "points": signed(c["points"]),
                "bar": signed_cell(c["points"], most),
                "quality": c["part"] not in INDEX_PART,
            }
            for c in sorted(parts, key=lambda c: (c["part"] in INDEX_PART, -abs(c["points"]), c["part"]))
            if c["part"] not in INDEX_PART or abs(c["points"]) >= SMALLEST
        ],
        change,
        weak(known, dimension, code, period),
        gains(known, dimension, code, period),
        history(known, dimension, code),
        sharing(known, dimension, period, row),
        moved(known, period, row, change) if published else None,
    )


def moved(known: Gathered, period: Period, row: dict[str, Any] | None, change: str) -> Text | None:
    """Return in words how far a published index is from that of the same quarter or month a year earlier, as
    both are shown, and from the period before (``change``, a dash where it is not known); None where neither
    can be stated. No table judges these differences: the limits of an index are not those of a difference.
    ``row``: of gold.quality_index in ``period``. An index of another method is not compared."""
    if row is None:
        return None
    zh, en = [], []
    kind, start = period
    before = None
    if kind != "year":  # the period before a year is the year before
        then = (kind, start.replace(year=start.year - 1))
        before = next(iter(records(known, INDEX, row["dimension_type"], row["dimension_code"], then)), None)
    if before is not None and bool(before["published"]) and before["method_version"] == row["method_version"]:
        was, by = tenth(before["score"]), signed(half_up(row["score"]) - half_up(before["score"]))
        zh.append(f"较上年同期（{was}）{by}")
        en.append(f"{by} from a year earlier ({was})")
    if change != DASH:
        zh.append(f"较上期{change}")
        en.append(f"{change} from the previous period")
    if not zh:
        return None
    return Text(f"{'；'.join(zh)}（{UNTESTED.zh}）", f"{'; '.join(en)} ({UNTESTED.en})")


def sharing(known: Gathered, dimension: str, period: Period, row: dict[str, Any] | None) -> Text | None:
    """Return in words how many units of a dimension (of categories: of the level) are in the tier of ``row``
    (of gold.quality_index), of those with a tier, or that it is the only one; and how many published units
    have none: a first tier that all share says little. None where ``row`` is None or has no tier.
    ``period``: (period_type, first day) of the row."""
    if row is None or missing(row["tier"]):
        return None
    frame = known.night.frame(INDEX)
    own = (frame["dimension_type"] == dimension) & (frame["period_type"] == period[0])
    peers = frame[own & (frame["period_start"] == period[1]) & frame["published"].eq(True)]
    group = known.index_group(dimension, row["dimension_code"])
    peers = peers[[known.index_group(dimension, code) == group for code in peers["dimension_code"]]]
    tiered, mine = int(peers["tier"].notna().sum()), int((peers["tier"] == row["tier"]).sum())
    zh = f"分档的{tiered}个单位中{mine}个在此档"
    en = f"{mine} of the {plural(tiered, 'unit')} with a tier {'is' if mine == 1 else 'are'} in it"
    if tiered == 1:
        zh, en = ALONE.zh, ALONE.en
    elif mine == tiered:
        zh, en = f"分档的{tiered}个单位都在此档", f"all {tiered} units that have a tier are in it"
    if few := len(peers) - tiered:
        zh, en = (
            f"{zh}，另{few}个单位因判定批次过少不分档",
            f"{en}; {few} more {'has' if few == 1 else 'have'} too few batches for one",
        )
    return Text(zh, en)


def ranking(known: Gathered, dimension: str) -> dict[str, Any] | None:
    """Return the units of a dimension in `Gathered.index_period`: ``lines``, one dict per published unit by
    tier and score, the best first: code, name, ``level`` (of a category, else None), tier, rank, score,
    limits, band, coverage and n (batches judged) as texts, ``cell``, its interval as a drawing, ``opens``
    (it is the first of its tier) and ``few`` (too few batches for a tier); ``without``, (reason, [(code,
    name), …]) of the others, ``unlisted`` in number; ``axis``, the head of the drawn column; ``few``, how
    many lines have no tier; ``dimension``; ``period``, in words. None where no index of the nation is
    published.

    Units with too few batches for a tier come last, by number of batches, so that no unit is first by a
    single sample.
    """
    period = known.index_period
    if period is None:
        return None
    frame = known.night.frame(INDEX)
    rows = dicts(
        frame[
            (frame["dimension_type"] == dimension)
            & (frame["period_type"] == period[0])
            & (frame["period_start"] == period[1])
        ]
    )
    rows.sort(key=_order)
    nation = next(iter(records(known, INDEX, "nation", NATION_CODE, period)), None)
    scale, axis = cell_axis(100.0, text=lambda v: f"{v:g}")
    levels = {code: name for name, codes in known.levels for code in codes}
    listed, last = [], None
    without: dict[str, list[tuple[str, Text]]] = {}
    for r in rows:
        name = known.names.of(dimension, r["dimension_code"])
        if not bool(r["published"]):
            without.setdefault(r["reason"], []).append((r["dimension_code"], name))
            continue
        ranked = known.index_ranked(dimension, r["dimension_code"], period)
        cell = interval_cell(
            scale, r["score"], r["low"], r["high"], reference=nation["score"] if nation else None
        )
        listed.append(
            {
                "code": r["dimension_code"],
                "name": name,
                "tier": _tier(r, ranked),
                "tier_code": "" if tier_text(r, ranked) == DASH else tier_text(r, ranked),
                "opens": not missing(last) if missing(r["tier"]) else r["tier"] != last,
                "level": levels.get(r["dimension_code"]) if dimension == "category" else None,
                "rank": rank_text(r, ranked),
                "score": tenth(r["score"]),
                "limits": limits(r["low"], r["high"]),
                "cell": cell,
                "band": label(BAND, r["band"]) if not missing(r["band"]) else same(DASH),
                "coverage": percent(r["coverage"]),
                "n": count(r["n_judged"]) if r["n_judged"] else DASH,
                "few": unranked(r),
            }
        )
        last = r["tier"]
    few = sum(x["few"] for x in listed)
    return {
        "dimension": dimension,
        "period": period_text(period),
        "axis": axis,
        "lines": listed,
        "without": [(label(NOT_PUBLISHED, why), units) for why, units in sorted(without.items())],
        "unlisted": sum(len(units) for units in without.values()),
        "few": few,
    }


def _tier(row: dict[str, Any], ranked: int) -> Text:
    if unranked(row):
        return Text("不分档", "no tier")
    return Text("不作比较", "not compared") if ranked == 1 else same(tier_text(row, ranked))


def _order(row: dict[str, Any]) -> tuple[Any, ...]:
    if missing(row["tier"]):
        return 1, -whole(row["n_judged"]), row["dimension_code"]
    return 0, row["tier"], -row["score"], row["dimension_code"]
