"""What a laboratory gets in its outbox: its own rows, and of its peers only the range."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
from desks import CATALOG, Desk

from jobs.exchange.lab_results import (
    AGREEMENT,
    LEAST_PEERS,
    OPEN,
    PERFORMANCE,
    lab_results,
    open_commissions,
)
from jobs.exchange.outbox import described
from jobs.exchange.parties import named

CODES = [f"LAB{n}" for n in range(1, 8)]


def rows(codes: list[str] = CODES) -> list[dict]:
    """A year's rows: the n-th laboratory takes 10 · n days, which no other does."""
    return [
        {
            "period_type": "year",
            "period_start": date(2026, 1, 1),
            "design": "all",
            "lab_id": code,
            "median_days": 10.0 * int(code[3:]),
            "on_time_share": 0.9,
            "state": "within",
            **dict.fromkeys(("n_tests", "n_judged", "n_compared"), 100 + int(code[3:])),
        }
        for code in codes
    ]


def pair(lab: str, other: str) -> dict:
    return {
        "kind": "split",
        "period_type": "all",
        "period_start": date(1900, 1, 1),
        "lab_id": lab,
        "other_lab_id": other,
        "n_pairs": 20,
    }


def desk(root: Path, codes: list[str] = CODES) -> Desk:
    return Desk(root).night(
        silver__lab=[{"lab_id": c} for c in codes],
        gold__lab_performance=rows(codes),
        gold__lab_agreement=[pair("LAB1", "all"), pair("LAB1", "LAB2"), pair("LAB2", "LAB1")],
    )


def test_each_laboratory_gets_its_own_rows_and_no_others(tmp_path):
    sent = desk(tmp_path)
    assert {r for r in sent.send() if r.startswith("lab_")} == {f"lab_{c}" for c in CODES}
    for code in CODES:
        folder = sent.folder(f"lab_{code}")
        text = "".join(p.read_text() for p in folder.iterdir())
        assert [c for c in CODES if f'"{c}"' in text] == [code]
    assert (sent.folder("lab_LAB1") / "lab_agreement.csv").is_file()
    assert not (sent.folder("lab_LAB2") / "lab_agreement.csv").exists()  # it has no row against the others


def test_each_laboratory_gets_its_open_commissions_with_their_last_day_and_no_place():
    task = dict.fromkeys([*OPEN.columns, "position", "platform_code", "region_code"]) | {
        "task": "report_test"
    }
    queue = pd.DataFrame(
        [
            task | {"office_type": "lab", "office_code": "LAB1", "position": 2, "subject_id": "W2"},
            task
            | {"office_type": "lab", "office_code": "LAB1", "position": 1, "subject_id": "W1"}
            | {"due": date(2026, 7, 2), "platform_code": "P1", "region_code": "330106"},
            task | {"office_type": "lab", "office_code": "LAB2", "position": 1, "subject_id": "W3"},
            task | {"office_type": "platform", "office_code": "LAB1", "position": 1, "subject_id": "W4"},
        ]
    )
    (mine,) = open_commissions(queue, {"LAB1"})
    assert mine.recipient == "lab_LAB1" and mine.rows["subject_id"].tolist() == ["W1", "W2"]
    assert mine.rows["due"].iloc[0] == date(2026, 7, 2)
    assert not {"platform_code", "region_code"} & set(mine.rows)


def test_the_peers_range_is_of_the_others_and_of_five_at_least():
    performance = pd.DataFrame(rows()).reindex(columns=[c for c in PERFORMANCE.columns if "peers" not in c])
    none = pd.DataFrame(columns=[*AGREEMENT.columns, "other_lab_id"])
    (mine,) = [p.rows for p in lab_results(performance, none, set(CODES)) if p.recipient == "lab_LAB7"]
    assert mine["n_peers"].tolist() == [6]
    assert mine[["peers_median_days_low", "peers_median_days_high"]].iloc[0].tolist() == [22.5, 47.5]
    assert mine["peers_ratio_low"].isna().all()  # no other has one
    few = performance[performance["lab_id"].isin(CODES[:LEAST_PEERS])]
    for parcel in lab_results(few, none, set(CODES)):
        assert np.isnan(parcel.rows["peers_median_days_low"]).all()


def test_the_peers_share_overturned_is_of_those_of_which_thirty_batches_were_re_inspected() -> None:
    performance = pd.DataFrame(rows()).reindex(columns=[c for c in PERFORMANCE.columns if "peers" not in c])
    none = pd.DataFrame(columns=[*AGREEMENT.columns, "other_lab_id"])
    for whole, known in ((29, False), (30, True)):
        given = performance.assign(overturned_share=0.1, n_reinspected=whole)
        (mine,) = [p.rows for p in lab_results(given, none, set(CODES)) if p.recipient == "lab_LAB7"]
        assert mine["peers_overturned_share_high"].notna().tolist() == [known]


def test_a_code_that_is_no_name_of_a_folder_gets_nothing():
    assert named(pd.Series(["LAB1", "../LAB2", "", None, "a/b"])) == {"LAB1"}


def test_every_column_that_is_sent_has_a_meaning_in_both_languages():
    for kind in (PERFORMANCE, AGREEMENT):
        assert all(c["zh"] and c["en"] for c in described(kind, CATALOG))
