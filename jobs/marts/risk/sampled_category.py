"""The category in which samples are to be bought because of a signal, and why there is none. Pure.

Alerts abroad name goods in words of their own, such as `nuts`, which stand in a signal where the goods have
no code, or one of level 1 alone. Plans draw samples by category, so that words have to lead to a code."""

from __future__ import annotations

import pandas as pd

# Values of unmapped_reason: the alert names no goods; no reference knows its words; alerts with these words
# have several codes.
NOT_STATED, NOT_IN_REFERENCE, SEVERAL = "not_stated", "not_in_reference", "several_categories"
_UNKNOWN = "unknown"


def sampled_category(
    category: pd.Series, product_category: pd.DataFrame, overseas_alert: pd.DataFrame
) -> pd.DataFrame:
    """Return the columns sampled_category (a code, null without one) and unmapped_reason (null where there is
    a code, or where the signal names no category at all) with the index of ``category``.

    ``category``: category_code of signals: a code, words of an alert in small letters, `unknown`, or null.
    ``product_category``: silver (category_code, name_zh, name_en); ``overseas_alert``: silver (category_text,
    category_code).

    A code stands for itself, also one that its source keeps beside the reference. Words lead to the category
    of that name in silver.product_category, else to the code that alerts state beside them (mostly of level
    1, by the list of their source), if all state the same."""
    texts = overseas_alert["category_text"].astype("string").str.strip(" ").str.lower()
    stated = pd.DataFrame({"text": texts, "code": overseas_alert["category_code"]}).dropna(subset="text")
    beside = stated.dropna().groupby("text")["code"].agg(["min", "nunique"])
    known = dict.fromkeys(product_category["category_code"])
    names: dict[str, str] = {}
    for column in ("name_en", "name_zh"):
        rows = product_category[["category_code", column]].dropna().sort_values("category_code")
        words = rows[column].astype("string").str.strip(" ").str.lower()
        names = dict(zip(words[::-1], rows["category_code"][::-1], strict=True)) | names
    of_alerts = set(stated["text"])

    def place(value: object) -> tuple[object, object]:
        if pd.isna(value):
            return None, None
        if value == _UNKNOWN:
            return None, NOT_STATED
        if value in known or value not in of_alerts:
            return value, None
        if value in names:
            return names[str(value)], None
        if value not in beside.index:
            return None, NOT_IN_REFERENCE
        row = beside.loc[value]
        return (row["min"], None) if row["nunique"] == 1 else (None, SEVERAL)

    found = {value: place(value) for value in category.drop_duplicates()}
    pairs = [found[value] for value in category]
    columns = ["sampled_category", "unmapped_reason"]
    return pd.DataFrame(pairs, index=category.index, columns=columns, dtype=object)
