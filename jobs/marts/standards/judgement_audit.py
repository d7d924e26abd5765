"""gold.judgement_audit: every tested item judged again from its value, limits, claims and valid editions, and
compared with the laboratory's verdict."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from jobs.marts.standards.editions import Register
from jobs.marts.standards.judgement import NO_REQUIREMENT, NONCONFORMING, Constraint, of_sample
from jobs.marts.standards.limit_text import limit_text
from jobs.marts.standards.recomputed import JUDGED, READ, Grounds, cause, grounds, recomputed
from jobs.period import Period

WHOLE = ""  # item_code of the row of a sample as a whole
ANSWER = ["verdict", "agreement", "reason", "basis", "standard_no", "limit_text", "limit_unit", "rounded"]
OF_SAMPLE = ["tested_on", "verdict", "lab_verdict", "agreement", "reason", "serious", "lab_serious"]
SHARED = ["sample_id", "plan_id", "lab_id", "category_code", "edition_on"]  # by all items of a sample
COLUMNS = [
    "sample_id", "item_code", "plan_id", "lab_id", "category_code", "tested_on", "edition_on", "item_name",
    "item_class", "value_text", "unit", "verdict", "lab_verdict", "agreement", "reason", "basis",
    "standard_no", "lab_standard_no", "limit_text", "limit_unit", "rounded", "serious", "lab_serious",
]  # fmt: skip

READS = {
    "test_result": [
        "sample_id", "item_code", "item_name", "value_text", "unit", "limit_low", "limit_high", "claim_low",
        "claim_high", "standard_no", "item_class", "lab_verdict", "tested_on",
    ],
    "sample": ["sample_id", "plan_id", "category_code", "produced_on", "purchased_on", "lab_id"],
    "conclusion": ["sample_id", "stage", "outcome", "serious", "lab_id"],
    "page_claim": ["sample_id", "standard_no"],
}  # fmt: skip


def build(
    *,
    test_result: pd.DataFrame,
    sample: pd.DataFrame,
    conclusion: pd.DataFrame,
    page_claim: pd.DataFrame,
    standard: pd.DataFrame,
    standard_requirement: pd.DataFrame,
    product_category: pd.DataFrame,
    period: Period,
) -> pd.DataFrame:
    """Return the rows of gold.judgement_audit: one row per sample and tested item, and one per sample as a
    whole (item_code WHOLE), sorted by sample_id and item_code. Columns: COLUMNS, each explained in
    schemas/gold/judgement_audit.odcs.yaml. page_claim is a gold table, the others silver. ``period`` is not
    used.

    Rates count the laboratory's verdicts and conclusions, never these judgements; the table shows where this
    system comes to a different result. ``agreement``: `agreed`, `contradicted`, `not_recomputed` (only the
    laboratory judged), `lab_silent` (only this system did) or `both_silent`. ``reason``: why the two differ
    (`recomputed.cause`), or why this system does not judge."""
    register = Register(standard, standard_requirement, product_category)
    rows = _rows(test_result, sample, conclusion, page_claim)
    items = rows.assign(**_answers(rows, register))
    first = conclusion[conclusion["stage"] == "first"]
    found = pd.concat([items.reindex(columns=COLUMNS), _wholes(items, first)], ignore_index=True)
    found = found.astype({"rounded": "boolean", "serious": "boolean", "lab_serious": "boolean"})
    return found.sort_values(["sample_id", "item_code"], ignore_index=True)


def _rows(
    test_result: pd.DataFrame, sample: pd.DataFrame, conclusion: pd.DataFrame, page_claim: pd.DataFrame
) -> pd.DataFrame:
    """Results with what their sample, its conclusion and its page say; nulls are None."""
    facts = sample[["sample_id", "plan_id", "category_code", "produced_on", "purchased_on", "lab_id"]]
    first = conclusion.loc[conclusion["stage"] == "first", ["sample_id", "lab_id"]]
    first = first.rename(columns={"lab_id": "_concluded_by"})
    pages = page_claim[["sample_id", "standard_no"]].rename(columns={"standard_no": "page_standard_no"})
    rows = test_result[[c for c in test_result if c in READ or c in COLUMNS]]
    for other in (facts, first, pages):
        rows = rows.merge(other, on="sample_id", how="left", validate="many_to_one")
    rows = rows.astype(object).where(rows.notna(), None)
    return rows.assign(
        lab_id=_first_said(rows["_concluded_by"], rows["lab_id"]),
        edition_on=_first_said(rows["produced_on"], rows["purchased_on"]),
        lab_standard_no=rows["standard_no"],
    )  # fmt: skip


def _first_said(one: pd.Series, other: pd.Series) -> pd.Series:
    return one.where(one.astype(bool), other)


def _answers(rows: pd.DataFrame, register: Register) -> dict[str, Any]:
    """The columns of ANSWER, and ``serious``. The same question, at a time of the same editions, is answered
    once."""
    epochs = {day: register.epoch(day) for day in rows["edition_on"].unique()}
    epoch = pd.Series([epochs[day] for day in rows["edition_on"]], rows.index, dtype=object)
    asked = rows[[*READ, "value_text", "lab_verdict", "edition_on"]].assign(epoch=epoch)
    questions = asked.groupby([*READ, "value_text", "lab_verdict", "epoch"], dropna=False, sort=False)
    _, at, number = np.unique(questions.ngroup(), return_index=True, return_inverse=True)
    known: dict[tuple[Any, ...], Grounds] = {}
    names = list(asked)
    distinct = (dict(zip(names, values, strict=True)) for values in asked.iloc[at].to_numpy())
    given = [_answer(question, register, known) for question in distinct]
    found = pd.DataFrame(given, columns=ANSWER, dtype=object).iloc[number]
    answers = {name: found[name].to_numpy() for name in ANSWER}
    failing, item_class = answers["verdict"] == NONCONFORMING, rows["item_class"]
    serious = np.where(failing & item_class.notna(), item_class == "A", None)
    return answers | {"serious": serious, "lab_serious": None}


def _answer(
    question: Mapping[str, Any], register: Register, known: dict[tuple[Any, ...], Grounds]
) -> tuple[Any, ...]:
    """The values of ANSWER for a row of silver.test_result with what `_rows` adds."""
    key = (question["epoch"], *(question[name] for name in READ))
    if key not in known:
        known[key] = grounds(question, register, question["edition_on"])
    given = known[key]
    found = recomputed(question, given)
    agreement = _agreement(found.verdict, question["lab_verdict"])
    reason = cause(question, given, found, register) if agreement == "contradicted" else found.reason
    return (found.verdict, agreement, reason, *_shown(found.by))


def _wholes(items: pd.DataFrame, concluded: pd.DataFrame) -> pd.DataFrame:
    """The rows of samples: their items' judgements against the laboratory's first conclusion.

    An item that cannot be recomputed (unlike one that must not be judged) counts as the laboratory judged it.
    """
    counts = items["verdict"].isin(JUDGED) | (items["reason"] == NO_REQUIREMENT)
    ours = items["verdict"].where(counts, items["lab_verdict"]).tolist()
    theirs, classes, tested = (items[c].tolist() for c in ("lab_verdict", "item_class", "tested_on"))
    said = concluded[["outcome", "serious"]].astype(object)
    said = said.where(said.notna(), None).itertuples(index=False, name=None)
    conclusions = dict(zip(concluded["sample_id"], said, strict=True))
    places: dict[str, list[int]] = {}
    for place, name in enumerate(items["sample_id"]):
        places.setdefault(name, []).append(place)
    rows = []
    for name, at in places.items():
        judged, reported = ([(verdicts[i], classes[i]) for i in at] for verdicts in (ours, theirs))
        last = max((tested[i] for i in at if tested[i] is not None), default=None)
        rows.append((last, *_whole(judged, reported, *conclusions.get(name, (None, None)))))
    shared = items.drop_duplicates("sample_id")[SHARED].assign(item_code=WHOLE)
    return shared.assign(**pd.DataFrame(rows, columns=OF_SAMPLE, dtype=object, index=shared.index))


def _whole(
    judged: list[tuple[str, str]], reported: list[tuple[str, str]], theirs: str | None, grave: bool | None
) -> tuple[Any, ...]:
    """The values of OF_SAMPLE from the verdict. ``judged``, ``reported``: verdict and class of its items.

    ``reason``: an item differs (items), or the laboratory's own items do not lead to its conclusion
    (summary), or the failure is serious to one of the two (serious).
    """
    verdict, serious = of_sample(judged)
    agreement, reason = _agreement(verdict, theirs), None
    if agreement == "contradicted":
        reason = "summary" if of_sample(reported)[0] == verdict else "items"
    elif verdict == theirs == NONCONFORMING and None not in (grave, serious) and grave != serious:
        agreement, reason = "contradicted", "serious"
    return verdict, theirs, agreement, reason, serious, grave if theirs == NONCONFORMING else None


def _agreement(verdict: str, theirs: str | None) -> str:
    if theirs not in JUDGED:
        return "lab_silent" if verdict in JUDGED else "both_silent"
    if verdict not in JUDGED:
        return "not_recomputed"
    return "agreed" if verdict == theirs else "contradicted"


def _shown(by: Constraint | None) -> tuple[Any, ...]:
    """The limit that decided, as people write it: basis, standard_no, limit_text, limit_unit, rounded."""
    if by is None:
        return (None,) * 5
    text, unit = limit_text(by.limits)
    return by.basis, by.standard_no, text, unit, by.rounded
