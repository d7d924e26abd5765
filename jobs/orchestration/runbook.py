"""Adds to a DAG's description in Airflow where the runbook for a failed DAG is."""

from __future__ import annotations

from jobs.environment import Environment

PAGE, ANCHOR = "guide/operate.html", "when-a-dag-is-red"


def with_runbook(text: str | None) -> str:
    """Return ``text``, a DAG's description in Markdown (None: empty), followed by where its runbook is, a
    section of the site's page PAGE: a link where the site is served (QUALITY_SITE_URL is set), else the path
    of the file, since browsers open no local file from a served page."""
    environment = Environment.from_variables()
    site = environment.site_url.rstrip("/")
    where = f"[When a DAG is red]({site}/{PAGE}#{ANCHOR})"
    if not site:
        where = f"“When a DAG is red” in `{environment.site / PAGE}`"
    return f"{text or ''}**Runbook**: {where}\n"
