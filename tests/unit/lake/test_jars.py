"""The Delta jars: whole ones are left alone, damaged ones are fetched anew, and nothing unchecked gets a
name."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from jobs.engine import jars as module
from jobs.engine.jars import DELTA_JARS, Jar, fetch, jars
from jobs.errors import UsageError

CONTENT = b"a jar"
JAR = Jar("io.test", "some-jar", "1.0", hashlib.sha256(CONTENT).hexdigest())


@pytest.fixture
def ivy(monkeypatch) -> dict[str, bytes]:
    """Stands in for spark-submit: 'fetches' what the test puts into it, under Ivy's names."""
    offered: dict[str, bytes] = {}

    def resolve(scratch: Path) -> None:
        offered["asked"] = b""
        (scratch / "jars").mkdir()
        if JAR.file in offered:
            (scratch / "jars" / f"{JAR.group}_{JAR.file}").write_bytes(offered[JAR.file])

    monkeypatch.setattr(module, "DELTA_JARS", (JAR,))
    monkeypatch.setattr(module, "_resolve", resolve)
    return offered


def test_the_first_jar_is_the_one_that_delta_spark_asks_for():
    assert module._packages() == DELTA_JARS[0].coordinates


def test_an_absent_jar_is_named_with_what_to_do(tmp_path):
    with pytest.raises(UsageError, match=r"delta-spark_4.1_2.13-4.4.0.jar.*make run"):
        jars(tmp_path)


def test_the_environments_jars_are_whole():
    for path, jar in zip(jars(), DELTA_JARS, strict=True):
        assert hashlib.sha256(path.read_bytes()).hexdigest() == jar.sha256


def test_a_fetched_jar_gets_its_name_and_is_not_fetched_again(ivy, tmp_path):
    ivy[JAR.file] = CONTENT
    assert fetch(tmp_path) == [tmp_path / JAR.file]
    assert "asked" in ivy
    del ivy["asked"]
    assert fetch(tmp_path) == []
    assert "asked" not in ivy
    assert [p.name for p in tmp_path.iterdir()] == [JAR.file]


def test_a_damaged_jar_is_fetched_anew(ivy, tmp_path):
    (tmp_path / JAR.file).write_bytes(CONTENT[:-1])
    ivy[JAR.file] = CONTENT
    fetch(tmp_path)
    assert (tmp_path / JAR.file).read_bytes() == CONTENT


def test_a_jar_with_another_hash_is_refused_and_leaves_nothing(ivy, tmp_path):
    ivy[JAR.file] = b"another jar"
    with pytest.raises(UsageError, match="SHA-256"):
        fetch(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_jar_that_was_not_found_is_named(ivy, tmp_path):
    with pytest.raises(UsageError, match="io.test:some-jar:1.0"):
        fetch(tmp_path)


def test_without_java_the_package_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(UsageError, match="openjdk-17-jre-headless"):
        fetch(tmp_path / "jars")
