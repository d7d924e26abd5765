"""The night: files in the inbox to a site that shows them (jobs/ computes, this file only orders).

A backfill (`airflow backfill create`) never touches the lake: for each day it builds `as_of/<day>` below
QUALITY_HOME, with what was known on that day, and balances its ledger; nothing is landed, sent or
published and no site is written.

**Impact** of a red run: where `run` ended with 1 (its task is green, `reconcile` is red), site and outbox
show this night with some tables stale, as its log names them; where `land` ended with 1, they show this night
without the new files of a source whose YAML is wrong; where a task failed, what comes after it shows the
night before.
"""

from __future__ import annotations

from airflow.sdk import DAG

from jobs.orchestration.assets import BUNDLE, MAYBE_NIGHT, NIGHT, SITE
from jobs.orchestration.operator import QualityOperator
from jobs.orchestration.runbook import with_runbook
from jobs.orchestration.timing import day_param, due, first_day

with DAG(
    "quality_nightly",
    schedule=due("30 2 * * *"),
    start_date=first_day(),
    catchup=False,
    max_active_runs=1,
    tags=["quality"],
    default_args={"owner": "operations"},
    params={"date": day_param("the night's date")},
    doc_md=with_runbook(__doc__),
):
    # A wrong source YAML costs its source alone: the night goes on, and `reconcile` turns it red.
    land = QualityOperator(task_id="land", command=["land", "--strict-sources"], dated=True)
    run = QualityOperator(
        task_id="run",
        command=["run"],
        dated=True,
        before=("land",),
        in_backfill="as_of",
        announces=(MAYBE_NIGHT, NIGHT),
        max_active_tis_per_dag=1,  # days of a backfill read the main lake under its lock, one after the other
    )
    report = QualityOperator(task_id="report", command=["report"], before=("land", "run"), outlets=[SITE])
    export = QualityOperator(
        task_id="export", command=["export"], dated=True, before=("land", "run", "report")
    )
    publish = QualityOperator(
        task_id="publish",
        command=["publish", "--due"],
        before=("land", "run", "report", "export"),
        outlets=[BUNDLE],
    )
    notebooks = QualityOperator(
        task_id="notebooks", command=["notebooks"], before=("land", "run", "report", "export")
    )
    reconcile = QualityOperator(
        task_id="reconcile",
        command=["reconcile"],
        dated=True,
        before=("land", "run", "report", "export", "publish", "notebooks"),
        verdict=True,
        in_backfill="as_of",
    )
    # Notebooks show what packages left to show, so they come after export; bundles they do not read.
    land >> run >> report >> export >> [publish, notebooks] >> reconcile
