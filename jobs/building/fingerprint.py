"""When a table need not be built: its input versions, code, contract, expectations (and day) are those of the version in force."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path

from jobs.contracts.model import Contract
from jobs.environment import EXPECTATIONS, REPOSITORY

JOBS = REPOSITORY / "jobs"
# What every table of a tier is computed by; a gold room and its methods come on top.
SHARED = {
    "bronze": ("ingest/bronze.py", "ingest/units.py"),
    "silver": ("conform", "contracts", "building/silver.py", "building/silver_months.py"),
    "gold": ("contracts", "building/gold.py", "building/gold_months.py", "marts/dimensions.py", "marts/placing.py", "period.py"),
}


@cache
def code_hash(*places: str) -> str:
    """Hash of the Python files at these places below jobs/ (files or folders)."""
    digest = hashlib.sha256()
    for place in sorted(places):
        path = JOBS / place
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            digest.update(str(file.relative_to(JOBS)).encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


def _file_hash(path: Path) -> str | None:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else None


def _hash(value) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def fingerprint(contract: Contract, *, tier: str, inputs: Mapping[str, int | None], content: list[str], day: date) -> str:
    """`<basis>:<inputs>`, two hashes: of how the table is built (code, contract, expectations, day), and of what from.

    ``tier``: bronze, silver or gold; ``inputs``: versions of the tables that it reads; ``content``: hashes of landed files.
    """
    places = SHARED[tier] + ((f"marts/{contract.room}", "methods") if tier == "gold" else ())
    basis = {
        "code": code_hash(*places), "contract": _file_hash(contract.path),
        "expectations": _file_hash(EXPECTATIONS / contract.tier / f"{contract.name}.yaml") if tier != "bronze" else None,
        "day": day.isoformat() if contract.depends_on_day and tier != "bronze" else None,
    }
    return f"{_hash(basis)}:{_hash([sorted(inputs.items()), content])}"


def same_basis(one: str | None, other: str | None) -> bool:
    """Whether two fingerprints differ at most in what the table is built from."""
    return bool(one and other) and one.split(":")[0] == other.split(":")[0]
