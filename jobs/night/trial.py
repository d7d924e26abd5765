"""Judge a provider's sample file as a nightly run would: by the target table's contract, with the SQL of its
dispositions on DuckDB, without writing to the lake. Reports how many values of each column are accepted and
how many are not. It is part of `quality source check --sample`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from jobs.contracts.catalog import Catalog
from jobs.contracts.model import Column, Contract
from jobs.deployment import deployment
from jobs.engine.dispositions import PLACE, Views, reasons, statement, view
from jobs.engine.embedded import Embedded
from jobs.environment import Environment
from jobs.ingest.bronze import bronze_schema
from jobs.ingest.landing import REFERENCE
from jobs.ingest.model import ColumnMap, Feed, Refused
from jobs.ingest.sample import SampleCheck
from jobs.ingest.source import load_sources
from jobs.ingest.unit import read_tables
from jobs.lake.night import newest_snapshot
from jobs.lake.tables import Lake
from jobs.night.silver import LIVE
from jobs.plurals import plural

# The most values of a column that are listed as examples.
MOST = 10


@dataclass(frozen=True)
class ColumnTrial:
    """The result for one mapped column of a sample; all numbers are counts of rows.

    ``values``: rows in which the file has a value; ``quarantined``: rows rejected because of this column;
    ``nulled``: accepted rows in which the value became null; ``flagged``: rows that get a warning because of
    it; ``unmapped``: values that a map, lookup or reference table does not know; ``unfit``: values that are
    not of the column's type; ``missing``: rows without a value where one is required; ``examples``: (value,
    count) of the MOST most frequent unmapped or unfit values; () for personal and free-text columns.
    """

    column: str
    values: int
    quarantined: int
    nulled: int
    flagged: int
    unmapped: int
    unfit: int
    missing: int
    examples: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Trial:
    """What a nightly run would make of the sample rows of one feed.

    ``target``: the silver table, without `silver.`; ``rows``: number of rows; ``dispositions``: disposition →
    number of rows; ``columns``: the result for each mapped column; ``problems``: what is wrong with the
    mapping as a whole (English); ``unchecked``: reference tables of which this installation has no codes, so
    that keys to them were not checked; ``quarantined_for``: (reason in Chinese, in English, rows), the most
    frequent first.
    """

    feed: str
    target: str
    rows: int
    dispositions: Mapping[str, int]
    columns: tuple[ColumnTrial, ...]
    problems: tuple[str, ...]
    unchecked: tuple[str, ...] = ()
    quarantined_for: tuple[tuple[str, str, int], ...] = ()

    @property
    def accepted(self) -> int:
        """The number of accepted rows."""
        return self.dispositions.get("accepted", 0)


def try_samples(
    env: Environment, catalog: Catalog, feeds: Sequence[Feed], samples: Sequence[SampleCheck], day: date
) -> list[Trial]:
    """Judge the samples of each feed, all files of a feed together; returns one Trial per feed that has
    landed rows, in the order of ``feeds``.

    ``env``: its lake and source folders give the codes of reference tables; ``samples``: the landed sample
    files; ``day``: the date of the run that is imitated.
    """
    trials = []
    for feed in feeds:
        mine = [s for s in samples if s.feed == feed.name and s.landed is not None and s.outcome.loaded]
        if not mine:
            continue
        contract = catalog.contracts[f"silver.{feed.target}"]
        files = [str(s.landed) for s in mine]
        bronze = ds.dataset(files, schema=bronze_schema(contract), format="parquet").to_table()
        codes = _codes(env, catalog, contract)
        judged = _judged(env, contract, feed, bronze, codes, day)
        unchecked = sorted(table for table, rows in codes.items() if not rows.num_rows)
        trials.append(_trial(feed, contract, judged, unchecked, sum(s.lost_versions for s in mine)))
    return trials


def _judged(
    env: Environment,
    contract: Contract,
    feed: Feed,
    bronze: pa.Table,
    codes: Mapping[str, pa.Table],
    day: date,
) -> pa.Table:
    """`_disposition _rule_ids _flags` of each row, and of each mapped column `said_…`, what the file says,
    and `null_…`, whether silver's is null."""
    live = bronze.group_by("_load_key").aggregate([("_delivered_on", "min"), ("_delivered_on", "max")])
    known = {table: rows for table, rows in codes.items() if rows.num_rows}
    own = {c.foreign_key.table for c in contract.columns if c.foreign_key} & {contract.id}
    names = _mapped(feed)
    columns = [f"{_filed_sql(contract.column(name))} AS `said_{name}`" for name in names]
    columns += [f"d.`{name}` IS NULL AS `null_{name}`" for name in names]
    same = " AND ".join(
        f"COALESCE(CAST(d.{p} AS STRING), '') = COALESCE(CAST(b.{p} AS STRING), '')" for p in PLACE
    )
    engine = Embedded(Lake(env.lake))
    try:
        with engine.workspace(as_of=day) as space:
            space.read("bronze", bronze)
            space.read("live", live.rename_columns(LIVE.names))
            for table, rows in known.items():
                space.read(view(table), rows)
            space.define("disposed", statement(contract, Views(references={*known, *own})), keep=True)
            return space.rows(
                f"SELECT d._disposition, d._rule_ids, d._flags, {', '.join(columns)} "
                f"FROM disposed AS d JOIN bronze AS b ON {same}"
            )
    finally:
        engine.close()


def _mapped(feed: Feed) -> list[str]:
    return [column.name for column in feed.columns if column.in_contract]


def _filed_sql(column: Column) -> str:
    text = f"b.`{column.name}`"
    return f"COALESCE(b.`_original_{column.name}`, {text})" if column.keeps_original else text


def _trial(
    feed: Feed, contract: Contract, judged: pa.Table, unchecked: Sequence[str], lost_versions: int
) -> Trial:
    """Sum up the judged rows of one feed. ``judged``: as `_judged` returns them; ``unchecked``: reference
    tables that are empty here; ``lost_versions``: values of the version that fit no pattern."""
    masks = {name: _masks(judged[name].combine_chunks()) for name in ("_rule_ids", "_flags")}
    maps = {column.name: column for column in feed.columns}
    columns = [
        _column(contract.column(name), maps[name], contract.name, judged, masks) for name in _mapped(feed)
    ]
    counted = judged["_disposition"].value_counts().to_pylist()
    dispositions = {each["values"]: each["counts"] for each in counted}
    problems = [p for c in columns for p in _problems(c, maps[c.column], judged.num_rows)]
    if feed.version and lost_versions and lost_versions >= judged.num_rows:
        problems.append(f"{feed.version}: every value fits none of its patterns: no row counts as the later")
    if not dispositions.get("accepted"):
        problems.append(f"no row is accepted into silver.{contract.name}")
    return Trial(
        feed.name,
        contract.name,
        judged.num_rows,
        dispositions,
        tuple(columns),
        tuple(problems),
        tuple(unchecked),
        _quarantined_for(contract, masks["_rule_ids"]),
    )


def _quarantined_for(contract: Contract, masks: Mapping[str, np.ndarray]) -> tuple[tuple[str, str, int], ...]:
    """The reasons of broken rules, the most frequent first."""
    known = reasons(contract)
    counts = sorted(((int(mask.sum()), rule) for rule, mask in masks.items()), key=lambda c: (-c[0], c[1]))
    return tuple((*known[rule], count) for count, rule in counts)


def _masks(lists: pa.ListArray) -> dict[str, np.ndarray]:
    """Of a column of lists of names: for each name, which rows have it."""
    rows = pc.list_parent_indices(lists).to_numpy()
    encoded = pc.list_flatten(lists).dictionary_encode()
    indices = encoded.indices.to_numpy()
    masks = {}
    for place, name in enumerate(encoded.dictionary.to_pylist()):
        masks[name] = np.zeros(len(lists), bool)
        masks[name][rows[indices == place]] = True
    return masks


def _column(
    column: Column,
    mapped: ColumnMap,
    table: str,
    judged: pa.Table,
    masks: Mapping[str, Mapping[str, np.ndarray]],
) -> ColumnTrial:
    """Count what happened to the values of one column. ``table``: name of the target; ``masks``: for
    `_rule_ids` and `_flags` each id that occurs → which rows have it."""
    name, rule = column.name, f"{table}.{column.name}"
    none = np.zeros(judged.num_rows, bool)
    broken = {key: mask for key, mask in masks["_rule_ids"].items() if key.startswith(f"{rule}.")}
    flagged = {
        key: mask
        for key, mask in masks["_flags"].items()
        if key.startswith(f"{rule}.") or key in (f"{name}_unmapped", f"{name}_rounded")
    }
    said = judged[f"said_{name}"].combine_chunks()
    there = pc.is_valid(said).to_numpy(zero_copy_only=False)
    aside = np.logical_or.reduce([none, *masks["_rule_ids"].values()])
    empty = judged[f"null_{name}"].to_numpy()
    unmapped = broken.get(f"{rule}.unmapped", none) | flagged.get(f"{name}_unmapped", none)
    unmapped = unmapped | _unknown_kept(mapped, said)
    unfit = broken.get(f"{rule}.type", none)
    return ColumnTrial(
        column=name,
        values=int(there.sum()),
        quarantined=int(np.logical_or.reduce([none, *broken.values()]).sum()),
        nulled=int((there & empty & ~aside).sum()),
        flagged=int(np.logical_or.reduce([none, *flagged.values()]).sum()),
        unmapped=int(unmapped.sum()),
        unfit=int(unfit.sum()),
        missing=int(broken.get(f"{rule}.required", none).sum()),
        examples=() if column.personal or column.free_text else _examples(said, unmapped | unfit),
    )


def _unknown_kept(mapped: ColumnMap, said: pa.Array) -> np.ndarray:
    """Values that a map or lookup does not know and that stay, for its column says `on_unmapped: keep`."""
    operation = mapped.operation
    if mapped.on_unmapped != "keep" or operation is None or operation.kind not in ("map", "lookup"):
        return np.zeros(len(said), bool)
    known = pc.is_in(said, value_set=pa.array(list(operation.values), pa.string()))
    kept: np.ndarray = pc.and_(pc.is_valid(said), pc.invert(known)).to_numpy(zero_copy_only=False)
    return kept


def _examples(said: pa.Array, which: np.ndarray) -> tuple[tuple[str, int], ...]:
    """The most frequent values of the rows in ``which``, equally frequent ones by text."""
    counts = said.filter(pa.array(which)).drop_null().value_counts().to_pylist()
    counts.sort(key=lambda each: (-each["counts"], each["values"]))
    return tuple((each["values"], each["counts"]) for each in counts[:MOST])


def _problems(column: ColumnTrial, mapped: ColumnMap, rows: int) -> Iterator[str]:
    """What makes a mapping useless: a required column that no row fills, or no value that is understood."""
    what = f"{column.column}: "
    if column.missing == rows:
        yield what + "is required, and empty in every row"
    if not column.values:
        return
    if column.unmapped >= column.values:
        ways = [v.operation.kind for v in mapped.value.walk() if v.operation is not None]
        known = next((way for way in ways if way in ("map", "lookup")), None)
        by = {"map": "its map", "lookup": "its lookup", None: "the reference or its patterns"}[known]
        yield what + f"none of {plural(column.values, 'value')} is known to {by}{_no_codes(column, mapped)}"
    elif column.unfit >= column.values:
        patterns = any(v.operation and v.operation.patterns for v in mapped.value.walk())
        fits = "fits a pattern" if patterns else "is of the column's type"
        yield what + f"none of {plural(column.values, 'value')} {fits}"
    elif column.unmapped + column.unfit >= column.values:
        yield what + f"none of {plural(column.values, 'value')} is understood"


def _no_codes(column: ColumnTrial, mapped: ColumnMap) -> str:
    """A remark on values that the map or lookup of a column does know, but replaces by what the reference
    lacks; '' where none of the examples is such a value."""
    made = {} if mapped.operation is None else mapped.operation.values
    pairs = [f"{value} → {made[value]}" for value, _ in column.examples if value in made]
    if not pairs:
        return ""
    return f", or becomes a code that the reference has: it has no {', '.join(pairs)}"


def _codes(env: Environment, catalog: Catalog, contract: Contract) -> dict[str, pa.Table]:
    """The codes that each reference table named by a foreign key knows, with their jurisdiction: those of the
    newest night, and those of the reference files of this installation. Its own codes a table brings
    along."""
    keys = [c.foreign_key for c in contract.columns if c.foreign_key]
    wanted: dict[str, set[str]] = {}
    for key in keys:
        if catalog.contracts[key.table].reference and key.table != contract.id:
            wanted.setdefault(key.table, {"_jurisdiction"}).add(key.column)
    if not wanted:
        return {}
    night = newest_snapshot(Lake(env.lake))
    found: dict[str, list[pa.Table]] = {table: [] for table in wanted}
    for table, columns in wanted.items():
        if night.version(table) is not None:
            found[table].append(night.arrow(table, sorted(columns)))
    for table, rows in _own_codes(env, catalog, wanted):
        found[table].append(rows)
    schemas = {t: pa.schema([(c, pa.string()) for c in sorted(columns)]) for t, columns in wanted.items()}
    return {
        table: pa.concat_tables([schemas[table].empty_table(), *(t.cast(schemas[table]) for t in tables)])
        for table, tables in found.items()
    }


def _own_codes(
    env: Environment, catalog: Catalog, wanted: Mapping[str, set[str]]
) -> Iterator[tuple[str, pa.Table]]:
    """The codes in the files of `schemas/reference`, as they land."""
    folder = env.source_roots[0] / REFERENCE
    source = load_sources(env.source_roots, catalog).good.get(REFERENCE)
    for feed in source.feeds if source else ():
        columns = wanted.get(f"silver.{feed.target}")
        if columns is None:
            continue
        for path in sorted(p for p in folder.glob("*") if p.is_file() and feed.matches(p.name)):
            try:
                parts = read_tables(feed, path, path.name, b"")
            except Refused:  # a night says what is wrong with it
                continue
            for table in (table for part in parts for table in part.tables):
                of = pa.array([feed.jurisdiction or deployment().code] * table.num_rows, pa.string())
                whole = table.append_column("_jurisdiction", of)
                yield f"silver.{feed.target}", whole.select(sorted(columns))
