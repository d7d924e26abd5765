"""Every hour: what is new in the inbox is landed, family by family; the urgent tables are built from it, and
urgent items go to the outboxes of those who must act. Where another writer holds the lake, they wait until
ten minutes before the next hour's run, which then does it (skipped). A family that cannot be landed holds up
nothing but itself; the last task turns the DAG run red.

**Impact** of a red run: new files wait in the inbox and urgent items are late; the next hour or the night
takes both up.
"""

from __future__ import annotations

from airflow.sdk import DAG

from jobs.orchestration.operator import RETRIED, EachFamily, QualityOperator
from jobs.orchestration.runbook import with_runbook
from jobs.orchestration.timing import day_param, due, first_day

with DAG(
    "quality_intake",
    schedule=due("5 * * * *"),
    start_date=first_day(),
    catchup=False,
    max_active_runs=1,
    tags=["quality"],
    default_args={"owner": "operations"},
    params={"date": day_param("the day of receipt")},
    doc_md=with_runbook(__doc__),
):
    families = EachFamily(task_id="families", each=["land"])
    # One at a time: the lake has one writer, and a family that waits for another would only hold a worker.
    land = QualityOperator.partial(
        task_id="land", dated=True, leave_if_busy=True, max_active_tis_per_dagrun=1, **RETRIED
    ).expand(command=families.output)
    urgent = QualityOperator(
        task_id="urgent",
        command=["run", "--select", "tag:urgent"],
        dated=True,
        leave_if_busy=True,
        trigger_rule="all_done",
    )
    outbox = QualityOperator(
        task_id="outbox",
        command=["export", "--urgent"],
        dated=True,
        before=("urgent",),
        leave_if_busy=True,
        trigger_rule="all_done",
    )
    reconcile = QualityOperator(
        task_id="reconcile", command=["reconcile"], dated=True, before=("urgent", "outbox"), verdict=True
    )
    land >> urgent >> outbox >> reconcile
    [land, urgent] >> reconcile
