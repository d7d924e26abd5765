"""When the DAGs are due, and for which day: by the time zone of the nation that the deployment serves."""

from __future__ import annotations

from datetime import UTC, datetime

from airflow.sdk import CronTriggerTimetable, Param

from jobs.deployment import deployment


def due(cron: str) -> CronTriggerTimetable:
    """Return the schedule of a DAG. ``cron``: five fields, read in the nation's time zone. Raises UsageError
    where the deployment file is wrong; Airflow then shows it as the import error of the DAG."""
    return CronTriggerTimetable(cron, timezone=deployment().timezone)


def first_day() -> datetime:
    """Return the start date of all DAGs, 2020-01-01 in the nation's time zone, long before any run."""
    return datetime(2020, 1, 1, tzinfo=deployment().zone)


def day_param(what: str) -> Param:
    """Return the DAG parameter `date`: a day as yyyy-mm-dd, or empty. ``what``: what the day is of, for the
    form in Airflow's UI."""
    return Param(
        None,
        type=["null", "string"],
        format="date",
        description=f"{what}; if empty, the day on which the run began, in {deployment().timezone}",
    )


def day_of(began: datetime | None) -> str:
    """Return the day (yyyy-mm-dd) of a DAG run in the nation's time zone. ``began``: when it started, with a
    time zone; None counts as now."""
    return (began or datetime.now(UTC)).astimezone(deployment().zone).date().isoformat()
