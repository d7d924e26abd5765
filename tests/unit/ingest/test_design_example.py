"""The example of the design's page on sources: all of it is read."""

from __future__ import annotations

from ingest_world import World, contract_of

from jobs.contracts.catalog import Catalog
from jobs.ingest.model import Value
from jobs.ingest.source import load_sources

EXAMPLE = """\
source: platform_07
extends: families/pipe_csv
publisher: {name_zh: 平台07, name_en: Platform 07}
timezone: Asia/Shanghai
cadence: daily
feeds:
  listings:
    target: listing
    files: "listings_*.csv.gz"
    delivered: "listings_{yyyyMMdd}"
    format: csv
    encoding: gb18030
    options: {delimiter: "|", header_row: 1, sheet: 明细, record_path: data.items}
    key: [listing_id]
    version: updated_at
    mode: upsert
    columns:
      listing_id:    {from: 商品编号}
      platform_code: {const: P07}
      price:         {from: 价格(分), scale: 0.01}
      listed_on:     {from: 上架时间, date: ["yyyy/MM/dd", "yyyyMMdd"]}
      updated_at:    {from: 更新时间, instant: ["yyyy-MM-dd HH:mm:ss"]}
      category_code: {from: 类目, lookup: category_platform_07}
      region_code:   {from: 产地, lookup: region, on_unmapped: null_and_flag}
      authentic:     {from: 是否正品, map: {是: "true", 否: "false"}}
      hazards:       {from: hazard list, split: ";"}
      title:         {concat: [品牌, {text: " "}, 名称]}
      barcode:       {coalesce: [条码, EAN]}
      year:          {substr: [款号, 1, 4]}
      model:         {extract: [名称, "型号([A-Z0-9-]+)"]}
      maker:         {from: "producer.names[0].zh"}
    explode: items
    join:
      - {file: "shops_*.csv", by: {店铺号: 店铺号}, take: [店铺名], missing: "null"}
    ignore: [备注]
    volume: {min: 1000, max: 500000}
"""
TYPES = {"price": "decimal(18,2)", "listed_on": "date", "authentic": "boolean", "hazards": "array<string>"}
COLUMNS = (
    "platform_code",
    "price",
    "listed_on",
    "category_code",
    "region_code",
    "authentic",
    "hazards",
    "title",
    "barcode",
    "year",
    "model",
    "maker",
)


def load(world: World, text: str):
    (world.further / "families").mkdir(exist_ok=True)
    (world.further / "families" / "pipe_csv.yaml").write_text("settle_seconds: 5\n")
    for name in ("category_platform_07", "region"):
        (world.root / "lookups" / f"{name}.csv").write_text("from,to\na,b\n")
    place = world.root / "sources" / "platform" / "platform_07.yaml"
    place.parent.mkdir()
    place.write_text(text, encoding="utf-8")
    listing = contract_of(
        "listing", {"listing_id": "string"}, {name: TYPES.get(name, "string") for name in COLUMNS}
    )
    return load_sources(world.environment.source_roots, Catalog({"silver.listing": listing}))


def test_the_example_is_read(world: World):
    source = load(world, EXAMPLE).good["platform_07"]
    (feed,) = source.feeds
    by_name = {c.name: c for c in feed.columns}
    assert (source.family, source.settle_seconds, feed.version, feed.options.delimiter) == (
        "platform",
        5,
        "updated_at",
        "|",
    )
    assert (
        len(by_name) == 14 and feed.columns[-1].name == "updated_at" and not by_name["updated_at"].in_contract
    )
    assert by_name["authentic"].operation.values == {"是": "true", "否": "false"}
    assert by_name["title"].value.parts == (
        Value("from", column="品牌"),
        Value("const", text=" "),
        Value("from", column="名称"),
    )
    assert feed.policies == ";region_code=null_and_flag;"
    assert (feed.explode, feed.options.record_path, feed.options.sheet) == ("items", "data.items", "明细")
    (join,) = feed.joins
    assert (join.file, join.by, join.take, join.missing) == (
        "shops_*.csv",
        (("店铺号", "店铺号"),),
        ("店铺名",),
        "null",
    )
