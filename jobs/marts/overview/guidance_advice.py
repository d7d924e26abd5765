"""Finds advice for buyers by what failed and by product, and the certificates that the law requires. Pure.

A product is a category; that of the upper level holds those below it. Advice is written for the level below,
so a row of a group names the products that its advice is for."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any

import pandas as pd

from jobs.marts.overview.guidance_words import ADVICE, certificate_words
from jobs.period import Period

# Requirement of a certificate → the violation found before the test that says that it lacks.
LACKING = {"ccc": "no_certificate"}
OTHERWISE = "no_licence"
USE = "use:"  # before a kind of goods: advice on their use, no matter what failed
OF_SELLER = {"food_operation"}  # requirements that bind who sells the goods
OF_MODEL = {"ccc", "energy_label", "radio_type_approval", "network_access"}  # whose certificates name models
LEAST_READ = ("unverified", "mirror", "verified")  # states of a citation, the least read one first


def look_at(
    results: pd.DataFrame,
    rows: pd.DataFrame,
    product_category: pd.DataFrame,
    buying_advice: pd.DataFrame,
    names: dict[str, str],
    period: Period,
) -> pd.DataFrame:
    """Return advice for buyers: one row per product and piece of advice, the one with most batches first.

    Advice is looked up in ``buying_advice`` (silver) for the items that failed (``results``, as returned by
    `guidance_samples.items`) and for violations found before the test (``rows``, as returned by
    `guidance_samples.in_categories`, with an exit_reason), by the item and by the category of the sample.
    n_failed is the number of batches with any of them. Names are those of all the items and violations that
    the advice is about, those of most batches first. Where a product has others below it and the advice is
    written for some of them, the text begins with the names of those in which these items failed.

    ``names``: Chinese → English name of items; ``product_category``: silver; ``period.as_of``: day on which
    the advice must be valid."""
    known = product_category.set_index("category_code")
    left = rows[rows["exit_reason"].notna()]
    left = left.assign(item="exit:" + left["exit_reason"].astype(str))
    wanted = ["category_code", "own", "item", "sample_id"]
    found = pd.concat([results.loc[results["failed"], wanted], left[wanted]], ignore_index=True)
    records = valid_in(buying_advice, period).sort_values("advice").to_dict("records")
    parents = known["parent_code"].to_dict()
    chosen = {
        (own, item): advised(item, {own, parents.get(own)}, records)
        for own, item in found[["own", "item"]].drop_duplicates().itertuples(index=False)
    }
    written = {record["advice"]: record for record in records}
    found["advice"] = [chosen[key] for key in zip(found["own"], found["item"], strict=True)]
    table = []
    for (category, code), mine in found.dropna(subset="advice").groupby(["category_code", "advice"]):
        about = mine.groupby("item")["sample_id"].nunique().sort_index()
        about = about.sort_values(ascending=False, kind="stable")
        named = [ADVICE.get(item, (item, names.get(item, item))) for item in about.index]
        only = ("", "")
        if written[code]["category_codes"] is not None and list(mine["own"].unique()) != [category]:
            only = _for_products(known, sorted(mine["own"].unique()))
        table.append(
            {
                "category_code": category,
                "item": code,
                "n_failed": mine["sample_id"].nunique(),
                "name_zh": "、".join(zh for zh, _ in named),
                "name_en": ", ".join(en for _, en in named),
                "text_zh": only[0] + written[code]["advice_zh"],
                "text_en": only[1] + written[code]["advice_en"],
            }
        )
    columns = "category_code item n_failed name_zh name_en text_zh text_en".split()
    return (
        pd.DataFrame(table, columns=columns)
        .sort_values(["category_code", "n_failed", "item"], ascending=[True, False, True], ignore_index=True)
        .assign(part="look_at", design="", reliable=True)
    )


def in_use(
    product_category: pd.DataFrame, buying_advice: pd.DataFrame, rows: pd.DataFrame | None, period: Period
) -> pd.DataFrame:
    """Return advice that a product has no matter what failed, as on loads of extension leads: one row per
    product and piece of advice of ``buying_advice`` (silver) whose words begin with USE, in the order of its
    codes. n_failed is null. ``rows``: as returned by `guidance_samples.in_categories`, None without samples;
    the other arguments as for `look_at`."""
    found = [
        {
            "category_code": category,
            "item": record["advice"],
            "name_zh": ADVICE.get(kind, (kind, kind))[0],
            "name_en": ADVICE.get(kind, (kind, kind))[1],
            "text_zh": record["advice_zh"],
            "text_en": record["advice_en"],
        }
        for record in valid_in(buying_advice, period).sort_values("advice").to_dict("records")
        for kind in record["match"]
        if kind.startswith(USE)
        for category in guided(product_category, rows)["category_code"]
        if record["category_codes"] is not None and category in record["category_codes"]
    ]
    names = "category_code item n_failed name_zh name_en text_zh text_en".split()
    return pd.DataFrame(found, columns=names).assign(part="look_at", design="", reliable=True)


def guided(product_category: pd.DataFrame, rows: pd.DataFrame | None) -> pd.DataFrame:
    """Return the rows of ``product_category`` (silver) that have guidance: the key consumer products and
    those in ``rows``, as returned by `guidance_samples.in_categories` (None without samples)."""
    checked = set() if rows is None else set(rows["category_code"])
    key = product_category["key_consumer_product"].eq(True)
    return product_category[key | product_category["category_code"].isin(checked)]


def advised(item: str, categories: set[str], records: Iterable[dict[str, Any]]) -> str | None:
    """Return the code of the first advice in ``records`` (rows of silver.buying_advice) whose words ``item``
    holds and that is for one of ``categories`` or for all; None where there is none."""
    for record in records:
        codes = record["category_codes"]
        if any(word in item for word in record["match"]) and (codes is None or categories & set(codes)):
            return str(record["advice"])
    return None


def _for_products(known: pd.DataFrame, codes: list[str]) -> tuple[str, str]:
    """Return the names of products as the beginning of a sentence, Chinese and English. ``known``:
    silver.product_category by its code."""
    rows = known.loc[codes]
    english = rows["name_en"].where(rows["name_en"].notna(), rows["name_zh"])
    return "、".join(rows["name_zh"]) + "：", ", ".join(english) + ": "


def certificates(
    product_category: pd.DataFrame,
    certificate_type: pd.DataFrame,
    certificate_scope: pd.DataFrame,
    rows: pd.DataFrame | None,
    period: Period,
) -> pd.DataFrame:
    """Return the certificates that the law requires: one row per product and requirement, naming the
    certificates of which the product must have any one and the goods that alone need each, with text and
    citation; n_failed is the number of batches that left before the test for lack of it, null for none. A
    batch found without a certificate lacked that of `ccc`; one found without a licence counts only where its
    product has one requirement other than `ccc`, as of several it is not known which it lacked.

    ``product_category``, ``certificate_type``, ``certificate_scope``: silver; ``rows``: as returned by
    `guidance_samples.in_categories`, None without samples. Products are the key consumer products and those
    in ``rows``. Types that are mandatory and valid on ``period.as_of`` count, for the categories that they
    name and those directly below. A scope that is valid on that day holds for its category and those directly
    below that have none for the type."""
    scopes = {
        (scope["certificate_type"], scope["category_code"]): scope
        for scope in valid_in(certificate_scope, period).to_dict("records")
    }
    due = valid_in(certificate_type, period)
    due = due[due["mandatory"].eq(True)]
    counts = {} if rows is None else _without(rows, due, product_category)
    products = guided(product_category, rows)
    found = []
    for category, parent in zip(products["category_code"], products["parent_code"], strict=True):
        asked = pd.Series(
            [bool({category, parent} & set(codes)) for codes in due["category_codes"]], due.index, dtype=bool
        )
        for requirement, types in due[asked].groupby("requirement"):
            lacking = counts.get((category, requirement), 0)
            own = [scopes.get((t, category), scopes.get((t, parent))) for t in types["certificate_type"]]
            kinds = list(zip(types["name_zh"], types["name_en"].fillna(types["name_zh"]), strict=True))
            goods = [_goods(scope) for scope in own]
            either = ("或", " or ") if len(set(goods)) == 1 else ("、", ", ")
            text = certificate_words(
                list(zip(kinds, goods, strict=True)),
                lacking,
                of_seller=requirement in OF_SELLER,
                of_model=requirement in OF_MODEL,
            )
            found.append(
                {
                    "category_code": category,
                    "item": f"certificate:{requirement}",
                    "n_failed": lacking or None,
                    "name_zh": either[0].join(zh for zh, _ in kinds),
                    "name_en": either[1].join(en for _, en in kinds),
                    "text_zh": text[0],
                    "text_en": text[1],
                    **_sources([*types.to_dict("records"), *(scope for scope in own if scope)]),
                }
            )
    names = "category_code item n_failed name_zh name_en text_zh text_en citation citation_status".split()
    return pd.DataFrame(found, columns=names).assign(part="look_at", design="certificate", reliable=True)


def _without(
    rows: pd.DataFrame, due: pd.DataFrame, product_category: pd.DataFrame
) -> dict[tuple[str, str], int]:
    """(product, requirement) → number of batches that left before the test for lack of it. A batch whose
    violation fits several requirements of the category it was sampled in, or none, counts in none.

    ``rows``: as returned by `guidance_samples.in_categories`; ``due``: the types of silver.certificate_type
    that count; ``product_category``: silver."""
    parents = product_category.set_index("category_code")["parent_code"].to_dict()
    left = rows[rows["exit_reason"].isin([*LACKING.values(), OTHERWISE])]
    due = due.dropna(subset="requirement")
    lacked: dict[tuple[str, str], str | None] = {}
    for own, reason in left[["own", "exit_reason"]].drop_duplicates().itertuples(index=False):
        fit = {
            str(requirement)
            for requirement, codes in zip(due["requirement"], due["category_codes"], strict=True)
            if {own, parents.get(own)} & set(codes) and LACKING.get(requirement, OTHERWISE) == reason
        }
        lacked[own, reason] = fit.pop() if len(fit) == 1 else None
    left = left.assign(
        requirement=[lacked[key] for key in zip(left["own"], left["exit_reason"], strict=True)]
    )
    sizes: dict[tuple[str, str], int] = left.groupby(["category_code", "requirement"]).size().to_dict()
    return sizes


def _goods(scope: dict[Hashable, Any] | None) -> tuple[str, str] | None:
    """The goods that a row of silver.certificate_scope names, Chinese and English; None without a row."""
    if scope is None:
        return None
    zh, en = scope["scope_zh"], scope["scope_en"]
    return zh, zh if pd.isna(en) else en


def _sources(records: list[dict[Hashable, Any]]) -> dict[str, Any]:
    """The laws that ``records`` (rows of silver.certificate_type and silver.certificate_scope) cite, each
    once, and how far the least read of them was read."""
    texts = [record["citation"] for record in records if not pd.isna(record["citation"])]
    cited = dict.fromkeys(law for text in texts for law in text.split("; "))
    found = [record["status"] for record in records if not pd.isna(record["status"])]
    status = next((status for status in LEAST_READ if status in found), next(iter(found), None))
    return {"citation": "; ".join(cited), "citation_status": status}


def valid_in(reference: pd.DataFrame, period: Period) -> pd.DataFrame:
    """Return the rows of ``reference`` that are valid on ``period.as_of``: valid_from is missing or not
    later, valid_to missing or not earlier."""
    begins = reference["valid_from"].isna() | (
        pd.to_datetime(reference["valid_from"]) <= pd.Timestamp(period.as_of)
    )
    return reference[begins & ~(pd.to_datetime(reference["valid_to"]) < pd.Timestamp(period.as_of))]
