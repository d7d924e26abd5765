"""gold.shopping_guidance: for each key consumer product the test items that fail most, what to check when
buying, and how often cheap and dear goods fail.

A key consumer product is a category marked so in silver.product_category. The design of samples is
`probability` (drawn at random) or `targeted` (chosen because of a risk).

KEY identifies a row: category_code, part, design, item. COLUMNS: the table's columns, which
schemas/gold/shopping_guidance.odcs.yaml explains."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from jobs.marts.overview import guidance_samples as samples
from jobs.marts.overview.guidance_words import (
    ADVICE,
    BANDS,
    Failed,
    certificate_words,
    item_words,
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
MOST = 5  # items that `fails_most` shows for a product and design
FEWEST = 30  # batches without which a rate is not shown, as everywhere (definitions.md#insufficient)
UNCERTIFIED = ("exit:no_licence", "exit:no_certificate")  # violations that concern certified goods only
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
    buying_advice: pd.DataFrame,
    item_name: pd.DataFrame,
    item_hazard: pd.DataFrame,
    hazard: pd.DataFrame,
    period: Period,
) -> pd.DataFrame:
    """Return the guidance: one row per key consumer product (category_code), part, design and item, sorted by
    KEY, with COLUMNS. Arguments are the silver tables of these names and gold.standing_conclusion.
    Probability and targeted samples are never put together.

    Values of ``part``: `fails_most` (test items, see `fails_most`), `look_at` (advice and certificates, see
    `look_at` and `certificates`), `price_band` (failure rate by third of the prices, see `price_bands`).
    ``position``: 1, 2, …, in the order that these functions give. value, low, high: rate with 95% limits in
    0-1; text_zh, text_en: a sentence about the row; window_start, window_end: first and last day of the
    samples."""
    span = samples.window(standing_conclusion, sample)
    parts = [certificates(product_category, certificate_type, period)]
    if span is not None:
        rows = samples.in_categories(
            samples.judged(sample, standing_conclusion, sampling_plan, span), product_category
        )
        tested = rows[rows["exit_reason"].isna()]
        names = item_names(valid_in(item_name, period))
        known = hazards_of(test_result, valid_in(item_hazard, period))
        failing = fails_most(samples.items(tested, test_result), names, known, _named(hazard), span)
        parts += [
            failing,
            look_at(failing, rows, product_category, buying_advice, set(parts[0]["category_code"]), period),
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
    """Return ``counts`` with value (n_failed / n, 0-1), Wilson's 95% limits low and high, and reliable
    (whether n is at least FEWEST (30)). ``counts``: columns n (batches) and n_failed."""
    low, high = intervals.binomial(counts["n_failed"], counts["n"])
    return counts.assign(
        value=counts["n_failed"] / counts["n"],
        low=low,
        high=high,
        reliable=counts["n"] >= FEWEST,
    )


def item_names(item_name: pd.DataFrame) -> dict[str, str]:
    """Return the English name of each test item by its Chinese name: a dictionary. ``item_name``: rows of
    silver.item_name."""
    return dict(zip(item_name["name_zh"], item_name["name_en"], strict=True))


def hazards_of(test_result: pd.DataFrame, item_hazard: pd.DataFrame) -> dict[str, tuple[str, ...]]:
    """Return the hazard codes of each test item by the item's name. An item has the hazards of those words of
    ``item_hazard`` (silver) that its name contains. ``test_result``: silver, whose item names are looked at.
    """
    found = hazards(test_result, item_hazard)
    return {name: tuple(codes) for name, codes in found.groupby("item_name")["hazard_code"].unique().items()}


def _named(hazard: pd.DataFrame) -> dict[str, tuple[str, str]]:
    english = hazard["name_en"].where(hazard["name_en"].notna(), hazard["name_zh"])
    return dict(zip(hazard["hazard_code"], zip(hazard["name_zh"], english, strict=True), strict=True))


def fails_most(
    items: pd.DataFrame,
    names: dict[str, str],
    known: dict[str, tuple[str, ...]],
    hazard: dict[str, tuple[str, str]],
    span: tuple[date, date],
) -> pd.DataFrame:
    """Return the items that fail most: up to MOST (5) rows per product and design, with rates and texts.
    Items that never failed are left out.

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
    table = table.groupby(["category_code", "design"]).head(MOST).reset_index(drop=True)
    failed = items[items["failed"] & items["standard"].notna()]
    by = failed.groupby(["category_code", "design", "item"])["standard"].unique()
    standards = {key: tuple(sorted(numbers)) for key, numbers in by.items()}
    made = [
        Failed(
            name_zh=r.item,
            name_en=names.get(r.item, r.item),
            hazards=tuple(hazard[c] for c in known.get(r.item, ()) if c in hazard),
            standards=standards.get((r.category_code, r.design, r.item), ()),
            years=(span[0].year, span[1].year),
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


def look_at(
    failing: pd.DataFrame,
    rows: pd.DataFrame,
    product_category: pd.DataFrame,
    buying_advice: pd.DataFrame,
    certified: set[str],
    period: Period,
) -> pd.DataFrame:
    """Return advice for buyers: one row per product and piece of advice, most frequent finding first; each
    advice once a product.

    Advice is looked up in ``buying_advice`` (silver) for the items of ``failing`` (as returned by
    `fails_most`) and for violations found before the test (``rows``, as returned by
    `guidance_samples.in_categories`, with an exit_reason); n_failed is the number of batches. Advice on
    missing licences and certificates is only given for the categories in ``certified``, of which the law
    requires a certificate. Names are those of the item or violation that the advice is about, as in
    ``failing`` and `guidance_words.ADVICE`. ``product_category``: silver; ``period.as_of``: day on which the
    advice must be valid."""
    parents = product_category.set_index("category_code")["parent_code"].to_dict()
    left = rows[rows["exit_reason"].notna()].assign(item="exit:" + rows["exit_reason"].astype(str))
    exits = left.groupby(["category_code", "item"], as_index=False).agg(n_failed=("failed", "size"))
    said = (
        pd.concat([failing[["category_code", "item", "n_failed"]], exits])
        .groupby(["category_code", "item"], as_index=False)["n_failed"]
        .sum()
    )
    advice = valid_in(buying_advice, period).sort_values("advice").to_dict("records")
    found = []
    for category, item, failed in said.sort_values(
        ["category_code", "n_failed", "item"], ascending=[True, False, True]
    ).itertuples(index=False):
        if item in UNCERTIFIED and category not in certified:
            continue
        codes = {category, parents.get(category)}
        for row in advice:
            wanted = None if row["category_codes"] is None else set(row["category_codes"])
            if any(word in item for word in row["match"]) and (wanted is None or codes & wanted):
                found.append(
                    {
                        "category_code": category,
                        "item": row["advice"],
                        "about": item,
                        "n_failed": failed,
                        "text_zh": row["advice_zh"],
                        "text_en": row["advice_en"],
                    }
                )
                break
    table = pd.DataFrame(found, columns="category_code item about n_failed text_zh text_en".split())
    table = table.drop_duplicates(["category_code", "item"])
    english = dict(zip(failing["item"], failing["name_en"], strict=True))
    names = table["about"].map(lambda name: ADVICE.get(name, (name, english.get(name, name))))
    return table.assign(
        part="look_at", design="", reliable=True, name_zh=[n[0] for n in names], name_en=[n[1] for n in names]
    )


def certificates(
    product_category: pd.DataFrame, certificate_type: pd.DataFrame, period: Period
) -> pd.DataFrame:
    """Return the certificates that the law requires: one row per key consumer product and requirement, naming
    the certificates of which the product must have any one, with text and citation.

    ``product_category``, ``certificate_type``: silver. Types that are mandatory and valid on ``period.as_of``
    count, for the categories that they name and those directly below."""
    due = valid_in(certificate_type, period)
    due = due[due["mandatory"].eq(True)]
    keys = product_category[product_category["key_consumer_product"].eq(True)]
    found = []
    for category, parent in zip(keys["category_code"], keys["parent_code"], strict=True):
        asked = pd.Series(
            [bool({category, parent} & set(codes)) for codes in due["category_codes"]], due.index, dtype=bool
        )
        for requirement, types in due[asked].groupby("requirement"):
            zh, en = "或".join(types["name_zh"]), " or ".join(types["name_en"].fillna(types["name_zh"]))
            text = certificate_words(zh, en)
            found.append(
                {
                    "category_code": category,
                    "item": f"certificate:{requirement}",
                    "name_zh": zh,
                    "name_en": en,
                    "text_zh": text[0],
                    "text_en": text[1],
                    "citation": "; ".join(dict.fromkeys(types["citation"])),
                    "citation_status": types["status"].iloc[0],
                }
            )
    names = "category_code item name_zh name_en text_zh text_en citation citation_status".split()
    return pd.DataFrame(found, columns=names).assign(part="look_at", design="certificate", reliable=True)


def valid_in(reference: pd.DataFrame, period: Period) -> pd.DataFrame:
    """Return the rows of ``reference`` that are valid on ``period.as_of``: valid_from is missing or not
    later, valid_to missing or not earlier."""
    begins = reference["valid_from"].isna() | (
        pd.to_datetime(reference["valid_from"]) <= pd.Timestamp(period.as_of)
    )
    return reference[begins & ~(pd.to_datetime(reference["valid_to"]) < pd.Timestamp(period.as_of))]


def price_bands(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the failure rates of goods by price: one row per product and third of the prices (item: `low`,
    `middle`, `high`), of probability samples only, with rate, limits and texts. A product is left out unless
    each of its thirds has FEWEST (30) samples.

    ``rows``: as returned by `guidance_samples.bands`. price_from and price_to, the bounds of the third in the
    deployment's currency, are given only where all samples of the third are of one category."""
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
    words = [
        price_words(*r)
        for r in table[
            ["band", "n", "n_failed", "value", "low", "high", "price_from", "price_to"]
        ].itertuples(index=False)
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
