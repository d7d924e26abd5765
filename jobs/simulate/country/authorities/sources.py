"""Which source delivers what and when: the sources of the authorities, called tellers, the rows that each of
them files, the days of their deliveries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from jobs.simulate.country.authorities.days import DAY, horizon, last_day
from jobs.simulate.country.authorities.dossier import Dossier
from jobs.simulate.country.authorities.rendering import feeds_of
from jobs.simulate.country.authorities.words import PROBABILITY_PROVINCES
from jobs.simulate.country.world import World


@dataclass(frozen=True)
class Teller:
    """A source of the authorities. ``name`` and ``family``: file and folder of its YAML in schemas/sources;
    ``whose``: a hidden column and the value that the rows which it files have in it (None: it files all
    rows); ``parts``: in how many deliveries it files the history."""

    name: str
    family: str
    whose: tuple[str, Any] | None
    parts: int

    @property
    def feeds(self) -> Mapping[str, Mapping[str, Any]]:
        """The feeds (name → mapping) of its YAML."""
        return feeds_of(self.name, self.family)


def tellers(world: World) -> list[Teller]:
    """Return all sources of the authorities, in a fixed order."""
    quarters = max(1, world.n_months // 3)
    provinces = sorted(set(world.references.regions.province))
    return [
        Teller("regulator_national", "regulator", ("_office", "CN"), 2),
        *(
            Teller(f"regulator_{p}", "regulator", ("_office", p), 2 if p in PROBABILITY_PROVINCES else 1)
            for p in provinces
        ),
        *(Teller(f"lab_{n + 1:02d}", "lab", ("_lab", n), 2) for n in range(len(world.labs))),
        Teller("accreditation", "lab", None, 1),
        *(Teller(f"brand_{n + 1:02d}", "brand", ("_brand", n), 1) for n in range(10)),
        Teller("complaint_centre_12365", "complaint", ("_channel", "centre"), quarters),
        Teller("hotline_12345", "complaint", ("_channel", "hotline"), quarters),
        Teller("customs", "customs", None, quarters),
        Teller("standards_body", "standards", None, 2),
        Teller("planning", "commerce", None, 2),
        Teller("overseas_notices", "overseas", None, 2),
        Teller("exchange_desk", "commerce", None, 2),
    ]


def history_days(world: World, parts: int) -> list[np.datetime64]:
    """Return the days on which a source delivers the history: the last days of ``parts`` parts of about
    equal length, in whole months. The last one is the last day of the history."""
    first = np.datetime64(world.start, "M")
    ends = [first + round(world.n_months * (n + 1) / parts) for n in range(parts)]
    return sorted({min(e.astype("datetime64[D]") - DAY, last_day(world)) for e in ends if e > first})


def night_days(world: World) -> list[np.datetime64]:
    """Return the days of the single nights after the history."""
    return list(np.arange(last_day(world) + DAY, horizon(world) + DAY))


class Shelf:
    """Finds the rows of a dossier that a source files."""

    def __init__(self, book: Dossier):
        self.book = book
        self._places: dict[tuple[str, str], dict[Any, np.ndarray]] = {}

    def rows(self, teller: Teller, target: str) -> pd.DataFrame | None:
        """Return the rows of the silver table ``target`` (name without layer) that the source ``teller``
        files; None where there are none."""
        if target not in self.book.tables:
            return None
        table = self.book.table(target)
        if teller.whose is None:
            return table
        column, value = teller.whose
        if column not in table:
            return None
        if (target, column) not in self._places:
            self._places[target, column] = table.groupby(column, sort=False).indices
        places = self._places[target, column]
        return table.iloc[places[value]] if value in places else None
