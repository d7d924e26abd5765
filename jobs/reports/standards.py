"""What pages show of standards: citations on listings to correct, questions for the standards body, which
standards fail most, how many listings cite valid ones, who takes part in making them
(definitions.md#succession).

An edition is one version of a standard, such as GB 4706.1-2005; a later one succeeds it. Pure.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import pandas as pd

from jobs.arrays import dicts
from jobs.marts.sampling.outcomes import all_judged
from jobs.reports.figures import DESIGNS, window_text
from jobs.reports.gathered import Gathered
from jobs.reports.names import NATION_CODE, tested_item
from jobs.reports.numbers import DASH, FOUND, HEADLINE, count, figure, missing, percent, span
from jobs.reports.wording import TOO_FEW, Text, label, numbered, same

EDITIONS, CITED, CITATIONS = "gold.standard_edition", "gold.cited_standard", "gold.standard_citation"
LIMITS, FAILURES, RATES = "gold.standard_limit", "gold.standard_failure", "gold.citation_rate"
PARTICIPATION = "gold.standards_participation"
SOON = 180  # days ahead of the end of an edition that pages announce
MOST, FEW = 40, 8
STATUS = {
    "valid": Text("现行有效", "valid"),
    "transition": Text("过渡期", "in transition"),
    "upcoming": Text("尚未实施", "not valid yet"),
    "superseded": Text("被代替", "superseded"),
    "withdrawn": Text("废止", "withdrawn"),
    "unknown_edition": Text("标准库无此版本", "edition not in the register"),
    "unknown": Text("标准库无此标准", "standard not in the register"),
}
NATURE = {
    "mandatory": Text("强制性", "mandatory"),
    "recommended": Text("推荐性", "recommended"),
    "local": Text("地方", "local"),
    "group": Text("团体", "group"),
    "enterprise": Text("企业", "enterprise"),
    "foreign": Text("境外", "foreign"),
    "unclear": Text("性质不明", "not known"),
}
KIND = {
    "studio": Text("工作室活动（件）", "Activities of studios"),
    "community": Text("社区活动（件）", "Activities of communities"),
    "drafting": Text("起草项目", "Drafting projects"),
    "training": Text("宣贯培训", "Training"),
    "consultation": Text("咨询", "Consultation"),
}
CHANGE = {
    "stricter": Text("加严", "stricter"),
    "looser": Text("放宽", "looser"),
    "mixed": Text("一侧加严一侧放宽", "one side each"),
    "new": Text("新增", "new"),
    "reworded": Text("文字改变", "reworded"),
    "not_comparable": Text("不可比", "not comparable"),
    "unchanged": Text("不变", "unchanged"),
}


def corrections(known: Gathered, column: str) -> list[dict[str, Any]]:
    """Return one dict per platform or category with listings that cite an edition that is not valid, those
    with most such listings first: code, name and numbers (int). ``n``: listings (one that cites two such
    editions counts once); ``mandatory``: those whose edition is mandatory; ``after``: those put up when the
    edition was not valid; ``shops``: number of shops. ``column``: platform_code or category_code."""
    rows = known.night.frame(CITATIONS)
    found = []
    for code, mine in rows.groupby(column):
        mandatory = mine.loc[mine["nature"] == "mandatory", "listing_id"]
        after = mine.loc[mine["while_valid"].map(lambda held: not missing(held) and not held), "listing_id"]
        found.append(
            {
                "code": code,
                "name": known.names.of(column.removesuffix("_code"), code),
                "n": mine["listing_id"].nunique(),
                "mandatory": mandatory.nunique(),
                "after": after.nunique(),
                "shops": mine["shop_id"].nunique(),
            }
        )
    return sorted(found, key=lambda r: (-r["n"], str(r["code"])))


def cited_wrongly(known: Gathered, column: str | None = None, code: str = "") -> list[dict[str, Any]]:
    """Return one dict per edition that is not valid and that listings cite, the one cited by most listings
    first: standard, status, nature, since, ``current`` (the edition to cite instead), n (listings) and
    platforms (numbers). ``column``, ``code``: only listings of this platform or category (platform_code or
    category_code and its value); all by default."""
    rows = known.night.frame(CITATIONS) if column is None else known.rows_by(CITATIONS, (column,), (code,))
    found = []
    for standard, mine in rows.groupby("standard_no"):
        first = mine.iloc[0]
        found.append(
            {
                "standard": standard,
                "status": label(STATUS, first["status"]),
                "nature": label(NATURE, first["nature"]),
                "since": DASH if missing(first["since"]) else str(first["since"]),
                "current": _joined(first["current_no"]),
                "n": mine["listing_id"].nunique(),
                "platforms": mine["platform_code"].nunique(),
            }
        )
    return sorted(found, key=lambda r: (-r["n"], r["standard"]))


def not_judged(known: Gathered) -> list[dict[str, Any]]:
    """Return one dict per standard number that listings cite and the register of standards lacks, the one
    cited by most listings first: number, status, nature, n (listings), platforms (number)."""
    rows = known.night.frame(CITED)
    rows = rows[rows["status"].isin(["unknown", "unknown_edition"])]
    rows = rows.sort_values(["n_listings", "number"], ascending=[False, True])
    return [
        {
            "number": r["number"],
            "status": label(STATUS, r["status"]),
            "nature": label(NATURE, r["nature"]),
            "n": count(r["n_listings"]),
            "platforms": count(r["n_platforms"]),
        }
        for r in dicts(rows)
    ]


def without_year(known: Gathered) -> int:
    """Return how many citations on listings name a known, valid standard without its year, so that the valid
    edition is meant."""
    rows = known.night.frame(CITED)
    held = rows["status"].isin(["valid", "transition"]) & ~rows["dated"].fillna(True).astype(bool)
    return int(rows.loc[held, "n_listings"].sum())


def to_clear_up(known: Gathered) -> dict[str, list[dict[str, Any]]]:
    """Return questions for the standards body: name of the question → editions, those that most listings cite
    first, as dicts: standard, name, status, nature, from, to, ``after`` (what succeeds it), ``current`` (what
    to cite instead), ``used`` (number of listings), ``limits`` and ``unread`` (numbers of its limits and of
    those that cannot be read), and ``row`` of gold.standard_edition.

    - `succession`: what succeeds the edition is not known;
    - `by_number`: that is known only from the number;
    - `undated`: its source states neither days nor a status;
    - `limits`: some of its limits cannot be read;
    - `nature`: whether it is mandatory is unclear.
    """
    rows = dicts(known.night.frame(EDITIONS))
    use = known.night.frame(CITED).groupby("standard_no")["n_listings"].sum().to_dict()
    lines = [_edition(r, use) for r in rows]
    lines.sort(key=lambda r: (-r["used"], r["standard"]))
    return {
        "succession": [r for r in lines if r["row"]["succession"] == "unknown"],
        "by_number": [r for r in lines if r["row"]["succession"] == "by_number"],
        "undated": [r for r in lines if not r["row"]["dated"]],
        "limits": [r for r in lines if r["row"]["n_not_understood"]],
        "nature": [r for r in lines if r["row"]["nature"] == "unclear"],
    }


def ending(known: Gathered) -> list[dict[str, Any]]:
    """Return the editions that end or begin within SOON days, and all in transition (valid beside an edition
    that replaces them), the soonest first: dicts as `to_clear_up` has them, with ``days`` until then (None
    where not known) and ``left``, the same as text."""
    rows = dicts(known.night.frame(EDITIONS))
    use = known.night.frame(CITED).groupby("standard_no")["n_listings"].sum().to_dict()
    day = known.night.date
    found = []
    for r in rows:
        left = None if missing(r["days_left"]) else int(r["days_left"])
        begins = (
            (r["valid_from"] - day).days
            if r["status"] == "upcoming" and not missing(r["valid_from"])
            else None
        )
        days = left if left is not None else begins
        if (days is not None and days <= SOON) or r["status"] == "transition":
            found.append(_edition(r, use) | {"left": DASH if days is None else count(days), "days": days})
    return sorted(found, key=lambda r: (r["days"] is None, r["days"] or 0, r["standard"]))


def _edition(r: dict[str, Any], use: dict[str, int]) -> dict[str, Any]:
    return {
        "row": r,
        "standard": r["standard_no"],
        "name": numbered(r["standard_no"])
        if missing(r["name_zh"])
        else Text(r["name_zh"], r["name_zh"] if missing(r["name_en"]) else r["name_en"]),
        "status": label(STATUS, r["status"]),
        "nature": label(NATURE, r["nature"]),
        "from": DASH if missing(r["valid_from"]) else str(r["valid_from"]),
        "to": DASH if missing(r["valid_to"]) else str(r["valid_to"]),
        "after": _joined(r["succeeded_by"]),
        "current": _joined(r["current_no"]),
        "used": int(use.get(r["standard_no"], 0)),
        "unread": count(r["n_not_understood"]),
        "limits": count(r["n_limits"]),
    }


def _joined(numbers: Any) -> str:
    return DASH if numbers is None or isinstance(numbers, float) or not len(numbers) else "; ".join(numbers)


def changes(known: Gathered) -> list[dict[str, Any]]:
    """Return one dict per edition that began in the last 366 days or begins later, the latest first:
    standard, from (day), older (the edition before) and ``counts``, how many of its limits changed in each
    way of CHANGE, as texts in its order. Left out are editions that have ended, and those for which the
    register holds no limits of an edition before them."""
    editions = dicts(known.night.frame(EDITIONS))
    day = known.night.date
    recent = {
        r["standard_no"]: r
        for r in editions
        if not missing(r["valid_from"])
        and (day - r["valid_from"]).days <= 366
        and r["status"] in ("valid", "upcoming", "transition")
    }
    limits = known.night.frame(LIMITS)
    mine = limits[limits["standard_no"].isin(recent) & (limits["change"] != "first")]
    found = []
    for standard, rows in mine.groupby("standard_no"):
        counts = rows["change"].value_counts()
        older = sorted(set(rows["previous_standard_no"].dropna()))
        found.append(
            {
                "standard": standard,
                "from": recent[standard]["valid_from"],
                "older": "; ".join(older) or DASH,
                "counts": [count(counts.get(change, 0)) for change in CHANGE],
            }
        )
    return sorted(found, key=lambda r: (r["from"], r["standard"]), reverse=True)


def failures(known: Gathered, *, most: int = MOST) -> dict[str, Any] | None:
    """Return the editions that fail most in `Rates.year`, as {"window": the year in words, "parts": list};
    None where nothing failed. A part is one design, with ``lines`` (at most ``most``) and ``all`` (number of
    lines). A line has name, rank, text (the rate), interval, judged, failed, and up to three ``items`` that
    failed in most batches. The highest rate comes first, then most batches failed."""
    year, rows = known.rates.year, known.night.frame(FAILURES)
    if year is None or rows.empty:
        return None
    rows = rows[(rows["period_type"] == year.period_type) & (rows["period_start"] == year.start)]
    parts = []
    for design in DESIGNS:
        mine = rows[rows["design"] == design]
        lines = [_failure(r, mine) for r in _editions_of(mine)]
        lines.sort(key=lambda r: (r["value"] is None, -(r["value"] or 0.0), -r["failed"], r["standard"]))
        if lines:
            window = window_text(year, mine.iloc[0].to_dict())
            parts.append({"design": design, "window": window, "lines": lines[:most], "all": len(lines)})
    return {"window": parts[0]["window"], "parts": parts} if parts else None


def _editions_of(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of whole editions (not single items) that batches failed."""
    whole = (rows["edition"] != "") & (rows["item_code"] == "") & (rows["n_failed"] > 0)
    return dicts(rows[whole])


def _failure(r: dict[str, Any], rows: pd.DataFrame) -> dict[str, Any]:
    as_rate = all_judged(r["n_judged"], r["n_failed"])
    shown = figure(r | as_rate, *HEADLINE.get(r["design"], FOUND))
    own = rows[(rows["edition"] == r["edition"]) & (rows["standard"] == r["standard"])]
    items = own[(own["item_code"] != "") & (own["n_failed"] > 0)]
    items = items.sort_values(["n_failed", "item_code"], ascending=[False, True])
    unknown = r["standard"] == "unknown"
    title = (
        numbered(r["edition"])
        if r["edition"] != "unknown"
        else Text(f"{r['standard']}（版本不明）", f"{r['standard']} (edition not known)")
    )
    return {
        "standard": r["standard"],
        "name": Text("未注明标准", "no standard named") if unknown else title,
        "rank": DASH if missing(r["rank"]) else count(r["rank"]),
        "text": shown.text,
        "interval": shown.interval,
        "value": shown.value if r["design"] == "probability" else None,
        "low_precision": r["reliability"] == "D",
        "judged": count(r["n_judged"]),
        "failed": int(r["n_failed"]),
        "items": _counted_items(dicts(items.head(3))),
    }


def _counted_items(rows: list[dict[str, Any]]) -> list[Text]:
    """Return the names of failed items, each with its numbers of batches failed and judged. Items of the same
    name, which are tested on different goods, have their codes beside them."""
    names = [same(r["item_code"]) if missing(r["item_name"]) else tested_item(r["item_name"]) for r in rows]
    met = Counter(name.zh for name in names)
    found = []
    for row, name in zip(rows, names, strict=True):
        code = f" {row['item_code']}" if met[name.zh] > 1 and not missing(row["item_name"]) else ""
        counts = f"{code} ({count(row['n_failed'])}/{count(row['n_judged'])})"
        found.append(Text(f"{name.zh}{counts}", f"{name.en}{counts}"))
    return found


def coverage(known: Gathered, dimension: str) -> list[dict[str, Any]]:
    """Return one dict per unit of a dimension for the newest month, the unit with the lowest upper limit of
    the valid share first, those with too few listings last: code, name, ``cited``, the share of listings on
    offer that cite a standard; ``valid``, the share that cites a valid one, of those that cite a known one;
    ``cited_limits`` and ``valid_limits``, and counts of both. Of categories only main ones and `unknown` are
    included."""
    rows = known.night.frame(RATES)
    if rows.empty:
        return []
    mine = rows[(rows["month"] == rows["month"].max()) & (rows["dimension_type"] == dimension)]
    shown = known.main | {"unknown"} if dimension == "category" else None
    lines = [
        _share(known, dimension, r) for r in dicts(mine) if shown is None or r["dimension_code"] in shown
    ]
    return sorted(lines, key=lambda r: (r["order"] is None, r["order"] or 0.0, str(r["code"])))


def share_of(known: Gathered, dimension: str, code: str) -> dict[str, Any] | None:
    """Return one unit's line of `coverage`; None where it has none."""
    frame = known.night.frame(RATES)
    rows = known.rows(RATES, dimension, code)
    rows = rows[rows["month"] == frame["month"].max()] if len(rows) else rows
    return _share(known, dimension, dicts(rows)[0]) if len(rows) else None


def _share(known: Gathered, dimension: str, r: dict[str, Any]) -> dict[str, Any]:
    def text(name: str) -> Text:
        return TOO_FEW if missing(r[f"{name}_share"]) else same(percent(r[f"{name}_share"]))

    def limits(name: str) -> str:
        return DASH if missing(r[f"{name}_low"]) else span(r[f"{name}_low"], r[f"{name}_high"])

    return {
        "code": r["dimension_code"],
        "name": known.names.of(dimension, r["dimension_code"]),
        "month": f"{r['month']:%Y-%m}",
        "order": None if missing(r["valid_high"]) else float(r["valid_high"]),
        "cited": text("cited"),
        "cited_limits": limits("cited"),
        "valid": text("valid"),
        "valid_limits": limits("valid"),
        **{name: count(r[name]) for name in ("n_listings", "n_citing", "n_known", "n_valid")},
        "wrong": count(r["n_known"] - r["n_valid"]),
    }


def participation(known: Gathered) -> dict[str, Any] | None:
    """Return activities in making standards: ``years``, the nation by year; ``regions`` and ``industries``,
    provinces and main categories (`unknown` too) in the newest two years that have an activity; each by year,
    the newest first, then by number of activities. None without any."""
    rows = known.night.frame(PARTICIPATION)
    if rows.empty:
        return None
    years = sorted(set(rows["period_start"]), reverse=True)
    provinces = {
        code for code, r in known.about("silver.region", "region_code").items() if r["level"] == "province"
    }

    def lines(dimension: str, shown: set[str] | None, starts: list[Any]) -> list[dict[str, Any]]:
        mine = rows[(rows["dimension_type"] == dimension) & rows["period_start"].isin(starts)]
        found = []
        for (start, code), group in mine.groupby(["period_start", "dimension_code"]):
            if shown is not None and code not in shown:
                continue
            by = {r["kind"]: r for r in dicts(group)}
            every = by["all"]
            found.append(
                {
                    "year": str(start.year),
                    "code": code,
                    "name": known.names.of(dimension, code),
                    "kinds": [count(by[k]["n_activities"]) if k in by else "0" for k in KIND],
                    "bodies": count(every["n_bodies"]),
                    "organisations": count(every["n_organisations"]),
                    "standards": count(every["n_standards"]),
                    "people": Text("不足5或未报", "below 5 or not stated")
                    if missing(every["participants"])
                    else same(count(every["participants"])),
                    "n": int(every["n_activities"]),
                }
            )
        return sorted(found, key=lambda r: (-int(r["year"]), -r["n"], str(r["code"])))

    places = set(rows.loc[rows["dimension_type"] == "region", "dimension_code"])
    unknown = places - set(known.about("silver.region", "region_code"))
    return {
        "years": lines("nation", {NATION_CODE}, years),
        "regions": lines("region", provinces | unknown, years[:2]),
        "industries": lines("category", known.main | {"unknown"}, years[:2]),
    }
