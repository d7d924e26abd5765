"""Every week: what is past its term goes, small files are put together, and the doctor looks whether all is
whole.

**Impact** of a red run: the lake grows; no figure is wrong. A doctor that is red names what is damaged.
"""

from __future__ import annotations

from airflow.sdk import DAG

from jobs.orchestration.operator import QualityOperator
from jobs.orchestration.runbook import with_runbook
from jobs.orchestration.timing import day_param, due, first_day

with DAG(
    "quality_maintain",
    schedule=due("30 5 * * 0"),
    start_date=first_day(),
    catchup=False,
    max_active_runs=1,
    tags=["quality"],
    default_args={"owner": "operations"},
    params={"date": day_param("as on this day")},
    doc_md=with_runbook(__doc__),
):
    maintain = QualityOperator(task_id="maintain", command=["maintain"], dated=True)
    doctor = QualityOperator(task_id="doctor", command=["doctor"], before=("maintain",), verdict=True)
    maintain >> doctor
