"""Groups of subcommands: `quality quarantine …`, `quality contracts …`, `quality source …`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from jobs.commands.options import examples, option_inbox, option_json, option_lake
from jobs.environment import Environment
from jobs.plurals import plural


@click.group(epilog=examples("quality quarantine list", "quality quarantine show sample --limit 20"))
def quarantine() -> None:
    """Rows that broke a rule. They are not released by hand: mend the mapping, the reference or the data."""


@quarantine.command(
    "list", epilog=examples("quality quarantine list", "quality quarantine list sample --json")
)
@click.argument("target", required=False)
@option_json
@option_lake
def list_(target: str | None, as_json: bool, lake: Path | None) -> None:
    """Counts by target, file and rule."""
    from jobs.commands.look import list_quarantine

    list_quarantine(Environment.from_variables(lake=lake), target, as_json=as_json)


@quarantine.command(epilog=examples("quality quarantine show sample --limit 20"))
@click.argument("target")
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True, help="rows shown")
@option_json
@option_lake
def show(target: str, limit: int, as_json: bool, lake: Path | None) -> None:
    """The rows of one table, with file, record and reasons."""
    from jobs.commands.look import show_quarantine

    show_quarantine(Environment.from_variables(lake=lake), target, limit, as_json=as_json)


@click.group(epilog=examples("quality contracts check", "quality contracts lock"))
def contracts() -> None:
    """Contracts, graph, expectations and golden cases."""


@contracts.command("check", epilog=examples("quality contracts check"))
def check_() -> None:
    """Everything is whole and nothing breaks schemas/contracts.lock.json; exit 2 and one line a problem
    otherwise."""
    from jobs.contracts.catalog import load_catalog
    from jobs.contracts.checks import check
    from jobs.engine.texts import text_problems
    from jobs.errors import ContractError
    from jobs.exchange.contracts import exchange_problems

    catalog = load_catalog()
    problems = (
        check(catalog)
        + exchange_problems(catalog)
        + [p for c in catalog.contracts.values() for p in text_problems(c)]
    )
    if problems:
        raise ContractError(problems)
    click.echo(f"{plural(len(catalog.contracts), 'contract')}, nothing is wrong with them")


@contracts.command(epilog=examples("quality contracts lock"))
def lock() -> None:
    """Write schemas/contracts.lock.json and schemas/exchange anew, once a change of contracts is meant. A
    breaking change without a new major version is named, and accepted."""
    from jobs.contracts.catalog import load_catalog
    from jobs.contracts.lock import write_lock
    from jobs.exchange.contracts import write_exchange

    catalog = load_catalog()
    click.echo(write_lock(catalog))
    click.echo(write_exchange(catalog))


@contracts.command(epilog=examples("quality contracts capabilities"))
def capabilities() -> None:
    """Write the capability tables of README.md and schemas/capabilities.md from
    schemas/reference/capability.csv."""
    from jobs.contracts.capability import write_capabilities

    for name in write_capabilities() or ["nothing changed"]:
        click.echo(name)


@click.group(
    epilog=examples(
        "quality source list", "quality source check my_platform.yaml --sample listings_20260630.csv.gz"
    )
)
def source() -> None:
    """Source YAML: one file per provider."""


@source.command("list", epilog=examples("quality source list", "quality source list --json"))
@option_inbox
@option_json
def list_sources_(inbox: Path | None, as_json: bool) -> None:
    """Every source that is described, whether the inbox has a folder for it, and what is wrong with it."""
    from jobs.commands.sources import list_sources

    list_sources(Environment.from_variables(inbox=inbox), as_json=as_json)


@source.command(
    "check", epilog=examples("quality source check my_platform.yaml --sample listings_20260630.csv.gz")
)
@click.argument("file", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--sample",
    type=click.Path(exists=True, path_type=Path),
    default=None,
    help="a file of the provider, or a folder",
)
@option_json
def check_source_(file: Path, sample: Path | None, as_json: bool) -> None:
    """Explain a source YAML by line and field; with --sample show what a night would make of it.

    The sample is landed and judged by the target's contract in a scratch place: how many values of each
    column would be quarantined, set to null, flagged or are unmapped. Exit 1 where the mapping as a whole is
    wrong.
    """
    from jobs.commands.sources import explain_source

    sys.exit(explain_source(Environment.from_variables(), file, sample, as_json=as_json))


@source.command(
    "draft",
    epilog=examples(
        "quality source draft results_20260630.xlsx --target sample --out provider.yaml",
        "quality source draft results_20260630.xlsx --target sample --target test_result --sheet all",
        "quality source draft --learn provider.yaml",
    ),
)
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--target",
    "targets",
    multiple=True,
    help="silver table to be filled; may be repeated [default: what fits the headers best]",
)
@click.option("--sheet", default=None, help="sheet of a workbook, or all [default: the first with a header]")
@click.option(
    "--source", "name", default=None, help="name of the source [default: that of --out, else of the file]"
)
@click.option(
    "--out", type=click.Path(path_type=Path), default=None, help="write the YAML here, not to stdout"
)
@click.option(
    "--learn",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    default=None,
    help="a corrected YAML: remember its names",
)
@option_json
def draft_source_(
    file: Path | None,
    targets: tuple[str, ...],
    sheet: str | None,
    name: str | None,
    out: Path | None,
    learn: Path | None,
    as_json: bool,
) -> None:
    """Propose a source YAML from a file's headers and values; look it over before use."""
    from jobs.commands.drafts import draft_source, learn_source

    env = Environment.from_variables()
    if (file is None) == (learn is None):
        raise click.UsageError("give a FILE to draft from, or --learn YAML")
    if learn is not None:
        learn_source(env, learn)
    elif file is not None:
        sys.exit(draft_source(env, file, targets=targets, sheet=sheet, source=name, out=out, as_json=as_json))


GROUPS = (quarantine, contracts, source)
