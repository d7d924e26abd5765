"""Its own credit in the outbox of an enterprise: class, points, each fact with its record and how to object;
what it may not know yet changes nothing."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from desks import CATALOG, DAY, Desk
from outbox_search import early, hidden_in_sums, persons

from jobs.contracts.schema import arrow_schema
from jobs.exchange.credit_standing import HOW, TABLES, credit_standing
from jobs.exchange.pages.references import names_by_code, reference
from jobs.lake.night import newest_snapshot
from jobs.marts.credit import credit_score
from jobs.period import Period

ACE, OTHER, PERSON = "91440115Y37037162X", "91130930Y123458126", "N-c13f8338afac1d6528ae83f8"
SHOPS = {"S-ace": ACE, "S-other": OTHER, "S-person": PERSON}
ENDED, BUYING = "PAST", "NOW"
NOTICE = date(2026, 3, 20)
POINTS = {
    "conforming_sample": (1, 3),
    "final_nonconformity": (-10, 2),
    "serious_nonconformity": (-3, 2),
    "violation_exit": (-6, None),
    "counterfeit_confirmed": (-20, None),
    "penalty_final": (-2, None),
}
ROWS: list[dict[str, Any]] = [
    {"item": "base", "kind": "base", "points": 90.0},
    *(
        {"item": item, "kind": "fact", "points": float(points), "window_months": 24, "most": most}
        for item, (points, most) in POINTS.items()
    ),
    *(
        {"item": name, "kind": "grade", "points": float(least)}
        for name, least in {"A": 85, "B": 68, "C": 48, "D": -100}.items()
    ),
]
CARD = [row | {"version": "3", "valid_from": date(2015, 1, 1)} for row in ROWS]


def drawn(sample: str, outcome: str = "nonconforming", **more: Any) -> dict[str, Any]:
    """A sample of the first enterprise that was notified, of a plan that has stopped buying."""
    return {
        "sample_id": sample,
        "outcome": outcome,
        "shop": "S-ace",
        "plan_id": ENDED,
        "day": date(2026, 3, 10),
        "result_notified_on": NOTICE,
    } | more


def fined(name: str, code: str = ACE, **more: Any) -> dict[str, Any]:
    final = date(2026, 2, 2)
    return {"penalty_id": name, "operator_uscc": code, "kind": "fine", "final_on": final} | more


def reported(name: str, **more: Any) -> dict[str, Any]:
    return {"report_id": name, "shop_id": "S-ace", "finding": "counterfeit"} | more


FAILED, FINE, FINE_TOO = drawn("s1"), drawn("s2", "conforming"), drawn("s3", "conforming")
TWO, THREE = [fined("F1"), fined("F2")], [fined("F1"), fined("F2"), fined("F3")]


def given(
    samples: list[dict[str, Any]],
    penalties: list[dict[str, Any]],
    reports: list[dict[str, Any]] | None = None,
    **more: Any,
) -> dict[str, list[dict[str, Any]]]:
    life = ("sample_id", "outcome", "plan_id", "result_notified_on", "exit_kind", "takedown_ordered_on")
    bought = ("sample_id", "plan_id", "exit_kind", "exited_on")
    first = [
        {"sample_id": s["sample_id"], "stage": "first", "outcome": s["outcome"], "issued_on": s["day"]}
        | {"serious": s.get("serious")}
        for s in samples
        if s["outcome"]
    ]
    when = date(2026, 4, 1)
    found = [{"reported_on": when, "verified_on": when} | report for report in reports or []]
    rows: dict[str, list[dict[str, Any]]] = {
        "silver__enterprise": [{"enterprise_id": code} for code in SHOPS.values()],
        "silver__shop_operator": [
            {"shop_id": shop, "enterprise_id": code, "kind": "deterministic"} for shop, code in SHOPS.items()
        ],
        "silver__sampling_plan": [
            {"plan_id": ENDED, "ends_on": date(2026, 6, 29)},
            {"plan_id": BUYING, "ends_on": DAY},
            {"plan_id": "OPEN"},
        ],
        "silver__scorecard": CARD,
        "silver__penalty": penalties,
        "silver__sample": [{"shop_id": s["shop"]} | {c: s.get(c) for c in bought} for s in samples],
        "silver__counterfeit_report": found,
        "gold__counterfeit_case": found,
        "gold__standing_conclusion": first,
        "gold__sampling_lifecycle": [{c: s.get(c) for c in life} for s in samples],
        "gold__bulletin": [],
        "gold__credit_score": [],
    }
    return rows | more


def night(desk: Desk, *rows: Any, **more: Any) -> Desk:
    return desk.night(**given(*rows, **more))


def frames(*rows: Any) -> dict[str, pd.DataFrame]:
    found, tables = given(*rows), (*TABLES, "silver.party_comment")
    return {
        table.partition(".")[2]: pa.Table.from_pylist(
            found.get(table.replace(".", "__"), []),
            schema=pa.schema([c.with_nullable(True) for c in arrow_schema(CATALOG.contracts[table])]),
        ).to_pandas(date_as_object=True)
        for table in tables
    }


def preview(*rows: Any) -> pd.DataFrame:
    """What the enterprise would be sent."""
    parcels = [p for p in credit_standing(frames(*rows), DAY) if p.recipient == f"enterprise_{ACE}"]
    return parcels[0].rows if parcels else pd.DataFrame()


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def facts(desk: Desk, code: str = ACE, day: date = DAY) -> list[tuple[Any, ...]]:
    rows = desk.rows(f"enterprise_{code}", "credit_standing", day)
    return [(r["month"], r["fact"], r["fact_record"], r["fact_points"]) for r in rows]


def text(desk: Desk) -> str:
    path = desk.folder(f"enterprise_{ACE}") / "credit_standing.jsonl"
    return path.read_text(encoding="utf-8") if path.exists() else ""


def searched(desk: Desk) -> list[str]:
    snapshot = newest_snapshot(desk.lake)
    return early(snapshot, desk.outbox) + hidden_in_sums(snapshot, desk.outbox) + persons(desk.outbox)


def test_an_enterprise_gets_its_class_and_each_fact_with_record_and_how_to_object(desk: Desk) -> None:
    objection = {"objection_id": "O1", "sample_id": "s1", "filed_on": date(2026, 3, 25)}
    night(desk, [FAILED, FINE], TWO[:1], silver__objection=[objection]).send(recipient=f"enterprise_{ACE}")
    rows = desk.rows(f"enterprise_{ACE}", "credit_standing")
    assert {(r["grade"], r["score"], r["n_observations"]) for r in rows} == {("B", 79.0, 3)}
    first, second, third = rows
    assert (first["fact"], first["fact_record"]) == ("final_nonconformity", "s1")
    assert (first["month"], first["fact_on"]) == ("2026-06-01", "2026-03-10")
    assert first["objection_ids"] == "O1" and second["objection_ids"] is None
    assert "re-inspection" in first["objection_en"] and "复检" in first["objection_zh"]
    assert second["fact"] == "penalty_final" and "reconsideration" in second["objection_en"]
    assert third["fact"] == "conforming_sample"


def test_samples_that_conformed_are_one_row_that_names_none_and_no_day(desk: Desk) -> None:
    night(desk, [FAILED, FINE, FINE_TOO], []).send()
    assert facts(desk) == [
        ("2026-06-01", "final_nonconformity", "s1", -10),
        ("2026-06-01", "conforming_sample", "", 2),
    ]
    assert "s2" not in text(desk) and "2026-03-11" not in text(desk)
    assert searched(desk) == []


LEFT: dict[str, Any] = {"outcome": None, "exit_kind": "violation", "exited_on": date(2026, 3, 9)}
SECRET = {
    "a failure": ([drawn("s9", result_notified_on=None)], []),
    "a serious failure": ([drawn("s9", result_notified_on=None, serious=True)], []),
    "a violation": ([drawn("s9", result_notified_on=None) | LEFT], []),
    "a conforming result": ([drawn("s9", "conforming", result_notified_on=None)], []),
    "a purchase of a plan that buys today": ([drawn("s9", "conforming", plan_id=BUYING)], []),
    "a purchase of a plan without an end": ([drawn("s9", "conforming", plan_id="OPEN")], []),
    "a purchase of an unknown plan": ([drawn("s9", "conforming", plan_id="NONE")], []),
    "a counterfeit on offer": ([], [reported("J9")]),
}


@pytest.mark.parametrize("name", SECRET)
def test_what_is_not_known_yet_changes_nothing_that_is_sent(name: str) -> None:
    """Nor does it make a class where what is known is too little for one."""
    samples, reports = SECRET[name]
    with_, without = preview(samples, THREE, reports), preview([], THREE)
    assert len(without) == 3
    pd.testing.assert_frame_equal(with_, without)
    assert preview(samples, TWO, reports).empty


@pytest.mark.parametrize(
    ("samples", "reports", "score"),
    [
        ([drawn("s9")], [], 74),
        ([drawn("s9", serious=True)], [], 71),
        ([drawn("s9", takedown_ordered_on=NOTICE, result_notified_on=None) | LEFT], [], 78),
        ([drawn("s9", "conforming")], [], 85),
        ([], [reported("J9", taken_down_on=date(2026, 4, 9))], 64),
    ],
)
def test_it_counts_once_it_is_known(samples: list[Any], reports: list[Any], score: float) -> None:
    rows = preview(samples, THREE, reports)
    assert set(rows["score"]) == {score} and set(rows["n_observations"]) == {4}


def test_a_secret_failure_takes_no_place_among_the_most_of_its_item() -> None:
    """Two failures count at most: the secret newest one would push out an older one that is known."""
    older = [drawn(f"k{i}", day=date(2026, 1, i)) for i in (1, 2, 3)]
    newest = drawn("s9", day=date(2026, 5, 5), result_notified_on=None)
    rows = preview([*older, newest], [])
    assert list(rows["fact_record"]) == ["k2", "k3"]
    assert (rows["grade"][0], rows["score"][0], rows["n_observations"][0]) == ("B", 70.0, 3)


def test_where_all_is_known_the_preview_is_the_official_score() -> None:
    rows = ([FAILED, FINE, FINE_TOO], THREE, [reported("J1", taken_down_on=NOTICE)])
    tables = frames(*rows)
    beside = {name: tables.pop(name) for name in ("sampling_plan", "counterfeit_case")}
    assert len(beside) == 2
    official = credit_score.build(**tables, period=Period(DAY)).query("enterprise_id == @ACE").iloc[-1]
    same = ["month", "grade", "score", "n_observations"]
    assert list(preview(*rows)[same].iloc[0]) == list(official[same])


def test_in_the_outbox_nothing_of_what_is_not_known_yet_is_found(desk: Desk) -> None:
    """The search finds each sum that holds more."""
    secret = [
        sample | {"sample_id": f"s9{i}"} for i, (both, _) in enumerate(SECRET.values()) for sample in both
    ]
    night(desk, [FAILED, FINE, *secret], TWO, [reported("J9")]).send()
    assert searched(desk) == []
    path = desk.folder(f"enterprise_{ACE}") / "credit_standing.jsonl"
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    more = [row | {"fact_points": 2.0, "score": row["score"] + 1} for row in rows if not row["fact_record"]]
    others = [row | {"score": row["score"] + 1} for row in rows if row["fact_record"]]
    for planted in (
        [*others, *more],  # a conforming sample that is not known, in the sum and in the score
        [row | {"score": row["score"] - 10} for row in rows],  # a fact that only the score counts
        [row | {"n_observations": row["n_observations"] + 1} for row in rows],
        [*rows, rows[0] | {"fact": "counterfeit_confirmed", "fact_record": "J9", "fact_points": 0.0}],
    ):
        path.write_text("".join(json.dumps(row) + "\n" for row in planted), encoding="utf-8")
        assert searched(desk) != []


def test_who_has_no_class_or_no_code_gets_nothing_and_nobody_anothers(desk: Desk) -> None:
    of_person = [drawn(f"p{i}", shop="S-person") for i in (1, 2, 3)]
    night(desk, of_person, [*THREE, fined("F4", OTHER), fined("F5", OTHER)]).send()
    having = [p.parents[1].name for p in desk.outbox.glob("*/*/credit_standing.jsonl")]
    assert having == [f"enterprise_{ACE}"] and persons(desk.outbox) == []


@pytest.mark.slow
def test_whose_facts_no_longer_count_is_sent_an_empty_list(desk: Desk) -> None:
    others = [fined(f"G{i}", OTHER) for i in (1, 2, 3)]
    night(desk, [], [*THREE, *others]).send()
    revoked = [fined(f"F{i}", revoked_on=DAY) for i in (1, 2, 3)]
    night(desk, [], [*revoked, *others]).send(day=date(2026, 7, 1))
    assert facts(desk, ACE, date(2026, 7, 1)) == []
    assert (desk.folder(f"enterprise_{ACE}", date(2026, 7, 1)) / "credit_standing.jsonl").is_file()
    assert len(facts(desk, OTHER)) == 3 and not desk.folder(f"enterprise_{OTHER}", date(2026, 7, 1)).exists()


def test_the_page_says_the_class_and_the_facts_in_both_languages(desk: Desk) -> None:
    night(desk, [FAILED], TWO).send(recipient=f"enterprise_{ACE}")
    page = (desk.folder(f"enterprise_{ACE}") / "index.html").read_text(encoding="utf-8")
    assert "信用等级B，76.0分（2026-06月末，预览：尚未告知的事实不计入" in page
    assert "Credit class B, 76.0 points" in page and "count in the official score" in page
    assert "样本最终不合格" in page and "A sample that finally failed" in page
    assert "a class D restricts nothing by itself" in page


def test_every_fact_of_the_scorecard_says_how_to_object() -> None:
    """But recalls, which name no enterprise and make no fact."""
    facts_ = {row["item"] for row in reference("scorecard") if row["kind"] == "fact"}
    assert set(HOW) == facts_ - {"voluntary_recall"} and set(HOW) <= set(names_by_code("scorecard", "item"))
