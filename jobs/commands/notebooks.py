"""The command `quality notebooks`: run all notebooks on the newest night."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from jobs.commands.options import examples, option_lake, say
from jobs.environment import Environment


@click.command(epilog=examples("quality notebooks", "quality notebooks --again"))
@click.option("--again", is_flag=True, help="run them also where nothing that they are made from has changed")
@option_lake
def notebooks(again: bool, lake: Path | None) -> None:
    """Run every notebook on the newest night. The results are pages of the site.

    Exit 1 where one failed: its page shows up to which cell it came, the others are complete. A notebook for
    which the lake has no rows says so and ends there, which is no failure. To work with one, open it in
    Jupyter (`notebooks/`); its first cell of code holds the parameters. No JVM.
    """
    from jobs.commands.work import execute_notebooks

    sys.exit(
        execute_notebooks(
            Environment.from_variables(lake=lake),
            again=again,
            say=say,
        )
    )
