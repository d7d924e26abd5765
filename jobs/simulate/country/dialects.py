"""How each family of platforms writes its feeds: which headers it has, and how a value is written. A family
is a group of platforms that write alike, a feed is one kind of rows that a platform delivers (FEEDS).

The columns of a feed are given as a text of words `header=column` or `header=column:way`; ways are in WAYS
below and in `rendering`. The YAMLs of schemas/sources/families say the same from the reader's side.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

FEEDS = ("shops", "listings", "orders", "reviews", "controls")


class Column(NamedTuple):
    """A column of a file. ``header``: its name in the file; ``name``: the column of `Rows` that it holds;
    ``way``: how its values are written ('' as they are)."""

    header: str
    name: str
    way: str


@dataclass(frozen=True)
class Family:
    """A group of platforms that write alike.

    ``form``: csv, tsv, jsonl, json, parquet, zip or xlsx; ``ending``: of the files' names; ``feeds``: feed →
    its columns; ``files``: feed → file's name before the date (feeds with the same name share a file);
    ``category``: name of the file of schemas/lookups that reads the family's words for categories, '' where
    it writes our codes; ``delimiter``, ``encoding``, ``bom``: of csv and tsv, also in a zip.
    """

    form: str
    ending: str
    feeds: dict[str, tuple[Column, ...]]
    files: dict[str, str]
    category: str = ""
    delimiter: str = ","
    encoding: str = "utf-8"
    bom: bool = False


def _columns(text: str) -> tuple[Column, ...]:
    found = []
    for part in text.split():
        header, _, rest = part.partition("=")
        name, _, way = rest.partition(":")
        found.append(Column(header, name, way))
    return tuple(found)


def _family(
    form: str, ending: str, feeds: dict[str, str], files: dict[str, str] | None = None, **style: object
) -> Family:
    named = dict(zip(FEEDS, FEEDS, strict=True)) if files is None else files
    return Family(form, ending, {feed: _columns(text) for feed, text in feeds.items()}, named, **style)  # type: ignore[arg-type]


WAYS: dict[str, dict[str, str]] = {
    "type_zh": {"company": "企业", "individual_business": "个体工商户", "natural_person": "自然人"},
    "type_en": {"company": "COMPANY", "individual_business": "SOLE_TRADER", "natural_person": "PERSON"},
    "type_number": {"company": "1", "individual_business": "2", "natural_person": "3"},
    "reason_zh": {"quality": "质量问题", "other": "其他原因"},
    "reason_en": {"quality": "QUALITY", "other": "OTHER"},
    "kind_zh": {"takedown": "下架", "ban": "封禁", "self_inspection": "自查", "acknowledgement": "签收"},
    "kind_en": {
        "takedown": "TAKEDOWN",
        "ban": "BAN",
        "self_inspection": "SELF_INSPECTION",
        "acknowledgement": "ACK",
    },
    "yes_zh": {"true": "是", "false": "否"},
    "yes_letter": {"true": "Y", "false": "N"},
}

PIPE_FEN = _family(
    "csv",
    ".csv.gz",
    {
        "shops": "平台=platform_code 店铺编号=shop_id 店铺名称=name 经营者=operator_name 信用代码=operator_uscc "
        "主体类型=operator_type:type_zh "
        "证件号码=operator_ref 地区代码=region_code 住所=address_text 联系电话=phone_ref 负责人=representative_ref "
        "已核验=licence_verified:yes_zh "
        "开店日期=opened_on:compact 闭店日期=closed_on:compact 更新时间=updated_at",
        "listings": "平台=platform_code 商品编号=listing_id 店铺编号=shop_id 标题=title 类目=category_code:category "
        "品牌=brand 型号=model 生产者=producer_name "
        "生产者信用代码=producer_uscc 产地=producer_region_code 执行标准=standard_no 证书编号=certificate_no 条码=barcode "
        "价格(分)=price:fen "
        "上架日期=listed_on:compact 下架日期=delisted_on:compact 更新时间=updated_at",
        "orders": "平台=platform_code 订单号=order_id 订单行号=order_line_id 商品编号=listing_id 店铺编号=shop_id "
        "下单日期=ordered_on:compact 数量=quantity "
        "实付(分)=amount:fen 收货地区=consumer_region_code 退货日期=returned_on:compact 退货原因=return_reason:reason_zh",
        "reviews": (
            "平台=platform_code 评价编号=review_id 订单行号=order_line_id 订单号=order_id 商品编号=listing_id "
            "评价日期=reviewed_on:compact 星级=rating 内容=text"
        ),
        "controls": "平台=platform_code 措施编号=control_id 措施=kind:kind_zh 日期=happened_on:compact "
        "店铺编号=shop_id 商品编号=listing_id 样品编号=sample_id "
        "经营者信用代码=operator_uscc 原因=reason 获知日期=learned_on:compact 结束日期=ended_on:compact 检查数=n_checked "
        "下架数=n_removed",
    },
    category="category_pipe_fen",
    delimiter="|",
)

JSON_LINES = _family(
    "jsonl",
    ".jsonl.gz",
    {
        "shops": "shopId=shop_id shopName=name operator.name=operator_name operator.uscc=operator_uscc "
        "operator.type=operator_type:type_en operator.idNo=operator_ref "
        "operator.region=region_code operator.address=address_text operator.phone=phone_ref "
        "operator.representative=representative_ref "
        "licenceVerified=licence_verified openedOn=opened_on closedOn=closed_on updatedAt=updated_at:iso8601",
        "listings": "itemId=listing_id shopId=shop_id title=title category=category_code:category "
        "brand=brand modelNo=model maker.name=producer_name "
        "maker.uscc=producer_uscc maker.region=producer_region_code standardNo=standard_no "
        "certificateNo=certificate_no gtin=barcode price=price "
        "listedOn=listed_on delistedOn=delisted_on updatedAt=updated_at:iso8601",
        "orders": "orderId=order_id lineId=order_line_id itemId=listing_id shopId=shop_id "
        "placedOn=ordered_on qty=quantity paid=amount "
        "shipTo=consumer_region_code refund.on=returned_on refund.why=return_reason:reason_en",
        "reviews": (
            "reviewId=review_id lineId=order_line_id orderId=order_id itemId=listing_id "
            "on=reviewed_on stars=rating comment=text"
        ),
        "controls": "controlId=control_id platform=platform_code kind=kind:kind_en on=happened_on "
        "shopId=shop_id itemId=listing_id sampleId=sample_id operatorUscc=operator_uscc "
        "reason=reason learnedOn=learned_on endedOn=ended_on checked=n_checked removed=n_removed",
    },
    category="category_json_lines",
)

GB18030_CSV = _family(
    "csv",
    ".csv",
    {
        "shops": "所属平台=platform_code 店铺ID=shop_id 店铺名=name 主体名称=operator_name 统一社会信用代码=operator_uscc "
        "主体=operator_type:type_zh 身份证号=operator_ref "
        "所在地=region_code 地址=address_text 电话=phone_ref 法定代表人=representative_ref "
        "资质核验=licence_verified:yes_zh 开店时间=opened_on:slash "
        "关店时间=closed_on:slash 更新时间=updated_at:slash",
        "listings": "所属平台=platform_code 商品ID=listing_id 店铺ID=shop_id 商品名称=title "
        "类目编码=category_code:category 品牌=brand 型号=model 生产企业=producer_name "
        "生产企业信用代码=producer_uscc 生产地=producer_region_code 标准号=standard_no 认证证书=certificate_no "
        "商品条码=barcode 售价=price 上架时间=listed_on:slash "
        "下架时间=delisted_on:slash 更新时间=updated_at:slash",
        "orders": "所属平台=platform_code 订单ID=order_id 子订单ID=order_line_id 商品ID=listing_id 店铺ID=shop_id "
        "下单时间=ordered_on:slash 件数=quantity 实付金额=amount "
        "收货地=consumer_region_code 退货时间=returned_on:slash 退货原因=return_reason:reason_zh",
        "reviews": (
            "所属平台=platform_code 评价ID=review_id 子订单ID=order_line_id 订单ID=order_id 商品ID=listing_id "
            "评价时间=reviewed_on:slash 评分=rating 评价内容=text"
        ),
        "controls": "所属平台=platform_code 处置ID=control_id 处置类型=kind:kind_zh 处置时间=happened_on:slash "
        "店铺ID=shop_id 商品ID=listing_id 样品ID=sample_id "
        "主体信用代码=operator_uscc 事由=reason 知悉时间=learned_on:slash 解除时间=ended_on:slash 自查数=n_checked "
        "下架数=n_removed",
    },
    category="category_gb18030_csv",
    encoding="gb18030",
)

PARQUET_TYPED = _family(
    "parquet",
    ".parquet",
    {
        "shops": "platform=platform_code shop_no=shop_id shop_name=name operator=operator_name "
        "uscc=operator_uscc operator_type=operator_type:type_number "
        "operator_id_no=operator_ref region=region_code address=address_text phone=phone_ref "
        "representative=representative_ref verified=licence_verified "
        "opened=opened_on closed=closed_on updated=updated_at",
        "listings": "platform=platform_code item_no=listing_id shop_no=shop_id title=title "
        "category=category_code brand=brand model=model producer=producer_name "
        "producer_uscc=producer_uscc producer_region=producer_region_code standard=standard_no "
        "certificate=certificate_no ean=barcode price=price "
        "listed=listed_on delisted=delisted_on updated=updated_at",
        "orders": "platform=platform_code order_no=order_id line_no=order_line_id item_no=listing_id "
        "shop_no=shop_id ordered=ordered_on quantity=quantity amount=amount "
        "region=consumer_region_code returned=returned_on return_reason=return_reason:reason_en",
        "reviews": (
            "platform=platform_code review_no=review_id line_no=order_line_id order_no=order_id "
            "item_no=listing_id reviewed=reviewed_on stars=rating body=text"
        ),
        "controls": "platform=platform_code control_no=control_id kind=kind:kind_en "
        "happened=happened_on shop_no=shop_id item_no=listing_id sample_no=sample_id "
        "uscc=operator_uscc reason=reason learned=learned_on ended=ended_on checked=n_checked "
        "removed=n_removed",
    },
)

JSON_NESTED = _family(
    "json",
    ".json.gz",
    {
        "shops": "id=shop_id name=name operator.name=operator_name operator.creditCode=operator_uscc "
        "operator.kind=operator_type:type_en operator.identity=operator_ref "
        "operator.place.code=region_code operator.place.address=address_text "
        "operator.contact.phone=phone_ref operator.contact.person=representative_ref "
        "operator.verified=licence_verified opened=opened_on closed=closed_on modified=updated_at:iso8601",
        "listings": "id=listing_id shop=shop_id title=title path=category_code:category "
        "attributes.brand=brand attributes.model=model attributes.standard=standard_no "
        "attributes.certificate=certificate_no attributes.ean=barcode producer.name=producer_name "
        "producer.creditCode=producer_uscc "
        "producer.place=producer_region_code price=price listed=listed_on delisted=delisted_on "
        "modified=updated_at:iso8601",
        "orders": "..id=order_id ..placed=ordered_on ..shop=shop_id ..to=consumer_region_code "
        "id=order_line_id item=listing_id qty=quantity paid=amount "
        "refund.on=returned_on refund.why=return_reason:reason_en",
        "reviews": (
            "id=review_id line=order_line_id order=order_id item=listing_id date=reviewed_on "
            "stars=rating body=text"
        ),
        "controls": "id=control_id platform=platform_code kind=kind:kind_en date=happened_on "
        "shop=shop_id item=listing_id sample=sample_id creditCode=operator_uscc reason=reason "
        "learned=learned_on ended=ended_on checked=n_checked removed=n_removed",
    },
    {
        "shops": "catalogue",
        "listings": "catalogue",
        "orders": "orders",
        "reviews": "reviews",
        "controls": "controls",
    },
    category="category_json_nested",
)

ZIPPED_CSV = _family(
    "zip",
    ".zip",
    {
        "shops": "平台代码=platform_code 编号=shop_id 名称=name 经营主体=operator_name 社会信用代码=operator_uscc "
        "主体性质=operator_type:type_zh 证件号=operator_ref "
        "行政区划=region_code 经营地址=address_text 手机=phone_ref 联系人=representative_ref "
        "亮照=licence_verified:yes_letter 开业=opened_on 停业=closed_on 修改=updated_at",
        "listings": "平台代码=platform_code 编号=listing_id 店铺=shop_id 品名=title 品类=category_code:category "
        "商标=brand 规格型号=model 制造商=producer_name "
        "制造商信用代码=producer_uscc 制造地=producer_region_code 标准=standard_no 证书=certificate_no 国际条码=barcode "
        "单价=price 上线=listed_on 下线=delisted_on 修改=updated_at",
        "orders": "平台代码=platform_code 单号=order_id 行号=order_line_id 商品=listing_id 店铺=shop_id "
        "日期=ordered_on 数量=quantity 金额=amount 送达地=consumer_region_code "
        "退货=returned_on 退因=return_reason:reason_zh",
        "reviews": (
            "平台代码=platform_code 编号=review_id 行号=order_line_id 单号=order_id 商品=listing_id "
            "日期=reviewed_on 分数=rating 评语=text"
        ),
        "controls": "平台代码=platform_code 编号=control_id 类别=kind:kind_zh 日期=happened_on 店铺=shop_id "
        "商品=listing_id 样品=sample_id 主体代码=operator_uscc 缘由=reason "
        "得知=learned_on 终止=ended_on 查验=n_checked 撤下=n_removed",
    },
    dict.fromkeys(FEEDS, "delivery"),
    category="category_zipped_csv",
    bom=True,
)

JOINED_CSV = _family(
    "csv",
    ".csv",
    {
        "shops": "shop=shop_id shop_name=name operator=operator_name credit_code=operator_uscc "
        "operator_kind=operator_type:type_en identity_no=operator_ref region=region_code "
        "address=address_text phone=phone_ref contact=representative_ref "
        "verified=licence_verified:yes_letter opened=opened_on closed=closed_on changed=updated_at",
        "listings": "item=listing_id shop=shop_id title=title category=category_code:category "
        "brand=brand model=model producer=producer_name producer_code=producer_uscc "
        "producer_region=producer_region_code standard=standard_no certificate=certificate_no "
        "ean=barcode price=price listed=listed_on delisted=delisted_on changed=updated_at",
        "heads": "order=order_id date=ordered_on shop=shop_id region=consumer_region_code",
        "orders": (
            "order=order_id line=order_line_id item=listing_id qty=quantity paid=amount "
            "returned=returned_on return_reason=return_reason:reason_en"
        ),
        "reviews": (
            "review=review_id line=order_line_id order=order_id item=listing_id date=reviewed_on "
            "stars=rating comment=text"
        ),
        "controls": "control=control_id platform=platform_code kind=kind:kind_en date=happened_on "
        "shop=shop_id item=listing_id sample=sample_id credit_code=operator_uscc reason=reason "
        "learned=learned_on ended=ended_on checked=n_checked removed=n_removed",
    },
    {**dict(zip(FEEDS, FEEDS, strict=True)), "orders": "order_lines", "heads": "order_heads"},
    category="category_joined_csv",
)

MIXED_TSV = _family(
    "tsv",
    ".tsv",
    {
        "shops": "平台=platform_code 店铺=shop_id 店名=name 经营者名称=operator_name 信用代码=operator_uscc "
        "经营者类型=operator_type:type_zh 经营者证件=operator_ref 区划=region_code "
        "地址=address_text 电话=phone_ref 代表人=representative_ref 核验=licence_verified:yes_zh "
        "开店=opened_on:mixed 关店=closed_on:mixed 更新=updated_at",
        "listings": "平台=platform_code 商品=listing_id 店铺=shop_id 标题=title 品类代码=category_code 品牌=brand "
        "型号=model 厂家=producer_name 厂家代码=producer_uscc 厂家区划=producer_region_code "
        "标准=standard_no 证书=certificate_no 条码=barcode 价格=price 上架=listed_on:mixed 下架=delisted_on:mixed "
        "更新=updated_at",
        "orders": "平台=platform_code 订单=order_id 明细=order_line_id 商品=listing_id 店铺=shop_id "
        "日期=ordered_on:mixed 数量=quantity 金额=amount 收货区划=consumer_region_code "
        "退货日=returned_on:mixed 退货原因=return_reason:reason_zh",
        "reviews": (
            "平台=platform_code 评价=review_id 明细=order_line_id 订单=order_id 商品=listing_id "
            "日期=reviewed_on:mixed 星=rating 评价内容=text"
        ),
        "controls": "平台=platform_code 措施=control_id 类型=kind:kind_zh 日期=happened_on:mixed 店铺=shop_id "
        "商品=listing_id 样品=sample_id 主体代码=operator_uscc 原因=reason "
        "获知=learned_on:mixed 结束=ended_on:mixed 检查=n_checked 移除=n_removed",
    },
    delimiter="\t",
)

WORKBOOK = _family(
    "xlsx",
    ".xlsx",
    {
        feed: " ".join(
            f"{c.header}={c.name}:{'' if c.way == 'mixed' else c.way}".rstrip(":") for c in columns
        )
        for feed, columns in MIXED_TSV.feeds.items()
    },
    dict.fromkeys(FEEDS, "data"),
)
SHEETS = {"shops": "店铺", "listings": "商品", "orders": "订单", "reviews": "评价", "controls": "管控"}

FAMILIES: dict[str, Family] = {
    "pipe_fen": PIPE_FEN,
    "json_lines": JSON_LINES,
    "gb18030_csv": GB18030_CSV,
    "parquet_typed": PARQUET_TYPED,
    "json_nested": JSON_NESTED,
    "zipped_csv": ZIPPED_CSV,
    "joined_csv": JOINED_CSV,
    "mixed_tsv": MIXED_TSV,
    "workbook": WORKBOOK,
}
OWN_TREES = {"P02": "category_platform_02"}  # platform whose categories are not its family's → lookup
