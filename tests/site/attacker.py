"""A reader who takes every file that leaves the house and puts all figures of orders in it together. It reads
files alone; the lake is asked only for the truth that its answers are compared with."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
from python_calamine import CalamineWorkbook
from scipy.optimize import linprog
from scipy.sparse import csr_matrix

# (period_type, period_start, dimension_type, dimension_code, category_code), as gold.commerce_confidential
Cell = tuple[str, date, str, str, str]
UNIT = ["period_type", "period_start", "dimension_type", "dimension_code"]
PER_ORDER = ("quality_complaints", "negative_reviews", "quality_returns")
# A provider's own figures come back to it alone: who has them needs no attack.
OWN = ("files_received", "records_not_accepted")
WIDTH = 0.15


@dataclass(frozen=True)
class Table:
    """A table of a file: ``path`` with the sheet or the number of the table in it."""

    path: str
    rows: pd.DataFrame


def tables(folders: Iterable[Path], *, own: bool = False) -> Iterator[Table]:
    """Every CSV, JSON Lines, sheet, HTML table and answer of the API below the folders, cells as texts;
    ``own``: with OWN."""
    for root in folders:
        for path in sorted(p for p in root.rglob("*") if p.is_file()):
            name = path.relative_to(root.parent).as_posix()
            if path.stem in OWN and not own:
                continue
            if path.suffix == ".csv":
                yield Table(name, pd.read_csv(path, dtype=str, encoding="utf-8-sig", keep_default_na=False))
            elif path.suffix == ".jsonl" and path.stat().st_size:
                yield Table(name, pd.read_json(path, lines=True, dtype=False).astype(str))
            elif path.suffix == ".json":
                yield from _answers(name, path)
            elif path.suffix == ".xlsx":
                yield from _sheets(name, path)
            elif path.suffix == ".html":
                yield from _html(name, path.read_text(encoding="utf-8"), own=own)


def _answers(name: str, path: Path) -> Iterator[Table]:
    """The rows of a JSON document that has `results`, as those of the API and of bundles have."""
    document = json.loads(path.read_text(encoding="utf-8"))
    rows = document.get("results") if isinstance(document, dict) else None
    if isinstance(rows, list) and rows:
        frame = pd.DataFrame(rows, dtype=object)
        yield Table(name, frame.where(frame.notna(), "").astype(str))


def _sheets(name: str, path: Path) -> Iterator[Table]:
    book = CalamineWorkbook.from_path(str(path))
    for sheet in book.sheet_names:
        rows = [[str(v) for v in row] for row in book.get_sheet_by_name(sheet).to_python()]
        if rows:
            yield Table(f"{name}#{sheet}", pd.DataFrame(rows[1:], columns=rows[0]))


def _html(name: str, text: str, *, own: bool) -> Iterator[Table]:
    """Tables of a page; those of the outbox say of which kind of file their rows are (`data-kind`)."""
    for number, body in enumerate(re.findall(r"<table.*?</table>", text, flags=re.DOTALL)):
        kind = re.match(r'<table data-kind="(\w+)"', body)
        if kind and kind[1] in OWN and not own:
            continue
        lines = re.findall(r"<tr.*?</tr>", body, flags=re.DOTALL)
        cells = [re.findall(r"<t[hd].*?</t[hd]>", line, flags=re.DOTALL) for line in lines]
        codes = [re.findall(r'href="[^"]*?/([\w.-]+)\.html', line) for line in lines]
        texts = [[re.sub(r"<[^>]*>", " ", c).strip() for c in row] for row in cells]
        width = max(map(len, texts), default=0)
        rows = [[*row, *[""] * (width - len(row)), *code[:1]] for row, code in zip(texts, codes, strict=True)]
        frame = pd.DataFrame(rows).fillna("")
        yield Table(f"{name}#{number}", frame.rename(columns={width: "code"}))


def figures(found: Iterable[Table]) -> dict[Cell, float]:
    """Orders of cells as files say them: outright, or as a count over its rate; of several the first."""
    return {cell: values[0] for cell, values in said(found).items()}


def said(found: Iterable[Table]) -> dict[Cell, list[float]]:
    """Every figure of orders that any file says of a cell: a later revision may say another one."""
    known: dict[Cell, list[float]] = {}
    for table in found:
        rows = table.rows
        if {"month", "region_code", "category_code", "n_orders"} <= set(rows):
            for row in rows.to_dict("records"):
                if row["n_orders"] != "":
                    at = ("month", _day(row["month"]), "table", row["region_code"], row["category_code"])
                    known.setdefault(at, []).append(float(row["n_orders"]))
        elif {*UNIT} <= set(rows):
            for row in rows.to_dict("records"):
                orders = _orders(row)
                if orders is not None:
                    at = (row["period_type"], _day(row["period_start"]), *(row[c] for c in UNIT[2:]), "all")
                    known.setdefault(at, []).append(orders)
    return known


def _day(text: str) -> date:
    return date.fromisoformat(text[:10])


def _number(text: object) -> float | None:
    """A figure as files write it, thousands separated or not; pandas.to_numeric ends the process on some of
    these texts."""
    form = str(text).replace(",", "")
    return float(form) if re.fullmatch(r"-?\d{1,18}(\.\d{1,20})?(e[+-]?\d{1,2})?", form) else None


def _orders(row: dict[str, str]) -> float | None:
    """Orders of one row; rates per 10,000 over a count as exactly as they are written."""
    read = {c: _number(v) for c, v in row.items()}
    get = {c: v for c, v in read.items() if v is not None}
    if row.get("indicator", PER_ORDER[0]) != PER_ORDER[0]:
        return None  # of other denominators
    for column in ("n_orders", "denominator"):
        if get.get(column, 0) > 0:
            return get[column]
    for events, rate in (("n_quality_complaints", "rate_per_10000"), ("numerator", "value")):
        if get.get(events, 0) > 0 and get.get(rate, 0) > 0:
            return 10_000 * get[events] / get[rate]
    return None


def bounded(
    truth: dict[Cell, float], sums: list[tuple[Cell, list[Cell]]], known: dict[Cell, float], asked: list[Cell]
) -> dict[Cell, tuple[float, float]]:
    """By linear programming the least and the greatest orders of ``asked`` that fit ``known`` figures and all
    sums. ``truth``: what there is, 0 for nothing, only to know which cells exist; a sum whose parts are not
    all of it is an inequality."""
    at = {cell: n for n, cell in enumerate(truth)}
    unknown = [cell for cell in at if cell not in known and truth[cell] > 0]
    place = {cell: n for n, cell in enumerate(unknown)}
    systems: dict[bool, tuple[list, list, list, list]] = {True: ([], [], [], []), False: ([], [], [], [])}
    for total, parts in sums:
        whole = abs(truth[total] - sum(truth[p] for p in parts)) < 1e-6
        values, rows, columns, right = systems[whole]
        rest, n = 0.0, len(right)
        for cell, sign in ((total, -1.0), *((p, 1.0) for p in parts)):
            if cell in place:
                values.append(sign)
                rows.append(n)
                columns.append(place[cell])
            else:
                rest += sign * known.get(cell, 0.0)
        right.append(-rest)
    matrices = {
        kind: (csr_matrix((v, (r, c)), shape=(len(b), len(unknown))), np.array(b))
        for kind, (v, r, c, b) in systems.items()
    }
    answers = {}
    for cell in asked:
        cost = np.zeros(len(unknown))
        cost[place[cell]] = 1.0
        ends = [
            linprog(
                sign * cost,
                A_eq=matrices[True][0],
                b_eq=matrices[True][1],
                A_ub=matrices[False][0],
                b_ub=matrices[False][1],
                bounds=(0, None),
                method="highs",
            )
            for sign in (1, -1)
        ]
        # Infeasible: figures that contradict each other are no proof of anything.
        assert {end.status for end in ends} <= {0, 3}, ends[0].message
        answers[cell] = (float(ends[0].fun), -float(ends[1].fun) if ends[1].status == 0 else np.inf)
    return answers


def recovered(truth: float, low: float, high: float) -> bool:
    """Whether a reader knows a value within 15 % (or 1)."""
    size = min(max(WIDTH * truth, 1.0), truth)
    return low > truth - size + 1e-6 and high < truth + size - 1e-6


KEYS = ("source", "platform_code", "dimension_code", "region_code", "category_code", "unit", "code")


def giving_columns(
    found: Iterable[Table], secrets: dict[str, dict[str, list[float]]], least: int = 6
) -> list[str]:
    """Columns of figures that say, for most of the units that they name, what is withheld of them: by a row,
    or summed over a unit's rows (also by the kind of row), or as the greatest of them.

    ``secrets``: by what is withheld (orders of a month, of all time ...), the values by unit. A column
    gives it away where it is within 15 % for at least ``least`` units and two thirds of those it names: a few
    small counts meet by chance.
    """
    units = {unit for values in secrets.values() for unit in values}
    return [
        f"{table.path}: {column} by {key}{kind} is {what}"
        for table in found
        for key in KEYS
        if key in table.rows and len(units & set(table.rows[key])) >= least
        for column, kind, said in _sums(table.rows, key, least)
        for what, values in secrets.items()
        if _gives(said, values, least)
    ]


# Headers of positions in a file: the greatest bounds how many records the file has; their sum says nothing.
POSITIONS = ("record", "element", "记录号")
KINDS = ("feed", "target", "data_kind", "indicator", "period_type", "period_start")


def _sums(rows: pd.DataFrame, key: str, least: int) -> Iterator[tuple[str, str, dict[str, float]]]:
    """Of each column of figures the sums by ``key`` and the greatest figures, and of each kind of row the
    sums (of positions the greatest alone): (column, kind, sums)."""
    kinds = [(f" of {c}", c) for c in KINDS if c in rows and c != key]
    for column in [c for c in rows if c != key]:
        numbers = rows[column].map(_number).astype(float)
        if numbers.notna().sum() < least:
            continue
        header = [str(column), str(rows[column].iloc[0])]  # a table of a page has its header as its first row
        how = "max" if any(p in h for p in POSITIONS for h in header) else "sum"
        units = numbers.groupby(rows[key])
        yield column, "", units.agg(how, min_count=1).dropna().to_dict()
        if how == "sum" and units.count().max() > 1:  # what is a unit's stands in each of its rows
            yield column, " the greatest", units.max().dropna().to_dict()
        for name, other in kinds:
            sums = numbers.groupby([rows[other], rows[key]]).agg(how, min_count=1).dropna()
            for kind in sums.index.get_level_values(0).unique():
                yield column, f"{name} {kind}", sums.loc[kind].to_dict()


def _gives(said: dict[str, float], values: dict[str, list[float]], least: int) -> bool:
    named = [unit for unit in said if unit in values]
    hits = [unit for unit in named if any(abs(said[unit] - value) <= WIDTH * value for value in values[unit])]
    return len(hits) >= least and 3 * len(hits) >= 2 * len(named)
