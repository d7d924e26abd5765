"""The country's ops rows: what came in, how it was booked, how it was audited."""

from __future__ import annotations

from datetime import UTC, date, datetime

DAY = date(2026, 6, 30)
NOW = datetime(2026, 6, 30, 18, tzinfo=UTC)


def files() -> list[dict]:
    """One file that landed with an unreadable record, one that was refused."""
    common = {
        "source": "lab_1",
        "family": "lab",
        "feed": "samples",
        "target": "sample",
        "publisher_zh": "检验一所",
        "publisher_en": "Laboratory One",
        "cadence": "daily",
        "synthetic": True,
        "mapping": "m",
        "received_on": DAY,
        "recorded_at": NOW,
    }
    unreadable = '[{"record": 5, "reason_zh": "第2列不是GB18030", "reason_en": "column 2 is not GB18030"}]'
    return [
        common
        | {
            "file": "samples.csv",
            "sha256": "a",
            "load_key": "k",
            "status": "landed",
            "records": 6,
            "unreadable": 1,
            "rejected": 0,
            "loaded": 5,
            "unreadable_list": unreadable,
            "drift": ["备注2"],
            "mtime_ns": 1,
        },
        common
        | {
            "file": "broken.csv.gz",
            "sha256": "b",
            "load_key": None,
            "status": "refused",
            "reason_zh": "压缩文件不完整",
            "reason_en": "the gzip file is cut short",
            "mtime_ns": 2,
        },
    ]


def books(balanced: bool = True) -> list[dict]:
    copied = (
        "source",
        "feed",
        "target",
        "file",
        "sha256",
        "load_key",
        "status",
        "reason_zh",
        "reason_en",
        "records",
        "unreadable",
        "rejected",
        "loaded",
        "received_on",
    )
    rows = [{k: f.get(k) for k in copied} for f in files()]
    rows[0] |= {"accepted": 3, "quarantined": 2, "superseded": 0, "repeated": 0, "balanced": balanced}
    rows[1] |= {"accepted": 0, "quarantined": 0, "superseded": 0, "repeated": 0, "balanced": True}
    return rows


def verdicts() -> list[dict]:
    """sampling_plan was audited in two runs of one day: only the later one counts; its critical check failed there."""
    row = {
        "date": DAY,
        "version": 3,
        "batch": "rows",
        "expectation": "expect_column_values_to_not_be_null",
        "severity": "critical",
        "kwargs": "{}",
        "message_zh": "不得为空",
        "message_en": "must not be null",
    }
    return [
        row | {"run_id": "20260630-f", "table": "silver.sampling_plan", "column": "earlier_run", "success": True},
        row
        | {"run_id": "20260630-a", "table": "silver.sampling_plan", "column": "plan_id", "success": False, "unexpected_count": 2},
        row
        | {"run_id": "20260630-a", "table": "gold.detection_rate", "column": "design", "success": True, "unexpected_count": 0},
    ]
