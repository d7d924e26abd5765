"""What a night writes for its readers, in a form in which two nights over the same files are compared."""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from pathlib import Path

PLACES = ("site", "outbox", "published")  # workbooks and executed notebooks lie in the site
# All that may differ between two nights of one date over the same files; all else is equal to the byte.
# (A report after the export shows too when urgent items were sent: site/data/urgent_items.csv.)
RUN = re.compile(
    rb"(?<![0-9])[0-9]{8}-[0-9a-f]{8}(?![0-9a-f])"
)  # the name of a run: its end is drawn by chance
DIGEST = re.compile(rb"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")  # of a file that names the run
LISTS_DIGESTS = ("manifest.json", "SHA256SUMS", ".made_from.json")


def outputs(root: Path) -> dict[str, str]:
    """Name → digest of the content, without what may differ, of all that a night wrote below ``root``."""
    files = [path for place in PLACES for path in (root / place).rglob("*") if path.is_file()]
    return {path.relative_to(root).as_posix(): _digest(path.name, path.read_bytes()) for path in files}


def differing(one: dict[str, str], other: dict[str, str]) -> list[str]:
    """Names that only one of two nights has, or whose contents differ."""
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))


def _digest(name: str, content: bytes) -> str:
    if content.startswith(b"PK\x03\x04"):  # a workbook: its parts in order, without what their packing adds
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            members = [f"{part} {_digest(part, parts.read(part))}" for part in parts.namelist()]
        return hashlib.sha256("\n".join(members).encode()).hexdigest()
    content = RUN.sub(b"RUN", content)
    return hashlib.sha256(DIGEST.sub(b"DIGEST", content) if name in LISTS_DIGESTS else content).hexdigest()
