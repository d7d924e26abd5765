"""kill -9 at any point, then the same command: the tables of an undisturbed run. Two writers: the second
waits or says so."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from homes import HEADER, REGULATOR
from outputs import differing, outputs

from jobs.errors import LockedError
from jobs.lake import scratch
from jobs.lake.lock import writer_lock
from jobs.upkeep.doctor import hashes

pytestmark = pytest.mark.lineage
# Reached in this order by every run: Spark is up and nothing is written; half of silver is; gold is, and
# nothing is named.
RUN = (
    "run",
    "--date",
    "2026-06-30",
    "--select",
    "+gold.detection_rate,+gold.sampling_ledger",
)  # the tables that the files reach
STEP = " build  "  # in the line of each table that was built
POINTS = ("load   bronze", "build  silver.sample", "build  gold.")


def _home(root: Path) -> dict[str, str]:
    (root / "sources").mkdir(parents=True)
    (root / "sources" / "town.yaml").write_text(REGULATOR, encoding="utf-8")
    (root / "inbox" / "town").mkdir(parents=True)
    rows = "".join(f"{n},计划{n % 3},2026-01-{n % 28 + 1:02},,,2026-01-05 10:00\n" for n in range(200))
    (root / "inbox" / "town" / "samples.csv").write_bytes((HEADER + rows).encode("gb18030"))
    done = "".join(f"{n},{'不合格' if n % 5 == 0 else '合格'},2026-02-{n % 28 + 1:02}\n" for n in range(180))
    (root / "inbox" / "town" / "conclusions.csv").write_bytes(
        ("样品编号,结论,日期\n" + done).encode("gb18030")
    )
    return {
        **os.environ,
        "QUALITY_HOME": str(root),
        "QUALITY_SOURCES": str(root / "sources"),
        "QUALITY_KEY_FILE": str(_key(root.parent)),  # one for all homes, so that pseudonyms are equal
        "QUALITY_SPARK_MASTER": "local[2]",
        "GX_ANALYTICS_ENABLED": "false",
    }


def _key(folder: Path) -> Path:
    key = folder / "hmac.key"
    if not key.exists():
        key.write_bytes(bytes(range(32)))
        key.chmod(0o600)
    return key


def _copied(root: Path, to: Path, environment: dict[str, str]) -> dict[str, str]:
    """A home like the one at ``root``, with all that it has landed."""
    shutil.copytree(root, to)
    return environment | {"QUALITY_HOME": str(to), "QUALITY_SOURCES": str(to / "sources")}


def _quality(environment: dict[str, str], *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "jobs.cli", *arguments],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def _kill_at(environment: dict[str, str], point: str, times: int = 1) -> None:
    """Kill a run when it has said a line with ``point`` so often."""
    process = _quality(environment, *RUN)
    said = 0
    for line in process.stderr:
        said += point in line
        if said == times:
            break
    else:
        pytest.fail(f"the run ended before {point!r} stood in {times} of its lines")
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stderr.close()


@pytest.mark.slow
@pytest.mark.drill(
    fault="kill -9 of a run at three points",
    invariant="the same command ends in the tables of an undisturbed run",
)
def test_a_run_killed_at_three_points_ends_in_the_tables_of_an_undisturbed_one(tmp_path):
    disturbed = _home(tmp_path / "disturbed")
    assert _quality(disturbed, "land", "--date", "2026-06-30").wait() == 0
    calm = _copied(tmp_path / "disturbed", tmp_path / "calm", disturbed)
    assert _quality(calm, *RUN).wait() == 0
    for point in POINTS:
        _kill_at(disturbed, point)
    assert _quality(disturbed, *RUN).wait() == 0
    expected = hashes(tmp_path / "calm" / "lake")
    assert len(expected) >= 9 and hashes(tmp_path / "disturbed" / "lake") == expected
    assert _quality(disturbed, "doctor").wait() == 0


@pytest.mark.proof
@pytest.mark.parametrize("engine", ["embedded", "spark"])
@pytest.mark.drill(
    fault="kill -9 of a run at ten moments, on each engine",
    invariant="the same command ends in the tables of an undisturbed run",
)
def test_a_run_killed_at_ten_moments_ends_in_the_tables_of_an_undisturbed_one(tmp_path, engine):
    """After the first step and after each further tenth of the steps: a run begins where the first did, as
    a killed one has published nothing."""
    calm, disturbed = (_home(tmp_path / name) | {"QUALITY_ENGINE": engine} for name in ("calm", "disturbed"))
    for environment in (calm, disturbed):
        assert _quality(environment, "land", "--date", "2026-06-30").wait() == 0
    process = _quality(calm, *RUN)
    steps = process.communicate()[1].count(STEP)
    assert process.returncode == 0 and steps >= 10
    for tenth in range(10):
        _kill_at(disturbed, STEP, 1 + steps * tenth // 10)
    assert _quality(disturbed, *RUN).wait() == 0
    assert hashes(tmp_path / "disturbed" / "lake") == hashes(tmp_path / "calm" / "lake")
    assert _quality(disturbed, "doctor").wait() == 0


WITH_WORKERS = {"QUALITY_ENGINE": "embedded", "QUALITY_WORKERS": "2"}  # else a night as small has none
NIGHT = ("nightly", "--date", "2026-06-30")
STEPS = (  # the commands of a night one by one, and at how many moments each is killed
    (("land", "--date", "2026-06-30"), 4),
    (("run", "--date", "2026-06-30"), 8),
    (("report",), 6),
    (("export", "--date", "2026-06-30"), 4),
    (("publish", "--due"), 4),
    (("notebooks",), 4),
)


def _with_workers(environment: dict[str, str], *command: str) -> int:
    """Run a command to its end; exit code. Its night must have had the workers that are set: the processes
    that hold the lake's lock beside it. They are forked from a server, which passes the lock on to them."""
    lock = str(Path(environment["QUALITY_HOME"], "lake", ".lock"))
    process, found = _quality(environment, *command), set()
    while process.poll() is None:
        children: list[psutil.Process] = []
        with suppress(psutil.Error):
            children = psutil.Process(process.pid).children(recursive=True)
        for child in children:
            with suppress(psutil.Error):  # it has ended
                if child.ppid() != process.pid and any(f.path == lock for f in child.open_files()):
                    found.add(child.pid)
        time.sleep(0.05)
    process.stderr.close()
    assert len(found) == int(WITH_WORKERS["QUALITY_WORKERS"])
    return process.returncode


def _like_calm(root: Path, environment: dict[str, str], calm: tuple[dict[str, str], dict[str, str]]) -> None:
    tables, written = calm
    assert hashes(root / "lake") == tables
    assert differing(outputs(root), written) == []
    assert not (root / "lake" / scratch.FOLDER).exists()
    assert _quality(environment, "doctor", "--deep").wait() == 0


@pytest.mark.proof
@pytest.mark.drill(
    fault="kill -9 and SIGTERM at thirty moments, spread over the commands of a night",
    invariant="the same command ends with 0; tables and all that is written for readers as undisturbed",
)
def test_commands_of_a_night_killed_at_thirty_moments_end_as_those_of_an_undisturbed_one(tmp_path):
    """Each command is killed in each part of its time, once a part, and then made whole."""
    draw = random.Random(16)
    calm, disturbed = (_home(tmp_path / name) | WITH_WORKERS for name in ("calm", "disturbed"))
    killed = 0
    for command, times in STEPS:
        began = time.monotonic()
        ended = _with_workers(calm, *command) if command[0] == "run" else _quality(calm, *command).wait()
        assert ended == 0
        whole = time.monotonic() - began
        for part in range(times):
            process = _quality(disturbed, *command)
            time.sleep((part + draw.random()) * whole / times)
            killed += process.poll() is None
            process.send_signal(draw.choice((signal.SIGKILL, signal.SIGTERM)))
            process.communicate(timeout=60)  # nothing that it started outlives it: its output is closed
        again = _quality(disturbed, *command)
        said = again.communicate()[1]
        assert again.returncode == 0, said
    assert killed >= sum(times for _, times in STEPS) - 5  # a command may end sooner than the calm one
    undisturbed = hashes(tmp_path / "calm" / "lake"), outputs(tmp_path / "calm")
    assert len(undisturbed[1]) > 100
    _like_calm(tmp_path / "disturbed", disturbed, undisturbed)


@pytest.mark.proof
@pytest.mark.drill(
    fault="kill -9 and SIGTERM at ten random moments of a whole night, each of a home without a lake",
    invariant="the same command ends with 0; tables and all that is written for readers as undisturbed",
)
def test_a_whole_night_killed_at_ten_random_moments_ends_as_an_undisturbed_one(tmp_path):
    """Every moment gets a home without a lake, so each kill meets a night with everything to do."""
    moments = random.Random(16)
    began = time.monotonic()
    calm = _home(tmp_path / "calm") | WITH_WORKERS
    assert _with_workers(calm, *NIGHT) == 0
    whole = time.monotonic() - began
    undisturbed = hashes(tmp_path / "calm" / "lake"), outputs(tmp_path / "calm")
    killed = 0
    for moment in range(10):
        root = tmp_path / f"disturbed_{moment}"
        environment = _home(root) | WITH_WORKERS
        process = _quality(environment, *NIGHT)
        time.sleep((moment + moments.random()) * whole / 10)
        killed += process.poll() is None
        process.send_signal(moments.choice((signal.SIGKILL, signal.SIGTERM)))
        process.communicate(timeout=60)
        again = _quality(environment, *NIGHT)
        said = again.communicate()[1]
        assert again.returncode == 0, said
        _like_calm(root, environment, undisturbed)
        shutil.rmtree(root)
    assert killed >= 8


@pytest.mark.slow  # quick: the next one, that gives up
@pytest.mark.drill(fault="two writers at once", invariant="the second waits and names the first")
def test_a_second_writer_waits_and_says_for_whom(tmp_path):
    heard: list[str] = []
    with writer_lock(tmp_path / "lake"):
        environment = _home(tmp_path / "home") | {"QUALITY_HOME": str(tmp_path)}
        (tmp_path / "inbox").mkdir()
        second = _quality(environment, "land")
        heard.append(second.stderr.readline())
    assert "waiting for the lake's other writer: pid" in heard[0] and str(os.getpid()) in heard[0]
    assert second.wait(60) == 0
    second.stderr.close()


@pytest.mark.drill(
    fault="a writer that holds the lock too long",
    invariant="the second ends with a clear error and writes nothing",
)
def test_a_writer_that_waited_too_long_gives_up(tmp_path):
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            f"from jobs.lake.lock import writer_lock\nfrom pathlib import Path\nimport time\n"
            f"with writer_lock(Path({str(tmp_path)!r})):\n print('held', flush=True)\n time.sleep(60)",
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(LockedError, match=f"pid {holder.pid}"), writer_lock(tmp_path, wait_seconds=0.3):
            pass
    finally:
        holder.kill()
        holder.wait()
        holder.stdout.close()


@pytest.mark.drill(
    fault="a task killed while its JVM lives",
    invariant="the next writer ends the JVM before it writes",
)
def test_the_next_writer_ends_the_recorded_jvm_of_a_dead_one_before_it_writes(tmp_path):
    code = (
        "import os, subprocess, sys, time\nfrom pathlib import Path\nfrom jobs.lake.lock import writer_lock\n"
        f"with writer_lock(Path({str(tmp_path)!r})) as lock:\n"
        "    jvm = subprocess.Popen(['sleep', '300'], start_new_session=True)\n    lock.record_jvm(jvm.pid)\n"
        "    print(jvm.pid, flush=True)\n    time.sleep(300)"
    )
    dead = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    jvm = int(dead.stdout.readline())
    dead.kill()
    dead.wait()
    dead.stdout.close()
    assert psutil.pid_exists(jvm)
    with writer_lock(tmp_path, wait_seconds=5):
        deadline = time.monotonic() + 5
        while (
            psutil.pid_exists(jvm)
            and psutil.Process(jvm).status() != psutil.STATUS_ZOMBIE
            and time.monotonic() < deadline
        ):
            time.sleep(0.1)
        assert not psutil.pid_exists(jvm) or psutil.Process(jvm).status() == psutil.STATUS_ZOMBIE
