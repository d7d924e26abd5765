"""Makes OpenLineage events of a run, without reading the lake or writing; `jobs.lineage.sending` sends them.
OpenLineage is a standard for events that say which job read and wrote which data set; a facet is a part of an
event with details.

Each table that a night builds is a run of a job with the table's name, whose parent is the night: inputs and
output with their Delta versions, the columns of the contract with their lineage, number of rows, source code.
Its audit is a run of the job `gate.<table>`, which reads the version and states each verdict. A site, an
outbox or a bundle is a run of the command that writes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from importlib.metadata import version as version_now
from pathlib import Path
from typing import Any

from openlineage.client.event_v2 import (
    InputDataset,
    Job,
    OutputDataset,
    Run,
    RunEvent,
    RunState,
    set_producer,
)
from openlineage.client.facet_v2 import (
    column_lineage_dataset as column_lineage,
)
from openlineage.client.facet_v2 import (
    data_quality_assertions_dataset as assertions,
)
from openlineage.client.facet_v2 import (
    dataset_version_dataset,
    documentation_dataset,
    error_message_run,
    job_type_job,
    nominal_time_run,
    output_statistics_output_dataset,
    parent_run,
    processing_engine_run,
    schema_dataset,
    source_code_location_job,
    sql_job,
    symlinks_dataset,
)
from openlineage.client.uuid import generate_static_uuid

from jobs.contracts.catalog import Catalog
from jobs.contracts.model import Contract
from jobs.contracts.modules import module_name
from jobs.engine.texts import has_text, table_text, text_path
from jobs.environment import REPOSITORY
from jobs.lineage.edges import ColumnEdges, column_edges

NAMESPACE = "quality-observatory"
FILES = "file"  # OpenLineage's namespace of what lies in a local file system; the name is the absolute path
version = cache(version_now)  # the files of a package are searched for it
set_producer(f"urn:{NAMESPACE}:{version(NAMESPACE)}")  # of every event and facet
ENGINES = {"embedded": ("DuckDB", "duckdb"), "spark": ("Spark", "pyspark")}


@dataclass(frozen=True)
class Started:
    """A run that has begun: what all of its events state. ``job``: name of the job; ``key``: names the run
    among those of its job, the night's run_id; ``at``: when it began, with a time zone; ``kind``: COMMAND,
    TABLE or AUDIT; ``day``: the date of the night (None: not stated); ``parent``: for a table or an audit,
    the night's run."""

    job: str
    key: str
    at: datetime
    kind: str = "COMMAND"
    day: date | None = None
    parent: Started | None = None

    @property
    def run_id(self) -> str:
        """The run's UUID, computed from job, key and start: the same arguments give the same."""
        return str(generate_static_uuid(self.at, f"{self.job} {self.key}".encode()))

    def event(
        self,
        state: RunState,
        at: datetime,
        *,
        inputs: Sequence[InputDataset] = (),
        outputs: Sequence[OutputDataset] = (),
        job: Mapping[str, Any] | None = None,
        run: Mapping[str, Any] | None = None,
    ) -> RunEvent:
        """Return an event of this run, in ``state`` (START, COMPLETE, FAIL) at the time ``at``. ``inputs``,
        ``outputs``: data sets that it read and wrote; ``job``, ``run``: further facets by name."""
        facets: dict[str, Any] = dict(run or {})
        if self.day is not None:
            start = datetime.combine(self.day, datetime.min.time(), UTC)
            facets["nominalTime"] = nominal_time_run.NominalTimeRunFacet(start.isoformat())
        if self.parent is not None:
            above = self.parent
            facets["parent"] = parent_run.ParentRunFacet(
                run=parent_run.Run(runId=above.run_id),
                job=parent_run.Job(namespace=NAMESPACE, name=above.job),
            )
        what = job_type_job.JobTypeJobFacet(processingType="BATCH", integration="QUALITY", jobType=self.kind)
        return RunEvent(
            eventType=state,
            eventTime=at.astimezone(UTC).isoformat(),
            run=Run(self.run_id, facets),
            job=Job(NAMESPACE, self.job, {"jobType": what, **(job or {})}),
            inputs=list(inputs),
            outputs=list(outputs),
        )


@dataclass(frozen=True)
class Step:
    """One table of a night, whether it was built or kept as it was. ``version``: its Delta version, None
    where there is none; ``reads``: table → version that it was built from; ``rows``: its number of rows;
    ``engine``: embedded, spark or '' (not stated); ``error``: why the build failed and the older version was
    kept, '' where it did not; ``verdicts``: its rows of ops.gate_verdict; ``code``: hash of the code that
    makes it."""

    contract: Contract
    version: int | None
    reads: Mapping[str, int | None]
    started: datetime
    ended: datetime
    rows: int | None = None
    engine: str = ""
    error: str = ""
    code: str = ""
    verdicts: Sequence[Mapping[str, Any]] = field(default=())


@dataclass(frozen=True)
class Lakeside:
    """Describes tables of a lake as OpenLineage data sets. ``root``: the lake's directory; ``catalog``: the
    contracts of its tables."""

    root: Path
    catalog: Catalog

    def name(self, table: str) -> str:
        """Return the data set's name in OpenLineage: the path of the table's folder. ``table``: as
        `silver.sample`."""
        tier, name = table.split(".", 1)
        return (self.root / tier / name).as_posix()

    def facets(self, table: str, at_version: int | None) -> dict[str, Any]:
        """Return the facets that state the table's name as in SQL and its Delta version (none where
        ``at_version`` is None)."""
        same = symlinks_dataset.Identifier(namespace=NAMESPACE, name=table, type="TABLE")
        found: dict[str, Any] = {"symlinks": symlinks_dataset.SymlinksDatasetFacet([same])}
        if at_version is not None:
            found["version"] = dataset_version_dataset.DatasetVersionDatasetFacet(str(at_version))
        return found

    def read(self, table: str, at_version: int | None, said: Mapping[str, Any] | None = None) -> InputDataset:
        """Return the table at a version as an input of a run. ``said``: further input facets by name."""
        return InputDataset(
            FILES, self.name(table), facets=self.facets(table, at_version), inputFacets=dict(said or {})
        )

    def written(
        self, table: str, at_version: int | None, edges: ColumnEdges | None, rows: int | None
    ) -> OutputDataset:
        """Return the table at a version as an output of a run, with columns and description from its
        contract, ``edges`` as lineage of its columns and its number of rows; each is left out where it is
        None or there is no contract."""
        facets = self.facets(table, at_version)
        if table in self.catalog.contracts:
            facets |= _described(self.catalog.contracts[table])
        if edges is not None:
            facets["columnLineage"] = self._lineage(edges)
        counted = output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet
        said: dict[str, Any] = {} if rows is None else {"outputStatistics": counted(rowCount=rows)}
        return OutputDataset(FILES, self.name(table), facets=facets, outputFacets=said)

    def _lineage(self, edges: ColumnEdges) -> column_lineage.ColumnLineageDatasetFacet:
        def origin(table: str, column: str, kind: str, how: str) -> column_lineage.InputField:
            step = column_lineage.Transformation(type=kind, subtype=how, masking=False)
            return column_lineage.InputField(FILES, self.name(table), column, [step])

        return column_lineage.ColumnLineageDatasetFacet(
            fields={
                name: column_lineage.Fields([origin(o.table, o.column, "DIRECT", o.how) for o in origins])
                for name, origins in edges.columns.items()
                if origins
            },
            dataset=[origin(table, column, "INDIRECT", "CONDITIONAL") for table, column in edges.besides],
        )


def _described(contract: Contract) -> dict[str, Any]:
    """Return the facets with the contract's columns and description."""
    fields = [
        schema_dataset.SchemaDatasetFacetFields(
            name=c.name, type=c.type, description=f"{c.description_zh} | {c.description_en}"
        )
        for c in contract.columns
    ]
    meaning = f"{contract.description_zh} | {contract.description_en}"
    return {
        "schema": schema_dataset.SchemaDatasetFacet(fields),
        "documentation": documentation_dataset.DocumentationDatasetFacet(meaning),
    }


def table_events(night: Started, lake: Lakeside, step: Step) -> list[RunEvent]:
    """Return the events of one table: START, then COMPLETE or, where the build failed, FAIL; and those of its
    audit where it was audited. ``night``: the night's run; ``lake``: describes tables; ``step``: what became
    of the table."""
    contract = step.contract
    mine = Started(contract.id, night.key, step.started, "TABLE", night.day, night)
    reads = [lake.read(table, at) for table, at in step.reads.items()]
    run: dict[str, Any] = {}
    if step.engine:
        name, package = ENGINES[step.engine]
        run["processing_engine"] = processing_engine_run.ProcessingEngineRunFacet(
            version=version(package), name=name
        )
    job = _made_by(contract, step.code)
    events = [mine.event(RunState.START, step.started, inputs=reads, job=job, run=run)]
    if step.error:
        failed = error_message_run.ErrorMessageRunFacet(step.error, "Python")
        events.append(
            mine.event(RunState.FAIL, step.ended, inputs=reads, job=job, run={**run, "errorMessage": failed})
        )
    else:
        made = lake.written(contract.id, step.version, column_edges(lake.catalog, contract), step.rows)
        events.append(
            mine.event(RunState.COMPLETE, step.ended, inputs=reads, outputs=[made], job=job, run=run)
        )
    return events + _audit(night, lake, step)


def load_events(
    night: Started,
    lake: Lakeside,
    table: str,
    at_version: int | None,
    feeds: Iterable[str],
    entry: Mapping[str, Any],
) -> list[RunEvent]:
    """Return START and COMPLETE of the run that loaded files into a bronze table. ``at_version``: the table's
    Delta version after it; ``feeds``: `<source>/<feed>` of the files; ``entry``: the table's row of
    ops.run_log."""
    at = entry["started_at"]
    mine = Started(table, night.key, at, "TABLE", night.day, night)
    reads = [InputDataset(NAMESPACE, f"landing/{feed}") for feed in feeds]
    made = lake.written(table, at_version, None, entry["rows"])
    ended = at + timedelta(seconds=entry["seconds"])
    return [
        mine.event(RunState.START, at, inputs=reads),
        mine.event(RunState.COMPLETE, ended, inputs=reads, outputs=[made]),
    ]


def _audit(night: Started, lake: Lakeside, step: Step) -> list[RunEvent]:
    if not step.verdicts:
        return []
    table = step.contract.id
    mine = Started(f"gate.{table}", night.key, step.ended, "AUDIT", night.day, night)
    judged = int(step.verdicts[0]["version"])
    said = assertions.DataQualityAssertionsDatasetFacet(
        [
            assertions.Assertion(
                assertion=row["expectation"],
                success=bool(row["success"]),
                column=row["column"] or None,
                severity="error" if row["severity"] == "critical" else "warn",
                description=row["message_en"] or None,
                actual=row["observed"] or None,
            )
            for row in step.verdicts
        ]
    )
    read = lake.read(table, judged, {"dataQualityAssertions": said})
    blocks = any(row["severity"] == "critical" and not row["success"] for row in step.verdicts)
    ends = RunState.FAIL if blocks else RunState.COMPLETE
    return [mine.event(RunState.START, step.ended), mine.event(ends, step.ended, inputs=[read])]


def _made_by(contract: Contract, code: str) -> dict[str, Any]:
    """Return the facets with the file that makes the table, the hash of its code, and its SQL text where it
    has one."""
    module = None if has_text(contract) else module_name(contract)
    place = (
        text_path(contract)
        if has_text(contract)
        else contract.path
        if module is None
        else REPOSITORY.joinpath(*module.split(".")).with_suffix(".py")
    )
    found: dict[str, Any] = {
        "sourceCodeLocation": source_code_location_job.SourceCodeLocationJobFacet(
            type="file",
            url=place.as_uri(),
            path=place.relative_to(REPOSITORY).as_posix() if place.is_relative_to(REPOSITORY) else None,
            version=code or None,
        )
    }
    if has_text(contract):
        found["sql"] = sql_job.SQLJobFacet(table_text(contract), dialect="spark")
    return found


def folder(path: Path, files: int | None = None) -> OutputDataset:
    """Return a folder as an output data set of a command, named by its path; it need not exist. ``path``:
    absolute, since it names the data set as it is; ``files``: how many files it holds, None where that is not
    known."""
    counted = output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet
    said: dict[str, Any] = {} if files is None else {"outputStatistics": counted(fileCount=files)}
    return OutputDataset(FILES, path.as_posix(), outputFacets=said)


def failed(run: Started, at: datetime, why: str, inputs: Iterable[InputDataset] = ()) -> RunEvent:
    """Return the FAIL event of a run. ``at``: when it failed; ``why``: the error's text; ``inputs``: what it
    read."""
    error = error_message_run.ErrorMessageRunFacet(why, "Python")
    return run.event(RunState.FAIL, at, inputs=list(inputs), run={"errorMessage": error})


def stale_tables(stale: Mapping[str, str]) -> dict[str, Any]:
    """Return the error facet, as facets by name, of a run that ended while some of its tables kept an older
    version. ``stale``: table → why."""
    lines = "\n".join(f"{table}: {why}" for table, why in sorted(stale.items()))
    return {"errorMessage": error_message_run.ErrorMessageRunFacet(lines, "Python")}
