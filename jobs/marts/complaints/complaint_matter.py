"""gold.complaint_matter: which complaints are about one matter although they arrived through several channels
(such as a hotline and a platform), and which letters are about several matters.

A case is a row of silver.complaint. A matter is identified by the text `matter:` and the matter_id that a
source states, else by `case:` and the smallest complaint_id of the cases linked to each other. A letter (the
text of one case) about several matters is divided into parts, numbered from 1; every other case has part 1
only.

KEY identifies a row: complaint_id, part."""

from __future__ import annotations

import numpy as np
import pandas as pd

from jobs.conform.linkage.clusters import Clusters
from jobs.conform.linkage.configuration import read_configuration
from jobs.conform.linkage.model import Model, no_pairs, scored_pairs
from jobs.conform.linkage.script import folded
from jobs.marts.complaints.letters import Part, Platforms, parts_of, with_marks
from jobs.marts.complaints.reading import Products, Vocabulary
from jobs.period import Period

METHOD_VERSION = "complaint_matter/4"
KEY = ["complaint_id", "part"]
# Values of the column link: the case states its matter_id; Splink links it to another case; neither.
STATED, PROBABLE, ALONE = "stated", "probabilistic", "alone"
# Input of build → the columns of it that build reads; an input that is not listed comes with all its columns.
READS = {
    "complaint": [
        *("complaint_id received_on channel matter_id platform_code shop_id listing_id".split()),
        *("category_code complainant_ref text".split()),
    ],
    "listing": ["listing_id", "shop_id"],
    "platform": ["platform_code", "name_zh"],
}
_EPOCH = pd.Timestamp("1970-01-01")


def build(
    *,
    complaint: pd.DataFrame,
    listing: pd.DataFrame,
    platform: pd.DataFrame,
    hazard_term: pd.DataFrame,
    product_term: pd.DataFrame,
    text_cue: pd.DataFrame,
    product_category: pd.DataFrame,
    period: Period,
) -> pd.DataFrame:
    """Return the matter of each case and part of its letter: one row per complaint_id and part, sorted by
    KEY. Arguments are the silver tables of these names; ``period`` is not used.

    A matter_id that a case states is kept, and two stated ones are never joined. A case without one is linked
    to cases of other channels received within thirty days of it, about the same shop (the one that it states,
    else that of its listing) or the same listing, or, where neither is known, by the same complainant about
    the same category. It is linked where Splink computes a probability of at least ``threshold`` from
    product, days, words and complainant; the settings are in jobs/conform/linkage/settings/matters.yaml.

    Each part of a letter about several matters (`letters.parts_of`) has its hazards and the platform and
    category that its text names, else those of the case. Part 1 has the matter of the case. Shop and listing
    are those that the case states."""
    configuration = read_configuration("matters")
    vocabulary = Vocabulary(hazard_term, product_term, text_cue, product_category)
    plain = folded(with_marks(complaint["text"])).reset_index(drop=True)
    cases = complaint.drop(columns="text").reset_index(drop=True)
    rows = linked(cases, probable(cases, plain, listing, vocabulary.products), configuration.threshold)
    named = Platforms(platform)
    letters = [parts_of(text, vocabulary, named) for text in plain]
    return (
        divided_rows(rows, letters)
        .assign(threshold=configuration.threshold, method_version=METHOD_VERSION)
        .sort_values(KEY, ignore_index=True)
    )


def linked(cases: pd.DataFrame, pairs: pd.DataFrame, threshold: float) -> pd.DataFrame:
    """Return the matter of each case: one row per case in the order of ``cases``, with complaint_id,
    platform_code, shop_id, listing_id and category_code as filed, part (1), matter, link (STATED, PROBABLE or
    ALONE) and, for PROBABLE, ``probability`` (0-1) and ``linked_to`` (complaint_id) of the most probable pair
    by which it was joined to another case; null for other links.

    ``cases``: rows of silver.complaint; ``pairs``: as returned by `probable`; ``threshold``: probability 0-1.
    Pairs of at least ``threshold`` are joined, the most probable first, unless that would put two stated
    matters together."""
    sure = pairs[pairs["probability"] >= threshold]
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
    by = link == PROBABLE
    return cases[["complaint_id", "platform_code", "shop_id", "listing_id", "category_code"]].assign(
        part=1,
        matter=matter,
        link=link,
        probability=[m[0] if m and own else np.nan for m, own in zip(met, by, strict=True)],
        linked_to=[m[1] if m and own else None for m, own in zip(met, by, strict=True)],
    )


def probable(
    cases: pd.DataFrame, plain: pd.Series, listing: pd.DataFrame, products: Products
) -> pd.DataFrame:
    """Return the pairs of cases that may be about one matter, with the probability that Splink gives them:
    one row per pair as returned by `scored_pairs`, sorted by left and right (complaint ids, left < right),
    with probability (0-1).

    ``cases``: rows of silver.complaint; ``plain``: their texts after `folded`, with the same index;
    ``listing``: silver.listing; ``products``: finds the category where neither place nor category of a case
    is known.

    Only cases of one group are compared: of one place (as `places`), or of one complainant and category where
    no place is known. A group in which every case states its matter is left out, and so is a case without a
    channel."""
    configuration = read_configuration("matters")
    place, category, person = places(cases, listing), cases["category_code"], cases["complainant_ref"]
    bare = place.isna() & person.notna()
    unread = bare & category.isna()
    category = category.where(~unread, plain[unread].map(products.of).reindex(cases.index))
    group = ("p:" + place).where(~bare, "c:" + person + "\n" + category)
    some = set(group[cases["matter_id"].isna()].dropna())
    kept = group.isin(some) & cases["channel"].notna()
    rows = cases[kept]
    if group[kept].duplicated().sum() == 0:
        return no_pairs(configuration)
    days = (pd.to_datetime(rows["received_on"]) - _EPOCH).dt.days
    words = plain[rows.index]
    records = pd.DataFrame(
        {
            "record_id": rows["complaint_id"],
            "place": place[kept],
            "listing": rows["listing_id"],
            "category": category[kept],
            "day": days.astype(str),
            "channel": rows["channel"],
            "matter": rows["matter_id"],
            "person": rows["complainant_ref"],
            "text": words.where(words != "", None),
        }
    )
    return scored_pairs(records, Model(configuration.comparisons, configuration.prior), configuration)


def places(cases: pd.DataFrame, listing: pd.DataFrame) -> pd.Series:
    """Return which shop or listing each case is about: the id of the shop that the case states, else of its
    listing's shop, else of its listing; null without any. A series with the index of ``cases``.

    ``cases``: listing_id and shop_id; ``listing``: silver.listing, listing_id and shop_id. The contract's
    `partition_by` names the same groups: cases are compared within a group only. How many cases state another
    shop than that of their listing is counted in gold.complaint_state."""
    known = listing[listing["shop_id"].notna()]
    theirs = cases["listing_id"].map(dict(zip(known["listing_id"], known["shop_id"], strict=True)))
    shop = cases["shop_id"].astype(object)
    return shop.combine_first(theirs.astype(object)).combine_first(cases["listing_id"])


def divided_rows(rows: pd.DataFrame, letters: list[list[Part]]) -> pd.DataFrame:
    """Return one row per case and part of its letter: the rows of `linked` repeated for each part, with
    n_parts (of the letter), hazards and hazards_unsure (lists of hazard codes).

    ``letters``: for each of ``rows`` the parts of its letter as `letters.parts_of` returns them; [] for a
    letter about one matter, which gives one row with null hazards. A part has the platform and category that
    its text names, else those of the case; shop and listing stay those of the case, as a group of cases is
    built again with all parts of its letters. A part after the first is a separate matter, linked to no other
    case."""
    at = np.repeat(np.arange(len(rows)), [max(1, len(letter)) for letter in letters])
    table = rows.iloc[at].reset_index(drop=True)
    named = [part for letter in letters for part in letter or [Part(None, None, None, None)]]
    platform, category = (
        pd.Series([getattr(part, name) for part in named], table.index, dtype=object)
        for name in ("platform", "category")
    )
    part = table.groupby("complaint_id").cumcount() + 1
    further = part > 1
    return table.assign(
        part=part,
        n_parts=table.groupby("complaint_id")["part"].transform("size"),
        platform_code=platform.combine_first(table["platform_code"]),
        category_code=category.combine_first(table["category_code"]),
        matter=table["matter"].where(~further, "case:" + table["complaint_id"] + "/" + part.astype(str)),
        link=table["link"].mask(further, ALONE),
        probability=table["probability"].mask(further),
        linked_to=table["linked_to"].astype(object).mask(further, None),
        hazards=[part.hazards for part in named],
        hazards_unsure=[part.unsure for part in named],
    )
