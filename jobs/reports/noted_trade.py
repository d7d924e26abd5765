"""Writes ops.trade_shown, the register of the figures of trade that left the system. Later packages and
bundles must repeat these figures, so that no one can compute withheld ones from two of them
(`jobs.reports.sent_trade`, which reads the register).

`note` adds the figures that a package (for the authority of commerce) or a bundle (public) is the first to
show, while its folder is complete but still has its hidden name; `confirm` marks them once the folder has its
final name. A run that is killed between the two leaves unconfirmed rows. They count as shown until
`resolve_unconfirmed` removes those whose folder still is hidden, as no one has seen it. The others are
confirmed: their folder got its final name, and may have been fetched and removed since."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from jobs.arrays import dicts
from jobs.lake import ops
from jobs.lake.tables import Lake
from jobs.reports.sent_trade import BUNDLE, COMMERCE, FIGURES, PACKAGE, SHOWN, keys_of
from jobs.whole_folder import hidden

MANIFEST = "manifest.json"  # of a package as of a bundle


def note(
    lake: Lake,
    channel: str,
    shown_in: str,
    tables: Iterable[tuple[str, pd.DataFrame]],
    known: Collection[Any],
) -> None:
    """Append figures to ops.trade_shown as not confirmed, except those whose (kind, key) is in ``known``.

    ``channel``: PACKAGE or BUNDLE; ``shown_in``: the manifest_id of the package, or period and revision of
    the bundle; ``tables``: pairs of a kind (TABLE, TRADE or CONCENTRATION) and its rows, which have the
    columns that sent_trade.KEYS and FIGURES name for the kind; ``known``: (kind, key), each key a tuple of
    text as `sent_trade.keys_of` returns it. A missing figure is not stored.

    Call it when all files are written and before the folder gets its final name (at the end of the block of
    `replaced_folder`); call `confirm` after that.
    """
    at = datetime.now(UTC)
    records = [
        {
            "kind": kind,
            "key": json.dumps(key),
            "figures": json.dumps({name: _plain(v) for name, v in figures.items() if not pd.isna(v)}),
            "channel": channel,
            "shown_in": shown_in,
            "shown_at": at,
            "confirmed": False,
        }
        for kind, rows in tables
        for key, figures in zip(keys_of(rows, kind), dicts(rows[[*FIGURES[kind]]]), strict=True)
        if (kind, key) not in known
    ]
    if records:
        lake.append(SHOWN, ops.rows(SHOWN, records))


def confirm(lake: Lake, shown_in: str) -> None:
    """Mark the rows of this package or bundle as confirmed; call it once its folder has its final name.
    ``shown_in``: as for `note`. Where it has no unconfirmed rows, nothing is written."""
    _resolve(lake, {shown_in}, set())


def resolve_unconfirmed(lake: Lake, *, outbox: Path | None = None, published: Path | None = None) -> None:
    """Settle the rows that a killed run left unconfirmed: remove them where the folder of their package in
    ``outbox``, or of their bundle in ``published``, is still hidden, else confirm them.

    Rows of packages stay as they are where ``outbox`` is None, and rows of bundles where ``published`` is.
    Call it under the lake's lock, before the register is read."""
    open_rows = _open(lake)
    noted = {
        channel: set(
            pc.unique(open_rows.filter(pc.equal(open_rows["channel"], channel))["shown_in"]).to_pylist()
        )
        for channel in (PACKAGE, BUNDLE)
    }
    looked_at: set[str] = set()
    unseen: set[str] = set()
    if outbox is not None and (packages := noted[PACKAGE]):
        looked_at |= packages
        unseen |= packages & _hidden_packages(outbox)
    if published is not None and (bundles := noted[BUNDLE]):
        looked_at |= bundles
        unseen |= {name for name in bundles if hidden(published / name).is_dir()}
    _resolve(lake, looked_at - unseen, unseen)


def _open(lake: Lake) -> pa.Table:
    """Rows that are not confirmed. Rows of older lakes, whose `confirmed` is absent or null, are not among
    them: their figures have left."""
    rows = lake.arrow(SHOWN) if lake.exists(SHOWN) else ops.TRADE_SHOWN.empty_table()
    if "confirmed" not in rows.schema.names:
        return rows.slice(0, 0)
    return rows.filter(pc.equal(rows["confirmed"], False))


def _resolve(lake: Lake, there: Collection[str], gone: Collection[str]) -> None:
    """Confirm the unconfirmed rows whose `shown_in` is in ``there``, and remove those whose `shown_in` is in
    ``gone``."""
    touched = pa.array(sorted({*there, *gone}), pa.string())
    if not pc.any(pc.is_in(_open(lake)["shown_in"], touched)).as_py():
        return
    rows = lake.arrow(SHOWN)
    pending = pc.fill_null(pc.equal(rows["confirmed"], False), False)
    settled = pc.and_(pending, pc.is_in(rows["shown_in"], pa.array(sorted(there), pa.string())))
    dropped = pc.and_(pending, pc.is_in(rows["shown_in"], pa.array(sorted(gone), pa.string())))
    place = rows.schema.get_field_index("confirmed")
    rows = rows.set_column(place, rows.schema.field(place), pc.if_else(settled, True, rows["confirmed"]))
    lake.overwrite(SHOWN, rows.filter(pc.invert(dropped)))


def _hidden_packages(outbox: Path) -> set[str]:
    """manifest_id of each package for the authority of commerce that is complete but still hidden. Where the
    manifest was not written to its end, nothing was noted yet, and the package is left out."""
    manifests = (outbox / COMMERCE).glob(f"{hidden(Path('*')).name}/{MANIFEST}")
    found = set()
    for path in manifests:
        with suppress(ValueError):  # what is not JSON, nor UTF-8
            found.add(json.loads(path.read_text(encoding="utf-8"))["manifest_id"])
    return found


def _plain(value: Any) -> Any:
    return value if isinstance(value, str) else int(value)
