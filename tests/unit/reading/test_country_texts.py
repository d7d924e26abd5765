"""What the synthetic country's buyers write of a hazard is read as that hazard: outbreaks can be found by
their texts."""

from __future__ import annotations

import pandas as pd
import pytest
from vocabulary import vocabulary

from jobs.marts.complaints.reading import read
from jobs.simulate.country.hazard_words import (
    CODES,
    COMPLAINTS,
    COMPLAINTS_ELSE,
    HAZARDS,
    REVIEWS,
    REVIEWS_ELSE,
)

NAMING = [
    (text.format("产品"), CODES.get(hazard, hazard))
    for texts in (COMPLAINTS, REVIEWS)
    for hazard, of in texts.items()
    for text in of
]


@pytest.mark.parametrize(("text", "hazard"), NAMING)
def test_a_text_that_names_a_hazard_is_read_as_it_for_sure(text: str, hazard: str) -> None:
    found = read([text], vocabulary())
    assert (hazard, "sure") in set(zip(found["hazard_code"], found["confidence"], strict=True)), found


@pytest.mark.parametrize("text", [*COMPLAINTS_ELSE, *REVIEWS_ELSE])
def test_a_text_of_another_defect_reports_no_hazard(text: str) -> None:
    assert read([text.format("产品")], vocabulary()).empty


def test_every_category_has_hazards_that_somebody_writes_of() -> None:
    written = pd.Series([hazard for hazards in HAZARDS.values() for hazard in hazards])
    assert set(written) <= set(COMPLAINTS) and set(written) <= set(REVIEWS)
