"""Processes are forked from a server that has imported their code, and take the settings of the process that
starts them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from jobs.environment import REPOSITORY

SCRIPT = """
import os, sys, time
from concurrent.futures import ProcessPoolExecutor
from jobs import forked
from jobs.lifetime import die_with_pool

def looked():
    forked.begun(sent)
    return os.getppid(), "colorsys" in sys.modules, "chunk" in sys.modules, os.environ.get("SAID")

def asked(*modules, **how):
    global sent
    with ProcessPoolExecutor(1, forked.context(*modules, **how), initialize, (forked.environment(),)) as pool:
        return pool.submit(looked).result()

def initialize(variables):
    global sent
    sent = variables

if __name__ == "__main__":
    os.environ["SAID"] = "first"
    first = asked("colorsys")
    os.environ["SAID"] = "second"
    for found in (first, asked(), asked("chunk"), asked("colorsys")):
        print(found[0] == first[0], *found[1:])
    with ProcessPoolExecutor(1, forked.context(), initializer=die_with_pool) as pool:
        at_work = pool.submit(time.sleep, 120)
        while not at_work.running():
            time.sleep(0.01)
        asked("sndhdr")
        print(type(at_work.exception()).__name__)
    print(*asked("chunk", alone=True)[1:])
"""


def test_a_process_has_the_modules_that_were_named_and_the_variables_of_now(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(script)],
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(REPOSITORY), "PATH": ""},
    )
    assert done.stdout.splitlines() == [
        "True True False first",  # (the same server?, modules, variable)
        "True True False second",
        "False True True second",  # one more module: another server, with both
        "False True True second",
        "BrokenProcessPool",  # what was at work ended with its server
        "False True second",  # nothing but what was named
    ], done.stderr


IN_A_FOLDER_THAT_GOES = """
import shutil, sys, tempfile
from concurrent.futures import ProcessPoolExecutor
from jobs import forked

if __name__ == "__main__":
    tempfile.tempdir = sys.argv[1]
    for modules in ((), ("chunk",)):
        with ProcessPoolExecutor(1, forked.context(*modules)) as pool:
            print(pool.submit(len, "four").result(), tempfile.gettempdir() == sys.argv[1])
        shutil.rmtree(sys.argv[1], ignore_errors=True)
"""


def test_a_server_starts_where_the_folder_of_a_run_is_deep_or_gone(tmp_path: Path) -> None:
    script, deep = tmp_path / "script.py", tmp_path / ("deep" * 30)
    script.write_text(IN_A_FOLDER_THAT_GOES)
    deep.mkdir()
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(script), str(deep)],
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(REPOSITORY), "PATH": ""},
    )
    assert done.stdout.splitlines() == ["4 True", "4 True"], done.stderr
