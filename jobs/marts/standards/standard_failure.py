"""gold.standard_failure: how often goods fail each standard, edition and item
(definitions.md#standard-failure)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from itertools import chain

import numpy as np
import pandas as pd

from jobs.marts.dimensions import UNKNOWN, Dimension, hierarchies
from jobs.marts.sampling.failing_item import READS as READ_OF_ITEMS
from jobs.marts.sampling.failing_item import batches, by_code, counted, item_names, ranked, results
from jobs.marts.standards.designations import citations, undated
from jobs.marts.standards.editions import Register
from jobs.period import Period

METHOD_VERSION = "standard_failure/2"
KEY = ["period_type", "period_start", "standard", "edition", "item_code", "design"]
WHOLE = ""  # edition, item_code: all of them
READS = READ_OF_ITEMS | {"sample": [*READ_OF_ITEMS["sample"], "produced_on"]}
_SEPARATOR = "\x1f"
COLUMNS = (
    "n_judged n_failed n_first_failed n_overturned rate ci_low ci_high exposure_rate exposure_low "
    "exposure_high n_effective reliability class_a months_covered"
).split()


def build(
    *,
    sample: pd.DataFrame,
    standing_conclusion: pd.DataFrame,
    test_result: pd.DataFrame,
    sampling_plan: pd.DataFrame,
    sampling_stratum: pd.DataFrame,
    sampling_order: pd.DataFrame,
    region: pd.DataFrame,
    product_category: pd.DataFrame,
    standard: pd.DataFrame,
    standard_requirement: pd.DataFrame,
    period: Period,
) -> pd.DataFrame:
    """Return the rows of gold.standard_failure: one row per quarter or year, standard, edition, item and
    design with a batch tested against it, sorted by KEY. Columns are explained in
    schemas/gold/standard_failure.odcs.yaml. standing_conclusion is a gold table, the others silver;
    ``period`` is not used.

    ``standard`` is a number without its year, ``edition`` the number with it; WHOLE ('') as edition or
    item_code means all of them. Batches, failures, rates, limits and reliability are those of
    gold.failing_item. The edition is the one that the laboratory names; where it names no year, the one valid
    on the day of production, else of purchase; `unknown` where no edition can be found or no standard is
    named. A result under several standards counts for those of them that set a limit for its item, if the
    register knows any, else for each. Rows whose standard or edition is `unknown` have no rank."""
    given = counted(
        sample=sample,
        standing_conclusion=standing_conclusion,
        sampling_plan=sampling_plan,
        sampling_stratum=sampling_stratum,
        sampling_order=sampling_order,
        trees=hierarchies(region=region, product_category=product_category),
    )
    register = Register(standard, standard_requirement, product_category)
    judged = _named(results(sample, given.outcome, test_result), sample, register)
    rows = by_code(given, batches(judged, "code"), "standard", (Dimension("nation"),))
    parts = rows["code"].str.split(_SEPARATOR, expand=True).reindex(columns=range(3))
    found = rows.assign(**{name: parts[place] for place, name in enumerate(KEY[2:5])})
    level = pd.Series(1 * found["edition"].ne(WHOLE) + 2 * found["item_code"].ne(WHOLE), found.index)
    known = found["standard"].ne(UNKNOWN) & found["edition"].ne(UNKNOWN)
    ranks = found.assign(level=level, exposure_rate=found["exposure_rate"].where(known))
    places = ranked(ranks, ["period_type", "period_start", "design", "level"])
    names = item_names(test_result)
    found = found.assign(
        item_name=[names.get(code) for code in found["item_code"]],
        **places,
        method_version=METHOD_VERSION,
    )
    shown = [*KEY, "item_name", *COLUMNS, "rank", "n_ranked", "method_version"]
    return found.sort_values(KEY, ignore_index=True)[shown]


def _named(judged: pd.DataFrame, sample: pd.DataFrame, register: Register) -> pd.DataFrame:
    """``judged`` with ``code``: each row once for every edition and level that it counts in."""
    days = sample["produced_on"].where(sample["produced_on"].notna(), sample["purchased_on"])
    goods = sample["category_code"].astype(object).where(sample["category_code"].notna(), None)
    at = judged["place"].to_numpy()
    number, distinct = pd.factorize(days)
    # The last one stands for an unknown day, whose number is -1.
    epochs = np.array([*(register.epoch(day) for day in distinct), -1])
    asked = judged[["standard_no", "item_code", "item_name"]].assign(
        category=goods.to_numpy(object)[at], epoch=epochs[number][at]
    )
    # Results that ask the same have the same answer, which is looked up once.
    question = asked.groupby([*asked], sort=False, dropna=False).ngroup().to_numpy()
    first = np.unique(question, return_index=True)[1]
    on = days.to_numpy(object)[at[first]]
    answers = []
    for (text, item, name, category, _), day in zip(
        asked.iloc[first].itertuples(index=False, name=None), on, strict=True
    ):
        day = day if isinstance(day, date) else None
        answers.append(_codes(editions_of(text, (item, name), category, day, register), item))
    rows = np.repeat(np.arange(len(judged)), np.array([len(codes) for codes in answers], int)[question])
    codes = chain.from_iterable(answers[number] for number in question)
    return judged.take(rows).assign(code=np.fromiter(codes, object, len(rows)))


def editions_of(
    text: str, items: Iterable[str | None], category: str | None, day: date | None, register: Register
) -> list[tuple[str, str]]:
    """Return the standards under which a laboratory's result counts, as pairs (standard without its year,
    edition with its year); either is written as in the register where it holds the standard, else in one
    form.

    ``text``: the numbers that the laboratory names, `unknown` where it names none; ``items``: code and name
    of the item; ``day``: day for which an edition is looked up where a number has no year, None where not
    known. The edition is `unknown` where none is found. If some of the standards set a limit for the item and
    ``category``, only these are returned. A text without a number gives (`unknown`, `unknown`)."""
    found: dict[tuple[str, str], bool] = {}
    for key in citations(None if text == UNKNOWN else text):
        edition = register.exact(key)
        families = register.families(key)
        if edition is None and key == undated(key) and families:
            edition = register.edition(families[0], day)
        # What the register lacks stands in the one form of numbers.
        own = edition.standard_no if edition else key if key != undated(key) else UNKNOWN
        found[register.stem(edition.key if edition else key), own] = edition is not None and bool(
            register.requirements(edition, items, category, day)
        )
    limiting = [pair for pair, sets_it in found.items() if sets_it]
    return limiting or list(found) or [(UNKNOWN, UNKNOWN)]


def _codes(pairs: list[tuple[str, str]], item: str) -> list[str]:
    """The codes under which a result of an item counts: of all editions and of the one, as a whole and of
    the item."""
    return list(
        dict.fromkeys(
            _SEPARATOR.join((standard, edition, code))
            for standard, own in pairs
            for edition in (WHOLE, own)
            for code in (WHOLE, item)
        )
    )
