"""Sampling plans and their bulletins: lists of plans by the quarter in which they start, and one page for
each plan with the state of its batches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import Any

import pandas as pd

from jobs.arrays import dicts
from jobs.marts.sampling.reliability import FEWEST
from jobs.plurals import plural
from jobs.reports.authorities import authority
from jobs.reports.downloads import csv_bytes, csv_files
from jobs.reports.figures import Line, line
from jobs.reports.gathered import Gathered
from jobs.reports.names import NATION_CODE, UNKNOWN, page_name
from jobs.reports.numbers import INSUFFICIENT, judged, missing
from jobs.reports.pages.bulletin import MOST_FAILED, SHOWN, TABLE, batches
from jobs.reports.procedure import BRANCH, BRANCHES, SAMPLE_STATE
from jobs.reports.rendering import Page
from jobs.reports.wording import NO_JUDGED, NONE_FOUND, PLAN_TYPE, Text, between, label, same

OPEN = 2  # quarters on the page of all plans; older ones have a page for each year
TOGETHER = 20  # plans whose pages are made by one process after another
LIFECYCLE = "gold.sampling_lifecycle"
_UNDATED = Text("开始日期不明的抽查通报", "Bulletins without a starting day")


@dataclass(frozen=True)
class Bulletin:
    """One plan with its result over all periods. ``issuer``: the issuing authority, None where unknown;
    ``span``: first and last day, None where both are unknown; ``line``: its rates over both designs, None
    where no batch has an outcome yet; ``weighted``: its rates by probability samples, None without any;
    ``finding``: a sentence on the result, which never says that goods conform; ``balanced``: whether the
    counts of its purchases add up, None where unknown; ``counts``: its row of gold.sampling_ledger, None
    without one; ``starts``: its first day, may be missing."""

    code: str
    name: Text
    type: Text
    issuer: Text | None
    span: Text | None
    line: Line | None
    weighted: Line | None
    finding: Text
    balanced: bool | None
    counts: dict[str, Any] | None
    starts: Any


_Quarter = tuple[tuple[int, int] | None, list[Bulletin]]  # (year, quarter), its plans


def page_makers(known: Gathered) -> Iterator[Callable[[], Iterable[Page]]]:
    """Yield functions that make pages independently of one another: the first makes plans_by_year/<year>.html
    with older plans and plans.html with those of the newest OPEN quarters, each further one the pages
    plans/<plan>.html of at most TOGETHER plans, the newest first. Plans are those that are in
    silver.sampling_plan or have samples."""
    about = known.about("silver.sampling_plan", "plan_id")
    starts = {code: about.get(code, {}).get("starts_on") for code in known.names.paged["plan"]}
    codes = sorted(starts, key=lambda c: ("" if missing(starts[c]) else str(starts[c]), c), reverse=True)
    yield partial(_list_pages, known, codes)
    for start in range(0, len(codes), TOGETHER):
        yield partial(_plan_pages, known, codes[start : start + TOGETHER])


def _list_pages(known: Gathered, codes: list[str]) -> Iterator[Page]:
    rate, ledger = known.rates.plain, known.night.frame("gold.sampling_ledger")
    found = [_bulletin(known, code) for code in codes]
    by_start = [(start, list(group)) for start, group in groupby(found, key=lambda b: _quarter(b.starts))]
    older = _by_year(by_start[OPEN:])
    for title, path, quarters in older:
        yield Page(path, "plans.html", title, "plans.html", {"by_start": quarters, "older": []})
    yield Page(
        "plans.html",
        "plans.html",
        Text("抽查通报", "Bulletins"),
        "plans.html",
        {
            "by_start": by_start[:OPEN],
            "older": [(title, path, sum(len(made) for _, made in q)) for title, path, q in older],
        },
        {
            "data/detection_rate_plan.csv": csv_bytes(rate[rate["dimension_type"] == "plan"]),
            "data/sampling_ledger.csv": csv_bytes(ledger),
        },
    )


def _plan_pages(known: Gathered, codes: list[str]) -> Iterator[Page]:
    files = _files(known, codes)
    for code in codes:
        mine = known.rows_by(LIFECYCLE, ("plan_id",), (code,))
        listed = known.rows_by(TABLE, ("plan_id",), (code,))
        yield _page(known, _bulletin(known, code), mine, listed, files)


def _files(known: Gathered, codes: list[str]) -> dict[str, bytes]:
    """Return the downloads of these plans, path → content: rates, and batches where there are some."""
    rates = {_paths(code)[0]: known.rates.places("plan", code) for code in codes}
    places = {code: known.places(TABLE, ("plan_id",), (code,)) for code in codes}
    listed = {_paths(code)[1]: rows for code, rows in places.items() if rows}
    return csv_files(known.rates.rows, rates) | csv_files(known.night.frame(TABLE), listed)


def _paths(code: str) -> tuple[str, str]:
    """Return the paths of a plan's downloads: rates, batches."""
    stem = page_name(code)[:-5]
    return f"data/plan_{stem}.csv", f"data/bulletin_{stem}.csv"


def _bulletin(known: Gathered, code: str) -> Bulletin:
    plan = known.about("silver.sampling_plan", "plan_id").get(code, {})
    kind, issuer = plan.get("type"), plan.get("issuer_region_code")
    if missing(issuer) and plan.get("issuer_level") == "national":
        issuer = NATION_CODE
    dates = ["…" if missing(day) else f"{day}" for day in (plan.get("starts_on"), plan.get("ends_on"))]
    name = known.names.of("plan", code)
    every = next((r for r in known.rates.records("plan", code, "all") if r["period_type"] == "all"), None)
    drawn = next(
        (r for r in known.rates.records("plan", code, "probability") if r["period_type"] == "all"), None
    )
    counts = next(
        (r for r in dicts(known.rows("gold.sampling_ledger", "plan", code)) if r["period_type"] == "all"),
        None,
    )
    return Bulletin(
        code,
        name,
        UNKNOWN if missing(kind) else label(PLAN_TYPE, kind),
        None if missing(issuer) else authority(known, str(issuer)),
        None if dates == ["…", "…"] else between(*dates),
        None if every is None else line(without_few(every), same(code)),
        None if drawn is None else line(drawn, same(code)),
        NO_JUDGED if every is None else finding(every),
        None if counts is None or missing(counts["balanced"]) else bool(counts["balanced"]),
        counts,
        plan.get("starts_on"),
    )


def without_few(row: dict[str, Any]) -> dict[str, Any]:
    """Return the row of a plan over both designs for a page, which shows no rate of fewer than FEWEST judged
    batches: the table has one of such rows too, for bulletins to be compared with, and no verdict on them.
    ``row``: of gold.detection_rate; it is not changed."""
    return row | {"reliability": INSUFFICIENT} if judged(row) < FEWEST else row


def _page(
    known: Gathered,
    bulletin: Bulletin,
    mine: pd.DataFrame,
    published: pd.DataFrame,
    files: dict[str, bytes],
) -> Page:
    """``mine``: its samples in gold.sampling_lifecycle; ``published``: its rows of gold.bulletin; ``files``:
    path → content of downloads of all plans."""
    download, listed = paths = _paths(bulletin.code)
    downloads = {path: files[path] for path in paths if path in files}
    days = sorted({str(day) for day in published.get("published_on", ()) if not missing(day)})
    context = {
        "b": bulletin,
        "published_on": between(days[0], days[-1]) if len(days) > 1 else same(days[0]) if days else None,
        "states": [(label(SAMPLE_STATE, state), n) for state, n in _ordered(mine["state"], SAMPLE_STATE)],
        "branches": [
            (BRANCH[b], [(label(words, s), n) for s, n in _ordered(mine[f"{b}_state"], words)])
            for b, words in BRANCHES.items()
        ],
        "overdue": int((mine["n_overdue"].fillna(0).astype(int) > 0).sum()),
        "batches": len(mine),
        "published": batches(known, published) if len(published) else None,
        "most": SHOWN,
        "most_failed": MOST_FAILED,
        "listed": listed,
        "download": download,
    }
    return Page(
        f"plans/{page_name(bulletin.code)}",
        "plan.html",
        bulletin.name,
        "plans.html",
        context,
        downloads,
        bulletin.code,
    )


def _ordered(states: Any, words: Mapping[str, Text]) -> list[tuple[str, int]]:
    """Return (state, number of samples) in the order of the procedure; unknown states last."""
    counts = Counter(s for s in states if not missing(s))
    order = list(words)
    return sorted(
        counts.items(), key=lambda pair: (order.index(pair[0]) if pair[0] in order else len(order), pair[0])
    )


def finding(row: dict[str, Any]) -> Text:
    """Return the public statement of a plan's result: how many batches failed, that no non-conformity was
    found in the items tested, or that none was judged. ``row``: of gold.detection_rate."""
    tested = judged(row)
    if tested == 0:
        return NO_JUDGED
    if row["n_nonconforming"] == 0:
        return NONE_FOUND
    return Text(
        f"{tested:,}批次中不合格{row['n_nonconforming']:,}批次",
        f"{row['n_nonconforming']:,} of {plural(tested, 'batch', 'batches')} non-conforming",
    )


def _by_year(quarters: list[_Quarter]) -> list[tuple[Text, str, list[_Quarter]]]:
    """Pages of the years in which plans begin: title, path and quarters of each; undated ones apart."""
    found = []
    for year, group in groupby(quarters, key=lambda pair: pair[0] and pair[0][0]):
        title = Text(f"{year}年的抽查通报", f"Bulletins of {year}") if year else _UNDATED
        found.append((title, f"plans_by_year/{year or 'undated'}.html", list(group)))
    return found


def _quarter(day: Any) -> tuple[int, int] | None:
    """(year, quarter) in which a plan starts; None where that is not known."""
    return None if missing(day) else (day.year, (day.month + 2) // 3)
