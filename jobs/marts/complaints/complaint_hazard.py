"""gold.complaint_hazard: hazards that complaints, reports and enquiries mention in their text."""

from __future__ import annotations

import pandas as pd

from jobs.marts.complaints.reading import Vocabulary, hazard_rows
from jobs.period import Period

KEPT = ["complaint_id", "received_on", "platform_code", "listing_id", "category_code"]
READS = {"complaint": [*KEPT, "text"]}


def build(
    *,
    complaint: pd.DataFrame,
    hazard_term: pd.DataFrame,
    product_term: pd.DataFrame,
    text_cue: pd.DataFrame,
    product_category: pd.DataFrame,
    period: Period,
) -> pd.DataFrame:
    """One row per case and hazard read in its text (`reading.hazard_rows`), sorted by key; arguments are the
    silver tables of these names. No word of the text is published: ``evidence`` holds words of hazard_term.
    """
    vocabulary = Vocabulary(hazard_term, product_term, text_cue, product_category)
    return hazard_rows(complaint, "complaint_id", KEPT, vocabulary)
