"""The purchases that the proposed plan of next quarter would make (gold.sampling_purchase), counted by
platform, category, and the province in which the shop is registered. For pages of the authorities only: a
seller who read of a purchase would be warned of it (definitions.md#public), so no listing, no shop and no
buyer is named."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import pyarrow.compute as pc

from jobs.lake.night import Snapshot
from jobs.reports.figures import add_months
from jobs.reports.gathered import Gathered
from jobs.reports.names import NATION_CODE
from jobs.reports.numbers import count, missing
from jobs.reports.wording import Text

PURCHASES, SHOPS, PROPOSAL = "gold.sampling_purchase", "silver.shop", "gold.sampling_proposal"
PROPOSED = "proposed.purchases"  # the frame of `purchases` among a night's
KEY = ["platform_code", "category_code", "region_code", "design"]
COLUMNS = [*KEY, "n"]
WORDS = "抽样建议 抽查建议 下一季度抽样 sampling proposal next quarter"  # by which the search finds a page
DESIGNS = ("probability", "targeted")


def purchases(snapshot: Snapshot) -> pd.DataFrame:
    """Return COLUMNS, sorted by KEY: the number ``n`` of proposed purchases of each platform, category,
    region of the shop in the register of shops and design; '' where one is not known. Purchases that are
    blocked as repeated checks are left out."""
    if snapshot.version(PURCHASES) is None:
        return pd.DataFrame(columns=COLUMNS)
    columns = ["platform_code", "category_code", "shop_id", "design"]
    rows = snapshot.frame(PURCHASES, columns=columns, where=pc.field("status") == "proposed")
    region: dict[str, Any] = {}
    if len(rows) and snapshot.version(SHOPS) is not None:
        wanted = pc.field("shop_id").isin(sorted(rows["shop_id"].dropna().unique()))
        shops = snapshot.frame(SHOPS, columns=["shop_id", "region_code"], where=wanted)
        region = dict(zip(shops["shop_id"], shops["region_code"], strict=True))
    return counted(rows.assign(region_code=rows["shop_id"].map(region)))


def counted(rows: pd.DataFrame) -> pd.DataFrame:
    """Return COLUMNS, sorted by KEY: the number ``n`` of ``rows`` with each combination of KEY; '' where a
    value is missing. ``rows``: one row per purchase, with the columns KEY."""
    if rows.empty:
        return pd.DataFrame(columns=COLUMNS)
    known = rows[KEY].astype(object)
    known = known.where(known.notna(), "")
    return known.groupby(KEY, as_index=False).size().rename(columns={"size": "n"})


def quarter(start: date) -> Text:
    """Return the quarter of a proposal in words, by its first day: 2027年1—3月 / January to March 2027."""
    last = add_months(start, 2)
    return Text(f"{start:%Y}年{start.month}—{last.month}月", f"{start:%B} to {last:%B %Y}")


def of_province(known: Gathered, code: str) -> dict[str, Any] | None:
    """Return the proposed purchases from shops registered in a province: ``all`` and, by the names of
    DESIGNS, their numbers as texts; ``period``, the quarter in words, None where no row of the proposal
    states it; and ``rows``, one per main category, the most first: (code, name, the numbers by DESIGNS). A
    province without purchases gets zeros and no rows; None where the whole proposal has no purchase.
    ``code``: of the province."""
    rows = known.night.frame(PROPOSED)
    if rows.empty:
        return None
    mine = rows[_tops(known, rows["region_code"], "silver.region", "region_code").eq(code)]
    by = _by_design(mine.assign(top=_categories(known, mine)), "top")
    starts = known.night.frame(PROPOSAL)["period_start"]
    return {
        "period": quarter(starts.iloc[0]) if len(starts) else None,
        "all": count(int(mine["n"].sum())),
        **{d: count(int(mine.loc[mine["design"] == d, "n"].sum())) for d in DESIGNS},
        "rows": [(of, known.names.of("category", of), *numbers) for of, numbers in by],
    }


def drawn(known: Gathered) -> dict[tuple[str, str], tuple[str, str]]:
    """Return (dimension, code) of the nation, each platform and each main category → numbers of proposed
    purchases by design, as texts in the order of DESIGNS. A unit without purchases is no key; empty where the
    proposal has none."""
    rows = known.night.frame(PROPOSED)
    if rows.empty:
        return {}
    rows = rows.assign(category=_categories(known, rows), nation=NATION_CODE, platform=rows["platform_code"])
    return {
        (kind, code): numbers
        for kind in ("nation", "platform", "category")
        for code, numbers in _by_design(rows, kind)
    }


def _by_design(rows: pd.DataFrame, column: str) -> list[tuple[str, tuple[str, str]]]:
    """Pairs of a value of ``column`` and its numbers by design, the most purchases first."""
    made = []
    for value, mine in rows.groupby(column):
        numbers = [int(mine.loc[mine["design"] == d, "n"].sum()) for d in DESIGNS]
        made.append((-sum(numbers), str(value), (count(numbers[0]), count(numbers[1]))))
    return [(value, numbers) for _, value, numbers in sorted(made)]


def _categories(known: Gathered, rows: pd.DataFrame) -> pd.Series:
    return _tops(known, rows["category_code"], "silver.product_category", "category_code")


def _tops(known: Gathered, codes: pd.Series, table: str, key: str) -> pd.Series:
    """The highest code above each, itself where the reference does not know it."""
    parents = {code: row["parent_code"] for code, row in known.about(table, key).items()}

    def top(code: str) -> str:
        met = set[str]()
        while code not in met and not missing(parents.get(code)):
            met.add(code)
            code = str(parents[code])
        return code

    return codes.map({code: top(code) for code in codes.unique()}).astype(object)


def title(name: Text) -> Text:
    """Return the words by which the search offers a province's part of the proposal."""
    return Text(f"{name.zh}抽样建议（下一季度）", f"Sampling proposal for next quarter, {name.en}")
