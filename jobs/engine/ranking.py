"""How the rows of a silver table's key are ranked, as Spark SQL.

Most keys of a large table have one row. Window functions would sort them all, with all their columns, which
takes most of a statement's time: of large tables only rows whose key several rows have are ranked.
"""

from __future__ import annotations

from jobs.contracts.model import Contract
from jobs.engine.policies import SNAPSHOT, own
from jobs.engine.typed import typed


def rivals(contract: Contract, bronze: str = "bronze", live: str = "live") -> str:
    """Return the SELECT of all keys that several live rows of the view ``bronze`` have, with the columns of
    the key as bronze's texts; one row per text. Texts that are typed alike, as `1` and `+1`, are one key.
    ``live``: the view of live contents."""
    texts = ", ".join(f"b.`{k}` AS `{k}`" for k in contract.key)
    keys = ", ".join(f"{typed(contract.column(k), f'b.`{k}`')} AS `_key_{k}`" for k in contract.key)
    names, key = (", ".join(f"`{p}{k}`" for k in contract.key) for p in ("", "_key_"))
    whole = " AND ".join(f"`_key_{k}` IS NOT NULL" for k in contract.key)
    same = " AND ".join(f"a.`_key_{k}` = s.`_key_{k}`" for k in contract.key)
    each = (
        f"SELECT {texts}, {keys} FROM {bronze} AS b LEFT SEMI JOIN {live} AS l ON b._load_key = l._load_key"
    )
    if all(typed(contract.column(k), f"b.`{k}`") == f"b.`{k}`" for k in contract.key):  # typed as they stand
        return f"SELECT {names} FROM ({each}) AS a WHERE {whole} GROUP BY {names} HAVING COUNT(*) > 1"
    shared = f"SELECT {key} FROM ({each}) AS e WHERE {whole} GROUP BY {key} HAVING COUNT(*) > 1"
    return f"SELECT {names} FROM ({each}) AS a LEFT SEMI JOIN ({shared}) AS s ON {same} GROUP BY {names}"


def without_rivals(*, deliveries: bool) -> str:
    """Return the SELECT over the view `claims`, where no two rows have the same key, with the columns that
    `ordered` and `ranked` add. ``deliveries``: whether there is a view `deliveries`."""
    held = f"CASE WHEN _live AND {SNAPSHOT} THEN _delivered_on END"
    columns = (
        "c.*, CAST(1 AS BIGINT) AS _position, 1 AS _place, _content AS _winner,\n"
        "CAST(CASE WHEN _live AND NOT _valid THEN 1 END AS BIGINT) AS _newest_rejected"
    )
    if not deliveries:
        return f"SELECT {columns}, CAST(NULL AS DATE) AS _ends\nFROM claims AS c"
    return f"SELECT {columns}, {_ends(held)}\nFROM claims AS c {_days('c')}"


def _key(contract: Contract) -> str:
    """The columns by which rows compete; `_alone` keeps rows without a whole key apart."""
    return ", ".join([*(f"`{k}`" for k in contract.key), "_alone"])


def ordered(contract: Contract, *, deliveries: bool) -> str:
    """Return the SELECT over the view `claims` that adds `_position`, the row's rank within its key by
    version, delivery, file and place in it, 1 for the oldest; rows that agree in all of these share one.
    Where there are ``deliveries``, it also adds `_last_held`, the last delivery of the row's snapshot feed
    with the key."""
    order = (
        "_number",
        "_text",
        "_delivered_on",
        "_within",
        "_within_text",
        "_file_sha256",
        "_member",
        "_record",
        "_element",
    )
    ascending = ", ".join(f"{name} ASC NULLS FIRST" for name in order)
    held = ""
    if deliveries:
        held = (
            f",\nMAX(CASE WHEN _live AND {SNAPSHOT} THEN _delivered_on END) OVER (PARTITION BY "
            f"{_key(contract)}, _source, _feed) AS _last_held"
        )
    return (
        f"SELECT *, RANK() OVER (PARTITION BY {_key(contract)} ORDER BY {ascending}) AS "
        f"_position{held}\nFROM claims"
    )


def ranked(contract: Contract, *, deliveries: bool) -> str:
    """Return the SELECT over `ordered` that adds `_place`, `_winner`, `_newest_rejected` and `_ends`.

    `_place` 1 wins its key: of valid rows the newest; under `append` the earliest, of a snapshot the
    newest delivery, whole. A row of another jurisdiction never takes the place of one of the deployment's.
    `_winner`: the content of the row that wins. `_newest_rejected`: the greatest `_position` of the key's
    rows that break a critical rule. `_ends`: of a key that its snapshot feed no longer holds, the first
    delivery without it after the last one with it.
    """
    by = f"PARTITION BY {_key(contract)}"
    best = (
        f"{by} ORDER BY _valid DESC, {own()} DESC, _append ASC, "
        f"CASE WHEN _append THEN _position ELSE -_position END ASC, _load_key ASC"
    )
    columns = (
        f"ROW_NUMBER() OVER ({best}) AS _place, FIRST_VALUE(_content) OVER ({best}) AS _winner,\n"
        f"MAX(CASE WHEN _live AND NOT _valid THEN _position END) OVER ({by}, {own()}) AS _newest_rejected"
    )
    if not deliveries:
        return f"SELECT o.*, {columns}, CAST(NULL AS DATE) AS _ends\nFROM ordered AS o"
    return f"SELECT o.*, {columns}, {_ends('o._last_held')}\nFROM ordered AS o {_days('o')}"


def _ends(held: str) -> str:
    """`_ends`: the first delivery of the row's feed after ``held``, the last one that held its key."""
    return f"ARRAY_MIN(FILTER(_days, day -> day > {held})) AS _ends"


def _days(rows: str) -> str:
    """The join that gives the rows of alias ``rows`` `_days`: those of all deliveries of their feed."""
    days = (
        "SELECT _source, _feed, COLLECT_SET(_delivered_on) AS _days FROM deliveries GROUP BY _source, _feed"
    )
    return f"LEFT JOIN ({days}) AS d ON {rows}._source = d._source AND {rows}._feed = d._feed"
