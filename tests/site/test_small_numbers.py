"""Words beside a number that is one, a probability close to one, and pages of a nation without an index."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
from reading_pages import text_of

from jobs.reports.gathered import Gathered, gather
from jobs.reports.pages import home, quality, trace, tracing
from jobs.reports.rendering import Page, render
from jobs.reports.site import shared_context


def read(page: Page, known: Gathered) -> str:
    return text_of(render(page, shared_context(known)).decode())


@pytest.mark.parametrize(
    ("n", "said"),
    [
        (1, ["table stale or missing", "feed late", "file refused or held", "does not reconcile"]),
        (2, ["tables stale or missing", "feeds late", "files refused or held", "do not reconcile"]),
    ],
)
def test_the_state_of_the_data_has_a_singular(known: Gathered, n: int, said: list[str]) -> None:
    page = home.build(known)
    page.context["data"] |= dict.fromkeys(("behind", "late", "refused", "unbalanced", "quarantined"), n)
    text = read(page, known)
    assert [words for words in said if words not in text] == []
    assert ("record quarantined" in text) == (n == 1) and ("records quarantined" in text) == (n == 2)


def test_a_link_that_is_not_certain_never_has_the_probability_one(known: Gathered) -> None:
    """The table said 1.00 beside a drawing that said > 0.99."""
    row = known.night.frame(tracing.TRACE).dropna(subset=["probability"]).to_dict("records")[0]
    row |= dict.fromkeys(("file", "member", "sha256", "received_on"))
    made = trace._hop(known, row | {"probability": 0.9991, "path_probability": 0.9991})
    assert made["chances"] == "> 0.99 (> 0.99)"
    assert trace._hop(known, row | {"probability": 1.0, "path_probability": 0.5})["chances"] == "1.00 (0.50)"


def test_the_page_of_the_index_is_made_where_platforms_alone_have_one(known: Gathered) -> None:
    def others(table: str) -> pd.DataFrame:
        frame = known.night.frame(table)
        return frame[frame["dimension_type"] != "nation"]

    tables = {t: others(t) for t in ("gold.quality_index", "gold.quality_index_pillar")}
    night = gather(replace(known.night, tables=dict(known.night.tables) | tables))
    page = quality.build(night)
    assert page.context["part"] is None
    some = {"name": night.pillar(night.pillars[0]), "stated": "1%", "effective": "1%", "importance": "1%"}
    page.context["diagnostics"] = page.context["diagnostics"] or [some | {"moved": "0.1"}]
    assert "No national index is published yet" in read(page, night)
