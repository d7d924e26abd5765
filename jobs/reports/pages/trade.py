"""The page trade.html: orders, units sold and enterprises by month, province and main category, as an
official table (gold.commerce_table). A cell that is confidential (column ``suppressed``) shows that instead
of figures."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd

from jobs.arrays import dicts
from jobs.reports.downloads import csv_bytes
from jobs.reports.figures import up_to
from jobs.reports.gathered import Gathered
from jobs.reports.names import NATION_CODE
from jobs.reports.numbers import count
from jobs.reports.rates import until as last_day
from jobs.reports.rendering import Page
from jobs.reports.wording import CONFIDENTIAL, Text, inside, same

TABLE = "gold.commerce_table"
EVERY = "all"
MONTHS = 24  # shown; the download has all
PATH = "trade.html"


def build(known: Gathered) -> Page:
    """Return the page trade.html: the nation in each of the newest MONTHS months, and the provinces and main
    categories in the newest one. Its download is the whole of gold.commerce_table as CSV, in which the
    figures of confidential cells are already missing."""
    rows = known.night.frame(TABLE)
    months = sorted(set(rows["month"]), reverse=True)
    whole = rows[(rows["region_code"] == NATION_CODE) & (rows["category_code"] == EVERY)].sort_values(
        "month", ascending=False
    )
    newest = rows[rows["month"] == months[0]] if months else rows
    context = {
        "months": [_line(same(f"{r['month']:%Y-%m}"), r) for r in dicts(whole)[:MONTHS]],
        "newest": inside(running_month(months[0], known.night.data_date)) if months else None,
        "parts_of": [
            (
                title,
                [_line(known.names.of(kind, r[column]), r) for r in dicts(found.sort_values(column))],
            )
            for title, kind, column, found in (
                (
                    Text("各地区", "Regions"),
                    "region",
                    "region_code",
                    _inner(newest, "region_code", NATION_CODE, "category_code", EVERY),
                ),
                (
                    Text("一级品类", "Main categories"),
                    "category",
                    "category_code",
                    _inner(newest, "category_code", EVERY, "region_code", NATION_CODE),
                ),
            )
        ],
        "withheld": int(rows["suppressed"].eq(True).sum()),
        "cells": len(rows),
    }
    return Page(
        PATH,
        "trade.html",
        Text("交易统计", "Trade"),
        PATH,
        context,
        {"data/commerce_table.csv": csv_bytes(rows)},
    )


def _inner(rows: pd.DataFrame, column: str, total: str, other: str, all_of_it: str) -> pd.DataFrame:
    """Return the cells by ``column`` alone: rows with ``all_of_it`` in the column ``other``, without the row
    of the ``total`` of ``column``."""
    return rows[(rows[other] == all_of_it) & (rows[column] != total)]


def _line(name: Text, row: dict[str, Any]) -> dict[str, Any]:
    hidden = row["suppressed"] is not False  # a null counts as confidential
    return {
        "name": name,
        "figures": [
            CONFIDENTIAL if hidden else same(count(row[c]))
            for c in ("n_orders", "units_sold", "n_enterprises")
        ],
    }


def running_month(month: date, through: date | None) -> Text:
    """Return a month in words, with ``through``, the last day of the data, where it has not ended with it."""
    return up_to(month_text(month), last_day("month", month, through))


def month_text(month: date) -> Text:
    """Return a month in words: 2026年3月 / March 2026. ``month``: any day in it."""
    return Text(f"{month.year}年{month.month}月", f"{month:%B %Y}")
