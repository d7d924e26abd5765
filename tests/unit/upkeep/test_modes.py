"""Lake, landing, outbox, keys and Airflow's database are for their owner alone; the site is for everybody."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from jobs.environment import REPOSITORY, Environment
from jobs.orchestration.local import airflow_variables
from jobs.upkeep import modes
from jobs.upkeep.modes import close, open_site

pytestmark = pytest.mark.lineage
SOURCE = """
source: town
family: regulator
publisher: {name_zh: 镇, name_en: Town}
timezone: Asia/Shanghai
cadence: irregular
feeds:
  conclusions:
    target: conclusion
    files: "conclusions*.csv"
    format: csv
    key: [sample_id, stage]
    columns:
      sample_id: {from: 样品编号}
      stage: {const: first}
      outcome: {from: 结论, map: {合格: conforming, 不合格: nonconforming}}
      issued_on: {from: 日期, date: ["yyyy-MM-dd"]}
"""


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


@pytest.fixture
def env(tmp_path: Path) -> Environment:
    """A home in which everything was written with the modes of a usual umask."""
    for file in (
        "lake/ops/night/_delta_log/0.json",
        "landing/rows/a.parquet",
        "outbox/r/a.zip",
        "outbox/.r.new/a.csv",
        "keys/hmac.key",
        "airflow/airflow.db",
        "logs/night.log",
        "site/index.html",
        "site/data_docs/a.html",
        "inbox/acme/a.csv",
    ):
        path = tmp_path / "home" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    for path in [tmp_path / "home", *(tmp_path / "home").rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    home = tmp_path / "home"
    base = Environment.from_variables()
    return replace(base, home=home, inbox=home / "inbox", lake=home / "lake", key_file=home / "keys/hmac.key")


def test_what_others_could_read_is_closed_except_for_the_site_and_the_inbox(env):
    assert close(env) == 12 + 7  # folders and files of six places
    for path in env.home.rglob("*"):
        mine = path.relative_to(env.home).parts[0] not in ("site", "inbox")
        assert mode(path) & 0o077 == (0 if mine else 0o055 if path.is_dir() else 0o044), path
    assert mode(env.key_file) == 0o600 and mode(env.lake) == 0o700
    assert close(env) == 0


def test_a_lake_and_a_key_outside_the_home_are_closed_too(env, tmp_path):
    lake, key = tmp_path / "other" / "lake", tmp_path / "other" / "key"
    lake.mkdir(parents=True)
    key.write_text("k")
    lake.chmod(0o755), key.chmod(0o644)
    close(replace(env, lake=lake, key_file=key))
    assert (mode(lake), mode(key)) == (0o700, 0o600)


@pytest.mark.drill(fault="a link where modes are set", invariant="what it names keeps its mode")
def test_a_link_is_not_followed(env, tmp_path):
    outside = tmp_path / "outside"
    outside.write_text("x")
    outside.chmod(0o644)
    (env.lake / "link").symlink_to(outside)
    close(env)
    assert mode(outside) == 0o644


def test_the_site_can_be_read_below_a_home_that_cannot_be_listed(env):
    for path in [env.site, *env.site.rglob("*"), env.home]:
        path.chmod(0o700 if path.is_dir() else 0o600)
    open_site(env)
    assert mode(env.home) == 0o711
    assert {mode(p) for p in env.site.rglob("*") if p.is_file()} == {0o644}
    assert mode(env.site) == mode(env.site / "data_docs") == 0o755


def test_a_file_that_its_writer_takes_away_meanwhile_does_not_stop_the_opening_of_the_site(env, monkeypatch):
    for path in [env.site, *env.site.rglob("*")]:
        path.chmod(0o700 if path.is_dir() else 0o600)
    found = [*modes._below(env.site, unfinished=False)]
    gone = env.site / ".page.html.new"
    monkeypatch.setattr(modes, "_below", lambda top, **_: [(gone, 0o600), *found] if top == env.site else [])
    open_site(env)
    assert {mode(p) for p in env.site.rglob("*") if p.is_file()} == {0o644}


def test_a_bundle_that_is_not_in_place_yet_stays_closed_when_the_site_is_opened(env):
    """Its figures of trade are taken out again where its writer is killed: no one may have seen them."""
    closed, opened = [], []
    for name in (".2.new", ".1.old", "1"):
        folder = env.published / "2026-06" / name
        (folder / "tables").mkdir(parents=True)
        (folder / "tables" / "rates.csv").write_text("x")
        (opened if name == "1" else closed).extend([folder, *folder.rglob("*")])
    for path in [env.published, *env.published.rglob("*")]:
        path.chmod(0o700 if path.is_dir() else 0o600)
    open_site(env)
    assert {mode(p) for p in closed} == {0o700, 0o600}
    assert {mode(p) for p in [env.published, *opened]} == {0o755, 0o644}


@pytest.mark.slow
@pytest.mark.drill(
    fault="other users of the machine",
    invariant="lake, landing, outbox and keys are closed to them",
)
def test_nothing_that_a_night_writes_can_be_read_by_others(tmp_path):
    home, sources = tmp_path / "home", tmp_path / "sources"
    sources.mkdir()
    (sources / "town.yaml").write_text(SOURCE, encoding="utf-8")
    (home / "inbox" / "town").mkdir(parents=True)
    (home / "inbox" / "town" / "conclusions.csv").write_text(
        "样品编号,结论,日期\n1,合格,2026-02-10\n", "utf-8"
    )
    given = {
        **os.environ,
        "QUALITY_HOME": str(home),
        "QUALITY_SOURCES": str(sources),
        "PYTHONPATH": str(REPOSITORY),
    }
    quality = [sys.executable, "-c", "import os; os.umask(0); from jobs.cli import entry; entry()"]
    for command in (["land"], ["run", "--select", "+conclusion"]):
        done = subprocess.run([*quality, *command], env=given, capture_output=True, text=True, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    written = [p for p in home.rglob("*") if p.relative_to(home).parts[0] != "inbox"]
    assert {p.relative_to(home).parts[0] for p in written} >= {"lake", "landing"}
    assert [str(p) for p in written if mode(p) & 0o077] == []


def test_airflow_closes_the_logs_of_its_tasks():
    settings = airflow_variables(Path("/data"), quiet=True)
    assert settings["AIRFLOW__LOGGING__FILE_TASK_HANDLER_NEW_FOLDER_PERMISSIONS"] == "0o700"
    assert settings["AIRFLOW__LOGGING__FILE_TASK_HANDLER_NEW_FILE_PERMISSIONS"] == "0o600"
