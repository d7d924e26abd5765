"""The figures of the quality report (pages.quality_report), each computed from one night's tables. Pure,
except that `accuracy` reads the results of a simulation from a file (PROOF). A share of nothing is a dash."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from jobs.arrays import dicts
from jobs.marts.sampling import outcomes
from jobs.marts.sampling.sampling_ledger import IDENTITIES
from jobs.methods.rounding import fixed
from jobs.reports.counting import PUBLISHED
from jobs.reports.figures import window_text
from jobs.reports.file_ledger import FileLedger
from jobs.reports.gathered import Gathered
from jobs.reports.material import Night
from jobs.reports.names import KINDS, NATION_CODE, provinces
from jobs.reports.numbers import DASH, INSUFFICIENT, count, missing, percent, rounded, whole
from jobs.reports.procedure import LAG
from jobs.reports.rates import Window
from jobs.reports.wording import CADENCE, Text, label

RATES, LEDGER, LIFE = "gold.detection_rate", "gold.sampling_ledger", "gold.sampling_lifecycle"
PROOF = Path(__file__).parent / "proofs" / "rate_coverage.csv"
SINGLE = ("", "seller")


@dataclass(frozen=True)
class Fact:
    """One figure of the quality report: its name, its value as text, and the table or file that it comes
    from. ``holds``: for a check, whether it is met; None for a figure that is no check."""

    name: Text
    value: str
    source: str
    holds: bool | None = None


def share(part: float, of: float) -> str:
    """Return a share with its counts as text, "12.2% (5 / 41)"; a dash where ``of`` is 0."""
    return f"{percent(part / of)} ({count(part)} / {count(of)})" if of else DASH


def units_in(known: Gathered, window: Window | None) -> pd.DataFrame:
    """Return the rows of gold.detection_rate by probability samples of one window, for the nation and for
    platforms, provinces, categories and clusters that are known; no rows where ``window`` is None."""
    rows = known.rates.plain
    if window is None:
        return rows.iloc[:0]
    regions = rows["dimension_type"] == "region"
    return rows[
        (rows["design"] == "probability")
        & (rows["period_type"] == window.period_type)
        & (rows["period_start"] == window.start)
        & rows["region_role"].isin(SINGLE)
        & rows["dimension_type"].isin(["nation", *KINDS])
        & (~regions | rows["dimension_code"].isin(known.names.paged["region"]))
        & (rows["dimension_code"] != "unknown")
    ]


def year_words(known: Gathered) -> Text:
    """Return the words for `Rates.year`: home and unit pages count other twelve months, so it is named."""
    name = window_text(known.rates.year)
    if name is None:
        return Text("最近一年", "in the latest year")
    return Text(name.zh, f"in the calendar year {name.en}")


def _units(many: Text) -> str:
    """What units are called in Chinese behind a count: 各平台 → 平台."""
    return many.zh.removeprefix("各")


def relevance(known: Gathered) -> list[Fact]:
    """Return facts on coverage: how many of the known units of each kind, and of the key consumer products,
    have probability samples in `Rates.year`; how many parties filed data of the last 92 days, and of how many
    of the four kinds of data."""
    night, rows = known.night, units_in(known, known.rates.year)
    when, facts = year_words(known), []
    listed = {
        "platform": set(night.frame("silver.platform")["platform_code"]),
        "region": set(provinces(night.frame("silver.region"))["region_code"]),
        "category": set(night.frame("silver.product_category")["category_code"]),
        "cluster": set(night.frame("silver.industrial_cluster")["cluster_code"]),
    }
    for kind, codes in listed.items():
        own = set(rows.loc[rows["dimension_type"] == kind, "dimension_code"]) & codes
        many = KINDS[kind].many
        name = Text(f"{when.zh}有概率样本的{_units(many)}", f"{many.en} with probability samples {when.en}")
        facts.append(Fact(name, share(len(own), len(codes)), RATES))
    keys = night.frame("silver.product_category")
    keys = set(keys.loc[keys["key_consumer_product"].astype(str).str.lower() == "true", "category_code"])
    sampled = set(rows.loc[rows["dimension_type"] == "category", "dimension_code"])
    name = Text(
        f"{when.zh}有概率样本的重点消费品", f"Key consumer products with probability samples {when.en}"
    )
    facts.append(Fact(name, share(len(keys & sampled), len(keys)), RATES))
    table = "gold.network_coverage"
    network = night.frame(table)
    nation = network[(network["dimension_type"] == "nation") & (network["data_kind"] == "all")]
    live, providers = (int(pd.to_numeric(nation[c]).sum()) for c in ("n_live", "n_providers"))
    name = Text(
        "近92天有新数据的来源（有四类数据的来源中）",
        "Sources with data of the last 92 days, of those with any of the four kinds",
    )
    facts.append(Fact(name, share(live, providers), table))
    kinds = pd.to_numeric(nation["n_kinds_live"]).sum()
    facts.append(
        Fact(Text("正常报送的数据类别（共四类）", "Kinds of data reported, of four"), count(kinds), table)
    )
    return facts


def accuracy(known: Gathered) -> list[Fact]:
    """Return facts on sampling errors and others. Of probability samples in `Rates.year`: the nation's
    batches judged, their effective number, non-response, and the precision of platforms, provinces,
    categories and clusters. Of the purchases planned in that year: those cancelled or lost (left out where
    there is no year). Of all time: results overturned, in both designs, published rates revised, and records
    unreadable or quarantined. And the two checks of `proven`."""
    rows = units_in(known, known.rates.year)
    nation, when = rows[rows["dimension_type"] == "nation"], year_words(known)
    added = {c: int(nation[c].sum()) for c in ("n_sampled", "n_exited_void")}
    judged = int(outcomes.judged(nation).sum())
    facts = [
        Fact(
            Text(f"{when.zh}概率样本的已判定批次", f"Probability samples judged {when.en}, batches"),
            count(judged),
            RATES,
        ),
        Fact(
            Text(
                "按销量加权后的Kish有效样本量，占已判定批次",
                "Effective sample size (Kish) after weighting by sales, of the batches judged",
            ),
            share(float(nation["n_effective"].fillna(0).sum()), judged),
            RATES,
        ),
        Fact(
            Text(
                "无应答：检验前作废占已有结果批次",
                "Non-response: void before the test, of the batches sampled",
            ),
            share(added["n_exited_void"], added["n_sampled"]),
            RATES,
        ),
        *_purchases(known),
        *_precision(rows),
        *proven(),
    ]
    every = known.rates.records("nation", NATION_CODE, "probability")
    every += known.rates.records("nation", NATION_CODE, "targeted")
    first, over = (
        sum(whole(r[c]) for r in every if r["period_type"] == "all")
        for c in ("n_first_nonconforming", "n_overturned")
    )
    name = Text(
        "经复检改判的，占初检不合格批次",
        "Overturned at re-inspection, of the batches non-conforming at first",
    )
    return [*facts, Fact(name, share(over, first), RATES), *_revisions(known.night), *_records(known.night)]


def _purchases(known: Gathered) -> list[Fact]:
    """Return the share of planned purchases that were cancelled or lost, over all platforms in `Rates.year`;
    [] where there is no year."""
    rows, year = known.night.frame(LEDGER), known.rates.year
    if year is None or rows.empty:
        return []
    own = rows[
        (rows["dimension_type"] == "platform")
        & (rows["period_type"] == year.period_type)
        & (rows["period_start"] == year.start)
    ]
    planned, gone = (
        int(sum(pd.to_numeric(own[c]).fillna(0).sum() for c in columns))
        for columns in (["n_planned"], ["n_cancelled", "n_lost"])
    )
    name = Text("取消或丢失的，占计划买样", "Cancelled or lost, of the planned purchases")
    return [Fact(name, share(gone, planned), LEDGER)]


def _precision(rows: pd.DataFrame) -> list[Fact]:
    """Return for each dimension how many units have enough batches, how many are precise enough to be ranked,
    and the median half-width of the limits."""
    facts = []
    for kind, of in KINDS.items():
        own = rows[rows["dimension_type"] == kind]
        shown = own[own["reliability"] != INSUFFICIENT]
        half = (shown["exposure_high"] - shown["exposure_low"].fillna(0)).astype(float) / 2
        many = of.many
        name = Text(f"样本足够（A至D级）的{_units(many)}", f"{many.en} with enough batches (classes A to D)")
        facts.append(Fact(name, share(len(shown), len(own)), RATES))
        name = Text(f"精度为A至C级的{_units(many)}", f"{many.en} in classes A to C")
        facts.append(Fact(name, share(int(shown["reliability"].isin(list("ABC")).sum()), len(own)), RATES))
        name = Text(
            f"{many.zh}：95%区间半宽的中位数（百分点）",
            f"{many.en}: median half-width of the 95% interval, points",
        )
        middle = half.median()
        facts.append(Fact(name, DASH if missing(middle) else str(rounded(middle)), RATES))
    return facts


def proven() -> list[Fact]:
    """Return two checks from a simulation of the published method (PROOF), each the worst of all cases for
    which rates are published: how often 95% intervals contain the true rate (to hold: at least 94.5%), and
    how often it lies beyond one side (at most 3.5%)."""
    with PROOF.open(encoding="utf-8", newline="") as file:
        cells = [row for row in csv.DictReader(file) if row["draws"]]
    least = min(float(row["covered"]) for row in cells)
    most = max(max(float(row["truth_above"]), float(row["truth_below"])) for row in cells)
    source = f"proofs/{PROOF.name}"
    return [
        Fact(
            Text(
                "模拟验证：95%区间的覆盖率，各情形中最低",
                "Simulation: 95% intervals that cover the true rate, lowest of all cases",
            ),
            percent(least),
            source,
            least >= 0.945,
        ),
        Fact(
            Text(
                "模拟验证：真值落在区间一侧之外的比例，各情形中最高",
                "Simulation: true rate beyond one side of the interval, highest of all cases",
            ),
            percent(most),
            source,
            most <= 0.035,
        ),
    ]


def _revisions(night: Night) -> list[Fact]:
    """Return the share of published rates that were revised since."""
    rows = night.frame(PUBLISHED)
    first = int(rows.loc[rows["revision"] == 0, "rows"].sum())
    again = int(rows.loc[rows["revision"] == 1, "rows"].sum())
    return [
        Fact(
            Text("此后修订过的，占已公布比率", "Revised since, of the rates published"),
            share(again, first),
            "ops.publication",
        )
    ]


def _records(night: Night) -> list[Fact]:
    ledger = night.frame("ops.reconciliation")
    total, *parts = (sum(map(whole, ledger[c])) for c in ("records", "unreadable", "quarantined"))
    names = (
        Text("无法读取的，占收到的记录", "Not readable, of the records received"),
        Text("被隔离的，占收到的记录", "Quarantined, of the records received"),
    )
    return [Fact(n, share(x, total), "ops.reconciliation") for n, x in zip(names, parts, strict=True)]


def timeliness(known: Gathered) -> list[Fact]:
    """Return facts on time: feeds that are late for their cadence, days from the newest event up to the
    night, median days of the procedure's steps and from order to publication (all time), stale and absent
    tables."""
    night = known.night
    fresh = night.frame("ops.freshness")
    late = fresh["late"].fillna(False).astype(bool)
    facts = [Fact(Text("迟报的数据流", "Late feeds"), share(int(late.sum()), len(fresh)), "ops.freshness")]
    for cadence, words in CADENCE.items():
        own = fresh["cadence"] == cadence
        if own.any():
            name = Text(f"迟报的数据流，{words.zh}报送", f"Late feeds, {words.en}")
            facts.append(Fact(name, share(int((late & own).sum()), int(own.sum())), "ops.freshness"))
    age = Text("最新事件距本次运行的天数", "Days from the latest event to this run")
    days = None if night.data_date is None else (night.date - night.data_date).days
    facts.append(Fact(age, count(days), "ops.freshness"))
    table = "gold.lag_kpi"
    rows = known.rows(table, "nation", NATION_CODE)
    rows = rows[rows["period_type"] == "all"] if len(rows) else rows
    for row in dicts(rows):
        words = label(LAG, row["lag"])
        name = Text(f"{words.zh}：中位天数", f"{words.en}: median days")
        facts.append(Fact(name, DASH if missing(row["median_days"]) else fixed(row["median_days"]), table))
    facts.append(_to_publication(night))
    name = Text("沿用旧版或缺失的表", "Stale or missing tables")
    return [*facts, Fact(name, share(len(night.behind), len(night.states)), "ops.night")]


def _to_publication(night: Night) -> Fact:
    """Return the median days from the order to the publication, for batches that are published."""
    life = night.frame(LIFE)
    done = life[life["ordered_on"].notna() & life["published_on"].notna()]
    days = (pd.to_datetime(done["published_on"]) - pd.to_datetime(done["ordered_on"])).dt.days
    name = Text(
        "从下单到公布的中位天数（已公布批次）", "Median days from order to publication, published batches"
    )
    return Fact(name, f"{fixed(days.median(), 0)} (n = {len(days):,})" if len(days) else DASH, LIFE)


def coherence(known: Gathered) -> list[Fact]:
    """Return checks of sums and identities within and between tables, over all periods, and two facts on
    probability samples: how many units' last 12 months are compared with a year earlier, and how many have
    fewer than 12 months of data in `Rates.year`."""
    night, rows = known.night, known.rates.plain
    balanced = night.frame(LEDGER)["balanced"].map(lambda b: bool(b) if not missing(b) else False)
    reconciled = night.frame("ops.reconciliation")["balanced"].map(lambda b: not missing(b) and bool(b))
    sums: Sequence[tuple[Text, Any]] = (
        (
            Text(
                "已有结果批次 = 检验前移送查处 + 检验前作废 + 完成检验（数据行）",
                "With an outcome = referred before the test + void before the test + tested (rows)",
            ),
            rows["n_sampled"] == rows[[*IDENTITIES["n_sampled"]]].sum(axis=1),
        ),
        (
            Text(
                "完成检验 = 未发现不合格 + 不合格批次 + 未判定（数据行）",
                "Tested = none found + non-conforming + not judged (rows)",
            ),
            rows["n_tested"] == rows[[*IDENTITIES["n_tested"]]].sum(axis=1),
        ),
    )
    facts = [_held(name, held, RATES) for name, held in sums]
    facts += [
        _held(Text("抽样台账相符的行", "Rows of the sampling ledger that reconcile"), balanced, LEDGER),
        _held(
            Text("记录数逐项相符的文件（每个数据流计一次）", "Files that reconcile (once for each feed)"),
            reconciled,
            "ops.reconciliation",
        ),
        _designs(rows),
        _lifecycle(known),
    ]
    shown = units_in(known, known.window)
    name = Text(
        "最近12个月可与上年同期相比的单位", "Units whose last 12 months can be compared with a year earlier"
    )
    compared = share(int(shown["yoy_pp"].notna().sum()), len(shown))
    year, of = units_in(known, known.rates.year), known.rates.year
    when = Text(f"{of.start.year}年", f"in {of.start.year}") if of else Text("最近一年", "in the latest year")
    short = Text(f"{when.zh}数据不足12个月的单位", f"Units with fewer than 12 months of data {when.en}")
    less = year["months_covered"] < 12 if of is None or of.until is None else year["design"].notna()
    return [*facts, Fact(name, compared, RATES), Fact(short, share(int(less.sum()), len(year)), RATES)]


def _held(name: Text, held: pd.Series, source: str) -> Fact:
    own = np.asarray(held, dtype=bool)
    return Fact(name, share(int(own.sum()), len(own)), source, bool(own.all()) if len(own) else None)


def _designs(rows: pd.DataFrame) -> Fact:
    """Check that the samples of the designs add up to all samples in every unit and period."""
    key = ["period_type", "period_start", "dimension_type", "dimension_code", "region_role"]
    # Windows of twelve months exist where those of their design are whole, so they need not add up.
    own = rows[rows["period_type"] != "rolling12"].astype(dict.fromkeys((*key, "design"), object))
    whole_of = own[own["design"] == "all"].set_index(key)["n_sampled"]
    parts = own[own["design"] != "all"].groupby(key)["n_sampled"].sum()
    name = Text("概率抽样 + 靶向抽样 = 全部（数据行）", "Probability + targeted = all samples (rows)")
    return _held(name, parts.reindex(whole_of.index).fillna(0) == whole_of, RATES)


def _lifecycle(known: Gathered) -> Fact:
    """Check that the procedure's records and the table of rates have the same number of final
    non-conformities."""
    life = known.night.frame(LIFE)
    rows = known.rates.records("nation", NATION_CODE, "all")
    of_rate = sum(whole(r["n_nonconforming"]) for r in rows if r["period_type"] == "all")
    of_life = int((life["outcome"] == "nonconforming").sum())
    name = Text(
        "最终不合格批次：程序记录 / 比率表", "Batches finally non-conforming: procedure / table of rates"
    )
    return Fact(name, f"{of_life:,} / {of_rate:,}", f"{LIFE}, {RATES}", of_life == of_rate)


def accessibility(night: Night, file_ledger: FileLedger, pages: int, files: Sequence[str]) -> list[Fact]:
    """Return facts on access: numbers of pages (``pages``) and of their data files (``files``, without
    scripts (.js)), formats, languages, columns described in both languages, files in the ledger."""
    # A script that a page loads lies among its files and is no download.
    files = [name for name in files if not name.endswith(".js")]
    forms = sorted({name.rsplit(".", 1)[-1].upper() for name in files})
    described = night.dictionary
    both = described[["description_zh", "description_en"]].fillna("").ne("").all(axis=1)
    return [
        Fact(Text("网页（个）", "Pages"), count(pages), "site"),
        Fact(Text("网页的数据文件（个）", "Data files of pages"), count(len(set(files))), "site"),
        Fact(Text("网页数据文件的格式", "Formats of these files"), ", ".join(forms) or DASH, "site"),
        Fact(Text("语言（种）", "Languages"), count(len(Text._fields)), "site"),
        _held(Text("有中英文说明的列", "Columns described in both languages"), both, "dictionary"),
        Fact(
            Text("已登记台账的文件（个）", "Files in the ledger"),
            count(file_ledger.distinct),
            "ops.reconciliation",
        ),
    ]
