"""Write the text of a drafted source YAML."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from jobs.contracts.model import Contract
from jobs.deployment import deployment
from jobs.ingest.draft.dated import named_like, undated
from jobs.ingest.draft.mapping import Mapped, inputs
from jobs.ingest.draft.placing import Proposal
from jobs.ingest.draft.sheets import ENCODINGS, Sheet

_PLAIN = re.compile(r"[A-Za-z_\u4e00-\u9fff][\w/.（）()-]*")
_GUESSED = f"the first of {', '.join(ENCODINGS)} that reads the bytes: look at letters such as é or ø"
_WORDS = ("null", "true", "false", "yes", "no", "on", "off", "y", "n")


@dataclass(frozen=True)
class DraftFeed:
    """One feed of a draft: a sheet that is read for one target. ``contract``: the target's; ``proposals``:
    for its headers; ``mapped``: its columns as they are written."""

    name: str
    sheet: Sheet
    contract: Contract
    proposals: tuple[Proposal, ...]
    mapped: Mapped


def source_name(path: Path, *, numbers: bool = False) -> str:
    """A source's name made from a file's name before the first dot: in lower case, with one _ for each run of
    characters other than a-z and 0-9 (`My-File (2).csv` gives `my_file_2`); `new_source` where no such letter
    begins it, as of 抽查.csv, or it is `corrections`. ``numbers``: keep numbers of six digits and more, such
    as the code of a region; those of a file that was delivered are mostly dates."""
    plain = unicodedata.normalize("NFKC", path.name.split(".")[0]).lower()
    kept = plain if numbers else re.sub(r"[0-9]{6,}", "", undated(plain))
    name = re.sub(r"[^a-z0-9]+", "_", kept).strip("_")
    return name if re.match("[a-z]", name) and name != "corrections" else "new_source"


def document(source: str, file: str, feeds: Sequence[DraftFeed]) -> str:
    """The text of the YAML of a draft. The comment above each column states how sure it is (0–1) and why.
    ``source``: the name of the source; ``file``: that of the file."""
    lines = [
        f"# Drafted from {json.dumps(file, ensure_ascii=False)}: look at each column, above all below 0.8,",
        "# then `quality source check`; `quality source draft --learn` remembers the corrected pairs.",
        f"source: {source}",
        f"publisher: {{name_zh: {source}, name_en: {source}}}",
        f"timezone: {deployment().timezone}",
        "cadence: irregular",
        "feeds:",
    ]
    for feed in feeds:
        lines += _feed(feed, file)
    return "\n".join(lines) + "\n"


def _feed(feed: DraftFeed, file: str) -> Iterator[str]:
    glob, delivered = named_like(file)
    sheet = feed.sheet
    yield f"  {feed.name}:"
    yield f"    target: {feed.contract.name}"
    yield f"    files: {json.dumps(glob, ensure_ascii=False)}"
    if delivered:
        yield f"    delivered: {json.dumps(delivered, ensure_ascii=False)}"
    yield f"    format: {sheet.format}"
    if sheet.encoding != "utf-8":
        yield f"    encoding: {sheet.encoding}  # {_GUESSED}"
    if options := _options(sheet):
        yield f"    options: {flow(options)}"
    yield f"    key: {flow(feed.contract.key)}"
    yield "    columns:"
    given = {p.column: p for p in feed.proposals if p.column}
    for name, written in feed.mapped.columns.items():
        yield f"      # {_remark(name, feed.mapped, given)}"
        yield f"      {name}: {flow(written)}"
    for name in feed.mapped.missing:
        yield f"      # {name}: required by {feed.contract.name}, but no header fits"
    used = {name for written in feed.mapped.columns.values() for name in inputs(written)}
    left = [name for name in dict.fromkeys(p.header for p in feed.proposals) if name not in used]
    if left:
        yield f"    ignore: {flow(left)}"


def _remark(name: str, mapped: Mapped, given: Mapping[str, Proposal]) -> str:
    proposal = given.get(name)
    if proposal is None or proposal.given is None:
        return mapped.remarks.get(name, "")
    text = f"{proposal.given.score:.2f} {_line(proposal.given.why)}"
    other = proposal.runner_up
    return text + (f"; else {other.column} {other.score:.2f}" if other is not None else "")


def _line(text: str) -> str:
    return re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff]+", " ", text)


def _options(sheet: Sheet) -> dict[str, object]:
    options = sheet.options
    stated: dict[str, object] = {}
    if sheet.format == "csv" and options.delimiter != ",":
        stated["delimiter"] = "\\t" if options.delimiter == "\t" else options.delimiter
    if options.header_row != 1:
        stated["header_row"] = options.header_row
    if options.header_rows != 1:
        stated["header_rows"] = options.header_rows
    if options.record_path is not None:
        stated["record_path"] = options.record_path
    if options.sheet is not None:
        stated["sheet"] = options.sheet
    return stated


def flow(value: object) -> str:
    """A value (mapping, list or scalar) in YAML's flow style, as `{a: [b, "1"]}`; every scalar is written so
    that it is read as text."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{flow(k)}: {flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(flow, value)) + "]"
    text = str(value)
    plain = _PLAIN.fullmatch(text) and text.lower() not in _WORDS
    return text if plain else json.dumps(text, ensure_ascii=False)
