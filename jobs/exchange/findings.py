"""What was found in a platform's listings, whether taken down or not: findings that the parties were notified
of, item by item. An item is one property that was tested. Pure. Parcels and kinds of files: see
`jobs.exchange.kinds`."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from jobs.exchange.kinds import Kind, Parcel, as_days, of, only, recipient_of_platform
from jobs.exchange.parties import notified, notified_on
from jobs.marts.sampling.outcomes import Verdict

ITEM, SAMPLE, LIFE = "silver.test_result", "silver.sample", "gold.sampling_lifecycle"
ITEMS = of(
    ITEM,
    "item_name value_text unit limit_low limit_high claim_low claim_high standard_no item_class",
)
NONCONFORMING = Kind(
    "nonconforming_listings",
    "1.0.1",
    LIFE,
    {
        **of(LIFE, "sample_id"),
        "item_code": "",
        **of(SAMPLE, "shop_id listing_id product_name brand batch_no"),
        **of(LIFE, "category_code outcome exit_reason"),
        **ITEMS,
        "notified_on": "",
        **of(LIFE, "takedown_state takedown_ordered_on taken_down_on"),
    },
    whole=True,
    key=("sample_id", "item_code"),
    about=(
        "本平台链接中已告知的不合格和检验前移送查处批次，附下架状态 | notified findings in the "
        "platform's listings, with the state of the takedown"
    ),
    own={
        "item_code": (
            "string | 检验项目代码；检验前移送查处或未报项目的为空字符串 | code of the item that failed; an "
            "empty text for a violation before the test, and where no item was filed"
        ),
        "notified_on": (
            "date | 结果首次送达或公告送达之日；检验前移送查处的为通知下架日 | day on which the result was "
            "first delivered or announced; of a violation before the test the day of the order to take down"
        ),
    },
)
KINDS = {NONCONFORMING.name: NONCONFORMING}


def nonconforming_listings(
    lifecycle: pd.DataFrame, sample: pd.DataFrame, result: pd.DataFrame, platforms: set[str]
) -> Iterator[Parcel]:
    """Yield one parcel (NONCONFORMING) per platform of ``platforms`` (codes) that has findings: one row for
    each item that failed, and one with an empty item_code for a violation before the test and for a failure
    whose items were not filed.

    ``lifecycle``: gold.sampling_lifecycle; ``sample``: silver.sample; ``result``: silver.test_result. A
    result that the parties were not notified of, or that a re-inspection overturned, is left out
    (`parties.notified`).
    """
    found = notified(lifecycle)
    found = found[found["platform_code"].isin(platforms)]
    tested = found["outcome"].eq(Verdict.NONCONFORMING)
    first = as_days(notified_on(found))
    found = found.assign(notified_on=first.where(tested, found["takedown_ordered_on"]))
    failed = result.loc[result["lab_verdict"].eq(Verdict.NONCONFORMING), ["sample_id", "item_code", *ITEMS]]
    failed = failed[failed["sample_id"].isin(found.loc[tested, "sample_id"])]
    goods = sample[["sample_id", "shop_id", "listing_id", "product_name", "brand", "batch_no"]]
    rows = found.merge(failed, on="sample_id", how="left").merge(goods, on="sample_id", how="left")
    rows["item_code"] = rows["item_code"].astype(object).where(rows["item_code"].notna(), "")
    for code, mine in rows.sort_values(list(NONCONFORMING.key), kind="stable").groupby("platform_code"):
        yield Parcel(recipient_of_platform(str(code)), NONCONFORMING, only(mine, NONCONFORMING))
