"""Find and remove names of regions at the beginning of names and addresses."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from jobs.conform.linkage.script import folded

_ENDINGS = ("省", "市", "特别行政区", "壮族自治区", "回族自治区", "维吾尔自治区", "自治区", "地区", "盟")
_SHORTEST = 2


@dataclass(frozen=True)
class Regions:
    """Names of regions, to be found at the beginning of a text. ``names``: first two characters → the names
    that begin with them, the longest first. Those of provinces and prefectures are also listed without their
    ending (省, 市 …); those of counties are not, as many brands are called so (长安, 新华)."""

    names: dict[str, tuple[str, ...]]

    def without(self, text: str, keep: int = _SHORTEST) -> str:
        """The text without the names of regions at its beginning; a name is removed only where at least
        ``keep`` characters are left. ``text``: folded (`script.folded`)."""
        while True:
            for name in self.names.get(text[:2], ()):
                if len(text) - len(name) >= keep and text.startswith(name):
                    text = text[len(name) :]
                    break
            else:
                return text

    def is_region(self, text: str) -> bool:
        """Whether the whole text is one of the names."""
        return text in self.names.get(text[:2], ())


def read_regions(region: pd.DataFrame) -> Regions:
    """Make Regions from silver.region (columns region_code and name_zh)."""
    found: set[str] = set()
    named = region["name_zh"].notna()
    for code, name in zip(
        region.loc[named, "region_code"].astype(str), folded(region.loc[named, "name_zh"]), strict=True
    ):
        found.add(name)
        if code.endswith("00"):
            found |= set(_short(name))
    by_head: dict[str, list[str]] = {}
    for name in sorted((n for n in found if len(n) >= _SHORTEST), key=lambda n: (-len(n), n)):
        by_head.setdefault(name[:2], []).append(name)
    return Regions({head: tuple(names) for head, names in by_head.items()})


def _short(name: str) -> Iterable[str]:
    for ending in _ENDINGS:
        if name.endswith(ending) and len(name) - len(ending) >= _SHORTEST:
            yield name[: -len(ending)]
