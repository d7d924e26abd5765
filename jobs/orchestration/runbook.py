"""Where a DAG's page in Airflow leads when it is red."""

from __future__ import annotations

from jobs.environment import Environment

PAGE, ANCHOR = "guide/operate.html", "when-a-dag-is-red"


def with_runbook(text: str | None) -> str:
    """A DAG's description with a link to the runbook: a page of the site, where offices read it
    (QUALITY_SITE_URL), else on disk."""
    environment = Environment.from_variables()
    site = environment.site_url.rstrip("/") or environment.site.as_uri()
    return f"{text or ''}**Runbook**: [When a DAG is red]({site}/{PAGE}#{ANCHOR})\n"
