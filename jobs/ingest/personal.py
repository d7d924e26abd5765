"""Replace personal data by pseudonyms, a keyed HMAC, when a file lands, so that clear values never leave the
raw store (definitions.md#personal-data)."""

from __future__ import annotations

import hmac
import os
import re
import secrets
import unicodedata
from collections.abc import Sequence
from contextlib import suppress
from functools import reduce
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from jobs.contracts.model import Contract
from jobs.errors import UsageError
from jobs.ingest.model import ColumnMap, Reason, Value
from jobs.ingest.records import over_unique
from jobs.whole_folder import replace_file

FINGERPRINT = "key.fingerprint"  # beside landing/raw and landing/rows
OF_PERSONS, REPRESENTATIVE = ("operator_name", "address_text"), "representative_ref"  # of silver.shop
_BYTES = 32


def open_key(path: Path, landing: Path) -> tuple[bytes, list[Reason]]:
    """Read the key of the pseudonyms from the file ``path``; returns it, and warnings where other users could
    read it, whose rights are then taken away.

    Where nothing was landed with a key yet, an absent key is made (mode 0600). The key's fingerprint is kept
    in the folder ``landing``. Raises UsageError where the key is too short, cannot be read or made, is gone,
    or is not the one that made the existing pseudonyms.
    """
    known = landing / FINGERPRINT
    before = known.read_text().strip() if known.exists() else None
    if before is not None and not path.exists():
        raise UsageError(
            f"{path}: 假名的密钥不见了；用新密钥生成的假名与已有的对不上，请恢复原密钥"
            " | the key of the pseudonyms is gone; those of a "
            "new one would not match the existing ones: restore it"
        )
    key = _read_or_make(path)
    fingerprint = hmac.new(key, b"fingerprint of the key of the pseudonyms", "sha256").hexdigest()
    if before is None:
        replace_file(known, f"{fingerprint}\n".encode())
    elif before != fingerprint:
        raise UsageError(
            f"{path}: 这不是生成已有假名的密钥，新假名将对不上，请恢复原密钥"
            " | this is not the key that made the existing pseudonyms; "
            "new ones would not match them: restore it"
        )
    return key, _closed(path)


def _read_or_make(path: Path) -> bytes:
    try:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            made = path.with_name(f".{path.name}.{os.getpid()}.tmp")
            with os.fdopen(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
                stream.write(secrets.token_bytes(_BYTES))
            with suppress(FileExistsError):
                os.link(made, path)  # never over a key that another process has just made
            made.unlink()
        key = path.read_bytes()
    except OSError as error:
        raise UsageError(
            f"{path}: 假名的密钥无法读取或生成"
            f" | the key of the pseudonyms cannot be read or made: {error.strerror}"
        ) from error
    if len(key) < _BYTES:
        raise UsageError(
            f"{path}: 假名的密钥至少应有{_BYTES}字节"
            f" | the key of the pseudonyms must have at least {_BYTES} bytes"
        )
    return key


def _closed(path: Path) -> list[Reason]:
    """Let no one but its owner read the key. Returns warnings: none where others could not read it, else one
    that states whether the rights were changed."""
    mode = path.stat().st_mode & 0o777
    if not mode & 0o077:
        return []
    try:
        path.chmod(mode & 0o700)
    except OSError:
        return [
            Reason(
                f"{path}：其他用户也能读取密钥（{mode:o}）",
                f"{path}: others can read the key (mode {mode:o})",
            )
        ]
    return [
        Reason(
            f"{path}：其他用户能读取密钥，已改为仅本人可读",
            f"{path}: others could read the key; now only its owner can",
        )
    ]


def normalised(kind: str, text: str) -> str:
    """Return a personal value in one spelling, so that equal values have equal pseudonyms: NFKC, lower case,
    without white space. A phone number (``kind`` phone) keeps only its digits, a Chinese mobile number not
    its country code 86; an identity number (id) keeps only digits and the letters a-z. Where nothing is
    left, the other characters stay. Other spellings of one phone number can have other pseudonyms: an erasure
    searches for all of them (jobs.upkeep.spellings)."""
    folded = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).casefold()
    if kind == "phone":
        digits = re.sub(r"[^0-9]", "", folded)
        return re.sub(r"^(?:00)?86(?=1[0-9]{10}$)", "", digits) or folded
    if kind == "id":
        return re.sub(r"[^0-9a-z]", "", folded) or folded
    return folded


def pseudonyms(cells: pa.Array, kind: str, key: bytes) -> pa.Array:
    """The pseudonym of each value of an array of text: HMAC-SHA-256 (hex) of ``kind`` and the normalised
    value; nulls stay null. ``kind``: phone, id, name or another kind of personal data that a contract states;
    equal values of two kinds have different pseudonyms."""

    def replace(values: pa.Array) -> pa.Array:
        messages = (f"{kind}:{normalised(kind, value)}".encode() for value in values.to_pylist())
        return pa.array([hmac.new(key, message, "sha256").hexdigest() for message in messages], pa.string())

    return over_unique(cells, replace)


def hashed(parts: Sequence[pa.Array], key: bytes) -> pa.Array:
    """HMAC-SHA-256 (hex) of the parts of each row. ``parts``: one array of text per part. Rows with different
    parts have different hashes, also where a part is empty; a row of which all parts are null is null."""
    none, size = pa.scalar("-", pa.string()), len(parts[0])
    sized = [
        pc.coalesce(pc.binary_join_element_wise(pc.cast(pc.utf8_length(p), pa.string()), p, ":"), none)
        for p in parts
    ]
    whole = pc.binary_join_element_wise(*sized, "") if len(sized) > 1 else sized[0]
    some = reduce(pc.or_, (pc.is_valid(part) for part in parts), pa.repeat(False, size))

    def replace(values: pa.Array) -> pa.Array:
        messages = (f"hash:{value}".encode() for value in values.to_pylist())
        return pa.array([hmac.new(key, message, "sha256").hexdigest() for message in messages], pa.string())

    return over_unique(pc.if_else(some, whole, pa.scalar(None, pa.string())), replace)


def with_representative(columns: tuple[ColumnMap, ...], contract: Contract) -> tuple[ColumnMap, ...]:
    """Return ``columns`` of a feed with `representative_ref` appended, of which every cell is null and which
    `withhold_persons` may fill. They are returned unchanged where the feed does not map both operator_type
    and operator_name, where it maps representative_ref, and where ``contract``, that of the feed's table,
    lacks that column."""
    mapped = {column.name for column in columns}
    if (
        not {"operator_type", "operator_name"} <= mapped
        or REPRESENTATIVE in mapped
        or REPRESENTATIVE not in contract.column_names
    ):
        return columns
    empty = ColumnMap(
        REPRESENTATIVE,
        Value("const"),
        "string",
        required=False,
        personal=contract.column(REPRESENTATIVE).personal,
    )
    return (*columns, empty)


def withhold_persons(
    columns: dict[str, pa.Array], originals: dict[str, pa.Array], key: bytes
) -> tuple[dict[str, pa.Array], dict[str, pa.Array]]:
    """Remove names and addresses of natural persons from landed columns (name → cells) and originals
    (`_original_<name>` → cells) where those of a company are expected; returns both.

    Where `operator_type` is natural_person, `operator_name` is a person's name and `address_text` a private
    address, so both become null. The pseudonym of the name goes to `representative_ref` where that is empty,
    as such an operator has no other representative.
    """
    if "operator_type" not in columns:
        return columns, originals
    none = pa.scalar(None, pa.string())
    person = pc.fill_null(pc.equal(columns["operator_type"], "natural_person"), False)
    kept = {name: pc.if_else(person, none, columns[name]) for name in OF_PERSONS if name in columns}
    if {"operator_name", REPRESENTATIVE} <= columns.keys():
        names = pc.if_else(person, columns["operator_name"], none)
        kept[REPRESENTATIVE] = pc.coalesce(columns[REPRESENTATIVE], pseudonyms(names, "name", key))
    withheld = {f"_original_{name}" for name in OF_PERSONS}
    return columns | kept, {
        n: pc.if_else(person, none, cells) if n in withheld else cells for n, cells in originals.items()
    }
