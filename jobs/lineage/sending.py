"""Sends OpenLineage events with the project's client: to where its standard settings say (OPENLINEAGE_URL,
OPENLINEAGE__TRANSPORT__…, OPENLINEAGE_CONFIG, openlineage.yml), else to the file
`logs/openlineage/<day>.ndjson`.

Lineage never stops the work: where sending fails, one line says so, and the rest of the run sends nothing.
With OPENLINEAGE_DISABLED=true, the client's setting for it, no event is made or sent.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from jobs.contracts.catalog import load_catalog
from jobs.environment import Environment
from jobs.errors import kind_and_place
from jobs.lake.night import newest_snapshot
from jobs.lake.tables import Lake

if TYPE_CHECKING:
    from openlineage.client import OpenLineageClient
    from openlineage.client.event_v2 import RunEvent

FOLDER = "openlineage"
Say = Callable[[str], None]


def disabled() -> bool:
    """Return whether OPENLINEAGE_DISABLED asks for no events, read as the client reads it."""
    return os.environ.get("OPENLINEAGE_DISABLED", "").lower().strip() == "true"


def client(logs: Path, day: date) -> OpenLineageClient:
    """Return a client with its standard settings; where there are none, one that appends to
    `<logs>/openlineage/<day>.ndjson`."""
    from openlineage.client import OpenLineageClient
    from openlineage.client.transport.file import FileConfig, FileTransport

    file = logs / FOLDER / f"{day}.ndjson"
    own = OpenLineageClient(transport=FileTransport(FileConfig(file.as_posix(), append=True)))
    if own.config.transport or os.environ.get("OPENLINEAGE_URL"):
        return OpenLineageClient()
    file.parent.mkdir(parents=True, exist_ok=True)
    return own


@dataclass
class Sender:
    """Sends the events of one run. ``logs``, ``day``: as for `client`; ``say``: called with one line where
    sending fails."""

    logs: Path
    day: date
    say: Say
    _client: OpenLineageClient | None = None
    _failed: bool = field(default=False)
    _disabled: bool = field(default_factory=disabled)

    def send(self, events: Callable[[], Iterable[RunEvent]]) -> None:
        """Send the events that the function ``events`` returns. It is not called where events are disabled or
        sending has failed before. No error is raised."""
        if self._failed or self._disabled:
            return
        try:
            if self._client is None:
                self._client = client(self.logs, self.day)
            for event in events():
                self._client.emit(event)
        except Exception as error:  # of any transport; the work itself goes on
            self._fails(kind_and_place(error))

    def close(self) -> None:
        """Wait until the client has sent everything, as it may send in the background. Nothing is done where
        sending failed or nothing was sent. No error is raised."""
        if self._client is None or self._failed:
            return
        try:
            if not self._client.close():
                self._fails("the transport kept some back")
        except Exception as error:
            self._fails(kind_and_place(error))

    def _fails(self, why: str) -> None:
        self._failed = True
        self.say(f"lineage: no further OpenLineage events of this run: {why}")


@contextmanager
def emitting(
    env: Environment,
    job: str,
    *outputs: Path,
    kinds: tuple[str, ...],
    hourly: Collection[str] = (),
    say: Say,
) -> Iterator[None]:
    """Context manager around a command that writes folders from the newest run of ``kinds``: send START
    before its block and COMPLETE after it, or FAIL where the block raises (the error is raised again).
    Nothing is sent where there is no night or events are disabled.

    ``env``: paths of lake and logs; ``job``: name of the job; ``outputs``: the folders; ``hourly``: tables
    (`<tier>.<name>`) that the command reads from the newest nightly or urgent run, which may come after the
    run of ``kinds``; ``say``: as for `Sender`.
    """
    snapshot = newest_snapshot(Lake(env.lake), kinds)
    if snapshot.date is None or disabled():
        yield
        return
    hour = newest_snapshot(Lake(env.lake)) if hourly else snapshot
    from openlineage.client.event_v2 import RunState

    from jobs.lineage.events import Lakeside, Started, failed, folder

    sender = Sender(env.logs, snapshot.date, say)
    run = Started(job, str(snapshot.run_id), datetime.now(UTC), day=snapshot.date)
    lake = Lakeside(env.lake, load_catalog())

    def done() -> list[RunEvent]:
        versions = {t: snapshot.version(t) for t in snapshot.tables if not t.startswith("bronze.")}
        versions |= {t: hour.version(t) for t in hour.tables if t in hourly}
        reads = [lake.read(t, version) for t, version in sorted(versions.items())]
        made = [folder(path, sum(p.is_file() for p in path.rglob("*"))) for path in outputs]
        return [run.event(RunState.COMPLETE, datetime.now(UTC), inputs=reads, outputs=made)]

    sender.send(lambda: [run.event(RunState.START, run.at)])
    try:
        yield
    except BaseException as error:
        why = kind_and_place(error)
        sender.send(lambda: [failed(run, datetime.now(UTC), why)])
        raise
    else:
        sender.send(done)
    finally:
        sender.close()
