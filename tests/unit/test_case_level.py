"""The level of a case is the same on pages and in packages (definitions.md#case-level)."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace

import pytest

from jobs.exchange.pages.todo import tasks
from jobs.reports.cases import ORDINARY, RISK, SERIOUS, UNLAWFUL, level

DAY = date(2026, 6, 30)
RULED = {"citation": None, "rule_status": None}


def test_the_words_rise_with_the_level_in_both_languages() -> None:
    words = [(RISK[n].zh, RISK[n].en) for n in sorted(RISK)]
    assert words == [("一般", "ordinary"), ("较重", "moderate"), ("严重", "serious")]


def test_a_hazard_that_a_complaint_states_does_not_make_its_task_serious() -> None:
    letters = [
        SimpleNamespace(subject_id=name, hazards=hazards, due=DAY, since=DAY, **RULED)
        for name, hazards in (("K1", "fire；burns"), ("K2", None))
    ]
    found = tasks("platform", {"complaints_handed_over": letters}, DAY)
    assert {t.subject: t.risk_level for t in found} == {"K1": ORDINARY, "K2": ORDINARY}


@pytest.mark.parametrize(
    ("item_class", "reason", "wanted"),
    [("A", None, SERIOUS), ("B", None, ORDINARY), ("B", "no_maker", UNLAWFUL), ("A", "no_maker", SERIOUS)],
)
def test_a_takedown_has_the_level_of_its_batch(item_class: str, reason: str | None, wanted: int) -> None:
    notice = SimpleNamespace(
        sample_id="S1", notice_id="N1", exit_reason=reason, takedown_due=DAY, takedown_ordered_on=DAY, **RULED
    )
    failed = SimpleNamespace(sample_id="S1", item_class=item_class)
    rows = {"takedown_notices": [notice], "nonconforming_listings": [failed]}
    assert [t.risk_level for t in tasks("platform", rows, DAY)] == [wanted]
    assert level(serious=item_class == "A", unlawful=reason is not None) == wanted
