"""Names and addresses as parts that can be compared."""

from __future__ import annotations

import pandas as pd
import pytest
from filings import REGION

from jobs.conform.linkage.addresses import address_parts
from jobs.conform.linkage.names import name_parts
from jobs.conform.linkage.regions import read_regions
from jobs.conform.linkage.script import folded

REGIONS = read_regions(REGION)


@pytest.mark.parametrize(("name", "core"), [
    ("杭州茗香茶业有限公司", "茗香茶业"),
    ("浙江省杭州市上城区茗香茶业股份有限公司", "茗香茶业"),       # regions at the head, one after another
    ("杭州茗香茶業有限公司", "茗香茶业"),                         # traditional script
    ("ＡＢＣ茶业（浙江）有限责任公司", "abc茶业"),                # full width, a region in brackets
    ("茗香茶业（集团）有限公司", "茗香茶业"),
    ("茗香茶业有限公司（合成）", "茗香茶业"),                     # brackets at the end are a remark
    ("茗香茶业有限公司上城分公司", "茗香茶业"),
    ("茗香茶业有限公司第2分店", "茗香茶业"),
    ("茗香茶业商行网络销售部", "茗香茶业"),
    ("茗香茶业官方旗舰店", "茗香茶业"),
    ("茗香茶业 Co., Ltd.", "茗香茶业"),
    # a county without its ending is as often a brand
    ("上城汽车有限公司", "上城汽车"),
    ("杭州有限公司", "杭州"),                                     # what would leave too little stays on
    ("有限公司", "有限公司"),
    ("（杭州）", "杭州"),
])  # fmt: skip
def test_the_core_of_a_name_has_neither_region_nor_form_nor_branch(name: str, core: str) -> None:
    assert name_parts(pd.Series([name]), REGIONS)["core"].tolist() == [core]


def test_a_whole_name_keeps_everything_but_signs() -> None:
    assert name_parts(pd.Series(["杭州 甲·木（集团）"]), REGIONS)["name"].tolist() == ["杭州甲木集团"]


def test_what_is_empty_is_unknown_and_the_index_is_kept() -> None:
    parts = name_parts(pd.Series([None, "", "（）", "甲木"], index=[9, 8, 7, 6]), REGIONS)
    assert parts["core"].tolist() == [None, None, None, "甲木"] and list(parts.index) == [9, 8, 7, 6]
    assert address_parts(pd.Series([None, " "]), REGIONS).isna().all(axis=None)


@pytest.mark.parametrize(("address", "street", "numbers"), [
    ("浙江省杭州市上城区中山路一百二十号3幢501室", "中山路", "120-3-501"),
    ("杭州市上城区中山路120号3-501", "中山路", "120-3-501"),      # a dash between numbers
    ("中山路１２０號３幢５０１", "中山路", "120-3-501"),           # full width, traditional
    ("上城区清波街道中山路十二号", "中山路", "12"),               # the township is left out
    ("荆长大道八十八号", "荆长大道", "88"),
    ("中山路12号（集群注册）", "中山路", "12"),                    # brackets at the end are a remark
    ("中山路", "中山路", None),
    ("3号楼", None, "3"),
])  # fmt: skip
def test_an_address_is_street_and_numbers(address: str, street: str | None, numbers: str | None) -> None:
    parts = address_parts(pd.Series([address]), REGIONS)
    assert (parts["street"].tolist(), parts["numbers"].tolist()) == ([street], [numbers])


def test_addresses_are_compared_without_the_regions_before_the_street() -> None:
    one, other = address_parts(pd.Series(["浙江省杭州市上城区中山路12号", "中山路１２號"]), REGIONS)[
        "address"
    ]
    assert one == other == "中山路12号"


def test_line_breaks_do_not_shift_texts_against_their_rows() -> None:
    assert folded(pd.Series(["甲\n乙", "臺灣", None, "Ａ\r\nb"])).tolist() == ["甲 乙", "台湾", "", "a b"]
    assert folded(pd.Series([], dtype="object")).empty
