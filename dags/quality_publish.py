"""Per period: what is due by the release calendar and has no bundle is frozen; with the parameter `period`,
that period, as a revision where its figures changed. The night does the former, too: this is the second net.

**Impact** of a red run: a release is late, and the calendar of the public site says so.
"""

from __future__ import annotations

from airflow.sdk import DAG, Param

from jobs.orchestration.assets import BUNDLE
from jobs.orchestration.operator import QualityOperator
from jobs.orchestration.runbook import with_runbook
from jobs.orchestration.timing import due, first_day

with DAG(
    "quality_publish",
    schedule=due("30 9 16,20,30 * *"),
    start_date=first_day(),
    catchup=False,
    max_active_runs=1,
    tags=["quality"],
    default_args={"owner": "publication"},
    params={
        "date": Param(
            None, type=["null", "string"], format="date", description="not used: the newest night's"
        ),
        "period": Param(
            None,
            type=["null", "string"],
            pattern=r"^\d{4}(-(0[1-9]|1[0-2])|Q[1-4])?$",
            description="2026-06, 2026Q2 or 2026; what is due if empty",
        ),
    },
    doc_md=with_runbook(__doc__),
):
    QualityOperator(
        task_id="publish", command=["publish", "--due"], of_period=True, verdict=True, outlets=[BUNDLE]
    )
