"""A command as a child in a separate process group, which is killed, with all that it started, when its
parent has ended.

Three things make sure of that, each in a case that the others do not cover: the parent kills the group when
it ends by itself or by a signal that Python sees; a guard process kills the group when the parent vanishes
(kill -9), since it then reads the end of a pipe; and the child asks the kernel to be killed with its parent
(`die_with_parent`), which covers the moment before the guard knows the group.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from jobs.lifetime import die_with

PARENT_VARIABLE = "QUALITY_PARENT_PID"

# Reads the group to guard, then waits: "done" = the parent has cleared up, end of file = the parent is dead.
GUARD = 'read -r group || exit 0; read -r end; [ "$end" = done ] || kill -s KILL -- "-$group"'


def die_with_parent() -> None:
    """Have the kernel kill this process when its parent ends. Called at the start of a command that `Child`
    may run.

    The parent's pid is read from the environment variable QUALITY_PARENT_PID, which `Child` sets; without it
    (in a person's shell) nothing happens. The variable is removed from the environment, since it is not true
    of this process's children. Raises SystemExit where the parent has already ended.
    """
    parent = os.environ.pop(PARENT_VARIABLE, None)
    if parent is None:
        return
    die_with(int(parent))


class Child:
    """One run of a command; an object is used once.

    ``command``: program and arguments; ``directory``: its working directory, None for this process's;
    ``environment``: all of its environment variables, None for this process's. The thread that calls `run`
    must live as long as the child, as the kernel's signal (prctl) follows threads.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        directory: Path | None = None,
        environment: Mapping[str, str] | None = None,
    ):
        self.command = list(command)
        self.directory = directory
        self.environment = dict(os.environ if environment is None else environment)
        self._process: subprocess.Popen[str] | None = None

    def run(self, on_line: Callable[[str], None]) -> int:
        """Run the command to its end and return its exit code, -N where signal N ended it.

        ``on_line``: is called with each line of output (stdout and stderr together, without the line break).
        What it raises kills the group and is raised again. When this method returns or raises, no process of
        the group is left. Raises OSError where the command or its directory cannot be found.
        """
        guard = _start_guard()
        try:
            process = self._process = self._start()
            _tell(guard, str(process.pid))
            clearing = threading.Thread(target=_clear_up_after, args=(process.pid,), daemon=True)
            clearing.start()
            try:
                for line in process.stdout or ():
                    on_line(line.rstrip("\n"))
            except BaseException:
                self.kill()
                raise
            finally:
                clearing.join()
                process.wait()
            return process.returncode
        finally:
            _tell(guard, "done")
            guard.communicate()

    def kill(self) -> None:
        """Kill the whole group with SIGKILL, which a night survives at any point. Does nothing before `run`
        has started the command and after it has ended."""
        if self._process is not None and self._process.returncode is None:
            _kill_group(self._process.pid)

    def _start(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self.command,
            cwd=self.directory,
            env={**self.environment, PARENT_VARIABLE: str(os.getpid()), "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="backslashreplace",
            start_new_session=True,
        )


def _start_guard() -> subprocess.Popen[str]:
    return subprocess.Popen(
        ["/bin/sh", "-c", GUARD],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,  # outside the task's group, so that a kill of that group spares it
    )


def _clear_up_after(pid: int) -> None:
    """When the child ends, kill what it left behind: that would keep the output open, and might go on
    writing."""
    os.waitid(
        os.P_PID, pid, os.WEXITED | os.WNOWAIT
    )  # not reaped: its number can't go to another group meanwhile
    _kill_group(pid)


def _kill_group(group: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)


def _tell(guard: subprocess.Popen[str], line: str) -> None:
    """Write a line to the guard. One that was killed gets no line; the kernel's signal to the child still
    stands."""
    if guard.stdin is not None:
        with contextlib.suppress(BrokenPipeError):
            guard.stdin.write(f"{line}\n")
            guard.stdin.flush()
