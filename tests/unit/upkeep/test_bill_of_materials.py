"""The software bill of materials names what is installed, and CycloneDX's own schema accepts it."""

from __future__ import annotations

import json
from importlib.metadata import distributions

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from jobs.engine.jars import DELTA_JARS
from jobs.errors import QualityError
from jobs.upkeep import bill_of_materials as bill


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    file = tmp_path_factory.mktemp("bill") / "new" / "sbom.cdx.json"
    assert bill.write(file) == len(json.loads(file.read_text(encoding="utf-8"))["components"])
    return file.read_text(encoding="utf-8")


def test_the_schema_of_cyclonedx_accepts_it(written):
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(written) is None


def test_every_installed_package_is_in_it_with_its_version(written):
    named = {(c["name"], c["version"]) for c in json.loads(written)["components"]}
    installed = {(d.metadata["Name"], d.version) for d in distributions()}
    assert {pin for pin in installed - named if pin[0] != "quality-observatory"} == set()


def test_the_delta_jars_are_in_it_with_the_hashes_that_are_checked(written):
    hashes = {
        c["purl"]: c["hashes"][0]["content"] for c in json.loads(written)["components"] if c.get("hashes")
    }
    for jar in DELTA_JARS:
        assert hashes[f"pkg:maven/{jar.group}/{jar.artifact}@{jar.version}"] == jar.sha256


def test_the_project_needs_the_jars_and_its_direct_dependencies(written):
    document = json.loads(written)
    root = document["metadata"]["component"]["bom-ref"]
    [needs] = [d["dependsOn"] for d in document["dependencies"] if d["ref"] == root]
    assert {jar.coordinates for jar in DELTA_JARS} <= set(needs) and any("pyspark" in n for n in needs)


def test_it_names_no_folder_of_the_machine_no_time_and_no_serial_number(written):
    assert "file:" not in written and "serialNumber" not in written and "timestamp" not in written


def test_a_tool_that_fails_is_an_error_with_its_last_line(monkeypatch):
    monkeypatch.setattr(bill.sys, "executable", "/bin/false")
    with pytest.raises(bill.QualityError, match="could not be made: no message"):
        bill.packages()


def test_a_wrong_call_and_a_tool_that_fails_are_one_line_and_exit_code_2(monkeypatch, capsys, tmp_path):
    assert bill.main([]) == 2
    assert capsys.readouterr().err.startswith("usage: python -m jobs.upkeep.bill_of_materials FILE")

    def fails():
        raise QualityError("the software bill of materials could not be made: no pip")

    monkeypatch.setattr(bill, "packages", fails)
    assert bill.main([str(tmp_path / "sbom.json")]) == 2
    assert capsys.readouterr().err == "error: the software bill of materials could not be made: no pip\n"
