"""Every hour: what is new in the inbox is landed, family by family. The lake busy for ten minutes: the next
hour does it (skipped).

**Impact** of a red run: new files wait in the inbox; the night lands them, too.
**Runbook**: README.md, "When a DAG is red".
"""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from airflow.sdk import DAG, CronTriggerTimetable, Param

from jobs.orchestration.operator import RETRIED, EachFamily, QualityOperator

with DAG(
    "quality_intake",
    schedule=CronTriggerTimetable("5 * * * *", timezone="Asia/Shanghai"),
    start_date=datetime(2020, 1, 1, tzinfo=ZoneInfo("Asia/Shanghai")),
    catchup=False,
    max_active_runs=1,
    tags=["quality"],
    default_args={"owner": "operations"},
    params={
        "date": Param(
            None,
            type=["null", "string"],
            format="date",
            description="the day of receipt; today in Shanghai if empty",
        )
    },
    doc_md=__doc__,
):
    families = EachFamily(task_id="families", each=["land", "--leave-if-busy"])
    # One at a time: the lake has one writer, and a family that waits for another would only hold a worker.
    QualityOperator.partial(task_id="land", dated=True, max_active_tis_per_dagrun=1, **RETRIED).expand(
        command=families.output
    )
