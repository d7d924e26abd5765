"""The first page, index.html: quality in one sentence, changes since the night before, today's work; rates of
the nation by design, of provinces, platforms and categories; state of the night's data."""

from __future__ import annotations

import pandas as pd

from jobs.reports.downloads import csv_bytes
from jobs.reports.failing import followed, trend
from jobs.reports.file_ledger import FileLedger
from jobs.reports.gathered import Gathered
from jobs.reports.indexes import part_of
from jobs.reports.material import Night
from jobs.reports.names import NATION, NATION_CODE
from jobs.reports.numbers import count, noun, whole
from jobs.reports.pages.comparison import compare
from jobs.reports.pages.loop import closed_loop
from jobs.reports.pages.morning import changes, sentence, today
from jobs.reports.pages.province_maps import province_maps
from jobs.reports.pages.unit import blocks
from jobs.reports.rates import apart
from jobs.reports.rendering import Page
from jobs.reports.urgent import SENT, Urgent, summary
from jobs.reports.wording import Text, inside
from jobs.reports.year_before import newest_month

MOST = 12  # units of a ranking on this page; their own page has all


def build(known: Gathered) -> Page:
    """Return the page index.html. ``known``: the tables of one night. Downloads are CSV: the nation's rows of
    gold.detection_rate, and the whole tables gold.closed_loop and gold.lag_kpi."""
    row = known.rates.newest("nation", NATION_CODE, "probability")
    context = {
        "sentence": sentence(known),
        "newest_month": None if row is None else newest_month(known.rates, row),
        "changes": changes(known),
        "today": today(known),
        "blocks": blocks(known, "nation", NATION_CODE, NATION),
        "tiles": _tiles(known),
        "maps": province_maps(known, ""),
        "trend": trend(known, "nation", NATION_CODE),
        "followed": followed(known, "nation", NATION_CODE),
        "loop": closed_loop(known, "nation", NATION_CODE),
        "platforms": compare(known, "platform"),
        "categories": compare(known, "category", codes=known.main | {"unknown"}),
        "most": MOST,
        "data": data_state(known.night, known.file_ledger),
    }
    nation = known.rates.of("nation", NATION_CODE)
    downloads = {
        "data/detection_rate_nation.csv": csv_bytes(apart(nation)),
        "data/closed_loop.csv": csv_bytes(known.night.frame("gold.closed_loop")),
        "data/lag_kpi.csv": csv_bytes(known.night.frame("gold.lag_kpi")),
    }
    return Page("index.html", "home.html", Text("全国总览", "The nation"), "index.html", context, downloads)


def _tiles(known: Gathered) -> list[tuple[str, str | Text, Text, bool]]:
    """Return the quality index, numbers on the sampling procedure, urgent items and the complaint rate, those
    that there are, as (page, number, what it counts, whether somebody should look); [] without rows of
    gold.sampling_lifecycle."""
    lifecycle = known.night.frame("gold.sampling_lifecycle")
    if lifecycle.empty:
        return []
    overdue = int((pd.to_numeric(lifecycle["n_overdue"]) > 0).sum())
    under_way = int((~lifecycle["closed"].astype(bool)).sum())
    plans = known.rates.codes("plan")
    index = part_of(known, "nation", NATION_CODE, NATION)
    paid, (_, complaint) = known.complaint_year, known.complaint("nation", NATION_CODE)
    tiles: list[tuple[str, str | Text, Text, bool]] = []
    if index is not None and index.published:
        words = Text(
            f"质量指数，{index.period.zh}（90%区间{index.interval}）",
            f"quality index, {index.period.en} (90% interval {index.interval})",
        )
        tiles.append(("quality.html", index.score, words, False))
    tiles += [
        (
            "sampling.html",
            count(under_way),
            Text("批次在办（抽样至闭环）", "batches under way, from purchase to closure"),
            False,
        ),
        (
            "sampling.html#overdue",
            count(overdue),
            _of_batches(known),
            overdue > 0,
        ),
        ("plans.html", count(len(plans)), Text("个抽查计划有结果", "sampling plans with results"), False),
    ]
    urgent = summary(known.night.frame(SENT), known.night.date)
    if urgent:
        tiles.append(_urgent(urgent[-1]))
    if complaint is not None and paid is not None:
        words = Text(
            f"件／万单（万单投诉率，{inside(paid).zh}）", f"complaint rate per 10,000 orders, {paid.en}"
        )
        tiles.append(("complaints.html", complaint.rate, words, False))
    return tiles


def _of_batches(known: Gathered) -> Text:
    """Return what the tile of batches with a deadline overdue counts, and how many of the overdue tasks at
    the top of the page are about such batches."""
    name = Text("批次有逾期事项", "batches with a deadline overdue")
    queue, life = known.night.frame("gold.work_queue"), known.night.frame("gold.sampling_lifecycle")
    if queue.empty:
        return name
    late = life.loc[pd.to_numeric(life["n_overdue"]) > 0, "sample_id"]
    mine = queue["subject_type"].eq("sample") & queue["subject_id"].isin(late)
    n = int((mine & queue["status"].eq("overdue")).sum())
    if not n:
        return name
    return Text(
        f"{name.zh}（涉及上列逾期待办{n:,}项）",
        f"{name.en} ({n:,} of the overdue tasks above are about them)",
    )


def _urgent(every: Urgent) -> tuple[str, str, Text, bool]:
    """Return the tile on urgent items that fell due in the last seven days. A night may make its site
    before it sends them, so those not sent yet are counted too; items that an earlier night left unsent are
    stated separately, as its sending failed."""
    zh = f"项过去7日内应发的紧急事项：本页生成前已发{every.sent:,}项"
    items = noun(every.due, "", "item").en
    en = f"urgent {items} of the last 7 days: {every.sent:,} sent before this page was made"
    if every.sent:
        zh += f"（已回执{every.acknowledged:,}项，超时{every.late:,}项，被拒收{every.refused:,}项"
        en += f" ({every.acknowledged:,} acknowledged, {every.late:,} late, {every.refused:,} refused"
        zh += f"，其中已无须发送{every.over:,}项）" if every.over else "）"
        en += f", of them {every.over:,} no longer due)" if every.over else ")"
    if new := every.waiting - every.unsent:
        zh += f"，待发{new:,}项"
        en += f", {new:,} still to be sent"
    if left := every.unsent - every.older:
        zh += f"，此前应发未发{left:,}项"
        en += f", {left:,} due at an earlier run and not sent"
    if every.older:
        zh += f"；另有{every.older:,}项7日之前应发未发"
        en += f"; {every.older:,} more due before these 7 days and not sent"
    return "work.html#urgent", count(every.due), Text(zh, en), every.bad


def data_state(night: Night, file_ledger: FileLedger) -> dict[str, int]:
    """Return the state of the night in numbers, key → number: ``files`` (different ones), ``refused`` (files)
    and ``unbalanced`` (rows of ops.reconciliation whose counts do not add up); ``records``, ``unreadable``,
    ``quarantined`` (records), in which those of order lines count as 0, as their numbers are
    withheld; ``late`` (feeds), ``feeds``, ``behind`` (tables that are stale or absent) and ``tables``."""
    ledger = night.frame("ops.reconciliation")
    unbalanced = (
        ledger["balanced"].map(lambda b: b is False or b == 0) if len(ledger) else pd.Series(dtype=bool)
    )
    return {
        "files": file_ledger.distinct,
        "refused": len(file_ledger.refused_files),
        "unbalanced": int(unbalanced.sum()),
        "records": sum(map(whole, ledger["records"])),
        "unreadable": sum(map(whole, ledger["unreadable"])),
        "quarantined": sum(map(whole, ledger["quarantined"])),
        "late": len(night.late),
        "feeds": len(night.frame("ops.freshness")),
        "behind": len(night.behind),
        "tables": len(night.states),
    }
