"""How records are compared, as data: settings/<name>.yaml, with the comparisons in Splink's own words."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

SETTINGS = Path(__file__).parent / "settings"


@dataclass(frozen=True)
class Configuration:
    """How records are compared.

    comparisons: as in Splink's settings (an SQL condition per level); m and u are where training starts, and
    hold where there is too
        little to train with
    blocking: conditions, one of which a pair must meet to be compared; only: what it must meet besides
    blocks: columns `block_…` for these conditions: without the values that more than largest_block records
    share unit: what a record stands for where it is counted how common a value is (SQL) certain: conditions
    that hardly ever bring different entities together; recall: the share of true pairs that meet one of them.
    From
        these Splink reckons how probable a match is
    training: conditions under which EM is run in turn, over training_pairs at most; random_pairs and seed:
    those that u is counted in least_records: fewer train nothing; then prior is how probable a match is
    threshold: a pair is a link from this probability on; candidate: it is reported from this one on
    margin: a record whose two best entities are less than so many bits apart belongs to neither apart:
    comparison → level at which a pair is no link however much else agrees
    """

    columns: tuple[str, ...]
    comparisons: tuple[dict[str, Any], ...]
    blocking: tuple[str, ...]
    blocks: tuple[str, ...]
    largest_block: int
    unit: str
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
    """The settings of that name; an unknown or missing field is an error (TypeError), so is an unknown name
    (FileNotFoundError)."""
    data = yaml.safe_load((folder / f"{name}.yaml").read_text(encoding="utf-8"))
    given: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in data.items()
    }
    return Configuration(**given)
