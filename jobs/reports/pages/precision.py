"""The page precision.html on the precision of published rates: how often their 95% limits contain the true
rate in a simulation, and how many units are in each class of reliability (A the most precise, to D, and
insufficient) in the newest year."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from jobs.reports import frame_coverage
from jobs.reports.figures import year_text
from jobs.reports.material import Night
from jobs.reports.numbers import DASH, count, percent
from jobs.reports.rendering import Page
from jobs.reports.wording import Text

# Made by tests/jobs/test_rate_coverage.py, which compares it with what it measures.
PROVEN = Path(__file__).parents[1] / "proofs" / "rate_coverage.csv"
DRAWN = {
    "even": Text("均匀抽取", "Listings drawn evenly"),
    "by_sales": Text("按销量成比例抽取", "Listings drawn in proportion to sales"),
}
CLASSES = ("A", "B", "C", "D", "insufficient")
KINDS = {
    "nation": Text("全国", "Nation"),
    "platform": Text("平台", "Platforms"),
    "region": Text("地区（销售者所在地）", "Regions (of the seller)"),
    "category": Text("品类", "Categories"),
    "cluster": Text("产业集群", "Clusters"),
}


def build(night: Night) -> Page:
    """Return the page precision.html: results of the simulation by way of drawing, skew, number of batches
    and rate; classes of reliability; coverage of the sampling frame."""
    region = night.frame("silver.region")
    shown = set(region.loc[region["level"] == "province", "region_code"])
    year, classes = reliability(night.frame("gold.detection_rate"), shown)
    return Page(
        "precision.html",
        "precision.html",
        Text("数据精度", "Precision of the data"),
        "precision.html",
        {
            "proven": proven(),
            "year": None if year is None else year_text(year, night.data_date),
            "classes": classes,
            "class_names": CLASSES,
            "frame": frame_coverage.shown(night),
        },
    )


def proven() -> list[dict[str, Any]]:
    """Return the results of the simulation (PROVEN), one dict per case, in the order of the file: how samples
    are ``drawn``, ``skew`` (standard deviation of the logarithm of units sold, as text), ``n`` (batches), and
    as texts in per cent ``rate``, about which the true rate lies, and the share of samples that publish a
    rate (``shown``). Of these: how often their limits contain the true rate (``covered``), how often it lies
    ``above`` or ``below`` them, and their median half width (``half``). Where no sample publishes a rate, all
    five are dashes."""
    with PROVEN.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [_shown(row) for row in rows]


def _shown(row: dict[str, str]) -> dict[str, Any]:
    base = {
        "drawn": DRAWN[row["design"]],
        "skew": row["skew"],
        "n": int(float(row["n"])),
        "rate": percent(float(row["of"])),
    }
    if not row["draws"]:
        return base | dict.fromkeys(("shown", "covered", "above", "below", "half"), DASH)
    return base | {
        "shown": percent(float(row["share_shown"])),
        "covered": percent(float(row["covered"])),
        "above": percent(float(row["truth_above"])),
        "below": percent(float(row["truth_below"])),
        "half": percent(float(row["half_width"])),
    }


def reliability(rates: pd.DataFrame, provinces: set[str]) -> tuple[date | None, list[dict[str, Any]]]:
    """Return the first day of the newest year with rates of probability samples (None without any), and one
    dict per dimension of KINDS with rates: ``name``, and as ``counts`` how many of its units are in each
    class of reliability, as texts, in the order of CLASSES. ``rates``: gold.detection_rate; ``provinces``:
    codes of the regions that count, as prefectures have rates too."""
    rows = rates[
        (rates["design"] == "probability")
        & (rates["period_type"] == "year")
        & (rates["dimension2_type"] == "")
        & rates["region_role"].isin(["", "seller"])
        & (rates["dimension_code"] != "unknown")
        & ((rates["dimension_type"] != "region") | rates["dimension_code"].isin(provinces))
    ]
    if rows.empty:
        return None, []
    newest = rows["period_start"].max()
    counts = (
        rows[rows["period_start"] == newest].groupby(["dimension_type", "reliability"], observed=True).size()
    )
    table = []
    for kind, name in KINDS.items():
        if kind in counts.index.get_level_values(0):
            own = counts[kind]
            table.append({"name": name, "counts": [count(own.get(one, 0)) for one in CLASSES]})
    return newest, table
