"""What a bulletin says in Chinese words has its English beside it, in the files as on the pages."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pandas as pd
from test_bundles import MAY, lake_at, quiet

from jobs.publish.freezing import freeze
from jobs.publish.public_items import ITEMS_EN, with_items

ENGLISH = [column.name for column in ITEMS_EN]


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


def test_items_of_a_published_bulletin_have_their_english_in_its_csv_and_in_the_dictionary(tmp_path: Path):
    lake = lake_at(tmp_path)
    folder = freeze(lake.root, tmp_path / "published", MAY, day=None, say=quiet).folder
    batch = next(r for r in rows_of(folder / "data" / "bulletins.csv") if r["sample_id"] == "B1")
    assert {name.removesuffix("_en"): json.loads(batch[name]) for name in ENGLISH} == {
        "item_names": ["Leakage current"],
        "item_values": ["0.9"],
        "item_units": ["mA"],
        "item_limits_high": ["0.75"],
        "item_claims_high": [""],
    }
    assert json.loads(batch["item_names"]) == ["泄漏电流"]
    meant = {r["column"]: r for r in rows_of(folder / "dictionary.csv") if r["table"] == "bulletins"}
    assert all(meant[name]["description_zh"] and meant[name]["description_en"] for name in ENGLISH)
    (item,) = (
        r for r in rows_of(folder / "dictionary.csv") if (r["table"], r["column"]) == ("guidance", "item")
    )
    assert "name_en" in item["description_zh"] and "name_en" in item["description_en"]


def test_an_entry_in_words_is_translated_and_a_number_or_an_unknown_word_stays() -> None:
    rows = pd.DataFrame(
        {
            "item_names": [["小零件", "某项目"], None],
            "item_values": [["不符合", "-38.97"], None],
            "item_units": [["", "次"], None],
            "item_limits_high": [["应符合要求", "5"], None],
            "item_claims_high": [["", ""], None],
        }
    )
    first, none = with_items(rows)[ENGLISH].to_dict("records")
    assert first == {
        "item_names_en": ["Small parts", "某项目"],
        "item_values_en": ["non-compliant", "-38.97"],
        "item_units_en": ["", "cycles"],
        "item_limits_high_en": ["shall comply", "5"],
        "item_claims_high_en": ["", ""],
    }
    assert set(none.values()) == {None}
