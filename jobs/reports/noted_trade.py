"""ops.trade_shown as it is written: figures are noted while the package or bundle that is the first to show
them is whole and still hidden, and confirmed once it is in place (`sent_trade` reads them).

A run that is killed between the two leaves rows that are not confirmed. Until the next run looks they count
as shown, so that nothing leaves which is frozen nowhere. `resolve_unconfirmed` then takes out those whose
folder still lies hidden: no one has seen it. Where it does not, it was put in place, and may have been
fetched and taken away since: they stay."""

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
    """Append to ops.trade_shown the rows of (kind, rows with the columns of KEYS and FIGURES) whose
    (kind, key) is not ``known``. To be called when all files are written and before their folder takes its
    place (`replaced_folder`), and `confirm` after. ``shown_in``: the manifest_id of the package, or period
    and revision of the bundle."""
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
        for key, figures in zip(keys_of(rows, kind), rows[[*FIGURES[kind]]].to_dict("records"), strict=True)
        if (kind, key) not in known
    ]
    if records:
        lake.append(SHOWN, ops.rows(SHOWN, records))


def confirm(lake: Lake, shown_in: str) -> None:
    """What is noted of this package or bundle has left: it was put in place."""
    _resolve(lake, {shown_in}, set())


def resolve_unconfirmed(lake: Lake, *, outbox: Path | None = None, published: Path | None = None) -> None:
    """Rows that a killed run left unconfirmed are taken out where the folder of their package in ``outbox``,
    or of their bundle in ``published``, is still hidden; else they are confirmed.

    A folder that is not given says nothing: rows of its channel stay as they are. To be called, under the
    lake's lock, before anything is made of the register."""
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
    """Rows that are not confirmed. Without a word on it a row is of an older lake, and has left."""
    rows = lake.arrow(SHOWN) if lake.exists(SHOWN) else ops.TRADE_SHOWN.empty_table()
    if "confirmed" not in rows.schema.names:
        return rows.slice(0, 0)
    return rows.filter(pc.equal(rows["confirmed"], False))


def _resolve(lake: Lake, there: Collection[str], gone: Collection[str]) -> None:
    """Of the open rows confirm those shown in ``there`` and remove those shown in ``gone``."""
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
    """manifest_id of each package for the authority of commerce that is whole and was not put in place. One
    whose manifest was not written to its end is not whole: nothing of it was noted yet."""
    manifests = (outbox / COMMERCE).glob(f"{hidden(Path('*')).name}/{MANIFEST}")
    found = set()
    for path in manifests:
        with suppress(ValueError):  # what is not JSON, nor UTF-8
            found.add(json.loads(path.read_text(encoding="utf-8"))["manifest_id"])
    return found


def _plain(value: Any) -> Any:
    return value if isinstance(value, str) else int(value)
