"""Imported by the server process of `jobs.forked` alone: it ends with the process that started it."""

from __future__ import annotations

import os

from jobs.lifetime import die_with

die_with(os.getppid())
