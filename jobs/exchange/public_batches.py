"""Which batches with a finding in a platform's listings are public or may be, by whom and since when: so that
the platform knows what buyers can read about it. The rule is that of the site's pages
(`jobs.reports.public_state`). Pure. Parcels and kinds of files: see `jobs.exchange.kinds`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pandas as pd

from jobs.arrays import dicts
from jobs.exchange.kinds import Kind, Parcel, of, only, recipient_of_platform
from jobs.marts.sampling.disclosure import PUBLIC
from jobs.marts.sampling.outcomes import ExitKind, Verdict
from jobs.reports.names import tested_item
from jobs.reports.public_state import public_state
from jobs.reports.shelved import Shelved, bulletin_with

TABLE = "gold.bulletin"
BATCHES = Kind(
    "public_batches",
    "2.0.1",
    TABLE,
    {
        **of(TABLE, "plan_id sample_id"),
        "public_status": "",
        **of(TABLE, "public_from published_on"),
        "bulletin": "",
        "bulletin_on": "",
        **of(TABLE, "shop_id listing_id product_name brand batch_no category_code final_outcome exit_reason"),
        "items_zh": "",
        "items_en": "",
    },
    whole=True,
    key=("plan_id", "sample_id"),
    about=(
        "本平台链接中已公布或可以公布的不合格和检验前移送查处批次 | batches with a finding in the platform's "
        "listings that are public or may be"
    ),
    own={
        "public_status": (
            "string | 公布情况：published为组织抽查的监管部门已公布，in_bulletin为监管部门尚未公布、本项目已"
            "发布的通报已列入，due为可以公布、尚未列入已发布的通报 | published: by the authority that issued "
            "the plan; in_bulletin: not yet by it, but a published bulletin of this project lists it; due: "
            "it may be published and is in no published bulletin yet"
        ),
        "bulletin": (
            "string | 列入的本项目通报（期间，如2026Q3为2026年第三季度），最先发布的一份；未列入为空 | "
            "period of the published bulletin of this project that lists it, such as 2026Q3, of several the "
            "first that was published; null where none does"
        ),
        "bulletin_on": (
            "date | 该通报发布之日（现行修订），未列入为空 | day on which that bulletin was published, in "
            "its newest revision; null where none lists it"
        ),
        "items_zh": (
            "string | 不合格项目（中文）；检验前移送查处或未报项目的为空 | items that failed, in Chinese; "
            "null for a violation before the test, and where no item was filed"
        ),
        "items_en": (
            "string | 不合格项目（英文）；检验前移送查处或未报项目的为空 | items that failed, in English; "
            "null for a violation before the test, and where no item was filed"
        ),
    },
)
KINDS = {BATCHES.name: BATCHES}


def public_batches(
    bulletin: pd.DataFrame, platforms: set[str], bundles: Iterable[Shelved] = ()
) -> Iterator[Parcel]:
    """Yield one parcel (BATCHES) per platform of ``platforms`` (codes) with such batches, one row each, those
    that became public last first. ``bulletin``: gold.bulletin; ``bundles``: published ones, as
    `shelved.with_batches` returns them. Batches without a finding are left out, though bulletins list them
    too."""
    failed = bulletin["final_outcome"].eq(Verdict.NONCONFORMING)
    violated = bulletin["exit_kind"].eq(ExitKind.VIOLATION)
    open_ = bulletin["disclosure"].isin(PUBLIC) & bulletin["platform_code"].isin(platforms)
    rows = bulletin[open_ & (failed | violated)].sort_values(list(BATCHES.key), kind="stable")
    rows = rows.sort_values("public_from", ascending=False, kind="stable")
    rows = _with_bulletins(rows, tuple(bundles))
    for at, join in enumerate(("、", ", ")):
        said = [_said(names, at, join) for names in rows["item_names"]]
        rows = rows.assign(**{("items_zh", "items_en")[at]: pd.Series(said, rows.index, dtype=object)})
    for code, mine in rows.groupby("platform_code"):
        yield Parcel(recipient_of_platform(str(code)), BATCHES, only(mine, BATCHES))


def _with_bulletins(rows: pd.DataFrame, bundles: tuple[Shelved, ...]) -> pd.DataFrame:
    """``rows`` of gold.bulletin with public_status, bulletin and bulletin_on."""
    found = [bulletin_with(bundles, row["plan_id"], row["sample_id"]) for row in dicts(rows)]
    states = [public_state(day, listed) for day, listed in zip(rows["published_on"], found, strict=True)]
    given = {
        "public_status": states,
        "bulletin": [None if listed is None else listed.period for listed in found],
        "bulletin_on": [None if listed is None else listed.published_on for listed in found],
    }
    return rows.assign(**{name: pd.Series(each, rows.index, dtype=object) for name, each in given.items()})


def _said(names: list[str] | None, at: int, join: str) -> str | None:
    """Names of tested items in one language (0: Chinese, 1: English), each once; None without any."""
    return join.join(dict.fromkeys(tested_item(n)[at] for n in ([] if names is None else names) if n)) or None
