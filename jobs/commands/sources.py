"""`quality source check`: a provider's YAML explained, and its sample as it would land."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from jobs.environment import Environment
from jobs.output import show
from jobs.terminal import shown

if TYPE_CHECKING:
    from jobs.ingest.sample import SampleCheck

LISTED = 5  # unreadable records of a sample that are told one by one


def explain_source(env: Environment, file: Path, sample: Path | None, *, as_json: bool) -> int:
    """Print what is wrong with the YAML by line and field (exit 2), or the first rows of the sample by each
    feed that takes it."""
    from jobs.ingest.check import check_source

    checked = check_source(file, env.source_roots, sample)
    if checked.source is None or not checked.ok:
        click.echo(shown("\n".join(checked.problems)), err=True)
        return 2
    feeds = ", ".join(f"{f.name} → silver.{f.target}" for f in checked.source.feeds)
    click.echo(f"{file}: source {checked.source.name} is whole; feeds: {feeds}", err=True)
    rows = []
    for one in checked.samples:
        click.echo(shown("\n" + "\n".join(_told(one))), err=True)
        records = one.rows.astype(object).where(one.rows.notna(), None).to_dict("records")
        rows += [{"feed": one.feed, "file": one.file, **record} for record in records]
        if records and not as_json:
            show(records, as_json=False)
    if as_json:
        show(rows, as_json=True)
    return 1 if any(one.outcome.status == "refused" for one in checked.samples) else 0


def _told(sample: SampleCheck) -> list[str]:
    """The verdict on a sample in lines."""
    outcome = sample.outcome
    lines = [
        (
            f"{sample.file}: {sample.feed} → silver.{sample.target}: {outcome.status} "
            f"{outcome.reason if outcome.reason.en else ''}"
        ).rstrip()
    ]
    if outcome.status != "refused":
        counts = ("records", "unreadable", "exploded", "produced", "rejected", "loaded", "unjoined", "unused")
        known = {name: getattr(outcome, name) for name in counts}
        lines.append(
            "  " + ", ".join(f"{name} {count:,}" for name, count in known.items() if count is not None)
        )
        lines.append(
            f"  drift: {', '.join(outcome.drift) or 'none'}; missing: {', '.join(outcome.missing) or 'none'}"
        )
    listed = json.loads(outcome.unreadable_list)
    for entry in listed[:LISTED]:
        at = " ".join(
            str(entry[key]) for key in ("file", "member", "record", "element") if entry.get(key) is not None
        )
        lines.append(f"  unreadable: {at}: {entry['reason_zh']} | {entry['reason_en']}")
    if len(listed) > LISTED:
        lines.append(f"  … {len(listed) - LISTED:,} more")
    lines += [f"  warning: {warning}" for warning in outcome.warnings]
    return lines + [f"  hint: {hint}" for hint in sample.hints]


def list_sources(env: Environment, *, as_json: bool) -> None:
    """One row a source, the unusable ones among them; ``folder``: whether the inbox has one for it (only
    these are landed)."""
    from jobs.contracts.catalog import load_catalog
    from jobs.ingest.inbox import folders
    from jobs.ingest.source import load_sources

    sources = load_sources(env.source_roots, load_catalog())
    rows = [
        {
            "source": s.name,
            "family": s.family,
            "publisher": s.publisher_en,
            "cadence": s.cadence,
            "folder": bool(folders(env.inbox, s.name)),
            "feeds": ", ".join(f"{f.name} → silver.{f.target}" for f in s.feeds),
            "problems": "",
        }
        for _, s in sorted(sources.good.items())
    ]
    rows += [
        {
            "source": b.name,
            "family": b.family,
            "publisher": "",
            "cadence": "",
            "folder": bool(b.name) and bool(folders(env.inbox, b.name)),
            "feeds": "",
            "problems": "; ".join(b.problems),
        }
        for b in sources.bad
    ]
    show(rows, as_json=as_json)
