"""Draft a source YAML from a provider's file: its sheets, the silver tables ("targets") that they fill, a
proposal for each header, the YAML, and the rows that a person sees of it. A header is the name of a column of
the file; a column is one of a target."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from jobs.contracts.catalog import Catalog
from jobs.contracts.document import suggestion
from jobs.contracts.model import Contract
from jobs.errors import UsageError
from jobs.file_limits import Limits
from jobs.ingest.draft.mapping import Known, Made, category_names, mapped
from jobs.ingest.draft.placing import Drafter, Proposal
from jobs.ingest.draft.shapes import PERSONAL
from jobs.ingest.draft.sheets import Sheet, read_sheets
from jobs.ingest.draft.vocabulary import load_vocabulary
from jobs.ingest.draft.writing import DraftFeed, document, source_name
from jobs.ingest.model import Refused
from jobs.ingest.personal import OF_PERSONS
from jobs.ingest.pool import in_child
from jobs.ingest.scrubbing import scrubbed

ALL = "all"
_PERSON = re.compile(
    r"人$|姓名|联系|电话|手机|身份证|证件|法定代表|法人|负责人|住址|收货地址|账号|邮箱"
    r"|contact|phone|mobile|e-?mail|address",
    re.IGNORECASE,
)
_SHORT_NAME = re.compile(r"[\u4e00-\u9fff·]{2,4}")
# Kinds of values that are shown even where no column was found for them.
_HARMLESS = (
    "date",
    "number",
    "amount",
    "yes or no",
    "conclusion",
    "platform",
    "barcode",
    "standard",
    "region name",
)
_SHOWN, _JUDGED = 24, 2000  # characters of a value that are shown, and that are judged


@dataclass(frozen=True)
class Draft:
    """A drafted source. ``source``: its name; ``text``: the YAML, '' where no sheet has a header; ``feeds``:
    the feeds in it; ``headless``: names of the sheets in which no header was found."""

    source: str
    text: str
    feeds: tuple[DraftFeed, ...]
    headless: tuple[str, ...]

    @property
    def missing(self) -> list[str]:
        """The required columns for which no header and no other value was found, as `feed.column`."""
        return [f"{feed.name}.{column}" for feed in self.feeds for column in feed.mapped.missing]


def draft(
    file: Path,
    roots: Sequence[Path],
    catalog: Catalog,
    *,
    targets: Sequence[str] = (),
    sheet: str | None = None,
    source: str | None = None,
    limits: Limits | None = None,
) -> Draft:
    """Propose a source YAML for a file. Nothing is written.

    ``roots``: `Environment.source_roots`; ``targets``: silver tables (names without `silver.`) that each
    sheet fills (none: the one that its headers fit best, and those whose keys refer to it); ``sheet``: the
    name of a sheet, or `all` (None: the first with a header); ``source``: name of the source (None: made from
    the file's); ``limits``: within which the file is read, in a child process. Raises UsageError for an
    unknown target or sheet, a wrong source name, headers that fit no table, and a file that is empty or
    cannot be read; SourceError where an alias file cannot be read; OSError where the disk is full.
    """
    for target in targets:
        if target not in catalog.targets():
            instead = suggestion(target, catalog.targets()) or f": {', '.join(catalog.targets())} do"
            raise UsageError(f"no silver table {target!r} takes feeds{instead}")
    if source is not None and (source == "corrections" or not re.fullmatch("[a-z][a-z0-9_]*", source)):
        raise UsageError(f"{source!r} must be small letters, digits and _, not `corrections`")
    drafter = Drafter(catalog, load_vocabulary(roots, catalog))
    try:
        read = in_child(partial(read_sheets, file, drafter.knows), limits or Limits())
    except Refused as refusal:
        raise UsageError(f"{file}: {refusal.reason}") from refusal
    sheets = _chosen(read, sheet, file)
    name = source or source_name(file)
    known = Known(drafter.vocabulary.codes, category_names())
    feeds: list[DraftFeed] = []
    for one in sheets:
        for target in (targets or _fitting(drafter, one)) if one.names is not None else ():
            contract = catalog.contracts[f"silver.{target}"]
            proposals = drafter.propose(one, target)
            parents = _parents(drafter, one, contract, known, name)
            made = mapped(one, contract, proposals, known, name, parents)
            feeds.append(DraftFeed(_free(target, feeds), one, contract, tuple(proposals), made))
    headless = tuple(one.name or file.name for one in sheets if one.names is None)
    return Draft(name, document(name, file.name, feeds) if feeds else "", tuple(feeds), headless)


def _fitting(drafter: Drafter, sheet: Sheet) -> tuple[str, ...]:
    target = drafter.target_of(sheet)
    return (target, *drafter.companions(sheet, target))


def _parents(
    drafter: Drafter, sheet: Sheet, contract: Contract, known: Known, source: str
) -> dict[str, Made]:
    """How the tables that key columns refer to would make those columns of the same sheet."""
    found: dict[str, Made] = {}
    for column in contract.columns:
        key = column.foreign_key
        if key is None or column.name not in contract.key or key.table == contract.id:
            continue
        parent = drafter.catalog.contracts[key.table]
        if parent.key == (key.column,) and parent.conformed:
            made = mapped(sheet, parent, drafter.propose(sheet, parent.name), known, source, {})
            if key.column in made.columns:
                remark = made.remarks.get(key.column, f"as the key of {parent.name}")
                found[column.name] = made.columns[key.column], remark
    return found


def _chosen(sheets: list[Sheet], wanted: str | None, file: Path) -> list[Sheet]:
    if not sheets:
        raise UsageError(f"{file}: is empty")
    if wanted == ALL:
        return sheets
    if wanted is not None:
        found = [sheet for sheet in sheets if sheet.name == wanted]
        if not found:
            names = ", ".join(sheet.name for sheet in sheets if sheet.name)
            raise UsageError(f"{file}: has no sheet {wanted!r} (it has: {names or 'none'})")
        return found
    return [next((sheet for sheet in sheets if sheet.names is not None), sheets[0])]


def _free(name: str, feeds: Sequence[DraftFeed]) -> str:
    taken = {feed.name for feed in feeds}
    return next(n for n in (name, *(f"{name}_{i}" for i in range(2, len(taken) + 3))) if n not in taken)


def rows(result: Draft) -> list[dict[str, Any]]:
    """One row (a dictionary) per header and feed, in the order of the file: feed; sheet; header; ``column``,
    the one that was chosen (None for none); ``proposal``, the chosen or else the best column, with its
    ``confidence`` (0–1) and ``why`` (all None where the name is known to have no column, or nothing fits at
    all); ``runner_up``, the best of the other columns; ``elsewhere``, the column of another target with this
    name; ``sample``, a value that is never a personal one; and at most five ``candidates``. ``result``: of
    `draft`."""
    return [_row(feed, proposal) for feed in result.feeds for proposal in feed.proposals]


def _row(feed: DraftFeed, proposal: Proposal) -> dict[str, Any]:
    """The row of `rows` for one header; a header that is divided in parts has one row per part, its number in
    brackets."""
    given = proposal.given
    best = given or proposal.first
    header = proposal.header if proposal.part is None else f"{proposal.header} [{proposal.part[0] + 1}]"
    ranked = [
        {"column": c.column, "confidence": c.score, "why": c.why} for c in proposal.candidates if c.column
    ]
    return {
        "feed": feed.name,
        "sheet": feed.sheet.name,
        "header": header,
        "column": given.column if given else None,
        "confidence": best.score if best else None,
        "why": best.why if best else None,
        "proposal": best.column if best else None,
        "runner_up": proposal.runner_up.column if proposal.runner_up else None,
        "elsewhere": proposal.elsewhere or None,
        "sample": sample_value(proposal, feed.contract),
        "candidates": ranked[:5],
    }


def sample_value(proposal: Proposal, contract: Contract) -> str | None:
    """A value of a header's column that may be shown: the first one, cut after 24 characters, or only its
    kind and length where it could be a person's; None where the column has no value. ``contract``: that of
    the target."""
    shapes = proposal.shapes
    if not shapes.values:
        return None
    value = shapes.values[0]
    names = {c.column for c in proposal.candidates[:1]} | {proposal.column}
    columns = [contract.column(name) for name in names if name in contract.column_names]
    personal = (
        any(c.personal or c.free_text or c.name in OF_PERSONS for c in columns)
        or bool(_PERSON.search(proposal.label))
        or any(shapes.share(kind) for kind in PERSONAL)
        or any(scrubbed(each[:_JUDGED])[1] for each in shapes.values[:20])
        or (not proposal.column and shapes.kind not in _HARMLESS)
        or any(c.name.endswith("_name") and _SHORT_NAME.fullmatch(value) for c in columns)
    )
    if personal:
        return f"〔{shapes.kind}, {len(value)}〕"
    return value if len(value) <= _SHOWN else f"{value[:_SHOWN]}…"
