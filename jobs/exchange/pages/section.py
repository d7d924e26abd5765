"""A file of a package as pages show it. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from jobs.exchange.pages import cells
from jobs.reports.wording import Text


@dataclass(frozen=True)
class Section:
    """A file as pages show it. ``stem``: its name without ending; ``n``: its number of rows; ``paths``: the
    pages that hold its rows, empty where the first page does; ``gone``: whether its rows were withdrawn."""

    stem: str
    title: Text
    n: int
    version: str
    stale: bool
    gone: bool
    columns: tuple[tuple[str, Text], ...]  # name and meaning of each
    table: cells.Table
    paths: tuple[str, ...] = ()
    cuts: tuple[int, ...] = ()  # the first row of each of these pages, counted from 0
    new: int | None = None  # number of rows that the package before did not have; None if not known

    @property
    def href(self) -> str:
        """The address of the file's rows: their first page, or the anchor on the first page."""
        return self.paths[0] if self.paths else f"#{self.stem}"

    def place(self, n: int) -> str:
        """Return the address of row n (from 1) of the file: page and anchor, such as
        leads-2.html#leads-71."""
        at = f"#{self.stem}-{n}"
        return next((p + at for p, cut in zip(self.paths[::-1], self.cuts[::-1], strict=True) if cut < n), at)
