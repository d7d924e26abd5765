"""Chooses the tested items that pages name as failing most in a product, from rows of gold.shopping_guidance.
Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from jobs.reports.numbers import missing

FIRST = 3  # items that are named per product, beside further ones of class A
Row = TypeVar("Row", bound=Mapping[str, Any])


def named_items(rows: Iterable[Row]) -> list[Row]:
    """Return the rows of the items to name for one product: the first FIRST and all further ones of class A
    (health and safety), each item once. Those of probability samples come before those of targeted ones, each
    in the order of the column position. ``rows``: all rows of the product."""
    failed = sorted(
        (r for r in rows if r["part"] == "fails_most"),
        key=lambda r: (r["design"] != "probability", r["position"] or 0),
    )
    once: dict[str, Row] = {}
    for row in failed:
        once.setdefault(row["item"], row)
    return [r for at, r in enumerate(once.values()) if at < FIRST or _class_a(r)]


def batches(rows: Iterable[Mapping[str, Any]]) -> tuple[int, int] | None:
    """Return how many batches of one product were judged and how many of them failed, of both designs
    together; None where none was judged. ``rows``: all rows of the product."""
    parts = [r for r in rows if r["part"] == "overall"]
    if not parts:
        return None
    return sum(int(r["n"]) for r in parts), sum(int(r["n_failed"]) for r in parts)


def _class_a(row: Mapping[str, Any]) -> bool:
    return not missing(row["class_a"]) and bool(row["class_a"])
