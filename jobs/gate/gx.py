"""All names of Great Expectations that the gate uses, in one place: its usage statistics are switched off
before it is imported. The import takes seconds, so this module is imported only where needed."""

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import RLock

from tqdm import tqdm

os.environ["GX_ANALYTICS_ENABLED"] = "false"  # before the import: no version may send usage figures


@contextmanager
def _kept() -> Iterator[None]:
    """Nothing of what is imported in the block is garbage: looking for some takes a quarter of the import's
    time, and as long again each time that the process is searched as a whole afterwards."""
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if before:
            gc.enable()


with _kept():
    import great_expectations as gx
    from great_expectations import __version__ as gx_version
    from great_expectations.core import expectationSuiteValidationResultSchema as result_schema
    from great_expectations.datasource.fluent import PandasDatasource
    from great_expectations.execution_engine import PandasExecutionEngine
    from great_expectations.expectations.registry import get_expectation_impl
    from great_expectations.render.renderer import (
        ExpectationSuitePageRenderer,
        ValidationResultsPageRenderer,
    )
    from great_expectations.render.view import DefaultJinjaPageView

# Its progress bars, even if switched off, else share a lock between processes, which a worker that is ended
# leaves behind: "resource_tracker: There appear to be 2 leaked semaphore objects".
tqdm.set_lock(RLock())

__all__ = [
    "DefaultJinjaPageView",
    "ExpectationSuitePageRenderer",
    "PandasDatasource",
    "PandasExecutionEngine",
    "ValidationResultsPageRenderer",
    "get_expectation_impl",
    "gx",
    "gx_version",
    "result_schema",
]
