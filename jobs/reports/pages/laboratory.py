"""One page for each laboratory: its verdict (main figure, reasons, tasks), its work, and its part of what
labs.html shows of all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pandas as pd

from jobs.arrays import dicts
from jobs.plurals import plural
from jobs.reports.downloads import csv_bytes
from jobs.reports.gathered import Gathered
from jobs.reports.laboratories import (
    AGREEMENT,
    PERFORMANCE,
    PERIODS,
    agreement,
    findings,
    limits_and_counts,
    newest,
    turnaround,
)
from jobs.reports.laboratory_tasks import todays
from jobs.reports.names import PARTIES, page_name
from jobs.reports.numbers import count, missing, percent
from jobs.reports.pages.extras import tasks
from jobs.reports.pages.unit_changes import changed_items, changed_tasks, compared_of
from jobs.reports.pages.verdict import Verdict, opening
from jobs.reports.rendering import Page
from jobs.reports.wording import Text, same

KIND = PARTIES["lab"]
Records = list[dict[str, Any]]


def build(known: Gathered) -> Iterator[Page]:
    """Yield labs/<code>.html for every laboratory of silver.lab, by code."""
    about = todays(known)
    for code in sorted(known.names.paged["lab"]):
        yield _page(known, code, [t for t in about if t["lab"] == code])


def _page(known: Gathered, code: str, about: Records) -> Page:
    """Return the page of a laboratory. ``about``: today's tasks about it."""
    name, stem = known.names.of("lab", code), page_name(code)[:-5]
    performance, close = known.night.frame(PERFORMANCE), known.night.frame(AGREEMENT)
    mine, pairs = performance[performance["lab_id"] == code], close[close["lab_id"] == code]
    queue = known.groups("gold.work_queue", "office_code").get(code, [])
    queue = [r for r in queue if r["office_type"] == "lab"]
    period, rows = newest(performance)
    now = rows[rows["lab_id"] == code]
    download, compared = f"data/lab_{stem}.csv", f"data/lab_agreement_{stem}.csv"
    context = {
        "kind": KIND,
        "code": code,
        "name": name,
        "about": _about(known, code),
        "verdict": _verdict(known, rows, code, about, queue),
        "period": PERIODS[period],
        "periods": [(words, turnaround(r, {})) for words, r in _periods(mine)],
        "found": [findings(r, {}) for r in dicts(now)],
        "agreement": _agreement(known, pairs),
        "work": tasks(known, queue),
        "sources": _sources(known, code),
        "page_name": page_name,
        "download": download,
        "compared": compared,
    }
    downloads = {download: csv_bytes(mine), compared: csv_bytes(pairs)}
    path = f"{KIND.folder}/{page_name(code)}"
    uscc = known.about("silver.lab", "lab_id").get(code, {}).get("uscc")
    search = code if missing(uscc) else f"{code} {uscc}"
    return Page(path, "laboratory.html", name, KIND.listed, context, downloads, search=search)


def _sources(known: Gathered, code: str) -> list[tuple[str, int]]:
    """Return the sources with a page whose YAML names the laboratory as its provider, by name, each with its
    number of files that are refused or held."""
    refused = Counter(f["source"] for f in known.file_ledger.refused_files)
    stated = known.night.sources.good.items()
    mine = {name for name, source in stated if source.recipient == f"lab_{code}"}
    return [(name, refused[name]) for name in sorted(mine & set(known.night.landed["source"]))]


def _about(known: Gathered, code: str) -> Text:
    """Where it is, until when it is accredited, what it declared."""
    row = known.about("silver.lab", "lab_id")[code]
    zh, en = list[str](), list[str]()
    place = known.place(row["region_code"])
    if place is not None:
        zh.append(place.zh)
        en.append(place.en)
    if not missing(row["accredited_to"]):
        zh.append(f"资质有效期至{row['accredited_to']}")
        en.append(f"accredited until {row['accredited_to']}")
    if not missing(row["capacity_per_month"]):
        zh.append(f"申报能力每月{count(row['capacity_per_month'])}件")
        en.append(f"declared capacity {count(row['capacity_per_month'])} a month")
    return Text(" · ".join(zh), " · ".join(en))


def _periods(mine: pd.DataFrame) -> list[tuple[Text, dict[str, Any]]]:
    """Return a laboratory's rows over all designs as (period in words, row): the newest twelve months, each
    year, all data."""
    whole = mine[mine["design"] == "all"]
    years = whole[whole["period_type"] == "year"].sort_values("period_start", ascending=False)
    latest, every = (
        [(PERIODS[kind], r) for r in dicts(whole[whole["period_type"] == kind])] for kind in PERIODS
    )
    return [*latest, *((same(str(r["period_start"].year)), r) for r in dicts(years)), *every]


def _agreement(known: Gathered, pairs: pd.DataFrame) -> Records:
    """Return lines on its agreement with all others together, then with each."""
    rows = dicts(pairs[pairs["period_type"] == "all"])
    rows.sort(key=lambda r: (r["other_lab_id"] != "all", r["kind"], r["other_lab_id"]))
    every = Text("其余全部机构", "all the others")
    return [
        agreement(r, {})
        | {"other": every if r["other_lab_id"] == "all" else known.names.of("lab", r["other_lab_id"])}
        | {"other_code": r["other_lab_id"]}
        for r in rows
    ]


def _verdict(known: Gathered, rows: pd.DataFrame, code: str, about: Records, queue: Records) -> Verdict:
    """Return the laboratory's verdict, which begins with the end of its accreditation where that has passed,
    else with the share of its tests that were on time, compared with all others together; without a number
    where no test fell due."""
    whole = rows[rows["design"] == "all"]
    mine = next(iter(dicts(whole[whole["lab_id"] == code])), None)
    reasons = [(t["why"], _by_whom(t), Text("", "")) for t in about]
    earlier = known.night.earlier
    changes = None
    if earlier is not None:
        items = changed_items(known, earlier, f"lab_{code}")
        changes = [*items, *changed_tasks(known, earlier, queue, "lab", code)]
    if mine is None or missing(mine["on_time_share"]):
        words = Text("此期间没有到期的检验。", "No test fell due in this period.")
        standing = _leading(known, code, (None, words, None))
        made = opening(known, standing, [], reasons, queue, changes=changes)
        return replace(made, compared=compared_of(known, "lab"))
    limits = limits_and_counts(mine, "on_time", "n_on_time", "n_due")
    period = PERIODS[mine["period_type"]]
    words = Text(
        f"{period.zh} · 检验按时率（95%区间{limits.zh}）",
        f"{period.en} · tests reported on time (95% interval {limits.en})",
    )
    others = whole[whole["lab_id"] != code]
    due = int(others["n_due"].sum())
    rest = int(others["n_on_time"].sum()) / due if due else None
    if rest is not None and mine["on_time_high"] < rest:
        what, action = (
            Text("检验按时率", "tests reported on time"),
            Text("优先办理临近到期的委托", "begin with what is due"),
        )
        figures = Text(
            f"{percent(mine['on_time_share'])}，其余机构{percent(rest)}",
            f"{percent(mine['on_time_share'])}; the others {percent(rest)}",
        )
        reasons.insert(0, (what, figures, action))
    standing = _leading(known, code, (same(percent(mine["on_time_share"])), words, _against(mine, rest)))
    made = opening(known, standing, _notes(mine), reasons, queue, reasons_of=period, changes=changes)
    return replace(made, compared=compared_of(known, "lab"))


def _leading(
    known: Gathered, code: str, standing: tuple[Text | None, Text, Text | None]
) -> tuple[Text | None, Text, Text | None]:
    """Return ``standing`` (value, about, stands of `Verdict`), led by the end of the laboratory's
    accreditation where that lies before the night: how punctual it is then comes second."""
    until = known.about("silver.lab", "lab_id")[code]["accredited_to"]
    if missing(until) or until >= known.night.date:
        return standing
    value, about, stands = standing
    if value is not None:
        about = Text(f"{about.zh}：{value.zh}", f"{about.en}: {value.en}")
    return Text(f"资质已于{until}到期", f"Accreditation ended on {until}"), about, stands


def _by_whom(task: dict[str, Any]) -> Text:
    return Text(f"{task['who'].zh}：{task['what'].zh}", f"{task['who'].en}: {task['what'].en}")


def _against(mine: dict[str, Any], value: float | None) -> Text | None:
    """Return whether the limits of its share are below or above the share of the others together, or contain
    it; None where no test of the others fell due."""
    if value is None:
        return None
    rest = percent(value)
    if mine["on_time_high"] < value:
        return Text(f"低于其余机构（{rest}）", f"below the others ({rest})")
    if mine["on_time_low"] > value:
        return Text(f"高于其余机构（{rest}）", f"above the others ({rest})")
    return Text(f"与其余机构（{rest}）无显著差异", f"not distinguishable from the others ({rest})")


def _notes(mine: dict[str, Any]) -> list[Text]:
    """Return small lines: what it received to test, and how many of all its commissions lie outside its
    scope. Commissions are more than tests, as rechecks count too."""
    received = Text(
        f"受理检验（初检、复检）{count(mine['n_tests'])}件，未完成{count(mine['n_open'])}件",
        f"{plural(mine['n_tests'], 'test')} (first tests, re-inspections) received, "
        f"{count(mine['n_open'])} open",
    )
    if not mine["n_outside"]:
        return [received]
    whole = plural(mine["n_commissions"], "commission")
    outside = Text(
        f"委托（初检、复检、复查）{count(mine['n_commissions'])}件，其中超出申报的检验检测能力范围或资质认定有效期的"
        f"{count(mine['n_outside'])}件：核对资质认定证书",
        f"{count(mine['n_outside'])} of {whole} (first tests, re-inspections, rechecks) were outside its "
        "declared scope or its accreditation; check what the accreditation covers",
    )
    return [received, outside]
