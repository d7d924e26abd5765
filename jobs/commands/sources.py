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


def list_sources(env: Environment, *, as_json: bool) -> None:
    """One row a source, the unusable ones among them; ``folder``: whether the inbox has one for it (only these are landed)."""
    from jobs.contracts.catalog import load_catalog
    from jobs.ingest.inbox import folders
    from jobs.ingest.source import load_sources
    sources = load_sources(env.source_roots, load_catalog())
    rows = [
        {"source": s.name, "family": s.family, "publisher": s.publisher_en, "cadence": s.cadence, "folder": bool(folders(env.inbox, s.name)),
         "feeds": ", ".join(f"{f.name} → silver.{f.target}" for f in s.feeds), "problems": ""}
        for _, s in sorted(sources.good.items())
    ]
    rows += [
        {"source": b.name, "family": b.family, "publisher": "", "cadence": "", "folder": bool(b.name) and bool(folders(env.inbox, b.name)),
         "feeds": "", "problems": "; ".join(b.problems)}
        for b in sources.bad
    ]
    show(rows, as_json=as_json)
