"""A platform changes the language of its headers and its way of writing days from one month to the next: an
edit of YAML is enough."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from jobs.environment import SCHEMAS, Environment
from jobs.ingest.landing import land
from jobs.ingest.raw import RawStore
from jobs.lake.tables import Lake

pytestmark = pytest.mark.slow  # quick: test_maintain lands files after an edit of their mapping
PLATFORM, FAMILY = "platform_07", "gb18030_csv"  # a small one of this dialect
ENGLISH = {
    "所属平台": "platform",
    "商品ID": "item_id",
    "店铺ID": "shop_id",
    "商品名称": "title",
    "类目编码": "category",
    "品牌": "brand",
    "型号": "model",
    "生产企业": "producer",
    "生产企业信用代码": "producer_code",
    "生产地": "producer_region",
    "标准号": "standard",
    "认证证书": "certificate",
    "商品条码": "ean",
    "售价": "price",
    "上架时间": "listed_on",
    "下架时间": "delisted_on",
    "更新时间": "updated_at",
}
NEW = "listings_20260131.csv"


@dataclass
class Installation:
    """Separate roots, so that its YAML may be edited."""

    environment: Environment
    family: Path

    def landed(self) -> pd.DataFrame:
        """The state of each listings file after one more landing."""
        land(self.environment, date=pd.Timestamp("2026-11-25").date())
        files = Lake(self.environment.lake).frame("ops.ingest_file")
        return (
            files[files.feed == "listings"]
            .sort_values("recorded_at")
            .drop_duplicates("file", keep="last")
            .set_index("file")
        )

    def rows(self, file: pd.Series) -> pd.DataFrame:
        return pd.read_parquet(self.environment.landing / file.landed_path).set_index("listing_id")


@pytest.fixture
def installation(country, tmp_path) -> Installation:
    roots = tmp_path / "schemas"
    for path in (
        f"sources/families/{FAMILY}.yaml",
        f"sources/platform/{PLATFORM}.yaml",
        f"lookups/category_{FAMILY}.csv",
    ):
        (roots / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(SCHEMAS / path, roots / path)
    (tmp_path / "inbox").mkdir()
    shutil.copytree(country.folder / "inbox" / PLATFORM, tmp_path / "inbox" / PLATFORM)
    environment = Environment(
        tmp_path, tmp_path / "inbox", tmp_path / "lake", "local[1]", (roots,), tmp_path / "key"
    )
    return Installation(environment, roots / "sources" / "families" / f"{FAMILY}.yaml")


def next_month(folder: Path) -> pd.DataFrame:
    """The first listings once more, under English headers, days as 2025-03-01."""
    (old,) = folder.glob("listings_*.csv")
    table = pd.read_csv(
        old,
        encoding="gb18030",
        encoding_errors="replace",
        on_bad_lines="skip",
        dtype=str,
        keep_default_na=False,
    )[:12]
    for column in ("上架时间", "下架时间", "更新时间"):
        table[column] = table[column].str.replace("/", "-")
    table.rename(columns=ENGLISH).to_csv(folder / NEW, index=False, encoding="gb18030")
    return table


def edited(text: str) -> str:
    """Both headers for each column of the listings, both ways of writing days."""
    before, listings, after = re.split(r"(?m)^(?=  listings:|  orders:)", text)
    for header, english in ENGLISH.items():
        listings = re.sub(
            rf"\{{from: {re.escape(header)}(?=[,}}])", f"{{coalesce: [{header}, {english}]", listings
        )
    listings = listings.replace("[yyyy/MM/dd]", "[yyyy/MM/dd, yyyy-MM-dd]").replace(
        "[yyyy/MM/dd HH:mm]", "[yyyy/MM/dd HH:mm, yyyy-MM-dd HH:mm]"
    )
    return before + listings + after


def test_new_headers_and_days_land_after_an_edit_of_the_yaml_alone(installation):
    folder = installation.environment.inbox / PLATFORM
    sent = next_month(folder)
    files = installation.landed()
    refused, old = files.loc[NEW], files.drop(NEW)
    assert (
        refused.status == "refused"
        and "商品ID" in refused.reason_zh + " ".join(refused.missing)
        and "商品ID" in refused.reason_en
    )
    assert RawStore(installation.environment.landing).holds(refused.sha256), "the raw copy is kept"
    assert (old.status == "landed").all() and old.loaded.sum() > 20
    known = {name: installation.rows(file) for name, file in old.iterrows()}

    installation.family.write_text(edited(installation.family.read_text(encoding="utf-8")), encoding="utf-8")
    files = installation.landed()
    new = files.loc[NEW]
    assert new.status == "landed" and new.loaded == len(sent) and not len(new.drift)
    rows = installation.rows(new)
    assert list(rows.index) == list(sent["商品ID"].replace("", None)) and list(rows.title) == list(
        sent["商品名称"]
    )
    days = sent["上架时间"].str.fullmatch(r"\d{4}-\d{2}-\d{2}")
    assert (
        days.sum() >= len(sent) - 1
        and (rows.listed_on[days.to_numpy()] == sent["上架时间"][days].to_numpy()).all()
    )
    assert (
        rows.category_code.str.fullmatch("[A-Z]{2}[0-9]{2}").sum() >= len(sent) - 1
        and not rows["_version"].isna().any()
    )
    for name, before in known.items():  # older files were landed anew by the edited mapping, to the same rows
        assert files.loc[name].mapping != old.loc[name].mapping
        pd.testing.assert_frame_equal(
            installation.rows(files.loc[name]).drop(columns="_mapping"), before.drop(columns="_mapping")
        )


def test_what_is_unknown_is_reported_by_name_before_the_edit(installation):
    """Where only columns that may be absent change their names, the file lands and says which are new and
    which are missing."""
    folder = installation.environment.inbox / PLATFORM
    next_month(folder)
    text = (folder / NEW).read_text(encoding="gb18030")
    (folder / NEW).write_text(text.replace("item_id", "商品ID", 1), encoding="gb18030")
    new = installation.landed().loc[NEW]
    assert new.status == "landed" and new.loaded == 12
    assert set(new.drift) == set(ENGLISH.values()) - {"item_id"} and set(new.missing) == set(ENGLISH) - {
        "商品ID"
    }
