"""What the look-up of the internal site finds, and the words of its rows in both languages."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from types import SimpleNamespace
from typing import Any, cast

import pandas as pd
import pytest

from jobs.arrays import dicts
from jobs.publish.public_lookup import lookup
from jobs.publish.public_pages import Known
from jobs.reports.asked import COLUMNS
from jobs.reports.gathered import Gathered
from jobs.reports.lookup_files import INDEX, written
from jobs.reports.names import Names, english_of_brands, filed_value, finding
from jobs.reports.pages.bulletin import batch, public, words
from jobs.reports.pages.lookup import build
from jobs.reports.pages.risk import key_name
from jobs.reports.pages.searching import _goods
from jobs.reports.wording import Text, same

DAY = "Published on, else public from"
BRANDS = pd.DataFrame({"name_zh": ["同屿", "双名", "双名", "无名"], "name_en": ["Tongyu", "A", "B", None]})
BATCH = {
    "sample_id": "YP-440000-202607-000096",
    "plan_id": "P1",
    "disclosure": "due",
    "final_outcome": "nonconforming",
    "product_name": "积木",
    "brand": "同屿",
    "shop_name": "自然人经营者",
    "seller_name": "自然人经营者",
    "producer_name": "东莞玩具有限公司",
    "item_names": ["小零件", "标志"],
    "item_values": ["不符合", "不符合"],
    "item_standards": ["GB 6675.2-2014", "GB 6675.2-2014"],
    "public_from": date(2026, 7, 1),
    "comment_days": ["2026-08-01"],
    "comment_names": ["自然人经营者"],
    "comment_texts": ["已召回"],
}
RECALL = {"recalled_on": date(2026, 7, 2), "authority": "SAMR", "recall_id": "R1", "brand": "同屿"}


def known(*bulletins: Mapping[str, Any]) -> Gathered:
    frames = {"silver.brand": BRANDS} | {
        table: pd.DataFrame(rows).reindex(columns=COLUMNS[table])
        for table, rows in (("gold.bulletin", bulletins or (BATCH,)), ("silver.recall", (RECALL,)))
    }
    night = SimpleNamespace(frame=frames.__getitem__, bundles=())
    return Gathered(cast(Any, night), Names({}, {}), cast(Any, None), cast(Any, None))


def only(of: Gathered) -> dict[str, Any]:
    (row,) = dicts(public(of))
    return batch(of, row)


def index(of: Gathered) -> dict[str, Any]:
    content = build(of).downloads[INDEX].decode()
    found: dict[str, Any] = json.loads(content.removeprefix("window.QUALITY_LOOKUP=").removesuffix(";\n"))
    for part in found["parts"]:  # a number stands for a phrase
        part["rows"] = [
            [found["phrases"][cell] if isinstance(cell, int) else cell for cell in row]
            for row in part["rows"]
        ]
    return found


def cells(part: Mapping[str, Any]) -> dict[str, Any]:
    return dict(zip((en for _, en in part["columns"]), part["rows"][0], strict=False))


def test_the_lookup_has_the_english_of_brands_and_withheld_names_the_sample_number_and_standards() -> None:
    batches, recalls = index(known())["parts"]
    row = cells(batches)
    assert row["Brand"] == cells(recalls)["Brand"] == {"zh": "同屿", "en": "Tongyu"}
    assert row["Shop"] == row["Seller"] == {"zh": "自然人经营者", "en": "an individual, not named"}
    assert row["Sample number"] == "YP-440000-202607-000096" and row["Standards"] == "GB 6675.2-2014"
    empty = BATCH | {"brand": None, "shop_name": None, "item_standards": None}
    row = cells(index(known(empty))["parts"][0])
    assert row["Brand"] == row["Shop"] == row["Standards"] == ""  # no dash, which words would find


def test_both_lookups_say_alike_what_they_find_and_what_is_not_listed() -> None:
    internal = build(known()).context
    lead = lookup(Known([])).lead
    assert lead[0] == internal["prompt"] and lead[-1] == internal["unlisted"]
    assert "barcode or number of a sample or standard" in internal["prompt"].en
    assert internal["unlisted"].en == "A product that is not listed may still be unsafe."


def test_batches_stand_by_the_day_that_the_lookup_shows_the_latest_first() -> None:
    published = BATCH | {"sample_id": "A", "public_from": date(2026, 3, 1), "published_on": date(2026, 7, 9)}
    others = [BATCH | {"sample_id": n, "public_from": date(2026, m, 1)} for n, m in (("B", 6), ("C", 8))]
    batches = index(known(published, *others))["parts"][0]
    shown = [row[[en for _, en in batches["columns"]].index(DAY)] for row in batches["rows"]]
    assert shown == ["2026-08-01", "2026-07-09", "2026-06-01"]


def test_goods_are_found_by_the_english_brand_too() -> None:
    assert {more for _, _, more in _goods(known())} == {"同屿 Tongyu"}


def test_a_signal_about_a_brand_has_its_english_name() -> None:
    assert key_name(known(), {"key_type": "brand", "brand": "同屿"}) == Text("同屿", "Tongyu")
    assert key_name(known(), {"key_type": "brand", "brand": "未登记"}) == same("未登记")


def test_a_batch_names_its_brand_and_withheld_parties_in_english() -> None:
    found = only(known())
    assert found["brand_words"].en == "Tongyu" and found["shop_words"].en == "an individual, not named"
    assert found["comments"][0][1].en == "an individual, not named"


def test_a_brand_has_an_english_name_where_its_register_entries_state_one_alone() -> None:
    assert english_of_brands(BRANDS) == {"同屿": "Tongyu"}


@pytest.mark.parametrize(
    ("value", "unit", "wanted"),
    [
        ("不符合", "", Text("小零件：不符合", "Small parts: non-compliant")),
        ("检出", "", Text("小零件：检出", "Small parts: detected")),
        ("120", "mg/kg", Text("小零件 120 mg/kg", "Small parts 120 mg/kg")),
        ("", "", Text("小零件", "Small parts")),
    ],
)
def test_a_value_in_words_follows_the_name_of_its_item_behind_a_colon(
    value: str, unit: str, wanted: Text
) -> None:
    assert finding(Text("小零件", "Small parts"), filed_value(value, unit)) == wanted


def test_a_value_in_words_has_no_unit_even_where_one_is_filed() -> None:
    found = only(known(BATCH | {"item_units": ["ppm", "ppm"]}))
    assert words(found["items"]) == Text(
        "小零件：不符合；标志：不符合", "Small parts: non-compliant; Marking: non-compliant"
    )


def test_failed_items_in_one_line_fit_names_in_the_singular_and_in_the_plural() -> None:
    found = only(known())
    assert words(found["items"]).en == "Small parts: non-compliant; Marking: non-compliant"
    assert words(found["items"]).zh == "小零件：不符合；标志：不符合"


def test_each_row_of_a_lookup_is_in_one_file_of_at_most_its_size() -> None:
    few = {"title": ["召回", "Recalls"], "columns": [["编号", "Number"]], "rows": [["R1", ""]], "link": -1}
    many = few | {"title": ["批次", "Batches"], "rows": [[f"L{at}", ""] for at in range(8)]}
    files = {
        path: json.loads(content.decode().split("=", 1)[1].rstrip(";\n"))
        for path, content in written([few, many], {}, first=2, each=4).items()
    }
    first = files.pop(INDEX)
    assert [(part["all"], len(part["rows"])) for part in first["parts"]] == [(1, 1), (8, 2)]
    assert {(more["file"], more["part"]) for more in first["further"]} == {(path, 1) for path in files}
    rows = [row[0] for path in sorted(files) for row in files[path]["rows"]]
    assert rows == [f"L{at}" for at in range(2, 8)] and len(files) == 2
