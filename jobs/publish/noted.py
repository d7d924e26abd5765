"""`ops.bundle`: the log of all bundles ever written, one row per period and revision. A row stays when the
bundle's folder is removed, so that its revision number is not used again (definitions.md#bundle)."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from jobs.lake import ops
from jobs.lake.night import Snapshot
from jobs.lake.tables import Lake
from jobs.publish.periods import Span
from jobs.publish.shelf import MANIFEST, PUBLISHED, Bundle, of_period, shelf

LOG = "ops.bundle"


def last_noted(lake: Lake, period: Span) -> dict[str, Any] | None:
    """Return the row of ops.bundle with the highest revision of the period, as column → value; None where it
    has none."""
    rows = lake.arrow(LOG).to_pylist() if lake.exists(LOG) else []
    return max((r for r in rows if r["period"] == period.name), key=lambda r: r["revision"], default=None)


def first_published(lake: Lake, published: Path, period: Span) -> str | None:
    """Return the day on which the period's first revision was published, as an ISO text: the earliest of what
    ops.bundle has for revision 0 and what the manifests below ``published``, the folder of the bundles,
    state. None where neither has it."""
    rows = lake.arrow(LOG).to_pylist() if lake.exists(LOG) else []
    days = {r["revision"]: r["published_on"] for r in rows if r["period"] == period.name}
    stated = [b.first_published_on for b in of_period(published, period)]
    first: date | None = min((day for day in (days.get(0), *stated) if day), default=None)
    return first.isoformat() if first else None


def last_published(lake: Lake, published: Path, period: Span) -> date | None:
    """Return the latest day of publication of all revisions of the period: those below ``published``, the
    folder of the bundles, and those of ops.bundle, whose folders may have been removed. None where it has
    none."""
    rows = lake.arrow(LOG).to_pylist() if lake.exists(LOG) else []
    days = [row["published_on"] for row in rows if row["period"] == period.name]
    return max([*days, *(bundle.published_on for bundle in of_period(published, period))], default=None)


def stands(lake: Lake, last: Bundle) -> bool:
    """Return whether a period is published at present, that is, not withdrawn: neither ``last``, its last
    revision that has a folder, nor its last one in ops.bundle, whose folder may have been removed, is a
    withdrawal."""
    row = last_noted(lake, last.period)
    return not last.withdrawn and (row is None or row["state"] == PUBLISHED)


def note(lake: Lake, published: Path, snapshot: Snapshot) -> None:
    """Append to ops.bundle each bundle below ``published``, the folder of the bundles, that it lacks: the one
    just written, and any that a killed run wrote without adding it. ``snapshot``: the night whose run_id the
    new rows get."""
    there = lake.frame(LOG, columns=["period", "revision"]) if lake.exists(LOG) else None
    known = set() if there is None else set(there.itertuples(index=False, name=None))
    lacking = [b for b in shelf(published) if (b.period.name, b.revision) not in known]
    if lacking:
        lake.append(LOG, ops.rows(LOG, [_record(bundle, snapshot) for bundle in lacking]))


def _record(bundle: Bundle, snapshot: Snapshot) -> dict[str, Any]:
    manifest = bundle.manifest
    return {
        "period": bundle.period.name,
        "period_type": bundle.period.kind,
        "period_start": bundle.period.start,
        "revision": bundle.revision,
        "state": manifest["state"],
        "reason": manifest.get("reason"),
        "published_on": bundle.published_on,
        "due_on": date.fromisoformat(manifest["due_on"]),
        "run_id": snapshot.run_id,
        "rows": sum(table["rows"] for table in manifest["tables"].values()),
        "files": len(manifest["files"]),
        "manifest_sha256": hashlib.sha256((bundle.folder / MANIFEST).read_bytes()).hexdigest(),
        "recorded_at": datetime.now(UTC),
    }
