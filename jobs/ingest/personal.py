"""Personal data never leaves the raw store: landing normalises it and replaces it by a keyed HMAC (sources.md, Personal data)."""

from __future__ import annotations

import hmac
import os
import re
import secrets
import unicodedata
from pathlib import Path

import pyarrow as pa

from jobs.errors import UsageError
from jobs.ingest.operations import over_unique

_BYTES = 32


def read_key(path: Path) -> bytes:
    """The key of the pseudonyms; made (mode 0600) where the file does not exist. UsageError: too short, or it cannot be read or
    made."""
    try:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            made = path.with_name(f".{path.name}.{os.getpid()}.tmp")
            with os.fdopen(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
                stream.write(secrets.token_bytes(_BYTES))
            os.link(made, path)  # never over a key that another process has just made
            made.unlink()
        key = path.read_bytes()
    except FileExistsError:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: the key of the pseudonyms cannot be read or made: {error.strerror}") from error
    if len(key) < _BYTES:
        raise UsageError(f"{path}: the key of the pseudonyms must have at least {_BYTES} bytes")
    return key


def normalised(kind: str, text: str) -> str:
    """One spelling of one person's datum: width and case folded, no spaces; phones as digits without the country's 86."""
    folded = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).casefold()
    if kind == "phone":
        digits = re.sub(r"[^0-9]", "", folded)
        return re.sub(r"^(?:00)?86(?=1[0-9]{10}$)", "", digits) or folded
    if kind == "id":
        return re.sub(r"[^0-9a-z]", "", folded) or folded
    return folded


def pseudonyms(cells: pa.Array, kind: str, key: bytes) -> pa.Array:
    """HMAC-SHA-256 (hex) of each normalised value under its kind; nulls stay null."""
    def replace(values: pa.Array) -> pa.Array:
        messages = (f"{kind}:{normalised(kind, value)}".encode() for value in values.to_pylist())
        return pa.array([hmac.new(key, message, "sha256").hexdigest() for message in messages], pa.string())

    return over_unique(cells, replace)
