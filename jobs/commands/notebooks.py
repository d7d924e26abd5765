"""`quality notebooks`: run them all over the newest night."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from jobs.commands.options import examples, option_lake, say
from jobs.environment import Environment


@click.command(epilog=examples("quality notebooks", "quality notebooks --again"))
@click.option("--again", is_flag=True, help="also where nothing that they are made of has changed")
@option_lake
def notebooks(again: bool, lake: Path | None) -> None:
    """Run every notebook over the newest night; the results are pages of the site. No JVM.

    Exit 1 where one failed: its page shows up to which cell it came, the others are whole. One that the lake
    has no rows for says so and ends there, which is no failure. To work with one, open it in Jupyter
    (`notebooks/`); its first cell of code holds the parameters.
    """
    from jobs.commands.work import execute_notebooks

    sys.exit(
        execute_notebooks(
            Environment.from_variables(lake=lake),
            again=again,
            say=say,
        )
    )
