"""The two Delta jars that Spark needs: downloaded once, by their Maven coordinates, into the Python
environment, and checked by SHA-256. `python -m jobs.engine.jars` downloads them."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from jobs.errors import QualityError, UsageError

# delta-spark's other dependencies either lie in pyspark already or serve Unity Catalog, which is not used.
EXCLUDED = "org.*:*,com.*:*,commons-*:*,javax.*:*,io.airlift:*,io.unitycatalog:*,io.delta:delta-kernel*"
# Seconds after which a download is given up.
FETCH_SECONDS = 600


@dataclass(frozen=True)
class Jar:
    """One jar: its Maven coordinates and the SHA-256 (hex) that its file must have."""

    group: str
    artifact: str
    version: str
    sha256: str

    @property
    def coordinates(self) -> str:
        """The coordinates as Maven and Spark write them: `group:artifact:version`."""
        return f"{self.group}:{self.artifact}:{self.version}"

    @property
    def file(self) -> str:
        """The file name: `artifact-version.jar`."""
        return f"{self.artifact}-{self.version}.jar"


DELTA_JARS = (
    Jar(
        "io.delta",
        "delta-spark_4.1_2.13",
        "4.4.0",
        "75a9400986853c061f5109f012547de2545a5759e5e752e5ef633dabe16a4f10",
    ),
    Jar(
        "io.delta",
        "delta-storage",
        "4.4.0",
        "c46735481fa8e326b0957be02b4420cbcab4b325bb08009b7f2045a95133f1cc",
    ),
)


def jar_directory() -> Path:
    """Return the folder of the jars. It lies inside the Python environment, so that the jars are removed with
    the pinned packages that they belong to."""
    return Path(sys.prefix) / "share" / "quality-observatory" / "jars"


def jars(directory: Path | None = None) -> list[Path]:
    """Return the paths of the Delta jars in ``directory`` (None: jar_directory()), for the setting
    `spark.jars`. Raises UsageError, with what to do, where one is absent."""
    paths = [(directory or jar_directory()) / jar.file for jar in DELTA_JARS]
    absent = [p.name for p in paths if not p.is_file()]
    if absent:
        raise UsageError(
            f"Delta jars are absent ({', '.join(absent)}): run `make run`, or `{sys.executable} -m "
            f"jobs.engine.jars`"
        )
    return paths


def fetch(directory: Path | None = None) -> list[Path]:
    """Download the jars that are absent or damaged into ``directory`` (None: jar_directory()), through the
    Ivy that comes with Spark; returns the files that were written.

    A file gets its name only when its SHA-256 is right. Raises UsageError where pyspark or Java is absent,
    the download fails or takes longer than FETCH_SECONDS, or a downloaded jar has another SHA-256.
    """
    target = directory or jar_directory()
    wanted = [jar for jar in DELTA_JARS if not _is_whole(target / jar.file, jar)]
    if not wanted:
        return []
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target, prefix=".fetch-") as scratch:
        _resolve(Path(scratch))
        return [_take(jar, Path(scratch), target) for jar in wanted]


def _is_whole(path: Path, jar: Jar) -> bool:
    return path.is_file() and _sha256(path) == jar.sha256


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _packages() -> str:
    """What delta-spark itself asks Ivy for, by its own version and that of pyspark; the rest of DELTA_JARS
    are what that needs."""
    from delta import configure_spark_with_delta_pip  # with pyspark: not at the start of a night
    from pyspark.sql import SparkSession

    return str(configure_spark_with_delta_pip(SparkSession.Builder())._options["spark.jars.packages"])


def _resolve(scratch: Path) -> None:
    """Let spark-submit resolve delta-spark's packages into ``scratch`` for an application that does
    nothing."""
    found = importlib.util.find_spec("pyspark")
    if found is None or found.origin is None:
        raise UsageError("pyspark is not installed in this environment: run `make run`")
    if shutil.which("java") is None and not os.environ.get("JAVA_HOME"):
        raise UsageError("Java is absent: install openjdk-17-jre-headless (as root `make run` does it)")
    nothing = scratch / "nothing.py"
    nothing.write_text("")
    command = [
        str(Path(found.origin).parent / "bin" / "spark-submit"), "--master", "local[1]",
        "--packages", _packages(),
        "--exclude-packages", EXCLUDED,
        "--conf", f"spark.jars.ivy={scratch}",
        str(nothing),
    ]  # fmt: skip
    environment = {**os.environ, "PYSPARK_PYTHON": sys.executable, "PYSPARK_DRIVER_PYTHON": sys.executable}
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=FETCH_SECONDS)
    except subprocess.TimeoutExpired as error:
        raise UsageError(
            f"fetching the Delta jars took longer than {FETCH_SECONDS} s: is the network there?"
        ) from error
    if done.returncode != 0:
        tail = "\n".join((done.stdout + done.stderr).strip().splitlines()[-15:])
        raise UsageError(
            f"the Delta jars could not be fetched (spark-submit ended with {done.returncode}):\n{tail}"
        )


def _take(jar: Jar, scratch: Path, target: Path) -> Path:
    """Move one resolved jar to its place, atomically (``scratch`` lies on the same file system)."""
    fetched = scratch / "jars" / f"{jar.group}_{jar.file}"
    if not fetched.is_file():
        raise UsageError(f"{jar.coordinates} was not among the jars that Ivy fetched")
    digest = _sha256(fetched)
    if digest != jar.sha256:
        raise UsageError(
            f"{jar.coordinates}: SHA-256 is {digest}, expected {jar.sha256}: the jar is not used"
        )
    return fetched.replace(target / jar.file)


def main() -> int:
    """Run `python -m jobs.engine.jars`: fetch the jars and print which were fetched. Returns the exit
    code."""
    try:
        written = fetch()
    except QualityError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    for path in written:
        print(f"fetched {path.name}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
