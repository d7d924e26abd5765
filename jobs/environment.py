"""The paths and settings of an installation, read once from environment variables and passed on as one
value."""

from __future__ import annotations

import os
from collections.abc import MutableMapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from jobs.errors import UsageError
from jobs.file_limits import Limits

# The folder that holds the package `jobs`.
REPOSITORY = Path(__file__).resolve().parents[1]
# Contracts, source YAML, lookups and reference files of the repository.
SCHEMAS = REPOSITORY / "schemas"
# The expectations of the gate that people wrote.
EXPECTATIONS = REPOSITORY / "expectations"
# The values of QUALITY_ENGINE: by size, DuckDB only, Spark only.
ENGINES = ("auto", "embedded", "spark")


@dataclass(frozen=True)
class Environment:
    """The paths and settings of one installation.

    ``home``: the folder of all data (QUALITY_HOME); ``inbox``: received files; ``lake``: the tables;
    ``spark_master``: URL of Spark's master (QUALITY_SPARK_MASTER); ``source_roots``: folders with source YAML
    (QUALITY_SOURCES); ``key_file``: the key of the pseudonyms (QUALITY_KEY_FILE). The others come from
    QUALITY_ENGINE, QUALITY_EMBEDDED_ROWS, QUALITY_WORKERS, QUALITY_FILE_…, QUALITY_CONTACT and
    QUALITY_SITE_URL.
    """

    home: Path
    inbox: Path
    lake: Path
    spark_master: str
    source_roots: tuple[Path, ...]  # the repository's schemas/ first, then each of QUALITY_SOURCES
    key_file: Path
    engine: str = "auto"  # auto | embedded | spark
    embedded_rows: int | None = None  # the limit of `auto`; None: the system's own
    workers: int | None = None  # processes that build tables beside the night's own; None: by its size
    file_limits: Limits = field(default_factory=Limits)  # what landing one file may take
    contact: str = ""  # whom recipients of the outbox ask; '': no one is named
    site_url: str = ""  # where offices read the site; '': from disk

    @property
    def landing(self) -> Path:
        """The folder of landed files: rows read from received files, as Parquet, and raw copies."""
        return self.home / "landing"

    @property
    def site(self) -> Path:
        """The folder of the static site, with workbooks and executed notebooks."""
        return self.home / "site"

    @property
    def outbox(self) -> Path:
        """The folder of the packages (files) for recipients."""
        return self.home / "outbox"

    @property
    def published(self) -> Path:
        """The folder of published bundles, the API and the public site."""
        return self.home / "published"

    @property
    def logs(self) -> Path:
        """The folder of logs, with OpenLineage events."""
        return self.home / "logs"

    @property
    def own_lake(self) -> bool:
        """Whether the lake is the one in QUALITY_HOME, to which inbox and landing belong (the option `--lake`
        may name another)."""
        return self.lake == self.home / "lake"

    @classmethod
    def from_variables(cls, *, inbox: Path | None = None, lake: Path | None = None) -> Environment:
        """Read the settings from the environment variables of this process. ``inbox`` and ``lake``: folders
        that replace those in QUALITY_HOME (None: not). Raises UsageError for a variable with a value that is
        not allowed."""
        home = Path(os.environ.get("QUALITY_HOME") or REPOSITORY / "var").resolve()
        further = [Path(p).resolve() for p in os.environ.get("QUALITY_SOURCES", "").split(":") if p]
        return cls(
            home=home,
            inbox=(inbox or home / "inbox").resolve(),
            lake=(lake or home / "lake").resolve(),
            spark_master=os.environ.get("QUALITY_SPARK_MASTER") or "local[*]",
            source_roots=(SCHEMAS, *further),
            key_file=Path(os.environ.get("QUALITY_KEY_FILE") or home / "keys" / "hmac.key"),
            engine=_engine(os.environ.get("QUALITY_ENGINE") or "auto"),
            embedded_rows=_number("QUALITY_EMBEDDED_ROWS", "rows"),
            workers=_number("QUALITY_WORKERS", "processes"),
            file_limits=Limits.from_variables(os.environ),
            contact=os.environ.get("QUALITY_CONTACT") or "",
            site_url=os.environ.get("QUALITY_SITE_URL") or "",
        )


def _engine(value: str) -> str:
    if value not in ENGINES:
        raise UsageError(f"QUALITY_ENGINE is {value!r} (known: {', '.join(ENGINES)})")
    return value


def _number(name: str, of: str) -> int | None:
    value = os.environ.get(name)
    if not value:
        return None
    if not value.isdecimal():
        raise UsageError(f"{name} is {value!r} and must be a whole number of {of}")
    return int(value)


def make_absolute(variables: MutableMapping[str, str]) -> None:
    """Make the paths in the project's environment variables absolute, in place, since processes that work in
    another folder (kernels of notebooks) read them too. ``variables``: such as os.environ."""
    for name in ("QUALITY_HOME", "QUALITY_KEY_FILE", "QUALITY_DEPLOYMENT"):
        if variables.get(name):
            variables[name] = str(Path(variables[name]).absolute())
    if sources := variables.get("QUALITY_SOURCES"):
        variables["QUALITY_SOURCES"] = ":".join(str(Path(p).absolute()) for p in sources.split(":") if p)


def deployment_file() -> Path:
    """Return the path of the file that states which nation is served: that of QUALITY_DEPLOYMENT, else
    `schemas/deployment.yaml`. It need not exist."""
    return _found(os.environ.get("QUALITY_DEPLOYMENT") or str(SCHEMAS / "deployment.yaml"), os.getcwd())


@lru_cache(maxsize=16)
def _found(name: str, folder: str) -> Path:
    """Looked for once, as the deployment is asked for with every name that is read."""
    return Path(folder, name).resolve()
