"""The map colours a province only where its interval excludes the nation's value; an axis that cuts an
interval says so."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from types import SimpleNamespace

import pandas as pd
import pytest
from country import environment

from jobs.reports.made import site_origin
from jobs.reports.numbers import Figure
from jobs.reports.pages import province_maps as maps
from jobs.reports.pages.province_maps import province_maps
from jobs.reports.site import read
from jobs.reports.small import cell_axis, interval_cell
from jobs.reports.tile_map import ALIKE, BETTER, FEW, NONE, WORSE, standing
from jobs.reports.wording import NOT_WEIGHTED, TOO_FEW, same


@pytest.mark.parametrize(
    ("value", "low", "high", "few", "worse", "expected"),
    [
        (0.20, 0.15, 0.25, False, True, WORSE),
        (0.20, 0.05, 0.45, False, True, ALIKE),  # the nation's 0.1 lies in the interval
        (0.02, 0.01, 0.05, False, True, BETTER),
        (0.00, None, 0.05, False, True, BETTER),  # none failed: only an upper limit is known
        (0.00, None, 0.30, False, True, ALIKE),
        (0.20, 0.15, 0.25, False, False, BETTER),  # of an index more is better
        (1.00, 0.30, 1.00, True, True, FEW),  # n = 1
        (None, None, None, False, True, NONE),
    ],
)
def test_a_province_is_coloured_only_beyond_chance(value, low, high, few, worse, expected):
    assert standing(value, low, high, 0.1, few=few, more_is_worse=worse) == expected


def test_without_a_value_of_the_nation_nothing_is_coloured():
    assert standing(0.9, 0.8, 0.95, None) == ALIKE


def test_an_interval_that_reaches_beyond_the_axis_ends_in_an_arrow():
    scale, _ = cell_axis(0.2)
    assert 'class="cut"' in interval_cell(scale, 0.1, 0.05, 0.5)
    assert 'class="cut"' in interval_cell(scale, None, 0.0, 0.5)  # an upper limit alone
    assert 'class="cut"' not in interval_cell(scale, 0.1, 0.05, scale.high)


def test_a_map_of_complaints_says_which_grey_province_is_confidential_and_which_has_few_orders():
    """(code, orders, complaints, rate, confidential): enough orders, few, withheld, none filed."""
    units = [
        ("nation", "CN", 2_000_000, 400, 2.0, False),
        ("region", "440000", 500_000, 100, 2.0, False),
        ("region", "540000", 700, 1, 14.3, False),
        ("region", "110000", None, 5, None, True),
        ("region", "120000", 0, 0, None, False),
    ]
    rate = pd.DataFrame(
        [
            {"period_type": kind, "period_start": start, "dimension_type": dimension, "dimension_code": code}
            | {"n_orders": orders, "n_quality_complaints": n, "rate_per_10000": value}
            | {"low": value and value / 2, "high": value and value * 2, "confidential": hidden}
            for kind, start in (("year", date(2026, 1, 1)), ("month", date(2026, 5, 1)))
            for dimension, code, orders, n, value, hidden in units
        ]
    )
    codes = [code for dimension, code, *_ in units if dimension == "region"]
    region = pd.DataFrame(
        {"region_code": codes, "level": "province", "valid_to": None, "tile_row": 1, "tile_col": range(4)}
    )
    frames = {"gold.complaint_rate": rate, "silver.region": region}
    known = SimpleNamespace(
        night=SimpleNamespace(frame=frames.__getitem__), names=SimpleNamespace(of=lambda _, code: same(code))
    )
    drawing = str(maps._complaints(known, "").drawing)
    assert "110000：订单数保密，不作比较" in drawing and "110000: orders are confidential" in drawing
    assert "540000：14.3（7.2～28.6），订单700笔，订单过少，无法比较" in drawing
    assert "too few orders to compare" in drawing and ">n=700<" in drawing
    assert "样本" not in drawing and "n = " not in drawing and "120000：未报送订单，无数据" in drawing


def test_the_maps_of_a_site_offer_measures_and_show_where_too_few_were_checked(html):
    page = html["regions.html"]
    assert page.count('name="map"') == page.count('class="map map-') > 1
    tibet = page.split('class="map map-exposure"')[1].split("</svg>")[0].split("regions/540000.html")[1]
    assert "n=" in tibet.split("</a>")[0] and "#e9ebed" in tibet.split("</a>")[0]


def test_the_chosen_measure_stands_in_the_address_and_a_link_shows_it_again(site, browser):
    page = browser.new_page()
    page.goto(f"{(site / 'regions.html').as_uri()}?lang=en")
    page.wait_for_selector(".maps .tools button")
    page.click("label[for=map-batches]")
    assert "map=batches" in page.url and "lang=en" in page.url
    page.goto(page.url)
    page.wait_for_selector(".map-batches .tools button")
    assert page.is_visible(".map-batches svg") and not page.is_visible(".map-exposure svg")
    page.click("label[for=map-exposure]")  # the first needs no mention
    assert "map=" not in page.url
    page.close()


def test_a_nation_whose_regions_have_no_place_on_the_map_has_none(site):
    origin, env = site_origin(environment(site.parent)), environment(site.parent)
    known, _ = read(origin.snapshot, env.source_roots, data_docs=True)
    assert len(province_maps(known, "")) > 1
    regions = known.night.tables["silver.region"].assign(tile_row=None, tile_col=None)
    tables = dict(known.night.tables) | {"silver.region": regions}
    assert province_maps(replace(known, night=replace(known.night, tables=tables)), "") == []


@pytest.mark.slow
def test_a_rate_that_cannot_be_weighted_is_not_said_to_have_too_few_samples(site, monkeypatch):
    """Batches enough were judged, and their weights are not known."""
    seen = []
    monkeypatch.setattr(maps, "standing", lambda *limits, few=False, **more: seen.append(few) or ALIKE)
    origin, env = site_origin(environment(site.parent)), environment(site.parent)
    known, _ = read(origin.snapshot, env.source_roots, data_docs=True)
    figure = Figure(NOT_WEIGHTED, "–")
    maps._rate(known, "", "exposure", NOT_WEIGHTED, lambda line: figure, "rate")
    assert seen and not any(seen)
    seen.clear()
    maps._rate(known, "", "exposure", NOT_WEIGHTED, lambda line: Figure(TOO_FEW, "–"), "rate")
    assert seen and all(seen)
