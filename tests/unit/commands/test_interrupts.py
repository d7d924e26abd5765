"""Ctrl-C: the first lets what writes come to the end of its step, a second one ends the process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

from jobs.environment import REPOSITORY

# A command whose thread is at a step that does not end: what a person sees who does not want to wait.
COMMAND = """
import sys, threading, time
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
