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
    "conformed": (
        "conform/dispositions.py", "conform/plain.py", "conform/typed.py", "contracts", "building/silver.py", "building/silver_months.py",
        "building/silver_plain.py",
    ),
    "derived": ("contracts", "building/gold.py", "building/gold_months.py", "period.py"),
}


@cache
def code_hash(*places: str) -> str:
    """Hash of the Python files and settings at these places below jobs/ (files or folders)."""
    digest = hashlib.sha256()
    for place in sorted(places):
        path = JOBS / place
        for file in sorted(p for p in path.rglob("*") if p.suffix in (".py", ".yaml")) if path.is_dir() else [path]:
            digest.update(str(file.relative_to(JOBS)).encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


def _file_hash(path: Path) -> str | None:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else None


def _hash(value) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def _places(contract: Contract, kind: str) -> tuple[str, ...]:
    """Where the code is that makes the table: what its kind shares, its own module and what that one builds on."""
    own: tuple[str, ...] = ()
    if contract.tier == "gold":
        own = (f"marts/{contract.room}", "marts/dimensions.py", "marts/placing.py", "methods")
    elif kind != "bronze" and contract.inputs:
        own = (f"conform/{contract.name}.py", *(("conform/linkage",) if kind == "derived" else ()))
    return SHARED[kind] + own


def fingerprint(contract: Contract, *, inputs: Mapping[str, int | None], content: list[str], day: date, bronze: bool = False) -> str:
    """`<basis>:<inputs>`, two hashes: of how the table is built (code, contract, expectations, day), and of what from.

    ``inputs``: versions of the tables that it reads; ``content``: hashes of landed files; ``bronze``: of its bronze instead.
    """
    kind = "bronze" if bronze else "conformed" if contract.conformed else "derived"
    basis = {
        "code": code_hash(*_places(contract, kind)), "contract": _file_hash(contract.path),
        "expectations": None if bronze else _file_hash(EXPECTATIONS / contract.tier / f"{contract.name}.yaml"),
        "day": day.isoformat() if contract.depends_on_day and not bronze else None,
    }
    return f"{_hash(basis)}:{_hash([sorted(inputs.items()), content])}"


def same_basis(one: str | None, other: str | None) -> bool:
    """Whether two fingerprints differ at most in what the table is built from."""
    return bool(one and other) and one.split(":")[0] == other.split(":")[0]
