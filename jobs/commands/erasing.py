"""The command `quality forget`: erase a person from the installation."""

from __future__ import annotations

import csv
import sys
from datetime import date
from typing import TextIO

import click

from jobs.commands.options import examples, option_json, option_night, say
from jobs.environment import Environment
from jobs.errors import UsageError


@click.command(
    epilog=examples(
        "quality forget person.csv --dry-run   # kind,value / id,… / phone,…",
        "quality forget person.csv",
        "quality forget -                      # the same lines from stdin",
    )
)
@click.argument("values", type=click.File("r", encoding="utf-8"))
@option_night
@click.option("--dry-run", is_flag=True, help="print where data of the person are, and change nothing")
@option_json
def forget(values: TextIO, day: date | None, dry_run: bool, as_json: bool) -> None:
    """Erase a person from all data of this installation.

    Erased are the files of the inbox that hold one of the values, raw copies, landed rows, rows of tables and
    their old versions, site, outbox and logs; public bundles hold no person. No JVM.

    VALUES is a CSV file with the lines kind,value; kinds are id, phone, account, address and name. Whoever
    has one of the values is erased, so a name alone erases all people of that name. Rows and counts stay,
    with a random mark in place of the pseudonym. Then every file below QUALITY_HOME is searched again: exit 1
    where a trace is left, a file cannot be opened, or the name occurs in a bundle, package, page or log,
    where it may be another person's: look at it yourself.
    """
    from jobs.deployment import today
    from jobs.lake.lock import writer_lock
    from jobs.output import show
    from jobs.upkeep.erasure import forget as erase
    from jobs.upkeep.spellings import read_data

    env = Environment.from_variables()
    try:
        data = read_data(values.read())
    except UnicodeDecodeError as error:
        raise UsageError(
            f"{values.name}: is not UTF-8: save it as CSV UTF-8 | 不是 UTF-8 编码，请另存为 CSV UTF-8"
        ) from error
    except (UsageError, csv.Error) as error:
        raise UsageError(f"{values.name}: {error}") from error
    with writer_lock(env.lake, say=say):
        job = erase(env, data, day=day or today(), dry_run=dry_run, say=say)
    if as_json:
        show(job.done, as_json=True)
    for line in job.left:
        say(f"left: {line}")
    for line in job.unsearched:
        say(f"not searched, look at it yourself: {line}")
    for line in job.named:
        say(f"the name stands here, look at it yourself: {line}")
    if not dry_run and not job.left and not job.named:
        where = "no file that could be searched" if job.unsearched else "no file"
        say(f"{where} below QUALITY_HOME holds a trace of this person now")
    sys.exit(1 if job.left or job.unsearched or job.named else 0)
