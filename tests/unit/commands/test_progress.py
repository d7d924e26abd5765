"""How far long work is, on a terminal and in a log."""

from __future__ import annotations

import io
import os
import pty
import sys

import pytest

from jobs.commands import progress as module
from jobs.commands.options import say
from jobs.commands.progress import progress


def test_a_log_gets_a_line_now_and_then_and_work_that_speaks_for_itself_none(monkeypatch: pytest.MonkeyPatch):
    said: list[str] = []
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with progress("landing", said.append) as tick:
        tick("a.csv", 1, 3)
        monkeypatch.setattr(module, "EVERY", 0)
        tick("b.csv", 2, 3)
        tick("the world")
    with progress("tables", None) as tick:
        tick("gold.x", 1, 3)
    assert said == ["landing: 2 of 3 (b.csv)", "landing: the world"]


def test_a_terminal_shows_a_bar_beside_the_lines_and_values_of_others_are_only_text(
    monkeypatch: pytest.MonkeyPatch,
):
    mine, theirs = pty.openpty()
    monkeypatch.setenv("TERM", "xterm")
    said: list[str] = []
    with open(theirs, "w", buffering=1) as terminal:
        monkeypatch.setattr(sys, "stderr", terminal)
        with progress("landing", said.append) as tick:
            tick("[red]a\x1b.csv", 2, 3)
            say("a line")
            shown = ""
            while not ("2/3" in shown and "a line" in shown and "csv" in shown):  # drawn ten times a second
                shown += os.read(mine, 1 << 16).decode()
    os.close(mine)
    assert said == []
    assert "landing" in shown and "[red]a\\x1b.csv" in shown
