"""`quality publish`: writes a period as a bundle, a folder of tables that never changes; each correction, and
a withdrawal, is a further bundle with the next revision number (definitions.md#bundle). Bundles are
`<published>/<period>/<revision>`; ops.bundle in the lake lists them. The caller holds the lake's lock. No
JVM."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pyarrow as pa

from jobs.code_identity import CONTRACTS, code_hash
from jobs.contracts.catalog import Catalog, load_catalog
from jobs.errors import UsageError
from jobs.lake.night import WHOLE, Snapshot, newest_snapshot
from jobs.lake.tables import Lake
from jobs.plurals import plural
from jobs.publish import described, formats
from jobs.publish.changes import SCHEMA, changes, withdrawals
from jobs.publish.noted import first_published, last_noted, last_published, note, stands
from jobs.publish.periods import MONTHS, Span, between, first_wanted, newest_due
from jobs.publish.public_tables import PERIOD_TABLES, PUBLIC_TABLES, tables_of
from jobs.publish.shelf import (
    COMPLAINTS,
    MANIFEST,
    PUBLISHED,
    WITHDRAWN,
    Bundle,
    complaints_of,
    of_period,
    shelf,
)
from jobs.publish.withholding import flags_for, note_orders
from jobs.reports.data_date import data_date
from jobs.reports.noted_trade import confirm, resolve_unconfirmed
from jobs.reports.numbers import DASH
from jobs.reports.sent_trade import orders_in_bundles, orders_shown
from jobs.whole_folder import replaced_folder

KEYS = {table.name: table.key for table in PUBLIC_TABLES}
README = described.TEXTS / "readme.txt"
REVISED = {"month": 12, "quarter": 4, "year": 2}  # how many earlier periods are revised with a new one
Say = Callable[[str], None]


@dataclass(frozen=True)
class Draft:
    """A bundle that is ready to be written. ``revision``: the number that it gets; ``tables``: table → rows;
    ``csv``: table → content of its CSV file; ``changes``: against ``last``, the last revision that has a
    folder (None for a period without one: then no changes are listed); ``stands``: whether the period is
    published at present, that is, not withdrawn; ``first_published_on``: ISO day of the period's first
    revision, None where no earlier revision is known or states it."""

    period: Span
    revision: int
    tables: dict[str, pa.Table]
    csv: dict[str, bytes]
    changes: list[dict[str, str]]
    last: Bundle | None
    stands: bool
    first_published_on: str | None

    @property
    def unchanged(self) -> bool:
        """Whether the period is published with the same rows, so that no bundle has to be written."""
        return self.stands and not self.changes


def drafted(snapshot: Snapshot, published: Path, period: Span) -> Draft:
    """Return the next revision of a period as computed from the night of ``snapshot``, without writing it.
    ``published``: the folder of the bundles.

    Raises UsageError where there is no night, where the period is not due on the night's date, or where the
    night has no rows for it.
    """
    if snapshot.run_id is None or snapshot.date is None:
        raise UsageError(f"no night in {snapshot.lake.root} yet: run `quality nightly` first")
    if snapshot.date < period.due:
        raise UsageError(
            f"{period.name} is due on {period.due} and the newest night is of {snapshot.date} "
            f"| {period.name} 应于 {period.due} 发布，最近一次运行为 {snapshot.date}"
        )
    catalog, bundles = load_catalog(), shelf(published)
    revisions = [bundle for bundle in bundles if bundle.period == period]
    earlier = [orders_in_bundles(snapshot.lake), *complaints_of(bundles)]
    flags = flags_for(snapshot, earlier)
    tables = tables_of(snapshot, period, flags, catalog, [*earlier, orders_shown(snapshot.lake)])
    if not any(tables[name].num_rows for name in PERIOD_TABLES):
        raise UsageError(f"the night of {snapshot.date} holds nothing of {period.name}")
    last = revisions[-1] if revisions else None
    if last is not None and not last.withdrawn:
        tables |= {t.name: last.arrow(t.name) for t in PUBLIC_TABLES if t.as_known and t.name in last.tables}
    csv = {name: formats.as_csv(table) for name, table in tables.items()}
    now = {name: formats.csv_rows(content) for name, content in csv.items()}
    found = [] if last is None else changes(last.texts(), now, KEYS)
    lake = snapshot.lake
    number, first = _next_revision(lake, published, period), first_published(lake, published, period)
    return Draft(period, number, tables, csv, found, last, last is not None and stands(lake, last), first)


def freeze(lake_root: Path, published: Path, period: Span, *, day: date | None, say: Say) -> Bundle:
    """Write the next revision of a period below ``published`` (the folder of the bundles), to ops.bundle and,
    with orders first shown, to ops.trade_shown; return its bundle. Where nothing changed since the last
    revision that has a folder, write none and return that one. ``say``: gets one line about what was done.

    ``day``: the day of publication that the files state; by default the night's date or, if that is later,
    the last revision's day, also of one whose folder was removed. The clock is not read, so the same night
    gives the same files. Raises UsageError as `drafted`, and where ``day`` is before the night's date or
    before the last revision's day.
    """
    lake = Lake(lake_root)
    resolve_unconfirmed(lake, published=published)
    snapshot = newest_snapshot(lake, WHOLE)
    draft = drafted(snapshot, published, period)
    if draft.unchanged and draft.last is not None:
        note(lake, published, snapshot)
        say(f"{period.name}: nothing changed since revision {draft.last.revision}: {draft.last.folder}")
        return draft.last
    assert snapshot.date is not None, "drafted refuses a lake without a night"
    earliest = max(snapshot.date, last_published(lake, published, period) or snapshot.date)
    day = day or earliest
    _in_order(day, earliest, "the day of the night or of the last revision")
    contents = _contents(draft, snapshot, day)
    shown_in = f"{period.name}/{draft.revision}"
    _put(published / shown_in, contents, lambda: note_orders(lake, draft.tables[COMPLAINTS], shown_in))
    confirm(lake, shown_in)
    note(lake, published, snapshot)
    bundle = of_period(published, period)[-1]
    rows = sum(table.num_rows for table in draft.tables.values())
    say(
        f"{period.name} revision {bundle.revision}: {plural(rows, 'row')}, "
        f"{plural(len(contents), 'file')}: {bundle.folder}"
    )
    return bundle


def freeze_due(lake_root: Path, published: Path, *, say: Say) -> list[Bundle]:
    """Write a bundle for each period that is due by the newest night's date and has none, and revise earlier
    ones. Returns the bundles that were written.

    For each kind of period these are the due ones after the newest that has a bundle, and those that together
    cover all days since the newest due year began (`periods.first_wanted`). A period that was withdrawn, or
    whose folder was removed, is not published again. One for which the night has nothing is left out, and
    ``say`` gets one line. When a kind gets a new period, the newest of the periods before it (as many as
    REVISED says) get a new revision where their rows changed. Raises UsageError where there is no night.
    """
    lake = Lake(lake_root)
    snapshot = newest_snapshot(lake, WHOLE)
    if snapshot.date is None:
        raise UsageError(f"no night in {lake_root} yet: run `quality nightly` first")
    resolve_unconfirmed(lake, published=published)
    note(lake, published, snapshot)
    last = {bundle.period: bundle for bundle in shelf(published)}
    found = []
    for kind in MONTHS:
        due = newest_due(kind, snapshot.date)
        first = min(max((p for p in last if p.kind == kind), default=due), first_wanted(kind, snapshot.date))
        # What was withdrawn or deleted comes back by its name alone.
        new = [p for p in between(first, due) if p not in last and not last_noted(lake, p)]
        fresh = _each(lake_root, published, new, say)
        until = max((bundle.period for bundle in fresh), default=Span(date.min, kind))
        earlier = sorted(p for p in last if p.kind == kind and p < until and stands(lake, last[p]))
        revised = _each(lake_root, published, earlier[-REVISED[kind] :], say)
        found += fresh + [b for b in revised if b.revision > last[b.period].revision]
    return found


def _each(lake_root: Path, published: Path, periods: list[Span], say: Say) -> list[Bundle]:
    """`freeze` each of the periods; one that cannot be is left out, with one line."""
    found = []
    for period in periods:
        try:
            found.append(freeze(lake_root, published, period, day=None, say=say))
        except UsageError as why:
            say(f"not published: {why}")
    return found


def withdraw(
    lake_root: Path, published: Path, period: Span, *, reason: str, day: date | None, say: Say
) -> Bundle:
    """Write a revision that withdraws the period, add it to ops.bundle and return its bundle: it holds the
    reason and the keys of the withdrawn rows, and no tables.

    Folders of earlier revisions stay as they are. Where the last revision's folder was removed, ops.bundle
    shows that there was one, and no keys are listed. ``day``: of publication; by default the night's date or,
    if that is later, the last revision's day; it may be before the night. Raises UsageError without a reason,
    where nothing of the period is published or it is withdrawn already, and where ``day`` is before the last
    revision's day.
    """
    lake = Lake(lake_root)
    texts = _withdrawable(lake, published, period)
    published_on = last_published(lake, published, period)
    assert published_on is not None, "what can be withdrawn was published"
    if not reason.strip():
        raise UsageError("a withdrawal needs its --reason | 撤回须说明理由")
    number = _next_revision(lake, published, period)
    snapshot = newest_snapshot(lake, WHOLE)
    day = day or max(snapshot.date or published_on, published_on)
    _in_order(day, published_on, "the day of the last revision")
    found = withdrawals(texts, KEYS)
    title = _title(period)
    csv = {"changes.csv": formats.as_csv(pa.Table.from_pylist(found, schema=SCHEMA))}
    said = _described(period, number, day)
    package = described.data_package(said, csv, load_catalog(), day.year)
    contents = {
        **csv,
        "README.md": described.withdrawal(title, day.isoformat(), reason.strip()).encode(),
        "LICENSE.txt": described.licence(),
        "datapackage.json": formats.json_bytes(package),
    }
    manifest = {
        **_head(period, number, day, WITHDRAWN, first_published(lake, published, period)),
        "reason": reason.strip(),
        "tables": {},
        "changes": _counted(found),
    }
    _put(published / period.name / str(number), _sealed(contents, manifest))
    note(lake, published, snapshot)
    say(f"{period.name} is withdrawn by revision {number}: {plural(len(found), 'row')}")
    return of_period(published, period)[-1]


def _withdrawable(lake: Lake, published: Path, period: Span) -> dict[str, list[dict[str, str]]]:
    """Return the rows of the last revision by table, as texts; no rows where its folder was removed.
    UsageError where nothing is published."""
    revisions, noted = of_period(published, period), last_noted(lake, period)
    if noted and (not revisions or noted["revision"] > revisions[-1].revision):
        if noted["state"] == PUBLISHED:
            return {}
    elif revisions and not revisions[-1].withdrawn:
        return revisions[-1].texts()
    raise UsageError(
        f"{period.name} has nothing published that could be withdrawn | {period.name} 无可撤回的发布"
    )


def _next_revision(lake: Lake, published: Path, period: Span) -> int:
    """A number that no revision of the period ever had, also none whose folder was taken away."""
    noted = last_noted(lake, period)
    numbers = [bundle.revision for bundle in of_period(published, period)]
    return 1 + max([-1, *numbers, *([noted["revision"]] if noted else [])])


def _counted(found: list[dict[str, str]]) -> dict[str, int]:
    kinds = [change["change"] for change in found]
    return {kind: kinds.count(kind) for kind in ("added", "changed", "withdrawn")}


def _contents(draft: Draft, snapshot: Snapshot, day: date) -> dict[str, bytes]:
    """Every file of a bundle by path."""
    catalog = load_catalog()
    period, revision = draft.period, draft.revision
    synthetic = _synthetic(snapshot)
    said = _described(period, revision, day)
    cite = described.citation(period.name, revision, day.year)
    meta = {
        "period": period.name, "revision": revision, "published_on": day.isoformat(),
        "licence": described.LICENCE, "citation": cite, "synthetic": synthetic,
    }  # fmt: skip
    contents: dict[str, bytes] = {}
    for name, table in draft.tables.items():
        contents[f"data/{name}.csv"] = draft.csv[name]
        contents[f"data/{name}.parquet"] = formats.as_parquet(table)
        contents[f"data/{name}.json"] = formats.as_json(table, {"table": name, **meta})
    words, terms = described.dictionary(catalog), described.terms()
    contents["dictionary.csv"] = formats.as_csv(words)
    contents["glossary.csv"] = formats.as_csv(terms)
    contents["changes.csv"] = formats.as_csv(pa.Table.from_pylist(draft.changes, schema=SCHEMA))
    lines = [said["title"], said["description"], cite, *(["合成数据 | synthetic data"] if synthetic else [])]
    sheets = {**draft.tables, "dictionary": words, "glossary": terms}
    contents["tables.xlsx"] = formats.as_workbook(sheets, lines, said["title"], day)
    contents["LICENSE.txt"] = described.licence()
    contents["README.md"] = _readme(said, draft, snapshot, cite, synthetic).encode()
    package = described.data_package(
        said, {p: c for p, c in contents.items() if p.endswith(".csv")}, catalog, day.year
    )
    contents["datapackage.json"] = formats.json_bytes(package)
    return _sealed(contents, _manifest(draft, snapshot, catalog, day, synthetic))


def _manifest(
    draft: Draft, snapshot: Snapshot, catalog: Catalog, day: date, synthetic: bool
) -> dict[str, Any]:
    newest = _data_date(snapshot)
    return {
        **_head(draft.period, draft.revision, day, PUBLISHED, draft.first_published_on),
        "night": str(snapshot.date),
        "data_date": None if newest is None else newest.isoformat(),
        "synthetic": synthetic,
        "code": {
            "version": version("quality-observatory"),
            "hash": code_hash([__name__], (*CONTRACTS, described.TEXTS)),
        },
        "tables": {
            table.name: {
                "rows": draft.tables[table.name].num_rows,
                "source": table.source,
                "delta_version": snapshot.version(table.source),
                "state": snapshot.state(table.source),
                "contract": catalog.contracts[table.source].version,
                "as_first_published": table.as_known,
            }
            for table in PUBLIC_TABLES
        },
        "changes": _counted(draft.changes),
    }


def _readme(said: dict[str, Any], draft: Draft, snapshot: Snapshot, cite: str, synthetic: bool) -> str:
    files = "\n".join(
        f"| `data/{t.name}.parquet` `.csv` `.json` | {t.title_zh} · {t.title_en} "
        f"({draft.tables[t.name].num_rows:,}) |"
        for t in PUBLIC_TABLES
    )
    note = "**合成数据，不是真实市场。Synthetic data, no real market.**\n\n" if synthetic else ""
    return README.read_text(encoding="utf-8").format(
        **said | described.revised(said["revision"]),
        citation=cite,
        files=files,
        night=snapshot.date,
        data_date=_data_date(snapshot) or DASH,
        synthetic=note,
    )


def _data_date(snapshot: Snapshot) -> date | None:
    """Return the day up to which the night has data, None where no feed has a date."""
    return data_date(snapshot, snapshot.date or date.max)


def _title(period: Span) -> str:
    return f"质量观象台 {period.name} | Quality Observatory, {period.name}"


def _described(period: Span, revision: int, day: date) -> dict[str, Any]:
    return {
        "period": period.name,
        "revision": revision,
        "published_on": day.isoformat(),
        "title": _title(period),
        "description": "网售商品质量：指数、不合格检出率、抽查通报、投诉、召回、消费提示 | "
        "Quality of goods sold online: index, detection rates, bulletins, complaints, recalls, guidance",
    }


def _head(period: Span, revision: int, day: date, state: str, first: str | None) -> dict[str, Any]:
    return {
        "state": state,
        "period": period.name,
        "period_type": period.kind,
        "period_start": period.start.isoformat(),
        "period_end": period.end.isoformat(),
        "revision": revision,
        "published_on": day.isoformat(),
        "first_published_on": first if revision else day.isoformat(),
        "due_on": period.due.isoformat(),
    }


def _sealed(contents: dict[str, bytes], manifest: dict[str, Any]) -> dict[str, bytes]:
    """Return ``contents`` with manifest.json, which lists size and SHA-256 of each file, and SHA256SUMS."""
    sums = {path: hashlib.sha256(content).hexdigest() for path, content in sorted(contents.items())}
    files = {path: {"bytes": len(contents[path]), "sha256": digest} for path, digest in sums.items()}
    sealed = {**contents, MANIFEST: formats.json_bytes({**manifest, "files": files})}
    sums[MANIFEST] = hashlib.sha256(sealed[MANIFEST]).hexdigest()
    lines = "".join(f"{digest}  {path}\n" for path, digest in sorted(sums.items()))
    return {**sealed, "SHA256SUMS": lines.encode()}


def _put(folder: Path, contents: dict[str, bytes], ready: Callable[[], None] = lambda: None) -> None:
    """Write a new folder with these files, whole or not at all. UsageError where it exists already: a bundle
    never changes. ``ready`` is called when all files are written and the folder does not have its final name
    yet."""
    if folder.exists():
        raise UsageError(f"{folder} is there already, and a bundle never changes")
    with replaced_folder(folder) as fresh:
        for path, content in contents.items():
            (fresh / path).parent.mkdir(parents=True, exist_ok=True)
            (fresh / path).write_bytes(content)
        ready()


def _in_order(day: date, earliest: date, what: str) -> None:
    """Raise UsageError where ``day``, of publication, is before ``earliest``. ``what``: which day that is."""
    if day < earliest:
        raise UsageError(f"--date {day} is before {earliest}, {what}")


def _synthetic(snapshot: Snapshot) -> bool:
    if not snapshot.lake.exists("ops.ingest_file"):
        return False
    files = snapshot.lake.frame("ops.ingest_file", columns=["synthetic"])
    return bool(files["synthetic"].fillna(False).astype(bool).any())
