"""One disposition per bronze row (definitions.md#disposition), on a separate contract."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest

from jobs.contracts.model import Column, Contract, ForeignKey, Rule
from jobs.engine.dispositions import Views, accepted, quarantined, statement
from jobs.engine.embedded import Embedded
from jobs.engine.interface import Workspace
from jobs.ingest.bronze import bronze_schema
from jobs.lake.tables import Lake


def _column(
    name: str,
    kind: str = "string",
    *,
    key: bool = False,
    fk: ForeignKey | None = None,
    rules: tuple[Rule, ...] = (),
) -> Column:
    return Column(name, kind, key, key, name, name, name, foreign_key=fk, rules=rules)


CONTRACT = Contract(
    id="silver.thing",
    version="1.0.0",
    room="facts",
    grain="one row per thing",
    engine="sql",
    inputs=(),
    refresh="full",
    depends_on_day=False,
    retention="none",
    path=Path("thing.odcs.yaml"),
    key=("thing_id",),
    columns=(
        _column("thing_id", key=True),
        _column(
            "count",
            "int",
            rules=(
                Rule("thing.count.range", "range", {"min": 0, "max": 10}),
                Rule("thing.count.at_least", "range", {"min": 1}, "warning"),
            ),
        ),
        _column("day", "date"),
        _column("price", "decimal(18,2)"),
        _column("tags", "array<string>"),
        _column("share", "double"),
        _column("region_code", fk=ForeignKey("silver.region", "region_code")),
    ),
)


class Judged:
    """What became of the rows of a workspace."""

    def __init__(self, space: Workspace):
        self._space = space

    def rows(self) -> list[dict]:
        return self._space.rows("SELECT * FROM disposed ORDER BY _record").to_pylist()

    def quarantine(self) -> list[dict]:
        return self._space.rows(quarantined(CONTRACT)).to_pylist()

    def accepted(self) -> list[dict]:
        return self._space.rows(accepted(CONTRACT)).to_pylist()


@pytest.fixture
def judge(tmp_path: Path):
    schema, engine = bronze_schema(CONTRACT), Embedded(Lake(tmp_path))
    days = pa.schema([("_load_key", pa.string()), ("_first", pa.date32()), ("_last", pa.date32())])
    delivery = pa.schema([("_source", pa.string()), ("_feed", pa.string()), ("_delivered_on", pa.date32())])
    with engine.workspace() as space:

        def run(*rows: dict, deliveries: list[tuple] | None = None) -> Judged:
            base = {
                "_unmapped": "",
                "_policies": "",
                "_source": "s",
                "_feed": "f",
                "_file": "f.csv",
                "_file_sha256": "a",
                "_mapping": "m",
                "thing_id": "1",
            }
            # Each delivery is a separate content, live unless the row says that its edition is `old`.
            full = [
                base | {"_record": n, "_load_key": f"new {row.get('_delivered_on')}"} | row
                for n, row in enumerate(rows, 1)
            ]
            new = {(r["_load_key"], r.get("_delivered_on")) for r in full if r["_load_key"] != "old"}
            live = [{"_load_key": key, "_first": day, "_last": day} for key, day in sorted(new, key=str)]
            every = [dict(zip(delivery.names, each, strict=True)) for each in deliveries or []]
            space.read(
                "bronze", pa.Table.from_pylist([{n: r.get(n) for n in schema.names} for r in full], schema)
            )
            space.read("live", pa.Table.from_pylist(live, days))
            space.read("deliveries", pa.Table.from_pylist(every, delivery))
            space.read(
                "silver_region",
                pa.table({"region_code": ["330000", "US-IL"], "_jurisdiction": ["CN", "US"]}),
            )
            views = Views(references=["silver.region"], deliveries=bool(every))
            space.define("disposed", statement(CONTRACT, views), keep=True)
            return Judged(space)

        yield run
    engine.close()


def _dispositions(result: Judged) -> list[str]:
    return [row["_disposition"] for row in result.rows()]


def test_the_later_version_wins_whatever_the_order_and_version_numbers_are_numbers(judge):
    result = judge({"_version": "9", "count": "1"}, {"_version": "10", "count": "2"})
    assert _dispositions(result) == ["superseded", "accepted"]


def test_a_row_of_another_jurisdiction_never_takes_the_place_of_ours(judge):
    theirs = {"_policies": ";jurisdiction=GB;currency=GBP;"}
    result = judge(
        {"_version": "1", "count": "1"},
        {"_version": "2", "count": "2", **theirs},
        {"thing_id": "2", "_version": "1", "count": "3", **theirs},
        {"thing_id": "2", "_version": "2", "count": "4", **theirs},
        {"thing_id": "3", "count": "99"},
        {"thing_id": "3", "count": "5", **theirs},
    )
    assert _dispositions(result) == [
        "accepted", "superseded", "superseded", "accepted", "quarantined", "accepted",
    ]  # fmt: skip
    assert [
        (r["thing_id"], r["_jurisdiction"], r["_currency"])
        for r in sorted(result.accepted(), key=lambda r: r["thing_id"])
    ] == [
        ("1", "CN", "CNY"),
        ("2", "GB", "GBP"),
        ("3", "GB", "GBP"),
    ]


def test_a_code_that_another_jurisdiction_brings_is_known_to_its_rows_alone(judge):
    theirs = {"_policies": ";jurisdiction=US;"}
    result = judge(
        {"region_code": "US-IL"},
        {"thing_id": "2", "region_code": "US-IL", **theirs},
        {"thing_id": "3", "region_code": "330000", **theirs},
    )
    assert [
        (r["thing_id"], r["region_code"], r["_flags"])
        for r in sorted(result.accepted(), key=lambda r: r["thing_id"])
    ] == [
        ("1", None, ["region_code_unmapped"]),
        ("2", "US-IL", []),
        ("3", "330000", []),
    ]


def test_a_rejected_row_of_another_jurisdiction_flags_no_row_of_ours(judge):
    theirs = {"_policies": ";jurisdiction=US;"}
    newer = {"_version": "2", "count": "99"}
    result = judge(
        {"_version": "1"}, {**newer, **theirs}, {"thing_id": "2", **theirs}, {"thing_id": "2", **newer}
    )
    assert [(r["thing_id"], r["_flags"]) for r in sorted(result.accepted(), key=lambda r: r["thing_id"])] == [
        ("1", []),
        ("2", []),
    ]


def test_a_foreign_source_without_a_currency_has_none(judge):
    row = judge({"_policies": ";mode=append;jurisdiction=KR;"}).accepted()[0]
    assert (row["_jurisdiction"], row["_currency"]) == ("KR", None)


def test_without_a_version_the_later_delivery_wins_then_the_file_hash_then_the_record(judge):
    result = judge(
        {"_delivered_on": date(2026, 1, 2), "count": "1"},
        {"_delivered_on": date(2026, 1, 1), "count": "2", "_file_sha256": "z"},
        {"thing_id": "2", "_file_sha256": "a", "count": "3"},
        {"thing_id": "2", "_file_sha256": "b", "count": "4"},
        {"thing_id": "3", "count": "5"},
        {"thing_id": "3", "count": "6"},
    )
    assert _dispositions(result) == [
        "accepted",
        "superseded",
        "superseded",
        "accepted",
        "superseded",
        "accepted",
    ]


def test_a_loser_equal_in_content_is_repeated_any_other_superseded(judge):
    result = judge(
        {"count": "5", "_version": "1"}, {"count": "5", "_version": "2"}, {"count": "4", "_version": "0"}
    )
    assert _dispositions(result) == ["repeated", "accepted", "superseded"]


def test_append_keeps_the_earliest_delivery(judge):
    append = {"_policies": ";mode=append;"}
    assert _dispositions(judge({"_version": "1", **append}, {"_version": "2", "count": "1", **append})) == [
        "accepted",
        "superseded",
    ]


SNAPSHOT = {"_policies": ";mode=snapshot;"}
DELIVERIES = [("s", "f", date(2026, 1, day)) for day in (1, 2, 3)]


def test_the_newest_delivery_of_a_snapshot_wins_whatever_version_its_rows_state(judge):
    first, second = ({"_delivered_on": date(2026, 1, day), **SNAPSHOT} for day in (2, 3))
    result = judge(
        first | {"_version": "9", "count": "1"},
        second | {"_version": "1", "count": "2"},
        deliveries=DELIVERIES,
    )
    assert (_dispositions(result), result.accepted()[0]["_ended_on"]) == (["superseded", "accepted"], None)


def test_a_key_that_later_deliveries_lack_stays_accepted_and_ends_with_the_first_of_them(judge):
    result = judge({"_delivered_on": date(2026, 1, 1), "count": "1", **SNAPSHOT}, deliveries=DELIVERIES)
    assert [
        (r["_flags"], r["_ended_on"]) for r in sorted(result.accepted(), key=lambda r: r["thing_id"])
    ] == [(["ended"], date(2026, 1, 2))]


def test_a_key_whose_newest_row_was_rejected_has_not_ended(judge):
    first, last = ({"_delivered_on": date(2026, 1, day), **SNAPSHOT} for day in (1, 3))
    [row] = judge(first | {"count": "1"}, last | {"count": "50"}, deliveries=DELIVERIES).accepted()
    assert (row["_flags"], row["_ended_on"]) == (["newer_version_rejected"], None)


def test_a_snapshot_ends_only_keys_of_its_own_feed(judge):
    result = judge({"_delivered_on": date(2026, 1, 1), "count": "1", "_feed": "other"}, deliveries=DELIVERIES)
    assert (result.accepted()[0]["_flags"], result.accepted()[0]["_ended_on"]) == ([], None)


def test_an_invalid_newer_row_does_not_drive_out_a_valid_older_one_and_flags_it(judge):
    result = judge({"_version": "1", "count": "5"}, {"_version": "2", "count": "50"})
    assert _dispositions(result) == ["accepted", "quarantined"]
    assert result.accepted()[0]["_flags"] == ["newer_version_rejected"]


def test_an_invalid_older_row_flags_nothing(judge):
    assert (
        judge({"_version": "2", "count": "5"}, {"_version": "1", "count": "50"}).accepted()[0]["_flags"] == []
    )


def test_rows_of_a_replaced_edition_are_superseded_before_they_are_judged(judge):
    result = judge({"_load_key": "old", "count": "50"}, {"_load_key": "old", "thing_id": "2"})
    assert _dispositions(result) == ["superseded", "superseded"]


def test_a_null_key_is_quarantined_and_rows_without_a_key_do_not_compete(judge):
    result = judge({"thing_id": None}, {"thing_id": None})
    assert _dispositions(result) == ["quarantined", "quarantined"]
    assert result.rows()[0]["_rule_ids"] == ["thing.thing_id.required"]


INEXACT = [
    ("day", "2024"),
    ("day", "2024-02-30"),
    ("day", "2024/02/03"),
    ("count", "1.5"),
    ("count", "99999999999"),
    ("share", "1e400"),
    ("share", "NaN"),
    ("price", "12,5"),
    ("tags", "a;b"),
    ("price", "99999999999999999999"),
]


def test_a_value_that_is_not_exactly_of_its_type_is_quarantined_with_both_reasons_and_the_text(judge):
    rows = judge(
        *[{"thing_id": str(n), column: text} for n, (column, text) in enumerate(INEXACT)]
    ).quarantine()
    found = {row["record"]: row for row in rows}
    assert len(found) == len(INEXACT)
    for number, (column, text) in enumerate(INEXACT, 1):
        row = found[number]
        assert row["rule_ids"] == [f"thing.{column}.type"] and f'"{column}":"{text}"' in row["row"]
        assert row["reasons_zh"][0] and row["reasons_en"][0] and row["file"] == "f.csv"


def test_an_unknown_code_in_an_optional_column_becomes_null_and_is_flagged(judge):
    [row] = judge({"region_code": "999999"}).accepted()
    assert row["region_code"] is None and row["_flags"] == ["region_code_unmapped"]


def test_keep_frees_a_column_from_its_foreign_key(judge):
    [row] = judge({"region_code": "own", "_policies": ";region_code=keep;"}).accepted()
    assert row["region_code"] == "own" and row["_flags"] == []


def test_quarantine_as_a_policy_rejects_an_unknown_code_and_one_that_a_lookup_did_not_know(judge):
    policy = {"_policies": ";region_code=quarantine;"}
    result = judge(
        {"region_code": "999999", **policy}, {"thing_id": "2", "_unmapped": ";region_code;", **policy}
    )
    assert [r["rule_ids"] for r in result.quarantine()] == [["thing.region_code.unmapped"]] * 2


def test_a_warning_rule_accepts_and_flags_and_lost_decimals_are_flagged(judge):
    [row] = judge({"count": "0", "price": "1.239"}).accepted()
    assert row["_flags"] == ["price_rounded", "thing.count.at_least"] and str(row["price"]) == "1.24"


def test_a_known_code_and_every_type_are_read(judge):
    [row] = judge(
        {"region_code": "330000", "day": "2024-02-29", "tags": '["a","b"]', "share": "0.25", "price": "3"}
    ).accepted()
    assert (row["region_code"], str(row["day"]), row["tags"], row["share"], str(row["price"])) == (
        "330000",
        "2024-02-29",
        ["a", "b"],
        0.25,
        "3.00",
    )
