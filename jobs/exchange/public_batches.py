"""Which batches with a finding in a platform's listings are public or may be, as bulletins have them: so that
the platform knows what buyers can read about it. Pure. Parcels and kinds of files: see `jobs.exchange.kinds`.
"""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from jobs.exchange.kinds import Kind, Parcel, of, only, recipient_of_platform
from jobs.marts.sampling.disclosure import PUBLIC
from jobs.marts.sampling.outcomes import ExitKind, Verdict
from jobs.reports.names import tested_item

TABLE = "gold.bulletin"
BATCHES = Kind(
    "public_batches",
    "1.0.0",
    TABLE,
    {
        **of(TABLE, "plan_id sample_id disclosure public_from published_on"),
        **of(TABLE, "shop_id listing_id product_name brand batch_no category_code final_outcome exit_reason"),
        "items_zh": "",
        "items_en": "",
    },
    whole=True,
    key=("plan_id", "sample_id"),
    about=(
        "该平台链接中已公布或可以公布的不合格和检验前移送查处批次 | batches with a finding in the platform's "
        "listings that are public or may be"
    ),
    own={
        "items_zh": (
            "string | 不合格项目；检验前移送查处或未报项目的为空 | items that failed, in Chinese; null for a "
            "violation before the test, and where no item was filed"
        ),
        "items_en": "string | 同上，英文 | the same in English",
    },
)
KINDS = {BATCHES.name: BATCHES}


def public_batches(bulletin: pd.DataFrame, platforms: set[str]) -> Iterator[Parcel]:
    """Yield one parcel (BATCHES) per platform of ``platforms`` (codes) with such batches, one row each, those
    that became public last first. ``bulletin``: gold.bulletin. Batches without a finding are left out; all
    are in the published bulletins."""
    failed = bulletin["final_outcome"].eq(Verdict.NONCONFORMING)
    violated = bulletin["exit_kind"].eq(ExitKind.VIOLATION)
    open_ = bulletin["disclosure"].isin(PUBLIC) & bulletin["platform_code"].isin(platforms)
    rows = bulletin[open_ & (failed | violated)].sort_values(list(BATCHES.key), kind="stable")
    rows = rows.sort_values("public_from", ascending=False, kind="stable")
    for at, join in enumerate(("、", ", ")):
        said = [_said(names, at, join) for names in rows["item_names"]]
        rows = rows.assign(**{("items_zh", "items_en")[at]: pd.Series(said, rows.index, dtype=object)})
    for code, mine in rows.groupby("platform_code"):
        yield Parcel(recipient_of_platform(str(code)), BATCHES, only(mine, BATCHES))


def _said(names: list[str] | None, at: int, join: str) -> str | None:
    """Names of tested items in one language (0: Chinese, 1: English), each once; None without any."""
    return join.join(dict.fromkeys(tested_item(n)[at] for n in ([] if names is None else names) if n)) or None
