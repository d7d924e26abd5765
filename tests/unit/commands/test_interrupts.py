"""Ctrl-C: the first lets what writes come to the end of its step, a second one ends the process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

from jobs.environment import REPOSITORY

# A command whose thread is at a step that does not end: what a person sees who does not want to wait.
# It hears Ctrl-C also where the tests themselves were put into the background.
COMMAND = """
import signal, sys, threading, time
signal.signal(signal.SIGINT, signal.default_int_handler)
from concurrent.futures import ThreadPoolExecutor
import jobs.cli

def command():
    with ThreadPoolExecutor(1) as pool:
        pool.submit(time.sleep, 300)
        try:
            print("begun", flush=True)
            time.sleep(300)
        except KeyboardInterrupt:
            print("asked to end", flush=True)
            raise

jobs.cli.main = command
jobs.cli.entry()
"""


def test_a_second_ctrl_c_ends_a_command_whose_step_goes_on():
    process = subprocess.Popen(
        [sys.executable, "-c", COMMAND],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
    )
    assert process.stdout is not None
    for said in ("begun\n", "asked to end\n"):
        assert process.stdout.readline() == said and process.poll() is None
        process.send_signal(signal.SIGINT)
    assert process.wait(60) == -signal.SIGINT
    process.stdout.close()


# A shell starts what a script puts into the background (`quality nightly &`) with SIGINT ignored.
IN_THE_BACKGROUND = """
import signal
import jobs.cli

def command():
    signal.raise_signal(signal.SIGINT)
    print("went on", flush=True)

jobs.cli.main = command
jobs.cli.entry()
"""


def test_a_command_that_a_script_put_into_the_background_does_not_hear_ctrl_c():
    process = subprocess.run(
        ["/bin/sh", "-c", 'trap "" INT; exec "$@"', "sh", sys.executable, "-c", IN_THE_BACKGROUND],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
    )
    assert (process.returncode, process.stdout) == (0, "went on\n"), process.stderr
