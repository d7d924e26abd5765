"""The groups of commands `quality quarantine …`, `quality contracts …` and `quality source …`; the docstring
of a command is its help."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from click.core import ParameterSource as SOURCE

from jobs.commands.options import examples, option_inbox, option_json, option_lake
from jobs.environment import Environment
from jobs.plurals import plural

# Options that say what is drafted: --learn drafts nothing. Parameter → option.
DRAFTING = {
    "targets": "--target",
    "sheet": "--sheet",
    "name": "--source",
    "out": "--out",
    "as_json": "--json",
}


@click.group(epilog=examples("quality quarantine list", "quality quarantine show sample --limit 20"))
def quarantine() -> None:
    """Show rows that broke a rule and so are not in silver.

    They are not released by hand: correct the mapping (source YAML), the reference table or the data, and the
    next run accepts them.
    """


@quarantine.command(
    "list", epilog=examples("quality quarantine list", "quality quarantine list sample --json")
)
@click.argument("target", required=False)
@option_json
@option_lake
def list_(target: str | None, as_json: bool, lake: Path | None) -> None:
    """Count the rejected rows by table, file and rule.

    TARGET: a silver table, such as sample; all where none is named.
    """
    from jobs.commands.look import list_quarantine

    list_quarantine(Environment.from_variables(lake=lake), target, as_json=as_json)


@quarantine.command(epilog=examples("quality quarantine show sample --limit 20"))
@click.argument("target")
@click.option(
    "--limit", type=click.IntRange(min=1), default=50, show_default=True, help="the most rows shown"
)
@option_json
@option_lake
def show(target: str, limit: int, as_json: bool, lake: Path | None) -> None:
    """Print the rejected rows of one table, with file, record and reasons.

    TARGET: a silver table, such as sample.
    """
    from jobs.commands.look import show_quarantine

    show_quarantine(Environment.from_variables(lake=lake), target, limit, as_json=as_json)


@click.group(epilog=examples("quality contracts check", "quality contracts lock"))
def contracts() -> None:
    """Check the contracts of tables, or write files made from them."""


@contracts.command("check", epilog=examples("quality contracts check"))
def check_() -> None:
    """Check contracts, their graph, expectations, golden cases and SQL texts.

    Also that no change breaks what schemas/contracts.lock.json has. Prints one line a problem; exit 2 where
    there is one.
    """
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
    """Write schemas/contracts.lock.json and schemas/exchange anew.

    Call it once a change of contracts is meant. A breaking change without a new major version is named, and
    accepted.
    """
    from jobs.contracts.catalog import load_catalog
    from jobs.contracts.lock import write_lock
    from jobs.exchange.contracts import write_exchange

    catalog = load_catalog()
    click.echo(write_lock(catalog))
    click.echo(write_exchange(catalog))


@contracts.command(epilog=examples("quality contracts capabilities"))
def capabilities() -> None:
    """Write the tables of README.md and schemas/capabilities.md.

    They are made from schemas/reference/capability.csv.
    """
    from jobs.contracts.capability import write_capabilities

    for name in write_capabilities() or ["nothing changed"]:
        click.echo(name)


@click.group(
    epilog=examples(
        "quality source list", "quality source check my_platform.yaml --sample listings_20260630.csv.gz"
    )
)
def source() -> None:
    """List, check and draft source YAML: one file per provider.

    It says how the provider's files become rows of the tables.
    """


@source.command("list", epilog=examples("quality source list", "quality source list --json"))
@option_inbox
@option_json
def list_sources_(inbox: Path | None, as_json: bool) -> None:
    """List every source, whether the inbox has a folder for it, and its faults."""
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
    help="a file of the provider, or a folder of files, to try the YAML on",
)
@option_json
def check_source_(file: Path, sample: Path | None, as_json: bool) -> None:
    """Check a source YAML; with --sample, show what a night would make of a file.

    Faults are named by line and field (exit 2). The sample is landed and judged by the contract of its table
    in a scratch folder: how many values of each column would be quarantined, set to null, flagged or are
    unmapped. Exit 1 where the sample is refused or the mapping as a whole is wrong.
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
    help="silver table to fill, such as sample; may be repeated [default: what fits the headers best]",
)
@click.option(
    "--sheet", default=None, help="name of a sheet of a workbook, or all [default: the first with a header]"
)
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
    help="a corrected YAML: remember which header stands for which column",
)
@option_json
@click.pass_context
def draft_source_(
    ctx: click.Context,
    file: Path | None,
    targets: tuple[str, ...],
    sheet: str | None,
    name: str | None,
    out: Path | None,
    learn: Path | None,
    as_json: bool,
) -> None:
    """Propose a source YAML from a file's headers and values.

    Look it over before use; then `quality source check`. Exit 1 where a required column finds no header.
    """
    from jobs.commands.drafts import draft_source, learn_source

    env = Environment.from_variables()
    if (file is None) == (learn is None):
        raise click.UsageError("give a FILE to draft from, or --learn YAML")
    if learn is not None:
        given = [
            said for name, said in DRAFTING.items() if ctx.get_parameter_source(name) is not SOURCE.DEFAULT
        ]
        if given:
            raise click.UsageError(f"--learn drafts nothing: leave out {', '.join(given)}")
        learn_source(env, learn)
    elif file is not None:
        sys.exit(draft_source(env, file, targets=targets, sheet=sheet, source=name, out=out, as_json=as_json))


GROUPS = (quarantine, contracts, source)
