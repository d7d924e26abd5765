"""What a platform's package says of its weak points: as its page of the site, and why others have no gain."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any

import pandas as pd

from jobs.exchange.pages.published import Figures, Published
from jobs.exchange.pages.standing import standing
from jobs.exchange.quartiles import CHANCE, FEW, NOT_BEHIND, beside_peers
from jobs.reports.confidential import KEY
from jobs.reports.procedure import STATUS
from jobs.reports.wording import WITHHELD, Text

QUARTER = {"period_type": "quarter", "period_start": date(2026, 7, 1), "dimension_type": "platform"}
OWN = QUARTER | {"dimension_code": "P1"}
CODES = [f"P{n}" for n in range(1, 9)]


def beside(confidential: bool) -> dict[str, dict[str, Any]]:
    """The rows of P1 by indicator, beside seven peers that have all but one of them."""
    names = ["exposure_rate", "negative_reviews", "standards_valid", "takedown_on_time", "serious_signals"]
    measured = pd.DataFrame(
        QUARTER | {"dimension_code": code, "indicator": name, "estimate": 0.5}
        for code in CODES
        for name in names
        if code == "P1" or name != "takedown_on_time"
    )
    rows = measured[measured["dimension_code"].eq("P1")].assign(status="used", points_to_gain=5.0)
    unscored = rows["indicator"].eq("serious_signals")
    rows = rows.assign(points_to_gain=rows["points_to_gain"].mask(unscored))
    rows = rows.assign(status=rows["status"].mask(unscored, "not_applicable"))
    weak = [
        OWN | {"indicator": "negative_reviews", "weak": True, "place": 1, "gain": 2.604},
        OWN | {"indicator": "exposure_rate", "weak": False, "place": None, "gain": 6.0},
    ]
    limits = dict.fromkeys(("value", "value_low", "value_high", "cost", "cost_low", "cost_high"), 0.5)
    limits |= {"peer_median": 0.5, "best_quarter": 0.5}
    flags = pd.DataFrame([OWN])[KEY].assign(confidential=confidential)
    found = beside_peers(rows, measured, pd.DataFrame([row | limits for row in weak]), flags)
    return {row["indicator"]: row for row in found.to_dict("records")}


def test_weak_points_have_points_at_the_quartile_and_every_other_indicator_says_why_it_has_none() -> None:
    found = beside(confidential=False)
    weak = found["negative_reviews"]
    assert (weak["points_to_quartile"], weak["weak_place"], weak["quartile_zh"]) == (2.6, 1, None)
    said = {name: row["quartile_zh"] for name, row in found.items() if pd.isna(row["points_to_quartile"])}
    assert said == {
        "exposure_rate": CHANCE.zh,
        "standards_valid": NOT_BEHIND.zh,
        "takedown_on_time": FEW.zh,
        "serious_signals": STATUS["not_applicable"].zh,
    }


def test_a_weak_point_from_which_orders_could_be_computed_has_no_points_in_the_package_either() -> None:
    row = beside(confidential=True)["negative_reviews"]
    assert pd.isna(row["points_to_quartile"]) and row["quartile_en"] == WITHHELD.en


def test_the_verdict_begins_with_the_weak_points_as_the_page_of_the_site_and_names_the_base_level() -> None:
    row = OWN | {"value": 0.1, "estimate": 0.1, "status": "used", "borrowed": None, "index_score": 54.3}
    given = [
        row | {"indicator": "exposure_rate", "points_to_gain": 13.8, "weak_place": None}
        | {"points_to_quartile": None, "quartile_zh": CHANCE.zh, "quartile_en": CHANCE.en},
        row | {"indicator": "standards_valid", "points_to_gain": 4.3, "weak_place": 1}
        | {"points_to_quartile": 2.6, "quartile_zh": None, "quartile_en": None},
    ]  # fmt: skip

    class Bundles(Published):
        def rate(self, dimension: str, code: str) -> Figures | None:
            return None

        def index(self, dimension: str, code: str) -> Figures | None:
            score = {"score": 54.3, "low": 29.8, "high": 66.1, "tier": None, "rank": None}
            return Figures("2026Q3", 1, score | QUARTER | {"band": "across"})

    rows = {"score_preview": [SimpleNamespace(**each) for each in given]}
    base = Text("基期2025年全国=57.0", "the nation's in 2025: 57.0")
    _, _, stands, _, reasons, _ = standing("platform", "P1", rows, Bundles(None), base=base)
    first, second = (figures for _, figures, _ in reasons)
    assert first.zh.endswith("达到同类上四分位可增加2.6分，满分可增加4.3分")
    assert second.zh.endswith(f"满分可增加13.8分（{CHANCE.zh}）") and second.en.endswith(f"({CHANCE.en})")
    assert stands is not None and stands.zh.endswith("与基期全国水平无显著差异（基期2025年全国=57.0）")
