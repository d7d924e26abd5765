"""The schemas of the ops tables: what landing (taking in files), the runner (which builds the tables of a
run) and the gate (which audits them) write down about each run (definitions.md#ledger,
definitions.md#night)."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

# A point in time: microseconds, UTC.
INSTANT = pa.timestamp("us", tz="UTC")
# A list of texts.
TEXTS = pa.list_(pa.string())

# ops.ingest_file, append-only: one row per feed each time that a new or changed file is landed, held or
# refused, and when its landed rows expire. The counts are numbers of records or rows.
INGEST_FILE = pa.schema(
    [
        ("source", pa.string()),
        ("family", pa.string()),
        ("feed", pa.string()),  # '' where no feed takes the file
        ("target", pa.string()),  # table name without its tier, '' where no feed takes the file
        ("mode", pa.string()),  # append | upsert | snapshot, '' where no feed takes the file
        ("publisher_zh", pa.string()),
        ("publisher_en", pa.string()),
        ("cadence", pa.string()),
        ("synthetic", pa.bool_()),
        (
            "file",
            pa.string(),
        ),  # logical name: the path below <source>/, the same in inbox/ and inbox/corrections/
        ("path", pa.string()),  # as found, absolute
        ("size", pa.int64()),
        ("mtime_ns", pa.int64()),
        ("sha256", pa.string()),
        ("mapping", pa.string()),  # hash of the resolved feed and its lookups
        ("load_key", pa.string()),  # hash of source, feed, content, contents of joined files
        ("status", pa.string()),  # landed | empty | repeated | refused | held | expired
        ("reason_zh", pa.string()),
        ("reason_en", pa.string()),
        ("records", pa.int64()),
        ("unreadable", pa.int64()),
        ("exploded", pa.int64()),
        ("produced", pa.int64()),
        ("rejected", pa.int64()),
        ("loaded", pa.int64()),
        ("unjoined", pa.int64()),
        ("unused", pa.int64()),
        (
            "keys",
            pa.int64(),
        ),  # different keys among the loaded rows; null where the file was not read for them
        ("let_through", pa.bool_()),  # came through corrections/ or `land --accept`: never held
        ("scrubbed", pa.string()),  # JSON {"text": {"phone": 3}}: what was taken out of free text
        ("unreadable_list", pa.string()),  # JSON [{"record": 5, "reason_zh": …, "reason_en": …}]
        ("drift", TEXTS),  # columns that the feed neither maps nor ignores, the first 1,000
        ("missing", TEXTS),  # optional columns of the feed that the file lacks
        ("warnings", TEXTS),
        ("delivered_on", pa.date32()),
        ("received_on", pa.date32()),
        ("landed_path", pa.string()),  # Parquet below landing/, null unless landed
        ("recorded_at", INSTANT),
    ]
)

# ops.reconciliation: one row per source, feed, file and content, with the numbers of its records and of its
# rows by disposition (definitions.md#ledger); written whole by each run.
RECONCILIATION = pa.schema(
    [
        ("source", pa.string()),
        ("feed", pa.string()),
        ("target", pa.string()),
        ("file", pa.string()),
        ("sha256", pa.string()),
        ("load_key", pa.string()),
        ("status", pa.string()),
        ("reason_zh", pa.string()),
        ("reason_en", pa.string()),
        ("records", pa.int64()),
        ("unreadable", pa.int64()),
        ("exploded", pa.int64()),
        ("produced", pa.int64()),
        ("rejected", pa.int64()),
        ("loaded", pa.int64()),
        ("accepted", pa.int64()),
        ("quarantined", pa.int64()),
        ("superseded", pa.int64()),
        ("repeated", pa.int64()),
        ("unlinked", pa.int64()),
        ("unjoined", pa.int64()),
        ("unused", pa.int64()),
        ("balanced", pa.bool_()),
        ("received_on", pa.date32()),
        ("newest_event", pa.date32()),  # of its accepted rows
    ]
)

# ops.gate_verdict: one row per expectation of each audit of a table version.
GATE_VERDICT = pa.schema(
    [
        ("run_id", pa.string()),
        ("date", pa.date32()),
        ("table", pa.string()),
        ("version", pa.int64()),
        ("scope", pa.string()),  # what was audited: whole | months 2026-01, 2026-02
        ("batch", pa.string()),  # rows | metrics | columns (the metrics of each column that has a past)
        ("expectation", pa.string()),
        ("column", pa.string()),
        ("kwargs", pa.string()),
        ("severity", pa.string()),
        ("success", pa.bool_()),
        ("observed", pa.string()),
        ("unexpected_count", pa.int64()),
        ("element_count", pa.int64()),
        ("message_zh", pa.string()),
        ("message_en", pa.string()),
    ]
)

# ops.table_metric: one row per figure (row count, null share, ...) of each audited table version.
TABLE_METRIC = pa.schema(
    [
        ("run_id", pa.string()),
        ("date", pa.date32()),
        ("table", pa.string()),
        ("version", pa.int64()),
        ("metric", pa.string()),
        ("value", pa.float64()),
        ("detail", pa.string()),  # of a drift: the distribution of the column, JSON {value: share}
        ("scope", pa.string()),  # what was audited: whole | months 2026-01, 2026-02
        ("passed", pa.bool_()),  # the version passed; what did not is no past to judge by
    ]
)

# ops.run_log: one row per step of a run.
RUN_LOG = pa.schema(
    [
        ("run_id", pa.string()),
        ("date", pa.date32()),
        ("stage", pa.string()),
        ("table", pa.string()),
        ("outcome", pa.string()),
        ("rows", pa.int64()),
        ("started_at", INSTANT),
        ("seconds", pa.float64()),
        ("message", pa.string()),
        ("engine", pa.string()),  # embedded | spark: where the table was built
    ]
)

# ops.freshness: one row per feed, with the days on which its newest data came; written whole by each run.
FRESHNESS = pa.schema(
    [
        ("source", pa.string()),
        ("feed", pa.string()),
        ("target", pa.string()),
        ("cadence", pa.string()),
        ("newest_event_date", pa.date32()),
        ("newest_delivery", pa.date32()),
        ("newest_received", pa.date32()),
        ("files", pa.int64()),
        ("age_days", pa.int64()),
        ("due_on", pa.date32()),  # last day on which the next delivery is in time; null without a cadence
        ("late", pa.bool_()),
        ("date", pa.date32()),
    ]
)

# ops.night: one row per run and table, with the version that the run names (jobs.lake.night).
NIGHT = pa.schema(
    [
        ("run_id", pa.string()),
        ("kind", pa.string()),  # nightly | urgent | partial
        ("date", pa.date32()),
        ("table", pa.string()),
        ("version", pa.int64()),
        ("state", pa.string()),  # fresh | skipped | stale | absent
        ("verdict", pa.string()),  # passed | warned | failed | none
        ("reason_zh", pa.string()),
        ("reason_en", pa.string()),
        (
            "fingerprint",
            pa.string(),
        ),  # of code, contract, expectations (and day), and of input versions: equal means nothing to do
        (
            "inputs",
            pa.string(),
        ),  # JSON: versions that it was built from, and the last record of ops.ingest_file seen
        ("committed_at", INSTANT),
    ]
)

# ops.publication, append-only: one row per published rate of gold.detection_rate and revision.
PUBLICATION = pa.schema(
    [
        *(
            (name, pa.date32() if name == "period_start" else pa.string())
            for name in (
                "period_type",
                "period_start",
                "dimension_type",
                "dimension_code",
                "dimension2_type",
                "dimension2_code",
                "region_role",
                "design",
            )
        ),
        *(
            (name, pa.int64())
            for name in (
                "n_sampled",
                "n_exited_violation",
                "n_exited_void",
                "n_tested",
                "n_not_judged",
                "n_conforming",
                "n_nonconforming",
                "n_first_nonconforming",
                "n_overturned",
                "n_serious",
                "n_open",
            )
        ),
        *(
            (name, pa.float64())
            for name in ("rate", "ci_low", "ci_high", "exposure_rate", "exposure_low", "exposure_high")
        ),
        ("months_covered", pa.int64()),  # of the period, that lie in the data
        ("method_version", pa.string()),
        ("revision", pa.int64()),  # 0: as first published; one more each time that the counts differ
        ("night", pa.date32()),  # whose rates these are
    ]
)

# ops.export_log: one row per file of each folder of the outbox.
EXPORT_LOG = pa.schema(
    [
        ("manifest_id", pa.string()),  # what an acknowledgement of the whole folder names as item_id
        (
            "recipient",
            pa.string(),
        ),  # folder of the outbox, as jobs.exchange.contents.recipients names them
        ("date", pa.date32()),
        ("run_id", pa.string()),  # the folder's date; the night whose rows these are
        ("content", pa.string()),  # hash of the folder's files: equal means that the recipient has got them
        ("kind", pa.string()),
        ("subject", pa.string()),  # of what is sent once for each sampling plan: the plan; else ''
        ("file", pa.string()),
        ("rows", pa.int64()),
        ("bytes", pa.int64()),
        ("sha256", pa.string()),
        ("schema_version", pa.string()),
        ("source", pa.string()),
        ("op", pa.string()),  # upsert: rows to insert or update; withdraw: rows to remove; page
        ("keys", TEXTS),  # of JSON Lines that upsert: the key of each row, a JSON list
        ("sent_at", INSTANT),
    ]
)

# ops.urgent_log: one row per urgent item and recipient, each time that it was sent or withdrawn.
URGENT_LOG = pa.schema(
    [
        ("item_id", pa.string()),
        ("recipient", pa.string()),
        ("kind", pa.string()),  # as in gold.urgent_item; withdrawn: the item no longer stands
        ("roles", pa.string()),
        ("occurred_on", pa.date32()),
        ("evidence", pa.string()),
        ("manifest_id", pa.string()),
        ("date", pa.date32()),  # of the folder
        ("run_id", pa.string()),
        ("landed_at", INSTANT),  # the last file of its evidence
        ("sent_at", INSTANT),
        ("minutes", pa.float64()),  # from landing to outbox; null where no file is known, or sent again
        ("refusals", pa.int64()),  # how often its recipient had refused it before
        ("refusal_reason", pa.string()),  # of the last of them, as the recipient gave it
    ]
)

# ops.bundle: one row per published period and revision, also where its folder was deleted later.
BUNDLE = pa.schema(
    [
        ("period", pa.string()),  # 2026-06 | 2026Q2 | 2026: folder of published/
        ("period_type", pa.string()),  # month | quarter | year
        ("period_start", pa.date32()),
        ("revision", pa.int64()),
        ("state", pa.string()),  # published | withdrawn
        ("reason", pa.string()),  # of a withdrawal
        ("published_on", pa.date32()),
        ("due_on", pa.date32()),  # by the release calendar
        ("run_id", pa.string()),  # the newest night when it was noted
        ("rows", pa.int64()),
        ("files", pa.int64()),
        ("manifest_sha256", pa.string()),
        ("recorded_at", INSTANT),
    ]
)

# ops.trade_shown: trade figures as they were first sent or published (definitions.md#confidential); one row
# per kind, key and place that shows it. Rows are appended before a reader can find the figures and confirmed
# after.
TRADE_SHOWN = pa.schema(
    [
        ("kind", pa.string()),  # of a file of the authority of commerce; of a bundle's orders unit_trade
        ("key", pa.string()),  # JSON list: the columns of the kind's key
        ("figures", pa.string()),  # JSON object; empty where a bundle withheld them
        ("channel", pa.string()),  # package | bundle
        ("shown_in", pa.string()),  # manifest_id of the package; period and revision
        ("shown_at", INSTANT),
        ("confirmed", pa.bool_()),  # false until what shows it is known to be in place
    ]
)

# Ops table → its schema.
TABLES = {
    "ops.ingest_file": INGEST_FILE,
    "ops.reconciliation": RECONCILIATION,
    "ops.gate_verdict": GATE_VERDICT,
    "ops.table_metric": TABLE_METRIC,
    "ops.run_log": RUN_LOG,
    "ops.freshness": FRESHNESS,
    "ops.night": NIGHT,
    "ops.publication": PUBLICATION,
    "ops.export_log": EXPORT_LOG,
    "ops.urgent_log": URGENT_LOG,
    "ops.bundle": BUNDLE,
    "ops.trade_shown": TRADE_SHOWN,
}


def rows(table: str, records: list[dict[str, Any]]) -> pa.Table:
    """Make an Arrow table with the schema of the ops table ``table`` (a key of TABLES) from ``records``, one
    row for each, in their order: column → value. A column that a record lacks is null. Raises KeyError where
    the table is not known or a record has an unknown column, pyarrow.ArrowInvalid or ArrowTypeError where a
    value does not fit its type."""
    schema = TABLES[table]
    unknown = {name for record in records for name in record} - set(schema.names)
    if unknown:
        raise KeyError(f"{table} has no column {sorted(unknown)}")
    return pa.Table.from_pylist(
        [{name: record.get(name) for name in schema.names} for record in records], schema=schema
    )
