"""Run `quality` commands from Airflow, each as a child process that never outlives its task. Imports neither
Spark nor Great Expectations."""

from jobs.orchestration.child import Child, die_with_parent

__all__ = ["Child", "die_with_parent"]
