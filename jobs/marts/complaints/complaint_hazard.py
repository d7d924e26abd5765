"""gold.complaint_hazard: the hazards (such as fire or electric shock) that complaints, reports and enquiries
mention in their text.

KEPT: complaint_id, received_on, platform_code, listing_id, category_code."""

from __future__ import annotations

import pandas as pd

from jobs.marts.complaints.reading import Vocabulary, hazard_rows
from jobs.period import Period

KEPT = ["complaint_id", "received_on", "platform_code", "listing_id", "category_code"]  # copied columns
READS = {"complaint": [*KEPT, "text"]}  # input of build → the columns of it that build reads


def build(
    *,
    complaint: pd.DataFrame,
    hazard_term: pd.DataFrame,
    product_term: pd.DataFrame,
    text_cue: pd.DataFrame,
    product_category: pd.DataFrame,
    period: Period,
) -> pd.DataFrame:
    """Return the hazards read in the texts of cases: one row per case and hazard, sorted by complaint_id and
    hazard_code, with the columns KEPT, hazard_code, confidence (`sure` or `unsure`), evidence,
    read_category_code and method_version (`reading.hazard_rows`). A case whose text reports no hazard has no
    row.

    ``complaint``: silver.complaint, one row per case; the next four: the silver tables of vocabulary
    (`reading.Vocabulary`); ``period`` is not used. Of the text itself nothing is published: ``evidence``
    lists words of silver.hazard_term."""
    vocabulary = Vocabulary(hazard_term, product_term, text_cue, product_category)
    return hazard_rows(complaint, "complaint_id", KEPT, vocabulary)
