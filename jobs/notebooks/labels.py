"""Names of the columns in a notebook's frames, Chinese and English: from the contracts of the tables that
the notebook has queried so far, else from WORDS, else from the glossary; and which of them hold shares."""

from __future__ import annotations

import re
from functools import cache

from jobs.contracts import english
from jobs.contracts.glossary import term_of_column
from jobs.contracts.read import read_contract
from jobs.environment import SCHEMAS
from jobs.reports.wording import Text, named

_TABLE = re.compile(r"\b(silver|gold)\.([a-z_]+)\b")
# Columns that a query or a step makes and no contract has.
WORDS = {
    "acknowledged_on": Text("回执日期", "Acknowledged on"),
    "alarm": Text("报警", "Alarm"),
    "acknowledgement_id": Text("回执编号", "Acknowledgement"),
    "item_id": Text("事项编号", "Item"),
    "item_kind": Text("事项种类", "Kind of item"),
    "note": Text("说明", "Note"),
    "rank_arithmetic": Text("算术平均位次", "Rank, arithmetic mean"),
    "rank_best_case": Text("最有利权重位次", "Rank, weights that favour the unit most"),
    "rank_geometric": Text("几何平均位次", "Rank, geometric mean"),
    "rank_noncompensatory": Text("非补偿法位次", "Rank, non-compensatory rule"),
    "recipient": Text("接收方", "Recipient"),
    "recipient_code": Text("接收方代码", "Recipient's code"),
    "sobol_first": Text("一阶 Sobol 指数", "First-order Sobol index"),
    "sobol_total": Text("总 Sobol 指数", "Total Sobol index"),
    "status": Text("状态", "Status"),
    "arithmetic": Text("算术平均位次", "Rank, arithmetic mean"),
    "batches": Text("批次", "Batches"),
    "below": Text("上限", "Upper limit"),
    "category": Text("品类", "Category"),
    "cluster_rate": Text("本集群", "This cluster"),
    "code": Text("代码", "Code"),
    "exposure": Text("暴露量", "Exposure"),
    "failed": Text("不合格批次", "Non-conforming"),
    "finding_rate": named("finding_rate"),
    "gap_high": Text("差值上限", "Difference: upper limit"),
    "gap_low": Text("差值下限", "Difference: lower limit"),
    "geometric": Text("几何平均位次", "Rank, geometric mean"),
    "judged": Text("已判定批次", "Batches judged"),
    "method": Text("方法", "Method"),
    "moved": Text("位次变动", "Change of rank"),
    "n": Text("数量", "Number"),
    "name": Text("名称", "Name"),
    "night": Text("夜间运行日期", "Night"),
    "number": Text("编号", "Number"),
    "operator": Text("经营者", "Operator"),
    "operator_link": Text("经营者的关联方式", "Link to the operator"),
    "operator_probability": Text("经营者关联的概率", "Probability of the link to the operator"),
    "p": Text("p 值", "p value"),
    "p_holm": Text("校正 p 值（Holm）", "Adjusted p value (Holm)"),
    "package": Text("数据包", "Package"),
    "party": Text("报送方", "Party"),
    "producer": Text("生产者", "Producer"),
    "province": Text("省份", "Province"),
    "provisional": Text("初步数", "Provisional"),
    "rest_rate": Text("全国其余产地", "Rest of the nation"),
    "rows": Text("行数", "Rows"),
    "shop": Text("网店", "Shop"),
    "state": Text("状态", "State"),
    "table": Text("表", "Table"),
    "verdict": Text("审核结论", "Verdict of the gate"),
    "width_of_batches": Text("按批次的区间宽度", "Width of the interval by batches"),
    "width_of_exposure": Text("按销量的区间宽度", "Width of the interval by units sold"),
    # Designs, which head the columns of a turned frame.
    "all": Text("合计", "Both"),
    "probability": named("probability_samples"),
    "targeted": named("targeted_samples"),
}
_asked: dict[str, Text] = {}
_units: dict[str, str | None] = {}  # of the same columns
# Last words of columns that may hold shares: the shares themselves, and their limits.
_SHARES, _LIMITS = ("rate", "share"), ("low", "high")


def learn(sql: str) -> None:
    """Remember, for all frames that this process shows from now on, the names and units of the columns of the
    tables in a query.

    ``sql``: the text of the query; every `gold.…` or `silver.…` in it counts as a table, and one without a
    contract is skipped. Where several tables have a column of one name, the table that was queried last
    counts.
    """
    for tier, table in dict.fromkeys(_TABLE.findall(sql)):
        names, units = _columns(tier, table)
        _asked.update(names)
        _units.update(units)


def label(column: str) -> Text | None:
    """Return the name of a column in both languages: that of a queried table's contract (`learn`), else of
    WORDS, else of the glossary. None where none of them has it, as for a column whose name is a value (of a
    pivoted frame)."""
    known = _asked.get(column) or WORDS.get(column)
    if known is not None:
        return known
    term = term_of_column("", column)
    return None if term is None else Text(term.zh, term.en)


def unit(column: str) -> str | None:
    """Return the unit of a column by the contract of the table that was queried last and has such a column
    (`learn`), such as `points`; None where there is none."""
    return _units.get(column)


def is_share(column: str) -> bool:
    """Whether a column is shown as a share (0–1): one whose last word says so (rate, share) or may (low,
    high), by the unit in the contract of a queried table (`learn`). Where none states a unit, shares are
    known by their names, and limits by that of the share that they belong to in a queried table."""
    stem, _, last = column.rpartition("_")
    stated = unit(column)
    if stated is not None:
        return stated == "share" and last in (*_SHARES, *_LIMITS)
    return last in _SHARES or (last in _LIMITS and any(f"{stem}_{word}" in _units for word in _SHARES))


@cache
def _columns(tier: str, table: str) -> tuple[dict[str, Text], dict[str, str | None]]:
    """Return the names and the units of a table's columns; none where it has no contract."""
    path = SCHEMAS / tier / f"{table}.odcs.yaml"
    contract, _ = read_contract(path) if path.is_file() else (None, [])
    if contract is None:
        return {}, {}
    names = {c.name: Text(c.name_zh, english.heading(contract.id, c.name)) for c in contract.columns}
    return names, {c.name: c.unit for c in contract.columns}
