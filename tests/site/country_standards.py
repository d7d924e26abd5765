"""Standards of the site's country: one that was replaced and is still cited, one in transition, one that
leads nowhere, limits that cannot be read, a number that the register lacks, failures of the country's own
batches."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pandas as pd
from country_items import results

from jobs.marts.standards import (
    citation_rate,
    standard_edition,
    standard_failure,
    standard_limit,
    standards_participation,
)
from jobs.period import Period

EDITIONS = (
    # number, nature, status, from, to, replaced by
    ("GB 4706.1-2005", True, "superseded", date(2005, 8, 1), date(2026, 4, 30), ["GB 4706.1-2024"]),
    ("GB 4706.1-2024", True, "valid", date(2026, 5, 1), None, None),
    ("GB 18401-2010", True, "valid", date(2011, 8, 1), date(2026, 9, 30), ["GB 18401-2026"]),
    ("GB 18401-2026", True, "valid", date(2026, 4, 1), None, None),
    ("QB/T 5-1999", False, "superseded", date(1999, 1, 1), date(2010, 12, 31), None),
)


def standards(
    given: dict[str, pd.DataFrame],
    markup: str,
    filled: Callable[[str, pd.DataFrame], pd.DataFrame],
    without: Callable[[str, set[str]], dict[str, pd.DataFrame]],
    period: Period,
) -> dict[str, pd.DataFrame]:
    """The gold tables of the standards net that pages read; ``given``: silver tables."""
    register = _register(markup, filled)
    limits = standard_limit.build(**register, period=period)
    editions = standard_edition.build(standard=register["standard"], standard_limit=limits, period=period)
    tested = filled("silver.test_result", results(given["standing_conclusion"]))
    own = given | register | {"test_result": tested}
    names = set(own) & {*without("gold.standard_failure", set())}
    failure = standard_failure.build(
        **{name: own[name] for name in names}, **without("gold.standard_failure", names), period=period
    )
    places = {name: given[name] for name in ("region", "product_category")}
    return {
        "gold.standard_edition": editions,
        "gold.standard_limit": limits,
        "gold.cited_standard": _cited(),
        "gold.standard_citation": _citations(),
        "gold.standard_failure": failure,
        "gold.citation_rate": citation_rate.build(standard_coverage=_coverage(), **places, period=period),
        "gold.standards_participation": standards_participation.build(
            standards_activity=_activities(), **places, period=period
        ),
    }


def _register(markup: str, filled: Callable[[str, pd.DataFrame], pd.DataFrame]) -> dict[str, pd.DataFrame]:
    columns = "standard_no mandatory status valid_from valid_to superseded_by".split()
    standard = pd.DataFrame(EDITIONS, columns=columns, dtype=object)
    older = {new: [row[0]] for row in EDITIONS for new in row[5] or ()}
    standard = standard.assign(
        name_zh=markup,
        kind="national",
        supersedes=[older.get(no) for no in standard["standard_no"]],
    )
    requirement = pd.DataFrame(
        {
            "requirement_id": ["old", "new", "odd"],
            "standard_no": ["GB 4706.1-2005", "GB 4706.1-2024", "GB 4706.1-2024"],
            "item_code": ["E01", "E01", "E06"],
            "limit_high": ["0.2", "0.1", "5 g"],
            "unit": ["Ω", "Ω", "mg/kg"],
        }
    )
    return {
        "standard": filled("silver.standard", standard),
        "standard_requirement": filled("silver.standard_requirement", requirement),
    }


def _cited() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "number": ["GB4706.1-2005", "GB18401", "QXYZ1-2020", "QBT5-1999"],
            "standard_no": ["GB 4706.1-2005", "GB 18401-2010", None, "QB/T 5-1999"],
            "status": ["superseded", "transition", "unknown", "superseded"],
            "dated": [True, False, True, True],
            "nature": ["mandatory", "mandatory", "enterprise", "recommended"],
            "since": [date(2026, 5, 1), None, None, date(2011, 1, 1)],
            "current_no": [["GB 4706.1-2024"], None, None, None],
            "n_listings": [3, 7, 2, 1],
            "n_texts": 1,
            "n_platforms": [2, 1, 1, 1],
        }
    )


def _citations() -> pd.DataFrame:
    """L1 cites two editions that do not hold; L2 was put up after the edition had ended."""
    return pd.DataFrame(
        {
            "listing_id": ["L1", "L1", "L2", "L3"],
            "number": ["GB 4706.1-2005", "QB/T 5-1999", "GB 4706.1-2005", "GB 4706.1-2005"],
            "platform_code": ["P01", "P01", "P01", "P03"],
            "shop_id": ["S1", "S1", "S1", "S3"],
            "category_code": "HA",
            "standard_no": ["GB 4706.1-2005", "QB/T 5-1999", "GB 4706.1-2005", "GB 4706.1-2005"],
            "status": "superseded",
            "nature": ["mandatory", "recommended", "mandatory", "mandatory"],
            "since": [date(2026, 5, 1), date(2011, 1, 1), date(2026, 5, 1), date(2026, 5, 1)],
            "current_no": [["GB 4706.1-2024"], None, ["GB 4706.1-2024"], ["GB 4706.1-2024"]],
            "while_valid": [True, False, False, True],
        }
    )


def _coverage() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "month": date(2026, 5, 1),
            "platform_code": ["P01", "P03"],
            "category_code": ["HA", "TY"],
            "province_code": "330000",
            "n_listings": [100, 12],
            "n_citing": [90, 12],
            "n_standard_known": [80, 12],
            "n_standard_valid": [76, 12],
            "n_standard_upcoming": 0,
            "n_standard_superseded": [4, 0],
            "n_standard_withdrawn": 0,
        }
    )


def _activities() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "activity_id": ["A1", "A2", "A3"],
            "kind": ["studio", "community", "drafting"],
            "happened_on": [date(2026, 3, 1), date(2026, 4, 1), date(2025, 4, 1)],
            "standard_no": ["GB 4706.1-2024", None, "GB 18401-2026"],
            "organisation": ["甲会", "乙会", "甲会"],
            "region_code": ["330000", "330000", "440000"],
            "studio_name": ["甲工作室", None, None],
            "category_code": ["HA", "HA", "TX"],
            "participants": [12, 3, 31],
        }
    )
