"""A province sees how many purchases are proposed from its shops, and none of the shops; the proposal says
how many were drawn."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Browser

from jobs.publish import site as public_site
from jobs.reports import browser_files, proposed
from jobs.reports.gathered import Gathered, gather
from jobs.reports.names import KINDS
from jobs.reports.pages import extras, searching, units
from jobs.reports.rendering import render
from jobs.reports.site import shared_context


@pytest.fixture(scope="module")
def known(known: Gathered) -> Gathered:
    lines = [
        ("P01", "HA01", "330106", "probability"),
        ("P01", "HA01", "330000", "probability"),
        ("P02", "HA", "330106", "targeted"),
        ("P01", "TX01", "440300", "targeted"),
        ("P01", "HA01", None, "targeted"),
    ]
    rows = proposed.counted(pd.DataFrame(lines, columns=proposed.KEY))
    plan = pd.DataFrame([{"period_start": date(2027, 1, 1)}]).astype(object)
    tables = {proposed.PROPOSED: rows, proposed.PROPOSAL: plan}
    return gather(replace(known.night, tables=dict(known.night.tables) | tables))


def test_a_province_counts_the_proposed_purchases_from_its_shops_by_main_category(known: Gathered) -> None:
    found = proposed.of_province(known, "330000")
    assert found is not None
    assert (found["all"], found["probability"], found["targeted"]) == ("3", "2", "1")
    assert [(code, *numbers) for code, _, *numbers in found["rows"]] == [("HA", "2", "1")]
    empty = replace(
        known.night, tables=dict(known.night.tables) | {proposed.PROPOSED: proposed.counted(pd.DataFrame())}
    )
    assert proposed.of_province(gather(empty), "330000") is None


def test_the_page_of_a_province_marks_them_as_a_proposal_and_the_search_leads_there(known: Gathered) -> None:
    kind = next(k for k in KINDS.values() if k.dimension == "region")
    (page,) = units._unit_pages(known, kind, ["330000"])
    text = render(page, shared_context(known)).decode()
    part = text.split('id="proposal"')[1].split("<h2")[0]
    assert "仅为建议" in part and "platforms and sellers must not learn of it" in part
    assert "2027年1—3月" in part and "January to March 2027" in part
    assert '<table class="counts">' in part
    (row,) = [r for r in searching._proposals(known) if r[0] == "regions/330000.html#proposal"]
    assert all(word in f"{row[1]} {row[4]}" for word in ("浙江", "抽样建议"))


def test_a_table_that_counts_what_a_page_has_of_each_unit_offers_no_comparison(browser: Browser) -> None:
    def table(kind: str) -> str:
        row = '<tr><th scope="row"><a href="../categories/{0}.html">{0}</a></th><td class="n">1</td></tr>'
        rows = "".join(row.format(code) for code in ("A", "B"))
        head = '<thead><tr><th scope="col">Category</th><th scope="col" class="n">Number</th></tr></thead>'
        return f'<table class="{kind}" data-key="t{kind}">{head}<tbody>{rows}</tbody></table>'

    page = browser.new_page()
    page.set_content(table("counts") + table("rates"))
    scripts = browser_files._datatables() + (browser_files.STATIC / "tables.js").read_text(encoding="utf-8")
    page.add_script_tag(content=scripts)
    # As the site's own script has them.
    own = "{ QUALITY_RELEASED: work => work(), QUALITY_NAMED: () => '', QUALITY_MORE: () => null }"
    page.evaluate(f"() => {{ Object.assign(window, {own}); }}")
    page.evaluate("window.QUALITY_TABLES(Array.from(document.querySelectorAll('table')))")
    page.wait_for_selector("table.dataTable.rates input.choose")
    page.wait_for_selector("table.dataTable.counts")
    assert page.locator("table.counts input.choose").count() == 0
    assert page.locator(".working:has(table.counts) .beside").inner_text() == ""
    page.close()


def test_what_is_drawn_stands_beside_what_is_proposed(known: Gathered) -> None:
    drawn = proposed.drawn(known)
    assert drawn["nation", "CN"] == ("2", "3")
    assert drawn["platform", "P01"] == ("2", "2") and drawn["category", "TX"] == ("0", "1")
    row = {"dimension_type": "category", "dimension_code": "TX"}
    filled = dict.fromkeys("population n_probability n_targeted".split(), 1)
    rest = "units_share expected_low expected_high miss_05 miss_10 miss_20 detectable_rate".split()
    assert extras._proposed(known, row | filled | dict.fromkeys(rest), drawn)["drawn"] == ("0", "1")


def test_what_is_drawn_of_another_nation_stands_at_its_own_code(
    known: Gathered, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proposed, "NATION_CODE", "NL")
    rest = "units_share expected_low expected_high miss_05 miss_10 miss_20 detectable_rate".split()
    row = {"plan_id": "P", "period_start": date(2027, 1, 1), "dimension_type": "nation"}
    row |= dict.fromkeys("population n_probability n_targeted".split(), 5)
    plan = pd.DataFrame([row | {"dimension_code": "NL"} | dict.fromkeys(rest)])
    tables = dict(known.night.tables) | {proposed.PROPOSAL: plan}
    found = extras.proposal(gather(replace(known.night, tables=tables)))
    assert found is not None and [r["drawn"] for r in found["parts"]["nation"]] == [("2", "3")]


def test_the_public_site_reads_no_proposal() -> None:
    public = Path(public_site.__file__).read_text(encoding="utf-8")
    assert "proposed" not in public and "sampling_purchase" not in public
