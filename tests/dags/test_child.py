"""What `Child` promises: output, exit codes, and that nothing of the group outlives the task."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import psutil
import pytest

from jobs.orchestration import Child, die_with_parent
from jobs.orchestration.child import PARENT_VARIABLE

# A child that, like `quality run`, starts a separate long process (there the JVM), and notes both numbers.
PARENT_OF_A_SLEEPER = """
import os, subprocess, sys, time
sleeper = subprocess.Popen(["sleep", "300"])
with open(sys.argv[1] + ".tmp", "w") as file:
    file.write(f"{os.getpid()} {sleeper.pid}")
os.rename(sys.argv[1] + ".tmp", sys.argv[1])
print("started", flush=True)
"""


def python(code: str, *arguments: str) -> list[str]:
    return [sys.executable, "-c", textwrap.dedent(code), *arguments]


def numbers(path: Path, seconds: float = 20) -> list[int]:
    """The process numbers that the child wrote."""
    end = time.monotonic() + seconds
    while not path.exists():
        assert time.monotonic() < end, "the child never started"
        time.sleep(0.02)
    return [int(n) for n in path.read_text().split()]


def alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def gone(pids: list[int], seconds: float = 10) -> bool:
    end = time.monotonic() + seconds
    while any(alive(pid) for pid in pids):
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def test_lines_of_both_streams_arrive_in_order_and_the_exit_code_is_returned():
    lines: list[str] = []
    code = Child(
        python("import sys; print('一'); print('two', file=sys.stderr, flush=True); sys.exit(7)")
    ).run(lines.append)
    assert (code, lines) == (7, ["一", "two"])


def test_a_byte_that_is_not_utf8_does_not_stop_the_output():
    lines: list[str] = []
    Child(python("import sys; sys.stdout.buffer.write(b'a\\xffb\\nend\\n')")).run(lines.append)
    assert lines == ["a\\xffb", "end"]


def test_a_signal_is_returned_as_a_negative_number():
    assert Child(python("import os; os.kill(os.getpid(), 9)")).run(print) == -signal.SIGKILL


def test_what_a_child_leaves_behind_when_it_ends_is_killed(tmp_path):
    note = tmp_path / "pids"
    assert Child(python(PARENT_OF_A_SLEEPER, str(note))).run(lambda line: None) == 0
    assert gone(numbers(note))


def test_an_exception_in_the_task_kills_the_whole_group(tmp_path):
    note = tmp_path / "pids"

    def fail(line: str) -> None:
        raise RuntimeError(line)

    with pytest.raises(RuntimeError, match="started"):
        Child(python(PARENT_OF_A_SLEEPER + "time.sleep(300)", str(note))).run(fail)
    assert gone(numbers(note))


def test_kill_ends_the_group_and_run_returns(tmp_path):
    note = tmp_path / "pids"
    child = Child(python(PARENT_OF_A_SLEEPER + "time.sleep(300)", str(note)))
    assert child.run(lambda line: child.kill()) == -signal.SIGKILL
    assert gone(numbers(note))


@pytest.mark.parametrize("deadly", [signal.SIGKILL, signal.SIGTERM])
@pytest.mark.drill(fault="kill -9 of an Airflow task", invariant="its child processes end")
def test_when_the_task_is_killed_its_child_and_grandchild_are_gone_within_seconds(tmp_path, deadly):
    note = tmp_path / "pids"
    task = """
        import sys
        from jobs.orchestration import Child
        Child([sys.executable, "-c", *sys.argv[1:]]).run(print)
    """
    with subprocess.Popen(
        python(task, PARENT_OF_A_SLEEPER + "time.sleep(300)", str(note)), start_new_session=True
    ) as process:
        pids = numbers(note)
        assert all(alive(pid) for pid in pids)
        process.send_signal(deadly)
    assert gone(pids)


@pytest.mark.drill(fault="kill -9 of an Airflow task with a JVM below it", invariant="the JVM ends")
def test_when_the_task_is_killed_the_jvm_of_its_child_is_gone_within_seconds(tmp_path):
    note = tmp_path / "pids"
    child = """
        import os, sys, time
        from pyspark.java_gateway import launch_gateway
        from jobs.orchestration import die_with_parent
        die_with_parent()
        jvm = launch_gateway().proc.pid
        with open(sys.argv[1] + ".tmp", "w") as file:
            file.write(f"{os.getpid()} {jvm}")
        os.rename(sys.argv[1] + ".tmp", sys.argv[1])
        time.sleep(300)
    """
    task = """
        import sys
        from jobs.orchestration import Child
        Child([sys.executable, "-c", *sys.argv[1:]]).run(print)
    """
    with subprocess.Popen(python(task, textwrap.dedent(child), str(note))) as process:
        pids = numbers(note, seconds=60)
        assert "java" in psutil.Process(pids[1]).name()
        process.kill()
    assert gone(pids)


def test_without_the_guard_the_kernel_still_kills_a_child_that_asked_for_it(tmp_path):
    note = tmp_path / "pids"
    child = """
        import os, sys, time
        from jobs.orchestration import die_with_parent
        die_with_parent()
        with open(sys.argv[1] + ".tmp", "w") as file:
            file.write(str(os.getpid()))
        os.rename(sys.argv[1] + ".tmp", sys.argv[1])
        time.sleep(300)
    """
    task = f"""
        import os, subprocess, sys
        environment = {{**os.environ, "{PARENT_VARIABLE}": str(os.getpid())}}
        subprocess.run([sys.executable, "-c", *sys.argv[1:]], env=environment, start_new_session=True)
    """
    with subprocess.Popen(python(task, textwrap.dedent(child), str(note))) as process:
        pids = numbers(note)
        process.kill()
    assert gone(pids)


def test_a_child_whose_parent_died_before_it_could_ask_ends_at_once():
    code = "from jobs.orchestration import die_with_parent; die_with_parent(); print('went on')"
    done = subprocess.run(
        python(code), env={**os.environ, PARENT_VARIABLE: "1"}, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (3, "")


def test_a_command_from_a_shell_is_left_alone(monkeypatch):
    monkeypatch.delenv(PARENT_VARIABLE, raising=False)
    die_with_parent()


def test_the_parent_variable_is_not_handed_on_to_the_childs_own_children():
    code = (
        f"import os; from jobs.orchestration import die_with_parent; die_with_parent(); "
        f"print('{PARENT_VARIABLE}' in os.environ)"
    )
    lines: list[str] = []
    assert Child(python(code)).run(lines.append) == 0
    assert lines == ["False"]
