"""How records are compared, as data: settings/<name>.yaml, with the comparisons in Splink's own words."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

SETTINGS = Path(__file__).parent / "settings"


@dataclass(frozen=True)
class Configuration:
    """``comparisons``: as in Splink's settings (an SQL condition per level), m and u being where training starts, or hold where there
    is too little to train with. ``blocking``: conditions, one of which a pair must meet to be compared. ``blocks``: key columns of
    which a value that more than ``largest_block`` records share is not used to find pairs. ``certain``: conditions that hardly ever
    bring different entities together, and ``recall``, the share of true pairs that meet one: from these Splink reckons how probable
    a match is. ``training``: conditions under which EM is run in turn. Fewer than ``least_records`` records train nothing. ``only``: what
    a pair must meet beside a blocking condition. A pair is a link from probability ``threshold`` on, a candidate from ``candidate`` on;
    a record whose two best entities are less than ``margin`` bits apart belongs to neither. ``apart``: comparisons and the level at which a pair is no link however much else
    agrees.
    """

    columns: tuple[str, ...]
    comparisons: tuple[dict[str, Any], ...]
    blocking: tuple[str, ...]
    blocks: tuple[str, ...]
    largest_block: int
    only: str
    certain: tuple[str, ...]
    recall: float
    training: tuple[str, ...]
    training_pairs: int
    random_pairs: int
    seed: int
    least_records: int
    prior: float
    candidate: float
    threshold: float
    margin: float
    apart: dict[str, str]


def read_configuration(name: str, folder: Path = SETTINGS) -> Configuration:
    """The settings of that name; an unknown or missing field is an error (TypeError), so is an unknown name (FileNotFoundError)."""
    data = yaml.safe_load((folder / f"{name}.yaml").read_text(encoding="utf-8"))
    return Configuration(**{name: tuple(value) if isinstance(value, list) else value for name, value in data.items()})
