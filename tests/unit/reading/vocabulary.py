"""The vocabularies of schemas/reference, as tables of the lake."""

from __future__ import annotations

from functools import cache

import pandas as pd

from jobs.environment import SCHEMAS
from jobs.marts.complaints.reading import Vocabulary


def reference(name: str) -> pd.DataFrame:
    rows = pd.read_csv(SCHEMAS / "reference" / f"{name}.csv", dtype=object, keep_default_na=False)
    for column in {"match", "near"} & set(rows.columns):
        rows[column] = [words.split(";") if words else None for words in rows[column]]
    return rows.replace({"": None})


@cache
def vocabulary() -> Vocabulary:
    return Vocabulary(*map(reference, ("hazard_term", "product_term", "text_cue", "product_category")))
