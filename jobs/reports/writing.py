"""Files of the site: only what changed is written, what no page makes any more is removed."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass, field
from pathlib import Path

MANIFEST = ".site.json"


@dataclass
class SiteWriter:
    """Writes below one directory and remembers in ``.site.json`` which files are the site's own and what they
    were made from."""

    root: Path
    files: dict[str, str] = field(default_factory=dict)  # path below root → SHA-256
    written: int = 0
    unchanged: int = 0

    def put(self, path: str, content: bytes) -> None:
        """Write one file unless it already has this content; a reader never sees half of it."""
        target = self.root / path
        self.files[path] = hashlib.sha256(content).hexdigest()
        if target.is_file() and target.read_bytes() == content:
            self.unchanged += 1
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_name(target.name + ".part")
        partial.write_bytes(content)
        os.replace(partial, target)
        self.written += 1

    def finish(self, fingerprint: str) -> list[str]:
        """Remove files of the last site that this one has no more, then write the manifest; returns the
        removed paths."""
        gone = sorted(set(read_manifest(self.root).get("files", {})) - set(self.files))
        for path in gone:
            (self.root / path).unlink(missing_ok=True)
        manifest = {"fingerprint": fingerprint, "files": dict(sorted(self.files.items()))}
        partial = self.root / (MANIFEST + ".part")
        partial.write_text(json.dumps(manifest, indent=1), encoding="utf-8")
        os.replace(partial, self.root / MANIFEST)
        return gone


def read_manifest(root: Path) -> dict:
    """The manifest of the site as it lies there; empty where there is none or it does not parse (then all is
    made again)."""
    try:
        return json.loads((root / MANIFEST).read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        return {}


def is_current(root: Path, fingerprint: str) -> bool:
    """True where the site was made from exactly these inputs and every file is still as it was written."""
    manifest = read_manifest(root)
    if manifest.get("fingerprint") != fingerprint:
        return False
    return all(
        (root / path).is_file() and hashlib.sha256((root / path).read_bytes()).hexdigest() == digest
        for path, digest in manifest["files"].items()
    )
