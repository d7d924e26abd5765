"""`quality source check`: a provider's YAML explained, and its sample as it would land."""

from __future__ import annotations

from pathlib import Path

import click

from jobs.environment import Environment
from jobs.output import show


def explain_source(env: Environment, file: Path, sample: Path | None, *, as_json: bool) -> int:
    """Print what is wrong with the YAML by line and field (exit 2), or the first rows of the sample by each feed that takes it."""
    from jobs.ingest.check import check_source
    checked = check_source(file, env.source_roots, sample)
    if not checked.ok:
        click.echo("\n".join(checked.problems), err=True)
        return 2
    feeds = ", ".join(f"{f.name} → silver.{f.target}" for f in checked.source.feeds)
    click.echo(f"{file}: source {checked.source.name} is whole; feeds: {feeds}", err=True)
    refused = False
    for one in checked.samples:
        outcome = one.outcome
        refused = refused or outcome.status == "refused"
        click.echo(
            f"\n{one.feed} → silver.{one.target}: {outcome.status} {outcome.reason or ''} drift: {', '.join(outcome.drift) or 'none'}; "
            f"missing: {', '.join(outcome.missing) or 'none'}", err=True,
        )
        show(one.rows.astype(object).where(one.rows.notna(), None).to_dict("records"), as_json=as_json)
    if sample is not None and not checked.samples:
        click.echo(f"no feed takes {sample.name}", err=True)
        return 1
    return 1 if refused else 0
