"""gold.complaint_matter: which complaints are one matter that came through several channels, and which
letters hold several."""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np
import pandas as pd

from jobs.conform.linkage.clusters import Clusters
from jobs.conform.linkage.configuration import read_configuration
from jobs.conform.linkage.model import Model, no_pairs, scored_pairs
from jobs.conform.linkage.script import folded
from jobs.marts.complaints.reading import Products
from jobs.period import Period

METHOD_VERSION = "complaint_matter/1"
KEY = ["complaint_id", "part"]
STATED, PROBABLE, ALONE = "stated", "probabilistic", "alone"
CHINESE = "一二三四五六七八九"
_MARK = re.compile(rf"(?:^|(?<=[\s。;；:：,，]))([{CHINESE}]|[1-9])(?:、|[.)](?!\d))")
READS = {
    "complaint": [
        *("complaint_id received_on channel matter_id shop_id listing_id category_code".split()),
        *("complainant_ref text".split()),
    ],
    "platform": ["platform_code", "name_zh"],
}
_EPOCH = pd.Timestamp("1970-01-01")


def build(
    *,
    complaint: pd.DataFrame,
    platform: pd.DataFrame,
    product_term: pd.DataFrame,
    product_category: pd.DataFrame,
    period: Period,
) -> pd.DataFrame:
    """One row per case and part of its letter, sorted by KEY; arguments are the silver tables of these names.

    ``matter``: equal for the cases of one matter. A matter_id that is stated holds. A case without one is
    linked to cases of other channels about the same shop within thirty days where Splink finds a probability
    of at least ``threshold`` by product, days, words and pseudonym (linkage/settings/matters.yaml); below it
    they stay apart, and two stated matters are never brought together. A letter whose text numbers several
    matters that name different products or platforms has a part for each; part 1 has the case's own matter.
    """
    configuration = read_configuration("matters")
    plain = folded(complaint["text"]).reset_index(drop=True)
    cases = complaint.drop(columns="text").reset_index(drop=True)
    pairs = probable(cases, plain)
    sure = pairs[pairs["probability"] >= configuration.threshold]
    stated = cases["matter_id"].notna()
    named = cases[stated]
    clusters = Clusters(dict(zip(named["complaint_id"], named["matter_id"], strict=True)))
    best: dict[str, tuple[float, str]] = {}
    order = sure.sort_values(["probability", "left", "right"], ascending=[False, True, True])
    for left, right, probability in order[["left", "right", "probability"]].itertuples(index=False):
        if clusters.join(left, right):
            best.setdefault(left, (probability, right))
            best.setdefault(right, (probability, left))
    tops = [clusters.top(i) for i in cases["complaint_id"]]
    smallest = cases["complaint_id"].groupby(np.asarray(tops, object)).transform("min")
    entity = [clusters.entity(i) for i in cases["complaint_id"]]
    matter = [f"case:{i}" if e is None else f"matter:{e}" for i, e in zip(smallest, entity, strict=True)]
    met = [best.get(i) for i in cases["complaint_id"]]
    link = np.where(stated, STATED, [ALONE if m is None else PROBABLE for m in met])
    linked = link == PROBABLE
    rows = cases[["complaint_id", "shop_id"]].assign(
        part=1,
        matter=matter,
        link=link,
        probability=[m[0] if m and by else np.nan for m, by in zip(met, linked, strict=True)],
        linked_to=[m[1] if m and by else None for m, by in zip(met, linked, strict=True)],
    )
    more = further(rows, plain, Products(product_term, product_category), platform)
    rows = pd.concat([rows.assign(n_parts=1), more], ignore_index=True)
    rows["n_parts"] = rows.groupby("complaint_id")["part"].transform("max") if len(rows) else rows["n_parts"]
    return rows.assign(threshold=configuration.threshold, method_version=METHOD_VERSION).sort_values(
        KEY, ignore_index=True
    )


def probable(cases: pd.DataFrame, plain: pd.Series) -> pd.DataFrame:
    """Pairs as `scored_pairs` returns them, of cases about shops of which any case states no matter."""
    configuration = read_configuration("matters")
    open_shops = set(cases.loc[cases["matter_id"].isna(), "shop_id"].dropna())
    rows = cases[cases["shop_id"].isin(open_shops) & cases["channel"].notna()]
    if rows["shop_id"].duplicated().sum() == 0:
        return no_pairs(configuration)
    days = (pd.to_datetime(rows["received_on"]) - _EPOCH).dt.days
    words = plain[rows.index]
    records = pd.DataFrame(
        {
            "record_id": rows["complaint_id"],
            "shop": rows["shop_id"],
            "listing": rows["listing_id"],
            "category": rows["category_code"],
            "day": days.astype(str),
            "channel": rows["channel"],
            "matter": rows["matter_id"],
            "person": rows["complainant_ref"],
            "text": words.where(words != "", None),
        }
    )
    return scored_pairs(records, Model(configuration.comparisons, configuration.prior), configuration)


def further(rows: pd.DataFrame, plain: pd.Series, products: Products, platform: pd.DataFrame) -> pd.DataFrame:
    """Rows of the second and later parts of letters that hold several matters."""
    names = [n for n in platform["name_zh"].dropna().map(str) if n]
    subject = (
        re.compile("|".join(re.escape(n.lower()) for n in sorted(names, key=lambda n: (-len(n), n))))
        if names
        else None
    )
    counts = [count_matters(text, products, subject) if _MARK.search(text) else 1 for text in plain]
    found = [
        (row.complaint_id, row.shop_id, part, f"case:{row.complaint_id}/{part}", ALONE)
        for row, count in zip(rows.itertuples(index=False), counts, strict=True)
        for part in range(2, count + 1)
    ]
    more = pd.DataFrame(found, columns=["complaint_id", "shop_id", "part", "matter", "link"], dtype=object)
    more = more.assign(probability=np.nan, linked_to=None, n_parts=1)
    return more.astype({"part": "int64"})


def count_matters(text: str, products: Products, platforms: re.Pattern[str] | None) -> int:
    """How many matters a folded text numbers (一、…二、… or 1.…2.…) that name different products or
    platforms: 1 where it numbers none, or two of them name the same or nothing."""
    marks = list(_MARK.finditer(text))
    if [_number(m.group(1)) for m in marks] != list(range(1, len(marks) + 1)) or len(marks) < 2:
        return 1
    ends = [*(m.start() for m in marks[1:]), len(text)]
    parts = [text[mark.end() : end] for mark, end in zip(marks, ends, strict=True)]
    named = [products.of(part) for part in parts]
    places = [met.group() if platforms and (met := platforms.search(part)) else None for part in parts]
    return len(parts) if _differ(named) or _differ(places) else 1


def _differ(values: Iterable[str | None]) -> bool:
    """Whether all are known and no two are the same."""
    known = list(values)
    return None not in known and len(set(known)) == len(known)


def _number(mark: str) -> int:
    return CHINESE.index(mark) + 1 if mark in CHINESE else int(mark)
