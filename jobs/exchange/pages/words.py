"""Words for the codes in sent rows, in Chinese and English, by column: from the site, reference files and the
tables' descriptions. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from jobs.exchange.pages.references import names_by_code
from jobs.marts.overview.queue_tasks import TASKS, UNDATED
from jobs.marts.overview.unit_words import NAMES
from jobs.reports.counterfeits import CASE_STATE
from jobs.reports.counterfeits import TASK as COUNTERFEIT_TASK
from jobs.reports.pages.credit import ITEM as LISTED
from jobs.reports.procedure import EXIT_REASON, OUTCOME, RULE_STATUS, STATUS, TASK_STATUS
from jobs.reports.public_state import DUE, STATES
from jobs.reports.standards import STATUS as EDITION_STATUS
from jobs.reports.urgent import KINDS as URGENT_KIND
from jobs.reports.wording import DESIGN, FILE_STATUS, Text, coded, listed

YES, NO, NEW = Text("是", "yes"), Text("否", "no"), Text("新增", "new")
# To a laboratory a state beyond the limits is no verdict yet.
FUNNEL = {
    code: Text(f"{word.zh}，待核查", f"{word.en}: a reason to look") if code in ("high", "low") else word
    for code, word in coded("funnel_state").items()
}
STANDING = {
    "live": Text("采用", "in use"),
    "refused": Text("被拒收或暂不采用，见处理办法", "refused or held: see how to correct it"),
    "no_answer": Text("未采用，不必答复，供参考", "not taken: for information, needs no answer"),
    "mended": Text("已由后来的版本改正", "mended by a later edition"),
    "replaced": Text("已由后来的版本取代", "replaced by a later edition"),
}
PUBLIC_STATUS = STATES | {
    DUE: Text(
        "可以公布，尚未公布，所属时期的通报发布时列入本项目的通报",
        "may be published, not yet public: this project's bulletins list it once those of its period are "
        "published",
    ),
}
ROLES = coded("urgent_role")  # several in one cell, separated by spaces
BY_COLUMN: Mapping[str, Mapping[str, Text]] = {
    "outcome": OUTCOME,
    "exit_reason": EXIT_REASON,
    "final_outcome": OUTCOME,
    "public_status": PUBLIC_STATUS,
    "takedown_state": coded("takedown_state"),
    "period_type": coded("period_type"),
    "item_kind": coded("score_item"),
    "finding": coded("counterfeit_finding"),
    "link_basis": listed("link_basis"),
    "counts": coded("score_counts"),
    "undated": {code: Text(*words) for code, words in UNDATED.items()},
    "item_class": coded("item_class"),
    "news": coded("signal_news"),
    "role": coded("failing_role"),
    "system": coded("notice_system"),
    "task": {name: Text(task.zh, task.en) for name, task in TASKS.items()},
    "rule_status": RULE_STATUS,
    "measure_rule_status": RULE_STATUS,
    "design": {**DESIGN, "all": Text("全部样品", "all samples")},
}
# Statuses of tasks in packages, which do not say why a task has no last day.
SENT_TASK_STATUS = {**TASK_STATUS, "undated": Text("没有截止日期", "no due date")}
# Columns that mean another thing in another kind of file.
BY_KIND: Mapping[tuple[str, str], Mapping[str, Text]] = {
    ("score_preview", "status"): STATUS,
    ("complaints_handed_over", "status"): SENT_TASK_STATUS,
    ("open_commissions", "status"): TASK_STATUS,
    ("open_commissions", "subject_type"): {"lab_commission": Text("检验委托", "commission of a test")},
    ("standard_corrections", "status"): EDITION_STATUS,
    ("files_received", "status"): FILE_STATUS,
    ("files_received", "standing"): STANDING,
    ("counterfeit_cases", "state"): CASE_STATE,
    ("counterfeit_tasks", "task"): COUNTERFEIT_TASK,
    ("lifted_restrictions", "state"): coded("restriction_state"),
    ("lab_performance", "state"): FUNNEL,
    ("restricted_operators", "basis"): coded("restriction_ground"),
    ("restricted_operators", "item"): LISTED,
    ("lifted_restrictions", "basis"): coded("restriction_ground"),
    ("lifted_restrictions", "item"): LISTED,
    ("score_movers", "basis"): coded("score_basis"),
    ("cluster_report", "item"): {name: Text(zh, en.capitalize()) for name, (zh, en) in NAMES.items()},
    ("cluster_report", "basis"): {**DESIGN, **coded("report_basis")},
    ("cluster_report", "better"): coded("better_direction"),
    ("urgent_items", "kind"): URGENT_KIND,
    ("lab_agreement", "kind"): coded("agreement_kind"),
}

# Columns whose codes a reference file names.
NAMED = {
    "indicator": ("goalpost", "indicator"),
    "pillar": ("index_weight", "pillar"),
    "measure": ("restriction_measure", "measure"),
    "fact": ("scorecard", "item"),
}


@cache
def words(kind: str, column: str) -> Mapping[str, Text]:
    """Return code → phrase in both languages for the column ``column`` of files of the kind ``kind``; empty
    where its values are no codes."""
    found = BY_KIND.get((kind, column), BY_COLUMN.get(column))
    if found is not None:
        return found
    named = NAMED.get(column)
    return MappingProxyType({}) if named is None else names_by_code(*named)
