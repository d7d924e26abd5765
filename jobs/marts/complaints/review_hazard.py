"""gold.review_hazard: the hazards (such as fire or electric shock) that reviews of goods mention in their
text.

KEPT: review_id, reviewed_on, platform_code, listing_id."""

from __future__ import annotations

import pandas as pd

from jobs.marts.complaints.reading import Vocabulary, hazard_rows
from jobs.period import Period

KEPT = ["review_id", "reviewed_on", "platform_code", "listing_id"]  # columns copied from silver.review
READS = {"review": [*KEPT, "text"]}  # input of build → the columns of it that build reads


def build(
    *,
    review: pd.DataFrame,
    hazard_term: pd.DataFrame,
    product_term: pd.DataFrame,
    text_cue: pd.DataFrame,
    product_category: pd.DataFrame,
    period: Period,
) -> pd.DataFrame:
    """Return the hazards read in the texts of reviews: one row per review and hazard, sorted by review_id and
    hazard_code, with the columns KEPT, hazard_code, confidence (`sure` or `unsure`), evidence,
    read_category_code and method_version (`reading.hazard_rows`). A review whose text reports no hazard has
    no row.

    ``review``: silver.review, one row per review; the next four: the silver tables of vocabulary
    (`reading.Vocabulary`); ``period`` is not used. Of the text itself nothing is published: ``evidence``
    lists words of silver.hazard_term."""
    vocabulary = Vocabulary(hazard_term, product_term, text_cue, product_category)
    return hazard_rows(review, "review_id", KEPT, vocabulary)
