"""The night: files in the inbox to a site that shows them (jobs/ computes, this file only orders)."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from airflow.sdk import DAG, CronTriggerTimetable, Param

from jobs.orchestration.operator import QualityOperator

with DAG(
    "quality_nightly",
    schedule=CronTriggerTimetable("30 2 * * *", timezone="Asia/Shanghai"),
    start_date=datetime(2026, 1, 1, tzinfo=ZoneInfo("Asia/Shanghai")),
    catchup=False,
    max_active_runs=1,
    tags=["quality"],
    params={"date": Param(None, type=["null", "string"], format="date", description="the night's date; today in Shanghai if empty")},
    doc_md=__doc__,
):
    land = QualityOperator(task_id="land", command=["land"], dated=True)
    run = QualityOperator(task_id="run", command=["run"], dated=True, before=("land",))
    report = QualityOperator(task_id="report", command=["report"], before=("land", "run"))
    reconcile = QualityOperator(
        task_id="reconcile", command=["reconcile"], dated=True, before=("land", "run", "report"), verdict=True
    )
    land >> run >> report >> reconcile
