"""Urgent items through the hourly DAG itself, its commands run for real: each in the right outboxes after one
run, and in no other; next to a night that holds the lake, one hour later."""

from __future__ import annotations

import gzip
import json
from base64 import b64encode
from typing import Any

import pytest
from urgent_homes import CONCLUDED, FAILED, NOTIFIED, PASSED, RESULTS, SAMPLES, UrgentHome

pytestmark = pytest.mark.slow
# s3 was bought in a shop on a platform that no register knows; s4's verdict is misspelt.
MORE_SAMPLES = "s3,2026-06-02,P9,S3,L3,330106,440000,LAB1\ns4,2026-06-02,P2,S2,L2,110000,110000,LAB1\n"
FAILURES = RESULTS + FAILED + FAILED.replace("s1", "s3")
WRONG = "s4,F1,A,defective,2026-06-20\n"
ISSUED = CONCLUDED + "".join(f"s{n},first,nonconforming,2026-06-22,LAB1\n" for n in (3, 4))
FAILED_2 = FAILED.replace("s1", "s2")
CONCLUDED_2 = CONCLUDED.replace("s1", "s2")
NOTICES = NOTIFIED + "".join(f"E{n},s{n},result_notified,2026-06-25 10:00\n" for n in (3, 4))
HOURS: list[dict[str, Any]] = [
    # A night holds the lake, first for longer than an hour waits, then until the hour has begun to wait.
    {
        "files": {"results_4.csv": RESULTS + FAILED_2, "conclusions_2.csv": CONCLUDED_2},
        "lake_held": "all along",
    },
    {"files": {}, "lake_held": "until noticed"},
    {"files": {}},
    {  # failures at once, one with a mistake, and a file that is cut off
        "files": {
            "samples_2.csv": SAMPLES.splitlines(keepends=True)[0] + MORE_SAMPLES,
            "results_2.csv": FAILURES + WRONG,
            "results_3.csv.gz": gzip.compress((RESULTS + PASSED).encode())[:-9],
            "conclusions.csv": ISSUED,
            "events.csv": NOTICES,
        }
    },
]


@pytest.fixture(scope="module")
def hours(airflow_script, tmp_path_factory) -> list[dict[str, Any]]:
    home = UrgentHome(tmp_path_factory.mktemp("hours") / "home").begin().root
    given = [
        hour
        | {
            "files": {
                name: b64encode(text if isinstance(text, bytes) else text.encode()).decode()
                for name, text in hour["files"].items()
            }
        }
        for hour in HOURS
    ]
    where = {
        "QUALITY_HOME": str(home),
        "QUALITY_SOURCES": str(home / "sources"),
        "QUALITY_KEY_FILE": str(home / "key"),
    }
    return airflow_script("hours.py", seconds=1500, HOURS=json.dumps(given), **where)


def ended(hour: dict[str, Any]) -> dict[str, str]:
    """How the tasks ended, without that of the ledger, which is red here: the lake of UrgentHome has few
    tables, and the reference files of the others do not balance."""
    return {task: state for task, state in hour["tasks"].items() if task != "reconcile"}


def test_while_a_night_holds_the_lake_the_hour_skips_its_tasks_says_for_whom_and_leaves_all_where_it_lies(
    hours,
):
    busy = hours[0]
    assert ended(busy) == {"families": "success"} | dict.fromkeys(["land", "urgent", "outbox"], "skipped")
    assert busy["sent"] == [] and {"results_4.csv", "conclusions_2.csv"} <= set(busy["in_inbox"])
    assert busy["said"] and all(
        "is being written by pid" in line and line.endswith("left to the next time") for line in busy["said"]
    )


def test_an_hour_in_which_the_night_ends_waits_for_it_and_delivers_what_the_hour_before_left(hours):
    waited = hours[1]
    assert "waiting for the lake's other writer: pid" in waited["said"][0]
    assert set(ended(waited).values()) == {"success"}
    assert waited["sent"] == ["region_110000:A/s2/F1"]


def test_the_hour_after_that_sends_nothing_again_and_nothing_twice(hours):
    assert (hours[2]["sent"], hours[2]["twice"], set(ended(hours[2]).values())) == ([], [], {"success"})


def test_items_dropped_at_once_are_each_in_the_right_outboxes_after_one_run_and_in_no_other(hours) -> None:
    assert hours[3]["sent"] == [
        "platform_P1:A/s1/F1",
        "region_330000:A/s1/F1",
        "region_330000:A/s3/F1",
        "region_440000:A/s1/F1",
        "region_440000:A/s3/F1",
        "region_CN:A/s3/F1",  # its platform is not known
    ]
