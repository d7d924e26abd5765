"""Figures on pages are the mart's own, under the right name: exposure rate, finding rate, shrunk estimate,
closed loop, deadlines."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import country
import pytest
from reading_pages import english_ranges, text_of

from jobs.lake.query import query
from jobs.marts.sampling.outcomes import judged, judged_sql
from jobs.reports.numbers import percent, points


def newest(dimension: str, code: str, design: str, role: str = "") -> dict:
    """The mart's row of the newest twelve months."""
    rate = country.tables()["gold.detection_rate"]
    rows = rate[
        (rate["dimension_type"] == dimension)
        & (rate["dimension_code"] == code)
        & (rate["dimension2_type"] == "")
        & (rate["region_role"] == role)
        & (rate["design"] == design)
        & (rate["period_type"] == "rolling12")
        & (rate["period_start"] == country.date(2025, 7, 1))
    ]
    assert len(rows) == 1
    return rows.iloc[0].to_dict()


@pytest.mark.parametrize(
    ("path", "dimension", "code", "role"),
    [
        ("index.html", "nation", "CN", ""),
        ("platforms/P01.html", "platform", "P01", ""),
        ("regions/440000.html", "region", "440000", "seller"),
        ("categories/HA.html", "category", "HA", ""),
    ],
)
def test_headlines_are_the_marts_own_figures_by_design(
    html: dict[str, str], path: str, dimension: str, code: str, role: str
) -> None:
    page = english_ranges(html[path])
    cards = re.findall(r'<section class="card (?:probability|targeted)">.*?</section>', page, flags=re.S)
    for card, design, column in zip(
        cards, ("probability", "targeted"), ("exposure_rate", "rate"), strict=True
    ):
        row = newest(dimension, code, design, role)
        assert f'<p class="big">{percent(row[column])}</p>' in card
        assert f"n = {judged(row):,}" in text_of(card)
    row = newest(dimension, code, "probability", role)
    assert f"{percent(row['exposure_low'])[:-1]}–{percent(row['exposure_high'])}" in cards[0]
    for figure in ("violation", "exposure_violation"):
        low, high = percent(row[f"{figure}_low"])[:-1], percent(row[f"{figure}_high"])
        assert row[f"{figure}_rate"] > 0 and percent(row[f"{figure}_rate"]) in text_of(cards[0])
        assert f"{low}–{high})" in text_of(cards[0])
    assert text_of(cards[0]).count("Exposure violation rate") == 1 and "Exposure violation" not in cards[1]
    assert f"{percent(row['rate'])} ({percent(row['ci_low'])[:-1]}–{percent(row['ci_high'])})" in text_of(
        cards[0]
    )


def test_a_card_says_whether_the_newest_whole_quarter_moved(html: dict[str, str]) -> None:
    """A quarter of which months are missing is left out, and one that ends after the data's last day."""
    rate = country.tables()["gold.detection_rate"]
    quarters = rate[
        (rate["dimension_type"] == "nation")
        & (rate["dimension2_type"] == "")
        & (rate["design"] == "probability")
        & (rate["period_type"] == "quarter")
        & (rate["months_covered"] == 3)
        & (rate["period_start"] < date(2026, 4, 1))  # the data end on 20 June
    ]
    row = quarters.sort_values("period_start").iloc[-1]
    card = text_of(
        re.findall(r'<section class="card probability">.*?</section>', html["index.html"], flags=re.S)[0]
    )
    said = card[card.index("Latest complete quarter") :]
    assert f"Q{(row['period_start'].month + 2) // 3} {row['period_start'].year}" in said
    assert percent(row["exposure_rate"]) in said and points(row["yoy_pp"]) in said


def test_figures_on_a_page_are_what_a_query_of_the_lake_answers(site: Path, html: dict[str, str]) -> None:
    answer = query(
        site.parent / "lake",
        f"SELECT exposure_rate, {judged_sql()} AS n, n_nonconforming AS x FROM gold.detection_rate "
        "WHERE dimension_type = 'platform' AND dimension_code = 'P02' AND dimension2_type = '' AND "
        "design = 'probability' "
        "AND period_type = 'rolling12' "
        "ORDER BY period_start DESC LIMIT 1",
    ).to_pylist()[0]
    shown = [percent(answer["exposure_rate"]), f"{answer['n']:,}", f"{answer['x']:,}"]
    rows = [
        r
        for r in re.findall(r"<tr\b.*?</tr>", html["platforms.html"], flags=re.S)
        if "platforms/P02.html" in r
    ]
    assert any(all(f">{value}<" in r for value in shown) for r in rows)


def test_a_unit_with_too_few_batches_shows_counts_is_not_ranked_and_keeps_its_shrunk_estimate(
    html: dict[str, str],
) -> None:
    page = html["regions.html"].split("<details>")[0]
    row = next(r for r in re.findall(r"<tr\b.*?</tr>", page, flags=re.S) if "540000.html" in r)
    assert row.startswith('<tr data-rate=""><td class="n">–</td>') and "样本不足" in row
    mart = newest("region", "540000", "probability", "seller")
    assert f'<td class="n">{judged(mart)}</td>' in row
    assert f'{percent(mart["shrunk_rate"])}<span class="small">' in row and 'class="hollow"' in row


def test_finding_rates_rank_nobody(html: dict[str, str]) -> None:
    for page in ("platforms.html", "regions.html", "categories.html", "platforms/P01.html"):
        targeted = re.findall(r'<div class="targeted"><h3>.*?</table>', html[page], flags=re.S)
        assert targeted, page
        assert all(
            "问题发现率" in table and "位次" not in table and "检出率" not in table for table in targeted
        ), page


def test_a_change_is_separate_from_a_change_of_mix(html: dict[str, str]) -> None:
    row = newest("nation", "CN", "probability")
    card = text_of(
        re.findall(r'<section class="card probability">.*?</section>', html["index.html"], flags=re.S)[0]
    )
    assert f"{points(row['yoy_pp'])}个百分点" in card and "可能属随机波动" in card
    within, mix = points(row["within_pp"]), points(row["mix_pp"])
    assert f"各品类自身变化{within}个百分点，抽样品类构成变化{mix}个百分点" in card


def test_a_category_page_sets_its_platforms_regions_and_clusters_beside_each_other(
    html: dict[str, str],
) -> None:
    page = html["categories/HA.html"]
    for anchor, link in (
        ("platform", "platforms/P01.html"),
        ("region", "regions/440000.html"),
        ("cluster", "clusters/K03.html"),
    ):
        part = page.split(f'<h2 id="{anchor}">')[1].split("<h2")[0]
        assert link in part, anchor


def test_the_closed_loop_of_a_platform_is_the_marts(html: dict[str, str]) -> None:
    loop = country.tables()["gold.closed_loop"]
    row = loop[
        (loop["dimension_type"] == "platform")
        & (loop["dimension_code"] == "P01")
        & (loop["dimension2_type"] == "")
        & (loop["period_type"] == "all")
    ].iloc[0]
    part = html["platforms/P01.html"].split('<h2 id="loop">')[1].split("<h3>")[1]
    counts = [int(n) for n in re.findall(r'<td class="n">(\d+)</td><td class="n">[\d.]+%', part)]
    assert (
        counts[0] == row["n_findings"]
        and row["n_taken_down"] in counts
        and counts[-1] == row["n_overdue"] > 0
    )


def test_the_sampling_room_lists_what_is_overdue_by_rule_and_by_days(html: dict[str, str]) -> None:
    life = country.tables()["gold.sampling_lifecycle"]
    page = html["sampling.html"]
    overdue = int(
        (life["rectification_timer"] == "overdue").sum() + (life["recheck_timer"] == "overdue").sum()
    )
    assert f"（{overdue}项期限" in page.split('id="overdue"')[1][:300]
    assert "SAMR Order No. 18" in page.split('id="timers"')[1].split("<h2")[0]
    days = [
        int(d)
        for d in re.findall(
            r'<tr><td class="n rate">(\d+)</td>', page.split('id="overdue"')[1].split("<h2")[0]
        )
    ]
    assert days == sorted(days, reverse=True) and len(days) == min(overdue, 60)
    assert "买样5次，其中1次" in text_of(page.split('id="exposure"')[1])
    assert "早于改正" in page.split('id="refusals"')[1]


def test_a_plan_has_a_page_with_its_counts_and_one_without_samples_says_so(html: dict[str, str]) -> None:
    row = newest_of_plan("TARG")
    page = html["plans/TARG.html"]
    assert f"{row['n_nonconforming']:,} of {judged(row):,} batches non-conforming" in page
    assert percent(row["rate"]) in page and "加权不合格率" not in text_of(page.split("<main")[1])
    assert "加权不合格率" in text_of(html["plans/PROB.html"].split("<main")[1])
    assert "尚无样品" in html["plans/NEXT.html"]


def newest_of_plan(code: str) -> dict:
    rate = country.tables()["gold.detection_rate"]
    return (
        rate[
            (rate["dimension_type"] == "plan")
            & (rate["dimension_code"] == code)
            & (rate["design"] == "all")
            & (rate["period_type"] == "all")
        ]
        .iloc[0]
        .to_dict()
    )
