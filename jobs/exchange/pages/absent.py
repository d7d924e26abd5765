"""What a platform looks for first and does not find in its package: said, so that an absent list is not taken
for one that was forgotten. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from jobs.reports.wording import Text

NOTHING_TO_TAKE_DOWN = Text("目前没有须下架的商品链接。", "There is nothing to take down.")
NOTHING_PUBLIC = Text(
    "目前没有涉及本平台链接、已公布或可以公布的不合格和移送查处批次。",
    "No batch with a finding on this platform is public, or may be made public yet.",
)


def absent(kind: str, rows: Mapping[str, Sequence[Any]]) -> list[Text]:
    """Return the sentences for a recipient's first page: that there is nothing to take down, that no batch is
    public, as far as ``rows`` has none. ``kind``: of the recipient; ``rows``: kind of file → its rows, with
    the columns as attributes. Empty for others than platforms, and for an urgent package, which holds single
    items."""
    if kind != "platform" or "urgent_items" in rows:
        return []
    fakes = any(row.task == "take_down" for row in rows.get("counterfeit_tasks", ()))
    said = [] if rows.get("takedown_notices") or fakes else [NOTHING_TO_TAKE_DOWN]
    return said if rows.get("public_batches") else [*said, NOTHING_PUBLIC]
