"""English headings for the columns of contracts: from the glossary, else made from the column's name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from jobs.contracts.catalog import load_catalog
from jobs.contracts.glossary import glossary, term_of_column
from jobs.contracts.model import Contract

COUNTED = ("measure", "count")  # kinds of terms

# Columns whose name does not say it in words.
WHOLE = {
    "n": "Cases (number)",
    "low": "Lower limit",
    "high": "Upper limit",
    "ci_low": "Lower limit",
    "ci_high": "Upper limit",
    "cv": "Coefficient of variation",
    "p": "P value",
    "p_value": "P value",
    "p_adjusted": "Adjusted p value",
    "item": "Measure or item",
    "basis": "Ground",
    "better": "Better direction",
    "lag": "Step",
    "yoy_pp": "Change from a year earlier (percentage points)",
    "yoy_low": "Change from a year earlier: lower limit",
    "yoy_high": "Change from a year earlier: upper limit",
    "within_pp": "Change within categories (percentage points)",
    "mix_pp": "Change of the mix (percentage points)",
    "dimension2_type": "Second dimension",
    "dimension2_code": "Code of the second dimension",
    "dimension_type": "Dimension",
    "dimension_code": "Code of the unit",
    "n_age_7": "Open for 0–7 days",
    "n_age_15": "Open for 8–15 days",
    "n_age_30": "Open for 16–30 days",
    "n_age_60": "Open for 31–60 days",
    "n_age_90": "Open for 61–90 days",
    "n_age_older": "Open for more than 90 days",
    "undated": "Why there is no deadline",
    "weak": "Is a weak point",
    "cost": "Points lost against peers",
    "cost_low": "Points lost against peers: lower limit",
    "cost_high": "Points lost against peers: upper limit",
    "gain": "Points to gain",
    "exit_kind": "Kind of exit before the test",
    "exit_reason": "Reason of the exit",
    "disclosure": "State of publication",
    "rank_low": "Rank: best end of the interval",
    "rank_high": "Rank: worst end of the interval",
    "item_limits_low": "Lower limits of the standards",
    "item_limits_high": "Upper limits of the standards",
    "item_claims_low": "Lower limits claimed",
    "item_claims_high": "Upper limits claimed",
    "class_a": "Class-A item",
    "url": "URL",
    "age_days": "Age in days",
    "months_filed_12m": "Months filed of the last 12",
    "months_followed": "Months of the next year covered",
    "n_without_orders": "Complaints of months without orders (number)",
    "n_failers": "Parties that failed (number)",
    "n_followed": "Parties followed for a year (number)",
    "n_failers_next": "Parties that failed, sampled in the next year (number)",
    "n_failers_next_failed": "Parties that failed, failing in the next year (number)",
    "n_others_next": "Other parties, sampled in the next year (number)",
    "n_others_next_failed": "Other parties, failing in the next year (number)",
    "failers_next_rate": "Share of parties that failed, failing in the next year",
    "failers_next_low": "Share of parties that failed, failing in the next year: lower limit",
    "failers_next_high": "Share of parties that failed, failing in the next year: upper limit",
    "others_next_rate": "Share of other parties, failing in the next year",
    "others_next_low": "Share of other parties, failing in the next year: lower limit",
    "others_next_high": "Share of other parties, failing in the next year: upper limit",
    "peer_median": "Peers' median",
    "best_quarter": "Value at the upper quartile by score",
    "n_failing": "Non-conforming (number)",
    "n_outside": "Commissions outside its scope (number)",
    "load_share": "Load ÷ declared capacity",
    "found_share": "Detection or finding rate",
    "found_low": "Detection or finding rate: lower limit",
    "found_high": "Detection or finding rate: upper limit",
    "agreement": "Same verdict",
    "agreement_low": "Same verdict: lower limit",
    "agreement_high": "Same verdict: upper limit",
    "agree_low": "95% limits of agreement: lower limit",
    "agree_high": "95% limits of agreement: upper limit",
    "low95": "95% control limit: lower",
    "high95": "95% control limit: upper",
    "low998": "99.8% control limit: lower",
    "high998": "99.8% control limit: upper",
    "goal_low": "Goalpost: lower end",
    "goal_high": "Goalpost: upper end",
    "value_text": "Value found",
    "kappa": "Cohen's kappa",
    "kappa_low": "Cohen's kappa: lower limit",
    "kappa_high": "Cohen's kappa: upper limit",
    "silver.conclusion.serious": "Seriously non-conforming",
    "gold.bulletin.serious": "Seriously non-conforming",
    "gold.bulletin.item_names": "Failing items",
    "gold.bulletin.item_values": "Values found",
    "gold.bulletin.item_standards": "Standards",
    "gold.bulletin.producer_name": "Marked producer",
    "gold.restriction_response.n_listings": "Listings on offer (number)",
    "gold.standard_citation.standard_no": "Edition cited",
    "gold.standing_conclusion.serious": "Seriously non-conforming",
    "gold.credit_model_report.n_batches_failed": "Non-conforming (number)",
    "gold.credit_model_report.batch_rate": "Detection rate",
    "gold.failing_item.n_failed": "Non-conforming (number)",
    "gold.region_estimate.complaints_per_10000": "Complaint rate per 10,000 orders",
    "gold.shopping_guidance.n_failed": "Non-conforming (number)",
    "gold.standard_failure.n_failed": "Non-conforming (number)",
    "gold.lab_performance.n_compared": "Batches that can be compared (number)",
    "gold.lab_performance.n_compared_failing": "Failures among batches that can be compared (number)",
    "gold.lab_performance.expected": "Failures expected",
    "gold.lab_performance.ratio": "Found ÷ expected",
    "gold.lab_performance.ratio_low": "Found ÷ expected: lower limit",
    "gold.lab_performance.ratio_high": "Found ÷ expected: upper limit",
    "gold.lab_performance.z": "Z value",
    "gold.lab_performance.score": "Z value, adjusted",
    "gold.lab_performance.tau": "Usual difference between laboratories",
    "gold.lab_performance.state": "Place in the funnel",
    "gold.credit_score.grade": "Credit class",  # the grade of another table is no class
}
# Words of a name that are short forms.
WORDS = {
    "id": "identifier",
    "no": "number",
    "p90": "90th percentile",
    "uscc": "unified social credit code",
    "shrunk": "small-area estimate",
    "slope": "yearly change",
    "exposure": "exposure rate",
    "violation": "violation rate",
    "lab": "laboratory",
}
ENDS = {
    "_pp": " (percentage points)",
    "_low": ": lower limit",
    "_high": ": upper limit",
    "_zh": " in Chinese",
    "_en": " in English",
}


@cache
def heading(table: str, column: str) -> str:
    """The English name of a contract's column, as `Lower limit` for `ci_low`: that of its term in the
    glossary, else that in WHOLE (by table and name, else by name), else the words of its name. A column whose
    Chinese name in the contract is that of a measure or count in the glossary bears its English name too,
    also where the term does not list the column. ``table``: the table's id, `gold.detection_rate`."""
    term = term_of_column(table, column)
    if term is not None:
        return _capital(term.en)
    made, named = _made(table, column), _same_in_chinese(table, column)
    return made if named is None or made.lower().startswith(named.lower()) else _capital(named)


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


@cache
def _contracts() -> Mapping[str, Contract]:
    """The contracts, looked for once in a process: to ask whether a file changed takes 2 ms a heading."""
    return load_catalog().contracts


def _same_in_chinese(table: str, column: str) -> str | None:
    contract = _contracts().get(table)
    if contract is None or column not in contract.column_names:
        return None
    name = contract.column(column).name_zh
    return next((t.en for t in glossary().values() if t.kind in COUNTED and t.zh == name), None)


def _made(table: str, column: str) -> str:
    known = WHOLE.get(f"{table}.{column}", WHOLE.get(column))
    if known is not None:
        return known
    end = next((e for e in ENDS if column.endswith(e)), "")
    body, number = re.subn(r"^n_(?=.)", "", column.removesuffix(end))
    words = " ".join(WORDS.get(word, word) for word in body.split("_"))
    return _capital(words) + (" (number)" if number else "") + ENDS.get(end, "")
