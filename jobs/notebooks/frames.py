"""How notebooks show a DataFrame: as an HTML table whose columns have their names in both languages, with
numbers as pages write them, such as shares as per cent. In place of a missing rate it shows the reason, where
the frame says that there are too few samples. On a narrow page each row is shown as a card."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date, datetime
from math import isfinite
from typing import Any

import numpy as np
import pandas as pd
from IPython.core.getipython import get_ipython
from markupsafe import Markup

from jobs.marts.sampling.reliability import VIOLATION
from jobs.methods.rounding import fixed, half_up
from jobs.notebooks.labels import is_share, label, unit
from jobs.reports.numbers import minus, missing, p_value, points, significant

MOST = 60  # rows shown of a longer frame
TURNED = "列 Column"  # head of the names of columns that a turned frame has as rows
_DASH, _FEW = "–", "样本不足 | too few"
_P_VALUES = ("p", "p_value", "p_adjusted", "p_holm")


def frame_html(rows: pd.DataFrame, shares: Collection[str] = ()) -> str:
    """Return the frame as an HTML table of its first MOST rows, with the number of all rows below where
    there are more.

    ``rows``: any DataFrame. ``shares``: names of columns of shares (0–1) to show as per cent. A column of
    floats that is one by its contract or name (`labels.is_share`) is shown so in any case. An
    index with a name, or with texts as a transposed frame has, becomes the first column. Lists are joined by
    `；`, and a missing value is a dash.
    """
    if any(name is not None for name in rows.index.names):
        rows = rows.reset_index()
    elif pd.api.types.is_string_dtype(rows.index.dtype) and len(rows):
        named = [_in_words(str(name)) for name in rows.index]
        rows = _turned(rows).set_axis(pd.Index(named, name=TURNED)).reset_index()
    shown, names = rows.head(MOST), [str(name) for name in rows.columns]
    as_percent = (
        {n for n in names if n in shares or _is_share(n, rows[n])} if rows.columns.is_unique else set()
    )
    few, few_violations = _too_few(shown), _too_few_for_violations(shown)
    lines = [
        Markup("<tr>{}</tr>").format(_cells(names, record, as_percent, few[at], few_violations[at]))
        for at, record in enumerate(shown.itertuples(index=False, name=None))
    ]
    head = Markup("").join(map(_head, names))
    table = Markup('<table class="rows"><thead><tr>{}</tr></thead><tbody>{}</tbody></table>').format(
        head, Markup("\n").join(lines)
    )
    if len(rows) > MOST:
        table += Markup("<p>{} / {:,}行 rows</p>").format(MOST, len(rows))
    return str(table)


def _head(name: str) -> Markup:
    """A column's name in both languages, with the name that code knows it by as its title."""
    words = label(name)
    if words is None:  # a long name may be broken after an underscore
        return Markup('<th scope="col">{}</th>').format(Markup("_<wbr>").join(name.split("_")))
    both = Markup('<span lang="zh-CN">{}</span><br><span lang="en">{}</span>').format(words.zh, words.en)
    return Markup('<th scope="col" title="{}">{}</th>').format(name, both)


def _in_words(name: str) -> str:
    words = label(name)
    return name if words is None else f"{words.zh} {words.en}"


def _cells(
    names: list[str], record: tuple[Any, ...], as_percent: set[str], few: bool, few_violations: bool
) -> Markup:
    """Return the cells of a row. Where the samples are too few, the first missing rate says so, and the
    others are dashes."""
    made, said = [], False
    for name, value in zip(names, record, strict=True):
        own = few_violations if name in VIOLATION else few
        why = own and not said and name in as_percent and missing(value)
        text = _FEW if why else _text(value, _form(name, share=name in as_percent))
        said = said or why
        number = isinstance(value, (int, float, np.number)) and not why
        kind = "n" if number else "d" if why or isinstance(value, date) else "t" if len(text) > 12 else ""
        made.append(Markup('<td data-label="{}" class="{}">{}</td>').format(_in_words(name), kind, text))
    return Markup("").join(made)


def _turned(rows: pd.DataFrame) -> pd.DataFrame:
    """Return a transposed frame, whose rows were columns, with rows of shares as texts in per cent."""
    lines = {
        name: [_text(value, percent) for value in line]
        if _is_share(str(name), pd.Series(list(line)).convert_dtypes(convert_integer=False))
        else list(line)
        for name, *line in rows.itertuples(name=None)
    }
    return pd.DataFrame(lines.values(), columns=rows.columns, dtype=object)


def _is_share(name: str, column: pd.Series) -> bool:
    return is_share(name) and pd.api.types.is_float_dtype(column)


def _too_few(rows: pd.DataFrame) -> list[bool]:
    """Return for each row whether its samples are too few for a rate; rates of violations have a different
    rule."""
    if "reliability" in rows.columns:
        return rows["reliability"].eq("insufficient").tolist()
    if {"judged", "rate"} <= set(rows.columns):
        return rows["rate"].isna().tolist()
    return [False] * len(rows)


def _too_few_for_violations(rows: pd.DataFrame) -> list[bool]:
    """Return for each row whether its samples are too few for a violation rate, which has another denominator
    than the rates that ``reliability`` is about. It is false where ``reliability`` is missing, as in rows
    that pool the designs."""
    if "violation_rate" not in rows.columns:
        return _too_few(rows)
    missing_ones = rows["violation_rate"].isna()
    if "reliability" in rows.columns:
        return (missing_ones & rows["reliability"].notna()).tolist()
    return (missing_ones & ({"judged", "rate"} <= set(rows.columns))).tolist()


def _form(name: str, *, share: bool) -> Callable[[float], str]:
    """Return how the floats of a column are written: as pages write shares, p values, points of an index and
    percentage points (by the unit in the contract of a queried table), others with four digits."""
    if share:
        return percent
    if name in _P_VALUES:
        return p_value
    return {"points": lambda v: minus(fixed(v)), "percentage points": points}.get(
        unit(name) or "", significant
    )


def _text(value: Any, form: Callable[[float], str]) -> str:
    if isinstance(value, (list, tuple, np.ndarray)):
        return "；".join(map(str, value))
    if missing(value):
        return _DASH
    if isinstance(value, (bool, np.bool_)):
        return "✓" if value else "✗"
    if isinstance(value, (float, np.floating)):
        return form(float(value))
    if isinstance(value, (int, np.integer)):
        return minus(f"{value:,}")
    if isinstance(value, datetime) and not (value.hour or value.minute or value.second):
        return f"{value:%Y-%m-%d}"
    return value.isoformat() if isinstance(value, date) else str(value)


def percent(value: float, digits: int = 1) -> str:
    """Return a share (0–1) as per cent with ``digits`` decimals, such as "12.3%", rounded half up as pages
    round (`jobs.methods.rounding`); a dash where it is missing, "inf%" where it is infinite."""
    if missing(value):
        return _DASH
    return minus(f"{half_up(value, 100, digits) if isfinite(value) else value}%")


def show_frames() -> None:
    """Make the running IPython kernel show every DataFrame with `frame_html`. Outside of a kernel it does
    nothing."""
    shell = get_ipython()
    if shell is not None and shell.display_formatter is not None:
        shell.display_formatter.formatters["text/html"].for_type(pd.DataFrame, frame_html)
