"""Choose the engine for a step of a run (a step builds one table): as QUALITY_ENGINE states, or with `auto`
by the number of rows of its largest input."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING

from jobs.engine.embedded import Embedded
from jobs.engine.interface import Engine
from jobs.engine.sizes import EMBEDDED_ROWS
from jobs.environment import ENGINES
from jobs.lake.tables import Lake

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from jobs.engine.on_spark import OnSpark

AUTO, EMBEDDED, SPARK = ENGINES


class Engines:
    """The two engines of one run, embedded (DuckDB) and Spark; Spark is started only when a step needs it.

    ``lake``: the lake that they read and write; ``setting``: auto, embedded or spark; ``embedded_rows``: with
    auto, a step with an input of more rows than this runs on Spark (None: EMBEDDED_ROWS); ``start``: starts
    the Spark session of the run, called when it is needed first, and again where that failed; ``memory``:
    DuckDB's memory limit, such as `4096MiB` (None: embedded_memory()).
    """

    def __init__(
        self,
        lake: Lake,
        setting: str,
        embedded_rows: int | None,
        start: Callable[[], SparkSession],
        *,
        memory: str | None = None,
    ):
        self._lake, self._setting, self._start = lake, setting, start
        self._embedded_rows = EMBEDDED_ROWS if embedded_rows is None else embedded_rows
        self._stack = ExitStack()
        self.embedded = Embedded(lake, memory)
        self._stack.callback(self.embedded.close)
        self._spark: OnSpark | None = None
        self._loading = threading.Lock()

    def chosen(self, rows: int) -> str:
        """Return the name of the engine for a step, `embedded` or `spark`. ``rows``: of its largest input, or
        the number of groups that it builds."""
        if self._setting != AUTO:
            return self._setting
        return SPARK if rows > self._embedded_rows else EMBEDDED

    def named(self, name: str) -> Engine:
        """Return the engine of this name, `embedded` or `spark`. pyspark is imported when Spark is asked for
        first."""
        if name == EMBEDDED:
            return self.embedded
        return self._on_spark()

    def begin_spark(self) -> None:
        """Start Spark on a thread and return at once, so that other steps are built in the seconds that its
        JVM takes. Where the start fails, the first step that needs Spark tries again and raises the error."""

        def begin() -> None:
            with suppress(Exception):
                self._on_spark().begin()

        thread = threading.Thread(target=begin, name="spark", daemon=True)
        thread.start()
        self._stack.callback(thread.join)

    def _on_spark(self) -> OnSpark:
        with self._loading:
            if self._spark is None:
                from jobs.engine.on_spark import OnSpark  # an embedded night never imports pyspark

                self._spark = OnSpark(self._lake, self._start)
            return self._spark

    @property
    def used_spark(self) -> bool:
        """Whether a JVM was started."""
        return self._spark is not None and self._spark.started

    def close(self) -> None:
        """Wait for a start of Spark that is under way, and free DuckDB's memory and temporary files. The
        Spark session ends with the process."""
        self._stack.close()
