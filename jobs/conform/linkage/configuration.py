"""How records are compared, as data: settings/<name>.yaml. The comparisons are written as in Splink's
settings: each has levels, and each level has an m (how often it applies to pairs that match) and a u (to
pairs that do not)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

SETTINGS = Path(__file__).parent / "settings"


@dataclass(frozen=True)
class Configuration:
    """How records are compared.

    - ``columns``: the columns of the records, besides record_id.
    - ``comparisons``: as in Splink's settings (an SQL condition per level). Training starts from their m and
      u, which are used unchanged where there is too little to train with.
    - ``blocking``: conditions, one of which a pair must meet to be compared; ``only``: what it must also
      meet.
    - ``blocks``: columns from which columns `block_…` are made for these conditions, without the values that
      more than ``largest_block`` records share, or that make no pair: one record has them, or only records
      without the condition ``undecided``, which ``only`` requires of one of the two.
    - ``unit``: what is counted, instead of records, to find how common a value is (SQL).
    - ``certain``: conditions that hardly ever bring different entities together; ``recall``: the share of
      true pairs that meet one of them. The probability that two random records match is estimated from both.
    - ``training``: conditions under which EM is run in turn, each over at most ``training_pairs`` pairs;
      ``random_pairs`` and ``seed``: number and seed of the random pairs from which u is estimated.
    - ``least_records``: fewer records train nothing; ``prior`` is then the probability that two match.
    - ``threshold``: the least probability of a link; ``candidate``: that of a pair that is reported.
    - ``margin``: a record whose two best entities are fewer bits apart than this belongs to neither.
    - ``apart``: comparison → the level at which a pair is never a link, no matter what else agrees.
    """

    columns: tuple[str, ...]
    comparisons: tuple[dict[str, Any], ...]
    blocking: tuple[str, ...]
    blocks: tuple[str, ...]
    largest_block: int
    undecided: str
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
    """Read ``folder``/<name>.yaml. Raises TypeError for an unknown or missing field, and FileNotFoundError
    where there is no such file."""
    data = yaml.safe_load((folder / f"{name}.yaml").read_text(encoding="utf-8"))
    given: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in data.items()
    }
    return Configuration(**given)
