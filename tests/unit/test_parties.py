"""What brands, enterprises and clusters are sent: their own rows, over certain links, once notified."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from jobs.contracts.catalog import load_catalog
from jobs.contracts.schema import arrow_schema
from jobs.exchange import failing, parties
from jobs.exchange.failing import failing_items, failing_tests
from jobs.exchange.outbox import described
from jobs.exchange.parties import brand_cases, cluster_reports, named

KINDS = parties.KINDS | failing.KINDS
MAKER, SELLER = "91330782Y37037162X", "91440115Y12345678A"
CONTRACTS = load_catalog().contracts


def frame(table: str, *rows: dict[str, Any]) -> pd.DataFrame:
    """Rows typed as the table's."""
    schema = arrow_schema(CONTRACTS[table])
    return pa.Table.from_pylist(list(rows), schema=schema).to_pandas(date_as_object=True)


def hop(
    sample: str, role: str, node: str, kind: str = "deterministic", subject: str = "sample"
) -> dict[str, Any]:
    return {"subject_type": subject, "subject_id": sample, "hop": role, "node_id": node, "link_kind": kind}


def given(**more: Any) -> dict[str, Any]:
    """Tables with two failing batches of one seller, A made by MAKER."""
    life = {"outcome": "nonconforming", "platform_code": "P1", "category_code": "TY01"}
    return {
        "trace": frame(
            "gold.source_trace",
            hop("A", "operator", SELLER),
            hop("A", "producer", MAKER),
            hop("B", "operator", SELLER),
        ),
        "result": frame(
            "silver.test_result",
            {
                "sample_id": "A",
                "item_code": "C02",
                "value_text": "0.3",
                "limit_high": "0.1",
                "lab_verdict": "nonconforming",
            },
            {"sample_id": "A", "item_code": "P06", "value_text": "符合", "lab_verdict": "conforming"},
            {"sample_id": "B", "item_code": "P06", "lab_verdict": "nonconforming"},
        ),
        "sample": frame(
            "silver.sample",
            {
                "sample_id": "A",
                "batch_no": "K7",
                "brand": " songhe ",
                "category_code": "TY01",
                "lab_id": "L1",
            },
            {"sample_id": "B", "brand": "松鹤", "category_code": "TY01", "lab_id": "L2"},
        ),
        "lifecycle": frame(
            "gold.sampling_lifecycle",
            {
                "sample_id": "A",
                "result_notified_on": date(2026, 6, 1),
                "rectification_due": date(2026, 8, 1),
                **life,
            },
            {"sample_id": "B", "notified_by_announcement_on": date(2026, 6, 1), **life},
        ),
        "peers": frame("gold.failing_item"),
        "brand": frame("silver.brand"),
        "category": frame("silver.product_category", {"category_code": "TY01", "parent_code": "TY"}),
        "clusters": {"K01"},
    } | more


def sent(**more: Any) -> dict[str, pd.DataFrame]:
    """What each party gets of them."""
    return {parcel.recipient: parcel.rows for parcel in failing_items(**given(**more))}


def at_labs(conclusions: pd.DataFrame, labs: set[str], **more: Any) -> dict[str, pd.DataFrame]:
    """What each laboratory gets of them."""
    tables = {k: v for k, v in given(**more).items() if k in ("result", "sample", "lifecycle", "peers")}
    parcels = failing_tests(**tables, conclusion=conclusions, labs=labs)
    return {parcel.recipient: parcel.rows for parcel in parcels}


def mark(code: str, **more: Any) -> dict[str, Any]:
    return {"brand_id": code, "name_zh": "松鹤", "name_en": "SongHe", "category_codes": ["TY01"]} | more


def test_seller_and_maker_each_get_the_items_that_failed_in_their_batches_with_limit_and_deadline() -> None:
    found = sent()
    assert set(found) == {f"enterprise_{SELLER}", f"enterprise_{MAKER}"}
    seller, maker = found[f"enterprise_{SELLER}"], found[f"enterprise_{MAKER}"]
    assert seller[["sample_id", "item_code", "role"]].values.tolist() == [
        ["A", "C02", "operator"],
        ["B", "P06", "operator"],
    ]
    assert maker[["sample_id", "value_text", "limit_high", "batch_no", "role"]].values.tolist() == [
        ["A", "0.3", "0.1", "K7", "producer"]
    ]
    assert maker["rectification_due"].tolist() == [date(2026, 8, 1)]


@pytest.mark.parametrize(
    ("history", "still_open"),
    [
        ({}, False),
        ({"rectification_ordered_on": date(2026, 6, 2)}, True),
        ({"rectification_ordered_on": date(2026, 6, 2), "rectified_on": date(2026, 6, 9)}, False),
        ({"rectification_ordered_on": date(2026, 6, 2), "recheck_organised_on": date(2026, 9, 9)}, False),
    ],
)
def test_a_firm_learns_whether_its_rectification_is_still_open(history: dict[str, Any], still_open: bool):
    life = frame(
        "gold.sampling_lifecycle",
        {"sample_id": "A", "result_notified_on": date(2026, 6, 1), "outcome": "nonconforming", **history},
    )
    found = sent(lifecycle=life, brand=frame("silver.brand", mark("B1")))
    assert found[f"enterprise_{MAKER}"]["rectification_open"].tolist() == [still_open]
    assert found["brand_B1"]["rectification_open"].isna().all()


@pytest.mark.parametrize(
    "trace",
    [
        hop("A", "producer", MAKER, "probabilistic"),
        hop("A", "producer", "N-c13f8338afac1d6528ae83f8"),  # a natural person
        hop("A", "producer", "R-P01-S0001"),  # without a code
        hop("A", "cluster", "K01"),  # of a batch whose producer no hop names
        hop("A", "producer", MAKER, subject="counterfeit_report"),
    ],
)
def test_a_link_that_is_not_certain_and_a_party_without_a_code_get_nothing(trace: dict[str, Any]) -> None:
    assert sent(trace=frame("gold.source_trace", trace)) == {}


@pytest.mark.parametrize(
    "life",
    [
        {"outcome": "nonconforming"},  # not notified yet
        {"outcome": "conforming", "result_notified_on": date(2026, 6, 1)},  # overturned
        {"outcome": None, "result_notified_on": date(2026, 6, 1)},
    ],
)
def test_a_result_that_was_not_notified_or_does_not_stand_is_sent_to_no_party(life: dict[str, Any]) -> None:
    assert sent(lifecycle=frame("gold.sampling_lifecycle", {"sample_id": "A", **life})) == {}


@pytest.mark.parametrize("registered", ["TY01", "TY"])
def test_a_brand_gets_the_batches_that_bear_its_name_in_a_category_of_its_registration(
    registered: str,
) -> None:
    other = mark("B2", name_zh="云溪", name_en="Yunxi")
    rows = sent(brand=frame("silver.brand", mark("B1", category_codes=[registered]), other))
    assert rows["brand_B1"][["sample_id", "role"]].values.tolist() == [["A", "brand"], ["B", "brand"]]
    assert "brand_B2" not in rows


@pytest.mark.parametrize(
    "brands",
    [
        [mark("B1"), mark("B2")],  # two registrations of one name in one category
        [mark("B1", category_codes=["HA01"])],  # goods of another kind
        [mark("B1", category_codes=None)],
        [mark("../B1")],
    ],
)
def test_a_name_that_leads_to_no_single_brand_is_sent_to_none(brands: list[dict[str, Any]]) -> None:
    assert not [name for name in sent(brand=frame("silver.brand", *brands)) if name.startswith("brand_")]


def test_a_cluster_gets_the_batches_of_its_certain_producers_and_no_other_clusters() -> None:
    trace = frame(
        "gold.source_trace",
        hop("A", "producer", "N-c13f8338afac1d6528ae83f8"),  # a natural person counts in the cluster
        hop("A", "cluster", "K01"),
        hop("A", "cluster", "K02"),  # a code that the register does not hold
        hop("B", "producer", MAKER, "probabilistic"),
        hop("B", "cluster", "K01"),
    )
    rows = sent(trace=trace)
    assert list(rows) == ["cluster_K01"]
    assert rows["cluster_K01"][["sample_id", "role", "value_text"]].values.tolist() == [
        ["A", "cluster", "0.3"]
    ]
    assert not rows["cluster_K01"].isin(["N-c13f8338afac1d6528ae83f8"]).any(axis=None)


def test_a_laboratory_gets_the_failures_of_its_first_tests_and_not_whose_goods_they_were() -> None:
    conclusions = frame(
        "silver.conclusion",
        {"sample_id": "A", "stage": "first", "lab_id": "L3"},  # goes before the sample's L1
        {"sample_id": "A", "stage": "reinspection", "lab_id": "L4"},
    )
    rows = at_labs(conclusions, {"L1", "L2", "L3", "L4"})
    assert {name: list(mine["sample_id"]) for name, mine in rows.items()} == {
        "lab_L2": ["B"],
        "lab_L3": ["A"],
    }
    assert rows["lab_L3"][["item_code", "value_text", "limit_high"]].values.tolist() == [
        ["C02", "0.3", "0.1"]
    ]
    assert not {"product_name", "brand", "batch_no", "platform_code"} & set(rows["lab_L3"])
    assert at_labs(conclusions, {"L1"}) == {}


def test_a_laboratory_gets_no_result_that_was_not_notified() -> None:
    life = frame("gold.sampling_lifecycle", {"sample_id": "B", "outcome": "nonconforming"})
    assert at_labs(frame("silver.conclusion"), {"L2"}, lifecycle=life) == {}


def test_peers_are_the_categorys_probability_samples_of_the_newest_year() -> None:
    row = {
        "dimension_type": "category", "dimension_code": "TY01", "cut": "item", "code": "C02",
        "design": "probability", "period_type": "year", "n_judged": 40, "n_failed": 4, "rate": 0.1,
    }  # fmt: skip
    peers = frame(
        "gold.failing_item",
        row | {"period_start": date(2026, 1, 1)},
        row | {"period_start": date(2025, 1, 1), "n_judged": 99},
        row | {"period_start": date(2026, 1, 1), "design": "targeted", "n_judged": 77},
        row | {"period_start": date(2026, 7, 1), "period_type": "quarter", "n_judged": 9},
        row
        | {
            "period_start": date(2026, 1, 1),
            "dimension_type": "nation",
            "dimension_code": "TY01",
            "n_judged": 8,
        },
    )
    rows = sent(peers=peers)[f"enterprise_{SELLER}"].set_index("item_code")
    assert rows.loc["C02", ["peers_period", "peers_judged", "peers_failed", "peers_rate"]].tolist() == [
        2026,
        40,
        4,
        0.1,
    ]
    assert rows.loc["P06", ["peers_judged", "peers_rate"]].isna().all()


def test_a_brand_gets_its_reports_and_no_others_and_learns_no_operator() -> None:
    case = frame(
        "gold.counterfeit_case",
        {"report_id": "2", "brand_id": "B1", "enterprise_id": MAKER},
        {"report_id": "1", "brand_id": "B1"},
        {"report_id": "3", "brand_id": "B2"},
        {"report_id": "4", "brand_id": "../B3"},
    )
    found = {p.recipient: p.rows for p in brand_cases(case, named(case["brand_id"]))}
    assert {name: rows["report_id"].tolist() for name, rows in found.items()} == {
        "brand_B1": ["1", "2"],
        "brand_B2": ["3"],
    }
    assert not found["brand_B1"].isin([MAKER]).any(axis=None)


def test_a_cluster_gets_its_own_report_in_order() -> None:
    start = date(2026, 1, 1)
    rows = [
        {
            "dimension_code": code,
            "period_type": "year",
            "period_start": start,
            "item": item,
            "position": position,
        }
        for code, item, position in (("K2", "b", 2), ("K1", "a", 1), ("K2", "a", 1), ("K9", "a", 1))
    ]
    found = {p.recipient: p.rows for p in cluster_reports(frame("gold.cluster_report", *rows), {"K1", "K2"})}
    assert {name: sent_["item"].tolist() for name, sent_ in found.items()} == {
        "cluster_K1": ["a"],
        "cluster_K2": ["a", "b"],
    }


def test_no_file_has_the_day_or_the_order_by_which_a_seller_finds_the_buyer() -> None:
    columns = {name for kind in KINDS.values() for name in kind.columns}
    assert not columns & {
        "purchased_on",
        "ordered_on",
        "received_on",
        "sampling_order_id",
        "buyer_ref",
        "account_ref",
    }


@pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
def test_every_column_has_a_meaning_in_both_languages(kind: Any) -> None:
    assert all(row["zh"] and row["en"] for row in described(kind, load_catalog()))
