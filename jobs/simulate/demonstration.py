"""A small made-up inbox that shows the system at work: `python -m jobs.simulate.demonstration --out DIR --seed N`.

Three platforms, a regulator, a laboratory, a complaint centre, the commerce authority and overseas notices, July 2024 to June
2026, with faults planted in them. All of it is synthetic and says so. One seed gives the same bytes and file times on every machine, so
that writing it again leaves nothing new to land.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, time
from pathlib import Path

from jobs.environment import SCHEMAS
from jobs.errors import QualityError
from jobs.simulate.demonstration_authorities import authority_files
from jobs.simulate.demonstration_files import File, Inbox
from jobs.simulate.demonstration_market import build_market, read_references
from jobs.simulate.demonstration_platforms import platform_files
from jobs.simulate.demonstration_sampling import build_alerts, build_sampling
from jobs.simulate.demonstration_trade import build_trade
from jobs.simulate.demonstration_trade_files import trade_files


def demonstration(seed: int, reference: Path = SCHEMAS / "reference") -> Inbox:
    """The files and the faults planted in them; categories and regions come from the reference files in ``reference``."""
    references = read_references(reference)
    market = build_market(references, seed)
    inbox = Inbox()
    platform_files(market, references, inbox, seed)
    trade_files(build_trade(market, references, seed), inbox)
    authority_files(build_sampling(market, references, seed), build_alerts(seed), inbox)
    return inbox


def write(files: Sequence[File], out: Path) -> int:
    """Write what differs below ``out``; returns how many files were written. Times are the days of delivery, 01:00 UTC."""
    written = 0
    for file in files:
        path = out / file.source / file.name
        at = datetime.combine(file.delivered, time(1), UTC).timestamp()
        if not path.is_file() or path.read_bytes() != file.content:
            path.parent.mkdir(parents=True, exist_ok=True)
            scratch = path.with_name(f".{path.name}.tmp")
            scratch.write_bytes(file.content)
            os.utime(scratch, (at, at))
            scratch.replace(path)
            written += 1
        elif path.stat().st_mtime != at:
            os.utime(path, (at, at))
    return written


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m jobs.simulate.demonstration", description="Write the demonstration inbox.")
    parser.add_argument("--out", type=Path, required=True, help="the inbox")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--truth", type=Path, help="folder for planted.json: the faults and what must become of them")
    options = parser.parse_args(arguments)
    try:
        inbox = demonstration(options.seed)
    except QualityError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    written = write(inbox.files, options.out)
    if options.truth:
        options.truth.mkdir(parents=True, exist_ok=True)
        (options.truth / "planted.json").write_text(json.dumps(inbox.truth(), ensure_ascii=False, indent=1), encoding="utf-8")
    print(f"== demonstration inbox (synthetic data, seed {options.seed}): {len(inbox.files)} files, {written} written")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
