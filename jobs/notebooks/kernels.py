"""Starts kernels of notebooks quickly: they are forked from a process (`Parent`) that has already imported
the code, instead of starting a new Python for each.

papermill and Jupyter's client work as usual; only how a kernel's process is started differs
(`jobs.notebooks.provisioner`). Where the process to fork from has ended or does not answer, kernels start as
Jupyter starts them.
"""

from __future__ import annotations

import atexit
import os
import signal
import sys
import threading
import traceback
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import EntryPoint
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

import pandas

from jobs.lifetime import die_with

NAME = "forked"
LAUNCHER = "ipykernel_launcher"  # the module that a kernel's command runs; what follows are its arguments
LONGEST_ANSWER = 120  # seconds; the first one waits until the modules are loaded


class Lost(OSError):
    """Raised where the process that kernels are forked from has ended; its kernels ended with it."""


@contextmanager
def loaded(modules: Iterable[str]) -> Iterator[Parent]:
    """Context manager: within the block, kernels that this process starts through Jupyter are forked from a
    process that has imported ``modules``. Yields that process (`Parent`).

    ``modules``: dotted names. A module that cannot be imported is skipped: the notebook that needs it shows
    the error. Where the process is lost, kernels start as Jupyter starts them. At the end of the block the
    process and all kernels forked from it are killed, and Jupyter's former setting is put back.
    """
    from jupyter_client.provisioning.factory import KernelProvisionerFactory

    parent = Parent(sorted(modules))
    factory = KernelProvisionerFactory.instance()
    before = factory.default_provisioner_name
    factory.provisioners[NAME] = EntryPoint(
        NAME, "jobs.notebooks.provisioner:Forked", KernelProvisionerFactory.GROUP_NAME
    )
    factory.default_provisioner_name = NAME
    _PARENTS.append(parent)
    try:
        yield parent
    finally:
        _PARENTS.remove(parent)
        factory.default_provisioner_name = before
        parent.close()


class Parent:
    """The process that kernels are forked from. It ends with the process that started it, and its kernels
    end with it.

    ``modules``: dotted names of the modules that it imports when it starts. ``lost``: whether it has ended
    or once did not answer; it is not asked again.
    """

    def __init__(self, modules: list[str]):
        context = get_context("spawn")  # a fork would copy the threads of this process
        self._ours, theirs = context.Pipe()
        # No daemon: the kernels inherit that, and a cell could start no process.
        self._process = context.Process(target=_serve, args=(theirs, os.getpid(), modules))
        self._process.start()
        theirs.close()
        self._one_at_a_time = threading.Lock()
        self.lost = False

    def ask(self, *request: Any) -> Any:
        """Send a request to the process and return its answer. One request is sent at a time, also from
        several threads.

        ``request``: ("start", arguments, cwd, env) forks a kernel and returns its pid; ("poll", pid) returns
        a kernel's exit code, None while it runs. Raises Lost where the process is lost or does not answer
        within LONGEST_ANSWER seconds; OSError where the system refuses the request, such as for lack of
        memory.
        """
        with self._one_at_a_time:
            if self.lost:
                raise Lost("the process that kernels are forked from is gone")
            try:
                self._ours.send(request)
                if not self._ours.poll(LONGEST_ANSWER):
                    raise TimeoutError(f"no answer within {LONGEST_ANSWER} seconds")
                answer = self._ours.recv()
            except (EOFError, OSError) as broken:
                self.lost = True
                self._process.kill()
                raise Lost(f"the process that kernels are forked from is gone: {broken!r}") from broken
        if isinstance(answer, Exception):
            raise answer
        return answer

    def close(self) -> None:
        """Kill the process, and with it all kernels that it forked, and wait for its end."""
        self._ours.close()
        self._process.kill()
        self._process.join()
        self._process.close()


_PARENTS: list[Parent] = []


def started(command: list[str], *, cwd: str | None, env: Mapping[str, str]) -> Kernel:
    """Start a kernel by forking it from the process of the innermost `loaded` block and return it.

    ``command``: the command line that Jupyter would run, with the argument LAUNCHER (`ipykernel_launcher`);
    what follows that argument goes to the kernel. ``cwd``: its working directory, None for that of the
    process; ``env``: all of its environment variables. Raises OSError where the kernel cannot be forked
    (Lost where the process has ended), and IndexError outside of a block.
    """
    parent = _PARENTS[-1]
    arguments = command[command.index(LAUNCHER) + 1 :]
    return Kernel(parent, parent.ask("start", arguments, cwd, dict(env)))


@dataclass
class Kernel:
    """A forked kernel with those methods and attributes of subprocess.Popen that Jupyter uses. ``pid``: its
    process id; ``returncode``: its exit code, None as long as `poll` has not found its end."""

    _parent: Parent
    pid: int
    returncode: int | None = None
    stdin = stdout = stderr = None

    def poll(self) -> int | None:
        """Return the exit code of the kernel (-N where signal N ended it), None while it runs. A kernel
        whose parent process is lost counts as killed by SIGKILL."""
        if self.returncode is None:
            try:
                self.returncode = self._parent.ask("poll", self.pid)
            except OSError:  # the system kills a kernel whose parent is gone
                self.returncode = -signal.SIGKILL
        return self.returncode

    def wait(self) -> int | None:
        """Return the exit code; does not wait, as Jupyter calls it only after poll() has returned one."""
        return self.poll()

    def send_signal(self, number: int) -> None:
        """Send the signal ``number`` to the kernel; does nothing where it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """Kill the kernel (SIGKILL)."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask the kernel to end (SIGTERM)."""
        self.send_signal(signal.SIGTERM)


def _serve(requests: Connection, client: int, modules: list[str]) -> None:
    die_with(client)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to the client too, which ends this
    for module in modules:
        with suppress(BaseException):  # a notebook that needs it shows what is wrong
            import_module(module)
    # As pandas sets it where it is loaded by a kernel; here it took itself for one in a terminal.
    pandas.set_option("display.max_columns", 20)
    with suppress(EOFError):
        while True:
            what, *about = requests.recv()
            try:
                answer: Any = _fork(requests, *about) if what == "start" else _ended(*about)
            except OSError as refused:  # no memory for one more process, no child of this number
                answer = refused
            requests.send(answer)


def _ended(pid: int) -> int | None:
    """Return the exit code of a kernel; None while it runs."""
    found, status = os.waitpid(pid, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if found else None


def _fork(requests: Connection, arguments: list[str], cwd: str | None, env: dict[str, str]) -> int:
    """Start a kernel in a copy of this process, and return its process id. The copy never returns: it ends
    with the kernel, or when this process does."""
    parent = os.getpid()
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        requests.close()
        os.setsid()  # Jupyter sends signals to the group of a kernel
        die_with(parent)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.environ.clear()
        os.environ.update(env)
        if cwd is not None:
            os.chdir(cwd)
        sys.argv = [LAUNCHER, *arguments]
        import_module("ipykernel.kernelapp").launch_new_instance(arguments)
        code = 0
    except SystemExit as asked:
        code = asked.code if isinstance(asked.code, int) else 0
    except BaseException:
        traceback.print_exc()
    finally:
        _finish()
        os._exit(code)  # what follows in the stack is the parent's


def _finish() -> None:
    """Do what Python does when a program ends: wait for threads, run exit functions, flush output."""
    for step in (
        threading._shutdown,  # type: ignore[attr-defined]  # as multiprocessing does in its processes
        atexit._run_exitfuncs,
        sys.__stdout__.flush,  # type: ignore[union-attr]
        sys.__stderr__.flush,  # type: ignore[union-attr]
    ):
        with suppress(BaseException):
            step()
