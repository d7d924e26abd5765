"""Fingerprints: hashes of what a table is made by (code, contract, expectations, day) and made from (inputs).
Where the fingerprint is the same as at the last build, there is nothing to do."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path

from jobs.code_identity import DEPLOYMENT, code_hash
from jobs.contracts.model import Contract
from jobs.contracts.modules import module_name
from jobs.contracts.suites import expectation_file
from jobs.engine.texts import has_text, text_path
from jobs.environment import deployment_file

# The modules that build tables of engine sql: those that sources deliver, and those made of other tables.
_DELIVERED, _DERIVED = "jobs.night.silver", "jobs.night.derived"
_BRONZE = ("jobs.ingest.bronze", "jobs.ingest.units")
_LENGTH = 16


@dataclass(frozen=True)
class Fingerprint:
    """The fingerprint of one table version: hashes of what it is made by (``code``, ``contract``,
    ``expectations``), the ``day`` as of which it is built (`-` where it does not depend on the day), and a
    hash of what it is made from (``inputs``). As text the five parts are joined by `:`."""

    code: str
    contract: str
    expectations: str
    day: str
    inputs: str

    def __str__(self) -> str:
        return ":".join(astuple(self))

    @classmethod
    def read(cls, text: str | None) -> Fingerprint | None:
        """Parse the text that ops.night keeps; None where it is None or does not have five parts."""
        parts = (text or "").split(":")
        return cls(*parts) if len(parts) == 5 else None

    def of(self, versions: Mapping[str, int | None], content: Sequence[str]) -> Fingerprint:
        """Return this fingerprint with the hash of a table's inputs. ``versions``: id of each table that it
        reads → version; ``content``: of a table that sources deliver, one hash of the editions of its files
        (`Unit.editions`); of others none."""
        return replace(self, inputs=_hash([sorted(versions.items()), list(content)]))

    def differences(self, other: Fingerprint) -> list[str]:
        """Return the parts in which two fingerprints differ, as phrases that `quality run --plan` shows
        (`contract changed`); [] where none does."""
        words = {
            "code": "code changed",
            "contract": "contract changed",
            "expectations": "expectations changed",
            "day": "new day",
            "inputs": "inputs changed",
        }
        return [word for part, word in words.items() if getattr(self, part) != getattr(other, part)]

    def same_basis(self, other: Fingerprint) -> bool:
        """Return whether two fingerprints are equal in all parts except, at most, the inputs. Then the months
        that did not change need not be built again."""
        return self.differences(other) in ([], ["inputs changed"])


def _code(modules: tuple[str, ...], files: tuple[Path, ...]) -> str:
    """The first _LENGTH digits of `code_hash` of modules (dotted names) and files."""
    return _hashed(modules, files, deployment_file())


@cache
def _hashed(modules: tuple[str, ...], files: tuple[Path, ...], deployment: Path) -> str:
    """As `_code`, computed once in a process. ``deployment``: the file that `code_hash` finds and reads; it
    is an argument only so that the hash is computed again for another deployment."""
    return code_hash(modules, files)[:_LENGTH]


def table_code(contract: Contract) -> str:
    """Return the hash of the code that makes a silver or gold table, and of the deployment file.

    Of a table of engine pandas this is the module with its build(), of one of engine sql the module that
    writes its statement (`jobs.night.silver` where sources deliver the table, else `jobs.night.derived`) and
    its SQL text where it has one; each module with all that it imports in the project.
    """
    if contract.engine == "pandas":
        module = module_name(contract)
        assert module is not None, "a table of engine pandas has a build()"
        return _code((module, DEPLOYMENT), ())
    files = (text_path(contract),) if has_text(contract) else ()
    return _code((_DELIVERED if contract.conformed else _DERIVED, DEPLOYMENT), files)


def bronze_fingerprint(content: Sequence[str], contract: Contract) -> Fingerprint:
    """Return the fingerprint of a bronze table. ``content``: hashes of the files landed for it; ``contract``:
    of the silver table that the files are for."""
    return Fingerprint(_code(_BRONZE, ()), _hash(contract.column_names), "-", "-", _hash(list(content)))


def made_by(contract: Contract, day: date) -> Fingerprint:
    """Return the fingerprint of a silver or gold table that is built on ``day``, still without its inputs,
    which `Fingerprint.of` adds. Raises ContractError as `expectation_file` does."""
    expectations = expectation_file(contract)
    return Fingerprint(
        table_code(contract),
        _hash(_text_of(contract)),
        _hash(expectations.read_text("utf-8") if expectations is not None else ""),
        contract.seen_on(day).isoformat() if contract.depends_on_day else "-",
        "-",
    )


def _text_of(contract: Contract) -> str:
    """All fields of the contract but its path, with the lists that its rules take from references, as one
    text."""
    fields = {k: v for k, v in vars(contract).items() if k != "path"}
    return repr(sorted(fields.items()))


def _hash(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()[:_LENGTH]
