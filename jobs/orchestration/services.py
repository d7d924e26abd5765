"""Run programs as services until they are ended, each in a separate session, so that no process of them
remains when the process that started them has ended.

Airflow gives its children other process groups but leaves them in the session of the service, so the
processes of a service are found by session. A guard process (this module as a program) kills the sessions
when its parent disappears (kill -9): it then reads the end of a pipe.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial

import psutil

from jobs.lifetime import die_with

GRACE_SECONDS = 20
_POLL_SECONDS = 0.1
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def services(
    commands: Sequence[Sequence[str]], environment: Mapping[str, str]
) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Context manager: start the commands for the block and yield their processes, in the same order.

    ``commands``: program and arguments of each; ``environment``: all of their environment variables. At the
    end of the block they are ended: SIGTERM to each, and SIGKILL to all that is left of their sessions once
    they ended or after GRACE_SECONDS. Where this process is killed, the guard sends SIGKILL at once. SIGINT,
    SIGTERM and SIGHUP to this process end the block by SystemExit(0); they do not interrupt the clean-up.
    Raises OSError where a program cannot be found, once those already started are ended.
    """
    running: list[subprocess.Popen[bytes]] = []
    guard = subprocess.Popen(
        [sys.executable, "-m", __name__],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    before = {number: signal.signal(number, _leave) for number in _SIGNALS}
    try:
        for command in commands:
            running.append(_started(command, environment))
            _tell(guard, str(running[-1].pid))
        yield running
    finally:
        for number in _SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        _end(running)
        _tell(guard, "done")
        guard.communicate()
        for number, handler in before.items():
            signal.signal(number, handler)


def _leave(*_: object) -> None:
    raise SystemExit(0)


def _started(command: Sequence[str], environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command,
        env=dict(environment),
        start_new_session=True,
        # It ends with this process even before the guard knows of it. preexec_fn is safe as long as this
        # process has no other threads, and it has none yet.
        preexec_fn=partial(die_with, os.getpid()),
    )


def _end(running: Sequence[subprocess.Popen[bytes]]) -> None:
    for process in running:
        process.terminate()
    deadline = time.monotonic() + GRACE_SECONDS
    for process in running:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(max(0.0, deadline - time.monotonic()))
    kill_sessions({process.pid for process in running})
    for process in running:
        process.wait()


def kill_sessions(sessions: set[int]) -> None:
    """Kill all processes of these sessions (ids) with SIGKILL, and repeat until none is left; zombies do not
    count. ``sessions`` must not hold the caller's session."""
    while found := [pid for pid in psutil.pids() if _session(pid) in sessions and not _is_zombie(pid)]:
        for pid in found:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(_POLL_SECONDS)


def _session(pid: int) -> int | None:
    try:
        return os.getsid(pid)
    except ProcessLookupError:
        return None


def _is_zombie(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def _tell(guard: subprocess.Popen[bytes], line: str) -> None:
    if guard.stdin is not None:
        with contextlib.suppress(BrokenPipeError):  # killed: the kernel's signal to the services still stands
            guard.stdin.write(f"{line}\n".encode())
            guard.stdin.flush()


def _guard() -> None:
    """Read the sessions to guard; end them unless the last line is `done`."""
    sessions: set[int] = set()
    for line in sys.stdin:
        if line.strip() == "done":
            return
        sessions.add(int(line))
    kill_sessions(sessions)


if __name__ == "__main__":
    _guard()
