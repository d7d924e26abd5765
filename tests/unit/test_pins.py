"""What is installed is what requirements.txt pins, and that is what pyproject.toml names."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import distributions

from jobs.environment import REPOSITORY

# Airflow's Spark provider drags in pyspark-client, whose files overwrite those of pyspark.
FORBIDDEN = {"pyspark-client", "apache-airflow-providers-apache-spark"}
# Part of the environment itself, or of the project.
UNPINNED = {"pip", "wheel", "quality-observatory"}


def normal(name: str) -> str:
    """PEP 503."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pins() -> dict[str, str]:
    return {name: version for name, (version, _) in hashed().items()}


def hashed() -> dict[str, tuple[str, list[str]]]:
    """Version and hashes by package: a pin and its hashes are one line with continuations."""
    text = (REPOSITORY / "requirements.txt").read_text(encoding="utf-8").replace("\\\n", " ")
    found = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            pin, *hashes = line.split()
            name, version = split(pin)
            found[name] = version, hashes
    return found


def split(requirement: str) -> tuple[str, str]:
    matched = re.fullmatch(r"([A-Za-z0-9._-]+)==([^\s;=]+)", requirement.strip())
    assert matched, f"not an exact pin: {requirement!r}"
    return normal(matched[1]), matched[2]


def project() -> dict:
    return tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))


def installed() -> dict[str, str]:
    return {normal(d.metadata["Name"]): d.version for d in distributions()}


def test_every_pin_has_hashes_and_every_install_compares_them():
    bare = [
        name
        for name, (_, hashes) in hashed().items()
        if not hashes or not all(re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", h) for h in hashes)
    ]
    assert bare == []
    made = (REPOSITORY / "Makefile").read_text(encoding="utf-8").splitlines()
    installs = [line for line in made if "pip install" in line and " -e ." not in line]
    assert installs and all("--no-deps --require-hashes -r " in line for line in installs)


def test_every_installed_version_is_the_pinned_one():
    present = installed()
    drifted = {name: (pin, present.get(name)) for name, pin in pins().items() if present.get(name) != pin}
    assert drifted == {}


def test_nothing_is_installed_beside_the_pins():
    assert set(installed()) - set(pins()) - UNPINNED == set()


def test_the_pins_of_pyproject_are_those_of_requirements():
    document = project()
    direct = [
        *document["project"]["dependencies"],
        *document["project"]["optional-dependencies"]["test"],
        *document["build-system"]["requires"],
    ]
    assert {name: version for name, version in map(split, direct) if pins().get(name) != version} == {}


def test_no_package_that_overwrites_pyspark_is_pinned_or_installed():
    assert FORBIDDEN & (set(pins()) | set(installed())) == set()


def test_requirements_say_how_to_recompile_and_hold_no_address():
    text = (REPOSITORY / "requirements.txt").read_text(encoding="utf-8")
    assert text.startswith("# ") and "uv pip compile" in text.splitlines()[0]
    assert "://" not in text and "--index" not in text.split("\n", 1)[1]
