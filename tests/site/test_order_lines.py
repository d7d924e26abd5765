"""How many order lines a source handed in is in no table that pages are made from; that something is wrong
with them is."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from jobs.errors import UsageError
from jobs.notebooks.reading import Reader
from jobs.reports import order_lines
from jobs.reports.confidential import KEY, shown
from jobs.reports.gathered import Gathered
from jobs.reports.pages import sources
from jobs.reports.rendering import render
from jobs.reports.site import shared_context

COUNTS = order_lines.COUNTS


def ledger() -> pd.DataFrame:
    """Two order files, one with a quarantined line, and a file of reviews."""
    files = [
        ("orders_1.csv", "transaction", 0),
        ("orders_2.csv", "transaction", 3),
        ("reviews.csv", "review", 0),
    ]
    return pd.DataFrame(
        [
            dict.fromkeys(COUNTS, 0)
            | {
                "source": "platform_01",
                "feed": target,
                "target": target,
                "file": name,
                "load_key": f"k_{name}",
                "status": "landed",
                "reason_zh": "",
                "reason_en": "",
                "records": 431,
                "accepted": 431 - aside,
                "quarantined": aside,
                "balanced": True,
                "received_on": date(2026, 6, 30),
            }
            for name, target, aside in files
        ]
    )


def test_the_ledger_keeps_counts_of_other_files_and_says_which_order_files_have_faults() -> None:
    rows = order_lines.of_ledger(ledger())
    assert rows.loc[:1, COUNTS].isna().all(axis=None) and rows.loc[2, "accepted"] == 431
    assert rows["faults"].tolist() == [False, True, False]


def test_the_size_of_an_order_file_and_its_unreadable_records_are_withheld() -> None:
    rows = pd.DataFrame(
        {
            "target": ["transaction", "review"],
            "status": "landed",
            "reason_zh": "",
            "reason_en": "",
            "size": [51_000, 2_000],
            "records": [431, 20],
            "unreadable_list": ['[{"record": 430}]', '[{"record": 3}]'],
            "scrubbed": ['{"text": {"phone": 3}}', None],
            "warnings": [["431 rows | 431 rows"], []],
        }
    )
    found = order_lines.of_landing(rows)
    assert found.loc[0, ["size", "records", "unreadable_list", "scrubbed", "warnings"]].isna().all()
    assert found.loc[1, ["size", "records"]].tolist() == [2_000, 20]


def test_why_an_order_file_is_held_is_withheld_for_it_says_how_many_lines_it_has() -> None:
    rows = ledger().assign(status="held", reason_zh="431条记录", reason_en="431 records")
    assert order_lines.of_ledger(rows)["reason_en"].tolist() == ["", "", "431 records"]
    refused = order_lines.of_ledger(rows.assign(status="refused", reason_zh="没有列名"))
    assert refused["reason_zh"].tolist() == ["没有列名"] * 3
    found = order_lines.of_landing(rows.assign(keys=430, size=1))
    assert found["reason_zh"].tolist() == ["", "", "431条记录"]
    assert found["keys"].isna().tolist() == [True, True, False]


def test_quarantined_order_lines_are_named_by_rule_without_number_or_place() -> None:
    target = ["transaction", "review"]
    found = order_lines.of_quarantine(
        {
            "quarantine.rules": pd.DataFrame({"target": target, "rule": "r", "rows": [7, 8]}),
            "quarantine.examples": pd.DataFrame({"target": target, "record": [430, 2], "element": [0, 0]}),
            "quarantine.lines": pd.DataFrame({"target": target, "record": [430, 2]}),
            "flags": pd.DataFrame({"target": target, "flag": "f", "rows": [7, 8]}),
            "unknown_values": pd.DataFrame({"target": target, "rows": [7, 8], "distinct_values": [1, 2]}),
        }
    )
    for name, column in (("rules", "rows"), ("examples", "record")):
        assert found[f"quarantine.{name}"][column].isna().tolist() == [True, False]
    assert found["flags"]["rows"].isna().tolist() == [True, False]
    assert found["quarantine.lines"]["target"].tolist() == ["review"]


def test_the_gate_shows_no_rows_sums_or_shares_of_tables_of_orders() -> None:
    metrics = pd.DataFrame(
        {
            "table": ["silver.transaction"] * 4 + ["silver.review"],
            "metric": ["row_count", "mean.amount", "drift.platform_code", "quarantined_share", "row_count"],
            "value": [431.0, 90.0, np.nan, 0.01, 20.0],
        }
    )
    verdicts = pd.DataFrame(
        {
            "table": ["gold.commerce_state", "silver.review"],
            "observed": ["[431]", "[20]"],
            "unexpected_count": [0, 1],
            "element_count": [431, 20],
            "success": [True, False],
        }
    )
    free, found = order_lines.of_gate(metrics, verdicts)
    assert free["metric"].tolist() == ["quarantined_share", "row_count"]
    assert found.loc[0, ["observed", "element_count"]].isna().all() and found.loc[1, "element_count"] == 20
    assert found["success"].tolist() == [True, False]


def indicator(name: str, denominator: float) -> dict:
    key = dict(zip(KEY, ("quarter", date(2026, 4, 1), "nation", "CN"), strict=True))
    rate = 1e4 * 12 / denominator
    return key | {
        "indicator": name,
        "value": rate,
        "value_low": rate / 2,
        "numerator": 12.0,
        "denominator": denominator,
        "score": 61.2345,
    }


def test_a_rate_over_fewer_orders_than_the_units_own_has_two_digits_and_no_counts() -> None:
    """One platform filed no reviews: 9,437 less 9,012 would be its orders."""
    rows = pd.DataFrame([indicator("quality_complaints", 9437), indicator("negative_reviews", 9012)])
    free = rows[KEY].drop_duplicates().assign(confidential=False)
    found = shown("gold.quality_index_indicator", rows, free)
    assert found.loc[0, "denominator"] == 9437
    assert found.loc[1, ["value", "score"]].tolist() == [13.0, 61.0]
    assert found.loc[1, ["value_low", "numerator", "denominator"]].isna().all()


def test_what_withheld_orders_make_up_is_left_out_of_the_pillar_and_rounded_in_the_index() -> None:
    key = dict(zip(KEY, ("quarter", date(2026, 4, 1), "platform", "P1"), strict=True))
    pillars = pd.DataFrame(
        [
            key | {"pillar": p, "score": 61.2345, "contribution": -3.21, "weight": 0.5}
            for p in ("consumer_experience", "governance")
        ]
    )
    secret = pd.DataFrame([key | {"confidential": True}])
    found = shown("gold.quality_index_pillar", pillars, secret)
    assert found[["score", "contribution"]].isna().all(axis=None) and found["confidential"].all()
    assert found["weight"].tolist() == [0.5, 0.5]
    index = pd.DataFrame([key | {"score": 61.2345, "low": 50.55, "high": 70.0}])
    assert shown("gold.quality_index", index, secret)["score"].tolist() == [61.2]
    assert shown("gold.quality_index", index, secret.assign(confidential=False))["score"].tolist() == [
        61.2345
    ]


def test_a_notebook_cannot_read_a_table_of_orders(site) -> None:
    with pytest.raises(UsageError, match="notebooks are published"):
        Reader(site.parent / "lake").ask("SELECT * FROM gold.commerce_confidential")
    with pytest.raises(UsageError, match="gold.restricted_trade"):
        Reader(site.parent / "lake").ask("SELECT * FROM gold.restricted_trade")
    rows = Reader(site.parent / "lake").ask("SELECT n_orders FROM gold.complaint_rate WHERE confidential")
    assert len(rows) and rows["n_orders"].isna().all()


def test_weekly_counts_are_shown_without_the_orders_of_a_platform() -> None:
    counts = pd.DataFrame(
        {"key_code": ["P1/CL"] * 3, "stream": ["order", "return", "review"], "n": [11, 3, 2]}
    )
    assert shown("gold.risk_count", counts, pd.DataFrame())["n"].tolist() == [3, 2]


def below(page: str, anchor: str) -> str:
    """What stands below one heading, up to the next."""
    return page.split(f'<h2 id="{anchor}">')[1].split("<h2")[0]


def test_the_page_of_a_source_says_beside_refused_records_where_those_of_order_files_stand(
    known: Gathered, html: dict[str, str]
) -> None:
    """Their numbers are withheld on every page: the line of an order is found in the package."""
    ledger = known.file_ledger
    files = [
        f | {"withheld": True, "faults": True, "standing": "live"}
        for f in ledger.files
        if f["source"] == "lab_1"
    ]
    made = sources.build(known.night, replace(ledger, files=files), known.names)
    own = next(p for p in made if p.path == "sources/lab_1.html")
    made_page = render(own, shared_context(known)).decode()
    said = "以下订单文件中也有记录未被接受，不计入以上记录数"
    for part in ("unreadable", "quarantine"):
        assert said in below(made_page, part), part
        assert "<code>records_not_accepted.csv</code>" in below(made_page, part)
        assert "<code>samples_may.csv</code>" in below(made_page, part)
        assert said not in below(html["sources/lab_1.html"], part)
    asked = re.findall(r'<a href="#(\w+)" class="tag bad">(.*?)</a>', below(made_page, "mend"))
    assert [at for at, words in asked if "records_not_accepted.csv" in words] == ["quarantine"]
    marked = [r for r in below(made_page, "files").split("<tr") if "with records not accepted" in r]
    assert len(marked) == len(files)
    assert "with records not accepted" not in below(html["sources/lab_1.html"], "files")
