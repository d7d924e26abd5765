"""Which columns of a file a page shows together in one column, what that is called and how its cells are
written (its form). Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from jobs.contracts.catalog import Catalog
from jobs.contracts.english import heading
from jobs.exchange.kinds import Kind
from jobs.reports.wording import Text, named

# Forms, that is, how cells are written: jobs.exchange.pages.cells has a function for each but PLAIN.
PLAIN, MEASURED, NAMED, LIMIT, INTERVAL, PEERS, DAYS, PERIOD, PHRASE, BASIS, RULE, WORDED = (
    "plain",
    "measured",
    "named",
    "limit",
    "interval",
    "peers",
    "days",
    "period",
    "phrase",
    "basis",
    "rule",
    "worded",
)
PERSON = "natural_person"  # the column that says that an operator is one
_PEERS = ("peers_rate", "peers_low", "peers_high", "peers_failed", "peers_judged", "peers_period")
_GROUND = Text("处罚或列入名单及其依据、机关", "Article of the penalty or listing, authority")
_OF_MEASURE = Text("措施的依据", "Basis of the measure")  # the task about restrictions names it
# Columns of a file that share one column of a page, with its name and form: those of them that the file has.
SHARED: tuple[tuple[tuple[str, ...], Text, str], ...] = (
    (("item_name", "item_code"), Text("检验项目", "Item"), NAMED),
    (("operator_name", "operator_id", PERSON), Text("经营者", "Operator"), NAMED),
    (("product_name", "brand", "batch_no"), Text("商品、品牌、批号", "Goods, brand, batch"), PLAIN),
    (("shop_id", "listing_id"), Text("网店、商品", "Shop, listing"), PLAIN),
    (("value_text", "unit"), Text("检验值", "Value found"), MEASURED),
    (("limit_low", "limit_high"), Text("标准限值", "Limit"), LIMIT),
    (("claim_low", "claim_high"), Text("明示值", "Stated"), LIMIT),
    (("standard_no", "item_class"), Text("依据标准、项目类别", "Standard, item class"), PLAIN),
    (_PEERS, Text("同品类该项目：不合格率、批次、年份", "Category: rate of the item, batches, year"), PEERS),
    (("outcome", "exit_reason"), Text("结论", "Conclusion"), PLAIN),
    (("legal_basis", "authority", "authority_region_code"), _GROUND, BASIS),
    (("citation", "rule_status"), Text("依据、核对程度", "Based on, how far it was read"), RULE),
    (("measure_citation", "measure_rule_status"), _OF_MEASURE, RULE),
    (("item", "basis", "basis_id"), Text("名单或处罚、编号", "List or penalty, identifier"), PLAIN),
    (("basis", "basis_id"), Text("依据、编号", "Ground, identifier"), PLAIN),
    (("measure_zh", "measure_en", "measure"), Text("措施", "Measure"), WORDED),
    (("state_zh", "state_en", "state"), Text("状态", "State"), WORDED),
    (("starts_on", "ends_on"), Text("起止", "From, until"), DAYS),
    (("period_type", "period_start"), Text("期间", "Period"), PERIOD),
    (("value", "low", "high"), Text("数值（95%区间）", "Value (95% interval)"), INTERVAL),
    (("change", "change_low", "change_high"), Text("变化（95%区间）", "Change (95% interval)"), INTERVAL),
    (("agree_low", "agree_high"), Text("95%一致性界限", "95% limits of agreement"), INTERVAL),
    (("low95", "high95"), Text("95%控制限", "95% control limits"), INTERVAL),
    (("low998", "high998"), Text("99.8%控制限", "99.8% control limits"), INTERVAL),
    (
        ("bulletin", "bulletin_on"),
        Text("本项目列入的通报、发布日期", "Bulletin that lists it, published"),
        PLAIN,
    ),
    (("item_kind", "item_id"), Text("事项、编号", "Matter, identifier"), PLAIN),
)
# Names of columns that are no table's, where the first words of what they mean are too many.
_SHORT = {
    "notified_on": Text("告知日", "Notified on"),
    "role": Text("与批次的关系", "Role"),
    "rectification_open": Text("改正未完成", "Rectification still open"),
    "points": Text(
        "仅本项正常时可提高的分数（各行不可相加）",
        "Points, were this alone in order (not to be added up)",
    ),
    "points_together": Text(
        "同期同指标各项均正常时共可提高的分数", "Points, were all of the indicator and period in order"
    ),
    "basis": Text("计算方式", "How computed"),
    "takedown_due": Text("下架期限（本项目）", "Takedown due (this project's limit)"),
    "points_to_gain": Text("满分可增加", "Points at its best"),
    "points_to_quartile": Text("达到同类上四分位可增加", "Points at the peers' upper quartile"),
    "weak_place": Text("薄弱环节次序", "Place among weak points"),
    "quartile_zh": Text("没有上四分位分数的原因", "Why no points at the quartile"),
    "lacking_zh": Text("缺少的数据", "Data not filed"),
    "advice_zh": named("how_to_correct"),
    "counts": Text("何时计入", "When it counts"),
    "stop_open": Text("停售尚未落实", "Sales not stopped yet"),
    "still_restricted": Text("另有限制", "Still restricted"),
    "hazards": Text("危害", "Hazards"),
    "newest_delivery": Text("最近一次交付", "Newest delivery"),
    "due_on": Text("下次交付不晚于", "Next delivery due by"),
    "late": Text("已迟报", "Late"),
}
UNIT = "unit"  # the column with the unit of an item's value, limits and claims
# Kind → column → the column that says in which unit its figures are.
_BY_UNIT = {
    "score_preview": {"value": "indicator", "estimate": "indicator"},
    "cluster_report": {"value": "item"},
}
# Kind → share → column with the number of batches of which it is a share.
_OF_BATCHES = {"lab_performance": {"overturned_share": "n_reinspected", "found_share": "n_judged"}}
_LONG = {
    "product_name",
    "legal_basis",
    "cited_text",
    "text_zh",
    "reason_zh",
    "advice_zh",
    "notes_zh",
    "lacking_zh",
}
# Kind → first columns of SHARED that mean something else in it and so share no column of the page.
KINDS_WITHOUT = {"cluster_report": ("item",)}
# A figure with its limits: `median_days median_low median_high`.
_BASES = ("", "_days", "_share", "_rate")
_LIMITED = Text("（95%区间）", " (95% interval)")
_QUARTILES = Text("（同类机构四分位）", " (peers' quartiles)")
_DAYS = re.compile(r"_on$|^due$|^since$|_due$|^public_from$")


@dataclass(frozen=True)
class Column:
    """A column of a page's table. ``parts``: the columns of the file that it shows, in order; ``head``: its
    name; ``form``: how its cells are written; ``number``, ``day``: whether it holds numbers, or days; ``by``:
    the column of the file that says in which unit its figures are, '' where none does; ``of``: the column
    with the number of batches of which its figures are shares, '' where they are none."""

    parts: tuple[str, ...]
    head: Text
    form: str
    number: bool = False
    day: bool = False
    by: str = ""
    long: bool = False  # holds texts that need room
    of: str = ""

    @property
    def shown(self) -> tuple[str, ...]:
        """The columns of the file that a cell is made of: ``parts``, then ``by`` and ``of`` if any."""
        return (*self.parts, *(name for name in (self.by, self.of) if name))


def headings(kind: Kind, catalog: Catalog) -> dict[str, Text]:
    """Return file's column → its name in both languages: from the contract of its table, else the beginning
    of its description in the kind."""
    found = {}
    for name, table in kind.columns.items():
        if not table and name in _SHORT:
            found[name] = _SHORT[name]
            continue
        if table:
            zh = catalog.contracts[table].column(name).name_zh
        else:
            zh = re.split("[：；，（]", kind.own[name].split(" | ")[1])[0]
        found[name] = Text(zh, heading(table, name))
    return found


def columns(kind: Kind, catalog: Catalog, filled: tuple[str, ...]) -> list[Column]:
    """Return the columns of a page's table, first the one that holds the first column of the key. ``filled``:
    the file's columns that have a value in any row, in the order of the file; each of them is shown once, and
    others are left out."""
    heads = headings(kind, catalog)
    numbers = set(_numbers(kind, catalog))
    groups = list(_groups(kind, filled))
    first = {parts[0]: (parts, head, form) for parts, head, form in groups}
    inside = {name for parts, _, _ in groups for name in parts[1:]}
    made = []
    for name in filled:
        if name in inside:
            continue
        parts, head, form = first.get(name, ((name,), heads[name], PLAIN))
        if head is None:
            base = heads.get(_base(parts, kind), heads[name])
            end = Text("", "") if form == PHRASE else _QUARTILES if name.startswith("peers_") else _LIMITED
            head = Text(base.zh + end.zh, base.en + end.en)
            if form == PHRASE:
                head = Text(head.zh.removesuffix("（中文）"), head.en.removesuffix(" in Chinese"))
        number = name in numbers and form in (PLAIN, INTERVAL, PEERS)
        by = _BY_UNIT.get(kind.name, {}).get(name, "")
        if form == LIMIT and UNIT in filled:
            by = UNIT
        base_of = _OF_BATCHES.get(kind.name, {}).get(name, "")
        made.append(
            Column(
                parts,
                head,
                form,
                number,
                day=form == PLAIN and bool(_DAYS.search(name)),
                by=by,
                long=bool(_LONG & set(parts)),
                of=base_of if base_of in filled else "",
            )
        )
    return _key_first(made, kind)


def _key_first(made: list[Column], kind: Kind) -> list[Column]:
    """Put the column that holds the first part of the key first, as it names the row."""
    lead = next((c for c in made if kind.key[0] in c.parts), made[0])
    return [lead, *(c for c in made if c is not lead)]


def _groups(kind: Kind, filled: Sequence[str]) -> Iterator[tuple[tuple[str, ...], Text | None, str]]:
    taken: set[str] = set()
    without = KINDS_WITHOUT.get(kind.name, ())
    for names, head, form in SHARED:
        parts = tuple(n for n in names if n in filled and n not in taken)
        alone = parts and (form in (LIMIT, RULE) or parts == (PERSON,))
        if (len(parts) > 1 and names[0] not in without) or alone:
            taken |= set(parts)
            yield parts, head, form
    for name in filled:
        stem = name.removesuffix("_zh")
        if stem != name and name not in taken and stem + "_en" in filled:
            taken |= {name, stem + "_en"}
            yield (name, stem + "_en"), None, PHRASE
    for name in filled:
        stem = name.removesuffix("_low")
        if name in taken or stem == name or stem + "_high" not in filled:
            continue
        base = next((stem + end for end in _BASES if stem + end in filled), "")
        parts = (base, name, stem + "_high") if base and base not in taken else (name, stem + "_high")
        taken |= set(parts)
        yield parts, None, INTERVAL


def _base(parts: tuple[str, ...], kind: Kind) -> str:
    """Return the column whose name heads a figure with limits: for quartiles of peers the laboratory's
    figure."""
    name = parts[0].removeprefix("peers_").removesuffix("_low")
    return name if name in kind.columns else parts[0]


def _numbers(kind: Kind, catalog: Catalog) -> Iterator[str]:
    for name, table in kind.columns.items():
        given = catalog.contracts[table].column(name).type if table else kind.own[name].split(" | ")[0]
        if given in ("bigint", "int", "double") or given.startswith("decimal"):
            yield name
