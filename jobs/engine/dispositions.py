"""The SQL statement of a silver table: one disposition per bronze row (definitions.md#disposition), as Spark
SQL made from the contract.

An *edition* is one content of a file; a later content under the same name replaces it. A *load key*
identifies a content as landed for a feed; a content is *live* while it is the newest edition of some file.
Rows of replaced editions are superseded before they are judged: so a corrected file takes its faults along.
Live rows that break a critical rule are quarantined. The others compete for the contract's key: the winner is
accepted, a loser is repeated where it equals the winner, else superseded. Named steps: edition → typed →
known → judged → claims → ordered → ranked → disposed.

The views it reads: `bronze` (or another with its columns), `live` (`_load_key _first _last`: the live
contents, with the first and last delivery date), `silver_<table>` of each reference that a foreign key names,
and `deliveries` (`_source _feed _delivered_on` of feeds of mode snapshot, whose newest delivery is the whole
state).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from jobs.contracts.kinds import text_literal
from jobs.contracts.kinds_across import RECEIVED_ON
from jobs.contracts.model import Column, Contract
from jobs.contracts.rules import implicit_reason, row_rules
from jobs.deployment import deployment
from jobs.engine.policies import APPEND, SNAPSHOT, currency, jurisdiction
from jobs.engine.ranking import ordered, ranked, without_rivals
from jobs.engine.typed import loses_places, typed

# What identifies one bronze row: content, member of an archive, record, element of an exploded list.
PLACE = ("_load_key", "_member", "_record", "_element")
# The columns of bronze besides the contract's that the steps pass on.
KEPT = (
    "_policies", "_version", "_source", "_feed", "_file", "_file_sha256", "_member", "_record", "_element",
    "_load_key", "_delivered_on",
)  # fmt: skip
# The columns that silver adds to the contract's, with their types: see `statement`.
SILVER_META = {
    "_flags": "array<string>",
    "_ended_on": "date",
    "_source": "string",
    "_load_key": "string",
    "_record": "bigint",
    "_jurisdiction": "string",
    "_currency": "string",
}
NO_TEXTS = "CAST(ARRAY() AS ARRAY<STRING>)"


@dataclass(frozen=True)
class Views:
    """Names of the views that a statement reads. ``references``: ids of the reference tables that have a
    view; ``deliveries``: whether there is a view `deliveries`, as a feed of mode snapshot delivers to the
    table; ``rivals``: the view of `ranking.rivals`, by which only rows that share their key are ranked, None
    to rank all rows."""

    bronze: str = "bronze"
    live: str = "live"
    references: Collection[str] = ()
    deliveries: bool = False
    rivals: str | None = None


def view(table: str) -> str:
    """Return the name of the view by which SQL texts read a table: `silver_shop` for `silver.shop`."""
    return table.replace(".", "_")


def statement(contract: Contract, views: Views) -> str:
    """Return the SELECT (Spark SQL) of one row per bronze row with its disposition, read from ``views``.

    Its columns are the contract's, typed; `_disposition` (accepted, quarantined, superseded, repeated);
    `_flags`, its warnings by name; `_ended_on`, the day from which its snapshot feed lacks the key;
    `_rule_ids`, the critical rules that the row breaks; `_row`, a rejected row as JSON without personal
    columns; `_source _feed _file _jurisdiction _currency` and PLACE; `_place`, its rank among the rows of its
    key (1: best; null for a replaced edition).
    """
    if views.rivals is None:
        return _statement(contract, views)
    parts = (_statement(contract, views, alone=each) for each in (True, False))
    return "\nUNION ALL\n".join(f"SELECT * FROM (\n{part}\n)" for part in parts)


def _statement(contract: Contract, views: Views, *, alone: bool | None = None) -> str:
    """The statement over all bronze rows (``alone`` None), over those with rivals for their key (False), or
    over those without, which need no ranking (True)."""
    checked = [c for c in contract.columns if c.foreign_key and c.foreign_key.table in views.references]
    steps = {
        "edition": _edition(contract, views, alone),
        "typed": _typed(contract),
        "known": _known(contract, views, checked),
        "judged": _judged(contract, {c.name for c in checked}),
        "claims": _claims(contract),
    }
    if alone:
        steps["ranked"] = without_rivals(deliveries=views.deliveries)
    else:
        steps["ordered"] = ordered(contract, deliveries=views.deliveries)
        steps["ranked"] = ranked(contract, deliveries=views.deliveries)
    text = ",\n".join(f"{name} AS (\n{body}\n)" for name, body in steps.items())
    return f"WITH {text}\n{_disposed(contract)}"


def _edition(contract: Contract, views: Views, alone: bool | None) -> str:
    """Bronze rows, whether the content of each is live, and when it counts as delivered: the last time that
    it came; under `append`, where the earliest wins, the first time."""
    originals = [f"_original_{c.name}" for c in contract.columns if c.keeps_original]
    columns = [
        f"b.`{name}`" for name in (*contract.column_names, *originals, "_unmapped", RECEIVED_ON, *KEPT[:-1])
    ]
    delivered = f"CASE WHEN {APPEND} THEN l._first ELSE l._last END AS _delivered_on"
    rows = f"{views.bronze} AS b"
    if alone is not None:
        same = " AND ".join(f"b.`{k}` = r.`{k}`" for k in contract.key)
        rows += f" LEFT {'ANTI' if alone else 'SEMI'} JOIN {views.rivals} AS r ON {same}"
    return (
        f"SELECT {', '.join(columns)}, l._load_key IS NOT NULL AS _live, {delivered}\n"
        f"FROM {rows} LEFT JOIN {views.live} AS l ON b._load_key = l._load_key"
    )


def _typed(contract: Contract) -> str:
    """Each column typed; its text goes to `_text_<column>`, whether a decimal lost places to
    `_rounded_<column>`."""
    columns = [f"{typed(c, f'`{c.name}`')} AS `{c.name}`" for c in contract.columns]
    columns += [f"`{n}` AS `_text_{n}`" for n in contract.column_names]
    columns += [
        f"{loss} AS `_rounded_{c.name}`" for c in contract.columns if (loss := loses_places(c, f"`{c.name}`"))
    ]
    columns += [f"`_original_{c.name}`" for c in contract.columns if c.keeps_original]
    return f"SELECT {', '.join([*columns, '_unmapped', '_live', RECEIVED_ON, *KEPT])}\nFROM edition"


def _known(contract: Contract, views: Views, checked: Sequence[Column]) -> str:
    """`_known_<column>`: the code stands in the reference table; of a list column, each of its codes. Codes
    that sources of another jurisdiction bring are none for the deployment's rows."""
    here = text_literal(deployment().code)
    found, joins = ["t.*"], []
    for column in checked:
        key, of_list = column.foreign_key, column.type == "array<string>"
        assert key is not None, "a column is checked against what its foreign key names"
        source = views.bronze if key.table == contract.id else view(key.table)
        of = jurisdiction() if key.table == contract.id else "_jurisdiction"
        code = f"`{key.column}`"
        if key.table == contract.id:  # bronze has texts as filed
            code = typed(contract.column(key.column), code)
        codes = (
            f"SELECT {code} AS _code, MAX(CASE WHEN {of} = {here} THEN 1 ELSE 0 END) AS _ours "
            f"FROM {source} WHERE `{key.column}` IS NOT NULL GROUP BY {code}"
        )
        if of_list:
            joins.append(
                "CROSS JOIN (SELECT COLLECT_LIST(_code) AS _codes, "
                "COLLECT_LIST(CASE WHEN _ours = 1 THEN _code END) AS _own_codes "
                f"FROM ({codes})) AS `k_{column.name}`"
            )
            found.append(
                f"SIZE(ARRAY_EXCEPT(t.`{column.name}`, CASE WHEN {jurisdiction()} = {here} THEN "
                f"`k_{column.name}`._own_codes ELSE `k_{column.name}`._codes END)) = 0 AS "
                f"`_known_{column.name}`"
            )
        else:
            joins.append(
                f"LEFT JOIN ({codes}) AS `k_{column.name}` ON t.`{column.name}` = `k_{column.name}`._code"
            )
            found.append(
                f"(`k_{column.name}`._code IS NOT NULL AND (`k_{column.name}`._ours = 1 OR "
                f"{jurisdiction()} <> {here})) AS `_known_{column.name}`"
            )
    return "\n".join([f"SELECT {', '.join(found)}", "FROM typed AS t", *joins])


def _policy(column: Column, policy: str) -> str:
    """True where the row's feed treats unknown values of the column so; unstated: quarantine if required,
    else null_and_flag."""
    default = "quarantine" if column.required else "null_and_flag"
    stated, here = (
        f"LOCATE(';{column.name}=', _policies) > 0",
        f"LOCATE(';{column.name}={policy};', _policies) > 0",
    )
    return f"(CASE WHEN {stated} THEN {here} ELSE {str(policy == default).upper()} END)"


def _judged(contract: Contract, checked: Collection[str]) -> str:
    """`_rule_ids` of the critical rules that a row breaks and its `_flags`; unknown codes that are only
    flagged become null."""
    failures: list[tuple[str, str]] = []
    flags: list[tuple[str, str]] = []
    values = {n: f"`{n}`" for n in contract.column_names}
    for column in contract.columns:
        name, rule = column.name, f"{contract.name}.{column.name}"
        value, text, unknown = f"`{name}`", f"`_text_{name}`", f"LOCATE(';{name};', _unmapped) > 0"
        if column.type != "string":
            failures.append((f"{text} IS NOT NULL AND {value} IS NULL", f"{rule}.type"))
        if name in checked:
            foreign = (
                f"({value} IS NOT NULL AND NOT COALESCE(`_known_{name}`, FALSE) AND NOT "
                f"{_policy(column, 'keep')})"
            )
            unknown = f"{unknown} OR {foreign}"
            values[name] = f"CASE WHEN NOT {foreign} THEN {value} END AS {value}"
        failures.append((f"({unknown}) AND {_policy(column, 'quarantine')}", f"{rule}.unmapped"))
        flags.append((f"({unknown}) AND {_policy(column, 'null_and_flag')}", f"{name}_unmapped"))
        if column.required:
            # An unknown value that quarantines is reported as such, not as missing too.
            failures.append(
                (
                    f"{text} IS NULL AND NOT (({unknown}) AND {_policy(column, 'quarantine')})",
                    f"{rule}.required",
                )
            )
        if loses_places(column, value):
            flags.append((f"`_rounded_{name}`", f"{name}_rounded"))
    for broken in row_rules(contract):
        if broken.severity in ("critical", "warning"):
            (failures if broken.severity == "critical" else flags).append((broken.failing_sql, broken.id))
    named = f"{_named(failures)} AS _rule_ids,\n{_named(flags)} AS _flags"
    texts = [f"`_text_{n}`" for n in contract.column_names] + [
        f"`_original_{c.name}`" for c in contract.columns if c.keeps_original
    ]
    return (
        f"SELECT {', '.join(values.values())},\n{named},\n{', '.join(['_live', *KEPT, *texts])}\nFROM known"
    )


def _named(conditions: Sequence[tuple[str, str]]) -> str:
    """The names of the conditions that hold, as an array. Most rows break none: they are asked once, without
    an array being made."""
    if not conditions:
        return NO_TEXTS
    any_of = " OR ".join(f"({condition})" for condition, _ in conditions)
    each = ", ".join(f"CASE WHEN {condition} THEN {text_literal(name)} END" for condition, name in conditions)
    return f"CASE WHEN COALESCE({any_of}, FALSE) THEN ARRAY_COMPACT(ARRAY({each})) ELSE {NO_TEXTS} END"


def _json(contract: Contract) -> str:
    """The rejected row as it was delivered: a JSON object without nulls and without personal columns."""
    parts = []
    for column in contract.columns:
        if column.personal:
            continue
        text = f"`_text_{column.name}`"
        said = f"COALESCE(`_original_{column.name}`, {text})" if column.keeps_original else text
        quoted = f"TO_JSON(ARRAY({said}))"
        parts.append(
            f"CASE WHEN {said} IS NOT NULL THEN CONCAT('\"{column.name}\":', SUBSTRING({quoted}, 2, "
            f"LENGTH({quoted}) - 2)) END"
        )
    return f"CONCAT('{{', CONCAT_WS(',', {', '.join(parts)}), '}}')"


def _claims(contract: Contract) -> str:
    """What each row brings to the competition for its key. Rows without a whole key do not compete, nor
    do those not live."""
    missing = " OR ".join(f"`{k}` IS NULL" for k in contract.key)
    place = "CONCAT_WS('/', " + ", ".join(f"COALESCE(CAST({p} AS STRING), '')" for p in PLACE) + ")"
    content = ", ".join(_content(c) for c in contract.columns)
    row = f"CASE WHEN _live AND SIZE(_rule_ids) > 0 THEN {_json(contract)} END AS _row"
    # of the others the delivery counts, not the version that a row states
    upsert = f"NOT ({APPEND}) AND NOT ({SNAPSHOT})"
    number = "TRY_CAST(_version AS DECIMAL(38,9))"
    return (
        f"SELECT {', '.join(f'`{n}`' for n in contract.column_names)}, _rule_ids, _flags, _live, "
        f"{', '.join(KEPT)},\n{row},\n"
        f"_live AND SIZE(_rule_ids) = 0 AS _valid, {APPEND} AS _append,\n"
        f"CASE WHEN {missing} OR NOT _live THEN {place} END AS _alone,\nMD5(CONCAT_WS('|', {content})) "
        f"AS _content,\n"
        f"CASE WHEN {upsert} THEN {number} END AS _number, CASE WHEN {upsert} THEN _version END AS _text,\n"
        f"CASE WHEN NOT ({upsert}) THEN {number} END AS _within, CASE WHEN NOT ({upsert}) THEN _version "
        f"END AS _within_text\nFROM judged"
    )


def _content(column: Column) -> str:
    """A column's part of the content by which rows are compared: its length in front, so that no two contents
    read alike."""
    text = (
        f"CAST(`{column.name}` AS STRING)"
        if column.type != "array<string>"
        else f"CONCAT_WS('\\u0001', `{column.name}`)"
    )
    return f"COALESCE(CONCAT(CAST(LENGTH({text}) AS STRING), ':', {text}), '')"


def _disposed(contract: Contract) -> str:
    won = "(_valid AND _place = 1)"
    disposition = (
        "CASE WHEN NOT _live THEN 'superseded' WHEN NOT _valid THEN 'quarantined' WHEN _place = 1 THEN "
        "'accepted' "
        "WHEN _content = _winner THEN 'repeated' ELSE 'superseded' END"
    )
    later = f"{won} AND NOT _append AND COALESCE(_newest_rejected > _position, FALSE)"
    more = [(later, "newer_version_rejected"), (f"{won} AND _ends IS NOT NULL", "ended")]
    flags = (
        "CONCAT(_flags, "
        + ", ".join(f"CASE WHEN {c} THEN ARRAY('{name}') ELSE {NO_TEXTS} END" for c, name in more)
        + ")"
    )
    return (
        f"SELECT {', '.join(f'`{n}`' for n in contract.column_names)},\n{disposition} AS _disposition, "
        f"{flags} AS _flags,\n"
        f"CASE WHEN {won} THEN _ends END AS _ended_on, _rule_ids, _row, _source, _feed, _file, "
        f"{', '.join(PLACE)},\n{jurisdiction()} AS _jurisdiction, {currency()} AS _currency,\n"
        f"CASE WHEN _live THEN CAST(_place AS BIGINT) END AS _place\nFROM ranked"
    )


def accepted(contract: Contract, disposed: str = "disposed") -> str:
    """Return the SELECT of the accepted rows of the view ``disposed``: the contract's columns and
    SILVER_META."""
    columns = ", ".join([*(f"`{n}`" for n in contract.column_names), *SILVER_META])
    return f"SELECT {columns} FROM {disposed} WHERE _disposition = 'accepted'"


def reasons(contract: Contract) -> dict[str, tuple[str, str]]:
    """Return rule id (`sample.plan_id.required`) → (reason in Chinese, in English), for all ids in
    `_rule_ids`."""
    found = {rule.id: (rule.reason_zh, rule.reason_en) for rule in row_rules(contract)}
    for column in contract.columns:
        for kind in ("type", "required", "unmapped"):
            found[f"{contract.name}.{column.name}.{kind}"] = implicit_reason(kind, column)
    return found


def quarantined(contract: Contract, disposed: str = "disposed") -> str:
    """Return the SELECT of the rows for `silver.quarantine`: the quarantined rows of the view ``disposed``,
    each with its file and record, the ids and reasons of the broken rules, and the row as JSON."""
    known = reasons(contract)
    texts = [
        "TRANSFORM(_rule_ids, i -> CASE i "
        + " ".join(f"WHEN {text_literal(i)} THEN {text_literal(pair[n])}" for i, pair in known.items())
        + " END)"
        for n in (0, 1)
    ]
    return (
        f"SELECT {text_literal(contract.name)} AS target, _source AS source, _feed AS feed, _file AS "
        f"file, COALESCE(_member, '') AS member,\n"
        "_record AS record, CAST(COALESCE(_element, 0) AS BIGINT) AS element, _load_key AS load_key, "
        "_rule_ids AS rule_ids,\n"
        f"{texts[0]} AS reasons_zh,\n{texts[1]} AS reasons_en, _row AS row\nFROM {disposed} WHERE "
        f"_disposition = 'quarantined'"
    )


# The number of bronze rows by load key and disposition.
COUNTS = "SELECT _load_key, _disposition, COUNT(*) AS n FROM disposed GROUP BY _load_key, _disposition"
