"""gold.review_hazard: hazards that reviews mention in their text."""

from __future__ import annotations

import pandas as pd

from jobs.marts.complaints.reading import Vocabulary, hazard_rows
from jobs.period import Period

KEPT = ["review_id", "reviewed_on", "platform_code", "listing_id"]
READS = {"review": [*KEPT, "text"]}


def build(
    *,
    review: pd.DataFrame,
    hazard_term: pd.DataFrame,
    product_term: pd.DataFrame,
    text_cue: pd.DataFrame,
    product_category: pd.DataFrame,
    period: Period,
) -> pd.DataFrame:
    """One row per review and hazard read in its text (`reading.hazard_rows`), sorted by key; arguments are
    the silver tables of these names. No word of the text is published: ``evidence`` holds words of
    hazard_term."""
    vocabulary = Vocabulary(hazard_term, product_term, text_cue, product_category)
    return hazard_rows(review, "review_id", KEPT, vocabulary)
