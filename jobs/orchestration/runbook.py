"""Link from a DAG's page in Airflow to the runbook for a failed DAG."""

from __future__ import annotations

from jobs.environment import Environment

PAGE, ANCHOR = "guide/operate.html", "when-a-dag-is-red"


def with_runbook(text: str | None) -> str:
    """``text``, a DAG's description in Markdown, with the place of its runbook, a page of the site: a link
    where the site is served (QUALITY_SITE_URL), else the file's path, since browsers open no local file from
    a served page."""
    environment = Environment.from_variables()
    site = environment.site_url.rstrip("/")
    where = f"[When a DAG is red]({site}/{PAGE}#{ANCHOR})"
    if not site:
        where = f"“When a DAG is red” in `{environment.site / PAGE}`"
    return f"{text or ''}**Runbook**: {where}\n"
