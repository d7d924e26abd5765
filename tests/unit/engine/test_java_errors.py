"""An error of the JVM is named by the Java errors behind it, without their messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from py4j.protocol import Py4JJavaError

from jobs.errors import kind_and_place, machine_cause

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def test_an_error_of_the_jvm_is_named_by_each_java_error_and_quotes_no_value(spark: SparkSession) -> None:
    java = spark._jvm.java  # type: ignore[union-attr]  # no type here says what the JVM holds
    cause = java.lang.NumberFormatException("13812345678")
    with pytest.raises(Py4JJavaError) as found:
        java.util.concurrent.CompletableFuture.failedFuture(cause).get()
    assert kind_and_place(found.value) == "Py4JJavaError, ExecutionException, NumberFormatException"
    assert machine_cause(found.value) is None
