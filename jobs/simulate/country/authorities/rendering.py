"""Turns rows with our columns into the cells of a source's files: the mapping of its YAML in
schemas/sources, used in the opposite direction."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from jobs.environment import SCHEMAS
from jobs.ingest.source_files import resolve, roots_of
from jobs.simulate.country.texts import arrow
from jobs.strict_yaml import load_text

MONTHS = "January February March April May June July August September October November December".split()
_FIELDS = {"yyyy": "{0:04d}", "MMMM": "{3}", "MM": "{1:02d}", "M": "{1}", "dd": "{2:02d}", "d": "{2}"}


def feeds_of(source: str, family: str) -> Mapping[str, Mapping[str, Any]]:
    """Return the feeds (name → mapping) of `schemas/sources/<family>/<source>.yaml` as written there, or of
    the dialect that it extends."""
    own = SCHEMAS / "sources" / family / f"{source}.yaml"
    data, _ = load_text(own)
    return _feeds(own if "feeds" in data else SCHEMAS / "sources" / f"{data['extends']}.yaml")


@lru_cache(maxsize=64)
def _feeds(path: Path) -> Mapping[str, Mapping[str, Any]]:
    data, _, _ = resolve(path, roots_of([SCHEMAS]))
    return data["feeds"]


def rendered(feed: Mapping[str, Any], rows: pd.DataFrame) -> dict[str, pa.Array]:
    """Return the cells of a feed, header → text column, in the order of the YAML's columns, one cell per
    row.

    ``feed``: the feed's YAML; ``rows``: with our column names. A column that ``rows`` lacks is empty.
    Constants are not written, nor columns whose map gives one value for several words.
    """
    cells: dict[str, pa.Array] = {}
    for name, how in feed["columns"].items():
        if "from" not in how:
            continue
        header, inverse = how["from"], {v: k for k, v in how.get("map", {}).items()}
        if len(inverse) < len(how.get("map", {})):  # another column says which word stood there
            continue
        cells[header] = (
            _cells(rows[name], how, inverse)
            if len(rows) and name in rows
            else pa.nulls(len(rows), pa.string())
        )
    return cells


def _cells(column: pd.Series, how: Mapping[str, Any], inverse: Mapping[str, str]) -> pa.Array:
    if "date" in how:
        return _days(column, how["date"][0])
    if "instant" in how:
        return _moments(column, how["instant"][0])
    if "split" in how:
        return pa.array(
            [how["split"].join(v) if isinstance(v, (list, tuple)) and len(v) else None for v in column],
            pa.string(),
        )
    if inverse:
        return _mapped(column, inverse)
    if column.dtype.kind == "f":
        numbers = pa.array(column.to_numpy(), from_pandas=True)
        return pc.replace_substring_regex(numbers.cast(pa.string()), r"\.0$", "")
    return arrow(column)


def _mapped(column: pd.Series, inverse: Mapping[str, str]) -> pa.Array:
    """Canonical words (also true and false) as the source writes them."""
    codes, found = pd.factorize(column.to_numpy(object))
    return _word_of_each(
        [inverse[str(v).lower() if isinstance(v, (bool, np.bool_)) else str(v)] for v in found], codes
    )


def _word_of_each(words: list[str], codes: np.ndarray) -> pa.Array:
    """The word of each code; null for -1."""
    places = pa.array(np.maximum(codes, 0), mask=codes < 0)
    return pa.array(words, pa.string()).take(places) if words else pa.nulls(len(codes), pa.string())


def _days(column: pd.Series, pattern: str) -> pa.Array:
    codes, found = pd.factorize(column.to_numpy("datetime64[D]"))
    return _word_of_each(
        [written(day.astype("datetime64[D]").astype(object), pattern) for day in found], codes
    )


@lru_cache(maxsize=100_000)
def written(day: Any, pattern: str) -> str:
    """Return a day as text in a pattern of the source language (the letters yyyy MMMM MM M dd d, and other
    text), such as `d MMMM yyyy` → 3 March 2025."""
    template, rest = "", pattern
    while rest:
        field = next((f for f in _FIELDS if rest.startswith(f)), None)
        template += _FIELDS[field] if field else rest[0]
        rest = rest.removeprefix(field) if field else rest[1:]
    return template.format(day.year, day.month, day.day, MONTHS[day.month - 1])


def _moments(column: pd.Series, pattern: str) -> pa.Array:
    """Local times of Shanghai in the three patterns that the regulators use."""
    moments = column.to_numpy("datetime64[s]")
    days = _days(pd.Series(moments.astype("datetime64[D]")), pattern.split("HH")[0].replace("'T'", "T"))
    clock = pc.utf8_slice_codeunits(pa.array(moments).cast(pa.string()), 11)
    return pc.binary_join_element_wise(days, clock, "+08:00" if pattern.endswith("XXX") else "", "")
