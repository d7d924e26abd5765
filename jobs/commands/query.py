"""The command `quality query`: run one SELECT on the lake's tables."""

from __future__ import annotations

from pathlib import Path

import click

from jobs.commands.options import examples, option_json, option_lake
from jobs.environment import Environment


@click.command(
    epilog=examples(
        'quality query "SELECT count(*) FROM silver.overseas_alert"',
        'quality query --json "SELECT * FROM ops.ingest_file"',
        'quality query "SHOW ALL TABLES"',
        'quality query --memory 8000 --timeout 900 "SELECT DISTINCT title FROM silver.listing"',
    )
)
@click.argument("sql")
@option_json
@click.option("--latest", is_flag=True, help="read the newest versions, also those that no night names")
@click.option(
    "--memory",
    type=click.IntRange(min=64),
    default=None,
    help="MiB that it may use [default: 4096, or half of the machine's memory where that is less]",
)
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=None,
    help="seconds after which it is stopped [default: 300]",
)
@option_lake
def query(
    sql: str, as_json: bool, latest: bool, memory: int | None, timeout: float | None, lake: Path | None
) -> None:
    """Run one SELECT on the lake's tables and print its rows.

    The SQL is DuckDB's; tables are named as in gold.detection_rate. silver and gold are read as of the newest
    night, which stderr names; ops and bronze as they are now. Nothing else can be reached: no file,
    extension, database or setting. No JVM.
    """
    from jobs.lake.locked_sql import Limits
    from jobs.lake.query import query as ask
    from jobs.output import show

    usual = Limits()
    rows = ask(
        Environment.from_variables(lake=lake).lake,
        sql,
        latest=latest,
        limits=Limits(memory or usual.memory, timeout or usual.seconds),
        say=lambda line: click.echo(line, err=True),
    )
    show(rows, as_json=as_json)
