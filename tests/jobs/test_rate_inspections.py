"""A city's 27,600 inspections, brought in by one YAML: its own risk classes, types and years, against plain
arithmetic."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from homes import Home
from sampling_frames import CONTRACTS, frames

from jobs.contracts.schema import arrow_schema
from jobs.deployment import deployment
from jobs.ingest.landing import land
from jobs.lake.query import query
from jobs.marts.sampling import detection_rate
from jobs.marts.sampling.outcomes import COUNTS, judged
from jobs.period import Period

SIZE, DAY = 27_600, date(2026, 6, 30)
CITY = """
source: city
family: regulator
publisher: {name_zh: 某市, name_en: City}
timezone: Asia/Shanghai
cadence: yearly
feeds:
  samples:
    target: sample
    files: "inspections*.csv"
    format: csv
    key: [sample_id]
    columns:
      sample_id: {from: Inspection ID}
      plan_id: {const: city-inspections}
      category_code: {from: Risk, on_unmapped: keep}
      channel: {from: Inspection Type}
      purchased_on: {from: Inspection Date, date: [MM/dd/yyyy]}
    ignore: [Results]
  conclusions:
    target: conclusion
    files: "inspections*.csv"
    format: csv
    key: [sample_id, stage]
    columns:
      sample_id: {from: Inspection ID}
      stage: {const: first}
      outcome:
        from: Results
        map: {Pass: conforming, Pass w/ Conditions: conforming, Fail: nonconforming, No Entry: not_judged}
      issued_on: {from: Inspection Date, date: [MM/dd/yyyy]}
    ignore: [Risk, Inspection Type]
"""


def inspections() -> pd.DataFrame:
    """Risk drifts from high to low over the years, high risk fails more often, and everyone a little more
    each year."""
    draw = np.random.default_rng(27_600)
    year = draw.choice([2022, 2023, 2024, 2025], SIZE, p=[0.3, 0.25, 0.25, 0.2])
    high = draw.random(SIZE) < 0.75 - 0.08 * (year - 2022)
    risk = np.where(
        high, "Risk 1 (High)", np.where(draw.random(SIZE) < 0.7, "Risk 2 (Medium)", "Risk 3 (Low)")
    )
    kind = draw.choice(["Canvass", "Complaint", "License"], SIZE, p=[0.6, 0.2, 0.2])
    chance = 0.12 + 0.08 * high + 0.10 * (kind == "Complaint") + 0.01 * (year - 2022)
    luck = draw.random(SIZE)
    result = np.select(
        [luck < chance, luck < chance + 0.15, luck > 0.98], ["Fail", "Pass w/ Conditions", "No Entry"], "Pass"
    )
    days = pd.to_datetime(pd.Series(year).astype(str) + "-01-01") + pd.to_timedelta(
        draw.integers(0, 365, SIZE), unit="D"
    )
    return pd.DataFrame(
        {
            "Inspection ID": np.arange(SIZE) + 100_000,
            "Risk": risk,
            "Inspection Type": kind,
            "Inspection Date": days.dt.strftime("%m/%d/%Y"),
            "Results": result,
            "year": year,
        }
    )


@pytest.fixture(scope="module")
def truth() -> pd.DataFrame:
    """The inspections that count in the rate, with `failed`."""
    rows = inspections()
    counts = pd.DataFrame({**dict.fromkeys(COUNTS, 0), "n_sampled": 1, "n_tested": 1}, rows.index)
    counts["n_not_judged"] = (rows.Results == "No Entry").astype(int)
    counts["n_conforming"] = rows.Results.str.startswith("Pass").astype(int)
    counts["n_nonconforming"] = (rows.Results == "Fail").astype(int)
    return rows[judged(counts) > 0].assign(failed=rows.Results == "Fail")


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    home = Home(tmp_path_factory.mktemp("city"), CITY, "city")
    home.put("inspections.csv", inspections().drop(columns="year").to_csv(index=False), encoding="utf-8")
    report = land(home.env, date=DAY, source="city")
    assert report.clean and report.rows == 2 * SIZE and report.unreadable == 0
    given = frames({})
    ours = {"_jurisdiction": deployment().code, "_currency": deployment().currency}
    for row in query(
        home.env.lake, "select target, landed_path from ops.ingest_file", latest=True
    ).to_pylist():
        given[row["target"]] = typed(home.env.landing / row["landed_path"], row["target"]).assign(**ours)
    given["standing_conclusion"] = given["conclusion"]  # nothing was re-inspected
    return detection_rate.build(**given, period=Period(DAY))


def typed(path: Path, target: str) -> pd.DataFrame:
    """Landed text as the contract types it."""
    text = pq.read_table(path)
    schema = arrow_schema(CONTRACTS[f"silver.{target}"])
    columns = [
        text[f.name].cast(f.type) if f.name in text.column_names else pa.nulls(len(text), f.type)
        for f in schema
    ]
    return pa.table(columns, schema=schema).to_pandas(date_as_object=True)


def rows_of(table: pd.DataFrame, dimension: str, period: str = "all") -> pd.DataFrame:
    rows = table[
        (table.dimension_type == dimension) & (table.dimension2_type == "") & (table.period_type == period)
    ]
    return rows[rows.design == "targeted"]


def wilson(failed: pd.Series, n: pd.Series) -> pd.DataFrame:
    """E. B. Wilson, JASA 22, 1927, written out."""
    z, p = 1.959963984540054, failed / n
    centre, half = p + z * z / (2 * n), z * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return pd.DataFrame(
        {"rate": p, "ci_low": (centre - half) / (1 + z * z / n), "ci_high": (centre + half) / (1 + z * z / n)}
    )


@pytest.mark.parametrize(("dimension", "column"), [("category", "Risk"), ("channel", "Inspection Type")])
def test_rates_by_the_citys_own_risk_class_and_by_type_have_wilsons_limits(table, truth, dimension, column):
    rows = rows_of(table, dimension, "year")
    groups = truth.groupby(["year", column]).failed
    wanted = wilson(groups.sum(), groups.size())
    assert [
        (day.year, code) for day, code in zip(rows.period_start, rows.dimension_code, strict=True)
    ] == list(wanted.index)
    shown = (rows["reliability"] != "insufficient").to_numpy()
    assert shown.any()
    np.testing.assert_allclose(
        rows.loc[shown, ["rate", "ci_low", "ci_high"]].astype(float), wanted[shown], rtol=1e-9
    )


def test_the_overall_rate_and_each_years(table, truth):
    whole = rows_of(table, "nation").iloc[0]
    assert whole["n_tested"] == SIZE and judged(whole) == len(truth)
    assert whole["rate"] == pytest.approx(truth.failed.mean(), rel=1e-12)
    years = rows_of(table, "nation", "year")
    wanted = wilson(truth.groupby("year").failed.sum(), truth.groupby("year").size())
    assert [day.year for day in years.period_start] == list(wanted.index)
    np.testing.assert_allclose(years[["rate", "ci_low", "ci_high"]].astype(float), wanted, rtol=1e-9)


def test_within_and_mix_between_years_are_kitagawas_over_class_and_type(table, truth):
    years = rows_of(table, "nation", "year").set_index("period_start")
    for year in (2023, 2024, 2025):
        sides = [
            truth[truth.year == y].groupby(["Risk", "Inspection Type"]).failed.agg(["mean", "size"])
            for y in (year - 1, year)
        ]
        (r0, n0), (r1, n1) = ((side["mean"], side["size"] / side["size"].sum()) for side in sides)
        within, mix = 100 * ((n0 + n1) / 2 * (r1 - r0)).sum(), 100 * ((r0 + r1) / 2 * (n1 - n0)).sum()
        row = years.loc[date(year, 1, 1)]
        np.testing.assert_allclose(
            [row["within_pp"], row["mix_pp"], row["yoy_pp"]], [within, mix, within + mix], atol=1e-9
        )
        assert row["yoy_of"] == "finding" and abs(mix) > 0.1


@pytest.mark.proof
def test_limits_of_a_thousand_stratified_samples_of_the_citys_inspections_cover(truth):
    """Each sample is a separate plan, so that one table holds all thousand."""
    population = truth.assign(stratum=truth.Risk + "/" + truth["Inspection Type"]).sort_values(
        "stratum", ignore_index=True
    )
    sizes = population.groupby("stratum").size()
    planned = np.maximum(4, np.round(300 * sizes / sizes.sum())).astype(int)
    draw, parts = np.random.default_rng(1), []
    for plan in range(1000):
        order = population.assign(luck=draw.random(len(population))).sort_values(["stratum", "luck"])
        drawn = order[order.groupby("stratum").cumcount() < order.stratum.map(planned)]
        parts.append(drawn[["stratum", "failed"]].assign(plan_id=f"p{plan:03d}"))
    rows = pd.concat(parts, ignore_index=True)
    rows["sample_id"] = rows.index.astype(str)
    chosen = rows.assign(inclusion_probability=rows.stratum.map(planned / sizes), units_sold=1)
    day = date(2026, 5, 20)
    given = frames(
        {
            "sampling_plan": [{"plan_id": f"p{plan:03d}", "type": "probability"} for plan in range(1000)],
            "sampling_stratum": [
                {"plan_id": f"p{plan:03d}", "stratum": name, "population": int(n)}
                for plan in range(1000)
                for name, n in sizes.items()
            ],
            "sample": chosen.drop(columns="failed").to_dict("records"),
            "standing_conclusion": [
                {
                    "sample_id": name,
                    "stage": "first",
                    "outcome": "nonconforming" if bad else "conforming",
                    "issued_on": day,
                }
                for name, bad in zip(rows.sample_id, rows.failed, strict=True)
            ],
        }
    )
    table = detection_rate.build(**given, period=Period(DAY))
    plans = table[
        (table.dimension_type == "plan") & (table.design == "probability") & (table.period_type == "all")
    ]
    share = (
        (plans.exposure_low <= truth.failed.mean()) & (truth.failed.mean() <= plans.exposure_high)
    ).mean()
    print(f"cover {share:.3f} of {len(plans)}")
    assert len(plans) == 1000 and plans.exposure_rate.notna().all()
    assert 0.93 <= share <= 0.97
