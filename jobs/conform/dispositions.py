"""One disposition per bronze row (sources.md, Silver): accepted, quarantined, superseded or repeated. Pure Spark, no I/O.

Every row of a live file edition is typed and judged; valid rows compete for the contract's key. Rows of an edition that a later
one of the same file name has replaced are superseded whole, before they are judged: so a corrected file takes its faults along.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce

from pyspark.sql import Column as SparkColumn
from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from jobs.conform.typed import rounded, typed
from jobs.contracts.model import Column, Contract
from jobs.contracts.rules import implicit_reason, row_rules

NO_TEXTS = "array<string>"
UNUSED_META = ("_received_on", "_mapping", "_is_live", "_delivered_on", "_first", "_last")
KEPT_META = (
    "_policies", "_version", "_source", "_feed", "_file", "_file_sha256", "_member", "_record", "_element", "_delivered_on", "_load_key",
)
PLACE = ("_load_key", "_member", "_record", "_element")  # what tells one bronze row from all others


def conform(
    bronze: DataFrame, contract: Contract, *, references: Mapping[str, DataFrame], live: DataFrame, deliveries: DataFrame | None = None
) -> DataFrame:
    """Judge every bronze row of one target.

    ``bronze``: text columns and meta columns; ``references``: rows of each reference table that a foreign key names (by id);
    ``live``: `_load_key, _first, _last`, the contents that are the newest edition of some file, with the days of the first and last
    delivery that held them; ``deliveries``: `_source, _feed,
    _delivered_on` of the deliveries of feeds of mode snapshot, None where there is no such feed.
    Returns the contract's columns typed, `_disposition`, `_rule_ids` (why quarantined), `_flags`, `_ended_on`, `_row` (what a rejected
    row said, as JSON without personal columns) and where the row comes from.
    """
    rows = bronze.join(F.broadcast(live.select("_load_key", "_first", "_last", F.lit(True).alias("_is_live"))), "_load_key", "left")
    rows = _with_types(rows, contract)
    for column in contract.columns:
        if column.foreign_key and column.foreign_key.table in references:
            own = column.foreign_key.table == contract.id
            rows = _with_known(rows, column, rows if own else references[column.foreign_key.table])
    rows = _ranked(_judged(rows, contract), contract)
    return _disposed(_with_end(rows, contract, deliveries), contract)


def _mode(mode: str) -> SparkColumn:
    """True where the row's feed is of this mode (upsert is not written down)."""
    return F.instr(F.col("_policies"), f";mode={mode};") > 0


def _with_types(rows: DataFrame, contract: Contract) -> DataFrame:
    """Each column typed; its text goes to `_text_<column>`, whether a decimal lost places to `_rounded_<column>`."""
    names = contract.column_names
    meta = [F.col(c) for c in rows.columns if c not in names and c not in UNUSED_META]
    meta.append(F.coalesce("_is_live", F.lit(False)).alias("_live"))
    # A content that came again counts as delivered then; under `append`, where the earliest wins, as delivered first.
    meta.append(F.when(_mode("append"), F.col("_first")).otherwise(F.col("_last")).alias("_delivered_on"))
    texts = [f"`{n}` AS `_text_{n}`" for n in names]
    losses = [f"{loss} AS `_rounded_{c.name}`" for c in contract.columns if (loss := rounded(c)) is not None]
    return rows.select(*map(F.expr, [*[f"{typed(c)} AS `{c.name}`" for c in contract.columns], *texts, *losses]), *meta)


def _with_known(rows: DataFrame, column: Column, reference: DataFrame) -> DataFrame:
    """`_known_<column>`: the code stands in the reference table; of a list column, each of its codes."""
    code, known = f"_code_{column.name}", f"_known_{column.name}"
    codes = reference.select(F.col(column.foreign_key.column).alias(code)).where(F.col(code).isNotNull()).distinct()
    if column.type == "array<string>":
        all_codes = F.broadcast(codes.agg(F.collect_list(code).alias(code)))
        return rows.crossJoin(all_codes).withColumn(known, F.size(F.array_except(column.name, code)) == 0)
    # One step a key: each further one has Spark analyse some hundred columns again.
    return rows.join(F.broadcast(codes.select(code, F.lit(True).alias(known))), F.col(column.name) == F.col(code), "left")


def _policy(column: Column, policy: str) -> str:
    """True where the row's feed treats unknown values of the column so; unstated: quarantine if required, else null_and_flag."""
    default = "quarantine" if column.required else "null_and_flag"
    stated, here = f"instr(_policies, ';{column.name}=') > 0", f"instr(_policies, ';{column.name}={policy};') > 0"
    return f"(CASE WHEN {stated} THEN {here} ELSE {policy == default} END)"


def _judged(rows: DataFrame, contract: Contract) -> DataFrame:
    """`_rule_ids` of the critical rules that a row breaks and its `_flags`; unknown codes that are only flagged become null."""
    failures: list[tuple[str, str]] = []
    flags: list[tuple[str, str]] = []
    values = {n: f"`{n}`" for n in contract.column_names}
    present = set(rows.columns)
    for column in contract.columns:
        name, rule = column.name, f"{contract.name}.{column.name}"
        value, text, unknown = f"`{name}`", f"`_text_{name}`", f"instr(_unmapped, ';{name};') > 0"
        failures.append((f"{text} IS NOT NULL AND {value} IS NULL", f"{rule}.type"))
        if f"_known_{name}" in present:
            foreign = f"({value} IS NOT NULL AND NOT coalesce(`_known_{name}`, FALSE) AND NOT {_policy(column, 'keep')})"
            unknown = f"{unknown} OR {foreign}"
            values[name] = f"CASE WHEN NOT {foreign} THEN {value} END AS {value}"
        failures.append((f"({unknown}) AND {_policy(column, 'quarantine')}", f"{rule}.unmapped"))
        flags.append((f"({unknown}) AND {_policy(column, 'null_and_flag')}", f"{name}_unmapped"))
        if column.required:
            # An unknown value that quarantines is reported as such, not as missing too.
            failures.append((f"{text} IS NULL AND NOT (({unknown}) AND {_policy(column, 'quarantine')})", f"{rule}.required"))
        if f"_rounded_{name}" in present:
            flags.append((f"`_rounded_{name}`", f"{name}_rounded"))
    for rule in row_rules(contract):
        if rule.severity in ("critical", "warning"):
            (failures if rule.severity == "critical" else flags).append((rule.failing_sql, rule.id))
    named = rows.select("*", F.expr(f"{_named(failures)} AS _rule_ids"), F.expr(f"{_named(flags)} AS _flags"))
    # The texts have done their work: only a rejected row keeps what it said.
    said = [
        f"'{c.name}', " + (f"coalesce(`_original_{c.name}`, `_text_{c.name}`)" if c.keeps_original else f"`_text_{c.name}`")
        for c in contract.columns if not c.personal
    ]
    row = f"CASE WHEN _live AND size(_rule_ids) > 0 THEN to_json(named_struct({', '.join(said)})) END AS _row"
    return named.selectExpr(*values.values(), "_rule_ids", "_flags", "_live", *KEPT_META, row)


def _named(conditions: list[tuple[str, str]]) -> str:
    """The names of the conditions that hold, as an array."""
    if not conditions:
        return f"CAST(array() AS {NO_TEXTS})"
    return f"array_compact(array({', '.join(f'CASE WHEN {condition} THEN {name!r} END' for condition, name in conditions)}))"


def _ranked(rows: DataFrame, contract: Contract) -> DataFrame:
    """Let the valid rows compete for the key: max of (version, delivery date, file hash, place in the file). Under `append` the
    earliest delivery wins, of a snapshot the newest one, whole."""
    valid = F.col("_live") & (F.size("_rule_ids") == 0)
    append = _mode("append")
    upsert = ~append & ~_mode("snapshot")  # of the others the delivery counts, whatever version a row states
    number, text = F.col("_version").try_cast("decimal(38,9)"), F.col("_version")
    order = F.struct(
        F.when(upsert, number).alias("number"), F.when(upsert, text).alias("text"), F.col("_delivered_on"),
        F.when(~upsert, number).alias("within"), F.when(~upsert, text).alias("within_text"), F.col("_file_sha256"),
        F.col("_member"), F.col("_record"), F.col("_element"),
    )
    missing = reduce(lambda a, b: a | b, [F.col(k).isNull() for k in contract.key])
    # Rows without a whole key compete with nobody; one partition for them all would not fit a machine.
    place = F.concat_ws("/", *[F.coalesce(F.col(p).cast("string"), F.lit("")) for p in PLACE])
    content = F.xxhash64(*[F.col(n) for n in contract.column_names])
    rows = rows.select(
        "*", valid.alias("_valid"), order.alias("_order"), F.when(missing | ~F.col("_live"), place).alias("_alone"),
        content.alias("_content"), append.alias("_append"),
    )
    key = [F.col(k) for k in contract.key] + [F.col("_alone")]
    ranked = Window.partitionBy(*key).orderBy(
        F.col("_valid").desc(), F.col("_append").asc(), F.when(~F.col("_append"), F.col("_order")).desc(),
        F.when(F.col("_append"), F.col("_order")).asc(),
    )
    rejected = F.max(F.when(F.col("_live") & ~F.col("_valid"), F.col("_order"))).over(Window.partitionBy(*key))
    return rows.select(
        "*", F.row_number().over(ranked).alias("_place"), F.first("_content").over(ranked).alias("_winner"), rejected.alias("_newest_rejected"),
    )


def _with_end(rows: DataFrame, contract: Contract, deliveries: DataFrame | None) -> DataFrame:
    """`_ended_on`: of a key that its snapshot feed no longer holds, the first delivery that lacks it after the last one that has it."""
    if deliveries is None:
        return rows.select("*", F.lit(None).cast("date").alias("_ended_on"))
    every = deliveries.groupBy("_source", "_feed").agg(F.collect_set("_delivered_on").alias("_deliveries"))
    mine = Window.partitionBy(*contract.key, "_alone", "_source", "_feed")
    last = F.max(F.when(F.col("_live") & _mode("snapshot"), F.col("_delivered_on"))).over(mine)
    rows = rows.select("*", last.alias("_last_held")).join(F.broadcast(every), ["_source", "_feed"], "left")
    return rows.select("*", F.array_min(F.filter("_deliveries", lambda day: day > F.col("_last_held"))).alias("_ended_on"))


def _disposed(rows: DataFrame, contract: Contract) -> DataFrame:
    disposition = (
        F.when(~F.col("_live"), F.lit("superseded"))
        .when(~F.col("_valid"), F.lit("quarantined"))
        .when(F.col("_place") == 1, F.lit("accepted"))
        .when(F.col("_content") == F.col("_winner"), F.lit("repeated"))
        .otherwise(F.lit("superseded"))
    )
    won = disposition == "accepted"
    rejected_later = won & ~F.col("_append") & F.coalesce(F.col("_newest_rejected") > F.col("_order"), F.lit(False))
    flags = F.concat(
        "_flags", F.when(rejected_later, F.array(F.lit("newer_version_rejected"))).otherwise(F.array().cast(NO_TEXTS)),
        F.when(won & F.col("_ended_on").isNotNull(), F.array(F.lit("ended"))).otherwise(F.array().cast(NO_TEXTS)),
    )
    return rows.select(
        *contract.column_names, disposition.alias("_disposition"), flags.alias("_flags"), F.when(won, F.col("_ended_on")).alias("_ended_on"),
        "_rule_ids", "_row", "_source", "_feed", "_file", *PLACE,
    )


def accepted(disposed: DataFrame, contract: Contract) -> DataFrame:
    """The silver rows: the contract's columns and `_flags _ended_on _source _load_key _record`; `_month` where it is kept by month."""
    rows = disposed.where(F.col("_disposition") == "accepted").select(
        *contract.column_names, "_flags", "_ended_on", "_source", "_load_key", "_record",
    )
    return with_month(rows, contract)


def with_month(rows: DataFrame, contract: Contract) -> DataFrame:
    """The rows and, for a table of refresh months, `_month`: first day of the Shanghai month of the event date."""
    if contract.refresh != "months":
        return rows
    day = F.col(contract.event_date)
    if contract.column(contract.event_date).type == "timestamp":
        day = F.from_utc_timestamp(day, "Asia/Shanghai")
    return rows.select("*", F.trunc(day, "month").alias("_month"))


def quarantined(disposed: DataFrame, contract: Contract) -> DataFrame:
    """Rows of `silver.quarantine`: ids and reasons of the broken rules, and the row."""
    reasons = {rule.id: (rule.reason_zh, rule.reason_en) for rule in row_rules(contract)}
    for column in contract.columns:
        for kind in ("type", "required", "unmapped"):
            reasons[f"{contract.name}.{column.name}.{kind}"] = implicit_reason(kind, column)
    texts = {i: F.create_map(*[F.lit(t) for rule_id, pair in reasons.items() for t in (rule_id, pair[i])]) for i in (0, 1)}
    return disposed.where(F.col("_disposition") == "quarantined").select(
        F.lit(contract.name).alias("target"), F.col("_source").alias("source"), F.col("_feed").alias("feed"), F.col("_file").alias("file"),
        F.coalesce("_member", F.lit("")).alias("member"), F.col("_record").alias("record"),
        F.coalesce("_element", F.lit(0)).cast("bigint").alias("element"), F.col("_load_key").alias("load_key"), F.col("_rule_ids").alias("rule_ids"),
        F.transform("_rule_ids", lambda i: F.element_at(texts[0], i)).alias("reasons_zh"),
        F.transform("_rule_ids", lambda i: F.element_at(texts[1], i)).alias("reasons_en"),
        F.col("_row").alias("row"),
    )


def counts(disposed: DataFrame) -> DataFrame:
    """`_load_key, _disposition, count`: what the ledger is made of."""
    return disposed.groupBy("_load_key", "_disposition").count()
