"""Its own credit in the outbox of an enterprise: class, points, each fact with its record and how to object;
of findings that it does not know, nothing."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from desks import DAY, Desk
from outbox_search import early, persons

from jobs.exchange.credit_standing import HOW
from jobs.exchange.pages.references import names_by_code, reference
from jobs.lake.night import newest_snapshot

ACE, OTHER, PERSON = "91330782Y37037162X", "91130930Y123458126", "N-c13f8338afac1d6528ae83f8"
APRIL, MAY = date(2026, 4, 1), date(2026, 5, 1)
FAILED = ("final_nonconformity", "s1", "2026-03-10", "-10.00")
FINED = ("penalty_final", "F1", "2026-02-02", "-2.00")
FINE = ("conforming_sample", "s2", "2026-03-11", "0.90")
FINE_TOO = ("conforming_sample", "s3", "2026-03-12", "0.80")
UNKNOWN = ("final_nonconformity", "s9", "2026-05-20", "-10.00")


def scored(code: str, month: date, *facts: tuple[str, ...], grade: str = "B") -> dict[str, Any]:
    items, records, days, points = (list(each) for each in zip(*facts, strict=True))
    return {
        "month": month,
        "enterprise_id": code,
        "grade": grade,
        "score": 78.5,
        "n_observations": len(facts),
        "n_facts": len(facts),
        "fact_items": items,
        "fact_records": records,
        "fact_days": days,
        "fact_points": points,
    }


def life(sample: str, **more: Any) -> dict[str, Any]:
    return {"sample_id": sample, "outcome": "nonconforming", "platform_code": "P1"} | more


LIVES = [
    life("s1", result_notified_on=date(2026, 3, 20)),
    life("s2", outcome="conforming"),
    life("s3", outcome="conforming"),
    life("s9"),  # failed, and no one has been notified
]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def night(desk: Desk, *scores: dict[str, Any], **more: Any) -> Desk:
    register = [{"enterprise_id": code} for code in (ACE, OTHER, PERSON)]
    given = {"silver__enterprise": register, "gold__sampling_lifecycle": LIVES, "gold__bulletin": []} | more
    return desk.night(gold__credit_score=list(scores), **given)


def facts(desk: Desk, code: str = ACE, day: date = DAY) -> list[tuple[Any, ...]]:
    rows = desk.rows(f"enterprise_{code}", "credit_standing", day)
    return [(r["month"], r["fact"], r["fact_record"], r["fact_points"]) for r in rows]


def test_an_enterprise_gets_its_class_and_each_fact_with_record_and_how_to_object(desk: Desk) -> None:
    objection = {"objection_id": "O1", "sample_id": "s1", "filed_on": date(2026, 3, 25)}
    night(desk, scored(ACE, MAY, FAILED, FINED, FINE), silver__objection=[objection]).send()
    rows = desk.rows(f"enterprise_{ACE}", "credit_standing")
    assert {(r["grade"], r["score"], r["n_observations"]) for r in rows} == {("B", 78.5, 3)}
    first, second, third = rows
    assert (first["fact"], first["fact_record"], first["fact_on"]) == (*FAILED[:2], "2026-03-10")
    assert first["objection_ids"] == "O1" and second["objection_ids"] is None
    assert "re-inspection" in first["objection_en"] and "复检" in first["objection_zh"]
    assert second["fact"] == "penalty_final" and "reconsideration" in second["objection_en"]
    assert third["fact"] == "conforming_sample"


def test_samples_that_conformed_are_one_row_that_names_none_and_no_day(desk: Desk) -> None:
    night(desk, scored(ACE, MAY, FAILED, FINE, FINE_TOO)).send()
    assert facts(desk) == [
        ("2026-05-01", "final_nonconformity", "s1", -10),
        ("2026-05-01", "conforming_sample", "", 1.7),
    ]
    text = (desk.folder(f"enterprise_{ACE}") / "credit_standing.jsonl").read_text(encoding="utf-8")
    assert "s2" not in text and "2026-03-11" not in text


@pytest.mark.parametrize(
    "secret",
    [
        UNKNOWN,
        ("serious_nonconformity", "s9", "2026-05-20", "-3.00"),
        ("violation_exit", "s9", "2026-05-20", "-6.00"),
    ],
)
def test_a_finding_that_is_not_known_yet_shows_in_no_score(desk: Desk, secret: tuple[str, ...]) -> None:
    """The month before counts it not, and is sent; where there is none, nothing is."""
    scores = [
        scored(ACE, MAY, FAILED, secret, grade="C"),
        scored(ACE, APRIL, FAILED, FINED),
        scored(OTHER, MAY, secret, FINED),
    ]
    night(desk, *scores).send()
    assert facts(desk) == [
        ("2026-04-01", "final_nonconformity", "s1", -10),
        ("2026-04-01", "penalty_final", "F1", -2),
    ]
    assert not desk.folder(f"enterprise_{OTHER}").exists()
    assert early(newest_snapshot(desk.lake), desk.outbox) == []


def test_who_has_no_class_or_no_code_gets_nothing_and_nobody_anothers(desk: Desk) -> None:
    scores = [
        scored(ACE, MAY, FINED, grade="D"),
        scored(OTHER, MAY, FAILED, grade="unrated"),
        scored(OTHER, APRIL, FAILED),
        scored(PERSON, MAY, FAILED),
    ]
    night(desk, *scores).send()
    having = [p.parents[1].name for p in desk.outbox.glob("*/*/credit_standing.jsonl")]
    assert having == [f"enterprise_{ACE}"] and persons(desk.outbox) == []


def test_whose_facts_no_longer_count_is_sent_an_empty_list(desk: Desk) -> None:
    night(desk, scored(ACE, APRIL, FINED), scored(OTHER, APRIL, FINED)).send()
    night(desk, scored(OTHER, MAY, FINED), scored(ACE, APRIL, FINED)).send(day=date(2026, 7, 1))
    assert facts(desk, ACE, date(2026, 7, 1)) == []
    assert (desk.folder(f"enterprise_{ACE}", date(2026, 7, 1)) / "credit_standing.jsonl").is_file()
    assert facts(desk, OTHER, date(2026, 7, 1)) == [("2026-05-01", "penalty_final", "F1", -2)]


def test_the_page_says_the_class_and_the_facts_in_both_languages(desk: Desk) -> None:
    night(desk, scored(ACE, MAY, FAILED, FINED)).send()
    page = (desk.folder(f"enterprise_{ACE}") / "index.html").read_text(encoding="utf-8")
    assert "信用等级B，78.5分（2026-05月末）" in page and "Credit class B, 78.5 points" in page
    assert "样本最终不合格" in page and "A sample that finally failed" in page
    assert "a class D restricts nothing by itself" in page


def test_every_fact_of_the_scorecard_says_how_to_object() -> None:
    """But recalls, which name no enterprise and make no fact."""
    facts_ = {row["item"] for row in reference("scorecard") if row["kind"] == "fact"}
    assert set(HOW) == facts_ - {"voluntary_recall"} and set(HOW) <= set(names_by_code("scorecard", "item"))
