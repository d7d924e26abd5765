"""What a lead waits for, as the page on source tracing counts it and the work queue has it."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from jobs.marts.overview.queue_leads import awaited

DAY = date(2026, 4, 1)


@pytest.mark.parametrize(
    ("finding", "role", "state", "acted", "task"),
    [
        ("nonconforming", "producer", "assigned", None, "verify_lead"),
        ("nonconforming", "producer", "accepted", None, "verify_lead"),  # it was acknowledged
        ("nonconforming", "producer", "accepted", DAY, None),
        ("violation", "operator", "assigned", None, "open_enforcement"),
        ("violation", "operator", "accepted", None, "open_enforcement"),
        # What else the region did about the batch opens no case: the work queue has the task as well.
        ("violation", "operator", "accepted", DAY, "open_enforcement"),
        ("violation", "operator", "case_opened", DAY, None),
        ("violation", "operator", "returned", None, "reassign_lead"),
        ("nonconforming", "operator", "unassigned", None, "assign_lead"),
    ],
)
def test_a_lead_waits_for_the_step_that_no_one_took(
    finding: str, role: str, state: str, acted: date | None, task: str | None
) -> None:
    about = {"finding": finding, "role": role, "unassigned_reason": None}
    lead = pd.DataFrame([about | {"state": state, "acted_on": acted}])
    assert awaited(lead).tolist() == [task]
