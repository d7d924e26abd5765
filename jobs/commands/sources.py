"""The work of `quality source check` and `quality source list`: explain a provider's source YAML, and show
what a night would make of a sample file."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import click

from jobs.deployment import today
from jobs.environment import Environment
from jobs.output import show
from jobs.plurals import plural
from jobs.terminal import shown

if TYPE_CHECKING:
    from jobs.ingest.sample import SampleCheck
    from jobs.night.trial import Trial

# The counts of a sample that are printed, as ops.ingest_file names them.
COUNTS = ("records", "unreadable", "exploded", "produced", "rejected", "loaded", "unjoined", "unused")
# The most unreadable records of a sample that are listed one by one.
LISTED = 5


def explain_source(env: Environment, file: Path, sample: Path | None, *, as_json: bool) -> int:
    """Check the source YAML at ``file`` and print what is wrong with it by line and field; with ``sample``, a
    file or folder, print what a night would make of it: its first rows by each feed that reads it, and what
    becomes of the values of each column.

    ``as_json``: print one object per sample file and feed, then one per feed. Returns the exit code: 2 where
    the YAML is wrong; 1 where a sample is refused or the mapping as a whole is wrong (a required column that
    no row fills; a map, lookup, reference or pattern that understands no value; no row that is accepted);
    else 0.
    """
    from jobs.contracts.catalog import load_catalog
    from jobs.ingest.check import check_source

    catalog = load_catalog()
    with TemporaryDirectory(prefix="quality-sample-") as scratch:
        checked = check_source(
            file,
            env.source_roots,
            sample,
            catalog=catalog,
            scratch=Path(scratch),
            limits=env.file_limits,
        )
        if checked.source is None or not checked.ok:
            click.echo(shown("\n".join(checked.problems)), err=True)
            return 2
        feeds = checked.source.feeds
        trials = []
        if checked.samples:
            from jobs.night.trial import try_samples

            trials = try_samples(env, catalog, feeds, checked.samples, today())
    names = ", ".join(f"{f.name} → silver.{f.target}" for f in feeds)
    click.echo(f"{file}: source {checked.source.name} is whole; feeds: {names}", err=True)
    for one in checked.samples:
        click.echo(shown("\n" + "\n".join(_verdict(one))), err=True)
        if (records := _records(one)) and not as_json:
            show(records, as_json=False)
    for trial in trials:
        _show_trial(trial, as_json=as_json)
    if as_json:
        show(
            [_as_object(one) for one in checked.samples]
            + [asdict(t) | {"accepted": t.accepted} for t in trials],
            as_json=True,
        )
    refused = any(one.outcome.status == "refused" for one in checked.samples)
    return 1 if refused or any(trial.problems for trial in trials) else 0


def _records(sample: SampleCheck) -> list[dict[str, Any]]:
    rows = sample.rows.astype(object).where(sample.rows.notna(), None)
    records: list[dict[str, Any]] = rows.to_dict("records")
    return records


def _as_object(sample: SampleCheck) -> dict[str, Any]:
    outcome = sample.outcome
    return {
        "feed": sample.feed,
        "target": sample.target,
        "file": sample.file,
        "status": outcome.status,
        "reason_zh": outcome.reason.zh,
        "reason_en": outcome.reason.en,
        **{name: getattr(outcome, name) for name in COUNTS},
        "drift": outcome.drift,
        "missing": outcome.missing,
        "warnings": outcome.warnings,
        "hints": list(sample.hints),
        "first_rows": _records(sample),
    }


def _show_trial(trial: Trial, *, as_json: bool) -> None:
    """What a night would make of the rows: counts on stderr, the columns on stdout."""
    counts = ", ".join(f"{n:,} {name}" for name, n in sorted(trial.dispositions.items()))
    lines = [f"\n{trial.feed} → silver.{trial.target}: of {plural(trial.rows, 'row')} {counts}"]
    lines += [f"  not compared, for no code is known here yet: {table}" for table in trial.unchecked]
    lines += [f"  quarantined {n:,} for: {zh} | {en}" for zh, en, n in trial.quarantined_for]
    lines += [f"  wrong: {problem}" for problem in trial.problems]
    click.echo(shown("\n".join(lines)), err=True)
    if as_json:
        return
    rows = []
    for column in trial.columns:
        row = asdict(column)
        named = ", ".join(f"{text} ({n:,})" for text, n in row.pop("examples"))
        rows.append(row | {"most frequent of unmapped and unfit": named})
    show(rows, as_json=False)


def _verdict(sample: SampleCheck) -> list[str]:
    """The verdict on a sample in lines."""
    outcome = sample.outcome
    lines = [
        (
            f"{sample.file}: {sample.feed} → silver.{sample.target}: {outcome.status} "
            f"{outcome.reason if outcome.reason.en else ''}"
        ).rstrip()
    ]
    if outcome.status != "refused":
        known = {name: getattr(outcome, name) for name in COUNTS}
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
    """Print one row per source, those with a faulty YAML among them and last, with its feeds and problems;
    ``folder``: whether the inbox has a folder for it (only the files of such a source are landed)."""
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
