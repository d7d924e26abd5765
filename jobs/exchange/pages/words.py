"""What the codes of sent rows say to a reader, in Chinese and English, by column. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from jobs.exchange.pages.references import names_by_code
from jobs.reports.counterfeits import CASE_STATE
from jobs.reports.pages.credit import ITEM as LISTED
from jobs.reports.procedure import BRANCHES, EXIT_REASON, OUTCOME, STATUS, TASK_STATUS
from jobs.reports.standards import STATUS as EDITION_STATUS
from jobs.reports.urgent import KINDS as URGENT_KIND
from jobs.reports.wording import DESIGN, FILE_STATUS, Text, listed

YES, NO = Text("是", "yes"), Text("否", "no")
PERIOD = {
    "month": Text("月", "month"),
    "quarter": Text("季度", "quarter"),
    "year": Text("年", "year"),
    "rolling12": Text("12个月", "12 months"),
    "all": Text("全部期间", "all periods"),
}
ITEM_KIND = {
    "unacknowledged_order": Text("未回执的下架通知", "order to take down, not acknowledged"),
    "unfiled_data": Text("未报数据的月份", "month without data filed"),
    "late_takedown": Text("逾期下架", "late takedown"),
    "late_complaint": Text("逾期投诉", "late complaint"),
    "invalid_citation": Text("引用无效标准", "citation of an invalid standard"),
    "failing_batch": Text("不合格的批次", "batch that failed"),
}
_FINDING = {
    "counterfeit": Text("假冒", "counterfeit"),
    "genuine": Text("正品", "genuine"),
    "unclear": Text("不能判定", "unclear"),
}
_GROUND = {
    "dishonesty_entry": Text("失信名单", "entry on the list of dishonest operators"),
    "penalty": Text("行政处罚", "penalty"),
}
_COUNTS = {
    "same_period": Text("本期", "this period"),
    "next_month": Text("下月", "next month"),
    "next_period": Text("下期", "next period"),
    "past": Text("已逾期，不再计入", "past: no longer"),
}
_REPORT_ITEM = {
    "quality_index": Text("质量指数", "Quality index"),
    "exposure_rate": Text("加权不合格率（按销量）", "Exposure rate"),
    "shrunk_rate": Text("稳健估计", "Small-area estimate"),
    "probability_rate": Text("概率抽样样品不合格检出率", "Detection rate of probability samples"),
    "finding_rate": Text("问题发现率", "Finding rate"),
    "violation_rate": Text("违法及不合格率", "Violation rate"),
    "complaint_rate": Text("万单投诉率", "Complaint rate"),
    "taken_down_share": Text("已下架占比", "Share taken down"),
    "closed_share": Text("闭环率", "Share closed"),
    "takedown_days": Text("下架用时", "Days to takedown"),
    "recheck_on_time": Text("复查按时率", "Rechecks on time"),
}
FUNNEL = {
    "within": Text("在控制限内", "within the limits"),
    "high": Text("偏高，待核查", "high: a reason to look"),
    "low": Text("偏低，待核查", "low: a reason to look"),
    "too_few": Text("数量过少", "too few"),
}
_RESTRICTION = {
    "in_effect": Text("生效", "in effect"),
    "ended": Text("期满", "ended"),
    "repaired": Text("已修复信用", "repaired"),
    "withdrawn": Text("已撤回", "withdrawn"),
}
TASK = {
    "decide_complaint": Text("决定是否受理投诉", "decide whether the complaint is taken up"),
    "end_mediation": Text("完成调解", "end the mediation"),
}
_CLASS = {
    "A": Text("A类（安全）", "class A (safety)"),
    "B": Text("B类", "class B"),
    "C": Text("C类", "class C"),
}
_ROLE = {
    "operator": Text("经营者", "operator"),
    "producer": Text("生产者", "producer"),
    "brand": Text("标称品牌", "brand on it"),
    "cluster": Text("产地集群", "cluster where it was made"),
}
ROLES = {  # several in one cell, separated by spaces
    "platform": Text("平台", "platform"),
    "operator_region": Text("经营者所在地", "region of the operator"),
    "producer_region": Text("生产者所在地", "region of the producer"),
    "lab": Text("检验机构", "laboratory"),
    "nation": Text("国家级", "the nation's authority"),
}
BY_COLUMN: Mapping[str, Mapping[str, Text]] = {
    "outcome": OUTCOME,
    "exit_reason": EXIT_REASON,
    "takedown_state": {
        **BRANCHES,
        "ordered": Text("已通知下架", "ordered down"),
        "closed": Text("已下架", "taken down"),
    },
    "period_type": PERIOD,
    "item_kind": ITEM_KIND,
    "finding": _FINDING,
    "link_basis": listed("link_basis"),
    "counts": _COUNTS,
    "item_class": _CLASS,
    "role": _ROLE,
    "task": TASK,
    "design": {**DESIGN, "all": Text("全部样品", "all samples")},
}
# Columns that mean another thing in another kind of file.
BY_KIND: Mapping[tuple[str, str], Mapping[str, Text]] = {
    ("score_preview", "status"): STATUS,
    ("complaints_handed_over", "status"): TASK_STATUS,
    ("standard_corrections", "status"): EDITION_STATUS,
    ("order_files", "status"): FILE_STATUS,
    ("counterfeit_cases", "state"): CASE_STATE,
    ("lifted_restrictions", "state"): _RESTRICTION,
    ("lab_performance", "state"): FUNNEL,
    ("restricted_operators", "basis"): _GROUND,
    ("restricted_operators", "item"): LISTED,
    ("lifted_restrictions", "basis"): _GROUND,
    ("score_movers", "basis"): {
        "exact": Text("按计数重算", "by the changed count"),
        "first_order": Text("按比例估算", "in proportion"),
    },
    ("cluster_report", "item"): _REPORT_ITEM,
    ("cluster_report", "basis"): {
        **DESIGN,
        "index": Text("质量指数", "quality index"),
        "complaints": Text("投诉和订单", "complaints and orders"),
        "procedure": Text("抽查程序", "sampling procedure"),
    },
    ("cluster_report", "better"): {
        "higher": Text("越高越好", "higher is better"),
        "lower": Text("越低越好", "lower is better"),
        "neither": Text("不分优劣", "neither"),
    },
    ("urgent_items", "kind"): URGENT_KIND,
    ("lab_agreement", "kind"): {
        "split": Text("分样比对", "split samples"),
        "backup": Text("备样复检", "backup samples"),
    },
}

# Columns whose codes a reference file names.
NAMED = {"indicator": "goalpost", "pillar": "index_weight", "measure": "restriction_measure"}


@cache
def words(kind: str, column: str) -> Mapping[str, Text]:
    """Code → phrase of a column of a kind; empty where its values are no codes."""
    found = BY_KIND.get((kind, column), BY_COLUMN.get(column))
    if found is not None:
        return found
    named = NAMED.get(column)
    return MappingProxyType({}) if named is None else names_by_code(named, column)
