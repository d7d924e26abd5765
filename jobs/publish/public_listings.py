"""Pages of the public site that show a bundle's table row by row: bulletins (batches that were tested),
recalls, coverage (which data are filed). ``known``: the bundles (`public_pages.Known`)."""

from __future__ import annotations

from datetime import date
from urllib.parse import quote

from jobs.publish.public_pages import Known, Listing, PublicPage, listing
from jobs.publish.public_words import Row
from jobs.reports.wording import Text

BULLETINS, RECALLS = "bulletins.html", "recalls.html"
_NEWEST = Text("日期新的在前", "the newest first")


def _bulletin_place(row: Row) -> tuple[int, bool, str, str]:
    """Sort key: the latest released_on first, of one day failed batches first, then by plan and sample."""
    return (
        _back(row["released_on"]),
        row["final_outcome"] != "nonconforming",
        row["plan_id"],
        row["sample_id"],
    )


def _recall_place(row: Row) -> tuple[int, str, str]:
    return _back(row["recalled_on"]), row["authority"], row["recall_id"]


def batch_place(row: Row) -> str:
    """Return the id of a row of the table bulletins, for addresses that lead to it: `<plan_id>.<sample_id>`,
    URL-quoted."""
    return _joined(row["plan_id"], row["sample_id"])


def recall_place(row: Row) -> str:
    """Return the id of a row of the table recalls, for addresses that lead to it: `<authority>.<recall_id>`,
    URL-quoted."""
    return _joined(row["authority"], row["recall_id"])


def _joined(*parts: str | None) -> str:
    """Return the codes as one word without spaces, joined by a full stop; a missing code is ''."""
    return quote(".".join(part or "" for part in parts), safe="")


def _coverage_place(row: Row) -> tuple[str, str, str]:
    return row["dimension_type"], row["dimension_code"], row["data_kind"]


def _back(day: date | None) -> int:
    return 0 if day is None else -day.toordinal()


_OF_BULLETINS = Listing(
    BULLETINS,
    "bulletins",
    Text(
        "结果已确定或已公布、且其抽查计划买样已结束的批次。未列入不等于合格。",
        "Batches whose result is final or published and whose plan has ended its purchases. That a "
        "product is not listed does not mean that it conforms.",
    ),
    {
        "product_name": Text("产品", "Product"),
        "category_code": Text("品类", "Category"),
        "final_outcome": Text("结果", "Result"),
        "item_names": Text("不合格项目", "Failing items"),
        "batch_no": Text("批号", "Batch"),
        "producer_name": Text("标称生产者", "Marked producer"),
        "seller_name": Text("销售者", "Seller"),
        "platform_code": Text("平台", "Platform"),
        "released_on": Text("公开日期", "Public since"),
        "comment_texts": Text("当事人说明", "Comment of a party"),
    },
    _bulletin_place,
    _NEWEST,
    looked_up=True,
    place=batch_place,
)
_OF_RECALLS = Listing(
    RECALLS,
    "recalls",
    Text(
        "各主管部门公布的召回。持有所列产品的，停止使用，按召回公告办理修理、更换、退货等；"
        "未列入不等于合格。",
        "Recalls as authorities published them. Stop using a product that is listed and have it repaired, "
        "exchanged or returned as the notice says. That a product is not listed does not mean that it "
        "conforms.",
    ),
    {
        "product_text": Text("产品", "Product"),
        "category_code": Text("品类", "Category"),
        "brand": Text("品牌", "Brand"),
        "hazard_text": Text("危害（公告原文）", "Hazard, as the notice says"),
        "remedy": Text("处置", "Remedy"),
        "recalled_on": Text("日期", "Day"),
        "authority": Text("发布机构", "Authority"),
    },
    _recall_place,
    _NEWEST,
    looked_up=True,
    place=recall_place,
)
_OF_COVERAGE = Listing(
    "coverage.html",
    "coverage",
    Text(
        "以各期首次发布当日的数据为准。", "By the data of the day on which each period was first published."
    ),
    {
        "dimension_code": Text("名称", "Name"),
        "data_kind": Text("数据类别", "Kind of data"),
        "n_providers": Text("来源（个）", "Sources"),
        "n_live": Text("其中正常报送（个）", "Of these reporting"),
        "newest_on": Text("最新数据日期", "Latest data"),
    },
    _coverage_place,
    Text("按代码", "by code"),
)


def bulletins(known: Known) -> list[PublicPage]:
    """Return the pages of bulletins, one per month that has a bundle: the newest at bulletins.html, others as
    bulletins_2026-05.html."""
    return listing(known, _OF_BULLETINS, ("month",))


def recalls(known: Known) -> list[PublicPage]:
    """Return the pages of recalls, one per month that has a bundle: the newest at recalls.html, others as
    recalls_2026-05.html."""
    return listing(known, _OF_RECALLS, ("month",))


def coverage(known: Known) -> list[PublicPage]:
    """Return a list of one page, coverage.html, with the table of the bundle that was published last; the
    table is of no period, so earlier bundles are not shown."""
    newest = known.last
    kinds = () if newest is None else (newest.period.kind,)
    return listing(known if newest is None else Known([newest]), _OF_COVERAGE, kinds)
