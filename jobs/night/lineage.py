"""Report a run as OpenLineage events, table by table as their steps end (definitions.md#lineage)."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from jobs.lineage.sending import Say, Sender
from jobs.night.execute import Night, StepResult

if TYPE_CHECKING:
    from openlineage.client.event_v2 import RunEvent

    from jobs.lineage.events import Started


class RunEvents:
    """Sends the OpenLineage events of one run; making it sends the event that the run has begun.

    ``kind``: nightly, urgent or partial, which names the job; ``say``: gets a line where sending fails, which
    never stops the run.
    """

    def __init__(self, night: Night, kind: str, say: Say):
        self.night, self.kind = night, kind
        self.at = datetime.now(UTC)
        self.sender = Sender(night.facts.env.logs, night.facts.day, say)
        self.sender.send(self._start)

    def outcome(self, outcome: StepResult) -> None:
        """Send the events of one step: of the table that was built, also with the same rows, or failed, and
        of its bronze table where it was loaded. A table that the step did not build gets no event."""
        if outcome.log:
            self.sender.send(lambda: self._table(outcome))

    def done(self, stale: dict[str, str]) -> None:
        """Send that the run has ended and named its versions. ``stale``: table → why it could not be
        built or did not pass the gate (English)."""
        self.sender.send(lambda: self._end(stale))
        self.sender.close()

    def failed(self, why: str) -> None:
        """Send that the run ended with an error. ``why``: the message, without any value of a row."""
        from jobs.lineage.events import failed

        self.sender.send(lambda: [failed(self._run(), datetime.now(UTC), why)])
        self.sender.close()

    def _run(self) -> Started:
        from jobs.lineage.events import Started

        return Started(self.kind, self.night.run_id, self.at, "NIGHT", self.night.facts.day)

    def _start(self) -> list[RunEvent]:
        from openlineage.client.event_v2 import RunState

        return [self._run().event(RunState.START, self.at)]

    def _end(self, stale: dict[str, str]) -> list[RunEvent]:
        from openlineage.client.event_v2 import RunState

        from jobs.lineage.events import stale_tables

        said = stale_tables(stale) if stale else {}
        return [self._run().event(RunState.COMPLETE, datetime.now(UTC), run=said)]

    def _table(self, outcome: StepResult) -> list[RunEvent]:
        """A table with its audit, and the bronze that was loaded for it."""
        from jobs.lineage.events import Lakeside, Step, load_events, table_events

        facts, run = self.night.facts, self._run()
        lake = Lakeside(facts.env.lake, facts.catalog)
        named = {n.table: n for n in outcome.named}
        found: list[RunEvent] = []
        for entry in outcome.log:
            table, version = entry["table"], named[entry["table"]].version
            if entry["stage"] == "load":
                landed = facts.units[table.split(".")[1]].landed
                feeds = sorted(set(landed["source"] + "/" + landed["feed"]))
                found += load_events(run, lake, table, version, feeds, entry)
                continue
            contract, mine = facts.contract(table), named[table]
            step = Step(
                contract,
                version=version,
                reads=json.loads(mine.inputs).get("versions", {}),
                started=entry["started_at"],
                ended=entry["started_at"] + timedelta(seconds=entry["seconds"]),
                rows=entry["rows"],
                engine=entry["engine"],
                error=mine.reason_en if outcome.failed else "",
                code=facts.made_by[table].code,
                verdicts=outcome.verdicts,
            )
            found += table_events(run, lake, step)
        return found
