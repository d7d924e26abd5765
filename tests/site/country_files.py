"""The country's ops rows: what came in, how it was booked, how it was audited."""

from __future__ import annotations

from datetime import UTC, date, datetime

DAY = date(2026, 6, 30)
SOURCE_YAML = """\
source: lab_1
synthetic: true
publisher: {name_zh: 检验一所, name_en: Laboratory One}
timezone: Asia/Shanghai
cadence: daily
recipient: lab_LA
feeds:
  samples:
    target: sample
    files: "samples*"
    format: csv
    key: [sample_id]
    volume: {min: 4, max: 5000}
    columns:
      sample_id:    {from: 样品编号}
      plan_id:      {from: 计划编号}
      product_name: {from: 品名}
      price:        {from: 价格(元)}
      channel:      {from: 渠道, map: {网络: online, 实体店: shop}}
"""
NOW = datetime(2026, 6, 30, 18, tzinfo=UTC)


COMMON = {
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


def files() -> list[dict]:
    """What landed, and what was refused."""
    return landed() + refused()


def landed() -> list[dict]:
    """A file with unreadable records (one in an archive), its earlier edition, and an earlier delivery."""
    unreadable = (
        '[{"record": 5, "reason_zh": "第2列不是GB18030", "reason_en": "column 2 is not GB18030"},'
        ' {"member": "七月/part.csv", "record": 7, "reason_zh": "应有5个字段，实有2个", "reason_en": "has 2 '
        'fields, not 5"}]'
    )
    first = COMMON | {
        "status": "landed",
        "unreadable": 0,
        "rejected": 0,
        "unreadable_list": "[]",
        "received_on": date(2026, 6, 1),
    }
    return [
        COMMON
        | {
            "file": "samples.csv",
            "sha256": "a",
            "load_key": "k",
            "status": "landed",
            "records": 7,
            "unreadable": 2,
            "rejected": 0,
            "loaded": 5,
            "unreadable_list": unreadable,
            "scrubbed": '{"remark": {"phone": 3}}',
            "drift": ["备注2"],
            "missing": ["渠道"],
            "warnings": ["有2行没有日期 | 2 rows have no date"],
            "size": 4321,
            "delivered_on": DAY,
            "mtime_ns": 3,
        },
        first
        | {
            "file": "samples.csv",
            "sha256": "a0",
            "load_key": "replaced",
            "records": 6,
            "loaded": 6,
            "drift": ["旧备注"],
            "mtime_ns": 1,
        },
        first
        | {
            "file": "samples_may.csv",
            "sha256": "may",
            "load_key": "may",
            "records": 9,
            "loaded": 9,
            "delivered_on": date(2026, 5, 31),
            "mtime_ns": 0,
        },
    ]


def refused() -> list[dict]:
    """A file that no feed takes, and one that is damaged."""
    return [
        COMMON
        | {
            "feed": "",
            "target": "",
            "file": "photo.jpg",
            "sha256": "j",
            "load_key": "kj",
            "status": "refused",
            "reason_zh": "没有数据流接收该文件",
            "reason_en": "no feed takes this file",
            "mtime_ns": 2,
        },
        COMMON
        | {
            "file": "broken.csv.gz",
            "sha256": "b",
            "load_key": "kb",
            "status": "refused",
            "reason_zh": "压缩文件不完整",
            "reason_en": "the gzip file is cut short",
            "mtime_ns": 2,
        },
    ]


def file_ledger(balanced: bool = True) -> list[dict]:
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
    dispositions = {"a": (3, 2, 0), "a0": (0, 0, 6), "may": (9, 0, 0)}
    for row in rows:
        accepted, quarantined, superseded = dispositions.get(row["sha256"], (0, 0, 0))
        row |= {"accepted": accepted, "quarantined": quarantined, "superseded": superseded, "repeated": 0}
        row["balanced"] = balanced or row["sha256"] != "a"
    return rows


def metrics() -> list[dict]:
    """Three nights of one table, the second built twice; a column that drifted and one that did not."""
    row = {"table": "gold.detection_rate", "metric": "row_count"}
    nights = [
        (date(2026, 6, 28), 1, 100),
        (date(2026, 6, 29), 2, 555),
        (date(2026, 6, 29), 3, 120),
        (DAY, 4, 130),
    ]
    return [
        row | {"run_id": f"r{version}", "date": day, "version": version, "value": float(n)}
        for day, version, n in nights
    ] + [
        row | {"run_id": "r4", "date": DAY, "version": 4, "metric": "drift.design", "value": 0.3},
        row | {"run_id": "r4", "date": DAY, "version": 4, "metric": "drift.n_open", "value": 0.01},
    ]


def verdicts() -> list[dict]:
    """sampling_plan was audited in two runs of one day: only the later one counts; its critical check failed
    there."""
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
        row
        | {"run_id": "20260630-f", "table": "silver.sampling_plan", "column": "earlier_run", "success": True},
        row
        | {
            "run_id": "20260630-a",
            "table": "silver.sampling_plan",
            "column": "plan_id",
            "success": False,
            "unexpected_count": 2,
        },
        row
        | {
            "run_id": "20260630-a",
            "table": "gold.detection_rate",
            "column": "design",
            "success": True,
            "unexpected_count": 0,
        },
    ]
