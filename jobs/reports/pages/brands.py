"""Pages of brands: brands.html with a list of those of the register (silver.brand), and a page for each of
which there is something to read (`names.brands_to_read_of`) with its test results, the counterfeits that its
owner reported, and open tasks about these."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import pandas as pd

from jobs.arrays import dicts
from jobs.plurals import plural
from jobs.reports import cases
from jobs.reports.asked import RATES
from jobs.reports.counterfeits import RELISTED, TASK, TASKS, office, relisted, reports, steps, tasks
from jobs.reports.downloads import csv_bytes, csv_files
from jobs.reports.figures import DESIGNS, Line, covered_text, line
from jobs.reports.file_ledger import items
from jobs.reports.gathered import UNIT, Gathered
from jobs.reports.names import PARTIES, page_name
from jobs.reports.numbers import count, missing, noun
from jobs.reports.pages.bulletin import PUBLIC, batch, public
from jobs.reports.pages.bulletin import TABLE as BULLETIN
from jobs.reports.pages.changed_things import Change
from jobs.reports.pages.morning import FAILED, FINDINGS, SOON
from jobs.reports.pages.unit_changes import NEW_FINDINGS
from jobs.reports.pages.verdict import MOST_REASONS, MOST_TASKS, Verdict, limits_text
from jobs.reports.procedure import TASK_STATUS
from jobs.reports.public_state import LISTED as IN_BULLETIN
from jobs.reports.rates import apart
from jobs.reports.rendering import Page
from jobs.reports.wording import DESIGN, Text, label

KIND = PARTIES["brand"]
CASES = "gold.counterfeit_case"
TOGETHER = 150  # brands whose pages are made by one process after another
LISTED = 300  # brands of the list; the download has all
MOST = 60  # reports, batches or listings of a page; the downloads have all
Records = list[dict[str, Any]]


def page_makers(known: Gathered) -> Iterator[Callable[[], Iterable[Page]]]:
    """Yield functions that make pages independently of one another: the first makes brands.html, each further
    one the pages brands/<code>.html of at most TOGETHER brands, by code."""
    codes = sorted(known.names.paged["brand"])
    yield partial(_list_pages, known)
    for start in range(0, len(codes), TOGETHER):
        yield partial(_brand_pages, known, codes[start : start + TOGETHER])


def _list_pages(known: Gathered) -> Iterator[Page]:
    yield _list_page(known, sorted(known.names.by_dimension["brand"]))


def _brand_pages(known: Gathered, codes: list[str]) -> Iterator[Page]:
    failed, earlier = _failed(known), _failed_earlier(known)
    files = _files(known, codes)
    for code in codes:
        yield _page(known, code, failed.get(known.names.of("brand", code).zh, []), earlier, files)


def _files(known: Gathered, codes: list[str]) -> dict[str, bytes]:
    """Return the downloads of these brands, path → content: rates, cases, and failing batches where there are
    some that may be public."""
    rates, reported, failing = dict[str, list[int]](), dict[str, list[int]](), dict[str, list[int]]()
    may_be_public = known.night.frame(BULLETIN)["disclosure"].isin(PUBLIC).to_numpy()
    for code in codes:
        name = known.names.of("brand", code).zh
        download, listed, batch_rows = _paths(code)
        rates[download] = known.rates.apart(known.places(RATES, UNIT, ("brand", name)))
        reported[listed] = known.places(CASES, ("brand_id",), (code,))
        found = known.places(BULLETIN, ("brand", "final_outcome"), (name, FAILED))
        if public := [place for place in found if may_be_public[place]]:
            failing[batch_rows] = public
    frames = ((RATES, rates), (CASES, reported), (BULLETIN, failing))
    return {
        path: content
        for table, places in frames
        for path, content in csv_files(known.night.frame(table), places).items()
    }


def _paths(code: str) -> tuple[str, str, str]:
    """Return the paths of a brand's downloads: rates, cases, failing batches."""
    stem = page_name(code)[:-5]
    return f"data/brand_{stem}.csv", f"data/brand_cases_{stem}.csv", f"data/failing_batches_brand_{stem}.csv"


def _failed(known: Gathered) -> dict[str, Records]:
    """Return the brand's name on the sample → its non-conforming batches that may be public, the newest
    number first; computed once for all pages."""
    if "_failed_of_brands" not in known.__dict__:
        found: dict[str, Records] = known.__dict__.setdefault("_failed_of_brands", {})
        rows = public(known)
        for row in dicts(rows[rows["final_outcome"].eq(FAILED) & rows["brand"].notna()]) if len(rows) else ():
            found.setdefault(row["brand"], []).append(batch(known, row))
        for made in found.values():
            made.sort(key=lambda b: b["sample"], reverse=True)
    return known.__dict__["_failed_of_brands"]


def _failed_earlier(known: Gathered) -> frozenset[str] | None:
    """Return the sample_ids of batches that did not conform the night before; None where that night is not
    kept; computed once for all pages."""
    earlier = known.night.earlier
    if earlier is None or FINDINGS not in earlier.tables:
        return None
    if "_failed" not in earlier.__dict__:
        before = earlier.tables[FINDINGS]
        earlier.__dict__["_failed"] = frozenset(before.loc[before["outcome"] == FAILED, "sample_id"])
    found: frozenset[str] = earlier.__dict__["_failed"]
    return found


def _list_page(known: Gathered, codes: list[str]) -> Page:
    download, register = "data/detection_rate_brand.csv", "data/brands.csv"
    lines = [_listed(known, code) for code in codes]
    lines.sort(key=lambda r: (-r["overdue"], -r["tasks"], -r["reports"], r["code"]))
    context = {"lines": lines[:LISTED], "all": len(lines), "download": download, "register": register}
    rates = known.rates.plain
    rates = rates[(rates["dimension_type"] == "brand") & (rates["dimension2_type"] == "")]
    names = [{"brand_id": r["code"], "name_zh": r["name"].zh, "name_en": r["name"].en} for r in lines]
    numbers = pd.DataFrame(lines).drop(columns=["code", "name"], errors="ignore")
    downloads = {
        download: csv_bytes(apart(rates)),
        register: csv_bytes(pd.concat([pd.DataFrame(names), numbers], axis=1)),
    }
    return Page(KIND.listed, "brands.html", KIND.many, KIND.listed, context, downloads)


def _listed(known: Gathered, code: str) -> dict[str, Any]:
    """Return a brand's line of the list: reports, confirmed counterfeits, relisted goods on offer, tasks."""
    mine = known.groups(TASKS, "brand_id").get(code, [])
    reported = known.groups(CASES, "brand_id").get(code, [])
    return {
        "code": code,
        "name": known.names.of("brand", code),
        "owner": known.about("silver.brand", "brand_id")[code]["owner_name"],
        "reports": len(reported),
        "counterfeits": sum(r["finding"] == "counterfeit" for r in reported),
        "live": sum(bool(r["live"]) for r in known.groups(RELISTED, "brand_id").get(code, [])),
        "tasks": len(mine),
        "overdue": sum(bool(r["overdue"]) for r in mine),
    }


def _page(
    known: Gathered,
    code: str,
    failed: Records,
    earlier: frozenset[str] | None,
    files: dict[str, bytes],
) -> Page:
    """The page of one brand. ``failed``: its failing batches; ``earlier``: ids of all samples that had failed
    by an earlier night, None without such a night; ``files``: path → content of downloads of all brands."""
    name = known.names.of("brand", code)
    register = known.about("silver.brand", "brand_id")[code]
    work = known.groups(TASKS, "brand_id").get(code, [])
    reported = known.groups(CASES, "brand_id").get(code, [])
    again = relisted(known, known.groups(RELISTED, "brand_id").get(code, []))
    download, listed, batch_rows = paths = _paths(code)
    periods = [(design, lines) for design in DESIGNS if (lines := _years(known, name, design))]
    years = {design: [_year(each) for each in lines] for design, lines in periods}
    context = {
        "kind": KIND,
        "code": code,
        "name": name,
        "register": register,
        "goods": [(c, known.names.of("category", c)) for c in items(register["category_codes"])],
        "verdict": _verdict(known, name, periods, failed, earlier, work, reported, again),
        "periods": [(design, list(zip(years[design], lines, strict=True))) for design, lines in periods],
        "failed": failed[:MOST],
        "n_failed": len(failed),
        "n_published": sum(bool(batch["published_on"]) for batch in failed),
        "n_bulletins": sum(batch["public"] == IN_BULLETIN for batch in failed),
        "batch_rows": batch_rows,
        "work": tasks(known, work),
        "steps": steps(known, "brand", code),
        "reports": reports(known, reported)[:MOST],
        "n_reports": len(reported),
        "relisted": again[:MOST],
        "n_relisted": len(again),
        "download": download,
        "listed": listed,
    }
    downloads = {place: files[place] for place in paths if place in files}
    path = f"{KIND.folder}/{page_name(code)}"
    known_as = (code, register["owner_name"], register["owner_uscc"], register["trademark_no"])
    search = " ".join(str(v) for v in known_as if not missing(v))
    return Page(path, "brand.html", name, KIND.listed, context, downloads, search=search)


def _years(known: Gathered, name: Text, design: str) -> list[Line]:
    """A brand's rates by calendar year, the newest first: no shorter period of a brand has batches enough."""
    rows = [r for r in known.rates.records("brand", name.zh, design) if r["period_type"] == "year"]
    return [line(r, name) for r in sorted(rows, key=lambda r: r["period_start"], reverse=True)]


def _year(of: Line) -> Text:
    """The year of a line in words, as the pages of other units name it: with how far its data reach."""
    year = of.row["period_start"].year
    return covered_text(Text(f"{year}年", f"{year}"), of.row)


def _verdict(
    known: Gathered,
    name: Text,
    periods: list[tuple[str, list[Line]]],
    failed: Records,
    earlier: frozenset[str] | None,
    work: Records,
    reported: Records,
    again: Records,
) -> Verdict:
    """Return the brand's verdict, which begins with the exposure rate of the newest year, or without a number
    where there are too few batches."""
    newest = next((lines[0] for design, lines in periods if design == "probability"), None)
    notes = [_checked(design, lines[0]) for design, lines in periods]
    value, about = None, Text("抽查的批次不足以给出比率。", "Too few batches were checked for a rate.")
    if newest is not None and newest.head.value is not None:
        year, limits = _year(newest), limits_text(newest.head.interval)
        value = newest.head.text
        about = Text(
            f"{year.zh} · 加权不合格率（{limits.zh}）",
            f"{year.en} · exposure rate ({limits.en})",
        )
    rows = sorted(work, key=lambda r: (not r["overdue"], -r["days_open"], r["subject_id"]))
    return Verdict(
        value,
        about,
        None,
        [*notes, _reported(reported, again)],
        _reasons(failed),
        None,
        [_task(known, r) for r in rows[:MOST_TASKS]],
        len(rows),
        sum(bool(r["overdue"]) for r in rows),
        sum(_soon(known, r) for r in rows),
        _changes(failed, earlier),
        compared=NEW_FINDINGS,
    )


def _checked(design: str, newest: Line) -> Text:
    words, row = DESIGN[design], newest.row
    n, year = count(row["n_nonconforming"]), _year(newest)
    return Text(
        f"{year.zh}{words.zh}：判定{newest.judged}批次，不合格{n}批次",
        f"{words.en[0].upper()}{words.en[1:]} of {year.en}: {newest.judged} "
        f"{noun(newest.judged, '批次', 'batch', 'batches').en} judged, "
        f"{n} non-conforming",
    )


def _reported(rows: Records, again: Records) -> Text:
    n, bad = len(rows), sum(r["finding"] == "counterfeit" for r in rows)
    live = sum(r["live"] for r in again)
    return Text(
        f"假冒举报{count(n)}件，经权利人鉴别为假冒{count(bad)}件；下架后再上架仍在售的商品{count(live)}件",
        f"Reported as counterfeit: {count(n)}, confirmed: {count(bad)}; "
        f"listed again after a takedown and on sale: {count(live)}",
    )


def _reasons(failed: Records) -> list[tuple[Text, Text, Text]]:
    """The items that failed in most batches."""
    counts, names = Counter[str](), dict[str, Text]()
    for of_batch in failed:
        for item in {i["name"].zh: i["name"] for i in of_batch["items"]}.values():
            counts[item.zh] += 1
            names[item.zh] = item
    return [
        (names[zh], Text(f"{n}批次不合格", f"failing batches: {n}"), Text("", ""))
        for zh, n in counts.most_common(MOST_REASONS)
    ]


def _soon(known: Gathered, r: dict[str, Any]) -> bool:
    return not missing(r["due"]) and known.night.date <= r["due"] <= known.night.date + timedelta(days=SOON)


def _task(known: Gathered, r: dict[str, Any]) -> dict[str, Any]:
    """A task as a verdict shows it."""
    days = Text(f"已等{int(r['days_open'])}天", f"open for {plural(int(r['days_open']), 'day')}")
    what = TASK[r["task"]]
    status = "overdue" if r["overdue"] else "due_soon" if _soon(known, r) else "running"
    return {
        "grave": bool(r["overdue"]),
        "risk": Text("逾期", "overdue"),
        "what": Text(f"{what.zh}（{days.zh}）", f"{what.en} ({days.en})"),
        "href": cases.href(known, "counterfeit_report", r["subject_id"]),
        "subject": r["subject_id"],
        "goods": None if missing(r["category_code"]) else known.names.of("category", r["category_code"]),
        "place": True,
        "office": office(known, r),
        "due": None if missing(r["due"]) else str(r["due"]),
        "status": label(TASK_STATUS, status),
    }


def _changes(failed: Records, earlier: frozenset[str] | None) -> list[Change] | None:
    """Return how many batches are newly found not to conform since the night before, as one change; [] for
    none, None where that night is not kept."""
    if earlier is None:
        return None
    new = sum(batch["sample"] not in earlier for batch in failed)
    words = noun(
        new, "批次新判为不合格", "batch newly found not to conform", "batches newly found not to conform"
    )
    return [Change(f"+{count(new)}", words, "#failed", True)] if new else []
