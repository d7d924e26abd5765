"""Enterprises by credit class, and how well the classes predict failures (gold.credit_score,
gold.credit_model_report), for the page credit.html."""

from __future__ import annotations

from typing import Any

import pandas as pd

from jobs.arrays import dicts
from jobs.marts.credit.credit_score import UNRATED
from jobs.methods.rounding import fixed
from jobs.reports.gathered import Gathered
from jobs.reports.numbers import DASH, count, missing, percent, span
from jobs.reports.wording import Text, same

SCORE, MODEL = "gold.credit_score", "gold.credit_model_report"
MONTHS = 6
GRADES = ("A", "B", "C", "D", UNRATED)
KIND = {
    "nation": Text("全国", "Nation"),
    "grade": Text("等级", "Class"),
    "platform": Text("平台", "Platform"),
    "province": Text("地区", "Region"),
}


def counted(known: Gathered) -> pd.DataFrame:
    """Return the number of enterprises in gold.credit_score, one row per month and class, sorted by these:
    columns month, grade and n_enterprises."""
    scores = known.night.frame(SCORE)
    table = scores.groupby(["month", "grade"], observed=True).size().rename("n_enterprises").reset_index()
    return table.astype({"grade": str}).sort_values(["month", "grade"], ignore_index=True)


def classes(known: Gathered) -> list[dict[str, Any]]:
    """Return one dict per month, the latest first, at most MONTHS: ``month`` (2026-06), ``rated`` (number of
    enterprises with a class), and ``cells``, one per class of GRADES, in that order: ``n``, how many
    enterprises it holds, and ``share``, that of those with a class ('' for UNRATED, and where none has one).
    Numbers are texts."""
    table = counted(known)
    rows = []
    for month in sorted(table["month"].unique(), reverse=True)[:MONTHS]:
        n = table[table["month"] == month].set_index("grade")["n_enterprises"]
        rated = int(n.drop(UNRATED, errors="ignore").sum())
        cells = [
            {"n": count(n.get(g, 0)), "share": percent(n.get(g, 0) / rated) if rated and g != UNRATED else ""}
            for g in GRADES
        ]
        rows.append({"month": f"{month:%Y-%m}", "cells": cells, "rated": count(rated)})
    return rows


def model(known: Gathered) -> dict[str, Any]:
    """Return the report on the model, gold.credit_model_report, as a dict: ``cutoffs``, lines of the nation,
    the newest first; of the newest one ``grades``, lines of the classes, and ``outside``, lines of the
    platforms and provinces that differ from what is expected, of ``n_tested`` that were tested; ``newest``,
    its month. A line is a dict of texts. Empty lists, 0 and None where there is no report."""
    frame = known.night.frame(MODEL)
    if frame.empty:
        return {"cutoffs": [], "grades": [], "outside": [], "n_tested": 0, "newest": None}
    newest = frame[frame["cutoff"] == frame["cutoff"].max()]
    nation = frame[frame["dimension_type"].eq("nation")].sort_values("cutoff", ascending=False)
    units = newest[newest["dimension_type"].isin(["platform", "province"]) & newest["p_value"].notna()]
    return {
        "cutoffs": [_line(known, row) for row in dicts(nation)],
        "grades": [
            _line(known, row)
            for row in dicts(newest[newest["dimension_type"].eq("grade")].sort_values("dimension_code"))
        ],
        "outside": [
            _line(known, row) for row in dicts(units[units["outside"].eq(True)].sort_values("p_value"))
        ],
        "n_tested": len(units),
        "newest": f"{newest['cutoff'].iloc[0]:%Y-%m}",
    }


def _line(known: Gathered, row: dict[str, Any]) -> dict[str, Any]:
    kind, code = row["dimension_type"], row["dimension_code"]
    whole = {"grade": same(code), "nation": KIND["nation"]}
    name = whole.get(kind) or known.names.of("region" if kind == "province" else kind, code)
    return {
        "cutoff": f"{row['cutoff']:%Y-%m}",
        "kind": KIND[kind],
        "name": name,
        "scored": count(row["n_scored"]),
        "failed": f"{count(row['n_failed'])} / {count(row['n_enterprises'])}",
        "observed": f"{percent(row['observed'])} ({span(row['low'], row['high'])})",
        "expected": DASH if missing(row["expected"]) else percent(row["expected"]),
        "batches": f"{count(row['n_batches_failed'])} / {count(row['n_batches'])}",
        "batch": DASH
        if missing(row["batch_rate"])
        else f"{percent(row['batch_rate'])} ({span(row['batch_low'], row['batch_high'])})",
        "auc": _area(row, "auc"),
        "auc_all": _area(row, "auc_all"),
        "ks": DASH if missing(row["ks"]) else fixed(row["ks"], 2),
        "psi": DASH if missing(row["psi"]) else fixed(row["psi"], 3),
    }


def _area(row: dict[str, Any], name: str) -> str:
    if missing(row[name]):
        return DASH
    low, high = row[f"{name}_low"], row[f"{name}_high"]
    return fixed(row[name], 2) + ("" if missing(low) else f" ({fixed(low, 2)}–{fixed(high, 2)})")
