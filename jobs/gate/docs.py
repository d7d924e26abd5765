"""Data Docs for the site: GX's own pages, copied with their links to outside servers taken out (the site is read offline)."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

BUILT = Path("gx") / "uncommitted" / "data_docs" / "local_site"
OUTSIDE = re.compile(
    r'<script\b[^>]*\bsrc="(?:https?:)?//[^"]*"[^>]*>\s*</script>|<link\b[^>]*\bhref="(?:https?:)?//[^"]*"[^>]*/?>|<img\b[^>]*\bsrc="(?:https?:)?//[^"]*"[^>]*/?>',
    re.IGNORECASE,
)


def publish_docs(gate_folder: Path, target: Path) -> bool:
    """Copy the newest Data Docs to ``target``; False where no audit has built any."""
    built = gate_folder / BUILT
    if not (built / "index.html").exists():
        return False
    fresh = target.with_name(target.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    shutil.copytree(built, fresh)
    for page in fresh.rglob("*.html"):
        page.write_text(OUTSIDE.sub("", page.read_text(encoding="utf-8")), encoding="utf-8")
    shutil.rmtree(target, ignore_errors=True)
    fresh.rename(target)
    return True
