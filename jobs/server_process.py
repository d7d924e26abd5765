"""Imported by the server process of `jobs.forked` alone: it ends with the process that started it. ``PID``:
its process id, also in the processes that are forked from it."""

from __future__ import annotations

import os

from jobs.lifetime import die_with

PID = os.getpid()
die_with(os.getppid())
