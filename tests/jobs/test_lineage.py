"""A night as OpenLineage events (definitions.md#lineage): valid by the schema, with inputs, outputs, columns,
rows and verdicts, and the same edges in `quality explain`."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from click.testing import CliRunner
from homes import DAY, HEADER, Home, few_tables
from openlineage.client.transport.file import FileTransport
from openlineage_schema import problems

import jobs.lineage.edges as lineage_edges
import jobs.night.building as building
from jobs.cli import quality
from jobs.commands import work
from jobs.contracts.catalog import load_catalog
from jobs.engine.texts import has_text
from jobs.exchange.sending import Sent
from jobs.lake import ops
from jobs.lake.tables import Lake
from jobs.lineage import sending
from jobs.lineage.edges import Origin, column_edges, explained, inputs
from jobs.notebooks.running import Ran

pytestmark = pytest.mark.lineage
SAMPLES = HEADER + "1,甲,2026-01-05,,,2026-01-05 10:00\n2,甲,2026-01-06,别的,,2026-01-06 10:00\n"
CONCLUSIONS = "样品编号,结论,日期\n1,不合格,2026-02-10\n"
TABLES = few_tables("gold.sampling_ledger", "silver.quarantine", "gold.cited_number")
Events = list[dict[str, Any]]


def events(home: Home) -> Events:
    """Every event of all days, in the order in which they were sent."""
    files = sorted((home.env.logs / "openlineage").glob("*.ndjson"))
    return [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = Home(tmp_path_factory.mktemp("lineage") / "home", tables=TABLES)
    home.put("samples_1.csv", SAMPLES, mtime=1_000)
    home.put("conclusions_1.csv", CONCLUSIONS, mtime=1_000)
    home.night()
    return home


@pytest.fixture(scope="module")
def first(home: Home) -> Events:
    return events(home)


def one(found: Events, job: str, state: str) -> dict[str, Any]:
    [event] = [e for e in found if e["job"]["name"] == job and e["eventType"] == state]
    return event


def names(datasets: list[dict[str, Any]]) -> set[str]:
    """Tables by their name in the lake."""
    return {d["facets"]["symlinks"]["identifiers"][0]["name"] for d in datasets}


def test_every_event_is_valid_by_the_schema_of_openlineage(first: Events) -> None:
    assert len(first) > 50 and [problem for event in first for problem in problems(event)] == []


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("eventType",), "DONE", "not one of the schema"),
        (("run", "runId"), "night 7", "badly formed"),
        (("eventTime",), "2026-06-30", "has to contain time"),
        (("job", "facets", "jobType", "processingType"), 7, "is no str"),
        (("job", "facets", "jobType", "_schemaURL"), "urn:of:no:schema", "is no JobFacet"),
        (("outputs", 0, "outputFacets", "outputStatistics", "rowCount"), "many", "is no int"),
        (("outputs", 0, "more"), "x", "is not known"),
    ],
)
def test_an_event_that_the_schema_does_not_allow_is_seen(
    first: Events, path: tuple[str | int, ...], value: object, said: str
) -> None:
    event = json.loads(json.dumps(one(first, "gold.sampling_ledger", "COMPLETE")))
    at: Any = event
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    assert any(said in problem for problem in problems(event))


def test_every_run_starts_and_ends_once_and_the_night_is_the_parent_of_all_others(first: Events) -> None:
    by_run: dict[str, list[str]] = {}
    for event in first:
        by_run.setdefault(event["run"]["runId"], []).append(event["eventType"])
    assert all(sorted(states) == ["COMPLETE", "START"] for states in by_run.values())
    night = one(first, "nightly", "COMPLETE")["run"]
    assert night["facets"]["nominalTime"]["nominalStartTime"].startswith(str(DAY))
    others = [e for e in first if e["job"]["name"] != "nightly"]
    assert {e["run"]["facets"]["parent"]["run"]["runId"] for e in others} == {night["runId"]}


def test_a_table_names_what_it_was_built_from_by_version_its_columns_rows_and_code(
    home: Home, first: Events
) -> None:
    event = one(first, "silver.sample", "COMPLETE")
    contract = TABLES.contracts["silver.sample"]
    assert names(event["inputs"]) == set(inputs(TABLES, contract))
    [made] = event["outputs"]
    assert made["name"] == (home.env.lake / "silver" / "sample").as_posix()
    assert [f["name"] for f in made["facets"]["schema"]["fields"]] == list(contract.column_names)
    assert made["outputFacets"]["outputStatistics"]["rowCount"] == 1  # the other is quarantined
    [named] = home.ask("SELECT version FROM ops.night WHERE \"table\" = 'silver.sample'")
    assert made["facets"]["version"]["datasetVersion"] == str(named["version"])
    location = event["job"]["facets"]["sourceCodeLocation"]
    assert location["path"] == "schemas/silver/sample.odcs.yaml" and len(location["version"]) == 16
    assert event["run"]["facets"]["processing_engine"]["name"] == "DuckDB"
    bronze = one(first, "bronze.sample", "COMPLETE")
    assert [d["name"] for d in bronze["inputs"]] == ["landing/town/samples"]
    assert bronze["outputs"][0]["outputFacets"]["outputStatistics"]["rowCount"] == 2


def test_columns_come_from_the_text_or_the_contract_and_are_left_open_where_python_builds(
    first: Events,
) -> None:
    [silver] = one(first, "silver.sample", "COMPLETE")["outputs"]
    [origin] = silver["facets"]["columnLineage"]["fields"]["purchased_on"]["inputFields"]
    assert origin["name"].endswith("/bronze/sample") and origin["field"] == "purchased_on"
    assert origin["transformations"] == [{"type": "DIRECT", "subtype": "TRANSFORMATION", "masking": False}]
    cited = one(first, "gold.cited_number", "COMPLETE")
    assert "sql" in cited["job"]["facets"]
    fields = cited["outputs"][0]["facets"]["columnLineage"]["fields"]
    assert {f["field"] for f in fields["number"]["inputFields"]} >= {"standard_no"}
    [python] = one(first, "gold.sampling_ledger", "COMPLETE")["outputs"]
    assert "columnLineage" not in python["facets"]


def test_verdicts_stand_as_assertions_about_the_version_that_was_audited(home: Home, first: Events) -> None:
    event = one(first, "gate.silver.sample", "COMPLETE")
    [read] = event["inputs"]
    said = read["inputFacets"]["dataQualityAssertions"]["assertions"]
    noted = home.ask(
        'SELECT expectation, "column", success FROM ops.gate_verdict WHERE "table" = \'silver.sample\''
    )
    assert len(said) == len(noted) > 3 and all(a["success"] for a in said)
    assert {a["assertion"] for a in said} == {row["expectation"] for row in noted}


def test_a_night_with_nothing_new_sends_nothing(home: Home) -> None:
    before = len(events(home))
    home.night()
    assert len(events(home)) == before


def test_a_table_that_cannot_be_built_fails_with_its_reason_and_the_night_says_which(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = len(events(home))
    monkeypatch.setattr(building, "build_whole", lambda *_: (_ for _ in ()).throw(RuntimeError("a cell: 7")))
    home.put("conclusions_2.csv", CONCLUSIONS.replace("1,不合格", "2,合格"), mtime=2_000)
    home.night()
    later = events(home)[before:]
    assert [problem for event in later for problem in problems(event)] == []
    failed = one(later, "silver.conclusion", "FAIL")
    assert "RuntimeError" in failed["run"]["facets"]["errorMessage"]["message"] and failed["outputs"] == []
    assert "a cell" not in json.dumps(later, ensure_ascii=False)
    said = one(later, "nightly", "COMPLETE")["run"]["facets"]["errorMessage"]["message"]
    assert "silver.conclusion: " in said and "gold.sampling_ledger: " in said


@pytest.fixture
def given() -> Iterator[None]:
    """The client writes environment variables of its settings; they end with the test."""
    with mock.patch.dict(os.environ):
        yield


def test_the_standard_settings_choose_another_transport(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: None
) -> None:
    assert sending.client(tmp_path / "logs", DAY).transport.kind == "file"
    monkeypatch.setenv("OPENLINEAGE_DISABLED", "true")
    assert sending.client(tmp_path / "logs", DAY).transport.kind == "noop"
    monkeypatch.delenv("OPENLINEAGE_DISABLED")
    settings = tmp_path / "openlineage.yml"
    other = tmp_path / "elsewhere.ndjson"
    settings.write_text(f"transport: {{type: file, log_file_path: '{other}', append: true}}", "utf-8")
    monkeypatch.setenv("OPENLINEAGE_CONFIG", str(settings))
    assert sending.client(tmp_path / "logs", DAY).transport.config.log_file_path == str(other)
    monkeypatch.delenv("OPENLINEAGE_CONFIG")
    monkeypatch.setenv("OPENLINEAGE_URL", "http://127.0.0.1:9")
    assert sending.client(tmp_path / "logs", DAY).transport.kind != "file"


def test_without_events_none_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENLINEAGE_DISABLED", "True")
    sender = sending.Sender(tmp_path / "logs", DAY, lambda line: pytest.fail(line))
    sender.send(lambda: pytest.fail("events were made"))
    sender.close()
    assert list(tmp_path.iterdir()) == []


def test_a_transport_that_fails_is_said_once_and_stops_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    lines: list[str] = []
    sender = sending.Sender(blocked / "logs", DAY, lines.append)  # a file where the folder should be
    sender.send(list)
    sender.send(lambda: pytest.fail("asked again"))
    sender.close()
    assert len(lines) == 1 and lines[0].startswith("lineage: no further OpenLineage events")


@pytest.mark.parametrize("raises", [True, False])
def test_a_transport_that_fails_as_it_ends_is_said_and_stops_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: None, raises: bool
) -> None:
    def close(self: object, timeout: float = -1.0) -> bool:
        if raises:
            raise ConnectionError("no broker")
        return False

    lines: list[str] = []
    sender = sending.Sender(tmp_path / "logs", DAY, lines.append)
    sender.send(list)
    monkeypatch.setattr(FileTransport, "close", close)
    sender.close()
    sender.send(lambda: pytest.fail("asked again"))
    assert len(lines) == 1 and ("ConnectionError" if raises else "kept some back") in lines[0]


def test_the_report_is_a_run_that_reads_the_night_and_one_that_fails_says_so(home: Home) -> None:
    before = len(events(home))
    with sending.emitting(home.env, "report", home.env.site, kinds=("nightly",), say=print):
        home.env.site.mkdir()
        (home.env.site / "index.html").write_text("")
    with pytest.raises(ValueError), sending.emitting(home.env, "export", kinds=("nightly",), say=print):
        raise ValueError("a cell")
    later = events(home)[before:]
    assert [problem for event in later for problem in problems(event)] == []
    done = one(later, "report", "COMPLETE")
    assert "gold.sampling_ledger" in names(done["inputs"])
    assert done["outputs"][0]["outputFacets"]["outputStatistics"]["fileCount"] == 1
    assert one(later, "export", "FAIL")["run"]["facets"]["errorMessage"]["message"].startswith("ValueError")


def test_the_site_packages_and_notebooks_read_the_night_though_an_urgent_run_came_after(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = home.copied(tmp_path / "home")
    lake = Lake(later.env.lake)
    hour = [
        row | {"run_id": "hour", "kind": "urgent", "committed_at": row["committed_at"] + timedelta(hours=1)}
        for row in lake.arrow("ops.night").to_pylist()
        if row["table"] != "gold.sampling_ledger"
    ]
    lake.append("ops.night", ops.rows("ops.night", hour))
    monkeypatch.setattr(work, "_report", lambda env, pool, say: None)
    monkeypatch.setattr("jobs.exchange.sending.send", lambda *_, **__: Sent([], []))
    monkeypatch.setattr("jobs.exchange.urgent.send_urgent", lambda *_, **__: [])
    monkeypatch.setattr(
        "jobs.notebooks.running.run_notebooks", lambda *_, **__: Ran(0, {}, True, later.env.site)
    )
    before = len(events(later))
    work.write_report(later.env, say=print)
    work.export_files(later.env, day=None, recipient=None, say=print)
    work.execute_notebooks(later.env, again=False, say=print)
    read = {
        e["job"]["name"]: names(e["inputs"]) for e in events(later)[before:] if e["eventType"] == "COMPLETE"
    }
    of_the_night = {job for job, tables in read.items() if "gold.sampling_ledger" in tables}
    assert of_the_night == {"report", "export", "notebooks"} == read.keys() - {"export urgent"}


def test_the_site_reads_urgent_items_and_answers_from_the_newest_run(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = home.copied(tmp_path / "home")
    lake = Lake(later.env.lake)
    row = lake.arrow("ops.night").to_pylist()[0]
    row |= {"run_id": "hour", "kind": "urgent", "committed_at": row["committed_at"] + timedelta(hours=1)}
    hourly = {"gold.urgent_item": 7, "silver.acknowledgement": 8, "gold.sampling_ledger": 9}
    named = [row | {"table": table, "version": version} for table, version in hourly.items()]
    lake.append("ops.night", ops.rows("ops.night", named))
    monkeypatch.setattr(work, "_report", lambda env, pool, say: None)
    before = len(events(later))
    work.write_report(later.env, say=print)
    done = one(events(later)[before:], "report", "COMPLETE")
    read = {names([d]).pop(): d["facets"]["version"]["datasetVersion"] for d in done["inputs"]}
    assert (read["gold.urgent_item"], read["silver.acknowledgement"]) == ("7", "8")
    assert read["gold.sampling_ledger"] != "9"  # of the night


def test_every_text_gives_an_origin_of_every_column_or_reads_nothing_for_it() -> None:
    catalog = load_catalog()
    texts = [c for c in catalog.contracts.values() if has_text(c)]
    for contract in texts:
        edges = column_edges(catalog, contract)
        assert edges is not None and set(edges.columns) == set(contract.column_names)
        read = {o.table for origins in edges.columns.values() for o in origins} | {
            t for t, _ in edges.besides
        }
        assert read == set(contract.inputs), contract.id
    assert len(texts) > 20


def test_a_column_says_whether_it_is_taken_over_computed_or_counted() -> None:
    catalog = load_catalog()
    taken = column_edges(catalog, catalog.contracts["gold.traced_listing"])
    counted = column_edges(catalog, catalog.contracts["gold.shop_trade"])
    assert taken is not None and counted is not None
    assert taken.columns["listing_id"] == (Origin("silver.listing", "listing_id", "IDENTITY"),)
    assert {o.how for o in counted.columns["quantity"]} == {"AGGREGATION"}


def test_explain_says_the_same_edges(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUALITY_HOME", str(home.root))

    def said(name: str) -> dict[str, Any]:
        done = CliRunner().invoke(quality, ["explain", name, "--json"])
        assert done.exit_code == 0, done.output
        [row] = json.loads(done.stdout)
        return row

    assert said("sample")["inputs"][0] == "bronze.sample" and said("sample")["state"] != "absent"
    assert said("sample.purchased_on")["made_from"] == ["bronze.sample.purchased_on"]
    assert "silver.listing.standard_no" in said("gold.cited_number.number")["made_from"]
    assert said("gold.sampling_ledger")["joined_or_filtered_by"] is None


@pytest.mark.parametrize("table", ["gold.sampling_ledger", "gold.cited_number", "silver.sample"])
def test_explaining_a_column_that_the_table_does_not_have_is_an_error(table: str) -> None:
    with pytest.raises(KeyError):
        explained(load_catalog(), table, "no_such_column")


def test_lineage_of_columns_that_is_kept_is_what_the_text_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    catalog = load_catalog()
    contract = catalog.contracts["gold.traced_listing"]
    found = column_edges(catalog, contract)
    monkeypatch.setattr(lineage_edges, "_found", None)  # asked no more
    assert column_edges(catalog, contract) == found
    of_another = replace(contract, inputs=contract.inputs[:-1])
    with pytest.raises(TypeError):  # not that of other inputs
        column_edges(catalog, of_another)
