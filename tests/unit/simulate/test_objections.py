"""What follows from an objection in the simulated country."""

from __future__ import annotations

from datetime import date

import pandas as pd

from jobs.simulate.country.authorities import procedure
from jobs.simulate.country.authorities.dossier import dossier
from jobs.simulate.country.world import world


def test_nothing_follows_from_a_result_after_an_objection_to_the_procedure_was_upheld(monkeypatch):
    monkeypatch.setattr(procedure, "OBJECTS", 0.7)  # or a small country has hardly one
    monkeypatch.setattr(procedure, "SHARES", [20, 20, 60])
    book = dossier(world(7, 50_000, date(2026, 6, 17), 18))
    filed, events = book.table("objection"), book.table("sampling_event")
    upheld = filed[(filed.kind == "procedure") & (filed.decision == "upheld")]
    assert len(upheld)
    rows = events.merge(upheld[["sample_id", "decided_on"]], on="sample_id")
    after = rows[rows.happened_at > rows.decided_on + pd.Timedelta(days=1)]
    follow_up = {"rectification_ordered", "stop_sale", "enforcement_opened", "published", "recheck_organised"}
    assert not follow_up & set(after.event)
    denied = filed[(filed.kind == "authenticity") & (filed.decision == "upheld")]
    assert follow_up & set(events.event[events.sample_id.isin(denied.sample_id)])
