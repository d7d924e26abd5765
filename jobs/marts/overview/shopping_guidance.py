"""gold.shopping_guidance: for each product how many batches failed, the test items that fail most, what to
check when buying, and how often cheap and dear goods fail.

A product is a category marked as key consumer product in silver.product_category, or any other with a batch
judged but those of the group `guidance_samples.OTHER`. The design of samples is `probability` (drawn at
random) or `targeted` (chosen because of a risk).

KEY identifies a row: category_code, part, design, item. COLUMNS: the table's columns, which
schemas/gold/shopping_guidance.odcs.yaml explains."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from jobs.marts.overview import guidance_samples as samples
from jobs.marts.overview.guidance_advice import certificates, in_use, look_at, valid_in
from jobs.marts.overview.guidance_words import (
    BANDS,
    Failed,
    Third,
    compared_words,
    item_words,
    overall_words,
    price_words,
)
from jobs.marts.sampling.failing_item import hazards
from jobs.methods import intervals
from jobs.period import Period

KEY = ["category_code", "part", "design", "item"]
COLUMNS = [
    *KEY,
    *(
        "position name_zh name_en value low high n n_failed class_a hazard_codes standards price_from "
        "price_to reliable window_start window_end text_zh text_en citation citation_status"
    ).split(),
]
MOST = 5  # items that `fails_most` shows for a product and design, beside those of class A
FEWEST = 30  # batches without which a rate is not shown, as everywhere (definitions.md#insufficient)
OVERALL = {"probability": ("概率抽样", "Probability samples"), "targeted": ("靶向抽样", "Targeted samples")}
# Input of build → the columns of it that build reads; an input that is not listed comes with all its columns.
READS = {
    "sample": [
        "sample_id",
        "plan_id",
        "category_code",
        "price",
        "exit_kind",
        "exit_reason",
        "exited_on",
        "_currency",
    ],
    "test_result": ["sample_id", "item_code", "item_name", "standard_no", "item_class", "lab_verdict"],
}


def build(
    *,
    sample: pd.DataFrame,
    standing_conclusion: pd.DataFrame,
    test_result: pd.DataFrame,
    sampling_plan: pd.DataFrame,
    product_category: pd.DataFrame,
    certificate_type: pd.DataFrame,
    certificate_scope: pd.DataFrame,
    buying_advice: pd.DataFrame,
    item_name: pd.DataFrame,
    item_hazard: pd.DataFrame,
    hazard: pd.DataFrame,
    period: Period,
) -> pd.DataFrame:
    """Return the guidance: one row per product (category_code), part, design and item, sorted by KEY, with
    COLUMNS. Arguments are the silver tables of these names and gold.standing_conclusion.
    Probability and targeted samples are never put together.

    Values of ``part``: `overall` (batches judged, see `overall`), `fails_most` (test items, see
    `fails_most`), `look_at` (advice on what failed and on use, and certificates, see `guidance_advice`),
    `price_band` (failure rate by third of the prices, see `price_bands`).
    ``position``: 1, 2, …, in the order that these functions give. value, low, high: rate with 95% limits in
    0-1; text_zh, text_en: a sentence about the row; window_start, window_end: first and last day of the
    samples, which end with the newest month that is published."""
    span = samples.window(standing_conclusion, sample, period.as_of)
    names = item_names(valid_in(item_name, period))
    if span is None:
        parts = [
            in_use(product_category, buying_advice, None, period),
            certificates(product_category, certificate_type, certificate_scope, None, period),
        ]
    else:
        rows = samples.in_categories(
            samples.judged(sample, standing_conclusion, sampling_plan, span), product_category
        )
        tested = rows[rows["exit_reason"].isna()]
        results = samples.items(tested, test_result)
        known = hazards_of(test_result, valid_in(item_hazard, period))
        parts = [
            overall(tested, span),
            fails_most(results, names, known, _named(hazard), span),
            look_at(results, rows, product_category, buying_advice, names, period),
            in_use(product_category, buying_advice, rows, period),
            certificates(product_category, certificate_type, certificate_scope, rows, period),
            price_bands(samples.bands(tested)),
        ]
    filled = [part for part in parts if len(part)]
    if not filled:
        return pd.DataFrame(columns=COLUMNS)
    whole = pd.concat([part.reindex(columns=COLUMNS).astype(object) for part in filled], ignore_index=True)
    whole = whole.assign(window_start=span[0] if span else None, window_end=span[1] if span else None)
    whole["position"] = whole.groupby(["category_code", "part", "design"]).cumcount() + 1
    for name, kind in (
        ("value", float),
        ("low", float),
        ("high", float),
        ("price_from", float),
        ("price_to", float),
    ):
        whole[name] = whole[name].astype(kind)
    for name in ("n", "n_failed"):
        whole[name] = whole[name].astype("Int64")
    for name in ("hazard_codes", "standards"):
        whole[name] = [list(v) if isinstance(v, tuple) else [] for v in whole[name]]
    return whole.sort_values(KEY, ignore_index=True)[COLUMNS]


def rated(counts: pd.DataFrame) -> pd.DataFrame:
    """Return a copy of ``counts`` with value (n_failed / n, 0-1) and Wilson's 95% limits low and high, all
    NaN where n is 0, and reliable (whether n is at least FEWEST (30)). ``counts``: columns n (batches) and
    n_failed."""
    low, high = intervals.binomial(counts["n_failed"], counts["n"])
    return counts.assign(
        value=counts["n_failed"] / counts["n"],
        low=low,
        high=high,
        reliable=counts["n"] >= FEWEST,
    )


def item_names(item_name: pd.DataFrame) -> dict[str, str]:
    """Return the English names of test items, as Chinese name → English name. ``item_name``: rows of
    silver.item_name."""
    return dict(zip(item_name["name_zh"], item_name["name_en"], strict=True))


def hazards_of(test_result: pd.DataFrame, item_hazard: pd.DataFrame) -> dict[str, tuple[str, ...]]:
    """Return the hazards of test items, as item name → tuple of hazard codes. An item has the hazards of
    those words of ``item_hazard`` (silver) that its name contains; only rules without an end date count.
    ``test_result``: silver, whose item names are looked at. Items that no rule fits have no key."""
    found = hazards(test_result, item_hazard)
    return {name: tuple(codes) for name, codes in found.groupby("item_name")["hazard_code"].unique().items()}


def _named(hazard: pd.DataFrame) -> dict[str, tuple[str, str]]:
    english = hazard["name_en"].where(hazard["name_en"].notna(), hazard["name_zh"])
    return dict(zip(hazard["hazard_code"], zip(hazard["name_zh"], english, strict=True), strict=True))


def overall(tested: pd.DataFrame, span: tuple[date, date]) -> pd.DataFrame:
    """Return how many batches were judged and failed: one row per product and design (item: `all`), with
    texts. The share and its limits are given for reliable counts of probability samples only; it is not
    weighted by sales. Targeted samples describe what was checked and get no share.

    ``tested``: as returned by `guidance_samples.in_categories`, without violations found before the test;
    ``span``: first and last day of the samples."""
    counts = tested.groupby(["category_code", "design"], as_index=False).agg(
        n=("failed", "size"), n_failed=("failed", "sum")
    )
    table = rated(counts)
    given = table["reliable"] & table["design"].eq(samples.PROBABILITY)
    for name in ("value", "low", "high"):
        table[name] = table[name].where(given)
    wanted = "design n n_failed value low high".split()
    words = [
        overall_words(design, n, failed, value, low, high, span)
        for design, n, failed, value, low, high in table[wanted].itertuples(index=False)
    ]
    return table.assign(
        part="overall",
        item="all",
        name_zh=[OVERALL[d][0] for d in table["design"]],
        name_en=[OVERALL[d][1] for d in table["design"]],
        text_zh=[w[0] for w in words],
        text_en=[w[1] for w in words],
    )


def fails_most(
    items: pd.DataFrame,
    names: dict[str, str],
    known: dict[str, tuple[str, ...]],
    hazard: dict[str, tuple[str, str]],
    span: tuple[date, date],
) -> pd.DataFrame:
    """Return the items that fail most: per product and design the first MOST (5) and all further ones of
    class A, with rates and texts. Items that never failed are left out.

    Items with a reliable rate come first, by its lower limit from the highest on, as of these it is most
    certain that they fail often; then the others. Rates that are not reliable are null.

    ``items``: as returned by `guidance_samples.items`; ``names``: Chinese name → English name; ``known``:
    item name → hazard codes; ``hazard``: hazard code → names (Chinese, English); ``span``: first and last day
    of the samples."""
    counts = items.groupby(["category_code", "design", "item"], as_index=False).agg(
        n=("failed", "size"), n_failed=("failed", "sum"), class_a=("class_a", "max")
    )
    table = rated(counts[counts["n_failed"] > 0].reset_index(drop=True))
    table = table.sort_values(
        ["category_code", "design", "reliable", "low", "n_failed", "item"],
        ascending=[True, True, False, False, False, True],
    )
    place = table.groupby(["category_code", "design"]).cumcount()
    table = table[(place < MOST) | table["class_a"]].reset_index(drop=True)
    failed = items[items["failed"] & items["standard"].notna()]
    by = failed.groupby(["category_code", "design", "item"])["standard"].unique()
    standards = {key: tuple(sorted(numbers)) for key, numbers in by.items()}
    made = [
        Failed(
            name_zh=r.item,
            name_en=names.get(r.item, r.item),
            hazards=tuple(hazard[c] for c in known.get(r.item, ()) if c in hazard),
            standards=standards.get((r.category_code, r.design, r.item), ()),
            span=span,
            **{k: getattr(r, k) for k in "design n n_failed value low high reliable class_a".split()},
        )
        for r in table.itertuples(index=False)
    ]
    words = [item_words(item) for item in made]
    for name in ("value", "low", "high"):
        table[name] = table[name].where(table["reliable"])
    return table.assign(
        part="fails_most",
        hazard_codes=pd.Series([known.get(item, ()) for item in table["item"]], table.index, dtype=object),
        standards=pd.Series([item.standards for item in made], table.index, dtype=object),
        name_zh=table["item"],
        name_en=[item.name_en for item in made],
        text_zh=[w[0] for w in words],
        text_en=[w[1] for w in words],
    )


def price_bands(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the failure rates of goods by price: one row per product and third of the prices (item: `low`,
    `middle`, `high`), of probability samples only, with rate, limits and texts. A product is left out unless
    each of its thirds has FEWEST (30) samples.

    ``rows``: as returned by `guidance_samples.bands`. price_from and price_to, the bounds of the third in the
    deployment's currency, are given only where all samples of the third are of one category. The text on the
    dearest third says whether it differs from the cheapest by more than chance."""
    drawn = rows[rows["design"].eq(samples.PROBABILITY)]
    counts = drawn.groupby(["category_code", "band"], as_index=False).agg(
        n=("failed", "size"),
        n_failed=("failed", "sum"),
        products=("own", "nunique"),
        first=("tercile_low", "min"),
        last=("tercile_high", "max"),
    )
    table = rated(counts)
    able = table.groupby("category_code")["reliable"].transform("sum").eq(len(BANDS))
    table = (
        table[able]
        .sort_values(["category_code", "band"], key=lambda s: s.map(BANDS.index) if s.name == "band" else s)
        .reset_index(drop=True)
    )
    # Prices of one product only: those of several say nothing together.
    one = table["products"].eq(1)
    table = table.assign(
        price_from=np.select(
            [table["band"].eq("middle"), table["band"].eq("high")], [table["first"], table["last"]], np.nan
        ),
        price_to=np.select(
            [table["band"].eq("low"), table["band"].eq("middle")], [table["first"], table["last"]], np.nan
        ),
    )
    table[["price_from", "price_to"]] = table[["price_from", "price_to"]].where(one)
    wanted = "band n n_failed value low high price_from price_to products".split()
    thirds = [Third(*r) for r in table[wanted].itertuples(index=False)]
    words = [price_words(third) for third in thirds]
    # The dearest third is the last of a product's three rows.
    words = [
        w if third.band != BANDS[-1] else compared_words(w, thirds[at - 2], third)
        for at, (w, third) in enumerate(zip(words, thirds, strict=True))
    ]
    names = table["band"].map(
        {"low": ("低价", "low prices"), "middle": ("中价", "middle prices"), "high": ("高价", "high prices")}
    )
    return table.rename(columns={"band": "item"}).assign(
        part="price_band",
        design=samples.PROBABILITY,
        name_zh=[n[0] for n in names],
        name_en=[n[1] for n in names],
        text_zh=[w[0] for w in words],
        text_en=[w[1] for w in words],
    )
