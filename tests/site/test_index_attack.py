"""The attacker over indexes: of a unit whose orders are confidential neither the score per order nor, with
its complaints, its orders follow from index, pillars, changes and weak points
(definitions.md#confidential)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import attacker
import country
import country_trade
import numpy as np
import pandas as pd
import pytest
from notebook_country import put
from scipy.optimize import brentq

from jobs.lake.tables import Lake
from jobs.marts.overview.unit_items import ITEMS
from jobs.methods.shapley import ACROSS, across_pillars, by_pillar
from jobs.publish import public_tables
from jobs.publish.freezing import freeze
from jobs.publish.periods import span
from jobs.reports import confidential
from jobs.reports.confidential import KEY, PILLAR, shown

MAY = span("2026-05")
WEIGHTS = {
    "authenticity": 0.15, "conformity": 0.35, PILLAR: 0.2, "governance": 0.15, "standards_risk": 0.15
}  # fmt: skip
COMPLAINTS, WORST = 40, 12.0  # of each unit; complaints per 10,000 orders that score 1
Unit = tuple[str, ...]


@dataclass(frozen=True)
class Truth:
    """Index and pillars of every unit of May whose orders are known or withheld."""

    index: pd.DataFrame
    pillars: pd.DataFrame
    secret: dict[Unit, float]  # unit → its score per order, of those whose orders are confidential


def unit(row: dict[str, str]) -> Unit:
    return row["dimension_type"], row["dimension_code"]


def orders(score: float) -> float:
    """The orders of a unit of which complaints alone are scored, as anyone computes them from its score."""
    return 1e4 * COMPLAINTS / (WORST * ((100.0 - score) / 99.0) ** 2)


def planted(flags: pd.DataFrame) -> Truth:
    flags = flags[flags["period_type"].eq("month") & flags["period_start"].eq(MAY.start)]
    flags = flags[flags["dimension_type"].ne("table")]  # cells of the public table of trade have no index
    keys, chance = flags[KEY].reset_index(drop=True), np.random.default_rng(8)
    scores = chance.uniform(45.0, 85.0, (len(keys), len(WEIGHTS)))
    weights = np.tile(list(WEIGHTS.values()), (len(keys), 1))
    across = np.full(len(keys), ACROSS.index("geometric"))
    index, best = across_pillars(scores, weights, across), np.full(len(keys), 100.0)
    lost = by_pillar((best, np.full_like(scores, 100.0)), (index, scores), weights, across)
    pillars = pd.concat(
        [
            keys.assign(
                pillar=name, score=scores[:, n], weight=weights[:, n], contribution=lost[:, n], coverage=1.0
            )
            for n, name in enumerate(WEIGHTS)
        ]
    )
    place = list(WEIGHTS).index(PILLAR)
    hidden = {
        (row.dimension_type, row.dimension_code): scores[n, place]
        for n, row in enumerate(flags.itertuples())
        if row.confidential
    }
    about = {"band": "across", "coverage": 1.0, "n_judged": 120, "published": True, "method_version": "x/1"}
    return Truth(keys.assign(score=index, low=index - 6.0, high=index + 4.0, **about), pillars, hidden)


def attacked(index: pd.DataFrame, pillars: pd.DataFrame) -> dict[Unit, tuple[float, float]]:
    """By the method alone, the least and the greatest score per order of each unit that lacks it. Both tables
    as files have them: numbers as texts, '' where there is none."""
    found = {}
    said = {unit(row): row for row in index.to_dict("records")}
    for at, rows in pillars.groupby(["dimension_type", "dimension_code"]):
        parts = {
            row["pillar"]: {c: _number(row[c]) for c in ("score", "weight", "contribution")}
            for row in rows.to_dict("records")
        }
        mine, others = parts[PILLAR], [part for name, part in parts.items() if name != PILLAR]
        if mine["score"] is not None:
            continue
        text = said[at]["score"]
        half = 0.5 * 10.0 ** -len(text.partition(".")[2])
        ends = [float(text) - half, float(text) + half]
        exact = [_index(part) for part in parts.values() if part["contribution"]]
        ends = [float(np.mean(exact))] * 2 if any(e is not None for e in exact) else ends
        unknown = sum(part["weight"] for part in others if part["score"] is None)
        known = sum(p["weight"] * np.log(p["score"] / 100) for p in others if p["score"] is not None)
        low = (np.log(ends[0] / 100) - known) / mine["weight"]  # with all unknown pillars at 100
        high = (np.log(ends[1] / 100) - known - unknown * np.log(0.01)) / mine["weight"]  # and at 1
        found[at] = max(100 * np.exp(low), 1.0), min(100 * np.exp(high), 100.0)
    return found


def _number(text: str) -> float | None:
    return None if text == "" else float(text)


def _index(part: dict[str, float | None]) -> float | None:
    """The index with all its digits, from one pillar's contribution, weight and score."""
    if part["score"] is None or part["contribution"] is None or part["weight"] is None:
        return None
    mean = part["contribution"] / (part["weight"] * np.log(part["score"] / 100))
    return brentq(lambda index: (index - 100) / np.log(index / 100) - mean, 1.0, 99.999)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> tuple[Lake, Truth]:
    lake = country.lake_at(tmp_path_factory.mktemp("indexes"))
    country.write(lake)
    truth = planted(lake.frame("gold.commerce_confidential"))
    put(
        lake,
        {
            "gold.commerce_concentration": country_trade.sellers(),
            "gold.quality_index": truth.index,
            "gold.quality_index_pillar": truth.pillars,
        },
    )
    return lake, truth


def answers(lake: Lake, published: Path) -> dict[str, dict[Unit, tuple[float, float]]]:
    """What follows from each kind of file of a bundle: CSV, JSON, sheets."""
    freeze(lake.root, published, MAY, day=None, say=lambda line: None)
    tables: dict[str, dict[str, pd.DataFrame]] = {}
    for table in attacker.tables([published]):
        path, _, sheet = table.path.partition("#")
        name = sheet or Path(path).stem
        if name in ("quality_index", "quality_index_pillar"):
            tables.setdefault(Path(path).suffix, {})[name] = table.rows
    assert set(tables) == {".csv", ".json", ".xlsx"}
    return {kind: attacked(t["quality_index"], t["quality_index_pillar"]) for kind, t in tables.items()}


def exactly(found: dict[Unit, tuple[float, float]], truth: Truth) -> list[Unit]:
    return [
        at
        for at, score in truth.secret.items()
        if at in found and max(abs(end - score) for end in found[at]) < 0.001
    ]


def nearly(found: dict[Unit, tuple[float, float]], truth: Truth) -> list[Unit]:
    """The units whose orders a reader knows within 15 %."""
    return [
        at
        for at, score in truth.secret.items()
        if at in found
        and attacker.recovered(orders(score), orders(found[at][0]), orders(min(found[at][1], 99.999)))
    ]


def test_no_file_of_a_bundle_gives_the_score_per_order_of_confidential_orders(
    home: tuple[Lake, Truth], tmp_path: Path
) -> None:
    lake, truth = home
    assert 4 <= len(truth.secret) < len(truth.index)
    for kind, found in answers(lake, tmp_path).items():
        assert set(found) == set(truth.secret), kind
        assert all(found[at][0] <= score <= found[at][1] for at, score in truth.secret.items()), kind
        assert exactly(found, truth) == [] and nearly(found, truth) == [], kind


def own_pillar_alone(more: list[str]) -> Callable[[str, pd.DataFrame, pd.DataFrame], pd.DataFrame]:
    """`shown` as if the pillar of orders alone were withheld, and the columns ``more`` of the others."""

    def weaker(table: str, rows: pd.DataFrame, flags: pd.DataFrame) -> pd.DataFrame:
        if table != "gold.quality_index_pillar":
            return shown(table, rows, flags)
        hidden = confidential._confidential(rows, flags)
        rows = rows.assign(confidential=hidden, **{c: rows[c].mask(hidden) for c in more})
        own = hidden & rows["pillar"].eq(PILLAR)
        return rows.assign(**{c: rows[c].mask(own) for c in ("score", "contribution")})

    return weaker


@pytest.mark.parametrize("more", [[], ["contribution"]], ids=["all_others_shown", "their_scores_shown"])
def test_the_attacker_finds_it_where_the_other_pillars_are_shown(
    home: tuple[Lake, Truth], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: list[str]
) -> None:
    """Otherwise the test above would say nothing."""
    monkeypatch.setattr(public_tables, "shown", own_pillar_alone(more))
    lake, truth = home
    for found in answers(lake, tmp_path).values():
        assert len(nearly(found, truth)) == len(truth.secret)
        assert len(exactly(found, truth)) == (0 if more else len(truth.secret))


def key(start: date) -> dict[str, object]:
    return dict(zip(KEY, ("month", start, "platform", "P1"), strict=True))


def test_pillars_of_units_without_a_score_per_order_are_shown(home: tuple[Lake, Truth]) -> None:
    """Where nothing per order applies, nothing is hidden; of what is not known to be free all is."""
    lake, truth = home
    pillars = truth.pillars.assign(
        weight=truth.pillars["weight"].mask(truth.pillars["pillar"].eq(PILLAR), 0.0)
    )
    found = shown("gold.quality_index_pillar", pillars, lake.frame("gold.commerce_confidential"))
    assert not found["confidential"].any() and found["score"].notna().all()
    unknown = shown("gold.quality_index_pillar", truth.pillars, pd.DataFrame(columns=[*KEY, "confidential"]))
    assert unknown["confidential"].all() and unknown[["score", "contribution"]].isna().all(axis=None)


@pytest.mark.parametrize("secret", [date(2025, 12, 1), date(2026, 1, 1)], ids=["before", "after"])
def test_no_part_of_a_change_is_shown_where_the_orders_of_one_of_both_periods_are_confidential(
    secret: date,
) -> None:
    """The score of the free period and the part of its change would give the other one."""
    months = (date(2025, 12, 1), date(2026, 1, 1))
    flags = pd.DataFrame([key(month) | {"confidential": month == secret} for month in months])
    rows = pd.DataFrame(
        [
            key(months[1]) | {"previous_start": months[0], "part": part, "points": 1.2345, "change": 2.469}
            for part in (PILLAR, "availability")
        ]
    )
    found = shown("gold.quality_index_change", rows, flags)
    assert found["points"].isna().all() and found["change"].tolist() == [2.5, 2.5]
    assert found["confidential"].all()
    free = shown("gold.quality_index_change", rows, flags.assign(confidential=False))
    assert free["points"].tolist() == [1.2345] * 2 and free["change"].tolist() == [2.469] * 2


def test_scores_and_estimates_of_all_indicators_go_with_those_per_order() -> None:
    start = date(2026, 5, 1)
    rows = pd.DataFrame(
        [
            key(start)
            | {"indicator": name, "status": "used", "weight": 0.5, "denominator": 4000.0, "numerator": 5.0}
            | dict.fromkeys(("value", *confidential.SCORED), 12.3456)
            for name in ("quality_complaints", "takedown_on_time")
        ]
    )
    flags = pd.DataFrame([key(start) | {"confidential": True}])
    found = shown("gold.quality_index_indicator", rows, flags)
    assert found[confidential.SCORED].isna().all(axis=None) and found["scores_confidential"].all()
    assert found["confidential"].tolist() == [True, False]
    assert found.loc[1, ["value", "numerator", "denominator"]].tolist() == [12.3456, 5.0, 4000.0]
    apart = rows.assign(status=["not_applicable", "used"])
    assert shown("gold.quality_index_indicator", apart, flags).loc[1, confidential.SCORED].notna().all()


@pytest.mark.parametrize("kind", ["region", "platform", "category", "cluster"])
def test_a_report_has_the_index_of_confidential_orders_with_one_decimal(kind: str) -> None:
    start = date(2026, 5, 1)
    at = {"period_type": "month", "period_start": start, "dimension_code": "P1"}
    rows = pd.DataFrame(
        [at | {"item": item, "value": 58.4321, "low": 50.1234, "high": 62.4321} for item in ITEMS]
    )
    flags = pd.DataFrame([at | {"dimension_type": kind, "confidential": True}])
    found = shown(f"gold.{kind}_report", rows, flags).set_index("item")[["value", "low", "high"]]
    assert found.loc["quality_index"].tolist() == [58.4, 50.1, 62.4]
    assert found.drop("quality_index").eq([58.4321, 50.1234, 62.4321]).all(axis=None)
    free = shown(f"gold.{kind}_report", rows, flags.assign(confidential=False))
    assert free["value"].eq(58.4321).all()


def test_what_weak_points_cost_gives_no_digit_of_the_index_beyond_the_first_decimal() -> None:
    start = date(2026, 5, 1)
    figures = ("value", "value_low", "value_high", "peer_median", "best_quarter", "cost", "gain")
    rows = pd.DataFrame([key(start) | {"indicator": "takedown_on_time"} | dict.fromkeys(figures, 0.123456)])
    found = shown("gold.weak_point", rows, pd.DataFrame([key(start) | {"confidential": True}]))
    assert found.loc[0, [*figures]].tolist() == [0.12, 0.12, 0.12, 0.123456, 0.123456, 0.1, 0.1]
    free = shown("gold.weak_point", rows, pd.DataFrame([key(start) | {"confidential": False}]))
    assert free.loc[0, [*figures]].tolist() == [0.123456] * 7


RATES = {"quality_complaints": 0.4, "negative_reviews": 0.3, "quality_returns": 0.3}  # of PILLAR


def bounds_of_complaints(scores: dict[str, float], index: float, others: dict[str, float]) -> list[float]:
    """The least and the greatest score per complaint that fit the index, given to one decimal, and the exact
    scores of all pillars but that of orders, of whose rates nothing is known. ``scores``: of these rates,
    only to know which are scored."""
    known = sum(WEIGHTS[name] * np.log(score / 100) for name, score in others.items())
    pillar = [
        100 * np.exp((np.log((round(index, 1) + half) / 100) - known) / WEIGHTS[PILLAR])
        for half in (-0.05, 0.05)
    ]
    whole = sum(RATES[name] for name in scores)
    rest = whole - RATES["quality_complaints"]
    ends = [
        (whole * at - rest * worst) / (whole - rest) for at, worst in zip(pillar, (100.0, 1.0), strict=True)
    ]
    return [max(ends[0], 1.0), min(ends[1], 99.999)]


@pytest.mark.parametrize(("rates", "found"), [(3, False), (2, False), (1, True)])
def test_all_scores_of_other_indicators_leave_the_orders_open_while_two_rates_share_the_pillar(
    rates: int, found: bool
) -> None:
    """Weak points of other indicators may be listed: who has the exact scores of all of these, and not what
    weak ones cost alone, still does not know the score per complaint. It follows where no other rate per
    order is scored, which `jobs.reports.confidential` says."""
    chance, known = np.random.default_rng(34), 0
    for _ in range(300):
        scores = dict(zip([*RATES][:rates], chance.uniform(30.0, 85.0, rates), strict=True))
        whole = sum(RATES[name] for name in scores)
        own = sum(RATES[name] * score for name, score in scores.items()) / whole
        others = {name: chance.uniform(35.0, 90.0) for name in WEIGHTS if name != PILLAR}
        logs = [WEIGHTS[name] * np.log(score / 100) for name, score in (others | {PILLAR: own}).items()]
        ends = bounds_of_complaints(scores, 100 * float(np.exp(sum(logs))), others)
        truth = scores["quality_complaints"]
        assert ends[0] - 1e-9 <= truth <= ends[1] + 1e-9
        known += attacker.recovered(orders(truth), *(orders(end) for end in ends))
    assert (known > 250) if found else known == 0


def test_weak_points_of_a_unit_with_confidential_orders_have_no_rate_per_order() -> None:
    start = date(2026, 5, 1)
    names = ("quality_complaints", "negative_reviews", "quality_returns", "takedown_on_time")
    rows = pd.DataFrame([key(start) | {"indicator": name, "cost": 1.0, "gain": 1.0} for name in names])
    found = shown("gold.weak_point", rows, pd.DataFrame([key(start) | {"confidential": True}]))
    assert found["indicator"].tolist() == ["takedown_on_time"]
    assert set(confidential.PER_ORDER) == {*names[:3]}
