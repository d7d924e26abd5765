"""What stands at the head of a batch's trace and of a bulletin: goods and shop, the organising authority, the
days of publication."""

from __future__ import annotations

import re
from dataclasses import replace

from jobs.arrays import dicts
from jobs.reports.gathered import Gathered, gather
from jobs.reports.pages.bulletin import PUBLIC, TABLE, results
from jobs.reports.pages.plans import _bulletin


def lead(page: str) -> str:
    found = re.search(r'<p class="lead">(.*?)</p>', page, re.S)
    assert found is not None
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", found[1]))


def test_a_trace_names_goods_and_shop_of_batches_that_may_be_public_alone(
    known: Gathered, html: dict[str, str]
) -> None:
    """It named its parties by their numbers."""
    rows = {r["sample_id"]: r for r in dicts(known.night.frame(TABLE))}
    found = results(known, rows)
    public = {code for code, r in rows.items() if r["disclosure"] in PUBLIC}
    assert found.keys() == public and public != rows.keys()
    assert all(found[code]["product"] == rows[code]["product_name"] for code in public)
    withheld = [page for path, page in html.items() if path.startswith("traces/") and "尚不能公布" in page]
    assert withheld and not any('<p class="lead"><strong>' in page for page in withheld)


def test_a_bulletin_names_the_authority_that_organised_it_and_days_of_publication(
    known: Gathered, html: dict[str, str]
) -> None:
    """One of the nation named no one, that of a province its region."""
    assert "组织单位：organised by: 浙江省市场监督管理局" in lead(html["plans/TARG.html"])
    assert re.search(r"结果公布日期：results published: \d{4}-\d\d-\d\d", lead(html["plans/TARG.html"]))
    plans = known.night.frame("silver.sampling_plan").copy()
    plans["issuer_region_code"] = None
    plans["issuer_level"] = ["national", *["provincial"] * (len(plans) - 1)]
    tables = dict(known.night.tables) | {"silver.sampling_plan": plans}
    other = gather(replace(known.night, tables=tables))
    first, second = (_bulletin(other, code).issuer for code in plans["plan_id"].head(2))
    assert first is not None and "市场监督管理总局" in first.zh and second is None
