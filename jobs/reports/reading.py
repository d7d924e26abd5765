"""Reads from the lake what the site shows: the tables of one night, in the versions that the night names, and
the ops tables. No JVM.

The lake keeps versions of tables; a snapshot (a night) names one version of each.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.compute as pc

from jobs.contracts.catalog import Catalog, load_catalog
from jobs.contracts.dictionary import dictionary
from jobs.errors import UsageError
from jobs.ingest.source import load_sources
from jobs.ingest.source_files import files_of
from jobs.ingest.units import current
from jobs.lake.night import WHOLE, Snapshot, newest_snapshot
from jobs.lake.ops import TABLES as OPS
from jobs.lake.tables import Lake
from jobs.lake.whole import unreadable
from jobs.reports import frame_coverage, methods, order_lines, proposed, sent_lists, urgent
from jobs.reports.asked import CODED, COMPARED, OPS_READ, RATE_COLUMNS, RATES, columns_of
from jobs.reports.complaints import TABLE as COMPLAINTS
from jobs.reports.confidential import FLAGS, INDICATORS, shown, with_lone_rates
from jobs.reports.counting import (
    MOST_LINES,
    PUBLISHED,
    SELLS,
    flags,
    publications,
    quarantine_examples,
    quarantine_lines,
    quarantine_rules,
    quarantined_rows,
    sellers_of_sources,
    unknown_values,
)
from jobs.reports.material import Earlier, Night, Tables, TableState
from jobs.reports.names import KINDS, NATION_CODE
from jobs.reports.nation import of_nation
from jobs.reports.rates import OURS, windows
from jobs.reports.revised_rates import REVISED, revised
from jobs.reports.sent_trade import kept_withheld, without_withheld
from jobs.reports.shelved import Shelved
from jobs.reports.tracing import MEMBERS, TRACE, read_members
from jobs.reports.wording import Text

_NATION = (pc.field("dimension_type") == "nation") & (pc.field("dimension_code") == NATION_CODE)
# Rows of large tables of the night before that are read: those of the figures that pages open with.
COMPARED_ROWS = {
    RATES: (pc.field("dimension2_type") == "")
    & (pc.field("design") == "probability")
    & pc.field("region_role").isin(OURS)
    & pc.field("period_type").isin(["rolling12", "year"])
    & (pc.field("dimension_type").isin(list(KINDS)) | _NATION),
    COMPLAINTS: (pc.field("period_type") == "year") | _NATION,
    "gold.weak_point": pc.field("weak") & pc.field("period_type").isin(["quarter", "year"]),
}
METRICS, METRIC_ORDER = "ops.table_metric", ["date", "table", "metric"]
VERDICTS, LEDGER, LANDED = "ops.gate_verdict", "ops.reconciliation", "ops.ingest_file"
TRADE = "gold.commerce_table"
COUNTED = (
    "quarantine.rules",
    "quarantine.examples",
    "quarantine.lines",
    "quarantine.rows",
    "flags",
    PUBLISHED,
    "unknown_values",
)


def newest(lake: Lake) -> Snapshot:
    """Return the newest night whose tables were all built from one another (a nightly run, not an urgent or
    partial one). UsageError where there is none yet."""
    snapshot = newest_snapshot(lake, WHOLE)
    if snapshot.run_id is None or snapshot.date is None:
        raise UsageError(f"{lake.root}: no night has been named yet; `quality run` names the first one")
    return snapshot


def read_night(
    snapshot: Snapshot, roots: Sequence[Path], *, data_docs: bool, bundles: tuple[Shelved, ...] = ()
) -> Night:
    """Return all that pages are made from, without figures that may not be shown (confidential orders,
    numbers of order lines). ``snapshot``: the night; ``roots``: folders of the source YAML; ``data_docs``:
    whether the gate's Data Docs are in the site's folder; ``bundles``: what lies beside it (`shelved`)."""
    catalog = load_catalog()
    asked = columns_of(catalog)

    def table(name: str) -> pd.DataFrame:
        return _columns(snapshot, name, asked[name], catalog.contracts[name].key)

    withheld = kept_withheld(table(FLAGS), snapshot.lake)
    flagged = shown(FLAGS, withheld, withheld)
    withheld = with_lone_rates(withheld, snapshot)
    earlier = _earlier(snapshot, withheld)
    received = _ops(snapshot, LANDED)
    whole = current(received)

    @cache
    def counted() -> dict[str, pd.DataFrame]:
        return order_lines.of_quarantine(_counted(snapshot, catalog, whole))

    @cache
    def of_gate() -> dict[str, pd.DataFrame]:
        found = order_lines.of_gate(_ops(snapshot, METRICS), _ops(snapshot, VERDICTS))
        return dict(zip((METRICS, VERDICTS), found, strict=True))

    reads: dict[str, Callable[[], pd.DataFrame]] = {
        **{t: partial(lambda t: shown(t, table(t), withheld), t) for t in asked},
        **{t: partial(_ops, snapshot, t) for t in OPS_READ},
        **{name: partial(lambda name: counted()[name], name) for name in COUNTED},
        **{name: partial(lambda name: of_gate()[name], name) for name in (METRICS, VERDICTS)},
        FLAGS: lambda: flagged,
        SELLS: partial(sellers_of_sources, snapshot),  # pages of platforms need nothing else that is counted
        TRADE: lambda: without_withheld(shown(TRADE, table(TRADE), withheld), snapshot.lake),
        RATES: partial(_rates, snapshot),
        frame_coverage.COVERAGE: partial(frame_coverage.coverage, snapshot, flagged),
        REVISED: partial(revised, snapshot, None if earlier is None else earlier.date),
        urgent.SENT: partial(urgent.sent_and_waiting, snapshot),
        proposed.PROPOSED: partial(proposed.purchases, snapshot),
        methods.METHODS: partial(methods.versions, snapshot, catalog),
        sent_lists.RESTRICTED: partial(sent_lists.restricted, snapshot),
        MEMBERS: lambda: read_members(snapshot, tables[TRACE], received),
        LANDED: partial(order_lines.of_landing, received),
        LEDGER: lambda: order_lines.of_ledger(_ops(snapshot, LEDGER)),
    }
    tables = Tables(reads)
    landed = order_lines.of_landing(whole)
    states = tuple(
        TableState(t, n.state, n.verdict, Text(n.reason_zh, n.reason_en or n.reason_zh), n.version)
        for t, n in sorted(snapshot.named.items())
    )
    sources = load_sources(roots, catalog)
    assert snapshot.date is not None and snapshot.run_id is not None, "a site shows a night that is there"
    return Night(
        snapshot.date,
        snapshot.run_id,
        states,
        tables,
        dictionary(catalog),
        data_docs,
        landed,
        sources,
        catalog,
        earlier,
        bundles,
    )


def _before(snapshot: Snapshot) -> Snapshot:
    """Return the last night of an earlier date; a snapshot without a run where there is none."""
    return newest_snapshot(snapshot.lake, WHOLE, before=snapshot.date)


def _earlier(snapshot: Snapshot, confidential: pd.DataFrame) -> Earlier | None:
    """Return the tables of the night before, for comparison, without figures that may not be shown; None
    where there is none, or where maintenance has removed its versions. ``confidential``: rows of FLAGS with
    LONE."""
    before = _before(snapshot)
    if before.run_id is None or before.date is None:
        return None
    scored = before.version(INDICATORS)
    if scored is not None and unreadable(snapshot.lake, INDICATORS, scored) is not None:
        return None
    confidential = with_lone_rates(confidential, before)
    tables = {}
    for table, columns in COMPARED.items():
        version = before.version(table)
        if version is None:
            continue
        if unreadable(snapshot.lake, table, version) is not None:
            return None
        where = COMPARED_ROWS[table] if table in COMPARED_ROWS else of_nation(before, table)
        there = set(snapshot.lake.dataset(table, version).schema.names)
        rows = before.frame(table, columns=[c for c in columns if c in there], where=where)
        tables[table] = shown(table, rows.reindex(columns=columns), confidential)
    behind = frozenset(t for t, n in before.named.items() if n.state in ("stale", "absent"))
    return Earlier(before.date, behind, tables)


def _counted(snapshot: Snapshot, catalog: Catalog, landed: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The tables COUNTED."""
    flagged = flags(snapshot, set(landed["target"]) - {""})
    return {
        "quarantine.rules": quarantine_rules(snapshot),
        "quarantine.examples": quarantine_examples(snapshot),
        "quarantine.lines": quarantine_lines(snapshot, most=MOST_LINES),
        "quarantine.rows": quarantined_rows(snapshot),
        "flags": flagged,
        PUBLISHED: publications(snapshot),
        "unknown_values": unknown_values(
            snapshot, catalog, flagged, landed.loc[landed["live"], "load_key"].dropna()
        ),
    }


def read_from(snapshot: Snapshot, roots: Sequence[Path]) -> list[tuple[Any, ...]]:
    """Return a list that identifies what `read_night` reads, except the contracts: versions and states of
    tables, sizes of the lists that platforms were sent, and content of the source YAML. Where two such lists
    are equal, `read_night` returns the same, so the site need not be made again."""
    named = [
        (t, n.version, n.state, n.verdict, n.reason_zh, n.reason_en)
        for t, n in sorted(snapshot.named.items())
    ]
    ops = [(table, snapshot.lake.version(table)) for table in (*OPS_READ, PUBLISHED)]
    sources = [(path.parent.name, path.name, path.read_bytes()) for path in files_of(roots)]
    compared = (_before(snapshot).run_id,)
    return [
        (snapshot.run_id, str(snapshot.date)),
        compared,
        *named,
        *ops,
        *urgent.read_from(snapshot),
        *sent_lists.restricted(snapshot).itertuples(index=False, name=None),
        *sources,
    ]


def _columns(snapshot: Snapshot, table: str, columns: list[str], key: Sequence[str]) -> pd.DataFrame:
    """Return these columns of the nation's rows, sorted by ``key``, as nights over the same files may store
    equal rows in another order. A column that the night's version lacks is empty."""
    if snapshot.version(table) is None:
        return pd.DataFrame({c: pd.Series(dtype="object") for c in columns})
    there = set(snapshot.lake.dataset(table, snapshot.version(table)).schema.names)
    read = [c for c in dict.fromkeys((*columns, *key)) if c in there]
    rows = snapshot.lake.arrow(table, snapshot.version(table), columns=read, where=of_nation(snapshot, table))
    if order := [(c, "ascending") for c in key if c in there]:
        rows = rows.sort_by(order)
    return rows.to_pandas(date_as_object=True).reindex(columns=columns)


def _rates(snapshot: Snapshot) -> pd.DataFrame:
    """Return the part of gold.detection_rate that pages show, as the table is far larger: rows without a
    second dimension (of brands only years), and pairs of one year. Rows of other nations are left out."""
    version = snapshot.version(RATES)
    if version is None:
        return pd.DataFrame({c: pd.Series(dtype="object") for c in RATE_COLUMNS})
    other = (pc.field("dimension_type") == "nation") & (pc.field("dimension_code") != NATION_CODE)
    nation = (pc.field("dimension_type") == "nation") & ~other
    periods = snapshot.lake.arrow(RATES, version, columns=["period_type", "period_start"], where=nation)
    _, year = windows(periods.to_pandas(date_as_object=True))
    brand = (pc.field("dimension_type") == "brand") & (pc.field("period_type") != "year")
    where = (pc.field("dimension2_type") == "") & ~brand & ~other
    if year is not None:
        pairs = (
            (pc.field("dimension2_type") != "")
            & (pc.field("design") != "all")
            & pc.field("region_role").isin(["", "seller"])
        )
        where |= (
            pairs & (pc.field("period_type") == year.period_type) & (pc.field("period_start") == year.start)
        )
    there = set(snapshot.lake.dataset(RATES, version).schema.names)
    rows = snapshot.lake.arrow(RATES, version, columns=[c for c in RATE_COLUMNS if c in there], where=where)
    return (
        rows.to_pandas(date_as_object=True)
        .reindex(columns=RATE_COLUMNS)
        .astype(dict.fromkeys(CODED, "category"))
    )


def _ops(snapshot: Snapshot, table: str) -> pd.DataFrame:
    version = snapshot.version(table)
    if version is None and not snapshot.lake.exists(table):
        return OPS[table].empty_table().to_pandas(date_as_object=True)
    # An append-only table grows columns: one written before has fewer.
    rows = snapshot.lake.frame(table, version).reindex(columns=OPS[table].names)
    # Of one run in the order in which tables were done, which differs from run to run.
    return rows.sort_values(METRIC_ORDER, kind="stable", ignore_index=True) if table == METRICS else rows
