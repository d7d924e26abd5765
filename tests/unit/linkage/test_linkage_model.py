"""How Splink is run: quietly, in memory, the same for any order of the records; its settings are whole."""

from __future__ import annotations

import dataclasses
import logging
import os
import socket
from pathlib import Path

import pandas as pd
import pytest
from countries import country
from filings import NAMED, REGION, REGISTER, frame, shops

from jobs.conform.linkage import model
from jobs.conform.linkage.configuration import SETTINGS, read_configuration
from jobs.conform.linkage.deterministic import known_operators
from jobs.conform.linkage.records import distinct, linkage_records
from jobs.conform.linkage.regions import read_regions
from jobs.conform.linkage.resolve import resolve

OPERATORS = read_configuration("operators")


def records_of(frames: dict[str, pd.DataFrame]) -> pd.DataFrame:
    shop = frames["shop"].sort_values("shop_id", ignore_index=True)
    known = known_operators(frames["registration"], shop, frames["link_decision"])
    return linkage_records(frames["registration"], shop, known, read_regions(frames["region"]))


@pytest.fixture(scope="module")
def records() -> pd.DataFrame:
    return records_of(country(5, 120_000, worn=0.1).frames)


@pytest.mark.parametrize("name", [p.stem for p in sorted(SETTINGS.glob("*.yaml"))])
def test_settings_start_from_probabilities_that_add_up_and_name_columns_that_exist(name: str) -> None:
    configuration = read_configuration(name)
    for comparison in configuration.comparisons:
        levels = [level for level in comparison["comparison_levels"] if not level.get("is_null_level")]
        for side in ("m_probability", "u_probability"):
            assert sum(level[side] for level in levels) == pytest.approx(1, abs=0.06), comparison[
                "output_column_name"
            ]
        assert {level.get("tf_adjustment_column") for level in levels} <= {None, *configuration.columns}
    assert set(configuration.blocks) <= set(configuration.columns)
    labels = {
        c["output_column_name"]: [level["label_for_charts"] for level in c["comparison_levels"]]
        for c in configuration.comparisons
    }
    assert all(level in labels[comparison] for comparison, level in configuration.apart.items())


def test_a_setting_that_does_not_exist_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "odd.yaml").write_text((SETTINGS / "febrl.yaml").read_text() + "treshold: 1\n")
    with pytest.raises(TypeError, match="treshold"):
        read_configuration("odd", tmp_path)


@pytest.mark.slow
def test_training_learns_the_same_in_any_order_of_the_records(records: pd.DataFrame) -> None:
    configuration = dataclasses.replace(OPERATORS, random_pairs=200_000, least_records=1000)
    one, other = (model.trained(records.sample(frac=1, random_state=s), configuration) for s in (1, 2))
    assert one == other and one.comparisons != OPERATORS.comparisons
    pairs = [
        model.scored_pairs(distinct(records.sample(frac=1, random_state=s)), one, configuration)
        for s in (1, 2)
    ]
    pd.testing.assert_frame_equal(*pairs)
    assert len(pairs[0]) > 100


def test_too_few_records_train_nothing(records: pd.DataFrame) -> None:
    found = model.trained(records.head(50), OPERATORS)
    assert found.prior == OPERATORS.prior
    learnt = [[level.get("m_probability") for level in c["comparison_levels"]] for c in found.comparisons]
    assert learnt == [
        [level.get("m_probability") for level in c["comparison_levels"]] for c in OPERATORS.comparisons
    ]


def test_a_record_of_a_known_entity_that_says_nothing_new_is_not_compared() -> None:
    given = {
        "registration": frame(
            REGISTER[:1],
            (
                "uscc",
                "name",
                "former_names",
                "region_code",
                "address_text",
                "phone_ref",
                "representative_ref",
            ),
        ),
        "shop": shops(
            [
                {**NAMED, "operator_uscc": REGISTER[0]["uscc"]},
                {**NAMED, "operator_uscc": REGISTER[0]["uscc"], "phone_ref": "t9"},
                NAMED,
                NAMED,
            ]
        ),
        "link_decision": frame([], ("decision_id", "shop_id", "uscc", "same", "decided_on", "office")),
        "region": REGION,
    }
    kept = distinct(records_of(given))["record_id"].tolist()
    assert kept == [
        f"R:{REGISTER[0]['uscc']}",
        f"R:{REGISTER[0]['uscc']}#杭州旧木电器有限公司",
        "S:S2",
        "S:S3",
        "S:S4",
    ]


def test_a_value_that_too_many_share_brings_no_pairs(records: pd.DataFrame) -> None:
    agent = records.assign(phone="the same of all", entity=None)
    few = dataclasses.replace(OPERATORS, largest_block=50)
    assert model.block_sizes(agent, few)["l.block_phone = r.block_phone"] == 0


def test_values_that_are_left_out_of_blocks_bring_no_pair(records: pd.DataFrame) -> None:
    given, every = distinct(records), dataclasses.replace(OPERATORS, undecided="TRUE")
    sizes = model.block_sizes(given, OPERATORS)
    assert sizes == model.block_sizes(given, every)
    assert sum(sizes.values()) > 0


def test_each_blocking_rule_compares_few_pairs_a_record(records: pd.DataFrame) -> None:
    sizes = model.block_sizes(distinct(records), OPERATORS)
    assert set(sizes) == set(OPERATORS.blocking)
    assert max(sizes.values()) < 20 * len(records), sizes


@pytest.mark.slow
def test_a_run_is_silent_stays_off_the_network_and_leaves_no_file(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    def no_network(*_: object) -> None:
        raise AssertionError("a connection was opened")

    scratch, here = tmp_path / "scratch", tmp_path / "here"
    scratch.mkdir()
    here.mkdir()
    monkeypatch.setattr(socket.socket, "connect", no_network)
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    monkeypatch.chdir(here)
    with caplog.at_level(logging.INFO):
        found = resolve(**country(5, 90_000).frames)
    assert (found["basis"] == "splink").any()
    assert os.listdir(scratch) == os.listdir(here) == []
    assert capfd.readouterr() == ("", "") and not [r for r in caplog.records if r.name.startswith("splink")]
