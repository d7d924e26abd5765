"""Where a DAG's page in Airflow leads when it is red."""

from __future__ import annotations

from jobs.environment import Environment

PAGE, ANCHOR = "guide/operate.html", "when-a-dag-is-red"


def with_runbook(text: str | None) -> str:
    """A DAG's description with its runbook, a page of the site: a link where offices read the site
    (QUALITY_SITE_URL), else the file's path in words, since browsers open no file from a served page."""
    environment = Environment.from_variables()
    site = environment.site_url.rstrip("/")
    where = f"[When a DAG is red]({site}/{PAGE}#{ANCHOR})"
    if not site:
        where = f"“When a DAG is red” in `{environment.site / PAGE}`"
    return f"{text or ''}**Runbook**: {where}\n"
