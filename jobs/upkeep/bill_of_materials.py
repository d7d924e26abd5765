"""The software bill of materials of an installation, in CycloneDX's JSON format: which packages it runs,
with versions and licences. As a program: `python -m jobs.upkeep.bill_of_materials FILE`."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from jobs.engine.jars import DELTA_JARS, Jar
from jobs.environment import REPOSITORY
from jobs.errors import QualityError, UsageError
from jobs.plurals import plural
from jobs.whole_folder import replace_file


def packages() -> dict[str, Any]:
    """Return every Python package of this environment, with its version, licence and what it needs, as a
    CycloneDX document (a dictionary), made by CycloneDX's command line tool. Raises QualityError, with the
    tool's last line, where it fails."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "bom.json"
        # Package URLs without qualifiers: where a package was fetched from is a matter of the machine.
        command = ["environment", "--short-PURLs", "--output-reproducible", "-o", str(file)]
        project = ["--pyproject", str(REPOSITORY / "pyproject.toml")]
        done = subprocess.run(
            [sys.executable, "-m", "cyclonedx_py", *command, *project, sys.executable],
            capture_output=True,
            text=True,
        )
        if done.returncode != 0:
            why = (done.stderr.strip().splitlines() or ["no message"])[-1]
            raise QualityError(f"the software bill of materials could not be made: {why}")
        document: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        return document


def component(jar: Jar) -> dict[str, Any]:
    """Return a Delta jar as a CycloneDX component, with its Maven coordinates and SHA-256. pip does not know
    the jars, so `packages` does not list them."""
    return {
        "type": "library",
        "bom-ref": jar.coordinates,
        "group": jar.group,
        "name": jar.artifact,
        "version": jar.version,
        "purl": f"pkg:maven/{jar.group}/{jar.artifact}@{jar.version}",
        "hashes": [{"alg": "SHA-256", "content": jar.sha256}],
    }


def bill_of_materials() -> dict[str, Any]:
    """Return the packages and jars of this environment as one CycloneDX 1.6 document (a dictionary). It has
    neither time nor serial number, so that equal environments give equal documents. Raises QualityError as
    `packages` does."""
    document = packages()
    jars = [component(jar) for jar in DELTA_JARS]
    document["components"] += jars
    root = document["metadata"]["component"]["bom-ref"]
    names = [jar["bom-ref"] for jar in jars]
    for entry in document["dependencies"]:
        if entry["ref"] == root:
            entry["dependsOn"] = sorted([*entry.get("dependsOn", []), *names])
    document["dependencies"] += [{"ref": name} for name in names]
    return document


def write(file: Path) -> int:
    """Write the bill of materials to ``file`` as JSON and return the number of its components. Its folder is
    made where it does not exist. Raises QualityError as `packages` does."""
    document = bill_of_materials()
    file.parent.mkdir(parents=True, exist_ok=True)
    replace_file(file, (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode())
    return len(document["components"])


def main(arguments: list[str]) -> int:
    """Write the bill of materials to the file that ``arguments``, those of the command line, name, and return
    the exit code: that of a QualityError (its message goes to stderr), 2 with the usage for another number of
    arguments, else 0."""
    if len(arguments) != 1:
        print("usage: python -m jobs.upkeep.bill_of_materials FILE", file=sys.stderr)
        return UsageError.exit_code
    target = Path(arguments[0])
    try:
        print(f"software bill of materials: {plural(write(target), 'component')} in {target}")
    except QualityError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
