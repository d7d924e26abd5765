"""Orders of four enterprises: on no page, in no drawing, download or workbook, nor in what would give them
back."""

from __future__ import annotations

import re
import zipfile
from datetime import date

import country
import pandas as pd
import pytest
from country_trade import PARTNER, PARTNER_ORDERS, SMALL, SMALL_COMPLAINTS, SMALL_ORDERS
from notebook_country import put

from jobs.contracts.catalog import load_catalog
from jobs.contracts.schema import arrow_schema
from jobs.marts.overview import category_report, region_report
from jobs.period import Period
from jobs.reports import workbooks
from jobs.reports.confidential import KEY, shown
from jobs.reports.site import write_site

UNIT = ("quarter", date(2026, 4, 1), "platform", "P1")


@pytest.fixture(scope="module")
def written(tmp_path_factory) -> dict[str, bytes]:
    """Every file of a site whose country has its reports, and every part of its workbooks."""
    home = tmp_path_factory.mktemp("confidential")
    lake, env, given = country.lake_at(home), country.environment(home), country.tables()
    country.write(lake)
    contracts, reports = load_catalog().contracts, {}
    for table, mart in (("gold.region_report", region_report), ("gold.category_report", category_report)):
        inputs = {
            t.split(".")[1]: given.get(t, arrow_schema(contracts[t]).empty_table().to_pandas())
            for t in contracts[table].inputs
        }
        skipped = {
            n: arrow_schema(contracts[f"gold.{n}"]).empty_table().to_pandas()
            for n in ("quality_index", "closed_loop", "lag_kpi")
            if n in inputs
        }
        reports[table] = mart.build(**(inputs | skipped), period=Period(date(2026, 6, 30)))
    put(lake, reports)
    put(lake, {table: pd.concat([given[table], rows]) for table, rows in index_of_small().items()})
    write_site(env)
    workbooks.write_workbooks(env)
    found = {}
    for path in (p for p in env.site.rglob("*") if p.is_file()):
        name = path.relative_to(env.site).as_posix()
        if path.suffix == ".xlsx":
            with zipfile.ZipFile(path) as packed:
                found |= {f"{name}/{part}": packed.read(part) for part in packed.namelist()}
        else:
            found[name] = path.read_bytes()
    return found


# Figures of the index of the region of SMALL that would give its score per order, each with digits of its
# own; its index is 58.4321.
GIVING = {
    "pillar score": 61.7345, "contribution": -7.4219, "points": 1.3257, "change": 2.6513, "estimate": 0.8127,
    "indicator score": 63.9481, "cost": 2.1739, "gain": 3.6187, "index": 58.4321,
}  # fmt: skip


def index_of_small() -> dict[str, pd.DataFrame]:
    """Index, pillars, indicators, change and weak point of the region of SMALL in the newest quarter."""
    key = dict(zip(KEY, ("quarter", UNIT[1], "region", SMALL[0]), strict=True))
    one = lambda **of: pd.DataFrame([key | of])
    weak = dict.fromkeys(("value", "value_low", "value_high"), GIVING["estimate"])
    return {
        "gold.quality_index": one(
            score=GIVING["index"], low=50.1234, high=62.4321, coverage=1.0, n_judged=99, published=True
        ),
        "gold.quality_index_indicator": pd.DataFrame(
            [
                key
                | {"indicator": name, "pillar": pillar, "status": "used", "weight": 0.5}
                | {"numerator": 9.0, "denominator": 99.0, "value": 0.0909, "clipped": False}
                | {"estimate": GIVING["estimate"], "score": GIVING["indicator score"]}
                for name, pillar in (("quality_returns", "consumer_experience"), ("data_filed", "governance"))
            ]
        ),
        "gold.quality_index_change": pd.DataFrame(
            [
                key
                | {"part": part, "previous_start": date(2026, 1, 1), "points": points}
                | {"change": GIVING["change"]}
                for part, points in (("governance", GIVING["points"]), ("consumer_experience", 1.3256))
            ]
        ),
        "gold.weak_point": one(
            indicator="data_filed", pillar="governance", place=1, weak=True, not_filed=False, **weak,
            peer_median=0.95, best_quarter=1.0, n_peers=12, cost=GIVING["cost"], cost_low=1.0001,
            cost_high=3.0001, gain=GIVING["gain"], actor="region", action_zh="报送", action_en="file",
        ),
        "gold.quality_index_pillar": pd.DataFrame(
            [
                key
                | {"pillar": pillar, "score": GIVING["pillar score"], "weight": 0.2, "coverage": 1.0}
                | {"contribution": GIVING["contribution"]}
                for pillar in ("conformity", "consumer_experience", "governance")
            ]
        ),
    }  # fmt: skip


@pytest.mark.slow  # quick: test_an_indicator_per_order
def test_no_figure_of_the_index_that_gives_the_score_per_order_is_in_any_file_and_the_page_says_so(written):
    for name, content in written.items():
        for what, figure in GIVING.items():
            assert f"{abs(figure):.4f}".encode() not in content, (name, what)
    page = written[f"regions/{SMALL[0]}.html"].decode("utf-8")
    assert "58.4" in page and "61.7" not in page and "−7.4" not in page and "63.9" not in page
    pillars = page.split('aria-label="五个方面 / Pillars"')[1].split("</table>")[0]
    assert pillars.count("保密") == 6 and "The orders of this unit are confidential" in page
    rows = written["data/quality_index_pillar.csv"].decode("utf-8-sig").splitlines()
    assert any(f"region,{SMALL[0]},governance,,0.2,,1.0,true" in row for row in rows)


def forms(orders: int) -> list[str]:
    """A month's, a quarter's and the year's orders as a page or a file would write them."""
    return [text for months in (1, 3, 6) for text in (f"{orders * months:,}", str(orders * months))]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("at", "orders"), [(SMALL, SMALL_ORDERS), pytest.param(PARTNER, PARTNER_ORDERS, marks=pytest.mark.slow)]
)
def test_orders_of_four_enterprises_and_of_who_would_tell_them_are_in_no_byte_of_the_site(
    written, at, orders
):
    assert (
        f"categories/{at[3]}.html" in written and f"workbooks/region/{at[0]}.xlsx/xl/workbook.xml" in written
    )
    for name, content in written.items():
        for text in forms(orders):
            assert not _alone(content, text), (name, text)


@pytest.mark.slow
def test_nor_is_the_rate_that_gives_them_back_with_the_complaints_that_are_shown(written):
    assert f"{SMALL_COMPLAINTS * 6:,}".encode() in written[f"categories/{SMALL[3]}.html"]
    rate = 10_000 * SMALL_COMPLAINTS / SMALL_ORDERS
    for name, content in written.items():
        said = re.sub(rb"<[^>]*>", b" ", content)  # coordinates of drawings are no figures
        assert f"{rate:.4f}"[:-1].encode() not in content and not _alone(said, f"{rate:.1f}"), name


def _alone(content: bytes, text: str) -> bool:
    """Whether the figure stands there by itself: not within a longer number or a code."""
    return (
        re.search(rb"(?<![\w.,-])" + re.escape(text.encode()) + rb"(?![\w%])(?!,\d{3}\b)", content)
        is not None
    )


@pytest.mark.slow
def test_a_confidential_unit_says_so_is_not_ranked_and_keeps_its_complaints(written):
    page = written[f"categories/{SMALL[3]}.html"].decode("utf-8")
    card = page.split('<section class="card complaint">')[1].split("</section>")[0]
    assert (
        "保密" in card
        and "fewer than five enterprises, or one enterprise holding more than 85%" in card
        and f"{SMALL_COMPLAINTS * 6:,}" in card
    )
    [line] = [
        r for r in written["complaints.html"].decode("utf-8").split("<tr>") if f"regions/{SMALL[0]}.html" in r
    ]
    assert line.startswith('<td class="n">–</td>') and "保密" in line and "<svg" not in line
    report = written["data/category_report.csv"].decode("utf-8-sig")
    assert "万单投诉率：保密" in report and "Complaint rate: confidential" in report


@pytest.mark.slow
def test_the_table_of_trade_withholds_what_the_pages_do(written):
    page = written["trade.html"].decode("utf-8")
    assert "80,000" in page and "保密" in page and "2026-06" in page
    rows = written["data/commerce_table.csv"].decode("utf-8-sig").splitlines()
    assert any(r.startswith("2026-06-01,440000,TX,,,,true") for r in rows) and any(
        r.startswith("2026-06-01,CN,all,30,80000") for r in rows
    )


def flags(confidential: bool) -> pd.DataFrame:
    return pd.DataFrame([dict(zip(KEY, UNIT, strict=True)) | {"confidential": confidential}])


def test_an_indicator_per_order_is_withheld_and_the_values_of_others_are_not():
    rows = pd.DataFrame(
        [
            dict(zip(KEY, UNIT, strict=True))
            | {
                "indicator": name,
                "value": 12.5,
                "numerator": 5.0,
                "denominator": 4000.0,
                "score": 60.5,
                "status": "used",
            }
            for name in ("quality_complaints", "exposure_rate")
        ]
    )
    found = shown("gold.quality_index_indicator", rows, flags(True))
    assert (
        found.loc[0, ["value", "numerator", "denominator", "score"]].isna().all()
        and found.loc[0, "status"] == "used"
    )
    assert found.loc[1, ["value", "numerator", "denominator"]].tolist() == [12.5, 5.0, 4000.0]
    free = shown("gold.quality_index_indicator", rows, flags(False))
    assert free.loc[1, "score"] == 60.5 and pd.isna(found.loc[1, "score"])  # by it and the index the other
    assert not shown("gold.quality_index_indicator", rows, flags(False))["confidential"].any()
    weak = rows.assign(cost=2.0)
    assert shown("gold.weak_point", weak, flags(True))["indicator"].tolist() == ["exposure_rate"]


def test_units_in_use_of_a_category_are_its_sales_and_withheld_in_any_year_that_they_are_counted_in():
    free = {"period_type": "year", "dimension_type": "category", "confidential": False}
    known = pd.DataFrame(
        [
            free | {"period_start": date(year, 1, 1), "dimension_code": code}
            for year in (2023, 2025, 2026)
            for code in ("free", "small once", "small long ago")
        ]
    )
    known.loc[
        (known.dimension_code == "small once") & (known.period_start == date(2025, 1, 1)), "confidential"
    ] = True
    known.loc[
        (known.dimension_code == "small long ago") & (known.period_start == date(2023, 1, 1)), "confidential"
    ] = True
    rows = pd.DataFrame(
        {
            "category_code": ["free", "small once", "small long ago", "unknown", "none sold"],
            "units_in_use": [900, 40, 60, 5, 0],
        }
    )
    found = shown("gold.risk_assessment", rows, known)["units_in_use"]
    assert found.astype(object).where(found.notna(), None).tolist() == [900, None, 60, None, 0]


def test_what_is_not_known_to_be_free_is_withheld():
    rows = pd.DataFrame(
        [
            dict(zip(KEY, UNIT, strict=True))
            | {
                "n_orders": 40,
                "n_quality_complaints": 2,
                "rate_per_10000": 500.0,
                "low": 60.0,
                "high": 1800.0,
            }
        ]
    )
    [found] = shown("gold.complaint_rate", rows, flags(False)).to_dict(
        "records"
    )  # a version of the table before the flag
    assert (
        found["confidential"]
        and pd.isna(found["n_orders"])
        and pd.isna(found["rate_per_10000"])
        and found["n_quality_complaints"] == 2
    )
    indicator = pd.DataFrame(
        [
            dict(zip(KEY, UNIT, strict=True))
            | {"indicator": "quality_returns", "value": 1.0, "denominator": 9.0, "score": 50.0}
        ]
    )
    assert shown("gold.quality_index_indicator", indicator, flags(True).iloc[:0])["score"].isna().all()
    proposal = pd.DataFrame(
        [
            {
                "frame_month": date(2026, 4, 1),
                "dimension_type": "platform",
                "dimension_code": "P1",
                "units_share": 0.4,
                "population": 9,
            }
        ]
    )
    assert shown("gold.sampling_proposal", proposal, flags(False))["units_share"].isna().all()
