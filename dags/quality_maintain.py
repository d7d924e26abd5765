"""Every week: what is past its term goes, small files are put together, and the doctor looks whether all is
whole.

**Impact** of a red run: the lake grows; no figure is wrong. A doctor that is red names what is damaged.
"""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from airflow.sdk import DAG, CronTriggerTimetable, Param

from jobs.orchestration.operator import QualityOperator
from jobs.orchestration.runbook import with_runbook

with DAG(
    "quality_maintain",
    schedule=CronTriggerTimetable("30 5 * * 0", timezone="Asia/Shanghai"),
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
            description="as on this day; today in Shanghai if empty",
        )
    },
    doc_md=with_runbook(__doc__),
):
    maintain = QualityOperator(task_id="maintain", command=["maintain"], dated=True)
    doctor = QualityOperator(task_id="doctor", command=["doctor"], before=("maintain",), verdict=True)
    maintain >> doctor
