"""The reference files that this project wrote itself hold together: words, codes, weights, scales, grades."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Iterable

import pandas as pd
import pytest

from jobs.conform.linkage.script import folded
from jobs.contracts.catalog import load_catalog
from jobs.environment import SCHEMAS
from jobs.reports.citations import cited
from jobs.reports.pages.credit import ITEM

Rows = list[dict[str, str]]
SAMPLE_DATES = {"ordered_on", "received_on", "exited_on", "tested_on", "issued_on"}


def rows(name: str) -> Rows:
    with (SCHEMAS / "reference" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def unique(values: Iterable[object]) -> set[object]:
    listed = list(values)
    assert len(listed) == len(set(listed))
    return set(listed)


def test_the_weights_of_each_level_add_up_to_one():
    totals: dict[tuple[str, str], float] = defaultdict(float)
    for row in rows("index_weight"):
        level = "pillars" if row["kind"] == "pillar" else row["pillar"]
        totals[row["version"], level] += float(row["weight"])
    assert totals == pytest.approx(dict.fromkeys(totals, 1.0))
    assert {level for _, level in totals} == {"pillars"} | {
        row["item"] for row in rows("index_weight") if row["kind"] == "pillar"
    }


def test_conformity_outweighs_every_other_pillar():
    pillars = {row["item"]: float(row["weight"]) for row in rows("index_weight") if row["kind"] == "pillar"}
    assert all(pillars["conformity"] > weight for item, weight in pillars.items() if item != "conformity")


def test_every_indicator_has_a_scale_and_a_weight_in_each_version():
    weighted = unique(
        (row["version"], row["item"]) for row in rows("index_weight") if row["kind"] == "indicator"
    )
    assert unique((row["version"], row["indicator"]) for row in rows("goalpost")) == weighted


def test_a_scale_is_longer_than_nothing():
    assert [row["indicator"] for row in rows("goalpost") if float(row["low"]) >= float(row["high"])] == []


def test_grades_begin_lower_and_lower_and_the_last_takes_all():
    card = rows("scorecard")
    for version in {row["version"] for row in card}:
        grades = [
            (row["item"], float(row["points"]))
            for row in card
            if row["version"] == version and row["kind"] == "grade"
        ]
        assert [name for name, _ in sorted(grades, key=lambda g: -g[1])] == ["A", "B", "C", "D"]
        assert min(points for _, points in grades) <= -100  # no score lies below


def test_every_fact_of_the_scorecard_counts_for_a_stated_time_and_nothing_else_does():
    assert {row["kind"] for row in rows("scorecard") if row["window_months"]} == {"fact"}
    assert [
        row["item"] for row in rows("scorecard") if row["kind"] == "fact" and not row["window_months"]
    ] == []


def test_a_failure_takes_more_than_a_conforming_sample_gives():
    points = {row["item"]: float(row["points"]) for row in rows("scorecard")}
    assert points["final_nonconformity"] < 0 < points["conforming_sample"] < -points["final_nonconformity"]


def test_deadlines_of_samples_use_the_events_of_the_procedure():
    events = unique(row["event"] for row in rows("sampling_event_type"))
    elsewhere = (
        "complaint",
        "mediation",
        "parties_told",
        "report",
        "case_decided",
        "case_opened",
        "case_concluded",
        "penalty",
        "publication",
        "listed",
        "delisted",
        "defect",
        "recall",
        "comment",
    )
    used = {row[end] for row in rows("statutory_timer") for end in ("from_event", "to_event")}
    assert {event for event in used if not event.startswith(elsewhere)} <= events
    assert {"result_notified", "rectified", "second_recheck_organised"} <= used & events


def test_the_events_stand_in_order_and_are_implied_by_dates_that_the_tables_have():
    listed = rows("sampling_event_type")
    assert [int(row["position"]) for row in listed] == list(range(1, len(listed) + 1))
    assert {row["implied_by"] for row in listed} - {""} == SAMPLE_DATES
    columns = {
        name
        for t in ("sampling_order", "sample", "test_result", "conclusion")
        for name in load_catalog().contracts[f"silver.{t}"].column_names
    }
    assert columns >= SAMPLE_DATES


def test_certificates_apply_to_categories_that_exist_and_mandatory_ones_meet_a_requirement():
    known = {row["category_code"] for row in rows("product_category")}
    for row in rows("certificate_type"):
        assert set(filter(None, row["category_codes"].split(";"))) <= known, row["certificate_type"]
        assert (row["mandatory"] == "true") == bool(row["requirement"]), row["certificate_type"]


def test_a_part_of_goods_is_named_in_both_languages_in_categories_of_its_kind_of_certificate():
    types = {row["certificate_type"]: row["category_codes"].split(";") for row in rows("certificate_type")}
    parents = {row["category_code"]: row["parent_code"] for row in rows("product_category")}
    scopes = rows("certificate_scope")
    unique((row["certificate_type"], row["category_code"]) for row in scopes)
    for row in scopes:
        assert row["scope_zh"] and row["scope_en"], row
        code = row["category_code"]
        assert {code, parents[code]} & set(types[row["certificate_type"]]), row


def test_goods_that_need_a_certificate_in_part_have_a_scope():
    """CCC is for some helmets and cables, other cables need a licence, only medical masks are registered, and
    who does not transmit needs no approval."""
    found = {(row["certificate_type"], row["category_code"]) for row in rows("certificate_scope")}
    assert found >= {
        ("ccc", "VH02"),
        ("ccc", "BD05"),
        ("industrial_licence", "BD05"),
        ("medical_device", "PP01"),
        ("radio_type_approval", "EL04"),
        ("radio_type_approval", "EL05"),
        ("network_access", "EL05"),
    }


@pytest.mark.parametrize(
    "name", [path.stem for path in sorted((SCHEMAS / "reference").glob("*.csv"))], ids=str
)
def test_whatever_has_a_chinese_name_has_an_english_one_without_chinese_in_it(name):
    listed = [row for row in rows(name) if row.get("name_zh") and "name_en" in row]
    alone = [r["name_zh"] for r in listed if not r["name_en"] or re.search("[\u3400-\u9fff]", r["name_en"])]
    assert alone == []


def test_what_deforms_in_heat_burns_and_sets_nothing_on_fire():
    """A bottle's or bowl's resistance to heat is another item than a socket's to heat and fire."""
    words = {row["hazard_code"]: row["match"].split(";") for row in rows("item_hazard")}

    def found(item: str) -> set[str]:
        return {hazard for hazard, of in words.items() if any(word in item for word in of)}

    assert found("耐热性能") == {"burns"} and found("耐热和耐燃") == {"fire"}


@pytest.mark.parametrize(
    "name", ["certificate_scope", "certificate_type", "restriction_measure", "statutory_timer"]
)
def test_each_law_that_a_reference_cites_has_its_chinese_name(name):
    for citation in {row["citation"] for row in rows(name) if row["citation"]}:
        named = cited(citation)
        assert named is not None and not re.search("[A-Za-z]{2}", named.zh), citation


def test_severities_are_columns_of_the_risk_matrix():
    columns = {
        name.removeprefix("severity_") for name in rows("risk_matrix")[0] if name.startswith("severity_")
    }
    assert {row["severity"] for row in rows("hazard")} == columns == {"1", "2", "3", "4"}
    unique(row["hazard_code"] for row in rows("hazard"))


@pytest.mark.parametrize("name", ["statutory_timer", "certificate_scope", "certificate_type"])
def test_a_row_says_how_far_its_source_was_read(name):
    assert {row["status"] for row in rows(name)} <= {row["status"] for row in rows("citation_status")}


def test_each_version_of_the_method_has_every_parameter_and_every_indicator_someone_who_can_act():
    items = {
        "across",
        "least_coverage",
        "least_judged",
        "level",
        "draws",
        "seed",
        "weight_spread",
        "goalpost_spread",
        "rank_share",
        "decimals",
    }
    method = unique((row["version"], row["item"]) for row in rows("index_method"))
    assert method == {(version, item) for version, _ in method for item in items}
    assert unique(row["indicator"] for row in rows("indicator_actor")) == {
        row["indicator"] for row in rows("goalpost")
    }


def test_each_rule_of_items_names_a_hazard_of_the_list_and_no_word_stands_twice_for_one():
    known = unique(row["hazard_code"] for row in rows("hazard"))
    rules = rows("item_hazard")
    unique(row["rule"] for row in rules)
    assert {row["hazard_code"] for row in rules} <= known
    unique((word, row["hazard_code"]) for row in rules for word in row["match"].split(";"))


def test_words_by_which_texts_are_read_name_hazards_and_categories_of_the_lists():
    rules = rows("hazard_term")
    unique(row["rule"] for row in rules)
    assert {row["hazard_code"] for row in rules} <= unique(row["hazard_code"] for row in rows("hazard"))
    leaves = {row["category_code"] for row in rows("product_category") if row["parent_code"]}
    assert unique(row["category_code"] for row in rows("product_term")) <= leaves
    unique(word for row in rows("product_term") for word in row["match"].split(";"))


def test_words_by_which_texts_are_read_are_written_as_texts_are_compared():
    """Half width, lower case, simplified, without blanks: another spelling would never be met."""
    words = [
        word
        for name, columns in (
            ("hazard_term", ["match", "near"]),
            ("product_term", ["match"]),
            ("text_cue", ["match"]),
        )
        for row in rows(name)
        for column in columns
        for word in row[column].split(";")
        if row[column]
    ]
    assert folded(pd.Series(words)).tolist() == words
    assert [word for word in words if not word or " " in word] == []


NAMED = {
    "restriction_state": "gold.joint_restriction.state",
    "restriction_ground": "gold.joint_restriction.basis",
    "counterfeit_finding": "silver.counterfeit_report.finding",
    "funnel_state": "gold.lab_performance.state",
    "agreement_kind": "gold.lab_agreement.kind",
    "takedown_state": "gold.sampling_lifecycle.takedown_state",
    "better_direction": "gold.cluster_report.better",
}
KINDS_OF_SAMPLES = {"probability", "targeted"}  # named with the designs


def test_a_kind_of_penalty_has_one_name_on_pages_and_in_reference_files():
    (named,) = (row["name_zh"] for row in rows("scorecard") if row["item"] == "licence_revoked")
    assert named == ITEM["licence_revoked"].zh
    short = re.compile("吊销(许可(?!证件)|执照)")
    files = sorted((SCHEMAS / "reference").glob("*.csv"))
    assert [path.name for path in files if short.search(path.read_text(encoding="utf-8"))] == []


def test_every_code_that_a_contract_lists_has_a_name_and_no_other_code_has_one():
    catalog = load_catalog().contracts
    named: dict[str, list[str]] = defaultdict(list)
    for row in rows("code_name"):
        assert row["name_zh"] and row["name_en"]
        named[row["list"]].append(row["code"])
    for name, place in NAMED.items():
        table, _, column = place.rpartition(".")
        (values,) = [r.arguments["list"] for r in catalog[table].column(column).rules if r.kind == "values"]
        assert unique(named[name]) == unique(values), name
    # A page shows the code of a system without a name: one YAML file is enough for a new source.
    sources = (SCHEMAS / "sources" / "overseas").glob("*.yaml")
    said = [re.findall(r"(?:system|authority): +{const: ([\w-]+)}", path.read_text()) for path in sources]
    named_systems = {*named["notice_system"]}
    assert {"SYN-RECALL", "RASFF"} < named_systems <= {code for codes in said for code in codes}
    (values,) = [
        r.arguments["list"]
        for r in catalog["gold.cluster_report"].column("basis").rules
        if r.kind == "values"
    ]
    assert unique(named["report_basis"]) == unique(values) - KINDS_OF_SAMPLES
